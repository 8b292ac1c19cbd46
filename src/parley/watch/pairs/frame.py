"""The geometry under a pair: where two tracks stand to each other, without bias and exactly once.

TANGENT: points on the WGS-84 ellipsoid in three dimensions, velocities as tangent vectors there.
The line between the two is the common axis: each velocity is taken along and across it at its own
end, which is parallel transport, so meridians converge as they do. The chord is scaled to the arc.
Ranges are within 0.02 m of the geodesic up to 100 km. The prediction is a straight line in a
plane, as in DAIDALUS; against two geodesics that meet, at 250 m/s, it is right to 1e-4 NM and 2 ms
for 3 minutes, to 4e-4 NM and 14 ms for 5. No sphere is needed for that: the radius only scales a
chord to its arc. Aircraft are taken to be on the ellipsoid, as in all separation minima.
FLAT: the equirectangular plane at the mean latitude of the two, courses as plain components, as
fast simulators have it. It is here to compare like with like, and wrong far north.
Invariant: the same bits whichever of the two is asked first, and on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from parley.watch.tracks import Floats, Ints

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)
MEAN_RADIUS_M = 6_371_008.8
"""Only scales a chord to its arc: half a per cent of it is 5 mm in 100 km."""
FLAT_RADIUS_M = 6_371_000.0
MAX_UPRIGHT_M = 1e6
"""A vertical beyond this is not known."""
SAME_M = 1e-6
"""Nearer than this is one place: there is no line between the two."""

_SIN = (1.0, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800,
        -1 / 1307674368000)  # fmt: skip
_COS = (1.0, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3628800, 1 / 479001600,
        -1 / 87178291200, 1 / 20922789888000)  # fmt: skip


class Frame(Enum):
    TANGENT = "tangent"
    FLAT = "flat"


def sincos_deg(angle_deg: Floats) -> tuple[Floats, Floats]:
    """Sine and cosine of degrees in [-720, 720], to 2e-16: exact at multiples of 90.

    By their series, since the library's differ in the last bit from machine to machine.
    """
    quarter = np.rint(angle_deg / 90.0)
    x = (angle_deg - 90.0 * quarter) * (np.pi / 180.0)
    square = x * x
    sine = np.full_like(x, _SIN[-1])
    for term in _SIN[-2::-1]:
        sine *= square
        sine += term
    sine *= x
    cosine = np.full_like(x, _COS[-1])
    for term in _COS[-2::-1]:
        cosine *= square
        cosine += term
    turn = quarter.astype(np.int64) & 3
    odd = (turn & 1) == 1
    s, c = np.where(odd, cosine, sine), np.where(odd, sine, cosine)
    return np.where(turn >= 2, -s, s), np.where((turn == 1) | (turn == 2), -c, c)


@dataclass(frozen=True, slots=True)
class Placed:
    """n tracks in space, (3, n) arrays: point, velocity, the velocity turned a quarter to the
    right, and the upward normal. FLAT: latitude and longitude in degrees in ``point``."""

    frame: Frame
    point: Floats
    velocity: Floats
    right: Floats
    normal: Floats

    def carried(self, after_s: float) -> Floats:
        """Points in space, (3, n), about where the tracks are after so many seconds: straight on
        along the tangent. For a search only."""
        if self.frame is Frame.TANGENT:
            return self.point + self.velocity * after_s
        scale = after_s / (FLAT_RADIUS_M * (np.pi / 180.0))
        sine, cosine = sincos_deg(self.point[0])
        lat = self.point[0] + self.velocity[1] * scale
        lon = self.point[1] + self.velocity[0] * scale / np.maximum(cosine, 1e-3)
        (sine, cosine), (sin_lon, cos_lon) = sincos_deg(lat), sincos_deg(lon)
        return FLAT_RADIUS_M * np.stack((cosine * cos_lon, cosine * sin_lon, sine))


@dataclass(frozen=True, slots=True)
class Uprights:
    """What is known of the height of n tracks: see ``sweep.Motion``. NaN where nothing is."""

    pressure_m: Floats
    height_m: Floats
    equivalent_m: Floats
    slack_m: Floats
    climb_mps: Floats

    def above(self, i: Ints, j: Ints) -> Floats:
        """Metres from i up to j: by their pressure altitudes, else by their heights, else by
        their equivalents less the slack of both (never past 0), else NaN."""
        equivalent = self.equivalent_m[j] - self.equivalent_m[i]
        slack = self.slack_m[i] + self.slack_m[j]
        shrunk = np.copysign(np.maximum(np.abs(equivalent) - slack, 0.0), equivalent)
        height = self.height_m[j] - self.height_m[i]
        pressure = self.pressure_m[j] - self.pressure_m[i]
        either = np.where(np.isnan(height), shrunk, height)
        return np.where(np.isnan(pressure), either, pressure)


def known(metres: Floats) -> Floats:
    """The same, NaN for what is infinite or beyond MAX_UPRIGHT_M."""
    return np.where(np.abs(metres) <= MAX_UPRIGHT_M, metres, np.nan)


def place(
    lat_deg: Floats, lon_deg: Floats, speed_mps: Floats, course_deg: Floats, frame: Frame
) -> Placed:
    """Positions on WGS-84 and velocities over ground, course from true north."""
    sin_lat, cos_lat = sincos_deg(lat_deg)
    sin_lon, cos_lon = sincos_deg(lon_deg)
    sin_course, cos_course = sincos_deg(course_deg)
    east, north = speed_mps * sin_course, speed_mps * cos_course
    if frame is Frame.FLAT:
        none = np.zeros_like(east)
        return Placed(
            frame,
            np.stack((lat_deg, lon_deg, none)),
            np.stack((east, north, none)),
            np.stack((north, -east, none)),
            np.stack((none, none, none)),
        )
    prime = SEMI_MAJOR_M / np.sqrt(1.0 - ECCENTRICITY2 * sin_lat * sin_lat)
    nx, ny = cos_lat * cos_lon, cos_lat * sin_lon
    point = np.stack((prime * nx, prime * ny, prime * (1.0 - ECCENTRICITY2) * sin_lat))
    velocity = _tangent(east, north, sin_lat, cos_lat, sin_lon, cos_lon)
    right = _tangent(north, -east, sin_lat, cos_lat, sin_lon, cos_lon)
    return Placed(frame, point, velocity, right, np.stack((nx, ny, sin_lat)))


def _tangent(
    east: Floats, north: Floats, sin_lat: Floats, cos_lat: Floats, sin_lon: Floats, cos_lon: Floats
) -> Floats:
    poleward = north * sin_lat
    return np.stack(
        (
            -east * sin_lon - poleward * cos_lon,
            east * cos_lon - poleward * sin_lon,
            north * cos_lat,
        )
    )


def between(placed: Placed, i: Ints, j: Ints) -> tuple[Floats, Floats, Floats]:
    """For the pairs (i, j): metres between them, the rate at which these grow, and the relative
    speed across the line between them, in m/s. Exchange changes no bit.

    In one place every relative velocity leads apart: it is all along, none across.
    """
    if placed.frame is Frame.FLAT:
        return _between_flat(placed, i, j)
    d = placed.point[:, j] - placed.point[:, i]
    square = _dot(d, d)
    chord = np.sqrt(square)
    along, across = np.zeros_like(chord), np.zeros_like(chord)
    for sign, k in ((-1.0, i), (1.0, j)):
        up = _dot(d, placed.normal[:, k])
        level = np.sqrt(np.maximum(square - up * up, 0.0))
        level = sign * np.where(level > 0.0, level, 1.0)
        along = along + _dot(placed.velocity[:, k], d) / level
        across = across + _dot(placed.right[:, k], d) / level
    half = chord / (2.0 * MEAN_RADIUS_M)
    q = half * half
    arc = chord * (1.0 + q * (1 / 6 + q * (3 / 40 + q * (15 / 336 + q * (105 / 3456)))))
    return _same_place(placed, i, j, arc, along, across)


def _between_flat(placed: Placed, i: Ints, j: Ints) -> tuple[Floats, Floats, Floats]:
    lat, lon = placed.point[0], placed.point[1]
    scale = FLAT_RADIUS_M * (np.pi / 180.0)
    dlon = lon[j] - lon[i]
    dlon = np.where(dlon > 180.0, dlon - 360.0, np.where(dlon < -180.0, dlon + 360.0, dlon))
    east = dlon * scale * sincos_deg((lat[i] + lat[j]) / 2)[1]
    north = (lat[j] - lat[i]) * scale
    apart = np.sqrt(east * east + north * north)
    one = np.where(apart > 0.0, apart, 1.0)
    v = placed.velocity[:, j] - placed.velocity[:, i]
    along, across = (east * v[0] + north * v[1]) / one, (east * v[1] - north * v[0]) / one
    return _same_place(placed, i, j, apart, along, across)


def _same_place(
    placed: Placed, i: Ints, j: Ints, apart: Floats, along: Floats, across: Floats
) -> tuple[Floats, Floats, Floats]:
    same = apart < SAME_M
    if same.any():
        v = placed.velocity[:, j] - placed.velocity[:, i]
        along = np.where(same, np.sqrt(_dot(v, v)), along)
        across = np.where(same, 0.0, across)
    return apart, along, across


def _dot(a: Floats, b: Floats) -> Floats:
    total: Floats = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return total
