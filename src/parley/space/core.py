"""The exact core of an area: a point, a path or a polygon of geodesic edges, with what is derived.

Vertices are kept in one canonical order, so that neither the start vertex nor the direction of
a ring can change a result by a bit.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.geodesy import FLATTENING, Floats, Ints
from parley.space.position import Position

LIMIT_M = 1_000_000.0
"""Largest radius of an area, its reach included, round its centre."""
PERIMETER_M = 40_000_000.0
JUDGED_M = 0.001
"""Validity of a polygon is judged to this distance."""
FEW = 32
"""Up to so many vertices a loop is quicker than arrays."""
SMALL_M = 50_000.0
"""Up to this radius the bulge of edges is bounded without measuring them."""
COARSE_M = 0.5
"""How far the coarse outline, used for bounds only, may leave the edges in its own chart."""


class Bounds(NamedTuple):
    """South, north, west, east in degrees (longitudes unwrapped: east >= west), and whether the
    core winds round a pole."""

    south: float
    north: float
    west: float
    east: float
    round_pole: bool


class Core:
    """Derived data of a core. Arrays in degrees and metres; edges in vertex order.

    ``trusted``: the vertices passed every check before and come back from our own store; then
    nothing is judged again and what only exact distances need is made when they are asked for.
    """

    def __init__(
        self, vertices: tuple[Position, ...], *, closed: bool, trusted: bool = False
    ) -> None:
        self.closed = closed
        points = _canonical([(p.lat_e7, p.lon_e7) for p in vertices], closed=closed)
        self.key = (len(points), closed, points)
        self.lines: shapely.Geometry | None = None
        self.boxed: dict[float, list[tuple[int, int, int, int]]] = {}
        self.asked = 0
        self.inner: tuple[int, int, int, int] | None = None
        self.cap_m = 0.0
        self.centre = vertices[0]
        if len(points) == 1:
            return
        self.centre = _centre(self.lats.tolist(), self.lons.tolist())
        self._corners, radii = geodesy.polar_chart(
            self.centre.lat_deg, self.centre.lon_deg, self.lats, self.lons
        )
        self.cap_m = float(radii.max())
        if not trusted:
            self._check()

    _corners: Floats = np.zeros((1, 2))

    @cached_property
    def lats(self) -> Floats:
        """Of the vertices, degrees."""
        return np.array([lat for lat, _ in self.key[2]], dtype=np.float64) / 1e7

    @cached_property
    def lons(self) -> Floats:
        """Of the vertices, degrees."""
        return np.array([lon for _, lon in self.key[2]], dtype=np.float64) / 1e7

    @cached_property
    def starts(self) -> Ints:
        """The first vertex of each edge; a point has one edge, of no length."""
        n = len(self.lats)
        return np.arange(n if self.closed else max(n - 1, 1))

    @cached_property
    def ends(self) -> Ints:
        """The last vertex of each edge."""
        return (self.starts + 1) % len(self.lats)

    @cached_property
    def _edges(self) -> tuple[Floats, Floats, Floats]:
        if len(self.lats) == 1:
            return np.zeros(1), np.full(1, math.pi), np.zeros(1)
        return geodesy.inverse(
            self.lats[self.starts],
            self.lons[self.starts],
            self.lats[self.ends],
            self.lons[self.ends],
        )

    @property
    def azimuth(self) -> Floats:
        """At the start of each edge, along it, radians."""
        return self._edges[0]

    @property
    def back(self) -> Floats:
        """At the end of each edge, back along it, radians."""
        return self._edges[1]

    @property
    def length(self) -> Floats:
        """Of each edge, metres."""
        return self._edges[2]

    @cached_property
    def cumulated(self) -> Floats:
        """Metres along the edges up to each vertex, and at last all of them."""
        return np.concatenate(([0.0], np.cumsum(self.length)))

    @cached_property
    def bounds(self) -> Bounds:
        """The core itself in latitude and unwrapped longitude; edges bulge poleward."""
        return _bounds(self)

    def _check(self) -> None:
        check_extent(self.cap_m)
        if len(self.lats) * 2 * self.cap_m > PERIMETER_M:
            self._check_perimeter()
        if self.closed and not self._clearly_simple():
            self._check_simple()

    def _check_perimeter(self) -> None:
        around_m = float(self.length.sum())
        if around_m > PERIMETER_M:
            raise GeometryError(
                f"the edges are {around_m / 1000:,.0f} km long together",
                right=f"at most {PERIMETER_M / 1000:,.0f} km of edges",
            )

    def _clearly_simple(self) -> bool:
        """Whether the straight ring of the corners in the chart is valid by a margin that the
        bulge of the edges cannot use up."""
        bulge = geodesy.sagitta(self.cap_m, 2 * self.cap_m)
        if bulge > 1.0:
            return False
        straight = shapely.polygons(self._corners)
        return bool(
            shapely.is_valid(straight)
            and shapely.minimum_clearance(straight) > 4 * bulge + 2 * JUDGED_M
        )

    def dense(self, within_m: float) -> tuple[Floats, Floats, float, Ints]:
        """Latitudes and longitudes along the edges, the longest step in metres, each step's edge.

        Chords between them leave the edges by at most within_m in the core's own chart.
        """
        if self.cap_m == 0.0:
            return self.lats, self.lons, 0.0, self.starts
        spread = geodesy.stretch(self.cap_m) ** 2 * self.cap_m / (8 * geodesy.B_M**2 * within_m)
        if 2 * self.cap_m * math.sqrt(spread) <= 1.0:
            return self.lats, self.lons, 2 * self.cap_m, self.starts
        count = np.ceil(self.length * math.sqrt(spread)).clip(1).astype(np.intp)
        longest = float((self.length / count).max())
        total = int(count.sum())
        if total == len(count):
            return self.lats, self.lons, longest, self.starts
        edge = np.repeat(np.arange(len(count)), count)
        step = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        lats, lons, _ = geodesy.direct(
            self.lats[self.starts][edge],
            self.lons[self.starts][edge],
            self.azimuth[edge],
            self.length[edge] * step / count[edge],
        )
        if not self.closed:
            lats, lons = np.append(lats, self.lats[-1]), np.append(lons, self.lons[-1])
        return lats, lons, longest, edge

    @cached_property
    def _coarse(self) -> tuple[Floats, Floats, float, Ints]:
        return self.dense(COARSE_M)

    def coarse(self) -> tuple[Floats, Floats, float, Ints]:
        """The edges densified to COARSE_M; made once."""
        return self._coarse

    def in_chart(self, centre: Position) -> shapely.Geometry:
        """The coarse boundary (point, line or ring) in the chart round centre."""
        if centre is self.centre and self.lines is not None:
            return self.lines
        lats, lons, _, _ = self.coarse()
        own = centre is self.centre and lats is self.lats and len(lats) > 1
        xy = self._corners if own else geodesy.chart(centre.lat_deg, centre.lon_deg, lats, lons)
        if len(xy) == 1:
            lines = shapely.points(xy)[0]
        else:
            lines = shapely.linearrings(xy) if self.closed else shapely.linestrings(xy)
        if centre is self.centre:
            if len(xy) > 64:
                shapely.prepare(lines)
            self.lines = lines
        return lines

    def segments(self, middle: Core) -> tuple[Any, Ints]:
        """Coarse chords, one shape each, in the chart of another core, and each one's edge."""
        lats, lons, _, edges = self.coarse()
        xy = geodesy.chart(middle.centre.lat_deg, middle.centre.lon_deg, lats, lons)
        if len(xy) == 1:
            return shapely.points(xy), edges
        pairs = np.stack((xy, np.roll(xy, -1, axis=0)), axis=1)
        return shapely.linestrings(pairs[: len(edges)]), edges

    @cached_property
    def index(self) -> tuple[shapely.STRtree, Ints]:
        """The coarse chords in the core's own chart, searchable, and each one's edge."""
        lines, edges = self.segments(self)
        return shapely.STRtree(lines), edges

    def winds_round(self, lat: float, lon: float) -> bool:
        """Whether a closed core has the point inside (exact off its edges); False for others."""
        if not self.closed:
            return False
        azimuths = geodesy.inverse(lat, lon, self.lats, self.lons)[0]
        if len(azimuths) > FEW:
            return bool(geodesy.winding(azimuths))
        return geodesy.winding_of_few(azimuths.tolist())

    def _check_simple(self) -> None:
        lats, lons, _, _ = self.dense(JUDGED_M)
        xy = geodesy.chart(self.centre.lat_deg, self.centre.lon_deg, lats, lons)
        polygon = shapely.polygons(shapely.linearrings(xy))
        if not shapely.is_valid(polygon):
            raise GeometryError(
                f"the polygon crosses or touches itself{self._place(polygon)}",
                right="a ring whose edges meet only at shared vertices, judged to 1 mm",
            )

    def _place(self, polygon: shapely.Geometry) -> str:
        reason = shapely.is_valid_reason(polygon)
        try:
            x, y = (float(s) for s in reason[reason.index("[") + 1 : reason.index("]")].split()[:2])
        except ValueError:
            return ""
        lat, lon, _ = geodesy.direct(
            self.centre.lat_deg, self.centre.lon_deg, math.atan2(x, y), math.hypot(x, y)
        )
        return f" near {float(lat):.5f} {float(lon):.5f}"


