"""The peers' door: signed notes in, signed receipts out; heartbeats. No token: keys decide.

Who carried a note is not who said it: any pinned party may relay. The signature is the identity.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from parley.errors import FormatError, MalformedError, OversizeError
from parley.node.node import Node
from parley.node.views import NodeState, Outcome
from parley.web.face import Hub, answer_large
from parley.web.gate import PEER_BODY_BYTES
from parley.web.lanes import Lanes, peer_of
from parley.web.problems import Problem, ProblemError, documented, problem_of
from parley.wire.jsontext import parse_json
from parley.wire.refusals import shown

MAX_NOTES = 200
NOTE_TYPE = "text/plain; charset=utf-8"
_SENDER = "the sending party"

_log = structlog.get_logger("parley.web")


class NotesForm(BaseModel):
    """Exact signed notes, in the order in which they were said; each at most 64 KiB."""

    notes: Annotated[list[str], Field(min_length=1, max_length=MAX_NOTES)]


class ResultView(BaseModel):
    """What became of one note: its receipt, durable and signed, or the refusal."""

    note_hash: str
    receipt: str | None = None
    refused: Problem | None = None


class ResultsView(BaseModel):
    results: list[ResultView]


def router(node: Node, hub: Hub | None, lanes: Lanes) -> APIRouter:
    made = APIRouter(
        prefix="/peer/v1",
        tags=["peers"],
        responses=documented(400, 403, 408, 409, 413, 429, 500, 503, 507),
    )

    @made.post(
        "/notes",
        summary="Take in signed notes, give receipts",
        responses={200: {"model": ResultsView, "description": "One result a note, in order."}},
        openapi_extra=_body("application/json", NotesForm.model_json_schema()),
    )
    async def notes(request: Request) -> Response:
        """A receipt means: verified, durable in our log. A note that we have gets its old receipt
        again. A refusal (its code as in the problem) is for good, unless it is our own fault:
        then the whole body is answered with 507 and may be sent again."""
        body, carrier = await request.body(), getattr(request.state, "peer_party", "")
        async with lanes.turn(peer_of(request.scope)):
            batch = await asyncio.to_thread(_notes_of, body)
            await _need_confirmed(node, batch, carrier)
            outcomes = await node.receive(batch, carrier=carrier)
        _note_relays(carrier, batch, outcomes)
        return await answer_large(lambda: ResultsView(results=[result_view(o) for o in outcomes]))

    @made.post(
        "/heartbeat",
        summary="A sign of life for a sign of life",
        response_class=Response,
        responses={
            200: {
                "description": "Our signed heartbeat.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
        openapi_extra=_body("text/plain", {"type": "string"}),
    )
    async def heartbeat(request: Request) -> Response:
        """The body is one signed note of type parley/heartbeat/v1. Not logged."""
        if hub is None:
            raise ProblemError(503, "no-couriers", "this node has no couriers")
        return Response(await hub.heartbeat(await request.body()), media_type=NOTE_TYPE)

    return made


def _body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


def result_view(outcome: Outcome) -> ResultView:
    receipt = outcome.receipt
    return ResultView(
        note_hash=outcome.note_hash,
        receipt=None if receipt is None else receipt.decode("utf-8"),
        refused=None if outcome.refused is None else problem_of(outcome.refused),
    )


async def _need_confirmed(node: Node, batch: Sequence[bytes], carrier: str) -> None:
    """No receipt for a party that has not said yet what it knows of our log. Raises ProblemError
    503; STOP and DISTRESS are told all the same."""
    confirming = node.trust.confirming
    if confirming.state is NodeState.CONFIRMED and not confirming.waiting:
        return
    names = {carrier, *(name for note in batch for name in _signers(note))}
    why = confirming.behind or confirming.unconfirmed(names)
    if why:
        await node.hear(batch, carrier=carrier)
        raise ProblemError(503, "starting", why, right="try again later")


def _signers(note: bytes) -> set[str]:
    """The names in a note's signature lines, not verified."""
    lines = (line.split(b" ") for line in note[note.rfind(b"\n\n") + 2 :].split(b"\n"))
    return {words[1].decode("utf-8", "replace") for words in lines if len(words) == 3}


def _note_relays(carrier: str, batch: Sequence[bytes], outcomes: Sequence[Outcome]) -> None:
    """The log of operations records who carried what another party said."""
    mark = f"\n\N{EM DASH} {carrier} ".encode()
    for note, outcome in zip(batch, outcomes, strict=True):
        if carrier and outcome.receipt is not None and mark not in note:
            _log.info("note-relayed", carrier=carrier, note_hash=outcome.note_hash)


def _notes_of(body: bytes) -> list[bytes]:
    """The notes of a body. Raises MalformedError or OversizeError for the body as a whole."""
    try:
        value = parse_json(body, "the batch", max_bytes=PEER_BODY_BYTES)
    except FormatError as error:
        raise MalformedError(error.what, right=error.right, where=error.where) from None
    notes = value.get("notes") if isinstance(value, dict) and set(value) == {"notes"} else None
    if not isinstance(notes, list) or not notes or not all(isinstance(n, str) for n in notes):
        raise MalformedError(
            f"the body is {shown(value)}", right='{"notes": ["<signed note>", ...]}'
        )
    if len(notes) > MAX_NOTES:
        raise OversizeError(f"{len(notes)} notes", right=f"at most {MAX_NOTES}", at_fault=_SENDER)
    return [_bytes_of(note, f"notes[{n}]") for n, note in enumerate(notes)]


def _bytes_of(note: str, where: str) -> bytes:
    try:
        return note.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a note with a lone surrogate", right="UTF-8", where=where) from None
