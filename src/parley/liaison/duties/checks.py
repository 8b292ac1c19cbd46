"""What an activity must pass, one pure function a check.

Geometry is exact and closed (``parley.space``): exactly as far as the margin counts as near.
Every volume of a notice is held against the place, the aircraft's too, by itself, as far as its
time meets the obligation's own. Lead time is that of the words in force, by their author's clock:
it is the same at every node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from parley.errors import GeometryError
from parley.liaison.duties.contents import CheckOf, DutyCheck, Obligation
from parley.rules.agreement import Agreement
from parley.rules.statements import Notice
from parley.space import Area, Span, Volume, distance_m, within

FAR_M = 50_000
"""What is farther away than this, and than the margin, is not measured to the metre."""


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKABLE = "not-checkable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """measures: sorted names and whole metres or seconds. why: a word, where it says nothing."""

    check: DutyCheck
    outcome: Outcome
    measures: tuple[tuple[str, int], ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """ "not-within:blue-line"."""
        return f"{self.check.of.value}:{self.check.place}"


@dataclass(frozen=True, slots=True)
class _Held:
    """What a check is held against: the place, the volumes in question, and those near it."""

    notice: Notice
    check: DutyCheck
    place: Area
    volumes: Sequence[Volume]
    near: Sequence[Volume]
    valid: Span | None

    def away(self) -> dict[str, int]:
        """distance_m of the nearest; beyond FAR_M only that (``beyond_m``)."""
        some = self.near or [v for v in self.volumes if within(v.area, self.place, FAR_M)]
        if not some:
            return {"beyond_m": FAR_M}
        return {"distance_m": round(min(_away_m(v.area, self.place) for v in some))}


@lru_cache(maxsize=2048)
def _away_m(area: Area, place: Area) -> float:
    """Several checks ask for the same distance."""
    return distance_m(area, place)


_Judge = Callable[[_Held], tuple[bool, dict[str, int]]]
"""What is held -> (passed, measures besides the distance)."""


def _not_near(held: _Held) -> tuple[bool, dict[str, int]]:
    return not held.near, {}


def _not_across(held: _Held) -> tuple[bool, dict[str, int]]:
    """No volume comes near the line, and no straight way between two of them meets it."""
    if held.near:
        return False, {}
    return not any(_joined(held.place, a, b) for a, b in combinations(held.volumes, 2)), {}


def _joined(line: Area, a: Volume, b: Volume) -> bool:
    ends = (a.area.centre, b.area.centre)
    if ends[0] == ends[1]:
        return False
    try:
        return within(Area.corridor(ends, 0), line, 0)
    except GeometryError:  # farther apart than an area may reach
        return False


def _told_before(held: _Held) -> tuple[bool, dict[str, int]]:
    if not held.near:
        return True, {}
    start_ms = min(volume.span.start_ms for volume in held.near)
    lead_ms = start_ms - held.notice.header.at_ms
    required_s = held.check.seconds_before
    return lead_ms >= 1000 * required_s, {"lead_s": lead_ms // 1000, "required_s": required_s}


def _only_classes(held: _Held) -> tuple[bool, dict[str, int]]:
    return not held.near or held.notice.activity_class in held.check.classes, {}


def _not_between(held: _Held) -> tuple[bool, dict[str, int]]:
    assert held.valid is not None
    over_ms = [_overlap_ms(volume.span, held.valid) for volume in held.near]
    return not held.near, {"overlap_s": max(over_ms) // 1000} if over_ms else {}


CHECKS: Mapping[CheckOf, _Judge] = {
    CheckOf.NOT_WITHIN: _not_near,
    CheckOf.NOT_ACROSS: _not_across,
    CheckOf.NOTICE_BEFORE: _told_before,
    CheckOf.ONLY_CLASSES: _only_classes,
    CheckOf.NOT_BETWEEN: _not_between,
}


def applies(obligation: Obligation, notice: Notice) -> bool:
    """Whether it binds the author of this notice at the time of any of its volumes."""
    bound = not obligation.ended and notice.header.by in obligation.binds
    return bound and bool(_in_time(obligation, notice))


def place_of(agreement: Agreement, obligation: Obligation, place_id: str) -> Area | None:
    """The geometry of a listed place: its own, or the agreement's; None if there is none."""
    own = next((p.area for p in obligation.places if p.id == place_id), None)
    return own if own is not None else agreement.place(place_id)


def judge(
    agreement: Agreement, obligation: Obligation, notice: Notice, *, measured: bool = False
) -> tuple[Verdict, ...]:
    """One verdict a check, in their order; () where the obligation does not apply to the notice.

    measured: the distance is measured for what passed too."""
    if not applies(obligation, notice):
        return ()
    return tuple(_verdict(agreement, obligation, c, notice, measured) for c in obligation.checks)


def _verdict(
    agreement: Agreement,
    obligation: Obligation,
    check: DutyCheck,
    notice: Notice,
    measured: bool,
) -> Verdict:
    place = place_of(agreement, obligation, check.place)
    if place is None:
        return Verdict(check, Outcome.NOT_CHECKABLE, why="place-unknown")
    valid = _valid(obligation)
    if check.of is CheckOf.NOT_BETWEEN and valid is None:
        return Verdict(check, Outcome.NOT_CHECKABLE, why="no-window")
    volumes = _in_time(obligation, notice)
    near = [v for v in volumes if within(v.area, place, check.margin_m)]
    held = _Held(notice, check, place, volumes, near, valid)
    passed, measures = CHECKS[check.of](held)
    if not passed or measured:
        measures = {**measures, **held.away(), "margin_m": check.margin_m}
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return Verdict(check, outcome, tuple(sorted(measures.items())))


def _valid(obligation: Obligation) -> Span | None:
    valid = obligation.valid
    return None if valid is None else Span(valid.from_ms, valid.until_ms)


def _in_time(obligation: Obligation, notice: Notice) -> list[Volume]:
    valid = _valid(obligation)
    return [
        placed.volume
        for placed in notice.volumes
        if valid is None or placed.volume.span.gap_ms(valid) == 0
    ]


def _overlap_ms(a: Span, b: Span) -> int:
    return max(0, min(a.end_ms, b.end_ms) - max(a.start_ms, b.start_ms))
