"""A link to a TAK server or group: connects, stays connected, in and out on one connection.

In: tracks to the intake, and the calls of its users where the operator accepts them. Out: what
is released there. At least once: on each connection the whole standing state, then what the
journal holds since the server last confirmed; that place is durable, so nothing that was
released is lost while the server or we are down.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from parley.errors import ParleyError
from parley.feeds.tak.board import TakBoard
from parley.feeds.tak.calls import TakCalls
from parley.feeds.tak.config import TakConfig, TakCounts, TakPace
from parley.feeds.tak.line import open_line
from parley.feeds.tak.session import Means, TakSession
from parley.feeds.tak.view import Cursors, NodeView, TakView
from parley.node.node import Node
from parley.node.watching.intake import FeedHealth, FeedState, Intake
from parley.space import Position
from parley.wire.cot.out import CotVoice

_log = structlog.get_logger("parley.feeds.tak")


class TakLink:
    """See the module. ConfigError for a configuration that cannot be.

    cursors: where the link's place in the journal is kept. jitter: numbers in [0, 1). position:
    where the node shows itself, None for nowhere. is_uas: which tracks (by id) are unmanned.
    """

    def __init__(
        self,
        node: Node,
        config: TakConfig,
        intake: Intake,
        clock_ms: Callable[[], int],
        *,
        view: TakView,
        cursors: Cursors,
        pace: TakPace | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
        version: str = "",
        position: Position | None = None,
        is_uas: Callable[[str], bool] = lambda _: False,
    ) -> None:
        party = node.context.party
        release = config.check(node.agreement, party)
        pace = pace or TakPace()
        voice = CotVoice(party, config.callsign, version, position)
        counts = TakCounts()
        self._config = config
        self._pace = pace
        self._jitter = jitter
        self._means = Means(
            node,
            config,
            pace,
            clock_ms,
            voice,
            TakBoard(voice, release, view, clock_ms, level=config.alert_level),
            TakCalls(node, config, view, clock_ms, counts),
            intake,
            cursors,
            counts,
            is_uas,
            self._publish,
        )
        self._session: TakSession | None = None
        self._begin = 0
        self._protobuf = config.protobuf
        self._failures = 0
        self._error = ""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """From now on nothing that is released is missed. StorageError: no place could be kept."""
        m = self._means
        if not await m.cursors.cursor(self._config.name):
            self._begin = await m.node.last_event()
            await m.cursors.move_cursor(self._config.name, self._begin)
        self._publish()
        self._task = asyncio.create_task(self._live(), name=f"parley-tak-{self._config.name}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._means.intake.stopped(self._config.name)

    @property
    def health(self) -> FeedHealth:
        """How it fares; the same is told to the intake."""
        counts, session = self._means.counts, self._session
        rejected = dict(counts.rejected)
        state = FeedState.CONNECTING
        if session is not None:
            for name, count in session.decoder.rejected.counts().items():
                rejected[name] = rejected.get(name, 0) + count
            if session.line.dropped:
                rejected["datagrams-dropped"] = session.line.dropped
            quiet_s = asyncio.get_running_loop().time() - session.heard_s
            state = FeedState.LIVE if quiet_s < self._pace.silent_s else FeedState.SILENT
        return FeedHealth(
            self._config.name,
            self._config.url,
            state,
            counts.connects,
            counts.bytes_in,
            counts.reports,
            counts.last_ms,
            dict(sorted(rejected.items())),
            self._error,
        )

    def _publish(self) -> None:
        self._means.intake.tell(self.health)

    async def _live(self) -> None:
        while True:
            try:
                await self._connection()
            except (OSError, ParleyError) as error:
                self._fail(str(error) or type(error).__name__)
            except Exception as error:  # noqa: BLE001 - a link lives on, whatever happens
                _log.error("tak-fell", feed=self._config.name, exc_info=error)
                self._fail(f"the link fell: {type(error).__name__}")
            self._publish()
            await self._means.calls.retry()
            await asyncio.sleep(self._pace.retry_s(max(1, self._failures), self._jitter()))

    async def _connection(self) -> None:
        line = await open_line(self._config, connect_s=self._pace.connect_s)
        self._means.counts.connects += 1
        _log.info("tak-connected", feed=self._config.name, url=self._config.url)
        session = TakSession(line, self._means, begin=self._begin, protobuf=self._protobuf)
        self._session, self._error = session, ""
        self._publish()
        began_s = session.heard_s
        try:
            await session.run()
        finally:
            self._session = None
            self._protobuf = self._protobuf and not session.unanswered
            await line.close()
            if asyncio.get_running_loop().time() - began_s > self._pace.keep_alive_s:
                self._failures = 0

    def _fail(self, why: str) -> None:
        self._failures += 1
        if why != self._error:
            _log.warning("tak-trouble", feed=self._config.name, error=why)
        self._error = why


__all__ = ["NodeView", "TakConfig", "TakLink", "TakPace"]
