"""Routes for the formats that people already use: files to drafts, notices to files; and how the
outlets of alerts fare."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from parley.errors import InputError
from parley.rules.statements import Notice
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.forms import THE_REQUEST
from parley.web.problems import ProblemError, documented
from parley.wire.assumed import Assumed, assumed_of
from parley.wire.conversion import (
    READ_FORMATS,
    WRITTEN_FORMATS,
    Hints,
    Wanted,
    draft_to_geojson,
    drafts_from,
    notice_as,
)
from parley.wire.instants import format_instant, parse_instant
from parley.wire.refusals import shown

Metres = Annotated[float | None, Query(allow_inf_nan=False)]
Word = Annotated[str, Query(max_length=64)]
_REFUSALS = documented(400, 401, 403, 404, 408, 413, 422, 500, 507)
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class AssumedForm(BaseModel):
    """What is known of sea level, air and ground: metres above the ellipsoid, hPa."""

    undulation_m: Metres = None
    undulation_error_m: Metres = None
    qnh_low_hpa: Metres = None
    qnh_high_hpa: Metres = None
    temperature_error: Metres = None
    ground_low_m: Metres = None
    ground_high_m: Metres = None

    def assumed(self) -> Assumed:
        return assumed_of(**self.model_dump(include=set(AssumedForm.model_fields)))


class HintsForm(AssumedForm):
    """What a file does not say. class: of a NOTAM, a zone, a path; the rest: of a path."""

    activity_class: Annotated[str, Query(alias="class", max_length=64)] = ""
    half_width_m: Metres = None
    radius_m: Metres = None
    floor_m: Metres = None
    ceiling_m: Metres = None
    vertical_m: Annotated[float, Query(allow_inf_nan=False)] = 0.0
    start: Word = ""
    end: Word = ""

    def hints(self) -> Hints:
        return Hints(
            self.activity_class,
            self.half_width_m,
            self.radius_m,
            self.floor_m,
            self.ceiling_m,
            self.vertical_m,
            parse_instant(self.start, "start") if self.start else None,
            parse_instant(self.end, "end") if self.end else None,
        )


class WantedForm(AssumedForm):
    """How a notice is written. fir to remarks: NOTAM; country, restriction: ED-269; lang, tz, html:
    form and script; public: without its marking, of our own notices alone."""

    fir: Word = ""
    qcode: Word = ""
    series: Word = "A"
    location: Word = ""
    flight_levels: bool = False
    aircraft: bool = True
    remarks: Annotated[str, Query(max_length=300)] = ""
    country: Word = ""
    restriction: Word = "PROHIBITED"
    lang: Word = "en"
    tz: Annotated[list[str], Query(max_length=8)] = []
    html: bool = False
    public: bool = False

    def wanted(self) -> Wanted:
        return Wanted(
            self.fir,
            self.qcode,
            self.series,
            self.location,
            self.flight_levels,
            self.aircraft,
            self.remarks,
            self.country,
            self.restriction,
            self.lang,
            tuple(self.tz),
            self.html,
            self.public,
        )


class ConvertedView(BaseModel):
    """drafts: each a FeatureCollection of the GeoJSON profile, as POST /v1/notices takes it.
    assumptions: what had to be assumed, a sentence each."""

    drafts: list[dict[str, Any]]
    assumptions: list[str]


class OutletView(BaseModel):
    """state: ready, failing or stopped. sent: messages; told: alerts in them; held: not for its
    recipient; refused: for good, by the other side; waiting: to go. cursor: of the journal."""

    name: str
    kind: str
    recipient: str
    where: str
    state: str
    sent: int
    told: int
    held: int
    refused: int
    waiting: int
    cursor: int
    last: str | None
    error: str


class OutletsView(BaseModel):
    outlets: list[OutletView]


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS)
    _convert(made, face)
    _written(made, face)
    _alerts(made, face)
    return made


def _convert(made: APIRouter, face: Face) -> None:
    @made.post(
        "/drafts/convert",
        tags=["formats"],
        summary="A file of another format as drafts",
        response_model=ConvertedView,
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": f"The file as it is: {', '.join(READ_FORMATS)}.",
                "content": {"application/octet-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def convert(
        request: Request,
        form: Annotated[str, Query(alias="format", max_length=16, examples=["notam"])],
        said: Annotated[HintsForm, Query()],
    ) -> Response:
        """Nothing is kept and nothing is sent."""
        body, agreement = await request.body(), face.node.agreement
        hints, assumed = said.hints(), said.assumed()

        def converted() -> ConvertedView:
            drafts, assumptions = drafts_from(body, THE_REQUEST, form, agreement, hints, assumed)
            return ConvertedView(
                drafts=[draft_to_geojson(draft) for draft in drafts],
                assumptions=list(assumptions),
            )

        return await answer_large(converted)


def _written(made: APIRouter, face: Face) -> None:
    @made.get(
        "/items/{ref}/as/{form}",
        tags=["formats"],
        summary="A notice in another format",
        response_class=Response,
        responses={200: {"description": "The file.", "content": {"text/plain": {}}}},
    )
    async def written(
        ref: Annotated[str, Path(max_length=80, examples=["notice:blue-1"])],
        form: Annotated[str, Path(max_length=16, examples=["notam"])],
        said: Annotated[WantedForm, Query()],
    ) -> Response:
        """notam, ed269, kml, gpx, csv, form or script; its marking stands in it."""
        notice = await _notice(face, ref)
        wanted, assumed = said.wanted(), said.assumed()
        if form not in WRITTEN_FORMATS:
            raise ProblemError(
                404, "not-found", f"there is no format {shown(form)}",
                right=f"one of {', '.join(WRITTEN_FORMATS)}",
            )  # fmt: skip
        if wanted.public and notice.header.by != face.node.context.party:
            raise InputError(
                f"{ref} is a notice of {notice.header.by}, which alone makes it public",
                right="the file with its marking",
                where="public",
            )
        digest = notice.header.agreement
        agreement = await face.node.look(lambda desk: desk.agreement_of(digest))
        file = await asyncio.to_thread(notice_as, notice, form, agreement, wanted, assumed)
        headers = {"content-disposition": f'inline; filename="{file.name}"', **_SAFE}
        return Response(file.data, media_type=file.media_type, headers=headers)


async def _notice(face: Face, ref: str) -> Notice:
    try:
        content = (await face.node.item(ref)).content
    except InputError as error:
        raise not_found(error) from None
    if not isinstance(content, Notice):
        raise InputError(f"{shown(ref)} is no notice", right="a ref such as notice:blue-1")
    return content


def _alerts(made: APIRouter, face: Face) -> None:
    @made.get(
        "/alerts",
        tags=["node"],
        summary="The outlets of alerts and how they fare",
        response_model=OutletsView,
    )
    async def alerts() -> Response:
        found = () if face.alerts is None else face.alerts.health()
        return answer(
            OutletsView(
                outlets=[
                    OutletView(
                        name=one.name,
                        kind=one.kind,
                        recipient=one.recipient,
                        where=one.where,
                        state=one.state,
                        sent=one.sent,
                        told=one.told,
                        held=one.held,
                        refused=one.refused,
                        waiting=one.waiting,
                        cursor=one.cursor,
                        last=format_instant(one.last_ms) if one.last_ms else None,
                        error=one.error,
                    )
                    for one in found
                ]
            )
        )
