"""The report of adherence: per obligation and party what was checked, and what began too early.

Counted from statements alone, never from prose. That an activity began before its notice is found
in two ways that are never added up: it was told after its window had begun (by its author's own
clock), or somebody saw or says that it began before it was told. The second are facts and claims
of others, each with its source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from parley.liaison.duties.checks import Outcome, Verdict, applies, judge
from parley.liaison.duties.contents import Obligation
from parley.liaison.papers.record import PaperRecord
from parley.rules.agreement import Agreement
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import Notice, Rung

EARLY_MS = 900_000
"""What is seen longer than this before a window is not taken for the same activity, unless who
says so names it."""


@dataclass(frozen=True, slots=True)
class Version:
    """When one version of a notice was said, and the start that it tells."""

    number: int
    at_ms: int
    start_ms: int


def told_ms(versions: Sequence[Version]) -> int:
    """When it was first told that the activity would have begun by the start now in force: the
    earliest version that tells this start or an earlier one."""
    start_ms = versions[-1].start_ms
    return min(one.at_ms for one in versions if one.start_ms <= start_ms)


class Source(StrEnum):
    """Who saw or says that it began."""

    OWN_TRACK = "own-track"  # a position that our side logged
    OWN_WATCH = "own-watch"  # what our live watch found: a flight early for its notice
    NONCONFORMANCE = "nonconformance"  # the author's own announcement that it began early
    REPORT = "report"  # a third party engaged there
    CLAIM = "claim"
    REQUEST = "notice-request"


@dataclass(frozen=True, slots=True)
class Sight:
    """ref: what says so; by: whose word it is. from_ms, until_ms: between which instants it had
    begun; inferred: what was inferred of them."""

    source: Source
    ref: str
    by: str
    from_ms: int
    until_ms: int
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """One notice whose activity began before it was told. late_s: how long after the start it
    was told, 0 where it was told before. sights: that put the beginning before the telling; a
    ``possible`` one by some of the instants that it can mean only."""

    ref: str
    party: str
    told_ms: int
    start_ms: int
    sights: tuple[Sight, ...] = ()

    @property
    def late_s(self) -> int:
        return max(0, self.told_ms - self.start_ms) // 1000

    @property
    def after_the_fact(self) -> bool:
        return self.start_ms < self.told_ms

    @property
    def seen_before(self) -> bool:
        return any(one.until_ms < self.told_ms for one in self.sights)


def begun(record: ItemRecord, versions: Sequence[Version], sights: Sequence[Sight]) -> Begun:
    """What is known of the beginning of a notice's activity; only what may be before it was told
    is kept of the sights, in the order of their instants."""
    at_ms = told_ms(versions)
    before = sorted(
        (one for one in sights if one.from_ms < at_ms),
        key=lambda one: (one.from_ms, one.until_ms, one.source, one.ref),
    )
    return Begun(record.ref, record.author, at_ms, versions[-1].start_ms, tuple(before))


@dataclass(frozen=True, slots=True)
class Activity:
    """One notice, in its words in force, against one obligation. why: where it says nothing."""

    ref: str
    version: int
    state: State
    start_ms: int
    end_ms: int
    outcome: Outcome
    verdicts: tuple[Verdict, ...] = ()
    why: str = ""


def activity(
    agreement: Agreement, obligation: Obligation, record: ItemRecord, *, measured: bool = True
) -> Activity | None:
    """None where the obligation does not apply to the notice."""
    notice = record.content
    if not isinstance(notice, Notice) or not applies(obligation, notice):
        return None
    verdicts = judge(agreement, obligation, notice, measured=measured)
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    why = next((verdict.why for verdict in verdicts if verdict.why), "")
    if outcomes[Outcome.FAILED]:
        outcome = Outcome.FAILED
    elif outcomes[Outcome.PASSED] and not outcomes[Outcome.NOT_CHECKABLE]:
        outcome = Outcome.PASSED
    else:
        outcome, why = Outcome.NOT_CHECKABLE, why or "no-checks"
    return Activity(
        record.ref,
        notice.version,
        record.state,
        notice.start_ms,
        notice.end_ms,
        outcome,
        verdicts,
        why,
    )


@dataclass(frozen=True, slots=True)
class PartyDuty:
    """One party under one obligation. stands: "author", "accepted", "objected", "unable" or
    "not-answered". Counts of activities; after_the_fact, seen_before: refs of those of them."""

    party: str
    stands: str
    activities: tuple[Activity, ...]
    after_the_fact: tuple[str, ...]
    seen_before: tuple[str, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(1 for one in self.activities if one.outcome is outcome)

    @property
    def checked(self) -> int:
        return len(self.activities) - self.count(Outcome.NOT_CHECKABLE)


@dataclass(frozen=True, slots=True)
class DutyReport:
    record: PaperRecord
    obligation: Obligation
    parties: tuple[PartyDuty, ...]


@dataclass(frozen=True, slots=True)
class PartyBegun:
    """notices: of the party whose window meets the period, without the cancelled ones."""

    party: str
    notices: int
    cancelled: int
    begun: tuple[Begun, ...]

    @property
    def after_the_fact(self) -> tuple[Begun, ...]:
        return tuple(one for one in self.begun if one.after_the_fact)

    @property
    def seen_before(self) -> tuple[Begun, ...]:
        return tuple(one for one in self.begun if one.seen_before)

    @property
    def possibly_before(self) -> tuple[Begun, ...]:
        return tuple(one for one in self.begun if one.sights and not one.seen_before)


@dataclass(frozen=True, slots=True)
class Requested:
    """A request for a notice said in the period: of whom, and what came. answer: "notice" (refs),
    "objected", "unable", "withdrawn" or "none"."""

    record: PaperRecord
    answer: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adherence:
    """from_ms, until_ms: closed. as_of_ms: when it was made, from what was held then."""

    party: str
    from_ms: int
    until_ms: int
    as_of_ms: int
    duties: tuple[DutyReport, ...]
    parties: tuple[PartyBegun, ...]
    requests: tuple[Requested, ...]


def stands(record: PaperRecord, party: str) -> str:
    """How a party has answered an obligation."""
    if party == record.author:
        return "author"
    rung = next((heard.rung for heard in record.heard if heard.party == party), None)
    known = {Rung.ACCEPTED: "accepted", Rung.OBJECTED: "objected", Rung.UNABLE: "unable"}
    return known.get(rung, "not-answered") if rung is not None else "not-answered"


def duty_report(
    agreement: Agreement,
    record: PaperRecord,
    notices: Sequence[ItemRecord],
    early: Sequence[Begun],
    *,
    measured: bool = True,
) -> DutyReport:
    """One obligation against these notices, by party, in the order of the refs. measured: how
    near what passed came, too."""
    said = record.paper.content
    assert isinstance(said, Obligation)
    begun_of = {one.ref: one for one in early}
    rows = []
    for party in said.binds:
        mine = [one for one in notices if one.author == party]
        judged = (activity(agreement, said, one, measured=measured) for one in mine)
        done = tuple(one for one in judged if one is not None)
        facts = [begun_of[one.ref] for one in done if one.ref in begun_of]
        rows.append(
            PartyDuty(
                party,
                stands(record, party),
                done,
                tuple(one.ref for one in facts if one.after_the_fact),
                tuple(one.ref for one in facts if one.seen_before),
            )
        )
    return DutyReport(record, said, tuple(rows))
