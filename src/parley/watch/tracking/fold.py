"""The fold of reports into rows, compiled: one report, one row, in their order."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from parley.watch.tracking.carry import apart, offset
from parley.watch.tracking.plausible import (
    CLIMB,
    FINE,
    HEIGHT,
    JUMP,
    SPEED,
    known,
    level_change,
    other_place,
    reach,
    told,
)
from parley.watch.tracking.sighted import KINDS, NEVER, PAST, PAST_MS, Limits, Past, Rows

NAMES = (*(f"impossible-{kind}" for kind in KINDS), "time-backwards", "repeated")
"""What a report, or a part of it, is refused as; the order of the counts."""
BACKWARDS, REPEATED = len(KINDS), len(KINDS) + 1

BASE_MS = 2_000
COARSE_M, COARSE_MS = 100.0, 8_000
"""A velocity is derived from positions at least so far apart, from coarse ones farther."""
STILL_MPS = 0.5
"""What is slower stands still, and needs no course."""
LEVEL_MS = 15_000
"""A climb is derived from altitudes at least so far apart."""
ALTERNATING = 3
"""So many positions at the old place while those at the other one came: two aircraft."""

REFUSED, TAKEN, ANEW, TWIN = 0, 1, 2, 3


@njit(cache=True, nogil=True, error_model="numpy")
def _velocity(row: Any, rep: Any, lim: Limits) -> None:
    """From the report; else, with a position, from the way since the anchor."""
    if known(rep.speed) and known(rep.course) and rep.t >= row.t_vel:
        course = math.radians(rep.course)
        row.east, row.north = rep.speed * math.sin(course), rep.speed * math.cos(course)
        row.speed_err = 0.0
        row.t_vel = row.t_told = rep.t
    elif known(rep.speed) and rep.speed < STILL_MPS and rep.t >= row.t_vel:
        row.east = row.north = row.speed_err = 0.0
        row.t_vel = row.t_told = rep.t
    if math.isnan(rep.lat):
        return
    dt_ms = rep.t - row.t_anchor
    if dt_ms < (BASE_MS if rep.acc < COARSE_M else COARSE_MS):
        return
    if rep.t - row.t_told > lim.late_ms and dt_ms <= lim.lost_ms:
        dt = dt_ms / 1000.0
        east, north = offset(row.anchor_lat, row.anchor_lon, rep.lat, rep.lon)
        east, north = east / dt, north / dt
        if rep.t - row.t_vel <= lim.lost_ms and rep.t - row.t_vel <= 4 * dt_ms:
            east, north = (east + row.east) / 2.0, (north + row.north) / 2.0
        row.east, row.north, row.t_vel = east, north, rep.t
        row.speed_err = min(rep.acc / dt, 50.0)
    row.anchor_lat, row.anchor_lon, row.t_anchor = rep.lat, rep.lon, rep.t


@njit(cache=True, nogil=True, error_model="numpy")
def _pressure(row: Any, rep: Any, lim: Limits, counts: Any) -> None:
    if math.isnan(rep.pres) or rep.t < row.t_pres:
        return
    if not lim.low_m <= rep.pres <= lim.high_m:
        counts[HEIGHT] += 1
        told(row, HEIGHT, rep.t, abs(rep.pres), lim)
        return
    rate = level_change(row.pres, row.t_pres, rep.pres, rep.t, lim)
    if rate > 0.0:
        counts[CLIMB] += 1
        told(row, CLIMB, rep.t, rate, lim)
        again = level_change(row.pres_no, row.t_pres_no, rep.pres, rep.t, lim) == 0.0
        row.n_pres_no = row.n_pres_no + 1 if again and row.n_pres_no else 1
        row.pres_no, row.t_pres_no = rep.pres, rep.t
        if row.n_pres_no < lim.reacquire:
            return
        row.t_level = NEVER
    row.pres, row.t_pres, row.n_pres_no = rep.pres, rep.t, 0
    _derived_climb(row, rep.pres, rep.t, lim)


@njit(cache=True, nogil=True, error_model="numpy")
def _height(row: Any, rep: Any, lim: Limits, counts: Any) -> None:
    if math.isnan(rep.hgt) or rep.t < row.t_hgt:
        return
    if not lim.low_m <= rep.hgt <= lim.high_m:
        counts[HEIGHT] += 1
        told(row, HEIGHT, rep.t, abs(rep.hgt), lim)
        return
    rate = level_change(row.hgt, row.t_hgt, rep.hgt, rep.t, lim)
    if rate > 0.0:
        counts[CLIMB] += 1
        told(row, CLIMB, rep.t, rate, lim)
        again = level_change(row.hgt_no, row.t_hgt_no, rep.hgt, rep.t, lim) == 0.0
        row.n_hgt_no = row.n_hgt_no + 1 if again and row.n_hgt_no else 1
        row.hgt_no, row.t_hgt_no = rep.hgt, rep.t
        if row.n_hgt_no < lim.reacquire:
            return
        row.t_level = NEVER
    row.hgt, row.t_hgt, row.n_hgt_no = rep.hgt, rep.t, 0
    row.hgt_acc = rep.hgt_acc
    if rep.t - row.t_pres > lim.lost_ms:
        _derived_climb(row, rep.hgt, rep.t, lim)


@njit(cache=True, nogil=True, error_model="numpy")
def _derived_climb(row: Any, level: float, t: int, lim: Limits) -> None:
    """Only while no report tells the climb."""
    dt_ms = t - row.t_level
    if dt_ms < LEVEL_MS:
        return
    if dt_ms <= lim.lost_ms and t - row.t_clb_told > lim.lost_ms:
        climb = (level - row.level) * 1000.0 / dt_ms
        smooth = t - row.t_clb <= lim.lost_ms
        row.clb = (climb + row.clb) / 2.0 if smooth else climb
        row.t_clb = t
    row.level, row.t_level = level, t


@njit(cache=True, nogil=True, error_model="numpy")
def _rates(row: Any, rep: Any, lim: Limits, counts: Any) -> None:
    """A speed or a climb that cannot be is taken out of the report; the rest stands."""
    if known(rep.speed) and not 0.0 <= rep.speed <= lim.max_mps:
        counts[SPEED] += 1
        told(row, SPEED, rep.t, abs(rep.speed), lim)
        rep.speed = math.nan
    if known(rep.clb):
        if abs(rep.clb) > lim.max_climb_mps:
            counts[CLIMB] += 1
            told(row, CLIMB, rep.t, abs(rep.clb), lim)
        elif rep.t >= row.t_clb:
            row.clb = rep.clb
            row.t_clb = row.t_clb_told = rep.t


@njit(cache=True, nogil=True, error_model="numpy")
def _rest(row: Any, rep: Any, lim: Limits, counts: Any) -> None:
    """Everything but the position."""
    _rates(row, rep, lim, counts)
    _velocity(row, rep, lim)
    _pressure(row, rep, lim, counts)
    _height(row, rep, lim, counts)
    if rep.t >= row.t_any:
        row.sense, row.ground, row.t_any = rep.sense, rep.ground, rep.t
    if rep.emg:
        row.t_emg = max(row.t_emg, rep.t)


@njit(cache=True, nogil=True, error_model="numpy")
def _place(row: Any, past: Any, rep: Any, lim: Limits) -> None:
    """The row's aircraft is where the report says."""
    if row.count > 0:
        dt = (rep.t - row.t_pos) / 1000.0
        if row.count == 1:
            row.interval = dt
        else:
            row.interval += (min(dt, 3.0 * max(row.interval, 1.0)) - row.interval) / 4.0
    else:
        row.born = rep.t
    if rep.t - row.t_past >= PAST_MS:
        k = row.n_past % PAST
        past[k, 0], past[k, 1], past[k, 2] = rep.t, rep.lat, rep.lon
        row.t_past = rep.t
        row.n_past += 1
    row.t_pos, row.lat, row.lon, row.acc = rep.t, rep.lat, rep.lon, rep.acc
    row.count += 1
    if rep.doubt:
        row.t_doubt = rep.t
    else:
        row.t_sure = rep.t


