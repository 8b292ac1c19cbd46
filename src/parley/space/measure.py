"""Distances between areas: metres on the WGS-84 ellipsoid, symmetric to the last bit, closed.

Right to 1 cm against geodesics for shapes up to 500 km across and 5,000 km apart; areas within
1 mm of each other count as meeting, so touching is never lost to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.area import TOUCH_M, Area
from parley.space.core import COARSE_M, Core
from parley.space.distance import core_distance, core_within
from parley.space.geodesy import B_M, FAR_M, Floats, Ints
from parley.space.indexed import NEAR_M, candidate_edges

BLOCK = 65_536
PORTION = 1_000
MANY = 64
"""Cores of more vertices are asked through an index."""


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
    metres, _, _ = nearest_feet(core, lats, lons)
    if core.closed:
        metres[inside(core, lats, lons, metres)] = 0.0
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


def nearest_feet(core: Core, lats: Floats, lons: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance of each point to the edges, and the nearest point on them (latitude, longitude)."""
    found = (np.full(len(lats), math.inf), np.zeros(len(lats)), np.zeros(len(lats)))
    near = np.zeros(len(lats), dtype=bool)
    if len(core.lats) > MANY and core.cap_m <= NEAR_M:
        centre = core.centre
        away = geodesy.inverse(centre.lat_deg, centre.lon_deg, lats, lons)[2]
        near = away <= NEAR_M
        for some in _portions(np.flatnonzero(near), PORTION):
            points, edges = candidate_edges(core, lats[some], lons[some])
            _pairs(core, lats, lons, some[points], edges, found)
    for some in _portions(np.flatnonzero(~near), max(1, BLOCK // len(core.lats))):
        points, edges = np.divmod(np.arange(len(some) * len(core.starts)), len(core.starts))
        _pairs(core, lats, lons, some[points], edges, found)
    return found


def _portions(indices: Ints, size: int) -> Iterator[Ints]:
    return (indices[first : first + size] for first in range(0, len(indices), size))


def inside(core: Core, lats: Floats, lons: Floats, metres: Floats) -> npt.NDArray[np.bool_]:
    """Which points a polygon holds: by chart where it is sure, else by the azimuths."""
    inside = np.zeros(len(lats), dtype=bool)
    asked = np.flatnonzero(metres <= 2 * core.cap_m)
    if len(core.lats) > MANY:
        centre = core.centre
        xy = geodesy.chart(centre.lat_deg, centre.lon_deg, lats[asked], lons[asked])
        polygon = shapely.polygons(core.in_chart(centre))
        shapely.prepare(polygon)
        inside[asked] = shapely.contains_xy(polygon, xy[:, 0], xy[:, 1])
        asked = asked[metres[asked] <= 4 * COARSE_M]
    for some in _portions(asked, max(1, BLOCK // len(core.lats))):
        towards = geodesy.inverse(
            lats[some][:, None], lons[some][:, None], core.lats[None, :], core.lons[None, :]
        )[0]
        inside[some] = geodesy.winding(towards)
    return inside


def _pairs(
    core: Core,
    lats: Floats,
    lons: Floats,
    points: Ints,
    edges: Ints,
    found: tuple[Floats, Floats, Floats],
) -> None:
    """Bring in the distances of these points to these edges, in place, where they are nearer."""
    starts, ends = core.starts[edges], core.ends[edges]
    plat, plon = lats[points], lons[points]
    _, back, start = geodesy.inverse(plat, plon, core.lats[starts], core.lons[starts])
    _, back_end, end = geodesy.inverse(plat, plon, core.lats[ends], core.lons[ends])
    for metres, vertices in ((start, starts), (end, ends)):
        _take(found, points, metres, core.lats[vertices], core.lons[vertices])
    turn = back - core.azimuth[edges]
    wanted = (np.cos(turn) > 0) & (np.cos(back_end - core.back[edges]) > 0)
    low = np.arcsin(np.minimum(np.abs(np.sin(start / B_M) * np.sin(turn)), 1.0)) * B_M
    far = start > FAR_M
    wanted |= far
    low[far] = 0.0
    wanted &= (core.length[edges] > 0) & (low < found[0][points])
    order = np.flatnonzero(wanted)
    order = order[np.argsort(low[order], kind="stable")]
    _, first = np.unique(points[order], return_index=True)
    best = order[first]
    _refine(core, lats, lons, points[best], edges[best], found)
    rest = np.setdiff1d(order, best)
    rest = rest[low[rest] < found[0][points[rest]]]
    _refine(core, lats, lons, points[rest], edges[rest], found)


def _refine(
    core: Core,
    lats: Floats,
    lons: Floats,
    points: Ints,
    edges: Ints,
    found: tuple[Floats, Floats, Floats],
) -> None:
    """The same for feet between the ends of edges."""
    if not points.size:
        return
    starts, length = core.starts[edges], core.length[edges]
    qlat, qlon, azimuth = core.lats[starts], core.lons[starts], core.azimuth[edges]
    metres, along = geodesy.feet(
        lats[points], lons[points], qlat, qlon, azimuth, length, length / 2
    )
    flat, flon, _ = geodesy.direct(qlat, qlon, azimuth, along)
    _take(found, points, metres, flat, flon)


def _take(
    found: tuple[Floats, Floats, Floats], points: Ints, metres: Floats, lats: Floats, lons: Floats
) -> None:
    """Keep, for each point, the smallest of these distances if it is smaller than before."""
    order = np.argsort(metres, kind="stable")
    which, first = np.unique(points[order], return_index=True)
    best = order[first]
    better = metres[best] < found[0][which]
    which, best = which[better], best[better]
    found[0][which], found[1][which], found[2][which] = metres[best], lats[best], lons[best]
