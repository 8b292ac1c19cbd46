"""The declared place against tracks: the rule of rules.truth, asked of a whole picture."""

from __future__ import annotations

import numpy as np

from parley.rules.agreement import Agreement
from parley.rules.findings import Finding
from parley.rules.placed import ANY_HEIGHT, Row
from parley.rules.statements import Header, Observation
from parley.rules.truth import place_mismatch
from parley.space import Band, Height
from parley.watch.reach import Shapes, apart, near
from parley.watch.scene import Scene
from parley.watch.seen import Seen
from parley.watch.tracks import Status, Tracks


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
    wanted = (tracks.status == Status.LIVE) & (tracks.age_s <= rule.max_age_s)
    wanted &= seen.owner_codes != seen.code_of("")
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
