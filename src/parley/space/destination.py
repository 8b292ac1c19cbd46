"""From a point along a geodesic: where a bearing and a distance lead."""

from __future__ import annotations

import math

from parley.errors import GeometryError
from parley.space.geodesy import geod
from parley.space.position import Position

MAX_M = 20_000_000.0


def destination(origin: Position, *, bearing_deg: float, distance_m: float) -> Position:
    """The point ``distance_m`` (0..20,000 km) from ``origin`` along the geodesic that leaves it
    at ``bearing_deg``, true, clockwise, any finite number of degrees.

    Raises GeometryError for what is not finite or out of range.
    """
    if not math.isfinite(bearing_deg):
        raise GeometryError(
            f"bearing_deg {bearing_deg!r} cannot be",
            right="a finite number of degrees",
            where="bearing_deg",
        )
    if not 0.0 <= distance_m <= MAX_M:
        raise GeometryError(
            f"distance_m {distance_m!r:.40} cannot be",
            right="0 to 20,000,000 metres",
            where="distance_m",
        )
    lon, lat, _ = geod().fwd(origin.lon_deg, origin.lat_deg, bearing_deg % 360.0, distance_m)
    return Position(lat_deg=float(lat), lon_deg=float(lon))
