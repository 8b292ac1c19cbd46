"""Hazards that move with a track, as circles round it and heights relative to its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from parley.rules.placed import ANY_HEIGHT
from parley.space import Area, Span, Volume
from parley.watch.against.reach import Pairs, Shapes
from parley.watch.against.seen import Seen
from parley.watch.scene import MovingHazard, Scene
from parley.watch.tracks import Bools, Floats

MOST_M = 900_000.0
"""A larger radius counts as this."""
LAST_MS = 253_402_300_799_999
"""The end of the calendar."""

There = Sequence[tuple[MovingHazard, int]]
"""Moving hazards, each with the index of its own track."""


def moving_shapes(seen: Seen, there: There) -> Shapes:
    """Circles that hold the hazard wherever its track may be; at every height."""
    at = np.array([index for _, index in there], dtype=np.int64)
    volumes = []
    for hazard, index in there:
        radius_m = min(max(0, hazard.radius_m) + float(seen.radius_m[index]), MOST_M)
        first_ms = min(max(hazard.from_ms, -LAST_MS), LAST_MS)
        span = Span(first_ms, max(first_ms, min(hazard.until_ms, LAST_MS)))
        volumes.append(Volume(Area.circle(seen.position(index), radius_m), ANY_HEIGHT, span))
    return replace(
        Shapes.of(volumes),
        velocity=seen.velocity[at],
        climb_cm_s=seen.climb_cm_s[at],
        floor_cm=np.full(len(at), -np.inf),
        ceiling_cm=np.full(len(at), np.inf),
    )


def relative_heights(seen: Seen, pairs: Pairs, there: There) -> tuple[Floats, Floats]:
    """``Apart.below_cm`` and ``above_cm``. Two pressure altitudes are compared as they are;
    otherwise the bands of both are."""
    tracks, s = seen.tracks, pairs.track
    h = np.array([index for _, index in there], dtype=np.int64)[pairs.shape]
    with np.errstate(invalid="ignore"):
        off = np.maximum(tracks.vertical_m, 0.0)
        higher = (tracks.pressure_m[s] - tracks.pressure_m[h]) * 100
        slack = (off[s] + off[h]) * 100
    pressed = np.isfinite(higher) & np.isfinite(slack)
    low = np.where(pressed, higher - slack, seen.floor_cm[s] - seen.ceiling_cm[h])
    high = np.where(pressed, higher + slack, seen.ceiling_cm[s] - seen.floor_cm[h])
    down = np.array([100.0 * max(0, hazard.down_m) for hazard, _ in there])[pairs.shape]
    up = np.array([100.0 * max(0, hazard.up_m) for hazard, _ in there])[pairs.shape]
    return -down - np.ceil(high - 1e-6), up - np.floor(low + 1e-6)


def excepted(hazard: MovingHazard, scene: Scene) -> frozenset[str]:
    """Whose tracks may be in it: its author's, too, unless the agreement keeps parties apart from
    themselves."""
    own = set() if scene.within_party else {hazard.party}
    return frozenset((own | set(hazard.except_parties)) - {""})


def may_be_there(seen: Seen, scene: Scene, pairs: Pairs, there: There) -> Bools:
    """Which pairs are of the hazard's own track, or of one that is excepted."""
    itself = np.array([index for _, index in there], dtype=np.int64)
    allowed: Bools = pairs.track == itself[pairs.shape]
    for n, (hazard, _) in enumerate(there):
        codes = [c for c in map(seen.code_of, sorted(excepted(hazard, scene))) if c >= 0]
        allowed |= (pairs.shape == n) & np.isin(seen.owner_codes[pairs.track], codes)
    return allowed
