"""Where a bearing and a distance lead, against geodesics that are known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import GeometryError
from parley.space import Area, Position, destination, distance_m

ZAGREB = Position(lat_deg=45.9, lon_deg=16.3)


def test_a_quarter_of_a_meridian_leads_to_the_pole() -> None:
    """10,001,965.729 m: the quarter meridian of WGS-84."""
    equator = Position(lat_deg=0, lon_deg=30)
    end = destination(equator, bearing_deg=0, distance_m=10_001_965.729)
    assert end.lat_deg == pytest.approx(90, abs=1e-7)


def test_along_the_equator_a_degree_is_111_km() -> None:
    end = destination(Position(lat_deg=0, lon_deg=179.5), bearing_deg=90, distance_m=111_319.4908)
    assert (end.lat_deg, end.lon_deg) == pytest.approx((0, -179.5), abs=1e-6)


@given(st.floats(-720, 720), st.floats(1, 400_000))
def test_the_way_back_is_as_long(bearing: float, metres: float) -> None:
    end = destination(ZAGREB, bearing_deg=bearing, distance_m=metres)
    there = distance_m(Area.point(ZAGREB), Area.point(end))
    assert there == pytest.approx(metres, abs=0.03)


@pytest.mark.parametrize(
    ("bearing", "metres"), [(math.nan, 1), (math.inf, 1), (0, -1), (0, 2.1e7), (0, math.nan)]
)
def test_what_cannot_be_is_refused(bearing: float, metres: float) -> None:
    with pytest.raises(GeometryError):
        destination(ZAGREB, bearing_deg=bearing, distance_m=metres)
