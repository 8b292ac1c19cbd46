"""What declared intents say of the tracks: where each will stay, and whose plan it is about to
enter.

A track inside the aircraft volumes of its own notice is expected to stay in them until they end.
Which notice is its own: the one to which a person bound it, or else the only one of its owner's
that it is inside. A track that has left them is expected nowhere (``conformance`` tells that).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Level, bare
from parley.rules.placed import Row
from parley.rules.watching import WatchRules
from parley.space import distances_m
from parley.watch.against.reach import Shapes, apart, entries_s, near, within_m
from parley.watch.against.seen import HIGHEST_CM, LOWEST_CM, Seen, codes_of_status
from parley.watch.pairs.frame import sincos_deg
from parley.watch.pairs.motion import minima
from parley.watch.scene import Intent, Scene
from parley.watch.tracking.carry import moved
from parley.watch.tracks import Bools, Status, Tracks

BY_STATE = "by-state"
BY_INTENT = "by-intent"
WARN_S = 120
"""A track that enters a plan within this is a warning, where the agreed steps have none."""


@dataclass(frozen=True, slots=True)
class PlanSight:
    """A track that is predicted to enter a plan. key: (notice, track). within_s: until it does, 0
    if it is inside. climbing: it must still climb or descend to do so."""

    key: tuple[str, str]
    level: Level
    within_s: float
    end_s: float
    fresh_ms: int
    climbing: bool
    refs: tuple[str, str]
    parties: tuple[str, str]
    range_m: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plans:
    """The live intents of one scene, and all their aircraft rows as shapes."""

    scene: Scene
    intents: tuple[Intent, ...]
    shapes: Shapes
    intent_of: tuple[int, ...]
    rows: tuple[Row, ...]
    number: dict[str, int]

    @classmethod
    def of(cls, scene: Scene) -> _Plans:
        live = tuple(i for i in scene.intents if not i.closed and i.aircraft)
        rows = [(n, row) for n, intent in enumerate(live) for row in intent.aircraft]
        return cls(
            scene,
            live,
            Shapes.of([row.volume for _, row in rows]),
            tuple(n for n, _ in rows),
            tuple(row for _, row in rows),
            {bare(intent.ref): n for n, intent in enumerate(live)},
        )


class Expect:
    """One picture at a time against one scene; remembers nothing but what the scene implies."""

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        steps = [s.within_s for s in rules.steps if s.level is Level.WARNING]
        self._warn_s = steps[0] if steps else WARN_S
        self._minima = minima(rules)
        self._known: _Plans | None = None
        self._clear: dict[tuple[int, int], bool] = {}
        self._holds: dict[int, int] = {}
        self._seen: Seen | None = None

    def see(self, tracks: Tracks, scene: Scene) -> None:
        """From now on the questions are about this picture."""
        self._holds, self._seen = {}, None
        if self._known is None or self._known.scene is not scene:
            self._known, self._clear = _Plans.of(scene), {}
        if self._known.intents and len(tracks):
            self._seen = Seen.of(tracks, self._rules, scene.air)
            self._holds = self._held(self._known, self._seen)

    def _held(self, plans: _Plans, seen: Seen) -> dict[int, int]:
        """Of each track that is inside a notice of its own, the number of that notice."""
        tracks, bound = seen.tracks, plans.scene.bound
        codes = [seen.code_of(party) for party in {i.party for i in plans.intents if i.party}]
        wanted = np.isin(seen.owner_codes, [code for code in codes if code >= 0])
        wanted[[at for at in map(seen.index_of, bound) if at >= 0]] = True
        inside: dict[int, set[int]] = {}
        for track, row in self._inside(plans, seen, wanted):
            inside.setdefault(track, set()).add(plans.intent_of[row])
        holds: dict[int, int] = {}
        for track, found in inside.items():
            ref = bound.get(tracks.ids[track])
            if ref is not None:
                mine = found & {plans.number.get(bare(ref), -1)}
            else:
                owner = tracks.owner[track]
                mine = {n for n in found if owner and plans.intents[n].party == owner}
            if len(mine) == 1:
                holds[track] = mine.pop()
        return holds

    def _inside(self, plans: _Plans, seen: Seen, wanted: Bools) -> Iterator[tuple[int, int]]:
        pairs = near(seen, plans.shapes, ahead_s=0.0, wanted=wanted)
        gap = apart(seen, plans.shapes, pairs)
        level = (gap.below_cm <= 0) & (gap.above_cm >= 0)
        limit = seen.radius_m[pairs.track]
        at = within_m(seen, plans.shapes, pairs, gap, limit) & level & gap.open_now
        yield from zip(pairs.track[at].tolist(), pairs.shape[at].tolist(), strict=True)

    @property
    def planned(self) -> bool:
        """Whether any track is where a plan of its own says."""
        return bool(self._holds)

    def pair(self, i: int, j: int, begin_s: float, end_s: float) -> bool | None:
        """Whether what the two declared allows a loss from begin_s to end_s; None if they
        declared nothing that says where they then are. The same for (j, i)."""
        said = [
            self._stays(track, plan, begin_s, end_s)
            for track in (i, j)
            if (plan := self._holds.get(track)) is not None
        ]
        if False in said:
            return False
        if said.count(True) == 2 and self._apart(self._holds[i], self._holds[j]):
            return False
        return True if True in said else None

    def _stays(self, track: int, plan: int, begin_s: float, end_s: float) -> bool | None:
        """Whether a straight line keeps it inside its plan at some time of these; None if the
        plan ends before."""
        said = [self._at(track, plan, s) for s in (begin_s, (begin_s + end_s) / 2, end_s)]
        if said[0] is None:
            return None
        return True in said

    def _at(self, track: int, plan: int, after_s: float) -> bool | None:
        seen, plans = self._seen, self._known
        if seen is None or plans is None:
            return None
        at_ms = seen.tracks.now_ms + round(1000 * after_s)
        rows = [r for r in plans.intents[plan].aircraft if r.volume.span.contains(at_ms)]
        if not rows:
            return None
        here = seen.position(track)
        lat, lon = here.lat_deg, here.lon_deg
        if seen.speed_mps[track] > 0:
            sine, cosine = sincos_deg(seen.tracks.course_deg[track : track + 1])
            way = after_s * float(seen.speed_mps[track])
            lat, lon = moved(lat, lon, way * float(sine[0]), way * float(cosine[0]))
        rules = self._rules.conformance
        rise = after_s * seen.climb_cm_s[track]
        low = seen.floor_cm[track] + rise - 100 * rules.vertical_m
        high = seen.ceiling_cm[track] + rise + 100 * rules.vertical_m
        limit = rules.horizontal_m + seen.radius_m[track]
        return any(
            low <= r.volume.band.ceiling.cm
            and high >= r.volume.band.floor.cm
            and distances_m(r.volume.area, np.array([lat]), np.array([lon]))[0] <= limit
            for r in rows
        )

    def _apart(self, a: int, b: int) -> bool:
        """Whether two plans keep the minima all the time."""
        plans, least = self._known, self._minima
        if plans is None or a == b:
            return False
        key = min(a, b), max(a, b)
        if key not in self._clear:
            self._clear[key] = not any(
                x.volume.within(
                    y.volume,
                    horizontal_m=least.horizontal_cm / 100,
                    vertical_m=least.vertical_cm / 100,
                    time_ms=0,
                )
                for x in plans.intents[a].aircraft
                for y in plans.intents[b].aircraft
            )
        return self._clear[key]

    def plans(self) -> list[PlanSight]:
        """Each track that enters, or is inside, a live notice of another party within the
        look-ahead, in the order of their keys. The author's own tracks and those bound to the
        notice are none. Where its own plan keeps a track away, only what is near is seen."""
        seen, plans = self._seen, self._known
        if seen is None or plans is None:
            return []
        tracks, ahead_s = seen.tracks, float(self._rules.lookahead_s)
        wanted = (tracks.status != Status.LOST) & ~tracks.on_ground
        pairs = near(seen, plans.shapes, ahead_s=ahead_s, wanted=wanted)
        gap = apart(seen, plans.shapes, pairs)
        entry = entries_s(seen, plans.shapes, pairs, gap, ahead_s)
        inside = within_m(seen, plans.shapes, pairs, gap, seen.radius_m[pairs.track])
        level = (gap.below_cm <= 0) & (gap.above_cm >= 0)
        inside &= level & gap.open_now
        first: dict[tuple[str, str], PlanSight] = {}
        for n in np.flatnonzero(np.isfinite(entry)).tolist():
            track, row = int(pairs.track[n]), int(pairs.shape[n])
            metres = max(0, round(float(gap.metres[n])))
            sight = self._enters(
                track, row, float(entry[n]), metres, inside=bool(inside[n]), level=bool(level[n])
            )
            if sight is None:
                continue
            known = first.get(sight.key)
            if known is None or (sight.within_s, sight.range_m) < (known.within_s, known.range_m):
                first[sight.key] = sight
        return [first[key] for key in sorted(first)]

    def _enters(
        self, track: int, row: int, entry_s: float, range_m: int, *, inside: bool, level: bool
    ) -> PlanSight | None:
        seen, plans = self._seen, self._known
        if seen is None or plans is None:
            return None
        tracks, intent = seen.tracks, plans.intents[plans.intent_of[row]]
        track_id, owner = tracks.ids[track], tracks.owner[track]
        bound = plans.scene.bound.get(track_id, "")
        if (owner and owner == intent.party) or bare(bound) == bare(intent.ref):
            return None
        held = self._holds.get(track)
        stays = None if held is None else self._stays(track, held, entry_s, entry_s)
        urgency = Level.WARNING if entry_s <= self._warn_s else Level.ADVISORY
        if stays is False and not inside:
            if entry_s > self._rules.calm.at_once_s:
                return None
            urgency = Level.ADVISORY
        codes = [BY_INTENT if stays else BY_STATE, *codes_of_status(tracks, track)]
        codes += ["inside"] if inside else []
        codes += ["doubted"] if tracks.doubted[track] else []
        if seen.floor_cm[track] <= LOWEST_CM and seen.ceiling_cm[track] >= HIGHEST_CM:
            codes.append("height-unknown")
        last_ms = plans.rows[row].volume.span.end_ms
        end_s = min(float(self._rules.lookahead_s), (last_ms - tracks.now_ms) / 1000)
        return PlanSight(
            (bare(intent.ref), track_id),
            urgency,
            0.0 if inside else entry_s,
            max(entry_s, end_s),
            int(tracks.seen_ms[track]),
            not level,
            (intent.ref, f"track:{track_id}"),
            (intent.party, owner),
            range_m,
            tuple(codes),
        )
