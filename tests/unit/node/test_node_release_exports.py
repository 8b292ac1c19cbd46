"""Markings on what leaves a node: evidence for a party, banners, papers about an incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from parley.errors import InputError
from parley.ledger import EvidenceReport, verify_evidence
from parley.ledger.dispute import compare
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.marking import Marking, Tlp
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.statements import Rung
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.keys import root_key
from parley.wire.dispute_report import dispute_page
from parley.wire.evidence_report import FileFacts, evidence_page
from parley.wire.pages import as_html, as_text

AGREEMENT = small_agreement()
PINS = {p.id: root_key(p.id).verifier for p in AGREEMENT.parties}
HELLO = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Hello.")
SECRET = replace(HELLO, text="For green's ears.")
FACTS = FileFacts("a.evidence", "0" * 64, 1, 0, "a test")
FOR_ALL = Marking(Tlp.GREEN, originator_control=False)
PERIOD = (0, 2**52)


class Table:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.nodes: dict[str, Node] = {}

    async def sit(self) -> None:
        for party in AGREEMENT.parties:
            self.nodes[party.id] = await started_node(AGREEMENT, party.id, clock=self.clock)

    async def says(
        self, by: str, words: Message, *to: str, marking: Marking | None = None, about: str = ""
    ) -> str:
        refs = [about] if about else []
        said = await self.nodes[by].post_paper(
            words, role="duty", to=to, marking=marking, about=refs
        )
        await carried(self.nodes)
        return said.ref


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    made = Table()
    await made.sit()
    yield made
    for node in made.nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


def texts(report: EvidenceReport) -> str:
    return "\n".join(item.entry.note.decode() for item in report.items)


async def shown(
    node: Node, *refs: str, for_party: str = "", period: tuple[int, int] | None = None
) -> EvidenceReport:
    return verify_evidence(
        await node.evidence(refs, period=period, for_party=for_party), pinned=PINS
    )


async def test_what_a_party_may_not_have_is_left_out_and_counted_and_nothing_of_it_is_told(
    table: Table,
) -> None:
    blue = table.nodes["blue"]
    open_ref = await table.says("blue", HELLO, "green", marking=FOR_ALL)
    kept_ref = await table.says("blue", SECRET, "green")
    report = await shown(blue, open_ref, kept_ref, for_party="white")
    assert "Hello." in texts(report)
    assert "green's ears" not in texts(report)
    assert report.scope.refs == (open_ref,)
    assert kept_ref not in "\n".join(report.scope.remarks)
    (line,) = [r for r in report.scope.remarks if r.startswith("made for white")]
    assert "left out are 1 statements" in line
    assert "TLP:GREEN" in report.scope.remarks[0]
    for party in ("green", "blue", ""):
        assert "green's ears" in texts(await shown(blue, open_ref, kept_ref, for_party=party))


async def test_a_file_of_nothing_that_a_party_may_have_is_refused_with_what_would_be_right(
    table: Table,
) -> None:
    kept = await table.says("blue", SECRET, "green")
    with pytest.raises(InputError, match="may go to white") as refused:
        await shown(table.nodes["green"], kept, for_party="white")
    assert "consent" in refused.value.right


async def test_a_period_for_a_party_holds_what_it_was_told_and_no_decision_of_ours(
    table: Table,
) -> None:
    blue = table.nodes["blue"]
    await table.says("blue", SECRET, "green")
    await blue.post_notice(transit(1), role="duty", to=["green"])
    told = await blue.post_notice(transit(2), role="duty")
    stop = await blue.stop(role="duty", area=None)
    await carried(table.nodes)
    report = await shown(blue, period=PERIOD, for_party="white")
    said = [i.type for i in report.items if i.type.startswith("parley/")]
    assert said.count("parley/notice/v1") == 1
    assert f'"item":"{told.ref.partition(":")[2]}"' in texts(report)
    assert said.count("parley/stop/v1") == 1
    assert stop.ref
    assert "parley/decision/v1" not in said
    assert "parley/message/v1" not in said
    everything = await shown(blue, period=PERIOD)
    assert len(everything.items) > len(report.items)


async def test_what_was_consented_and_released_may_be_shown_to_whom_it_went(table: Table) -> None:
    green = table.nodes["green"]
    kept = await table.says("blue", SECRET, "green")
    request = await green.ask_consent(
        kept,
        "white",
        role="duty",
        purpose="They fly there.",
        requested_by="Ana",
        until_ms=table.clock() + HOUR_MS,
    )
    await carried(table.nodes)
    await table.nodes["blue"].answer_consent(request.ref, grant=True, role="chief", person="Bo")
    await carried(table.nodes)
    await green.release(kept, "white", role="duty", released_by="Cy", requested_by="Ana")
    report = await shown(green, kept, for_party="white")
    assert "green's ears" in texts(report)
    assert "parley/release/v1" in [i.type for i in report.items]
    assert "parley/consent-request/v1" not in [i.type for i in report.items]


async def test_papers_about_what_is_shown_come_along_and_papers_about_those(table: Table) -> None:
    blue = table.nodes["blue"]
    notice = await blue.post_notice(transit(1), role="duty")
    await carried(table.nodes)
    first = await table.says("green", HELLO, "blue", about=notice.ref)
    await table.says("blue", SECRET, "green", about=first)
    report = await shown(blue, notice.ref)
    assert [i.type for i in report.items].count("parley/message/v1") == 2
    for_white = await shown(blue, notice.ref, for_party="white")
    assert "parley/message/v1" not in [i.type for i in for_white.items]
    assert "parley/notice/v1" in [i.type for i in for_white.items]


async def test_a_paper_for_ourselves_comes_only_by_its_own_name(table: Table) -> None:
    blue = table.nodes["blue"]
    ours = await table.says("blue", replace(HELLO, text="a note to ourselves"))
    assert "to ourselves" not in texts(await shown(blue, period=PERIOD))
    assert "to ourselves" in texts(await shown(blue, ours))


async def test_a_file_and_its_pages_carry_the_most_closed_marking(table: Table) -> None:
    blue = table.nodes["blue"]
    open_ref = await table.says("blue", HELLO, "green", marking=FOR_ALL)
    kept_ref = await table.says("blue", SECRET, "green")
    await table.nodes["green"].reply(kept_ref, Rung.READ, role="duty")
    await carried(table.nodes)
    banner = "TLP:AMBER+STRICT // REL TO GREEN // ORCON BLUE"
    file = await blue.evidence([open_ref, kept_ref])
    report = verify_evidence(file, pinned=PINS)
    assert report.scope.remarks[0] == f"marking of the papers in it: {banner}"
    page = evidence_page(report, FACTS)
    for text in (as_text(page), as_html(page)):
        assert text.count(banner) >= 4
        assert "[TLP:GREEN" in text
    lines = as_text(page).splitlines()
    assert (lines[0], lines[-1]) == (banner, banner)
    theirs = verify_evidence(await table.nodes["green"].evidence([kept_ref]), pinned=PINS)
    side = dispute_page(compare(report, theirs), report, theirs, FACTS, FACTS)
    assert as_text(side).splitlines()[0] == banner
    assert f"[{banner}]" in as_html(side)


async def test_pages_without_a_paper_carry_no_banner(table: Table) -> None:
    notice = await table.nodes["blue"].post_notice(transit(1), role="duty")
    report = await shown(table.nodes["blue"], notice.ref)
    assert report.scope.remarks == ()
    assert "TLP" not in as_html(evidence_page(report, FACTS))
