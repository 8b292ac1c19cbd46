"""Tracks against volumes: who is near, how far it is, and when a straight line gets there.

Distances are measured in the plane that touches the Earth at a volume's centre. What is within
``slack`` of a border there is decided by parley.space, everything else is decided already: the
answer to "is it inside" is exactly that of parley.space. An instant of entry is that of the plane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parley.space import Area, Volume, distances_m
from parley.watch.against.plane import entries_loop, gaps_loop, near_loop
from parley.watch.against.seen import Seen, frames
from parley.watch.tracks import Bools, Floats, Ints

TOUCH_M = 0.001
ROOM = 32_768
"""Pairs that are made room for at first; more room is made when it is not enough."""
POINT, PATH, POLYGON = 0, 1, 2
_KINDS = {"point": POINT, "path": PATH, "polygon": POLYGON}


@dataclass(frozen=True, slots=True)
class Shapes:
    """m volumes as arrays. place, east, north: of the plane's origin. cap_m: a circle that holds
    all. reach_m: round the vertices x, y (metres east and north, in the order of the ring), which
    stand at first .. first + count. velocity: of the volume itself, (m, 3)."""

    areas: tuple[Area, ...]
    lat_deg: Floats
    place: Floats
    east: Floats
    north: Floats
    velocity: Floats
    cap_m: Floats
    reach_m: Floats
    kind: Ints
    first: Ints
    count: Ints
    x: Floats
    y: Floats
    floor_cm: Floats
    ceiling_cm: Floats
    climb_cm_s: Floats
    start_ms: Ints
    end_ms: Ints

    def __len__(self) -> int:
        return len(self.lat_deg)

    @classmethod
    def of(cls, volumes: Sequence[Volume]) -> Shapes:
        """Volumes that stand still."""
        areas = tuple(v.area for v in volumes)
        lat = np.array([a.centre.lat_deg for a in areas], dtype=np.float64)
        lon = np.array([a.centre.lon_deg for a in areas], dtype=np.float64)
        place, east, north = frames(lat, lon)
        count = np.array([len(a.vertices) for a in areas], dtype=np.int64)
        corners = [p for a in areas for p in a.vertices]
        at = frames(
            np.array([p.lat_deg for p in corners], dtype=np.float64),
            np.array([p.lon_deg for p in corners], dtype=np.float64),
        )[0]
        which = np.repeat(np.arange(len(areas)), count)
        away = at - place[which]
        return cls(
            areas,
            lat,
            place,
            east,
            north,
            np.zeros_like(place),
            np.array([a.cap_radius_m for a in areas], dtype=np.float64),
            np.array([a.reach_m for a in areas], dtype=np.float64),
            np.array([_KINDS[a.kind] for a in areas], dtype=np.int64),
            np.concatenate((np.zeros(1, np.int64), np.cumsum(count)))[:-1].astype(np.int64),
            count,
            (away * east[which]).sum(axis=1),
            (away * north[which]).sum(axis=1),
            np.array([v.band.floor.cm for v in volumes], dtype=np.float64),
            np.array([v.band.ceiling.cm for v in volumes], dtype=np.float64),
            np.zeros(len(areas)),
            np.array([v.span.start_ms for v in volumes], dtype=np.int64),
            np.array([v.span.end_ms for v in volumes], dtype=np.int64),
        )


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a track and a shape, by their indices; sorted by shape, then by track."""

    track: Ints
    shape: Ints

    def __len__(self) -> int:
        return len(self.track)

    def some(self, which: Bools) -> Pairs:
        return Pairs(self.track[which], self.shape[which])


@dataclass(frozen=True, slots=True)
class Apart:
    """Of each pair now. metres: from the track's position to the area, below 0 inside; slack_m:
    how far that may be off; least_m: it is surely no less. below_cm, above_cm: what the track
    must rise to reach the floor and may rise to the ceiling: level where below <= 0 <= above.
    open_now: the volume is there now."""

    metres: Floats
    slack_m: Floats
    least_m: Floats
    below_cm: Floats
    above_cm: Floats
    open_now: Bools

    def level(self, up_m: float = 0.0) -> Bools:
        """Where heights meet, or are at most up_m apart."""
        return (self.below_cm <= 100 * up_m) & (self.above_cm >= -100 * up_m)

    def some(self, which: Bools) -> Apart:
        return Apart(
            self.metres[which],
            self.slack_m[which],
            self.least_m[which],
            self.below_cm[which],
            self.above_cm[which],
            self.open_now[which],
        )


def near(
    seen: Seen,
    shapes: Shapes,
    *,
    ahead_s: float,
    margin_m: float = 0.0,
    up_m: float = 0.0,
    wanted: Bools | None = None,
    live: Bools | None = None,
) -> Pairs:
    """Every pair that can come within margin_m and up_m of each other in ahead_s, and some more.

    wanted: which tracks; live: which shapes. Usable tracks only.
    """
    order, lats = seen.order, seen.lat_sorted
    if wanted is not None:
        keep = wanted[order]
        order, lats = order[keep], lats[keep]
    which = np.arange(len(shapes)) if live is None else np.flatnonzero(live)
    if not len(order) or not len(which):
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64))
    speed, climb = seen.speed_mps[order], seen.climb_cm_s[order]
    reach = seen.radius_m[order] + speed * ahead_s + (margin_m + TOUCH_M + 0.02)
    shift = climb * ahead_s
    moved = np.sqrt((shapes.velocity**2).sum(axis=1)) * ahead_s
    risen = shapes.climb_cm_s * ahead_s
    arguments = (
        order,
        lats,
        seen.place[order],
        reach,
        seen.floor_cm[order] + np.minimum(shift, 0) - 100 * up_m,
        seen.ceiling_cm[order] + np.maximum(shift, 0) + 100 * up_m,
        which.astype(np.int64),
        shapes.lat_deg,
        shapes.place,
        shapes.cap_m + moved,
        shapes.floor_cm + np.minimum(risen, 0),
        shapes.ceiling_cm + np.maximum(risen, 0),
        float(reach.max()),
    )
    room = ROOM
    while True:
        track, shape = np.empty(room, np.int64), np.empty(room, np.int64)
        found = near_loop(*arguments, track, shape)
        if found <= room:
            break
        room = found
    track, shape = track[:found], shape[:found]
    ordered = np.lexsort((track, shape))
    return Pairs(track[ordered], shape[ordered])


