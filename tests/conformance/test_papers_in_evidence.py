"""Papers, replies and two wordings of one paper in evidence files: both verifiers take them."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parley.ledger import note_hash, seal, verify_evidence
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.papers.paper import Paper, Reply
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.statements import Rung
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.keys import own_keys, root_key
from parley.wire.spoken import decode, encode

SCRIPT = Path(__file__).resolve().parents[2] / "verifier" / "parley_verify.py"
AGREEMENT = small_agreement()
PINS = {p.id: root_key(p.id).verifier for p in AGREEMENT.parties}
HELLO = Message(LineName.SAFETY, Precedence.PRIORITY, "en", "Do you hear us?")


def other_verifier() -> Any:
    if not SCRIPT.exists():
        pytest.skip("verifier/ is no part of this source archive")
    spec = importlib.util.spec_from_file_location("parley_verify_papers", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


async def nodes() -> dict[str, Node]:
    clock = HandClock()
    return {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}


def agree(file: bytes) -> Any:
    """The report of ours; the other verifier must find the same notes and exhibits."""
    report = verify_evidence(file, pinned=PINS)
    other = other_verifier()
    theirs = other.verify_evidence(file, [other.read_vkey(pin.to_vkey()) for pin in PINS.values()])
    assert [(i.type, i.note_hash) for i in theirs.items] == [
        (i.type, i.note_hash) for i in report.items
    ]
    assert len(theirs.exhibits) == sum(not one.derived for one in report.exhibits)
    return report


async def test_a_paper_its_receipt_and_its_replies_verify_for_both() -> None:
    table = await nodes()
    said = await table["blue"].post_paper(HELLO, role="duty", to=["green"])
    await carried(table)
    await table["green"].reply(said.ref, Rung.READ, role="duty")
    await table["green"].reply(said.ref, Rung.ACCEPTED, role="duty", person="Ana", text="yes")
    await carried(table)
    for holder in ("blue", "green"):
        report = agree(await table[holder].evidence([said.ref]))
        types = [item.type for item in report.items]
        assert types.count("parley/message/v1") == 1
        assert types.count("parley/reply/v1") == 2
        assert report.pinned


async def test_two_wordings_of_one_paper_are_proved_to_both() -> None:
    table = await nodes()
    said = await table["blue"].post_paper(HELLO, role="duty", to=["green"])
    await carried(table)
    first = said.record.paper
    lie = replace(first, content=replace(HELLO, text="We never asked."))
    assert await refused(table["green"], "blue", lie)
    report = agree(await table["green"].evidence([said.ref]))
    (shown,) = report.exhibits
    assert (shown.exhibit.kind, shown.exhibit.accused) == ("two-words", "blue")
    assert "item blue-1, version 1" in shown.sentence


async def test_two_wordings_of_one_reply_are_proved_to_both() -> None:
    table = await nodes()
    said = await table["blue"].post_paper(HELLO, role="duty", to=["green"])
    await carried(table)
    answer = await table["green"].reply(said.ref, Rung.READ, role="duty")
    await carried(table)
    type_line, body = answer.note.decode().split("\n")[:2]
    reply = decode(type_line, json.loads(body), sender="green")
    assert isinstance(reply, Reply)
    assert await refused(table["blue"], "green", replace(reply, text="but not gladly"))
    (shown,) = agree(await table["blue"].evidence([said.ref])).exhibits
    assert "item blue-1, version 1, number 1" in shown.sentence


async def refused(node: Node, by: str, words: Paper | Reply) -> bool:
    """Whether a node refuses a note that another party signs in place of what it said."""
    type_line, body = encode(words)
    note = seal(type_line, body, own_keys(by).note)
    (outcome,) = await node.receive([note])
    assert outcome.note_hash == note_hash(note).hex()
    return outcome.refused is not None
