"""Feeds over UDP: each datagram alone, overflow counted, multicast groups."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from blockbuster import blockbuster_ctx

from parley.feeds.config import FeedConfig
from parley.feeds.feeds import Feeds
from parley.feeds.formats import Format, parse_feed
from parley.feeds.meter import Effort
from parley.feeds.ports import Pauses
from parley.node.watching.intake import FeedState
from parley.testing import squitter as q
from parley.testing.feedstand import WatchedIntake
from parley.watch.report import Ident, Report
from parley.wire.decoding import Rejections

T0 = 1_717_664_319_000
US = "4ca216"
LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[None]:
    with blockbuster_ctx():
        yield


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def running(intake: WatchedIntake, config: FeedConfig) -> AsyncIterator[None]:
    feeds = Feeds(
        intake, [config], clock_ms=lambda: T0, jitter=lambda: 0.0, pauses=Pauses(0.01, 0.05)
    )
    await feeds.start()
    await intake.until(lambda: intake.health(config.name).connects > 0)
    try:
        yield
    finally:
        await feeds.stop()


@asynccontextmanager
async def sender(host: str, port: int) -> AsyncIterator[asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    outgoing = socket.socket(type=socket.SOCK_DGRAM)
    outgoing.setblocking(False)
    outgoing.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
    outgoing.connect((host, port))
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=outgoing)
    try:
        yield transport
    finally:
        transport.abort()


async def test_datagrams() -> None:
    intake, port = WatchedIntake(), free_port()
    config = parse_feed("rx", f"avr+udp://{LOOPBACK}:{port}")
    async with running(intake, config), sender(LOOPBACK, port) as out:
        for odd in (False, True):
            out.sendto(q.avr([q.airborne(US, 48, 11, odd=odd)]))
        await intake.until(lambda: intake.queued == 2)
        assert intake.drain()[-1].position is not None
        health = intake.health("rx")
        assert (health.state, health.connects, dict(health.rejected)) == (FeedState.LIVE, 1, {})
        assert (health.reports, health.last_ms) == (2, T0)


async def test_a_datagram_does_not_go_on_where_another_stopped() -> None:
    intake, port = WatchedIntake(), free_port()
    config = parse_feed("rx", f"avr+udp://{LOOPBACK}:{port}")
    line = q.avr([q.identification(US, "EIN5GV")])
    async with running(intake, config), sender(LOOPBACK, port) as out:
        out.sendto(line[:10])
        out.sendto(line[10:])
        out.sendto(line)
        await intake.until(lambda: intake.queued == 1)
        assert intake.health("rx").rejected == {"bad-line": 1, "cut-short": 1}


async def test_what_finds_no_room_is_counted() -> None:
    intake, port = WatchedIntake(3), free_port()
    config = parse_feed("rx", f"avr+udp://{LOOPBACK}:{port}")
    async with running(intake, config), sender(LOOPBACK, port) as out:
        for n in range(10):
            out.sendto(q.avr([q.identification(f"{n:06x}", "EIN5GV")]))
        await intake.until(lambda: intake.health("rx").rejected.get("no-room") == 7)
        assert [r.ident.icao24 for r in intake.drain()] == ["000000", "000001", "000002"]
        assert intake.health("rx").reports == 3
        out.sendto(q.avr([q.identification(US, "EIN5GV")]))
        await intake.until(lambda: intake.queued == 4)


async def test_a_flood_of_datagrams_is_cut_to_the_rate() -> None:
    intake, port = WatchedIntake(), free_port()
    config = parse_feed("rx", f"avr+udp://{LOOPBACK}:{port}", {"reports_per_s": 1})
    async with running(intake, config), sender(LOOPBACK, port) as out:
        for _ in range(10):
            out.sendto(q.avr([q.identification(US, "EIN5GV")] * 10))
        await intake.until(lambda: intake.health("rx").rejected.get("too-fast", 0) > 90)
        assert len(intake.drain()) >= 2


async def test_a_multicast_group() -> None:
    intake, port = WatchedIntake(), free_port()
    group = "239.255.42.99"
    config = parse_feed("rx", f"avr+udp://{group}:{port}", {"interface": LOOPBACK})
    async with running(intake, config), sender(group, port) as out:
        out.sendto(q.avr([q.identification(US, "EIN5GV")]))
        await intake.until(lambda: intake.queued == 1)


async def test_two_who_hear_one_group() -> None:
    first, second, port = WatchedIntake(), WatchedIntake(), free_port()
    group = "239.255.42.98"
    config = parse_feed("rx", f"avr+udp://{group}:{port}", {"interface": LOOPBACK})
    async with running(first, config), running(second, config), sender(group, port) as out:
        out.sendto(q.avr([q.identification(US, "EIN5GV")]))
        await first.until(lambda: first.queued == 1)
        await second.until(lambda: second.queued == 1)


async def test_a_port_that_is_taken_is_tried_again() -> None:
    intake = WatchedIntake()
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        config = parse_feed("rx", f"avr+udp://{LOOPBACK}:{taken.getsockname()[1]}")
        feeds = Feeds(
            intake, [config], clock_ms=lambda: T0, jitter=lambda: 0.0, pauses=Pauses(0.01, 0.05)
        )
        await feeds.start()
        await intake.until(lambda: intake.health("rx").error == "Address already in use")
    await intake.until(lambda: intake.health("rx").connects == 1)
    await feeds.stop()


async def test_an_interface_that_cannot_be() -> None:
    intake = WatchedIntake()
    config = parse_feed("rx", f"avr+udp://239.1.2.3:{free_port()}", {"interface": "eth9"})
    feeds = Feeds(intake, [config], clock_ms=lambda: T0, jitter=lambda: 0.0)
    await feeds.start()
    await intake.until(lambda: intake.health("rx").error == "the interface is no IPv4 address")
    assert intake.health("rx").state is FeedState.CONNECTING
    await feeds.stop()


class Dear:
    """A decoder for which every datagram is a fifth of a second of work."""

    def __init__(self) -> None:
        self.rejected = Rejections()

    def take(self, data: bytes, now_ms: int) -> Sequence[Report]:
        end_s = time.process_time() + 0.2
        while time.process_time() < end_s:
            pass
        return (Report("rx", now_ms, Ident(uid=data.decode())),)


async def test_datagrams_that_cost_too_much_are_counted_and_not_decoded() -> None:
    intake, port = WatchedIntake(), free_port()
    formats = {"dear": Format(frozenset({"udp"}), lambda feed: Dear())}
    config = parse_feed("rx", f"dear+udp://{LOOPBACK}:{port}", formats=formats)
    feeds = Feeds(intake, [config], clock_ms=lambda: T0, jitter=lambda: 0.0, formats=formats)
    await feeds.start()
    await intake.until(lambda: intake.health("rx").connects > 0)
    try:
        async with sender(LOOPBACK, port) as out:
            for n in range(40):
                out.sendto(f"flight {n}".encode())
            await intake.until(
                lambda: intake.queued + intake.health("rx").rejected.get("too-much-work", 0) >= 40
            )
    finally:
        await feeds.stop()
    decoded = intake.drain()
    assert [report.ident.uid for report in decoded][:2] == ["flight 0", "flight 1"]
    assert len(decoded) < 20


def test_work_may_take_half_of_the_time_in_the_long_run() -> None:
    effort, now_s, worked_s = Effort(0.0), 0.0, 0.0
    while now_s < 100.0:
        if effort.may(now_s):
            effort.spend(0.08)
            worked_s += 0.08
            now_s += 0.08
        else:
            now_s += 0.01
    assert 49.0 < worked_s < 52.0
    assert effort.may(now_s + 1.0)
