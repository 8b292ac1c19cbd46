"""From the rows of several sensors to tracks at one instant, compiled.

Each row is carried to that instant first. Rows of one identity that cannot be one aircraft
become tracks of their own; rows that are one are weighted by their accuracy, a radar before what
the aircraft says of itself when they differ. Rows come in the order of ids, then of sensors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from parley.watch.report import Sense
from parley.watch.tracking.carry import apart, moved, offset
from parley.watch.tracking.sighted import (
    DOUBT_MS,
    EMERGENCY_MS,
    HEIGHT_ACCURACY_M,
    NEVER,
    PRESSURE_ACCURACY_M,
    SENSES,
    Limits,
    Rows,
)

MAX_SENSORS = 32
"""So many rows of one identity are looked at."""
SENSORS_DISAGREE, SELF_AGAINST_RADAR, GNSS, REACQUIRED, MISALIGNED, DUPLICATE = 1, 2, 4, 8, 16, 32
CODES = (
    (SENSORS_DISAGREE, "sensors-disagree"),
    (SELF_AGAINST_RADAR, "self-report-against-radar"),
    (GNSS, "gnss-integrity"),
    (REACQUIRED, "moved-too-far"),
    (MISALIGNED, "sensor-misaligned"),
)
FASTEST_SINK_MPS = 25.0
"""How fast a height that is not reported is left at most."""
REACH_MPS = 400.0
"""An old row is of the same aircraft when it could have come from there so fast."""
TURN_MPS2 = 10.0
"""Sensors that saw an aircraft at different times may differ by such an acceleration."""
MOVED_MS = 600_000
"""So long is a track doubted that was moved to where it could not have come from, unless a radar
sees it there."""
ESTABLISHED = 3
SPHERE = 1.006
"""A distance on the ellipsoid is at most so much that on the mean sphere."""
LIVE, COASTING, LOST = 0, 1, 2
OUTSIDE, WAITING = -1, -2
_SELF = SENSES.index(Sense.SELF)
_CLAIMED = SENSES.index(Sense.CLAIMED)

OUT = np.dtype(
    [
        *(
            (name, "i8")
            for name in ("track", "part", "group", "row", "seen", "codes", "status", "sensors")
        ),
        *((name, "i8") for name in ("ground", "emergency", "doubted")),
        *((name, "f8") for name in ("lat", "lon", "radius", "speed", "course", "climb")),
        *((name, "f8") for name in ("pressure", "height", "vertical", "age", "gap")),
    ]
)
CARRIED = np.dtype(
    [
        *((name, "i8") for name in ("group", "fresh", "doubted", "measured", "base")),
        *((name, "f8") for name in ("lat", "lon", "radius", "age")),
    ]
)


@njit(cache=True, nogil=True, error_model="numpy")
def _late_ms(row: Any, lim: Limits) -> float:
    late: float = max(float(lim.late_ms), 2500.0 * row.interval)
    return late


@njit(cache=True, nogil=True, error_model="numpy")
def _moves(row: Any, lim: Limits) -> bool:
    """Whether its velocity is known."""
    known: bool = row.t_vel != NEVER and row.t_pos - row.t_vel <= lim.lost_ms
    return known


@njit(cache=True, nogil=True, error_model="numpy")
def carry_row(row: Any, at: Any, now: int, lim: Limits) -> None:
    """Where one row's aircraft is now, and within what circle."""
    age = max(0, now - row.t_pos) / 1000.0
    at.age = age
    at.fresh = now - row.t_pos <= _late_ms(row, lim)
    at.measured = row.sense != _SELF and row.sense != _CLAIMED
    at.base = 0
    if _moves(row, lim):
        at.lat, at.lon = moved(row.lat, row.lon, row.east * age, row.north * age)
        speed = math.hypot(row.east, row.north)
        grown = min(lim.drift_mps2 * age * age / 2.0, (speed + lim.max_mps) * age)
        at.radius = row.acc + grown + row.speed_err * age
    else:
        at.lat, at.lon = row.lat, row.lon
        at.radius = row.acc + min(lim.unknown_mps, lim.max_mps) * age
    at.doubted = row.t_doubt != NEVER and row.t_pos - row.t_doubt <= DOUBT_MS
    if at.doubted:
        since = row.t_sure if row.t_sure != NEVER else row.born
        unsure = min(max(0, row.t_doubt - since), lim.lost_ms) / 1000.0
        at.radius += lim.disagree_m + lim.drift_mps2 * unsure * unsure / 2.0


