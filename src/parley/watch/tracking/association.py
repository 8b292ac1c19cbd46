"""Plots without an address that are of an aircraft which is known by one.

A radar that gives only its own track number would show every such aircraft twice. Its track is
joined to another's when it was where that is at every instant of late, and nothing else of that
radar or of the others could be meant: two in formation stay two. Equal discrete Mode 3/A codes
settle it; different ones, or heights apart, forbid it. It depends on the rows alone and is judged
anew each time: who flies off is a track of his own again with the next position.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from parley.watch.report import Sense
from parley.watch.tracking.book import COMMON_CODES, Book
from parley.watch.tracking.carry import apart
from parley.watch.tracking.merge import CARRIED, carry_row
from parley.watch.tracking.shapes import between
from parley.watch.tracking.sighted import PAST, SENSES, Limits
from parley.watch.tracks import Bools, Ints

LATEST = 6
"""So many positions, the latest, must all agree."""
ENOUGH = 3
HEIGHT_M = 300.0
SPEED_MPS = 60.0
BAND_DEG = 0.06
_SELF = SENSES.index(Sense.SELF)
_CLAIMED = SENSES.index(Sense.CLAIMED)


@njit(cache=True, nogil=True, error_model="numpy")
def _gate(a: Any, c: Any, lim: Limits) -> float:
    both: float = a.acc + c.acc
    return min(both, 2000.0) + lim.disagree_m / 2.0


@njit(cache=True, nogil=True, error_model="numpy")
def _followed(a: Any, past_a: Any, c: Any, past_c: Any, lim: Limits) -> bool:
    """Whether a was where c was, at all of its latest positions that c's tell of."""
    gate, told, last = _gate(a, c, lim), 0, a.n_past
    for n in range(last - 1, max(last - 1 - min(LATEST, PAST), -1), -1):
        k = n % PAST
        lat, lon = between(past_c, c.n_past, past_a[k, 0])
        if math.isnan(lat):
            continue
        if apart(lat, lon, past_a[k, 1], past_a[k, 2]) > gate:
            return False
        told += 1
    if told < ENOUGH:
        return False
    if abs(a.t_pres - c.t_pres) < lim.late_ms and abs(a.pres - c.pres) > HEIGHT_M:
        return False
    de, dn = a.east - c.east, a.north - c.north
    return not math.hypot(de, dn) > SPEED_MPS


@njit(cache=True, nogil=True, error_model="numpy")
def _near(table: Any, past: Any, plots: Any, known: Any, now: int, lim: Limits, out: Any) -> int:
    """(plot, known, followed), indices, for what is near now; ``known`` by rising latitude. As
    many as found, no more than out holds."""
    at = np.zeros(len(known) + 1, dtype=CARRIED)
    lats = np.empty(len(known))
    for i in range(len(known)):
        lats[i] = table[known[i]].lat
        carry_row(table[known[i]], at[i], now, lim)
    mine, found = at[len(known)], 0
    for n in range(len(plots)):
        p = plots[n]
        carry_row(table[p], mine, now, lim)
        lon_band = BAND_DEG / max(0.01, math.cos(math.radians(table[p].lat)))
        for i in range(np.searchsorted(lats, table[p].lat - BAND_DEG), len(known)):
            if lats[i] > table[p].lat + BAND_DEG or found == len(out):
                break
            c = known[i]
            beside = abs(table[c].lon - table[p].lon)
            if min(beside, 360.0 - beside) > lon_band:
                continue
            grown = mine.radius - table[p].acc + at[i].radius - table[c].acc
            gate = _gate(table[p], table[c], lim) + grown
            if apart(mine.lat, mine.lon, at[i].lat, at[i].lon) <= gate:
                out[found, 0], out[found, 1] = n, i
                out[found, 2] = _followed(table[p], past[p], table[c], past[c], lim)
                found += 1
    return found


def associated(book: Book, now_ms: int, lim: Limits) -> tuple[Ints, Ints]:
    """Rows of plots, and the identity (its index in the order of ids) that each is of."""
    none = np.empty(0, dtype=np.int64)
    n = len(book.who)
    table, bare = book.table[:n], book.bare[:n]
    fresh = (table["count"] > 0) & (now_ms - table["t_pos"] <= lim.lost_ms)
    measured = (table["sense"] != _SELF) & (table["sense"] != _CLAIMED)
    plots = np.flatnonzero(bare & fresh & measured)
    if not len(plots):
        return none, none
    identity, place = book.places()
    plots = plots[np.argsort(place[plots])]
    known = np.flatnonzero(~bare & fresh & (table["n_past"] >= 2))
    known = known[np.lexsort((place[known], table["acc"][known], identity[known]))]
    known = known[np.flatnonzero(np.diff(identity[known], prepend=-2))]
    known = known[np.lexsort((place[known], table["lat"][known]))]
    room = np.empty((16 * len(plots) + 1024, 3), dtype=np.int64)
    pairs = room[: _near(book.table, book.past, plots, known, now_ms, lim, room)]
    p, c, followed = plots[pairs[:, 0]], identity[known[pairs[:, 1]]], pairs[:, 2] != 0
    sensors = len(book.sensors)
    beside = identity * sensors + book.sensor_of[:n]
    seen = np.isin(c * sensors + book.sensor_of[p], beside[fresh & (identity >= 0)])
    own, other = book.codes[p], _codes(book, identity)[c]
    possible = ~seen & ((own < 0) | (other < 0) | (own == other))
    same = (own >= 0) & (own == other) & ~_COMMON[own]
    p, c, followed, same = p[possible], c[possible], followed[possible], same[possible]
    return _decided(book, p, c, followed, same)


def _decided(book: Book, p: Ints, c: Ints, followed: Bools, same: Bools) -> tuple[Ints, Ints]:
    """The pairs in which nothing else could be meant: a code in common first."""
    n = len(book.who)
    coded = np.bincount(p, weights=same, minlength=n)[p]
    alone = np.where(coded > 0, same & (coded == 1), np.bincount(p, minlength=n)[p] == 1)
    _, key = np.unique(c * len(book.sensors) + book.sensor_of[p], return_inverse=True)
    rivals = np.bincount(key)[key] if len(key) else key
    named = np.bincount(key, weights=same)[key] if len(key) else key
    chosen = alone & followed & np.where(same, named == 1, rivals == 1)
    return p[chosen], c[chosen]


def _codes(book: Book, identity: Ints) -> Ints:
    """By identity, the Mode 3/A code that the first of its rows knows, -1 for none."""
    order, starts = book.layout()
    codes = book.codes[order]
    found = np.full(len(starts) - 1, -1, dtype=np.int64)
    with_code = np.flatnonzero(codes >= 0)[::-1]
    found[identity[order[with_code]]] = codes[with_code]
    return found


_COMMON = np.zeros(0o10000 + 1, dtype=np.bool_)
_COMMON[[int(code, 8) for code in COMMON_CODES]] = True
