"""What every decoder of a live feed has in common: bytes in as they come, reports out, and what
was refused, counted by name. A decoder keeps a bounded rest between two calls and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from parley.watch.report import Report

MAX_NAMES = 64
OTHER = "other"


class Rejections:
    """Counts by name: at most ``MAX_NAMES`` names, the rest under "other"."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, reason: str, count: int = 1) -> None:
        if reason not in self._counts and len(self._counts) >= MAX_NAMES:
            reason = OTHER
        self._counts[reason] = self._counts.get(reason, 0) + count

    def counts(self) -> Mapping[str, int]:
        """Name -> how often, in the order of the names."""
        return dict(sorted(self._counts.items()))

    @property
    def total(self) -> int:
        return sum(self._counts.values())


class Decoder(Protocol):
    """One connection's decoder: a new one for each connection or file.

    ``take`` never raises for what a feed sent: a part that cannot be read is counted in
    ``rejected`` under a name that says what was wrong, and it goes on behind it.
    """

    rejected: Rejections

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """The reports that ``data`` completes, in order. now_ms: when it arrived (UTC), for
        formats that give no time or only a time of day."""
        ...
