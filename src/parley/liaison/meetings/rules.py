"""What consultations, briefings, minutes and commitments must say, and what follows from one.

``check_*`` raise ProtocolError, at fault the author. Deadlines end where the words said last
allow: nothing is late before the end of its ``When``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from parley.errors import ProtocolError
from parley.liaison.meetings.contents import (
    Briefing,
    Commitment,
    CommitmentState,
    Consultation,
    Delegation,
    MeetingState,
    Minutes,
)
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.marking import allows, most_closed, narrower
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, bare, finding
from parley.rules.statements import Rung

C = TypeVar("C", bound=Content)

MEETINGS: Mapping[MeetingState, frozenset[MeetingState]] = {
    MeetingState.TENTATIVE: frozenset(
        {MeetingState.TENTATIVE, MeetingState.PLANNED, MeetingState.CALLED_OFF}
    ),
    MeetingState.PLANNED: frozenset(MeetingState),
    MeetingState.HELD: frozenset({MeetingState.HELD}),
    MeetingState.CALLED_OFF: frozenset({MeetingState.CALLED_OFF}),
}
"""What a consultation may become with its next version. A record of one that was held, or called
off, is only corrected. The first version may be any: meetings of the past are written down too."""

COMMITMENTS: Mapping[CommitmentState, frozenset[CommitmentState]] = {
    CommitmentState.OPEN: frozenset(CommitmentState),
    CommitmentState.DONE: frozenset({CommitmentState.DONE}),
    CommitmentState.DROPPED: frozenset({CommitmentState.DROPPED}),
}
"""What a commitment may become, by its author's word alone."""


class MinutesState(StrEnum):
    OWN = "own"  # one side's
    PROPOSED = "proposed"
    AGREED = "agreed"
    DISPUTED = "disputed"
    WITHDRAWN = "withdrawn"


# Consultations -------------------------------------------------------------------------------


