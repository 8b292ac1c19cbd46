"""Laws of distance, meeting, buffering, boxes and outlines, anywhere on Earth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from parley.errors import GeometryError
from parley.space import (
    Area,
    Band,
    Box,
    Position,
    Separation,
    Span,
    Volume,
    distance_m,
    distances_m,
    meets,
    outline,
    within,
)

GEOD = Geod(ellps="WGS84")


def at(lat: float, lon: float) -> Position:
    return Position(lat_deg=lat, lon_deg=lon)


def away(p: Position, azimuth: float, metres: float) -> Position:
    lon, lat, _ = GEOD.fwd(p.lon_deg, p.lat_deg, azimuth, metres)
    return at(float(lat), float(lon))


def shifted(area: Area, by_deg: float) -> Area:
    turned = tuple(at(p.lat_deg, (p.lon_deg + by_deg + 180) % 360 - 180) for p in area.vertices)
    return Area(area.kind, turned, area.reach_cm)


lats = st.one_of(st.floats(-90, 90), st.sampled_from([0.0, 90.0, -90.0, 89.95, -89.99, 84.0, 60.0]))
lons = st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.99, -179.99, 0.0]))
sizes = st.sampled_from([30.0, 2_000.0, 20_000.0, 200_000.0])


@st.composite
def areas(
    draw: st.DrawFn,
    near: Position | None = None,
    size_m: float | None = None,
    kinds: tuple[str, ...] = ("circle", "polygon", "polygon", "path"),
) -> Area:
    size = size_m or draw(sizes)
    centre = near or at(draw(lats), draw(lons))
    centre = away(centre, draw(st.floats(0, 360)), draw(st.floats(0, 2)) * size)
    reach = draw(st.sampled_from([0.0, 0.0, 1.0, size / 10, size / 2]))
    kind = draw(st.sampled_from(kinds))
    if kind == "circle":
        return Area.circle(centre, reach)
    count = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(0.15, 1.0), min_size=count, max_size=count))
    vertices = [away(centre, 360 * k / count + 7, r * size) for k, r in enumerate(radii)]
    if kind == "path":
        return Area.corridor(vertices, reach)
    try:
        return Area.polygon(vertices).buffered(reach)
    except GeometryError:
        assume(False)
        raise


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Area, Area]:
    size = draw(sizes)
    place = at(draw(lats), draw(lons))
    return draw(areas(near=place, size_m=size)), draw(areas(near=place, size_m=size))


@given(pairs())
@settings(max_examples=150, deadline=None)
def test_distance_is_symmetric_to_the_last_bit(pair: tuple[Area, Area]) -> None:
    a, b = pair
    assert distance_m(a, b) == distance_m(b, a)
    assert meets(a, b) is meets(b, a) is (distance_m(a, b) == 0.0)


@given(pairs(), st.floats(0, 300_000))
@settings(max_examples=150, deadline=None)
def test_within_is_what_distance_says(pair: tuple[Area, Area], limit: float) -> None:
    a, b = pair
    metres = distance_m(a, b)
    assert within(a, b, metres)
    assert within(a, b, metres + 0.01)
    if metres > 0.01:
        assert not within(a, b, metres - 0.01)
    assert within(a, b, limit) is within(b, a, limit)
    if abs(limit - metres) > 0.01:
        assert within(a, b, limit) is (metres <= limit)


@given(pairs(), st.floats(-360, 360))
@settings(max_examples=100, deadline=None)
def test_turning_the_earth_changes_nothing(pair: tuple[Area, Area], by_deg: float) -> None:
    a, b = pair
    by_deg = round(by_deg, 7)
    assert distance_m(shifted(a, by_deg), shifted(b, by_deg)) == pytest.approx(
        distance_m(a, b), abs=0.001
    )


@given(pairs(), st.integers(0, 8))
@settings(max_examples=100, deadline=None)
def test_start_and_direction_of_a_ring_change_no_bit(pair: tuple[Area, Area], start: int) -> None:
    a, b = pair
    written = a.vertices
    if a.kind == "polygon":
        start %= len(written)
        written = written[start:] + written[:start]
    other = Area(a.kind, written[::-1], a.reach_cm)
    assert distance_m(other, b) == distance_m(a, b)
    assert other.centre == a.centre


@given(pairs(), st.floats(0, 50_000))
@settings(max_examples=100, deadline=None)
def test_a_buffer_brings_areas_nearer_by_itself(pair: tuple[Area, Area], by_m: float) -> None:
    a, b = pair
    by_m = math.floor(by_m * 100) / 100
    before, after = distance_m(a, b), distance_m(a.buffered(by_m), b)
    assert after <= before
    assert after == pytest.approx(max(0.0, before - by_m), abs=0.012)


@given(areas())
@settings(max_examples=60, deadline=None)
def test_an_area_meets_itself_and_its_own_vertices(area: Area) -> None:
    assert distance_m(area, area) == 0.0
    for vertex in area.vertices:
        assert area.contains(vertex)
        assert meets(area, Area.point(vertex))


def test_touching_counts() -> None:
    west = Area.polygon([at(35, 36), at(35, 36.1), at(35.1, 36.1), at(35.1, 36)])
    east = Area.polygon([at(35, 36.2), at(35, 36.1), at(35.1, 36.1), at(35.1, 36.2)])
    corner = Area.polygon([at(35.1, 36.1), at(35.2, 36.1), at(35.2, 36.2)])
    assert meets(west, east)
    assert meets(west, corner)
    assert meets(east, corner)
    one, two = Area.circle(at(0, 0), 1000), Area.circle(at(0, 0.0269494585), 2000)
    assert distance_m(one, two) <= 0.02
    assert meets(one.buffered(distance_m(one, two)), two)


def test_a_polygon_holds_what_is_inside_and_crosses_what_has_no_vertex_inside() -> None:
    outer = Area.circle(at(50, 179.95), 0).buffered(30_000)
    ring = Area.polygon([away(at(50, 179.95), a, 30_000) for a in range(0, 360, 30)])
    inner = Area.polygon([away(at(50, -179.99), a, 2_000) for a in range(0, 360, 60)])
    assert distance_m(ring, inner) == 0.0
    assert meets(outer, inner)
    tall = Area.polygon([at(-1, 9.9), at(-1, 10.1), at(1, 10.1), at(1, 9.9)])
    wide = Area.polygon([at(-0.1, 9), at(-0.1, 11), at(0.1, 11), at(0.1, 9)])
    assert meets(tall, wide)
    hole = Area.corridor([away(at(50, 20), a, 30_000) for a in range(0, 361, 20)][:-1], 100)
    assert not meets(hole, Area.circle(at(50, 20), 10_000))


@given(st.data(), lats, lons, st.sampled_from([20_000.0, 200_000.0]))
@settings(max_examples=40, deadline=None)
def test_many_vertices_give_the_same_distance_as_few(
    data: st.DataObject, lat: float, lon: float, size_m: float
) -> None:
    """Vertices put in along the edges leave the shape as it is, to the rounding of positions."""
    a = data.draw(areas(near=at(lat, lon), size_m=size_m, kinds=("path",)))
    b = data.draw(areas(near=at(lat, lon), size_m=size_m, kinds=("path", "polygon")))
    fine: list[Position] = []
    for p, q in zip(a.vertices, a.vertices[1:], strict=False):
        azimuth, _, metres = GEOD.inv(p.lon_deg, p.lat_deg, q.lon_deg, q.lat_deg)
        fine += [away(p, azimuth, metres * k / 800) for k in range(800)]
    assume(all(x != y for x, y in itertools.pairwise(fine)))
    many = Area.corridor([*fine, a.vertices[-1]], a.reach_m)
    assert distance_m(many, b) == pytest.approx(distance_m(a, b), abs=0.02)
    assert distance_m(many, b) == distance_m(b, many)


def sampled(area: Area) -> list[Position]:
    """Points of the area: on its edges, and on the border of its reach."""
    out: list[Position] = []
    turns = list(area.vertices[1:] + area.vertices[:1])
    if area.kind == "path":
        turns = list(area.vertices[1:])
    for p, q in zip(area.vertices, turns, strict=False):
        azimuth, _, metres = GEOD.inv(p.lon_deg, p.lat_deg, q.lon_deg, q.lat_deg)
        for k in range(9):
            on_edge = away(p, azimuth, metres * k / 8)
            out += [
                away(on_edge, turn, max(0.0, area.reach_m - 0.02)) for turn in range(0, 360, 15)
            ]
            out.append(on_edge)
    return out


def inside(box: Box, p: Position) -> bool:
    lon = p.lon_e7
    return box.lat_min_e7 <= p.lat_e7 <= box.lat_max_e7 and (
        box.lon_min_e7 <= lon <= box.lon_max_e7 or abs(p.lat_deg) == 90
    )


@given(areas())
@settings(max_examples=120, deadline=None)
@example(Area.circle(at(89.9, 0), 12_000))
@example(Area.circle(at(0, 180), 12_000))
@example(Area.polygon([at(85, 0), at(85, 120), at(85, -120)]))
def test_boxes_hold_the_area(area: Area) -> None:
    assume(area.reach_m == 0 or area.reach_m > 0.05)
    boxes = Volume(area, Band.metres(0, 1), Span(0, 1)).boxes()
    assert 1 <= len(boxes) <= 2
    for p in sampled(area):
        assert any(inside(box, p) for box in boxes)


@given(pairs(), st.floats(0, 100_000))
@settings(max_examples=120, deadline=None)
def test_boxes_find_every_pair_that_is_within(pair: tuple[Area, Area], limit: float) -> None:
    a, b = (Volume(area, Band.metres(0, 1), Span(0, 1)) for area in pair)
    assume(within(a.area, b.area, limit))
    assert any(x.meets(y) for x in a.boxes(horizontal_m=limit) for y in b.boxes())
    assert any(x.meets(y) for x in a.boxes() for y in b.boxes(horizontal_m=limit))


def test_boxes_are_tight_and_include_the_bulge_of_edges() -> None:
    area = Area.polygon([at(60, 0), at(60, 10), at(58, 10), at(58, 0)])
    azimuth, _, metres = GEOD.inv(0, 60, 10, 60)
    _, north, _ = GEOD.fwd(0, 60, azimuth, metres / 2)
    assert north > 60.09
    (box,) = Volume(area, Band.metres(10, 20), Span(5, 6)).boxes()
    assert box.lat_max_e7 == pytest.approx(float(north) * 1e7, abs=5)
    assert box.lat_min_e7 == pytest.approx(58e7, abs=5)
    assert -5 <= box.lon_min_e7 <= 0
    assert 10**8 <= box.lon_max_e7 <= 10**8 + 5
    assert (box.floor_cm, box.ceiling_cm, box.start_ms, box.end_ms) == (1000, 2000, 5, 6)
    (wide,) = Volume(area, Band.metres(10, 20), Span(5, 6)).boxes(
        vertical_m=3, before_ms=4, after_ms=5, horizontal_m=1000
    )
    assert (wide.floor_cm, wide.ceiling_cm, wide.start_ms, wide.end_ms) == (700, 2300, 1, 11)
    assert wide.lat_max_e7 - box.lat_max_e7 == pytest.approx(1000 / 111_412 * 1e7, rel=1e-3)


def test_boxes_at_the_antimeridian_are_two_and_at_a_pole_go_all_round() -> None:
    west, east = Volume(Area.circle(at(10, 179.99), 10_000), Band.metres(0, 1), Span(0, 1)).boxes()
    assert west.lon_max_e7 == 1_800_000_000
    assert east.lon_min_e7 == -1_800_000_000
    (cap,) = Volume(Area.circle(at(-89.99, 5), 10_000), Band.metres(0, 1), Span(0, 1)).boxes()
    assert (cap.lon_min_e7, cap.lon_max_e7) == (-1_800_000_000, 1_800_000_000)
    assert cap.lat_min_e7 == -900_000_000
    with pytest.raises(GeometryError):
        Box(1, 0, 0, 0, 0, 0, 0, 0)


@given(areas(), st.sampled_from([0.5, 1.0, 20.0]))
@settings(max_examples=40, deadline=None)
@example(Area.circle(at(90, 0), 20_000), 1.0)
@example(Area.circle(at(10, 180), 50), 1.0)
@example(Area.circle(at(0, 0), 900_000), 1.0)
@example(Area.point(at(0, 0)), 1.0)
@example(Area.corridor([at(60, 0), at(60, 3), at(60.02, 0)], 40_000), 1.0)
@example(Area.corridor([at(60, 0), at(60, 3), at(60.4, 0)], 100), 1.0)
@example(Area.corridor([at(1.8, 0.2), at(-1.1, 1.4), at(-0.7, -1.7)], 20_000), 0.5)
@example(
    Area.corridor(
        [at(0.8976272, 0.109486), at(-1.08841, 1.435024), at(-0.3533529, -0.826914)], 20_000
    ),
    1.0,
)
@example(
    Area.corridor(
        [at(0.8976272, 0.109486), at(-1.0884104, 1.4350244), at(-0.3533529, -0.826914)], 20_000
    ),
    0.5,
)
def test_an_outline_holds_the_area_and_stays_within_the_tolerance(
    area: Area, tolerance: float
) -> None:
    (ring,) = outline(area, tolerance)
    assert len(set(ring)) == len(ring)
    held = Area.polygon(ring) if len(ring) <= 10_000 else None
    assume(held is not None)
    assert held is not None
    border: list[Position] = []
    for p, q in zip(ring, ring[1:] + ring[:1], strict=True):
        azimuth, _, metres = GEOD.inv(p.lon_deg, p.lat_deg, q.lon_deg, q.lat_deg)
        border += [away(p, azimuth, metres * k / 4) for k in range(4)]
    metres = distances_m(
        area, np.array([p.lat_deg for p in border]), np.array([p.lon_deg for p in border])
    )
    assert metres.min() > 0.0
    assert metres.max() <= (2 * tolerance if area.kind == "path" else tolerance)
    assert meets(held, area)


@st.composite
def stars(draw: st.DrawFn) -> Area:
    """Rough polygons of many corners, near each other or far, on their own or with a reach."""
    corners = draw(st.integers(3, 400))
    radius_m = draw(st.sampled_from((1.0, 50.0, 1_000.0, 20_000.0, 150_000.0)))
    rough = draw(st.sampled_from((0.0, 0.3, 0.95)))
    centre = draw(st.sampled_from((at(50, 10), at(0, 179.9999), at(-89.99, 0))))
    jitter = np.random.default_rng(draw(st.integers(0, 9))).random(corners)
    vertices = [
        away(centre, 360.0 * n / corners, radius_m * (1 - rough * float(share)))
        for n, share in enumerate(jitter)
    ]
    try:
        return Area.polygon(vertices).buffered(draw(st.sampled_from((0, 0, 3, 60, 1_000, 30_000))))
    except GeometryError:
        assume(False)
        raise


@given(stars(), st.sampled_from((0.5, 10.0, 100.0, 1_000.0, 5_000.0, 10_000.0)))
def test_an_outline_holds_a_rough_polygon_at_any_tolerance(area: Area, tolerance: float) -> None:
    """Corners nearer to each other than the tolerance are the border's roughness, not its end."""
    assume(tolerance >= area.cap_radius_m / 2_000)
    (ring,) = outline(area, tolerance)
    lats, lons = np.array([p.lat_deg for p in ring]), np.array([p.lon_deg for p in ring])
    azimuths, _, metres = GEOD.inv(lons, lats, np.roll(lons, -1), np.roll(lats, -1))
    parts = np.arange(4) / 4
    blons, blats, _ = GEOD.fwd(
        np.repeat(lons, 4),
        np.repeat(lats, 4),
        np.repeat(azimuths, 4),
        (metres[:, None] * parts).reshape(-1),
    )
    off = distances_m(area, np.asarray(blats), np.asarray(blons))
    assert off.min() > 0.0
    assert off.max() <= tolerance
    held = Area.polygon(ring)
    assert distances_m(held, area.core.lats, area.core.lons).max() == 0.0


