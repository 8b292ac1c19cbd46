"""A clock to turn by hand, and salts that are the same in every run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from itertools import count

DAWN_MS = 1_700_000_000_000
"""2023-11-14T22:13:20Z, an arbitrary instant to begin at."""


class HandClock:
    """A ``Clock`` (node/ports.py) that stands still until it is turned; it may run backwards."""

    def __init__(self, now_ms: int = DAWN_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> int:
        """Turns the clock by so many milliseconds (negative: back) and returns what it shows."""
        self.now_ms += ms
        return self.now_ms

    def set(self, now_ms: int) -> None:
        self.now_ms = now_ms


class RunningClock(HandClock):
    """Goes on by itself, as a clock in front of people does; what turns it turns it on top."""

    def __init__(self, now_ms: int = DAWN_MS) -> None:
        super().__init__(now_ms)
        self._began_ns = time.monotonic_ns()

    def __call__(self) -> int:
        return self.now_ms + (time.monotonic_ns() - self._began_ns) // 1_000_000


def counting_salts(name: str = "") -> Callable[[], bytes]:
    """``Salts`` (node/ports.py): 16 bytes a call, all different, the same in every run.

    name: two nodes in one test take two names and so never draw the same salt. Not random: for
    tests only.
    """
    numbers = count()
    return lambda: hashlib.sha256(f"{name}/{next(numbers)}".encode()).digest()[:16]
