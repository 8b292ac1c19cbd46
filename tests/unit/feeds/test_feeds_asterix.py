"""ASTERIX over real sockets: a capture sent again, to one address and to a group."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from parley.errors import ConfigError
from parley.feeds.feeds import Feeds
from parley.feeds.formats import parse_feed
from parley.testing.asterix import datagrams
from parley.testing.feedstand import WatchedIntake
from parley.wire.asterix.radar import RadarSite

LOOPBACK = "127.0.0.1"
SHARED = Path(
    os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / ".." / "shared"
)
SITE = {"lat_deg": 48.0, "lon_deg": 14.0, "height_m": 500}


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[None]:
    with blockbuster_ctx():
        yield


def capture(name: str) -> list[tuple[int, bytes]]:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"{name} is absent")
    return datagrams(path)


RADAR = pytest.param("cat_034_048.pcap", id="cat048")
TRACKS = pytest.param("cat062.pcap", id="cat062")


@pytest.fixture
def pieces(request: pytest.FixtureRequest) -> list[tuple[int, bytes]]:
    return capture(request.param)


def free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def sender(host: str, port: int) -> AsyncIterator[asyncio.DatagramTransport]:
    outgoing = socket.socket(type=socket.SOCK_DGRAM)
    outgoing.setblocking(False)
    outgoing.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
    outgoing.connect((host, port))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=outgoing)
    try:
        yield transport
    finally:
        transport.abort()


async def sent(
    pieces: list[tuple[int, bytes]], host: str, wanted: int, **options: object
) -> WatchedIntake:
    """An intake that heard all pieces, each at the time it was captured."""
    intake, port, clock = WatchedIntake(), free_port(), [pieces[0][0]]
    config = parse_feed("radar", f"asterix+udp://{host}:{port}", options)
    feeds = Feeds(intake, [config], clock_ms=lambda: clock[0], jitter=lambda: 0.0)
    await feeds.start()
    try:
        await intake.until(lambda: intake.health("radar").connects > 0)
        async with sender(host, port) as out:
            got = 0
            for now_ms, data in pieces:
                clock[0] = now_ms
                got += len(data)
                out.sendto(data)
                await intake.until(lambda got=got: intake.health("radar").bytes >= got)  # type: ignore[misc]
        await intake.until(lambda: intake.queued == wanted)
    finally:
        await feeds.stop()
    return intake


@pytest.mark.parametrize("pieces", [TRACKS], indirect=True)
async def test_system_tracks_to_a_multicast_group(pieces: list[tuple[int, bytes]]) -> None:
    """The edition that was found in one datagram is remembered for the next."""
    intake = await sent(pieces, "239.255.42.97", 100, interface=LOOPBACK)
    assert intake.health("radar").rejected == {"cat062-edition-0.17": 1}
    reports = intake.drain()
    assert "AUA848Z" in {report.ident.callsign for report in reports}
    assert all(report.position is not None for report in reports)


@pytest.mark.parametrize("pieces", [RADAR], indirect=True)
async def test_plots_of_radars_to_one_address(pieces: list[tuple[int, bytes]]) -> None:
    intake = await sent(pieces, LOOPBACK, 128, radars={"25/201": SITE})
    reports = intake.drain()
    placed = {report.sensor for report in reports if report.position is not None}
    assert placed == {"radar:25/201"}
    rejected = intake.health("radar").rejected
    assert rejected["category-034"] == 34
    assert rejected["no-radar-site"] > 90


def test_what_is_configured_of_radars_and_editions() -> None:
    options = {"edition": {"062": "0.17"}, "radars": {"25/201": SITE}}
    config = parse_feed("radar", "asterix+udp://239.1.1.1:8600", options)
    assert config.edition == (("062", "0.17"),)
    assert config.radars == (((25, 201), RadarSite(48.0, 14.0, 500)),)


@pytest.mark.parametrize(
    "options",
    [
        {"edition": "0.17"},
        {"edition": {"062": "0.18"}},
        {"edition": {"034": "1.27"}},
        {"edition": {"062": 17}},
        {"radars": []},
        {"radars": {"25": SITE}},
        {"radars": {"25/256": SITE}},
        {"radars": {"25/201": {"lat_deg": 48.0, "lon_deg": 14.0}}},
        {"radars": {"25/201": SITE | {"lat_deg": 91}}},
        {"radars": {"25/201": SITE | {"height_m": float("nan")}}},
        {"radars": {"25/201": SITE | {"height_ft": 1600}}},
        {"radars": {"25/201": [48.0, 14.0, 500]}},
    ],
)
def test_what_cannot_be_configured(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_feed("radar", "asterix+udp://239.1.1.1:8600", options)
    assert "feeds.radar." in caught.value.where


def test_asterix_comes_as_datagrams() -> None:
    with pytest.raises(ConfigError):
        parse_feed("radar", "asterix+tcp://radar.example:8600")
