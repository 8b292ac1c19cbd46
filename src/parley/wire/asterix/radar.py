"""From what a radar measures, slant range and azimuth, to a place on the ellipsoid.

Straight rays over a sphere of the site's mean radius of curvature, then the geodesic. Azimuth is
taken as true north. The height is that of the flight level, taken as height above the ellipsoid
and wrong by up to 600 m (QNH, cold air, geoid); without a level it may be from 0 to 15 km. What
that does to the ground range is part of the accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from parley.space import Position, destination

MAX_RANGE_M = 1_000_000.0
LEVEL_ERROR_M = 600.0
TOP_M = 15_000.0
RANGE_ERROR_M = 70.0
AZIMUTH_ERROR_DEG = 0.08
"""Standard deviations that EUROCONTROL's surveillance standard of 1997 allows an SSR."""

_A_M = 6_378_137.0
_E2 = 0.00669437999014


@dataclass(frozen=True, slots=True)
class RadarSite:
    """Where an antenna stands: degrees WGS-84, metres above the ellipsoid; and the standard
    deviations of what it measures."""

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    range_error_m: float = RANGE_ERROR_M
    azimuth_error_deg: float = AZIMUTH_ERROR_DEG

    @property
    def position(self) -> Position:
        return Position(lat_deg=self.lat_deg, lon_deg=self.lon_deg)


def placed(
    site: RadarSite, range_m: float, azimuth_deg: float, level_m: float | None
) -> tuple[Position, float]:
    """The position, and the radius in metres that holds it with 95 %: twice the root of the sum
    of both variances, and half of what the height leaves open.

    level_m: the flight level in metres, None if it is not known."""
    if level_m is None:
        low_m, high_m = min(site.height_m, 0.0), max(TOP_M, site.height_m)
    else:
        low_m, high_m = level_m - LEVEL_ERROR_M, level_m + LEVEL_ERROR_M
    radius_m = _radius_m(site.lat_deg)
    level_with_site_m = min(max(site.height_m, low_m), high_m)
    reaches = [
        _ground_m(radius_m, site.height_m, height_m, range_m)
        for height_m in (low_m, level_with_site_m, high_m)
    ]
    near_m, far_m = min(reaches), max(reaches)
    ground_m = (near_m + far_m) / 2
    across_m = ground_m * math.radians(site.azimuth_error_deg)
    spread_m = 2.0 * math.hypot(site.range_error_m, across_m)
    position = destination(site.position, bearing_deg=azimuth_deg, distance_m=ground_m)
    return position, spread_m + (far_m - near_m) / 2


def _ground_m(radius_m: float, site_m: float, height_m: float, range_m: float) -> float:
    """The arc at the ellipsoid under a straight ray: the law of cosines, by half the angle."""
    rise_m = height_m - site_m
    if abs(rise_m) >= range_m:
        return 0.0
    half = math.sqrt(
        (range_m - rise_m) * (range_m + rise_m) / (radius_m + site_m) / (radius_m + height_m)
    )
    return 2 * radius_m * math.asin(min(1.0, half / 2))


def _radius_m(lat_deg: float) -> float:
    """The Gaussian radius of curvature."""
    sine = math.sin(math.radians(lat_deg))
    return _A_M * math.sqrt(1 - _E2) / (1 - _E2 * sine * sine)
