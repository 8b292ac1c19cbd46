"""Consultations and commitments at a node, as people ask for them: nothing here is kept.

What is said about a meeting is found by its ref; what a commitment waits for is read from the
commitments behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from parley.errors import InputError
from parley.liaison.directory.contents import Person
from parley.liaison.meetings.contents import Commitment, CommitmentState, Consultation, MeetingState
from parley.liaison.meetings.dependence import circle, in_order
from parley.liaison.meetings.rules import (
    MinutesState,
    content_of,
    is_binding,
    is_overdue,
    minutes_state,
)
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.filtering import releasable
from parley.node.desk import Desk
from parley.node.liaison import directory, reading
from parley.node.liaison.shelf import load, need
from parley.rules.findings import bare

ABOUT_ONE = 500
"""So many papers of a kind are shown about one meeting, and exported to one calendar."""
BEHIND = 200
"""So many commitments behind those of a page are looked at."""
LOOKED_AT = 4_000
"""Among so many of the newest."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One commitment as it stands. blocked_by: those it waits for that are not done; circle: refs
    of a circle that it is in; remarks: what a person should look at."""

    record: PaperRecord
    binding: bool
    overdue: bool
    blocked_by: tuple[str, ...]
    circle: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owing:
    """Commitments, each behind those of the page that it waits for; ``after``: the next page."""

    commitments: tuple[Owed, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A consultation with all that is said about it, the newest first of each."""

    record: PaperRecord
    minutes: tuple[tuple[PaperRecord, MinutesState], ...]
    briefings: tuple[PaperRecord, ...]
    commitments: tuple[Owed, ...]
    followed_by: tuple[str, ...]
    remarks: tuple[str, ...]


# Commitments -----------------------------------------------------------------------------------


def commitments(
    desk: Desk, now_ms: int, *, after: str = "", limit: int = 50, only_open: bool = False
) -> Owing:
    """One page of commitments, ordered by dependence within it."""
    page = reading.page(desk, "commitment", after=after, limit=limit, only_open=only_open)
    return Owing(_ordered(desk, page.records, now_ms), page.after)


def _ordered(desk: Desk, records: Iterable[PaperRecord], now_ms: int) -> tuple[Owed, ...]:
    known = {record.ref: record for record in records}
    shown = sorted(known, key=lambda ref: (_due_ms(known[ref]), ref))
    after = _behind(desk, known)
    return tuple(_owed(known[ref], known, after, now_ms) for ref in in_order(shown, after))


def _behind(desk: Desk, known: dict[str, PaperRecord]) -> Mapping[str, tuple[str, ...]]:
    """What each waits for, and what those wait for; their records join ``known``. What a shown
    one waits for is always looked at, of what stands behind that ``BEHIND``."""
    after: dict[str, tuple[str, ...]] = {}
    ahead = deque(known)
    near = {bare(ref) for record in known.values() for ref in _waits_for(record)}
    most = len(near.union(known)) + BEHIND
    while ahead and len(after) < most:
        ref = ahead.popleft()
        record = known.get(ref) or load(desk, ref)
        if ref in after or record is None or not isinstance(record.paper.content, Commitment):
            continue
        known[ref] = record
        after[ref] = tuple(bare(one) for one in _waits_for(record))
        ahead.extend(after[ref])
    return after


def _waits_for(record: PaperRecord) -> tuple[str, ...]:
    return content_of(record.paper, Commitment).after


def _owed(
    record: PaperRecord,
    known: Mapping[str, PaperRecord],
    after: Mapping[str, tuple[str, ...]],
    now_ms: int,
) -> Owed:
    content = content_of(record.paper, Commitment)
    waits_for = after.get(record.ref, ())
    not_done = tuple(ref for ref in waits_for if not _done(known.get(ref)))
    around = circle(record.ref, after)
    remarks = [f"waits for {ref}, which is not here" for ref in waits_for if ref not in known]
    if content.state is CommitmentState.DONE:
        remarks += [f"done before {ref}, which it waits for" for ref in not_done if ref in known]
    if around:
        remarks.append(f"in a circle: {' after '.join((*around, record.ref))}")
    if content.state is CommitmentState.OPEN and not is_binding(record):
        remarks.append(f"{content.owner} has not accepted it")
    is_open = content.state is CommitmentState.OPEN
    return Owed(
        record,
        is_binding(record),
        is_overdue(record, now_ms),
        not_done if is_open else (),
        around,
        tuple(remarks),
    )


