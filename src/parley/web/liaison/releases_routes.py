"""Routes of release control: may it go, ask for consent, answer, pass on, and the register."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.errors import InputError
from parley.liaison.papers.marking import Marking, parse_marking
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.filtering import banner_of
from parley.node import standing
from parley.node.desk import Desk
from parley.node.liaison import reading
from parley.node.liaison.reading import MOST
from parley.node.liaison.releasing import Judged
from parley.node.liaison.views import Filed
from parley.rules.findings import Kind
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.forms import Instant, Role
from parley.web.liaison.paper_shapes import FiledView
from parley.web.liaison.paper_views import filed_view
from parley.web.problems import documented
from parley.wire.instants import parse_instant
from parley.wire.liaison.register_csv import register_csv, register_row
from parley.wire.models import FilledLine, Line, Ref, Text

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 422, 500, 507)
_BREACH = frozenset({Kind.RELEASE_BREACH})
_FILED: dict[int | str, dict[str, Any]] = {
    201: {"model": FiledView, "description": "Said, durable, on its way."}
}
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}

MarkingText = Annotated[
    str,
    Field(
        max_length=1000,
        description="As a banner; empty: as closed as it was, for the recipient alone.",
        examples=["TLP:AMBER // REL TO WHITE // ORCON BLUE"],
    ),
]
Subject = Annotated[Ref, Field(description="With or without a version.", examples=["notice:il-1"])]
Recipient = Annotated[
    FilledLine, Field(description="A party's id, or in free text somebody outside.")
]
Person = Annotated[Line, Field(description="A name, or a ref of the directory.")]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class CheckForm(_Form):
    subject: Subject
    recipient: Recipient
    marking: MarkingText = ""


class AskForm(CheckForm):
    """A request for consent, to the originator."""

    role: Role
    purpose: Annotated[Text, Field(min_length=1)]
    requested_by: Annotated[FilledLine, Field(description="The person who asks.")]
    until: Instant


class AnswerForm(_Form):
    """grant: false refuses, and takes back what was granted."""

    grant: bool
    role: Role
    person: Annotated[FilledLine, Field(description="Who decides; not the one who asked.")]
    text: Text = ""


class ReleaseForm(CheckForm):
    """safety: the safety subset alone. enclose: false where the words go by hand. requested_by:
    the first of two persons, where it goes further than its marking lets it."""

    role: Role
    released_by: FilledLine
    requested_by: Person = ""
    safety: bool = False
    enclose: bool = True
    text: Text = ""


class VerdictView(BaseModel):
    allowed: bool
    subject: str = Field(description="With its version.")
    originator: str
    marking: str = Field(description="What it has, as a banner.")
    grounds: str | None
    consent: str = Field(description='The request that was granted, "" if none.')
    why: str
    right: str = Field(description="What would be right, where it may not go.")


class EntryView(BaseModel):
    """One entry of the register; instants as RFC 3339 and in ms."""

    ref: str
    marking: str
    holder: str
    originator: str
    recipient: str
    subject: str
    subject_hash: str
    released: str
    released_ms: int
    marking_given: str = Field(description="Under which the words went.")
    grounds: str
    consent: str
    requested_by: str
    released_by: str
    enclosed: str = Field(description='"note", "safety-subset", or "" for by hand.')
    breach: list[str] = Field(description="Why its grounds do not hold, by name; empty: they do.")
    text: str


class RegisterView(BaseModel):
    banner: str = Field(description="The most closed marking of this page.")
    releases: list[EntryView] = Field(description="Newest first.")
    next: str | None
    total: int


Told = tuple[PaperRecord, str]
"""An entry, and the codes of its breach with blanks between."""


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["releases"], route_class=StrictRoute, responses=_REFUSALS)
    _register(made, face)
    _judged(made, face)
    _consents(made, face)
    _made(made, face)
    return made


def _register(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/releases", summary="The register of releases", response_model=RegisterView)
    async def releases(
        after: Annotated[str, Query(max_length=64, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
        by: Annotated[str, Query(max_length=64, description="One holder's.")] = "",
        about: Annotated[str, Query(max_length=160, description="Of this ref.")] = "",
    ) -> Response:
        """What was passed on, by us and by others who told us, newest first."""
        told, following, total = await node.look(
            lambda desk: _page(desk, after=after, limit=limit, by=by, about=about)
        )
        return await answer_large(lambda: _view(told, following, total))

    @made.get(
        "/releases.csv",
        summary="The whole register as a table",
        response_class=Response,
        responses=_CSV,
    )
    async def table() -> Response:
        """Each row carries its marking; the banner stands above and below."""
        told: list[Told] = []
        after: str | None = ""
        while after is not None:
            page, following, _ = await node.look(partial(_page, after=after, limit=MOST))
            told += page
            after = following or None
        text = await asyncio.to_thread(_table, told)
        name = f"{node.context.party}-releases.csv"
        return Response(
            text,
            media_type="text/csv; charset=utf-8; header=present",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )


def _page(
    desk: Desk, *, after: str, limit: int, by: str = "", about: str = ""
) -> tuple[list[Told], str, int]:
    page = reading.page(desk, "release", after=after, limit=limit, by=by, about=about)
    told = []
    for record in page.records:
        codes = [c for one in standing.about(desk, record.ref, _BREACH) for c in one.codes]
        told.append((record, " ".join(codes)))
    return told, page.after, page.total


def _table(told: list[Told]) -> str:
    rows = [register_row(record.paper, breach) for record, breach in told]
    return register_csv(rows, banner_of(record.paper for record, _ in told))


def _view(told: list[Told], following: str, total: int) -> RegisterView:
    return RegisterView(
        banner=banner_of(record.paper for record, _ in told),
        releases=[_entry(record, breach) for record, breach in told],
        next=following or None,
        total=total,
    )


def _entry(record: PaperRecord, breach: str) -> EntryView:
    row: dict[str, Any] = {**register_row(record.paper)}
    row["released_ms"] = record.paper.header.at_ms
    row["breach"] = breach.split()
    return EntryView(**row)


def _judged(made: APIRouter, face: Face) -> None:
    @made.post(
        "/releases/check",
        summary="May it go to somebody, and what would be right",
        tags=["releases"],
    )
    async def check(form: CheckForm) -> VerdictView:
        """Nothing is done by it."""
        marking = _marking(form.marking)
        return _verdict(
            await face.node.release_verdict(form.subject, form.recipient, marking=marking)
        )


def _verdict(judged: Judged) -> VerdictView:
    told = judged.verdict
    return VerdictView(
        allowed=told.allowed,
        subject=judged.subject,
        originator=judged.originator,
        marking=judged.marking.banner(),
        grounds=None if told.grounds is None else told.grounds.value,
        consent=judged.consent,
        why=told.why,
        right=told.right,
    )


def _consents(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post("/consents", summary="Ask an originator", status_code=201, responses=_FILED)
    async def ask(form: AskForm) -> Response:
        """May we pass it on? Its ACCEPTED is the consent, until the end that was asked for."""
        filed = await node.ask_consent(
            form.subject,
            form.recipient,
            role=form.role,
            purpose=form.purpose,
            requested_by=form.requested_by,
            until_ms=parse_instant(form.until, "until"),
            marking=_marking(form.marking),
        )
        return await _answered(face, filed)

    @made.post(
        "/consents/{ref}/answer",
        summary="Grant a request, refuse it, take a consent back",
        status_code=201,
        responses=_FILED,
    )
    async def decide(
        ref: Annotated[str, Path(max_length=160, examples=["consent-request:ru-3"])],
        form: AnswerForm,
    ) -> Response:
        """A person is named, and it is not the one who asked."""
        try:
            await node.paper(ref)
        except InputError as error:
            raise not_found(error) from None
        filed = await node.answer_consent(
            ref, grant=form.grant, role=form.role, person=form.person, text=form.text
        )
        return await _answered(face, filed)


def _made(made: APIRouter, face: Face) -> None:
    @made.post("/releases", summary="Pass something on", status_code=201, responses=_FILED)
    async def release(form: ReleaseForm) -> Response:
        """Refused without grounds, with what would be right; else it stands in the register, and
        recipient and originator each get a signed copy of the entry."""
        filed = await face.node.release(
            form.subject,
            form.recipient,
            role=form.role,
            released_by=form.released_by,
            requested_by=form.requested_by,
            marking=_marking(form.marking),
            safety=form.safety,
            enclose=form.enclose,
            text=form.text,
        )
        return await _answered(face, filed)


def _marking(text: str) -> Marking | None:
    return parse_marking(text) if text else None


async def _answered(face: Face, filed: Filed) -> Response:
    found = await face.node.look(lambda desk: standing.about(desk, filed.ref))
    face.on_work()
    return answer(filed_view(filed, found), 201)
