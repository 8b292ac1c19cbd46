"""Pages of findings and of items: in their order, by state as time has it, whole at any size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.node import itemlists, standing
from parley.node.node import Node
from parley.node.ports import Store, Tx
from parley.rules.findings import Finding, Kind, Level, finding, order
from parley.rules.item import KINDS, state_at
from parley.rules.lifecycle import State
from parley.rules.statements import Step
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node

REFS = st.sampled_from(
    ["notice:a-1", "notice:a-1@2", "notice:a-10", "stop:a-2", "track:X1", "track:X1 y", "track:é"]
)
FINDINGS = st.builds(
    lambda kind, level, refs, at_ms, codes: finding(
        kind, level, refs, parties=("a",), window_ms=(at_ms, at_ms + 1), codes=codes
    ),
    st.sampled_from(list(Kind)),
    st.sampled_from([Level.ADVISORY, Level.WARNING, Level.URGENT]),
    st.lists(REFS, min_size=1, max_size=3),
    st.sampled_from([-5, 0, 7, 1_700_000_000_000, 253_402_300_799_999]),
    st.lists(st.sampled_from(["a", "ab", "b"]), max_size=2),
)


@given(st.lists(FINDINGS, max_size=12))
def test_the_place_of_a_finding_sorts_as_the_rules_do(found: list[Finding]) -> None:
    assert sorted(found, key=standing.place) == order(found)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


async def busy(store: Store, clock: HandClock) -> Node:
    """A node of blue with items in every state and findings of every level."""
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    for number in range(6):
        await node.post_notice(transit(number), role="duty", to=["green"])
    await node.step("notice:blue-2", Step.CANCEL, role="duty")
    await node.step("notice:blue-3", Step.ACTIVATE, role="duty")
    await node.stop(role="duty", text="all of it")
    lifted = await node.stop(role="duty", text="not this one")
    await node.step(lifted.ref, Step.ALL_CLEAR, role="duty")
    await node.distress(role="duty", subject="one aircraft", since_ms=clock())
    clock.advance(10 * 60_000)
    await node.tick()
    return node


async def paged_findings(node: Node, limit: int) -> list[Finding]:
    found: list[Finding] = []
    after, more = "", True
    while more:
        page = await node.findings_page(after=after, limit=limit)
        assert len(page.findings) <= limit
        found += page.findings
        after, more = page.after, bool(page.after)
    return found


async def paged_items(node: Node, state: State | None, kind: str, limit: int) -> list[str]:
    refs: list[str] = []
    after, more = "", True
    while more:
        page = await node.items_page(state=state, kind=kind, after=after, limit=limit)
        assert len(page.records) <= limit
        refs += [record.ref for record in page.records]
        after, more = page.after, bool(page.after)
    return refs


async def test_pages_of_findings_are_all_findings_in_their_order(clock: HandClock) -> None:
    node = await busy(MemoryStore(), clock)
    everything = await node.findings()
    assert len(everything) > 7
    assert {f.level for f in everything} >= {Level.WARNING, Level.URGENT}
    for limit in (1, 2, 3, 500):
        assert await paged_findings(node, limit) == everything
    assert (await node.findings_page(limit=1)).total == len(everything)
    assert (await node.health()).findings == len(everything)
    await node.check_node(MemoryStore())


async def test_a_finding_that_comes_in_meanwhile_doubles_and_loses_none(clock: HandClock) -> None:
    node = await busy(MemoryStore(), clock)
    before = [f.key for f in await node.findings()]
    seen: list[str] = []
    after, more = "", True
    while more:
        page = await node.findings_page(after=after, limit=2)
        seen += [f.key for f in page.findings]
        after, more = page.after, bool(page.after)
        if len(seen) <= 6:
            await node.stop(role="duty", text="one more")
    assert [key for key in seen if key in before] == before
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("later_ms", [0, 3 * HOUR_MS, 48 * HOUR_MS])
async def test_pages_by_state_and_kind_are_those_that_time_has_there(
    clock: HandClock, tmp_path: Path, later_ms: int
) -> None:
    node = await busy(await SqliteStore.open(tmp_path / "blue.db"), clock)
    clock.advance(later_ms)
    records = await node.items()
    for state in (None, *State):
        for kind in ("", *KINDS):
            expected = [
                r.ref
                for r in records
                if (state is None or state_at(r, clock()) is state)
                and r.ref.startswith(f"{kind}:" if kind else "")
            ]
            for limit in (1, 4, 200):
                assert await paged_items(node, state, kind, limit) == expected, (state, kind)
    await node.check_node(MemoryStore())
    await node.close()


async def test_a_page_by_state_ends_where_it_has_looked_at_enough(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await busy(MemoryStore(), clock)
    monkeypatch.setattr(itemlists, "LOOKED_AT", 2)
    clock.advance(3 * HOUR_MS)
    first = await node.items_page(state=State.RELEASED, limit=200)
    assert (first.records, bool(first.after)) == ((), True)
    expected = [r.ref for r in await node.items() if state_at(r, clock()) is State.ACTIVE]
    assert len(expected) > 2
    assert await paged_items(node, State.ACTIVE, "", 200) == expected


async def test_open_items_are_counted_as_they_come_and_go(clock: HandClock) -> None:
    node = await started_node(small_agreement(), "blue", clock=clock)
    for number in range(3):
        await node.post_notice(transit(number), role="duty")
    assert (await node.health()).open_items == 3
    await node.step("notice:blue-1", Step.CANCEL, role="duty")
    assert (await node.health()).open_items == 2
    clock.advance(30 * 24 * HOUR_MS)
    await node.tick()
    assert (await node.health()).open_items == 0


async def test_a_store_from_before_the_lists_gets_them_at_the_start(
    clock: HandClock, tmp_path: Path
) -> None:
    node = await busy(await SqliteStore.open(tmp_path / "blue.db"), clock)
    everything, states = await node.findings(), await paged_items(node, State.RELEASED, "", 9)
    open_items = (await node.health()).open_items
    await node.close()

    def older(tx: Tx) -> None:
        for table in (standing.ORDER, itemlists.STATES, itemlists.OPEN_ITEMS):
            for key, _ in list(tx.records.scan(table)):
                tx.records.delete(table, key)
            tx.records.delete("meta", f"tally:{table}")

    store = await SqliteStore.open(tmp_path / "blue.db")
    await store.write(older)
    again = await started_node(small_agreement(), "blue", store=store, clock=clock)
    assert await paged_findings(again, 3) == everything
    assert await paged_items(again, State.RELEASED, "", 9) == states
    assert (await again.health()).open_items == open_items
    assert (await again.health()).findings == len(everything)
    await again.check_node(MemoryStore())
    await again.close()
