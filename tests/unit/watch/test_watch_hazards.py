"""Bystanders and predicted entries, still and moving: who, when, until when."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parley.errors import InputError
from parley.rules.findings import Finding, Kind, Level
from parley.rules.hazard import bystanders
from parley.rules.placed import Layer, Row
from parley.rules.statements import Observation, Use
from parley.rules.truth import track_row
from parley.rules.watching import CalmRules, WatchRules
from parley.space import Area, Band, GeoidModel, Position, PressureModel, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.testing.rules_strategies import header, three_sided
from parley.watch.against.hazards import HazardWatch
from parley.watch.scene import Hazard, MovingHazard, Scene
from parley.watch.tracks import Status

RULES = WatchRules(calm=CalmRules(hits=3, at_once_s=60, clear_s=10))
HOUR_MS = 3_600_000
CENTRE = Position(lat_deg=40.0, lon_deg=20.0)
NOW = Span(DAWN_MS - HOUR_MS, DAWN_MS + HOUR_MS)
M_PER_DEG = 111_035.0  # of the meridian, at 40 degrees


def row(
    *,
    group: str = "activity",
    party: str = "blue",
    ref: str = "notice:n1",
    span: Span = NOW,
    band: Band | None = None,
    radius_m: float = 10_000,
) -> Row:
    volume = Volume(Area.circle(CENTRE, radius_m), band or Band.metres(0, 12_000), span)
    return Row(ref, 0, Layer.HAZARD, party, group, Use.ACTIVITY, volume)


def scene(*rows: Row, moving: tuple[MovingHazard, ...] = (), within_party: bool = False) -> Scene:
    hazards = {
        r.ref: Hazard(r.ref, r.party, tuple(o for o in rows if o.ref == r.ref)) for r in rows
    }
    return Scene(
        "green", RULES, hazards=tuple(hazards.values()), moving=moving, within_party=within_party
    )


def south(metres: float, **others: object) -> Flight:
    """A flight so far south of the centre, northbound at 200 m/s, level at 5,000 m."""
    flight = Flight(
        "icao:abc123",
        CENTRE.lat_deg - metres / M_PER_DEG,
        CENTRE.lon_deg,
        speed_mps=200.0,
        course_deg=0.0,
        height_m=5_000.0,
    )
    return replace(flight, **others)  # type: ignore[arg-type]


def sweep(watch: HazardWatch, at: Scene, *flights: Flight, after_s: float = 0) -> list[Finding]:
    return watch.step(picture(flights, DAWN_MS + round(1000 * after_s)), at)


def one_look(at: Scene, *flights: Flight) -> list[Finding]:
    """What is told when the same is seen as often as the rules want."""
    watch = HazardWatch(RULES)
    for n in range(RULES.calm.hits):
        found = sweep(watch, at, *flights, after_s=n * 0.001)
    return found


def test_inside_is_the_same_item_as_the_rule_for_a_logged_position() -> None:
    hazard = row()
    (found,) = one_look(scene(hazard), south(5_000, owner="amber"))
    seen = Observation(
        header("green"), "icao:abc123", "amber", DAWN_MS,
        Position(lat_deg=CENTRE.lat_deg - 5_000 / M_PER_DEG, lon_deg=20.0),
        Band.metres(4_985, 5_015), 100, "adsb",
    )  # fmt: skip
    agreement = three_sided()
    (logged,) = bystanders(agreement, [hazard], [track_row(agreement.truth, seen)])
    assert (found.key, found.level, found.parties) == (logged.key, logged.level, logged.parties)
    assert (found.codes, found.measures) == (logged.codes, logged.measures)
    assert found.level is Level.URGENT


@pytest.mark.parametrize(
    ("owner", "found"), [("", 1), ("amber", 1), ("green", 1), ("blue", 0), ("unheard-of", 1)]
)
def test_only_the_hazards_author_is_exempt_with_his_tracks(owner: str, found: int) -> None:
    assert len(one_look(scene(row()), south(0, owner=owner))) == found


def test_a_hazard_that_nobody_answers_for_exempts_nobody() -> None:
    assert len(one_look(scene(row(party="")), south(0))) == 1


def test_behind_its_end_it_is_without_an_all_clear() -> None:
    late = row(group="no-all-clear")
    (found,) = one_look(scene(late), south(0))
    assert found.kind is Kind.NO_ALL_CLEAR
    both = one_look(scene(late, row()), south(0))
    assert {f.kind for f in both} == {Kind.BYSTANDER, Kind.NO_ALL_CLEAR}


@pytest.mark.parametrize(
    ("height_m", "kinds"),
    [
        (12_015.0, [Kind.BYSTANDER]),  # touches the ceiling from above
        (12_015.02, []),
        (-15.0, [Kind.BYSTANDER]),
        (math.nan, [Kind.BYSTANDER]),
    ],
)
def test_height_bounds_are_closed_and_an_unknown_height_is_any(
    height_m: float, kinds: list[Kind]
) -> None:
    found = one_look(scene(row()), south(0, height_m=height_m))
    assert [f.kind for f in found] == kinds


def test_pressure_altitude_needs_a_model_to_say_where_it_is() -> None:
    high = south(0, height_m=math.nan, pressure_m=13_000.0)
    plain = scene(row())
    assert [f.kind for f in one_look(plain, high)] == [Kind.BYSTANDER]
    air = PressureModel(1003.25, 1023.25, 0.02, GeoidModel(30, 1))
    assert one_look(replace(plain, air=air), high) == []
    assert len(one_look(replace(plain, air=air), replace(high, pressure_m=12_100.0))) == 1


def test_entry_is_predicted_with_time_and_distance() -> None:
    (found,) = one_look(scene(row()), south(40_000))
    assert found.kind is Kind.PREDICTED_ENTRY
    assert found.refs == ("notice:n1", "track:icao:abc123")
    assert found.level is Level.ADVISORY
    assert found.measured["time_to_entry_s"] == pytest.approx(149.5, abs=1)
    assert found.measured["distance_m"] == pytest.approx(29_900, abs=30)
    assert found.codes == ("activity",)
    (near,) = one_look(scene(row()), south(30_000))
    assert near.level is Level.WARNING


def test_beyond_the_look_ahead_nothing_is_predicted() -> None:
    assert one_look(scene(row()), south(10_000 + 100 + 200 * 299)) != []
    assert one_look(scene(row()), south(10_000 + 100 + 200 * 302)) == []


@pytest.mark.parametrize("hazard_s", [-1, 3_601])
def test_an_impossible_look_ahead_is_refused(hazard_s: int) -> None:
    with pytest.raises(InputError, match=str(hazard_s)):
        WatchRules(hazard_s=hazard_s)


def test_without_a_look_ahead_only_who_is_inside_is_told() -> None:
    rules = WatchRules(hazard_s=0)
    for metres, kinds in ((10_200.0, []), (10_000.0, [Kind.BYSTANDER])):
        found = HazardWatch(rules).step(picture([south(metres)]), scene(row()))
        assert [f.kind for f in found] == kinds


def test_a_far_entry_is_told_when_so_many_reports_agree_a_near_one_at_once() -> None:
    watch = HazardWatch(RULES)
    assert sweep(watch, scene(row()), south(40_000)) == []
    assert sweep(watch, scene(row()), south(39_800, age_s=1.0), after_s=1) == []
    assert sweep(watch, scene(row()), south(39_600), after_s=2) == []
    assert sweep(watch, scene(row()), south(39_400, age_s=1.0), after_s=3) == []
    assert len(sweep(watch, scene(row()), south(39_200), after_s=4)) == 1
    assert len(sweep(HazardWatch(RULES), scene(row()), south(20_000))) == 1


def test_a_warning_becomes_an_advisory_only_when_it_has_been_farther_for_a_while() -> None:
    watch, at = HazardWatch(RULES), scene(row())
    levels = []
    for after_s, metres in (
        (0, 33_000),
        (1, 33_000),
        (2, 33_000),
        (5, 36_000),
        (11, 36_000),
        (12, 36_000),
    ):
        levels += [f.level for f in sweep(watch, at, south(metres), after_s=after_s)]
    assert levels == [Level.WARNING] * 3 + [Level.ADVISORY]


def test_a_volume_that_opens_later_counts_from_its_start() -> None:
    later = row(span=Span(DAWN_MS + 200_000, DAWN_MS + HOUR_MS))
    (found,) = one_look(scene(later), south(5_000, speed_mps=0.0))
    assert found.kind is Kind.PREDICTED_ENTRY
    assert found.measured["time_to_entry_s"] == 200
    assert one_look(scene(later), south(5_000)) == []  # through before it opens


def test_a_volume_whose_span_is_over_is_no_hazard() -> None:
    over = row(span=Span(DAWN_MS - HOUR_MS, DAWN_MS - 1))
    assert one_look(scene(over), south(0)) == []
    closing = row(span=Span(DAWN_MS - HOUR_MS, DAWN_MS))
    watch = HazardWatch(RULES)
    assert len(sweep(watch, scene(closing), south(0))) == 1
    assert sweep(watch, scene(closing), south(0), after_s=0.001) == []


def test_descent_into_the_band_is_predicted_and_level_flight_above_is_not() -> None:
    low = scene(row(band=Band.metres(0, 3_000)))
    assert one_look(low, south(30_000)) == []
    (found,) = one_look(low, south(0, speed_mps=10.0, climb_mps=-20.0))
    assert found.measured["time_to_entry_s"] == pytest.approx(1_985 / 20, abs=1)


def test_entry_comes_before_the_bystander_and_never_beside_it() -> None:
    watch = HazardWatch(RULES)
    kinds: list[Kind] = []
    for after_s in range(0, 260, 5):
        found = sweep(watch, scene(row()), south(40_000 - 200 * after_s), after_s=after_s)
        assert len(found) <= 1
        kinds += [f.kind for f in found if f.kind not in kinds[-1:]]
    assert kinds == [Kind.PREDICTED_ENTRY, Kind.BYSTANDER]


def test_a_bystander_stays_until_reports_have_come_from_outside_for_a_while() -> None:
    watch, at = HazardWatch(RULES), scene(row())
    out = {"course_deg": 180.0}
    assert len(sweep(watch, at, south(10_000, **out))) == 1
    assert len(sweep(watch, at, south(10_400, **out), after_s=60)) == 1  # at the edge: no change
    assert len(sweep(watch, at, south(12_000, **out), after_s=65)) == 1
    stale = south(12_000, age_s=11.0, **out)
    assert len(sweep(watch, at, stale, after_s=71)) == 1  # no report since
    assert sweep(watch, at, south(12_000, **out), after_s=75) == []


@pytest.mark.parametrize(("status", "code"), [(Status.COASTING, "coasting"), (Status.LOST, "lost")])
def test_a_bystander_that_is_late_or_lost_is_never_dropped(status: int, code: str) -> None:
    watch, at = HazardWatch(RULES), scene(row())
    sweep(watch, at, south(0))
    gone = south(60_000, status=status, age_s=900.0, radius_m=200_000.0, course_deg=180.0)
    (found,) = sweep(watch, at, gone, after_s=900)
    assert (found.kind, found.level) == (Kind.BYSTANDER, Level.URGENT)
    assert code in found.codes


def test_a_lost_track_is_inside_as_far_as_its_circle_reaches_while_that_says_something() -> None:
    lost = south(30_000, status=Status.LOST, age_s=150.0, radius_m=20_000.0)
    (found,) = one_look(scene(row()), lost)
    assert (found.kind, found.codes) == (Kind.BYSTANDER, ("activity", "lost"))
    assert one_look(scene(row()), replace(lost, radius_m=19_900.0)) == []
    watch = HazardWatch(RULES)
    assert sweep(watch, scene(row()), replace(lost, radius_m=300_000.0)) == []
    assert watch.counts == {"too-wide": 1}


def test_an_entry_that_flickers_is_held_for_a_while() -> None:
    watch, at = HazardWatch(RULES), scene(row())
    assert len(sweep(watch, at, south(15_000))) == 1
    turned = south(15_000, course_deg=90.0)
    assert len(sweep(watch, at, turned, after_s=9)) == 1
    assert sweep(watch, at, turned, after_s=10) == []


def bubble(**others: object) -> MovingHazard:
    hazard = MovingHazard(
        "moving:m1", "tanker", "blue", 10_000, 500, 500, DAWN_MS - HOUR_MS, DAWN_MS + HOUR_MS
    )
    return replace(hazard, **others)  # type: ignore[arg-type]


def tanker(**others: object) -> Flight:
    flight = Flight(
        "tanker", 40.0, 20.0, radius_m=0.0, speed_mps=100.0, course_deg=180.0, height_m=5_000.0,
        owner="blue",
    )  # fmt: skip
    return replace(flight, **others)  # type: ignore[arg-type]


def test_relative_motion_to_a_moving_hazard() -> None:
    (found,) = one_look(scene(moving=(bubble(),)), tanker(), south(40_000, radius_m=0.0))
    assert found.refs == ("moving:m1", "track:icao:abc123")
    assert found.kind is Kind.PREDICTED_ENTRY
    assert found.codes == ("moving",)
    assert found.measured["time_to_entry_s"] == pytest.approx(100, abs=1)  # 30 km at 300 m/s
    chased = tanker(course_deg=0.0, speed_mps=200.0)
    assert one_look(scene(moving=(bubble(),)), chased, south(40_000)) == []


def test_inside_a_moving_hazard_and_who_may_be_there() -> None:
    at = scene(moving=(bubble(except_parties=("amber",)),))
    (found,) = one_look(at, tanker(), south(5_000))
    assert (found.kind, found.level) == (Kind.BYSTANDER, Level.URGENT)
    for owner in ("amber", "blue"):
        assert one_look(at, tanker(), south(5_000, owner=owner)) == []
    apart = replace(at, within_party=True)
    assert len(one_look(apart, tanker(), south(5_000, owner="blue"))) == 1


@pytest.mark.parametrize(("own_m", "other_m", "count"), [(6_000, 6_530, 1), (6_000, 6_531, 0)])
def test_two_pressure_altitudes_are_compared_as_they_are(
    own_m: float, other_m: float, count: int
) -> None:
    own = tanker(height_m=math.nan, pressure_m=own_m)
    other = south(5_000, height_m=math.nan, pressure_m=other_m)
    assert len(one_look(scene(moving=(bubble(),)), own, other)) == count


def test_a_moving_hazard_whose_track_is_not_seen_is_counted_and_lets_nobody_go() -> None:
    watch, at = HazardWatch(RULES), scene(moving=(bubble(),))
    assert len(sweep(watch, at, tanker(), south(5_000))) == 1
    assert len(sweep(watch, at, south(90_000), after_s=60)) == 1
    assert watch.counts["moving-without-track"] == 1


def test_the_order_of_hazards_does_not_matter() -> None:
    rows = [row(ref=f"notice:n{n}", radius_m=5_000 + 900 * n) for n in range(5)]
    flights = [south(700.0 * n, id=f"t{n}") for n in range(20)]
    one = one_look(scene(*rows), *flights)
    other = one_look(scene(*reversed(rows)), *reversed(flights))
    assert sorted(map(repr, one)) == sorted(map(repr, other))
    assert one


def test_once_the_author_answers_for_a_track_it_is_no_bystander_even_if_lost() -> None:
    watch, at = HazardWatch(RULES), scene(row(), moving=(bubble(),))
    lost = south(5_000, status=Status.LOST, age_s=200.0)
    assert len(sweep(watch, at, tanker(), south(5_000))) == 2
    assert len(sweep(watch, at, tanker(), lost, after_s=1)) == 2
    assert sweep(watch, at, tanker(), replace(lost, owner="blue"), after_s=2) == []