def test_an_outline_of_many_corners_and_a_wide_tolerance_is_a_few_points() -> None:
    """1,571 corners 4 m apart, drawn for a map of a continent."""
    area = Area.polygon([away(at(50, 10), 360.0 * n / 1_571, 1_000.0) for n in range(1_571)])
    for tolerance in (5_000.0, 10_000.0):
        (ring,) = outline(area, tolerance)
        assert 8 <= len(ring) <= 100
        held = Area.polygon(ring)
        assert all(held.contains(p) for p in area.vertices[::50])


def test_volumes_meet_only_when_all_three_do() -> None:
    area = Area.circle(at(35, 36), 1000)
    base = Volume(area, Band.metres(0, 100), Span(0, 1000))
    assert base.meets(Volume(area, Band.metres(100, 200), Span(1000, 2000)))
    above = Volume(area, Band.metres(130, 200), Span(0, 1000))
    later = Volume(area, Band.metres(0, 100), Span(1500, 2000))
    beside = Volume(Area.circle(at(35, 36.1), 1000), Band.metres(0, 100), Span(0, 1000))
    for other in (above, later, beside):
        assert not base.meets(other)
        assert base.separation(other) == other.separation(base)
    assert base.separation(above) == Separation(0.0, 30.0, 0)
    assert base.separation(later) == Separation(0.0, 0.0, 500)
    assert base.separation(beside).horizontal_m == pytest.approx(7_128.8, abs=1)
    assert base.within(above, horizontal_m=0, vertical_m=30, time_ms=0)
    assert not base.within(above, horizontal_m=0, vertical_m=29.99, time_ms=0)
    assert base.within(later, horizontal_m=0, vertical_m=0, time_ms=500)
    assert not base.within(later, horizontal_m=0, vertical_m=0, time_ms=499)
    for horizontal, vertical, ms in ((math.nan, 0.0, 0), (0.0, -1.0, 0), (0.0, 0.0, -1)):
        with pytest.raises(GeometryError):
            base.within(base, horizontal_m=horizontal, vertical_m=vertical, time_ms=ms)


