"""Bands of many pressure altitudes at once: the same as one by one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parley.space import GeoidModel, PressureAltitude, PressureModel


@given(
    st.floats(860, 1080),
    st.floats(0, 5),
    st.floats(0, 0.5),
    st.floats(-100, 80),
    st.lists(st.tuples(st.integers(-50_000, 3_000_000), st.integers(0, 50_000)), max_size=8),
)
def test_the_same_as_one_by_one(
    qnh: float, wide: float, error: float, under: float, asked: list[tuple[int, int]]
) -> None:
    model = PressureModel(qnh, qnh + wide, error, GeoidModel(under, 3))
    metres = np.array([m / 100 for m, _ in asked])
    off_by = np.array([off / 100 for _, off in asked])
    floors, ceilings = model.bands_cm(metres, off_by)
    for n, (cm, off) in enumerate(asked):
        low = PressureAltitude(cm - off).band(model).floor.cm
        high = PressureAltitude(cm + off).band(model).ceiling.cm
        assert abs(floors[n] - low) <= 1
        assert abs(ceilings[n] - high) <= 1


def test_unknown_stays_unknown() -> None:
    model = PressureModel(1000, 1013.25, 0.1, GeoidModel(40, 1))
    floors, ceilings = model.bands_cm(np.array([math.nan, 5000.0]), np.array([15.0, math.nan]))
    assert np.isnan(floors).all()
    assert np.isnan(ceilings).all()