@njit(cache=True, nogil=True, error_model="numpy")
def _apart(at: Any, i: int, j: int) -> float:
    """How far two rows are apart beyond their circles, negative when these meet."""
    far: float = apart(at[i].lat, at[i].lon, at[j].lat, at[j].lon)
    both: float = at[i].radius + at[j].radius
    return far - both


@njit(cache=True, nogil=True, error_model="numpy")
def _lag_m(at: Any, i: int, j: int) -> float:
    lag: float = at[i].age - at[j].age
    return TURN_MPS2 * lag * lag / 2.0


@njit(cache=True, nogil=True, error_model="numpy")
def _fresh_groups(rows: Any, at: Any, lim: Limits) -> int:
    """Group the rows that are reported now, the one first seen leading each group."""
    n, found = len(rows), 0
    while True:
        lead = -1
        for i in range(n):
            waits = at[i].group == WAITING and at[i].fresh
            if waits and (lead < 0 or rows[i].born < rows[lead].born):
                lead = i
        if lead < 0:
            return found
        for i in range(n):
            if at[i].group == WAITING and at[i].fresh:
                limit = lim.split_m + _lag_m(at, i, lead)
                if i == lead or _apart(at, i, lead) <= limit:
                    at[i].group = found
        found += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _same(rows: Any, i: int, j: int, lim: Limits) -> bool:
    """Whether one aircraft can have been at both rows' last places."""
    since = abs(rows[i].t_pos - rows[j].t_pos) / 1000.0
    reach = rows[i].acc + rows[j].acc + lim.split_m + REACH_MPS * since
    far: bool = apart(rows[i].lat, rows[i].lon, rows[j].lat, rows[j].lon) > reach
    return not far


@njit(cache=True, nogil=True, error_model="numpy")
def _old_groups(rows: Any, at: Any, found: int, lim: Limits) -> int:
    """Group what is no longer reported, the latest first: a track of its own only if it cannot
    be one of those there are. How many groups there are then."""
    n = len(rows)
    while True:
        last = -1
        for i in range(n):
            waits = at[i].group == WAITING
            if waits and (last < 0 or rows[i].t_pos > rows[last].t_pos):
                last = i
        if last < 0:
            return found
        at[last].group = found
        for i in range(n):
            if i != last and at[i].group >= 0 and _same(rows, i, last, lim):
                at[last].group = OUTSIDE
        if at[last].group == found:
            found += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _base(at: Any, group: int, lim: Limits) -> tuple[int, float]:
    """Choose the rows that give the position; the codes of what is doubted, and the largest gap
    between two rows."""
    n, codes, gap = len(at), 0, 0.0
    sure = False
    for i in range(n):
        sure = sure or (at[i].group == group and not at[i].doubted)
        for j in range(i):
            if at[i].group == group and at[j].group == group:
                beyond = _apart(at, j, i)
                if beyond > max(lim.disagree_m, _lag_m(at, i, j)):
                    codes |= SENSORS_DISAGREE
                    if at[i].measured != at[j].measured:
                        codes |= SELF_AGAINST_RADAR
                    gap = max(gap, beyond + at[i].radius + at[j].radius)
    for i in range(n):
        mine = at[i].group == group
        if codes & SELF_AGAINST_RADAR:
            at[i].base = mine and at[i].measured
        else:
            at[i].base = mine and (not at[i].doubted or not sure)
    return (codes if sure else codes | GNSS), gap


