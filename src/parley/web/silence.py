"""Routes about peers that give no receipt: a third party is asked to hand a note over."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.node.views import Challenged
from parley.web.face import Face, answer, posted_responses
from parley.wire.instants import format_instant
from parley.wire.models import Id


class ChallengeForm(BaseModel):
    """The note is named by its hash, or by the ref of an item: then the oldest note about it
    that waits for the receipt of `to`. `via` learns the words of the note."""

    model_config = ConfigDict(strict=True, extra="forbid")

    note: Annotated[
        str,
        Field(pattern=r"^([a-z]{4,8}:[a-z0-9._-]{1,64}|[0-9a-f]{64})$", examples=["notice:blue-1"]),
    ]
    to: Annotated[Id, Field(description="Who gives no receipt.", examples=["green"])]
    via: Annotated[Id, Field(description="Who is asked to hand it over.", examples=["white"])]


class ChallengedView(BaseModel):
    """A challenge of ours, by its hash, and what came of it. No answer is no proof."""

    challenge: str
    ref: str
    note_hash: str
    to: str
    via: str
    at: str
    at_ms: int
    outcome: Literal["receipt", "refused", "no answer", ""] = Field(
        description="Empty while no testimony came."
    )


class ChallengesView(BaseModel):
    challenges: list[ChallengedView]


def add(made: APIRouter, face: Face) -> None:
    """The routes, on the router of all that is said."""
    node = face.node

    @made.post(
        "/challenges",
        tags=["silence"],
        summary="Have a note handed over by a third party",
        status_code=201,
        responses=posted_responses(201),
    )
    async def challenge(form: ChallengeForm) -> Response:
        """The third party's testimony says what came of it; a receipt settles the note."""
        return face.posted(await node.challenge(form.note, to=form.to, via=form.via), 201)

    @made.get(
        "/challenges",
        tags=["silence"],
        summary="What we asked of third parties, and what came of it",
        response_model=ChallengesView,
    )
    async def challenges() -> Response:
        found = await node.challenges()
        return answer(ChallengesView(challenges=[_view(one) for one in found]))


def _view(one: Challenged) -> ChallengedView:
    return ChallengedView(
        challenge=one.challenge,
        ref=one.ref,
        note_hash=one.note_hash,
        to=one.to,
        via=one.via,
        at=format_instant(one.at_ms),
        at_ms=one.at_ms,
        outcome=one.outcome,  # type: ignore[arg-type]
    )
