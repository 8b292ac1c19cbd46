"""Distances and buffers against an oracle that only knows pyproj's geodesics.

The oracle samples every edge densely, finds the nearest samples of both outlines, and refines
round them by halving the step until it is below a millimetre. It uses no chart, no shapely and
none of the code under test; inside-ness comes from how each case is built.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from pyproj import Geod

from parley.space import Area, Position, distance_m, distances_m, meets, within

GEOD = Geod(ellps="WGS84")
CENTIMETRE = 0.01
Point = tuple[float, float]


def away(lat: float, lon: float, azimuth: float, metres: float) -> Point:
    lon2, lat2, _ = GEOD.fwd(lon, lat, azimuth, metres)
    return float(lat2), float(lon2)


def position(point: Point) -> Position:
    return Position(lat_deg=point[0], lon_deg=point[1])


def star(lat: float, lon: float, radius_m: float, count: int, phase: float) -> list[Position]:
    """A ring whose vertices lie alternately at full and at 0.6 radius."""
    return [
        position(away(lat, lon, phase + 360 * k / count, radius_m * (1.0 if k % 2 == 0 else 0.6)))
        for k in range(count)
    ]


class Outline:
    """Edges as geodesics, each a start, an azimuth and a length."""

    def __init__(self, vertices: list[Position], *, closed: bool) -> None:
        pairs = list(zip(vertices, vertices[1:] + vertices[:1], strict=True))
        if not closed:
            pairs = pairs[:-1] or [(vertices[0], vertices[0])]
        self.lat = np.array([p.lat_deg for p, _ in pairs])
        self.lon = np.array([p.lon_deg for p, _ in pairs])
        azimuth, _, length = GEOD.inv(
            self.lon,
            self.lat,
            np.array([q.lon_deg for _, q in pairs]),
            np.array([q.lat_deg for _, q in pairs]),
        )
        self.azimuth, self.length = np.asarray(azimuth), np.asarray(length)

    def at(self, edge: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lon, lat, _ = GEOD.fwd(self.lon[edge], self.lat[edge], self.azimuth[edge], along)
        return lat, lon


def oracle_m(a: Outline, b: Outline, samples: int = 40) -> float:
    """Smallest distance of two outlines: coarse grid per pair of edges, then zooming in."""
    ea, eb = (
        x.reshape(-1) for x in np.meshgrid(range(len(a.lat)), range(len(b.lat)), indexing="ij")
    )
    mid_a, mid_b = a.length[ea] / 2, b.length[eb] / 2
    half_a, half_b = mid_a.copy(), mid_b.copy()
    unit = np.linspace(-1, 1, 9)
    ua, ub = (x.reshape(-1) for x in np.meshgrid(unit, unit))
    best = math.inf
    for round_ in range(samples):
        sa = np.clip(mid_a[:, None] + half_a[:, None] * ua, 0, a.length[ea][:, None])
        sb = np.clip(mid_b[:, None] + half_b[:, None] * ub, 0, b.length[eb][:, None])
        grid_a, grid_b = np.repeat(ea, len(ua)), np.repeat(eb, len(ub))
        lat1, lon1 = a.at(grid_a, sa.reshape(-1))
        lat2, lon2 = b.at(grid_b, sb.reshape(-1))
        metres = np.asarray(GEOD.inv(lon1, lat1, lon2, lat2)[2]).reshape(sa.shape)
        pick = metres.argmin(axis=1)
        rows = np.arange(len(pick))
        low = metres[rows, pick]
        best = min(best, float(low.min()))
        keep = low <= best + half_a + half_b
        mid_a, mid_b = sa[rows, pick][keep], sb[rows, pick][keep]
        half_a, half_b = half_a[keep] * 0.45, half_b[keep] * 0.45
        ea, eb = ea[keep], eb[keep]
        if round_ > 4 and half_a.max() + half_b.max() < 1e-4:
            break
    return best


PLACES = [
    (0.0, 10.0),
    (0.3, -60.0),
    (35.4, 35.9),
    (-33.0, 179.9),
    (52.0, -179.8),
    (66.0, 25.0),
    (78.0, 180.0),
    (-84.5, -100.0),
    (89.2, 0.0),
    (90.0, 0.0),
    (-89.9, 77.0),
]
SIZES = [
    (800.0, 1_500.0),
    (20_000.0, 3_000.0),
    (120_000.0, 40_000.0),
    (250_000.0, 30_000.0),
    (250_000.0, 4_400_000.0),
]


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize(("radius_m", "gap_m"), SIZES)
def test_polygons_are_as_far_apart_as_geodesics_say(
    lat: float, lon: float, radius_m: float, gap_m: float
) -> None:
    for azimuth, phase in ((37.0, 5.0), (160.0, 61.0), (292.0, 0.0)):
        other = away(lat, lon, azimuth, 2 * radius_m + gap_m)
        first = star(lat, lon, radius_m, 8, phase)
        second = star(*other, radius_m, 6, 3 * phase)
        want = oracle_m(Outline(first, closed=True), Outline(second, closed=True))
        got = distance_m(Area.polygon(first), Area.polygon(second))
        assert got == pytest.approx(want, abs=CENTIMETRE)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize("radius_m", [5_000.0, 250_000.0])
def test_circles_and_corridors_are_as_far_apart_as_geodesics_say(
    lat: float, lon: float, radius_m: float
) -> None:
    centre = away(lat, lon, 200.0, 3 * radius_m)
    circle = Area.circle(position(centre), radius_m)
    legs = [position(away(lat, lon, azimuth, radius_m)) for azimuth in (10.0, 100.0, 250.0)]
    corridor = Area.corridor(legs, 400.0)
    between = oracle_m(Outline(legs, closed=False), Outline([circle.centre], closed=False))
    assert distance_m(corridor, circle) == pytest.approx(between - radius_m - 400.0, abs=CENTIMETRE)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize(
    ("radius_m", "by_m"), [(900.0, 250.0), (40_000.0, 9_000.0), (200_000, 50_000)]
)
def test_a_buffer_ends_where_geodesics_say(
    lat: float, lon: float, radius_m: float, by_m: float
) -> None:
    ring = star(lat, lon, radius_m, 10, 13.0)
    area = Area.polygon(ring)
    buffered = area.buffered(by_m)
    outline = Outline(ring, closed=True)
    for azimuth in (3.0, 95.0, 181.0, 266.0):
        point = position(away(lat, lon, azimuth, radius_m + 2.5 * by_m))
        want = oracle_m(outline, Outline([point], closed=False))
        assert distance_m(area, Area.point(point)) == pytest.approx(want, abs=CENTIMETRE)
        assert distance_m(buffered, Area.point(point)) == pytest.approx(want - by_m, abs=CENTIMETRE)
        assert within(area, Area.point(point), want + CENTIMETRE)
        assert not within(area, Area.point(point), want - CENTIMETRE)
        assert buffered.buffered(want - by_m + CENTIMETRE).contains(point)
        # A reach is rounded up to a centimetre, hence two.
        assert not area.buffered(want - 2 * CENTIMETRE).contains(point)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
def test_many_points_at_once_agree_with_geodesics(lat: float, lon: float) -> None:
    ring = star(lat, lon, 150_000.0, 12, 7.0)
    outline = Outline(ring, closed=True)
    points = [position(away(lat, lon, 31.0 * k, 151_000.0 + 30_000.0 * k)) for k in range(9)]
    metres = distances_m(
        Area.polygon(ring),
        np.array([p.lat_deg for p in points]),
        np.array([p.lon_deg for p in points]),
    )
    for point, got in zip(points, metres, strict=True):
        want = oracle_m(outline, Outline([point], closed=False))
        assert got == pytest.approx(want, abs=CENTIMETRE)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize("radius_m", [3_000.0, 250_000.0])
def test_a_point_beside_a_long_edge_is_on_the_side_the_geodesic_says(
    lat: float, lon: float, radius_m: float
) -> None:
    """5 cm inside or outside the middle of an edge, which a chord would misplace by 100 m."""
    ring = [position(away(lat, lon, azimuth, radius_m)) for azimuth in (20.0, 130.0, 250.0)]
    area = Area.polygon(ring)
    outline = Outline(ring, closed=True)
    for edge in range(3):
        lon1, lat1, back = GEOD.fwd(
            outline.lon[edge], outline.lat[edge], outline.azimuth[edge], outline.length[edge] / 2
        )
        right_of_travel = back + 180 + 90
        inside = position(away(lat1, lon1, right_of_travel, 0.05))
        outside = position(away(lat1, lon1, right_of_travel + 180, 0.05))
        assert area.contains(inside)
        assert not area.contains(outside)
        assert distance_m(area, Area.point(outside)) == pytest.approx(0.05, abs=CENTIMETRE)


@pytest.mark.parametrize(("lat", "lon"), PLACES)
def test_polygons_a_decimetre_apart_do_not_meet_and_overlapping_ones_do(
    lat: float, lon: float
) -> None:
    """The tip of one a decimetre short of, then beyond, the middle of a 430 km edge."""
    ring = [position(away(lat, lon, azimuth, 250_000.0)) for azimuth in (20.0, 140.0, 260.0)]
    outline = Outline(ring, closed=True)
    lon1, lat1, back = GEOD.fwd(
        outline.lon[0], outline.lat[0], outline.azimuth[0], outline.length[0] / 2
    )
    outward = back + 180 - 90
    for short_m, expected in ((0.1, False), (-0.1, True)):
        tip = away(lat1, lon1, outward, short_m)
        far = [position(away(*tip, outward + turn, 90_000.0)) for turn in (-25.0, 25.0)]
        other = Area.polygon([position(tip), *far])
        assert meets(Area.polygon(ring), other) is expected
        if not expected:
            assert distance_m(Area.polygon(ring), other) == pytest.approx(0.1, abs=CENTIMETRE)
