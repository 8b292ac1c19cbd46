"""Who is in a hazard volume, and who is about to be: still volumes and volumes that move.

A track inside is a bystander, by the same key as in rules.hazard; a track that is carried straight
on into one is a predicted entry. Bounds are closed. The hazard's own author is no bystander of it
with his own tracks; whom nobody answers for is one. What is late or lost stays where it was: only
a report from outside ends a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.hazard import OPEN_END
from parley.rules.watching import WatchRules
from parley.watch.against.moving import excepted, may_be_there, moving_shapes, relative_heights
from parley.watch.against.reach import Apart, Pairs, Shapes, apart, entries_s, near, within_m
from parley.watch.against.seen import Seen, codes_of_status
from parley.watch.scene import Hazard, Scene
from parley.watch.tracks import Bools, Ints, Status, Tracks

WARN_S = 120
"""Entry within this (closed) is a warning, beyond it an advisory."""
KEEP_M = 500.0
KEEP_UP_M = 60.0
"""Who was inside and is no further out than this still counts as inside."""
EXIT_S = 10
"""And so long behind that, with a report from outside."""
MOVING = "moving"


@dataclass(frozen=True, slots=True)
class _Target:
    """A hazard by its ref; when the last of its volumes ends, and the last that only waits for
    an all-clear. exempt: whose tracks may be there. blind: nobody knows where it is now."""

    ref: str
    party: str
    until_ms: int
    late_ms: int = -1
    exempt: frozenset[str] = frozenset()
    blind: bool = False

    def ends_ms(self, kind: Kind) -> int:
        return self.late_ms if kind is Kind.NO_ALL_CLEAR else self.until_ms


@dataclass(slots=True)
class _Inside:
    first_ms: int
    last_ms: int
    seen_ms: int
    groups: tuple[str, ...]
    rows: int


@dataclass(slots=True)
class _Ahead:
    last_ms: int
    seen_ms: int
    warned_ms: int
    hits: int
    entry_s: float
    gap_m: float
    groups: tuple[str, ...]
    level: Level
    told: bool = False


@dataclass(slots=True)
class _Hits:
    """What one sweep finds of one hazard and track: rows it is in, rows it was in (and nearly
    is), and the nearest entry. at: the track's index."""

    at: int
    inside: list[str]
    nearly: list[str]
    groups: list[str]
    entry_s: float = np.inf
    gap_m: float = 0.0


_Key = tuple[str, str]