def check_extent(radius_m: float) -> None:
    """Refuse what does not fit into the largest circle, 2,000 km across."""
    if radius_m > LIMIT_M:
        raise GeometryError(
            f"the shape reaches {radius_m / 1000:,.0f} km from its centre",
            right=f"at most {LIMIT_M / 1000:,.0f} km, that is 2,000 km across; divide the shape",
        )


def _canonical(points: list[tuple[int, int]], *, closed: bool) -> list[tuple[int, int]]:
    if not closed:
        return min(points, points[::-1])
    first = points.index(min(points))
    ring = points[first:] + points[:first]
    if ring[-1] < ring[1]:
        ring = ring[:1] + ring[:0:-1]
    return ring


def _centre(lats: list[float], lons: list[float]) -> Position:
    """The middle of the vertices' bounding box in space: the same for every order of vertices."""
    axes: tuple[list[float], list[float], list[float]] = ([], [], [])
    for lat, lon in zip(lats, lons, strict=True):
        phi, lam = math.radians(lat), math.radians(lon)
        axes[0].append(math.cos(phi) * math.cos(lam))
        axes[1].append(math.cos(phi) * math.sin(lam))
        axes[2].append(math.sin(phi))
    x, y, z = ((min(axis) + max(axis)) / 2 for axis in axes)
    if math.hypot(x, y, z) < 0.5:
        raise GeometryError(
            "the shape spans a large part of the Earth",
            right=f"at most {LIMIT_M / 1000:,.0f} km from its centre, that is 2,000 km across",
        )
    return Position(
        lat_deg=math.degrees(math.atan2(z, math.hypot(x, y))),
        lon_deg=math.degrees(math.atan2(y, x)),
    )


