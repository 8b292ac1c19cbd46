"""All feeds of one node: each a task of its own that connects, reads, and tries again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from parley.errors import ConfigError
from parley.feeds.config import FeedConfig
from parley.feeds.datagrams import from_udp
from parley.feeds.formats import FORMATS, Formats
from parley.feeds.meter import Bucket, Effort, Meter
from parley.feeds.pipe import Feed, Lost
from parley.feeds.polling import from_http
from parley.feeds.ports import Clock, Jitter, Pauses
from parley.feeds.stream import from_callers, from_tcp
from parley.node.watching.intake import Intake

SOURCES: Mapping[str, Callable[[Feed], Awaitable[None]]] = {
    "tcp": from_tcp,
    "tls": from_tcp,
    "listen": from_callers,
    "udp": from_udp,
    "http": from_http,
    "https": from_http,
}

_log = structlog.get_logger("parley.feeds")


class FeedRunner:
    """One feed, for as long as it is wanted: what is lost is tried again after a pause that grows
    while no try brings a report."""

    def __init__(
        self,
        config: FeedConfig,
        intake: Intake,
        *,
        clock_ms: Clock,
        jitter: Jitter,
        formats: Formats = FORMATS,
        pauses: Pauses = Pauses(),  # noqa: B008 - frozen
    ) -> None:
        self.config = config
        self._intake = intake
        self._clock_ms = clock_ms
        self._jitter = jitter
        self._format = formats[config.format]
        self._pauses = pauses
        self._task: asyncio.Task[None] | None = None
        self._meter: Meter | None = None

    def start(self) -> None:
        """Begins, in the running loop."""
        if self._task is None:
            self._meter = Meter(self.config, self._intake, self._clock_ms)
            self._task = asyncio.create_task(
                self._run(self._meter), name=f"parley-feed-{self.config.name}"
            )

    async def stop(self) -> None:
        """Its sockets are closed when this returns; what it counted stays told."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._meter is not None:
            self._meter.stopped()

    async def _run(self, meter: Meter) -> None:
        loop = asyncio.get_running_loop()
        bucket = Bucket(self.config.reports_per_s, loop.time())
        effort = Effort(loop.time())
        feed = Feed(self.config, self._format, self._intake, meter, self._clock_ms, bucket, effort)
        source = SOURCES[self.config.transport]
        failures = 0
        while True:
            before = meter.reports
            try:
                await source(feed)
            except Lost as lost:
                meter.failed(str(lost))
            except Exception as error:  # noqa: BLE001 - a feed lives on, whatever happens
                _log.error("feed-fell", feed=self.config.name, exc_info=error)
                meter.failed(f"the feed fell: {type(error).__name__}")
            failures = 1 if meter.reports > before else failures + 1
            await asyncio.sleep(self._pauses.after(failures, self._jitter()))


class Feeds:
    """The feeds by name. They can be added and removed while they run."""

    def __init__(
        self,
        intake: Intake,
        configs: Iterable[FeedConfig] = (),
        *,
        clock_ms: Clock,
        jitter: Jitter,
        formats: Formats = FORMATS,
        pauses: Pauses = Pauses(),  # noqa: B008 - frozen
    ) -> None:
        self._intake = intake
        self._clock_ms = clock_ms
        self._jitter = jitter
        self._formats = formats
        self._pauses = pauses
        self._runners: dict[str, FeedRunner] = {}
        self._running = False
        for config in configs:
            self.add(config)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._runners))

    async def start(self) -> None:
        """Starts what was added so far; what is added later starts at once."""
        self._running = True
        for runner in self._runners.values():
            runner.start()

    async def stop(self) -> None:
        """All sockets are closed when this returns; the feeds stay listed as stopped."""
        self._running = False
        await asyncio.gather(*(runner.stop() for runner in self._runners.values()))

    def add(self, config: FeedConfig) -> None:
        """Raises ConfigError for a name that is taken and a format that is not known."""
        if config.name in self._runners:
            raise ConfigError(
                f"there are two feeds {config.name!r}",
                right="one name for each",
                where=f"feeds.{config.name}",
            )
        if config.format not in self._formats:
            raise ConfigError(
                f"the feed {config.name!r} has a format without a decoder: {config.format!r}",
                right=", ".join(sorted(self._formats)),
                where=f"feeds.{config.name}.url",
            )
        runner = FeedRunner(
            config,
            self._intake,
            clock_ms=self._clock_ms,
            jitter=self._jitter,
            formats=self._formats,
            pauses=self._pauses,
        )
        self._runners[config.name] = runner
        if self._running:
            runner.start()

    async def remove(self, name: str) -> None:
        """Stops it and forgets how it fared. A name that is not there is no error."""
        runner = self._runners.pop(name, None)
        if runner is not None:
            await runner.stop()
            self._intake.forget(name)
