"""Routes of what goes and comes by hand: files for a peer, files and bare notes of peers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.ledger.canonical import b64
from parley.node.byhand.packing import CarryReport, Part
from parley.node.recovery.tailfile import tail_page
from parley.web.face import Face, StrictRoute, answer_large
from parley.web.problems import Problem, documented, problem_of
from parley.wire.models import Id
from parley.wire.parcelfile import LEAST_PARCEL_BYTES, MAX_PARCEL_BYTES

_REFUSALS = documented(400, 401, 403, 408, 409, 413, 422, 500, 507)


Unconfirmed = Annotated[
    bool,
    Field(description="People know that our log is no old copy, though the peer was not asked."),
]


class OutForm(BaseModel):
    """A file for ``peer``; ``cursor``: ``next`` of the file before."""

    model_config = ConfigDict(strict=True, extra="forbid")

    peer: Id
    max_bytes: Annotated[int, Field(ge=LEAST_PARCEL_BYTES, le=MAX_PARCEL_BYTES)] = MAX_PARCEL_BYTES
    cursor: Annotated[str, Field(max_length=200)] = ""
    unconfirmed: Unconfirmed = False


class PackedView(BaseModel):
    """A parcel file (docs/formats/parcel.md) as text."""

    file: str
    number: int
    notes: int
    receipts: int
    left: int = Field(description="Notes that wait and are in no file so far.")
    next: str = Field(description="Give it as `cursor` for the file that follows; empty: none.")


class TailForm(BaseModel):
    """What we hold of the log of ``party``, for its recovery; ``cursor``: ``next`` of the part
    before."""

    model_config = ConfigDict(strict=True, extra="forbid")

    party: Id
    cursor: Annotated[str, Field(max_length=40)] = ""


class TailView(BaseModel):
    """A part of a tail file (docs/formats/parcel.md), in base64."""

    part: str
    next: str = Field(description="Give it as `cursor` for the part that follows; empty: none.")


class InForm(BaseModel):
    """A parcel file or one bare signed note, as text."""

    model_config = ConfigDict(strict=True, extra="forbid")

    file: str
    unconfirmed: Unconfirmed = False


class PartView(BaseModel):
    """kind: note, receipt, refusal, head or cosignature; known: it was here already."""

    kind: str
    what: str
    known: bool
    refused: Problem | None


class ReportView(BaseModel):
    sender: str
    number: int
    again: bool = Field(description="This file was carried in before.")
    left: int = Field(description="Notes that stayed behind where the file was packed.")
    parts: list[PartView]


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/carry", tags=["carry"], route_class=StrictRoute, responses=_REFUSALS
    )

    @made.post("/out", summary="Pack what waits for a peer", response_model=PackedView)
    async def out(form: OutForm) -> Response:
        """What the peer has not receipted, in our log's order, and the receipts that we owe it.
        Packing again is harmless."""
        packed = await face.node.carry_out(form.peer, max_bytes=form.max_bytes, cursor=form.cursor)
        return await answer_large(
            lambda: PackedView(
                file=packed.data.decode(),
                number=packed.number,
                notes=packed.notes,
                receipts=packed.receipts,
                left=packed.left,
                next=packed.next,
            )
        )

    @made.post("/in", summary="Take in what came by hand", response_model=ReportView)
    async def take_in(form: InForm) -> Response:
        """Each part is judged as if it had come by the network, and is durable when this answers.
        A larger file comes in pieces."""
        data = form.file.encode("utf-8", "replace")
        report = await face.node.carry_in(data, unconfirmed=form.unconfirmed)
        face.on_work()
        return await answer_large(lambda: report_view(report))

    @made.post("/tail", summary="For a party's recovery: its log as we hold it")
    async def tail(form: TailForm) -> TailView:
        """For that party alone: what it said to us can be read in it."""
        part, following = await tail_page(face.node, form.party, form.cursor)
        return TailView(part=b64(part), next=following)

    return made


def report_view(report: CarryReport) -> ReportView:
    return ReportView(
        sender=report.sender,
        number=report.number,
        again=report.again,
        left=report.left,
        parts=[_part_view(part) for part in report.parts],
    )


def _part_view(part: Part) -> PartView:
    refused = None if part.refused is None else problem_of(part.refused)
    return PartView(kind=part.kind, what=part.what, known=part.known, refused=refused)
