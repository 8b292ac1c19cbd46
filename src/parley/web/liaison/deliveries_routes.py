"""Routes of the delivery ledger: who has an item, what a unit is told, and what proves it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.errors import InputError
from parley.liaison.deliveries.contents import Proof, Unit
from parley.liaison.papers.values import MAX_MS, Attachment, Value
from parley.node import standing
from parley.node.liaison import deliveries, relaying
from parley.node.liaison.deliveries import DeliveryLedger, ToUnit
from parley.node.liaison.views import Filed
from parley.rules.acknowledgement import Standing
from parley.rules.item import state_at
from parley.web.acting import speaker
from parley.web.face import Face, StrictRoute, answer, not_found
from parley.web.forms import Instant
from parley.web.liaison import paper_views
from parley.web.liaison.paper_shapes import FiledView
from parley.web.problems import documented
from parley.web.views import instant
from parley.wire.instants import format_instant, parse_instant
from parley.wire.models import Line
from parley.wire.models import Ref as RefText
from parley.wire.papers import ValueBody, model_of, to_plain

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 422, 500, 507)
_MOST_M = 1_000_000

ItemRef = Annotated[str, Path(max_length=160, examples=["notice:blue-1"])]
RelayRef = Annotated[str, Path(max_length=160, examples=["relay:blue-2"])]
RoleQuery = Annotated[str, Query(max_length=64, description="Duty role.", examples=["duty"])]
PersonQuery = Annotated[str, Query(max_length=200, description="Who speaks.")]
ToQuery = Annotated[
    list[str] | None,
    Query(max_length=64, description="Left out: all who have the item; empty: nobody."),
]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class RelayForm(_Form):
    """margin_m: sites so near count as within. override: the person who lets it go although a
    site lies within. taken: a machine took it, or it was said; false: it is about to be."""

    unit: RefText
    channel: Line = ""
    margin_m: Annotated[int, Field(ge=0, le=_MOST_M)] = 0
    override: Line = ""
    taken: bool = True


class ProofForm(_Form):
    """proved null: now. read_back: with read-back only, what was repeated."""

    proof: Literal["none", "sent", "receipt", "read-back", "refused"]
    proved: Instant | None = None
    taken_by: Line = ""
    read_back: Annotated[list[ValueBody], Field(max_length=16)] = []
    evidence: Annotated[list[model_of(Attachment)], Field(max_length=32)] = []  # type: ignore[valid-type]


class ComparedView(BaseModel):
    ref: str
    name: str
    agreed: bool = Field(description="A site of the agreement; else our own, shown to nobody.")
    distance_m: int
    inside: bool


class PreparedView(BaseModel):
    """What is read out to a unit; for our own officers only."""

    subject: str
    version: int
    unit: str
    channel: str
    text: str
    read_back: list[ValueBody]
    compared: list[ComparedView]
    safety: bool = Field(description="The safety subset alone.")
    why: str = Field(description="On what grounds it goes.")


class ToPartyView(BaseModel):
    """rung "" and no instants: an observer, who is not asked."""

    party: str
    rung: str
    received: str | None
    received_ms: int
    answered: str | None
    answered_ms: int


class ToUnitView(BaseModel):
    unit: str
    name: str
    sort: str
    party: str
    relay_by: str = Field(description="The party that tells it.")
    told: str = Field(description="delivered, not-yet or assumed-blind.")
    state: str = Field(description="How far the words in force have come.")
    due: str = Field(description="Until when it is only not yet.")
    due_ms: int
    relay: str | None
    proved: str | None
    proved_ms: int
    taken_by: str
    channel: str


class ThirdPartyView(BaseModel):
    """Nobody tells it: assumed blind. near: its reaction is among the hazards of the item."""

    id: str
    name: str
    near: bool


class LedgerView(BaseModel):
    ref: str
    version: int
    state: str
    delivered: bool = Field(description="Every addressee's machine and every unit has it.")
    parties: list[ToPartyView]
    units: list[ToUnitView]
    assumed_blind: list[ThirdPartyView]


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1", tags=["deliveries"], route_class=StrictRoute, responses=_REFUSALS
    )
    _reads(made, face)
    _said(made, face)
    return made


def _reads(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/deliveries/{ref}", summary="Who has an item", response_model=LedgerView)
    async def ledger(ref: ItemRef) -> Response:
        """Every addressee, every unit that could hurt somebody, and whom nobody tells."""
        try:
            found = await node.look(lambda desk: deliveries.ledger(desk, ref))
        except InputError as error:
            raise not_found(error) from None
        return answer(ledger_view(found, node.clock()))

    @made.get(
        "/deliveries/{ref}/relay",
        summary="What a unit would be told, compared with every protected site",
        response_model=PreparedView,
    )
    async def prepared(
        ref: ItemRef,
        unit: Annotated[str, Query(max_length=160, examples=["unit:blue-4"])],
        channel: Annotated[str, Query(max_length=200)] = "",
        margin_m: Annotated[int, Query(ge=0, le=_MOST_M)] = 0,
        override: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Says nothing to anybody. Refused while a site lies within and nobody lets it go."""
        ready = await node.look(
            lambda desk: relaying.prepare(
                desk, ref, unit, channel, margin_m=margin_m, override=override
            )
        )
        return answer(prepared_view(ready))


