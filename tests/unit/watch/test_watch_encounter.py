"""Encounters whose answers follow from geometry, to 1e-2 s and 1e-4 NM."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from parley.rules.watching import Cylinder, WellClear
from parley.watch.pairs.encounter import (
    Encounter,
    dcpa_m,
    hmd_m,
    tcpa_s,
    violated_now,
    violation,
    vmd_m,
)
from parley.watch.pairs.frame import Frame, between, place, sincos_deg

NM, FT = 1852.0, 0.3048
SECONDS, METRES = 1e-2, 1e-4 * NM
CRUISE = Cylinder(926_000, 30_480)
WELL_CLEAR = WellClear(35, 122_232, 13_716)
DMOD, ZTHR, TAU = 1222.32, 137.16, 35.0
Vector: TypeAlias = tuple[float, float, float]
WGS84 = Geod(ellps="WGS84")


def pair(s: Vector, v: Vector) -> Encounter:
    return Encounter.of(np.array([s], np.float64), np.array([v], np.float64))


def span(e: Encounter, volume: Cylinder | WellClear, within_s: float) -> tuple[float, float]:
    begin, end = violation(e, volume, within_s)
    return float(begin[0]), float(end[0])


def horizontal(e: Encounter, within_s: float) -> tuple[float, float, float]:
    return float(tcpa_s(e)[0]), float(dcpa_m(e)[0]), float(hmd_m(e, within_s)[0])


def test_head_on() -> None:
    """20 NM apart at 480 kt: met after 150 s, too close 5 NM before and after."""
    kt = NM / 3600
    e = pair((20 * NM, 0, 0), (-480 * kt, 0, 0))
    assert horizontal(e, 300) == pytest.approx((150, 0, 0), abs=1e-6)
    assert span(e, CRUISE, 300) == pytest.approx((112.5, 187.5), abs=1e-6)
    assert span(e, CRUISE, 150) == pytest.approx((112.5, 150.0), abs=1e-6)
    assert span(e, CRUISE, 112) == (math.inf, math.inf)
    assert horizontal(e, 100)[2] == pytest.approx(20 * NM * (1 - 100 / 150))


def test_crossing_at_right_angles() -> None:
    """One 30 km east and one 40 km north of the crossing, both at 200 m/s towards it: relative
    position (-30, 40) km and velocity (200, -200)... they pass at |s x v|/|v| = 10 km/sqrt 2."""
    e = pair((-30e3, 40e3, 0), (200, -200, 0))
    miss = 10e3 / math.sqrt(2)
    assert horizontal(e, 300) == pytest.approx((175, miss, miss), abs=1e-6)
    half = math.sqrt(9260**2 - miss**2) / (200 * math.sqrt(2))
    assert span(e, CRUISE, 300) == pytest.approx((175 - half, 175 + half), abs=1e-6)
    assert horizontal(e, 100) == pytest.approx((175, miss, math.hypot(10e3, 20e3)))


def test_overtaking_and_diverging() -> None:
    overtaking = pair((15e3, 0, 100), (-25, 0, 0))
    assert horizontal(overtaking, 900) == pytest.approx((600, 0, 0))
    assert span(overtaking, CRUISE, 300) == pytest.approx(((15e3 - 9260) / 25, 300), abs=1e-6)
    diverging = pair((15e3, 0, 0), (25, 3, 0))
    assert horizontal(diverging, 300) == (0, 15e3, 15e3)
    assert span(diverging, CRUISE, 300) == (math.inf, math.inf)
    in_trail = pair((9e3, 0, 0), (0, 0, 0))
    assert horizontal(in_trail, 300) == (0, 9e3, 9e3)
    assert span(in_trail, CRUISE, 300) == (0, 300)
    leaving = pair((9e3, 0, 0), (26, 0, 0))
    assert span(leaving, CRUISE, 300) == pytest.approx((0, 10))


def test_climbing_through() -> None:
    """2,000 ft below in trail at 5 km, climbing at 10 m/s: together from 30.48 to 91.44 s."""
    e = pair((5e3, 0, -2000 * FT), (0, 0, 10))
    assert span(e, CRUISE, 300) == pytest.approx((30.48, 91.44), abs=1e-9)
    assert float(vmd_m(e, 300)[0]) == 0.0
    assert float(vmd_m(e, 50)[0]) == pytest.approx(2000 * FT - 500)
    assert float(vmd_m(pair((0, 0, 700), (0, 0, 1)), 300)[0]) == 700
    leaves = pair((20 * NM, 0, 0), (-250, 0, -10))
    assert span(leaves, CRUISE, 300) == (math.inf, math.inf)


def test_an_unknown_vertical_is_always_together() -> None:
    e = pair((20e3, 0, math.nan), (-200, 0, 5))
    assert span(e, CRUISE, 300) == pytest.approx(((20e3 - 9260) / 200, (20e3 + 9260) / 200))
    assert math.isnan(float(vmd_m(e, 300)[0]))


def test_well_clear_head_on_by_tau() -> None:
    """Modified tau reaches 35 s where r² - DMOD² = 35 r v, well before DMOD itself."""
    v, r0 = 100.0, 10e3
    e = pair((r0, 0, 50), (-v, 0, 0))
    entry = (TAU * v + math.sqrt((TAU * v) ** 2 + 4 * DMOD**2)) / 2
    begin, end = span(e, WELL_CLEAR, 300)
    assert begin == pytest.approx((r0 - entry) / v, abs=SECONDS)
    assert end == pytest.approx((r0 + DMOD) / v, abs=SECONDS)
    slow = pair((2 * DMOD, 0, 0), (-0.1, 0, 0))
    assert span(slow, WELL_CLEAR, 300) == (math.inf, math.inf)


def test_well_clear_needs_a_miss_below_hmd() -> None:
    for miss, violates in ((DMOD - 1, True), (DMOD + 1, False)):
        e = pair((8e3, miss, 0), (-150, 0, 0))
        assert math.isfinite(span(e, WELL_CLEAR, 300)[0]) is violates
    e = pair((8e3, 800, 0), (-150, 0, 0))
    half = math.sqrt(DMOD**2 - 800**2) / 150
    lead = TAU / 2 + math.sqrt((TAU / 2) ** 2 + half**2)
    want = (8e3 / 150 - lead, 8e3 / 150 + half)
    assert span(e, WELL_CLEAR, 300) == pytest.approx(want, abs=SECONDS)


def test_well_clear_with_time_to_co_altitude() -> None:
    """300 m below, climbing at 5 m/s: within 137.16 m after 32.57 s, but co-altitude is 60 s away
    at once for a threshold of 60 s, and 20 s away after 40 s for one of 20 s."""
    e = pair((500, 0, -300), (0, 0, 5))
    for threshold, begin in ((0, (300 - ZTHR) / 5), (20, (300 - ZTHR) / 5), (45, 15), (60, 0)):
        volume = WellClear(35, 122_232, 13_716, threshold)
        want = (begin, (300 + ZTHR) / 5)
        assert span(e, volume, 300) == pytest.approx(want, abs=SECONDS)


def test_open_at_the_minima() -> None:
    for short_m, conflicts in ((0.0, False), (0.005, False), (0.02, True)):
        level = pair((0, 0, 1000 * FT - short_m), (0, 0, 0))
        abreast = pair((0, 5 * NM - short_m, 0), (0, 0, 0))
        passing = pair((50e3, 5 * NM - short_m, 0), (-250, 0, 0))
        for e in (level, abreast, passing):
            assert math.isfinite(span(e, CRUISE, 300)[0]) is conflicts
        assert bool(violated_now(level, CRUISE)[0]) is conflicts


speeds = st.floats(-400, 400) | st.sampled_from([0.0, 250.0, -250.0])
vectors = st.tuples(
    st.floats(-40e3, 40e3) | st.just(0.0), st.floats(-40e3, 40e3), st.floats(-2e3, 2e3)
)
velocities = st.tuples(speeds, speeds, st.floats(-40, 40) | st.just(0.0))
volumes = st.sampled_from([CRUISE, WELL_CLEAR, WellClear(20, 60_000, 7_600, 15)])


def by_definition(s: Vector, v: Vector, volume: Cylinder | WellClear, wider_m: float) -> bool:
    """The boundary models as the paper defines them at one instant, minima widened."""
    d, z = volume.horizontal_cm / 100 + wider_m, volume.vertical_cm / 100 + wider_m
    r, sv = math.hypot(s[0], s[1]), s[0] * v[0] + s[1] * v[1]
    near, level = r < d, abs(s[2]) < z
    if isinstance(volume, WellClear):
        if sv < 0 and not near:
            miss = abs(s[0] * v[1] - s[1] * v[0]) / math.hypot(v[0], v[1])
            near = miss < d and (d * d - r * r) / sv <= volume.tau_s
        if s[2] * v[2] < 0 and not level:
            level = -s[2] / v[2] <= volume.vertical_tau_s
    return near and level


@given(vectors, velocities, volumes, st.floats(0, 300))
def test_violated_within_the_span_and_only_there(
    s: Vector, v: Vector, volume: Cylinder | WellClear, at: float
) -> None:
    begin, end = span(pair(s, v), volume, 300)
    then: Vector = (s[0] + v[0] * at, s[1] + v[1] * at, s[2] + v[2] * at)
    if begin + 1e-3 < at < end - 1e-3:
        assert by_definition(then, v, volume, 0.02)
    elif not begin - 1e-3 <= at <= end + 1e-3:
        assert not by_definition(then, v, volume, -0.03)


@given(vectors, velocities, volumes)
def test_violated_now_is_the_definition(s: Vector, v: Vector, volume: Cylinder | WellClear) -> None:
    assume(by_definition(s, v, volume, -0.02) == by_definition(s, v, volume, 0.02))
    assert bool(violated_now(pair(s, v), volume)[0]) is by_definition(s, v, volume, 0.0)


@given(vectors, velocities, st.floats(1, 600))
def test_nothing_on_the_way_is_nearer_than_the_least(s: Vector, v: Vector, within: float) -> None:
    e = pair(s, v)
    t = np.append(np.linspace(0, within, 101), min(within, tcpa_s(e)[0]))
    apart = np.hypot(s[0] + v[0] * t, s[1] + v[1] * t)
    assert hmd_m(e, within)[0] == pytest.approx(float(apart.min()), abs=1e-3)
    above = np.abs(s[2] + v[2] * t)
    assert vmd_m(e, within)[0] <= above.min() + 1e-9
    assert vmd_m(e, within)[0] >= above.min() - abs(v[2]) * within / 100 - 1e-9


@given(vectors, velocities, volumes)
def test_exchange_changes_no_bit(s: Vector, v: Vector, volume: Cylinder | WellClear) -> None:
    one, other = pair(s, v), pair((-s[0], -s[1], -s[2]), (-v[0], -v[1], -v[2]))
    for e in (one, other):
        assert e.range_m[0] >= 0
    for f in (tcpa_s, dcpa_m):
        assert f(one) == f(other)
    for g in (hmd_m, vmd_m):
        assert g(one, 300) == g(other, 300)
    assert span(one, volume, 300) == span(other, volume, 300)


# --- on the ellipsoid -------------------------------------------------------------------------


def on_earth(tracks: list[tuple[float, float, float, float]]) -> Encounter:
    """Of two tracks (lat, lon, speed, course)."""
    lat, lon, speed, course = np.array(tracks, np.float64).T
    placed = place(lat, lon, speed, course, Frame.TANGENT)
    none = np.zeros(1)
    return Encounter(*between(placed, np.array([0]), np.array([1])), none, none)


def back(lat: float, lon: float, course: float, metres: float) -> tuple[float, float, float]:
    """Where to start, and on what course, to come to (lat, lon) on ``course``."""
    at_lon, at_lat, to = WGS84.fwd(lon, lat, course + 180.0, metres)
    return at_lat, at_lon, to % 360.0


latitudes = st.sampled_from([0.0, 45.0, -62.0, 84.0, 89.5]) | st.floats(-89, 89)
courses = st.floats(0, 360)


@given(latitudes, st.floats(-180, 180), courses, st.floats(100, 100e3))
def test_range_and_its_rate_are_the_geodesics(
    lat: float, lon: float, course: float, metres: float
) -> None:
    far_lon, far_lat, to = WGS84.fwd(lon, lat, course, metres)
    e = on_earth([(lat, lon, 200.0, course), (far_lat, far_lon, 150.0, to)])
    assert float(e.range_m[0]) == pytest.approx(metres, abs=0.02)
    assert float(e.along_mps[0]) == pytest.approx(-350.0, abs=1e-4)
    assert float(e.across_mps[0]) == pytest.approx(0.0, abs=1e-2)


@given(latitudes, st.floats(-180, 180), courses, st.floats(5, 300))
def test_head_on_along_a_geodesic(lat: float, lon: float, course: float, after: float) -> None:
    one = back(lat, lon, course, 250.0 * after)
    other = back(lat, lon, course + 180.0, 210.0 * after)
    e = on_earth([(one[0], one[1], 250.0, one[2]), (other[0], other[1], 210.0, other[2])])
    assert float(tcpa_s(e)[0]) == pytest.approx(after, abs=SECONDS)
    assert float(dcpa_m(e)[0]) < 2 * METRES


@given(latitudes, st.floats(-180, 180), courses, st.floats(20, 160), st.floats(5, 60))
def test_crossing_within_a_minute(
    lat: float, lon: float, course: float, turn: float, after: float
) -> None:
    one = back(lat, lon, course, 250.0 * after)
    other = back(lat, lon, course + turn, 210.0 * after)
    e = on_earth([(one[0], one[1], 250.0, one[2]), (other[0], other[1], 210.0, other[2])])
    assert float(tcpa_s(e)[0]) == pytest.approx(after, abs=SECONDS)
    assert float(dcpa_m(e)[0]) < METRES


@given(latitudes, courses, st.floats(20, 160))
def test_crossing_in_five_minutes_the_plane_is_off_by_a_few_metres(
    lat: float, course: float, turn: float
) -> None:
    one, other = back(lat, 7.0, course, 75e3), back(lat, 7.0, course + turn, 75e3)
    e = on_earth([(one[0], one[1], 250.0, one[2]), (other[0], other[1], 250.0, other[2])])
    assert float(tcpa_s(e)[0]) == pytest.approx(300.0, abs=2e-2)
    assert float(dcpa_m(e)[0]) < 4.0


def test_sines_and_cosines_of_degrees() -> None:
    angles = np.concatenate((np.linspace(-720, 720, 20_001), np.arange(-720.0, 721.0, 15.0)))
    sine, cosine = sincos_deg(angles)
    wanted: Any = np.radians(np.remainder(angles, 360.0))
    assert np.abs(sine - np.sin(wanted)).max() < 2e-15
    assert np.abs(cosine - np.cos(wanted)).max() < 2e-15
    quarters = sincos_deg(np.array([0.0, 90.0, 180.0, 270.0, 360.0, -90.0]))
    assert quarters[0].tolist() == [0, 1, 0, -1, 0, -1]
    assert quarters[1].tolist() == [1, 0, -1, 0, 1, 0]
