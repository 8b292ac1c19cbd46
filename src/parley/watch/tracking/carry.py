"""Short moves over the ground, compiled: degrees, metres, seconds.

A straight flight is a great circle whose first step is exact on the WGS-84 ellipsoid; its length
is right to 0.3 %. Good for carrying tracks and judging jumps, not for separation.
"""

from __future__ import annotations

import math

from numba import njit

A_M = 6_378_137.0
E2 = 6.69437999014e-3
R_M = 6_371_008.8


@njit(cache=True, nogil=True, error_model="numpy")
def radii(lat_deg: float) -> tuple[float, float]:
    """Metres a radian of latitude and of longitude on the equator of that latitude's sphere
    (the meridian's and the prime vertical's radius of curvature)."""
    s = math.sin(math.radians(lat_deg))
    w = 1.0 - E2 * s * s
    root = math.sqrt(w)
    return A_M * (1.0 - E2) / (w * root), A_M / root


@njit(cache=True, nogil=True, error_model="numpy")
def moved(lat_deg: float, lon_deg: float, east_m: float, north_m: float) -> tuple[float, float]:
    """The place east_m and north_m away, straight on; longitude in [-180, 180)."""
    meridian, prime = radii(lat_deg)
    east, north = east_m / prime, north_m / meridian
    angle = math.hypot(east, north)
    if angle < 1e-15:
        return lat_deg, lon_deg
    lat = math.radians(lat_deg)
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    sin_a, cos_a = math.sin(angle), math.cos(angle)
    s = sin_lat * cos_a + cos_lat * sin_a * north / angle
    turn = math.atan2(sin_a * east / angle, cos_lat * cos_a - sin_lat * sin_a * north / angle)
    lon = lon_deg + math.degrees(turn)
    if lon >= 180.0:
        lon -= 360.0
    elif lon < -180.0:
        lon += 360.0
    return math.degrees(math.asin(max(-1.0, min(1.0, s)))), lon


@njit(cache=True, nogil=True, error_model="numpy")
def offset(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """East and north metres from 1 to 2: the great circle's length along its first bearing."""
    meridian, prime = radii(lat1)
    p1, p2 = math.radians(lat1), math.radians(lat2)
    dlon = math.radians(lon2 - lon1)
    x = math.cos(p2) * math.sin(dlon)
    half_lat, half_lon = math.sin((p2 - p1) / 2.0), math.sin(dlon / 2.0)
    y = math.sin(p2 - p1) + 2.0 * math.sin(p1) * math.cos(p2) * half_lon * half_lon
    h = half_lat * half_lat + math.cos(p1) * math.cos(p2) * half_lon * half_lon
    length = math.hypot(x, y)
    if length == 0.0:
        return 0.0, 0.0 if h < 0.5 else math.pi * meridian
    scale = 2.0 * math.asin(min(1.0, math.sqrt(h))) / length
    return prime * x * scale, meridian * y * scale


@njit(cache=True, nogil=True, error_model="numpy")
def apart(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Metres between two places on the mean sphere; the same to the bit both ways."""
    p1, p2 = math.radians(lat1), math.radians(lat2)
    a = math.sin((p2 - p1) / 2.0)
    b = math.sin(math.radians(lon2 - lon1) / 2.0)
    h = a * a + math.cos(p1) * math.cos(p2) * b * b
    return 2.0 * R_M * math.asin(min(1.0, math.sqrt(h)))