@njit(cache=True, nogil=True, error_model="numpy")
def _position(rows: Any, at: Any, group: int, out: Any, lim: Limits) -> None:
    """The weighted mean of the base rows; a circle that holds all of the group if they differ."""
    first, weights, east, north, least = -1, 0.0, 0.0, 0.0, math.inf
    moving, ve, vn = 0.0, 0.0, 0.0
    for i in range(len(rows)):
        if not at[i].base:
            continue
        if first < 0:
            first = i
        weight = 1.0 / (at[i].radius * at[i].radius)
        e, n = offset(at[first].lat, at[first].lon, at[i].lat, at[i].lon)
        weights, east, north = weights + weight, east + weight * e, north + weight * n
        least = min(least, at[i].radius)
        if _moves(rows[i], lim):
            moving, ve, vn = (
                moving + weight,
                ve + weight * rows[i].east,
                vn + weight * rows[i].north,
            )
    out.lat, out.lon = moved(at[first].lat, at[first].lon, east / weights, north / weights)
    out.radius, out.row = least, first
    if out.codes & SENSORS_DISAGREE:
        for i in range(len(rows)):
            if at[i].group == group:
                far = apart(out.lat, out.lon, at[i].lat, at[i].lon) * SPHERE
                out.radius = max(out.radius, far + at[i].radius)
    out.speed = out.course = math.nan
    if moving > 0.0:
        ve, vn = ve / moving, vn / moving
        out.speed = math.hypot(ve, vn)
        out.course = math.degrees(math.atan2(ve, vn)) % 360.0


@njit(cache=True, nogil=True, error_model="numpy")
def _carried_level(
    value: float, t: int, climb: float, now: int, lim: Limits
) -> tuple[float, float]:
    """An altitude carried on, briefly, and what it may have been left by."""
    if t == NEVER or now - t > lim.lost_ms:
        return math.nan, 0.0
    age = max(0, now - t) / 1000.0
    grown = min(lim.vertical_drift_mps2 * age * age / 2.0, FASTEST_SINK_MPS * age)
    if math.isnan(climb):
        return value, grown
    briefly = min(age, lim.late_ms / 1000.0)
    return value + climb * briefly, grown + abs(climb) * (age - briefly)


@njit(cache=True, nogil=True, error_model="numpy")
def _vertical(rows: Any, at: Any, group: int, alone: bool, now: int, out: Any, lim: Limits) -> None:
    """Altitudes and climb, each from the row that saw it last."""
    pres, hgt, clb = -1, -1, -1
    for i in range(len(rows)):
        if at[i].group == group or alone:
            pres = i if pres < 0 or rows[i].t_pres > rows[pres].t_pres else pres
            hgt = i if hgt < 0 or rows[i].t_hgt > rows[hgt].t_hgt else hgt
            clb = i if clb < 0 or rows[i].t_clb > rows[clb].t_clb else clb
    climb = rows[clb].clb if now - rows[clb].t_clb <= lim.lost_ms else math.nan
    out.climb = climb
    out.pressure, grown = _carried_level(rows[pres].pres, rows[pres].t_pres, climb, now, lim)
    out.vertical = PRESSURE_ACCURACY_M + grown
    out.height, grown = _carried_level(rows[hgt].hgt, rows[hgt].t_hgt, climb, now, lim)
    if not math.isnan(out.height):
        accuracy = rows[hgt].hgt_acc
        grown += HEIGHT_ACCURACY_M if math.isnan(accuracy) else max(0.0, accuracy)
        out.vertical = grown if math.isnan(out.pressure) else max(out.vertical, grown)


@njit(cache=True, nogil=True, error_model="numpy")
def _state(rows: Any, at: Any, group: int, alone: bool, now: int, out: Any, lim: Limits) -> None:
    """Ages, status, flags."""
    seen, late, latest, sensors = NEVER, 0.0, -1, 0
    emergency, moved_here, confirmed = False, False, False
    for i in range(len(rows)):
        row = rows[i]
        if at[i].group == group:
            seen, late = max(seen, row.t_pos), max(late, _late_ms(row, lim))
            sensors += at[i].fresh
            latest = i if latest < 0 or row.t_any > rows[latest].t_any else latest
            if row.t_moved != NEVER and row.t_pos - row.t_moved <= MOVED_MS:
                moved_here = True
            elif at[i].fresh and at[i].measured:
                confirmed = True
        if at[i].group == group or alone:
            emergency |= row.t_emg != NEVER and row.t_any - row.t_emg <= EMERGENCY_MS
    if moved_here and (not confirmed or out.codes & SENSORS_DISAGREE):
        out.codes |= REACQUIRED
        out.radius += lim.disagree_m
    out.seen, out.age = seen, max(0, now - seen) / 1000.0
    out.status = LIVE
    if now - seen > late:
        out.status = LOST if now - seen > lim.lost_ms else COASTING
    out.sensors = max(1, sensors)
    out.ground, out.emergency = rows[latest].ground, emergency
    out.doubted = out.codes != 0


