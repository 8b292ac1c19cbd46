"""The route that verifies a file: somebody's evidence, or a log, from its bytes alone."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from parley import __version__
from parley.ledger import VerifyKey
from parley.web.face import Face
from parley.web.problems import documented
from parley.wire.evidence_report import FileFacts
from parley.wire.pages import as_html
from parley.wire.verified import verified, verified_members, verified_page

_REFUSALS = documented(400, 401, 403, 408, 413, 422, 500)
_HTML = "text/html; charset=utf-8"
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1/evidence", tags=["log"], responses=_REFUSALS)
    alone = asyncio.Lock()

    @made.post(
        "/verify",
        summary="Whether a file proves itself, and what",
        response_model=dict[str, Any],
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
        openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
    )
    async def verify(
        request: Request,
        shape: Annotated[
            Literal["json", "html"], Query(alias="as", description="html: the report as a page.")
        ] = "json",
        name: Annotated[str, Query(max_length=200, description="Of the file, as shown.")] = "",
        quorum: Annotated[int, Query(ge=1, le=64, description="What counts as witnessed.")] = 1,
    ) -> Response:
        """The roots that this node knows are pinned. Whatever the bytes are, the answer is a
        verdict: `verified` and, where it is false, `error`. One file at a time."""
        data = await request.body()
        roots, at_ms = face.node.context.roots, face.node.clock()

        def made_text() -> str:
            facts = _facts(data, name, at_ms)
            return _page(data, facts, dict(roots), quorum, html=shape == "html")

        async with alone:
            text = await asyncio.to_thread(made_text)
        return Response(text, media_type=_HTML if shape == "html" else "application/json")

    return made


def _facts(data: bytes, name: str, at_ms: int) -> FileFacts:
    shown = name if name and name.isprintable() else "the file"
    digest = hashlib.sha256(data).hexdigest()
    return FileFacts(shown, digest, len(data), at_ms, f"parley {__version__}")


def _page(
    data: bytes, facts: FileFacts, roots: dict[str, VerifyKey], quorum: int, *, html: bool
) -> str:
    found = verified(data, roots, quorum=quorum)
    if html:
        return as_html(verified_page(found, facts))
    return json.dumps(verified_members(found, facts), ensure_ascii=False)