@njit(cache=True, nogil=True, error_model="numpy")
def _moved(row: Any, rep: Any, lim: Limits) -> None:
    """Give the old place up: what was derived from it is unknown again. A place that fewer
    positions spoke for was itself the mistake, and nothing moved."""
    row.t_moved, row.t_before = NEVER, row.t_pos
    if row.count >= lim.reacquire:
        row.t_moved = rep.t
    row.old_lat, row.old_lon = row.lat, row.lon
    row.old_east, row.old_north = row.east, row.north
    row.new_lat, row.new_lon = rep.lat, rep.lon
    row.t_vel = row.t_told = row.t_anchor = row.t_past = row.t_level = NEVER
    row.east = row.north = math.nan
    row.t_pres = row.t_hgt = row.t_clb = NEVER
    row.n_other = row.n_past = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _elsewhere(row: Any, rep: Any, why: int, lim: Limits, counts: Any) -> int:
    """A position that the row cannot reach. REFUSED; TAKEN when so many of them agree that the
    row must move there; TWIN when its old place was reported all the while, too."""
    again = other_place(row, rep.t, rep.lat, rep.lon, rep.acc, lim)
    n = row.n_other + 1 if again else 1
    if n >= lim.reacquire:
        if row.count - row.other_count >= ALTERNATING:
            return TWIN
        _moved(row, rep, lim)
        return TAKEN
    counts[why] += 1
    told(row, why, rep.t, apart(row.lat, row.lon, rep.lat, rep.lon), lim)
    if not again:
        row.other_count = row.count
    row.n_other = n
    row.t_other, row.other_lat, row.other_lon = rep.t, rep.lat, rep.lon
    if known(rep.speed) and known(rep.course):
        course = math.radians(rep.course)
        row.other_east = rep.speed * math.sin(course)
        row.other_north = rep.speed * math.cos(course)
    return REFUSED


