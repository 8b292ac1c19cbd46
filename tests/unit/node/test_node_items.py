"""What officers do with items, and the names and marks these carry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import InputError, IntegrityError, ProtocolError
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Kind
from parley.rules.statements import Draft, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import disc, minutes, place, three_sided

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    clock = HandClock()
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def test_names_taken_by_hand_are_passed_over(nodes: dict[str, Node]) -> None:
    """STOP must not fail because somebody called a draft blue-2."""
    blue = nodes["blue"]
    for number in (1, 2, 4):
        await blue.post_notice(replace(DRAFT, item=f"blue-{number}"), role="duty")
    refs = [(await blue.stop(role="duty")).ref for _ in range(2)]
    assert refs == ["stop:blue-3", "stop:blue-5"]
    with pytest.raises(ProtocolError, match="out of turn"):
        await blue.post_notice(replace(DRAFT, item="blue-1", text="other"), role="duty")
    with pytest.raises(ProtocolError, match="does not carry the name"):
        await blue.post_notice(replace(DRAFT, item="green-1"), role="duty")


async def test_only_ones_own_items_are_changed_and_the_officer_is_told(
    nodes: dict[str, Node],
) -> None:
    await nodes["blue"].post_notice(DRAFT, role="duty")
    report = await nodes["blue"].report(
        role="duty",
        third_party="battery",
        phase=Phase.OPEN,
        area=Area.circle(place(), 10),
        since_ms=0,
    )
    await carried(nodes)
    green = nodes["green"]
    with pytest.raises(InputError, match="belongs to blue, not to us"):
        await green.step("notice:blue-1", Step.CANCEL, role="duty")
    with pytest.raises(InputError, match="belongs to blue, not to us"):
        await green.amend_notice("blue-1", DRAFT, role="duty")
    with pytest.raises(InputError, match="belongs to blue, not to us"):
        await green.report(
            role="duty",
            third_party="battery",
            phase=Phase.CEASED,
            area=Area.circle(place(), 10),
            since_ms=0,
            item=report.ref.partition(":")[2],
        )


async def test_everything_about_an_exercise_carries_its_mark(nodes: dict[str, Node]) -> None:
    await nodes["blue"].post_notice(DRAFT, role="duty", exercise=True)
    await carried(nodes)
    await nodes["green"].answer("notice:blue-1", Rung.READ, role="duty")
    await nodes["blue"].amend_notice("blue-1", DRAFT, role="duty")
    await nodes["blue"].step("notice:blue-1", Step.CANCEL, role="duty")
    await carried(nodes)
    said = [e.body for e in await nodes["amber"].log_entries(1, 99) if "item" in e.body]
    assert len(said) == 4
    assert all(body["exercise"] is True for body in said)


async def test_observer_hears_and_is_not_asked(nodes: dict[str, Node]) -> None:
    await nodes["blue"].post_notice(DRAFT, role="duty")
    await carried(nodes)
    assert len(await nodes["white"].items()) == 1
    with pytest.raises(ProtocolError, match="not addressed to 'white' for an answer"):
        await nodes["white"].answer("notice:blue-1", Rung.READ, role="watch")
    standings = (await nodes["blue"].item("notice:blue-1")).standings
    assert [(s.party, s.received_ms >= 0) for s in standings] == [("amber", True), ("green", True)]


async def test_presence_is_checked_and_never_sent(nodes: dict[str, Node]) -> None:
    """Green finds its people in blue's hazard; blue's node does not learn that they exist."""
    held = await nodes["green"].protect("people", disc(6_500, span=minutes(0, 999)), role="duty")
    await nodes["blue"].post_notice(replace(DRAFT, activity_class="live-activity"), role="duty")
    await carried(nodes)
    ours = [f for f in await nodes["green"].findings() if f.kind is Kind.BYSTANDER]
    assert [f.refs for f in ours] == [("notice:blue-1", held.ref)]
    theirs = await nodes["blue"].findings()
    assert not any("presence" in ref for f in theirs for ref in f.refs)
    assert (await nodes["green"].health()).pending == {}
    await nodes["green"].unprotect(held.ref.partition(":")[2], role="duty")
    assert not [f for f in await nodes["green"].findings() if f.kind is Kind.BYSTANDER]


async def test_one_bystander_hides_no_other_conflict(nodes: dict[str, Node]) -> None:
    """Three in one place: each pair is found, whoever came first."""
    for party in ("amber", "blue", "green"):
        await nodes[party].post_notice(replace(DRAFT, activity_class="live-activity"), role="duty")
        await nodes[party].protect("people", disc(span=minutes(0, 999)), role="duty")
    await carried(nodes)
    pairs = {
        ("notice:amber-1", "notice:blue-1"),
        ("notice:amber-1", "notice:green-1"),
        ("notice:blue-1", "notice:green-1"),
    }
    for node in nodes.values():
        found = await node.findings()
        assert {f.refs for f in found if f.kind is Kind.CONFLICT} == pairs


async def test_audit_names_a_record_that_does_not_follow(nodes: dict[str, Node]) -> None:
    clock, store = HandClock(), MemoryStore()
    node = await started_node(AGREEMENT, "blue", store=store, clock=clock)
    await node.post_notice(DRAFT, role="duty")
    await node.check_node(MemoryStore())
    await store.write(lambda tx: tx.records.put("finding", "conflict|a|b", b"{}"))
    with pytest.raises(IntegrityError, match="conflict"):
        await node.check_node(MemoryStore())
    await store.write(lambda tx: tx.records.delete("finding", "conflict|a|b"))
    await node.check_node(MemoryStore())
    await store.write(lambda tx: tx.records.delete("item", "notice:blue-1"))
    with pytest.raises(IntegrityError, match="notice:blue-1"):
        await node.check_node(MemoryStore())


async def test_check_finds_what_posting_finds_and_keeps_nothing(nodes: dict[str, Node]) -> None:
    await nodes["green"].post_notice(DRAFT, role="duty")
    await carried(nodes)
    before = await nodes["blue"].health()
    live = replace(DRAFT, activity_class="live-activity", item="blue-1")
    checked = await nodes["blue"].check(live)
    assert await nodes["blue"].health() == before
    posted = await nodes["blue"].post_notice(live, role="duty")
    assert list(posted.findings) == checked
    assert Kind.CONFLICT in {f.kind for f in checked}


async def test_lead_time_that_was_kept_is_told_and_does_not_stand(nodes: dict[str, Node]) -> None:
    posted = await nodes["blue"].post_notice(DRAFT, role="duty")
    assert [(f.kind, f.codes) for f in posted.findings] == [(Kind.LEAD_TIME, ("timely",))]
    await carried(nodes)
    for node in nodes.values():
        assert await node.findings() == []
