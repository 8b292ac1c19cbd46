"""Whether a sensor is aligned, judged by aircraft that others see, too.

Plain arrays in, one ``Registration`` out: positions of a sensor beside where the same aircraft
say that they are at the same instants. Medians over tracks, so that a minority of false ones
(spoofed, mixed up) does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from parley.rules.watching import PlausibleRules
from parley.watch.tracking.carry import offset
from parley.watch.tracks import Floats, Ints

Complex: TypeAlias = npt.NDArray[np.complex128]

NEAR_M = 5_000.0
"""Nearer to the sensor a bearing says too little."""
LONG_M = 20_000.0
"""Two tracks are enough if each is so long."""
FLOOR_M = 150.0
"""Models that leave less than this are as good as each other."""
MANY = 256
"""So many samples are compared with each other at most."""


class Pairs(NamedTuple):
    """Samples, one element each. track: which aircraft (any numbers). t_ms; where the sensor saw
    it; where it was by its own report at that instant."""

    track: Ints
    t_ms: Ints
    lat_deg: Floats
    lon_deg: Floats
    ref_lat_deg: Floats
    ref_lon_deg: Floats


@dataclass(frozen=True, slots=True)
class Registration:
    """How a sensor stands to the truth: bearing and range are the sensor's less the true ones.

    rotation_mdeg: thousandths of a degree, clockwise, about its site if that is known. range_m:
    bias of range. offset_m: how far off its positions are, in the median; residual_m: what the
    rotation, bias or shift leaves of that. tracks: so many were compared. from_ms: since when.
    confidence_percent: the share of tracks that agree, times the share explained. codes: what is
    wrong ("rotation", "range", "offset"), and "by-shape" if no identity was in common.
    """

    sensor: str
    misaligned: bool
    rotation_mdeg: int
    range_m: int
    offset_m: int
    residual_m: int
    tracks: int
    confidence_percent: int
    from_ms: int
    codes: tuple[str, ...]


class _Model(NamedTuple):
    turn: float
    bias: float
    shift: complex
    left: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def plane(lat0: float, lon0: float, lat: Any, lon: Any) -> Any:
    """Places as north + i east in metres from a centre: the angle is the bearing."""
    out = np.empty(len(lat), dtype=np.complex128)
    for i in range(len(lat)):
        east, north = offset(lat0, lon0, lat[i], lon[i])
        out[i] = complex(north, east)
    return out


def aligned(
    sensor: str,
    pairs: Pairs,
    rules: PlausibleRules,
    *,
    site: tuple[float, float] | None = None,
    by_shape: bool = False,
) -> Registration | None:
    """How the sensor is registered; None if fewer than two tracks were compared. site: its
    latitude and longitude in degrees, if known.

    Misaligned: a rotation, bias or shift beyond the rules that explains at least half of what it
    is off by, for three tracks in five, and for three tracks at least, or for two of 20 km."""
    names, index = np.unique(pairs.track, return_inverse=True)
    if len(names) < 2:
        return None
    lat0, lon0 = site or (float(pairs.ref_lat_deg[0]), float(pairs.ref_lon_deg[0]))
    seen = plane(lat0, lon0, pairs.lat_deg, pairs.lon_deg)
    true = plane(lat0, lon0, pairs.ref_lat_deg, pairs.ref_lon_deg)
    groups = [np.flatnonzero(index == k) for k in range(len(names))]
    none = _Model(0.0, 0.0, 0j, _left(groups, np.abs(seen - true)))
    off = float(np.median(none.left))
    chosen = none
    if off > FLOOR_M:
        chosen = _best(none, _models(seen, true, groups, site is not None))
    left = float(np.median(chosen.left))
    agree = int(np.count_nonzero(chosen.left <= max(3 * left, rules.misaligned_m / 2)))
    codes = _codes(chosen, rules)
    long = min(math.hypot(np.ptp(true[g].real), np.ptp(true[g].imag)) for g in groups) >= LONG_M
    enough = len(names) >= 3 or long
    bad = bool(codes) and enough and left <= off / 2 and 5 * agree >= 3 * len(names)
    explained = 1.0 - left / off if off > 0 and chosen is not none else 1.0
    return Registration(
        sensor,
        bad,
        round(math.degrees(chosen.turn) * 1000),
        round(chosen.bias),
        round(off),
        round(left),
        len(names),
        round(100 * agree / len(names) * explained),
        int(pairs.t_ms.min()),
        (*codes, *(("by-shape",) if by_shape else ())),
    )


def _codes(model: _Model, rules: PlausibleRules) -> tuple[str, ...]:
    codes = []
    if abs(math.degrees(model.turn)) * 1000 >= rules.misaligned_mdeg:
        codes.append("rotation")
    if abs(model.bias) >= rules.misaligned_m:
        codes.append("range")
    if not codes and abs(model.shift) >= rules.misaligned_m:
        codes.append("offset")
    return tuple(codes)


def _left(groups: list[Ints], metres: Floats) -> Floats:
    """The median of each track."""
    return np.array([np.median(metres[g]) for g in groups])


def _best(none: _Model, models: list[_Model]) -> _Model:
    """The first, simplest model that leaves hardly more than the best."""
    every = [none, *models]
    least = min(float(np.median(m.left)) for m in every)
    return next(m for m in every if np.median(m.left) <= max(1.5 * least, FLOOR_M))


def _models(seen: Complex, true: Complex, groups: list[Ints], sited: bool) -> list[_Model]:
    """Ways in which a sensor can be off, the simplest first."""
    found = []
    if sited:
        far = (np.abs(true) > NEAR_M) & (np.abs(seen) > NEAR_M)
        mine = [g[far[g]] for g in groups if far[g].any()]
        if mine:
            turn = _middle_angle(np.array([_middle_angle(_unit(seen[g], true[g])) for g in mine]))
            bias = float(np.median([np.median(np.abs(seen[g]) - np.abs(true[g])) for g in mine]))
            length = np.maximum(np.abs(true), 1.0)
            fitted = true * np.exp(1j * turn) * (1 + bias / length)
            found.append(_Model(turn, bias, 0j, _left(groups, np.abs(seen - fitted))))
    shift = _middle(seen - true, groups)
    found.append(_Model(0.0, 0.0, shift, _left(groups, np.abs(seen - true - shift))))
    some = np.linspace(0, len(seen) - 1, min(len(seen), MANY)).astype(np.int64)
    a, b = np.triu_indices(len(some), 1)
    base = true[some[a]] - true[some[b]]
    wide = np.abs(base) > NEAR_M
    if wide.any():
        moved = (seen[some[a]] - seen[some[b]])[wide]
        turn = _middle_angle(_unit(moved, base[wide]))
        turned = true * np.exp(1j * turn)
        shift = _middle(seen - turned, groups)
        found.append(_Model(turn, 0.0, shift, _left(groups, np.abs(seen - turned - shift))))
    return found


def _middle(offsets: Complex, groups: list[Ints]) -> complex:
    """The median over tracks of the medians of each."""
    each = [complex(np.median(offsets[g].real), np.median(offsets[g].imag)) for g in groups]
    return complex(
        float(np.median([z.real for z in each])), float(np.median([z.imag for z in each]))
    )


def _unit(seen: Complex, true: Complex) -> Floats:
    """The angles from true to seen, clockwise, in radians."""
    return np.asarray(np.angle(seen * np.conj(true)), dtype=np.float64)


def _middle_angle(angles: Floats) -> float:
    """The median of angles, taken about the direction that most of them are near to."""
    some = angles[:: len(angles) // 512 + 1]
    tries = np.quantile(some, np.linspace(0, 1, 33)) if len(some) > 64 else some
    away = np.abs(_turned(some[:, None] - tries[None, :]))
    about = float(tries[int(np.argmin(away.sum(axis=0)))])
    return float(_turned(np.array([about + float(np.median(_turned(angles - about)))]))[0])


def _turned(angles: Floats) -> Floats:
    """Angles in radians brought into [-pi, pi]."""
    return np.asarray(np.remainder(angles + math.pi, 2 * math.pi) - math.pi, dtype=np.float64)
