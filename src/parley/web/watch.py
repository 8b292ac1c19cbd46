"""Routes of the live watch: the picture, the alarms, what officers tell it, and its streams.

404 with code "no-watch" where the node does not watch. What changed is in the journal's stream
(/v1/events: watch-*, alarm-*), without a gap; the stream here is a picture a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from parley.errors import InputError
from parley.watch.scene import MovingHazard
from parley.web.cursors import Cursor
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.problems import ProblemError, documented
from parley.web.watch_shapes import (
    AcknowledgeForm,
    ActedView,
    AlarmsView,
    BindForm,
    ClaimForm,
    KeepAwayForm,
    KeepAwayView,
    ShelveForm,
    TracksView,
    UnshelveForm,
    WatchView,
)
from parley.web.watch_views import (
    acted_view,
    alarms_view,
    keep_away_view,
    tracks_view,
    watch_view,
)
from parley.wire.instants import parse_instant
from parley.wire.recording import Head, head_line

if TYPE_CHECKING:
    from parley.node.watching.watching import Watching

_PAGE = 1_000
_ALARMS = 200
_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 422, 500, 507)


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1/watch", route_class=StrictRoute, responses=_REFUSALS)
    _picture(made, face)
    _streams(made, face)
    _alarms(made, face)
    _told(made, face)
    return made


def _need(face: Face) -> Watching:
    if face.watching is None:
        raise ProblemError(404, "no-watch", "this node does not watch", right="a node that does")
    return face.watching


def _view(watching: Watching) -> WatchView:
    now_ms = watching.node.clock()
    return watch_view(watching.state(), watching.alarms(), watching.feeds(), now_ms)


def _picture(made: APIRouter, face: Face) -> None:
    @made.get("", tags=["watch"], summary="The watch at one glance", response_model=WatchView)
    async def watch() -> Response:
        watching = _need(face)
        return await answer_large(lambda: _view(watching))

    @made.get("/tracks", tags=["watch"], summary="The picture", response_model=TracksView)
    async def tracks(
        after: Annotated[str, Query(max_length=256, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=_PAGE)] = 200,
    ) -> Response:
        """In the order of their ids. Lost ones stay, with their grown circles."""
        watching = _need(face)
        state, now_ms = watching.state(), watching.node.clock()
        return await answer_large(lambda: tracks_view(state.tracks, now_ms, after, limit))


def _streams(made: APIRouter, face: Face) -> None:
    @made.get(
        "/stream",
        tags=["watch"],
        summary="The watch at one glance, once a second, as server-sent events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def stream(
        every_s: Annotated[float, Query(ge=0.1, le=60.0, allow_inf_nan=False)] = 1.0,
    ) -> Response:
        """`data:` is a WatchView. It is a picture: one that is missed is replaced by the next."""
        return StreamingResponse(
            _views(face, _need(face), every_s),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    @made.get(
        "/inputs",
        tags=["watch"],
        summary="What the watch is given from now on, as lines of a recording",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )
    async def inputs() -> Response:
        """A head, then a line a sweep, until the watch stops or the reader falls behind. A watch
        that begins with the first of these lines finds the same as whoever replays them."""
        watching = _need(face)
        context = watching.node.context
        head = Head(context.party, context.agreement_ref, watching.node.clock())
        return StreamingResponse(
            _inputs(face, watching, head_line(head)), media_type="application/x-ndjson"
        )


async def _views(face: Face, watching: Watching, every_s: float) -> AsyncIterator[bytes]:
    while not face.closing.is_set():
        view = await asyncio.to_thread(lambda: _view(watching).model_dump_json(by_alias=True))
        yield f"data: {view}\n\n".encode()
        try:
            async with asyncio.timeout(every_s):
                await face.closing.wait()
        except TimeoutError:
            continue


async def _inputs(face: Face, watching: Watching, head: bytes) -> AsyncIterator[bytes]:
    yield head
    lines = watching.inputs.follow()
    closing = asyncio.create_task(_closed(face))
    line: asyncio.Future[bytes | None] | None = None
    try:
        while not closing.done():
            line = asyncio.ensure_future(anext(lines, None))
            await asyncio.wait({line, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not line.done() or (found := line.result()) is None:
                return
            yield found
    finally:
        closing.cancel()
        if line is not None and not line.done():
            line.cancel()  # which ends ``lines`` too
        else:
            await lines.aclose()


async def _closed(face: Face) -> None:
    await face.closing.wait()


def _alarms(made: APIRouter, face: Face) -> None:
    @made.get("/alarms", tags=["watch"], summary="All alarms of a list", response_model=AlarmsView)
    async def alarms(
        listed: Annotated[
            Literal["standing", "shelved", "suppressed"], Query(alias="list")
        ] = "standing",
        after: Cursor = "",
        limit: Annotated[int, Query(ge=1, le=_ALARMS)] = 100,
    ) -> Response:
        """Most urgent first. suppressed: what an exercise keeps from the list."""
        book = _need(face).alarms()
        return await answer_large(lambda: alarms_view(getattr(book, listed), after, limit))

    @made.post(
        "/alarms/acknowledge", tags=["watch"], summary="An officer saw it", response_model=ActedView
    )
    async def acknowledge(form: AcknowledgeForm) -> Response:
        """Whoever comes second is told what the first did."""
        return answer(
            acted_view(await _need(face).acknowledge(form.key, form.role, seen_ms=form.seen_ms))
        )

    @made.post("/alarms/shelve", tags=["watch"], summary="Not now", response_model=ActedView)
    async def shelve(form: ShelveForm) -> Response:
        """With a reason and an end. Never DISTRESS, STOP or a bystander in a hazard."""
        until_ms = parse_instant(form.until, "until")
        acted = await _need(face).shelve(form.key, form.role, form.reason, until_ms)
        return answer(acted_view(acted))

    @made.post("/alarms/unshelve", tags=["watch"], summary="Now again", response_model=ActedView)
    async def unshelve(form: UnshelveForm) -> Response:
        return answer(acted_view(await _need(face).unshelve(form.key, form.role)))


def _told(made: APIRouter, face: Face) -> None:
    @made.post("/owners", tags=["watch"], summary="Whose track it is", status_code=204)
    async def owners(form: ClaimForm) -> Response:
        await _need(face).claim(form.track, form.party, form.role)
        return Response(status_code=204)

    @made.post("/bindings", tags=["watch"], summary="Which notice a track flies", status_code=204)
    async def bindings(form: BindForm) -> Response:
        await _need(face).bind(form.track, form.notice, form.role)
        return Response(status_code=204)

    @made.post(
        "/moving",
        tags=["watch"],
        summary="Nobody near this track",
        status_code=201,
        response_model=KeepAwayView,
    )
    async def keep_away(form: KeepAwayForm) -> Response:
        """A hazard that moves with a track of the picture."""
        watching = _need(face)
        hazard = MovingHazard(
            "",
            form.track,
            "",
            form.radius_m,
            form.up_m,
            form.down_m,
            watching.node.clock(),
            parse_instant(form.until, "until"),
            tuple(form.except_parties),
        )
        return answer(keep_away_view(await watching.keep_away(hazard, form.role)), 201)

    @made.delete("/moving/{ref}", tags=["watch"], summary="It is over", status_code=204)
    async def end(ref: str, role: Annotated[str, Query(max_length=64)]) -> Response:
        watching = _need(face)
        try:
            await watching.end_keep_away(ref, role)
        except InputError as error:
            raise (error if error.where == "role" else not_found(error)) from None
        return Response(status_code=204)
