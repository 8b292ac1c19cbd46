"""Papers between real nodes: signed, receipted, replied to, amended, refused, derived again."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.errors import ProtocolError
from parley.ledger import Kind
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.marking import Marking, Tlp
from parley.node.liaison import shelf
from parley.rules.statements import Rung
from parley.testing.agreements import small_agreement
from parley.testing.harness import Mechanism

AGREEMENT = small_agreement()
HELLO = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Do you hear us?")


async def test_a_paper_is_receipted_read_and_accepted_and_both_nodes_say_the_same(
    tmp_path: Path,
) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        a, b, *_ = m.parties
        said = await m.node(a).post_paper(HELLO, role="duty", to=[b])
        await m.settle()
        await m.node(b).reply(said.ref, Rung.READ, role="duty")
        await m.node(b).reply(said.ref, Rung.ACCEPTED, role="duty", text="loud and clear")
        await m.settle()
        at_a, at_b = await m.node(a).paper(said.ref), await m.node(b).paper(said.ref)
        assert at_a == at_b
        assert at_a.of(b).rung is Rung.ACCEPTED
        assert at_a.of(b).text == "loud and clear"
        page = await m.node(b).papers("message")
        assert [r.ref for r in page.records] == [said.ref]
        await m.check()


async def test_new_words_are_heard_anew_and_the_old_ones_stay(tmp_path: Path) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        a, b, *_ = m.parties
        said = await m.node(a).post_paper(HELLO, role="duty", to=[b])
        await m.settle()
        await m.node(b).reply(said.ref, Rung.READ, role="duty")
        other = Message(LineName.SAFETY, Precedence.FLASH, "en", "Answer!")
        await m.node(a).amend_paper(said.ref, other, role="duty")
        await m.settle()
        record = await m.node(b).paper(said.ref)
        assert record.of(b).rung is Rung.RECEIVED
        past = await m.node(b).paper_history(said.ref)
        assert [p.paper.content for p in past] == [HELLO, other]
        await m.check()


async def test_a_marking_binds_its_own_author() -> None:
    async with Mechanism(AGREEMENT) as m:
        a, b, *_ = m.parties
        with pytest.raises(ProtocolError, match="marking"):
            await m.node(a).post_paper(HELLO, role="duty", to=[b], marking=Marking(Tlp.RED))
        assert await m.node(a).look(lambda desk: shelf.find(desk, f"{a}-1")) is None


async def test_what_binds_is_a_decision_with_what_was_known(tmp_path: Path) -> None:
    async with Mechanism(AGREEMENT, tmp_path) as m:
        a, b, *_ = m.parties
        said = await m.node(a).post_paper(HELLO, role="duty", to=[b])
        await m.settle()
        await m.node(b).reply(said.ref, Rung.READ, role="duty")
        await m.node(b).reply(said.ref, Rung.UNABLE, role="duty", text="no aircraft there")
        entries = await m.node(b).log_entries(0, 100)
        decided = [e.body for e in entries if e.kind is Kind.DECISION]
        assert [(d["act"], d["ref"]) for d in decided] == [("unable", said.ref)]
        after = entries[[e.kind for e in entries].index(Kind.DECISION) + 1]
        assert after.body["rung"] == "unable"
        await m.check()
