"""A sender of a feed on loopback, and an intake that tells when something happened in it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from parley.node.watching.intake import FeedHealth, Intake
from parley.watch.report import Report


class WatchedIntake(Intake):
    """Returns from ``until`` when what was asked for is so; looks after each change."""

    def __init__(self, max_queued: int = 100_000) -> None:
        super().__init__(max_queued)
        self._changed = asyncio.Event()
        self.history: list[FeedHealth] = []
        self.queued = 0

    async def put(self, reports: Sequence[Report]) -> None:
        await super().put(reports)
        self.queued += len(reports)
        self._changed.set()

    def offer(self, reports: Sequence[Report]) -> int:
        dropped = super().offer(reports)
        self.queued += len(reports) - dropped
        self._changed.set()
        return dropped

    def tell(self, health: FeedHealth) -> None:
        super().tell(health)
        last = self.history[-1] if self.history else None
        if last is None or (last.state, last.error) != (health.state, health.error):
            self.history.append(health)
        self._changed.set()

    def health(self, name: str) -> FeedHealth:
        return next(health for health in self.feeds() if health.name == name)

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()


class Sender:
    """Listens on 127.0.0.1 and sends to whoever is connected; its port stays the same."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._callers: list[asyncio.StreamWriter] = []
        self._called = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shut()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, ssl=self._tls, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Nobody listens any more, and nobody is connected."""
        if self._server is not None:
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Whoever is connected is no longer."""
        for writer in self._callers:
            writer.transport.abort()
        self._callers = []

    def close(self) -> None:
        """The same, in good order: what was sent arrives first."""
        for writer in self._callers:
            writer.close()
        self._callers = []

    async def send(self, *pieces: bytes) -> None:
        """To everyone, as soon as somebody is there; each piece in a segment of its own."""
        while not self._callers:
            self._called.clear()
            await self._called.wait()
        for piece in pieces:
            for writer in self._callers:
                writer.write(piece)
                await writer.drain()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.append(writer)
        self._called.set()
