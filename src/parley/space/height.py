"""Heights: four types that cannot be mixed, and the band between two WGS-84 heights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from parley.errors import GeometryError

MIN_CM = -800_000
MAX_CM = 10_000_000
_LIMITS = "-8,000..100,000 m (ASTM F3548-21, Altitude)"


def _cm(value_m: float, name: str) -> float:
    if isinstance(value_m, bool) or not isinstance(value_m, (int, float)):
        raise GeometryError(f"{name} {value_m!r:.40} is not a number", right="metres", where=name)
    if not -1e6 <= value_m <= 1e6:
        raise GeometryError(
            f"{name} {value_m!r:.40} m is no height", right=f"finite, in {_LIMITS}", where=name
        )
    return float(value_m) * 100.0


def _down(cm: float) -> int:
    return math.floor(cm + 1e-6)


def _up(cm: float) -> int:
    return math.ceil(cm - 1e-6)


@dataclass(frozen=True, slots=True, order=True)
class _Level:
    """Whole centimetres; comparable only with its own type."""

    cm: int

    def __post_init__(self) -> None:
        if type(self.cm) is int and MIN_CM <= self.cm <= MAX_CM:
            return
        if isinstance(self.cm, bool) or not isinstance(self.cm, int):
            raise GeometryError(
                f"height {self.cm!r:.40} is not a whole number of centimetres",
                right="an integer; or Height.metres(x)",
                where="cm",
            )
        if not MIN_CM <= self.cm <= MAX_CM:
            raise GeometryError(
                f"height {self.cm / 100 if abs(self.cm) < 10**15 else 'far'} m is out of range",
                right=f"a height in {_LIMITS}",
                where="cm",
            )

    @classmethod
    def metres(cls, x: float) -> Self:
        """The height of x metres, rounded to the nearest centimetre."""
        return cls(round(_cm(x, "metres")))

    @property
    def m(self) -> float:
        """Metres."""
        return self.cm / 100

    def __str__(self) -> str:
        return f"{self.m:.2f} m"


@dataclass(frozen=True, slots=True, order=True)
class Height(_Level):
    """Height above the WGS-84 ellipsoid in whole centimetres, -8,000..100,000 m.

    Ordered among its own kind only. Raises GeometryError when out of range or not an integer.
    """


def _clamped(floor_cm: float, ceiling_cm: float) -> Band:
    return Band(
        Height(min(max(_down(floor_cm), MIN_CM), MAX_CM)),
        Height(min(max(_up(ceiling_cm), MIN_CM), MAX_CM)),
    )


@dataclass(frozen=True, slots=True)
class Band:
    """All heights from floor to ceiling, both included (closed): touching counts as meeting.

    Raises GeometryError when the floor is above the ceiling.
    """

    floor: Height
    ceiling: Height

    def __post_init__(self) -> None:
        floor, ceiling = self.floor, self.ceiling
        if type(floor) is Height and type(ceiling) is Height and floor.cm <= ceiling.cm:
            return
        for name, value in (("floor", self.floor), ("ceiling", self.ceiling)):
            if not isinstance(value, Height):
                raise GeometryError(
                    f"{name} {value!r:.60} is not a height above the ellipsoid",
                    right="a Height; other heights convert with .band(model)",
                    where=name,
                )
        if self.floor > self.ceiling:
            raise GeometryError(
                f"floor {self.floor} is above ceiling {self.ceiling}",
                right="a floor at or below the ceiling",
                where="floor",
            )

    @classmethod
    def metres(cls, floor_m: float, ceiling_m: float) -> Band:
        """The band between two WGS-84 heights in metres, rounded outward to centimetres."""
        floor, ceiling = _cm(floor_m, "floor_m"), _cm(ceiling_m, "ceiling_m")
        return cls(Height(_down(floor)), Height(_up(ceiling)))

    def gap_m(self, other: Band) -> float:
        """Vertical distance in metres, 0.0 when the bands touch or overlap."""
        low = max(self.floor.cm, other.floor.cm)
        high = min(self.ceiling.cm, other.ceiling.cm)
        return max(0, low - high) / 100

    def widened(self, by_m: float) -> Band:
        """Both ends moved outward by by_m >= 0, stopped at -8,000 m and 100,000 m."""
        by = _cm(by_m, "by_m")
        if by < 0:
            raise GeometryError(f"cannot widen by {by_m} m", right="0 or more", where="by_m")
        return _clamped(self.floor.cm - by, self.ceiling.cm + by)


@dataclass(frozen=True, slots=True)
class GeoidModel:
    """What the caller knows of the geoid here: undulation (geoid above ellipsoid) and its error."""

    undulation_m: float
    uncertainty_m: float

    def __post_init__(self) -> None:
        _cm(self.undulation_m, "undulation_m")
        if _cm(self.uncertainty_m, "uncertainty_m") < 0:
            raise GeometryError("uncertainty_m is negative", right="0 or more")


@dataclass(frozen=True, slots=True)
class TerrainModel:
    """Lowest and highest ground under the shape, metres above the WGS-84 ellipsoid."""

    floor_m: float
    ceiling_m: float

    def __post_init__(self) -> None:
        if _cm(self.floor_m, "floor_m") > _cm(self.ceiling_m, "ceiling_m"):
            raise GeometryError(
                f"terrain floor {self.floor_m} m is above its ceiling {self.ceiling_m} m",
                right="the lowest ground first",
            )


@dataclass(frozen=True, slots=True)
class PressureModel:
    """What the caller knows of the air and of the geoid.

    qnh_low_hpa..qnh_high_hpa holds the sea-level setting (850..1085). temperature_error is the
    largest relative error of height from air colder or warmer than the standard one (0.1 is
    about 28 K; 0..0.5). geoid places sea level on the ellipsoid.
    """

    qnh_low_hpa: float
    qnh_high_hpa: float
    temperature_error: float
    geoid: GeoidModel

    def __post_init__(self) -> None:
        if not 850 <= self.qnh_low_hpa <= self.qnh_high_hpa <= 1085:
            raise GeometryError(
                f"QNH {self.qnh_low_hpa}..{self.qnh_high_hpa} hPa cannot be",
                right="850 <= low <= high <= 1085 hPa",
                where="qnh",
            )
        if not 0 <= self.temperature_error <= 0.5:
            raise GeometryError(
                f"temperature_error {self.temperature_error!r} cannot be", right="0..0.5"
            )

    def bands_cm(
        self, pressure_m: npt.NDArray[np.float64], off_by_m: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Floors and ceilings, whole centimetres above the ellipsoid, of many pressure altitudes
        that may each be off by so much: what ``PressureAltitude.band`` says of both ends.

        NaN where either is NaN. Not stopped at the limits of a height.
        """
        settings = [_standard_altitude_m(q) for q in (self.qnh_low_hpa, self.qnh_high_hpa)]
        low, high = pressure_m - off_by_m - max(settings), pressure_m + off_by_m - min(settings)
        under, sure = self.geoid.undulation_m, self.geoid.uncertainty_m
        off_low = np.maximum(np.abs(low), np.abs(low + max(settings) - min(settings)))
        off_high = np.maximum(np.abs(high), np.abs(high + min(settings) - max(settings)))
        floor = low + under - sure - self.temperature_error * off_low
        ceiling = high + under + sure + self.temperature_error * off_high
        return np.floor(floor * 100 + 1e-6), np.ceil(ceiling * 100 - 1e-6)


