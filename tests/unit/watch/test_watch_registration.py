"""A misaligned sensor is found from a few departures, and an aligned one raises nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from parley.rules.findings import Finding, Kind, Level
from parley.rules.watching import PlausibleRules, WatchRules
from parley.space import Position
from parley.watch.report import Ident, Report, Sense
from parley.watch.tracking.carry import moved, offset
from parley.watch.tracking.picture import Picture
from parley.watch.tracking.registration import Pairs, aligned

T0 = 1_700_000_000_000
SITE = (35.4, 51.1)
Polar = tuple[float, float]


def departure(n: int) -> Callable[[float], tuple[float, float] | None]:
    """East and north metres from the site, by seconds: from an airport 15 km off, every 50 s, each
    with a heading of its own, accelerating from 80 to 160 m/s."""
    heading = math.radians((40, 95, 170, 260, 310)[n % 5])

    def where(s: float) -> tuple[float, float] | None:
        t = s - 50 * n
        if t < 0:
            return None
        way = 80 * t + min(t, 100) ** 2 * 0.4 + max(0.0, t - 100) * 80
        return 15_000 + way * math.sin(heading), 4_000 + way * math.cos(heading)

    return where


def place(east: float, north: float) -> Position:
    lat, lon = moved(*SITE, east, north)
    return Position(lat_deg=lat, lon_deg=lon)


def watched(
    error: Callable[[float, float, float], Polar],
    *,
    flights: int = 4,
    ident: Callable[[int], Ident] = lambda n: Ident(icao24=f"73{n:04x}"),
    own: Callable[[int], Ident] = lambda n: Ident(icao24=f"73{n:04x}"),
    noise: float = 1.0,
    scan_s: int = 6,
    seconds: int = 400,
    sited: bool = True,
) -> tuple[Picture, int]:
    """A radar at SITE that sees bearing and range with an error (bearing deg, range m, s)."""
    rng = random.Random(7)
    sites = {"radar": Position(lat_deg=SITE[0], lon_deg=SITE[1])} if sited else {}
    made = Picture(WatchRules(), sites=sites)
    paths = [departure(n) for n in range(flights)]
    for s in range(seconds):
        reports = []
        for n, path in enumerate(paths):
            at, then = path(s), path(s + 1)
            if at is None or then is None:
                continue
            move = then[0] - at[0], then[1] - at[1]
            speed, course = math.hypot(*move), math.degrees(math.atan2(*move)) % 360
            said = Report("adsb", T0 + 1000 * s, own(n), place(*at), 30.0)
            reports.append(replace(said, speed_mps=speed, course_deg=course))
            if (s + n) % scan_s == 0:
                bearing = math.degrees(math.atan2(*at)) + rng.gauss(0, 0.08) * noise
                length = math.hypot(*at) + rng.gauss(0, 60) * noise
                bearing, length = error(bearing, length, s)
                turn = math.radians(bearing)
                seen = place(length * math.sin(turn), length * math.cos(turn))
                reports.append(
                    Report("radar", T0 + 1000 * s, ident(n), seen, 300.0, sense=Sense.RADAR)
                )
        made.take(reports, T0 + 1000 * s)
    return made, T0 + 1000 * (seconds - 1)


def misaligned(made: Picture, now_ms: int) -> list[Finding]:
    return [f for f in made.findings(made.at(now_ms)) if f.kind == Kind.SENSOR_MISALIGNED]


def turned(bearing: float, length: float, s: float) -> Polar:
    return bearing + 105, length


def number(n: int) -> Ident:
    return Ident(number=str(100 + n))


def squawk(n: int) -> Ident:
    return Ident(number=str(100 + n), mode3a=f"31{n:02d}")


def addressed_squawk(n: int) -> Ident:
    return Ident(icao24=f"73{n:04x}", mode3a=f"31{n:02d}")


@pytest.mark.parametrize("sited", [True, False])
@pytest.mark.parametrize("flights", [3, 5])
def test_a_radar_turned_by_105_degrees_is_found_from_a_few_departures(
    flights: int, sited: bool
) -> None:
    made, now = watched(turned, flights=flights, sited=sited)
    (found,) = misaligned(made, now)
    assert found.refs == ("sensor:radar",)
    assert found.level == Level.WARNING
    assert "rotation" in found.codes
    assert found.measured["rotation_mdeg"] == pytest.approx(105_000, abs=1000)
    assert found.measured["tracks"] == flights
    assert found.measured["confidence_percent"] >= 80
    assert found.measured["offset_m"] > 10_000


def test_two_long_departures_are_enough() -> None:
    made, now = watched(turned, flights=2, seconds=330)
    (found,) = misaligned(made, now)
    assert found.measured["rotation_mdeg"] == pytest.approx(105_000, abs=1000)


def test_it_is_found_soon() -> None:
    made, _ = watched(turned, flights=4, seconds=240)
    assert misaligned(made, T0 + 239_000)


def test_with_a_misaligned_radar_tracks_are_where_the_others_see_them() -> None:
    made, now = watched(turned)
    tracks = made.at(now)
    assert tracks.ids == tuple(f"icao:73{n:04x}" for n in range(4))
    for n in range(4):
        at = departure(n)(399)
        assert at is not None
        east, north = offset(*SITE, float(tracks.lat_deg[n]), float(tracks.lon_deg[n]))
        assert math.hypot(east - at[0], north - at[1]) < 500
    assert not tracks.doubted.any()
    assert [f.kind for f in made.findings(tracks)] == [Kind.SENSOR_MISALIGNED]


def test_what_only_a_misaligned_radar_sees_stays_and_is_doubted() -> None:
    made, now = watched(turned)
    alone = Ident(icao24="ffffff")
    made.take([Report("radar", now, alone, place(9000, 0), 300.0, sense=Sense.RADAR)], now)
    tracks = made.at(now)
    assert tracks.ids[-1] == "icao:ffffff"
    assert tracks.doubted[-1]
    assert [f.kind for f in made.findings(tracks)] == [Kind.SENSOR_MISALIGNED]


def test_matched_by_mode_3a() -> None:
    made, now = watched(turned, ident=squawk, own=addressed_squawk)
    (found,) = misaligned(made, now)
    assert found.measured["rotation_mdeg"] == pytest.approx(105_000, abs=1000)
    assert "by-shape" not in found.codes


@pytest.mark.parametrize("turn", [105, -60, 180, 20])
def test_matched_by_shape_when_there_is_no_identity_in_common(turn: int) -> None:
    made, now = watched(lambda b, r, s: (b + turn, r), ident=number)
    (found,) = misaligned(made, now)
    assert math.remainder(found.measured["rotation_mdeg"] / 1000 - turn, 360) == pytest.approx(
        0, abs=1
    )
    assert "by-shape" in found.codes


@pytest.mark.parametrize("turn", [0, 105])
def test_matched_by_shape_among_many_others(turn: int) -> None:
    rng = random.Random(11)
    made = Picture(WatchRules(), sites={"radar": Position(lat_deg=SITE[0], lon_deg=SITE[1])})
    flights = [
        (rng.uniform(-9e4, 9e4), rng.uniform(-9e4, 9e4), rng.uniform(0, 360), rng.uniform(150, 250))
        for _ in range(60)
    ]
    for s in range(0, 90, 2):
        reports = []
        for n, (east, north, course, speed) in enumerate(flights):
            angle = math.radians(course)
            at = east + speed * s * math.sin(angle), north + speed * s * math.cos(angle)
            own = Report("adsb", T0 + 1000 * s, Ident(icao24=f"73{n:04x}"), place(*at), 30.0)
            reports.append(replace(own, speed_mps=speed, course_deg=course))
            if (s // 2 + n) % 3 == 0:
                seen = math.atan2(*at) + math.radians(turn + rng.gauss(0, 0.08))
                length = math.hypot(*at) + rng.gauss(0, 60)
                there = place(length * math.sin(seen), length * math.cos(seen))
                plot = Report("radar", T0 + 1000 * s, number(n), there, 300.0, sense=Sense.RADAR)
                reports.append(plot)
        made.take(reports, T0 + 1000 * s)
    found = misaligned(made, T0 + 89_000)
    assert len(found) == (1 if turn else 0)
    for each in found:
        assert each.measured["rotation_mdeg"] == pytest.approx(1000 * turn, abs=500)
        assert "by-shape" in each.codes


@pytest.mark.parametrize("ident", [number, squawk, addressed_squawk])
@pytest.mark.parametrize("sited", [True, False])
@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
def test_an_aligned_radar_raises_nothing(
    ident: Callable[[int], Ident], sited: bool, noise: float
) -> None:
    made, now = watched(
        lambda b, r, s: (b, r), ident=ident, own=addressed_squawk, noise=noise, sited=sited
    )
    assert misaligned(made, now) == []


def test_a_small_rotation_is_tolerated_and_a_drift_is_found_when_it_matters() -> None:
    made, now = watched(lambda b, r, s: (b + 0.3, r))
    assert misaligned(made, now) == []
    made, now = watched(lambda b, r, s: (b + s / 100, r))
    (found,) = misaligned(made, now)
    assert 1_000 < found.measured["rotation_mdeg"] < 4_500


def test_a_bias_of_range() -> None:
    made, now = watched(lambda b, r, s: (b, r + 2500))
    (found,) = misaligned(made, now)
    assert found.codes == ("range",)
    assert found.measured["range_m"] == pytest.approx(2500, abs=100)


def pairs(count: int, each: int, seen: Callable[[float, float], tuple[float, float]]) -> Pairs:
    """Tracks that start 20 km from the site and fly out, and where the sensor sees them."""
    rows = []
    for k in range(count):
        angle = 2 * math.pi * k / count
        for n in range(each):
            east, north = (
                (20_000 + 2000 * n) * math.sin(angle),
                (20_000 + 2000 * n) * math.cos(angle),
            )
            rows.append(
                (k, T0 + 10_000 * n, *moved(*SITE, *seen(east, north)), *moved(*SITE, east, north))
            )
    a = np.array(rows)
    return Pairs(
        a[:, 0].astype(np.int64), a[:, 1].astype(np.int64), a[:, 2], a[:, 3], a[:, 4], a[:, 5]
    )


RULES = PlausibleRules()


def test_a_shift_is_an_offset_and_no_rotation() -> None:
    found = aligned("radar", pairs(5, 8, lambda e, n: (e + 4000, n - 3000)), RULES, site=SITE)
    assert found is not None
    assert found.misaligned
    assert found.codes == ("offset",)
    assert found.rotation_mdeg == 0
    assert found.offset_m == pytest.approx(5000, rel=0.01)


def test_a_minority_of_false_aircraft_changes_nothing() -> None:
    good = pairs(5, 8, lambda e, n: (n, -e))
    wild = pairs(2, 8, lambda e, n: (e * 3, n + 90_000))
    both = Pairs(
        np.concatenate((good.track, wild.track + 100)),
        *(np.concatenate((a, b)) for a, b in zip(good[1:], wild[1:], strict=True)),
    )
    found = aligned("radar", both, RULES, site=SITE)
    assert found is not None
    assert found.misaligned
    assert found.rotation_mdeg == pytest.approx(90_000, abs=500)
    assert 60 <= found.confidence_percent < 80


def test_aircraft_that_all_say_false_things_do_not_condemn_a_radar() -> None:
    rng = random.Random(3)
    wild = pairs(6, 8, lambda e, n: (rng.uniform(-9e4, 9e4), rng.uniform(-9e4, 9e4)))
    found = aligned("radar", wild, RULES, site=SITE)
    assert found is not None
    assert not found.misaligned


def test_one_track_says_nothing_of_a_sensor() -> None:
    assert aligned("radar", pairs(1, 8, lambda e, n: (n, -e)), RULES, site=SITE) is None
