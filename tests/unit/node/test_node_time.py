"""What time does to a node: each thing once, at its instant, and nothing is forgotten early."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Finding, Kind
from parley.rules.lifecycle import State
from parley.rules.statements import Draft, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area, Volume
from parley.store.memory import MemoryStore
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.rules_strategies import MINUTE_MS, disc, minutes, place, sighting, three_sided

AGREEMENT = three_sided()
HOUR_MIN = 60.0


@dataclass(frozen=True)
class Three:
    """Blue, green and amber in one process, and their clock."""

    blue: Node
    green: Node
    amber: Node
    clock: HandClock

    async def carry(self) -> None:
        await carried({"blue": self.blue, "green": self.green, "amber": self.amber})

    def at(self, minute: float, ms: int = 0) -> None:
        self.clock.set(DAWN_MS + round(minute * MINUTE_MS) + ms)


@pytest.fixture
async def three() -> AsyncIterator[Three]:
    clock = HandClock()
    blue, green, amber = [
        await started_node(AGREEMENT, party, clock=clock) for party in ("blue", "green", "amber")
    ]
    yield Three(blue, green, amber, clock)
    for node in (blue, green, amber):
        await node.check_node(MemoryStore())
        assert (await node.health()).refused_by_peers == 0
        await node.close()


def draft(kind: str = "transit", volume: Volume | None = None) -> Draft:
    return Draft(kind, (NoticeVolume(Use.ACTIVITY, volume or disc(span=minutes(60, 90))),))


async def of(node: Node, kind: Kind) -> list[Finding]:
    return [f for f in await node.findings() if f.kind is kind]


async def news(node: Node, after: int, kind: Kind) -> list[str]:
    return [e.kind for e in await node.events(after) if e.data.get("kind") == kind.value]


async def test_overdue_answer_is_one_finding_and_one_event_a_change(three: Three) -> None:
    await three.blue.post_notice(draft(), role="duty")
    await three.carry()
    seen = await three.blue.last_event()
    three.at(1)
    assert await of(three.blue, Kind.UNACKNOWLEDGED) == []
    three.at(1, 1)
    first = await of(three.blue, Kind.UNACKNOWLEDGED)
    assert [f.refs[1] for f in first] == ["party:amber", "party:green"]
    for second in range(2, 300, 7):
        three.at(1, 1000 * second)
        assert await of(three.blue, Kind.UNACKNOWLEDGED) == first
    assert await news(three.blue, seen, Kind.UNACKNOWLEDGED) == ["finding-opened"] * 2
    three.at(6, 1)
    assert [f.codes for f in await of(three.blue, Kind.UNACKNOWLEDGED)] == [
        ("escalate:chief", "owes:read")
    ] * 2
    await three.green.answer("notice:blue-1", Rung.READ, role="duty")
    await three.green.answer("notice:blue-1", Rung.ACCEPTED, role="duty")
    await three.carry()
    owing = await of(three.blue, Kind.UNACKNOWLEDGED)
    assert [f.refs[1] for f in owing] == ["party:amber"]
    assert await news(three.blue, seen, Kind.UNACKNOWLEDGED) == [
        *["finding-opened"] * 2,
        *["finding-changed"] * 2,
        "finding-changed",  # green owes the acceptance now
        "finding-closed",
    ]


async def test_time_buffer_behind_the_end_still_holds_its_bystanders(three: Three) -> None:
    """The class clears 5 minutes behind the end; a convoy that comes into that is found."""
    rules = replace(AGREEMENT.classes[1], needs_all_clear=False, provokes_reaction=False)
    agreement = replace(AGREEMENT, classes=(AGREEMENT.classes[0], rules))
    node = await started_node(agreement, "blue", clock=three.clock)
    await node.post_notice(draft("live-activity"), role="duty", to=())
    three.at(91)
    posted = await node.protect("convoy", disc(span=minutes(92, 99)), role="duty")
    assert [f.kind for f in posted.findings] == [Kind.BYSTANDER]
    three.at(100, 1)
    assert await of(node, Kind.BYSTANDER) == []
    await node.check_node(MemoryStore())


async def test_no_all_clear_is_found_until_the_cap_and_ended_by_the_all_clear(
    three: Three,
) -> None:
    await three.green.protect("convoy", disc(span=minutes(100, 999)), role="duty")
    await three.blue.post_notice(draft("live-activity"), role="duty")
    await three.carry()
    three.at(95 + 120)
    assert len(await of(three.green, Kind.NO_ALL_CLEAR)) == 1
    await three.blue.step("notice:blue-1", Step.ALL_CLEAR, role="duty")
    await three.carry()
    assert await of(three.green, Kind.NO_ALL_CLEAR) == []
    health = await three.green.health()
    assert (health.hazard_volumes, health.declared_volumes, health.open_items) == (0, 0, 0)


async def test_stop_stands_until_it_is_lifted(three: Three) -> None:
    await three.blue.stop(role="duty")
    await three.carry()
    for hours in (1, 3, 100):
        three.at(60 * hours)
        assert len(await of(three.green, Kind.STOP)) == 1
    await three.blue.step("stop:blue-1", Step.ALL_CLEAR, role="duty")
    await three.carry()
    for node in (three.blue, three.green):
        assert await of(node, Kind.STOP) == []
        assert await of(node, Kind.UNACKNOWLEDGED) == []


async def test_answer_behind_the_end_opens_nothing_again(three: Three) -> None:
    await three.blue.post_notice(draft(), role="duty")
    await three.carry()
    three.at(HOUR_MIN * 10)
    assert await three.green.findings() == []
    await three.green.answer("notice:blue-1", Rung.READ, role="duty")
    await three.carry()
    for node in (three.blue, three.green, three.amber):
        assert await node.findings() == []
        assert (await node.health()).declared_volumes == 0


async def test_notice_that_arrives_when_it_is_over_says_so_and_goes(three: Three) -> None:
    await three.blue.post_notice(draft("live-activity", disc(span=minutes(40, 50))), role="duty")
    three.at(HOUR_MIN * 10)
    await three.carry()
    for node in (three.green, three.blue):
        late = await node.findings()
        assert {(f.kind, f.codes) for f in late} == {(Kind.LEAD_TIME_RECEIVED, ("after-the-fact",))}
        assert (await node.health()).hazard_volumes == 0
    three.at(HOUR_MIN * 12, 1)
    for node in (three.green, three.blue):
        assert await node.findings() == []


async def test_notice_after_the_fact_stands_for_the_cap(three: Three) -> None:
    three.at(HOUR_MIN * 5)
    posted = await three.blue.post_notice(draft(), role="duty")
    assert posted.record is not None
    assert posted.record.state is State.AFTER_THE_FACT
    await three.carry()
    for minute in (0, 119):
        three.at(HOUR_MIN * 5 + minute)
        assert [f.codes for f in await of(three.green, Kind.LEAD_TIME)] == [("after-the-fact",)]
    three.at(HOUR_MIN * 7, 1)
    assert await of(three.green, Kind.LEAD_TIME) == []


async def test_report_lasts_for_the_cap_and_longer_when_amended(three: Three) -> None:
    how = {"role": "duty", "third_party": "battery", "phase": Phase.OPEN}
    area = Area.circle(place(), 1_000)
    first = await three.blue.report(**how, area=area, since_ms=DAWN_MS)  # type: ignore[arg-type]
    await three.carry()
    three.at(119)
    assert len(await of(three.green, Kind.THIRD_PARTY_OPEN)) == 1
    item = first.ref.partition(":")[2]
    await three.blue.report(**how, area=area, since_ms=DAWN_MS, item=item)  # type: ignore[arg-type]
    await three.carry()
    three.at(119 + 120)
    assert len(await of(three.green, Kind.THIRD_PARTY_OPEN)) == 1
    await three.green.observe([sighting(at_min=119 + 120)])
    assert len(await of(three.green, Kind.BYSTANDER)) == 1
    three.at(119 + 120, 1)
    assert await of(three.green, Kind.THIRD_PARTY_OPEN) == []


# Emergencies ---------------------------------------------------------------------------------


async def test_emergency_is_not_passed_on_until_a_distress_names_it(three: Three) -> None:
    await three.green.observe([sighting(emergency=True)])
    three.at(1)
    assert await of(three.green, Kind.DISTRESS_NOT_PASSED_ON) == []
    three.at(1, 1)
    assert len(await of(three.green, Kind.DISTRESS_NOT_PASSED_ON)) == 1
    await three.green.distress(role="duty", subject="T2", since_ms=DAWN_MS)
    assert len(await of(three.green, Kind.DISTRESS_NOT_PASSED_ON)) == 1
    await three.blue.distress(role="duty", subject="T1", since_ms=DAWN_MS)
    await three.carry()
    assert await of(three.green, Kind.DISTRESS_NOT_PASSED_ON) == []


async def test_distress_that_was_over_before_the_emergency_tells_nobody_of_it(three: Three) -> None:
    """Its all-clear comes late: the emergency stands from then on, whoever looks or does not."""
    posted = await three.blue.distress(role="duty", subject="T1", since_ms=DAWN_MS)
    await three.carry()
    three.at(1)
    await three.blue.step(posted.ref, Step.ALL_CLEAR, role="duty")
    three.at(4)
    await three.green.observe([sighting(at_min=2, emergency=True)])
    assert await of(three.green, Kind.DISTRESS_NOT_PASSED_ON) == []
    seen = await three.green.last_event()
    await three.carry()
    assert await news(three.green, seen, Kind.DISTRESS_NOT_PASSED_ON) == ["finding-opened"]


async def test_emergency_that_was_told_in_time_is_no_finding(three: Three) -> None:
    await three.green.observe([sighting(emergency=True)])
    await three.green.distress(role="duty", subject="T1", since_ms=DAWN_MS)
    three.at(9)
    assert await of(three.green, Kind.DISTRESS_NOT_PASSED_ON) == []


async def test_second_emergency_of_a_track_is_a_new_one(three: Three) -> None:
    """The DISTRESS of the first, lifted long ago, does not cover the second."""
    await three.green.observe([sighting(emergency=True)])
    await three.green.distress(role="duty", subject="T1", since_ms=DAWN_MS)
    three.at(10)
    await three.green.observe([sighting(at_min=10)])
    await three.green.step("distress:green-1", Step.ALL_CLEAR, role="duty")
    three.at(50)
    await three.green.observe([sighting(at_min=50, emergency=True)])
    three.at(51, 1)
    assert len(await of(three.green, Kind.DISTRESS_NOT_PASSED_ON)) == 1


async def test_calm_again_before_anybody_was_told_is_no_excuse(three: Three) -> None:
    await three.green.observe([sighting(emergency=True)])
    await three.green.observe([sighting(at_min=0.5)])
    three.at(1, 1)
    assert len(await of(three.green, Kind.DISTRESS_NOT_PASSED_ON)) == 1


# A clock that is set -------------------------------------------------------------------------


async def test_clock_that_ran_ahead_and_is_set_back_has_forgotten_nothing(three: Three) -> None:
    """A jump of ten hours ends what is in force; set right again, all of it stands as before."""
    await three.green.protect("convoy", disc(span=minutes(0, 300)), role="duty")
    await three.blue.post_notice(draft("live-activity"), role="duty")
    await three.amber.post_notice(draft(), role="duty")
    await three.carry()
    await three.green.observe([sighting(0, 20_000, emergency=True)])
    three.at(2)
    before = [await node.findings() for node in (three.green, three.blue)]
    held = await three.green.health()
    three.at(HOUR_MIN * 10)
    assert {f.kind for f in await three.green.findings()} == {Kind.DISTRESS_NOT_PASSED_ON}
    three.at(0.5)
    assert await of(three.green, Kind.UNACKNOWLEDGED) == []
    assert await of(three.green, Kind.DISTRESS_NOT_PASSED_ON) == []
    three.at(2)
    assert [await node.findings() for node in (three.green, three.blue)] == before
    again = await three.green.health()
    assert (again.hazard_volumes, again.declared_volumes, again.open_items) == (
        held.hazard_volumes,
        held.declared_volumes,
        held.open_items,
    )
    assert {Kind.CONFLICT, Kind.BYSTANDER} <= {f.kind for f in before[0]}


async def test_clock_that_runs_back_is_said_once(three: Three) -> None:
    await three.blue.post_notice(draft(), role="duty")
    three.clock.advance(-500)
    await three.blue.tick()
    three.clock.advance(-5_000)
    await three.blue.tick()
    await three.blue.tick()
    said = [e.data for e in await three.blue.events() if e.kind == "clock-back"]
    assert said == [{"from_ms": DAWN_MS - 500, "to_ms": DAWN_MS - 5_500}]
