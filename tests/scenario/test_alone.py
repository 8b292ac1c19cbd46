"""A party whose counterpart has nothing, not even a key: findings, verdicts, log, evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from parley.errors import InputError
from parley.ledger import verify_evidence, verify_log
from parley.node.context import Context
from parley.node.node import Node
from parley.rules.findings import Kind
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of
from parley.testing.keys import roster_note
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, sighting, three_sided

NOW = disc(span=minutes(10, 60))


def draft(kind: str = "transit") -> Draft:
    return Draft(kind, (NoticeVolume(Use.ACTIVITY, NOW),))


async def lonely(path: Path, clock: HandClock) -> Node:
    """Green's node, which holds its own key only."""
    whole = context_of(three_sided(), "green")
    rosters = (roster_note("green"),)
    context = Context("green", whole.agreement, whole.agreement_ref, whole.keys, rosters)
    store = await SqliteStore.open(path / "green.db")
    node = Node(context, store, clock, counting_salts())
    await node.start()
    return node


async def test_node_without_a_counterpart_is_useful(tmp_path: Path) -> None:
    clock = HandClock()
    node = await lonely(tmp_path, clock)
    assert node.context.others == ()
    await node.protect("a convoy", disc(3_000, span=minutes(0, 300)), role="duty")
    before = {f.kind for f in await node.check(draft("live-activity"))}
    posted = await node.post_notice(draft("live-activity"), role="duty", to=())
    assert {f.kind for f in posted.findings} == before
    assert before == {Kind.LEAD_TIME, Kind.BYSTANDER, Kind.NO_ALL_CLEAR}
    assert [f.codes for f in posted.findings if f.kind is Kind.LEAD_TIME] == [("late",)]
    clock.advance(11 * MINUTE_MS)
    (wrong,) = await node.observe([sighting(0, 40_000, owner="green", at_min=11)])
    assert wrong.kind is Kind.PLACE_MISMATCH
    clock.advance(60 * MINUTE_MS)
    assert Kind.UNACKNOWLEDGED not in {f.kind for f in await node.findings()}
    await node.step(posted.ref, Step.ALL_CLEAR, role="duty")
    stop = await node.stop(role="duty", text="for the log")
    for ref in (posted.ref, stop.ref):
        proven = verify_evidence(await node.evidence([ref]), pinned=node.context.roots)
        assert proven.pinned
        assert {i.entry.kind.label for i in proven.items} == {"keys", "decision", "sent"}
    log = verify_log(await node.log_file(), pinned=node.context.roots)
    assert (log.size, log.key_pinned) == ((await node.health()).log_size, True)
    await node.check_node(MemoryStore())
    await node.close()


async def test_what_is_addressed_to_somebody_without_a_node_waits(tmp_path: Path) -> None:
    clock = HandClock()
    node = await lonely(tmp_path, clock)
    posted = await node.post_notice(draft(), role="duty")
    clock.advance(20 * MINUTE_MS)
    owing = [f for f in await node.findings() if f.kind is Kind.UNACKNOWLEDGED]
    assert [f.refs[1] for f in owing] == ["party:amber", "party:blue"]
    assert all(f.measured == {"received": 0} for f in owing)
    assert (await node.health()).pending == {"amber": 1, "blue": 1, "white": 1}
    assert [p.note for p in await node.parcels("blue")] == [posted.note]
    await node.check_node(MemoryStore())
    await node.close()


async def test_log_alone_gives_the_node_back(tmp_path: Path) -> None:
    """Closed and opened again, it stands where it stood, and counts on."""
    clock = HandClock()
    node = await lonely(tmp_path, clock)
    first = await node.post_notice(draft(), role="duty", to=())
    found = await node.findings()
    await node.close()
    again = await lonely(tmp_path, clock)
    assert await again.findings() == found
    second = await again.post_notice(replace(draft(), text="another"), role="duty", to=())
    assert (first.ref, second.ref) == ("notice:green-1", "notice:green-2")
    await again.check_node(MemoryStore())
    await again.close()


async def test_refused_input_leaves_nothing_behind(tmp_path: Path) -> None:
    node = await lonely(tmp_path, HandClock())
    size = (await node.health()).log_size
    for bad in (replace(draft(), volumes=()), replace(draft(), activity_class="party")):
        with pytest.raises(InputError) as caught:
            await node.post_notice(bad, role="duty")
        assert caught.value.right
    assert (await node.health()).log_size == size
    assert await node.findings() == []
    await node.check_node(MemoryStore())
    await node.close()