def _said(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post(
        "/deliveries/{ref}/relay",
        summary="A unit was told",
        status_code=201,
        response_model=FiledView,
    )
    async def relay(
        ref: ItemRef,
        form: RelayForm,
        role: RoleQuery,
        to: ToQuery = None,
        person: PersonQuery = "",
    ) -> Response:
        """Compared first: what lies within of agreed sites is told to those who have the item,
        what lies within of our own presences stays here."""
        filed = await node.keep(
            lambda desk: relaying.relay(
                desk,
                ref,
                form.unit,
                form.channel,
                role=role,
                to=None if to is None else [party for party in to if party],
                person=speaker(person),
                margin_m=form.margin_m,
                override=form.override,
                taken=form.taken,
            )
        )
        return await _answered(face, filed, 201)

    @made.post("/relays/{ref}/proof", summary="What the unit answered", response_model=FiledView)
    async def proof(
        ref: RelayRef, form: ProofForm, role: RoleQuery, person: PersonQuery = ""
    ) -> Response:
        """A wrong read-back is kept as it was said, and leaves the unit blind."""
        proved_ms = parse_instant(form.proved, "proved") if form.proved else -1
        evidence = [
            Attachment(one.name, one.media_type, one.size, one.sha256) for one in form.evidence
        ]
        filed = await node.keep(
            lambda desk: relaying.prove(
                desk,
                ref,
                Proof(form.proof),
                role=role,
                proved_ms=proved_ms,
                taken_by=form.taken_by,
                read_back=[Value(one.name, one.value) for one in form.read_back],
                evidence=evidence,
                person=speaker(person),
            )
        )
        return await _answered(face, filed, 200)


async def _answered(face: Face, filed: Filed, status: int) -> Response:
    found = await face.node.look(lambda desk: standing.about(desk, filed.ref))
    face.on_work()
    return answer(paper_views.filed_view(filed, found), status)


def prepared_view(ready: relaying.Prepared) -> PreparedView:
    return PreparedView(
        subject=ready.subject,
        version=ready.version,
        unit=ready.unit,
        channel=ready.channel,
        text=ready.text,
        read_back=[ValueBody(name=v.name, value=v.value) for v in ready.read_back],
        compared=[
            ComparedView(
                ref=one.site.ref,
                name=one.site.name,
                agreed=one.site.agreed,
                distance_m=one.distance_m,
                inside=one.inside,
            )
            for one in ready.compared
        ],
        safety=ready.safety,
        why=ready.why,
    )


def ledger_view(found: DeliveryLedger, now_ms: int) -> LedgerView:
    record = found.item
    silent = [
        ToPartyView(
            party=party, rung="", received=None, received_ms=-1, answered=None, answered_ms=-1
        )
        for party in found.silent
    ]
    return LedgerView(
        ref=record.ref,
        version=record.content.version,
        state=state_at(record, now_ms).value,
        delivered=found.delivered,
        parties=[*(_to_party(one) for one in record.standings), *silent],
        units=[_to_unit(one) for one in found.units],
        assumed_blind=[
            ThirdPartyView(id=one.id, name=one.name, near=one.near) for one in found.third_parties
        ],
    )


def _to_party(one: Standing) -> ToPartyView:
    return ToPartyView(
        party=one.party,
        rung=one.rung.value,
        received=instant(one.received_ms),
        received_ms=one.received_ms,
        answered=instant(one.answered_ms),
        answered_ms=one.answered_ms,
    )


def _to_unit(one: ToUnit) -> ToUnitView:
    said = one.unit.paper.content
    assert isinstance(said, Unit)
    plain = {} if one.relay is None else to_plain(one.relay.paper.content)
    proved_ms = plain.get("proved_ms", -1)
    due_ms = min(one.late_ms - 1, MAX_MS)
    return ToUnitView(
        unit=one.unit.ref,
        name=said.name,
        sort=said.sort.value,
        party=said.party,
        relay_by=said.relay,
        told=one.told,
        state=one.state.value,
        due=format_instant(due_ms),
        due_ms=due_ms,
        relay=None if one.relay is None else one.relay.ref,
        proved=instant(proved_ms),
        proved_ms=proved_ms,
        taken_by=plain.get("taken_by", ""),
        channel=plain.get("channel", ""),
    )
