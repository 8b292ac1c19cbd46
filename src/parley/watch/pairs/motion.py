"""Tracks made ready for the sweep: what is not known, how sure each is, who belongs together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parley.rules.watching import CalmRules, Cylinder, WatchRules, WellClear
from parley.space import GeoidModel, PressureModel
from parley.watch.pairs import encounter
from parley.watch.pairs.climbs import Climb
from parley.watch.pairs.encounter import Encounter
from parley.watch.pairs.frame import Frame, Uprights, between, known, place
from parley.watch.pairs.sweep import Motion
from parley.watch.scene import Scene
from parley.watch.tracks import Bools, Floats, Ints, Status, Tracks

ANY_AIR = PressureModel(950, 1050, 0.1, GeoidModel(0, 110))
"""Where nothing is known of the air: most of what there is on Earth."""
STEP_M = 100
"""Minima are widened in steps of this."""


def motion_of(tracks: Tracks, scene: Scene, climb: Climb) -> Motion:
    """What the sweep needs. Lost tracks and those on the ground are not active; an unknown
    velocity is none at all (see ``wider_m``). Of one owner, none are paired, unless
    ``scene.within_party``; nobody's tracks are strangers to each other."""
    moving = np.isfinite(tracks.speed_mps) & np.isfinite(tracks.course_deg)
    equivalent, slack = _equivalents(tracks, scene.air or ANY_AIR)
    return Motion(
        tracks.lat_deg,
        tracks.lon_deg,
        np.where(moving, tracks.speed_mps, 0.0),
        np.where(moving, tracks.course_deg, 0.0),
        climb.climb_mps,
        tracks.pressure_m,
        tracks.height_m,
        equivalent,
        slack,
        _groups(tracks, within_party=scene.within_party),
        (tracks.status != Status.LOST) & ~tracks.on_ground,
    )


def _groups(tracks: Tracks, *, within_party: bool) -> Ints:
    if within_party or not any(tracks.owner):
        return np.zeros(len(tracks), np.int64)
    numbers = {owner: n for n, owner in enumerate(sorted(set(tracks.owner) | {""}))}
    return np.fromiter((numbers[owner] for owner in tracks.owner), np.int64, len(tracks))


def _equivalents(tracks: Tracks, air: PressureModel) -> tuple[Floats, Floats]:
    """Of each track its pressure altitude, or the one that its height most likely means and by
    how much that may be off."""
    nothing = np.zeros(len(tracks))
    low, high = air.bands_cm(nothing, nothing)
    likely = known(tracks.height_m) - (low + high) / 200
    off = known(tracks.vertical_m)
    low, high = air.bands_cm(likely, np.where(np.isnan(off), 0.0, np.abs(off)))
    given = known(tracks.pressure_m)
    return (
        np.where(np.isnan(given), likely, given),
        np.where(np.isnan(given) & ~np.isnan(likely), (high - low) / 200, 0.0),
    )


def wider_m(tracks: Tracks, calm: CalmRules) -> Floats:
    """By how much each track's circle widens the minima: what it has beyond ``sure_m``, at most
    ``widen_m``; that much if its velocity is not known. Whole steps of 100 m."""
    radius = np.where(np.isnan(tracks.radius_m), 0.0, tracks.radius_m)
    unknown = np.isnan(tracks.speed_mps) | np.isnan(tracks.course_deg)
    more = np.where(unknown, float(calm.widen_m), radius - calm.sure_m)
    steps: Floats = np.ceil(np.clip(more, 0.0, calm.widen_m) / STEP_M) * STEP_M
    return steps


def minima(rules: WatchRules) -> Cylinder | WellClear:
    """What losing separation is: the cylinder of the highest step that has one, or else the
    volume of the highest step."""
    cylinders = [step.volume for step in rules.steps if isinstance(step.volume, Cylinder)]
    return cylinders[-1] if cylinders else rules.steps[-1].volume


def widened(volume: Cylinder | WellClear, by_m: float) -> Cylinder | WellClear:
    """The volume with that much more horizontally."""
    horizontal_cm = volume.horizontal_cm + round(100 * by_m)
    if isinstance(volume, Cylinder):
        return Cylinder(horizontal_cm, volume.vertical_cm)
    return WellClear(volume.tau_s, horizontal_cm, volume.vertical_cm, volume.vertical_tau_s)


@dataclass(frozen=True, slots=True)
class Times:
    """Of m pairs, one row a volume: begin and end of the violation, +inf for never; ``bare`` is
    the begin by the minima as agreed, with nothing added for uncertainty."""

    begin_s: Floats
    end_s: Floats
    bare_s: Floats


def above_m(motion: Motion, i: Ints, j: Ints) -> Floats:
    """Height of j above i as the sweep has it, NaN if unknown."""
    return Uprights(
        known(motion.pressure_m),
        known(motion.height_m),
        known(motion.equivalent_m),
        known(motion.slack_m),
        motion.climb_mps,
    ).above(i, j)


def times_of(
    motion: Motion,
    pairs: tuple[Ints, Ints],
    volumes: tuple[Cylinder | WellClear, ...],
    more_m: Floats,
    lookahead_s: float,
) -> Times:
    """When each pair violates each volume, widened by its own ``more_m``."""
    e = _encounters(motion, *pairs)
    shape = len(volumes), len(pairs[0])
    begin, end = np.full(shape, np.inf), np.full(shape, np.inf)
    bare = np.full(shape, np.inf)
    for row, volume in enumerate(volumes):
        bare[row] = encounter.violation(e, volume, lookahead_s)[0]
        for more in np.unique(more_m).tolist():
            those: Bools = more_m == more
            times = encounter.violation(e.take(those), widened(volume, more), lookahead_s)
            begin[row, those], end[row, those] = times
    return Times(begin, end, bare)


def _encounters(motion: Motion, i: Ints, j: Ints) -> Encounter:
    used, at = np.unique(np.concatenate((i, j)), return_inverse=True)
    placed = place(
        motion.lat_deg[used],
        motion.lon_deg[used],
        motion.speed_mps[used],
        motion.course_deg[used],
        Frame.TANGENT,
    )
    a, b = at[: len(i)].astype(np.int64), at[len(i) :].astype(np.int64)
    apart, along, across = between(placed, a, b)
    climb = motion.climb_mps[j] - motion.climb_mps[i]
    return Encounter(apart, along, across, above_m(motion, i, j), climb)
