"""Recorded frames through a real socket, in pieces of odd sizes."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from parley.feeds.feeds import Feeds
from parley.feeds.formats import parse_feed
from parley.testing.feedstand import Sender, WatchedIntake
from parley.testing.squitter import beast
from parley.wire.adsb.beast import BeastDecoder

SHARED = Path(os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / "../shared")
RECORDED = SHARED / "data/mode-s-toulouse.jsonl.gz"
T0 = 1_717_664_319_000


@pytest.fixture
def stream() -> bytes:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED.name} is absent")
    with gzip.open(RECORDED) as file:
        return beast(json.loads(line)["frame"] for line in file)[:400_000]


async def test_what_a_receiver_sent(stream: bytes) -> None:
    expected = BeastDecoder("rx").take(stream, T0)
    pieces, start, size = [], 0, 1
    while start < len(stream):
        pieces.append(stream[start : start + size])
        start, size = start + size, size * 7 % 16_381 + 1
    intake = WatchedIntake(1_000)
    async with Sender() as sender:
        feed = parse_feed("rx", f"beast+tcp://127.0.0.1:{sender.port}")
        feeds = Feeds(intake, [feed], clock_ms=lambda: T0, jitter=lambda: 0.0)
        await feeds.start()
        got = []
        for piece in pieces:
            await sender.send(piece)
            got += intake.drain()
        while len(got) < len(expected):
            await intake.wait()
            got += intake.drain()
        await feeds.stop()
    assert str(got) == str(list(expected))
    assert intake.health("rx").bytes == len(stream)
    assert len(got) > 10_000
