"""A signed copy for each addressee: the same item everywhere, and a leak that names two parties."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import ForgedError, ProtocolError, UnknownPartyError
from parley.ledger import SigningKey, seal
from parley.node import bounded, copies
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import canonical_bytes
from parley.rules.statements import Draft, NoticeVolume, Rung, Step, Use
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import disc, minutes, notice, three_sided
from parley.wire.statement import encode

AGREEMENT = three_sided()
DRAFT = Draft("live-activity", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))
MOVED = Draft("live-activity", (NoticeVolume(Use.ACTIVITY, disc(900, span=minutes(60, 95))),))


async def world() -> dict[str, Node]:
    clock = HandClock()
    return {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    nodes = await world()
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def events(node: Node, kind: str) -> list[dict[str, object]]:
    return [dict(e.data) for e in await node.events() if e.kind == kind]


async def copies_of(node: Node) -> dict[str, bytes]:
    """The notes that wait, by the one party whom each is for."""
    found = {}
    for peer in node.context.others:
        (parcel,) = await node.parcels(peer)
        found[peer] = parcel.note
    return found


async def test_each_addressee_gets_another_note_about_the_same_item(nodes: dict[str, Node]) -> None:
    posted = await nodes["blue"].post_notice(DRAFT, role="duty", each_its_own=True)
    assert sorted(posted.copies) == ["amber", "green", "white"]
    assert len(set(posted.copies.values())) == 3
    assert posted.note_hash == posted.copies["amber"]
    notes = await copies_of(nodes["blue"])
    assert len(set(notes.values())) == 3
    await carried(nodes)
    for party in ("amber", "green"):
        record = await nodes[party].item("notice:blue-1")
        assert record.content.header.copy_for == party
        await nodes[party].answer("notice:blue-1", Rung.READ, role="duty")
    await carried(nodes)
    standings = (await nodes["blue"].item("notice:blue-1")).standings
    assert {s.party: s.rung for s in standings if s.party != "white"} == {
        "amber": Rung.READ,
        "green": Rung.READ,
    }
    assert all(s.received_ms >= 0 for s in standings)


async def test_amendments_and_steps_go_the_same_way(nodes: dict[str, Node]) -> None:
    blue = nodes["blue"]
    await blue.post_notice(DRAFT, role="duty", each_its_own=True)
    amended = await blue.amend_notice("blue-1", MOVED, role="duty")
    cancelled = await blue.step("notice:blue-1", Step.CANCEL, role="duty")
    assert len(set(amended.copies.values())) == len(set(cancelled.copies.values())) == 3
    await carried(nodes)
    assert (await nodes["green"].item("notice:blue-1")).closed
    assert (await blue.health()).pending == {}


async def test_to_nobody_there_is_one_note_and_no_copy(nodes: dict[str, Node]) -> None:
    posted = await nodes["blue"].post_notice(DRAFT, role="duty", to=[], each_its_own=True)
    assert posted.copies == {}
    assert (await nodes["blue"].item("notice:blue-1")).content.header.copy_for == ""


async def test_findings_are_the_same_with_copies_and_without_at_every_party() -> None:
    told = []
    for each_its_own in (False, True):
        nodes = await world()
        await nodes["green"].post_notice(DRAFT, role="duty", each_its_own=each_its_own)
        await nodes["blue"].post_notice(MOVED, role="duty", each_its_own=each_its_own)
        await carried(nodes)
        found = [canonical_bytes(await node.findings()) for node in nodes.values()]
        assert len(set(found)) == 1
        told += found
        for node in nodes.values():
            await node.close()
    assert len(set(told)) == 1


async def test_a_copy_for_another_is_refused_and_logged_once(nodes: dict[str, Node]) -> None:
    await nodes["blue"].post_notice(DRAFT, role="duty", each_its_own=True)
    leaked = (await copies_of(nodes["blue"]))["amber"]
    green = nodes["green"]
    size = (await green.health()).log_size
    for _ in range(2):
        (outcome,) = await green.receive([leaked], carrier="white")
        assert isinstance(outcome.refused, ProtocolError)
        assert outcome.refused.at_fault == "unknown: whoever handed it on"
    (entry,) = await green.log_entries(size, size + 9)
    assert (entry.kind.label, entry.type) == ("observed", "parley/leak/v1")
    assert entry.body["copy_for"] == "amber"
    (event,) = await events(green, "leak")
    assert (event["author"], event["copy_for"], event["carrier"]) == ("blue", "amber", "white")
    await carried(nodes)
    assert (await green.item("notice:blue-1")).content.header.copy_for == "green"


async def test_leaks_are_bounded_an_hour_and_then_counted() -> None:
    node = await started_node(AGREEMENT, "green")
    size = (await node.health()).log_size
    ref = context_of(AGREEMENT, "blue").agreement_ref
    for number in range(1, bounded.FAULTS_AN_HOUR + 6):
        words = notice(disc(), number=number)
        header = replace(words.header, agreement=ref, copy_for="amber")
        note = seal(*encode(replace(words, header=header)), signing_key("blue"))
        await node.receive([note])
    assert (await node.health()).log_size == size + bounded.FAULTS_AN_HOUR
    await node.check_node(MemoryStore())
    await node.close()


async def test_a_trace_names_author_and_addressee(nodes: dict[str, Node]) -> None:
    await nodes["blue"].post_notice(DRAFT, role="duty", each_its_own=True)
    note = (await copies_of(nodes["blue"]))["amber"]
    ring = nodes["white"].context.ring
    found = copies.trace(note, ring)
    assert (found.author, found.copy_for, found.item) == ("blue", "amber", "blue-1")
    assert found.left == ("blue", "amber")
    plain = (await nodes["green"].post_notice(DRAFT, role="duty")).note
    assert copies.trace(plain, ring).left == ("green", "amber", "blue", "white")
    with pytest.raises(ForgedError):
        copies.trace(note.replace(b'"copy_for":"amber"', b'"copy_for":"green"'), ring)
    words = notice(disc(), number=2)
    with pytest.raises(UnknownPartyError):
        copies.trace(seal(*encode(words), SigningKey("red", b"\x07" * 32)), ring)
    with pytest.raises(ForgedError, match="in the name of 'blue'"):
        copies.trace(seal(*encode(words), signing_key("amber")), ring)
