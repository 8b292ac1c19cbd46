"""A peer that says very much of one thing: each word of it costs what the first cost, or is
refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from parley.errors import ProtocolError
from parley.ledger import seal
from parley.liaison.directory import names as names_of_persons
from parley.liaison.directory.contents import Merge, Name, Person
from parley.liaison.incidents.contents import Aspect, Claim, Incident, IncidentState, Source
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.when import When
from parley.node.liaison import directory, incidents
from parley.node.node import Node
from parley.rules.statements import Header
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.wire.spoken import encode

AGREEMENT = small_agreement()
REF = context_of(AGREEMENT, "blue").agreement_ref
NOW = When("now", DAWN_MS, DAWN_MS)


def note(number: int, content: Content) -> bytes:
    header = Header("blue", "chief", DAWN_MS, ("green", "white"), REF)
    paper = Paper(header, f"blue-{number}", 1, content, Marking(rel_to=header.to))
    return seal(*encode(paper), signing_key("blue"))


def claim(supersedes: str = "", incident: str = "incident:blue-i") -> Claim:
    source = Source("a paper", "page 1", NOW)
    return Claim(
        incident, "time", Aspect.ACT, "blue", "words", source, supersedes=supersedes, answer="no"
    )


def incident(same_as: str) -> Incident:
    return Incident("Loss", IncidentState.OPEN, NOW, None, ("blue",), (), "", "", same_as=same_as)


class Loads:
    """How many papers are taken from the shelf for the claims on incidents."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("load", "need"):
            patch.setattr(incidents, name, self._counted(getattr(incidents, name)))

    def _counted(self, take: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.count += 1
            return take(*args)

        return counted


async def said(node: Node, notes: list[bytes]) -> None:
    for outcome in await node.receive(notes):
        assert outcome.refused is None


async def test_one_claim_superseded_by_hundreds_costs_each_of_them_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = await started_node(AGREEMENT, "green")
    await said(node, [note(0, claim())])
    await said(node, [note(n, claim("claim:blue-0")) for n in range(1, 200)])
    loads = Loads(monkeypatch)
    await said(node, [note(200, claim("claim:blue-0"))])
    assert loads.count < 60
    await node.check_node(MemoryStore())


async def test_reports_that_join_one_with_many_claims_do_not_judge_them_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = await started_node(AGREEMENT, "green")
    await said(node, [note(0, incident(""))])
    await said(node, [note(n, claim(incident="incident:blue-0")) for n in range(1, 200)])
    loads = Loads(monkeypatch)
    await said(node, [note(200, incident("incident:blue-0"))])
    assert loads.count < 60
    await node.check_node(MemoryStore())


async def test_one_party_says_so_many_merges_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MOST_MERGES", 20)
    node = await started_node(AGREEMENT, "green")
    merges = [Merge(f"person:blue-p{n + 1}", f"person:blue-p{n}", "X", "same") for n in range(21)]
    outcomes = await node.receive([note(n, merge) for n, merge in enumerate(merges)])
    assert [n for n, one in enumerate(outcomes) if one.refused is not None] == [20]
    assert isinstance(outcomes[20].refused, ProtocolError)
    await node.check_node(MemoryStore())


async def test_entries_of_many_names_are_not_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty persons of thirty-two names each, all alike: 1,024 pairs of names a pair of them."""
    node = await started_node(AGREEMENT, "green")
    names = tuple(Name(f"Ivan Petrov {chr(97 + n % 26) * (1 + n // 26)}", "en") for n in range(32))
    await said(node, [note(n, Person(names)) for n in range(30)])
    compared = 0
    likeness = names_of_persons.likeness

    def counted(a: Any, b: Any) -> Any:
        nonlocal compared
        compared += len(a) * len(b)
        return likeness(a, b)

    monkeypatch.setattr(directory, "likeness", counted)
    await said(node, [note(30, Person(names))])
    assert compared <= 2_048
    pairs, _ = await node.look(lambda desk: directory.duplicates(desk))
    assert pairs
