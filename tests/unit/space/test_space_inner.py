from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from parley.space import Area, Position, meets, meets_often
from parley.space.inner import ASKED, inner_box, surely_holds


def ring(*corners: tuple[float, float]) -> Area:
    return Area.polygon(Position(lat_deg=lat, lon_deg=lon) for lat, lon in corners)


BOX = ring((34.0, 30.0), (34.0, 38.0), (41.0, 38.0), (41.0, 30.0))
NOTCHED = ring((34, 30), (34, 38), (41, 38), (41, 35), (36, 34), (41, 33), (41, 30))
ROUND_THE_TURN = ring((-2, 178), (-2, -178), (2, -178), (2, 178))


def asked_often(area: Area) -> Area:
    middle = Area.point(area.centre)
    for _ in range(ASKED + 1):
        meets_often(area, middle)
    return area


@given(st.floats(33, 42), st.floats(29, 39), st.floats(0, 60_000), st.sampled_from([BOX, NOTCHED]))
@settings(deadline=None)
def test_what_is_asked_often_is_answered_alike(
    lat: float, lon: float, radius_m: float, large: Area
) -> None:
    circle = Area.circle(Position(lat_deg=lat, lon_deg=lon), radius_m)
    assert meets_often(asked_often(large), circle) == meets(large, circle)


@given(st.floats(33, 42), st.floats(29, 39))
@settings(deadline=None)
def test_what_the_inner_box_holds_the_polygon_holds(lat: float, lon: float) -> None:
    point = Area.point(Position(lat_deg=lat, lon_deg=lon))
    for large in (BOX, NOTCHED):
        if surely_holds(asked_often(large).core, point.core):
            assert large.contains(point.vertices[0])


def test_a_simple_area_is_mostly_its_inner_box() -> None:
    found = inner_box(BOX.core)
    assert found is not None
    south, north, west, east = (value / 1e7 for value in found)
    assert (north - south) * (east - west) > 0.75 * 7 * 8


def test_across_the_antimeridian_there_is_no_inner_box_and_the_answer_is_right() -> None:
    assert inner_box(ROUND_THE_TURN.core) is None
    assert meets_often(asked_often(ROUND_THE_TURN), Area.point(Position(lat_deg=0, lon_deg=179.9)))
