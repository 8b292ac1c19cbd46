"""Routes of papers, whatever their kind: say, change, take back, reply, list, read again.

The forms of the kinds join OpenAPI when somebody asks for it: a node starts without them.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from parley.errors import InputError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.liaison.releases.marking import narrower
from parley.node import standing
from parley.node.liaison.views import Filed
from parley.rules.statements import Rung
from parley.web.acting import acting, speaker
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.firsts import second_told
from parley.web.forms import shown_of
from parley.web.liaison import paper_views as views
from parley.web.liaison.paper_shapes import (
    AmendForm,
    FiledView,
    HistoryView,
    KindsView,
    PaperForm,
    PapersView,
    PaperView,
    ReplyForm,
)
from parley.web.problems import ProblemError, documented

Ref = Annotated[str, Path(max_length=160, examples=["message:blue-1"])]
KindName = Annotated[str, Path(max_length=64, examples=["message"])]
RoleQuery = Annotated[str, Query(max_length=64, description="Duty role.", examples=["duty"])]
ToQuery = Annotated[
    list[str] | None,
    Query(
        max_length=64,
        description="Addressees, repeated; left out: every other party; empty: nobody.",
    ),
]
PersonQuery = Annotated[
    str, Query(max_length=200, description="Who speaks: a ref of the directory, or a name.")
]
EachItsOwn = Annotated[
    bool, Query(description="A signed copy for each addressee: one that turns up left by it.")
]

PAGE = 200
"""So many papers a page at most: it is made within 50 ms."""
_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 415, 422, 500, 507)


def _filed(status: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": FiledView, "description": "Said, durable, on its way."}}


def router(face: Face) -> APIRouter:
    """All routes that are the same for every kind of paper."""
    made = APIRouter(
        prefix="/v1/papers", tags=["papers"], route_class=StrictRoute, responses=_REFUSALS
    )
    _reads(made, face)
    _said(made, face)
    _replies(made, face)
    return made


def _reads(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/kinds", summary="Every kind of paper and its form", response_model=KindsView)
    async def kinds() -> Response:
        return await answer_large(views.kinds_view)

    @made.get("", summary="Papers of one kind, newest first", response_model=PapersView)
    async def papers(
        kind: Annotated[str, Query(max_length=64, examples=["message"])],
        after: Annotated[str, Query(max_length=64, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
        open: Annotated[bool, Query(description="Those somebody still has to act on.")] = False,
        by: Annotated[str, Query(max_length=64, description="One author's.")] = "",
        about: Annotated[str, Query(max_length=160, description="About this ref.")] = "",
    ) -> Response:
        """All, or by one choice: open, by or about. What comes in meanwhile doubles nothing."""
        page = await node.papers(kind, after=after, limit=limit, only_open=open, by=by, about=about)
        seen = await node.witnessed_refs([record.ref for record in page.records])
        return await answer_large(
            lambda: views.papers_view(page.records, page.after, page.total, seen)
        )

    @made.get("/{ref}", summary="One paper as it stands", response_model=PaperView)
    async def paper(ref: Ref) -> Response:
        record = await _need(face, ref)
        seen = bool(await node.witnessed_refs([record.ref]))
        return await answer_large(lambda: views.paper_view(record, witnessed=seen))

    @made.get("/{ref}/history", summary="Every version of it", response_model=HistoryView)
    async def history(ref: Ref) -> Response:
        await _need(face, ref)
        past = await node.paper_history(ref)
        return await answer_large(lambda: views.history_view(past))


def _said(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post("/{kind}", summary="Say something on paper", status_code=201, responses=_filed(201))
    async def post(
        kind: KindName,
        form: PaperForm,
        role: RoleQuery,
        to: ToQuery = None,
        person: PersonQuery = "",
        exercise: bool = False,
        each_its_own: EachItsOwn = False,
    ) -> Response:
        """Durable when it answers. `content` by the form of its kind: GET /v1/papers/kinds."""
        if kind not in KINDS:
            raise ProblemError(
                404,
                "not-found",
                f"{kind[:64]!r} is no kind of paper",
                right=f"one of: {', '.join(KINDS)}",
            )
        content, marking = await _words(kind, form)
        filed = await node.post_paper(
            content,
            role=role,
            to=None if to is None else [party for party in to if party],
            marking=marking,
            about=form.about,
            person=speaker(person),
            exercise=exercise,
            each_its_own=each_its_own,
        )
        return await _answered(face, filed, 201)

    @made.post("/{ref}/amend", summary="Give a paper of ours new words", responses=_filed(200))
    async def amend(
        ref: Ref, form: AmendForm, role: RoleQuery, person: PersonQuery = ""
    ) -> Response:
        """A new version, and everybody hears it anew."""
        record = await _need(face, ref)
        content, marking = await _words(record.paper.kind, form)
        _check_alone(face, record, marking)
        filed = await node.amend_paper(
            ref, content, role=role, marking=marking, about=form.about, person=speaker(person)
        )
        return await _answered(face, filed, 200)

    @made.post("/{ref}/withdraw", summary="Take a paper of ours back", responses=_filed(200))
    async def withdraw(ref: Ref, role: RoleQuery, person: PersonQuery = "") -> Response:
        """What was said of it stays; nothing follows it."""
        await _need(face, ref)
        filed = await node.withdraw_paper(ref, role=role, person=speaker(person))
        return await _answered(face, filed, 200)


def _replies(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.post(
        "/{ref}/reply",
        summary="Climb one rung: read, read-back, accepted, objected, unable",
        responses=_filed(200),
    )
    async def reply(
        ref: Ref, form: ReplyForm, role: RoleQuery, person: PersonQuery = ""
    ) -> Response:
        """On somebody else's paper. What has to be read back is shown in its content."""
        await _need(face, ref)
        async with second_told(face, ref):
            filed = await node.reply(
                ref,
                Rung(form.rung),
                role=role,
                values=[Value(one.name, one.value) for one in form.values],
                person=speaker(person),
                text=form.text,
                seen=shown_of(form.seen_version, form.seen_rung),
            )
        return await _answered(face, filed, 200)


