"""Boxes in latitude, longitude, height and time that hold a volume: whole numbers, outward."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.area import Area
from parley.space.core import Core
from parley.space.distance import core_within
from parley.space.geodesy import A_M, B_M, FLATTENING
from parley.space.position import E7, Position

MARGIN_E7 = 2


@dataclass(frozen=True, slots=True)
class Box:
    """Closed bounds in 1e-7 degree, centimetres above the ellipsoid and milliseconds.

    lon_min_e7 <= lon_max_e7 in [-180e7, 180e7]: a box does not cross the antimeridian. What it
    was made from is inside; the converse does not hold.
    """

    lat_min_e7: int
    lat_max_e7: int
    lon_min_e7: int
    lon_max_e7: int
    floor_cm: int
    ceiling_cm: int
    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        pairs = (
            ("latitude", self.lat_min_e7, self.lat_max_e7),
            ("longitude", self.lon_min_e7, self.lon_max_e7),
            ("height", self.floor_cm, self.ceiling_cm),
            ("time", self.start_ms, self.end_ms),
        )
        for name, low, high in pairs:
            if low > high:
                raise GeometryError(
                    f"box with {name} {low} above {high}", right="the smaller first", where=name
                )

    def meets(self, other: Box) -> bool:
        """Whether the boxes share a point; touching counts."""
        return (
            self.lat_min_e7 <= other.lat_max_e7
            and other.lat_min_e7 <= self.lat_max_e7
            and self.lon_min_e7 <= other.lon_max_e7
            and other.lon_min_e7 <= self.lon_max_e7
            and self.floor_cm <= other.ceiling_cm
            and other.floor_cm <= self.ceiling_cm
            and self.start_ms <= other.end_ms
            and other.start_ms <= self.end_ms
        )


def bounds_e7(area: Area, horizontal_m: float = 0.0) -> list[tuple[int, int, int, int]]:
    """One or two (lat_min, lat_max, lon_min, lon_max) in 1e-7 degree that hold the area.

    Edges bulge poleward, as geodesics do. The whole circle of longitude when a pole is inside; two
    when the antimeridian is met. Latitudes are tight to 1e-6 degree, the longitude reach to 0.4 %.
    """
    reach_m = area.reach_cm / 100 + horizontal_m
    if not 0 <= horizontal_m <= 1e6:
        raise GeometryError(
            f"horizontal_m {horizontal_m!r:.40} cannot be", right="metres, 0..1,000,000"
        )
    lows, highs = _edge_latitudes(area.core)
    south, north = (
        _moved(float(lows.min()), math.pi, reach_m),
        _moved(float(highs.max()), 0, reach_m),
    )
    at_north, at_south = (_reaches_pole(area.core, pole, reach_m) for pole in (90.0, -90.0))
    lat_min = -90 * E7 if at_south else max(-90 * E7, math.floor(south * E7) - MARGIN_E7)
    lat_max = 90 * E7 if at_north else min(90 * E7, math.ceil(north * E7) + MARGIN_E7)
    if at_north or at_south:
        return [(lat_min, lat_max, -180 * E7, 180 * E7)]
    spread = _spread_deg(np.maximum(np.abs(lows), np.abs(highs)), reach_m)
    west, east = _edge_longitudes(area.core)
    low = math.floor(float((west - spread).min()) * E7) - MARGIN_E7
    high = math.ceil(float((east + spread).max()) * E7) + MARGIN_E7
    return [(lat_min, lat_max, *lons) for lons in _split(low, high)]


def _reaches_pole(core: Core, lat: float, reach_m: float) -> bool:
    pole = Core((Position(lat_deg=lat, lon_deg=0.0),), closed=False)
    return core_within(core, pole, reach_m + 0.1)


def _moved(lat: float, azimuth: float, metres: float) -> float:
    """Latitude after metres along the meridian; the pole when it is passed."""
    lat2, _, back = geodesy.direct(lat, 0.0, azimuth, metres)
    turned = abs(float(geodesy.wrapped(back - azimuth))) < 1.0
    if turned:
        return 90.0 if azimuth == 0 else -90.0
    return float(lat2)


def _edge_latitudes(core: Core) -> tuple[geodesy.Floats, geodesy.Floats]:
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


def _edge_longitudes(core: Core) -> tuple[geodesy.Floats, geodesy.Floats]:
    """Western and eastern longitude of each edge, unwrapped from the first vertex on."""
    first, last = core.lons[core.starts], core.lons[core.ends]
    step = np.degrees(geodesy.wrapped(np.radians(last - first)))
    begin = core.lons[0] + np.concatenate(([0.0], np.cumsum(step)[:-1]))
    return np.minimum(begin, begin + step), np.maximum(begin, begin + step)


def _spread_deg(lat: geodesy.Floats, reach_m: float) -> geodesy.Floats:
    """Upper bound of the longitude a reach adds at a latitude: on the sphere of reduced latitude.

    There a b-th of the reach is at least the angle, as ds >= b dsigma.
    """
    reduced = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat)))
    ratio = math.sin(min(reach_m / B_M, math.pi / 2)) / np.maximum(
        np.cos(reduced), B_M / A_M * 1e-12
    )
    out: geodesy.Floats = np.where(
        ratio >= 1.0, 180.0, np.degrees(np.arcsin(np.minimum(ratio, 1.0)))
    )
    return out


def _split(low: int, high: int) -> list[tuple[int, int]]:
    """Longitudes low..high, unwrapped, as one or two closed ranges in -180e7..180e7."""
    turn, half = 360 * E7, 180 * E7
    if high - low >= turn:
        return [(-half, half)]
    shift = (low + half) // turn * turn
    low, high = low - shift, high - shift
    if high < half:
        return [(low, high)]
    return [(low, half), (-half, high - turn)]
