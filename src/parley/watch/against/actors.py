"""Who is there whom nobody knows, or for whom nobody answers: told where it matters.

A track is *unknown* when it has no identity but a sensor's own number, and *unclaimed* when it has
one and no party answers for it: in a civil sky that is almost everybody. So the unclaimed are
told only where somebody has declared something or endangers somebody, and counted elsewhere. Who
is in a hazard is told as a bystander besides: that is the alarm, this says who nobody can call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.placed import ANY_HEIGHT
from parley.rules.watching import WatchRules
from parley.space import Area, Span, Volume
from parley.watch.against.hazards import HazardWatch
from parley.watch.against.reach import Shapes, apart, entries_s, near, within_m
from parley.watch.against.seen import Seen
from parley.watch.scene import Intent, Scene
from parley.watch.tracks import Bools, Status, Tracks

HOLD_S = 30
"""So long what has ceased to be near is still told."""
DECLARED, HAZARD = "declared", "hazard"
_INSIDE = (Kind.BYSTANDER, Kind.NO_ALL_CLEAR)
_IDENTIFIED = ("icao:", "call:")


def is_unknown(track: str, label: str) -> bool:
    """Whether a track's id is a sensor's own number and nothing else is known of it (the form of
    ``Ident.key``: "SENSOR/NUMBER")."""
    return not label and "/" in track and not track.startswith(_IDENTIFIED)


@dataclass(slots=True)
class _Actor:
    kind: Kind
    level: Level
    codes: tuple[str, ...]
    first_ms: int
    last_ms: int


class ActorWatch:
    """One call a sweep. Levels: an unknown actor in the agreement's area is an INFO, and a
    warning inside or predicted into a declared volume or a hazard; an unclaimed one is an advisory
    there, a warning inside a declared volume, and nothing elsewhere.

    counts of the last sweep: "unknown" and "unclaimed" (in the area), "unclaimed-told".
    """

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._own = HazardWatch(rules)
        self._intents: tuple[Intent, ...] | None = None
        self._declared = Shapes.of(())
        self._area: Area | None = None
        self._place = Shapes.of(())
        self._named: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._answers: Bools = np.zeros(0, dtype=np.bool_)
        self._actors: dict[str, _Actor] = {}
        self.counts: dict[str, int] = {}

    def step(
        self,
        tracks: Tracks,
        scene: Scene,
        hazards: Iterable[Finding] | None = None,
        seen: Seen | None = None,
    ) -> list[Finding]:
        """hazards: what ``HazardWatch`` found in this sweep; None: it is looked for here."""
        seen = seen or Seen.of(tracks, self._rules, scene.air)
        if hazards is None:
            hazards = self._own.step(tracks, scene, seen)
        self._build(scene)
        nobody = seen.owner_codes == seen.code_of("")
        unknown = self._unknown(tracks) & nobody
        inside = self._in_area(seen, scene, nobody, unknown)
        levels = self._levels(seen, unknown, inside, hazards, self._near(seen, nobody))
        claimed = nobody & ~unknown & inside
        self.counts = {"unknown": int((unknown & inside).sum()), "unclaimed": int(claimed.sum())}
        found = self._told(seen, scene, unknown, levels)
        told = sum(1 for f in found if f.kind is Kind.UNCLAIMED_ACTOR)
        self.counts["unclaimed-told"] = told
        return found

    def _unknown(self, tracks: Tracks) -> Bools:
        """Of each track; the same array for as long as ids and labels are the same."""
        named = (tracks.ids, tracks.label)
        if named != self._named:
            self._named = named
            answers = map(is_unknown, tracks.ids, tracks.label)
            self._answers = np.fromiter(answers, np.bool_, len(tracks))
        return self._answers

    def _build(self, scene: Scene) -> None:
        if scene.intents is not self._intents:
            self._intents = scene.intents
            self._declared = Shapes.of(
                [
                    row.volume
                    for intent in scene.intents
                    if not intent.closed
                    for row in (*intent.aircraft, *intent.activity)
                ]
            )
        if scene.area is not self._area:
            self._area = scene.area
            areas = [scene.area] if scene.area is not None else []
            self._place = Shapes.of([Volume(area, ANY_HEIGHT, Span(0, 0)) for area in areas])

    def _in_area(self, seen: Seen, scene: Scene, nobody: Bools, unknown: Bools) -> Bools:
        """Exact for the unknown; for the others, who are only counted, as good as the plane."""
        if scene.area is None:
            return nobody & seen.usable
        found = np.zeros(len(nobody), dtype=np.bool_)
        pairs = near(seen, self._place, ahead_s=0.0, wanted=nobody)
        gap = apart(seen, self._place, pairs)
        found[pairs.track[gap.metres <= seen.radius_m[pairs.track]]] = True
        asked = unknown[pairs.track]
        pairs, gap = pairs.some(asked), gap.some(asked)
        inside = within_m(seen, self._place, pairs, gap, seen.radius_m[pairs.track])
        found[pairs.track] = inside
        return found

    def _near(self, seen: Seen, nobody: Bools) -> dict[int, bool]:
        """Who is predicted to enter a declared volume within ``hazard_s``; True: is inside."""
        shapes, now, ahead_s = self._declared, seen.tracks.now_ms, float(self._rules.hazard_s)
        live = (shapes.start_ms <= now + 1000 * self._rules.hazard_s) & (shapes.end_ms >= now)
        pairs = near(seen, shapes, ahead_s=ahead_s, wanted=nobody, live=live)
        gap = apart(seen, shapes, pairs)
        there = gap.level() & gap.open_now
        inside = within_m(seen, shapes, pairs, gap, seen.radius_m[pairs.track]) & there
        entry = entries_s(seen, shapes, pairs, gap, ahead_s)
        entry[seen.tracks.status[pairs.track] == Status.LOST] = np.inf
        found: dict[int, bool] = {}
        for n in np.flatnonzero(inside | np.isfinite(entry)).tolist():
            at = int(pairs.track[n])
            found[at] = found.get(at, False) or bool(inside[n])
        return found

    def _levels(
        self,
        seen: Seen,
        unknown: Bools,
        inside: Bools,
        hazards: Iterable[Finding],
        declared: dict[int, bool],
    ) -> dict[int, tuple[Level, tuple[str, ...]]]:
        """Of each track that is told now."""
        nobody = seen.code_of("")
        endangered = set()
        for one in hazards:
            if one.kind in _INSIDE or one.kind is Kind.PREDICTED_ENTRY:
                at = seen.index_of(one.refs[1].removeprefix("track:"))
                if at >= 0 and seen.owner_codes[at] == nobody:
                    endangered.add(at)
        found: dict[int, tuple[Level, tuple[str, ...]]] = dict.fromkeys(
            np.flatnonzero(unknown & inside).tolist(), (Level.INFO, ())
        )
        for at in sorted(endangered | set(declared)):
            codes = [DECLARED] * (at in declared) + [HAZARD] * (at in endangered)
            grave = bool(unknown[at]) or declared.get(at, False)
            found[at] = (Level.WARNING if grave else Level.ADVISORY, tuple(codes))
        return found

    def _told(
        self,
        seen: Seen,
        scene: Scene,
        unknown: Bools,
        levels: dict[int, tuple[Level, tuple[str, ...]]],
    ) -> list[Finding]:
        tracks, now = seen.tracks, seen.tracks.now_ms
        for at, (level, codes) in levels.items():
            kind = Kind.UNKNOWN_ACTOR if unknown[at] else Kind.UNCLAIMED_ACTOR
            was = self._actors.get(tracks.ids[at])
            if was is None or was.kind is not kind:
                self._actors[tracks.ids[at]] = _Actor(kind, level, codes, now, now)
            elif level >= was.level or not 0 <= now - was.last_ms < 1000 * HOLD_S:
                was.level, was.codes, was.last_ms = level, codes, now
        found = []
        nobody = seen.code_of("")
        for track, actor in list(self._actors.items()):
            at = seen.index_of(track)
            over = not 0 <= now - actor.last_ms < 1000 * HOLD_S and at not in levels
            if at < 0 or over or seen.owner_codes[at] != nobody:
                del self._actors[track]
                continue
            found.append(_finding(track, actor, now, scene.parties))
        return found


def _finding(track: str, actor: _Actor, now_ms: int, parties: Sequence[str]) -> Finding:
    return finding(
        actor.kind,
        actor.level,
        (f"track:{track}",),
        parties=parties,
        window_ms=(actor.first_ms, now_ms),
        codes=actor.codes,
    )
