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

from parley.watch.book import COMMON_CODES, Book
from parley.watch.carry import apart
from parley.watch.merge import CARRIED, carry_row
from parley.watch.report import Sense
from parley.watch.shapes import between
from parley.watch.sighted import PAST, SENSES, Limits
from parley.watch.tracks import Ints

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
    """(plot, known, followed) for what is near now; ``known`` by rising latitude. As many as
    found, no more than out holds."""
    at = np.zeros(2, dtype=CARRIED)
    lats = np.empty(len(known))
    for i in range(len(known)):
        lats[i] = table[known[i]].lat
    found = 0
    for p in plots:
        carry_row(table[p], at[0], now, lim)
        first = np.searchsorted(lats, table[p].lat - BAND_DEG)
        for i in range(first, len(known)):
            if lats[i] > table[p].lat + BAND_DEG or found == len(out):
                break
            c = known[i]
            carry_row(table[c], at[1], now, lim)
            grown = at[0].radius - table[p].acc + at[1].radius - table[c].acc
            gate = _gate(table[p], table[c], lim) + grown
            if apart(at[0].lat, at[0].lon, at[1].lat, at[1].lon) <= gate:
                out[found, 0], out[found, 1] = p, c
                out[found, 2] = _followed(table[p], past[p], table[c], past[c], lim)
                found += 1
    return found


def _rows(book: Book, now_ms: int, lim: Limits) -> tuple[Ints, Ints]:
    """Rows without an address that are measured; and of each identity with one, the row with the
    best accuracy, by rising latitude."""
    n = len(book.who)
    table, bare = book.table[:n], book.bare[:n]
    fresh = (table["count"] > 0) & (now_ms - table["t_pos"] <= lim.lost_ms)
    measured = (table["sense"] != _SELF) & (table["sense"] != _CLAIMED)
    plots = np.flatnonzero(bare & fresh & measured)
    if not len(plots):
        return plots, plots
    order, starts = book.layout()
    identity = np.full(n, -1, dtype=np.int64)
    identity[order] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(len(order))
    known = np.flatnonzero(~bare & fresh & (table["n_past"] >= 2))
    known = known[np.lexsort((place[known], table["acc"][known], identity[known]))]
    known = known[np.flatnonzero(np.diff(identity[known], prepend=-2))]
    plots = plots[np.argsort(place[plots])]
    return plots, known[np.lexsort((place[known], table["lat"][known]))]


def associated(book: Book, now_ms: int, lim: Limits) -> dict[int, str]:
    """Row of a plot -> the identity that it is of."""
    if not book.bare.any():
        return {}
    plots, known = _rows(book, now_ms, lim)
    if not len(plots) or not len(known):
        return {}
    room = np.empty((16 * len(plots) + 1024, 3), dtype=np.int64)
    n = _near(book.table, book.past, plots, known, now_ms, lim, room)
    of_plot: dict[int, list[tuple[int, bool]]] = {}
    of_known: dict[tuple[str, int], list[int]] = {}
    for p, c, followed in room[:n].tolist():
        if book.sees(p, c, now_ms, lim.lost_ms) or _codes_differ(book, p, c):
            continue
        of_plot.setdefault(p, []).append((c, bool(followed)))
        of_known.setdefault((book.whose(p).sensor, c), []).append(p)
    found: dict[int, str] = {}
    for p, mine in of_plot.items():
        sensor = book.whose(p).sensor
        coded = [(c, f) for c, f in mine if _same_code(book, p, c)]
        choice = coded or mine
        if len(choice) != 1 or not choice[0][1]:
            continue
        c = choice[0][0]
        rivals = of_known[(sensor, c)]
        if coded:
            rivals = [q for q in rivals if _same_code(book, q, c)]
        elif any(_same_code(book, q, c) for q in rivals):
            continue
        if rivals == [p]:
            found[p] = book.whose(c).key
    return found


def _codes(book: Book, p: int, c: int) -> tuple[str, str]:
    return book.whose(p).mode3a, book.code_of(book.whose(c).key)


def _same_code(book: Book, p: int, c: int) -> bool:
    one, other = _codes(book, p, c)
    return bool(one) and one == other and one not in COMMON_CODES


def _codes_differ(book: Book, p: int, c: int) -> bool:
    one, other = _codes(book, p, c)
    return bool(one) and bool(other) and one != other
