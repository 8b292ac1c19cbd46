"""The watch handed over between real nodes' officers: urgent first, both sign, a restart between,
and the evidence of it verifies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from parley.ledger import verify_evidence
from parley.testing.agreements import small_agreement
from parley.testing.harness import Mechanism
from parley.testing.people import logged_in

AGREEMENT = small_agreement()
HOUR_MS = 3_600_000


@asynccontextmanager
async def at(m: Mechanism, party: str, person: str) -> AsyncIterator[httpx.AsyncClient]:
    client = await logged_in(m.url(party), person)
    try:
        yield client
    finally:
        await client.aclose()


async def answered(client: httpx.AsyncClient, ref: str) -> None:
    for rung in ("read", "accepted"):
        said = await client.post(f"/v1/items/{ref}/answers", json={"rung": rung, "role": "duty"})
        assert said.status_code == 200, said.text


async def takes(
    client: httpx.AsyncClient, ref: str, lines: list[dict[str, Any]], text: str
) -> httpx.Response:
    """The incoming signs once he has seen all that is open; links come and go meanwhile."""
    while True:
        seen = [{name: one[name] for name in ("kind", "ref", "level")} for one in lines]
        form = {"text": text, "seen_lines": seen}
        taken = await client.post(f"/v1/handover/{ref}/take", json=form)
        if taken.status_code == 200:
            return taken
        assert taken.json()["code"] == "changed", taken.text
        lines = [*lines, *taken.json()["new"]]


async def test_an_urgent_item_is_answered_before_the_watch_changes_hands(tmp_path: Path) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        async with at(m, "blue", "watch1") as one:
            assert (await one.post("/v1/handover/take-seat", json={})).status_code == 201
            said = await one.post(
                "/v1/handover/offer", json={"incoming": "watch2", "text": "A quiet night."}
            )
            ref = said.json()["ref"]
        stop = (await m.node("green").stop(role="duty", text="cease at once")).ref
        await m.settle()
        async with at(m, "blue", "watch2") as two:
            refused = await two.post(f"/v1/handover/{ref}/take", json={})
            assert (refused.status_code, refused.json()["code"]) == (409, "urgent-open")
            assert [one["ref"] for one in refused.json()["blocking"]] == [stop]
            await answered(two, stop)
        await m.settle()
        await m.fall("blue")
        await m.rise("blue")
        async with at(m, "blue", "watch1") as one, at(m, "blue", "watch2") as two:
            found = (await two.get("/v1/handover")).json()
            assert (found["seat"]["person"], found["offer"]["ref"]) == ("Avery Watch", ref)
            assert found["blocking"] == []
            taken = await takes(two, ref, found["open"], "Asked about the STOP: all ceased.")
            assert stop in {line["ref"] for line in taken.json()["open"]}
            assert (await one.delete("/v1/session")).status_code == 204
            assert (await two.delete("/v1/session")).status_code == 409
        node = m.node("blue")
        report = verify_evidence(await node.evidence([ref]), pinned=node.context.roots)
        signed = [item for item in report.items if item.type == "parley/handover/v1"]
        assert len(signed) == 2
        assert report.pinned
        assert not (await m.node("green").papers("handover")).records
        await m.check()


async def test_a_restart_keeps_who_holds_the_watch_and_a_dead_session_leaves_it(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        async with at(m, "blue", "watch1") as one:
            await one.post("/v1/handover/take-seat", json={})
            held = (await one.get("/v1/handover")).json()["seat"]
        await m.fall("blue")
        m.clock.advance(20 * HOUR_MS)
        await m.rise("blue")
        async with at(m, "blue", "watch2") as two:
            seat = (await two.get("/v1/handover")).json()["seat"]
            assert seat["state"] == "unmanned"
            assert seat["unmanned_ms"] == held["session_ends_ms"]
            why = {"why": "nobody came at the end of the shift"}
            assert (await two.post("/v1/handover/take-seat", json=why)).status_code == 201
        kinds = [e.kind for e in await m.node("blue").events()]
        assert kinds.count("watch-unmanned") == 1
        await m.check()
