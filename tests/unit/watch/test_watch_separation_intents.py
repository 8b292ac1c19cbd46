"""What declared intents change: a plan is respected, and never hides what is urgent."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parley.rules.findings import Finding, Kind, Level
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, GeoidModel, Position, PressureModel, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.pairs.separation import Separation
from parley.watch.scene import Intent, Scene

NM, DEG_M = 1852.0, 111_319.5
RULES = WatchRules()
AIR = PressureModel(1013.25, 1013.25, 0.0, GeoidModel(0, 0))
HOUR_MS = 3_600_000


def at(east_m: float, north_m: float = 0.0) -> Position:
    return Position(lat_deg=north_m / 110_574.3, lon_deg=east_m / DEG_M)


def box(west_m: float, east_m: float, north_m: float = 8_000.0) -> Area:
    return Area.polygon(
        [
            at(west_m, -north_m),
            at(east_m, -north_m),
            at(east_m, north_m),
            at(west_m, north_m),
        ]
    )


def intent(
    ref: str,
    party: str,
    area: Area,
    *,
    band_m: tuple[float, float] = (9_000, 11_000),
    span_ms: tuple[int, int] = (-HOUR_MS, HOUR_MS),
) -> Intent:
    span = Span(DAWN_MS + span_ms[0], DAWN_MS + span_ms[1])
    volume = Volume(area, Band.metres(*band_m), span)
    row = Row(ref, 0, Layer.DECLARED, party, "patrol", Use.AIRCRAFT, volume)
    return Intent(ref, party, "patrol", (row,))


def flight(name: str, east_m: float, course_deg: float, owner: str = "", s: float = 0) -> Flight:
    """At 10,000 m and 200 m/s, on its way for s seconds."""
    way = math.sin(math.radians(course_deg))
    up = math.cos(math.radians(course_deg))
    here = at(east_m + way * 200 * s, up * 200 * s)
    return Flight(
        name,
        lat_deg=here.lat_deg,
        lon_deg=here.lon_deg,
        speed_mps=200.0,
        course_deg=course_deg,
        climb_mps=0.0,
        pressure_m=10_000.0,
        owner=owner,
    )


def scene(*intents: Intent, bound: dict[str, str] | None = None) -> Scene:
    return Scene("red", RULES, intents=intents, bound=bound or {}, air=AIR)


def losses(found: list[Finding]) -> list[tuple[Level, tuple[str, ...]]]:
    return [(f.level, f.codes) for f in found if f.kind is Kind.PREDICTED_LOSS]


def plans(found: list[Finding]) -> list[Finding]:
    return [f for f in found if f.kind is Kind.PLAN_CONFLICT]


def run(
    here: Scene, *, apart_m: float, until_s: int, owner: str = "red"
) -> list[tuple[int, list[Finding]]]:
    """One of red's flies east from 0, a stranger west from apart_m."""
    separation, told = Separation(RULES), []
    for s in range(0, until_s, 10):
        tracks = picture(
            [flight("a", 0, 90, owner, s), flight("b", apart_m, 270, "", s)], DAWN_MS + 1000 * s
        )
        told.append((s, separation.step(tracks, here)))
    return told


PATROL = intent("notice:p@1", "red", box(-20_000, 20_000))


def test_without_a_plan_the_state_is_all_there_is() -> None:
    told = run(scene(), apart_m=70 * NM, until_s=150)
    assert losses(told[-1][1]) == [(Level.ADVISORY, ("by-state",))]


def test_a_loss_outside_the_declared_volumes_is_not_told_from_afar() -> None:
    """Straight on it would meet the stranger 65 km east, 45 km outside of what it declared."""
    told = run(scene(PATROL), apart_m=70 * NM, until_s=90)
    assert all(not losses(found) for _, found in told)


def test_near_it_is_an_advisory_and_then_urgent_whatever_the_plan_says() -> None:
    short = intent("notice:p@1", "red", box(-20_000, 10_000))
    told = dict(run(scene(short), apart_m=25 * NM, until_s=80))
    assert losses(told[0]) == []
    assert losses(told[20]) == [(Level.ADVISORY, ("by-state",))]
    assert losses(told[50]) == [(Level.URGENT, ("by-state",))]


def test_separation_that_is_lost_inside_a_plan_is_told() -> None:
    tracks = picture([flight("a", 19_000, 90, "red"), flight("b", 27_500, 90)])
    found = Separation(RULES).step(tracks, scene(PATROL))
    assert losses(found) == [(Level.WARNING, ("by-intent", "lost"))]


def test_a_loss_inside_the_declared_volumes_is_told_as_any_other() -> None:
    wide = intent("notice:p@1", "red", box(-20_000, 200_000))
    told = run(scene(wide), apart_m=70 * NM, until_s=150)
    assert losses(told[-1][1]) == [(Level.ADVISORY, ("by-intent",))]


def test_a_plan_that_is_over_by_then_says_nothing() -> None:
    brief = intent("notice:p@1", "red", box(-20_000, 20_000), span_ms=(-HOUR_MS, 60_000))
    told = run(scene(brief), apart_m=70 * NM, until_s=150)
    assert losses(told[-1][1]) == [(Level.ADVISORY, ("by-state",))]


def test_who_is_not_inside_his_plan_is_expected_nowhere() -> None:
    for other in (
        intent("notice:p@1", "red", box(-60_000, -30_000)),
        intent("notice:p@1", "red", box(-20_000, 20_000), band_m=(3_000, 5_000)),
        replace(PATROL, closed=True),
        intent("notice:p@1", "amber", box(-20_000, 20_000)),
    ):
        told = run(scene(other), apart_m=70 * NM, until_s=150)
        assert losses(told[-1][1]) == [(Level.ADVISORY, ("by-state",))]