def apart(
    seen: Seen, shapes: Shapes, pairs: Pairs, heights: tuple[Floats, Floats] | None = None
) -> Apart:
    """How far the pairs are apart now. heights: ``below_cm`` and ``above_cm`` where they do not
    follow from the bands."""
    t, s, now = pairs.track, pairs.shape, seen.tracks.now_ms
    between = seen.place[t] - shapes.place[s]
    away = np.sqrt((between**2).sum(axis=1))
    x, y = _in_plane(between, shapes, s)
    metres, slack = gaps_loop(
        x,
        y,
        away,
        s,
        shapes.kind,
        shapes.first,
        shapes.count,
        shapes.reach_m,
        shapes.cap_m,
        shapes.x,
        shapes.y,
    )
    if heights is None:
        heights = (
            shapes.floor_cm[s] - seen.ceiling_cm[t],
            shapes.ceiling_cm[s] - seen.floor_cm[t],
        )
    there = (shapes.start_ms[s] <= now) & (now <= shapes.end_ms[s])
    return Apart(metres, slack, away - shapes.cap_m[s], *heights, there)


def within_m(seen: Seen, shapes: Shapes, pairs: Pairs, gap: Apart, limit_m: Floats) -> Bools:
    """Which pairs are at most limit_m >= 0 apart (closed): exactly as parley.space says.

    limit_m: from the track's position, so with the radius of its circle; shape (pairs,).
    """
    inside: Bools = gap.metres <= limit_m
    shell = np.abs(gap.metres - limit_m) <= gap.slack_m
    unsure = np.flatnonzero(shell & (gap.least_m <= limit_m + 1.0))
    inside[shell & (gap.least_m > limit_m + 1.0)] = False
    for k in np.unique(pairs.shape[unsure]).tolist():
        some = unsure[pairs.shape[unsure] == k]
        metres = exact_m(seen, shapes.areas[k], pairs.track[some])
        inside[some] = metres <= limit_m[some] + TOUCH_M
    return inside


def exact_m(seen: Seen, area: Area, tracks: Ints) -> Floats:
    """Geodesic metres from the positions of these tracks to an area, 0 inside."""
    at = [seen.position(i) for i in tracks.tolist()]
    lats = np.array([p.lat_deg for p in at], dtype=np.float64)
    return distances_m(area, lats, np.array([p.lon_deg for p in at], dtype=np.float64))


def _in_plane(vectors: Floats, shapes: Shapes, s: Ints) -> tuple[Floats, Floats]:
    return (vectors * shapes.east[s]).sum(axis=1), (vectors * shapes.north[s]).sum(axis=1)


def entries_s(seen: Seen, shapes: Shapes, pairs: Pairs, gap: Apart, ahead_s: float) -> Floats:
    """Seconds from now until each track's circle first meets the shape at a height and an instant
    at which it is there, on a straight line; infinite if not within ahead_s. 0 if it is inside.

    A track whose velocity is unknown stands still. What is lost is not predicted.
    """
    first, last = _windows(seen, shapes, pairs, gap, ahead_s)
    t, s = pairs.track, pairs.shape
    x, y = _in_plane(seen.place[t] - shapes.place[s], shapes, s)
    vx, vy = _in_plane(seen.velocity[t] - shapes.velocity[s], shapes, s)
    found: Floats = entries_loop(
        x,
        y,
        vx,
        vy,
        first,
        last,
        seen.radius_m[t] + shapes.reach_m[s] + TOUCH_M,
        s,
        shapes.kind,
        shapes.first,
        shapes.count,
        shapes.x,
        shapes.y,
    )
    return found


def _windows(
    seen: Seen, shapes: Shapes, pairs: Pairs, gap: Apart, ahead_s: float
) -> tuple[Floats, Floats]:
    """From when until when a pair is at the same height while the volume is there; first > last
    if never."""
    t, s, now = pairs.track, pairs.shape, seen.tracks.now_ms
    climb = seen.climb_cm_s[t] - shapes.climb_cm_s[s]
    below, above = gap.below_cm, gap.above_cm
    with np.errstate(divide="ignore", invalid="ignore"):
        rising, sinking = climb > 0, climb < 0
        begin = np.where(rising, below / climb, np.where(sinking, above / climb, 0.0))
        end = np.where(rising, above / climb, np.where(sinking, below / climb, ahead_s))
    never = ~rising & ~sinking & ((below > 0) | (above < 0))
    begin = np.maximum(np.maximum(begin, 0.0), (shapes.start_ms[s] - now) / 1000)
    end = np.minimum(np.minimum(end, ahead_s), (shapes.end_ms[s] - now) / 1000)
    return np.where(never, math.inf, begin), end
