"""Declared against seen, at once: when a track is seen, and when words change what it means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import InputError
from parley.ledger import Kind as EntryKind
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind
from parley.rules.statements import Draft, NoticeVolume, Step, Use
from parley.space import Volume
from parley.store.memory import MemoryStore
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, sighting, three_sided

AGREEMENT = three_sided()
HERE = disc(span=minutes(-5, 60))
THERE = disc(0, 30_000, span=minutes(-5, 60))


class Pair:
    """Blue declares, green looks."""

    def __init__(self, blue: Node, green: Node, clock: HandClock) -> None:
        self.blue, self.green, self.clock = blue, green, clock

    async def post(self, *volumes: Volume) -> str:
        posted = await self.blue.post_notice(draft(*volumes), role="duty", to=["green"])
        await self.carry()
        return posted.ref

    async def carry(self) -> None:
        await carried({"blue": self.blue, "green": self.green})

    async def wrong(self) -> list[tuple[str, ...]]:
        found = await self.green.findings()
        return [f.refs for f in found if f.kind is Kind.PLACE_MISMATCH]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    clock = HandClock()
    nodes = [await started_node(AGREEMENT, p, clock=clock) for p in ("blue", "green")]
    yield Pair(nodes[0], nodes[1], clock)
    for node in nodes:
        await node.check_node(MemoryStore())
        await node.close()


def draft(*volumes: Volume) -> Draft:
    return Draft("transit", tuple(NoticeVolume(Use.ACTIVITY, v) for v in volumes))


BOTH = ("notice:blue-1", "track:T1")


async def test_track_seen_elsewhere_behind_the_notice(pair: Pair) -> None:
    await pair.post(HERE)
    (found,) = await pair.green.observe([sighting(0, 30_000)])
    assert (found.kind, found.refs) == (Kind.PLACE_MISMATCH, BOTH)
    assert [f.kind for f in await pair.green.observe([sighting(0, 500, at_min=1)])] == []


async def test_notice_is_held_at_once_against_tracks_that_are_seen_already(pair: Pair) -> None:
    await pair.green.observe([sighting(0, 30_000)])
    await pair.post(HERE)
    assert await pair.wrong() == [BOTH]


async def test_check_of_a_draft_holds_ones_own_tracks_against_it(pair: Pair) -> None:
    await pair.blue.observe([sighting(0, 30_000, by="blue")])
    kinds = {f.kind: f for f in await pair.blue.check(draft(HERE))}
    assert kinds[Kind.PLACE_MISMATCH].refs == ("notice:blue-draft", "track:T1")
    assert Kind.PLACE_MISMATCH not in {f.kind for f in await pair.blue.check(draft(THERE))}
    assert await pair.blue.findings() == []


async def test_new_words_neither_hide_a_mismatch_nor_keep_one(pair: Pair) -> None:
    await pair.post(HERE)
    await pair.green.observe([sighting(0, 30_000)])
    await pair.blue.amend_notice("blue-1", draft(replace(HERE, band=THERE.band)), role="duty")
    await pair.carry()
    assert await pair.wrong() == [BOTH]
    await pair.blue.amend_notice("blue-1", draft(THERE), role="duty")
    await pair.carry()
    assert await pair.wrong() == []
    await pair.blue.amend_notice("blue-1", draft(HERE), role="duty")
    await pair.carry()
    assert await pair.wrong() == [BOTH]


async def test_second_notice_explains_the_track_until_it_is_closed(pair: Pair) -> None:
    await pair.post(HERE)
    await pair.green.observe([sighting(0, 30_000)])
    ref = await pair.post(THERE)
    assert await pair.wrong() == []
    await pair.blue.step(ref, Step.ALL_CLEAR, role="duty")
    await pair.carry()
    assert await pair.wrong() == [BOTH]
    await pair.blue.step("notice:blue-1", Step.ALL_CLEAR, role="duty")
    await pair.carry()
    assert await pair.wrong() == []


async def test_older_position_that_comes_late_is_on_record_and_moves_nothing(pair: Pair) -> None:
    await pair.post(HERE)
    await pair.green.observe([sighting(0, 0, at_min=2)])
    assert await pair.green.observe([sighting(0, 30_000, at_min=1)]) == []
    log = await pair.green.health()
    assert log.log_size == 3 + 4  # our three, and four rosters


async def test_position_told_twice_counts_once(pair: Pair) -> None:
    twice = sighting(0, 30_000)
    await pair.green.observe([twice, twice])
    await pair.green.observe([twice])
    assert (await pair.green.health()).log_size == 1 + 4  # one, and four rosters


async def test_it_is_we_who_say_what_we_see_now_and_to_nobody(pair: Pair) -> None:
    """Whatever header a feed brings, the log says the truth about who said it and when."""
    borrowed = sighting(at_min=30)
    feigned = replace(borrowed.header, by="blue", at_ms=DAWN_MS + 10**9, to=("blue",))
    pair.clock.advance(MINUTE_MS)
    await pair.green.observe([replace(borrowed, header=feigned)])
    (entry,) = [e for e in await pair.green.log_entries(0, 9) if e.kind is EntryKind.OBSERVED]
    assert (entry.by, entry.at_ms, entry.body["to"]) == ("green", DAWN_MS + MINUTE_MS, [])
    assert entry.body["by"] == "green"
    assert await pair.green.parcels("blue") == []
    with pytest.raises(InputError, match="duty role"):
        await pair.green.observe([replace(borrowed, header=replace(feigned, role="janitor"))])


async def test_track_whose_place_is_hardly_known_says_nothing_of_places(pair: Pair) -> None:
    await pair.post(HERE)
    found: list[Finding] = await pair.green.observe([sighting(0, 9_000, uncertainty_m=1_000_000)])
    assert found == []