class HazardWatch:
    """Bystanders, and predicted entries within ``rules.hazard_s``. One call a sweep.

    A predicted entry is told when ``calm.hits`` fresh reports in a row have led to it, at once
    within ``calm.at_once_s``; it, or its higher level, must be gone for ``calm.clear_s``. counts:
    what could not be judged in the last sweep, by name.
    """

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._hazards: tuple[Hazard, ...] | None = None
        self._shapes = Shapes.of(())
        self._target_of: Ints = np.zeros(0, np.int64)
        self._groups: list[str] = []
        self._targets: list[_Target] = []
        self._inside: dict[_Key, _Inside] = {}
        self._late: dict[_Key, _Inside] = {}
        self._ahead: dict[_Key, _Ahead] = {}
        self.counts: dict[str, int] = {}

    def step(self, tracks: Tracks, scene: Scene, seen: Seen | None = None) -> list[Finding]:
        """The findings at ``tracks.now_ms``, in no particular order."""
        seen = seen or Seen.of(tracks, self._rules, scene.air)
        self.counts = dict(seen.counts)
        self._build(scene.hazards)
        targets: dict[str, _Target] = {}
        hits: dict[_Key, _Hits] = {}
        self._still(seen, scene, targets, hits)
        self._moving(seen, scene, targets, hits)
        found = self._bystanders(seen, targets, hits)
        return found + self._entries(seen, targets, hits)

    def _build(self, hazards: tuple[Hazard, ...]) -> None:
        if hazards is self._hazards:
            return
        rows = [(n, row) for n, hazard in enumerate(hazards) for row in hazard.rows]
        self._hazards = hazards
        self._shapes = Shapes.of([row.volume for _, row in rows])
        self._target_of = np.array([n for n, _ in rows], dtype=np.int64)
        self._groups = [row.group for _, row in rows]
        self._targets = [_target(hazard) for hazard in hazards]

    def _still(
        self, seen: Seen, scene: Scene, targets: dict[str, _Target], hits: dict[_Key, _Hits]
    ) -> None:
        shapes, now = self._shapes, seen.tracks.now_ms
        live = shapes.start_ms <= now + 1000 * self._rules.hazard_s
        live &= shapes.end_ms >= now
        every = self._targets
        targets.update((t.ref, t) for t in every if max(t.until_ms, t.late_ms) >= now)
        if not live.any():
            return
        pairs = self._near(seen, shapes, live)
        codes = np.array([seen.code_of(t.party) if t.party else -1 for t in every], dtype=np.int64)
        own = seen.owner_codes[pairs.track] == codes[self._target_of[pairs.shape]]
        pairs = pairs.some(~own)
        names = [every[n].ref for n in self._target_of.tolist()]
        self._collect(seen, shapes, pairs, apart(seen, shapes, pairs), names, self._groups, hits)

    def _near(self, seen: Seen, shapes: Shapes, live: Bools) -> Pairs:
        ahead_s = float(self._rules.hazard_s)
        return near(seen, shapes, ahead_s=ahead_s, margin_m=KEEP_M, up_m=KEEP_UP_M, live=live)

    def _moving(
        self, seen: Seen, scene: Scene, targets: dict[str, _Target], hits: dict[_Key, _Hits]
    ) -> None:
        now, there = seen.tracks.now_ms, []
        for hazard in scene.moving:
            at = seen.index_of(hazard.track)
            if hazard.until_ms < now or hazard.from_ms > now + 1000 * self._rules.hazard_s:
                continue
            blind = at < 0 or not seen.usable[at]
            targets[hazard.ref] = _Target(
                hazard.ref,
                hazard.party,
                hazard.until_ms,
                exempt=excepted(hazard, scene),
                blind=blind,
            )
            if blind:
                self.counts["moving-without-track"] = self.counts.get("moving-without-track", 0) + 1
            else:
                there.append((hazard, at))
        if not there:
            return
        shapes = moving_shapes(seen, there)
        pairs = self._near(seen, shapes, np.ones(len(shapes), dtype=np.bool_))
        pairs = pairs.some(~may_be_there(seen, scene, pairs, there))
        heights = relative_heights(seen, pairs, there)
        names = [hazard.ref for hazard, _ in there]
        gap = apart(seen, shapes, pairs, heights)
        self._collect(seen, shapes, pairs, gap, names, [MOVING] * len(there), hits)

    def _collect(
        self,
        seen: Seen,
        shapes: Shapes,
        pairs: Pairs,
        gap: Apart,
        names: Sequence[str],
        groups: Sequence[str],
        hits: dict[_Key, _Hits],
    ) -> None:
        """Add what these pairs are to ``hits``."""
        radius = seen.radius_m[pairs.track]
        close = np.flatnonzero(gap.open_now & (gap.metres <= radius + KEEP_M + gap.slack_m))
        inside = np.zeros(len(pairs), dtype=np.bool_)
        some = np.zeros(len(pairs), dtype=np.bool_)
        some[close] = gap.level()[close]
        part = np.flatnonzero(some)
        inside[part] = within_m(seen, shapes, pairs.some(some), gap.some(some), radius[part])
        nearly = np.zeros(len(pairs), dtype=np.bool_)
        nearly[close] = gap.level(KEEP_UP_M)[close]
        entry = np.full(len(pairs), np.inf)
        ahead = ~inside & (seen.tracks.status[pairs.track] != Status.LOST)
        ahead &= self._rules.hazard_s > 0
        entry[ahead] = entries_s(
            seen, shapes, pairs.some(ahead), gap.some(ahead), float(self._rules.hazard_s)
        )
        which = np.flatnonzero(inside | nearly | np.isfinite(entry))
        gap_m = np.maximum(0.0, gap.metres - radius)
        ids = seen.tracks.ids
        for at, k, is_in, was_in, entry_s, gap_now_m in zip(
            *(x[which].tolist() for x in (pairs.track, pairs.shape, inside, nearly, entry, gap_m)),
            strict=True,
        ):
            key, group = (names[k], ids[at]), groups[k]
            hit = hits.get(key)
            if hit is None:
                hit = hits[key] = _Hits(at, [], [], [])
            if is_in:
                hit.inside.append(group)
            if was_in:
                hit.nearly.append(group)
            if entry_s < np.inf:
                hit.groups.append(group)
                if (entry_s, gap_now_m) < (hit.entry_s, hit.gap_m):
                    hit.entry_s, hit.gap_m = entry_s, gap_now_m

    def _bystanders(
        self, seen: Seen, targets: dict[str, _Target], hits: dict[_Key, _Hits]
    ) -> list[Finding]:
        found = []
        for kind, states in self._both():
            self._hold(seen, kind, states, hits)
            for key, state in list(states.items()):
                at, target = seen.index_of(key[1]), targets.get(key[0])
                if (
                    target is None
                    or target.ends_ms(kind) < seen.tracks.now_ms
                    or at < 0
                    or seen.tracks.owner[at] in target.exempt
                    or _has_left(seen, at, state, target)
                ):
                    del states[key]
                else:
                    found.append(_bystander(kind, target, seen, at, state))
        return found

    def _both(self) -> tuple[tuple[Kind, dict[_Key, _Inside]], ...]:
        return (Kind.BYSTANDER, self._inside), (Kind.NO_ALL_CLEAR, self._late)

    def _hold(
        self, seen: Seen, kind: Kind, states: dict[_Key, _Inside], hits: dict[_Key, _Hits]
    ) -> None:
        """Who is inside now, and who was and nearly is."""
        now, late = seen.tracks.now_ms, kind is Kind.NO_ALL_CLEAR
        for key, hit in hits.items():
            if not hit.inside and not hit.nearly:
                continue
            was = states.get(key)
            groups = [g for g in hit.inside if (g == OPEN_END) is late]
            if not groups and was is not None:
                groups = [g for g in hit.nearly if (g == OPEN_END) is late]
            if not groups:
                continue
            if was is None:
                was = states[key] = _Inside(now, now, 0, (), 0)
            was.last_ms, was.seen_ms = now, int(seen.tracks.seen_ms[hit.at])
            was.groups, was.rows = tuple(groups), len(groups)

    def _entries(
        self, seen: Seen, targets: dict[str, _Target], hits: dict[_Key, _Hits]
    ) -> list[Finding]:
        now = seen.tracks.now_ms
        for key, hit in hits.items():
            groups = self._to_come(key, hit.groups) if hit.groups else ()
            if groups:
                self._ahead[key] = self._predicted(seen, self._ahead.get(key), hit, groups)
        found = []
        for key, state in list(self._ahead.items()):
            at = seen.index_of(key[1])
            target = targets.get(key[0])
            gone = target is None or at < 0 or seen.tracks.owner[at] in target.exempt
            gone = gone or not self._to_come(key, state.groups)
            if not gone and state.last_ms != now:
                lost = seen.tracks.status[at] == Status.LOST
                held = lost or 0 <= now - state.last_ms < 1000 * self._rules.calm.clear_s
                held = held and state.told
                gone = not held
            if gone:
                del self._ahead[key]
            elif state.told:
                found.append(_entry(targets[key[0]], seen, at, state))
        return found

    def _to_come(self, key: _Key, groups: Iterable[str]) -> tuple[str, ...]:
        """Of these groups those that say more than that it is inside already."""
        if key in self._inside:
            return ()
        late = key in self._late
        return tuple(g for g in groups if not (late and g == OPEN_END))

    def _predicted(
        self, seen: Seen, was: _Ahead | None, hit: _Hits, groups: tuple[str, ...]
    ) -> _Ahead:
        calm, entry_s, now = self._rules.calm, hit.entry_s, seen.tracks.now_ms
        reported = int(seen.tracks.seen_ms[hit.at])
        if was is None:
            was = _Ahead(now, -1, -1, 0, entry_s, hit.gap_m, groups, Level.ADVISORY)
        if reported != was.seen_ms or was.hits == 0:
            was.seen_ms, was.hits = reported, was.hits + 1
        if entry_s <= WARN_S:
            was.level, was.warned_ms = Level.WARNING, now
        elif not 0 <= now - was.warned_ms < 1000 * calm.clear_s:
            was.level = Level.ADVISORY
        was.last_ms, was.entry_s, was.gap_m, was.groups = now, entry_s, hit.gap_m, groups
        was.told = was.told or was.hits >= calm.hits or entry_s <= calm.at_once_s
        return was


