"""Routes by which an officer says something: notices, steps, answers, STOP, DISTRESS, reports,
and what is known and not sent: presences, tracks."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from parley.errors import InputError
from parley.node.node import Node
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Observation, Phase, Rung, Step
from parley.space import Area
from parley.web import forms, silence
from parley.web.face import Face, StrictRoute, answer_large, not_found, posted_responses
from parley.web.firsts import second_told
from parley.web.problems import ProblemError, documented
from parley.web.shapes import FindingsView
from parley.web.views import findings_view
from parley.wire.geojson import draft_from_geojson
from parley.wire.instants import parse_instant
from parley.wire.kml import draft_from_kml
from parley.wire.tracks_csv import observations_from_csv

_GEOJSON = ("application/geo+json", "application/json")
_KML = "application/vnd.google-earth.kml+xml"
_CSV = "text/csv"

Ref = Annotated[str, Path(max_length=80, examples=["notice:blue-1"])]
ItemId = Annotated[str, Path(max_length=64, examples=["blue-1"])]
RoleQuery = Annotated[str, Query(max_length=64, description="Duty role.", examples=["duty"])]
ReleaserQuery = Annotated[
    str, Query(max_length=64, description="The second person's duty role, where two release.")
]
ToQuery = Annotated[
    list[str] | None,
    Query(
        max_length=64,
        description="Addressees, repeated; left out: every other party; empty: nobody.",
    ),
]
EachItsOwn = Annotated[
    bool,
    Query(
        description="A signed copy for each addressee, of this notice and of all that is said of"
        " it later: one that turns up elsewhere left by that addressee or by us."
    ),
]

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 415, 422, 500, 507)

_EXAMPLE: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [20.5, 40.25]},
            "properties": {
                "class": "transit",
                "radius_m": 4000,
                "floor_m": 0,
                "ceiling_m": 3000,
                "height_reference": "WGS84",
                "start": "2031-05-01T10:00:00Z",
                "end": "2031-05-01T11:00:00Z",
            },
        }
    ],
}
_DRAFT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A draft in the GeoJSON profile, or KML with the same ExtendedData.",
        "content": {
            **{kind: {"schema": {"type": "object"}, "example": _EXAMPLE} for kind in _GEOJSON},
            _KML: {"schema": {"type": "string"}},
        },
    }
}


def router(face: Face) -> APIRouter:
    """All routes that say or keep something."""
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS)
    _notices(made, face)
    _steps_and_answers(made, face)
    _urgent(made, face)
    _reported(made, face)
    _kept(made, face)
    silence.add(made, face)
    return made


def _notices(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post(
        "/notices",
        tags=["notices"],
        summary="Release a notice",
        status_code=201,
        responses=posted_responses(201),
        openapi_extra=_DRAFT_BODY,
    )
    async def post_notice(
        request: Request,
        role: RoleQuery,
        to: ToQuery = None,
        releaser: ReleaserQuery = "",
        exercise: bool = False,
        each_its_own: EachItsOwn = False,
    ) -> Response:
        """Durable when it answers; each peer gets it as soon as its link allows. The findings
        are those of this moment, at this node."""
        draft = await _draft(request, node)
        posted = await node.post_notice(
            draft,
            role=role,
            to=_named(to),
            releaser=releaser,
            exercise=exercise,
            each_its_own=each_its_own,
        )
        return face.posted(posted, 201)

    @made.post(
        "/notices/{item}/amend",
        tags=["notices"],
        summary="Give a notice new words",
        responses=posted_responses(200),
        openapi_extra=_DRAFT_BODY,
    )
    async def amend_notice(
        request: Request, item: ItemId, role: RoleQuery, releaser: ReleaserQuery = ""
    ) -> Response:
        """A new version: everybody has to answer again."""
        await face.need(f"notice:{item}")
        draft = await _draft(request, node)
        return face.posted(await node.amend_notice(item, draft, role=role, releaser=releaser), 200)

    @made.post(
        "/check",
        tags=["notices"],
        summary="What releasing this draft now would find",
        responses={200: {"model": FindingsView, "description": "Most urgent first."}},
        openapi_extra=_DRAFT_BODY,
    )
    async def check(request: Request) -> Response:
        """Nothing is kept and nothing is sent."""
        found = await node.check(await _draft(request, node))
        return await answer_large(lambda: findings_view(found))


def _steps_and_answers(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post(
        "/notices/{item}/steps",
        tags=["notices"],
        summary="Activate, give the all-clear, cancel",
        responses=posted_responses(200),
    )
    async def notice_step(item: ItemId, form: forms.StepForm) -> Response:
        return await step(f"notice:{item}", form)

    @made.post(
        "/items/{ref}/steps",
        tags=["items"],
        summary="The same for any item: all-clear lifts whatever is urgent",
        responses=posted_responses(200),
    )
    async def item_step(ref: Ref, form: forms.StepForm) -> Response:
        return await step(ref, form)

    async def step(ref: str, form: forms.StepForm) -> Response:
        await face.need(ref)
        async with second_told(face, ref):
            posted = await node.step(
                ref,
                Step(form.step),
                role=form.role,
                text=form.text,
                seen_version=form.seen_version or 0,
            )
        return face.posted(posted, 200)

    @made.post(
        "/items/{ref}/answers",
        tags=["items"],
        summary="Climb one rung: read, read-back, accepted, objected, unable",
        responses=posted_responses(200),
    )
    async def answer_item(ref: Ref, form: forms.AnswerForm) -> Response:
        """By duty role, on somebody else's item. Receipt is not approval: only accepted is. Who
        comes second is told what another officer of ours answered (code done-before)."""
        await face.need(ref)
        async with second_told(face, ref):
            posted = await node.answer(
                ref,
                Rung(form.rung),
                role=form.role,
                read_back=forms.read_back_of(form.read_back),
                text=form.text,
                seen=forms.shown_of(form.seen_version, form.seen_rung),
            )
        return face.posted(posted, 200)


def _urgent(made: APIRouter, face: Face) -> None:
    node = face.node
    agreement = node.agreement

    @made.post(
        "/stop",
        tags=["urgent"],
        summary="STOP to all parties, by one person",
        status_code=201,
        responses=posted_responses(201),
    )
    async def stop(form: forms.StopForm) -> Response:
        """Goes out though our log does not take it: then `logged` is false."""
        area = None if form.area is None else await _area(form.area, agreement)
        posted = await node.stop(role=form.role, area=area, notice=form.notice, text=form.text)
        return face.posted(posted, 201)

    @made.post(
        "/distress",
        tags=["urgent"],
        summary="DISTRESS to all parties, by one person",
        status_code=201,
        responses=posted_responses(201),
    )
    async def distress(form: forms.DistressForm) -> Response:
        """Goes out though our log does not take it: then `logged` is false."""
        posted = await node.distress(
            role=form.role,
            subject=form.subject,
            since_ms=parse_instant(form.since, "since"),
            position=forms.position_of(form.position, agreement),
            uncertainty_m=form.uncertainty_m,
            text=form.text,
        )
        return face.posted(posted, 201)


async def _area(form: forms.FeatureForm | str, agreement: Agreement) -> Area:
    return await asyncio.to_thread(forms.area_of, form, agreement)


def _reported(made: APIRouter, face: Face) -> None:
    node = face.node
    agreement = node.agreement

    @made.post(
        "/reports",
        tags=["urgent"],
        summary="Report to all what a third party does",
        status_code=201,
        responses=posted_responses(201),
    )
    async def report(form: forms.ReportForm) -> Response:
        posted = await node.report(
            role=form.role,
            third_party=form.third_party,
            phase=Phase(form.phase),
            area=await _area(form.area, agreement),
            since_ms=parse_instant(form.since, "since"),
            item=form.item,
            text=form.text,
        )
        return face.posted(posted, 201)

    @made.post(
        "/nonconformances",
        tags=["urgent"],
        summary="Announce to all that a flight of ours does not conform",
        status_code=201,
        responses=posted_responses(201),
    )
    async def nonconformance(form: forms.NonconformanceForm) -> Response:
        """In force until we give the all-clear for it: it conforms again."""
        posted = await node.announce_nonconformance(
            role=form.role,
            notice=form.notice,
            codes=form.codes,
            since_ms=parse_instant(form.since, "since"),
            area=None if form.area is None else await _area(form.area, agreement),
            band=forms.band_of(form.floor_m, form.ceiling_m),
            item=form.item,
            text=form.text,
        )
        return face.posted(posted, 201)


def _kept(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post(
        "/presences",
        tags=["known and not sent"],
        summary="Protect a presence of ours",
        status_code=201,
        responses=posted_responses(201),
    )
    async def protect(form: forms.PresenceForm) -> Response:
        """Every notice is checked against it; nobody is shown it."""
        volume = await asyncio.to_thread(forms.volume_from, form.volume)
        posted = await node.protect(form.label, volume, role=form.role, item=form.item)
        return face.posted(posted, 201)

    @made.delete(
        "/presences/{item}",
        tags=["known and not sent"],
        summary="Protect it no longer",
        responses=posted_responses(200),
    )
    async def unprotect(item: ItemId, role: RoleQuery) -> Response:
        try:
            return face.posted(await node.unprotect(item, role=role), 200)
        except InputError as error:
            raise (error if error.where == "role" else not_found(error)) from None

    @made.post(
        "/tracks",
        tags=["known and not sent"],
        summary="Positions of tracks, as JSON or as CSV",
        responses={200: {"model": FindingsView, "description": "About these tracks, now."}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": _tracks_schema()},
                    _CSV: {"schema": {"type": "string"}},
                },
            }
        },
    )
    async def tracks(
        request: Request,
        role: Annotated[str, Query(max_length=64, description="Duty role, for CSV.")] = "",
        exercise: Annotated[bool, Query(description="For CSV.")] = False,
    ) -> Response:
        """Logged, held against notices and hazards; nobody is shown them."""
        seen = await _observations(request, node, role, exercise=exercise)
        found = await node.observe(seen)
        return await answer_large(lambda: findings_view(found))


def _tracks_schema() -> dict[str, Any]:
    """Whole in itself: what stands in a path cannot point at definitions of its own."""
    schema = forms.TracksForm.model_json_schema()
    schema["properties"]["tracks"]["items"] = schema.pop("$defs")["TrackForm"]
    return schema


def _named(to: list[str] | None) -> list[str] | None:
    """None stands for everybody; ``to=`` for nobody."""
    return None if to is None else [party for party in to if party]


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _draft(request: Request, node: Node) -> Draft:
    """The draft in the body, by its content type; read off the loop."""
    kind, agreement = _kind(request), node.agreement
    body = await request.body()
    if kind in _GEOJSON:
        return await asyncio.to_thread(draft_from_geojson, body, forms.THE_REQUEST, agreement)
    if kind == _KML:
        return await asyncio.to_thread(draft_from_kml, body, forms.THE_REQUEST, agreement)
    raise _unsupported(kind, (*_GEOJSON, _KML))


async def _observations(
    request: Request, node: Node, role: str, *, exercise: bool
) -> list[Observation]:
    kind, party, agreement = _kind(request), node.context.party, node.agreement
    body, at_ms = await request.body(), node.clock()

    def from_csv() -> list[Observation]:
        return forms.under(
            node.agreement_ref,
            observations_from_csv(
                body,
                forms.THE_REQUEST,
                by=party,
                role=role,
                agreement=agreement,
                at_ms=at_ms,
                exercise=exercise,
            ),
        )

    def from_json() -> list[Observation]:
        form = forms.tracks_form(body)
        return forms.observations_of(form, by=party, agreement_ref=node.agreement_ref, at_ms=at_ms)

    if kind == _CSV:
        roles = agreement.party(party).roles
        if role not in roles:
            raise InputError(
                f"{role!r} is no duty role of {party}",
                right=f"?role= with one of: {', '.join(roles)}",
                where="role",
            )
        return await asyncio.to_thread(from_csv)
    if kind == "application/json":
        return await asyncio.to_thread(from_json)
    raise _unsupported(kind, ("application/json", _CSV))


def _unsupported(kind: str, right: tuple[str, ...]) -> ProblemError:
    return ProblemError(
        415,
        "format",
        f"content type {kind[:80]!r} is not read here",
        right=f"one of {', '.join(right)}",
    )
