"""Heights and distances as people write them: metres only. Feet are named and refused."""

from __future__ import annotations

import math
import re
from typing import NoReturn

from parley.errors import FormatError
from parley.space import Band, Height
from parley.wire.refusals import shown

REFERENCE = "WGS84"
M_PER_FOOT = 0.3048

_NUMBER = r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?"
_WITH_UNIT = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)\s*([A-Za-z0-9]*)")
_PLAIN_NUMBER = re.compile(_NUMBER)
_LEVEL = re.compile(r"F[L]?\s*[0-9]{1,4}", re.I)
_FEET = {"ft", "feet", "foot"}
_METRES = {"m", "metre", "metres", "meter", "meters"}


def metres_of(value: object, where: str) -> float:
    """Finite metres from a number or from text such as "9000" or "9000m" whose name says metres.

    Refused with what would be right: feet, flight levels, NaN, anything else. FormatError.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) <= 1e9:
            raise FormatError(f"{shown(value)} is no length", right="finite metres", where=where)
        return float(value)
    if isinstance(value, str):
        text = value.strip()
        if _PLAIN_NUMBER.fullmatch(text):
            return float(text)
        return _with_unit(text, where, ("m",))
    raise FormatError(f"{shown(value)} is not a number", right="metres", where=where)


def height_from_text(text: str, where: str) -> Height:
    """A height above the WGS-84 ellipsoid from text with its unit: ``12000m``, ``-350.5 m``.

    Rounded to the nearest centimetre. A bare number, feet (the metres are named) and flight
    levels are refused. Raises FormatError, or GeometryError out of -8,000..100,000 m.
    """
    stripped = text.strip()
    if _PLAIN_NUMBER.fullmatch(stripped):
        raise FormatError(
            f"height {shown(stripped)} has no unit", right=f"{stripped}m, if metres", where=where
        )
    return Height.metres(_with_unit(stripped, where, ("m",)))


def distance_from_text(text: str, where: str) -> float:
    """Metres from ``4km``, ``500m`` or ``2.5 NM`` (nautical miles). Raises FormatError."""
    stripped = text.strip()
    if _PLAIN_NUMBER.fullmatch(stripped):
        raise FormatError(
            f"distance {shown(stripped)} has no unit",
            right=f"{stripped}km or {stripped}m",
            where=where,
        )
    return _with_unit(stripped, where, ("m", "km", "NM"))


def refuse_feet(name: str, value: object, where: str) -> NoReturn:
    """Raises FormatError that names the metres a value in feet would be."""
    try:
        feet = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        feet = math.nan
    metres = f"{name.removesuffix('_ft')}_m"
    if math.isfinite(feet) and abs(feet) < 1e9:
        metres = f"{metres}: {_metres_text(feet)} ({feet:g} ft)"
    raise FormatError(
        f"{name} {shown(value)} is in feet",
        right=f"{metres}, in metres above the WGS-84 ellipsoid",
        where=where,
    )


def band_of(floor_m: float, ceiling_m: float, where: str) -> Band:
    """The band between two heights in metres, rounded outward. FormatError if upside down."""
    if floor_m > ceiling_m:
        raise FormatError(
            f"floor {floor_m:g} m is above ceiling {ceiling_m:g} m",
            right="a floor at or below the ceiling",
            where=where,
        )
    return Band.metres(floor_m, ceiling_m)


def check_reference(value: object, where: str) -> None:
    """Heights say what they are measured from: exactly ``WGS84``. Raises FormatError."""
    if value == REFERENCE:
        return
    what = "height without a reference" if value is None else f"height reference {shown(value)}"
    raise FormatError(
        what,
        right=f"{REFERENCE} (metres above the ellipsoid); their author converts any other height",
        where=where,
    )


def _metres_text(feet: float) -> str:
    return f"{round(feet * M_PER_FOOT, 1):.15g}"


def _with_unit(text: str, where: str, units: tuple[str, ...]) -> float:
    if _LEVEL.fullmatch(text):
        raise FormatError(
            f"{shown(text)} is a flight level: a pressure, not a height",
            right="metres above the WGS-84 ellipsoid, such as 9100m",
            where=where,
        )
    found = _WITH_UNIT.fullmatch(text)
    number, unit, rest = found.groups() if found else ("", "", "")
    if unit.lower() in _FEET:
        raise FormatError(
            f"{shown(text)} is in feet", right=f"{_metres_text(float(number))}m", where=where
        )
    if rest and rest.upper() not in {REFERENCE, "W84"}:
        raise FormatError(
            f"{shown(text)} is measured from {shown(rest)}",
            right="metres above the WGS-84 ellipsoid",
            where=where,
        )
    factors = {"m": 1.0, "km": 1000.0, "NM": 1852.0}
    unit = "m" if unit in _METRES else unit
    if unit not in units:
        raise FormatError(
            f"{shown(text)} is no length",
            right=f"a number with its unit ({', '.join(units)})",
            where=where,
        )
    return float(number) * factors[unit]
