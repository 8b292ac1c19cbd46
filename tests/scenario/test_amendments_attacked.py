"""Amendments under attack and under time: withdrawn after they were signed, copied with other
days, made by the hundred, in force at an hour at which nobody looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from parley.errors import InputError, NotYetError, ProtocolError
from parley.ledger import seal
from parley.liaison.duties.contents import NoticeRequest
from parley.liaison.pacts.contents import Posture, Proposal, Signature
from parley.liaison.pacts.rules import signature_id
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.when import When
from parley.node.node import Node
from parley.node.replay import carried
from parley.rules.agreement import Agreement, SeparationMinima
from parley.rules.findings import Kind
from parley.rules.statements import Header
from parley.space import Span
from parley.store.memory import MemoryStore
from parley.testing.agreements import HOUR_MS, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import context_of, started_node
from parley.testing.keys import signing_key
from parley.testing.rules_strategies import three_sided
from parley.wire.agreement import agreement_digest, format_agreement
from parley.wire.spoken import encode

BASE = three_sided()
REF = context_of(BASE, "blue").agreement_ref
SIGNERS = ("amber", "blue", "green")
Nodes = Mapping[str, Node]


def wider(metres: int) -> Agreement:
    classes = tuple(
        replace(c, separation=SeparationMinima(metres, 300, 300)) if c.id == "transit" else c
        for c in BASE.classes
    )
    return replace(BASE, version=2, title=f"With {metres} m", classes=classes)


async def world(clock: HandClock) -> dict[str, Node]:
    return {p.id: await started_node(BASE, p.id, clock=clock) for p in BASE.parties}


async def propose(node: Node, agreement: Agreement, *, from_ms: int, for_ms: int = HOUR_MS) -> str:
    text = format_agreement(agreement)
    until_ms = node.clock() + for_ms
    filed = await node.propose(text, role="chief", from_ms=from_ms, sign_by_ms=until_ms)
    return filed.ref


async def sign_all(nodes: Nodes, ref: str) -> None:
    await carried(nodes)
    for party in SIGNERS:
        await nodes[party].sign(ref, role="chief")
        await carried(nodes)


async def at_rest(nodes: Nodes) -> list[str]:
    """Every node follows from its log; the agreements in force."""
    found = []
    for node in nodes.values():
        await node.tick()
        await node.check_node(MemoryStore())
        found.append(node.agreement_ref)
    return found


def others(by: str) -> tuple[str, ...]:
    return tuple(sorted(p.id for p in BASE.parties if p.id != by))


def note(by: str, item: str, content: Content, at_ms: int = DAWN_MS, version: int = 1) -> bytes:
    header = Header(by, "chief", at_ms, others(by), REF)
    paper = Paper(header, item, version, content, Marking(rel_to=header.to))
    return seal(*encode(paper), signing_key(by))


def proposal(
    metres: int, *, from_ms: int = DAWN_MS, sign_by_ms: int = DAWN_MS + HOUR_MS
) -> Proposal:
    text = wider(metres)
    return Proposal(
        REF,
        agreement_digest(text),
        text.title,
        format_agreement(text).decode(),
        from_ms,
        sign_by_ms,
    )


async def test_an_amendment_comes_into_force_while_nobody_does_anything() -> None:
    clock = HandClock()
    nodes = await world(clock)
    ref = await propose(nodes["blue"], wider(9_000), from_ms=clock() + 600_000)
    await sign_all(nodes, ref)
    clock.advance(700_000)
    for node in nodes.values():
        await node.tick()
    clock.advance(60_000)
    await nodes["blue"].post_notice(transit(0), role="duty")
    await carried(nodes)
    clock.advance(60_000)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(9_000))}


@pytest.mark.parametrize("looks", [True, False])
async def test_an_hour_later_the_audit_judges_as_the_node_did(looks: bool) -> None:
    clock = HandClock()
    nodes = await world(clock)
    await nodes["blue"].post_notice(transit(0), role="duty")
    await nodes["green"].post_notice(transit(1), role="duty")
    ref = await propose(nodes["blue"], wider(60_000), from_ms=clock() + 600_000)
    await sign_all(nodes, ref)
    clock.advance(600_000)
    if looks:
        await nodes["blue"].findings()
        clock.advance(1_000)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(60_000))}
    for party in SIGNERS:
        assert Kind.CONFLICT in [f.kind for f in await nodes[party].findings()]


async def test_what_all_signed_is_not_taken_back_by_whoever_proposed_it() -> None:
    clock = HandClock()
    nodes = await world(clock)
    ref = await propose(nodes["blue"], wider(9_000), from_ms=clock() + 600_000)
    await sign_all(nodes, ref)
    clock.advance(500_000)
    await nodes["blue"].withdraw_paper(ref, role="chief")
    await carried({p: nodes[p] for p in ("blue", "green")})
    clock.advance(200_000)
    for node in nodes.values():
        await node.tick()
    await carried(nodes)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(9_000))}


@pytest.mark.parametrize("from_ms", [DAWN_MS, DAWN_MS + 10**11])
async def test_a_copy_of_a_proposal_with_other_days_changes_nothing_of_it(from_ms: int) -> None:
    """Amber copies what blue proposed; green gets the copy before the last signature, blue behind
    it."""
    clock = HandClock()
    nodes = await world(clock)
    day_ms = DAWN_MS + HOUR_MS // 2
    ref = await propose(nodes["blue"], wider(9_000), from_ms=day_ms)
    await carried(nodes)
    copy = note("amber", "amber-0", proposal(9_000, from_ms=from_ms, sign_by_ms=DAWN_MS))
    clock.advance(1_000)
    await nodes["green"].receive([copy])
    await sign_all(nodes, ref)
    await nodes["blue"].receive([copy])
    await nodes["white"].receive([copy])
    assert {nodes[p].agreement_ref for p in SIGNERS} == {REF}, "its day has not come"
    clock.set(day_ms)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(9_000))}


async def test_nobody_proposes_by_the_hundred() -> None:
    node = await started_node(BASE, "green")
    notes = [note("blue", f"blue-{n}", proposal(5_000 + n)) for n in range(40)]
    outcomes = await node.receive(notes)
    refused = [o for o in outcomes if o.refused is not None]
    assert len(refused) == 40 - 8
    assert all(isinstance(o.refused, ProtocolError) for o in refused)
    assert sum(f.kind is Kind.AMENDMENT_CONTESTED for f in await node.findings()) <= 120
    await node.check_node(MemoryStore())


async def test_nobody_signs_in_rounds_that_never_come() -> None:
    node = await started_node(BASE, "green")
    far = note(
        "blue", signature_id("blue", REF, 65), Signature(REF, 65, "proposal:blue-1", "0" * 64)
    )
    (outcome,) = await node.receive([far])
    assert isinstance(outcome.refused, ProtocolError)
    assert "round" in str(outcome.refused)


async def batch(sender: Node, receiver: Node) -> bool:
    """All that waits, in one request; whether it was taken in."""
    parcels = await sender.parcels(receiver.context.party)
    try:
        outcomes = await receiver.receive([p.note for p in parcels])
    except NotYetError:
        return False
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        assert outcome.receipt is not None, outcome.refused
        await sender.delivered(receiver.context.party, parcel, outcome.receipt)
    return True


async def around(nodes: Nodes) -> None:
    """Every link, twice over: what has to wait for another link comes the second time."""
    for _ in range(2):
        for sender in nodes.values():
            for receiver in nodes.values():
                if receiver is not sender:
                    await batch(sender, receiver)


async def signed_behind_a_cut(nodes: Nodes) -> None:
    """All sign; the last signatures do not come to green and white, who then hear of no more."""
    ref = await propose(nodes["blue"], wider(9_000), from_ms=DAWN_MS)
    await carried({p: nodes[p] for p in SIGNERS})
    await nodes["green"].sign(ref, role="chief")
    await carried({p: nodes[p] for p in SIGNERS})
    for party in ("blue", "amber"):
        await nodes[party].sign(ref, role="chief")
    both = {p: nodes[p] for p in ("blue", "amber")}
    await carried(both)
    for number, node in enumerate(both.values()):
        await node.post_notice(transit(number), role="duty")
    await carried(both)


async def test_signatures_and_notices_under_them_in_one_request_come_through() -> None:
    nodes = await world(HandClock())
    await signed_behind_a_cut(nodes)
    for _ in range(3):
        done = [await batch(nodes[p], nodes["green"]) for p in ("blue", "amber")]
    assert done == [True, True]
    await around(nodes)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(9_000))}


async def test_an_observer_hears_what_is_said_under_an_amendment_that_comes_late() -> None:
    nodes = await world(HandClock())
    await signed_behind_a_cut(nodes)
    done = []
    for _ in range(3):
        done = [await batch(nodes[p], nodes["white"]) for p in ("amber", "blue", "green")]
    assert done == [True, True, True]
    assert len(await nodes["white"].items()) == 2
    await around(nodes)
    assert set(await at_rest(nodes)) == {agreement_digest(wider(9_000))}


@pytest.mark.parametrize("first", [True, False])
async def test_what_waits_for_an_amendment_is_the_same_whatever_came_first(first: bool) -> None:
    """A posture that the amendment knows, and a request that is asked for until it ends."""
    nodes = await world(HandClock())
    third = replace(BASE.third_parties[0], version=3)
    valid = Span(BASE.valid.start_ms, BASE.valid.end_ms - HOUR_MS)
    later = replace(wider(9_000), third_parties=(third,), valid=valid)
    ref = await propose(nodes["blue"], later, from_ms=DAWN_MS)
    now = When("now", DAWN_MS, DAWN_MS)
    posture = Posture("battery", 2, "moved", now, "a map", review_by_ms=DAWN_MS + HOUR_MS)
    request = NoticeRequest("green", "An exercise is announced.", now, "a newspaper")
    for content in (posture, request):
        await nodes["blue"].post_paper(content, role="chief")
    if first:
        await carried(nodes)
    else:
        for node in nodes.values():
            parcels = (
                await nodes["blue"].parcels(node.context.party) if node is not nodes["blue"] else []
            )
            await node.receive([p.note for p in parcels[:1]])
    for party in ("amber", "green", "blue"):
        await nodes[party].sign(ref, role="chief")
    if not first:
        for party in ("amber", "blue", "green"):
            for peer in ("amber", "green", "white"):
                if party != peer:
                    await nodes[peer].receive(
                        [
                            p.note
                            for p in await nodes[party].parcels(peer)
                            if b"/signature/" in p.note
                        ]
                    )
    await carried(nodes)
    assert set(await at_rest(nodes)) == {agreement_digest(later)}
    told = [
        [f for f in await node.findings() if f.kind in (Kind.POSTURE_REVIEW, Kind.NOTICE_REQUESTED)]
        for node in nodes.values()
    ]
    assert all(one == told[0] for one in told)
    assert [f.kind for f in told[0]] == [Kind.NOTICE_REQUESTED]


async def test_a_challenge_hands_no_paper_to_a_party_that_may_not_have_it() -> None:
    nodes = await world(HandClock())
    blue = nodes["blue"]
    now = When("now", DAWN_MS, DAWN_MS)
    words = NoticeRequest("green", "Something was announced.", now, "a newspaper")
    kept = await blue.post_paper(words, role="chief", to=["green"])
    with pytest.raises(InputError, match="may not have it"):
        await blue.challenge(kept.ref, to="green", via="amber")
    open_to = Marking(Tlp.AMBER, ("amber", "green"), "", False)
    shown = await blue.post_paper(words, role="chief", to=["green"], marking=open_to)
    posted = await blue.challenge(shown.ref, to="green", via="amber")
    (outcome,) = await nodes["amber"].receive([posted.note])
    assert outcome.refused is None


async def test_a_challenge_under_an_amendment_waits_for_its_signatures() -> None:
    nodes = await world(HandClock())
    await signed_behind_a_cut(nodes)
    notice = await nodes["blue"].post_notice(transit(2), role="duty")
    posted = await nodes["blue"].challenge(notice.ref, to="white", via="green")
    with pytest.raises(NotYetError):
        await nodes["green"].receive([posted.note])
    await around(nodes)
    (outcome,) = await nodes["green"].receive([posted.note])
    assert outcome.refused is None
