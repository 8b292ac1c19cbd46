"""Who stands between whom: a geometry, recorded; never a reason.

A track is *between* when it is within ``width_m`` of the straight line (the geodesic segment, seen
from above) from where a hazard comes from to a track that the hazard is about, and within
``within_m`` of one of them. The finding names the one in the middle and the one behind because
the line has that order, seen from its origin. It says nothing of what either of them knows or
wants: an airliner on its airway makes the same finding as anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.hazard import ENGAGED, OPEN_END, REACTION
from parley.rules.placed import Row
from parley.rules.watching import WatchRules
from parley.space import Area, distance_m
from parley.watch.against.reach import Shapes, apart, near, within_m
from parley.watch.against.seen import Seen, frames
from parley.watch.scene import Hazard, Scene
from parley.watch.tracks import Bools, Floats, Ints, Tracks

BEHIND = 32
"""So many tracks behind are looked at for one origin: the nearest to it."""
FAR_M = 900_000.0
"""A longer line is not looked at."""
MOST = 128
"""So many triples are told for one origin: the nearest to their lines."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """A row of a hazard, and where it comes from."""

    hazard: Hazard
    row: Row
    origin: Area


@dataclass(frozen=True, slots=True)
class _Triple:
    off_m: int
    along_m: int
    behind_m: int
    middle: int
    behind: int
    group: str


class ShieldWatch:
    """Every such triple now, for hazards whose origin is known (``Hazard.origins``).

    Behind are: the tracks of the hazard's party that fly its notice or are in its volume; of a
    third party that engages, the tracks in its volume of whoever has a notice out. In the middle
    is anybody of another owner who does not belong to the origin. Holds nothing but what it made
    ready for a scene: the findings depend on the sweep alone.
    """

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._hazards: tuple[Hazard, ...] | None = None
        self._causes: list[_Cause] = []
        self._shapes = Shapes.of(())

    def step(
        self,
        tracks: Tracks,
        scene: Scene,
        hazards: Sequence[Finding] = (),
        *,
        flown: Mapping[str, str] | None = None,
        seen: Seen | None = None,
    ) -> list[Finding]:
        """hazards: what ``HazardWatch`` found in this sweep: a middle one that is a bystander of
        the same hazard makes a warning of the advisory. flown: track id -> ref of its notice.

        refs: hazard, middle, behind; parties: of all three; measures in metres: off_line_m,
        along_m (from the origin to the middle one), behind_m (from there to the one behind).
        """
        self._build(scene.hazards)
        now = tracks.now_ms
        live = (self._shapes.start_ms <= now) & (now <= self._shapes.end_ms)
        if not live.any():
            return []
        seen = seen or Seen.of(tracks, self._rules, scene.air)
        inside = {f.refs for f in hazards if f.kind is Kind.BYSTANDER}
        found: list[Finding] = []
        by_origin: dict[tuple[str, str], tuple[_Cause, set[int]]] = {}
        for k, behind in self._behind(seen, scene, live, flown or {}).items():
            cause = self._causes[k]
            key = (cause.hazard.ref, cause.row.group)
            by_origin.setdefault(key, (cause, set()))[1].update(behind)
        best: dict[tuple[str, int, int], tuple[_Triple, _Cause]] = {}
        for _, (cause, behind) in sorted(by_origin.items()):
            for triple in self._triples(seen, cause, sorted(behind)):
                known = best.get((cause.hazard.ref, triple.middle, triple.behind))
                if known is None or triple.off_m < known[0].off_m:
                    best[(cause.hazard.ref, triple.middle, triple.behind)] = (triple, cause)
        found.extend(_told(seen, cause, triple, inside) for triple, cause in best.values())
        return found

    def _build(self, hazards: tuple[Hazard, ...]) -> None:
        if hazards is self._hazards:
            return
        self._hazards, self._causes = hazards, []
        for hazard in hazards:
            for row in hazard.rows:
                origin = hazard.origins.get(row.group) or hazard.origins.get(_third(row.group))
                if origin is not None and row.group != OPEN_END:
                    self._causes.append(_Cause(hazard, row, origin))
        self._shapes = Shapes.of([cause.row.volume for cause in self._causes])

    def _behind(
        self, seen: Seen, scene: Scene, live: Bools, flown: Mapping[str, str]
    ) -> dict[int, set[int]]:
        """Of each cause that is there now, by its number, the tracks that it is about."""
        notified = _with_notices(scene, seen.tracks.now_ms)
        found: dict[int, set[int]] = {}
        codes: dict[int, list[int]] = {}
        for k in np.flatnonzero(live).tolist():
            cause = self._causes[k]
            parties = {cause.hazard.party}
            if cause.row.group.startswith(ENGAGED):
                parties = notified - {cause.hazard.party}
            known = [seen.code_of(party) for party in sorted(parties - {""})]
            codes[k] = [code for code in known if code >= 0]
        wanted = np.isin(seen.owner_codes, sorted({c for some in codes.values() for c in some}))
        shapes = self._shapes
        pairs = near(seen, shapes, ahead_s=0.0, wanted=wanted, live=live)
        gap = apart(seen, shapes, pairs)
        there = within_m(seen, shapes, pairs, gap, seen.radius_m[pairs.track]) & gap.level()
        for n in np.flatnonzero(there).tolist():
            k, at = int(pairs.shape[n]), int(pairs.track[n])
            if int(seen.owner_codes[at]) in codes[k]:
                found.setdefault(k, set()).add(at)
        flying: dict[str, list[int]] = {}
        for track, ref in flown.items():
            at = seen.index_of(track)
            if at >= 0 and seen.usable[at]:
                flying.setdefault(ref, []).append(at)
        for k in codes:
            ours = [
                at
                for at in flying.get(self._causes[k].hazard.ref, ())
                if int(seen.owner_codes[at]) in codes[k]
            ]
            if ours:
                found.setdefault(k, set()).update(ours)
        return found

    def _triples(self, seen: Seen, cause: _Cause, behind: Sequence[int]) -> list[_Triple]:
        """The triples of the lines from one origin, the nearest to their lines."""
        origin, width_m = cause.origin.centre, self._rules.shield.width_m
        lat, lon = np.array([origin.lat_deg]), np.array([origin.lon_deg])
        place, east, north = (vector[0] for vector in frames(lat, lon))
        chord = np.sqrt(((seen.place[behind] - place) ** 2).sum(axis=1))
        lines = sorted(zip(np.round(chord).tolist(), behind, strict=True))[:BEHIND]
        lines = [(reach_m, at) for reach_m, at in lines if reach_m <= FAR_M]
        if not lines:
            return []
        middle = seen.usable & (seen.owner_codes != seen.code_of(_third(cause.row.group) or "?"))
        around = seen.place - place
        reach_m = lines[-1][0] + width_m + 10.0
        some = np.flatnonzero(middle & ((around**2).sum(axis=1) <= reach_m**2))
        x, y = around @ east, around @ north
        found = []
        for _, at in lines:
            other = some[seen.owner_codes[some] != seen.owner_codes[at]]
            for n in _beside(x[other], y[other], float(x[at]), float(y[at]), width_m).tolist():
                triple = self._measured(seen, cause, int(other[n]), at)
                if triple is not None:
                    found.append(triple)
        return sorted(found, key=lambda t: (t.off_m, t.behind_m, t.middle, t.behind))[:MOST]

    def _measured(self, seen: Seen, cause: _Cause, middle: int, behind: int) -> _Triple | None:
        """The exact geometry; None if it is not between after all. Closed."""
        rules, origin = self._rules.shield, cause.origin.centre
        here, end = Area.point(seen.position(middle)), seen.position(behind)
        line = Area.point(end) if origin == end else Area.corridor((origin, end), 0)
        off_m = distance_m(line, here)
        along_m, behind_m = distance_m(Area.point(origin), here), distance_m(here, Area.point(end))
        if off_m > rules.width_m or min(along_m, behind_m) > rules.within_m:
            return None
        return _Triple(
            round(off_m), round(along_m), round(behind_m), middle, behind, cause.row.group
        )


def shielding(
    tracks: Tracks,
    scene: Scene,
    hazards: Sequence[Finding] = (),
    *,
    flown: Mapping[str, str] | None = None,
    seen: Seen | None = None,
) -> list[Finding]:
    """The same as ``ShieldWatch.step`` for one sweep alone."""
    return ShieldWatch(scene.rules).step(tracks, scene, hazards, flown=flown, seen=seen)


def _third(group: str) -> str:
    """The third party that a cause names, or "": its own tracks are on its side of the line."""
    for prefix in (REACTION, ENGAGED):
        if group.startswith(prefix):
            return group.removeprefix(prefix)
    return ""


def _with_notices(scene: Scene, now_ms: int) -> set[str]:
    """Who has declared something for this instant."""
    return {
        intent.party
        for intent in scene.intents
        if any(r.volume.span.contains(now_ms) for r in (*intent.aircraft, *intent.activity))
    }


def _beside(x: Floats, y: Floats, to_x: float, to_y: float, width_m: float) -> Ints:
    """Which points may be within width_m of the line from the origin, nearest first, and some
    more: the plane's error is granted."""
    length2 = to_x * to_x + to_y * to_y
    share = np.clip((x * to_x + y * to_y) / length2, 0.0, 1.0) if length2 > 0.0 else 0.0 * x
    off = np.hypot(x - share * to_x, y - share * to_y)
    slack_m = 10.0 + 4.0 * (length2**0.5 + width_m) ** 3 / 6_371_000.0**2
    found = np.flatnonzero(off <= width_m + slack_m)
    return found[np.argsort(off[found], kind="stable")][: 2 * MOST]


def _told(seen: Seen, cause: _Cause, triple: _Triple, inside: set[tuple[str, ...]]) -> Finding:
    tracks, hazard = seen.tracks, cause.hazard
    middle, behind = f"track:{tracks.ids[triple.middle]}", f"track:{tracks.ids[triple.behind]}"
    ends = [row.volume.span.end_ms for row in hazard.rows if row.group == triple.group]
    return finding(
        Kind.SHIELDING,
        Level.WARNING if (hazard.ref, middle) in inside else Level.ADVISORY,
        (hazard.ref, middle, behind),
        parties=(hazard.party, tracks.owner[triple.middle], tracks.owner[triple.behind]),
        window_ms=(tracks.now_ms, max(ends)),
        measures={
            "off_line_m": triple.off_m,
            "along_m": triple.along_m,
            "behind_m": triple.behind_m,
        },
        codes=(triple.group,),
    )
