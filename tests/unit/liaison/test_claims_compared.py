"""Two claims held against each other: by structure alone, the same from both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.incidents.comparing import apart, compare, number_gap
from parley.liaison.incidents.contents import Aspect, Claim, Place, Source
from parley.liaison.papers.when import When
from parley.space import Position

MINUTE_MS = 60_000
NOON_MS = 1_537_185_600_000


def when(start_ms: int, until_ms: int = -1, *inferred: str) -> When:
    return When("then", start_ms, max(start_ms, until_ms), inferred)


SOURCE = Source("briefing", "a page of one's own", when(NOON_MS))
BASE = Claim("incident:blue-1", "lead-time", Aspect.ACT, "blue", "words", SOURCE)


def at(lat_deg: float, lon_deg: float, uncertainty_m: int, happened: When | None = None) -> Claim:
    place = Place(Position(lat_deg=lat_deg, lon_deg=lon_deg), uncertainty_m)
    return replace(BASE, place=place, happened=happened)


def quantity(least: int | None, most: int | None, unit: str = "second") -> Claim:
    return replace(BASE, least=least, most=most, unit=unit)


def test_ranges_that_do_not_meet_contradict_and_the_gap_is_measured() -> None:
    found = compare(quantity(0, 60), quantity(120, None))
    assert found.against == ("number",)
    assert dict(found.measures) == {"number_gap": 60}


def test_ranges_that_touch_may_both_be() -> None:
    found = compare(quantity(0, 60), quantity(60, None))
    assert (found.held, found.against) == (("number",), ())


def test_numbers_of_two_units_are_not_compared() -> None:
    assert number_gap(quantity(0, 1, "minute"), quantity(120, None)) is None
    assert compare(quantity(0, 1, "minute"), quantity(120, None)).held == ()


def test_another_answer_word_contradicts_and_the_same_does_not() -> None:
    yes, no = replace(BASE, answer="yes"), replace(BASE, answer="no")
    assert compare(yes, no).against == ("answer",)
    assert compare(yes, replace(yes, text="other words")).against == ()


def test_prose_is_never_compared() -> None:
    assert compare(replace(BASE, text="It was so."), replace(BASE, text="It was not so.")).held == (
        ()
    )


def test_blame_is_never_compared_with_an_act() -> None:
    act = replace(BASE, answer="yes")
    blame = replace(BASE, aspect=Aspect.BLAME, answer="no", against=("green",))
    assert compare(act, blame).held == ()
    assert compare(act, replace(act, topic="place", answer="no")).held == ()


def test_circles_that_do_not_meet_contradict_at_one_time_only() -> None:
    here = at(35.5, 35.0, 15_000, when(NOON_MS))
    there = at(33.09, 34.9, 30_000, when(NOON_MS))
    found = compare(here, there)
    assert found.against == ("place",)
    measures = dict(found.measures)
    assert 260_000 < measures["apart_m"] < 275_000
    assert measures["beyond_m"] == measures["apart_m"] - 45_000
    later = at(33.09, 34.9, 30_000, when(NOON_MS + 4 * MINUTE_MS))
    assert compare(here, later).held == ()


def test_a_place_of_unknown_uncertainty_is_held_against_nothing() -> None:
    here, there = at(35.5, 35.0, 15_000), at(33.09, 34.9, -1)
    assert compare(here, there).held == ()
    assert apart(here, there) is None


def test_two_places_four_minutes_apart_are_told_as_the_speed_that_it_takes() -> None:
    here = at(35.5, 35.0, 0, when(NOON_MS))
    there = at(33.14, 35.0, 0, when(NOON_MS + 4 * MINUTE_MS))
    found = apart(here, there)
    assert found is not None
    assert 260_000 < found.apart_m < 263_000
    assert found.within_s == 240
    assert found.needed_mps == found.least_m // 240


def test_two_places_at_what_may_be_one_instant_contradict_and_have_no_speed() -> None:
    here, there = at(35.5, 35.0, 0, when(NOON_MS)), at(35.0, 35.0, 0, when(NOON_MS))
    assert apart(here, there) is None
    assert compare(here, there).against == ("place",)


def test_times_are_compared_where_a_claim_says_nothing_else() -> None:
    first = replace(BASE, happened=when(NOON_MS, NOON_MS + MINUTE_MS))
    later = replace(BASE, happened=when(NOON_MS + 3 * MINUTE_MS, -1, "year"))
    found = compare(first, later)
    assert found.against == ("time",)
    assert dict(found.measures) == {"time_gap_s": 120}
    assert found.inferred
    assert compare(first, replace(later, answer="yes")).held == ()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"least": 5, "most": 4, "unit": "second"}, "least"),
        ({"least": 5}, "unit"),
        ({"unit": "second"}, "unit"),
        ({"against": ("green",)}, "against"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(wrong: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(BASE, **wrong)  # type: ignore[arg-type]
    assert caught.value.where == where


bounds = st.none() | st.integers(-1_000, 1_000)
times = st.none() | st.tuples(st.integers(0, 10), st.integers(0, 10)).map(
    lambda t: when(NOON_MS + t[0] * MINUTE_MS, NOON_MS + (t[0] + t[1]) * MINUTE_MS)
)
places = st.none() | st.builds(
    Place,
    st.builds(
        lambda lat, lon: Position(lat_deg=lat, lon_deg=lon),
        st.floats(-80, 80),
        st.floats(-180, 180),
    ),
    st.sampled_from([-1, 0, 1_000, 500_000]),
)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    low, high = draw(bounds), draw(bounds)
    if low is not None and high is not None:
        low, high = sorted((low, high))
    unit = draw(st.sampled_from(["second", "person"])) if (low, high) != (None, None) else ""
    return replace(
        BASE,
        least=low,
        most=high,
        unit=unit,
        answer=draw(st.sampled_from(["", "yes", "no"])),
        place=draw(places),
        happened=draw(times),
    )


@given(claims(), claims())
def test_it_is_the_same_whoever_is_asked_first(a: Claim, b: Claim) -> None:
    assert compare(a, b) == compare(b, a)
    assert apart(a, b) == apart(b, a)


@given(claims())
def test_no_claim_contradicts_itself(claim: Claim) -> None:
    assert compare(claim, claim).against == ()
    assert apart(claim, claim) is None
