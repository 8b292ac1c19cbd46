"""An area of the ellipsoid: an exact core and a reach.

The area is every point within ``reach_cm`` of the core, the border included. So buffering by s
is exactly adding s to the reach, and two areas meet exactly when their cores are no further apart
than both reaches together: all questions are one question, the geodesic distance of two cores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from parley.errors import GeometryError
from parley.space.core import LIMIT_M, Core, check_extent
from parley.space.distance import core_within
from parley.space.position import Position

MAX_VERTICES = 10_000
TOUCH_M = 0.001
"""Areas this near count as touching: borders are closed, and numbers are not exact."""

Kind = Literal["point", "path", "polygon"]


def _reach_cm(value_m: float, name: str) -> int:
    if isinstance(value_m, bool) or not isinstance(value_m, (int, float)):
        raise GeometryError(f"{name} {value_m!r:.40} is not a number", right="metres", where=name)
    if not 0 <= value_m <= LIMIT_M:
        raise GeometryError(
            f"{name} {value_m!r:.40} m cannot be",
            right=f"a finite number in 0..{LIMIT_M:,.0f} m",
            where=name,
        )
    return math.ceil(value_m * 100 - 1e-6)


@dataclass(frozen=True, slots=True)
class Area:
    """All points within reach_cm centimetres of a core, border included. WGS-84.

    kind "point" has one vertex, "path" two or more, "polygon" three or more as an open ring in
    either direction; edges are geodesics, a polygon's inside is the smaller side. At most 10,000
    vertices and 1,000 km from the centre, reach included; anywhere on Earth, poles and
    antimeridian included. Raises GeometryError for what cannot be: repeated vertices, a
    polygon that crosses or touches itself (judged to 1 mm), fewer than three vertices, too large.
    Equal when written alike: the same ring from another start vertex is another value.
    """

    kind: Kind
    vertices: tuple[Position, ...]
    reach_cm: int = 0
    _core: Core | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if type(self.reach_cm) is not int or not 0 <= self.reach_cm < 10**12:
            raise GeometryError(
                "the reach is not a count of centimetres", right="a whole number, 0 or more"
            )
        if self._core is None:
            _check_vertices(self.kind, self.vertices)
            object.__setattr__(self, "_core", Core(self.vertices, closed=self.kind == "polygon"))
        check_extent(self.core.cap_m + self.reach_cm / 100)

    @classmethod
    def point(cls, p: Position) -> Area:
        """One point."""
        return cls("point", (p,))

    @classmethod
    def circle(cls, centre: Position, radius_m: float) -> Area:
        """All points within radius_m (0..1,000 km, rounded up to 1 cm) of the centre."""
        return cls("point", (centre,), _reach_cm(radius_m, "radius_m"))

    @classmethod
    def polygon(cls, vertices: Iterable[Position]) -> Area:
        """The inside of an open ring (the first vertex is not repeated) of geodesic edges."""
        return cls("polygon", tuple(vertices))

    @classmethod
    def corridor(cls, points: Iterable[Position], half_width_m: float) -> Area:
        """All points within half_width_m (rounded up to 1 cm) of a path of geodesic legs.

        The path may cross itself; a leg may not have zero length.
        """
        return cls("path", tuple(points), _reach_cm(half_width_m, "half_width_m"))

    @classmethod
    def stored(cls, kind: Kind, vertices: tuple[Position, ...], reach_cm: int) -> Area:
        """An area that passed every check before, back from our own store: not judged again."""
        core = Core(vertices, closed=kind == "polygon", trusted=True)
        return cls(kind, vertices, reach_cm, _core=core)

    def buffered(self, by_m: float) -> Area:
        """All points within by_m >= 0 of this area: exact, by adding to the reach."""
        by_cm = _reach_cm(by_m, "by_m")
        return Area(self.kind, self.vertices, self.reach_cm + by_cm, _core=self.core)

    @property
    def core(self) -> Core:
        """Derived data of the core; for the rooms of space only."""
        if self._core is None:
            raise GeometryError("an area without a core")
        return self._core

    @property
    def reach_m(self) -> float:
        """The reach in metres."""
        return self.reach_cm / 100

    @property
    def centre(self) -> Position:
        """The middle of the bounding cap; the centre of a circle."""
        return self.core.centre

    @property
    def cap_radius_m(self) -> float:
        """A geodesic circle of this radius round the centre holds the whole area."""
        return self.core.cap_m + self.reach_cm / 100

    def contains(self, position: Position) -> bool:
        """Whether the point is inside or within 1 mm of the border."""
        return core_within(
            Core((position,), closed=False), self.core, self.reach_cm / 100 + TOUCH_M
        )


def _check_vertices(kind: str, vertices: tuple[Position, ...]) -> None:
    least = {"point": 1, "path": 2, "polygon": 3}.get(kind)
    if least is None:
        raise GeometryError(f"kind {kind!r:.40} is unknown", right="point, path or polygon")
    count = len(vertices)
    if count > MAX_VERTICES:
        raise GeometryError(
            f"{count:,} vertices are too many", right=f"at most {MAX_VERTICES:,}", where="vertices"
        )
    for index, vertex in enumerate(vertices):
        if not isinstance(vertex, Position):
            raise GeometryError(
                f"{vertex!r:.60} is not a position", right="a Position", where=f"vertices[{index}]"
            )
    distinct = len(set(vertices))
    if distinct < least or (kind == "point" and count != 1):
        raise GeometryError(
            f"a {kind} with {distinct} distinct vertices cannot be",
            right="exactly 1" if kind == "point" else f"at least {least} distinct vertices",
            where="vertices",
        )
    if kind == "polygon" and distinct < count:
        _refuse_repeated(vertices)
    if kind == "path":
        for index in range(1, count):
            if vertices[index] == vertices[index - 1]:
                raise GeometryError(
                    f"the path stands still at {vertices[index]}",
                    right="neighbouring points that differ by at least 1e-7 degree",
                    where=f"vertices[{index}]",
                )


def _refuse_repeated(vertices: tuple[Position, ...]) -> None:
    if vertices[0] == vertices[-1]:
        raise GeometryError(
            f"the first vertex {vertices[0]} is repeated at the end",
            right="an open ring: leave the closing vertex out",
            where=f"vertices[{len(vertices) - 1}]",
        )
    seen: set[Position] = set()
    for index, vertex in enumerate(vertices):
        if vertex in seen:
            raise GeometryError(
                f"vertex {vertex} is repeated",
                right="each vertex once; the ring may not touch itself",
                where=f"vertices[{index}]",
            )
        seen.add(vertex)
