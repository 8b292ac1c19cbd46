"""Statements, receipts, rosters and cosigned heads move by file exactly as by network."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from parley.errors import PeerError, UnknownPartyError
from parley.ledger import Kind, Term, open_roster, seal_roster, verify_evidence
from parley.node.context import Context
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.acknowledgement import expected_read_back
from parley.rules.statements import Notice, Rung, Step
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of, started_node
from parley.testing.keys import own_keys, root_key, roster_of
from parley.wire.parcelfile import (
    LEAST_PARCEL_BYTES,
    MAX_PARCEL_BYTES,
    read_parcel,
    write_parcel,
)
from parley.wire.statement import ANSWER, ITEM_EVENT, NONCONFORMANCE, NOTICE, STOP

Nodes = Mapping[str, Node]
Carrier = Callable[[Nodes], Awaitable[None]]


@asynccontextmanager
async def world() -> AsyncIterator[tuple[dict[str, Node], HandClock]]:
    """Blue and green, started, with no network between them; both hold at the end."""
    clock = HandClock()
    nodes = {
        party: await started_node(small_agreement(), party, clock=clock)
        for party in ("blue", "green")
    }
    yield nodes, clock
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def by_stick(nodes: Nodes, max_bytes: int = MAX_PARCEL_BYTES) -> None:
    """A stick goes there and back until neither waits for anything; twice more for the heads."""
    blue, green = nodes["blue"], nodes["green"]
    rounds = 2
    while rounds:
        waiting = await blue.parcels("green", 1) or await green.parcels("blue", 1)
        for a, b in ((blue, green), (green, blue)):
            for data in await files(a, b.context.party, max_bytes):
                report = await b.carry_in(data)
                assert not [p for p in report.parts if p.refused]
        rounds -= not waiting


async def files(node: Node, peer: str, max_bytes: int) -> list[bytes]:
    """All files for a peer."""
    found: list[bytes] = []
    cursor = ""
    while not found or cursor:
        packed = await node.carry_out(peer, max_bytes=max_bytes, cursor=cursor)
        found.append(packed.data)
        cursor = packed.next
    return found


async def proved(node: Node) -> set[tuple[str, bytes, tuple[str, ...]]]:
    """The statements that the evidence about all items proves: type, hash, whose receipts."""
    refs = [record.ref for record in await node.items()]
    report = verify_evidence(await node.evidence(refs), pinned=node.context.roots)
    return {
        (item.type, item.note_hash, tuple(sorted(r.by.name for r in item.receipts)))
        for item in report.items
        if item.type in (NOTICE, ANSWER, STOP, NONCONFORMANCE, ITEM_EVENT)
    }


async def by_network(nodes: Nodes) -> None:
    await carried(nodes)


async def conversation(nodes: dict[str, Node], clock: HandClock, carry: Carrier) -> None:
    """A notice, read and accepted; STOP and its all-clear; a flight that does not conform until
    it does; each carried before the next."""
    blue, green = nodes["blue"], nodes["green"]

    async def later() -> None:
        clock.advance(20_000)
        await carry(nodes)
        clock.advance(1_000)

    posted = await blue.post_notice(transit(1), role="duty", to=["green"])
    await later()
    await green.answer(posted.ref, Rung.READ, role="duty")
    await later()
    words = (await green.item(posted.ref)).content
    assert isinstance(words, Notice)
    back = expected_read_back(words)
    await green.answer(posted.ref, Rung.READ_BACK, role="duty", read_back=back)
    await later()
    await green.answer(posted.ref, Rung.ACCEPTED, role="duty")
    await later()
    stop = await green.stop(role="duty", text="stop all")
    await later()
    await blue.answer(stop.ref, Rung.READ, role="duty")
    await later()
    await green.step(stop.ref, Step.ALL_CLEAR, role="duty")
    await later()
    off = await blue.announce_nonconformance(
        role="duty", notice=words.item, codes=["overdue"], since_ms=clock()
    )
    await later()
    await green.answer(off.ref, Rung.READ, role="duty")
    await later()
    await blue.step(off.ref, Step.ALL_CLEAR, role="duty")
    await later()


async def shared(node: Node) -> tuple[object, ...]:
    """What both sides have to agree about: items with their answers, and findings about them."""
    items = tuple(
        (r.ref, r.version, r.state, tuple((s.party, s.rung, s.number) for s in r.standings))
        for r in await node.items()
    )
    findings = tuple(sorted((f.kind, f.refs, f.parties, f.from_ms) for f in await node.findings()))
    return items, findings


@pytest.mark.parametrize("max_bytes", [MAX_PARCEL_BYTES, LEAST_PARCEL_BYTES])
async def test_a_conversation_by_stick_ends_as_by_network(max_bytes: int) -> None:
    async def small_sticks(nodes: Nodes) -> None:
        await by_stick(nodes, max_bytes)

    ends: list[tuple[object, ...]] = []
    proofs: list[set[tuple[str, bytes, tuple[str, ...]]]] = []
    for carry in (small_sticks, by_network):
        async with world() as (nodes, clock):
            await conversation(nodes, clock, carry)
            blue, green = await shared(nodes["blue"]), await shared(nodes["green"])
            assert blue == green
            ends.append(blue)
            for node in nodes.values():
                assert set(await node.pending()) <= {"white"}
                proofs.append(await proved(node))
    assert ends[0] == ends[1]
    assert proofs[:2] == proofs[2:]
    assert len(proofs[0]) == 10


async def test_heads_are_cosigned_by_stick_and_bound_the_evidence() -> None:
    async with world() as (nodes, clock):
        await conversation(nodes, clock, by_stick)
        for node, other in (("blue", "green"), ("green", "blue")):
            witnessed = nodes[node].witnessed()
            assert witnessed.size == witnessed.by[other][0]
            health = await nodes[node].health()
            assert witnessed.size >= health.log_size - 4
            assert (health.exhibits, health.suspicions) == (0, 0)


async def test_lost_doubled_and_shuffled_files_lose_and_double_nothing() -> None:
    """Every file is thrown away, repeated or delayed by a fixed draw; the last ones arrive."""
    draw = random.Random(5)
    async with world() as (nodes, clock):
        blue, green = nodes["blue"], nodes["green"]
        late: list[tuple[Node, bytes]] = []
        said: dict[str, list[bytes]] = {"blue": [], "green": []}
        for number in range(24):
            clock.advance(1_000)
            node, other = (blue, green) if number % 2 else (green, blue)
            party, peer = node.context.party, other.context.party
            posted = await node.post_notice(transit(number), role="duty", to=[peer])
            said[party].append(posted.note)
            late.append((other, (await node.carry_out(peer)).data))
            draw.shuffle(late)
            for _ in range(draw.randrange(3)):
                if late:
                    to, data = late.pop() if draw.random() < 0.7 else late[-1]
                    await to.carry_in(data)
            if late and draw.random() < 0.2:
                late.pop()
        clock.advance(1_000)
        await by_stick(nodes)
        for to, data in late:
            await to.carry_in(data)
        for node, by in ((green, "blue"), (blue, "green")):
            assert await node.pending() == {}
            entries = await node.log_entries(0, 1_000)
            got = [e.note for e in entries if e.kind is Kind.RECEIVED and e.by == by]
            notices = [note for note in got if note.startswith(b"parley/notice/")]
            assert sorted(notices) == sorted(said[by])
            assert len(set(got)) == len(got)
        assert await shared(blue) == await shared(green)


async def test_network_and_stick_at_once() -> None:
    async with world() as (nodes, clock):
        blue, green = nodes["blue"], nodes["green"]
        for number in range(0, 12, 3):
            clock.advance(5_000)
            for n in range(3):
                await blue.post_notice(transit(number + n), role="duty", to=["green"])
            file = (await blue.carry_out("green")).data
            await asyncio.gather(green.carry_in(file), carried(nodes))
            await blue.carry_in((await green.carry_out("blue")).data)
        assert await blue.pending() == {}
        assert len(await green.items()) == 12


async def test_a_rotated_key_is_believed_by_file_alone() -> None:
    """The roster goes in the order of the log: what the new key signed comes behind it."""
    clock = HandClock()
    store = MemoryStore()
    old = await started_node(small_agreement(), "blue", store=store, clock=clock)
    green = await started_node(small_agreement(), "green", clock=clock)
    await old.post_notice(transit(1), role="duty", to=["green"])
    before = (await old.carry_out("green")).data
    size = (await old.health()).log_size
    blue = Node(rotated("blue", size), store, clock, counting_salts("blue again"))
    await blue.start()
    clock.advance(1_000)
    await blue.post_notice(transit(2), role="duty", to=["green"])
    after = read_parcel((await blue.carry_out("green")).data)
    assert after.notes[1].startswith(b"parley/roster/")

    early = await green.carry_in(write_parcel(replace(after, notes=after.notes[2:])))
    assert [type(p.refused) for p in early.parts if p.kind == "note"] == [UnknownPartyError]
    report = await green.carry_in(write_parcel(after))
    assert report.count("note") == 3
    assert (await green.ring()).roster("blue").serial == 2
    assert (await green.carry_in(before)).count("note", refused=True) == 0
    await by_stick({"blue": blue, "green": green})
    assert await blue.parcels("green") == []
    assert (await green.health()).exhibits == 0
    for node in (blue, green):
        await node.check_node(MemoryStore())
        await node.close()


def rotated(party: str, size: int) -> Context:
    """The context of a party whose root signed a second roster with another note key."""
    first = roster_of(party)
    keys = own_keys(party, note="second key")
    roster = replace(
        first,
        serial=2,
        terms=(
            replace(first.terms[0], last=size + 1, why="rotated"),
            Term(keys.note.verifier, 1, size),
        ),
    )
    context = context_of(small_agreement(), party)
    others = tuple(note for note in context.rosters if open_roster(note).party != party)
    return replace(context, keys=keys, rosters=(seal_roster(roster, root_key(party)), *others))


async def test_what_is_wrong_with_a_file_leaves_nothing_half_written() -> None:
    async with world() as (nodes, _):
        blue, green = nodes["blue"], nodes["green"]
        await blue.post_notice(transit(1), role="duty", to=["green"])
        file = (await blue.carry_out("green")).data
        size = (await green.health()).log_size
        deep = b"[" * 50_000 + b"]" * 50_000
        for bad in (
            file[: len(file) // 2],
            file.replace(b"green", b"greem", 1),
            write_parcel(replace(read_parcel(file), to="white")),
            b"parley/parcel/v1\n" + deep + b"\n",
            file + file,
            bytes(range(256)) * 100,
        ):
            with pytest.raises(PeerError):
                await green.carry_in(bad)
        assert (await green.health()).log_size == size
        await by_stick(nodes)
        assert await blue.pending() == {}
