"""The hotline as the API shows it: phrases, messages of one line, the lines, suggestions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.blanks import FORMS
from parley.liaison.hotline.contents import LineName, Precedence
from parley.liaison.hotline.messages import expected, message_of
from parley.liaison.hotline.phrase import LANGUAGES, Phrase
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.node.liaison.hotline_lines import LineView, Outage, State
from parley.node.liaison.hotline_messages import MessagePage, Threaded
from parley.node.liaison.translation import Suggestion, in_book
from parley.web.liaison.paper_shapes import MarkingView, PaperView
from parley.web.liaison.paper_views import marking_view, paper_view
from parley.wire.instants import format_instant


class BlankView(BaseModel):
    name: str
    kind: str
    form: str = Field(description="What fills it, in words.")


class WordingView(BaseModel):
    text: str
    pronounced: str = Field(description="In letters of another script; empty where there is none.")
    direction: str = Field(description="ltr or rtl.")


class PhraseView(BaseModel):
    id: str
    meaning: str
    replies: list[str] = Field(description="One of them is owed as the answer, the plainest first.")
    blanks: list[BlankView]
    wordings: dict[str, WordingView] = Field(description="By language; blanks as {name}.")


class PhrasesView(BaseModel):
    version: str
    digest: str = Field(description="SHA-256 of the book: both sides read the same one.")
    languages: list[str]
    phrases: list[PhraseView]


class RenderedView(WordingView):
    """A phrase as it is said, its blanks filled."""

    phrase: str
    language: str
    meaning: str
    blanks: dict[str, str]
    replies: list[str]


class MessageView(PaperView):
    """The original is what `original` says in `language`; everything beside it helps to read it."""

    line: LineName
    precedence: Precedence
    language: str
    direction: str
    original: str
    phrase: str
    meaning: str = Field(description="Of the phrase, in English.")
    wording: str = Field(description="The book's own wording of the phrase in the reader's tongue.")
    read_back: list[str] = Field(description="Names of the values that have to be read back.")
    reply_to: str
    replies: list[str] = Field(description="Phrases of which one is owed as the answer.")
    answers: list[str] = Field(description="Refs of the messages that answer it, newest first.")


class MessagesView(BaseModel):
    line: LineName
    messages: list[MessageView] = Field(description="Newest first.")
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")


class CauseView(BaseModel):
    what: str = Field(description="report, check or link.")
    state: State
    by: str
    since: str | None
    since_ms: int
    ref: str
    fallback: str


class LineStateView(BaseModel):
    line: LineName
    party: str
    state: State
    since: str | None
    since_ms: int
    fallback: str = Field(description="By what else it is reached while it is not up.")
    causes: list[CauseView] = Field(description="All that is wrong, the worst first.")
    link_up: bool | None = Field(description="null: no courier of ours goes there.")
    heard: str | None = Field(description="When a person there answered us last.")
    heard_ms: int
    answered: str | None = Field(description="When one of ours answered them last.")
    answered_ms: int
    check: str = Field(description="Our newest comms check.")


class LinesView(BaseModel):
    now: str
    now_ms: int
    lines: list[LineStateView]
    every_s: dict[LineName, int] = Field(
        description="Seconds between two comms checks of our timer; 0: it asks none."
    )


class OutageView(BaseModel):
    line: str = Field(description="Empty for the link, which carries both lines.")
    parties: list[str]
    state: State
    by: str = Field(description="Whose word it is.")
    since: str | None
    from_ms: int
    until: str | None = Field(description="null while it lasts.")
    until_ms: int
    fallback: str
    ref: str


class OutagesView(BaseModel):
    outages: list[OutageView] = Field(description="By their beginning.")


class TranslateForm(BaseModel):
    """A message in another language."""

    model_config = ConfigDict(strict=True, extra="forbid")

    ref: str = Field(max_length=160, examples=["message:blue-1"])
    target: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)


class SuggestionView(BaseModel):
    """Never signed, never kept, never alone: the original stands beside it."""

    label: str = Field(description="Stands over `text` wherever it is shown.")
    text: str
    direction: str
    provider: str
    source: str
    target: str
    checked: bool = Field(description="true: the phrase book's own wording.")
    ref: str
    original: str
    marking: MarkingView


def phrases_view(phrases: Iterable[Phrase]) -> PhrasesView:
    return PhrasesView(
        version=phrasebook.VERSION,
        digest=phrasebook.digest(),
        languages=list(LANGUAGES),
        phrases=[_phrase_view(one) for one in phrases],
    )


def _phrase_view(phrase: Phrase) -> PhraseView:
    return PhraseView(
        id=phrase.id,
        meaning=phrase.meaning,
        replies=list(phrase.replies),
        blanks=[BlankView(name=n, kind=k.value, form=FORMS[k]) for n, k in phrase.blanks],
        wordings={
            language: WordingView(
                text=one.text, pronounced=one.pronounced, direction=direction(one.text)
            )
            for language, one in phrase.wordings.items()
        },
    )


def rendered_view(phrase: Phrase, language: str, blanks: Sequence[Value]) -> RenderedView:
    """InputError: a language the book does not have, blanks that do not fit."""
    text = phrasebook.render(phrase, language, blanks)
    return RenderedView(
        phrase=phrase.id,
        language=language,
        meaning=phrase.meaning,
        text=text,
        pronounced=phrasebook.pronounced(phrase, language, blanks),
        direction=direction(text),
        blanks={one.name: one.value for one in blanks},
        replies=list(phrase.replies),
    )


def messages_view(page: MessagePage, line: LineName, language: str, seen: set[str]) -> MessagesView:
    return MessagesView(
        line=line,
        messages=[message_view(one, language, seen) for one in page.messages],
        next=page.after or None,
    )


def message_view(one: Threaded, language: str, seen: set[str]) -> MessageView:
    """language: the reader's, "" for none."""
    record = one.record
    said = message_of(record.paper.content)
    phrase = phrasebook.BOOK.get(said.phrase)
    wording = in_book(record, language) if language and phrase else None
    return MessageView(
        **paper_view(record, witnessed=record.ref in seen).model_dump(),
        line=said.line,
        precedence=said.precedence,
        language=said.language,
        direction=direction(said.text),
        original=said.text,
        phrase=said.phrase,
        meaning=phrase.meaning if phrase else "",
        wording=wording.text if wording else "",
        read_back=[value.name for value in expected(said)],
        reply_to=said.reply_to,
        replies=list(phrase.replies) if phrase else [],
        answers=list(one.answers),
    )


