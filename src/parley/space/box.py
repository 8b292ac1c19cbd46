"""Boxes in latitude, longitude, height and time that hold a volume: whole numbers, outward."""

from __future__ import annotations

import math
from dataclasses import dataclass

from parley.errors import GeometryError
from parley.space.area import Area
from parley.space.core import Core
from parley.space.distance import core_within
from parley.space.geodesy import A_M, B_M, FLATTENING
from parley.space.position import E7, Position

MARGIN_E7 = 2
E2 = FLATTENING * (2 - FLATTENING)
LEAST_MERIDIAN_RADIUS_M = A_M * (1 - E2)
"""The meridian's radius of curvature at the equator; it grows towards the poles."""


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
        if (
            self.lat_min_e7 <= self.lat_max_e7
            and self.lon_min_e7 <= self.lon_max_e7
            and self.floor_cm <= self.ceiling_cm
            and self.start_ms <= self.end_ms
        ):
            return
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
    when the antimeridian is met. A core is held tightly; what a reach adds, to a few parts in a
    thousand in latitude, and in longitude as at the core's highest latitude.
    """
    reach_m = area.reach_cm / 100 + horizontal_m
    if not 0 <= horizontal_m <= 1e6:
        raise GeometryError(
            f"horizontal_m {horizontal_m!r:.40} cannot be", right="metres, 0..1,000,000"
        )
    known = area.core.boxed.get(reach_m)
    if known is None:
        known = area.core.boxed[reach_m] = _bounds_e7(area, reach_m)
    return known


def _bounds_e7(area: Area, reach_m: float) -> list[tuple[int, int, int, int]]:
    south, north, west, east, round_pole = area.core.bounds
    low_lat, high_lat = _moved(south, reach_m, -1), _moved(north, reach_m, 1)
    at_north, at_south = (
        (round_pole or beyond) and _reaches_pole(area.core, pole, reach_m)
        for beyond, pole in ((high_lat >= 89.99, 90.0), (low_lat <= -89.99, -90.0))
    )
    lat_min = -90 * E7 if at_south else max(-90 * E7, math.floor(low_lat * E7) - MARGIN_E7)
    lat_max = 90 * E7 if at_north else min(90 * E7, math.ceil(high_lat * E7) + MARGIN_E7)
    if at_north or at_south:
        return [(lat_min, lat_max, -180 * E7, 180 * E7)]
    spread = _spread_deg(max(abs(south), abs(north)), reach_m)
    low = math.floor((west - spread) * E7) - MARGIN_E7
    high = math.ceil((east + spread) * E7) + MARGIN_E7
    return [(lat_min, lat_max, *lons) for lons in _split(low, high)]


def _reaches_pole(core: Core, lat: float, reach_m: float) -> bool:
    pole = Core((Position(lat_deg=lat, lon_deg=0.0),), closed=False)
    return core_within(core, pole, reach_m + 0.1)


def _moved(lat: float, reach_m: float, towards: int) -> float:
    """Upper bound of the latitude (degrees) after reach_m north (1) or south (-1).

    The meridian's radius of curvature is least on the way where the way is nearest the equator.
    """
    farthest = lat + towards * math.degrees(reach_m / LEAST_MERIDIAN_RADIUS_M)
    nearest = 0.0 if lat * farthest <= 0 else min(abs(lat), abs(farthest))
    bend: float = (1 - E2 * math.sin(math.radians(nearest)) ** 2) ** 1.5
    return lat + towards * math.degrees(reach_m / LEAST_MERIDIAN_RADIUS_M * bend)


def _spread_deg(lat: float, reach_m: float) -> float:
    """Upper bound of the longitude a reach adds at a latitude: on the sphere of reduced latitude.

    There a b-th of the reach is at least the angle, as ds >= b dsigma.
    """
    reduced = math.atan((1 - FLATTENING) * math.tan(math.radians(lat)))
    ratio = math.sin(min(reach_m / B_M, math.pi / 2)) / max(math.cos(reduced), B_M / A_M * 1e-12)
    return 180.0 if ratio >= 1.0 else math.degrees(math.asin(ratio))


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