def _done(record: PaperRecord | None) -> bool:
    if record is None or record.paper.withdrawn:
        return False
    return content_of(record.paper, Commitment).state is CommitmentState.DONE


def _due_ms(record: PaperRecord) -> int:
    due = content_of(record.paper, Commitment).due
    return 2**62 if due is None else due.until_ms


# Consultations -------------------------------------------------------------------------------


def meeting(desk: Desk, ref: str, now_ms: int) -> Meeting:
    """A consultation and everything about it. InputError if there is none."""
    if not ref.startswith("consultation:"):
        raise InputError(f"{ref[:80]!r} is no consultation", right="consultation:<id>", where="ref")
    record = need(desk, ref)
    content = content_of(record.paper, Consultation)
    minutes = _about(desk, ref, "minutes")
    states = tuple((one, minutes_state(one)) for one in minutes)
    promised = {one.ref: one for one in _about(desk, ref, "commitment")}
    for one in minutes:
        for linked in getattr(one.paper.content, "commitments", ()):
            found = load(desk, bare(linked))
            if found is not None and isinstance(found.paper.content, Commitment):
                promised[found.ref] = found
    return Meeting(
        record,
        states,
        _about(desk, ref, "briefing"),
        _ordered(desk, promised.values(), now_ms),
        tuple(one.ref for one in _about(desk, ref, "consultation")),
        tuple(_remarks(record, content, states, now_ms)),
    )


def _about(desk: Desk, ref: str, kind: str) -> tuple[PaperRecord, ...]:
    return tuple(islice(reading.about(desk, ref, kind), ABOUT_ONE))


def _remarks(
    record: PaperRecord,
    content: Consultation,
    minutes: tuple[tuple[PaperRecord, MinutesState], ...],
    now_ms: int,
) -> list[str]:
    remarks = []
    waits = content.state in (MeetingState.TENTATIVE, MeetingState.PLANNED)
    if waits and not record.paper.withdrawn and content.when.until_ms < now_ms:
        remarks.append("its time has passed, and nobody says that it was held or called off")
    headless = (d for d in content.delegations if d.members and not any(m.head for m in d.members))
    remarks += [f"the delegation of {one.party} has no head" for one in headless]
    remarks += [
        f"{one.ref} is disputed by {', '.join(one.refused_by)}"
        for one, state in minutes
        if state is MinutesState.DISPUTED
    ]
    if content.state in (MeetingState.TENTATIVE, MeetingState.CALLED_OFF) and minutes:
        remarks.append(f"there are minutes of a meeting that is {content.state.value}")
    return remarks


# What may leave in a calendar --------------------------------------------------------------------


def calendar_papers(desk: Desk, for_party: str) -> tuple[PaperRecord, ...]:
    """The newest consultations and commitments that ``for_party`` may have ("": ourselves),
    ``ABOUT_ONE`` of each at most. UnknownPartyError: no party of the agreement."""
    if for_party:
        desk.agreement.party(for_party)
    found: list[PaperRecord] = []
    for kind in ("consultation", "commitment"):
        after = ""
        kept: list[PaperRecord] = []
        for _ in range(LOOKED_AT // ABOUT_ONE):
            page = reading.page(desk, kind, after=after, limit=ABOUT_ONE)
            kept += [one for one in page.records if _may_have(desk, one.paper, for_party)]
            after = page.after
            if not after or len(kept) >= ABOUT_ONE:
                break
        found += kept[:ABOUT_ONE]
    return tuple(found)


def _may_have(desk: Desk, paper: Paper, for_party: str) -> bool:
    parties = [p.id for p in desk.agreement.parties]
    return not for_party or releasable(paper, for_party, parties=parties)


def names_for(desk: Desk, records: Iterable[PaperRecord], for_party: str) -> Mapping[str, str]:
    """Names of the members that are entries of the directory, where they may be shown."""
    names = {}
    for record in records:
        content = record.paper.content
        if not isinstance(content, Consultation):
            continue
        for member in (m for d in content.delegations for m in d.members):
            if member.person.startswith("person:") and member.person not in names:
                found = load(desk, directory.resolve(desk, member.person))
                found = found or load(desk, bare(member.person))
                if found is not None and _may_have(desk, found.paper, for_party):
                    person = found.paper.content
                    assert isinstance(person, Person)
                    names[member.person] = person.names[0].text
    return names
