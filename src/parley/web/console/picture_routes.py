"""Routes of the console's map: the live picture a sweep at a time, and the 4-D picture at any
instant, past and planned."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from parley.web.console.frames import Frames
from parley.web.face import Face, StrictRoute
from parley.web.problems import ProblemError, documented

_REFUSALS = documented(400, 401, 403, 404, 408, 413, 422, 500, 503, 507)
_JSON = "application/json"


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS)
    _live(made, face)
    return made


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
                description="`names` of the frame before: id, label and owner"
                " are left out where they are still those.",
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
        body = await frames.after(after, names, wait_s)
        return Response(body, media_type=_JSON, headers={"cache-control": "no-store"})
