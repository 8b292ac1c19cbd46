"""One real node behind its two real servers, as its officer, anybody and a peer reach it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from parley.node.drafting.drafting import Drafting
from parley.node.node import Node
from parley.node.people.people import People
from parley.node.people.settings import PeopleSettings
from parley.node.ports import Store
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.peers import Hub
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.drafting import drafting_of
from parley.testing.harness import TOKEN, started_node
from parley.testing.people import logged_in, people_of
from parley.watch.report import Ident, Report
from parley.watch.watch import Sweep
from parley.web import Running, create_app, create_peer_app, serve
from parley.wire.instants import format_instant

FOUNDED = 3
"""Entries with which a log under `small_agreement` begins: a roster of each party."""


@dataclass(frozen=True, slots=True)
class LoneNode:
    """A party's node without couriers to anybody. officer: has the token; anybody: has not.

    peer: at the peers' door, which speaks plain HTTP here."""

    node: Node
    hub: Hub
    running: Running
    door: Running
    clock: HandClock
    officer: httpx.AsyncClient
    anybody: httpx.AsyncClient
    peer: httpx.AsyncClient
    agreement: Agreement
    people: People
    drafting: Drafting
    watches: Watching | None = None

    @property
    def url(self) -> str:
        """Where its officers reach it; its console is at ``/console/``."""
        return f"http://127.0.0.1:{self.running.port}"

    async def at_console(self, person: str, **said: Any) -> httpx.AsyncClient:
        """A client with a session of one of ``testing.people.PERSONS``; close it."""
        return await logged_in(self.url, person, **said)

    @property
    def watching(self) -> Watching:
        """Its watch; its beats are gone by hand: ``await blue.watching.beat()``."""
        assert self.watches is not None, "this node does not watch"
        return self.watches

    async def sees(self, *reports: Report) -> Sweep:
        """A beat over these reports; a second passes behind it."""
        await self.watching.intake.put(reports)
        await asyncio.sleep(0)  # the watch hears of what was written before
        sweep = await self.watching.beat()
        self.clock.advance(1_000)
        return sweep

    async def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return await self.officer.post(path, json=body, params=params)

    async def released(self, **change: Any) -> dict[str, Any]:
        """A notice released through the API."""
        answer = await self.post("/v1/notices", draft_feature(**change), role="duty")
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def lone_node(
    party: str,
    store: Store,
    *,
    watching: Settings | None = None,
    agreement: Agreement | None = None,
    people: PeopleSettings | None = None,
    people_at: Path | None = None,
    drafts_at: Path | None = None,
) -> AsyncIterator[LoneNode]:
    """Started, served, and at the end stopped in order. Streams beat every 50 ms, bodies have
    half a second. watching: how it watches: one beat at ``DAWN_MS``, from a second later on
    beats by hand (``sees``); None: it does not. people: settings of its console; people_at: where
    its people are kept, drafts_at: its drafts, None: in memory."""
    agreement, clock = agreement or small_agreement(), HandClock()
    node = await started_node(agreement, party, store=store, clock=clock)
    hub = Hub(node, {}, jitter=lambda: 0.0)
    watches = None
    if watching is not None:
        watches = Watching(node, replace(watching, idle_s=0.0, beat_s=3600.0))
        await watches.start()
        while not watches.state().swept:
            await asyncio.sleep(0)
        clock.advance(1_000)
    persons = await people_of(node, people_at, people)
    two_persons = people is None or people.two_persons
    drafting = await drafting_of(node, drafts_at, two_persons=two_persons)
    app = create_app(
        node,
        operator_token=TOKEN,
        hub=hub,
        watching=watches,
        people=persons,
        drafting=drafting,
        stream_beat_s=0.05,
        body_timeout_s=0.5,
    )
    peer_app = create_peer_app(node, hub=hub, body_timeout_s=0.5)
    await hub.start()
    running = await serve(app, "127.0.0.1", 0)
    door = await serve(peer_app, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.port}"
    peer_url = f"http://127.0.0.1:{door.port}"
    token = {"authorization": f"Bearer {TOKEN}"}
    try:
        async with (
            httpx.AsyncClient(base_url=url, headers=token, trust_env=False) as officer,
            httpx.AsyncClient(base_url=url, trust_env=False) as anybody,
            httpx.AsyncClient(base_url=peer_url, trust_env=False) as peer,
        ):
            yield LoneNode(
                node,
                hub,
                running,
                door,
                clock,
                officer,
                anybody,
                peer,
                agreement,
                persons,
                drafting,
                watches,
            )
    finally:
        await door.stop()
        await running.stop()
        if watches is not None:
            await watches.stop()
        await hub.stop()
        await persons.close()
        await drafting.close()
        await node.close()


AIRLINER = Ident(icao24="4ca216", callsign="EIN5GV")
M_A_DEGREE = 111_120.0


def seen(
    at_ms: int, *, ident: Ident = AIRLINER, north_m: float = 0.0, owner: str = "", label: str = ""
) -> Report:
    """An aircraft so far north of ``CENTRE``, at 3,000 m, northbound at 200 m/s."""
    return Report(
        "roof",
        at_ms,
        ident,
        position=Position(lat_deg=CENTRE.lat_deg + north_m / M_A_DEGREE, lon_deg=CENTRE.lon_deg),
        accuracy_m=30.0,
        height=Height.metres(3_000),
        height_accuracy_m=30.0,
        speed_mps=200.0,
        course_deg=0.0,
        climb_mps=0.0,
        owner=owner,
        label=label,
    )


def firing(radius_m: float = 20_000.0) -> Draft:
    """A live activity round ``CENTRE`` up to 6 km, from ``DAWN_MS`` for an hour."""
    volume = Volume(
        Area.circle(CENTRE, radius_m), Band.metres(0, 6_000), Span(DAWN_MS, DAWN_MS + HOUR_MS)
    )
    return Draft("live-activity", (NoticeVolume(Use.ACTIVITY, volume),))


def draft_feature(**change: Any) -> dict[str, Any]:
    """A draft in the GeoJSON profile: a transit two hours after ``DAWN_MS``. A property that is
    changed to None is left out."""
    properties = {
        "class": "transit",
        "radius_m": 4000,
        "floor_m": 0,
        "ceiling_m": 3000,
        "height_reference": "WGS84",
        "start": format_instant(DAWN_MS + 2 * HOUR_MS),
        "end": format_instant(DAWN_MS + 3 * HOUR_MS),
        **change,
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [20.0, 40.0]},
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem of RFC 9457 with Parley's members, and shows no traceback."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.text)
    assert problem["status"] == status
    assert problem["code"] == code, problem
    assert {"type", "title", "detail", "what", "where", "at_fault", "right"} <= set(problem)
    assert problem["what"]
    assert problem["at_fault"]
    assert "Traceback" not in answer.text
    return problem
