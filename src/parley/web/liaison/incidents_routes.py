"""Routes of incidents: what is agreed and disputed, the report as a form, a communique as text.

Posting, amending and replying are those of papers (/v1/papers/claim ...). Every page carries the
marking of what it shows.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from parley.errors import InputError
from parley.ledger import verify_evidence
from parley.liaison.incidents.contents import Communique, Incident
from parley.liaison.incidents.listing import Listing
from parley.liaison.papers.paper import Content
from parley.liaison.papers.record import PaperRecord
from parley.node.liaison.incidents import evidenced, incident_list
from parley.web.face import Face, StrictRoute, answer_large, not_found
from parley.web.problems import documented
from parley.wire.liaison.incident_communique import communique_text
from parley.wire.liaison.incident_evidence import Beside, beside, beside_members
from parley.wire.liaison.incident_form import (
    empty_file,
    empty_page,
    form_file,
    form_page,
    form_text,
)
from parley.wire.liaison.incident_list import list_digest, list_members, list_page
from parley.wire.pages import Page, as_html

Ref = Annotated[str, Path(max_length=160, examples=["incident:ru-5"])]
Shown = Literal["html", "text", "file"]
_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 422, 500)
_HTML, _TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
_FORM_FILE = "application/json"


class IncidentListView(BaseModel):
    """The agreed and the disputed list; `digest` is the same at every node with these papers."""

    digest: str = Field(description="SHA-256 of the list as canonical JSON, hex.")
    list: dict[str, Any] = Field(
        description="docs/liaison/incidents.md: incident, title, marking, reports, concerned,"
        " entries."
    )
    beside: dict[str, Any] | None = Field(
        description="What our own log holds about what the claims name; no part of the list."
    )


def router(face: Face) -> APIRouter:
    made = APIRouter(
        prefix="/v1/incidents", tags=["incidents"], route_class=StrictRoute, responses=_REFUSALS
    )
    _forms(made, face)
    _lists(made, face)
    return made


def _lists(made: APIRouter, face: Face) -> None:
    @made.get(
        "/{ref}/list", summary="What is agreed, what is disputed", response_model=IncidentListView
    )
    async def listed(
        ref: Ref,
        own: Annotated[
            bool, Query(description="Also papers of ours that not all concerned hold.")
        ] = False,
        evidence: Annotated[bool, Query(description="With what our log holds beside it.")] = True,
    ) -> Response:
        """By rule, from the papers that all parties concerned hold. It says nothing of who is
        right."""
        found = await _list(face, ref, own)
        held = await _beside(face, found) if evidence else None
        return await answer_large(
            lambda: IncidentListView(
                digest=list_digest(found),
                list=list_members(found),
                beside=None if held is None else beside_members(held),
            )
        )

    @made.get("/{ref}/list.html", summary="The same as a page", **_file(_HTML))
    async def page(ref: Ref, own: bool = False) -> Response:
        """One file that stands alone, with the evidence of our log beside each topic."""
        found = await _list(face, ref, own)
        held = await _beside(face, found)
        names = _names(face)
        made_page = await asyncio.to_thread(
            lambda: as_html(list_page(found, names, () if held is None else (held,)))
        )
        return Response(made_page, media_type=_HTML)


def _forms(made: APIRouter, face: Face) -> None:
    @made.get("/form", summary="An empty report to fill in", **_file(_HTML, _TEXT, _FORM_FILE))
    async def empty(format: Shown = "html") -> Response:
        """By hand (html, text), or as a file (JSON) for `parley incident open`."""
        if format == "file":
            return _json(empty_file())
        return _shown(empty_page(face.node.context.agreement.title), format)

    @made.get(
        "/{ref}/form", summary="A report as its numbered form", **_file(_HTML, _TEXT, _FORM_FILE)
    )
    async def form(ref: Ref, format: Shown = "html") -> Response:
        """To print (html, text), or as a file (JSON)."""
        record = await _need(face, ref, Incident)
        content = record.paper.content
        assert isinstance(content, Incident)
        if format == "file":
            return _json(form_file(content, record.paper.person))
        return _shown(form_page(record.paper, record.paper.marking.banner(), _names(face)), format)

    @made.get("/communiques/{ref}", summary="A communique as text", **_file(_TEXT))
    async def communique(ref: Ref) -> Response:
        """Marked first and last; when it was published and what it tells of are two times."""
        record = await _need(face, ref, Communique)
        return Response(communique_text(record, _names(face)), media_type=_TEXT)


async def _list(face: Face, ref: str, own: bool) -> Listing:
    try:
        return await face.node.look(partial(incident_list, ref=ref, own=own))
    except InputError as error:
        raise not_found(error) from None


async def _beside(face: Face, found: Listing) -> Beside | None:
    """What our log holds; None where it holds nothing of what is named."""
    node = face.node
    refs = await node.look(partial(evidenced, found=found))
    if not refs:
        return None
    data = await node.evidence(refs)
    roots, agreement = node.context.roots, node.context.agreement

    def checked() -> Beside:
        return beside(verify_evidence(data, pinned=roots), agreement, refs)

    return await asyncio.to_thread(checked)


async def _need(face: Face, ref: str, kind: type[Content]) -> PaperRecord:
    try:
        record = await face.node.paper(ref)
    except InputError as error:
        raise not_found(error) from None
    if not isinstance(record.paper.content, kind):
        wrong = InputError(f"{ref} is no {kind.KIND}", right=f"a ref such as {kind.KIND}:<item>")
        raise not_found(wrong)
    return record


def _names(face: Face) -> dict[str, str]:
    return {party.id: party.name for party in face.node.context.agreement.parties}


def _shown(page: Page, format: Shown) -> Response:
    if format == "text":
        return Response(form_text(page), media_type=_TEXT)
    return Response(as_html(page), media_type=_HTML)


def _json(members: dict[str, Any]) -> Response:
    return Response(json.dumps(members, ensure_ascii=False), media_type=_FORM_FILE)


def _file(*media_types: str) -> dict[str, Any]:
    content = {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in media_types}
    if _FORM_FILE in content:
        content[_FORM_FILE] = {"schema": {"type": "object"}}
    about = {"description": "The page, or the file.", "content": content}
    return {"response_class": Response, "responses": {200: about}}