def test_a_person_binds_a_track_to_a_notice() -> None:
    other = intent("notice:q@3", "amber", box(-20_000, 20_000))
    bound = scene(PATROL, other, bound={"a": "notice:q@2"})
    told = run(bound, apart_m=70 * NM, until_s=90, owner="")
    assert all(not losses(found) for _, found in told)


def test_two_plans_that_keep_apart_are_believed() -> None:
    """9.8 km between the volumes, 9.26 km the minimum; straight on, both would be a little
    outside of theirs when they lose separation, within what conformance grants."""
    west = intent("notice:w@1", "red", box(-20_000, 22_700))
    east = intent("notice:e@1", "blue", box(32_500, 72_500))
    wide = intent("notice:w@1", "red", box(-20_000, 40_000))

    def told(here: Scene, s: int) -> list[tuple[Level, tuple[str, ...]]]:
        flights = [flight("a", 3_000, 90, "red", s), flight("b", 52_200, 270, "blue", s)]
        return losses(Separation(RULES).step(picture(flights, DAWN_MS + 1000 * s), here))

    assert told(scene(west, east), 0) == []
    assert told(scene(west, east), 20) == [(Level.ADVISORY, ("by-state",))]
    assert told(scene(wide, east), 20) == [(Level.WARNING, ("by-intent",))]


@pytest.mark.parametrize(("east_m", "level"), [(-46_000, Level.ADVISORY), (-30_000, Level.WARNING)])
def test_a_stranger_that_will_enter_a_plan_is_told(east_m: float, level: Level) -> None:
    separation, here = Separation(RULES), scene(PATROL)
    for s in range(0, 40, 10):
        tracks = picture([flight("x", east_m - 6_000, 90, "", s)], DAWN_MS + 1000 * s)
        found = plans(separation.step(tracks, here))
    assert [f.refs for f in found] == [("notice:p@1", "track:x")]
    assert found[0].level is level
    entry_s = (-20_000 - east_m + 6_000 - 6_000) / 200
    assert found[0].measured["time_to_violation_s"] == pytest.approx(entry_s, abs=2)
    assert found[0].measured["range_m"] == pytest.approx(-20_000 - east_m, abs=50)
    assert found[0].parties == ("red",)
    assert found[0].codes == ("by-state",)


def test_who_is_inside_a_plan_is_told_at_once() -> None:
    found = plans(Separation(RULES).step(picture([flight("x", 0, 0)]), scene(PATROL)))
    assert [(f.level, f.codes) for f in found] == [(Level.WARNING, ("by-state", "inside"))]
    assert found[0].measured == {"time_to_violation_s": 0, "range_m": 0}


def test_the_authors_own_and_those_bound_to_the_notice_are_no_strangers() -> None:
    tracks = picture([flight("a", 0, 90, "red"), flight("b", 5_000, 0, ""), flight("c", 0, 0, "x")])
    found = plans(Separation(RULES).step(tracks, scene(PATROL, bound={"b": "notice:p@1"})))
    assert [f.refs[1] for f in found] == ["track:c"]


def test_who_passes_by_above_below_or_after_is_not_told() -> None:
    for other in (
        intent("notice:p@1", "red", box(-20_000, 20_000), band_m=(3_000, 5_000)),
        intent("notice:p@1", "red", box(-20_000, 20_000), span_ms=(400_000, HOUR_MS)),
        intent("notice:p@1", "red", box(-20_000, 20_000), span_ms=(-HOUR_MS, 20_000)),
        replace(PATROL, closed=True),
    ):
        separation = Separation(RULES)
        for s in range(0, 40, 10):
            tracks = picture([flight("x", -40_000, 90, "", s)], DAWN_MS + 1000 * s)
            assert not plans(separation.step(tracks, scene(other)))


def test_whose_own_plan_keeps_him_out_is_told_late_and_low() -> None:
    own = intent("notice:o@1", "blue", box(-80_000, -30_000))
    separation, here = Separation(RULES), scene(PATROL, own)
    levels = {}
    for s in range(0, 110, 10):
        tracks = picture([flight("x", -52_000, 90, "blue", s)], DAWN_MS + 1000 * s)
        levels[s] = [f.level for f in plans(separation.step(tracks, here))]
    assert levels[60] == []
    assert levels[90] == [Level.ADVISORY]


def test_a_plan_that_is_left_closes_once() -> None:
    separation, here, told = Separation(RULES), scene(PATROL), []
    for s in range(0, 300, 5):
        tracks = picture([flight("x", 0, 90, "", s)], DAWN_MS + 1000 * s)
        told.append(bool(plans(separation.step(tracks, here))))
    assert told.index(False) * 5 == pytest.approx(100 + RULES.calm.clear_s, abs=10)
    assert not any(told[told.index(False) :])


def test_hostile_values_inside_a_plan_are_no_errors() -> None:
    inside = flight("a", 0, 90, "red")
    flights = [
        inside,
        replace(inside, id="b", speed_mps=1e300, course_deg=1e300, climb_mps=1e300),
        replace(inside, id="c", speed_mps=math.nan, pressure_m=math.inf, radius_m=math.inf),
        replace(inside, id="d", owner="blue", climb_mps=-math.inf),
        replace(inside, id="e", owner="", lat_deg=math.nan),
    ]
    separation = Separation(RULES)
    for s in range(3):
        found = separation.step(picture(flights, DAWN_MS + 10_000 * s), scene(PATROL))
    assert "track:d" in [f.refs[1] for f in plans(found)]
