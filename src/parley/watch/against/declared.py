"""The declared place against tracks: the rule of rules.truth, asked of a whole picture.

``mismatches`` is the rule at one instant; ``DeclaredWatch`` tells what it finds calmly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from parley.rules.agreement import Agreement, TruthRule
from parley.rules.findings import Finding
from parley.rules.placed import ANY_HEIGHT, Row
from parley.rules.statements import Header, Observation
from parley.rules.truth import place_mismatch
from parley.rules.watching import WatchRules
from parley.space import Band, Height
from parley.watch.against.reach import Shapes, apart, near
from parley.watch.against.seen import Seen
from parley.watch.scene import Scene
from parley.watch.tracks import Bools, Status, Tracks

_Refs: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class _Off:
    """A track that is not where a notice says. finding: as it is told; seen_ms: the last report
    that counted; last_ms: the last sweep that said so; hits: fresh reports in a row that did;
    other: those in a row that gave it another code; told_ms: since when it is told, -1 if not."""

    finding: Finding
    seen_ms: int
    last_ms: int
    hits: int = 1
    other: int = 0
    told_ms: int = -1

    @property
    def told(self) -> bool:
        return self.told_ms >= 0


class DeclaredWatch:
    """``mismatches`` as officers are told of them. One call a sweep.

    Told when ``calm.hits`` fresh reports in a row were off, at once if it is off by more than the
    rule's tolerance beyond what is allowed. Over when the track was where it should be for
    ``calm.clear_s``, or the notice is over. A late track is neither: only reports in time end what
    is told. A track is told against one notice, until that has not been the nearest for
    ``calm.clear_s``.
    """

    def __init__(self, rules: WatchRules) -> None:
        self._rules = rules
        self._off: dict[_Refs, _Off] = {}

    def step(self, tracks: Tracks, scene: Scene, seen: Seen | None = None) -> list[Finding]:
        """The findings at ``tracks.now_ms``, in the order of the tracks; none for a scene without
        an agreement."""
        agreement = scene.agreement
        if agreement is None:
            self._off = {}
            return []
        seen = seen or Seen.of(tracks, self._rules, scene.air)
        found = {f.refs: f for f in mismatches(tracks, scene, agreement, seen)}
        self._forget(found, seen, scene, agreement.truth)
        for one in found.values():
            self._meet(one, seen, agreement.truth)
        return self._tell()

    def _forget(
        self, found: Mapping[_Refs, Finding], seen: Seen, scene: Scene, rule: TruthRule
    ) -> None:
        now, clear_ms = seen.tracks.now_ms, 1000 * self._rules.calm.clear_s
        judged = _judged(seen, rule)
        authors = {intent.ref: intent.party for intent in scene.intents if not intent.closed}
        for refs, was in list(self._off.items()):
            if refs in found:
                continue
            at = _index(seen, refs)
            held = was.told and at >= 0 and was.finding.until_ms >= now
            held = held and authors.get(refs[0]) == seen.tracks.owner[at]
            if not held or (judged[at] and not 0 <= now - was.last_ms < clear_ms):
                del self._off[refs]

    def _meet(self, one: Finding, seen: Seen, rule: TruthRule) -> None:
        now, hits = seen.tracks.now_ms, self._rules.calm.hits
        reported = int(seen.tracks.seen_ms[_index(seen, one.refs)])
        was = self._off.get(one.refs)
        if was is None:
            was = self._off[one.refs] = _Off(one, reported, now)
        elif reported != was.seen_ms:
            was.hits += 1
            was.other += 1
        was.seen_ms, was.last_ms = reported, now
        if not was.told or one.codes == was.finding.codes or was.other >= hits:
            was.finding, was.other = one, 0
        far_m = one.measured["distance_m"] - one.measured["allowed_m"]
        if not was.told and (was.hits >= hits or far_m > rule.tolerance_m):
            was.told_ms = now

    def _tell(self) -> list[Finding]:
        """One for each track: what has been told already goes first."""
        chosen: dict[str, _Off] = {}
        for refs, off in sorted(self._off.items()):
            known = chosen.get(refs[1])
            if off.told and (known is None or off.told_ms < known.told_ms):
                chosen[refs[1]] = off
        return [chosen[track].finding for track in sorted(chosen)]


def _index(seen: Seen, refs: _Refs) -> int:
    return seen.index_of(refs[1].removeprefix("track:"))


def _judged(seen: Seen, rule: TruthRule) -> Bools:
    """Which tracks say something of where their parties declared to be: those in time."""
    tracks = seen.tracks
    judged: Bools = (tracks.status == Status.LIVE) & (tracks.age_s <= rule.max_age_s)
    judged &= seen.owner_codes != seen.code_of("")
    return judged


def mismatches(
    tracks: Tracks, scene: Scene, agreement: Agreement, seen: Seen | None = None
) -> list[Finding]:
    """What ``place_mismatch`` says of every track in time, held against the open notices of the
    party that answers for it: the same finding as for a logged observation of the same place.

    A track that is late says nothing. Tracks that are surely where a notice has them, or far from
    all of them, are not asked one by one.
    """
    seen = seen or Seen.of(tracks, scene.rules, scene.air)
    rule = agreement.truth
    rows = [row for intent in scene.intents if not intent.closed for row in intent.aircraft]
    wanted = _judged(seen, rule)
    if not rows or not wanted.any():
        return []
    shapes = Shapes.of([row.volume for row in rows])
    owners = np.array([seen.code_of(row.party) if row.party else -1 for row in rows], np.int64)
    flight_ms = np.maximum(0, shapes.start_ms - tracks.now_ms)
    allowed_m = (rule.tolerance_m + rule.max_speed_mps * flight_ms // 1000).astype(np.float64)
    near_m = float(max(rule.claim_m, allowed_m.max(initial=0.0)) + rule.tolerance_m)
    live = shapes.end_ms >= tracks.now_ms
    pairs = near(seen, shapes, ahead_s=0.0, margin_m=near_m, up_m=1e6, wanted=wanted, live=live)
    pairs = pairs.some(seen.owner_codes[pairs.track] == owners[pairs.shape])
    gap = apart(seen, shapes, pairs)
    sure = gap.metres + gap.slack_m <= allowed_m[pairs.shape] + np.floor(seen.radius_m[pairs.track])
    sure &= (gap.below_cm < 0) & (gap.above_cm > 0) | (flight_ms[pairs.shape] > 0)
    right = set(pairs.track[sure].tolist())
    asked: dict[int, list[Row]] = {}
    for at, k in zip(pairs.track.tolist(), pairs.shape.tolist(), strict=True):
        if at not in right:
            asked.setdefault(at, []).append(rows[k])
    found = []
    for at, some in sorted(asked.items()):
        declared = [[row] for row in some]
        one = place_mismatch(agreement, _observation(seen, at), declared)
        if one is not None:
            found.append(one)
    return found


def _observation(seen: Seen, at: int) -> Observation:
    """A track as the rule wants it: where it is believed to be now."""
    tracks = seen.tracks
    floor, ceiling = int(seen.floor_cm[at]), int(seen.ceiling_cm[at])
    band = Band(Height(floor), Height(ceiling))
    return Observation(
        Header("", "", tracks.now_ms, (), ""),
        tracks.ids[at],
        tracks.owner[at],
        tracks.now_ms,
        seen.position(at),
        None if band == ANY_HEIGHT else band,
        round(float(seen.radius_m[at])),
        "",
    )
