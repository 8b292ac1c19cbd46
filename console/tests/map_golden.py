"""Numbers of parley.space that the console must agree with.

.venv/bin/python console/tests/map_golden.py > console/tests/map.golden.json
"""

from __future__ import annotations

import json
import math
import sys

from parley.errors import GeometryError
from parley.space import geodesy
from parley.space.coordinates import format_dd, format_dms, format_mgrs, format_range_bearing
from parley.space.position import Position

POINTS = [
    (35.0, 35.5),
    (41.12345, -0.5),
    (-33.9, 151.2),
    (0.0, 0.0),
    (60.5, 5.3),
    (59.9, 10.7),
    (78.2, 15.6),
    (84.5, 10.0),
    (-0.00001, -179.99999),
    (32.0853, 34.7818),
    (55.7558, 37.6173),
    (-79.5, 0.1),
    (-81.0, 0.0),
    (64.0, 179.9999999),
    (51.4999999, -0.1249999),
]
NAMED = {
    "ALPHA": Position(lat_deg=35.2, lon_deg=35.1),
    "BRAVO": Position(lat_deg=52.0, lon_deg=0.0),
}
LEGS = [
    ((35.0, 35.5), (35.4, 36.4)),
    ((35.0, 35.5), (35.9, 35.5)),
    ((60.5, 5.3), (60.4, 7.1)),
    ((-33.9, 151.2), (-34.5, 150.4)),
    ((0.0, 179.8), (0.2, -179.7)),
    ((51.5, -0.12), (40.64, -73.78)),
    ((78.2, 15.6), (78.5, 19.9)),
    ((10.0, 10.0), (10.0, 10.0)),
]
WAYS = [
    ((35.0, 35.5), 45.0, 100_000.0),
    ((60.0, 5.0), 270.0, 5_000.0),
    ((0.0, 179.9), 90.0, 30_000.0),
    ((-45.0, 10.0), 180.5, 900_000.0),
]


def _point(lat: float, lon: float) -> dict[str, object]:
    at = Position(lat_deg=lat, lon_deg=lon)
    try:
        grid = format_mgrs(at)
    except GeometryError:
        grid = ""
    written = {"dd": format_dd(at), "dms": format_dms(at), "mgrs": grid}
    return {"lat": lat, "lon": lon, **written, "from": format_range_bearing(at, NAMED)}


def _leg(a: tuple[float, float], b: tuple[float, float]) -> dict[str, object]:
    azimuth, _, metres = geodesy.inverse(*a, *b)
    return {"a": a, "b": b, "bearing": math.degrees(float(azimuth)) % 360, "metres": float(metres)}


def _way(a: tuple[float, float], bearing: float, metres: float) -> dict[str, object]:
    lat, lon, _ = geodesy.direct(*a, math.radians(bearing), metres)
    return {"a": a, "bearing": bearing, "metres": metres, "lat": float(lat), "lon": float(lon)}


def golden() -> dict[str, object]:
    return {
        "named": [{"name": n, "lat": p.lat_deg, "lon": p.lon_deg} for n, p in NAMED.items()],
        "points": [_point(*one) for one in POINTS],
        "legs": [_leg(*one) for one in LEGS],
        "ways": [_way(*one) for one in WAYS],
    }


if __name__ == "__main__":
    json.dump(golden(), sys.stdout, indent=1)
    sys.stdout.write("\n")