@njit(cache=True, nogil=True, error_model="numpy")
def _located(row: Any, rep: Any, lim: Limits, counts: Any) -> int:
    """A report with a position, against one row."""
    if row.count == 0:
        return TAKEN
    if rep.t < row.t_pos:
        counts[BACKWARDS] += 1
        return REFUSED
    why = reach(row, rep.t, rep.lat, rep.lon, rep.acc, lim)
    if why != FINE:
        return _elsewhere(row, rep, why, lim, counts)
    if rep.t == row.t_pos:
        counts[REPEATED] += 1
        return REFUSED
    return TAKEN


@njit(cache=True, nogil=True, error_model="numpy")
def _is_twins(row: Any, twin: Any, rep: Any, lim: Limits) -> bool:
    """Whether the report is of the aircraft at the other place."""
    if twin.count == 0 or rep.t <= twin.t_pos or rep.t - twin.t_pos > lim.lost_ms:
        return False
    if reach(twin, rep.t, rep.lat, rep.lon, rep.acc, lim) != FINE:
        return False
    late = rep.t - row.t_pos > lim.lost_ms
    return late or reach(row, rep.t, rep.lat, rep.lon, rep.acc, lim) != FINE


@njit(cache=True, nogil=True, error_model="numpy")
def fold(
    rows: Rows,
    past: Past,
    twins: Any,
    blank: Rows,
    slots: Any,
    reports: Rows,
    start: int,
    lim: Limits,
    counts: Any,
    fates: Any,
) -> int:
    """Fold reports[start:] in; report i belongs to row slots[i]. Returns how far it came: less
    than all when row slots[i] needs a twin (``twins``: row -> row, -1 for none).

    fates[i]: REFUSED, TAKEN, or ANEW when the row began anew with it.
    """
    for i in range(start, len(reports)):
        slot, rep = slots[i], reports[i]
        row = rows[slot]
        fates[i] = TAKEN
        if row.t_any != NEVER and rep.t - row.t_any > lim.reset_ms:
            rows[slot] = blank[0]
            fates[i] = ANEW
        if math.isnan(rep.lat):
            if rep.t < row.t_any:
                counts[BACKWARDS] += 1
                fates[i] = REFUSED
            elif twins[slot] < 0:
                _rest(row, rep, lim, counts)
            else:
                row.t_any = rep.t
            continue
        if row.count > 0 and rep.t - row.t_pos > lim.reset_ms:
            row.count = 0
        other = twins[slot]
        if other >= 0 and _is_twins(row, rows[other], rep, lim):
            row.t_twin = row.t_any = max(row.t_any, rep.t)
            slot = other
            row = rows[slot]
        else:
            fate = _located(row, rep, lim, counts)
            if fate == TWIN and other < 0:
                return i
            if fate == TWIN and rep.t - rows[other].t_pos <= lim.lost_ms:
                counts[JUMP] += 1
                fate = REFUSED
            if fate == REFUSED:
                fates[i] = REFUSED
                continue
            if fate == TWIN:
                row.t_twin, row.n_other = rep.t, 0
                slot = other
                rows[slot] = blank[0]
                row = rows[slot]
        _place_and_rest(row, past[slot], rep, lim, counts)
    return len(reports)


@njit(cache=True, nogil=True, error_model="numpy")
def _place_and_rest(row: Any, past: Any, rep: Any, lim: Limits, counts: Any) -> None:
    _rest(row, rep, lim, counts)
    _place(row, past, rep, lim)
