"""Heights of other formats - above sea level, above ground, on a pressure - to heights above the
ellipsoid and back: what has to be assumed for it, always outward, always said in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from parley.errors import FormatError, InputError
from parley.rules.statements import Draft
from parley.space import (
    Band,
    GeoidModel,
    HeightAboveGround,
    HeightAboveSeaLevel,
    PressureAltitude,
    PressureModel,
    TerrainModel,
)
from parley.wire.units import M_PER_FOOT

WORLD_GEOID = GeoidModel(-10.0, 98.0)
"""Sea level against the ellipsoid anywhere on Earth: EGM2008 has it from -106.9 m to 85.9 m."""
LOWEST_GROUND_M = -550.0
"""Below all dry land: the shore of the Dead Sea is 440 m below the sea, the geoid 108 m at most."""
HIGHEST_M = 100_000.0
LIKELY_QNH_HPA = (940.0, 1060.0)
LIKELY_TEMPERATURE_ERROR = 0.15
_NO_GEOID = GeoidModel(0.0, 0.0)


class Reference(StrEnum):
    """What a height of another format is measured from."""

    SURFACE = "SFC"
    GROUND = "AGL"
    SEA = "AMSL"
    PRESSURE = "FL"
    UNLIMITED = "UNL"


@dataclass(frozen=True, slots=True)
class Level:
    """A height as another format gives it, in metres from its reference (0 for SFC and UNL)."""

    reference: Reference
    metres: float = 0.0

    def __str__(self) -> str:
        if self.reference in (Reference.SURFACE, Reference.UNLIMITED):
            return self.reference.value
        if self.reference is Reference.PRESSURE:
            return f"FL{round(self.metres / M_PER_FOOT / 100):03d}"
        return f"{self.metres:.0f} m {self.reference.value}"


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is known here of sea level, air and ground. pressure, terrain: None if nothing is."""

    geoid: GeoidModel = WORLD_GEOID
    pressure: PressureModel | None = None
    terrain: TerrainModel | None = None

    def geoid_words(self) -> str:
        """ "geoid undulation -108 m to 88 m (anywhere on Earth)"."""
        low, high = self.geoid_range()
        where = " (anywhere on Earth)" if self.geoid == WORLD_GEOID else ""
        return f"geoid undulation {low} m to {high} m{where}"

    def geoid_range(self) -> tuple[int, int]:
        """The undulation in whole metres, outward."""
        middle, off = self.geoid.undulation_m, self.geoid.uncertainty_m
        return math.floor(middle - off), math.ceil(middle + off)

    def likely_pressure(self) -> PressureModel:
        """The pressure model; without one, nearly all weather at sea level."""
        return self.pressure or PressureModel(*LIKELY_QNH_HPA, LIKELY_TEMPERATURE_ERROR, self.geoid)


@dataclass(frozen=True, slots=True)
class Converted:
    """A draft read from another format, and what had to be assumed for it, a sentence each."""

    draft: Draft
    assumptions: tuple[str, ...]


def assumed_of(
    *,
    undulation_m: float | None = None,
    undulation_error_m: float | None = None,
    qnh_low_hpa: float | None = None,
    qnh_high_hpa: float | None = None,
    temperature_error: float | None = None,
    ground_low_m: float | None = None,
    ground_high_m: float | None = None,
) -> Assumed:
    """What a person says of the geoid, the air and the ground here; metres above the ellipsoid,
    hPa. An error left out is 1 m, a temperature error 0.1. InputError: half of a pair."""
    _pair("qnh_low_hpa", qnh_low_hpa, "qnh_high_hpa", qnh_high_hpa)
    _pair("ground_low_m", ground_low_m, "ground_high_m", ground_high_m)
    if undulation_m is None and undulation_error_m is not None:
        raise InputError("undulation_error_m alone", right="undulation_m too", where="undulation_m")
    geoid = WORLD_GEOID
    if undulation_m is not None:
        off_m = 1.0 if undulation_error_m is None else undulation_error_m
        geoid = GeoidModel(undulation_m, off_m)
    pressure = terrain = None
    if qnh_low_hpa is not None and qnh_high_hpa is not None:
        warm = 0.1 if temperature_error is None else temperature_error
        pressure = PressureModel(qnh_low_hpa, qnh_high_hpa, warm, geoid)
    if ground_low_m is not None and ground_high_m is not None:
        terrain = TerrainModel(ground_low_m, ground_high_m)
    return Assumed(geoid, pressure, terrain)


def _pair(name: str, value: float | None, other: str, more: float | None) -> None:
    if (value is None) != (more is None):
        raise InputError(f"{name} and {other} go together", right="both, or neither", where=name)


