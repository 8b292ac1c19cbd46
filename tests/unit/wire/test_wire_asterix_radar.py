"""From slant range and azimuth to a place, and how sure it is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.space import Area, distance_m
from parley.wire.asterix.radar import RadarSite, placed

SITE = RadarSite(lat_deg=45.0, lon_deg=16.0, height_m=500.0)


def ground_m(range_m: float, level_m: float | None, azimuth: float = 90.0) -> float:
    position, _ = placed(SITE, range_m, azimuth, level_m)
    return distance_m(Area.point(SITE.position), Area.point(position))


def test_overhead_the_range_is_mostly_height() -> None:
    """A 3-4-5 triangle: 10 km up and 12.5 km away are 7.5 km on the ground, at sea level less."""
    range_m, level_m = 12_500.0, 10_500.0
    flat = math.sqrt(12_500**2 - 10_000**2)
    assert ground_m(range_m, level_m) == pytest.approx(flat, rel=0.02)


def test_the_triangle_over_a_sphere() -> None:
    """The ray of an aircraft 200 km along the ground and 10 km up, solved the other way."""
    radius = 6_378_137.0 * math.sqrt(1 - 0.00669437999014)
    radius /= 1 - 0.00669437999014 * math.sin(math.radians(45)) ** 2
    a, b, angle = radius + 500, radius + 10_000, 200_000 / radius
    ray = math.sqrt(a * a + b * b - 2 * a * b * math.cos(angle))
    assert ground_m(ray, 10_000.0) == pytest.approx(200_000, abs=60)


def test_the_azimuth_is_clockwise_from_north() -> None:
    east, _ = placed(SITE, 100_000, 90, 9_000)
    north, _ = placed(SITE, 100_000, 0, 9_000)
    assert east.lon_deg > 17 > 16.1 > north.lon_deg
    assert north.lat_deg > 45.8 > 45.1 > east.lat_deg


def arc_m(range_m: float, height_m: float) -> float:
    """On a sphere of 6,380 km, by the half-angle form of the law of cosines."""
    radius, rise = 6_380_000.0, height_m - SITE.height_m
    square = max(0.0, range_m**2 - rise**2) / (radius + SITE.height_m) / (radius + height_m)
    return 2 * radius * math.asin(math.sqrt(square) / 2)


@given(st.floats(0, 470_000), st.floats(0, 360), st.none() | st.floats(-600, 25_000), st.data())
def test_the_aircraft_is_in_the_radius_whatever_its_height(
    range_m: float, azimuth: float, level_m: float | None, data: st.DataObject
) -> None:
    """The level may be off by 600 m; without one it may be from the ground to 15 km."""
    position, radius_m = placed(SITE, range_m, azimuth, level_m)
    assert radius_m >= 2 * SITE.range_error_m
    low, high = (0.0, 15_000.0) if level_m is None else (level_m - 600, level_m + 600)
    true_m = arc_m(range_m, data.draw(st.floats(low, high)))
    middle_m = distance_m(Area.point(SITE.position), Area.point(position))
    assert abs(true_m - middle_m) <= radius_m


def test_without_a_level_it_is_less_sure() -> None:
    _, with_level = placed(SITE, 60_000, 10, 9_000)
    _, without = placed(SITE, 60_000, 10, None)
    assert without > with_level + 500


def test_far_away_the_azimuth_is_what_counts() -> None:
    _, radius_m = placed(SITE, 400_000, 10, 9_000)
    assert radius_m == pytest.approx(2 * 400_000 * math.radians(0.08), rel=0.05)
