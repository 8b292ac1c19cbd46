"""The route of the replay of an incident: accounts of claimants beside what our log holds."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from parley.errors import InputError
from parley.node.desk import Desk
from parley.node.liaison.timeline import MOST, Facts, Frame, facts, frame
from parley.web.face import Face, StrictRoute, answer_large, not_found
from parley.web.problems import documented
from parley.wire.instants import format_instant, parse_instant
from parley.wire.liaison.timeline import accounts, in_time, tracks, when_members

Ref = Annotated[str, Path(max_length=160, examples=["incident:ru-5"])]
PAD_MS = 30 * 60_000
LONGEST_MS = 31 * 86_400_000
_REFUSALS = documented(400, 401, 403, 404, 408, 422, 500)


class TimelineView(BaseModel):
    """Claims by claimant, and a page of facts and positions of the period. Times are UTC."""

    incident: str
    title: str
    marking: str
    when: dict[str, Any]
    from_: str = Field(serialization_alias="from")
    from_ms: int
    until: str
    until_ms: int
    now_ms: int
    party: str = Field(description="Whose log the facts stand in.")
    concerned: list[str]
    names: dict[str, str]
    accounts: list[dict[str, Any]] = Field(description="On the first page only.")
    facts: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    next: str | None = Field(description="Pass as `after`; null at the end.")


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/incidents", tags=["incidents"], route_class=StrictRoute, responses=_REFUSALS
    )
    node = face.node

    @made.get(
        "/{ref}/timeline", summary="An incident as it is replayed", response_model=TimelineView
    )
    async def timeline(
        ref: Ref,
        start: Annotated[str, Query(alias="from", max_length=40, description="RFC 3339.")] = "",
        until: Annotated[str, Query(max_length=40, description="RFC 3339.")] = "",
        own: Annotated[
            bool, Query(description="Also papers of ours that not all concerned hold.")
        ] = False,
        after: Annotated[str, Query(max_length=40, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 500,
    ) -> Response:
        """Left out, the period is that of the report and of what is claimed near to it. A claim
        names its claimant, a fact the log it stands in: neither is the other. Pages are in the
        order of our log, then of our journal; each is sorted by time."""
        period = _period(start, until)

        def read(desk: Desk) -> tuple[Frame, Facts]:
            framed = frame(desk, ref, own=own, period=period, pad_ms=PAD_MS, most_ms=LONGEST_MS)
            return framed, facts(desk, framed, after=after, limit=limit)

        try:
            framed, page = await node.look(read)
        except InputError as error:
            raise (error if error.where else not_found(error)) from None
        return await answer_large(partial(_view, face, framed, page, first=not after))

    return made


def _view(face: Face, framed: Frame, page: Facts, *, first: bool) -> TimelineView:
    node, found = face.node, framed.found
    ours = node.context.party
    return TimelineView(
        incident=found.incident,
        title=found.title,
        marking=found.marking.banner(),
        when=when_members(framed.when),
        from_=format_instant(framed.from_ms),
        from_ms=framed.from_ms,
        until=format_instant(framed.until_ms),
        until_ms=framed.until_ms,
        now_ms=node.clock(),
        party=ours,
        concerned=list(found.concerned),
        names={party.id: party.name for party in node.agreement.parties},
        accounts=accounts(found, framed.markings) if first else [],
        facts=in_time(page.facts),
        tracks=tracks(page.seen, ours),
        next=page.after or None,
    )


def _period(start: str, until: str) -> tuple[int, int] | None:
    if not start and not until:
        return None
    if not (start and until):
        raise InputError("half a period", right="from and until", where="from, until")
    period = parse_instant(start, "from"), parse_instant(until, "until")
    if not period[0] <= period[1] <= period[0] + LONGEST_MS:
        raise InputError(
            f"a period from {start} to {until}",
            right="an end that is not before the beginning, 31 days at most",
            where="from, until",
        )
    return period
