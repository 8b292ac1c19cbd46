"""Activity that began before its notice: every source is found, named, and counted once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.errors import InputError
from parley.liaison.duties.adherence import Adherence, Source
from parley.liaison.incidents.contents import Aspect, Claim, Incident, IncidentState
from parley.liaison.incidents.contents import Source as Citation
from parley.liaison.papers.when import When
from parley.node.liaison.adherence import adherence
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.findings import Change, Kind, Level, finding
from parley.rules.statements import Phase, Step, Watched
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node

AGREEMENT = small_agreement()
SOON_MS = DAWN_MS + 300_000


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    clock = HandClock(DAWN_MS)
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def report(node: Node) -> Adherence:
    return await node.look(lambda desk: adherence(desk, DAWN_MS, DAWN_MS + 48 * HOUR_MS))


def sources(found: Adherence) -> list[tuple[Source, str, str]]:
    return [
        (sight.source, sight.ref, sight.by)
        for party in found.parties
        for one in party.begun
        for sight in one.sights
    ]


async def test_what_our_watch_found_early_is_a_fact_of_ours(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await blue.post_notice(transit(0, start_ms=SOON_MS), role="duty")
    await carried(nodes)
    early = finding(
        Kind.NONCONFORMANCE,
        Level.WARNING,
        ("notice:blue-1", "track:b7"),
        parties=("blue",),
        window_ms=(DAWN_MS - 60_000, SOON_MS),
        codes=("early",),
    )
    await green.record_watch([Watched(Change.OPENED, early)], role="duty")
    assert sources(await report(green)) == [(Source.OWN_WATCH, "track:b7", "green")]
    assert sources(await report(blue)) == []


async def test_a_third_party_that_engaged_there_before_the_telling_is_a_report(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    area = transit(0).volumes[0].volume.area
    for since_ms in (DAWN_MS - 120_000, DAWN_MS - 10 * HOUR_MS):
        await green.report(
            role="duty", third_party="battery", phase=Phase.OPEN, area=area, since_ms=since_ms
        )
    await blue.post_notice(transit(0, start_ms=SOON_MS), role="duty")
    await carried(nodes)
    expected = [(Source.REPORT, "report:green-1@1", "green")]
    assert [sources(await report(node)) for node in (blue, green)] == [expected] * 2


async def test_a_claim_names_a_beginning_by_its_topic_never_by_its_prose(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    posted = await blue.post_notice(transit(0, start_ms=SOON_MS), role="duty")
    await carried(nodes)
    before = When("an hour ago", DAWN_MS - HOUR_MS, DAWN_MS - HOUR_MS)
    incident = await green.post_paper(
        Incident("A dispute", IncidentState.OPEN, before, None, ("blue", "green"), (), "", "", ()),
        role="duty",
    )
    for topic in ("activity-start", "place"):
        claim = Claim(
            incident.ref,
            topic,
            Aspect.ACT,
            "a ministry",
            "It began an hour before we were told.",
            Citation("statement", "https://example.org/1", before),
            happened=before,
        )
        await green.post_paper(claim, role="duty", about=[posted.ref])
    await carried(nodes)
    found = await report(blue)
    assert sources(found) == [(Source.CLAIM, "claim:green-2@1", "a ministry")]
    assert found.parties[0].seen_before[0].ref == posted.ref


async def test_a_start_moved_ahead_behind_its_back_is_after_the_fact_and_an_extension_is_not(
    nodes: dict[str, Node],
) -> None:
    blue = nodes["blue"]
    clock = blue.clock
    assert isinstance(clock, HandClock)
    await blue.post_notice(transit(0, start_ms=DAWN_MS + 10 * HOUR_MS), role="duty")
    await blue.post_notice(transit(1, start_ms=DAWN_MS + HOUR_MS), role="duty")
    await blue.post_notice(transit(2, start_ms=DAWN_MS + HOUR_MS), role="duty")
    clock.advance(HOUR_MS + 60_000)
    await blue.amend_notice("blue-1", transit(0, start_ms=DAWN_MS + HOUR_MS), role="duty")
    await blue.amend_notice("blue-2", transit(1, start_ms=DAWN_MS + HOUR_MS), role="duty")
    await blue.post_notice(transit(3, start_ms=DAWN_MS + 20 * HOUR_MS), role="duty")
    await blue.step("notice:blue-4", Step.CANCEL, role="duty")
    (party,) = (await report(blue)).parties
    assert [(one.ref, one.late_s) for one in party.after_the_fact] == [("notice:blue-1", 60)]
    assert (party.notices, party.cancelled) == (3, 1)


async def test_a_period_that_ends_before_it_begins_is_refused(nodes: dict[str, Node]) -> None:
    with pytest.raises(InputError, match="before it begins"):
        await nodes["blue"].look(lambda desk: adherence(desk, 2, 1))
