"""Health gathered from a real node's log and journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.liaison.health.figures import Health, Period
from parley.liaison.health.reconcile import Agreed, reconcile
from parley.node.desk import Desk
from parley.node.liaison.health import facts_of, first_event, health
from parley.node.node import Node
from parley.node.replay import carried
from parley.node.views import Link
from parley.rules.acknowledgement import expected_read_back
from parley.rules.assess import is_live
from parley.rules.statements import Notice, Rung, Step
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.players import play
from parley.testing.rules_strategies import Deed, scripts

AGREEMENT = small_agreement()
DAY = (DAWN_MS, DAWN_MS + 24 * HOUR_MS)


@asynccontextmanager
async def two() -> AsyncIterator[tuple[Node, Node, HandClock]]:
    clock = HandClock()
    blue = await started_node(AGREEMENT, "blue", clock=clock)
    green = await started_node(AGREEMENT, "green", clock=clock)
    yield blue, green, clock
    await blue.close()
    await green.close()


async def measured(node: Node, period: tuple[int, int] = DAY) -> Health:
    return await node.look(lambda desk: health(desk, *period))


def link(up: bool, since_ms: int) -> Link:
    return Link("green", up, since_ms, since_ms, since_ms, 0)


async def test_a_link_that_was_down_before_the_period_is_down_from_its_beginning() -> None:
    async with two() as (blue, _, clock):
        await blue.set_link(link(False, clock()))
        clock.advance(10 * HOUR_MS)
        await blue.stop(role="duty", area=None, notice="", text="")
        clock.advance(2 * HOUR_MS)
        await blue.set_link(link(True, clock()))
        found = await measured(blue, (DAWN_MS + 9 * HOUR_MS, DAWN_MS + 24 * HOUR_MS))
        assert found.value("outages", "blue~green", "link-total") == 3 * HOUR_MS
        before = await measured(blue, (DAWN_MS - 2 * HOUR_MS, DAWN_MS - HOUR_MS))
        figure = next(f for f in before.figures if f.of == "blue~green")
        assert (figure.value, figure.why) == (None, "no link event held")


async def test_what_stood_at_the_end_of_a_past_period_is_found_again() -> None:
    async with two() as (blue, green, clock):
        posted = await blue.stop(role="duty", area=None, notice="", text="")
        await carried({"blue": blue, "green": green})
        clock.advance(HOUR_MS)
        standing = {f.key for f in await blue.standing() if f.kind == "stop"}
        then_ms = clock()
        clock.advance(HOUR_MS)
        await blue.step(posted.ref, Step.ALL_CLEAR, role="duty")
        clock.advance(HOUR_MS)
        past, now = await measured(blue, (DAWN_MS, then_ms)), await measured(blue)
        assert past.value("findings", "blue", "stop-standing") == len(standing) == 1
        assert now.value("findings", "blue", "stop-standing") == 0
        assert past.value("open", "blue", "stop") == 1
        assert now.value("open", "blue", "stop") == 0
        assert now.value("findings", "blue", "stop-closed") == 1


async def test_a_copy_for_each_is_counted_once_and_each_receipt_is_its_addressee_s() -> None:
    async with two() as (blue, green, clock):
        await blue.post_notice(transit(1), role="duty", each_its_own=True)
        clock.advance(700)
        await carried({"blue": blue, "green": green})
        found = await measured(blue)
        assert found.value("notices", "blue>green", "new") == 1
        assert found.value("notices", "blue>white", "new") == 1
        assert found.value("answers", "blue>green", "received-median") == 700
        assert found.value("lead", "blue>green", "receipts-held") == 1


async def test_a_read_back_with_a_wrong_value_is_not_counted_as_one() -> None:
    async with two() as (blue, green, clock):
        posted = await blue.post_notice(transit(1), role="duty", to=["green"])
        await carried({"blue": blue, "green": green})
        content = (await green.item(posted.ref)).content
        assert isinstance(content, Notice)
        right = expected_read_back(content)
        clock.advance(1000)
        await green.answer(posted.ref, Rung.READ, role="duty")
        wrong = replace(right, floor_m=right.floor_m + 1)
        await green.answer(posted.ref, Rung.READ_BACK, role="duty", read_back=wrong)
        assert (await measured(green)).value("answers", "blue>green", "read-back") == 0
        clock.advance(1000)
        await green.answer(posted.ref, Rung.READ_BACK, role="duty", read_back=right)
        found = await measured(green)
        assert found.value("answers", "blue>green", "read-back") == 1
        assert found.value("answers", "blue>green", "read-back-median") == 2000


async def test_the_figures_of_a_node_follow_from_its_log_when_it_is_built_anew() -> None:
    async with two() as (blue, green, clock):
        for number in range(4):
            posted = await blue.post_notice(transit(number), role="duty", to=["green"])
            clock.advance(60_000)
            await carried({"blue": blue, "green": green})
            await green.answer(posted.ref, Rung.READ, role="duty")
        await carried({"blue": blue, "green": green})
        before = await measured(blue)
        await blue.check_node(MemoryStore())
        assert await measured(blue) == before


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(-1, 51))
async def test_the_journal_is_found_by_time(steps: list[int], asked: int) -> None:
    clock = HandClock()
    node = await started_node(AGREEMENT, "blue", clock=clock)
    at = [DAWN_MS + step for step in sorted(steps)]
    for at_ms in at:
        clock.set(at_ms)
        await node.keep(_one_line)
    found = await node.look(lambda desk: first_event(desk.tx, DAWN_MS + asked))
    lines = await node.events()
    expected = next((e.seq for e in lines if e.at_ms >= DAWN_MS + asked), len(lines) + 1)
    assert found == expected
    await node.close()


@settings(max_examples=20, deadline=None)
@given(scripts(("blue", "green"), max_size=14))
async def test_both_nodes_count_the_same_whatever_they_said_and_whenever_it_was_carried(
    script: list[Deed],
) -> None:
    async with two() as (blue, green, clock):
        nodes = {"blue": blue, "green": green}
        await play(nodes, script, clock)
        ours, theirs = await measured(blue), await measured(green)
        between = [
            line
            for line in reconcile(ours, theirs)
            if line.of in ("blue>green", "green>blue", "blue<>green", "blue", "green")
            and line.section in ("notices", "lead", "answers", "urgent", "reciprocity", "open")
            and line.name != "unit-assumed-blind"
        ]
        assert {line.agreed for line in between} <= {Agreed.EQUAL, Agreed.NEITHER}, between
        assert ours.rows == theirs.rows
        for node, found in ((blue, ours), (green, theirs)):
            standing = Counter(f.kind.value for f in await node.standing())
            shown = {
                f.name.removesuffix("-standing"): f.value
                for f in found.figures
                if f.section == "findings" and f.name.endswith("-standing")
            }
            assert {kind: n for kind, n in shown.items() if n} == dict(standing)
            held = [r for r in await node.items() if is_live(AGREEMENT, r, clock())]
            assert {o.ref for o in found.open} == {r.ref for r in held}


def _one_line(desk: Desk) -> None:
    desk.event("refused", {})


async def test_nothing_of_the_watch_or_of_rosters_is_counted() -> None:
    async with two() as (blue, _, _clock):
        facts = await blue.look(lambda desk: facts_of(desk, Period(*DAY)))
        assert not facts.told
        assert not facts.receipted
        assert not facts.papers


@pytest.mark.parametrize("audience", ["", "blue"])
async def test_for_ourselves_is_the_same_as_for_nobody_named(audience: str) -> None:
    async with two() as (blue, _, _clock):
        await blue.post_notice(transit(1), role="duty", to=["green"])
        found = await blue.look(lambda desk: health(desk, *DAY, audience=audience))
        assert found.audience == "blue"
        assert found.marking == "TLP:RED // REL TO BLUE // ORCON"
