"""How one feed fares, kept as it happens and told to the intake; and how fast it may go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import structlog

from parley.feeds.config import FeedConfig
from parley.node.watching.intake import FeedHealth, FeedState, Intake
from parley.wire.decoding import Decoder, Rejections

WORK_SHARE, WORK_AT_ONCE_S = 0.5, 1.0

_log = structlog.get_logger("parley.feeds")


class Bucket:
    """Lets ``per_s`` pass in the long run and two seconds' worth at once."""

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._level = 2 * per_s
        self._at_s = now_s

    def take(self, wanted: int, now_s: float) -> int:
        """How many of them may pass."""
        self._level += (now_s - self._at_s) * self._per_s
        self._level = min(self._level, 2 * self._per_s)
        self._at_s = now_s
        granted = min(wanted, int(self._level))
        self._level -= granted
        return granted


class Effort:
    """Lets work in the event loop take half of its time in the long run, and one second at once.

    For what is decoded where nobody can be made to wait: its price is known only when it is paid.
    """

    def __init__(self, now_s: float) -> None:
        self._level_s = WORK_AT_ONCE_S
        self._at_s = now_s

    def may(self, now_s: float) -> bool:
        """Whether there may be more of it now."""
        self._level_s += WORK_SHARE * (now_s - self._at_s)
        self._level_s = min(self._level_s, WORK_AT_ONCE_S)
        self._at_s = now_s
        return self._level_s > 0.0

    def spend(self, took_s: float) -> None:
        self._level_s -= took_s


class Meter:
    """The state of one feed. Silence is a state: connected, and no report for ``silent_s``."""

    def __init__(self, config: FeedConfig, intake: Intake, clock_ms: Callable[[], int]) -> None:
        self._config = config
        self._intake = intake
        self._clock_ms = clock_ms
        self._state = FeedState.CONNECTING
        self._connects = self._bytes = self._reports = 0
        self._last_ms = -1
        self._error = ""
        self._counts = Rejections()
        self._decoders: set[Decoder] = set()
        self._open = 0
        self._heard_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self.held = False
        """We make it wait: that is no silence."""
        self.tell()

    @property
    def state(self) -> FeedState:
        return self._state

    @property
    def reports(self) -> int:
        return self._reports

    def connected(self) -> None:
        """There is a way for bytes to come."""
        self._open += 1
        self._connects += 1
        self._error = ""
        self._heard_s = asyncio.get_running_loop().time()
        self._arm()
        _log.info("feed-connected", feed=self._config.name, url=self._config.url)
        self.tell()

    def lost(self, error: str) -> None:
        """That way is gone; "" if we are being stopped."""
        self._open -= 1
        if self._open <= 0 and error:
            self.failed(error)
        else:
            self.tell()

    def failed(self, error: str) -> None:
        """It is not connected, and why."""
        if error != self._error:
            _log.warning("feed-lost", feed=self._config.name, error=error)
        self._open = 0
        self._error = error
        self._state = FeedState.CONNECTING
        self._disarm()
        self.tell()

    def stopped(self) -> None:
        self._state = FeedState.STOPPED
        self._disarm()
        self.tell()

    def took(self, size: int, reports: int) -> None:
        """So many bytes came and gave so many reports."""
        self._bytes += size
        if reports:
            self._reports += reports
            self._last_ms = self._clock_ms()
            self._heard_s = asyncio.get_running_loop().time()
            if self._state is not FeedState.LIVE:
                _log.info("feed-live", feed=self._config.name)
                self._state = FeedState.LIVE
                self._arm()
        self.tell()

    def refused(self, reason: str, count: int = 1) -> None:
        if count:
            self._counts.add(reason, count)

    # Decoders: what they refused is the feed's, after they are gone as well

    def opened(self, decoder: Decoder) -> None:
        self._decoders.add(decoder)

    def closed(self, decoder: Decoder) -> None:
        if decoder in self._decoders:
            self._decoders.discard(decoder)
            for reason, count in decoder.rejected.counts().items():
                self._counts.add(reason, count)

    def tell(self) -> None:
        counts = Counter(self._counts.counts())
        for decoder in self._decoders:
            counts.update(decoder.rejected.counts())
        self._intake.tell(
            FeedHealth(
                self._config.name,
                self._config.url,
                self._state,
                self._connects,
                self._bytes,
                self._reports,
                self._last_ms,
                dict(sorted(counts.items())),
                self._error,
            )
        )

    # Silence

    def _arm(self) -> None:
        self._disarm()
        loop = asyncio.get_running_loop()
        self._watch = loop.call_at(self._heard_s + self._config.silent_s, self._look)

    def _disarm(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self.held:
            self._heard_s = now_s
        silent_s = now_s - self._heard_s
        if silent_s < self._config.silent_s - 0.001:
            self._arm()
            return
        self._watch = None
        self._state = FeedState.SILENT
        _log.warning("feed-silent", feed=self._config.name, for_s=round(silent_s, 1))
        self.tell()
