"""One real node behind its two real servers, as its officer, anybody and a peer reach it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from parley.node.node import Node
from parley.node.ports import Store
from parley.peers import Hub
from parley.rules.agreement import Agreement
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import TOKEN, started_node
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

    async def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return await self.officer.post(path, json=body, params=params)

    async def released(self, **change: Any) -> dict[str, Any]:
        """A notice released through the API."""
        answer = await self.post("/v1/notices", draft_feature(**change), role="duty")
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def lone_node(party: str, store: Store) -> AsyncIterator[LoneNode]:
    """Started, served, and at the end stopped in order. Streams beat every 50 ms, bodies have
    half a second."""
    agreement, clock = small_agreement(), HandClock()
    node = await started_node(agreement, party, store=store, clock=clock)
    hub = Hub(node, {}, jitter=lambda: 0.0)
    app = create_app(node, operator_token=TOKEN, hub=hub, stream_beat_s=0.05, body_timeout_s=0.5)
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
            yield LoneNode(node, hub, running, door, clock, officer, anybody, peer, agreement)
    finally:
        await door.stop()
        await running.stop()
        await hub.stop()
        await node.close()


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
