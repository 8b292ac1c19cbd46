"""Routes of the console's map: the live picture a sweep at a time, where a track was, and the 4-D
picture at any instant, past and planned."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from parley.errors import InputError
from parley.web.console.frames import Frames, encoded
from parley.web.console.instants import NO_HISTORY, Instants
from parley.web.console.picture_shapes import PictureView, ReadForm, ReadView, TrailView
from parley.web.face import Face, StrictRoute
from parley.web.problems import ProblemError, documented
from parley.wire.instants import parse_instant

HOUR_MS = 3_600_000
_REFUSALS = documented(400, 401, 403, 404, 408, 413, 422, 500, 503, 507)
_JSON = "application/json"
_Instant = Annotated[str | None, Query(max_length=64, description="RFC 3339.")]


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS)
    _live(made, face)
    _trails(made, face)
    _instants(made, face)
    return made


def _answer(body: bytes) -> Response:
    return Response(body, media_type=_JSON, headers={"cache-control": "no-store"})


def _live(made: APIRouter, face: Face) -> None:
    frames = None if face.watching is None else Frames(face.watching, face.closing)

    @made.get(
        "/watch/picture",
        tags=["watch"],
        summary="One frame of the live picture, as columns",
        response_class=Response,
        responses={200: {"content": {_JSON: {"schema": {"type": "object"}}}}},
    )
    async def frame(
        after: Annotated[
            int | None, Query(ge=0, le=2**53, description="`swept` of the frame before.")
        ] = None,
        names: Annotated[
            int,
            Query(
                ge=0,
                le=2**53,
                description="`names` of the frame before: id, label and owner are left out where"
                " they are still those.",
            ),
        ] = 0,
        wait_s: Annotated[float, Query(ge=0.0, le=5.0, allow_inf_nan=False)] = 0.0,
    ) -> Response:
        """`tracks`: parallel lists in the order of the ids; unknown numbers are null. `status`: 0
        live, 1 coasting, 2 lost. `flags`: 1 on ground, 2 emergency, 4 doubted, 8 owner unknown, 16
        an alarm stands about it, 32 nobody has acknowledged that. `moving`: hazards that move with
        tracks, where they are now. Where nothing is newer than `after` within `wait_s`: `swept`
        alone."""
        if frames is None:
            raise ProblemError(
                404, "no-watch", "this node does not watch", right="a node that does"
            )
        return _answer(await frames.after(after, names, wait_s))


def _trails(made: APIRouter, face: Face) -> None:
    @made.get(
        "/watch/history",
        tags=["watch"],
        summary="Where one track was",
        response_model=TrailView,
    )
    async def trail(
        track: Annotated[str, Query(min_length=1, max_length=200)],
        from_: Annotated[str | None, Query(alias="from", max_length=64)] = None,
        until: _Instant = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
    ) -> Response:
        """As the picture showed it, a frame every few seconds; frames are left out evenly where
        there are more than `limit`. Left out: the last hour."""
        if face.history is None:
            raise ProblemError(404, "no-history", NO_HISTORY, right="a node that watches")
        until_ms = face.node.clock() if until is None else parse_instant(until, "until")
        from_ms = until_ms - HOUR_MS if from_ is None else parse_instant(from_, "from")
        if from_ms > until_ms:
            raise InputError("the trail ends before it begins", right="from <= until", where="from")
        found = await face.history.trail(track, from_ms, until_ms, limit)
        first_ms, last_ms = found.span or (None, None)
        columns = {
            name: getattr(found, name)
            for name in ("at_ms", "lat", "lon", "height_m", "course_deg", "speed_mps", "status")
        }
        return _answer(
            encoded(
                {
                    "track": track,
                    "from_ms": from_ms,
                    "until_ms": until_ms,
                    "every_ms": face.history.every_ms,
                    "step_ms": found.step_ms,
                    **columns,
                    "gaps": found.gaps,
                    "first_ms": first_ms,
                    "last_ms": last_ms,
                }
            )
        )


def _instants(made: APIRouter, face: Face) -> None:
    instants = Instants(face)

    @made.get(
        "/picture",
        tags=["items"],
        summary="The 4-D picture at any instant, past and planned",
        response_model=PictureView,
    )
    async def picture(
        at: _Instant = None,
        as_of: _Instant = None,
        ahead_s: Annotated[int, Query(ge=0, le=86_400)] = 0,
    ) -> Response:
        """What stood, or will stand, in force at `at` (left out: now) by all that our log holds,
        or by what it held at `as_of`. `ahead_s`: also what begins so soon behind it. The past is
        read when it is first asked for: while `complete` is false, ask again."""
        return _answer(await instants.picture(at, as_of, ahead_s))

    @made.post(
        "/items/read",
        tags=["items"],
        summary="Many items at once, with their volumes",
        response_model=ReadView,
    )
    async def read(form: ReadForm) -> Response:
        """What `GET /v1/items/{ref}` answers of each, and its declared and hazard volumes whatever
        the time; of a protected presence ("presence:ID") the volume alone."""
        return _answer(await instants.read(form.refs, outlines=form.outlines))
