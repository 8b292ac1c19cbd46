"""Which climbs are believed: a dead band, slow but steady drift, and levelling off.

The state is one row a track that is in the picture, in the order of its ids; it goes by fresh
reports alone, so that how often one sweeps does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parley.rules.watching import CalmRules
from parley.watch.tracks import Bools, Floats, Tracks

APART_MS = 8_000
"""Two rates of climb are compared, and two heights kept, when they are so far apart."""
STALE_MS = 30_000
"""After a gap as long as this nothing is known of the climb before it."""
STEADY_MS = 40_000
"""A drift is measured over as much as this, over at most (KEPT + 1) * APART_MS."""
UNREPORTED_MS = 20_000
"""The rate of a track that reports none is measured over as much as this."""
KEPT = 7
MOST = 1e6
"""A height or a rate beyond this is not known."""
NEVER = -(1 << 60)
FAR_S = 1e9
"""Who does not level off goes on climbing for so long."""

ROW = np.dtype(
    [
        ("seen", "i8"),  # the report on which all else rests
        ("at", "i8", (2,)),  # rates of climb, the latest first
        ("rate", "f8", (2,)),
        ("when", "i8", (KEPT,)),  # heights in level flight, the latest first
        ("height", "f8", (KEPT,)),
        ("climb", "f8"),
        ("travel", "f8"),
    ]
)


@dataclass(frozen=True, slots=True)
class Climb:
    """Of each track: the rate at which it is taken to climb, m/s, and how far it will, in metres
    up; both 0 in level flight."""

    climb_mps: Floats
    travel_m: Floats


class Climbs:
    """The fold of the pictures."""

    def __init__(self, rules: CalmRules) -> None:
        self._dead = rules.dead_band_cm_s / 100
        self._steady = rules.steady_cm_s / 100
        self._slowing = rules.levelling_cm_s2 / 100
        self._ids: tuple[str, ...] = ()
        self._rows = np.zeros(0, ROW)

    def step(self, tracks: Tracks) -> Climb:
        """What the tracks' own reports say of their climb; height and rate may both be NaN."""
        if tracks.ids != self._ids:
            self._align(tracks.ids)
        fresh = np.flatnonzero(tracks.seen_ms != self._rows["seen"])
        if len(fresh):
            self._rows[fresh] = self._after(self._rows[fresh], tracks, fresh)
        return Climb(self._rows["climb"].copy(), self._rows["travel"].copy())

    def _align(self, ids: tuple[str, ...]) -> None:
        known = {track: n for n, track in enumerate(self._ids)}
        at = np.fromiter((known.get(track, -1) for track in ids), np.int64, len(ids))
        rows = np.zeros(len(ids), ROW)
        for name in ("seen", "at", "when"):
            rows[name] = NEVER
        rows[at >= 0] = self._rows[at[at >= 0]]
        self._ids, self._rows = ids, rows

    def _after(self, rows: np.ndarray, tracks: Tracks, fresh: np.ndarray) -> np.ndarray:
        """The rows after one report more."""
        seen, told = tracks.seen_ms[fresh], _known(tracks.climb_mps[fresh])
        height = _known(tracks.pressure_m[fresh])
        height = np.where(np.isnan(height), _known(tracks.height_m[fresh]), height)
        gap = (seen - rows["seen"] > STALE_MS) | (seen < rows["seen"])
        steep = np.abs(told) > 2 * self._dead
        rows["at"][gap] = NEVER
        rows["when"][gap | steep | np.isnan(height)] = NEVER
        rate = np.where(np.isnan(told), _measured(rows, seen, height, UNREPORTED_MS), told)
        climb = np.where(np.abs(rate) > self._dead, rate, 0.0)
        drift = _measured(rows, seen, height, STEADY_MS)
        with np.errstate(invalid="ignore"):
            drifts = (climb == 0.0) & (np.abs(drift) >= self._steady)
            drifts &= np.isnan(told) | (told * drift >= 0.0)
        climb = np.where(drifts, drift, climb)
        rows["climb"], rows["travel"] = climb, self._travel(rows, seen, climb)
        rows["seen"] = seen
        _push(rows, "at", "rate", seen, climb, np.ones(len(seen), np.bool_))
        _push(rows, "when", "height", seen, height, ~steep & ~np.isnan(height))
        return rows

    def _travel(self, rows: np.ndarray, seen: np.ndarray, climb: Floats) -> Floats:
        """v² / 2a of those that slow down, upwards."""
        latest = (seen - rows["at"][:, 0] >= APART_MS).astype(np.int64)
        which = np.arange(len(rows)), 1 - latest
        before, at = rows["rate"][which], rows["at"][which]
        lapse = np.where(at > NEVER, seen - at, 1) / 1000
        slowing = np.where(at > NEVER, (np.abs(before) - np.abs(climb)) / lapse, 0.0)
        stops = (climb * before > 0.0) & (slowing > self._slowing)
        travel: Floats = np.where(
            stops, climb * np.abs(climb) / (2 * np.where(stops, slowing, 1.0)), climb * FAR_S
        )
        return travel


def _known(values: Floats) -> Floats:
    return np.where(np.abs(values) <= MOST, values, np.nan)


def _measured(rows: np.ndarray, seen: np.ndarray, height: Floats, over_ms: int) -> Floats:
    """The rate since the kept height that is nearest above so old; NaN where there is none, and
    since the oldest for a drift."""
    age = np.where(rows["when"] > NEVER, seen[:, None] - rows["when"], -1)
    enough = age >= over_ms
    last = KEPT - 1 - np.argmax(enough[:, ::-1], axis=1)
    first = np.argmax(enough, axis=1)
    which = np.arange(len(rows)), last if over_ms == STEADY_MS else first
    lapse = np.where(enough.any(axis=1), age[which], 1) / 1000
    rate: Floats = np.where(enough.any(axis=1), (height - rows["height"][which]) / lapse, np.nan)
    return rate


def _push(
    rows: np.ndarray,
    when: str,
    what: str,
    seen: np.ndarray,
    value: Floats,
    wanted: Bools,
) -> None:
    due = np.flatnonzero(wanted & (seen - rows[when][:, 0] >= APART_MS))
    for name, new in ((when, seen), (what, value)):
        kept = rows[name]
        kept[due, 1:] = kept[due, :-1]
        kept[due, 0] = new[due]