def _bounds(core: Core) -> Bounds:
    if core.cap_m == 0.0 and core.key[0] == 1:
        lat, lon = (whole / 1e7 for whole in core.key[2][0])
        return Bounds(lat, lat, lon, lon, False)
    bulge_deg = _small_bulge_deg(core)
    lows, highs = core.lats, core.lats
    if bulge_deg is None:
        bulge_deg = 0.0
        lows, highs = _edge_latitudes(core)
    step = np.degrees(geodesy.wrapped(np.radians(core.lons[core.ends] - core.lons[core.starts])))
    after = core.lons[0] + np.cumsum(step)
    turned = abs(float(after[-1] - core.lons[0])) > 180.0 if core.closed else False
    west = min(float(core.lons[0]), float(after.min()))
    east = max(float(core.lons[0]), float(after.max()))
    return Bounds(float(lows.min()) - bulge_deg, float(highs.max()) + bulge_deg, west, east, turned)


def _small_bulge_deg(core: Core) -> float | None:
    """Upper bound of how far poleward of its ends an edge can go, for a small core off the poles.

    A great circle through ends at a latitude phi rises by at most tan(phi) (L / 2)^2 / 2R; twice
    that covers the ellipsoid and the next order, for L up to 100 km and phi up to 80 degrees.
    """
    highest = max(abs(float(core.lats.min())), abs(float(core.lats.max())))
    if core.cap_m > SMALL_M or highest > 80.0:
        return None
    rise_m = math.tan(math.radians(highest + 0.5)) * core.cap_m**2 / geodesy.B_M
    return math.degrees(rise_m / geodesy.B_M)


def _edge_latitudes(core: Core) -> tuple[Floats, Floats]:
    """Lowest and highest latitude on each edge: its ends, or the vertex of the geodesic."""
    first, last = core.lats[core.starts], core.lats[core.ends]
    lows, highs = np.minimum(first, last), np.maximum(first, last)
    reduced = np.arctan((1 - FLATTENING) * np.tan(np.radians(first)))
    top = np.arccos(np.minimum(np.abs(np.sin(core.azimuth)) * np.cos(reduced), 1.0))
    extreme = np.degrees(np.arctan(np.tan(top) / (1 - FLATTENING)))
    leaves, arrives = np.cos(core.azimuth), np.cos(core.back)
    highs = np.where((leaves > 0) & (arrives > 0), np.maximum(highs, extreme), highs)
    lows = np.where((leaves < 0) & (arrives < 0), np.minimum(lows, -extreme), lows)
    return lows, highs
