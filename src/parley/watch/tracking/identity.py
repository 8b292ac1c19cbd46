"""Identities that were exchanged: each of two tracks suddenly continues the other's motion, or
bears the other's callsign."""

from __future__ import annotations

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.watch.tracking.book import Book, Who
from parley.watch.tracking.carry import apart, moved
from parley.watch.tracking.doubts import Merged
from parley.watch.tracking.sighted import Limits

SWAP_MS = 300_000
"""An exchange is told for so long."""
TOGETHER_MS = 60_000
"""Both sides of an exchange happen so close to each other."""
MOST = 128
"""So many moved rows, the latest, are compared with each other."""


def swapped(seen: Merged, book: Book, lim: Limits) -> list[Finding]:
    """One finding a pair, in the order of ids. A warning: who speaks to one of them speaks to the
    other."""
    names = _moved_names(seen, lim)
    for pair, when, codes in _renamed(seen, book):
        old = names.get(pair)
        names[pair] = (min(when, old[0]), old[1] | codes) if old else (when, codes)
    place = {name: i for i, name in enumerate(seen.tracks.ids)} if names else {}
    found = []
    for (a, b), (when, codes) in sorted(names.items()):
        if a in place and b in place:
            owner = seen.tracks.owner
            found.append(
                finding(
                    Kind.IDENTITY_CONFLICT,
                    Level.WARNING,
                    (f"track:{a}", f"track:{b}"),
                    parties=(owner[place[a]], owner[place[b]]),
                    window_ms=(when, seen.tracks.now_ms),
                    codes=("swapped", *codes),
                )
            )
    return found


def _moved_names(seen: Merged, lim: Limits) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    """Pairs of tracks that went to each other's place."""
    table, now_ms = seen.table, seen.tracks.now_ms
    rows = np.flatnonzero((table["t_moved"] > now_ms - SWAP_MS) & (table["count"] > 0))
    if len(rows) < 2:
        return {}
    identity_of, main_of = seen.identity_of(), seen.main_of()
    place = np.zeros(len(table), dtype=np.int64)
    place[seen.order] = np.arange(len(seen.order))
    rows = rows[np.lexsort((place[rows], -table["t_moved"][rows]))][: 2 * MOST]
    mine = [
        (int(table["t_moved"][row]), int(identity_of[row]), row)
        for row in rows.tolist()
        if identity_of[row] >= 0 and main_of[identity_of[row]] >= 0
    ][:MOST]
    found: dict[tuple[str, str], tuple[int, frozenset[str]]] = {}
    for n, (t, k, row) in enumerate(mine):
        for t2, k2, row2 in mine[:n]:
            if k == k2 or abs(t - t2) > TOGETHER_MS:
                continue
            if _took_place(table[row], table[row2], lim) and _took_place(
                table[row2], table[row], lim
            ):
                a, b = sorted((seen.tracks.ids[main_of[k]], seen.tracks.ids[main_of[k2]]))
                when = min(t, t2, found.get((a, b), (t, frozenset()))[0])
                found[(a, b)] = (when, frozenset())
    return found


def _took_place(row: np.void, other: np.void, lim: Limits) -> bool:
    """Whether the row went to where the other would have been."""
    dt = max(0.0, float(row["t_moved"] - other["t_before"]) / 1000.0)
    east, north = float(other["old_east"]), float(other["old_north"])
    lat, lon = float(other["old_lat"]), float(other["old_lon"])
    gate = lim.disagree_m + 2 * float(row["acc"] + other["acc"]) + lim.drift_mps2 * dt * dt
    if np.isnan(east) or np.isnan(north):
        gate += lim.unknown_mps * dt
    else:
        lat, lon = moved(lat, lon, east * dt, north * dt)
    return bool(apart(lat, lon, float(row["new_lat"]), float(row["new_lon"])) <= gate)


def _renamed(seen: Merged, book: Book) -> list[tuple[tuple[str, str], int, frozenset[str]]]:
    """Pairs of identities whose callsigns went from one to the other."""
    now_ms = seen.tracks.now_ms
    whos = {id(w): w for w in (book.who[row] for row in book.renamed) if w is not None}
    recent = [w for w in whos.values() if w.changed_ms > now_ms - SWAP_MS and w.was]
    by_call: dict[tuple[str, str], list[Who]] = {}
    for who in recent:
        by_call.setdefault((who.was, who.call), []).append(who)
    found = []
    for who in recent:
        for other in by_call.get((who.call, who.was), ()):
            near = abs(who.changed_ms - other.changed_ms) <= TOGETHER_MS
            if who.key < other.key and near:
                when = min(who.changed_ms, other.changed_ms)
                found.append(((who.key, other.key), when, frozenset(("callsign",))))
    return sorted(found)
