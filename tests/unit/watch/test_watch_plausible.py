"""What cannot be: counted by name, and it does not move a track."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, Level
from parley.rules.watching import WatchRules
from parley.space import Height, Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report, Sense
from parley.watch.tracking.carry import apart, moved
from parley.watch.tracking.picture import Picture
from parley.watch.tracks import Tracks

T0 = 1_700_000_000_000
TRACK = ("track:icao:4b1814",)


def report(
    s: float,
    east_m: float = 0.0,
    north_m: float = 0.0,
    *,
    sensor: str = "adsb",
    speed: float = 200.0,
    course: float = 90.0,
    climb: float = UNKNOWN,
    pressure: float | None = None,
    height: float | None = None,
) -> Report:
    lat, lon = moved(47.0, 8.0, east_m, north_m)
    return Report(
        sensor,
        T0 + round(1000 * s),
        Ident(icao24="4b1814"),
        Position(lat_deg=lat, lon_deg=lon),
        50.0,
        None if pressure is None else PressureAltitude.metres(pressure),
        None if height is None else Height.metres(height),
        speed_mps=speed,
        course_deg=course,
        climb_mps=climb,
    )


def picture(reports: Iterable[Report]) -> Picture:
    made = Picture(WatchRules())
    for each in reports:
        made.take([each], max(each.seen_ms, T0))
    return made


def straight(start: int, end: int) -> list[Report]:
    return [report(s, 200 * s, pressure=9000.0) for s in range(start, end)]


def east_m(tracks: Tracks, i: int = 0) -> float:
    lat, lon = float(tracks.lat_deg[i]), float(tracks.lon_deg[i])
    return math.copysign(apart(47.0, 8.0, lat, lon), lon - 8.0)


def impossible(made: Picture, now_ms: int) -> list[Finding]:
    found = made.findings(made.at(now_ms))
    return [each for each in found if each.kind == Kind.IMPOSSIBLE_MOTION]


def test_who_has_no_identity_has_no_track() -> None:
    made = picture([Report("plots", T0, Ident(mode3a="1234"), Position(lat_deg=1, lon_deg=1))])
    assert made.rejected == {"no-identity": 1}
    assert len(made.at(T0)) == 0


def test_times_that_cannot_be() -> None:
    made = Picture(WatchRules())
    made.take([report(5.001), report(-120.001), report(4)], T0)
    assert made.rejected == {"time-in-future": 1, "time-too-old": 1}
    assert made.at(T0).age_s[0] == 0


def test_time_running_backwards_does_not_move_a_track() -> None:
    made = picture(straight(0, 20))
    made.take([report(10, 2000), report(3, 600), report(19, 3800)], T0 + 19_000)
    assert made.rejected == {"repeated": 1, "time-backwards": 2}
    assert east_m(made.at(T0 + 19_000)) == pytest.approx(3800, rel=0.01)


def test_time_backwards_is_judged_by_sensor() -> None:
    made = picture(straight(0, 20))
    made.take([report(15, 3000, sensor="mlat")], T0 + 19_000)
    assert made.rejected == {}


def test_a_jump_is_refused_and_told_when_it_happens_again() -> None:
    made = picture([*straight(0, 10), report(10, 90_000), *straight(11, 14)])
    assert made.rejected == {"impossible-jump": 1}
    assert impossible(made, T0 + 13_000) == []
    made.take([report(14, -80_000)], T0 + 14_000)
    assert east_m(made.at(T0 + 14_000)) == pytest.approx(2800, rel=0.01)
    (found,) = impossible(made, T0 + 14_000)
    assert (found.refs, found.level, found.codes) == (TRACK, Level.ADVISORY, ("jump",))
    assert found.measured["jump_m"] == pytest.approx(88_000, rel=0.01)
    assert found.measured["reports"] == 2
    assert found.from_ms == T0 + 10_000
    assert impossible(made, T0 + 14_000 + 60_001) == []


def test_a_track_that_really_jumped_is_found_again_and_doubted() -> None:
    there = [report(10 + s, 90_000 + 200 * s) for s in range(5)]
    made = picture([*straight(0, 10), *there[:4]])
    assert east_m(made.at(T0 + 13_000)) == pytest.approx(2600, rel=0.01)
    made.take(there[4:], T0 + 14_000)
    tracks = made.at(T0 + 14_000)
    assert east_m(tracks) == pytest.approx(90_800, rel=0.01)
    assert tracks.doubted[0]
    found = {each.kind: each for each in made.findings(tracks)}
    assert found[Kind.POSITION_DOUBTED].codes == ("moved-too-far",)
    assert found[Kind.IMPOSSIBLE_MOTION].codes == ("jump",)
    assert tracks.radius_m[0] > 1000
    for s in range(5, 620):
        made.take([report(10 + s, 90_000 + 200 * s)], T0 + 10_000 + 1000 * s)
        assert made.at(T0 + 10_000 + 1000 * s).doubted[0] == (s <= 604)
    assert made.findings(made.at(T0 + 629_000)) == []
    assert made.rejected == {"impossible-jump": 4}


def test_a_radar_that_sees_it_there_takes_the_doubt_away() -> None:
    there = [report(10 + s, 90_000 + 200 * s) for s in range(6)]
    made = picture([*straight(0, 10), *there])
    plot = replace(there[5], sensor="radar", sense=Sense.RADAR)
    made.take([plot], T0 + 15_000)
    assert not made.at(T0 + 15_000).doubted[0]


def test_a_first_position_that_was_wrong_leaves_no_doubt() -> None:
    made = picture([report(0, 500_000), *straight(1, 10)])
    tracks = made.at(T0 + 9_000)
    assert east_m(tracks) == pytest.approx(1800, rel=0.01)
    assert not tracks.doubted[0]


def test_scattered_positions_never_move_a_track() -> None:
    wild = [
        report(10 + n / 2, 1e6 * math.sin(7 * n), 1e6 * math.cos(11 * n), speed=UNKNOWN)
        for n in range(40)
    ]
    made = picture([*straight(0, 10), *wild])
    assert east_m(made.at(T0 + 30_000)) == pytest.approx(6000, rel=0.01)
    assert made.rejected == {"impossible-jump": 40}


def test_a_turn_that_nobody_survives() -> None:
    made = picture([*straight(0, 10), report(10, 2000, 2200), report(10.5, 2100, 2200)])
    assert made.rejected == {"impossible-turn": 2}
    (found,) = impossible(made, T0 + 11_000)
    assert found.codes == ("turn",)


def test_a_fighters_turn_is_possible() -> None:
    reports, east, north, course = [], 0.0, 0.0, 0.0
    for n in range(60):
        reports.append(report(n, east, north, speed=300, course=course % 360))
        for _ in range(10):
            course += math.degrees(80 / 300) / 10
            east += 30 * math.sin(math.radians(course))
            north += 30 * math.cos(math.radians(course))
    assert picture(reports).rejected == {}


def test_an_impossible_speed_is_taken_out_and_the_position_stays() -> None:
    fast = [report(10 + s, 2000 + 200 * s, speed=1500.0) for s in range(3)]
    made = picture([*straight(0, 10), *fast])
    assert made.rejected == {"impossible-speed": 3}
    tracks = made.at(T0 + 12_000)
    assert east_m(tracks) == pytest.approx(2400, rel=0.01)
    assert tracks.speed_mps[0] == pytest.approx(200, rel=0.01)
    (found,) = impossible(made, T0 + 12_000)
    assert found.codes == ("speed",)
    assert found.measured["speed_mps"] == 1500


def test_an_impossible_climb_told_or_seen() -> None:
    made = picture([*straight(0, 10), report(10, 2000, climb=900.0, pressure=12_000.0)])
    assert made.rejected == {"impossible-climb": 2}
    tracks = made.at(T0 + 10_000)
    assert tracks.pressure_m[0] == 9000
    assert math.isnan(tracks.climb_mps[0])
    (found,) = impossible(made, T0 + 10_000)
    assert found.codes == ("climb",)


def test_an_altitude_that_stays_is_believed_at_last() -> None:
    made = picture(
        [*straight(0, 10), *(report(s, 200 * s, pressure=4000.0) for s in range(10, 15))]
    )
    assert made.at(T0 + 14_000).pressure_m[0] == 4000
    assert made.rejected == {"impossible-climb": 5}


def test_an_impossible_height() -> None:
    made = picture([report(0, pressure=60_000.0, height=-3000.0)])
    tracks = made.at(T0)
    assert math.isnan(tracks.pressure_m[0])
    assert math.isnan(tracks.height_m[0])
    assert made.rejected == {"impossible-height": 2}
    assert impossible(made, T0)[0].codes == ("height",)


def test_speeds_and_courses_that_are_no_numbers() -> None:
    made = picture(
        report(s, speed=speed, course=course, climb=math.inf)
        for s, speed, course in ((0, math.inf, 90.0), (1, 200.0, math.inf), (2, -5.0, 90.0))
    )
    tracks = made.at(T0 + 2000)
    assert math.isfinite(tracks.lat_deg[0])
    assert math.isfinite(tracks.radius_m[0])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(-130, 10),
            st.floats(-90, 90),
            st.floats(-180, 180),
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=40,
    )
)
def test_whatever_is_said_the_picture_stays_finite(
    said: list[tuple[float, float, float, float, float, float]],
) -> None:
    made = Picture(WatchRules())
    reports = [
        Report(
            "adsb",
            T0 + round(1000 * s),
            Ident(icao24="4b1814"),
            Position(lat_deg=lat, lon_deg=lon),
            accuracy,
            speed_mps=speed,
            course_deg=course,
            climb_mps=speed,
        )
        for s, lat, lon, accuracy, speed, course in said
    ]
    made.take(reports, T0)
    tracks = made.at(T0 + 60_000)
    for i in range(len(tracks)):
        assert -90 <= tracks.lat_deg[i] <= 90
        assert -180 <= tracks.lon_deg[i] < 180
        assert math.isfinite(tracks.radius_m[i])
        assert tracks.radius_m[i] > 0
    made.findings(tracks)