def _target(hazard: Hazard) -> _Target:
    ends = [(row.group == OPEN_END, row.volume.span.end_ms) for row in hazard.rows]
    until_ms = max((end for late, end in ends if not late), default=-1)
    late_ms = max((end for late, end in ends if late), default=-1)
    exempt = frozenset({hazard.party} - {""})
    return _Target(hazard.ref, hazard.party, until_ms, late_ms, exempt)


def _has_left(seen: Seen, at: int, state: _Inside, target: _Target) -> bool:
    """Only a report that came since, in time and of a place that is known, shows that."""
    tracks = seen.tracks
    if target.blind or not seen.usable[at] or tracks.status[at] != Status.LIVE:
        return False
    reported = int(tracks.seen_ms[at]) != state.seen_ms
    return reported and not 0 <= tracks.now_ms - state.last_ms < 1000 * EXIT_S


def _bystander(kind: Kind, target: _Target, seen: Seen, at: int, state: _Inside) -> Finding:
    tracks = seen.tracks
    return finding(
        kind,
        Level.URGENT,
        (target.ref, f"track:{tracks.ids[at]}"),
        parties=(target.party, tracks.owner[at]),
        window_ms=(state.first_ms, target.ends_ms(kind)),
        measures={"pairs": state.rows},
        codes=(*state.groups, *codes_of_status(tracks, at)),
    )


def _entry(target: _Target, seen: Seen, at: int, state: _Ahead) -> Finding:
    tracks = seen.tracks
    entry_ms = state.last_ms + round(1000 * state.entry_s)
    until_ms = max(target.until_ms, target.late_ms)
    return finding(
        Kind.PREDICTED_ENTRY,
        state.level,
        (target.ref, f"track:{tracks.ids[at]}"),
        parties=(target.party, tracks.owner[at]),
        window_ms=(min(entry_ms, until_ms), until_ms),
        measures={"time_to_entry_s": round(state.entry_s), "distance_m": round(state.gap_m)},
        codes=(*state.groups, *codes_of_status(tracks, at)),
    )
