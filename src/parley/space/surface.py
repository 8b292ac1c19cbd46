"""How large an area is on the ellipsoid."""

from __future__ import annotations

import numpy as np

from parley.space.area import Area
from parley.space.geodesy import geod
from parley.space.outline import LEAST_M, outline

_SHARE = 2_000.0
"""The ring that is measured leaves the area by this part of its size at most."""


def surface_km2(area: Area) -> float:
    """Square kilometres, WGS-84, geodesic edges: never too small, too large by 0.2 % at most where
    the area is wider than a kilometre. 0 for what has no width. Source: C. F. F. Karney, 2013."""
    if area.kind != "polygon" and not area.reach_cm:
        return 0.0
    ring = area.vertices
    if area.kind != "polygon" or area.reach_cm:
        tolerance_m = min(10_000.0, max(LEAST_M, area.cap_radius_m / _SHARE))
        ring = outline(area, tolerance_m)[0]
    lons = np.array([p.lon_deg for p in ring])
    lats = np.array([p.lat_deg for p in ring])
    square_m, _ = geod().polygon_area_perimeter(lons, lats)
    return abs(float(square_m)) / 1e6
