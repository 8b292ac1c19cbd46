"""What the API tells of the watch and of handovers, and what people may ask."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from parley.liaison.handover.contents import ComingLine, Handover, OpenLine, Stage, Urgency
from parley.liaison.handover.rules import handover_of
from parley.liaison.papers.record import PaperRecord
from parley.node.liaison.handing import Refusal, Seen, Watch
from parley.node.liaison.openitems import Open
from parley.node.liaison.seattable import Held, Seat
from parley.node.people.persons import Person
from parley.web.problems import plain_problem
from parley.web.views import instant
from parley.wire.instants import format_instant

Words = Annotated[str, Field(max_length=4_000)]
ShortWords = Annotated[str, Field(max_length=2_000)]
Line = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(max_length=200, description="A program's; a session has its own.")]
Role = Annotated[str, Field(max_length=64, description="A duty role; left out, the session's.")]
Hours = Annotated[int, Field(ge=1, le=48, description="How far ahead is told what comes.")]
Digest = Annotated[str, Field(max_length=64, description="`digest` of what the person has seen.")]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SeatForm(_Form):
    """why: needed where the seat is unmanned."""

    text: ShortWords = ""
    why: Line = ""
    hours: Hours = 12
    role: Role = ""
    person: Name = ""


class OfferForm(_Form):
    """incoming: log-in name or name. notes: a word on an open line, by its ref."""

    incoming: Annotated[str, Field(min_length=1, max_length=200)]
    notes: Annotated[dict[Annotated[str, Field(max_length=160)], Line], Field(max_length=64)] = {}
    text: Words = ""
    hours: Hours = 12
    role: Role = ""
    person: Name = ""


class SeenForm(_Form):
    """A line that the incoming saw, as GET /v1/handover or a refusal shows it."""

    kind: Annotated[str, Field(max_length=64)]
    ref: Annotated[str, Field(max_length=160)]
    level: Annotated[Urgency, Field(strict=False)]


SeenLines = Annotated[
    list[SeenForm], Field(max_length=5_000, description="Open lines that the person has seen.")
]


class TakeForm(_Form):
    text: ShortWords = ""
    seen: Digest = ""
    seen_lines: SeenLines = []
    hours: Hours = 12
    person: Name = ""


class TakeHereForm(_Form):
    """incoming: his log-in name, with his password, at the desk of the outgoing."""

    incoming: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(max_length=1_000)]
    text: ShortWords = ""
    seen: Digest = ""
    seen_lines: SeenLines = []
    hours: Hours = 12


class WithdrawForm(_Form):
    person: Name = ""


class OpenView(BaseModel):
    """One open line. key: of the alarm, for /v1/watch/alarms. due_ms: -1 without a time."""

    kind: str
    ref: str
    key: str
    about: list[str]
    words: str
    level: str
    state: str
    due: str | None
    due_ms: int
    blocking: bool = Field(description="Nobody takes over while it is so.")


class ComingView(BaseModel):
    at: str
    at_ms: int
    kind: str
    ref: str
    words: str


class SeatView(BaseModel):
    duty: str
    state: str = Field(description="free, held or unmanned.")
    person: str
    since: str | None
    since_ms: int
    unmanned_since: str | None
    unmanned_ms: int
    ref: str
    session_ends: str | None
    session_ends_ms: int
    mine: bool


class LineView(BaseModel):
    """One open line as a handover has it."""

    kind: str
    ref: str
    words: str
    level: str
    state: str


class HandoverView(BaseModel):
    """A handover as it stands. stage: offered, taken, unmanned or withdrawn; signed: by whom."""

    ref: str
    version: int
    stage: str
    duty: str
    outgoing: str
    incoming: str
    from_: str = Field(serialization_alias="from")
    from_ms: int
    until: str
    until_ms: int
    said: str = Field(description="When the newest version was signed.")
    said_ms: int
    offered: str
    offered_ms: int
    open: list[LineView]
    coming: list[ComingView]
    notes: dict[str, str]
    text: str = Field(description="The outgoing's words for the shift that comes.")
    taken_text: str = Field(description="What the incoming asked and was told.")
    unsigned: str = Field(description="Why the outgoing did not sign, or empty.")
    signed: list[str]
    digest: str
    banner: str


class CandidateView(BaseModel):
    person: str
    name: str


class WatchedView(BaseModel):
    """The watch of one duty role: who holds it, what is open, what is coming."""

    now: str
    now_ms: int
    duty: str
    hours: int
    seat: SeatView
    offer: HandoverView | None
    open: list[OpenView] = Field(description="What blocks first, then the most urgent.")
    coming: list[ComingView]
    blocking: list[OpenView]
    digest: str = Field(description="Of all that is open, by kind, ref and level.")
    last: HandoverView | None
    candidates: list[CandidateView] = Field(description="Who may take it.")


class TakenView(BaseModel):
    """A seat that was taken. handover: null where it was one's own already."""

    ref: str
    seat: SeatView
    handover: HandoverView | None