@njit(cache=True, nogil=True, error_model="numpy")
def _leader(rows: Any, at: Any, groups: int) -> int:
    """The group that keeps the id: measured before self-reported, fresh before old, then the one
    first seen (groups are in that order)."""
    best, rank = 0, -1
    for group in range(groups):
        mine = 0
        for i in range(len(rows)):
            if at[i].group == group and at[i].fresh:
                mine = max(mine, 2 if at[i].measured else 1)
        if mine > rank:
            best, rank = group, mine
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _standing(rows: Any, at: Any, group: int) -> tuple[bool, bool]:
    """Whether a group is well established now, and whether a sensor measured it."""
    established, measured = False, False
    for i in range(len(rows)):
        if at[i].group == group and at[i].fresh:
            established |= rows[i].count >= ESTABLISHED
            measured |= at[i].measured
    return established, measured


@njit(cache=True, nogil=True, error_model="numpy")
def _two_places(rows: Any, at: Any, out: Any, groups: int, leader: int) -> None:
    """Say of each track of one identity that there is another."""
    firm, measured = _standing(rows, at, leader)
    for k in range(1, groups):
        group = out[k].group
        firm2, measured2 = _standing(rows, at, group)
        if not (firm and firm2):
            continue
        gap = apart(out[0].lat, out[0].lon, out[k].lat, out[k].lon)
        code = SELF_AGAINST_RADAR if measured != measured2 else DUPLICATE
        for each in (0, k):
            out[each].codes |= code
            out[each].gap = max(out[each].gap, gap)
        out[0].doubted |= code == SELF_AGAINST_RADAR
        out[k].doubted |= code == SELF_AGAINST_RADAR


@njit(cache=True, nogil=True, error_model="numpy")
def _tracks_of(rows: Any, at: Any, aside: Any, now: int, out: Any, lim: Limits) -> int:
    """The tracks of one identity into out, the one that keeps its id first; how many."""
    n, good = len(rows), False
    for i in range(n):
        if rows[i].count == 0 or now - rows[i].t_pos > lim.forget_ms:
            at[i].group = OUTSIDE
        else:
            at[i].group = WAITING
            carry_row(rows[i], at[i], now, lim)
            good |= at[i].fresh and not aside[i]
    for i in range(n):
        if aside[i] and good and at[i].group == WAITING:
            at[i].group = OUTSIDE
    groups = _old_groups(rows, at, _fresh_groups(rows, at, lim), lim)
    leader, done = _leader(rows, at, groups), 0
    for k in range(groups):
        group = leader if k == 0 else (k - 1 if k <= leader else k)
        made = out[done]
        made.codes, made.gap = _base(at, group, lim)
        _position(rows, at, group, made, lim)
        _vertical(rows, at, group, groups == 1, now, made, lim)
        if aside[made.row]:
            made.codes |= MISALIGNED
        _state(rows, at, group, groups == 1, now, made, lim)
        made.part, made.group = done + 1, group
        done += 1
    if groups > 1:
        _two_places(rows, at, out, groups, leader)
    return done


@njit(cache=True, nogil=True, error_model="numpy")
def merge(table: Rows, order: Any, starts: Any, aside: Any, now: int, lim: Limits, out: Any) -> int:
    """Tracks of all identities into out (one element a row is enough); how many.

    order: rows by identity, then by sensor; identity k has order[starts[k]:starts[k + 1]].
    aside: by row, whether its sensor is misaligned and used only where there is no other.
    """
    at = np.zeros(MAX_SENSORS, dtype=CARRIED)
    done = 0
    for k in range(len(starts) - 1):
        n = min(starts[k + 1] - starts[k], MAX_SENSORS)
        mine = order[starts[k] : starts[k] + n]
        made = _tracks_of(table[mine], at[:n], aside[mine], now, out[done : done + n], lim)
        for i in range(made):
            out[done + i].track = k
            out[done + i].row = mine[out[done + i].row]
        done += made
    return done
