"""What a person decided on which lives depend stands in the log, with what was known then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from parley.errors import IntegrityError, ProtocolError
from parley.ledger import (
    Checkpoint,
    SeenHead,
    log_origin,
    open_decision,
    sign_checkpoint,
    verify_evidence,
)
from parley.ledger.decision import Decision
from parley.node.decide import act_of
from parley.node.known import WITNESSED
from parley.node.node import Node
from parley.node.ports import Tx
from parley.node.replay import carried
from parley.node.views import LogEntry
from parley.rules.statements import Draft, NoticeVolume, Phase, Rung, Step, Use
from parley.space import Area
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import disc, minutes, notice, place, three_sided

AGREEMENT = three_sided()
FAR = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(90_000, span=minutes(90, 120))),))
HERE = Draft("transit", (NoticeVolume(Use.ACTIVITY, disc(span=minutes(90, 120))),))


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    clock = HandClock()
    nodes = {p.id: await started_node(AGREEMENT, p.id, clock=clock) for p in AGREEMENT.parties}
    yield nodes
    for node in nodes.values():
        await node.check_node(MemoryStore())
        await node.close()


async def decisions(node: Node) -> list[tuple[LogEntry, Decision]]:
    """Every decision in a node's log, with its entry."""
    keys = node.context.ring.note_keys
    entries = await node.log_entries(0, 10_000)
    return [(e, open_decision(e.note, keys)) for e in entries if e.kind.label == "decision"]


async def acts(node: Node) -> list[str]:
    return [decision.act for _, decision in await decisions(node)]


