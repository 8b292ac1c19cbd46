"""Which rows of the picture tell how a sensor is registered: the same aircraft, seen by it and
reported by itself, matched by address, by Mode 3/A, by callsign, or at last by shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from parley.rules.watching import PlausibleRules
from parley.space import Position
from parley.watch.report import Sense
from parley.watch.tracking.book import COMMON_CODES, Book
from parley.watch.tracking.registration import Pairs, Registration, aligned
from parley.watch.tracking.shapes import between, by_shape
from parley.watch.tracking.sighted import NEVER, PAST, SENSES
from parley.watch.tracks import Bools, Ints

MOST = 64
"""So many aircraft are compared for each sensor."""
MOST_SHAPES = 24
MOST_REFERENCES = 256
NEAR_KM = 450.0
LATELY_MS = 300_000
_SELF = SENSES.index(Sense.SELF)
_CLAIMED = SENSES.index(Sense.CLAIMED)


@njit(cache=True, nogil=True, error_model="numpy")
def _tells(row: Any, now: int) -> bool:
    """Whether a row has positions enough, lately."""
    enough: bool = row.n_past >= 3 and row.count >= 3 and abs(now - row.t_pos) <= LATELY_MS
    return enough


@njit(cache=True, nogil=True, error_model="numpy")
def _reference(row: Any, now: int) -> bool:
    """Whether a row is an aircraft's own report that nothing speaks against."""
    if row.sense != _SELF or not _tells(row, now):
        return False
    doubted = row.t_doubt != NEVER and now - row.t_doubt <= LATELY_MS
    doubted |= row.t_moved != NEVER and now - row.t_moved <= LATELY_MS
    doubted |= row.t_twin != NEVER and now - row.t_twin <= LATELY_MS
    return not doubted


