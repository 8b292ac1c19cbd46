"""What the routes of drafts take and answer with, and how values become that."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parley.node.drafting.draft import Deed, Draft, Seen, State, Who, same_person
from parley.node.drafting.drafting import Looked
from parley.node.drafting.reading import NOTICES
from parley.node.people.roles import Can
from parley.rules.statements import Draft as Words
from parley.web.console.drawing import notice_of
from parley.web.shapes import FindingView, NoticeView
from parley.web.views import finding_view, instant, notice_view
from parley.wire.conversion import draft_to_geojson
from parley.wire.instants import format_instant
from parley.wire.jsontext import parse_json
from parley.wire.models import Id, Text

Kind = Literal["notice", "amendment", "release", "paper-widening"]
StateName = Literal["waiting", "released", "returned", "withdrawn", "lapsed"]
May = Literal["release", "return", "replace", "withdraw"]
LevelName = Literal["", "info", "advisory", "warning", "urgent"]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SeenForm(_Form):
    key: Annotated[str, Field(min_length=1, max_length=1000)]
    level: LevelName = ""


class ReleaseForm(_Form):
    """role: the releaser's duty role. revision: the one he saw. seen: the findings he saw, as
    keys (of whatever level) or with their levels."""

    role: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)]
    seen: Annotated[
        list[SeenForm | Annotated[str, Field(min_length=1, max_length=1000)]],
        Field(max_length=10_000),
    ] = []

    def findings(self) -> list[Seen]:
        return [
            Seen(one, "") if isinstance(one, str) else Seen(one.key, one.level) for one in self.seen
        ]


class WordForm(_Form):
    text: Text = ""


class WhoView(BaseModel):
    person: str = Field(description="The log-in name.")
    name: str
    role: str = Field(description="Duty role, or empty.")


class DeedView(BaseModel):
    did: str
    who: WhoView
    at: str
    at_ms: int
    revision: int
    text: str


class SeenView(BaseModel):
    key: str
    level: str


class ResultView(BaseModel):
    ref: str
    version: int


class DraftView(BaseModel):
    """One draft. seen: what the check said when it was proposed; findings: what it says now (of a
    single draft that waits). may: what whoever asks may do now."""

    id: str
    number: int
    kind: Kind
    state: StateName
    revision: int
    item: str
    role: str
    to: list[str]
    exercise: bool
    each_its_own: bool
    author: WhoView
    made: str
    made_ms: int
    changed: str
    changed_ms: int
    start: str | None
    start_ms: int
    end: str | None
    end_ms: int
    lapses: str | None
    lapses_ms: int
    content_type: str
    body: str
    draft: dict[str, Any] | None
    content: NoticeView | None
    form: dict[str, Any] | None
    text: str
    seen: list[SeenView]
    findings: list[FindingView]
    may: list[May]
    history: list[DeedView]
    result: ResultView | None


class DraftsView(BaseModel):
    drafts: list[DraftView]
    two_persons: bool = Field(description="Who writes does not release.")
    waiting: int
    next: int | None = Field(description="Give it as `after` for the next page; null: the end.")


def draft_view(
    looked: Looked, party: str, parties: list[str], *, may: list[May], now_ms: int
) -> DraftView:
    """``parties``: whom it goes to where it names nobody."""
    draft, proposal = looked.draft, looked.draft.proposal
    words = looked.read.words if looked.read is not None else None
    notice = words if isinstance(words, Words) else None
    to = list(parties if proposal.to is None else proposal.to)
    form = None
    if proposal.kind not in NOTICES:
        form = parse_json(proposal.body.encode(), "the draft")
    return DraftView(
        id=draft.id,
        number=draft.number,
        kind=proposal.kind.value,
        state=draft.state.value,
        revision=draft.revision,
        item=proposal.item,
        role=proposal.role,
        to=to,
        exercise=proposal.exercise,
        each_its_own=proposal.each_its_own,
        author=_who(draft.author),
        made=format_instant(draft.made_ms),
        made_ms=draft.made_ms,
        changed=format_instant(draft.changed_ms),
        changed_ms=draft.changed_ms,
        start=instant(proposal.start_ms),
        start_ms=proposal.start_ms,
        end=instant(proposal.end_ms),
        end_ms=proposal.end_ms,
        lapses=instant(draft.lapses_ms),
        lapses_ms=draft.lapses_ms,
        content_type=proposal.content_type,
        body=proposal.body,
        draft=None if notice is None else draft_to_geojson(notice),
        content=None
        if notice is None
        else notice_view(notice_of(notice, proposal, party, 1, now_ms)),
        form=form,
        text=_text(draft),
        seen=[SeenView(key=one.key, level=one.level) for one in draft.seen],
        findings=[finding_view(one) for one in looked.findings],
        may=may,
        history=[_deed(one) for one in draft.deeds],
        result=ResultView(ref=draft.ref, version=draft.version) if draft.ref else None,
    )


_NEEDS: dict[May, Can] = {
    "release": Can.RELEASE,
    "return": Can.RELEASE,
    "replace": Can.DRAFT,
    "withdraw": Can.DRAFT,
}


def may_of(draft: Draft, who: Who, can: frozenset[Can] | None, *, two_persons: bool) -> list[May]:
    """What this person may do to it now. can: by his roles; None: everything."""
    may: list[May] = []
    if draft.state is State.WAITING and same_person(draft.author, who):
        may = ["replace", "withdraw"] if two_persons else ["release", "replace", "withdraw"]
    elif draft.state is State.WAITING:
        may = ["release", "return"]
    return [one for one in may if can is None or _NEEDS[one] in can]


def _text(draft: Draft) -> str:
    proposal, author = draft.proposal, draft.author
    what = proposal.kind.value
    if proposal.item:
        what = f"{what} of {proposal.item}"
    window = ""
    if proposal.start_ms >= 0:
        start, end = format_instant(proposal.start_ms), format_instant(proposal.end_ms)
        window = f", {start} to {end}"
    mark = "EXERCISE: " if proposal.exercise else ""
    name = author.name or "a program"
    return f"{mark}draft {draft.number}: {what}{window}, by {name} ({proposal.role})"


def _who(who: Who) -> WhoView:
    return WhoView(person=who.person, name=who.name, role=who.role)


def _deed(deed: Deed) -> DeedView:
    return DeedView(
        did=deed.did.value,
        who=_who(deed.who),
        at=format_instant(deed.at_ms),
        at_ms=deed.at_ms,
        revision=deed.revision,
        text=deed.text,
    )
