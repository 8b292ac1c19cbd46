"""Routes of the health of the mechanism, measured, and of packs for a working group.

What takes long (drawing, typesetting) is done in a thread, one pack at a time; the press that
does it is a port: 404 with code "no-press" at a node that was started without one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response

from parley.errors import InputError
from parley.liaison.health.figures import LONGEST_MS, Health
from parley.liaison.health.series import Every, charted, edges
from parley.node.liaison import health, packs
from parley.node.liaison.packs import Gathered
from parley.web.face import Face, StrictRoute
from parley.web.problems import ProblemError, documented
from parley.wire.instants import parse_instant
from parley.wire.packs.healthfile import health_json

if TYPE_CHECKING:
    from parley.web.face import Press

_REFUSALS = documented(400, 401, 403, 404, 408, 422, 500)
_MOST_ZONES = 32

FromQuery = Annotated[
    str,
    Query(alias="from", max_length=40, description="RFC 3339; belongs to the period."),
]
UntilQuery = Annotated[str, Query(max_length=40, description="RFC 3339; belongs to it too.")]
ForQuery = Annotated[
    str,
    Query(alias="for", max_length=64, description='The party it is made for; "": ourselves.'),
]
Zones = Annotated[
    list[str],
    Query(
        alias="zone",
        max_length=_MOST_ZONES,
        description="party=IANA zone: its local time beside Zulu.",
        examples=[["ru=Europe/Moscow"]],
    ),
]


def router(face: Face) -> APIRouter:
    made = APIRouter(prefix="/v1", tags=["health"], route_class=StrictRoute, responses=_REFUSALS)
    _measured(made, face)
    _packs(made, face)
    return made


def _measured(made: APIRouter, face: Face) -> None:
    @made.get(
        "/health/mechanism",
        summary="The health of the mechanism in a period, measured",
        response_model=dict[str, Any],
    )
    async def mechanism(
        start: FromQuery,
        until: UntilQuery,
        audience: ForQuery = "",
        rows: Annotated[bool, Query(description="Every version of every notice too.")] = False,
    ) -> Response:
        """Figures with their units, null and a reason where one cannot be measured; outages,
        declared states, what was open at the end. For another party: what was told to it or by it
        alone, and nothing of our own tracks."""
        period = _period(start, until)
        found = await face.node.look(lambda desk: health.health(desk, *period, audience=audience))
        text = await asyncio.to_thread(lambda: _json(health_json(found, rows=rows)))
        return Response(text, media_type="application/json")

    @made.get(
        "/health/mechanism/series",
        summary="The same by day, week or month, for charts",
        response_model=dict[str, Any],
    )
    async def series(
        start: FromQuery,
        until: UntilQuery,
        every: Annotated[Every, Query(description="Days, weeks and months are UTC's.")] = Every.DAY,
        audience: ForQuery = "",
    ) -> Response:
        """One value a step and line, null where nothing can be measured; 400 steps at most."""
        period = _period(start, until)
        edges(*period, every)
        found = await face.node.look(lambda desk: health.health(desk, *period, audience=audience))
        text = await asyncio.to_thread(lambda: _json(_charted(found, every)))
        return Response(text, media_type="application/json")


def _charted(found: Health, every: Every) -> dict[str, Any]:
    drawn = charted(found, every)
    return {
        "party": found.party,
        "audience": found.audience,
        "marking": found.marking,
        "from_ms": found.period.from_ms,
        "until_ms": found.period.until_ms,
        "every": every.value,
        "edges_ms": list(drawn.edges_ms),
        "series": [
            {"of": one.of, "name": one.name, "unit": one.unit, "values": list(one.values)}
            for one in drawn.series
        ],
    }


def _packs(made: APIRouter, face: Face) -> None:
    alone = asyncio.Lock()

    @made.get("/packs/review.html", summary="A review pack as one HTML file", **_file("text/html"))
    async def page(
        start: FromQuery,
        until: UntilQuery,
        audience: ForQuery = "",
        zone: Zones = [],  # noqa: B006
    ) -> Response:
        """Nothing in it is loaded from elsewhere."""
        press, zones = _need(face), _zones(zone)
        async with alone:
            found = await _gathered(face, start, until, audience)
            data = await asyncio.to_thread(_html, press, found, zones)
        return _download(data, "text/html; charset=utf-8", "review.html")

    @made.get("/packs/review.pdf", summary="A review pack as PDF", **_file("application/pdf"))
    async def pdf(
        start: FromQuery,
        until: UntilQuery,
        audience: ForQuery = "",
        zone: Zones = [],  # noqa: B006
    ) -> Response:
        press, zones = _need(face), _zones(zone)
        async with alone:
            found = await _gathered(face, start, until, audience)
            data = await asyncio.to_thread(_pdf, press, found, zones)
        return _download(data, "application/pdf", "review.pdf")


async def _gathered(face: Face, start: str, until: str, audience: str) -> Gathered:
    period = _period(start, until)
    return await face.node.look(lambda desk: packs.gather(desk, *period, audience=audience))


def _html(press: Press, found: Gathered, zones: dict[str, str]) -> bytes:
    return press.html(found.pack(TITLE, zones=zones), press.plots(found.health))


def _pdf(press: Press, found: Gathered, zones: dict[str, str]) -> bytes:
    return press.pdf(found.pack(TITLE, zones=zones), press.plots(found.health))


TITLE = "Review of the mechanism"


def _need(face: Face) -> Press:
    if face.press is None:
        raise ProblemError(404, "no-press", "this node prints no packs", right="parley pack review")
    return face.press


def _period(start: str, until: str) -> tuple[int, int]:
    from_ms, until_ms = parse_instant(start, "from"), parse_instant(until, "until")
    if not from_ms <= until_ms <= from_ms + LONGEST_MS:
        raise InputError(
            f"a period from {start} to {until}",
            right="an end that is not before the beginning, ten years at most",
            where="from, until",
        )
    return from_ms, until_ms


def _zones(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        party, sign, zone = one.partition("=")
        if not (party and sign and zone):
            raise InputError(
                f"a time zone {one[:80]!r}",
                right="party=zone, as in ru=Europe/Moscow",
                where="zone",
            )
        found[party] = zone
    return found


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _download(data: bytes, media_type: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)


def _file(media_type: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    content = {media_type: {"schema": schema}}
    return {
        "response_class": Response,
        "responses": {200: {"description": "The file.", "content": content}},
    }
