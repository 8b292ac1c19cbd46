"""The sweep: every pair of tracks that will lose separation within the look-ahead.

Each track goes on in a straight line at constant velocity. A sweep is a pure function of its
arrays: no pair depends on the order of the tracks, on who is asked first, or on the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from parley.errors import InputError
from parley.rules.watching import Cylinder, WellClear
from parley.watch.pairs import encounter
from parley.watch.pairs.candidates import Run, search
from parley.watch.pairs.encounter import Encounter
from parley.watch.pairs.frame import Frame, Placed, Uprights, between, known, place
from parley.watch.tracks import Bools, Floats, Ints

MAX_SPEED_MPS = 10_000.0
"""A track that is faster, or climbs faster, is left out of the sweep."""
MAX_PAIRS = 500_000
"""So many pairs are kept at most: the nearest in time, of those now the nearest in place."""


@dataclass(frozen=True, slots=True)
class Motion:
    """n tracks at one instant, arrays of n elements.

    lat_deg, lon_deg: WGS-84. speed_mps over ground, course_deg true, climb_mps up: 0 for what is
    not known. pressure_m (1013.25 hPa), height_m (above the ellipsoid): NaN if unknown.
    equivalent_m: any vertical that is known, as metres of pressure altitude, NaN if none; slack_m:
    by how much that may be off either way. group: two of one group above 0 are never paired.
    active: the others are left out.
    """

    lat_deg: Floats
    lon_deg: Floats
    speed_mps: Floats
    course_deg: Floats
    climb_mps: Floats
    pressure_m: Floats
    height_m: Floats
    equivalent_m: Floats
    slack_m: Floats
    group: Ints
    active: Bools

    def __len__(self) -> int:
        return len(self.lat_deg)

    def take(self, which: Ints) -> Motion:
        """The tracks at ``which``, in that order."""
        return Motion(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Pairs:
    """m pairs, i < j, in the order of (i, j); time_in_s and time_out_s have one row a volume.

    time_in_s, time_out_s: begin and end of the violation within [0, look-ahead], +inf for never;
    0 for a begin in the past, the look-ahead for an end beyond it. range_m, vertical_m (absolute):
    now. tcpa_s, dcpa_m: closest horizontal approach, however far ahead, 0 and the range when they
    diverge. hmd_m, vmd_m: the least within the look-ahead. vertical_m and vmd_m are NaN where
    ``vertical_known`` is false: such a pair is taken to be on one level throughout.
    left_out: active tracks that were not swept, because a value of theirs is not a number or
    cannot be. truncated: how many pairs more there may be than were kept (see MAX_PAIRS); only
    then may it depend on the order of the tracks which are kept.
    """

    i: Ints
    j: Ints
    time_in_s: Floats
    time_out_s: Floats
    range_m: Floats
    vertical_m: Floats
    tcpa_s: Floats
    dcpa_m: Floats
    hmd_m: Floats
    vmd_m: Floats
    vertical_known: Bools
    left_out: int = 0
    truncated: int = 0

    def __len__(self) -> int:
        return len(self.i)


def sweep(
    motion: Motion,
    volumes: Sequence[Cylinder | WellClear],
    lookahead_s: float,
    *,
    run: Run = map,
    frame: Frame = Frame.TANGENT,
) -> Pairs:
    """All pairs of active tracks that violate one of ``volumes`` within [0, lookahead_s].

    The vertical of a pair: its pressure altitudes if both have one, else its heights if both have
    one, else its equivalents less the slack of both (never past 0), else unknown. InputError for
    no volume, or a look-ahead that is not above 0 and at most 3600 s.
    """
    if not volumes or not 0 < lookahead_s <= 3600:
        raise InputError(
            f"a sweep for {len(volumes)} volumes and {lookahead_s} s ahead",
            right="one volume or more, above 0 and at most 3600 s ahead",
            where="sweep",
        )
    fit = _fit(motion)
    fit_at = np.flatnonzero(fit)
    left_out = int(motion.active.sum()) - len(fit_at)
    some = motion if len(fit_at) == len(motion) else motion.take(fit_at)
    uprights = Uprights(
        known(some.pressure_m),
        known(some.height_m),
        known(some.equivalent_m),
        known(some.slack_m),
        some.climb_mps,
    )
    placed = place(some.lat_deg, some.lon_deg, some.speed_mps, some.course_deg, frame)
    i, j, truncated = search(placed, uprights, some.group, volumes, lookahead_s, MAX_PAIRS, run)
    pairs = _decide(placed, uprights, i, j, volumes, lookahead_s)
    return replace(
        pairs, i=fit_at[pairs.i], j=fit_at[pairs.j], left_out=left_out, truncated=truncated
    )


def _fit(motion: Motion) -> Bools:
    return (
        motion.active
        & (np.abs(motion.lat_deg) <= 90.0)
        & (np.abs(motion.lon_deg) <= 360.0)
        & (np.abs(motion.course_deg) <= 720.0)
        & (np.abs(motion.speed_mps) <= MAX_SPEED_MPS)
        & (np.abs(motion.climb_mps) <= MAX_SPEED_MPS)
    )


def _decide(
    placed: Placed,
    uprights: Uprights,
    i: Ints,
    j: Ints,
    volumes: Sequence[Cylinder | WellClear],
    lookahead_s: float,
) -> Pairs:
    """The pairs of (i, j), in their order, that violate a volume, with everything about them."""
    apart, along, across = between(placed, i, j)
    climb = uprights.climb_mps[j] - uprights.climb_mps[i]
    e = Encounter(apart, along, across, uprights.above(i, j), climb)
    times = [encounter.violation(e, volume, lookahead_s) for volume in volumes]
    begin, end = (np.stack([t[k] for t in times]) for k in (0, 1))
    hit: Bools = np.asarray(np.isfinite(begin).any(axis=0))
    e = e.take(hit)
    return Pairs(
        i=i[hit],
        j=j[hit],
        time_in_s=begin[:, hit],
        time_out_s=end[:, hit],
        range_m=e.range_m,
        vertical_m=np.abs(e.vertical_m),
        tcpa_s=encounter.tcpa_s(e),
        dcpa_m=encounter.dcpa_m(e),
        hmd_m=encounter.hmd_m(e, lookahead_s),
        vmd_m=encounter.vmd_m(e, lookahead_s),
        vertical_known=~np.isnan(e.vertical_m),
    )
