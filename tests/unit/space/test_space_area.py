"""Areas: what is refused, what is equal, what is inside."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parley.errors import GeometryError
from parley.space import Area, Position, distance_m, distances_m, meets, outline, within


def at(lat: float, lon: float) -> Position:
    return Position(lat_deg=lat, lon_deg=lon)


def ring(*pairs: tuple[float, float]) -> list[Position]:
    return [at(lat, lon) for lat, lon in pairs]


SQUARE = ring((35, 36), (35, 36.1), (35.1, 36.1), (35.1, 36))


def test_a_self_crossing_polygon_is_refused_with_the_place() -> None:
    with pytest.raises(GeometryError, match=r"crosses.* near 35\.05\d+ 36\.0[45]") as caught:
        Area.polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])
    assert "edges meet only at shared vertices" in caught.value.right


def test_a_self_crossing_polygon_is_refused_over_the_antimeridian_and_a_pole() -> None:
    good = ring((-1, 179), (-1, -179), (1, -179), (1, 179))
    Area.polygon(good)
    with pytest.raises(GeometryError, match="crosses"):
        Area.polygon([good[0], good[2], good[1], good[3]])
    polar = ring((88, 0), (88, 90), (88, 180), (88, -90))
    assert Area.polygon(polar).contains(at(90, 0))
    with pytest.raises(GeometryError, match="crosses"):
        Area.polygon([polar[0], polar[2], polar[1], polar[3]])


def test_validity_is_judged_on_geodesics_not_on_chords_in_degrees() -> None:
    """The geodesic between two points at 60 N, 10 degrees apart, runs 0.094 degree north of 60."""
    below, above = at(60.09, 5), at(60.1, 5)
    corners = ring((60, 10), (58, 10), (58, 0), (60, 0))
    Area.polygon([*corners, below])
    Area.polygon([*corners, above])
    assert Area.polygon(corners).contains(below)
    assert not Area.polygon(corners).contains(above)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_vertices_are_refused(count: int) -> None:
    with pytest.raises(GeometryError, match=f"{count} distinct") as caught:
        Area.polygon(SQUARE[:count])
    assert "at least 3" in caught.value.right


def test_two_distinct_vertices_repeated_are_still_too_few() -> None:
    with pytest.raises(GeometryError, match="2 distinct"):
        Area.polygon([SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[1]])


def test_repeated_vertices_are_refused_by_place() -> None:
    with pytest.raises(GeometryError, match="repeated at the end") as closed:
        Area.polygon([*SQUARE, SQUARE[0]])
    assert "open ring" in closed.value.right
    with pytest.raises(GeometryError, match="is repeated") as twice:
        Area.polygon([SQUARE[0], SQUARE[1], SQUARE[1], SQUARE[2]])
    assert twice.value.where == "vertices[2]"
    with pytest.raises(GeometryError, match="stands still"):
        Area.corridor([SQUARE[0], SQUARE[0], SQUARE[1]], 5)


def test_a_polygon_without_inside_is_refused() -> None:
    with pytest.raises(GeometryError, match="crosses or touches itself"):
        Area.polygon(ring((0, 0), (0, 1), (0, 2)))


def test_ten_thousand_vertices_pass_and_one_more_does_not() -> None:
    angles = [2 * math.pi * k / 10_001 for k in range(10_001)]
    many = [at(35 + 0.2 * math.sin(a), 36 + 0.2 * math.cos(a)) for a in angles]
    assert Area.polygon(many[:10_000]).contains(at(35, 36))
    with pytest.raises(GeometryError, match="10,001 vertices") as caught:
        Area.polygon(many)
    assert "10,000" in caught.value.right


def test_shapes_beyond_two_thousand_kilometres_are_refused() -> None:
    makers: list[Callable[[], Area]] = [
        lambda: Area.polygon(ring((0, 0), (0, 30), (30, 15))),
        lambda: Area.polygon(ring((0, 0), (0, 120), (0, -120))),
        lambda: Area.corridor(ring((0, 0), (0, 180)), 10),
        lambda: Area.circle(at(0, 0), 999_999).buffered(10),
    ]
    for make in makers:
        with pytest.raises(GeometryError) as caught:
            make()
        assert "2,000 km across" in caught.value.right


def test_edges_that_are_too_long_together_are_refused() -> None:
    zigzag = ring(*((0 if k % 2 else 10, k / 1000) for k in range(60)))
    with pytest.raises(GeometryError, match="long together"):
        Area.corridor(zigzag, 1)


@pytest.mark.parametrize("radius", [-1, math.nan, math.inf, 1_000_001, "5", None, True])
def test_a_radius_that_cannot_be_is_refused(radius: Any) -> None:
    with pytest.raises(GeometryError, match="radius_m"):
        Area.circle(at(0, 0), radius)
    with pytest.raises(GeometryError, match="half_width_m"):
        Area.corridor(SQUARE, radius)
    with pytest.raises(GeometryError, match="by_m"):
        Area.point(at(0, 0)).buffered(radius)


@pytest.mark.parametrize("reach", [-1, 1.5, True, 10**400, -(10**400)])
def test_a_raw_reach_is_whole_and_not_negative(reach: Any) -> None:
    with pytest.raises(GeometryError):
        Area("point", (at(0, 0),), reach)


def test_a_raw_area_of_unknown_kind_or_content_is_refused() -> None:
    with pytest.raises(GeometryError, match="kind"):
        Area("blob", (at(0, 0),))  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match="not a position"):
        Area("point", ((0, 0),))  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match="point with 2"):
        Area("point", (at(0, 0), at(1, 1)))


def test_areas_are_values() -> None:
    first, again = Area.polygon(SQUARE), Area.polygon(SQUARE)
    assert first == again
    assert hash(first) == hash(again)
    assert first != first.buffered(1)
    assert first.buffered(0) == first
    assert first.buffered(1).buffered(2) == first.buffered(3)
    meets(first, again)
    assert pickle.loads(pickle.dumps(first)) == copy.deepcopy(first) == first
    assert "Core" not in repr(first)


def test_the_border_is_inside_and_a_centimetre_beyond_is_not() -> None:
    circle = Area.circle(at(0, 0), 111_319.49)
    assert circle.contains(at(0, 1))
    assert not circle.contains(at(0, 1.0000001))
    square = Area.polygon(SQUARE)
    for corner in SQUARE:
        assert square.contains(corner)


def test_the_bounding_cap_holds_the_area() -> None:
    area = Area.corridor(SQUARE, 500)
    cap = Area.circle(area.centre, area.cap_radius_m)
    assert all(cap.contains(vertex) for vertex in SQUARE)
    assert area.cap_radius_m > 7_000
    assert Area.circle(SQUARE[0], 10).centre == SQUARE[0]


@pytest.mark.parametrize("limit", [-1, math.nan, math.inf])
def test_a_limit_that_cannot_be_is_refused(limit: float) -> None:
    with pytest.raises(GeometryError, match="limit"):
        within(Area.point(at(0, 0)), Area.point(at(0, 0)), limit)


def test_arrays_that_are_no_points_are_refused() -> None:
    area = Area.polygon(SQUARE)
    for lats, lons in (
        ([91.0], [0.0]),
        ([math.nan], [0.0]),
        ([0.0, 1.0], [0.0]),
        ([[0.0]], [[0.0]]),
        (["x"], [0.0]),
    ):
        with pytest.raises(GeometryError):
            distances_m(area, np.asarray(lats), np.asarray(lons))
    assert distances_m(area, np.zeros(0), np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("tolerance", [0.0, -1, math.nan, 1e6])
def test_an_outline_tolerance_that_cannot_be_is_refused(tolerance: float) -> None:
    with pytest.raises(GeometryError, match="tolerance"):
        outline(Area.polygon(SQUARE), tolerance)


def test_a_point_in_a_notch_of_many_vertices_is_outside() -> None:
    """A comb of 2,000 teeth: inside-ness is exact, whatever the number of vertices."""
    teeth = [at(35 + (0.01 if k % 2 else 0.0), 36 + k * 1e-5) for k in range(4_000)]
    comb = Area.polygon([*teeth, at(34.99, 36.04), at(34.99, 36.0)])
    assert not comb.contains(at(35.009, 36.0002))
    assert comb.contains(at(35.009, 36.00021))
    assert distance_m(comb, Area.point(at(35.02, 36.02))) == pytest.approx(1109.4, abs=1)
