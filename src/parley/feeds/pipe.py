"""From bytes to the intake: one way bytes come in, with its decoder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from parley.feeds.config import FeedConfig
from parley.feeds.formats import Format
from parley.feeds.meter import Bucket, Effort, Meter
from parley.feeds.ports import Clock
from parley.node.watching.intake import Intake
from parley.watch.report import Report
from parley.wire.decoding import Decoder

THREAD_BYTES = 4096
"""Less is decoded at once, in the loop: some milliseconds at most."""

PUT_REPORTS = 5_000
LOG_EVERY_S = 60.0

DECODER_FAILED = "decoder-failed"
TOO_FAST = "too-fast"
NO_ROOM = "no-room"
TOO_MUCH_WORK = "too-much-work"
BACKLOG = "backlog-dropped"

_log = structlog.get_logger("parley.feeds")


class Lost(Exception):  # noqa: N818 - a state of the feed, not a fault in the tree of errors
    """The way that bytes came is gone, or must go: the text says why, without secrets."""


@dataclass(slots=True)
class Feed:
    """What all pipes of one feed share."""

    config: FeedConfig
    format: Format
    intake: Intake
    meter: Meter
    clock_ms: Clock
    bucket: Bucket
    effort: Effort
    logged_s: float = float("-inf")


class Pipe:
    """One connection's decoder, or that of one socket for datagrams. ``close`` it."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._decoder = self._new()

    async def take(self, data: bytes) -> None:
        """Decode and queue; while the intake is full this waits, and so does the sender.

        Raises Lost when what waited meanwhile is too old and tells no times."""
        now_ms = self._feed.clock_ms()
        decoder = self._decoder
        try:
            if len(data) > THREAD_BYTES:
                reports = await asyncio.to_thread(decoder.take, data, now_ms)
            else:
                reports = decoder.take(data, now_ms)
        except Exception as error:  # noqa: BLE001 - our bug stops no feed
            self._failed(error)
            reports = ()
        allowed = self._allowed(reports)
        self._feed.meter.took(len(data), len(allowed))
        await self._put(allowed)

    def take_datagram(self, data: bytes) -> None:
        """Decode one datagram, which stands for itself; what finds no room is counted. Nobody can
        make its sender wait: when datagrams cost too much, they are counted and not decoded."""
        feed, loop = self._feed, asyncio.get_running_loop()
        began_s = loop.time()
        if not feed.effort.may(began_s):
            feed.meter.refused(TOO_MUCH_WORK)
            feed.meter.took(len(data), 0)
            return
        try:
            reports = self._alone(data, feed.clock_ms())
        except Exception as error:  # noqa: BLE001 - our bug stops no feed
            self._failed(error)
            reports = ()
        feed.effort.spend(loop.time() - began_s)
        allowed = self._allowed(reports)
        dropped = feed.intake.offer(allowed)
        feed.meter.refused(NO_ROOM, dropped)
        feed.meter.took(len(data), len(allowed) - dropped)

    def close(self) -> None:
        """What was begun and not finished is counted."""
        end = getattr(self._decoder, "end", None)
        if end is not None:
            end()
        self._feed.meter.closed(self._decoder)

    def _new(self) -> Decoder:
        decoder = self._feed.format.decoder(self._feed.config)
        self._feed.meter.opened(decoder)
        return decoder

    def _alone(self, data: bytes, now_ms: int) -> Sequence[Report]:
        """By the decoder's own ``take_datagram``, else by ``take`` and ``end``, else by a decoder
        that saw nothing before."""
        decoder = self._decoder
        own = getattr(decoder, "take_datagram", None)
        if own is not None:
            found: Sequence[Report] = own(data, now_ms)
            return found
        reports = decoder.take(data, now_ms)
        end = getattr(decoder, "end", None)
        if end is not None:
            end()
        else:
            self.close()
            self._decoder = self._new()
        return reports

    def _failed(self, error: Exception) -> None:
        feed = self._feed
        feed.meter.refused(DECODER_FAILED)
        now_s = asyncio.get_running_loop().time()
        if now_s - feed.logged_s >= LOG_EVERY_S:
            feed.logged_s = now_s
            _log.error("decoder-failed", feed=feed.config.name, exc_info=error)
        self.close()
        self._decoder = self._new()

    def _allowed(self, reports: Sequence[Report]) -> Sequence[Report]:
        now_s = asyncio.get_running_loop().time()
        granted = self._feed.bucket.take(len(reports), now_s)
        self._feed.meter.refused(TOO_FAST, len(reports) - granted)
        return reports if granted == len(reports) else reports[:granted]

    async def _put(self, reports: Sequence[Report]) -> None:
        loop, feed = asyncio.get_running_loop(), self._feed
        began_s = loop.time()
        feed.meter.held = True
        try:
            for start in range(0, len(reports), PUT_REPORTS):
                await feed.intake.put(reports[start : start + PUT_REPORTS])
        finally:
            feed.meter.held = False
        waited_s = loop.time() - began_s
        if waited_s > feed.config.late_s and not feed.format.dated:
            feed.meter.refused(BACKLOG)
            raise Lost(f"our intake was full for {waited_s:.0f} s, and what waited has no times")
