"""Review packs of real nodes: what is in them, for whom, and under which marking."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pypdf import PdfReader

from parley.errors import InputError
from parley.liaison.duties.contents import CheckOf, DutyCheck, DutyPlace, Obligation
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.incidents.contents import Aspect, Claim, Incident, IncidentState, Source
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.when import When
from parley.node.liaison.packs import Gathered, gather
from parley.node.node import Node
from parley.node.replay import carried
from parley.outlets.press import Press
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.wire.packs.pack import Pack, Table

AGREEMENT = small_agreement()
DAY = (DAWN_MS, DAWN_MS + 24 * HOUR_MS)
THEN = When("at dawn", DAWN_MS, DAWN_MS)
SOURCE = Source("briefing", "a page", THEN)
HOSTILE = 'Near miss #panic() "שלום" *x*'


class Nodes:
    """Nodes in memory on one clock; what one says is handed to the others."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes

    def node(self, party: str) -> Node:
        return self.nodes[party]

    async def settle(self) -> None:
        await carried(self.nodes)


@asynccontextmanager
async def in_memory() -> AsyncIterator[Nodes]:
    clock = HandClock()
    ids = [party.id for party in AGREEMENT.parties]
    nodes = {party: await started_node(AGREEMENT, party, clock=clock) for party in ids}
    yield Nodes(nodes)
    for node in nodes.values():
        await node.close()


def incident(title: str, *parties: str) -> Incident:
    return Incident(title, IncidentState.OPEN, THEN, None, parties, (), "none", "none")


def claim(about: str, claimant: str, seconds: int) -> Claim:
    return Claim(
        about, "lead-time", Aspect.ACT, claimant, f"{seconds} s", SOURCE,
        least=seconds, most=seconds, unit="second",
    )  # fmt: skip


async def gathered(m: Nodes, party: str, audience: str = "") -> Gathered:
    return await m.node(party).look(lambda desk: gather(desk, *DAY, audience=audience))


def table(pack: Pack, name: str) -> Table:
    return next(one for one in pack.tables() if one.name == name)


def words(pack: Pack) -> str:
    return "\n".join(cell for one in pack.tables() for row in one.rows for cell in row)


async def the_case(m: Nodes) -> None:
    """Both claim another lead time and agree on nothing else; blue keeps one report to itself."""
    blue, green = m.node("blue"), m.node("green")
    notice = await blue.post_notice(transit(1), role="duty", to=["green"])
    said = await blue.post_paper(incident(HOSTILE, "blue", "green"), role="duty", to=["green"])
    await m.settle()
    await blue.post_paper(claim(said.ref, "blue", 720), role="duty", to=["green"])
    await green.post_paper(claim(said.ref, "green", 60), role="duty", to=["blue"])
    await blue.post_paper(
        incident("Ours alone", "blue"), role="duty", to=[], marking=Marking(Tlp.RED, ("blue",))
    )
    duty = Obligation(
        "Keep off the lake", "Agreement, article 4", "Nothing comes near.", False, "en",
        ("blue", "green"), (DutyPlace("lake"),), (DutyCheck(CheckOf.NOT_WITHIN, "lake", 0),),
    )  # fmt: skip
    await blue.post_paper(duty, role="duty", to=["green"])
    await m.settle()
    await green.answer(notice.ref, Rung.READ, role="duty")
    await m.settle()


async def test_a_pack_lists_what_is_disputed_with_each_sides_words() -> None:
    async with in_memory() as m:
        await the_case(m)
        found = await gathered(m, "blue")
        pack = found.pack("Review")
        assert pack.banner == "TLP:RED // REL TO BLUE // ORCON"
        rows = table(pack, "incident-1-disputed").rows
        assert {(row[2], row[3]) for row in rows} == {("blue", "720 s"), ("green", "60 s")}
        assert table(pack, "obligations").rows[0][:3] == (
            "obligation:blue-5: Agreement, article 4", "Keep off the lake", "blue",
        )  # fmt: skip
        titles = [section.title for section in pack.sections]
        assert titles[0] == "Summary"
        assert "Incidents: agreed and disputed" in titles
        assert "Ours alone" in "\n".join(
            block.text for s in pack.sections for block in s.blocks if hasattr(block, "text")
        )
        press = Press()
        data = press.pdf(pack, press.plots(found.health))
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
        assert "#panic()" in text
        for node in m.nodes.values():
            await node.check_node(MemoryStore())


async def test_a_pack_for_the_other_side_holds_what_it_was_told_and_no_more() -> None:
    async with in_memory() as m:
        await the_case(m)
        pack = (await gathered(m, "blue", "green")).pack("Review")
        assert pack.banner.startswith("TLP:AMBER+STRICT // REL TO BLUE, GREEN")
        sections = {section.title: section for section in pack.sections}
        assert "Findings" not in sections
        assert "Declared places against tracks" not in sections
        links = {f.of for f in (await gathered(m, "blue", "green")).health.figures if "~" in f.of}
        assert links == {"blue~green"}
        shown = "\n".join(str(section) for section in pack.sections)
        assert "Ours alone" not in shown
        assert "1 not for this recipient are left out." in shown
        assert {row[2] for row in table(pack, "incident-1-disputed").rows} == {"blue", "green"}
        assert not any(one.name == "begun" for one in pack.tables())


async def test_an_observers_pack_shows_nothing_that_it_was_not_told() -> None:
    async with in_memory() as m:
        await the_case(m)
        pack = (await gathered(m, "blue", "white")).pack("Review")
        assert "blue-1" not in words(pack)
        assert not any(one.name.startswith("incident-") for one in pack.tables())
        assert not table(pack, "obligations").rows
        with pytest.raises(InputError, match="no party"):
            await gathered(m, "blue", "mauve")


async def test_both_sides_packs_show_the_same_figures_of_one_direction() -> None:
    async with in_memory() as m:
        await the_case(m)
        await m.settle()
        ours, theirs = await gathered(m, "blue", "green"), await gathered(m, "green", "blue")
        for section in ("notices", "lead", "answers", "urgent", "hotline", "reciprocity"):
            lines = [
                [(f.of, f.name, f.value) for f in side.health.figures if f.section == section]
                for side in (ours, theirs)
            ]
            assert lines[0] == lines[1], section
        pack = ours.pack("Review", theirs=theirs.health)
        assert not [row for row in table(pack, "dispute").rows if row[5] == "differs"]


async def test_the_prose_of_a_message_is_in_no_pack() -> None:
    async with in_memory() as m:
        text = "We find the cooperation excellent."
        message = Message(LineName.SAFETY, Precedence.ROUTINE, "en", text)
        await m.node("blue").post_paper(message, role="duty", to=["green"])
        await m.settle()
        found = await gathered(m, "green")
        assert found.health.value("hotline", "blue>green", "routine") == 1
        assert "excellent" not in words(found.pack("Review"))
