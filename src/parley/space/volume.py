"""A volume: an area, a band of heights and a span of time, all closed."""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import GeometryError
from parley.space import measure
from parley.space.area import Area
from parley.space.box import Box, bounds_e7
from parley.space.height import Band
from parley.space.span import Span


@dataclass(frozen=True, slots=True)
class Separation:
    """How far two volumes are apart in each direction; 0 where they touch or overlap."""

    horizontal_m: float
    vertical_m: float
    time_ms: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Every point of the area at every height of the band at every instant of the span."""

    area: Area
    band: Band
    span: Span

    def __post_init__(self) -> None:
        if type(self.area) is Area and type(self.band) is Band and type(self.span) is Span:
            return
        for name, value, kind in (
            ("area", self.area, Area),
            ("band", self.band, Band),
            ("span", self.span, Span),
        ):
            if not isinstance(value, kind):
                raise GeometryError(
                    f"{name} {value!r:.60} is not of its type", right=kind.__name__, where=name
                )

    def boxes(
        self,
        *,
        horizontal_m: float = 0.0,
        before_ms: int = 0,
        after_ms: int = 0,
        vertical_m: float = 0.0,
    ) -> tuple[Box, ...]:
        """One box, or two at the antimeridian, that hold the volume widened by so much.

        When two volumes are within (horizontal_m, vertical_m, time_ms), some box of one, widened
        by these on one side only, meets some plain box of the other.
        """
        band = self.band.widened(vertical_m) if vertical_m else self.band
        span = self.span.widened(before_ms, after_ms) if before_ms or after_ms else self.span
        return tuple(
            Box(*bounds, band.floor.cm, band.ceiling.cm, span.start_ms, span.end_ms)
            for bounds in bounds_e7(self.area, horizontal_m)
        )

    def meets(self, other: Volume) -> bool:
        """Whether the volumes share a point at some instant; touching counts."""
        return self.within(other, horizontal_m=0.0, vertical_m=0.0, time_ms=0)

    def within(
        self, other: Volume, *, horizontal_m: float, vertical_m: float, time_ms: int
    ) -> bool:
        """Whether the volumes are at most so far apart in every direction at once (closed).

        Raises GeometryError for limits that are negative or not finite.
        """
        if not 0 <= vertical_m < 1e9 or not 0 <= time_ms < 1 << 62:
            raise GeometryError(
                f"limits {vertical_m!r:.40} m, {time_ms!r:.40} ms cannot be",
                right="finite, 0 or more",
            )
        return (
            self.span.gap_ms(other.span) <= time_ms
            and self.band.gap_m(other.band) <= vertical_m
            and measure.within(self.area, other.area, horizontal_m)
        )

    def separation(self, other: Volume) -> Separation:
        """The distances between two volumes in each direction; symmetric to the last bit."""
        return Separation(
            measure.distance_m(self.area, other.area),
            self.band.gap_m(other.band),
            self.span.gap_ms(other.span),
        )
