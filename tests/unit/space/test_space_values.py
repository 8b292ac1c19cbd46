"""Position, heights, bands and spans: what they hold and what they refuse."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import GeometryError
from parley.space import (
    Band,
    GeoidModel,
    Height,
    HeightAboveGround,
    HeightAboveSeaLevel,
    Position,
    PressureAltitude,
    PressureModel,
    Span,
    TerrainModel,
)

BAD_NUMBERS = [math.nan, math.inf, -math.inf, "1", None, True, 10**400]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_position_is_held_to_a_ten_millionth_degree(lat: float, lon: float) -> None:
    p = Position(lat_deg=lat, lon_deg=lon)
    assert abs(p.lat_deg - lat) <= 0.5e-7 + 1e-12
    assert Position.from_e7(lat_e7=p.lat_e7, lon_e7=p.lon_e7) == p
    assert Position(lat_deg=p.lat_deg, lon_deg=p.lon_deg) == p
    assert -1_800_000_000 <= p.lon_e7 < 1_800_000_000


def test_equal_points_are_equal_values() -> None:
    assert Position(lat_deg=5, lon_deg=180) == Position(lat_deg=5, lon_deg=-180)
    assert Position(lat_deg=90, lon_deg=77) == Position(lat_deg=90, lon_deg=-12)
    assert Position(lat_deg=-90, lon_deg=77).lon_deg == 0
    assert hash(Position(lat_deg=0.0, lon_deg=-0.0)) == hash(Position(lat_deg=0, lon_deg=0))
    assert Position(lat_deg=1, lon_deg=2) == pickle.loads(
        pickle.dumps(Position(lat_deg=1, lon_deg=2))
    )


@pytest.mark.parametrize("bad", [*BAD_NUMBERS, 90.0000001, -91])
def test_a_latitude_off_the_earth_is_refused(bad: Any) -> None:
    with pytest.raises(GeometryError, match="lat_deg") as caught:
        Position(lat_deg=bad, lon_deg=0)
    assert caught.value.where == "lat_deg"
    assert caught.value.right


@pytest.mark.parametrize("bad", [*BAD_NUMBERS, 180.0000001, -360])
def test_a_longitude_off_the_earth_is_refused(bad: Any) -> None:
    with pytest.raises(GeometryError, match="lon_deg"):
        Position(lat_deg=0, lon_deg=bad)


def test_swapped_coordinates_are_suspected_aloud() -> None:
    with pytest.raises(GeometryError) as caught:
        Position(lat_deg=135.9, lon_deg=35.4)
    assert "swapped" in caught.value.right


@pytest.mark.parametrize(("lat", "lon"), [(1.5, 0), (0, "7"), (10**12, 0), (10**400, 1), (True, 0)])
def test_whole_units_are_whole_and_on_the_earth(lat: Any, lon: Any) -> None:
    with pytest.raises(GeometryError):
        Position.from_e7(lat_e7=lat, lon_e7=lon)


def test_heights_are_ordered_whole_centimetres() -> None:
    assert Height.metres(12.345).cm in (1234, 1235)
    assert Height.metres(0.1) == Height(10)
    assert Height(1) < Height(2)
    assert Height(-800_000).m == -8000
    assert Height.metres(100_000).cm == 10_000_000


@pytest.mark.parametrize("cm", [-800_001, 10_000_001, 1.0, True, 10**400])
def test_heights_outside_f3548_or_not_whole_are_refused(cm: Any) -> None:
    with pytest.raises(GeometryError) as caught:
        Height(cm)
    assert "100,000" in caught.value.right or "integer" in caught.value.right


@pytest.mark.parametrize("metres", [-8000.1, 100_000.1, *BAD_NUMBERS])
def test_metres_that_are_no_height_are_refused(metres: Any) -> None:
    with pytest.raises(GeometryError):
        Height.metres(metres)


@pytest.mark.parametrize("kind", [PressureAltitude, HeightAboveGround, HeightAboveSeaLevel])
def test_heights_of_different_kinds_do_not_compare(kind: Any) -> None:
    assert kind(100) != Height(100)
    with pytest.raises(TypeError):
        assert kind(100) < Height(200)
    with pytest.raises(GeometryError, match="ellipsoid"):
        Band(kind(0), Height(5))


def test_a_band_is_closed_and_outward() -> None:
    low, high = Band.metres(0, 100), Band.metres(100, 200)
    assert low.gap_m(high) == high.gap_m(low) == 0.0
    assert low.gap_m(Band.metres(100.01, 200)) == 0.01
    assert Band.metres(0.1, 0.1) == Band(Height(10), Height(10))
    assert Band.metres(0.001, 0.001) == Band(Height(0), Height(1))
    assert Band.metres(0, 100).widened(9_000) == Band.metres(-8_000, 9_100)
    assert Band.metres(0, 99_999).widened(5).ceiling == Height.metres(100_000)


def test_a_floor_above_the_ceiling_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"floor 2.00 m is above ceiling 1.00 m"):
        Band.metres(2, 1)
    with pytest.raises(GeometryError, match="widen"):
        Band.metres(0, 1).widened(-1)
    with pytest.raises(GeometryError):
        Band.metres(math.nan, 1)


def test_sea_level_and_ground_heights_become_bands_of_their_model() -> None:
    assert HeightAboveSeaLevel.metres(100).band(GeoidModel(25.0, 0.5)) == Band.metres(124.5, 125.5)
    assert HeightAboveGround.metres(120).band(TerrainModel(300.0, 340.0)) == Band.metres(420, 460)
    with pytest.raises(GeometryError):
        GeoidModel(0.0, -1.0)
    with pytest.raises(GeometryError):
        TerrainModel(10.0, 9.0)
    with pytest.raises(GeometryError):
        GeoidModel(math.nan, 1.0)


def test_pressure_altitude_follows_the_setting_and_the_temperature() -> None:
    """Standard air: FL100 is 3,048 m; 27 ft (8.2 m) per hPa near the sea."""
    geoid = GeoidModel(20.0, 0.0)
    fl100 = PressureAltitude.metres(3048)
    standard = fl100.band(PressureModel(1013.25, 1013.25, 0.0, geoid))
    assert standard == Band.metres(3068, 3068)
    high = fl100.band(PressureModel(1023.25, 1023.25, 0.0, geoid))
    assert high.floor.m == pytest.approx(3068 + 83, abs=2)
    wide = fl100.band(PressureModel(1013.25, 1023.25, 0.1, geoid))
    assert wide.floor.m < 3068 - 300 < 3068 + 83 + 300 < wide.ceiling.m
    for low, top, error in ((1030, 1000, 0), (0, 1000, 0), (math.nan, 1000, 0), (1000, 1001, 2)):
        with pytest.raises(GeometryError):
            PressureModel(low, top, error, geoid)


def test_a_span_is_closed() -> None:
    assert Span(0, 10).gap_ms(Span(10, 20)) == 0
    assert Span(0, 10).gap_ms(Span(11, 20)) == Span(11, 20).gap_ms(Span(0, 10)) == 1
    assert Span(5, 5).contains(5)
    assert Span(0, 10).contains(0)
    assert Span(0, 10).contains(10)
    assert not Span(0, 10).contains(11)
    assert Span(0, 10).widened(5, 7) == Span(-5, 17)


def test_a_span_that_cannot_be_is_refused() -> None:
    with pytest.raises(GeometryError, match="end 4 ms is before start 5 ms"):
        Span(5, 4)
    for bad in (1.0, True, "1", 10**18, -(10**18), math.nan):
        with pytest.raises(GeometryError):
            Span(bad, 10**18)  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match="negative"):
        Span(0, 1).widened(-1, 0)