def lines_view(
    lines: Iterable[LineView], now_ms: int, every_s: Mapping[LineName, int]
) -> LinesView:
    return LinesView(
        now=format_instant(now_ms),
        now_ms=now_ms,
        lines=[_line_view(one) for one in lines],
        every_s=dict(every_s),
    )


def _line_view(one: LineView) -> LineStateView:
    return LineStateView(
        line=one.line,
        party=one.party,
        state=one.state,
        since=_instant(one.since_ms),
        since_ms=one.since_ms,
        fallback=one.fallback,
        causes=[
            CauseView(
                what=cause.what,
                state=cause.state,
                by=cause.by,
                since=_instant(cause.since_ms),
                since_ms=cause.since_ms,
                ref=cause.ref,
                fallback=cause.fallback,
            )
            for cause in one.causes
        ],
        link_up=one.link_up,
        heard=_instant(one.heard_ms),
        heard_ms=one.heard_ms,
        answered=_instant(one.answered_ms),
        answered_ms=one.answered_ms,
        check=one.check,
    )


def outages_view(outages: Iterable[Outage]) -> OutagesView:
    return OutagesView(
        outages=[
            OutageView(
                line=one.line,
                parties=list(one.parties),
                state=one.state,
                by=one.by,
                since=_instant(one.from_ms),
                from_ms=one.from_ms,
                until=_instant(one.until_ms),
                until_ms=one.until_ms,
                fallback=one.fallback,
                ref=one.ref,
            )
            for one in outages
        ]
    )


def suggestion_view(record: PaperRecord, found: Suggestion) -> SuggestionView:
    return SuggestionView(
        label=found.label,
        text=found.text,
        direction=direction(found.text),
        provider=found.provider,
        source=found.source,
        target=found.target,
        checked=found.checked,
        ref=record.ref,
        original=message_of(record.paper.content).text,
        marking=marking_view(record.paper.marking),
    )


def direction(text: str) -> str:
    """ "rtl" where the first letter is of a right-to-left script, else "ltr" (UAX 9, P2)."""
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _instant(ms: int) -> str | None:
    return None if ms < 0 else format_instant(ms)
