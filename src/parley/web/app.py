"""The two ASGI applications of one node: the operator's and the peers'. They share the node and
nothing else, so that whoever reaches the peers' port reaches nothing of the operator's.

Built by the composition root; nothing is global.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from parley import __version__
from parley.errors import ConfigError, ParleyError
from parley.node.node import Node
from parley.web import (
    acts,
    carry,
    door,
    given_back,
    problems,
    proofs,
    reads,
    stream,
    watch,
    witness_door,
)
from parley.web.console import pages, picture_routes, sessions
from parley.web.console.keeper import Keeper
from parley.web.console.seating import leaving
from parley.web.face import Alerts, Face, Hub, Press
from parley.web.gate import BODY_TIMEOUT_S, PEER_BODY_BYTES, Gate
from parley.web.lanes import Lanes
from parley.web.late import Late

if TYPE_CHECKING:
    from parley.node.drafting.drafting import Drafting
    from parley.node.liaison.hotline_settings import HotlineSettings
    from parley.node.people.people import People
    from parley.node.watching.history import History
    from parley.node.watching.watching import Watching

MIN_TOKEN_CHARS = 16

_HANDLERS: dict[Any, Any] = {
    ParleyError: problems.on_parley_error,
    HTTPException: problems.on_http_error,
    RequestValidationError: problems.on_invalid_request,
}

_ROUTES = (
    acts,
    reads,
    proofs,
    carry,
    stream,
    watch,
    picture_routes,
    sessions,
)
"""The modules of the operator's routes that are there from the start; one line each."""

_ABOUT = """\
One party's node. Everything under /v1 is for this party's officers and their programs and needs
the operator token.

Instants are RFC 3339 in UTC, with `*_ms` (milliseconds since 1970) beside them. Heights are
metres above the WGS-84 ellipsoid. Refusals are application/problem+json (RFC 9457).
"""


def create_app(
    node: Node,
    *,
    operator_token: str,
    on_work: Callable[[], None] | None = None,
    hub: Hub | None = None,
    watching: Watching | None = None,
    press: Press | None = None,
    hotline: HotlineSettings | None = None,
    alerts: Alerts | None = None,
    people: People | None = None,
    history: History | None = None,
    drafting: Drafting | None = None,
    zones: Mapping[str, str] | None = None,
    stream_beat_s: float = 15.0,
    body_timeout_s: float = BODY_TIMEOUT_S,
) -> FastAPI:
    """The operator's application for a started node: /v1 and /openapi.json.

    operator_token: at least 16 characters. on_work: called after everything we said; left out,
    the hub is woken. hub: None for a node that has no couriers. watching: None for one that does
    not watch. press: None for one that prints no packs. hotline: None for the defaults of its
    lines. alerts: None for one that tells nobody. people: None for one without a console's
    log-in. The app's ``state.closing`` (an asyncio.Event)
    ends its event streams: ``server.Running.stop`` sets it. Raises ConfigError for a token that is
    too short to be one.
    """
    if len(operator_token) < MIN_TOKEN_CHARS or not operator_token.isascii():
        raise ConfigError(
            f"an operator token of {len(operator_token)} characters",
            right=f"at least {MIN_TOKEN_CHARS} ASCII characters from a random source",
        )
    wake = _nothing if hub is None else hub.wake
    face = Face(
        node,
        hub,
        on_work or wake,
        stream_beat_s,
        watching=watching,
        press=press,
        hotline=hotline,
        alerts=alerts,
        people=people,
        history=history,
        drafting=drafting,
        zones=dict(zones or {}),
    )
    keeper = None if people is None else Keeper(people, node.context.party)
    if people is not None:
        people.may_leave = leaving(face)
    gate = Middleware(Gate, token=operator_token, keeper=keeper, body_timeout_s=body_timeout_s)
    app = FastAPI(
        title=f"Parley node of {node.context.party}",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[gate],
        exception_handlers=_HANDLERS,
    )
    app.state.closing = face.closing
    bearer = HTTPBearer(auto_error=False, description="The operator token; the gate checks it.")
    for routes in _ROUTES:
        app.include_router(routes.router(face), dependencies=[Depends(bearer)])
    app.include_router(pages.router())
    Late(app, face, [Depends(bearer)])
    return app


def create_peer_app(
    node: Node,
    *,
    hub: Hub | None = None,
    lanes: Lanes | None = None,
    body_timeout_s: float = BODY_TIMEOUT_S,
) -> FastAPI:
    """The peers' application for a started node: /peer/v1 and not one page more.

    hub: answers heartbeats; None for a node that has no couriers. lanes: what one peer may have
    under way at once.
    """
    lanes = lanes or Lanes()
    gate = Middleware(Gate, lanes=lanes, body_bytes=PEER_BODY_BYTES, body_timeout_s=body_timeout_s)
    app = FastAPI(
        title=f"The peers' door of {node.context.party}",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[gate],
        exception_handlers=_HANDLERS,
    )
    app.state.closing = asyncio.Event()
    app.include_router(door.router(node, hub, lanes))
    app.include_router(witness_door.router(node, lanes))
    app.include_router(given_back.router(node, lanes))
    return app


def _nothing() -> None:
    return None
