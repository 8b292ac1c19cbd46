"""Rings that hold an area, for formats that know polygons only: outward, never inscribed.

An inscribed polygon gives airspace away that was claimed (a trap of ASTM F3548-21, where a circle
may be written as a polygon). Cutting at the antimeridian is the format's business.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.area import Area
from parley.space.core import Core
from parley.space.geodesy import RHO_M, Floats
from parley.space.measure import nearest_feet
from parley.space.position import Position

LEAST_M = 0.5
ROUNDS = 64
"""How often points may be put in where the ring is too near or too far."""
PIECE = 16
NEAR = 8
"""A reach of so many times the margin is drawn by the chart alone: what the chart stretches, and
what the buffer simplifies (a hundredth of its width), is then below an eighth of the margin."""


def outline(area: Area, tolerance_m: float = 1.0) -> list[tuple[Position, ...]]:
    """Open rings of positions whose geodesic polygons hold the whole area.

    The border leaves the area by at most tolerance_m (0.5 m..10 km), in the notch where a
    corridor comes back to itself by at most twice that: outward always. One ring,
    counter-clockwise seen from above; holes that a looping corridor leaves are filled. A ring may
    cross the antimeridian (neighbours then differ by more than 180 degrees of longitude) or
    hold a pole. Raises GeometryError for another tolerance.
    """
    if not LEAST_M <= tolerance_m <= 10_000:
        raise GeometryError(
            f"tolerance {tolerance_m!r:.40} m cannot be", right=f"{LEAST_M}..10,000 m"
        )
    out_m = tolerance_m / 2
    reach_m = area.reach_cm / 100
    core = area.core
    if area.kind == "point":
        lats, lons = _circle(core, reach_m, out_m)
    else:
        lats, lons = _offset(core, reach_m, out_m)
    return [
        tuple(
            Position(lat_deg=lat, lon_deg=lon)
            for lat, lon in zip(lats.tolist(), lons.tolist(), strict=True)
        )
    ]


def _steps(radius_m: float, sagitta_m: float) -> int:
    """How many chords a full turn of radius_m needs to stay within sagitta_m of it."""
    ratio = min(sagitta_m / radius_m, 0.5)
    return max(8, math.ceil(math.pi / math.acos(1 - ratio)) + 1)


def _circle(core: Core, reach_m: float, out_m: float) -> tuple[Floats, Floats]:
    radius_m = reach_m + out_m
    turn = -np.arange(count := _steps(radius_m, out_m * 0.9)) * (2 * math.pi / count)
    lats, lons, _ = geodesy.direct(core.lats[0], core.lons[0], turn, radius_m)
    return lats, lons


def _offset(core: Core, reach_m: float, out_m: float) -> tuple[Floats, Floats]:
    """Points about reach + out from the core: a chart's buffer; where the reach is long, pulled
    in to exactly that from its feet. If that does not come right, the buffer: further out.

    Of out: a quarter each for the chords of the buffer (made up for by its width) and for
    geodesics that leave theirs, an eighth each for the core's chords and for points left out, a
    sixteenth for bends made straight.
    """
    radius_m = reach_m + out_m
    radius_all = core.cap_m + radius_m
    lats, lons, _, _ = core.dense(out_m / 8)
    xy = geodesy.chart(core.centre.lat_deg, core.centre.lon_deg, lats, lons)
    if core.closed:
        xy = np.concatenate((xy, xy[:1]))
    bent = math.tan(min(radius_all / RHO_M, 1.0)) / RHO_M
    wide = radius_m * geodesy.stretch(radius_all) + out_m / 4
    quarter = math.ceil(_steps(radius_m, out_m / 4) / 4)
    ring = shapely.simplify(_border(_buffered(xy, wide, quarter)), out_m / 16)
    ring = shapely.segmentize(ring, math.sqrt(8 * (out_m / 4) / bent))
    xy = shapely.get_coordinates(ring)[:-1]
    if not shapely.is_ccw(ring):
        xy = xy[::-1]
    centre = core.centre
    lats, lons, _ = geodesy.direct(
        centre.lat_deg, centre.lon_deg, np.arctan2(xy[:, 0], xy[:, 1]), np.hypot(xy[:, 0], xy[:, 1])
    )
    wanted = None if reach_m <= NEAR * out_m else _evened(core, lats, lons, reach_m, out_m)
    return _unfolded(core, *(wanted or (lats, lons)), out_m / 8)


def _border(whole: shapely.Geometry) -> shapely.Geometry:
    """The outer ring of the largest part: what else there is are slivers of rounding."""
    parts = shapely.get_parts(whole)
    return shapely.get_exterior_ring(parts[np.argmax(shapely.area(parts))])


def _buffered(xy: Floats, by_m: float, quarter: int) -> shapely.Geometry:
    """All within by_m of a line. Pieces are quicker than a long line that is much in its own
    way, and their union has no width to simplify by."""
    pieces = [xy[n : n + PIECE + 1] for n in range(0, max(len(xy) - 1, 1), PIECE)]
    lines = [shapely.linestrings(piece) for piece in pieces]
    return shapely.union_all(shapely.buffer(lines, by_m, quad_segs=quarter))


def _evened(
    core: Core, lats: Floats, lons: Floats, reach_m: float, out_m: float
) -> tuple[Floats, Floats] | None:
    """The ring at exactly reach + out, with points put in until it is nowhere too near nor too
    far; None if it never is."""
    radius_m = reach_m + out_m
    lats, lons, _ = _pulled(core, lats, lons, radius_m)
    edges = np.arange(len(lats))
    for _ in range(ROUNDS):
        after = (edges + 1) % len(lats)
        towards, _, metres = geodesy.inverse(lats[edges], lons[edges], lats[after], lons[after])
        blat, blon, _ = geodesy.direct(
            lats[edges][:, None],
            lons[edges][:, None],
            towards[:, None],
            metres[:, None] * np.array([0.25, 0.5, 0.75]),
        )
        blat, blon, was = _pulled(core, blat.reshape(-1), blon.reshape(-1), radius_m)
        off = (was < reach_m + out_m / 4) | (was > reach_m + out_m * 1.7)
        bad = off.reshape(-1, 3).any(axis=1) & (metres > out_m)
        if not bad.any():
            return lats, lons
        where = np.repeat(edges[bad] + 1, 3)
        lats = np.insert(lats, where, blat.reshape(-1, 3)[bad].reshape(-1))
        lons = np.insert(lons, where, blon.reshape(-1, 3)[bad].reshape(-1))
        first = edges[bad] + 3 * np.arange(int(bad.sum()))
        edges = (first[:, None] + np.arange(4)).reshape(-1)
    return None


def _pulled(
    core: Core, lats: Floats, lons: Floats, radius_m: float
) -> tuple[Floats, Floats, Floats]:
    """Points moved to exactly radius_m from the core's edges, and how far they were."""
    was, foot_lat, foot_lon = nearest_feet(core, lats, lons)
    away, _, _ = geodesy.inverse(foot_lat, foot_lon, lats, lons)
    lats, lons, _ = geodesy.direct(foot_lat, foot_lon, away, radius_m)
    return lats, lons, was


