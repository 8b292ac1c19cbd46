"""Health measured at two real nodes: known figures, each side's own, held side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parley.errors import InputError
from parley.liaison.health.figures import Health
from parley.liaison.health.reconcile import Agreed, reconcile
from parley.liaison.hotline.contents import (
    Check,
    LineName,
    LineReport,
    LineState,
    Message,
    Precedence,
)
from parley.liaison.meetings.contents import Commitment, CommitmentState
from parley.liaison.pacts.contents import Participation, Stance
from parley.liaison.papers.when import When
from parley.node.liaison.health import health
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.acknowledgement import expected_read_back
from parley.rules.statements import Draft, Notice, NoticeVolume, Rung, Step, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import Mechanism, started_node

AGREEMENT = small_agreement()
MINUTE_MS = 60_000
NIGHT = (DAWN_MS, DAWN_MS + 12 * HOUR_MS)


class Nodes:
    """Nodes in memory on one clock; what one says is handed to the others."""

    def __init__(self, nodes: dict[str, Node], clock: HandClock) -> None:
        self.nodes, self.clock = nodes, clock

    def node(self, party: str) -> Node:
        return self.nodes[party]

    async def settle(self) -> None:
        await carried(self.nodes)


@asynccontextmanager
async def in_memory() -> AsyncIterator[Nodes]:
    clock = HandClock()
    ids = [party.id for party in AGREEMENT.parties]
    nodes = {party: await started_node(AGREEMENT, party, clock=clock) for party in ids}
    yield Nodes(nodes, clock)
    for node in nodes.values():
        await node.close()


async def measured(m: Mechanism | Nodes, party: str, audience: str = "") -> Health:
    return await m.node(party).look(lambda desk: health(desk, *NIGHT, audience=audience))


def live(number: int, start_ms: int) -> Draft:
    """Live activity for ten minutes, far from any other."""
    centre = Position(lat_deg=38.6 + 0.4 * number, lon_deg=18.4)
    span = Span(start_ms, start_ms + 10 * MINUTE_MS)
    volume = Volume(Area.circle(centre, 1_000), Band.metres(100, 900), span)
    return Draft("live-activity", (NoticeVolume(Use.ACTIVITY, volume),))


async def the_night(m: Mechanism) -> None:
    """Blue tells three notices: a transit in time, read after 30 s and accepted after 2 min; live
    activity 10 min ahead, never read; one after the fact. It amends the first, cancels nothing.
    Green tells one and cancels it."""
    blue, green = m.node("blue"), m.node("green")
    t0 = m.clock()
    first = await blue.post_notice(transit(1, start_ms=t0 + HOUR_MS), role="duty", to=["green"])
    await m.settle()
    m.clock.advance(30_000)
    await green.answer(first.ref, Rung.READ, role="duty")
    m.clock.advance(90_000)
    await green.answer(first.ref, Rung.ACCEPTED, role="duty")
    await m.settle()
    await blue.post_notice(live(1, m.clock() + 10 * MINUTE_MS), role="duty", to=["green"])
    late = await blue.post_notice(live(2, m.clock() - 5 * MINUTE_MS), role="duty", to=["green"])
    await m.settle()
    assert isinstance(late.record and late.record.content, Notice)
    m.clock.advance(MINUTE_MS)
    again = transit(1, start_ms=t0 + 2 * HOUR_MS)
    await blue.amend_notice(first.ref.partition(":")[2], again, role="duty")
    back = await green.post_notice(
        transit(2, start_ms=m.clock() + 5 * HOUR_MS), role="duty", to=["blue"]
    )
    await m.settle()
    await green.step(back.ref, Step.CANCEL, role="duty")
    await m.settle()


async def test_figures_of_a_known_night_are_exact_and_both_sides_count_the_same(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        await the_night(m)
        ours, theirs = await measured(m, "blue"), await measured(m, "green")
        of = "blue>green"
        for side in (ours, theirs):
            assert side.value("notices", of, "new") == 3
            assert side.value("notices", of, "new:live-activity") == 2
            assert side.value("notices", of, "amended") == 1
            assert side.value("notices", of, "after-the-fact") == 1
            assert side.value("notices", "green>blue", "cancelled") == 1
            assert side.value("lead", of, "receipts-held") == 3
            assert side.value("lead", of, "lead-min") == -5 * MINUTE_MS
            assert side.value("lead", of, "lead-median") == 10 * MINUTE_MS
            assert side.value("lead", of, "kept") == 1
            assert side.value("lead", of, "kept-share") == 333
            assert side.value("lead", of, "begun-when-received") == 1
            assert side.value("answers", of, "asked") == 4
            assert side.value("answers", of, "read") == 1
            assert side.value("answers", of, "read-median") == 30_000
            assert side.value("answers", of, "accepted-median") == 120_000
            assert side.value("answers", of, "read-never") == 3
            assert side.value("reciprocity", "blue<>green", "notices-difference") == 2
            assert side.value("reciprocity", "blue<>green", "notices-ratio") == 3000
        lines = [line for line in reconcile(ours, theirs) if line.section in ("notices", "lead")]
        shared = [line for line in lines if "white" not in line.of]
        assert {line.agreed for line in shared} <= {Agreed.EQUAL, Agreed.NEITHER}
        await m.check()


async def test_a_line_that_was_cut_shows_as_receipts_and_notices_that_one_side_holds(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        blue = m.node("blue")
        await blue.post_notice(transit(1), role="duty", to=["green"])
        await m.settle()
        await m.cut("blue", "green")
        for number in range(2, 5):
            await blue.post_notice(transit(number), role="duty", to=["green"])
        ours, theirs = await measured(m, "blue"), await measured(m, "green")
        lines = {(x.section, x.of, x.name): x for x in reconcile(ours, theirs)}
        counted = lines["notices", "blue>green", "new"]
        assert (counted.ours, counted.theirs, counted.agreed) == (4, 1, Agreed.DIFFERS)
        assert ours.value("lead", "blue>green", "no-receipt-held") == 3
        assert lines["lead", "blue>green", "lead-min"].agreed is Agreed.EQUAL


async def test_what_nobody_receipted_has_no_lead_time_and_says_why() -> None:
    async with in_memory() as m:
        await m.node("blue").post_notice(transit(1), role="duty", to=["green"])
        found = await measured(m, "blue")
        figures = {f.key: f for f in found.figures}
        lead = figures["lead", "blue>green", "lead-median"]
        assert (lead.value, lead.why) == (None, "no receipt held")
        other = figures["lead", "green>blue", "lead-median"]
        assert (other.value, other.why) == (None, "no notice in this period")


async def test_messages_checks_and_promises_are_counted() -> None:
    async with in_memory() as m:
        blue, green = m.node("blue"), m.node("green")
        flash = Message(LineName.SAFETY, Precedence.FLASH, "en", "Answer!")
        said = await blue.post_paper(flash, role="duty", to=["green"])
        check = await blue.post_paper(Check(LineName.SAFETY, 1, 60), role="duty", to=["green"])
        await blue.post_paper(Check(LineName.SAFETY, 2, 60), role="duty", to=["green"])
        due = When("by ten", DAWN_MS, DAWN_MS + HOUR_MS)
        promise = Commitment("blue", "A map", CommitmentState.OPEN, due)
        await blue.post_paper(promise, role="duty", to=["green"])
        stance = Participation(Stance.SUSPENDED, m.clock(), True)
        await blue.take_part(stance, role="duty")
        out = LineReport(LineName.SAFETY, LineState.OUT, m.clock(), "VHF 121.500")
        await blue.post_paper(out, role="duty", to=["green"])
        await m.settle()
        m.clock.advance(20_000)
        await green.reply(said.ref, Rung.READ, role="duty")
        await green.reply(check.ref, Rung.READ, role="duty")
        await m.settle()
        m.clock.advance(2 * HOUR_MS)
        for side in (await measured(m, "blue"), await measured(m, "green")):
            of = "blue>green"
            assert side.value("hotline", of, "flash") == 1
            assert side.value("hotline", of, "flash-read-median") == 20_000
            assert side.value("hotline", of, "checks-sent") == 2
            assert side.value("hotline", of, "checks-heard") == 1
            assert side.value("hotline", of, "checks-missed") == 1
            assert side.value("open", "blue", "commitment-overdue") == 1
            assert side.value("outages", "blue", "safety-out-total") == 2 * HOUR_MS + 20_000
            assert [(t.what, t.state) for t in side.turns] == [
                ("agreement", "suspended, the line goes on"),
                ("line safety", "out"),
            ]


async def test_another_party_is_told_nothing_of_a_third() -> None:
    async with in_memory() as m:
        await m.node("blue").post_notice(transit(1), role="duty", to=["green"])
        await m.node("blue").post_notice(transit(2), role="duty", to=["green", "white"])
        await m.settle()
        for_white = await measured(m, "blue", "white")
        assert for_white.value("notices", "blue>white", "new") == 1
        assert {f.of for f in for_white.figures if f.section == "notices"} == {"blue>white"}
        assert not [f for f in for_white.figures if f.section in ("findings", "truth")]
        assert {row.item for row in for_white.rows} <= {"blue-2"}
        with pytest.raises(InputError, match="no party"):
            await measured(m, "blue", "mauve")


async def test_a_node_that_is_alone_measures_what_it_holds() -> None:
    async with in_memory() as m:
        blue = m.node("blue")
        posted = await blue.post_notice(live(1, m.clock() + 2 * HOUR_MS), role="duty")
        assert posted.record is not None
        content = posted.record.content
        assert isinstance(content, Notice)
        assert expected_read_back(content).floor_m == 100
        found = await measured(m, "blue")
        assert found.value("notices", "blue>green", "new") == 1
        assert found.value("open", "blue", "notice") == 1
        assert found.value("open", "blue", "notice-answer-owed") == 1
