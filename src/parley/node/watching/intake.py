"""Between the feeds and the watch: a bounded queue of reports, and what each feed has done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from parley.watch.report import Report

MAX_QUEUED = 100_000


class FeedState(StrEnum):
    """CONNECTING: nothing yet, or lost and tried again. LIVE: it reports. SILENT: connected, and
    nothing comes. STOPPED: by a person, or for good."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How one feed fares. last_ms: when the last report arrived, -1 if none did. rejected: what
    could not be read or be taken, by name. error: why it is not connected, "" if it is."""

    name: str
    url: str
    state: FeedState = FeedState.CONNECTING
    connects: int = 0
    bytes: int = 0
    reports: int = 0
    last_ms: int = -1
    rejected: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


class Intake:
    """Feeds ``put``, the watch ``drain``s. A feed that cannot wait (UDP) ``offer``s: what finds
    no room is dropped and counted."""

    def __init__(self, max_queued: int = MAX_QUEUED) -> None:
        self._max = max_queued
        self._queue: list[Report] = []
        self._room = asyncio.Event()
        self._room.set()
        self._filled = asyncio.Event()
        self._feeds: dict[str, FeedHealth] = {}

    async def put(self, reports: Sequence[Report]) -> None:
        """Queued when this returns; waits while the queue is full, and so does the feed's peer."""
        while len(self._queue) >= self._max:
            self._room.clear()
            await self._room.wait()
        self._queue.extend(reports)
        if reports:
            self._filled.set()

    def offer(self, reports: Sequence[Report]) -> int:
        """How many were dropped, because there was no room."""
        room = max(0, self._max - len(self._queue))
        self._queue.extend(reports[:room])
        if self._queue:
            self._filled.set()
        return max(0, len(reports) - room)

    def drain(self) -> list[Report]:
        """All that is queued, in the order of arrival."""
        taken, self._queue = self._queue, []
        self._filled.clear()
        self._room.set()
        return taken

    async def wait(self) -> None:
        """Returns when something is queued."""
        await self._filled.wait()

    def tell(self, health: FeedHealth) -> None:
        """How a feed fares now, replacing what was told of it before."""
        self._feeds[health.name] = health

    def forget(self, name: str) -> None:
        self._feeds.pop(name, None)

    def stopped(self, name: str) -> None:
        if name in self._feeds:
            self._feeds[name] = replace(self._feeds[name], state=FeedState.STOPPED)

    def feeds(self) -> tuple[FeedHealth, ...]:
        """Every feed, in the order of their names."""
        return tuple(self._feeds[name] for name in sorted(self._feeds))
