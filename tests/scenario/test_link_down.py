"""Links that break under load, nodes that are killed: nothing lost, nothing doubled, order kept.

Real sockets, real signatures, real SQLite; each test ends in check_node on every party.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.node.node import Node
from parley.node.ports import Store
from parley.node.views import JournalEvent
from parley.rules.statements import Rung
from parley.testing.agreements import small_agreement, transit
from parley.testing.fakes import FailingStore
from parley.testing.harness import QUICK, Mechanism

BURST = 5_000


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def received(node: Node, by: str) -> list[bytes]:
    """Notes of another party in a node's log, in the order of the log (receipts are not)."""
    found: list[bytes] = []
    start = 0
    while entries := await node.log_entries(start, start + 1000):
        found += [
            e.note
            for e in entries
            if e.kind.label == "received" and e.by == by and e.type != "parley/receipt/v1"
        ]
        start += len(entries)
    return found


async def link_events(node: Node, peer: str) -> list[bool]:
    """Ups and downs of one link as the journal has them."""
    found: list[JournalEvent] = []
    after = 0
    while batch := await node.events(after):
        found += [e for e in batch if e.kind == "link" and e.data["peer"] == peer]
        after = batch[-1].seq
    return [bool(e.data["up"]) for e in found]


async def both_up(m: Mechanism, a: str, b: str, *, up: bool = True) -> None:
    def so(party: str, peer: str) -> bool:
        return any(link.peer == peer and link.up is up for link in m.node(party).links())

    await asyncio.gather(
        m.until(a, lambda: so(a, b)),
        m.until(b, lambda: so(b, a)),
    )


@pytest.mark.slow
async def test_a_burst_through_a_link_that_is_cut_in_the_middle(tmp_path: Path) -> None:
    """Heartbeats slow enough that a busy machine is not taken for a link that is down."""
    async with Mechanism(small_agreement(), tmp_path, pace=replace(QUICK, heartbeat_s=2.0)) as m:
        blue, green = m.node("blue"), m.node("green")
        await both_up(m, "blue", "green")
        said: list[bytes] = []

        async def burst(until: int) -> None:
            while len(said) < until:
                posted = await blue.post_notice(transit(len(said)), role="duty", to=["green"])
                said.append(posted.note)
                m.hub("blue").wake()

        await burst(500)
        bursting = asyncio.create_task(burst(BURST - 500))
        await m.until("blue", lambda: len(said) > 700)
        await m.cut("blue", "green")
        await both_up(m, "blue", "green", up=False)
        await bursting
        assert (await blue.health()).pending["green"] > 1_000
        m.heal("blue", "green")
        await burst(BURST)
        await both_up(m, "blue", "green")
        await m.settle("blue", "green")

        assert len(set(said)) == BURST
        assert await received(green, "blue") == said
        assert await link_events(blue, "green") == [False, True, False, True]
        assert await link_events(green, "blue") == [False, True, False, True]
        assert (await blue.health()).refused_by_peers == 0
        await m.check()


async def test_a_peer_that_is_killed_goes_on_from_its_database(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        blue = m.node("blue")
        said = []
        for number in range(400):
            posted = await blue.post_notice(transit(number), role="duty", to=["green"])
            said.append(posted.note)
        m.hub("blue").wake()
        green = m.node("green")
        while (await green.health()).log_size < 20:
            await green.wait_for_event()
        await m.fall("green")
        for number in range(400, 500):
            posted = await blue.post_notice(transit(number), role="duty", to=["green"])
            said.append(posted.note)
        await m.rise("green")
        await both_up(m, "blue", "green")
        await m.settle("blue", "green")
        assert await received(m.node("green"), "blue") == said
        await m.check()


async def test_a_sender_that_is_killed_sends_the_rest_when_it_is_back(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        await m.cut("blue", "green")
        blue = m.node("blue")
        said = [
            (await blue.post_notice(transit(n), role="duty", to=["green"])).note for n in range(50)
        ]
        await m.fall("blue")
        m.heal("blue", "green")
        await m.rise("blue")
        await m.settle("blue", "green")
        assert await received(m.node("green"), "blue") == said
        await m.check()


async def test_both_talk_while_the_link_flaps(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:

        async def talk(party: str) -> list[bytes]:
            said = []
            for number in range(60):
                posted = await m.node(party).post_notice(transit(number), role="duty")
                said.append(posted.note)
                m.hub(party).wake()
            return said

        async def flap() -> None:
            for _ in range(5):
                await m.cut("blue", "green")
                await asyncio.sleep(0)
                m.heal("blue", "green")

        of_blue, of_green, _ = await asyncio.gather(talk("blue"), talk("green"), flap())
        await m.settle()
        assert await received(m.node("green"), "blue") == of_blue
        assert await received(m.node("blue"), "green") == of_green
        assert await received(m.node("white"), "blue") == of_blue
        assert await received(m.node("white"), "green") == of_green
        await m.check()


@pytest.mark.parametrize("persist_first", [False, True])
async def test_a_receiver_whose_store_fails_gets_it_again(
    tmp_path: Path, persist_first: bool
) -> None:
    def fails(inner: Store) -> Store:
        return FailingStore(inner, persist_first=persist_first, times=0)

    async with Mechanism(small_agreement(), tmp_path, wrap={"green": fails}) as m:
        blue = m.node("blue")
        store = m.store("green")
        assert isinstance(store, FailingStore)
        store.fail_next(3)
        said = [
            (await blue.post_notice(transit(n), role="duty", to=["green"])).note for n in range(20)
        ]
        m.hub("blue").wake()
        await m.settle("blue", "green")
        assert store.failures == 3
        assert await received(m.node("green"), "blue") == said
        await m.check()


async def test_an_answer_comes_back_and_both_agree_on_what_stands(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        posted = await m.node("blue").post_notice(transit(0), role="duty")
        m.hub("blue").wake()
        await m.settle("blue")
        green = m.node("green")
        await green.answer(posted.ref, Rung.READ, role="duty")
        await green.answer(posted.ref, Rung.ACCEPTED, role="duty")
        m.hub("green").wake()
        await m.settle()
        records = [(await m.node(p).item(posted.ref)) for p in m.parties]
        assert {r.standing("green").rung for r in records} == {Rung.ACCEPTED}
        await m.check()