async def test_stop_distress_steps_and_final_answers_are_decisions(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await blue.post_notice(FAR, role="duty")
    await blue.report(
        role="duty",
        third_party="battery",
        phase=Phase.OPEN,
        area=Area.circle(place(), 10),
        since_ms=0,
    )
    assert await acts(blue) == []
    await carried(nodes)
    await green.answer("notice:blue-1", Rung.READ, role="duty")
    assert await acts(green) == []
    await green.answer("notice:blue-1", Rung.OBJECTED, role="duty")
    await green.answer("notice:blue-1", Rung.UNABLE, role="duty")
    assert await acts(green) == ["objected", "unable"]
    stop = await blue.stop(role="duty")
    await blue.distress(role="duty", subject="A1", since_ms=0)
    await blue.step("notice:blue-1", Step.CANCEL, role="duty")
    await blue.step(stop.ref, Step.ALL_CLEAR, role="duty")
    assert await acts(blue) == ["stop", "distress", "cancel", "all-clear"]


async def test_a_decision_stands_in_front_of_its_statement_and_names_the_log_before_it(
    nodes: dict[str, Node],
) -> None:
    blue = nodes["blue"]
    before = await blue.health()
    stop = await blue.stop(role="chief")
    ((entry, decision),) = await decisions(blue)
    assert entry.index == stop.index - 1 == before.log_size
    assert (decision.size, decision.root.hex()) == (before.log_size, before.log_root)
    assert (decision.ref, decision.version, decision.role) == (stop.ref, 1, "chief")
    assert (decision.party, decision.log) == ("blue", log_origin("blue", 1))


async def test_a_notice_is_a_decision_when_a_warning_stands_about_it(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await green.post_notice(HERE, role="duty")
    await carried(nodes)
    await blue.post_notice(FAR, role="duty")
    assert await acts(blue) == []
    posted = await blue.amend_notice("blue-1", HERE, role="duty")
    ((entry, decision),) = await decisions(blue)
    assert entry.index == posted.index - 1
    assert (decision.act, decision.version) == ("amend", 2)
    assert set(decision.findings) == {f.key for f in posted.findings if f.level.name != "INFO"}
    again = await blue.post_notice(HERE, role="duty", each_its_own=True)
    assert (await decisions(blue))[-1][0].index == again.index - 1
    assert await acts(blue) == ["amend", "release"]


async def test_the_heads_of_peers_that_we_cosigned_are_named() -> None:
    store = MemoryStore()
    node = await started_node(AGREEMENT, "blue", store=store)
    heads = []
    for party, size in (("amber", 7), ("green", 9)):
        head = Checkpoint(log_origin(party, 1), size, bytes([size]) * 32)
        note = sign_checkpoint(head, signing_key(party))
        heads.append(SeenHead(head.origin, head.size, head.root))

        def keep(tx: Tx, origin: str = head.origin, note: bytes = note) -> None:
            tx.records.put(WITNESSED, origin, note)

        await store.write(keep)
    await node.stop(role="duty")
    ((_, decision),) = await decisions(node)
    assert decision.heads == tuple(heads)
    await node.close()


async def test_what_was_refused_leaves_no_decision_and_no_wrong_root(
    nodes: dict[str, Node],
) -> None:
    """The unit of work that is undone takes its decision with it; the next one is right."""
    blue = nodes["blue"]
    stop = await blue.stop(role="duty")
    for _ in range(3):
        with pytest.raises(ProtocolError):
            await blue.step(stop.ref, Step.CANCEL, role="duty")
        await blue.stop(role="duty")
    assert await acts(blue) == ["stop"] * 4


async def test_roots_are_right_when_several_decide_in_one_commit(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "blue.db")
    node = await started_node(AGREEMENT, "blue", store=store)
    stop = await node.stop(role="duty")
    works = [node.stop(role="duty") for _ in range(30)]
    wrong = [node.step(stop.ref, Step.CANCEL, role="duty") for _ in range(5)]
    done = await asyncio.gather(*works, *wrong, return_exceptions=True)
    assert sum(isinstance(one, ProtocolError) for one in done) == 5
    assert len(await acts(node)) == 31
    await node.check_node(MemoryStore())
    await node.close()


async def test_evidence_about_an_item_holds_its_decisions(nodes: dict[str, Node]) -> None:
    stop = await nodes["blue"].stop(role="duty")
    report = verify_evidence(await nodes["blue"].evidence([stop.ref]))
    assert "parley/decision/v1" in [item.type for item in report.items]


async def test_a_decision_that_names_another_root_does_not_pass_the_audit() -> None:
    store = MemoryStore()
    node = await started_node(AGREEMENT, "blue", store=store)
    honest = node._known.root
    node._known.root = lambda tx: (honest(tx)[0], b"\x01" * 32)  # type: ignore[method-assign]
    await node.stop(role="duty")
    with pytest.raises(IntegrityError, match="decision"):
        await node.check_node(MemoryStore())
    await node.close()


def test_a_decision_about_nothing_is_none() -> None:
    assert act_of(notice(disc())) == ""
    assert act_of(replace(notice(disc()), version=2)) == ""


async def test_evidence_with_a_decision_shows_no_protected_presence(
    nodes: dict[str, Node],
) -> None:
    """Green knows whom blue's notice endangers, decides, and shows blue the evidence."""
    blue, green = nodes["blue"], nodes["green"]
    kept = await green.protect("a convoy", disc(3_000, span=minutes(0, 300)), role="duty")
    live = Draft("live-activity", HERE.volumes)
    posted = await blue.post_notice(live, role="duty")
    await carried(nodes)
    stood = {f.key for f in await green.findings() if kept.ref in f.refs}
    assert stood, "the presence is in the hazard"
    await green.answer(posted.ref, Rung.READ, role="duty")
    await green.answer(posted.ref, Rung.OBJECTED, role="duty")
    ((_, decision),) = await decisions(green)
    assert {key.partition("|")[0] for key in stood} <= set(decision.findings)
    report = verify_evidence(await green.evidence([posted.ref]))
    for item in report.items:
        assert kept.ref.encode() not in item.entry.note
        assert b"convoy" not in item.entry.note
