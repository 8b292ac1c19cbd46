"""The picture at one instant, as arrays: what the sweep and every finding read.

All arrays have one element a track, in the order of the ids (code points). Nothing in here is
ever changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]


class Status(IntEnum):
    """LIVE: reported in time. COASTING: late, carried on. LOST: shown, no longer predicted."""

    LIVE = 0
    COASTING = 1
    LOST = 2


@dataclass(frozen=True, slots=True)
class Tracks:
    """n tracks, each where it is believed to be at ``now_ms``.

    lat_deg, lon_deg: WGS-84. radius_m: 95 % circle round it, grown with its age. speed_mps,
    course_deg (true), climb_mps: NaN if unknown. pressure_m: metres on 1013.25 hPa, NaN if
    unknown. height_m: metres above the ellipsoid, NaN if unknown. vertical_m: half of the band
    that each of these may be off by. seen_ms: of its last position. age_s: since then, at least 0.
    status: of ``Status``. owner: the party that answers for it, or "". sensors: how many have
    reported it lately.
    """

    now_ms: int
    ids: tuple[str, ...]
    lat_deg: Floats
    lon_deg: Floats
    radius_m: Floats
    speed_mps: Floats
    course_deg: Floats
    climb_mps: Floats
    pressure_m: Floats
    height_m: Floats
    vertical_m: Floats
    seen_ms: Ints
    age_s: Floats
    status: Bytes
    sensors: Bytes
    on_ground: Bools
    emergency: Bools
    doubted: Bools
    owner: tuple[str, ...]
    label: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)
