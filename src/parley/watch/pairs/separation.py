"""Predicted loss of separation between two tracks, and of a track with a declared plan.

A straight line from where each is, held against the agreed steps; then what the declared intents
say of it (``expect``); then whether there is enough evidence to tell it (``calm``). Two exact
minima apart is separated. What a plan forbids is told late and low, except what is urgent or has
happened: no plan makes that go away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding, order
from parley.rules.watching import Cylinder, WatchRules, WellClear
from parley.watch.pairs.calm import Calm, Key, Sight, Told
from parley.watch.pairs.candidates import Run
from parley.watch.pairs.climbs import Climbs
from parley.watch.pairs.expect import BY_INTENT, BY_STATE, Expect, PlanSight
from parley.watch.pairs.motion import above_m, minima, motion_of, times_of, widened, wider_m
from parley.watch.pairs.sweep import Motion, Pairs, sweep
from parley.watch.scene import Scene
from parley.watch.tracks import Bools, Floats, Ints, Status, Tracks

LEVELS = tuple(Level)
MOST_A_TRACK = 16
"""So many losses are told of one track, unless the other track has fewer."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """m predicted losses as arrays, in the order of the pairs. level: of ``Level``, 0 for none.
    soonest_s: until any volume is violated. begin_s, end_s: of the violation of the minima, or
    else of that. lost: separation is lost now, with nothing added for uncertainty. climbing: it
    takes a climb that is still to come."""

    pairs: Pairs
    level: Ints
    soonest_s: Floats
    begin_s: Floats
    end_s: Floats
    lost: Bools
    climbing: Bools


class Separation:
    """The fold of the pictures: explicit state, bounded by the tracks and ``calm.MAX_PAIRS``.

    What it finds follows from the rules, the pictures and the scenes. Sweeps may be as frequent
    as one likes; it is the reports that count. crowded: pairs that the last sweep left out, because
    each of the two has ``MOST_A_TRACK`` that are more urgent: of a hundred ghosts in one place
    nobody can use five thousand findings."""

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._volumes = tuple(dict.fromkeys(step.volume for step in rules.steps))
        self._main = self._volumes.index(minima(rules))
        self._climbs = Climbs(rules.calm)
        self._expect = Expect(rules)
        self._calm = Calm(rules.calm)
        self._plan_calm = Calm(rules.calm)
        self._last: dict[Key, Finding] = {}
        self._last_plan: dict[Key, Finding] = {}
        self.crowded = 0

    def step(self, tracks: Tracks, scene: Scene, *, run: Run = map) -> list[Finding]:
        """PREDICTED_LOSS (track, track) and PLAN_CONFLICT (notice, track) that are told now, the
        most urgent first. run: how the sweep's chunks are run."""
        climb = self._climbs.step(tracks)
        motion = motion_of(tracks, scene, climb)
        self._expect.see(tracks, scene)
        seen = self._sweep(tracks, motion, climb.travel_m, run)
        found = self._losses(tracks, motion, seen)
        return order(found + self._plans(tracks))

    def _sweep(self, tracks: Tracks, motion: Motion, travel_m: Floats, run: Run) -> _Seen:
        rules = self._rules
        more = wider_m(tracks, rules.calm)
        most = float(np.max(more, where=motion.active, initial=0.0))
        most = min(2 * most, float(rules.calm.widen_m))
        volumes = self._volumes
        searched = tuple(widened(v, most) for v in volumes) if most else volumes
        pairs = sweep(motion, searched, rules.lookahead_s, run=run)
        begin, end, bare = pairs.time_in_s, pairs.time_out_s, pairs.time_in_s
        i, j = pairs.i, pairs.j
        if most:
            each = np.minimum(more[i] + more[j], rules.calm.widen_m)
            times = times_of(motion, (i, j), volumes, each, rules.lookahead_s)
            begin, end, bare = times.begin_s, times.end_s, times.bare_s
        above = above_m(motion, i, j)
        stops = _stops(volumes, above, travel_m[i], travel_m[j])
        begin, bare = np.where(stops, np.inf, begin), np.where(stops, np.inf, bare)
        level = np.zeros(len(i), np.int64)
        for step in rules.steps:
            reached = begin[volumes.index(step.volume)] <= step.within_s
            level = np.where(reached, np.maximum(level, int(step.level)), level)
        lost = bare[self._main] <= 0.0
        sure = np.asarray(np.isfinite(bare).any(axis=0))
        level = np.where(sure | lost, level, np.minimum(level, int(Level.ADVISORY)))
        level = np.where(pairs.vertical_known, level, np.minimum(level, int(Level.WARNING)))
        which = np.arange(len(i))
        first = np.argmin(begin, axis=0)
        level, self.crowded = _soonest(i, j, level, begin[first, which])
        main = np.where(np.isfinite(begin[self._main]), self._main, first)
        high = np.array([v.vertical_cm / 100 for v in volumes])
        with np.errstate(invalid="ignore"):
            climbing = np.abs(above) >= high[first]
        return _Seen(
            pairs,
            level,
            begin[first, which],
            begin[main, which],
            end[main, which],
            lost,
            climbing,
        )

    def _losses(self, tracks: Tracks, motion: Motion, seen: _Seen) -> list[Finding]:
        near_s, ids, planned = self._rules.calm.at_once_s, tracks.ids, self._expect.planned
        codes = [BY_STATE] * len(seen.pairs)
        i, j = seen.pairs.i, seen.pairs.j
        fresh = np.maximum(tracks.seen_ms[i], tracks.seen_ms[j])
        columns = (i, j, seen.level, seen.soonest_s, seen.lost, seen.climbing, fresh)
        sights: list[Sight] = []
        for m, (a, b, rank, soonest, lost, climbing, fresh_ms) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            if not rank:
                continue
            level = LEVELS[rank]
            if planned:
                said = self._expect.pair(a, b, float(seen.begin_s[m]), float(seen.end_s[m]))
                codes[m] = BY_INTENT if said else BY_STATE
                if said is False and not lost and level < Level.URGENT:
                    if soonest > near_s:
                        continue
                    level = Level.ADVISORY
            sights.append(Sight((ids[a], ids[b]), level, soonest, fresh_ms, climbing, m))
        told = self._calm.step(tracks.now_ms, sights)
        self._last = {
            t.key: _again(self._last[t.key], t)
            if t.place < 0
            else _loss(tracks, motion, seen, t, codes[t.place])
            for t in told
        }
        return list(self._last.values())

    def _plans(self, tracks: Tracks) -> list[Finding]:
        plans = self._expect.plans()
        sights = [
            Sight(p.key, p.level, p.within_s, p.fresh_ms, p.climbing, n)
            for n, p in enumerate(plans)
        ]
        told = self._plan_calm.step(tracks.now_ms, sights)
        self._last_plan = {
            t.key: _again(self._last_plan[t.key], t)
            if t.place < 0
            else _plan(tracks.now_ms, plans[t.place], t)
            for t in told
        }
        return list(self._last_plan.values())


