"""Safety messages flow whatever the evidence machinery does; silence and leaks leave evidence.

Real sockets, mutual TLS, SQLite on disk; each test ends in check_node on every party.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from parley.node.node import Node
from parley.node.ports import Store
from parley.node.views import Parcel
from parley.peers.answers import notes_body
from parley.peers.courier import NOTES_PATH
from parley.peers.line import Line
from parley.peers.tls import PeerClient
from parley.rules.statements import Step
from parley.testing.agreements import small_agreement, transit
from parley.testing.fakes import FailingStore
from parley.testing.harness import TOKEN, Mechanism, tls_of

FOR_EVER = 10**9
OFFICER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def disks(*parties: str) -> tuple[dict[str, FailingStore], dict[str, Callable[[Store], Store]]]:
    """Stores of these parties that can be filled, and how a mechanism puts them in."""
    found: dict[str, FailingStore] = {}

    def around(party: str) -> Callable[[Store], Store]:
        def wrapped(inner: Store) -> Store:
            found[party] = FailingStore(inner, fail_after=FOR_EVER)
            return found[party]

        return wrapped

    return found, {party: around(party) for party in parties}


async def eventually(node: Node, true: Callable[[], Awaitable[bool]]) -> None:
    """Returns when it holds; looks again after each write of the node."""
    while True:
        bell = asyncio.create_task(node.wait_for_event())
        await asyncio.sleep(0)
        if await true():
            bell.cancel()
            return
        await bell


async def has(node: Node, ref: str) -> bool:
    return any(record.ref == ref for record in await node.items(limit=1000))


def ask(m: Mechanism, party: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=m.url(party), headers=OFFICER, timeout=30)


async def test_a_stop_from_a_full_disk_reaches_everybody_and_is_logged_when_there_is_room(
    tmp_path: Path,
) -> None:
    disk, wrap = disks("blue")
    async with Mechanism(small_agreement(), tmp_path, wrap=wrap) as m, ask(m, "blue") as officer:
        for number in range(3):
            await m.node("blue").post_notice(transit(number), role="duty")
        await m.settle()
        disk["blue"].fail_next(FOR_EVER)
        answer = await officer.post("/v1/stop", json={"role": "duty", "text": "cease"})
        assert answer.status_code == 201, answer.text
        said = answer.json()
        assert (said["logged"], said["witnessed"]) == (False, False)
        assert "lost if this node stops" in said["warning"]
        for party in ("green", "white"):
            await eventually(m.node(party), lambda party=party: has(m.node(party), said["ref"]))  # type: ignore[misc]
        health = (await officer.get("/v1/health")).json()
        assert health["afloat"] == 1
        refused = await officer.post("/v1/reports", json={})
        assert refused.status_code == 422
        disk["blue"].fail_next(0)
        await m.node("blue").tick()
        await m.settle()
        assert (await officer.get(f"/v1/items/{said['ref']}")).json()["author"] == "blue"
        entries = await m.node("blue").log_entries(0, 1000)
        assert said["note"].encode() in [e.note for e in entries]
        await m.check()


async def test_a_stop_that_cannot_be_kept_is_shown_at_once_and_receipted_when_it_can(
    tmp_path: Path,
) -> None:
    disk, wrap = disks("green")
    async with Mechanism(small_agreement(), tmp_path, wrap=wrap) as m, ask(m, "green") as officer:
        await m.settle()
        disk["green"].fail_next(FOR_EVER)
        async with officer.stream("GET", "/v1/events") as stream:
            lines = stream.aiter_lines()
            stop = await m.node("blue").stop(role="duty")
            m.hub("blue").wake()
            async for line in lines:
                if line.startswith("data:"):
                    event = json.loads(line[5:])
                    break
        assert (event["kind"], event["seq"]) == ("afloat-received", 0)
        assert event["data"]["ref"] == stop.ref
        health = (await officer.get("/v1/health")).json()
        assert [alarm["kind"] for alarm in health["alarms"]] == ["afloat-received"]
        assert not await has(m.node("green"), stop.ref)
        disk["green"].fail_next(0)
        await m.settle("blue")
        assert await has(m.node("green"), stop.ref)
        assert m.node("green").alarms() == ()
        await m.check()


async def test_a_node_that_stops_before_it_logged_has_only_the_others_to_tell(
    tmp_path: Path,
) -> None:
    disk, wrap = disks("blue")
    async with Mechanism(small_agreement(), tmp_path, wrap=wrap) as m:
        await m.settle()
        disk["blue"].fail_next(FOR_EVER)
        stop = await m.node("blue").stop(role="duty")
        m.hub("blue").wake()
        await eventually(m.node("green"), lambda: has(m.node("green"), stop.ref))
        await m.fall("blue")
        await m.rise("blue")
        await m.settle()
        assert not await has(m.node("blue"), stop.ref)
        assert (await m.node("green").item(stop.ref)).author == "blue"
        await m.check()


async def test_a_lost_all_clear_is_no_lost_stop(tmp_path: Path) -> None:
    """Both float, the all-clear behind the STOP; both are logged in that order."""
    disk, wrap = disks("blue")
    async with Mechanism(small_agreement(), tmp_path, wrap=wrap) as m:
        await m.settle()
        disk["blue"].fail_next(FOR_EVER)
        stop = await m.node("blue").stop(role="duty")
        await m.node("blue").step(stop.ref, Step.ALL_CLEAR, role="duty")
        m.hub("blue").wake()

        async def lifted() -> bool:
            records = await m.node("green").items()
            return any(record.ref == stop.ref and record.closed for record in records)

        await eventually(m.node("green"), lifted)
        disk["blue"].fail_next(0)
        await m.node("blue").tick()
        await m.settle()
        assert (await m.node("blue").item(stop.ref)).closed
        await m.check()


async def test_a_third_party_hands_over_what_a_cut_link_keeps_back(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m, ask(m, "blue") as officer:
        await m.settle()
        await m.cut("blue", "green")
        posted = await m.node("blue").post_notice(transit(1), role="duty")
        form = {"note": posted.ref, "to": "green", "via": "white"}
        asked = await officer.post("/v1/challenges", json=form)
        assert asked.status_code == 201, asked.text

        async def settled() -> bool:
            return not await m.node("blue").parcels("green")

        await eventually(m.node("blue"), settled)
        (one,) = (await officer.get("/v1/challenges")).json()["challenges"]
        assert (one["via"], one["outcome"]) == ("white", "receipt")
        assert await has(m.node("green"), posted.ref)
        m.heal("blue", "green")
        await m.settle()
        await m.check()


async def test_a_party_that_answers_nobody_is_testified_about_not_proved_guilty(
    tmp_path: Path,
) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        await m.settle()
        await m.fall("green")
        posted = await m.node("blue").post_notice(transit(1), role="duty")
        await m.node("blue").challenge(posted.note_hash, to="green", via="white")
        m.hub("blue").wake()

        async def told() -> bool:
            return any(one.outcome for one in await m.node("blue").challenges())

        await eventually(m.node("blue"), told)
        (one,) = await m.node("blue").challenges()
        assert one.outcome == "no answer"
        assert len(await m.node("blue").parcels("green")) == 1
        assert await m.node("blue").trust.faults.exhibits() == []
        await m.rise("green")
        await m.settle()
        assert await has(m.node("green"), posted.ref)
        await m.check()


async def test_a_leaked_copy_is_refused_at_the_door_and_names_who_could_have_let_it_go(
    tmp_path: Path,
) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m, ask(m, "blue") as officer:
        drafted = transit(1)
        posted = await m.node("blue").post_notice(drafted, role="duty", each_its_own=True)
        mine = [e.note for e in await m.node("blue").log_entries(0, 100)]
        await m.settle()
        leaked = next(n for n in mine if b'"copy_for":"green"' in n)
        assert len(posted.copies) == 2
        port = m._doors["white"]
        url = f"https://127.0.0.1:{port}"
        client = PeerClient("white", url, tls_of("green", lambda: m.certificates))
        body = notes_body([Parcel(0, leaked)])
        answer = await Line(client, url).post(NOTES_PATH, body, "application/json", timeout_s=20)
        await client.aclose()
        (result,) = json.loads(answer.body)["results"]
        assert result["refused"]["code"] == "protocol"
        events = [e for e in await m.node("white").events() if e.kind == "leak"]
        assert [(e.data["author"], e.data["copy_for"], e.data["carrier"]) for e in events] == [
            ("blue", "green", "green")
        ]
        assert (await m.node("white").item(posted.ref)).content.header.copy_for == "white"
        assert (await officer.get("/v1/health")).status_code == 200
        await m.check()
