"""What cannot be, compiled: jumps, turns, speeds, climbs and heights, judged against one row."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from parley.watch.tracking.carry import apart, moved
from parley.watch.tracking.sighted import KINDS, NEVER, Limits

JUMP, TURN, SPEED, CLIMB, HEIGHT = range(len(KINDS))
FINE = -1

TURN_MS = 30_000
"""A velocity older than this says nothing about where the aircraft must be."""
STEP_M = 150.0
"""What one altitude may be off by (500 ft)."""


@njit(cache=True, nogil=True, error_model="numpy")
def reach(row: Any, t: int, lat: float, lon: float, acc: float, lim: Limits) -> int:
    """FINE if the row's aircraft can be there at t, else JUMP or TURN. Timing of reports is
    coarse: ``disagree_m`` is allowed besides the accuracies, and of these no more than
    ``split_m``: who claims to be nowhere in particular cannot be everywhere."""
    dt = abs(t - row.t_pos) / 1000.0
    slack = min(row.acc + acc, lim.split_m) + lim.disagree_m
    if apart(row.lat, row.lon, lat, lon) > slack + lim.max_mps * dt:
        return JUMP
    if abs(t - row.t_pos) <= TURN_MS and abs(row.t_pos - row.t_vel) <= 5_000:
        lat2, lon2 = moved(row.lat, row.lon, row.east * dt, row.north * dt)
        wild = lim.max_accel_mps2 * dt * dt / 2.0 + row.speed_err * dt
        if apart(lat2, lon2, lat, lon) > slack + wild:
            return TURN
    return FINE


@njit(cache=True, nogil=True, error_model="numpy")
def other_place(row: Any, t: int, lat: float, lon: float, acc: float, lim: Limits) -> bool:
    """Whether a refused position agrees with those refused before it."""
    if row.n_other == 0 or t <= row.t_other:
        return False
    if t - row.t_other > max(2 * lim.late_ms, 3000.0 * row.interval):
        return False
    gate = min(2.0 * acc, lim.split_m) + lim.disagree_m + lim.max_mps * (t - row.t_other) / 1000.0
    far: bool = apart(row.other_lat, row.other_lon, lat, lon) > gate
    return not far


@njit(cache=True, nogil=True, error_model="numpy")
def told(row: Any, kind: int, t: int, measure: float, lim: Limits) -> None:
    """Write the impossible down: so often in a row of instants at most hold_s apart."""
    if t - row.t_bad[kind] > lim.hold_ms:
        row.t_bad_first[kind] = t
        row.n_bad[kind] = 0
        row.bad[kind] = 0.0
    row.n_bad[kind] += 1
    row.t_bad[kind] = max(t, row.t_bad[kind])
    row.bad[kind] = max(row.bad[kind], measure)


@njit(cache=True, nogil=True, error_model="numpy")
def level_change(was: float, t_was: int, now: float, t: int, lim: Limits) -> float:
    """The rate in m/s that the change would have needed, 0.0 if it can be."""
    if t_was == NEVER or t - t_was > lim.lost_ms:
        return 0.0
    dt = max(t - t_was, 1) / 1000.0
    change = max(0.0, abs(now - was) - STEP_M)
    return change / dt if change > lim.max_climb_mps * dt else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def known(value: float) -> bool:
    """Neither NaN nor infinite."""
    return not (math.isnan(value) or math.isinf(value))
