"""The announcement of a nonconforming flight at the nodes of its author and of all others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from parley.errors import InputError, ProtocolError
from parley.node.node import Node
from parley.node.ports import Layer, Tx
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind
from parley.rules.statements import Draft, Nonconformance, NoticeVolume, Rung, Step, Use
from parley.space import Area, Band
from parley.store.memory import MemoryStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, place, sighting, three_sided

AGREEMENT = three_sided()
DRAFT = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(60, 90))),))
WHERE = Area.circle(place(20_000), 3_000)
THERE = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(20_000, span=minutes(60, 90))),))
CAP_MS = 1000 * AGREEMENT.all_clear_cap_s


@dataclass
class Table:
    nodes: dict[str, Node]
    stores: dict[str, MemoryStore]
    clock: HandClock

    async def announce(self, by: str = "blue", notice: str = "blue-1", **members: object) -> str:
        said: dict[str, object] = {
            "codes": ["place"],
            "since_ms": self.clock(),
            "area": WHERE,
            "band": Band.metres(1_000, 2_000),
            **members,
        }
        posted = await self.nodes[by].announce_nonconformance(
            role="duty",
            notice=notice,
            **said,  # type: ignore[arg-type]
        )
        await carried(self.nodes)
        return posted.ref

    async def found(self, party: str, kind: Kind) -> list[Finding]:
        return [f for f in await self.nodes[party].findings() if f.kind is kind]

    async def hazards(self, party: str) -> int:
        def count(tx: Tx) -> int:
            return tx.volumes.count(Layer.HAZARD)

        return await self.stores[party].read(count)


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    clock = HandClock()
    stores = {p.id: MemoryStore() for p in AGREEMENT.parties}
    nodes = {
        party: await started_node(AGREEMENT, party, store=store, clock=clock)
        for party, store in stores.items()
    }
    table = Table(nodes, stores, clock)
    await nodes["blue"].post_notice(DRAFT, role="duty")
    await carried(nodes)
    yield table
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def test_everybody_finds_the_same_and_its_author_lifts_it(table: Table) -> None:
    ref = await table.announce()
    assert ref == "nonconformance:blue-2"
    found = [await table.found(party, Kind.NONCONFORMANCE) for party in table.nodes]
    assert all(one == found[0] for one in found)
    assert [f.refs for f in found[0]] == [("nonconformance:blue-2@1", "notice:blue-1")]
    with pytest.raises(InputError, match="belongs to blue"):
        await table.nodes["green"].step(ref, Step.ALL_CLEAR, role="duty")
    await table.nodes["blue"].step(ref, Step.ALL_CLEAR, role="duty")
    await carried(table.nodes)
    assert [await table.found(p, Kind.NONCONFORMANCE) for p in table.nodes] == [[]] * 4
    assert await table.hazards("green") == 0


async def test_whatever_is_said_of_the_notice_leaves_it_standing(table: Table) -> None:
    await table.announce()
    blue, green = table.nodes["blue"], table.nodes["green"]
    await green.answer("notice:blue-1", Rung.READ, role="duty")
    await blue.amend_notice("blue-1", THERE, role="duty")
    await carried(table.nodes)
    assert await table.found("green", Kind.NONCONFORMANCE)
    await blue.step("notice:blue-1", Step.CANCEL, role="duty")
    await carried(table.nodes)
    table.clock.advance(10 * CAP_MS)
    for party, node in table.nodes.items():
        await node.tick()
        assert await table.found(party, Kind.NONCONFORMANCE)


async def test_new_words_move_the_hazard(table: Table) -> None:
    green = table.nodes["green"]
    await green.protect("a convoy", disc(20_000, span=minutes(0, 300)), role="duty")
    ref = await table.announce()
    assert [f.refs for f in await table.found("green", Kind.BYSTANDER)] == [
        (ref, "presence:green-1")
    ]
    table.clock.advance(MINUTE_MS)
    away = Area.circle(place(-40_000), 1_000)
    again = await table.announce(notice="", item="blue-2", codes=["place", "height"], area=away)
    assert again == ref
    assert await table.found("green", Kind.BYSTANDER) == []
    (now,) = await table.found("green", Kind.NONCONFORMANCE)
    assert (now.refs[0], now.codes) == (f"{ref}@2", ("height", "place"))
    words = (await green.item(ref)).content
    assert isinstance(words, Nonconformance)
    assert words.notice == "blue-1"


async def test_its_hazard_is_over_at_the_cap_and_back_when_the_clock_was_wrong(
    table: Table,
) -> None:
    green = table.nodes["green"]
    await green.protect("a convoy", disc(20_000, span=minutes(0, 600)), role="duty")
    await table.announce()
    start_ms = table.clock()
    table.clock.set(start_ms + CAP_MS)
    await green.tick()
    assert len(await table.found("green", Kind.BYSTANDER)) == 1
    table.clock.advance(1)
    await green.tick()
    assert await table.found("green", Kind.BYSTANDER) == []
    assert await table.hazards("green") == 0
    assert await table.found("green", Kind.NONCONFORMANCE)
    table.clock.set(start_ms + MINUTE_MS)
    await green.tick()
    assert len(await table.found("green", Kind.BYSTANDER)) == 1
    assert await table.hazards("green") == 1


async def test_a_track_that_comes_into_its_area_is_urgent_and_the_flight_itself_is_not_found(
    table: Table,
) -> None:
    await table.announce()
    green = table.nodes["green"]
    table.clock.advance(MINUTE_MS)
    found = await green.observe(
        [
            sighting(20_000, owner="green", track="G1", at_min=1),
            sighting(20_000, owner="blue", track="B1", at_min=1),
        ]
    )
    inside = [f.refs for f in found if f.kind is Kind.BYSTANDER]
    assert inside == [("nonconformance:blue-2", "track:G1")]


async def test_what_a_draft_would_meet_is_told_before_it_is_posted(table: Table) -> None:
    await table.announce()
    found = await table.nodes["green"].check(
        Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(20_000, span=minutes(60, 90))),))
    )
    assert ("nonconforming",) in [f.codes for f in found if f.kind is Kind.BYSTANDER]


async def test_an_exercise_stays_one(table: Table) -> None:
    blue = table.nodes["blue"]
    await blue.post_notice(DRAFT, role="duty", exercise=True)
    ref = await table.announce(notice="blue-2")
    await table.announce(notice="", item=ref.partition(":")[2], codes=["overdue"])
    assert (await table.nodes["amber"].item(ref)).content.header.exercise


@pytest.mark.parametrize(
    ("members", "error", "what"),
    [
        ({"codes": []}, InputError, "no code is named"),
        ({"codes": ["lost"]}, InputError, "no way of not conforming"),
        ({"notice": "blue-9"}, InputError, "there is no item"),
        ({"item": "blue-9"}, InputError, "there is no item"),
        ({"item": "blue-1"}, InputError, "there is no item"),
        ({"by": "green"}, InputError, "belongs to blue"),
        ({"text": "a\tb"}, InputError, "refused"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    table: Table, members: dict[str, object], error: type[Exception], what: str
) -> None:
    before = (await table.nodes["blue"].health()).log_size
    with pytest.raises(error, match=what):
        await table.announce(**members)  # type: ignore[arg-type]
    assert (await table.nodes["blue"].health()).log_size == before


async def test_amending_it_for_another_notice_is_refused(table: Table) -> None:
    await table.nodes["blue"].post_notice(DRAFT, role="duty")
    ref = await table.announce()
    with pytest.raises(ProtocolError, match="another kind"):
        await table.announce(notice="blue-2", item=ref.partition(":")[2])