def check_consultation(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a step that ``MEETINGS`` has not; one held that cannot have begun yet; a delegation
    of nobody the agreement knows, two of one party, a person twice in one; an agenda item marked
    wider than the paper, or closed to somebody it is addressed to."""
    content = content_of(paper, Consultation)
    if before is not None:
        was = content_of(before.paper, Consultation).state
        if content.state not in MEETINGS[was]:
            raise refused(
                paper,
                f"{paper.ref} would go from {was.value} to {content.state.value}",
                _steps(MEETINGS[was]),
            )
    if content.state is MeetingState.HELD and content.when.from_ms > paper.header.at_ms:
        raise refused(
            paper,
            f"{paper.ref} is held and begins after its author says so ({content.when.said!r})",
            "planned until it has begun",
        )
    _check_delegations(agreement, paper, content.delegations)
    portions = [(i.title, i.marking) for i in content.agenda if i.marking is not None]
    _check_portions(paper, portions)
    _names(paper, content.follows, "consultation")


def _check_delegations(agreement: Agreement, paper: Paper, sent: Iterable[Delegation]) -> None:
    known = {p.id for p in agreement.parties} | {t.id for t in agreement.third_parties}
    seen: set[str] = set()
    for one in sent:
        if one.party not in known:
            raise refused(
                paper,
                f"{paper.ref} has a delegation of {one.party!r}",
                f"one of {', '.join(sorted(known))}; anybody may be host, by name",
            )
        if one.party in seen:
            raise refused(
                paper, f"{paper.ref} has two delegations of {one.party}", "one with all its members"
            )
        seen.add(one.party)
        named = [m.person.casefold() for m in one.members if m.person]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise refused(
                paper, f"{twice[0]!r} is twice in the delegation of {one.party}", "each member once"
            )


def consultation_is_open(record: PaperRecord) -> bool:
    """One that is still to be held."""
    state = content_of(record.paper, Consultation).state
    return state in (MeetingState.TENTATIVE, MeetingState.PLANNED)


def consultation_refs(content: Content) -> tuple[str, ...]:
    """Under what it is found again: what it follows, its agenda, persons of the directory."""
    said = _as(content, Consultation)
    agenda = [ref for item in said.agenda for ref in item.refs]
    members = [m.person for d in said.delegations for m in d.members]
    return (*said.follows, *agenda, *(m for m in members if m.startswith("person:")))


# Briefings and minutes -------------------------------------------------------------------------


def check_briefing(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: a part marked wider than the pack, or closed to somebody the pack goes to."""
    content = content_of(paper, Briefing)
    _check_portions(paper, [(part.title, part.marking) for part in content.parts])
    if content.consultation:
        _names(paper, (content.consultation,), "consultation")


def briefing_is_open(record: PaperRecord) -> bool:
    """A pack that was given waits for nobody."""
    return False


def briefing_refs(content: Content) -> tuple[str, ...]:
    said = _as(content, Briefing)
    refs = (ref for part in said.parts for ref in part.refs)
    return tuple(ref for ref in (said.consultation, *refs) if ref)


def banner_marking(paper: Paper) -> Marking:
    """The marking that stands on a page with all of a paper: the most closed of it and its
    portions."""
    content = paper.content
    portions: list[Marking] = []
    if isinstance(content, Briefing):
        portions = [part.marking for part in content.parts]
    elif isinstance(content, Consultation):
        portions = [item.marking for item in content.agenda if item.marking is not None]
    return most_closed([paper.marking, *portions]) if portions else paper.marking


def check_minutes(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: minutes of no consultation; agreed ones that no signatory is asked about; one
    side's minutes that become agreed ones or the reverse, or those of another consultation."""
    content = content_of(paper, Minutes)
    _names(paper, (content.consultation,), "consultation")
    _names(paper, content.commitments, "commitment")
    asked = [p for p in paper.header.to if not agreement.party(p).observer]
    if content.agreed and not asked:
        raise refused(
            paper, f"{paper.ref} are agreed minutes and ask nobody", "the other sides as addressees"
        )
    if before is None:
        return
    was = content_of(before.paper, Minutes)
    if (was.agreed, bare(was.consultation)) != (content.agreed, bare(content.consultation)):
        raise refused(
            paper,
            f"{paper.ref} would change what minutes they are",
            "one side's and agreed minutes are papers of their own",
        )


def minutes_state(record: PaperRecord) -> MinutesState:
    """Agreed once everybody who is asked accepted these very words; disputed while one objects
    or says it cannot."""
    if record.paper.withdrawn:
        return MinutesState.WITHDRAWN
    if not content_of(record.paper, Minutes).agreed:
        return MinutesState.OWN
    if record.refused_by:
        return MinutesState.DISPUTED
    if all(h.rung is Rung.ACCEPTED for h in record.heard):
        return MinutesState.AGREED
    return MinutesState.PROPOSED


def minutes_are_open(record: PaperRecord) -> bool:
    return minutes_state(record) in (MinutesState.PROPOSED, MinutesState.DISPUTED)


def minutes_refs(content: Content) -> tuple[str, ...]:
    said = _as(content, Minutes)
    return (said.consultation, *said.commitments)


# Commitments -----------------------------------------------------------------------------------


def check_commitment(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Refused: an owner that is no party or is not asked; one that owes itself; one that comes
    after itself; another owner than before, and a step that ``COMMITMENTS`` has not."""
    content = content_of(paper, Commitment)
    known = {p.id: p for p in agreement.parties}
    by = paper.header.by
    strange = sorted({content.owner, *content.to} - set(known))
    if strange:
        raise refused(
            paper, f"{paper.ref} is owed by or to {strange[0]!r}", f"one of {', '.join(known)}"
        )
    if content.owner in content.to:
        raise refused(paper, f"{content.owner} would owe {paper.ref} to itself", "other parties")
    unasked = content.owner not in paper.header.to or known[content.owner].observer
    if content.owner != by and unasked:
        raise refused(
            paper,
            f"{paper.ref} binds {content.owner}, who is not asked",
            f"{content.owner} among its addressees, or a commitment of one's own",
        )
    _names(paper, content.after, "commitment")
    if paper.ref in {bare(ref) for ref in content.after}:
        raise refused(paper, f"{paper.ref} comes after itself", "other commitments")
    if before is None:
        return
    was = content_of(before.paper, Commitment)
    if was.owner != content.owner:
        raise refused(
            paper, f"{paper.ref} would go from {was.owner} to {content.owner}", "a new commitment"
        )
    if content.state not in COMMITMENTS[was.state]:
        raise refused(
            paper,
            f"{paper.ref} would go from {was.state.value} to {content.state.value}",
            _steps(COMMITMENTS[was.state]),
        )


def is_binding(record: PaperRecord) -> bool:
    """Whether its owner stands by these words: it said them, or accepted them."""
    owner = content_of(record.paper, Commitment).owner
    return owner == record.author or owner in record.accepted_by


def is_overdue(record: PaperRecord, now_ms: int) -> bool:
    """Open, binding, and past the last instant that its date can mean."""
    return _waits(record) and 0 <= _due_ms(record) < now_ms


def overdue_commitment(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """COMMITMENT_OVERDUE: WARNING "hard" or ADVISORY "soft", from the end of its date on."""
    content = content_of(record.paper, Commitment)
    if not is_overdue(record, now_ms):
        return []
    due_ms = _due_ms(record)
    return [
        finding(
            Kind.COMMITMENT_OVERDUE,
            Level.WARNING if content.hard else Level.ADVISORY,
            [f"{record.ref}@{record.paper.version}"],
            parties=(content.owner, record.author, *content.to),
            window_ms=(due_ms, due_ms),
            codes=("hard" if content.hard else "soft",),
        )
    ]


def commitment_turns(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """The first instant behind its date."""
    due_ms = _due_ms(record)
    return due_ms + 1 if _waits(record) and due_ms >= now_ms else None


def commitment_is_open(record: PaperRecord) -> bool:
    return content_of(record.paper, Commitment).state is CommitmentState.OPEN


def commitment_refs(content: Content) -> tuple[str, ...]:
    return _as(content, Commitment).after


def _waits(record: PaperRecord) -> bool:
    return not record.paper.withdrawn and commitment_is_open(record) and is_binding(record)


def _due_ms(record: PaperRecord) -> int:
    due = content_of(record.paper, Commitment).due
    return -1 if due is None else due.until_ms


# What they share -------------------------------------------------------------------------------


def content_of(paper: Paper, kind: type[C]) -> C:
    """The content of a paper that is of this kind."""
    return _as(paper.content, kind)


def _as(content: Content, kind: type[C]) -> C:
    assert isinstance(content, kind)
    return content


def _check_portions(paper: Paper, portions: Iterable[tuple[str, Marking]]) -> None:
    by = paper.header.by
    for title, marking in portions:
        if not narrower(marking, paper.marking):
            raise refused(
                paper,
                f"{title[:80]!r} is marked {marking.banner()}, wider than {paper.marking.banner()}",
                "each portion as closed as its paper or more",
            )
        for party in paper.header.to:
            if not allows(marking, by, party):
                raise refused(
                    paper,
                    f"{title[:80]!r} is marked {marking.banner()} and goes to {party}",
                    f"REL TO {party.upper()}, or a paper of its own for those who may have it",
                )


def _names(paper: Paper, refs: Iterable[str], kind: str) -> None:
    for ref in refs:
        if not ref.startswith(f"{kind}:"):
            raise refused(paper, f"{paper.ref} names {ref[:80]!r}", f"{kind}:<id>")


def _steps(steps: Iterable[StrEnum]) -> str:
    return ", ".join(sorted(step.value for step in steps))


def refused(paper: Paper, what: str, right: str) -> ProtocolError:
    """The author of the paper is at fault."""
    return ProtocolError(what, right=right, at_fault=f"party {paper.header.by}")