@njit(cache=True, nogil=True, error_model="numpy")
def _common(table: Any, order: Any, starts: Any, sensor_of: Any, now: int, out: Any) -> int:
    """(sensor, its row, the aircraft's own row) for identities in common: MOST a sensor."""
    found, had = 0, np.zeros(len(out) // MOST, dtype=np.int64)
    for k in range(len(starts) - 1):
        if starts[k + 1] - starts[k] < 2:
            continue
        own = -1
        for i in range(starts[k], starts[k + 1]):
            if own < 0 and _reference(table[order[i]], now):
                own = order[i]
        if own < 0:
            continue
        for i in range(starts[k], starts[k + 1]):
            row, sensor = order[i], sensor_of[order[i]]
            sense = table[row].sense
            measured = sense != _SELF and sense != _CLAIMED
            if measured and _tells(table[row], now) and had[sensor] < MOST:
                out[found, 0], out[found, 1], out[found, 2] = sensor, row, own
                found, had[sensor] = found + 1, had[sensor] + 1
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _samples(past: Any, n_past: Any, pairs: Any, now: int, when: Any, out: Any) -> int:
    """Positions of each pair at the same instants: track, then where seen and where it was."""
    found = 0
    for p in range(len(pairs)):
        row, own = pairs[p, 0], pairs[p, 1]
        for k in range(min(n_past[row], PAST)):
            t = past[row, k, 0]
            if now - t > LATELY_MS:
                continue
            lat, lon = between(past[own], n_past[own], t)
            if lat == lat:
                when[found, 0], when[found, 1] = p, t
                out[found, 0], out[found, 1] = past[row, k, 1], past[row, k, 2]
                out[found, 2], out[found, 3] = lat, lon
                found += 1
    return found


def registrations(
    book: Book,
    joined: tuple[Ints, Ints],
    sites: Mapping[str, Position],
    now_ms: int,
    rules: PlausibleRules,
) -> tuple[Registration, ...]:
    """Every sensor that could be compared, in the order of their names. joined: plots and the
    identities that they follow (``association``). sites: by sensor.

    A sensor that gives no identities is compared by the aircraft that its plots follow if most of
    them follow one, and else by what its plots may be if it is not where it seems to be."""
    n = len(book.who)
    senses, lately = book.table["sense"][:n], _lately(book, now_ms)
    measured = (senses != _SELF) & (senses != _CLAIMED) & lately
    if not measured.any():
        return ()
    order, starts = book.joined(*joined)
    room = np.empty((MOST * len(book.sensors), 3), dtype=np.int64)
    done = _common(book.table, order, starts, book.sensor_of, now_ms, room)
    common = room[:done].tolist()
    found = []
    for sensor, number in sorted(book.sensors.items()):
        mine = measured & (book.sensor_of[:n] == number)
        if not mine.any():
            continue
        every = [(row, own) for s, row, own in common if s == number]
        pairs = [(row, own) for row, own in every if not book.bare[row]]
        at = sites.get(sensor)
        site = None if at is None else (at.lat_deg, at.lon_deg)
        shape = False
        if len(pairs) < 3 and 2 * int(mine[joined[0]].sum()) >= int(mine.sum()):
            pairs = every
        elif len(pairs) < 3:
            pairs, shape = _nameless(book, mine, lately, pairs, site, now_ms)
        if len(pairs) >= 2:
            samples = _sampled(book, np.array(pairs, dtype=np.int64), now_ms)
            made = aligned(sensor, samples, rules, site=site, by_shape=shape)
            found += [made] if made is not None else []
    return tuple(found)


def _lately(book: Book, now_ms: int) -> Bools:
    """Rows with positions enough, lately."""
    table = book.table[: len(book.who)]
    enough: Bools = (table["n_past"] >= 3) & (np.abs(now_ms - table["t_pos"]) <= LATELY_MS)
    return enough


def _sampled(book: Book, pairs: Ints, now_ms: int) -> Pairs:
    when = np.empty((len(pairs) * PAST, 2), dtype=np.int64)
    out = np.empty((len(when), 4))
    n = _samples(book.past, book.table["n_past"], pairs, now_ms, when, out)
    return Pairs(when[:n, 0], when[:n, 1], out[:n, 0], out[:n, 1], out[:n, 2], out[:n, 3])


def _nameless(
    book: Book,
    mine: Bools,
    lately: Bools,
    pairs: list[tuple[int, int]],
    site: tuple[float, float] | None,
    now_ms: int,
) -> tuple[list[tuple[int, int]], bool]:
    """More pairs for a sensor that has too few identities in common, and whether by shape."""
    table, place = book.table[: len(mine)], book.places()[1]
    mine[[row for row, _ in pairs]] = False
    rows, own = np.flatnonzero(mine), np.flatnonzero((table["sense"] == _SELF) & lately)
    for name in ("t_doubt", "t_moved", "t_twin"):
        own = own[now_ms - table[name][own] > LATELY_MS]
    rows, own = rows[np.argsort(place[rows])], own[np.argsort(place[own])]
    if not len(rows):
        return pairs, False
    taken = {b for _, b in pairs}
    named = _same_words(book, rows.tolist(), own.tolist())
    more = [*pairs, *(pair for pair in named if pair[1] not in taken)][:MOST]
    if len(more) >= 3 or site is None:
        return more, False
    if len(own) > MOST_REFERENCES:
        away = np.abs(table["lat"][own] - site[0]) * 111.0
        own = own[away <= NEAR_KM]
    matched = by_shape(
        site, book.past, book.table["n_past"], rows[:MOST_SHAPES], own[:MOST_REFERENCES]
    )
    return (matched, True) if len(matched) > len(more) else (more, False)


def _same_words(book: Book, rows: list[int], own: list[int]) -> list[tuple[int, int]]:
    """Pairs that bear the same Mode 3/A, or the same callsign, and nobody else does."""
    found: dict[int, int] = {}
    for word in ("mode3a", "call"):
        said = {row: str(getattr(book.who[row], word)) for row in (*rows, *own)}
        here, there = Counter(said[r] for r in rows), Counter(said[r] for r in own)
        of = {said[r]: r for r in own if there[said[r]] == 1}
        for row in rows:
            code = said[row]
            if code and code not in COMMON_CODES and here[code] == 1 and code in of:
                found.setdefault(row, of[code])
    return sorted(found.items(), key=lambda pair: rows.index(pair[0]))
