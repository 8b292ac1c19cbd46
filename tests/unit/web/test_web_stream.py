"""The journal as server-sent events: nothing missing, nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from parley.testing.agreements import transit
from parley.testing.http import LoneNode, assert_problem


class Stream:
    """Reads events as a client does: id, data, comments."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.comments: list[str] = []
        self.last_id = ""

    async def next(self) -> dict[str, Any]:
        data: dict[str, Any] | None = None
        async for line in self._lines:
            if line.startswith(":"):
                self.comments.append(line)
            elif line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not line and data is not None:
                return data
        raise EOFError

    async def take(self, count: int) -> list[dict[str, Any]]:
        return [await self.next() for _ in range(count)]


@asynccontextmanager
async def streamed(blue: LoneNode, **headers: str) -> AsyncIterator[Stream]:
    async with blue.officer.stream("GET", "/v1/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.aiter_lines())


async def test_a_reader_that_comes_and_goes_misses_and_repeats_nothing(blue: LoneNode) -> None:
    async def post_all() -> None:
        for number in range(60):
            await blue.node.post_notice(transit(number), role="duty")

    posting = asyncio.create_task(post_all())
    seen: list[dict[str, Any]] = []
    last = "0"
    while not posting.done() or int(last) < await blue.node.last_event():
        there = await blue.node.last_event() - int(last)
        if not there:
            await asyncio.sleep(0)
            continue
        async with streamed(blue, **{"last-event-id": last}) as stream:
            seen += await stream.take(min(there, 1 + len(seen) % 7))
            last = stream.last_id
    await posting
    assert [e["seq"] for e in seen] == list(range(1, len(seen) + 1))
    assert len(seen) == await blue.node.last_event()
    items = [e["data"]["ref"] for e in seen if e["kind"] == "item"]
    assert items == [f"notice:blue-{n}" for n in range(1, 61)]


async def test_without_a_cursor_it_begins_with_what_comes_and_says_where(blue: LoneNode) -> None:
    await blue.released()
    last = await blue.node.last_event()
    async with blue.officer.stream("GET", "/v1/events") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == f": from {last}"
        assert await anext(lines) == f"id: {last}"
        await blue.released()
        first = await Stream(lines).next()
    assert first["seq"] == last + 1
    assert first["at"] == "2023-11-14T22:13:20Z"


async def test_a_quiet_stream_beats(blue: LoneNode) -> None:
    async with blue.officer.stream("GET", "/v1/events") as answer:
        async for line in answer.aiter_lines():
            if line == ": beat":
                return
    raise AssertionError("the stream ended without a beat")


async def test_streams_end_when_the_server_stops(blue: LoneNode) -> None:
    async with streamed(blue) as stream:
        stopping = asyncio.create_task(blue.running.stop())
        try:
            await stream.next()
            raise AssertionError("an event that nobody caused")
        except EOFError:
            pass
        await stopping


async def test_a_client_that_does_not_read_holds_nobody_up(blue: LoneNode) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", blue.running.port, limit=1024)
    token = blue.officer.headers["authorization"]
    writer.write(
        f"GET /v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(20):
        await blue.released(text="x" * 3000)
    assert (await blue.officer.get("/v1/health")).status_code == 200
    writer.transport.abort()


async def test_cursors_that_cannot_be(blue: LoneNode) -> None:
    ahead = await blue.officer.get("/v1/events", params={"after": 99})
    assert_problem(ahead, 409, "ahead")
    odd = await blue.officer.get("/v1/events", headers={"last-event-id": "seven"})
    assert_problem(odd, 422, "input")
