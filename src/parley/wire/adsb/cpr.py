"""Compact Position Reporting: where an aircraft is, from the 17-bit halves that it sends.

Source: ICAO Doc 9871, C.2.6 (RTCA DO-260B, A.1.7). Degrees, WGS-84. Every function gives None
where the encoding has no answer; none of them raises.
"""

from __future__ import annotations

import math

SCALE = 131_072.0  # 2**17
NZ = 15

HALF_ZONE_M = 333_000.0
"""An airborne half is unambiguous when the aircraft is nearer than this to the reference."""

HALF_ZONE_SURFACE_M = 83_000.0

Fix = tuple[float, float]
Half = tuple[int, int]
"""The encoded latitude and longitude, each 0 to 2**17 - 1."""


def _transition(nl: int) -> float:
    """The latitude in degrees up to which there are at least ``nl`` longitude zones."""
    inner = (1 - math.cos(math.pi / (2 * NZ))) / (1 - math.cos(2 * math.pi / nl))
    return math.degrees(math.acos(math.sqrt(inner)))


_TRANSITIONS = tuple(_transition(nl) for nl in range(59, 2, -1))


def zones(lat_deg: float) -> int:
    """The number of longitude zones (NL) at a latitude: 59 at the equator, 1 from 87 degrees."""
    lat = abs(lat_deg)
    if lat > 87.0:
        return 1
    low, high = 0, len(_TRANSITIONS)
    while low < high:
        middle = (low + high) // 2
        if lat < _TRANSITIONS[middle]:
            high = middle
        else:
            low = middle + 1
    return 59 - low


def from_pair(even: Half, odd: Half, *, odd_is_newer: bool) -> Fix | None:
    """Latitude and longitude of the newer of two airborne halves; None when they straddle a
    border between zones or give no latitude: wait for the next."""
    lat_even, lat_odd = _latitudes(even, odd, 360.0)
    if lat_even >= 270.0:
        lat_even -= 360.0
    if lat_odd >= 270.0:
        lat_odd -= 360.0
    nl = zones(lat_even)
    if abs(lat_even) > 90.0 or abs(lat_odd) > 90.0 or nl != zones(lat_odd):
        return None
    lat = lat_odd if odd_is_newer else lat_even
    lon = _longitude(even, odd, nl, 360.0, odd_is_newer)
    return lat, lon - 360.0 if lon >= 180.0 else lon


def from_surface_pair(even: Half, odd: Half, near: Fix, *, odd_is_newer: bool) -> Fix | None:
    """The same for two surface halves, whose four answers a quarter turn apart are told apart by
    ``near``: the nearest is given."""
    lat_even, lat_odd = _latitudes(even, odd, 90.0)
    if near[0] < 0 and abs(near[0] - (lat_even - 90.0)) < abs(near[0] - lat_even):
        lat_even -= 90.0
        lat_odd -= 90.0
    nl = zones(lat_even)
    if abs(lat_even) > 90.0 or abs(lat_odd) > 90.0 or nl != zones(lat_odd):
        return None
    lat = lat_odd if odd_is_newer else lat_even
    lon = _longitude(even, odd, nl, 90.0, odd_is_newer)
    lon += 90.0 * math.floor((near[1] - lon) / 90.0 + 0.5)
    return lat, _wrapped(lon)


def from_reference(half: Half, odd: bool, near: Fix, *, surface: bool = False) -> Fix | None:
    """Latitude and longitude of one half, nearest to ``near``."""
    turn = 90.0 if surface else 360.0
    zone = turn / (4 * NZ - odd)
    part = half[0] / SCALE
    lat = zone * (math.floor(near[0] / zone - part + 0.5) + part)
    if abs(lat) > 90.0:
        return None
    zone = turn / max(zones(lat) - odd, 1)
    part = half[1] / SCALE
    lon = zone * (math.floor(near[1] / zone - part + 0.5) + part)
    return lat, _wrapped(lon)


def _latitudes(even: Half, odd: Half, turn: float) -> Fix:
    even_lat, odd_lat = even[0] / SCALE, odd[0] / SCALE
    index = math.floor(59 * even_lat - 60 * odd_lat + 0.5)
    return turn / 60 * (index % 60 + even_lat), turn / 59 * (index % 59 + odd_lat)


def _longitude(even: Half, odd: Half, nl: int, turn: float, odd_is_newer: bool) -> float:
    even_lon, odd_lon = even[1] / SCALE, odd[1] / SCALE
    index = math.floor(even_lon * (nl - 1) - odd_lon * nl + 0.5)
    count = max(nl - odd_is_newer, 1)
    return turn / count * (index % count + (odd_lon if odd_is_newer else even_lon))


def _wrapped(lon_deg: float) -> float:
    return (lon_deg + 180.0) % 360.0 - 180.0
