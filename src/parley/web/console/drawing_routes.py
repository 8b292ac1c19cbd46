"""Routes for whoever draws a notice: the live check, what was pasted, a typed position, and the
forms of a draft that is not released."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from parley.errors import InputError
from parley.node.drafting.draft import DraftKind, Proposal
from parley.node.drafting.reading import NOTICES, notice_draft
from parley.rules.statements import Draft, Notice
from parley.web.acting import acting
from parley.web.acts import EachItsOwn, RoleQuery, ToQuery
from parley.web.console.checks import Checks
from parley.web.console.drafts_routes import (
    DRAFT_BODY,
    DraftId,
    ItemQuery,
    kept,
    looked_at,
    proposal_in,
)
from parley.web.console.drawing import (
    CheckedView,
    CoordinatesView,
    PastedView,
    PasteForm,
    PositionForm,
    checked_view,
    coordinates_view,
    notice_of,
    pasted_view,
)
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.problems import ProblemError, documented
from parley.wire.assumed import assumed_of
from parley.wire.conversion import Wanted, Written, notice_as
from parley.wire.refusals import shown

_REFUSALS = documented(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503, 507)
_FORMS = {"script": "script", "phone-script": "script", "form": "form", "paper-form": "form"}
_SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
Zones = Annotated[
    list[str], Query(max_length=8, description="IANA names whose local time is told too.")
]
FormName = Annotated[str, Path(max_length=16, examples=["phone-script"])]
Language = Annotated[str, Query(max_length=8, description="Of the script: en, ru, he, ar.")]
_FILE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "The file.", "content": {"text/plain": {}}}},
}


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["drafts"], route_class=StrictRoute, responses=_REFUSALS)
    _checked(made, face)
    _typed(made, face)
    _forms(made, face)
    return made


def _checked(made: APIRouter, face: Face) -> None:
    checks, node = Checks(), face.node

    @made.post(
        "/drafts/check",
        summary="What releasing this draft now would find, with all that the screen shows",
        response_model=CheckedView,
        openapi_extra=DRAFT_BODY,
    )
    async def check(
        request: Request,
        check: Annotated[
            str, Query(max_length=64, description="Of this editor: what is newer supersedes.")
        ] = "",
        role: Annotated[str, Query(max_length=64)] = "",
        to: ToQuery = None,
        exercise: bool = False,
        item: ItemQuery = "",
        tz: Zones = [],  # noqa: B006 - FastAPI copies it
    ) -> Response:
        """Nothing is kept and nothing is sent. Fit for every pause of the mouse: an older check
        with the same key is answered 409 `superseded` at once."""
        kind = DraftKind.AMENDMENT if item else DraftKind.NOTICE
        proposal = await proposal_in(request, kind, role, to, exercise, False, item)
        here = acting()
        key = f"{here.person if here is not None else ''}|{check}" if check else ""

        async def work() -> str:
            began = time.perf_counter()
            draft = await _draft(face, proposal)
            found = await node.check(replace(draft, item=item or draft.item))
            notice = notice_of(draft, proposal, node.context.party, 1, node.clock())
            agreement = node.agreement

            def view() -> str:
                took_ms = round(1000 * (time.perf_counter() - began))
                made = checked_view(notice, found, agreement, tz, took_ms)
                return made.model_dump_json(by_alias=True)

            return await asyncio.to_thread(view)

        text = await checks.run(key, work, request.is_disconnected)
        return Response(text, media_type="application/json")


def _typed(made: APIRouter, face: Face) -> None:
    @made.post(
        "/drafts/read", summary="Whatever was pasted, as one draft", response_model=PastedView
    )
    async def read(form: PasteForm) -> Response:
        """GeoJSON, KML, GPX, ED-269, a NOTAM, positions in any notation. What the text does not
        say is named in `missing`, what had to be assumed is said."""
        agreement = face.node.agreement
        return await answer_large(lambda: pasted_view(form, agreement))

    @made.post(
        "/coordinates",
        summary="One position that was typed, in every notation",
        response_model=CoordinatesView,
    )
    async def coordinates(form: PositionForm) -> Response:
        """Degrees, degrees and minutes, MGRS, or NAME BEARING/RANGE from a named position."""
        view = await asyncio.to_thread(coordinates_view, form.text, face.node.agreement)
        return answer(view)


def _forms(made: APIRouter, face: Face) -> None:
    @made.post(
        "/drafts/as/{form}",
        summary="The telephone script or the paper form of a draft",
        openapi_extra=DRAFT_BODY,
        **_FILE,
    )
    async def unposted(
        request: Request,
        form: FormName,
        role: RoleQuery,
        to: ToQuery = None,
        exercise: bool = False,
        each_its_own: EachItsOwn = False,
        item: ItemQuery = "",
        lang: Language = "en",
        tz: Zones = [],  # noqa: B006 - FastAPI copies it
        html: bool = False,
    ) -> Response:
        """Marked, first and last, as a draft that is not released."""
        kind = DraftKind.AMENDMENT if item else DraftKind.NOTICE
        proposal = await proposal_in(request, kind, role, to, exercise, each_its_own, item)
        draft = await _draft(face, proposal)
        return await _written(face, form, draft, proposal, lang, tz, html)

    @made.get(
        "/drafts/{draft}/as/{form}",
        summary="The same of a draft that waits",
        **_FILE,
    )
    async def waiting(
        draft: DraftId,
        form: FormName,
        lang: Language = "en",
        tz: Zones = [],  # noqa: B006 - FastAPI copies it
        html: bool = False,
    ) -> Response:
        """Marked as not released, whatever has become of it: of what was released there is
        GET /v1/items/{ref}/as/{form}."""
        looked = await looked_at(kept(face), draft, checked=False)
        words = None if looked.read is None else looked.read.words
        if not isinstance(words, Draft):
            raise InputError("no notice stands in this draft", right="a draft of a notice")
        return await _written(face, form, words, looked.draft.proposal, lang, tz, html)


async def _draft(face: Face, proposal: Proposal) -> Draft:
    assert proposal.kind in NOTICES
    return await asyncio.to_thread(
        notice_draft, proposal.body.encode(), proposal.content_type, face.node.agreement
    )


async def _written(
    face: Face,
    form: str,
    draft: Draft,
    proposal: Proposal,
    lang: str,
    tz: list[str],
    html: bool,
) -> Response:
    known = _FORMS.get(form)
    if known is None:
        raise ProblemError(
            404, "not-found", f"there is no form {shown(form)} of a draft",
            right=f"one of {', '.join(_FORMS)}",
        )  # fmt: skip
    notice = await _addressed(face, draft, proposal)
    wanted = Wanted(language=lang, zones=tuple(tz), html=html, draft=True)
    file: Written = await asyncio.to_thread(
        notice_as, notice, known, face.node.agreement, wanted, assumed_of()
    )
    headers = {"content-disposition": f'inline; filename="draft-{file.name}"', **_SAFE}
    return Response(file.data, media_type=file.media_type, headers=headers)


async def _addressed(face: Face, draft: Draft, proposal: Proposal) -> Notice:
    """As it would go out: to everybody where it names nobody; an amendment under its next
    version. InputError: a role that we do not have."""
    node = face.node
    party, version, to = node.context.party, 1, proposal.to
    if proposal.kind is DraftKind.AMENDMENT:
        try:
            record = await node.item(f"notice:{proposal.item}")
        except InputError as error:
            raise not_found(error) from None
        version, to = record.version + 1, record.content.header.to
    if to is None:
        to = tuple(sorted(p.id for p in node.agreement.parties if p.id != party))
    await node.look(lambda desk: desk.header(proposal.role, to))
    addressed = replace(proposal, to=to)
    return notice_of(draft, addressed, party, version, node.clock())
