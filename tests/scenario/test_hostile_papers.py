"""Whatever a peer writes on paper, rightly signed: a receipt, or a refusal that names it and leaves
no trace. Then the node still derives the same from its log."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.ledger import seal
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper, Reply
from parley.node.node import Node
from parley.rules.statements import Header
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.testing.papers import contents, replies
from parley.wire.spoken import encode

AGREEMENT = small_agreement()
REF = context_of(AGREEMENT, "blue").agreement_ref
OTHERS = ("green", "white")


def note(said: Paper | Reply) -> bytes:
    line, body = encode(said)
    return seal(line, body, signing_key("blue"))


async def tables(node: Node) -> Any:
    return await node.look(
        lambda desk: [list(desk.tx.records.scan(t)) for t in ("paper", "paper-list", "id", "due")]
    )


async def said(node: Node, one: Paper | Reply) -> None:
    before = await tables(node)
    (outcome,) = await node.receive([note(one)])
    if outcome.refused is not None:
        assert outcome.refused.at_fault == "party blue"
        assert await tables(node) == before
    else:
        assert outcome.receipt is not None


def versions(kind: str, data: st.DataObject, number: int) -> list[Paper]:
    """A paper and what its author says of it later, in turn and out of it."""
    by = "blue"
    draw = data.draw
    ids = [f"{by}-{number}", f"{by}-participation", f"{by}-sign-{REF[:16]}-1", "green-1"]
    header = Header(by, "duty", DAWN_MS, draw(st.sampled_from([("green",), OTHERS])), REF)
    first = Paper(
        header,
        draw(st.sampled_from(ids)),
        1,
        draw(contents(kind)),
        Marking(rel_to=header.to),
        draw(st.sampled_from([(), ("notice:blue-1",)])),
    )
    later = replace(
        first,
        version=draw(st.sampled_from([2, 2, 3])),
        content=draw(contents(kind)),
        withdrawn=draw(st.booleans()),
    )
    return [first, later]


@pytest.mark.parametrize("kind", list(KINDS))
def test_papers_of_a_hostile_peer_are_receipted_or_refused_whole(kind: str) -> None:
    @settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=12)
    @given(st.data())
    def hostile(data: st.DataObject) -> None:
        async def run() -> None:
            node = await started_node(AGREEMENT, "green")
            for number in range(1, 4):
                for paper in versions(kind, data, number):
                    await said(node, paper)
                reply = data.draw(replies(by="blue", to=OTHERS))
                header = replace(reply.header, agreement=REF)
                await said(node, replace(reply, header=header, item=f"blue-{number}"))
            await node.tick()
            await node.check_node(MemoryStore())
            await node.close()

        asyncio.run(run())

    hostile()
