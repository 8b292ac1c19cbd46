"""Distances between areas: metres on the WGS-84 ellipsoid, symmetric to the last bit, closed.

Right to 1 cm against geodesics for shapes up to 500 km across and 5,000 km apart; areas within
1 mm of each other count as meeting, so touching is never lost to rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.area import TOUCH_M, Area
from parley.space.core import Core
from parley.space.distance import core_distance, core_within
from parley.space.geodesy import B_M, FAR_M, Floats, Ints

BLOCK = 65_536


def distance_m(a: Area, b: Area) -> float:
    """Shortest geodesic distance between two areas in metres; 0.0 when they meet."""
    reach_m = (a.reach_cm + b.reach_cm) / 100
    metres = core_distance(a.core, b.core)
    return 0.0 if metres <= reach_m + TOUCH_M else metres - reach_m


def within(a: Area, b: Area, limit_m: float) -> bool:
    """Whether two areas are at most limit_m >= 0 apart (closed, to 1 mm).

    Decided by bounding caps, then in one chart with a proven error, exactly only when that is
    not enough. Raises GeometryError for a limit that is negative or not finite.
    """
    if not 0 <= limit_m <= 2.1e7:
        raise GeometryError(
            f"limit {limit_m!r:.40} m cannot be",
            right="a finite number, 0 or more",
            where="limit_m",
        )
    return core_within(a.core, b.core, (a.reach_cm + b.reach_cm) / 100 + TOUCH_M + limit_m)


def meets(a: Area, b: Area) -> bool:
    """Whether two areas share a point; touching counts. The same as distance_m(a, b) == 0."""
    return within(a, b, 0.0)


def distances_m(area: Area, lats_deg: Floats, lons_deg: Floats) -> Floats:
    """Distance in metres from each point to the area, 0.0 inside or on the border; shape (n,).

    lats_deg in [-90, 90], lons_deg in [-180, 180], both of shape (n,). Raises GeometryError for
    other shapes or values.
    """
    lats, lons = _checked(lats_deg, "lats_deg", 90), _checked(lons_deg, "lons_deg", 180)
    if lats.shape != lons.shape:
        raise GeometryError(
            f"{lats.size} latitudes and {lons.size} longitudes", right="as many of each"
        )
    core = area.core
    block = max(1, BLOCK // len(core.lats))
    parts = [
        _block_m(core, lats[first : first + block], lons[first : first + block])
        for first in range(0, len(lats), block)
    ]
    metres = np.concatenate(parts) if parts else np.zeros(0)
    reach_m = area.reach_cm / 100
    return np.where(metres <= reach_m + TOUCH_M, 0.0, metres - reach_m)


def _checked(values: Any, name: str, limit: int) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise GeometryError(f"{name} is no array of numbers", right="floats", where=name) from None
    if array.ndim != 1 or not bool((np.abs(array) <= limit).all()):
        raise GeometryError(
            f"{name} has another shape or a value outside -{limit}..{limit}",
            right="one dimension, finite degrees",
            where=name,
        )
    return array


def _block_m(core: Core, lats: Floats, lons: Floats) -> Floats:
    """Distances of some points to a core, 0.0 inside a polygon."""
    metres, _, _, towards = nearest_feet(core, lats, lons)
    if core.closed:
        inside = geodesy.winding(towards) & (metres < 2 * core.cap_m)
        metres[inside] = 0.0
    return metres


def nearest_feet(core: Core, lats: Floats, lons: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Distance of each point to the edges, the nearest point on them (latitude, longitude).

    All vertices are held against all points; last come the azimuths, points by vertices.
    """
    towards, back, metres = geodesy.inverse(
        lats[:, None], lons[:, None], core.lats[None, :], core.lons[None, :]
    )
    vertex = metres.argmin(axis=1)
    nearest: Floats = metres.min(axis=1)
    found = (nearest, core.lats[vertex], core.lons[vertex], towards)
    if len(core.lats) == 1:
        return found
    start = metres[:, core.starts]
    turn = back[:, core.starts] - core.azimuth
    wanted = (np.cos(turn) > 0) & (np.cos(back[:, core.ends] - core.back) > 0)
    low = np.arcsin(np.minimum(np.abs(np.sin(start / B_M) * np.sin(turn)), 1.0)) * B_M
    far = start > FAR_M
    wanted |= far
    low[far] = 0.0
    wanted &= low < nearest[:, None]
    points, edges = np.nonzero(wanted)
    order = np.argsort(low[points, edges], kind="stable")
    points, edges = points[order], edges[order]
    _, best = np.unique(points, return_index=True)
    rest = np.ones(len(points), dtype=bool)
    rest[best] = False
    _refine(core, lats, lons, points[best], edges[best], found)
    rest &= low[points, edges] < nearest[points]
    _refine(core, lats, lons, points[rest], edges[rest], found)
    return found


def _refine(
    core: Core,
    lats: Floats,
    lons: Floats,
    points: Ints,
    edges: Ints,
    found: tuple[Floats, Floats, Floats, Floats],
) -> None:
    """Bring in the exact feet of these points on these edges, in place, where they are nearer."""
    if not points.size:
        return
    starts = core.starts[edges]
    qlat, qlon, azimuth = core.lats[starts], core.lons[starts], core.azimuth[edges]
    metres, along = geodesy.feet(
        lats[points], lons[points], qlat, qlon, azimuth, core.length[edges], core.length[edges] / 2
    )
    order = np.argsort(metres, kind="stable")
    _, first = np.unique(points[order], return_index=True)
    best = order[first]
    best = best[metres[best] < found[0][points[best]]]
    if not best.size:
        return
    which = points[best]
    flat, flon, _ = geodesy.direct(qlat[best], qlon[best], azimuth[best], along[best])
    found[0][which], found[1][which], found[2][which] = metres[best], flat, flon
