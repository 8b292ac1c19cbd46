"""Same statements, same findings: in whatever order they come, wherever they are kept, after a
restart, under any hash seed, and for one party as for another."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.node.node import Node
from parley.node.ports import Store
from parley.rules.agreement import Agreement, TruthRule
from parley.rules.findings import Finding, Kind, canonical_bytes, order
from parley.rules.statements import Observation
from parley.space import Volume
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.clock import HandClock
from parley.testing.harness import context_of, started_node
from parley.testing.players import interleaved, play, role_of, waiting
from parley.testing.rules_strategies import (
    MINUTE_MS,
    Deed,
    scripts,
    sightings,
    three_sided,
    volumes,
)

AGREEMENT = three_sided(truth=TruthRule(1_000, 5, 600, 50_000))  # slow, so that places tell
AUTHORS = ("amber", "blue", "white")
LATER_MIN = (0, 1, 7, 30, 90, 400)
SLOW = settings(max_examples=18, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Told:
    """What reached green: each author's notes in order, and what green sees and protects."""

    streams: dict[str, list[bytes]]
    local: list[Observation | Volume]
    now_ms: int


async def tell(
    agreement: Agreement, script: Sequence[Deed], local: Sequence[Observation | Volume]
) -> Told:
    clock = HandClock()
    nodes = {p: await started_node(agreement, p, clock=clock) for p in AUTHORS}
    await play(nodes, script, clock)
    streams = await waiting(nodes, "green")
    for node in nodes.values():
        assert (await node.health()).refused_by_peers == 0, "honest nodes refuse each other nothing"
        await node.check_node(MemoryStore())
        await node.close()
    return Told(streams, list(local), clock.now_ms)


async def hear(node: Node, told: Told, seed: int) -> None:
    """Take everything in, in the order of the seed; an honest note is never refused."""
    streams: dict[str, Sequence[object]] = {**told.streams, "green": told.local}
    for author, said in interleaved(streams, seed):
        if isinstance(said, bytes):
            (outcome,) = await node.receive([said])
            assert outcome.refused is None, (author, outcome.refused)
        elif isinstance(said, Volume):
            await node.protect("people", said, role=role_of(node))
        elif isinstance(said, Observation):
            await node.observe([said])


async def found(node: Node, clock: HandClock, now_ms: int) -> list[bytes]:
    """The findings now and at later instants, as bytes."""
    seen = []
    for minute in LATER_MIN:
        clock.set(now_ms + minute * MINUTE_MS)
        seen.append(canonical_bytes(await node.findings()))
        if minute in (LATER_MIN[0], LATER_MIN[-1]):
            await node.check_node(MemoryStore())
    return seen


async def replica(
    agreement: Agreement, store: Store, told: Told, seed: int
) -> tuple[list[bytes], Node, HandClock]:
    clock = HandClock(told.now_ms)
    node = await started_node(agreement, "green", store=store, clock=clock)
    await hear(node, told, seed)
    return await found(node, clock, told.now_ms), node, clock


def locals_() -> st.SearchStrategy[list[Observation | Volume]]:
    return st.lists(st.one_of(sightings(), volumes()), max_size=5)


@given(scripts(AUTHORS), locals_(), st.integers(0, 999), st.integers(1000, 1999))
@SLOW
def test_order_of_arrival_and_kind_of_store_do_not_matter(
    script: list[Deed], local: list[Observation | Volume], seed: int, other: int
) -> None:
    async def main(path: Path) -> None:
        agreement = AGREEMENT
        told = await tell(agreement, script, local)
        one, first, _ = await replica(agreement, MemoryStore(), told, seed)
        two, second, _ = await replica(agreement, await SqliteStore.open(path), told, other)
        assert one == two
        await first.close()
        await second.close()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(Path(directory) / "green.db"))


@given(scripts(AUTHORS), locals_(), st.integers(0, 999))
@settings(SLOW, max_examples=6)
def test_restart_in_the_middle_changes_nothing(
    script: list[Deed], local: list[Observation | Volume], seed: int
) -> None:
    async def main(path: Path) -> None:
        agreement = AGREEMENT
        told = await tell(agreement, script, local)
        whole, node, _ = await replica(agreement, MemoryStore(), told, seed)
        await node.close()
        clock = HandClock(told.now_ms)
        for author, said in interleaved({**told.streams, "green": told.local}, seed):
            store = await SqliteStore.open(path)
            again = await started_node(agreement, "green", store=store, clock=clock)
            single = Told({author: [said]} if isinstance(said, bytes) else {}, [], told.now_ms)
            if not isinstance(said, bytes):
                single = replace(single, local=[said])  # type: ignore[list-item]
            await hear(again, single, 0)
            await again.close()
        last = await started_node(
            agreement, "green", store=await SqliteStore.open(path), clock=clock
        )
        assert await found(last, clock, told.now_ms) == whole
        await last.close()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(main(Path(directory) / "green.db"))


