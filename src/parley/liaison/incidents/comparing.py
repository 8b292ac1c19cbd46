"""Two claims held against each other: by their numbers, answers, places and times, never by prose.

Claims are comparable on one topic and one aspect. Nothing here weighs one against the other:
a contradiction says that both cannot be, with what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.liaison.incidents.contents import Claim
from parley.liaison.papers.when import When
from parley.space import Area, distance_m

INFINITE = 2**63


@dataclass(frozen=True, slots=True)
class Compared:
    """held: members that could be compared ("answer", "number", "place", "time"), sorted;
    against: those of them that cannot both be; measures: sorted, whole numbers: number_gap (in
    the claims' unit), apart_m, beyond_m (what is left of it behind both uncertainties),
    time_gap_s. inferred: a time that took part in it rests on something that was inferred."""

    held: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    measures: tuple[tuple[str, int], ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Apart:
    """Two places at two times: apart_m between them, least_m of it behind both uncertainties,
    within_s at most between the two times (rounded up), and the speed that takes at least, whole
    metres per second. A measure, no judgement."""

    apart_m: int
    least_m: int
    within_s: int
    needed_mps: int


def compare(a: Claim, b: Claim) -> Compared:
    """What can be held against each other of two claims, the same for (b, a).

    Numbers: ranges in one unit that do not meet. Answers: other words. Places, where the claims
    may speak of one instant: circles that do not meet (a place of unknown uncertainty is held
    against nothing). Times: intervals that do not meet, where both claims say nothing else that
    has a structure. All ranges are closed: touching is no contradiction. Claims of another topic
    or aspect are never compared."""
    if (a.topic, a.aspect) != (b.topic, b.aspect):
        return Compared()
    held: set[str] = set()
    against: set[str] = set()
    measures: dict[str, int] = {}
    if a.answer and b.answer:
        held.add("answer")
        if a.answer != b.answer:
            against.add("answer")
    gap = number_gap(a, b)
    if gap is not None:
        held.add("number")
        if gap:
            against.add("number")
            measures["number_gap"] = gap
    inferred = _places(a, b, held, against, measures)
    if not (_says_more(a) or _says_more(b)) and a.happened and b.happened:
        held.add("time")
        inferred = _inferred(a.happened, b.happened)
        if not a.happened.may_be(b.happened):
            against.add("time")
            measures["time_gap_s"] = _gap_ms(a.happened, b.happened) // 1000
    return Compared(
        tuple(sorted(held)), tuple(sorted(against)), tuple(sorted(measures.items())), inferred
    )


def number_gap(a: Claim, b: Claim) -> int | None:
    """What lies between two ranges of one unit, 0 where they meet; None: not comparable."""
    if not a.unit or a.unit != b.unit:
        return None
    (a_least, a_most), (b_least, b_most) = _range(a), _range(b)
    return max(0, a_least - b_most, b_least - a_most)


def apart(a: Claim, b: Claim) -> Apart | None:
    """How fast it takes to be at both places at both times; None where a claim has no place, no
    uncertainty or no time, where the places meet, or where both may speak of one instant: then
    the places are held against each other. The same for (b, a)."""
    if a.place is None or b.place is None or a.happened is None or b.happened is None:
        return None
    if a.happened.may_be(b.happened):
        return None
    if a.place.uncertainty_m < 0 or b.place.uncertainty_m < 0:
        return None
    metres = _apart_m(a, b)
    least_m = metres - a.place.uncertainty_m - b.place.uncertainty_m
    if least_m <= 0:
        return None
    longest_ms = max(
        abs(a.happened.until_ms - b.happened.from_ms), abs(b.happened.until_ms - a.happened.from_ms)
    )
    within_s = -(-longest_ms // 1000)
    return Apart(metres, least_m, within_s, least_m // within_s)


def _places(
    a: Claim, b: Claim, held: set[str], against: set[str], measures: dict[str, int]
) -> bool:
    """Whether a time that was inferred took part."""
    if a.place is None or b.place is None:
        return False
    if a.place.uncertainty_m < 0 or b.place.uncertainty_m < 0:
        return False
    if a.happened and b.happened and not a.happened.may_be(b.happened):
        return False
    held.add("place")
    metres = _apart_m(a, b)
    beyond_m = metres - a.place.uncertainty_m - b.place.uncertainty_m
    if beyond_m <= 0:
        return False
    against.add("place")
    measures.update(apart_m=metres, beyond_m=beyond_m)
    return _inferred(a.happened, b.happened)


def _apart_m(a: Claim, b: Claim) -> int:
    assert a.place is not None
    assert b.place is not None
    first, second = sorted((a.place.position, b.place.position))
    return round(distance_m(Area.point(first), Area.point(second)))


def _says_more(claim: Claim) -> bool:
    return bool(claim.answer or claim.unit or claim.place)


def _range(claim: Claim) -> tuple[int, int]:
    least = -INFINITE if claim.least is None else claim.least
    return least, INFINITE if claim.most is None else claim.most


def _gap_ms(a: When, b: When) -> int:
    return max(0, a.from_ms - b.until_ms, b.from_ms - a.until_ms)


def _inferred(*times: When | None) -> bool:
    return any(time is not None and time.inferred for time in times)
