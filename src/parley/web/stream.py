"""The journal as a stream of server-sent events: no gap, no double, bounded for a slow client.

Each client pulls from the journal by number, a bounded batch at a time, and only when what it
was sent before has left: a client that does not read costs one batch, not a queue.
Source: WHATWG HTML, server-sent events (id, data, comments, Last-Event-ID).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from parley.errors import ParleyError
from parley.web.face import Face
from parley.web.problems import ProblemError, documented
from parley.web.shapes import EventView
from parley.web.views import alarm_event_view, event_view

_BATCH = 100
_LAST = 10**12 - 1


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", responses=documented(401, 409, 422, 500, 507))

    @made.get(
        "/events",
        tags=["node"],
        summary="The journal as server-sent events",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "`id:` is the event's seq, `data:` is an EventView as JSON.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            409: {"model": EventView, **documented(409)[409]},
        },
    )
    async def events(
        after: Annotated[
            int | None,
            Query(ge=0, le=_LAST, description="The last seq seen; left out: only what comes."),
        ] = None,
        last_event_id: Annotated[
            str | None, Header(description="As browsers resume; wins over `after`.")
        ] = None,
    ) -> Response:
        """Begins behind the last event seen, ends when the node stops. A comment every 15 s.
        Alarms that are in no journal come first, each once a stream, without an id."""
        last = await face.node.last_event()
        begin = _cursor(last_event_id, after, last)
        return StreamingResponse(
            _events(face, begin),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return made


def _cursor(header: str | None, after: int | None, last: int) -> int:
    if header:
        if not (header.isascii() and header.isdigit() and len(header) <= 12):
            raise ProblemError(
                422, "input", f"Last-Event-ID {header[:40]!r} is no event of ours", right="a seq"
            )
        after = int(header)
    if after is None:
        return last
    if after > last:
        raise ProblemError(
            409,
            "ahead",
            f"event {after} is ahead of this journal",
            right=f"at most {last}; read the state again, this node lost its memory",
        )
    return after


async def _events(face: Face, after: int) -> AsyncIterator[bytes]:
    node = face.node
    closing = asyncio.create_task(_until(face.closing))
    bell: asyncio.Task[None] | None = None
    alarmed = 0
    try:
        yield f": from {after}\nid: {after}\n\n".encode()
        while not face.closing.is_set():
            if bell is None or bell.done():
                bell = asyncio.create_task(node.wait_for_event())
                await asyncio.sleep(0)  # the bell is held before the journal is read
            for alarm in node.alarms():
                if alarm.number > alarmed:
                    alarmed = alarm.number
                    yield f"data: {alarm_event_view(alarm).model_dump_json()}\n\n".encode()
            try:
                batch = await node.events(after, _BATCH)
            except ParleyError:
                return  # the client comes back with its last id
            if batch:
                after = batch[-1].seq
                yield b"".join(_frame(event_view(event)) for event in batch)
                continue
            done, _ = await asyncio.wait(
                {bell, closing},
                timeout=face.stream_beat_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                yield b": beat\n\n"
    finally:
        closing.cancel()
        if bell is not None:
            bell.cancel()


async def _until(closing: asyncio.Event) -> None:
    await closing.wait()


def _frame(event: EventView) -> bytes:
    return f"id: {event.seq}\ndata: {event.model_dump_json()}\n\n".encode()