def band_of_levels(lower: Level, upper: Level, assumed: Assumed, where: str) -> Band:
    """The heights above the ellipsoid that lie between two levels, rounded outward.

    Raises FormatError for what cannot be placed with what is assumed, or is upside down.
    """
    low = _placed(lower, assumed, f"{where} lower", lower=True).floor
    high = _placed(upper, assumed, f"{where} upper", lower=False).ceiling
    if low.cm > high.cm or (lower.reference is upper.reference and lower.metres > upper.metres):
        raise FormatError(
            f"the lower limit {lower} is above the upper limit {upper}",
            right="the lower limit first",
            where=where,
        )
    return Band(low, high)


def words_of_levels(levels: tuple[Level, ...], assumed: Assumed) -> list[str]:
    """One sentence for each kind of assumption that placing these levels takes."""
    said: list[str] = []
    kinds = {level.reference for level in levels}
    if Reference.SEA in kinds:
        said.append(f"Heights above mean sea level: {assumed.geoid_words()} assumed.")
    if Reference.PRESSURE in kinds and assumed.pressure is not None:
        air = assumed.pressure
        said.append(
            f"Flight levels: QNH {air.qnh_low_hpa:g} to {air.qnh_high_hpa:g} hPa, heights off by"
            f" {air.temperature_error:.0%} for temperature, {assumed.geoid_words()} assumed."
        )
    if kinds & {Reference.SURFACE, Reference.GROUND}:
        said.append(_ground_words(assumed))
    if Reference.UNLIMITED in kinds:
        said.append(f"UNL: {HIGHEST_M:,.0f} m above the ellipsoid, the highest there is here.")
    return said


def _ground_words(assumed: Assumed) -> str:
    if assumed.terrain is None:
        return f"Surface: the lowest dry land on Earth, {LOWEST_GROUND_M:.0f} m, assumed."
    low, high = assumed.terrain.floor_m, assumed.terrain.ceiling_m
    return f"Ground from {low:g} m to {high:g} m above the ellipsoid assumed."


def _placed(level: Level, assumed: Assumed, where: str, *, lower: bool) -> Band:
    if not abs(level.metres) <= HIGHEST_M:
        raise FormatError(
            f"{level.metres:g} m is no height", right="100,000 m at most", where=where
        )
    cm = math.floor(level.metres * 100 + 1e-6) if lower else math.ceil(level.metres * 100 - 1e-6)
    if level.reference is Reference.UNLIMITED:
        if lower:
            raise FormatError("a lower limit UNL", right="SFC, FL, AMSL or AGL", where=where)
        return Band.metres(HIGHEST_M, HIGHEST_M)
    if level.reference is Reference.SEA:
        return HeightAboveSeaLevel(cm).band(assumed.geoid)
    if level.reference is Reference.PRESSURE:
        if assumed.pressure is None:
            raise FormatError(
                f"{level} is a pressure, not a height",
                right="what QNH to assume: qnh_low_hpa and qnh_high_hpa",
                where=where,
            )
        return PressureAltitude(cm).band(assumed.pressure)
    if assumed.terrain is not None:
        return HeightAboveGround(cm).band(assumed.terrain)
    if lower and level.metres == 0:
        return Band.metres(LOWEST_GROUND_M, LOWEST_GROUND_M)
    raise FormatError(
        f"{level} is measured from ground of unknown height",
        right="the lowest and highest ground there: ground_low_m and ground_high_m",
        where=where,
    )


# From the ellipsoid outward ------------------------------------------------------------------


def sea_range_m(band: Band, geoid: GeoidModel) -> tuple[float, float]:
    """What the band may be in metres above mean sea level, outward."""
    under, off = geoid.undulation_m, geoid.uncertainty_m
    return band.floor.m - under - off, band.ceiling.m - under + off


def pressure_range_m(band: Band, air: PressureModel) -> tuple[float, float]:
    """The pressure altitudes in metres that anything within the band may show, outward.

    The inverse of ``PressureAltitude.band``: a reading outside this range is outside the band.
    """
    low, high = sea_range_m(band, air.geoid)
    off = air.temperature_error
    low = low / (1 + off) if low >= 0 else low / (1 - off)
    high = high / (1 - off) if high >= 0 else high / (1 + off)
    settings = [_shift_m(q) for q in (air.qnh_low_hpa, air.qnh_high_hpa)]
    return low + min(settings) - 0.02, high + max(settings) + 0.02


def _shift_m(qnh_hpa: float) -> float:
    """What an altimeter on 1013.25 hPa shows at sea level."""
    still = PressureModel(qnh_hpa, qnh_hpa, 0.0, _NO_GEOID)
    return -PressureAltitude(0).band(still).floor.m


def feet_down(metres: float, step: int = 100) -> int:
    """Whole steps of feet at or below."""
    return math.floor(metres / M_PER_FOOT / step + 1e-9) * step


def feet_up(metres: float, step: int = 100) -> int:
    """Whole steps of feet at or above."""
    return math.ceil(metres / M_PER_FOOT / step - 1e-9) * step
