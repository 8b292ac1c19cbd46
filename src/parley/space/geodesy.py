"""Geodesics on the WGS-84 ellipsoid: arrays in, arrays out. Degrees and metres throughout.

Everything rests on three facts. The curvature K of the ellipsoid is positive and at most 1/b^2.
(1) In an azimuthal-equidistant chart, planar lengths are at least the true ones and at most
``stretch(R)`` times those, R being the largest distance from the chart's centre (Rauch).
(2) Two geodesics that do not cross are nearest at an end of one of them (second variation, K > 0).
(3) The distance from a point to a geodesic is at least that on the sphere of radius b with the
same hinge (Alexandrov), so a spherical triangle gives a proven lower bound.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

A_M = 6_378_137.0
B_M = 6_356_752.314245179
FLATTENING = 1 / 298.257223563
RHO_M = 6_371_008.8
FAR_M = 9_000_000.0
"""Beyond this the bounds above do not hold (a quarter of the Earth is 9,985 km of b)."""
CHART_M = 3_500_000.0
"""The largest distance from its centre at which a chart is used."""


@cache
def geod() -> Geod:
    """The WGS-84 geodesic solver (C. F. F. Karney, 2013)."""
    return Geod(ellps="WGS84")


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Geodesic distance in metres between two points in degrees."""
    return float(geod().inv(lon1, lat1, lon2, lat2)[2])


def inverse(lat1: Any, lon1: Any, lat2: Any, lon2: Any) -> tuple[Floats, Floats, Floats]:
    """Azimuth at 1 towards 2, azimuth at 2 towards 1 (radians), metres; arguments broadcast."""
    shape, (x1, y1, x2, y2) = _flat(lon1, lat1, lon2, lat2)
    there, back, metres = geod().inv(x1, y1, x2, y2, inplace=True)
    return (
        np.radians(there).reshape(shape),
        np.radians(back).reshape(shape),
        np.asarray(metres).reshape(shape),
    )


def direct(lat: Any, lon: Any, azimuth: Any, metres: Any) -> tuple[Floats, Floats, Floats]:
    """Latitude, longitude (degrees) and the azimuth back (radians) after metres along azimuth."""
    shape, (x1, y1, angle, length) = _flat(lon, lat, np.degrees(azimuth), metres)
    lon2, lat2, back = geod().fwd(x1, y1, angle, length, inplace=True)
    return (
        np.asarray(lat2).reshape(shape),
        np.asarray(lon2).reshape(shape),
        np.radians(back).reshape(shape),
    )


def _flat(*values: Any) -> tuple[tuple[int, ...], list[Floats]]:
    shape = np.broadcast(*values).shape
    flat = []
    for value in values:
        filled = np.empty(shape)
        filled[...] = value
        flat.append(filled.reshape(-1))
    return shape, flat


def stretch(radius_m: float) -> float:
    """Upper bound of planar over true length within radius_m of a chart's centre (fact 1)."""
    angle = radius_m / B_M
    return angle / math.sin(angle) if angle > 1e-9 else 1.0


def sagitta(radius_m: float, edge_m: float) -> float:
    """How far, in a chart, a geodesic of edge_m can leave its chord within radius_m of the centre.

    The curvature of a geodesic in the chart is below 0.72 r / b^2 for r <= 3,500 km; 1 is used.
    """
    chord = edge_m * stretch(radius_m)
    return radius_m / B_M**2 * chord * chord / 8


def chart(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats:
    """Azimuthal-equidistant x, y of points round (lat, lon): metres, y north; shape (n, 2).

    Topologically exact everywhere within half the Earth, at poles and antimeridian alike.
    """
    return polar_chart(lat, lon, lats, lons)[0]


def polar_chart(lat: float, lon: float, lats: Floats, lons: Floats) -> tuple[Floats, Floats]:
    """The same x, y, shape (n, 2), and the distance of each point from (lat, lon), shape (n,)."""
    there, _, metres = inverse(lat, lon, lats, lons)
    return np.column_stack((metres * np.sin(there), metres * np.cos(there))), metres


def wrapped(angle: Floats) -> Floats:
    """Angles in radians brought into [-pi, pi]."""
    out: Floats = np.remainder(angle + math.pi, 2 * math.pi) - math.pi
    return out


def winding(azimuths: Floats) -> npt.NDArray[np.bool_]:
    """Whether a ring winds round a point, from the azimuths (last axis) point -> ring vertices.

    Exact for rings of geodesic edges that do not pass through the point: an edge subtends
    less than half a turn.
    """
    turns = wrapped(np.roll(azimuths, -1, axis=-1) - azimuths).sum(axis=-1)
    inside: npt.NDArray[np.bool_] = np.abs(turns) > math.pi
    return inside


def winding_of_few(azimuths: list[float]) -> bool:
    """The same as ``winding`` for one ring."""
    turns, last = 0.0, azimuths[-1]
    for azimuth in azimuths:
        turns += (azimuth - last + math.pi) % (2 * math.pi) - math.pi
        last = azimuth
    return abs(turns) > math.pi


def feet(
    plat: Floats,
    plon: Floats,
    qlat: Floats,
    qlon: Floats,
    azimuth: Floats,
    length: Floats,
    along: Floats,
) -> tuple[Floats, Floats]:
    """Distance from points to geodesic edges, and where along the edge the nearest point is.

    The edge starts at q, leaves at azimuth (radians) and is length metres long; along is a first
    guess. Spherical right-triangle steps to 10 micrometres, kept on the edge.
    """
    along = np.clip(along, 0.0, length)
    metres = along
    for _ in range(12):
        flat, flon, back = direct(qlat, qlon, azimuth, along)
        towards, _, metres = inverse(flat, flon, plat, plon)
        angle = metres / RHO_M
        step = RHO_M * np.arctan2(-np.sin(angle) * np.cos(towards - back), np.cos(angle))
        moved = np.clip(along + step, 0.0, length)
        settled = np.abs(moved - along).max(initial=0.0) < 1e-5
        along = moved
        if settled:
            break
    return metres, along
