"""What an obligation checks: exact, closed at its margin, and only what it can check."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.liaison.duties.adherence import Begun, Sight, Source, Version, activity, begun, told_ms
from parley.liaison.duties.checks import Outcome, judge
from parley.liaison.duties.contents import CheckOf, DutyCheck, DutyPlace, Obligation
from parley.liaison.papers.when import When
from parley.rules.agreement import AgreedLine
from parley.rules.item import ItemRecord, open_item
from parley.rules.statements import Header, Notice, NoticeVolume, Use
from parley.space import Area, Volume, distance_m
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import REF, disc, minutes, place

LINE = Area.corridor((place(0, -40_000), place(0, 40_000)), 0)
AGREEMENT = replace(small_agreement(), lines=(AgreedLine("line", "A line", LINE),))


def notice(*volumes: Volume, kind: str = "transit", at_ms: int = DAWN_MS) -> Notice:
    header = Header("blue", "duty", at_ms, ("green",), REF)
    placed = tuple(NoticeVolume(Use.ACTIVITY, volume) for volume in volumes or (disc(5_000),))
    return Notice(header, "blue-1", 1, kind, placed)


def duty(of: CheckOf, margin_m: int = 0, **parameter: object) -> Obligation:
    valid = parameter.pop("valid", None)
    check = DutyCheck(of, "line", margin_m, **parameter)  # type: ignore[arg-type]
    return Obligation(
        "Keep off", "article 4", "Keep off.", False, "en", ("blue",), (DutyPlace("line"),),
        (check,), valid,  # type: ignore[arg-type]
    )  # fmt: skip


def outcome(obligation: Obligation, said: Notice) -> Outcome:
    (verdict,) = judge(AGREEMENT, obligation, said, measured=True)
    return verdict.outcome


@given(st.floats(500, 30_000), st.integers(0, 40_000))
def test_a_margin_is_closed_and_measured_on_the_ellipsoid(north_m: float, margin_m: int) -> None:
    said = notice(disc(north_m, radius_m=100))
    away = distance_m(said.volumes[0].volume.area, LINE)
    (verdict,) = judge(AGREEMENT, duty(CheckOf.NOT_WITHIN, margin_m), said, measured=True)
    assert (verdict.outcome is Outcome.FAILED) == (away <= margin_m + 0.001)
    assert dict(verdict.measures) == {"distance_m": round(away), "margin_m": margin_m}


def test_what_is_far_away_is_said_to_be_far_and_not_measured() -> None:
    (verdict,) = judge(
        AGREEMENT, duty(CheckOf.NOT_WITHIN, 500), notice(disc(90_000)), measured=True
    )
    assert dict(verdict.measures) == {"beyond_m": 50_000, "margin_m": 500}


def test_a_line_is_crossed_by_one_volume_or_on_the_way_between_two() -> None:
    across = duty(CheckOf.NOT_ACROSS)
    assert outcome(across, notice(disc(500, radius_m=1_000))) is Outcome.FAILED
    north, south = disc(5_000), disc(-5_000)
    assert outcome(across, notice(north)) is Outcome.PASSED
    assert outcome(across, notice(north, south)) is Outcome.FAILED
    assert outcome(across, notice(north, disc(8_000, 9_000))) is Outcome.PASSED


def test_near_the_place_it_is_told_long_enough_before_it_begins() -> None:
    day = duty(CheckOf.NOTICE_BEFORE, 6_000, seconds_before=7_200)
    assert outcome(day, notice(disc(5_000, span=minutes(120, 180)))) is Outcome.PASSED
    late = notice(disc(5_000, span=minutes(120, 180)), at_ms=DAWN_MS + 1)
    (verdict,) = judge(AGREEMENT, day, late)
    assert verdict.outcome is Outcome.FAILED
    assert dict(verdict.measures)["lead_s"] == 7_199
    assert outcome(day, notice(disc(50_000, span=minutes(1, 2)))) is Outcome.PASSED


def test_near_the_place_only_the_classes_that_are_named() -> None:
    only = duty(CheckOf.ONLY_CLASSES, 6_000, classes=("transit",))
    assert outcome(only, notice()) is Outcome.PASSED
    assert outcome(only, notice(kind="live-activity")) is Outcome.FAILED
    assert outcome(only, notice(disc(50_000), kind="live-activity")) is Outcome.PASSED


def test_near_the_place_nothing_in_the_window() -> None:
    span = minutes(150, 400)
    between = duty(CheckOf.NOT_BETWEEN, 6_000, valid=When("the feast", span.start_ms, span.end_ms))
    (verdict,) = judge(AGREEMENT, between, notice(disc(5_000, span=minutes(120, 180))))
    assert (verdict.outcome, dict(verdict.measures)["overlap_s"]) == (Outcome.FAILED, 1_800)
    assert judge(AGREEMENT, between, notice(disc(5_000, span=minutes(60, 90)))) == ()


def test_what_cannot_be_checked_says_why() -> None:
    said = notice()
    record = open_item(AGREEMENT, said)
    bare = replace(duty(CheckOf.NOT_WITHIN), checks=())
    done = activity(AGREEMENT, bare, record)
    assert done is not None
    assert (done.outcome, done.why) == (Outcome.NOT_CHECKABLE, "no-checks")
    gone = activity(replace(AGREEMENT, lines=()), duty(CheckOf.NOT_WITHIN), record)
    assert gone is not None
    assert (gone.outcome, gone.why) == (Outcome.NOT_CHECKABLE, "place-unknown")
    assert activity(AGREEMENT, replace(bare, binds=("green",)), record) is None


# Begun before its notice ------------------------------------------------------------------------


def test_an_extension_is_told_in_time_and_an_earlier_start_told_late_is_not() -> None:
    first = Version(1, 100, 500)
    assert told_ms([first, Version(2, 600, 500)]) == 100
    assert told_ms([first, Version(2, 600, 900)]) == 100
    assert told_ms([first, Version(2, 400, 300)]) == 400


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "kept", "sure"),
    [(10, 20, 1, True), (10, 100, 1, False), (100, 200, 0, False)],
)
def test_a_sight_counts_for_sure_only_where_all_it_can_mean_is_before_the_telling(
    from_ms: int, until_ms: int, kept: int, sure: bool
) -> None:
    said = notice()
    record: ItemRecord = open_item(AGREEMENT, said)
    sight = Sight(Source.CLAIM, "claim:green-1@1", "a ministry", from_ms, until_ms, ("year",))
    found: Begun = begun(record, [Version(1, 100, 500)], [sight])
    assert (len(found.sights), found.seen_before) == (kept, sure)
    assert not found.after_the_fact
