"""From reports to tracks: merging, coasting, losing, forgetting."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, Level, canonical_bytes
from parley.rules.watching import AgeRules, WatchRules
from parley.space import Area, Height, Position, PressureAltitude, distance_m
from parley.watch.changes import changes
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.watch.tracking.carry import moved
from parley.watch.tracking.picture import Picture
from parley.watch.tracks import Status, Tracks

T0 = 1_700_000_000_000
RULES = WatchRules()


def report(
    s: float,
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    icao: str = "4b1814",
    ident: Ident | None = None,
    sensor: str = "adsb",
    sense: Sense = Sense.SELF,
    accuracy: float = 50.0,
    speed: float = UNKNOWN,
    course: float = UNKNOWN,
    climb: float = UNKNOWN,
    pressure: float | None = None,
    **more: object,
) -> Report:
    """At T0 + s seconds, so far from 47 N 8 E."""
    lat, lon = moved(47.0, 8.0, east_m, north_m)
    return Report(
        sensor,
        T0 + round(1000 * s),
        ident or Ident(icao24=icao),
        Position(lat_deg=lat, lon_deg=lon),
        accuracy,
        None if pressure is None else PressureAltitude.metres(pressure),
        speed_mps=speed,
        course_deg=course,
        climb_mps=climb,
        sense=sense,
        **more,  # type: ignore[arg-type]
    )


def picture(reports: Iterable[Report], rules: WatchRules = RULES) -> Picture:
    made = Picture(rules)
    for each in reports:
        made.take([each], each.seen_ms)
    return made


def off_m(tracks: Tracks, i: int, east_m: float, north_m: float) -> float:
    lat, lon = moved(47.0, 8.0, east_m, north_m)
    at = Position(lat_deg=float(tracks.lat_deg[i]), lon_deg=float(tracks.lon_deg[i]))
    return distance_m(Area.point(at), Area.point(Position(lat_deg=lat, lon_deg=lon)))


def of(found: Iterable[Finding], kind: Kind) -> list[Finding]:
    return [each for each in found if each.kind == kind]


def test_an_empty_picture() -> None:
    tracks = Picture(RULES).at(T0)
    assert len(tracks) == 0
    assert tracks.lat_deg.shape == (0,)
    assert Picture(RULES).findings(tracks) == []


def test_a_track_is_carried_to_the_instant_asked_for() -> None:
    made = picture([report(0, speed=200, course=90)])
    tracks = made.at(T0 + 4000)
    assert tracks.ids == ("icao:4b1814",)
    assert off_m(tracks, 0, 800, 0) < 1
    assert tracks.speed_mps[0] == pytest.approx(200)
    assert tracks.course_deg[0] == pytest.approx(90)
    assert tracks.age_s[0] == 4
    assert tracks.status[0] == Status.LIVE
    assert tracks.radius_m[0] == pytest.approx(50 + 0.5 * 1.0 * 16)


def test_what_is_not_known_is_nan() -> None:
    tracks = picture([report(0)]).at(T0)
    for name in ("speed_mps", "course_deg", "climb_mps", "pressure_m", "height_m"):
        assert math.isnan(getattr(tracks, name)[0]), name


def test_pressure_altitude_and_height_are_never_mixed() -> None:
    both = picture(
        [
            report(0, pressure=3000.0),
            report(0, icao="4b1815", height=Height.metres(3100), height_accuracy_m=20.0),
        ]
    )
    tracks = both.at(T0)
    assert tracks.pressure_m[0] == 3000
    assert math.isnan(tracks.height_m[0])
    assert math.isnan(tracks.pressure_m[1])
    assert tracks.height_m[1] == 3100
    assert tracks.vertical_m[1] == 20


def test_velocity_from_positions_when_no_report_tells_it() -> None:
    made = picture(report(s, east_m=150 * s, north_m=-150 * s) for s in range(0, 41, 4))
    tracks = made.at(T0 + 40_000)
    assert tracks.speed_mps[0] == pytest.approx(150 * math.sqrt(2), rel=0.01)
    assert tracks.course_deg[0] == pytest.approx(135, abs=1)


def test_climb_from_altitudes_when_no_report_tells_it() -> None:
    made = picture(report(s, pressure=3000 + 10 * s) for s in range(0, 61, 4))
    assert made.at(T0 + 60_000).climb_mps[0] == pytest.approx(10, abs=0.5)


def test_late_coasts_then_lost_then_forgotten() -> None:
    made = picture(report(s, 200 * s, speed=200, course=90, pressure=9000.0) for s in range(10))
    name = "icao:4b1814"
    radii = []
    for s, status in ((9, Status.LIVE), (40, Status.COASTING), (200, Status.LOST)):
        tracks = made.at(T0 + 1000 * s)
        assert tracks.ids == (name,)
        assert tracks.status[0] == status
        radii.append(tracks.radius_m[0])
        assert not made.forgotten
    assert radii == sorted(radii)
    assert math.isnan(made.at(T0 + 200_000).pressure_m[0])
    assert len(made.at(T0 + 9000 + 3_600_000)) == 1
    assert len(made.at(T0 + 9000 + 3_600_001)) == 0
    assert made.forgotten == [name]
    assert made.at(T0 + 9000 + 3_700_000).ids == ()
    assert made.forgotten == []


def test_lost_is_told_once_and_closed_when_it_is_seen_again_or_forgotten() -> None:
    def told(made: Picture, instants: Iterable[float]) -> list[str]:
        before: dict[str, Finding] = {}
        words = []
        for s in instants:
            now = made.findings(made.at(T0 + round(1000 * s)))
            words += [f"{c.change} {c.finding.kind}" for c in changes(before, now)]
            before = {f.key: f for f in now}
        return words

    made = picture([report(0)])
    assert told(made, range(0, 4000, 100)) == ["opened track-lost", "closed track-lost"]
    made = picture([report(0)])
    assert told(made, [60, 130, 200]) == ["opened track-lost"]
    made.take([report(201, 1000)], T0 + 201_000)
    assert told(made, [202]) == []


def test_a_lost_tracks_circle_is_bounded_by_what_it_could_fly() -> None:
    made = picture([report(0, speed=200, course=90)])
    tracks = made.at(T0 + 3_000_000)
    assert tracks.radius_m[0] <= 50 + (200 + RULES.plausible.max_speed_mps) * 3000


def test_lost_is_advice_in_an_emergency_a_warning_and_on_the_ground_nothing() -> None:
    made = picture(
        [
            report(0),
            report(0, icao="4b1815", emergency=True),
            report(0, icao="4b1816", on_ground=True),
        ]
    )
    found = of(made.findings(made.at(T0 + 300_000)), Kind.TRACK_LOST)
    assert [(f.refs, f.level) for f in found] == [
        (("track:icao:4b1814",), Level.ADVISORY),
        (("track:icao:4b1815",), Level.WARNING),
        (("track:icao:4b1816",), Level.INFO),
    ]
    assert found[0].measured["age_s"] == 300


def test_a_slow_radar_is_not_late_before_its_next_turns() -> None:
    slow = picture(
        report(s, 200 * s, sensor="far", sense=Sense.RADAR, accuracy=300) for s in range(0, 61, 12)
    )
    fast = picture(report(s, 200 * s) for s in range(61))
    assert slow.at(T0 + 60_000 + 25_000).status[0] == Status.LIVE
    assert slow.at(T0 + 60_000 + 31_000).status[0] == Status.COASTING
    assert fast.at(T0 + 60_000 + 25_000).status[0] == Status.COASTING


def test_sensors_that_agree_make_one_track_nearer_to_the_better_one() -> None:
    made = picture(
        [
            report(0, 0, accuracy=20, speed=0, course=0),
            report(0, 300, sensor="radar", sense=Sense.RADAR, accuracy=300, speed=0, course=0),
        ]
    )
    tracks = made.at(T0)
    assert len(tracks) == 1
    assert tracks.sensors[0] == 2
    assert off_m(tracks, 0, 0, 0) < 10
    assert tracks.radius_m[0] == pytest.approx(20, abs=1)
    assert not tracks.doubted[0]


def test_radar_is_believed_before_what_the_aircraft_says() -> None:
    made = picture(
        [
            report(0, 0, accuracy=20, speed=0, course=0),
            report(0, 9000, sensor="radar", sense=Sense.RADAR, accuracy=300, speed=0, course=0),
        ]
    )
    tracks = made.at(T0)
    assert off_m(tracks, 0, 9000, 0) < 10
    assert tracks.radius_m[0] >= 9000
    assert tracks.doubted[0]
    (found,) = of(made.findings(tracks), Kind.POSITION_DOUBTED)
    assert found.codes == ("self-report-against-radar", "sensors-disagree")
    assert found.measured["apart_m"] == pytest.approx(9000, rel=0.006)


def test_two_radars_that_differ_are_both_held() -> None:
    one, two = (
        report(0, x, sensor=f"r{x}", sense=Sense.RADAR, accuracy=200, speed=0, course=0)
        for x in (0, 5000)
    )
    made = picture([one, two])
    tracks = made.at(T0)
    for x in (0, 5000):
        assert off_m(tracks, 0, x, 0) + 200 <= tracks.radius_m[0]
    assert of(made.findings(tracks), Kind.POSITION_DOUBTED)[0].codes == ("sensors-disagree",)


def test_lost_gnss_integrity_widens_the_circle_and_is_said() -> None:
    sure = [report(s, 200 * s, speed=200, course=90) for s in range(10)]
    unsure = [report(s, 200 * s, speed=200, course=90, doubted=True) for s in range(10, 40)]
    made = picture(sure + unsure)
    tracks = made.at(T0 + 39_000)
    assert tracks.doubted[0]
    assert tracks.radius_m[0] > 1000
    (found,) = of(made.findings(tracks), Kind.POSITION_DOUBTED)
    assert found.codes == ("gnss-integrity",)
    radar = report(39, 7800, sensor="radar", sense=Sense.RADAR, accuracy=300, speed=200, course=90)
    made.take([radar], radar.seen_ms)
    tracks = made.at(T0 + 39_000)
    assert not tracks.doubted[0]
    assert tracks.radius_m[0] == pytest.approx(300)


def test_owner_of_a_person_wins_and_label_is_the_callsign() -> None:
    made = picture(
        [
            Report(
                "cot", T0, Ident(uid="A1"), Position(lat_deg=1, lon_deg=1), owner="ru", label="x"
            ),
            Report("cot", T0, Ident(uid="B2", callsign="EAGLE"), Position(lat_deg=2, lon_deg=1)),
        ]
    )
    assert made.at(T0).owner == ("ru", "")
    assert made.at(T0).label == ("x", "EAGLE")
    assert made.at(T0, {"A1": "us", "B2": "tr", "gone": "xx"}).owner == ("us", "tr")
    assert made.at(T0).owner == ("ru", "")


def test_on_ground_and_emergency_are_carried_through() -> None:
    made = picture([report(0, on_ground=True, emergency=True)])
    tracks = made.at(T0)
    assert tracks.on_ground[0]
    assert tracks.emergency[0]
    calm = picture([report(0, emergency=True), *(report(s) for s in range(1, 60))])
    assert not calm.at(T0 + 60_000).emergency[0]


def test_an_emergency_heard_by_a_sensor_without_position_counts() -> None:
    squawk = Report("ssr", T0, Ident(icao24="4b1814", mode3a="7700"), emergency=True)
    assert picture([report(0), squawk]).at(T0).emergency[0]


def test_what_is_known_only_by_identity_is_no_track_yet() -> None:
    made = picture([Report("ssr", T0, Ident(icao24="4b1814", callsign="SWR1"))])
    assert len(made.at(T0)) == 0
    made.take([report(1)], T0 + 1000)
    assert made.at(T0 + 1000).label == ("SWR1",)


def test_ids_are_sorted_and_kept_while_nothing_changes() -> None:
    made = picture(report(0, 1000 * i, icao=f"{i:06x}") for i in (5, 3, 9, 1))
    first, second = made.at(T0), made.at(T0 + 100)
    assert list(first.ids) == sorted(first.ids)
    assert first.ids is second.ids
    assert first.owner is second.owner


def test_no_more_identities_than_there_is_room_for() -> None:
    made = Picture(RULES, max_tracks=3)
    made.take([report(0, icao=f"{i:06x}") for i in range(5)], T0)
    assert len(made.at(T0)) == 3
    assert made.rejected == {"no-room": 2}
    later = T0 + 4_000_000
    made.take([report(4000, icao="ffffff")], later)
    assert made.at(later).ids == ("icao:ffffff",)


REPORTS = st.lists(
    st.builds(
        report,
        st.integers(0, 40),
        st.integers(-9000, 9000),
        st.integers(-9000, 9000),
        ident=st.sampled_from(
            [
                Ident(icao24="aaaaaa"),
                Ident(icao24="bbbbbb", callsign="B1"),
                Ident(number="7"),
                Ident(number="7", mode3a="2345"),
                Ident(number="7", icao24="aaaaaa"),
                Ident(uid="U1", callsign="B1"),
            ]
        ),
        sensor=st.sampled_from(["a", "b", "c"]),
        sense=st.sampled_from(list(Sense)),
        accuracy=st.sampled_from([10.0, 300.0, UNKNOWN]),
        speed=st.sampled_from([UNKNOWN, 0.0, 230.0, 5000.0]),
        course=st.sampled_from([UNKNOWN, 10.0, 270.0]),
        climb=st.sampled_from([UNKNOWN, 10.0, 900.0]),
        pressure=st.sampled_from([None, 1000.0, 9000.0]),
        doubted=st.booleans(),
        emergency=st.booleans(),
    ),
    max_size=30,
)


def same(one: Picture, other: Picture, now_ms: int) -> None:
    a, b = one.at(now_ms), other.at(now_ms)
    assert a.ids == b.ids
    for name in ("lat_deg", "lon_deg", "radius_m", "speed_mps", "pressure_m", "vertical_m"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert canonical_bytes(one.findings(a)) == canonical_bytes(other.findings(b))
    assert one.rejected == other.rejected


@settings(max_examples=60, deadline=None)
@given(REPORTS, st.sets(st.integers(0, 30)), st.integers(0, 200))
def test_how_reports_are_cut_and_what_is_asked_between_does_not_matter(
    reports: list[Report], cuts: set[int], later: int
) -> None:
    now = T0 + 41_000
    whole, parts = Picture(RULES), Picture(RULES)
    whole.take(reports, now)
    last = 0
    for cut in sorted({c for c in cuts if c < len(reports)} | {len(reports)}):
        parts.take(reports[last:cut], now)
        parts.findings(parts.at(now + 1000 * cut))
        last = cut
    same(whole, parts, now + 1000 * later)


@settings(max_examples=60, deadline=None)
@given(REPORTS, st.randoms(use_true_random=False))
def test_the_order_of_sensors_does_not_matter(reports: list[Report], random: object) -> None:
    now = T0 + 41_000
    queues = {name: [r for r in reports if r.sensor == name] for name in "abc"}
    other: list[Report] = []
    while any(queues.values()):
        other.append(queues[random.choice([n for n in "abc" if queues[n]])].pop(0))  # type: ignore[attr-defined]
    one, two = Picture(RULES), Picture(RULES)
    one.take(reports, now)
    two.take(other, now)
    same(one, two, now)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 600),
    st.floats(0, 2 * math.pi),
    st.floats(0, 1),
    st.floats(0, 2 * math.pi),
    st.integers(0, 119),
)
def test_a_coasting_circle_holds_whoever_accelerates_no_more_than_drift(
    speed: float, course: float, acceleration: float, towards: float, age: int
) -> None:
    made = picture([report(0, accuracy=30, speed=speed, course=math.degrees(course))])
    tracks = made.at(T0 + 1000 * age)
    east = speed * age * math.sin(course) + acceleration * age**2 / 2 * math.sin(towards)
    north = speed * age * math.cos(course) + acceleration * age**2 / 2 * math.cos(towards)
    assert off_m(tracks, 0, east, north) <= tracks.radius_m[0] + 1


def test_ages_follow_the_rules() -> None:
    rules = WatchRules(ages=AgeRules(late_s=3, lost_s=6, forget_s=10))
    made = picture([report(0)], rules)
    assert [int(made.at(T0 + 1000 * s).status[0]) for s in (3, 4, 7)] == [0, 1, 2]
    assert len(made.at(T0 + 11_000)) == 0