async def _need(face: Face, ref: str) -> PaperRecord:
    """The paper, or the 404 of a lookup."""
    try:
        return await face.node.paper(ref)
    except InputError as error:
        raise not_found(error) from None


def _check_alone(face: Face, record: PaperRecord, marking: Marking | None) -> None:
    """ProblemError: one person at the console would give a paper to more than it was for, where
    two have to."""
    if marking is None or acting() is None or face.people is None:
        return
    if face.people.settings.two_persons and not narrower(marking, record.paper.marking):
        raise ProblemError(
            403,
            "two-persons",
            f"{marking.banner()} is wider than {record.paper.marking.banner()}",
            right="POST /v1/drafts?kind=paper-widening, which another person releases",
        )


async def _words(kind: str, form: PaperForm | AmendForm) -> tuple[Content, Marking | None]:
    """Read off the loop: a content may be large."""

    def read() -> tuple[Content, Marking | None]:
        return views.content_of(kind, form.content), views.marking_of(form.marking)

    return await asyncio.to_thread(read)


async def _answered(face: Face, filed: Filed, status: int) -> Response:
    found = await face.node.look(lambda desk: standing.about(desk, filed.ref))
    face.on_work()
    return answer(views.filed_view(filed, found), status)


def with_forms(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI schema with each kind's form in it."""
    schemas, of_kind = views.forms_schema()
    held = schema["components"]["schemas"]
    held.update(schemas)
    refs = [{"$ref": ref} for ref in of_kind.values()]
    for name in ("PaperForm", "AmendForm"):
        members = held[name]["properties"]
        said = members["content"]["description"]
        members["content"] = {"anyOf": refs, "description": said}
        marking = {"$ref": f"#/components/schemas/{views.FORM_PREFIX}MarkingForm"}
        members["marking"] = {"anyOf": [marking, {"type": "null"}]}
    return schema
