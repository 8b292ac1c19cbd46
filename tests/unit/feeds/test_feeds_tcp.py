"""Feeds over real sockets: cut, garbled, silent, flooding, gone and back again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from blockbuster import blockbuster_ctx

from parley.errors import ConfigError
from parley.feeds.config import FeedConfig
from parley.feeds.feeds import Feeds
from parley.feeds.formats import FORMATS, Format, parse_feed
from parley.feeds.ports import Pauses
from parley.node.watching.intake import FeedState
from parley.testing import squitter as q
from parley.testing.feedstand import Sender, WatchedIntake
from parley.watch.report import Report
from parley.wire.adsb.beast import BeastDecoder
from parley.wire.decoding import Decoder, Rejections

T0 = 1_717_664_319_000
QUICK = Pauses(0.01, 0.05)
US = "4ca216"
FRAMES = [
    frame
    for n in range(200)
    for frame in (
        q.airborne(f"{n:06x}", 48, 11, odd=False),
        q.airborne(f"{n:06x}", 48, 11, odd=True),
        q.identification(f"{n:06x}", f"FLY{n}"),
    )
]


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[None]:
    with blockbuster_ctx():
        yield


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@asynccontextmanager
async def running(
    intake: WatchedIntake, *configs: FeedConfig, formats: dict[str, Format] | None = None
) -> AsyncIterator[Feeds]:
    feeds = Feeds(
        intake,
        configs,
        clock_ms=lambda: T0,
        jitter=lambda: 0.0,
        pauses=QUICK,
        formats=formats or FORMATS,
    )
    await feeds.start()
    try:
        yield feeds
    finally:
        await feeds.stop()


def config(sender: Sender, form: str = "beast", **options: object) -> FeedConfig:
    return parse_feed("rx", f"{form}+tcp://127.0.0.1:{sender.port}", options)


def sbs(first: int, count: int) -> bytes:
    """Lines of aircraft whose addresses are numbers in a row."""
    lines = (
        f"MSG,3,1,1,{n:06X},1,,,,,,36000,,,51.4,-1.0,,,0,0,0,0\r\n"
        for n in range(first, first + count)
    )
    return "".join(lines).encode()


def numbers(reports: Sequence[Report]) -> list[int]:
    return [int(report.ident.icao24, 16) for report in reports]


async def test_frames_in_pieces_of_odd_sizes() -> None:
    stream = q.beast(FRAMES)
    expected = BeastDecoder("rx").take(stream, T0)
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender)):
        await sender.send(*(stream[at : at + 997] for at in range(0, len(stream), 997)))
        await intake.until(lambda: intake.queued == len(expected))
        assert str(intake.drain()) == str(list(expected))
        health = intake.health("rx")
        assert (health.state, health.connects, health.error) == (FeedState.LIVE, 1, "")
        assert (health.bytes, health.reports) == (len(stream), len(expected))
        assert (health.last_ms, dict(health.rejected)) == (T0, {})
    assert intake.health("rx").state is FeedState.STOPPED
    assert intake.health("rx").reports == len(expected)


async def test_a_sender_that_stops_in_mid_frame_and_comes_back() -> None:
    stream = q.beast(FRAMES[:3])
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender)):
        await sender.send(stream, stream[:15])
        sender.close()
        await intake.until(lambda: intake.health("rx").state is FeedState.CONNECTING)
        await sender.send(stream)
        await intake.until(lambda: intake.queued == 6)
        health = intake.health("rx")
        assert (health.state, health.connects, health.error) == (FeedState.LIVE, 2, "")
        assert health.rejected == {"cut-short": 1}
    lost = [h.error for h in intake.history if h.state is FeedState.CONNECTING and h.error]
    assert lost == ["the other side closed the connection"]


async def test_garbage_is_counted_and_the_connection_kept() -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender)):
        await sender.send(b"HTTP/1.1 400 Bad Request\r\n\r\n", q.beast(FRAMES[:3]))
        await intake.until(lambda: intake.queued == 3)
        health = intake.health("rx")
        assert health.rejected == {"garbage-bytes": 28}
        assert health.connects == 1


async def test_nobody_listens_yet(log_lines: list[Any]) -> None:
    intake = WatchedIntake()
    sender = Sender()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender.port = taken.getsockname()[1]
    async with running(intake, config(sender)):
        await intake.until(lambda: intake.health("rx").error != "")
        health = intake.health("rx")
        assert (health.state, health.connects) == (FeedState.CONNECTING, 0)
        assert health.error == "nobody listens there"
        async with sender:
            await sender.send(q.beast(FRAMES[:3]))
            await intake.until(lambda: intake.health("rx").state is FeedState.LIVE)
            assert intake.health("rx").error == ""
    assert len([line for line in log_lines if line["event"] == "feed-lost"]) <= 2


async def test_silence_is_a_state_that_people_see(log_lines: list[Any]) -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender, silent_s=0.05)):
        await sender.send(q.beast(FRAMES[:3]))
        await intake.until(lambda: intake.health("rx").state is FeedState.SILENT)
        assert (intake.health("rx").last_ms, intake.health("rx").error) == (T0, "")
        await sender.send(q.beast(FRAMES[:3]))
        await intake.until(lambda: intake.health("rx").state is FeedState.LIVE)
    states = [health.state for health in intake.history]
    live, silent = FeedState.LIVE, FeedState.SILENT
    assert states[:4] == [FeedState.CONNECTING, live, silent, live]
    assert any(line["event"] == "feed-silent" for line in log_lines)


async def test_bytes_that_say_nothing_are_silence() -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender, silent_s=0.05)):
        await sender.send(b"hello")
        await intake.until(lambda: intake.health("rx").state is FeedState.SILENT)
        assert intake.health("rx").bytes == 5


async def test_a_connection_that_is_dead_is_made_anew() -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender, dead_s=0.05)):
        await intake.until(lambda: intake.health("rx").connects >= 2)
    assert "nothing came for 0.05 s" in {health.error for health in intake.history}


async def test_a_full_intake_holds_the_sender_and_nothing_is_lost() -> None:
    """40,000 lines, 3 MB, into an intake of 500."""
    intake = WatchedIntake(500)
    total = 40_000
    async with (
        Sender() as sender,
        running(intake, config(sender, "sbs", reports_per_s=1_000_000)),
    ):
        sending = asyncio.create_task(sender.send(*(sbs(n, 1000) for n in range(0, total, 1000))))
        await intake.until(lambda: intake.queued >= 500)
        seen: list[int] = []
        most = 0
        while len(seen) < total:
            await intake.wait()
            drained = intake.drain()
            most = max(most, len(drained))
            seen += numbers(drained)
            health = intake.health("rx")
            assert health.reports - len(seen) <= 1_000
        await sending
        assert seen == list(range(total))
        assert most <= 500 + 1_000
        assert not intake.health("rx").rejected


async def test_a_backlog_that_cannot_be_dated_is_dropped() -> None:
    intake = WatchedIntake(10)
    async with Sender() as sender, running(intake, config(sender, "sbs", late_s=0.05)):
        await sender.send(sbs(0, 20))
        await intake.until(lambda: intake.queued == 20)
        await sender.send(sbs(20, 20))
        await intake.until(lambda: intake.health("rx").reports == 40)
        await asyncio.sleep(0.1)  # what is tested is that time passes
        assert numbers(intake.drain()) == list(range(20))
        await intake.until(lambda: "backlog-dropped" in intake.health("rx").rejected)
        assert numbers(intake.drain()) == list(range(20, 40))
        await intake.until(lambda: intake.health("rx").connects == 2)


async def test_one_whom_we_make_wait_is_not_silent() -> None:
    intake = WatchedIntake(10)
    async with Sender() as sender, running(intake, config(sender, "sbs", silent_s=0.05)):
        await sender.send(sbs(0, 20))
        await intake.until(lambda: intake.queued == 20)
        await sender.send(sbs(20, 20))
        await intake.until(lambda: intake.health("rx").reports == 40)
        await asyncio.sleep(0.15)  # what is tested is that time passes
        assert FeedState.SILENT not in {health.state for health in intake.history}
        intake.drain()
        await intake.until(lambda: intake.health("rx").state is FeedState.SILENT)


async def test_a_flood_is_cut_to_the_rate_that_was_agreed() -> None:
    intake = WatchedIntake()
    async with Sender() as sender, running(intake, config(sender, "sbs", reports_per_s=10)):
        await sender.send(sbs(0, 1000))
        await intake.until(lambda: intake.health("rx").rejected.get("too-fast", 0) >= 900)
        assert numbers(intake.drain())[:20] == list(range(20))


class Brittle:
    """A decoder with a bug."""

    def __init__(self) -> None:
        self.rejected = Rejections()

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        if b"boom" in data:
            raise KeyError("boom")
        return BeastDecoder("rx").take(data, now_ms)


def _brittle(feed: FeedConfig) -> Decoder:
    return Brittle()


async def test_a_bug_of_ours_stops_no_feed(log_lines: list[Any]) -> None:
    intake = WatchedIntake()
    formats = {"beast": Format(frozenset({"tcp"}), _brittle)}
    async with Sender() as sender, running(intake, config(sender), formats=formats):
        await sender.send(b"boom")
        await intake.until(lambda: intake.health("rx").bytes == 4)
        await sender.send(b"boom" * 3000)
        await intake.until(lambda: intake.health("rx").bytes >= 12_004)
        await sender.send(q.beast(FRAMES[:3]))
        await intake.until(lambda: intake.queued == 3)
        assert intake.health("rx").rejected["decoder-failed"] >= 2
        assert intake.health("rx").connects == 1
    assert len([line for line in log_lines if line["event"] == "decoder-failed"]) == 1


async def test_many_call_us() -> None:
    intake = WatchedIntake()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    feed = parse_feed("in", f"sbs+listen://127.0.0.1:{port}")
    async with running(intake, feed):
        async with _Calls(port) as calls:
            for n in range(3):
                await calls.add(sbs(n, 1) + b"MSG,3,")
            await intake.until(lambda: intake.queued == 3)
            assert sorted(numbers(intake.drain())) == [0, 1, 2]
            assert intake.health("in").connects == 3
            await calls.end()
            await intake.until(lambda: intake.health("in").rejected == {"cut-short": 1})
            assert intake.health("in").state is FeedState.LIVE
        await intake.until(lambda: intake.health("in").state is FeedState.CONNECTING)
        assert intake.health("in").rejected == {"cut-short": 3}


class _Calls:
    """Those who call a feed that listens."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> _Calls:
        return self

    async def __aexit__(self, *error: object) -> None:
        while self._writers:
            await self.end()

    async def add(self, data: bytes) -> None:
        while True:  # until it listens
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0)
        self._writers.append(writer)
        writer.write(data)

    async def end(self) -> None:
        writer = self._writers.pop()
        writer.close()
        await writer.wait_closed()


async def test_feeds_come_and_go_while_others_run() -> None:
    intake = WatchedIntake()
    async with Sender() as first, Sender() as second, running(intake, config(first)) as feeds:
        feeds.add(parse_feed("other", f"sbs+tcp://127.0.0.1:{second.port}"))
        assert feeds.names == ("other", "rx")
        await second.send(sbs(0, 5))
        await intake.until(lambda: intake.queued == 5)
        with pytest.raises(ConfigError, match="two feeds 'other'"):
            feeds.add(parse_feed("other", "sbs+tcp://127.0.0.1:1"))
        await feeds.remove("other")
        assert [health.name for health in intake.feeds()] == ["rx"]
        await feeds.remove("other")
        await first.send(q.beast(FRAMES[:3]))
        await intake.until(lambda: intake.queued == 8)


async def test_a_format_without_a_decoder_is_refused() -> None:
    feeds = Feeds(WatchedIntake(), clock_ms=lambda: T0, jitter=lambda: 0.0, formats={})
    with pytest.raises(ConfigError, match="without a decoder"):
        feeds.add(parse_feed("rx", "sbs+tcp://127.0.0.1:1"))
