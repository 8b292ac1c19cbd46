"""Routes by which an officer or a program asks: items, findings, the log, evidence, health."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from parley.errors import InputError
from parley.rules.lifecycle import State
from parley.web import forms
from parley.web.cursors import Cursor, cursor_of, place_of
from parley.web.face import Face, StrictRoute, answer, answer_large, not_found
from parley.web.problems import documented
from parley.web.shapes import (
    FindingsView,
    HealthView,
    ItemsView,
    ItemView,
    JournalView,
    Kind,
    LinksView,
    LogView,
)
from parley.web.views import (
    event_view,
    finding_view,
    health_view,
    item_view,
    link_view,
    log_entry_view,
)
from parley.wire.instants import parse_instant

_PAGE = 200
_FINDINGS = _JOURNAL = 500
_LOG_PAGE = 200
"""So many entries a page at most: it is made within 50 ms."""
_LAST = 2**53 - 1
_LAST_EVENT = 10**12 - 1

Ref = Annotated[str, Path(max_length=80, examples=["notice:blue-1"])]
StateQuery = Annotated[
    State | None, Query(description="As time has it: a notice whose window has begun is active.")
]
Outlines = Annotated[bool, Query(description="Add a map outline to every area.")]

_REFUSALS = documented(400, 401, 404, 408, 413, 422, 500, 507)


def _file(description: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": description, "content": content}}


def router(face: Face) -> APIRouter:
    """All routes that only read (asking for findings lets the time pass first)."""
    made = APIRouter(prefix="/v1", route_class=StrictRoute, responses=_REFUSALS)
    _items(made, face)
    _log(made, face)
    _health(made, face)
    return made


def _items(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/items", tags=["items"], summary="Items, open and closed", response_model=ItemsView)
    async def items(
        state: StateQuery = None,
        kind: Kind | None = None,
        after: Annotated[str, Query(max_length=80, description="`next` of the last page.")] = "",
        limit: Annotated[int, Query(ge=1, le=_PAGE)] = 100,
        outlines: Outlines = False,
    ) -> Response:
        """In the order of their refs. By state a page may be short, even empty, and not the
        last: `next` alone says where the end is."""
        now_ms = node.clock()
        page = await node.items_page(state=state, kind=kind or "", after=after, limit=limit)
        found = page.records
        seen = await node.witnessed_refs([record.ref for record in found])
        return await answer_large(
            lambda: ItemsView(
                items=[
                    item_view(r, now_ms, outlines=outlines, witnessed=r.ref in seen) for r in found
                ],
                next=page.after or None,
            )
        )

    @made.get("/items/{ref}", tags=["items"], summary="One item", response_model=ItemView)
    async def item(ref: Ref, outlines: Outlines = False) -> Response:
        try:
            record = await node.item(ref)
        except InputError as error:
            raise not_found(error) from None
        seen = bool(await node.witnessed_refs([record.ref]))
        return await answer_large(
            lambda: item_view(record, node.clock(), outlines=outlines, witnessed=seen)
        )

    @made.get(
        "/findings",
        tags=["findings"],
        summary="Everything that stands now, most urgent first",
        response_model=FindingsView,
    )
    async def findings(
        after: Cursor = "", limit: Annotated[int, Query(ge=1, le=_FINDINGS)] = _FINDINGS
    ) -> Response:
        """Pages in the order of urgency. What is found meanwhile doubles nothing; a finding whose
        level changes meanwhile may be met again in its new place."""
        page = await node.findings_page(after=place_of(after), limit=limit)
        return await answer_large(
            lambda: FindingsView(
                findings=[finding_view(one) for one in page.findings],
                next=cursor_of(page.after) or None,
                total=page.total,
            )
        )


def _log(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/log", tags=["log"], summary="Entries of our own log", response_model=LogView)
    async def log(
        start: Annotated[int, Query(ge=0, le=_LAST)] = 0,
        stop: Annotated[int | None, Query(ge=0, le=_LAST, description="Not included.")] = None,
        limit: Annotated[int, Query(ge=1, le=_LOG_PAGE)] = _LOG_PAGE,
    ) -> Response:
        """In their order; `next` is the `start` of the next page."""
        end = start + limit if stop is None else min(start + limit, stop)
        entries = await node.log_entries(start, end) if end > start else []
        more = len(entries) == limit and (stop is None or end < stop)
        return await answer_large(
            lambda: LogView(
                entries=[log_entry_view(e) for e in entries], next=end if more else None
            )
        )

    @made.get(
        "/journal",
        tags=["node"],
        summary="The journal, a page at a time",
        response_model=JournalView,
    )
    async def journal(
        after: Annotated[int, Query(ge=0, le=_LAST_EVENT, description="The last seq seen.")] = 0,
        limit: Annotated[int, Query(ge=1, le=_JOURNAL)] = 100,
    ) -> Response:
        """What happened here, oldest first. GET /v1/events goes on with what comes."""
        events = await node.events(after, limit + 1)
        shown = events[:limit]
        return await answer_large(
            lambda: JournalView(
                events=[event_view(one) for one in shown],
                next=shown[-1].seq if len(events) > limit else None,
            )
        )

    @made.get(
        "/log/file",
        tags=["log"],
        summary="Our whole log as one file that verifies from its bytes alone",
        response_class=Response,
        responses=_file("See docs/formats/ledger.md."),
    )
    async def log_file() -> Response:
        return _download(await node.log_file(), f"{node.context.party}.parleylog")

    @made.post(
        "/evidence",
        tags=["log"],
        summary="What we hold about items, a period or an incident, provable offline",
        response_class=Response,
        responses=_file("An evidence bundle, see docs/formats/ledger.md."),
    )
    async def evidence(form: forms.EvidenceForm) -> Response:
        refs = [*form.refs, *await _of_incident(face, form.incident)]
        period = _period(form.from_, form.until)
        data = await node.evidence(refs, period=period, for_party=form.for_party)
        return _download(data, f"{node.context.party}.evidence")


async def _of_incident(face: Face, incident: str) -> list[str]:
    """The report, the papers on its list, and what they name and our log holds."""
    if not incident:
        return []
    from parley.node.liaison.incidents import incident_refs

    try:
        return await face.node.look(lambda desk: incident_refs(desk, incident))
    except InputError as error:
        raise not_found(error) from None


def _period(start: str, until: str) -> tuple[int, int] | None:
    if not start and not until:
        return None
    if not (start and until):
        raise InputError("half a period", right="from and until", where="from, until")
    return parse_instant(start, "from"), parse_instant(until, "until")


def _download(data: bytes, name: str) -> Response:
    return Response(
        data,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _health(made: APIRouter, face: Face) -> None:
    node = face.node

    @made.get("/health", tags=["node"], summary="How this node is", response_model=HealthView)
    async def health() -> Response:
        last = await node.last_event()
        return answer(health_view(await node.health(), last, face.zones))

    @made.get("/links", tags=["node"], summary="The link to each peer", response_model=LinksView)
    async def links() -> Response:
        """up: we reached it lately and it reached us; a link that is down is a state."""
        return answer(LinksView(links=[link_view(link) for link in node.links()]))
