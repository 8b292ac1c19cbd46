"""The route of obligations beyond papers: the report of adherence, as values and as text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from parley.liaison.duties.adherence import (
    Activity,
    Adherence,
    Begun,
    DutyReport,
    PartyBegun,
    PartyDuty,
    Requested,
)
from parley.liaison.duties.checks import Outcome
from parley.node.liaison.adherence import adherence
from parley.web.face import Face, StrictRoute, answer_large
from parley.web.problems import documented
from parley.wire.instants import format_instant, parse_instant
from parley.wire.liaison.adherence import adherence_text

_REFUSALS = documented(400, 401, 404, 422, 500, 507)
From = Annotated[str, Query(alias="from", max_length=64, examples=["2030-01-01T00:00:00Z"])]
Until = Annotated[str, Query(max_length=64, examples=["2030-02-01T00:00:00Z"])]


class VerdictView(BaseModel):
    check: str = Field(description='Such as "not-within:blue-line".')
    outcome: str
    measures: dict[str, int] = Field(description="Whole metres (_m) and seconds (_s).")
    why: str


class ActivityView(BaseModel):
    """One notice, in its words in force, against one obligation."""

    ref: str
    version: int
    state: str
    start: str
    start_ms: int
    end: str
    end_ms: int
    outcome: str = Field(description="passed, failed or not-checkable.")
    why: str
    verdicts: list[VerdictView]


class PartyDutyView(BaseModel):
    party: str
    stands: str = Field(description="How it answered the obligation.")
    checked: int
    passed: int
    failed: int
    not_checkable: int
    after_the_fact: list[str]
    seen_before: list[str]
    activities: list[ActivityView]


class DutyView(BaseModel):
    ref: str
    version: int
    author: str
    title: str
    citation: str
    text: str
    paraphrase: bool
    source: str
    ended: bool
    parties: list[PartyDutyView]


class SightView(BaseModel):
    """Who saw or says that it began, between which instants."""

    source: str
    ref: str
    by: str
    began_from: str
    began_from_ms: int
    began_until: str
    began_until_ms: int
    inferred: list[str]


class BegunView(BaseModel):
    ref: str
    told: str
    told_ms: int
    start: str
    start_ms: int
    late_s: int = Field(description="Told so long after its start; 0: before it.")
    seen_before: bool
    sights: list[SightView]


class PartyBegunView(BaseModel):
    party: str
    notices: int
    cancelled: int
    after_the_fact: int
    seen_before: int
    possibly_before: int
    begun: list[BegunView]


class RequestedView(BaseModel):
    ref: str
    of: str
    by: str
    answer: str
    notices: list[str]


class AdherenceView(BaseModel):
    """Counts stand beside each other and are not added up."""

    party: str
    from_: str = Field(alias="from")
    from_ms: int
    until: str
    until_ms: int
    made: str
    made_ms: int
    obligations: list[DutyView]
    parties: list[PartyBegunView]
    requests: list[RequestedView]
    text: str = Field(description="The same for people.")


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/adherence", tags=["duties"], route_class=StrictRoute, responses=_REFUSALS
    )

    @made.get("", summary="What was held to in a period", response_model=AdherenceView)
    async def report(from_: From, until: Until) -> Response:
        """Per obligation and party; and what began before its notice, found in two ways."""
        from_ms, until_ms = parse_instant(from_, "from"), parse_instant(until, "until")
        found = await face.node.look(lambda desk: adherence(desk, from_ms, until_ms))
        return await answer_large(lambda: adherence_view(found))

    return made


def adherence_view(found: Adherence) -> AdherenceView:
    return AdherenceView.model_validate(
        {
            "party": found.party,
            "from": format_instant(found.from_ms),
            "from_ms": found.from_ms,
            "until": format_instant(found.until_ms),
            "until_ms": found.until_ms,
            "made": format_instant(found.as_of_ms),
            "made_ms": found.as_of_ms,
            "obligations": [_duty(one) for one in found.duties],
            "parties": [_party(one) for one in found.parties],
            "requests": [_requested(one) for one in found.requests],
            "text": adherence_text(found),
        }
    )


def _duty(duty: DutyReport) -> DutyView:
    said = duty.obligation
    return DutyView(
        ref=duty.record.ref,
        version=duty.record.paper.version,
        author=duty.record.author,
        title=said.title,
        citation=said.citation,
        text=said.text,
        paraphrase=said.paraphrase,
        source=said.source,
        ended=said.ended,
        parties=[_bound(one) for one in duty.parties],
    )


def _bound(duty: PartyDuty) -> PartyDutyView:
    return PartyDutyView(
        party=duty.party,
        stands=duty.stands,
        checked=duty.checked,
        passed=duty.count(Outcome.PASSED),
        failed=duty.count(Outcome.FAILED),
        not_checkable=duty.count(Outcome.NOT_CHECKABLE),
        after_the_fact=list(duty.after_the_fact),
        seen_before=list(duty.seen_before),
        activities=[_activity(one) for one in duty.activities],
    )


def _activity(one: Activity) -> ActivityView:
    return ActivityView(
        ref=one.ref,
        version=one.version,
        state=one.state.value,
        start=format_instant(one.start_ms),
        start_ms=one.start_ms,
        end=format_instant(one.end_ms),
        end_ms=one.end_ms,
        outcome=one.outcome.value,
        why=one.why,
        verdicts=[
            VerdictView(check=v.name, outcome=v.outcome.value, measures=dict(v.measures), why=v.why)
            for v in one.verdicts
        ],
    )


def _party(party: PartyBegun) -> PartyBegunView:
    return PartyBegunView(
        party=party.party,
        notices=party.notices,
        cancelled=party.cancelled,
        after_the_fact=len(party.after_the_fact),
        seen_before=len(party.seen_before),
        possibly_before=len(party.possibly_before),
        begun=[_begun(one) for one in party.begun],
    )


def _begun(one: Begun) -> BegunView:
    return BegunView(
        ref=one.ref,
        told=format_instant(one.told_ms),
        told_ms=one.told_ms,
        start=format_instant(one.start_ms),
        start_ms=one.start_ms,
        late_s=one.late_s,
        seen_before=one.seen_before,
        sights=[
            SightView(
                source=sight.source.value,
                ref=sight.ref,
                by=sight.by,
                began_from=format_instant(sight.from_ms),
                began_from_ms=sight.from_ms,
                began_until=format_instant(sight.until_ms),
                began_until_ms=sight.until_ms,
                inferred=list(sight.inferred),
            )
            for sight in one.sights
        ],
    )


def _requested(one: Requested) -> RequestedView:
    said = one.record.paper.content
    return RequestedView(
        ref=one.record.ref,
        of=getattr(said, "of", ""),
        by=one.record.author,
        answer=one.answer,
        notices=list(one.notices),
    )