def _soonest(i: Ints, j: Ints, level: Ints, begin_s: Floats) -> tuple[Ints, int]:
    """The levels, 0 for pairs that are among the ``MOST_A_TRACK`` most urgent of neither track
    (by level, then time, then the order of the pairs); and how many these are."""
    live = np.flatnonzero(level)
    tracks = np.concatenate((i[live], j[live]))
    if not len(live) or int(np.bincount(tracks).max()) <= MOST_A_TRACK:
        return level, 0
    pair = np.tile(np.arange(len(live)), 2)
    order_ = np.lexsort((pair, begin_s[live][pair], -level[live][pair], tracks))
    by_track = tracks[order_]
    starts = np.flatnonzero(np.r_[True, by_track[1:] != by_track[:-1]])
    rank = np.arange(len(by_track)) - np.repeat(starts, np.diff(np.r_[starts, len(by_track)]))
    kept = np.zeros(len(live), dtype=np.bool_)
    kept[pair[order_][rank < MOST_A_TRACK]] = True
    out = level.copy()
    out[live[~kept]] = 0
    return out, int((~kept).sum())


def _stops(
    volumes: tuple[Cylinder | WellClear, ...], above: Floats, travel_i: Floats, travel_j: Floats
) -> Bools:
    """Of each volume and pair: both level off before they are that close in height."""
    apart = np.abs(above)
    nearer = np.where(above >= 0.0, travel_i - travel_j, travel_j - travel_i)
    return np.stack(
        [(apart >= v.vertical_cm / 100) & (nearer < apart - v.vertical_cm / 100) for v in volumes]
    )


def _again(last: Finding, told: Told) -> Finding:
    """What was told last, at the level that still holds."""
    if last.level is told.level:
        return last
    return finding(
        last.kind,
        told.level,
        last.refs,
        parties=last.parties,
        window_ms=(last.from_ms, last.until_ms),
        measures=last.measured,
        codes=last.codes,
    )


def _instants(now_ms: int, begin_s: float, end_s: float) -> tuple[int, int]:
    first = 1000 * round((now_ms + 1000 * begin_s) / 1000)
    return first, max(first, 1000 * round((now_ms + 1000 * end_s) / 1000))


def _loss(tracks: Tracks, motion: Motion, seen: _Seen, told: Told, code: str) -> Finding:
    m, p = told.place, seen.pairs
    i, j = int(p.i[m]), int(p.j[m])
    measures = {
        "time_to_violation_s": round(float(seen.begin_s[m])),
        "tcpa_s": round(float(p.tcpa_s[m])),
        "dcpa_m": round(float(p.dcpa_m[m])),
        "hmd_m": round(float(p.hmd_m[m])),
        "range_m": round(float(p.range_m[m])),
    }
    codes = [code]
    if p.vertical_known[m]:
        measures["vmd_m"] = round(float(p.vmd_m[m]))
        measures["vertical_m"] = round(float(p.vertical_m[m]))
    else:
        codes.append("height-unknown")
    if seen.lost[m]:
        codes.append("lost")
    if Status.COASTING in (int(tracks.status[i]), int(tracks.status[j])):
        codes.append("coasting")
    if tracks.doubted[i] or tracks.doubted[j]:
        codes.append("doubted")
    return finding(
        Kind.PREDICTED_LOSS,
        told.level,
        (f"track:{told.key[0]}", f"track:{told.key[1]}"),
        parties=(tracks.owner[i], tracks.owner[j]),
        window_ms=_instants(tracks.now_ms, float(seen.begin_s[m]), float(seen.end_s[m])),
        measures=measures,
        codes=codes,
    )


def _plan(now_ms: int, plan: PlanSight, told: Told) -> Finding:
    return finding(
        Kind.PLAN_CONFLICT,
        told.level,
        plan.refs,
        parties=plan.parties,
        window_ms=_instants(now_ms, plan.within_s, plan.end_s),
        measures={"time_to_violation_s": round(plan.within_s), "range_m": plan.range_m},
        codes=plan.codes,
    )
