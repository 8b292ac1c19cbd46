"""Pairs of aircraft in the terms of DAIDALUS, from geometry: range, closest approach, violations.

The formulas are those of C. Muñoz, A. Narkawicz, J. Chamberlain, M. Consiglio, J. Upchurch, "A
family of well-clear boundary models for the integration of UAS in the NAS" (AIAA 2014-2412):
straight lines at constant velocity. Invariant: every result is the same to the last bit when the
two change places, and on every machine (only +, -, *, / and square roots).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parley.rules.watching import Cylinder, WellClear
from parley.watch.tracks import Bools, Floats

OPEN_M = 0.01
"""Closer than the minimum by more than this is a loss: levels exactly 1,000 ft apart are not."""
STILL_MPS = 1e-6
"""A relative speed below this is none: in an hour it makes less than OPEN_M."""


@dataclass(frozen=True, slots=True)
class Encounter:
    """m pairs in their relative polar frame, arrays of m elements.

    range_m: horizontal distance, at least 0. along_mps: its rate of change, negative when they
    close. across_mps: the relative horizontal velocity at right angles to the line between them.
    vertical_m: height of one less that of the other, NaN where nothing is known: those are taken
    to be together vertically for ever. climb_mps: its rate of change.
    """

    range_m: Floats
    along_mps: Floats
    across_mps: Floats
    vertical_m: Floats
    climb_mps: Floats

    @classmethod
    def of(cls, s_m: Floats, v_mps: Floats) -> Encounter:
        """From relative positions and velocities, (m, 3) arrays: east, north, up in one tangent
        frame. Horizontally in one place: any relative velocity leads apart."""
        east, north, up = s_m[:, 0], s_m[:, 1], s_m[:, 2]
        ve, vn, vu = v_mps[:, 0], v_mps[:, 1], v_mps[:, 2]
        apart = np.sqrt(east * east + north * north)
        one = np.where(apart > 0.0, apart, 1.0)
        along = np.where(apart > 0.0, (east * ve + north * vn) / one, np.sqrt(ve * ve + vn * vn))
        return cls(apart, along, (east * vn - north * ve) / one, up, vu)

    def speed_mps(self) -> Floats:
        """Relative horizontal speed."""
        return np.sqrt(self.along_mps * self.along_mps + self.across_mps * self.across_mps)

    def take(self, which: Bools) -> Encounter:
        """The pairs for which ``which`` is true."""
        return Encounter(
            self.range_m[which],
            self.along_mps[which],
            self.across_mps[which],
            self.vertical_m[which],
            self.climb_mps[which],
        )


def tcpa_s(e: Encounter) -> Floats:
    """Seconds to the closest horizontal approach, -s.v/|v|² (ibid., eq. 1): 0 when they diverge
    or keep their distance. Not bounded by any look-ahead."""
    speed = e.speed_mps()
    closing = (e.along_mps < 0.0) & (speed >= STILL_MPS)
    return np.where(closing, _nearest_s(e, speed), 0.0)


def dcpa_m(e: Encounter) -> Floats:
    """Horizontal distance then, |s x v|/|v|; the range when they diverge."""
    speed = e.speed_mps()
    closing = (e.along_mps < 0.0) & (speed >= STILL_MPS)
    return np.where(closing, _miss_m(e, speed), e.range_m)


def hmd_m(e: Encounter, within_s: float) -> Floats:
    """Least horizontal distance within [0, within_s] seconds."""
    after = tcpa_s(e)
    along = e.range_m + e.along_mps * within_s
    across = e.across_mps * within_s
    return np.where(after <= within_s, dcpa_m(e), np.sqrt(along * along + across * across))


def vmd_m(e: Encounter, within_s: float) -> Floats:
    """Least vertical distance within [0, within_s] seconds: 0 if they pass each other's level,
    NaN where nothing is known."""
    now, then = e.vertical_m, e.vertical_m + e.climb_mps * within_s
    least = np.minimum(np.abs(now), np.abs(then))
    return np.where((now < 0.0) != (then < 0.0), 0.0, least)


def violated_now(e: Encounter, volume: Cylinder | WellClear) -> Bools:
    """Whether the volume is violated at this instant.

    Cylinder: closer than both minima. WellClear: closer than DMOD, or closing, to miss by less
    than HMD (= DMOD) and with a modified tau (DMOD² - r²)/(s.v) of at most tau_s; and closer than
    ZTHR, or at most vertical_tau_s from being at one level (ibid., section III).
    """
    within_s = float(np.finfo(np.float64).tiny)
    return violation(e, volume, within_s)[0] < np.inf


def violation(e: Encounter, volume: Cylinder | WellClear, within_s: float) -> tuple[Floats, Floats]:
    """Seconds to the violation of ``volume`` and to its end, within [0, within_s].

    0 for the begin if it is violated now; ``within_s`` for the end if it then still is; +inf for
    both if it is never violated. Whether: only closer than a minimum by more than OPEN_M. When:
    by the minima as agreed, so at most as early.
    """
    begin, end = _span(e, volume, within_s, OPEN_M)
    violated = begin < end
    begin, end = _span(e, volume, within_s, 0.0)
    return np.where(violated, begin, np.inf), np.where(violated, end, np.inf)


def _span(
    e: Encounter, volume: Cylinder | WellClear, within_s: float, less_m: float
) -> tuple[Floats, Floats]:
    tau_s, coaltitude_s = (
        (float(volume.tau_s), float(volume.vertical_tau_s))
        if isinstance(volume, WellClear)
        else (0.0, 0.0)
    )
    level = _horizontal(e, volume.horizontal_cm / 100 - less_m, tau_s)
    upright = _vertical(e, volume.vertical_cm / 100 - less_m, coaltitude_s)
    return (
        np.maximum(np.maximum(level[0], upright[0]), 0.0),
        np.minimum(np.minimum(level[1], upright[1]), within_s),
    )


def _horizontal(e: Encounter, minimum_m: float, tau_s: float) -> tuple[Floats, Floats]:
    """When the horizontal part of a volume is violated, from -inf to +inf.

    With u = t - tcpa and the miss distance m: |s + v t|² = m² + |v|² u² and s.v at t = |v|² u.
    The disc |s + v t| < D is the open interval |u| < h with h² = (D² - m²)/|v|². Modified tau is
    at most tau where |v|² u² + tau |v|² u + m² - D² <= 0 (ibid., eq. 11), whose lesser root is
    -tau/2 - sqrt(tau²/4 + h²); it ends at the disc, which is left at u = h.
    """
    speed = e.speed_mps()
    moving = speed >= STILL_MPS
    miss = np.where(moving, _miss_m(e, speed), e.range_m)
    one = np.where(moving, speed, 1.0)
    meets = miss < minimum_m
    square = np.where(meets, (minimum_m - miss) * (minimum_m + miss), 0.0)
    half = np.sqrt(square) / one
    lead = tau_s / 2 + np.sqrt(tau_s * tau_s / 4 + half * half) if tau_s > 0.0 else half
    nearest = _nearest_s(e, speed)
    begin = np.where(moving, nearest - lead, -np.inf)
    end = np.where(moving, nearest + half, np.inf)
    return np.where(meets, begin, np.inf), np.where(meets, end, -np.inf)


def _vertical(e: Encounter, minimum_m: float, coaltitude_s: float) -> tuple[Floats, Floats]:
    """When |z + w t| < Z, or the time to co-altitude -z/w is within [0, coaltitude_s]: a span
    round -z/w, or always or never when neither climbs on the other."""
    unknown = np.isnan(e.vertical_m)
    climbing = (np.abs(e.climb_mps) >= STILL_MPS) & ~unknown
    rate = np.where(climbing, e.climb_mps, 1.0)
    level_s = -e.vertical_m / rate
    half = minimum_m / np.abs(rate)
    together = unknown | (np.abs(e.vertical_m) < minimum_m)
    begin = np.where(together, -np.inf, np.inf)
    possible = climbing if minimum_m > 0.0 else np.zeros_like(climbing)
    return (
        np.where(possible, level_s - np.maximum(half, coaltitude_s), begin),
        np.where(possible, level_s + half, -begin),
    )


def _nearest_s(e: Encounter, speed: Floats) -> Floats:
    one = np.where(speed >= STILL_MPS, speed, 1.0)
    return -(e.range_m / one) * (e.along_mps / one)


def _miss_m(e: Encounter, speed: Floats) -> Floats:
    one = np.where(speed >= STILL_MPS, speed, 1.0)
    return e.range_m * np.abs(e.across_mps / one)
