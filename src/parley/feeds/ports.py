"""What the owner of the feeds lends them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Clock: TypeAlias = Callable[[], int]
"""Milliseconds since the Unix epoch, UTC."""

Jitter: TypeAlias = Callable[[], float]
"""Numbers in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Between two tries to connect: doubled from first_s to last_s, up to a half taken off."""

    first_s: float = 0.5
    last_s: float = 30.0

    def after(self, failures: int, jitter: float) -> float:
        """The pause after so many tries in a row that brought no report."""
        longest = min(self.last_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return longest * (1.0 - 0.5 * jitter)
