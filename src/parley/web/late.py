"""Routes of liaison, joined when somebody first asks for one of them, or for /openapi.json.

They rest on many rooms, whose import and models cost a node a fifth of its start; a node that
comes back answers STOP before it can list papers. Nobody outside notices but by the first answer,
which takes that fifth of a second longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from parley.web.face import Face


class _Routes(Protocol):
    def router(self, face: Face) -> APIRouter: ...


def _modules() -> tuple[_Routes, ...]:
    """The modules of these routes; one line each."""
    from parley.web.console import (
        drafts_routes,
        drawing_routes,
        handover_routes,
        people_routes,
        timeline_routes,
        verify_routes,
    )
    from parley.web.liaison import (
        agreement_routes,
        deliveries_routes,
        directory_routes,
        duties_routes,
        formats_routes,
        health_routes,
        hotline_routes,
        incidents_routes,
        meetings_routes,
        papers,
        releases_routes,
    )

    return (
        people_routes,
        handover_routes,
        verify_routes,
        timeline_routes,
        drafts_routes,
        drawing_routes,
        papers,
        agreement_routes,
        meetings_routes,
        directory_routes,
        releases_routes,
        duties_routes,
        deliveries_routes,
        health_routes,
        incidents_routes,
        hotline_routes,
        formats_routes,
    )


class Late:
    """Stands where a path is found nowhere: joins the routes, once, and looks again."""

    def __init__(self, app: FastAPI, face: Face, dependencies: Sequence[Depends]) -> None:
        self._app = app
        self._face = face
        self._dependencies = list(dependencies)
        self._nowhere = app.router.default
        self._plain = app.openapi
        self._joining = asyncio.Lock()
        self._joined = False
        self._document = b""
        app.router.default = self
        app.openapi = self._openapi  # type: ignore[method-assign]
        app.add_route("/openapi.json", self._answer, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._joined:
            await self._nowhere(scope, receive, send)
            return
        await self.join()
        await self._app.router(scope, receive, send)

    async def join(self) -> None:
        """Imports off the loop; the routes themselves are made on it."""
        async with self._joining:
            if not self._joined:
                await asyncio.to_thread(_modules)
                self._join()

    async def _answer(self, request: Request) -> Response:
        """The document takes seconds to make: once, in a thread, while STOP goes on."""
        await self.join()
        async with self._joining:
            if not self._document:
                self._document = await asyncio.to_thread(lambda: to_json(self._openapi()))
        return Response(self._document, media_type="application/json")

    def _join(self) -> None:
        for routes in _modules():
            self._app.include_router(routes.router(self._face), dependencies=self._dependencies)
        self._joined = True

    def _openapi(self) -> dict[str, Any]:
        """With each kind's form, made when it is first asked for."""
        if not self._joined:
            self._join()
        if self._app.openapi_schema is None:
            from parley.web.liaison.papers import with_forms

            self._app.openapi_schema = with_forms(self._plain())
        return self._app.openapi_schema
