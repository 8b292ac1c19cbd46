"""Areas as a NOTAM can say them: whole seconds of arc and hundredths of a nautical mile.

What is drawn holds the whole area, edges taken as geodesics, and is checked to do so; it is never
a rounding to the nearest, which would give airspace away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from parley.errors import GeometryError
from parley.space import Area, Position, distance_m, meets, outline

M_PER_NM = 1852.0
_TURN_S = 1_296_000
_PAD_M = 25.0
"""More than rounding to whole seconds moves a point: half a second each way is below 22 m."""
_STEPS_M = (60.0, 120.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0)
_SIDES = 16
Second = tuple[int, int]
"""Latitude and longitude in whole seconds of arc."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape in whole seconds. kind: "circle", "corridor" or "polygon"; size_m: the radius or
    half width that it needs at least."""

    kind: str
    points: tuple[Second, ...]
    size_m: float = 0.0

    @property
    def size_nm100(self) -> int:
        """The size in hundredths of a nautical mile, rounded up."""
        return math.ceil((self.size_m + 0.01) / M_PER_NM * 100)

    def area(self) -> Area:
        """The shape as whoever reads the text has it."""
        points = [position_of(point) for point in self.points]
        size_m = self.size_nm100 / 100 * M_PER_NM
        if self.kind == "circle":
            return Area.circle(points[0], size_m)
        if self.kind == "corridor":
            return Area.corridor(points, size_m)
        return Area.polygon(points)

    def text(self) -> str:
        """Its words in item E); spaces inside a position are no place to break the line."""
        listed = [text_of(point) for point in self.points]
        size = f"{self.size_nm100 / 100:g}NM"
        if self.kind == "circle":
            return f"WI {size} RADIUS OF {listed[0]}"
        if self.kind == "corridor":
            return f"WI {size} EITHER SIDE OF LINE {' - '.join(listed)}"
        return f"WI AREA {' - '.join((*listed, listed[0]))}"


def drawn(area: Area, max_points: int = 40) -> Drawn:
    """The shape that holds the area, a polygon with at most ``max_points`` where that can be."""
    if area.kind == "polygon":
        return _polygon(area, max_points)
    points = _without_repeats([_nearest(p) for p in area.vertices])
    if len(points) > max_points and (around := _around(area, max_points)) is not None:
        return around
    off_m = max(_apart(position_of(_nearest(p)), p) for p in area.vertices)
    if len(points) == 1:
        centre = position_of(points[0])
        away_m = max(_apart(centre, p) for p in area.vertices)
        return Drawn("circle", tuple(points), away_m + area.reach_m)
    slack_m = off_m * 1.1 + 0.5 if off_m else 0.0
    return Drawn("corridor", tuple(points), slack_m + area.reach_m)


def circle_round(areas: Sequence[Area]) -> tuple[Second, int]:
    """A centre in whole minutes and a radius in whole NM that hold all these areas."""
    first = areas[0].centre
    if len(areas) > 1:
        first = _middle([area.centre for area in areas])
    centre = (round(first.lat_deg * 60) * 60, _wrapped(round(first.lon_deg * 60) * 60))
    at = position_of(centre)
    reach_m = max(_apart(at, area.centre) + area.cap_radius_m for area in areas)
    return centre, max(1, math.ceil(reach_m / M_PER_NM))


def position_of(point: Second) -> Position:
    return Position(lat_deg=point[0] / 3600, lon_deg=point[1] / 3600)


def text_of(point: Second) -> str:
    """``353112N 0354800E``."""
    lat, lon = abs(point[0]), abs(point[1])
    north, east = "N" if point[0] >= 0 else "S", "E" if point[1] >= 0 else "W"
    return (
        f"{lat // 3600:02d}{lat // 60 % 60:02d}{lat % 60:02d}{north}"
        f"\x00{lon // 3600:03d}{lon // 60 % 60:02d}{lon % 60:02d}{east}"
    )


def minutes_text(point: Second) -> str:
    """``3531N03548E``, as the Q) line has it."""
    lat, lon = abs(point[0]) // 60, abs(point[1]) // 60
    north, east = "N" if point[0] >= 0 else "S", "E" if point[1] >= 0 else "W"
    return f"{lat // 60:02d}{lat % 60:02d}{north}{lon // 60:03d}{lon % 60:02d}{east}"


def _polygon(area: Area, max_points: int) -> Drawn:
    if not area.reach_cm and len(area.vertices) <= max_points:
        same = [_nearest(p) for p in area.vertices]
        if [position_of(point) for point in same] == list(area.vertices):
            return Drawn("polygon", tuple(same))
        spread = _without_repeats([_outward(p, area.centre) for p in area.vertices])
        if _holds(spread, area):
            return Drawn("polygon", tuple(spread))
    best: list[Second] = []
    for tolerance_m in _STEPS_M:
        (ring,) = outline(area.buffered(_PAD_M), tolerance_m)
        points = _without_repeats([_nearest(p) for p in ring])
        if (best and len(points) >= len(best)) or not _holds(points, area):
            continue
        best = points
        if len(points) <= max_points:
            break
    if len(best) > max_points or not best:
        around = _around(area, max_points)
        if around is not None:
            return around
    if best:
        return Drawn("polygon", tuple(best))
    centre = _nearest(area.centre)
    off_m = _apart(position_of(centre), area.centre)
    return Drawn("circle", (centre,), off_m + area.cap_radius_m)


def _around(area: Area, max_points: int) -> Drawn | None:
    """A convex polygon of few corners that holds the area: the lines that touch it from outside in
    evenly spaced directions. None where a plane does not do (near a pole)."""
    (ring,) = outline(area, _STEPS_M[3])
    centre = area.centre
    shrink = math.cos(math.radians(centre.lat_deg))
    if shrink < 0.05:
        return None
    xy = [
        (
            ((p.lon_deg - centre.lon_deg + 180) % 360 - 180) * 3600 * shrink,
            (p.lat_deg - centre.lat_deg) * 3600,
        )
        for p in ring
    ]
    count = max(4, min(max_points, _SIDES))
    turn = 2 * math.pi / count
    units = [(math.cos(turn * n), math.sin(turn * n)) for n in range(count)]
    touching = [max(x * ux + y * uy for x, y in xy) for ux, uy in units]
    margin = 1.0
    for _ in range(10):
        points = []
        for n, (ux, uy) in enumerate(units):
            h, k = touching[n] + margin, touching[(n + 1) % count] + margin
            vx, vy = units[(n + 1) % count]
            x, y = (h * vy - k * uy) / math.sin(turn), (k * ux - h * vx) / math.sin(turn)
            lat_s = max(-324_000, min(324_000, round(centre.lat_deg * 3600 + y)))
            points.append((lat_s, _wrapped(round(centre.lon_deg * 3600 + x / shrink))))
        points = _without_repeats(points)
        if _holds(points, area):
            return Drawn("polygon", tuple(points))
        margin *= 2.5
    return None


def _holds(ring: Sequence[Second], area: Area) -> bool:
    """Whether the polygon holds the whole area: its border is nowhere in it, a vertex inside."""
    positions = [position_of(point) for point in ring]
    try:
        polygon = Area.polygon(positions)
        border = Area.corridor([*positions, positions[0]], 0.0)
    except (GeometryError, IndexError):
        return False
    return polygon.contains(area.vertices[0]) and not meets(border, area)


def _nearest(p: Position) -> Second:
    return round(p.lat_deg * 3600), _wrapped(round(p.lon_deg * 3600))


def _outward(p: Position, centre: Position) -> Second:
    """The corner of its square second that is farther from the centre."""
    lat, lon = p.lat_deg * 3600, p.lon_deg * 3600
    east = (p.lon_deg - centre.lon_deg + 180) % 360 - 180 >= 0
    up = math.floor(lat) + 1 if p.lat_deg >= centre.lat_deg else math.ceil(lat) - 1
    right = math.floor(lon) + 1 if east else math.ceil(lon) - 1
    return max(-324_000, min(324_000, up)), _wrapped(right)


def _wrapped(lon_s: int) -> int:
    return (lon_s + _TURN_S // 2) % _TURN_S - _TURN_S // 2


def _without_repeats(points: Sequence[Second]) -> list[Second]:
    kept = [points[0], *(b for a, b in pairwise(points) if a != b)]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def _apart(a: Position, b: Position) -> float:
    return distance_m(Area.point(a), Area.point(b))


def _middle(positions: Sequence[Position]) -> Position:
    xyz = [0.0, 0.0, 0.0]
    for p in positions:
        lat, lon = math.radians(p.lat_deg), math.radians(p.lon_deg)
        xyz[0] += math.cos(lat) * math.cos(lon)
        xyz[1] += math.cos(lat) * math.sin(lon)
        xyz[2] += math.sin(lat)
    flat = math.hypot(xyz[0], xyz[1])
    lat_deg, lon_deg = math.degrees(math.atan2(xyz[2], flat)), math.degrees(math.atan2(*xyz[1::-1]))
    return Position(lat_deg=lat_deg, lon_deg=lon_deg)
