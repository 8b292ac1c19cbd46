"""Pictures for tests of the watch, a few flights at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from parley.testing.clock import DAWN_MS
from parley.watch.tracks import Status, Tracks


@dataclass(frozen=True, slots=True)
class Flight:
    """One element of every array of ``Tracks``; NaN for what is not known. age_s: since its
    last report."""

    id: str
    lat_deg: float = 0.0
    lon_deg: float = 0.0
    radius_m: float = 100.0
    speed_mps: float = math.nan
    course_deg: float = math.nan
    climb_mps: float = math.nan
    pressure_m: float = math.nan
    height_m: float = math.nan
    vertical_m: float = 15.0
    age_s: float = 0.0
    status: int = Status.LIVE
    owner: str = ""
    on_ground: bool = False
    label: str = ""


def picture(flights: Iterable[Flight], now_ms: int = DAWN_MS) -> Tracks:
    """The flights at ``now_ms``, in the order of their ids."""
    rows = sorted(flights, key=lambda flight: flight.id)

    def floats(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(row, name) for row in rows], dtype=np.float64)

    none = np.zeros(len(rows), dtype=np.bool_)
    age = floats("age_s")
    return Tracks(
        now_ms=now_ms,
        ids=tuple(row.id for row in rows),
        lat_deg=floats("lat_deg"),
        lon_deg=floats("lon_deg"),
        radius_m=floats("radius_m"),
        speed_mps=floats("speed_mps"),
        course_deg=floats("course_deg"),
        climb_mps=floats("climb_mps"),
        pressure_m=floats("pressure_m"),
        height_m=floats("height_m"),
        vertical_m=floats("vertical_m"),
        seen_ms=np.array([now_ms - round(1000 * a) for a in age.tolist()], dtype=np.int64),
        age_s=age,
        status=np.array([row.status for row in rows], dtype=np.uint8),
        sensors=np.ones(len(rows), dtype=np.uint8),
        on_ground=np.array([row.on_ground for row in rows], dtype=np.bool_),
        emergency=none,
        doubted=none,
        owner=tuple(row.owner for row in rows),
        label=tuple(row.label for row in rows),
    )
