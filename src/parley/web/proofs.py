"""Routes by which an officer asks what holds logs to their word: heads, exhibits, suspicions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from parley.ledger import party_of
from parley.node.proofs.faults import Found, Suspicion
from parley.node.proofs.heads import SignedHead
from parley.web.cursors import Cursor, cursor_of, place_of
from parley.web.face import Face, StrictRoute, answer_large
from parley.web.problems import documented
from parley.web.shapes import (
    ExhibitsView,
    ExhibitView,
    HeadsView,
    HeadView,
    SuspicionsView,
    SuspicionView,
)
from parley.wire.instants import format_instant

_PAGE = 200
_REFUSALS = documented(400, 401, 404, 408, 413, 422, 500, 507)


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS, tags=["proofs"])
    trust = face.node.trust

    @made.get("/heads", summary="The newest head of every log", response_model=HeadsView)
    async def heads() -> Response:
        """Ours with the cosignatures that came for it, others as their parties signed them."""
        found = [(head, size) for head, size in await trust.heads_now()]
        return await answer_large(lambda: HeadsView(heads=[_head(*one) for one in found]))

    @made.get("/exhibits", summary="Proofs against a party", response_model=ExhibitsView)
    async def exhibits(
        after: Cursor = "", limit: Annotated[int, Query(ge=1, le=_PAGE)] = _PAGE
    ) -> Response:
        """By accused. Each proves from its own parts that keys of the accused signed what cannot
        both be true. It does not say why."""
        found = await trust.faults.exhibits(limit + 1, after=place_of(after))
        shown = found[:limit]
        last = cursor_of(shown[-1].key) if len(found) > limit else None
        return await answer_large(
            lambda: ExhibitsView(exhibits=[_exhibit(f) for f in shown], next=last)
        )

    @made.get("/suspicions", summary="What a party does not answer", response_model=SuspicionsView)
    async def suspicions() -> Response:
        """Never proof: a network or a full disk looks the same."""
        found = await trust.faults.suspicions()
        return await answer_large(lambda: SuspicionsView(suspicions=[_suspicion(f) for f in found]))

    return made


def _head(head: SignedHead, mirrored: int) -> HeadView:
    origin = head.checkpoint.origin
    return HeadView(
        origin=origin,
        party=party_of(origin),
        size=head.size,
        root=head.checkpoint.root.hex(),
        note=head.note.decode("utf-8"),
        mirrored_size=mirrored,
    )


def _exhibit(found: Found) -> ExhibitView:
    return ExhibitView(
        key=found.key,
        accused=found.accused,
        kind=found.kind,
        by=found.by,
        found=format_instant(found.found_ms),
        found_ms=found.found_ms,
        what=found.what,
        index=found.index,
        note=found.note.decode("utf-8"),
    )


def _suspicion(found: Suspicion) -> SuspicionView:
    return SuspicionView(
        party=found.party,
        kind=found.kind,
        about=found.about,
        what=found.what,
        since=format_instant(found.since_ms),
        since_ms=found.since_ms,
        last=format_instant(found.last_ms),
        last_ms=found.last_ms,
    )
