"""The watch's two streams: a picture a second, and what the watch is given, to be run again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest

from parley.cli.live.replaying import Replayed
from parley.node.watching.inputs import MAX_WAITING
from parley.node.watching.settings import Settings
from parley.rules.findings import digest
from parley.space import Position
from parley.store.memory import MemoryStore
from parley.testing.http import LoneNode, assert_problem, firing, lone_node, seen
from parley.watch.report import Ident
from parley.watch.watch import Sweep
from parley.wire.recording import CUT_OFF, Beat, read_beats, read_head

SITES = {"roof": Position(lat_deg=40.1, lon_deg=20.1)}


@pytest.fixture
async def lookout() -> AsyncIterator[LoneNode]:
    async with lone_node("blue", MemoryStore(), watching=Settings(sites=SITES)) as found:
        yield found


@asynccontextmanager
async def views(lookout: LoneNode, every_s: float) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The views of the stream, one by one."""

    async def each(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
        async for line in lines:
            assert line == "" or line.startswith("data: ")
            if line:
                yield json.loads(line[6:])

    query = {"every_s": every_s}
    async with lookout.officer.stream("GET", "/v1/watch/stream", params=query) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield each(answer.aiter_lines())


def run_again(beats: list[Beat]) -> list[Sweep]:
    with ThreadPoolExecutor(1) as pool:
        replayed = Replayed(pool)
        return [replayed.run(beat) for beat in beats]


async def followers(lookout: LoneNode) -> int:
    """How many lines a beat is written for, when those who left were seen to leave."""
    await asyncio.sleep(0)
    return len(lookout.watching.inputs._followers)


async def test_the_stream_shows_each_picture_as_it_comes(lookout: LoneNode) -> None:
    async with views(lookout, 0.1) as shown:
        assert (await anext(shown))["tracks"]["live"] == 0
        await lookout.sees(seen(lookout.clock()))
        while (view := await anext(shown))["tracks"]["live"] == 0:
            pass
        assert view["swept"] == 2
        same = (await lookout.officer.get("/v1/watch")).json()
        assert set(view) == set(same)
        assert view["rates"] == same["rates"]


async def test_the_stream_ends_when_the_server_stops(lookout: LoneNode) -> None:
    async with views(lookout, 60.0) as shown:
        await anext(shown)
        stopping = asyncio.create_task(lookout.running.stop())
        assert [view async for view in shown] == []
        await stopping


async def test_a_pace_that_cannot_be(lookout: LoneNode) -> None:
    for every_s in ("0", "0.01", "61", "nan", "inf", "often"):
        answer = await lookout.officer.get("/v1/watch/stream", params={"every_s": every_s})
        assert_problem(answer, 422, "input")


@asynccontextmanager
async def deaf(lookout: LoneNode, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """A client that asks and then reads no more than the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lookout.running.port, limit=1024)
    token = lookout.officer.headers["authorization"]
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    yield reader
    writer.transport.abort()


async def test_a_viewer_that_does_not_read_holds_nobody_up(lookout: LoneNode) -> None:
    async with deaf(lookout, "/v1/watch/stream?every_s=0.1"):
        for _ in range(20):
            await lookout.sees(seen(lookout.clock()))
        assert (await lookout.officer.get("/v1/watch")).json()["swept"] == 21


async def test_a_connection_that_takes_no_inputs_is_cut_off_and_the_beats_go_on(
    lookout: LoneNode,
) -> None:
    async with deaf(lookout, "/v1/watch/inputs"):
        while not await followers(lookout):
            pass
        beats = 0
        while await followers(lookout) and beats < 400:
            at_ms = lookout.clock()
            await lookout.sees(*[seen(at_ms, label="long " * 400)] * 400)
            beats += 1
        assert MAX_WAITING < beats < 400
    await lookout.sees(seen(lookout.clock()))
    assert lookout.watching.state().swept == beats + 2


async def test_what_the_watch_was_given_runs_again_to_the_same_findings(
    lookout: LoneNode,
) -> None:
    sweeps: list[Sweep] = []
    lines: list[bytes] = []
    async with lookout.officer.stream("GET", "/v1/watch/inputs") as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        coming = answer.aiter_lines()
        head = read_head((await anext(coming)).encode(), "the node")
        assert (head.party, head.agreement_ref) == ("blue", lookout.node.context.agreement_ref)
        while not await followers(lookout):
            pass
        for second in range(12):
            if second == 3:
                await lookout.node.post_notice(firing(), role="duty", to=())
            at_ms = lookout.clock()
            other = seen(at_ms, ident=Ident(icao24="3c6589"), north_m=4_000.0 - 150.0 * second)
            sweeps.append(await lookout.sees(seen(at_ms, north_m=200.0 * second), other))
            lines.append((await anext(coming)).encode())
    beats = list(read_beats(iter(lines), "the node"))
    again = await asyncio.to_thread(run_again, beats)
    assert [digest(s.findings) for s in again] == [digest(s.findings) for s in sweeps]
    assert sweeps[-1].findings
    assert [beat.scene is not None for beat in beats] == [n in (0, 3) for n in range(12)]
    assert [beat.sites for beat in beats] == [tuple(SITES.items()), *[None] * 11]
    assert [len(beat.reports) for beat in beats] == [2] * 12


async def test_a_follower_that_goes_leaves_nothing_behind(
    lookout: LoneNode, log_lines: list[Any]
) -> None:
    async with lookout.officer.stream("GET", "/v1/watch/inputs") as answer:
        coming = answer.aiter_lines()
        await anext(coming)
        while not await followers(lookout):
            pass
    while await followers(lookout):
        pass
    await lookout.sees(seen(lookout.clock()))
    assert not [line for line in log_lines if line["log_level"] == "error"]


async def test_who_follows_has_all_that_there_was_when_the_watch_or_the_server_stops(
    lookout: LoneNode,
) -> None:
    for stop in (lookout.watching.stop, lookout.running.stop):
        async with lookout.officer.stream("GET", "/v1/watch/inputs") as answer:
            coming = answer.aiter_lines()
            await anext(coming)
            while not await followers(lookout):
                pass
            await lookout.sees(seen(lookout.clock()))
            assert json.loads(await anext(coming))["reports"]
            stopping = asyncio.create_task(stop())
            assert [line async for line in coming] == []
            await stopping


async def test_a_follower_that_does_not_read_is_cut_off_and_others_go_on(
    lookout: LoneNode,
) -> None:
    slow = lookout.watching.inputs.follow()
    first = asyncio.create_task(anext(slow))
    async with lookout.officer.stream("GET", "/v1/watch/inputs") as answer:
        coming = answer.aiter_lines()
        await anext(coming)
        while await followers(lookout) < 2:
            pass
        for _ in range(MAX_WAITING + 5):
            await lookout.sees(seen(lookout.clock()))
            assert json.loads(await anext(coming))["reports"]
        assert await followers(lookout) == 1
    await first
    *waited, last = [line async for line in slow]
    assert 0 < len(waited) <= MAX_WAITING
    assert last == CUT_OFF
