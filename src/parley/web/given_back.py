"""The peers' door for what was lost: a party gets back the entries of our log that it signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from parley.node.node import Node
from parley.web.lanes import Lanes, peer_of
from parley.web.problems import ProblemError, documented

MAX_PARTY_CHARS = 64
_LAST = 2**53 - 1


def router(node: Node, lanes: Lanes) -> APIRouter:
    made = APIRouter(
        prefix="/peer/v1", tags=["peers"], responses=documented(403, 408, 422, 429, 500, 503, 507)
    )

    @made.get("/log/given-back", summary="For their signer: entries of our log that it signed")
    async def given_back(
        request: Request,
        party: Annotated[str, Query(max_length=MAX_PARTY_CHARS)],
        before: Annotated[int, Query(ge=-1, le=_LAST)] = -1,
    ) -> Response:
        """Its statements with our receipts, its receipts with what they answer; newest first, in
        front of entry ``before`` of our log (-1: the end)."""
        peer: str = getattr(request.state, "peer_party", "")
        if peer and peer != party:
            raise ProblemError(403, "forged", f"what {party[:64]} signed goes to {party[:64]}")
        async with lanes.turn(peer_of(request.scope)):
            body = await node.given_back(party, before)
        return Response(body, media_type="application/json")

    return made
