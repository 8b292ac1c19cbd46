"""An agreement that changes while two nodes work under it: proposed, signed, crossed, suspended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from parley.errors import InputError, ProtocolError
from parley.liaison.pacts.contents import Participation, Stance
from parley.node.node import Node
from parley.rules.agreement import Agreement, SeparationMinima
from parley.rules.findings import Kind
from parley.space import Span
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.testing.harness import Mechanism
from parley.wire.agreement import agreement_digest, format_agreement

BASE = small_agreement()


def amended(title: str, **changes: object) -> Agreement:
    return replace(BASE, version=2, title=title, **changes)  # type: ignore[arg-type]


def wider(metres: int) -> Agreement:
    """The separation of transits is another."""
    classes = tuple(
        replace(c, separation=SeparationMinima(metres, 300, 300)) if c.id == "transit" else c
        for c in BASE.classes
    )
    return amended(f"With {metres} m between transits", classes=classes)


async def propose(node: Node, agreement: Agreement, *, from_ms: int = DAWN_MS) -> str:
    now_ms = node.clock()
    filed = await node.propose(
        format_agreement(agreement), role="chief", from_ms=from_ms, sign_by_ms=now_ms + HOUR_MS
    )
    return filed.ref


async def in_force(m: Mechanism) -> dict[str, str]:
    for party in m.parties:
        await m.node(party).tick()
    return {party: m.node(party).agreement_ref for party in m.parties}


def found(kinds: list[Kind], kind: Kind) -> int:
    return sum(1 for one in kinds if one is kind)


async def test_an_amendment_is_in_force_once_all_have_signed_and_its_day_has_come(
    tmp_path: Path,
) -> None:
    later = wider(9_000)
    async with Mechanism(BASE, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        ref = await propose(a, later, from_ms=m.clock() + 10 * 60_000)
        await a.sign(ref, role="chief")
        await m.settle()
        assert set((await in_force(m)).values()) == {agreement_digest(BASE)}
        await b.sign(ref, role="chief")
        await m.settle()
        assert [o.state for o in await b.offers()] == ["agreed"]
        m.clock.advance(10 * 60_000)
        assert set((await in_force(m)).values()) == {agreement_digest(later)}
        assert a.agreement.classes[0].separation.horizontal_m == 9_000
        posted = await a.post_notice(transit(0), role="duty")
        await m.settle()
        assert (await b.item(posted.ref)).content.header.agreement == agreement_digest(later)
        await m.check()


async def test_what_stands_is_judged_by_the_amendment(tmp_path: Path) -> None:
    async with Mechanism(BASE, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        await a.post_notice(transit(0), role="duty")
        await b.post_notice(transit(1), role="duty")
        await m.settle()
        before = [f.kind for f in await a.findings()]
        ref = await propose(a, wider(60_000))
        for node in (a, b):
            await node.sign(ref, role="chief")
            await m.settle()
        await in_force(m)
        after = [f.kind for f in await a.findings()]
        assert (found(before, Kind.CONFLICT), found(after, Kind.CONFLICT)) == (0, 1)
        assert Kind.CONFLICT in [f.kind for f in await b.findings()]
        await m.check()


async def test_amendments_from_both_sides_at_once_end_the_same_on_both_nodes(
    tmp_path: Path,
) -> None:
    async with Mechanism(BASE, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        await m.cut("blue", "green")
        mine, theirs = await propose(a, wider(7_000)), await propose(b, wider(8_000))
        await a.sign(mine, role="chief")
        await b.sign(theirs, role="chief")
        m.heal("blue", "green")
        await m.settle()
        contested = [
            [f.refs for f in await node.findings() if f.kind is Kind.AMENDMENT_CONTESTED]
            for node in (a, b)
        ]
        assert contested[0] == contested[1]
        assert len(contested[0]) == 1
        offers = await a.offers()
        assert offers == await b.offers()
        assert sorted(o.state for o in offers) == ["crossed", "open"]
        assert {o.round for o in offers} == {2}
        assert set((await in_force(m)).values()) == {agreement_digest(BASE)}
        left = next(o for o in offers if o.state == "open")
        lost = next(o for o in offers if o.state == "crossed")
        with pytest.raises(InputError, match="cannot be signed"):
            await a.sign(lost.ref, role="chief")
        for node in (a, b):
            await node.sign(left.ref, role="chief")
            await m.settle()
        assert set((await in_force(m)).values()) == {left.digest}
        assert Kind.AMENDMENT_CONTESTED not in [f.kind for f in await a.findings()]
        await m.check()


async def test_nobody_signs_twice_in_a_round_and_nobody_unsigns() -> None:
    async with Mechanism(BASE) as m:
        a = m.node("blue")
        one, two = await propose(a, wider(7_000)), await propose(a, wider(8_000))
        signed = await a.sign(one, role="chief")
        with pytest.raises(InputError, match="round 1"):
            await a.sign(two, role="chief")
        with pytest.raises(ProtocolError, match="changed"):
            await a.withdraw_paper(signed.ref, role="chief")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (replace(BASE, version=3), "version 3"),
        (amended("one party less", parties=BASE.parties[:2]), "who the parties are"),
        (amended("one class less", classes=BASE.classes[:1]), "leaves out class"),
    ],
)
async def test_what_an_amendment_may_not_change_is_refused(wrong: Agreement, why: str) -> None:
    async with Mechanism(BASE) as m:
        with pytest.raises(ProtocolError, match=why):
            await propose(m.node("blue"), wrong)


async def test_a_suspension_with_the_line_in_use_is_a_state(tmp_path: Path) -> None:
    async with Mechanism(BASE, tmp_path) as m:
        a, b = m.node("blue"), m.node("green")
        words = Participation(Stance.SUSPENDED, m.clock(), keeps_line=True, why="after the strike")
        await a.take_part(words, role="chief")
        await m.settle()
        assert await a.stances() == await b.stances()
        assert [(s.party, s.stance) for s in await b.stances()] == [
            ("blue", "suspended"),
            ("green", "taking-part"),
        ]
        told = [f for f in await b.findings() if f.kind is Kind.SUSPENDED]
        assert [f.codes for f in told] == [("by:blue", "line-kept")]
        posted = await b.post_notice(transit(0), role="duty")
        await m.settle()
        assert (await a.item(posted.ref)).ref == posted.ref
        resumed = Participation(Stance.TAKING_PART, m.clock(), keeps_line=True)
        await a.take_part(resumed, role="chief")
        await m.settle()
        assert Kind.SUSPENDED not in [f.kind for f in await b.findings()]
        past = await b.paper_history("participation:blue-participation")
        assert [p.paper.content for p in past] == [words, resumed]
        await m.check()


async def test_an_agreement_asks_for_its_renewal_and_is_renewed() -> None:
    short = replace(BASE, valid=Span(DAWN_MS - HOUR_MS, DAWN_MS + 29 * 24 * HOUR_MS))
    async with Mechanism(short) as m:
        a, b = m.node("blue"), m.node("green")
        assert Kind.EXPIRING in [f.kind for f in await a.findings()]
        longer = replace(short, version=2, valid=BASE.valid)
        filed = await a.propose(
            format_agreement(longer),
            role="chief",
            from_ms=m.clock(),
            sign_by_ms=m.clock() + HOUR_MS,
        )
        for node in (a, b):
            await node.sign(filed.ref, role="chief")
            await m.settle()
        await in_force(m)
        assert Kind.EXPIRING not in [f.kind for f in await a.findings()]
        await m.check()


async def test_an_amendment_survives_a_restart(tmp_path: Path) -> None:
    later = wider(9_000)
    async with Mechanism(BASE, tmp_path) as m:
        ref = await propose(m.node("blue"), later)
        for party in ("blue", "green"):
            await m.node(party).sign(ref, role="chief")
            await m.settle()
        await m.fall("green")
        await m.rise("green")
        assert (await in_force(m))["green"] == agreement_digest(later)
        await m.check()


async def test_what_waits_for_an_amendment_at_an_observer_comes_through_the_network(
    tmp_path: Path,
) -> None:
    """The observer misses green's signature while blue already speaks under the amendment: its
    door answers that it is not time yet, blue's courier keeps the notice, and nothing is lost."""
    later = wider(9_000)
    async with Mechanism(BASE, tmp_path) as m:
        a, b, white = (m.node(party) for party in ("blue", "green", "white"))
        ref = await propose(a, later)
        await m.settle()
        await m.cut("green", "white")
        await a.sign(ref, role="chief")
        await m.settle("blue")
        await b.sign(ref, role="chief")
        await m.until("blue", lambda: a.agreement_ref == agreement_digest(later))
        posted = await a.post_notice(transit(0), role="duty")
        await m.until("blue", lambda: "not all come" in m.link("blue", "white").error)
        assert "503" in m.link("blue", "white").error
        assert await a.pending() == {"white": 1}
        m.heal("green", "white")
        await m.settle()
        assert (await white.item(posted.ref)).content.header.agreement == agreement_digest(later)
        assert (await a.health()).refused_by_peers == 0
        await m.check()