@given(
    scripts(AUTHORS),
    locals_(),
    st.lists(st.integers(0, 20), max_size=6),
    st.lists(st.sampled_from((0, 1, 90_000, 600_000, 3_600_000, 36_000_000)), min_size=1),
)
@settings(SLOW, max_examples=10)
def test_how_often_somebody_looks_does_not_matter(
    script: list[Deed], local: list[Observation | Volume], looks: list[int], jumps: list[int]
) -> None:
    """One node is asked at every turn, even with its clock far ahead, and one only at the end:
    time passes for both."""

    async def main() -> None:
        agreement = AGREEMENT
        told = await tell(agreement, script, local)
        nodes = []
        for eager in (True, False):
            clock = HandClock(told.now_ms)
            node = await started_node(agreement, "green", clock=clock)
            streams: dict[str, Sequence[object]] = {**told.streams, "green": told.local}
            for turn, (author, said) in enumerate(interleaved(streams, 1)):
                clock.advance(MINUTE_MS * (looks[turn % len(looks)] if looks else 0) // 2)
                if eager:
                    await node.findings()
                    clock.advance(jumps[turn % len(jumps)])
                    await node.findings()
                    clock.advance(-jumps[turn % len(jumps)])
                clock.advance(MINUTE_MS * (looks[turn % len(looks)] if looks else 0) // 2)
                mine = [] if isinstance(said, bytes) else [said]
                theirs = {author: [said]} if isinstance(said, bytes) else {}
                await hear(node, Told(theirs, mine, clock.now_ms), 0)  # type: ignore[arg-type]
            nodes.append(await found(node, clock, clock.now_ms))
            await node.close()
        assert nodes[0] == nodes[1]

    asyncio.run(main())


EXCHANGED = {"blue": "amber", "amber": "blue"}


def other(name: str) -> str:
    """The text with the two parties' names exchanged."""
    for one in EXCHANGED:
        name = name.replace(one, f"\0{EXCHANGED[one][::-1]}\0")
    return "".join(p[::-1] if n % 2 else p for n, p in enumerate(name.split("\0")))


def exchange(finding: Finding) -> Finding:
    refs = tuple(other(ref) for ref in finding.refs)
    refs = tuple(sorted(refs)) if finding.kind is Kind.CONFLICT else refs
    parties = tuple(sorted(other(p) for p in finding.parties))
    codes = tuple(sorted(other(c) for c in finding.codes))
    return replace(finding, refs=refs, parties=parties, codes=codes)


@given(scripts(AUTHORS), locals_(), st.integers(0, 999))
@settings(SLOW, max_examples=10)
def test_exchanging_two_parties_exchanges_their_findings_and_nothing_else(
    script: list[Deed], local: list[Observation | Volume], seed: int
) -> None:
    def turned(said: Observation | Volume) -> Observation | Volume:
        if isinstance(said, Volume):
            return said
        return replace(said, owner=other(said.owner), track=other(said.track))

    async def findings(script: Sequence[Deed], local: list[Observation | Volume]) -> list[Finding]:
        told = await tell(agreement, script, local)
        node = await started_node(agreement, "green", clock=HandClock(told.now_ms))
        await hear(node, told, seed)
        seen = await node.findings()
        await node.check_node(MemoryStore())
        await node.close()
        return seen

    async def main() -> None:
        mirrored = [replace(deed, by=other(deed.by)) for deed in script if deed.word != "distress"]
        straight = [deed for deed in script if deed.word != "distress"]
        there = await findings(straight, local)
        here = await findings(mirrored, [turned(said) for said in local])
        assert canonical_bytes(order(exchange(f) for f in there)) == canonical_bytes(here)

    agreement = AGREEMENT
    asyncio.run(main())


def test_names_are_exchanged_rightly() -> None:
    assert other("notice:blue-1|amber") == "notice:amber-1|blue"


@pytest.fixture(scope="module")
def digests() -> Mapping[str, object]:
    return told_by_child("0")


def told_by_child(seed: str) -> Mapping[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "parley.testing.node_child", "digest"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_hash_seed_of_the_process_does_not_matter(digests: Mapping[str, object], seed: str) -> None:
    """Findings and logs (their salts are fixed in tests) of all nodes of the story."""
    assert told_by_child(seed) == digests
    assert len(digests) == 4


def test_context_names_the_same_agreement_for_all() -> None:
    refs = {context_of(AGREEMENT, p.id).agreement_ref for p in AGREEMENT.parties}
    assert len(refs) == 1
