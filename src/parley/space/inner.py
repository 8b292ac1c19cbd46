"""A box of latitude and longitude inside a large polygon, for questions that are asked again.

An agreement's area is asked about every volume: where the box holds it, no geodesic is needed.
"""

from __future__ import annotations

import numpy as np

from parley.space.area import Area
from parley.space.core import Core
from parley.space.measure import inside, meets, nearest_feet

LARGE_M = 50_000.0
ASKED = 64
"""So often a core is asked before its box is made."""
SIDE = 64
"""Points along each side of a box; between two of them the border is farther than their step."""
DEGREE_M = 112_000.0
"""More metres than any degree of latitude or longitude has."""


def meets_often(large: Area, other: Area) -> bool:
    """The same as ``meets``, for a large area that is asked about many others."""
    return surely_holds(large.core, other.core) or meets(large, other)


def surely_holds(core: Core, other: Core) -> bool:
    """Whether the first vertex of ``other`` lies in a box inside ``core``; False says nothing."""
    if core.cap_m < LARGE_M or not core.closed:
        return False
    if core.asked <= ASKED:
        core.asked += 1
        if core.asked > ASKED:
            core.inner = inner_box(core)
    if core.inner is None:
        return False
    south, north, west, east = core.inner
    lat_e7, lon_e7 = other.key[2][0]
    return south <= lat_e7 <= north and west <= lon_e7 <= east


def inner_box(core: Core) -> tuple[int, int, int, int] | None:
    """South, north, west, east in 1e-7 degree of a box that a polygon holds, None if none is
    found: the polygon's own bounds, made smaller until they are inside."""
    south, north, west, east, round_pole = core.bounds
    if round_pole or max(-south, north) > 85 or west < -180 or east > 180:
        return None
    lat, lon = (south + north) / 2, (west + east) / 2
    for share in (0.96, 0.88, 0.76, 0.6, 0.4):
        high, wide = share * (north - south) / 2, share * (east - west) / 2
        if _holds_border(core, lat, lon, high, wide):
            low = np.ceil([(lat - high) * 1e7, (lon - wide) * 1e7]).astype(int).tolist()
            top = np.floor([(lat + high) * 1e7, (lon + wide) * 1e7]).astype(int).tolist()
            return low[0], top[0], low[1], top[1]
    return None


def _holds_border(core: Core, lat: float, lon: float, high: float, wide: float) -> bool:
    """Whether the box's border is inside: each point on it is nearer to one of those asked than
    they are to the polygon's border."""
    along, one = np.linspace(-1.0, 1.0, SIDE + 1), np.ones(SIDE + 1)
    lats = lat + high * np.concatenate((along, along, one, -one))
    lons = lon + wide * np.concatenate((one, -one, along, along))
    step_m = 2 * max(high, wide) / SIDE * DEGREE_M
    metres = nearest_feet(core, lats, lons)[0]
    return bool(metres.min() > step_m and inside(core, lats, lons, metres).all())
