"""Feeds over UDP: each datagram alone, overflow counted, multicast groups."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from blockbuster import blockbuster_ctx

from parley.feeds.config import FeedConfig
from parley.feeds.feeds import Feeds
from parley.feeds.formats import parse_feed
from parley.feeds.ports import Pauses
from parley.node.watching.intake import FeedState
from parley.testing import squitter as q
from parley.testing.feedstand import WatchedIntake

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
