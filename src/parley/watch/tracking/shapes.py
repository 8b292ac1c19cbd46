"""Which track of a sensor is which aircraft when nothing but the shape of the flight tells: at the
same instants at the same distances from the sensor's site, its bearing off by always the same.

A sensor that is turned sees every aircraft turned by one angle: the angle that most tracks agree
on is it, if most do and no other angle explains as many.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from parley.watch.tracking.carry import offset
from parley.watch.tracking.sighted import PAST, Past
from parley.watch.tracks import Floats, Ints

APART_M = 1_500.0
"""So far may ranges differ."""
SPREAD_DEG = 3.0
"""So far may the angle of one track vary, or those of two that agree."""
PATH_M = 5_000.0
"""A shorter path has no shape."""
SAMPLES = 4
TRIES = 24
GAP_MS = 45_000
"""Between positions so far apart nothing is said of where it was."""


@njit(cache=True, nogil=True, error_model="numpy")
def between(past: Any, n: int, t: float) -> tuple[float, float]:
    """Where the aircraft was at t by its kept positions; NaN where they do not say."""
    before, after = -1, -1
    for k in range(min(n, PAST)):
        if past[k, 0] <= t and (before < 0 or past[k, 0] > past[before, 0]):
            before = k
        if past[k, 0] >= t and (after < 0 or past[k, 0] < past[after, 0]):
            after = k
    if before < 0 or after < 0:
        return math.nan, math.nan
    dt = past[after, 0] - past[before, 0]
    if dt > GAP_MS or abs(past[after, 2] - past[before, 2]) > 180.0:
        return math.nan, math.nan
    share = (t - past[before, 0]) / dt if dt > 0 else 0.0
    lat = past[before, 1] + share * (past[after, 1] - past[before, 1])
    return lat, past[before, 2] + share * (past[after, 2] - past[before, 2])


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(site: Any, past: Any, n: Any, i: int, j: int) -> tuple[float, float]:
    """By how many degrees row i is turned against row j, and how far ranges differ; NaN if their
    shapes differ."""
    turns, count, apart, c, s = np.empty(PAST), 0, 0.0, 0.0, 0.0
    path, first_e, first_n = 0.0, 0.0, 0.0
    for k in range(min(n[i], PAST)):
        lat, lon = between(past[j], n[j], past[i, k, 0])
        if math.isnan(lat):
            continue
        e, nn = offset(site[0], site[1], past[i, k, 1], past[i, k, 2])
        e2, n2 = offset(site[0], site[1], lat, lon)
        apart = max(apart, abs(math.hypot(e, nn) - math.hypot(e2, n2)))
        if apart > APART_M:
            return math.nan, math.nan
        turns[count] = math.atan2(e, nn) - math.atan2(e2, n2)
        c, s = c + math.cos(turns[count]), s + math.sin(turns[count])
        if count == 0:
            first_e, first_n = e, nn
        path = max(path, math.hypot(e - first_e, nn - first_n))
        count += 1
    if count < SAMPLES or path < PATH_M:
        return math.nan, math.nan
    mean = math.atan2(s, c)
    for k in range(count):
        away = math.atan2(math.sin(turns[k] - mean), math.cos(turns[k] - mean))
        if math.degrees(abs(away)) > SPREAD_DEG:
            return math.nan, math.nan
    return math.degrees(mean), apart


@njit(cache=True, nogil=True, error_model="numpy")
def _table(site: Any, past: Any, n: Any, seen: Any, true: Any, out: Any) -> None:
    for i in range(len(seen)):
        for j in range(len(true)):
            out[i, j, 0], out[i, j, 1] = _turn(site, past, n, seen[i], true[j])


def by_shape(
    site: tuple[float, float], past: Past, n_past: Ints, seen: Ints, true: Ints
) -> list[tuple[int, int]]:
    """Pairs of rows (the sensor's, the aircraft's own) that one rotation about the site explains;
    none if fewer than half of the sensor's tracks agree, or another rotation explains as many.

    past, n_past: kept positions by row (``sighted.Past``). seen, true: the rows to match. Ties
    are settled by the smaller difference of ranges, then by the order of rows.
    """
    if len(seen) < 2 or not len(true):
        return []
    table = np.empty((len(seen), len(true), 2))
    _table(np.array(site), past, n_past, seen, true, table)
    turns: Floats = table[:, :, 0]
    angles = turns[~np.isnan(turns)]
    if not len(angles):
        return []
    tries = _likeliest(turns, np.unique(np.round(angles)))
    near = [_agreeing(table, float(angle)) for angle in tries]
    best = max(range(len(tries)), key=lambda k: (len(near[k]), -_apart(table, near[k]), -k))
    most = len(near[best])
    for angle, pairs in zip(tries, near, strict=True):
        away = abs(math.remainder(float(angle) - float(tries[best]), 360.0))
        if away > 2 * SPREAD_DEG and len(pairs) >= most:
            return []
    if most < 2 or 2 * most < len(seen):
        return []
    return [(int(seen[i]), int(true[j])) for i, j in near[best]]


def _likeliest(turns: Floats, tries: Floats) -> Floats:
    """The angles that at least half as many tracks may agree on as on the best; TRIES at most."""
    votes = np.array([np.count_nonzero((_away(turns, a) <= SPREAD_DEG).any(axis=1)) for a in tries])
    ranked = np.lexsort((np.abs(tries), -votes))
    likely: Floats = tries[ranked[2 * votes[ranked] >= votes.max()]]
    return likely[:TRIES]


def _away(turns: Floats, angle: float) -> Floats:
    away: Floats = np.abs((turns - angle + 180.0) % 360.0 - 180.0)
    return away


def _agreeing(table: Floats, angle: float) -> list[tuple[int, int]]:
    """One aircraft at most for each track and one track for each aircraft, the nearest first."""
    i, j = np.nonzero(_away(table[:, :, 0], angle) <= SPREAD_DEG)
    ranked = sorted(zip(table[i, j, 1].tolist(), i.tolist(), j.tolist(), strict=True))
    mine: dict[int, int] = {}
    taken: set[int] = set()
    for _, a, b in ranked:
        if a not in mine and b not in taken:
            mine[a] = b
            taken.add(b)
    return sorted(mine.items())


def _apart(table: Floats, pairs: list[tuple[int, int]]) -> float:
    return float(sum(table[i, j, 1] for i, j in pairs))