def seen_of(form: TakeForm | TakeHereForm) -> Seen:
    lines = (OpenLine(one.kind, one.ref, "", one.level, "") for one in form.seen_lines)
    return Seen(form.seen, tuple(lines))


def open_view(one: Open) -> OpenView:
    line = one.line
    return OpenView(
        kind=line.kind,
        ref=line.ref,
        key=one.key,
        about=list(one.about),
        words=line.words,
        level=line.level.value,
        state=line.state,
        due=instant(one.due_ms),
        due_ms=one.due_ms,
        blocking=one.blocking,
    )


def _coming_view(one: ComingLine) -> ComingView:
    return ComingView(
        at=format_instant(one.at_ms), at_ms=one.at_ms, kind=one.kind, ref=one.ref, words=one.words
    )


def _line_view(one: OpenLine) -> LineView:
    return LineView(
        kind=one.kind, ref=one.ref, words=one.words, level=one.level.value, state=one.state
    )


def seat_view(seat: Seat, session_ends_ms: int, mine: bool) -> SeatView:
    return SeatView(
        duty=seat.duty,
        state=seat.state.value,
        person=seat.person,
        since=instant(seat.since_ms),
        since_ms=seat.since_ms,
        unmanned_since=instant(seat.unmanned_ms),
        unmanned_ms=seat.unmanned_ms,
        ref=seat.ref,
        session_ends=instant(session_ends_ms),
        session_ends_ms=session_ends_ms,
        mine=mine and seat.state is Held.HELD,
    )


def handover_view(record: PaperRecord) -> HandoverView:
    said, header = handover_of(record.paper.content), record.paper.header
    return HandoverView(
        ref=record.ref,
        version=record.paper.version,
        stage="withdrawn" if record.paper.withdrawn else said.stage.value,
        duty=said.duty,
        outgoing=said.outgoing,
        incoming=said.incoming,
        from_=format_instant(said.from_ms),
        from_ms=said.from_ms,
        until=format_instant(said.until_ms),
        until_ms=said.until_ms,
        said=format_instant(header.at_ms),
        said_ms=header.at_ms,
        offered=format_instant(record.first_ms),
        offered_ms=record.first_ms,
        open=[_line_view(one) for one in said.open],
        coming=[_coming_view(one) for one in said.coming],
        notes={note.ref: note.text for note in said.notes},
        text=said.forward,
        taken_text=said.answers,
        unsigned=said.unsigned,
        signed=_signed(said),
        digest=said.digest,
        banner=record.paper.marking.banner(),
    )


def _signed(said: Handover) -> list[str]:
    outgoing = [] if said.unsigned else ["outgoing"]
    return outgoing if said.stage is Stage.OFFERED else [*outgoing, "incoming"]


def watched_view(
    found: Watch,
    *,
    now_ms: int,
    hours: int,
    session_ends_ms: int,
    mine: bool,
    candidates: list[Person],
) -> WatchedView:
    return WatchedView(
        now=format_instant(now_ms),
        now_ms=now_ms,
        duty=found.seat.duty,
        hours=hours,
        seat=seat_view(found.seat, session_ends_ms, mine),
        offer=None if found.offer is None else handover_view(found.offer),
        open=[open_view(one) for one in found.whole.open],
        coming=[_coming_view(one) for one in found.whole.coming],
        blocking=[open_view(one) for one in found.whole.blocking],
        digest=found.digest,
        last=None if found.last is None else handover_view(found.last),
        candidates=[CandidateView(person=one.id, name=one.name) for one in candidates],
    )


def refusal_members(refusal: Refusal) -> dict[str, Any]:
    """A problem of RFC 9457 with what stands in the way: ``blocking``, or ``new``, and the digest
    of what is open now."""
    problem = plain_problem(409, refusal.code, refusal.what, right=refusal.right).model_dump()
    lines = [open_view(one).model_dump() for one in refusal.lines]
    if refusal.code == "urgent-open":
        return {**problem, "blocking": lines, "digest": refusal.digest}
    if refusal.code == "changed":
        return {**problem, "new": lines, "digest": refusal.digest}
    return problem
