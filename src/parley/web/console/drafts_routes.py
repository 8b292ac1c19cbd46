"""Routes of drafts that wait: propose, replace, release by a second person, return, withdraw."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from parley.errors import ChangedError, FormatError, InputError
from parley.node import standing
from parley.node.desk import check_role
from parley.node.drafting.draft import DraftKind, Proposal, State, Who
from parley.node.drafting.drafting import MOST_A_PAGE, Drafting, Looked, NewFindingsError
from parley.node.drafting.reading import GEOJSON, KML, NOTICES
from parley.node.people.roles import allowed
from parley.node.views import Posted
from parley.web.acting import acting
from parley.web.acts import EachItsOwn, RoleQuery, ToQuery
from parley.web.console.draft_shapes import (
    DraftsView,
    DraftView,
    Kind,
    ReleaseForm,
    StateName,
    WordForm,
    draft_view,
    may_of,
)
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.liaison.paper_shapes import FiledView
from parley.web.liaison.paper_views import filed_view
from parley.web.problems import MEDIA_TYPE, Problem, ProblemError, documented, problem_of
from parley.web.shapes import FindingView, PostedView
from parley.web.views import finding_view
from parley.wire.jsontext import decode_utf8
from parley.wire.models import LINE_PATTERN

DraftId = Annotated[str, Path(max_length=40, examples=["3-9f2c41aa"])]
ItemQuery = Annotated[
    str, Query(max_length=64, description="The notice of ours that it amends.", examples=["blue-4"])
]
PersonQuery = Annotated[
    str,
    Query(
        max_length=200,
        pattern=LINE_PATTERN,
        description="Who acts, where a program asks; a session knows it.",
    ),
]

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 415, 422, 500, 503, 507)
_VIEW: dict[str, Any] = {"response_model": DraftView}
DRAFT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "As POST /v1/notices takes it; of a release, as POST /v1/releases does.",
        "content": {
            **{kind: {"schema": {"type": "object"}} for kind in GEOJSON},
            KML: {"schema": {"type": "string"}},
        },
    }
}


class ChangedProblem(Problem):
    """What the releaser had not seen: the newest revision, and the findings that are new."""

    revision: int
    findings: list[FindingView]


_SAID: dict[int | str, dict[str, Any]] = {
    201: {
        "model": PostedView | FiledView,
        "description": "Said, durable, on its way.",
    },
    409: {**documented(409)[409], "model": ChangedProblem},
}


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["drafts"], route_class=StrictRoute, responses=_REFUSALS)
    _reads(made, face)
    _written(made, face)
    _decided(made, face)
    return made


def _reads(made: APIRouter, face: Face) -> None:
    @made.get("/drafts", summary="Drafts, the newest first", response_model=DraftsView)
    async def drafts(
        state: StateName | None = None,
        after: Annotated[int, Query(ge=0, le=10**12, description="`next` of the last page.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 100,
        person: PersonQuery = "",
    ) -> Response:
        """Without findings: ask for one draft to see what the check says now."""
        drafting, who = kept(face), who_asks(person)
        wanted = None if state is None else State(state)
        found = await drafting.page(wanted, before=after, limit=limit)
        looked = [await drafting.look(one.id, checked=False) for one in found]
        following = found[-1].number if len(found) == limit else None

        def view() -> DraftsView:
            return DraftsView(
                drafts=[_view(face, one, who) for one in looked],
                two_persons=drafting.two_persons,
                waiting=drafting.waiting(),
                next=following,
            )

        return await answer_large(view)

    @made.get("/drafts/{draft}", summary="One draft, checked now", **_VIEW)
    async def one(draft: DraftId, person: PersonQuery = "") -> Response:
        """While it waits, with what releasing it now would find."""
        looked = await looked_at(kept(face), draft)
        return await _answered(face, looked, who_asks(person))


def _written(made: APIRouter, face: Face) -> None:
    @made.post(
        "/drafts", summary="Propose a draft", status_code=201, openapi_extra=DRAFT_BODY, **_VIEW
    )
    async def propose(
        request: Request,
        role: RoleQuery,
        to: ToQuery = None,
        exercise: bool = False,
        each_its_own: EachItsOwn = False,
        kind: Kind = "notice",
        item: ItemQuery = "",
        person: PersonQuery = "",
    ) -> Response:
        """Nothing is said by it: another person releases it, until its window begins."""
        drafting = kept(face)
        who = _named(drafting, person, role)
        proposal = await proposal_in(
            request, DraftKind(kind), role, to, exercise, each_its_own, item
        )
        looked = await drafting.propose(proposal, who)
        return await _answered(face, looked, who, 201)

    @made.post(
        "/drafts/{draft}/replace", summary="Its next revision", openapi_extra=DRAFT_BODY, **_VIEW
    )
    async def replace(
        request: Request,
        draft: DraftId,
        role: RoleQuery,
        to: ToQuery = None,
        exercise: bool = False,
        each_its_own: EachItsOwn = False,
        revision: Annotated[int, Query(ge=0, description="The one seen; 0: any.")] = 0,
        person: PersonQuery = "",
    ) -> Response:
        """By its author, while it waits. Who saw the revision before does not release this one."""
        drafting = kept(face)
        who = _named(drafting, person, role)
        before = (await looked_at(drafting, draft, checked=False)).draft
        proposal = await proposal_in(
            request,
            before.proposal.kind,
            role,
            to,
            exercise,
            each_its_own,
            before.proposal.item,
        )
        looked = await drafting.replace(draft, proposal, who, revision=revision)
        return await _answered(face, looked, who)

    @made.post("/drafts/{draft}/withdraw", summary="Take it back", **_VIEW)
    async def withdraw(draft: DraftId, form: WordForm, person: PersonQuery = "") -> Response:
        """By its author, while it waits."""
        drafting = kept(face)
        await looked_at(drafting, draft, checked=False)
        who = _named(drafting, person)
        await drafting.withdraw(draft, who, form.text)
        return await _answered(face, await drafting.look(draft), who)


def _decided(made: APIRouter, face: Face) -> None:
    @made.post("/drafts/{draft}/release", summary="Release it", status_code=201, responses=_SAID)
    async def release(draft: DraftId, form: ReleaseForm, person: PersonQuery = "") -> Response:
        """By another person than its author. Refused with `changed`: there is a newer revision,
        or a finding of level warning or above that was not seen. It is said once: who comes
        second is told who was first."""
        drafting, node = kept(face), face.node
        await looked_at(drafting, draft, checked=False)
        check_role(node.agreement, node.context.party, form.role)
        who = _named(drafting, person, form.role)
        try:
            said = await drafting.release(draft, who, revision=form.revision, seen=form.findings())
        except ChangedError as error:
            return _changed(error, (await drafting.get(draft)).revision)
        if isinstance(said, Posted):
            return face.posted(said, 201 if said.version == 1 else 200)
        found = await node.look(lambda desk: standing.about(desk, said.ref))
        face.on_work()
        return answer(filed_view(said, found), 201)

    @made.post("/drafts/{draft}/return", summary="Return it to its author", **_VIEW)
    async def give_back(draft: DraftId, form: WordForm, person: PersonQuery = "") -> Response:
        """With what is wrong: the author makes a new one of it."""
        drafting = kept(face)
        await looked_at(drafting, draft, checked=False)
        who = _named(drafting, person)
        await drafting.give_back(draft, who, form.text)
        return await _answered(face, await drafting.look(draft), who)


def kept(face: Face) -> Drafting:
    """The drafts of this node; 503 where it keeps none."""
    if face.drafting is None:
        raise ProblemError(
            503, "http", "this node keeps no drafts", right="POST /v1/notices with the token"
        )
    return face.drafting


def who_asks(person: str, role: str = "") -> Who:
    """The person of the session; for a program the one that it names."""
    here = acting()
    if here is None:
        return Who(person.strip(), person.strip(), role)
    return Who(here.person, here.name, role or here.duty)


async def proposal_in(
    request: Request,
    kind: DraftKind,
    role: str,
    to: list[str] | None,
    exercise: bool,
    each_its_own: bool,
    item: str = "",
) -> Proposal:
    """What the body proposes; its words are not read yet. 415, FormatError."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    read_here = (*GEOJSON, KML) if kind in NOTICES else ("application/json",)
    if given not in read_here:
        raise ProblemError(
            415,
            "format",
            f"content type {given[:80]!r} is not read here",
            right=f"one of {', '.join(read_here)}",
        )
    if kind is DraftKind.AMENDMENT and not item:
        raise InputError("an amendment of nothing", right="the id of the notice", where="item")
    body = decode_utf8(await request.body(), "the request")
    if "\x00" in body:
        raise FormatError("the body has a zero byte", right="text")
    named = None if to is None else tuple(sorted({party for party in to if party}))
    return Proposal(kind, body, given, role, named, exercise, each_its_own, item)


