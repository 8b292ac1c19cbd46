"""Routes of consultations and commitments: one meeting whole, what is owed, a calendar file.

Posting, amending and replying are those of papers (/v1/papers/consultation ...).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from parley.errors import InputError
from parley.liaison.meetings.contents import Commitment, Consultation, Minutes
from parley.liaison.meetings.rules import banner_marking, content_of
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.when import format_when
from parley.node.desk import Desk
from parley.node.liaison import meetings
from parley.node.liaison.meetings import Meeting, Owed, Owing
from parley.node.liaison.reading import MOST
from parley.web.face import Face, StrictRoute, answer_large, not_found
from parley.web.liaison.paper_shapes import PaperView
from parley.web.liaison.paper_views import paper_view
from parley.web.problems import documented

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 422, 500)


class OwedView(BaseModel):
    """A commitment as it stands."""

    ref: str
    banner: str
    owner: str
    to: list[str]
    text: str
    state: str
    hard: bool
    due: str = Field(description='Zulu, then the words said; "" where no date was.')
    due_until_ms: int = Field(description="It is late behind this instant; -1 without a date.")
    binding: bool = Field(description="Its owner said it, or accepted it.")
    overdue: bool
    blocked_by: list[str] = Field(description="What it waits for and is not done.")
    circle: list[str] = Field(description="Commitments that wait for one another in a circle.")
    remarks: list[str]


class OwingView(BaseModel):
    commitments: list[OwedView] = Field(description="Each behind those of the page it waits for.")
    next: str | None = Field(description="Give it as `after` for the next page; null: the end.")


class MinutesView(BaseModel):
    state: str = Field(description="own, proposed, agreed, disputed or withdrawn.")
    tone: str = Field(description="In the author's own word.")
    objected_by: list[str]
    paper: PaperView


class PackView(BaseModel):
    banner: str = Field(description="The most closed of the pack and its parts.")
    paper: PaperView


class MeetingView(BaseModel):
    """A consultation and everything that is said about it, the newest first of each."""

    banner: str = Field(description="The most closed of it and its agenda.")
    consultation: PaperView
    when: str
    minutes: list[MinutesView]
    briefings: list[PackView]
    commitments: list[OwedView]
    followed_by: list[str]
    remarks: list[str]


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["meetings"], route_class=StrictRoute, responses=_REFUSALS)
    node = face.node

    @made.get(
        "/meetings.ics",
        summary="Consultations and commitments as an iCalendar file",
        response_class=Response,
        responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
    )
    async def calendar(
        for_party: Annotated[
            str,
            Query(alias="for", max_length=64, description="Only what this party may have."),
        ] = "",
    ) -> Response:
        """Each entry carries its marking. `for` left out: everything, for ourselves."""

        def read(desk: Desk) -> bytes:
            from parley.wire.liaison.ical import calendar_bytes

            records = meetings.calendar_papers(desk, for_party)
            names = meetings.names_for(desk, records, for_party)
            parties = {p.id: p.name for p in desk.agreement.parties}
            agreement = desk.agreement.id
            return calendar_bytes(
                records, agreement=agreement, for_party=for_party, names=names, parties=parties
            )

        data = await node.look(read)
        name = f"parley-{for_party}.ics" if for_party else "parley.ics"
        return Response(
            data,
            media_type="text/calendar",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    @made.get("/commitments", summary="What is owed", response_model=OwingView)
    async def commitments(
        open: Annotated[bool, Query(description="Neither done nor dropped.")] = False,
        after: Annotated[str, Query(max_length=64, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> Response:
        """The newest first by page; within a page in the order of dependence."""
        now_ms = node.clock()
        found = await node.look(
            lambda desk: meetings.commitments(
                desk, now_ms, after=after, limit=limit, only_open=open
            )
        )
        return await answer_large(lambda: owing_view(found))

    @made.get("/meetings/{ref}", summary="One meeting whole", response_model=MeetingView)
    async def meeting(
        ref: Annotated[str, Path(max_length=160, examples=["consultation:blue-1"])],
    ) -> Response:
        now_ms = node.clock()
        try:
            found = await node.look(lambda desk: meetings.meeting(desk, ref, now_ms))
        except InputError as error:
            raise not_found(error) from None
        return await answer_large(lambda: meeting_view(found))

    return made


def meeting_view(found: Meeting) -> MeetingView:
    content = content_of(found.record.paper, Consultation)
    return MeetingView(
        banner=banner_marking(found.record.paper).banner(),
        consultation=paper_view(found.record),
        when=format_when(content.when),
        minutes=[
            MinutesView(
                state=state.value,
                tone=content_of(record.paper, Minutes).tone.value,
                objected_by=list(record.refused_by),
                paper=paper_view(record),
            )
            for record, state in found.minutes
        ],
        briefings=[_pack_view(record) for record in found.briefings],
        commitments=[owed_view(one) for one in found.commitments],
        followed_by=list(found.followed_by),
        remarks=list(found.remarks),
    )


def _pack_view(record: PaperRecord) -> PackView:
    return PackView(banner=banner_marking(record.paper).banner(), paper=paper_view(record))


def owing_view(found: Owing) -> OwingView:
    return OwingView(
        commitments=[owed_view(one) for one in found.commitments], next=found.after or None
    )


def owed_view(one: Owed) -> OwedView:
    content = content_of(one.record.paper, Commitment)
    return OwedView(
        ref=one.record.ref,
        banner=one.record.paper.marking.banner(),
        owner=content.owner,
        to=list(content.to),
        text=content.text,
        state=content.state.value,
        hard=content.hard,
        due="" if content.due is None else format_when(content.due),
        due_until_ms=-1 if content.due is None else content.due.until_ms,
        binding=one.binding,
        overdue=one.overdue,
        blocked_by=list(one.blocked_by),
        circle=list(one.circle),
        remarks=list(one.remarks),
    )
