"""Positions that a person typed, as shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.testing.agreements import small_agreement
from parley.wire.positions import shapes_from_text

AGREEMENT = small_agreement()
TENTHS = st.integers(-1_799, 1_799).map(lambda tenths: tenths / 10)


def ring(text: str) -> list[list[float]]:
    (feature,) = shapes_from_text(text, AGREEMENT, None, [])
    (found,) = feature["geometry"]["coordinates"]
    return list(found)


def test_an_area_is_closed_at_the_very_corner_it_began_with() -> None:
    found = ring("40.1N 20.1E; 40.3N 20.4E; 40.0N 20.5E")
    assert found == [[20.1, 40.1], [20.4, 40.3], [20.5, 40.0], [20.1, 40.1]]


@given(lons=st.lists(TENTHS, min_size=3, max_size=5, unique=True))
def test_a_ring_is_closed_wherever_it_lies(lons: list[float]) -> None:
    text = "; ".join(
        f"{40 + n}N {abs(lon)}{'E' if lon >= 0 else 'W'}" for n, lon in enumerate(lons)
    )
    found = ring(text)
    assert found[0][1] == found[-1][1]
    turns = (found[-1][0] - found[0][0]) / 360.0
    assert turns == pytest.approx(round(turns))


@pytest.mark.parametrize("text", ["40N 179.5E; 41N 179.5W; 42N 179E"])
def test_an_area_across_the_antimeridian_goes_the_short_way(text: str) -> None:
    longitudes = [lon for lon, _ in ring(text)]
    assert max(longitudes) - min(longitudes) < 2