def _named(drafting: Drafting, person: str, role: str = "") -> Who:
    who = who_asks(person, role)
    if drafting.two_persons and not who.person:
        raise InputError(
            "nobody is named, and two persons are asked for",
            right="?person= with who acts",
            where="person",
            at_fault="the client",
        )
    return who


async def looked_at(drafting: Drafting, draft: str, *, checked: bool = True) -> Looked:
    """404 where there is none."""
    try:
        return await drafting.look(draft, checked=checked)
    except InputError as error:
        if error.where != "id":
            raise
        raise not_found(error) from None


def _view(face: Face, looked: Looked, who: Who) -> DraftView:
    node = face.node
    party = node.context.party
    others = sorted(p.id for p in node.agreement.parties if p.id != party)
    two_persons = face.drafting is None or face.drafting.two_persons
    here = acting()
    can = None if here is None else allowed(here.roles)
    may = may_of(looked.draft, who, can, two_persons=two_persons)
    return draft_view(looked, party, others, may=may, now_ms=node.clock())


async def _answered(face: Face, looked: Looked, who: Who, status: int = 200) -> Response:
    text = await asyncio.to_thread(lambda: _view(face, looked, who).model_dump_json(by_alias=True))
    return Response(text, status_code=status, media_type="application/json")


def _changed(error: ChangedError, revision: int) -> Response:
    found = error.found if isinstance(error, NewFindingsError) else ()
    problem = ChangedProblem(
        **problem_of(error).model_dump(),
        revision=revision,
        findings=[finding_view(one) for one in found],
    )
    return Response(problem.model_dump_json(by_alias=True), 409, media_type=MEDIA_TYPE)
