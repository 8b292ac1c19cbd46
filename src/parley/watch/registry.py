"""Which rows of the picture tell how a sensor is registered: the same aircraft, seen by it and
reported by itself, matched by address, by Mode 3/A, by callsign, or at last by shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numba import njit

from parley.rules.watching import PlausibleRules
from parley.space import Position
from parley.watch.book import COMMON_CODES, Book
from parley.watch.registration import Pairs, Registration, aligned
from parley.watch.report import Sense
from parley.watch.shapes import between, by_shape
from parley.watch.sighted import NEVER, PAST, SENSES
from parley.watch.tracks import Ints

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
    book: Book, sites: Mapping[str, Position], now_ms: int, rules: PlausibleRules
) -> tuple[Registration, ...]:
    """Every sensor that could be compared, in the order of their names. sites: by sensor."""
    n = len(book.who)
    table = book.table[:n]
    senses = table["sense"]
    if not n or not np.any((senses != _SELF) & (senses != _CLAIMED) & (table["n_past"] >= 3)):
        return ()
    order, starts = book.layout()
    room = np.empty((MOST * len(book.sensors), 3), dtype=np.int64)
    common = room[: _common(table, order, starts, book.sensor_of, now_ms, room)]
    found = []
    for sensor, number in sorted(book.sensors.items()):
        pairs = [(int(a), int(b)) for s, a, b in common if s == number]
        at = sites.get(sensor)
        site = None if at is None else (at.lat_deg, at.lon_deg)
        shape = False
        if len(pairs) < 3:
            pairs, shape = _nameless(book, number, pairs, site, now_ms)
        if len(pairs) >= 2:
            samples = _sampled(book, np.array(pairs, dtype=np.int64), now_ms)
            made = aligned(sensor, samples, rules, site=site, by_shape=shape)
            found += [made] if made is not None else []
    return tuple(found)


def _sampled(book: Book, pairs: Ints, now_ms: int) -> Pairs:
    when = np.empty((len(pairs) * PAST, 2), dtype=np.int64)
    out = np.empty((len(when), 4))
    n = _samples(book.past, book.table["n_past"], pairs, now_ms, when, out)
    return Pairs(when[:n, 0], when[:n, 1], out[:n, 0], out[:n, 1], out[:n, 2], out[:n, 3])


def _nameless(
    book: Book,
    sensor: int,
    pairs: list[tuple[int, int]],
    site: tuple[float, float] | None,
    now_ms: int,
) -> tuple[list[tuple[int, int]], bool]:
    """More pairs for a sensor that has too few identities in common, and whether by shape."""
    n = len(book.who)
    table, used = book.table[:n], {a for a, _ in pairs}
    senses = table["sense"]
    mine = (book.sensor_of[:n] == sensor) & (senses != _SELF) & (senses != _CLAIMED)
    rows = [r for r in np.flatnonzero(mine).tolist() if r not in used and _tells(table[r], now_ms)]
    if not rows:
        return pairs, False
    own = np.flatnonzero(senses == _SELF).tolist()
    own = [r for r in own if _reference(table[r], now_ms)]
    rows, own = _by_name(book, rows), _by_name(book, own)
    named = _same_words(book, rows, own)
    more = [*pairs, *(pair for pair in named if pair[1] not in {b for _, b in pairs})][:MOST]
    if len(more) >= 3 or site is None:
        return more, False
    near = own
    if len(own) > MOST_REFERENCES:
        near = [r for r in own if _near(table[r], site)][:MOST_REFERENCES]
    matched = by_shape(
        site,
        book.past,
        book.table["n_past"],
        np.array(rows[:MOST_SHAPES], dtype=np.int64),
        np.array(near, dtype=np.int64),
    )
    return (matched, True) if len(matched) > len(more) else (more, False)


def _near(row: np.void, site: tuple[float, float]) -> bool:
    return bool(abs(float(row["lat"]) - site[0]) * 111.0 <= NEAR_KM)


def _by_name(book: Book, rows: Iterable[int]) -> list[int]:
    """Rows in the order of what they are called: their numbers depend on who came first."""
    named = [(who.key, who.sensor, row) for row in rows if (who := book.who[row]) is not None]
    return [row for _, _, row in sorted(named)]


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
