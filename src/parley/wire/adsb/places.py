"""Where one aircraft is, half after half: pairs, the last fix, and what to believe when they
disagree. Source: ICAO Doc 9871, C.2.6; RTCA DO-260B, 2.2.10.3 and A.1.7.10 (reasonableness)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from parley.wire.adsb.cpr import (
    HALF_ZONE_M,
    HALF_ZONE_SURFACE_M,
    Fix,
    Half,
    from_pair,
    from_reference,
    from_surface_pair,
)

PAIR_MS = 10_000
SURE_PAIR_MS = 3_000
FIX_MS = 180_000
HOP_MPS = 1_000.0
HOP_M = 5_000.0
M_PER_DEG = 111_195.0

AMBIGUOUS = "ambiguous-position"
OUT_OF_RANGE = "out-of-range"
WAITING = ""
"""No position yet, and nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where the receiver is, in degrees; ``range_m``: from farther away it hears nothing."""

    lat_deg: float
    lon_deg: float
    range_m: float = 600_000.0

    @property
    def fix(self) -> Fix:
        return self.lat_deg, self.lon_deg


def apart_m(a: Fix, b: Fix) -> float:
    """Roughly how far apart, in metres; good for sorting out what cannot be."""
    turn = (a[1] - b[1] + 180.0) % 360.0 - 180.0
    east = turn * math.cos(math.radians((a[0] + b[0]) / 2))
    return M_PER_DEG * math.hypot(a[0] - b[0], east)


class Place:
    """One aircraft's halves and its last fix.

    A half is read against the last fix, and with its other half if that is younger than 10 s. If
    both disagree, two young pairs in a row that fit each other win: an aircraft (or a false one)
    that jumped by hundreds of kilometres is shown where it says to be. Else the last fix wins as
    far as an aircraft can fly.
    """

    __slots__ = ("_fix", "_fix_ms", "_halves", "_surface", "_wanted", "_wanted_ms")

    def __init__(self) -> None:
        self._halves: list[tuple[Half, int] | None] = [None, None]
        self._surface = False
        self._fix: Fix | None = None
        self._fix_ms = 0
        self._wanted: Fix | None = None
        self._wanted_ms = 0

    def known_at(self, now_ms: int) -> bool:
        """Whether there is a fix that the next half can be read against."""
        return self._fix is not None and abs(now_ms - self._fix_ms) <= FIX_MS

    def locate(
        self, half: Half, odd: bool, surface: bool, now_ms: int, receiver: Receiver | None
    ) -> tuple[Fix | None, str]:
        """Where it is by this half, or None and why not (a rejection, or WAITING)."""
        if surface != self._surface:
            self._halves, self._surface = [None, None], surface
        self._halves[odd] = (half, now_ms)
        fix, reason = self._decide(half, odd, now_ms, receiver)
        if fix is None:
            return None, reason
        self._fix, self._fix_ms = fix, now_ms
        if receiver is not None and apart_m(fix, receiver.fix) > receiver.range_m:
            return None, OUT_OF_RANGE
        return fix, WAITING

    def _decide(
        self, half: Half, odd: bool, now_ms: int, receiver: Receiver | None
    ) -> tuple[Fix | None, str]:
        pair, age_ms = self._pair(odd, now_ms, receiver)
        last = self._fix if self.known_at(now_ms) else None
        if last is None:
            if pair is None and receiver is not None:
                pair = self._by_receiver(half, odd, receiver)
            return pair, WAITING
        near = from_reference(half, odd, last, surface=self._surface)
        if pair is not None and near is not None and apart_m(pair, near) <= 10.0:
            self._wanted = None
            return pair, WAITING
        if pair is not None and self._twice(pair, now_ms, age_ms):
            return pair, WAITING
        reach_m = HOP_M + HOP_MPS * abs(now_ms - self._fix_ms) / 1000
        if near is not None and apart_m(near, last) <= reach_m:
            return near, WAITING
        return None, AMBIGUOUS

    def _twice(self, pair: Fix, now_ms: int, age_ms: int) -> bool:
        """Whether the pair before, which was not believed, fits this one."""
        wanted, wanted_ms = self._wanted, self._wanted_ms
        if age_ms > SURE_PAIR_MS:
            return False
        self._wanted, self._wanted_ms = pair, now_ms
        if wanted is None or abs(now_ms - wanted_ms) > PAIR_MS:
            return False
        if apart_m(wanted, pair) > HOP_M + HOP_MPS * abs(now_ms - wanted_ms) / 1000:
            return False
        self._wanted = None
        return True

    def _pair(self, odd: bool, now_ms: int, receiver: Receiver | None) -> tuple[Fix | None, int]:
        this, other = self._halves[odd], self._halves[not odd]
        if this is None or other is None or abs(now_ms - other[1]) > PAIR_MS:
            return None, 0
        even_half, odd_half = (other[0], this[0]) if odd else (this[0], other[0])
        age_ms = abs(now_ms - other[1])
        if not self._surface:
            return from_pair(even_half, odd_half, odd_is_newer=odd), age_ms
        near = self._fix if self.known_at(now_ms) else None
        if near is None and receiver is not None:
            near = receiver.fix
        if near is None:
            return None, 0
        return from_surface_pair(even_half, odd_half, near, odd_is_newer=odd), age_ms

    def _by_receiver(self, half: Half, odd: bool, receiver: Receiver) -> Fix | None:
        """One half against the receiver's own place, where its range leaves one answer."""
        bound_m = HALF_ZONE_SURFACE_M if self._surface else HALF_ZONE_M
        if not self._surface and receiver.range_m >= bound_m:
            return None
        fix = from_reference(half, odd, receiver.fix, surface=self._surface)
        if fix is None or apart_m(fix, receiver.fix) > min(bound_m, receiver.range_m):
            return None
        return fix