def test_a_volume_takes_only_its_own_parts() -> None:
    with pytest.raises(GeometryError, match="band"):
        Volume(Area.point(at(0, 0)), (0, 1), Span(0, 1))  # type: ignore[arg-type]


@given(areas(), st.lists(st.tuples(lats, lons), max_size=12))
@settings(max_examples=60, deadline=None)
def test_many_points_at_once_are_as_far_as_each_alone(
    area: Area, points: list[tuple[float, float]]
) -> None:
    positions = [at(lat, lon) for lat, lon in points] + list(area.vertices)
    metres = distances_m(
        area,
        np.array([p.lat_deg for p in positions]),
        np.array([p.lon_deg for p in positions]),
    )
    for p, got in zip(positions, metres, strict=True):
        want = distance_m(area, Area.point(p))
        if want < 5_000_000:
            assert got == pytest.approx(want, abs=0.001)


@pytest.mark.parametrize("lat", [0.0, 52.0, -89.9])
def test_a_ring_of_many_vertices_measures_like_its_circle(lat: float) -> None:
    """500 vertices on a circle: many points at once, one by one, in, out and on the border."""
    middle = at(lat, 179.99)
    ring = Area.polygon([away(middle, 0.72 * k, 20_000) for k in range(500)])
    points = [away(middle, 13.7 * k, 1_000.0 * k) for k in range(60)] + list(ring.vertices[:9])
    metres = distances_m(
        ring, np.array([p.lat_deg for p in points]), np.array([p.lon_deg for p in points])
    )
    for k, (p, got) in enumerate(zip(points, metres, strict=True)):
        assert got == pytest.approx(distance_m(ring, Area.point(p)), abs=0.001)
        if k < 60:
            assert got == pytest.approx(max(0.0, 1_000.0 * k - 20_000), abs=0.5)
        else:
            assert got == 0.0
    other = Area.polygon([away(away(middle, 70, 52_000), 0.72 * k, 20_000) for k in range(500)])
    assert distance_m(ring, other) == distance_m(other, ring) == pytest.approx(12_000, abs=0.9)
    assert distance_m(ring, Area.circle(away(middle, 70, 900_000), 5)) == pytest.approx(
        879_995, abs=0.5
    )
