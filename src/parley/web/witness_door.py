"""The peers' door for heads: cosign ours, hear of all, show our log, give a peer its own back.

Anyone who is pinned may ask for anything here but a log's sealed copy: that goes to its owner.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from parley.ledger import party_of
from parley.ledger.canonical import b64
from parley.ledger.witness import TEXT_TYPE
from parley.node.node import Node
from parley.node.proofs.notelist import MAX_NOTES, notes_from_bytes, notes_to_bytes
from parley.web.lanes import Lanes, peer_of
from parley.web.problems import ProblemError, documented

MAX_ORIGIN_CHARS = 300
_LAST = 2**53 - 1
_BINARY = "application/octet-stream"

Origin = Annotated[str, Query(max_length=MAX_ORIGIN_CHARS)]
Size = Annotated[int, Query(ge=0, le=_LAST)]


def _content(kind: str, description: str) -> dict[str, Any]:
    text = (
        {"type": "string"} if kind.startswith("text/") else {"type": "string", "format": "binary"}
    )
    schema = {} if kind == "application/json" else text
    return {"description": description, "content": {kind: {"schema": schema}}}


def _body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


def _notes(name: str) -> dict[str, Any]:
    notes = {"type": "array", "items": {"type": "string"}, "maxItems": MAX_NOTES}
    return {
        "type": "object",
        "properties": {name: notes},
        "required": [name],
        "additionalProperties": False,
    }


def _verdicts() -> dict[int | str, dict[str, Any]]:
    """The answers of tlog-witness; those of the gate in front of it are problems."""
    said: dict[int | str, dict[str, Any]] = documented(*_WORDS)
    for status, description in _WORDS.items():
        kinds = ("text/plain", "text/x.tlog.size") if status == 409 else ("text/plain",)
        content = said[status]["content"] | {k: {"schema": {"type": "string"}} for k in kinds}
        said[status] = {**said[status], "description": description, "content": content}
    return {**said, 200: _content("text/plain", "Our cosignature lines: durable.")}


_WORDS = {
    400: "The request does not parse, or its old size is above the new one.",
    403: "No key that we trust for this log signed it.",
    404: "The log is unknown here.",
    409: "We cosigned another size last (it is the body), or another root of this size.",
    422: "The proof does not lead from the head that we cosigned last to this one.",
    503: "Ask again later: nothing is wrong with the head.",
    507: "We cannot store it, and so do not sign it.",
}


def router(node: Node, lanes: Lanes) -> APIRouter:
    made = APIRouter(
        prefix="/peer/v1",
        tags=["peers"],
        responses=documented(400, 403, 404, 408, 413, 422, 429, 500, 503, 507),
    )
    _heads(made, node, lanes)
    _log(made, node, lanes)
    return made


def _heads(made: APIRouter, node: Node, lanes: Lanes) -> None:
    @made.post(
        "/add-checkpoint",
        summary="Cosign a head: C2SP tlog-witness",
        response_class=Response,
        responses=_verdicts(),
        openapi_extra=_body("text/plain", {"type": "string"}),
    )
    async def add_checkpoint(request: Request) -> Response:
        """200: our cosignature lines, durable. 409: our last size (text/x.tlog.size). Beside the
        standard's answers 503 (ask later) and 507 (we cannot store)."""
        body = await request.body()
        async with lanes.turn(peer_of(request.scope)):
            verdict = await node.add_checkpoint(body)
        headers = {"content-type": verdict.content_type}
        return Response(verdict.body, status_code=verdict.status, headers=headers)

    @made.post(
        "/heads",
        summary="The newest heads of all logs, for ours",
        response_class=Response,
        responses={200: _content("application/json", "Ours, in the same shape.")},
        openapi_extra=_body("application/json", _notes("heads")),
    )
    async def heads(request: Request) -> Response:
        """Each head is verified and compared. What is no head counts for nothing."""
        notes = notes_from_bytes("heads", await request.body())
        async with lanes.turn(peer_of(request.scope)):
            await node.trust.take_heads(notes, by=_peer(request) or "a peer")
        body = notes_to_bytes("heads", await node.trust.seen.known())
        return Response(body, media_type="application/json")

    @made.post(
        "/exhibits",
        summary="Proofs against a party, as another found them",
        response_class=Response,
        responses={200: _content("application/json", "How many prove nothing.")},
        openapi_extra=_body("application/json", _notes("exhibits")),
    )
    async def exhibits(request: Request) -> Response:
        """Each is believed only when it proves what it says. The answer counts those that do
        not."""
        notes = notes_from_bytes("exhibits", await request.body())
        async with lanes.turn(peer_of(request.scope)):
            bad = await node.trust.take_exhibits(notes)
        return Response(f'{{"refused":{bad}}}', media_type="application/json")


def _log(made: APIRouter, node: Node, lanes: Lanes) -> None:
    @made.get(
        "/log/seen",
        summary="The newest head of a log that we saw",
        response_class=Response,
        responses={200: _content("text/plain", "A signed checkpoint.")},
    )
    async def seen(origin: Origin) -> Response:
        """Under its party's signatures. 404: we saw none."""
        note = await node.trust.seen_of(origin)
        if note is None:
            raise ProblemError(404, "not-found", "no head of this log was seen here")
        return Response(note, headers={"content-type": TEXT_TYPE})

    @made.get(
        "/log/consistency",
        summary="That one size of a log extends another",
        response_class=Response,
        responses={200: _content("text/plain", "Hashes in base64, one a line.")},
    )
    async def consistency(request: Request, origin: Origin, old: Size, new: Size) -> Response:
        """A prefix proof: base64 hashes, one a line. 404: we cannot show it."""
        async with lanes.turn(peer_of(request.scope)):
            proof = await node.trust.consistency(origin, old, new)
        if proof is None:
            raise ProblemError(404, "not-found", f"no way from size {old} to {new} is known here")
        body = "".join(f"{b64(step)}\n" for step in proof)
        return Response(body, headers={"content-type": TEXT_TYPE})

    @made.get(
        "/log/tail",
        summary="Entries of our log: leaf hash, and the leaf sealed by us",
        response_class=Response,
        responses={200: _content(_BINARY, "Hash (32) | length (u32) | sealed leaf, each.")},
    )
    async def tail(
        request: Request,
        start: Annotated[int, Query(alias="from", ge=0, le=_LAST)],
        stop: Annotated[int, Query(alias="to", ge=0, le=_LAST)],
    ) -> Response:
        """At most 1 MiB, one entry at least; empty behind the end."""
        async with lanes.turn(peer_of(request.scope)):
            body = await node.trust.mirrors.own_tail(start, stop)
        return Response(body, media_type=_BINARY)

    @made.get(
        "/log/mirror",
        summary="For its owner: our copy of a log",
        response_class=Response,
        responses={200: _content(_BINARY, "Length (u32) | head | entries as in a tail.")},
    )
    async def mirror(
        request: Request,
        origin: Origin,
        start: Annotated[int, Query(alias="from", ge=0, le=_LAST)] = 0,
    ) -> Response:
        """The newest head that we hold of it, leaf hashes, sealed leaves as far as we keep them."""
        peer = _peer(request)
        if peer and party_of(origin) != peer:
            raise ProblemError(403, "forged", f"the log {origin[:80]} is not that of {peer}")
        async with lanes.turn(peer_of(request.scope)):
            body = await node.trust.tail_for(origin, start)
        return Response(body, media_type=_BINARY)


def _peer(request: Request) -> str:
    """The party at the other end; "" where there is no TLS."""
    party: str = getattr(request.state, "peer_party", "")
    return party