def _unfolded(core: Core, lats: Floats, lons: Floats, least_m: float) -> tuple[Floats, Floats]:
    """The ring without folds, which pulled points leave in sharp notches, nor points too close.

    Judged on positions as they will be written, by the outermost of what the ring encloses.
    """
    lat, lon = core.centre.lat_deg, core.centre.lon_deg
    for _ in range(8):
        kept = _apart(geodesy.chart(lat, lon, lats, lons), least_m)
        lats, lons = np.round(lats[kept], 7), np.round(lons[kept], 7)
        polygon = shapely.polygons(geodesy.chart(lat, lon, lats, lons))
        if shapely.is_valid(polygon):
            break
        outer = _border(shapely.make_valid(polygon, method="structure", keep_collapsed=False))
        xy = shapely.get_coordinates(outer)[:-1]
        if not shapely.is_ccw(outer):
            xy = xy[::-1]
        azimuth, away = np.arctan2(xy[:, 0], xy[:, 1]), np.hypot(xy[:, 0], xy[:, 1])
        lats, lons, _ = geodesy.direct(lat, lon, azimuth, away)
    return lats, lons


def _apart(xy: Floats, least_m: float) -> list[int]:
    """The points of a ring that are at least so far from the one kept before them: each that is
    left out is nearer than that to one that is kept."""
    points = xy.tolist()
    kept = [0]
    for n, (x, y) in enumerate(points):
        before = points[kept[-1]]
        if math.hypot(x - before[0], y - before[1]) >= least_m:
            kept.append(n)
    while len(kept) > 3 and math.dist(points[kept[-1]], points[0]) < least_m:
        kept.pop()
    return kept