@dataclass(frozen=True, slots=True, order=True)
class HeightAboveSeaLevel(_Level):
    """Height above the geoid in whole centimetres. Not comparable with Height."""

    def band(self, model: GeoidModel) -> Band:
        """The WGS-84 heights it may mean, rounded outward, stopped at the limits."""
        at = self.cm + model.undulation_m * 100
        return _clamped(at - model.uncertainty_m * 100, at + model.uncertainty_m * 100)


@dataclass(frozen=True, slots=True, order=True)
class HeightAboveGround(_Level):
    """Height above the ground in whole centimetres. Not comparable with Height."""

    def band(self, model: TerrainModel) -> Band:
        """The WGS-84 heights it may mean, rounded outward, stopped at the limits."""
        return _clamped(self.cm + model.floor_m * 100, self.cm + model.ceiling_m * 100)


@dataclass(frozen=True, slots=True, order=True)
class PressureAltitude(_Level):
    """Altimeter reading on 1013.25 hPa in whole centimetres (flight levels). Not a Height."""

    def band(self, model: PressureModel) -> Band:
        """The WGS-84 heights it may mean, rounded outward, stopped at the limits.

        The setting shifts the reading by the standard altitude of the QNH (ICAO Doc 7488,
        troposphere); the temperature error then scales the height above sea level.
        """
        seas = [self.m - _standard_altitude_m(q) for q in (model.qnh_low_hpa, model.qnh_high_hpa)]
        slack = model.temperature_error * max(abs(sea) for sea in seas)
        slack += model.geoid.uncertainty_m
        under = model.geoid.undulation_m
        return _clamped((min(seas) + under - slack) * 100, (max(seas) + under + slack) * 100)


def _standard_altitude_m(pressure_hpa: float) -> float:
    ratio: float = (pressure_hpa / 1013.25) ** 0.1902632
    return 44330.77 * (1.0 - ratio)
