"""Positions as people write them: decimal degrees, degrees-minutes-seconds, MGRS, range-bearing.

WGS-84 throughout. Without hemisphere letters the order is latitude, then longitude. What can be
read two ways is refused. ``read_position`` also says how far off the writing's last digit may be.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import mgrs
import numpy as np

from parley.errors import FormatError, GeometryError
from parley.space import geodesy
from parley.space.position import E7, Position

MAX_TEXT = 120
MAX_RANGE_M = 2_000_000.0
_DEGREE_M = 111_700.0
_FORMS = (
    "35.4008 35.9486 (latitude first), 35.4008N 035.9486E, 35°24'03\"N 035°56'55\"E, "
    "352403N0355655E, or MGRS 36SYE6778521485"
)
_PLAIN = re.compile(
    r"([+-]?[0-9]{1,3}(?:\.[0-9]+)?)(?:\s*[,;]\s*|\s+)([+-]?[0-9]{1,3}(?:\.[0-9]+)?)"
)
_SUFFIX = re.compile(r"([^NSEW]+)([NSEW])[\s,;/]*([^NSEW]+)([NSEW])")
_PREFIX = re.compile(r"([NSEW])([^NSEW]+?)[\s,;/]*([NSEW])([^NSEW]+)")
_COMPACT = re.compile(r"([0-9]+)(\.[0-9]+)?")
_PARTS = re.compile(
    r"([0-9]{1,3})(?:\s*[°º:]\s*|\s+)([0-9]{1,2}(?:\.[0-9]+)?)"
    r"(?:(?:\s*['′’:]\s*|\s+)([0-9]{1,2}(?:\.[0-9]+)?))?\s*(?:[\"″”]|''|['′’])?"
)
_MGRS = re.compile(r"([0-9]{1,2})([C-HJ-NP-X])([A-HJ-NP-Z]{2})([0-9]{4,10})")
_POLAR = re.compile(r"[ABYZ][A-Z]{2}[0-9]{2,10}")
_RANGE = re.compile(
    r"(?P<name>.+?)\s+(?P<bearing>[0-9]{1,3}(?:\.[0-9]+)?)\s*°?T?\s*/\s*"
    r"(?P<range>[0-9]{1,7}(?:\.[0-9]+)?)\s*(?P<unit>[A-Za-z]*)"
)
_UNIT_M = {"km": 1000.0, "m": 1.0, "NM": 1852.0}


@dataclass(frozen=True, slots=True)
class Reading:
    """A position read from text, and how far in metres its rounding may be off."""

    position: Position
    within_m: float


@cache
def _grid() -> mgrs.MGRS:
    return mgrs.MGRS()


def parse_position(text: str) -> Position:
    """The position written in text, in any notation of this module but range-bearing.

    An MGRS square reads as its centre. Raises FormatError for anything that does not read, and
    for what reads outside the Earth.
    """
    return read_position(text).position


def read_position(text: str) -> Reading:
    """The same as parse_position, with the honest precision of the writing."""
    body = _body(text)
    if plain := _PLAIN.fullmatch(body):
        lat, lon = float(plain[1]), float(plain[2])
        unit = max(_unit(plain[1]), _unit(plain[2]))
        return _reading(text, lat, lon, unit)
    joined = re.sub(r"\s+", "", body).upper()
    if grid := _MGRS.fullmatch(joined):
        return _from_grid(text, joined, grid[4])
    if _POLAR.fullmatch(joined):
        raise FormatError(
            f"{text!r:.60} is a polar (UPS) grid reference",
            right="degrees; MGRS is read between 80°S and 84°N only",
        )
    upper = body.upper()
    if suffix := _SUFFIX.fullmatch(upper):
        first, first_side, second, second_side = suffix.groups()
    elif prefix := _PREFIX.fullmatch(upper):
        first_side, first, second_side, second = prefix.groups()
    else:
        raise FormatError(f"{text!r:.60} is no position that can be read", right=_FORMS)
    if (first_side in "NS") == (second_side in "NS"):
        raise FormatError(
            f"{text!r:.60} has {first_side} and {second_side}, not one latitude and one longitude",
            right="one of N or S and one of E or W",
        )
    if first_side in "EW":
        first, first_side, second, second_side = second, second_side, first, first_side
    lat, lat_unit = _angle(text, first.strip(), first_side)
    lon, lon_unit = _angle(text, second.strip(), second_side)
    return _reading(text, lat, lon, max(lat_unit, lon_unit))


def _body(text: object) -> str:
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise FormatError(
            "the position is not a short text", right=f"at most {MAX_TEXT} characters; {_FORMS}"
        )
    return text.strip()


def _unit(number: str) -> float:
    """The worth of the last digit written."""
    _, _, decimals = number.partition(".")
    return float(10.0 ** -min(len(decimals), 9))


def _reading(text: str, lat: float, lon: float, unit_deg: float) -> Reading:
    if abs(lat) > 90 or abs(lon) > 180:
        swapped = 90 < abs(lat) <= 180 and abs(lon) <= 90
        raise FormatError(
            f"{text!r:.60} is outside the Earth",
            right="latitude first, in -90..90, then longitude, in -180..180"
            + ("; they look swapped" if swapped else ""),
        )
    within_m = max(0.01, unit_deg / 2 * _DEGREE_M * math.sqrt(2))
    return Reading(Position(lat_deg=lat, lon_deg=lon), within_m)


def _angle(text: str, chunk: str, side: str) -> tuple[float, float]:
    """Signed degrees and the worth in degrees of the last digit."""
    chunk = chunk.removesuffix("°").removesuffix("º").strip()
    if compact := _COMPACT.fullmatch(chunk):
        whole, decimals = compact[1], compact[2] or ""
        lead = 2 if side in "NS" else 3
        if len(whole) <= lead:
            parts = [whole + decimals]
        elif len(whole) == lead + 2:
            parts = [whole[:lead], whole[lead:] + decimals]
        elif len(whole) == lead + 4:
            parts = [whole[:lead], whole[lead : lead + 2], whole[lead + 2 :] + decimals]
        else:
            raise FormatError(
                f"{chunk + side!r:.60} in {text!r:.60} has {len(whole)} digits",
                right=f"{lead} digits of degrees, then 2 of minutes, then 2 of seconds",
            )
    elif match := _PARTS.fullmatch(chunk):
        parts = [part for part in match.groups() if part is not None]
    else:
        raise FormatError(f"{chunk + side!r:.60} in {text!r:.60} is no angle", right=_FORMS)
    if any("." in part for part in parts[:-1]):
        raise FormatError(
            f"{chunk + side!r:.60} has decimals before its last part",
            right="decimals in the last part only",
        )
    if any(float(part) >= 60 for part in parts[1:]):
        raise FormatError(
            f"{chunk + side!r:.60} in {text!r:.60} has 60 or more minutes or seconds",
            right="minutes and seconds below 60",
        )
    degrees = sum(float(part) / 60**place for place, part in enumerate(parts))
    unit = _unit(parts[-1]) / 60 ** (len(parts) - 1)
    return (-degrees if side in "SW" else degrees), unit


def _from_grid(text: str, joined: str, digits: str) -> Reading:
    if len(digits) % 2:
        raise FormatError(
            f"{text!r:.60} has {len(digits)} digits", right="as many of easting as of northing"
        )
    half = len(digits) // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            lat, lon = _grid().toLatLon(joined)
    except (mgrs.core.MGRSError, RuntimeWarning):
        raise FormatError(
            f"{text!r:.60} is no square of the grid",
            right="zone 1..60, a band and a 100 km square that exist, as in 36SYE6778521485",
        ) from None
    centre = Position(lat_deg=lat, lon_deg=lon)
    corner_m = 10.0 ** (5 - half) * math.sqrt(0.5)
    zone = joined[: -len(digits) - 2]
    if not any(_zone(near) == zone.zfill(3) for near in (centre, *_corners(centre, corner_m))):
        raise FormatError(
            f"{text!r:.60} lies outside its zone {zone}, in {_zone(centre) or 'none'}",
            right=f"the reference of its own zone, near {format_dd(centre)}",
        )
    return Reading(centre, max(0.75, corner_m))


def _zone(position: Position) -> str:
    """Zone and band that the grid gives a position, such as "36S"; "" near the poles."""
    if not -80 <= position.lat_deg < 84:
        return ""
    return str(_grid().toMGRS(position.lat_deg, position.lon_deg))[:-12].zfill(3)


def _corners(centre: Position, corner_m: float) -> list[Position]:
    lats, lons, _ = geodesy.direct(
        centre.lat_deg, centre.lon_deg, np.radians([45.0, 135.0, 225.0, 315.0]), corner_m * 1.01
    )
    return [
        Position(lat_deg=lat, lon_deg=lon)
        for lat, lon in zip(lats.tolist(), lons.tolist(), strict=True)
    ]


def parse_range_bearing(text: str, named: Mapping[str, Position]) -> Position:
    """The point at a true bearing and geodesic range from a named one: "HMEIMIM 270/35km".

    Bearing 0..360 degrees true; range up to 2,000 km in km, m or NM (exactly so written). Names
    match exactly, or regardless of case when only one does. Raises FormatError otherwise.
    """
    match = _RANGE.fullmatch(_body(text))
    if match is None:
        raise FormatError(
            f"{text!r:.60} is no range and bearing",
            right='NAME BEARING/RANGE with degrees true, such as "HMEIMIM 270/35km"',
        )
    unit = _UNIT_M.get(match["unit"])
    if unit is None:
        raise FormatError(
            f"{text!r:.60} has {'no unit' if not match['unit'] else 'the unit ' + match['unit']}",
            right="km, m or NM after the range",
        )
    bearing, metres = float(match["bearing"]), float(match["range"]) * unit
    if bearing > 360:
        raise FormatError(f"bearing {bearing:g} is outside 0..360", right="degrees true, 0..360")
    if metres > MAX_RANGE_M:
        raise FormatError(f"range {metres / 1000:g} km is too far", right="at most 2,000 km")
    origin = _named(match["name"], named)
    lat, lon, _ = geodesy.direct(origin.lat_deg, origin.lon_deg, math.radians(bearing), metres)
    return Position(lat_deg=float(lat), lon_deg=float(lon))


def _named(name: str, named: Mapping[str, Position]) -> Position:
    if name in named:
        return named[name]
    alike = [key for key in named if key.casefold() == name.casefold()]
    if len(alike) != 1:
        raise FormatError(
            f"the name {name!r:.60} is {'ambiguous' if alike else 'unknown'}",
            right="one of the names agreed on"
            + (f": {', '.join(sorted(named)[:8])}" * bool(named)),
        )
    return named[alike[0]]


def format_dd(position: Position) -> str:
    """ "35.4008000N 035.9486000E": exact, 1e-7 degree."""
    lat, lon = position.lat_deg, position.lon_deg
    return f"{abs(lat):010.7f}{_side(lat, 'NS')} {abs(lon):011.7f}{_side(lon, 'EW')}"


def format_dms(position: Position) -> str:
    """ "35°24'02.8800\"N 035°56'54.9600\"E": exact, 1e-4 second is 3 mm."""
    return f"{_dms(position.lat_e7, 2, 'NS')} {_dms(position.lon_e7, 3, 'EW')}"


def format_mgrs(position: Position) -> str:
    """The 1 m square of the MGRS that holds the position, such as "36SYE6778521485".

    Raises GeometryError beyond 84°N and 80°S, where the grid is another (UPS).
    """
    if not -80 <= position.lat_deg < 84:
        raise GeometryError(
            f"latitude {position.lat_deg} has no MGRS here",
            right="80°S..84°N; degrees nearer the poles",
        )
    return str(_grid().toMGRS(position.lat_deg, position.lon_deg, MGRSPrecision=5))


def format_range_bearing(position: Position, named: Mapping[str, Position]) -> str:
    """From the nearest named point: "HMEIMIM 270.0000/35.000km", degrees true.

    Reads back within 1 m up to 500 km. Raises FormatError when no point is named.
    """
    if not named:
        raise FormatError("no named point is known", right="at least one name with its position")
    _, name = min(
        (geodesy.distance(p.lat_deg, p.lon_deg, position.lat_deg, position.lon_deg), name)
        for name, p in named.items()
    )
    origin = named[name]
    azimuth, _, metres = geodesy.inverse(
        origin.lat_deg, origin.lon_deg, position.lat_deg, position.lon_deg
    )
    if metres < 0.0005:
        return f"{name} 000.0000/0.000km"
    tenth_thousandths = round(math.degrees(float(azimuth)) * 10_000) % 3_600_000
    return f"{name} {tenth_thousandths / 10_000:08.4f}/{float(metres) / 1000:.3f}km"


def echo(position: Position, named: Mapping[str, Position]) -> dict[str, str]:
    """The position in every notation, keyed dd, dms, mgrs, range_bearing.

    mgrs is left out near the poles, range_bearing without names or beyond 2,000 km of all.
    """
    out = {"dd": format_dd(position), "dms": format_dms(position)}
    if -80 <= position.lat_deg < 84:
        out["mgrs"] = format_mgrs(position)
    if named:
        nearest = min(
            geodesy.distance(p.lat_deg, p.lon_deg, position.lat_deg, position.lon_deg)
            for p in named.values()
        )
        if nearest < MAX_RANGE_M:
            out["range_bearing"] = format_range_bearing(position, named)
    return out


def _side(value: float, letters: str) -> str:
    return letters[1] if value < 0 else letters[0]


def _dms(e7: int, width: int, letters: str) -> str:
    degrees, rest = divmod(abs(e7), E7)
    minutes, seconds = divmod(round(rest * 36 / 10), 600_000)
    return (
        f"{degrees:0{width}d}°{minutes:02d}'{seconds / 10_000:07.4f}\"{letters[1 if e7 < 0 else 0]}"
    )
