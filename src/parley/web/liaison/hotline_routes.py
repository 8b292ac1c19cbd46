"""Routes of the hotline beside those of all papers: the phrase book, the lines, the messages of
one line, and a translation that somebody asks for.

Messages, calls, checks and reports are said and answered as papers: /v1/papers/message, ...
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from parley.errors import InputError
from parley.liaison.hotline import phrasebook
from parley.liaison.hotline.contents import LineName, Message
from parley.liaison.hotline.phrase import LANGUAGES
from parley.liaison.papers.values import Value
from parley.node.liaison import hotline_lines, hotline_messages
from parley.node.liaison.translation import in_book
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.liaison import hotline_views as views
from parley.web.problems import ProblemError, documented
from parley.wire.instants import parse_instant

_REFUSALS = documented(400, 401, 403, 404, 408, 413, 415, 422, 500, 507)
_LANGUAGE = rf"^({'|'.join(LANGUAGES)})?$"
LanguageQuery = Annotated[
    str, Query(pattern=_LANGUAGE, description=f"The reader's: {', '.join(LANGUAGES)}.")
]
PhraseId = Annotated[str, Path(max_length=64, examples=["p-103"])]


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/hotline", tags=["hotline"], route_class=StrictRoute, responses=_REFUSALS
    )
    _phrases(made)
    _lines(made, face)
    _messages(made, face)
    return made


def _phrases(made: APIRouter) -> None:
    @made.get("/phrases", summary="The phrase book", response_model=views.PhrasesView)
    async def phrases() -> Response:
        """Numbered phrases in every language. Their words never change under their number."""
        return await answer_large(lambda: views.phrases_view(phrasebook.BOOK.values()))

    @made.get(
        "/phrases/{phrase}", summary="A phrase as it is said", response_model=views.RenderedView
    )
    async def phrase(
        phrase: PhraseId,
        language: LanguageQuery = "en",
        blank: Annotated[
            list[str] | None, Query(max_length=16, description="NAME=VALUE, repeated.")
        ] = None,
    ) -> Response:
        """Its text is what a message that names it has to say, exactly."""
        try:
            found = phrasebook.find(phrase)
        except InputError as error:
            raise not_found(error) from None
        return answer(views.rendered_view(found, language or "en", _blanks(blank or [])))


def _blanks(said: list[str]) -> list[Value]:
    pairs = [one.partition("=") for one in said]
    return [Value(name, value) for name, _, value in pairs]


def _lines(made: APIRouter, face: Face) -> None:
    node = face.node
    fallback = face.hotline.fallback if face.hotline else ""
    checks = face.hotline.checks if face.hotline else None
    every_s = {
        LineName.SAFETY: checks.safety_every_s if checks else 0,
        LineName.STRATEGIC: checks.strategic_every_s if checks else 0,
    }

    @made.get("/lines", summary="How each line is", response_model=views.LinesView)
    async def lines() -> Response:
        """To every counterpart, the safety line first."""
        found = await node.look(
            lambda desk: hotline_lines.lines(desk, node.links(), fallback=fallback)
        )
        return answer(views.lines_view(found, node.clock(), every_s))

    @made.get("/outages", summary="When lines were not up", response_model=views.OutagesView)
    async def outages(
        since: Annotated[
            str, Query(max_length=40, description="Those that lasted beyond it; RFC 3339.")
        ] = "",
    ) -> Response:
        """What either side reported, and what our couriers met. Reads the whole journal."""
        from_ms = parse_instant(since, "since") if since else 0
        found = await node.look(lambda desk: hotline_lines.outages(desk, from_ms=from_ms))
        return await answer_large(lambda: views.outages_view(found))


def _messages(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/messages", summary="Messages of one line", response_model=views.MessagesView)
    async def messages(
        line: LineName,
        after: Annotated[str, Query(max_length=64, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=hotline_messages.MOST)] = 50,
        language: LanguageQuery = "",
    ) -> Response:
        """Newest first, each with what answers it. No page holds both lines."""
        page = await node.look(
            lambda desk: hotline_messages.page(desk, line, after=after, limit=limit)
        )
        seen = await node.witnessed_refs([one.record.ref for one in page.messages])
        return await answer_large(lambda: views.messages_view(page, line, language, seen))

    @made.post(
        "/translate",
        summary="A suggestion of what a message says",
        response_model=views.SuggestionView,
    )
    async def translate(form: views.TranslateForm) -> Response:
        """A phrase in the book's own wording; free words by the translator of hotline.json, where
        the line and the marking let them go there. The suggestion is not kept and not sent; that
        words left this machine for it stands in the journal (translated-outside)."""
        try:
            record = await node.paper(form.ref)
        except InputError as error:
            raise not_found(error) from None
        if record.paper.kind != Message.KIND:
            raise InputError(f"{record.ref} is no message", right="a message:<item>", where="ref")
        found = in_book(record, form.target)
        if found is None:
            translating = face.hotline.translating if face.hotline else None
            if translating is None:
                raise ProblemError(
                    404,
                    "no-translator",
                    "this node has no translator",
                    right="a translator in hotline.json, or a person who reads both languages",
                )
            translating.refuse(record, node.context.party)
            if translating.translator.outside:
                told = {"ref": record.ref, "provider": translating.translator.provider}
                await node.keep(lambda desk: desk.event("translated-outside", told))
            found = await translating.suggest(record, form.target, node.context.party)
        return answer(views.suggestion_view(record, found))
