"""Routes of the agreement: the one in force, its amendments, who takes part."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from parley.liaison.pacts.contents import Participation, Stance
from parley.node.agreements import history
from parley.node.liaison.pacts import Offer, Stanced
from parley.web.acting import speaker
from parley.web.face import Face, StrictRoute, answer, answer_large
from parley.web.liaison import paper_views
from parley.web.problems import documented
from parley.wire.agreement import format_agreement
from parley.wire.instants import format_instant, parse_instant

_REFUSALS = documented(400, 401, 404, 408, 409, 413, 415, 422, 500, 507)
RoleQuery = Annotated[str, Query(max_length=64, description="Duty role.", examples=["chief"])]
PersonQuery = Annotated[str, Query(max_length=200, description="Who speaks.")]
Ref = Annotated[str, Path(max_length=160, examples=["proposal:blue-1"])]


class OfferView(BaseModel):
    """A proposal and how its signing stands. state: open, agreed, in-force, followed, crossed,
    lapsed, outdated, withdrawn."""

    ref: str
    by: str
    base: str
    digest: str
    title: str
    in_force_from: str
    from_ms: int
    sign_by: str
    sign_by_ms: int
    state: str
    round: int
    signed_by: list[str]
    missing: list[str]


class StanceView(BaseModel):
    """What a party says of its own participation."""

    party: str
    stance: str
    since: str | None
    since_ms: int
    keeps_line: bool
    why: str


class AmendmentView(BaseModel):
    digest: str
    proposal: str
    since: str
    since_ms: int


class AgreementStateView(BaseModel):
    """The agreement in force. amendments: those that came into force, oldest first."""

    id: str
    version: int
    title: str
    digest: str
    founding_digest: str
    amendments: list[AmendmentView]
    stances: list[StanceView]
    offers: list[OfferView]


class ProposeForm(BaseModel):
    """text: the whole agreement file as it shall be."""

    model_config = {"extra": "forbid"}

    text: str = Field(max_length=60_000)
    in_force_from: str = Field(max_length=64)
    sign_by: str = Field(max_length=64)
    why: str = Field(default="", max_length=4_000)


class StanceForm(BaseModel):
    model_config = {"extra": "forbid"}

    suspended: bool
    at: str = Field(default="", max_length=64, description='"" for now')
    keeps_line: bool = True
    why: str = Field(default="", max_length=4_000)


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/agreement", tags=["agreement"], route_class=StrictRoute, responses=_REFUSALS
    )
    _reads(made, face)
    _acts(made, face)
    return made


def _reads(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("", summary="The agreement in force", response_model=AgreementStateView)
    async def state() -> Response:
        await node.tick()
        offers, stances = await node.offers(), await node.stances()
        past = await node.look(lambda desk: history(desk.tx))
        agreement = node.agreement
        return answer(
            AgreementStateView(
                id=agreement.id,
                version=agreement.version,
                title=agreement.title,
                digest=node.agreement_ref,
                founding_digest=node.context.agreement_ref,
                amendments=[
                    AmendmentView(digest=d, proposal=ref, since=format_instant(ms), since_ms=ms)
                    for d, ref, ms in past
                ],
                stances=[_stance(one) for one in stances],
                offers=[_offer(one) for one in offers],
            )
        )

    @made.get("/file", summary="Its text, as a file", response_class=Response)
    async def text() -> Response:
        await node.tick()
        agreement = node.agreement
        name = f"{agreement.id}-{agreement.version}.json"
        return Response(
            format_agreement(agreement),
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )


def _acts(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post("/proposals", summary="Propose an amendment", status_code=201)
    async def propose(form: ProposeForm, role: RoleQuery) -> Response:
        """Nobody is bound by it before every signatory has signed."""
        filed = await node.propose(
            form.text.encode(),
            role=role,
            from_ms=parse_instant(form.in_force_from, "in_force_from"),
            sign_by_ms=parse_instant(form.sign_by, "sign_by"),
            why=form.why,
        )
        face.on_work()
        return await answer_large(lambda: paper_views.paper_view(filed.record))

    @made.post("/proposals/{ref}/sign", summary="Sign it: it is never taken back")
    async def sign(ref: Ref, role: RoleQuery, person: PersonQuery = "") -> Response:
        filed = await node.sign(ref, role=role, person=speaker(person))
        face.on_work()
        return await answer_large(lambda: paper_views.paper_view(filed.record))

    @made.post("/participation", summary="Suspend, or take part again")
    async def take_part(form: StanceForm, role: RoleQuery, person: PersonQuery = "") -> Response:
        """The line may go on while the agreement is suspended: that is a state of its own."""
        at_ms = parse_instant(form.at, "at") if form.at else node.clock()
        stance = Stance.SUSPENDED if form.suspended else Stance.TAKING_PART
        filed = await node.take_part(
            Participation(stance, at_ms, form.keeps_line, form.why),
            role=role,
            person=speaker(person),
        )
        face.on_work()
        return await answer_large(lambda: paper_views.paper_view(filed.record))


def _offer(one: Offer) -> OfferView:
    return OfferView(
        ref=one.ref,
        by=one.by,
        base=one.base,
        digest=one.digest,
        title=one.title,
        in_force_from=format_instant(one.from_ms),
        from_ms=one.from_ms,
        sign_by=format_instant(one.sign_by_ms),
        sign_by_ms=one.sign_by_ms,
        state=one.state,
        round=one.round,
        signed_by=list(one.signed_by),
        missing=list(one.missing),
    )


def _stance(one: Stanced) -> StanceView:
    return StanceView(
        party=one.party,
        stance=one.stance,
        since=format_instant(one.since_ms) if one.since_ms >= 0 else None,
        since_ms=one.since_ms,
        keeps_line=one.keeps_line,
        why=one.why,
    )
