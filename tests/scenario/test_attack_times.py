"""Parties whose clocks lie. Real nodes, TLS, SQLite; blue's or green's clock is its own.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.errors import PeerError
from parley.ledger import (
    RECEIPT_TYPE,
    EvidenceReport,
    Exhibit,
    ItemFinding,
    Kind,
    check_exhibit,
    parse_statement,
    seal_exhibit,
)
from parley.ledger import parse as parse_note
from parley.ledger.exhibit import slim
from parley.node.proofs.notelist import notes_to_bytes
from parley.peers.rounds import EXHIBITS_PATH
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.keys import signing_key
from parley.testing.liars import (
    WHO_HAD_THE_KEY,
    events,
    exhibits,
    file_of,
    judged,
    nobody_is_accused,
    posted_to,
    said,
    side_by_side,
    suspicions,
)

LATER_MS = DAWN_MS + 72 * HOUR_MS


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def told(m: Mechanism, party: str, number: int) -> str:
    """A notice to all about a day to come, cosigned; its ref."""
    draft = transit(number, start_ms=LATER_MS)
    posted = await m.node(party).post_notice(draft, role="duty")
    m.hub(party).wake()
    await m.settle(party)
    await m.rounds(times=2)
    m.clock.advance(60_000)
    return posted.ref


def notice(report: EvidenceReport, ref: str, kind: Kind) -> ItemFinding:
    """The entry of this kind with the notice of this ref."""
    for item in report.items:
        if item.entry.kind is kind and item.type.startswith("parley/notice"):
            body = parse_statement(parse_note(item.entry.note).text)[1]
            if f"notice:{body['item']}" == ref:
                return item
    raise AssertionError(ref)


async def test_a_sender_with_a_lying_clock_is_bounded_by_the_cosignatures(tmp_path: Path) -> None:
    """Blue dates one notice two hours back and one a day ahead, between honest ones.

    Proved: when others had cosigned blue's log without the entry and when with it, by their clocks;
    by blue's own file, and by green's when the two are laid side by side.
    Suspected: that the claimed times are false: they lie outside those bounds.
    Unknowable: the moment itself between the bounds; from green's file alone, that the first was
    not merely late on its way.
    """
    lying = HandClock()
    clocks = {"blue": lying}
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, clocks=clocks) as m:
        lying.set(m.clock())
        right = await told(m, "blue", 0)
        before_ms = m.clock()
        await nobody_is_accused(m)
        lying.set(before_ms - 2 * HOUR_MS)
        back = await told(m, "blue", 1)
        lying.set(before_ms + 25 * HOUR_MS)
        ahead = await told(m, "blue", 2)
        after_ms = m.clock()

        theirs, ours = await file_of(m.node("blue")), await file_of(m.node("green"))
        report = judged(m, theirs, quorum=2)
        honest = notice(report, right, Kind.SENT)
        assert (honest.claim_within, honest.witnessed) == (True, True)
        for ref in (back, ahead):
            item = notice(report, ref, Kind.SENT)
            assert (item.claim_within, item.witnessed) == (False, True)
            assert item.not_before_ms is not None
            assert item.not_after_ms is not None
            assert (
                before_ms - 120_000 <= item.not_before_ms <= item.not_after_ms <= after_ms + 1_000
            )
            mark = f"{item.note_hash.hex()[:16]} (index {item.index} of blue/log/1)"
            assert any("cosigned a head of" in line and mark in line for line in report.proved)
            (line,) = [line for line in report.suspected if mark in line]
            assert "does not lie between the cosignatures around it" in line
        assert len(report.suspected) == 2
        assert report.exhibits == ()

        mine = judged(m, ours)
        assert notice(mine, ahead, Kind.RECEIVED).claim_within is False
        late = notice(mine, back, Kind.RECEIVED)
        assert late.claim_within is True, "it may have been late on its way"
        assert late.not_before_ms is not None
        assert late.not_before_ms >= before_ms - 120_000
        found = side_by_side(m, theirs, ours).contradictions
        assert {c.kind for c in found} == {"claimed-time"}
        assert len([c for c in found if c.exhibit is None]) == len(found) >= 2
        assert WHO_HAD_THE_KEY in mine.unknowable

        (told_of,) = await events(m.node("green"), "clock-differs")
        assert told_of.data["party"] == "blue"
        for holder in ("green", "white"):
            assert await exhibits(m.node(holder)) == {}
            assert await suspicions(m.node(holder)) == {}


async def test_a_receiver_with_a_lying_clock_is_bounded_too(tmp_path: Path) -> None:
    """Green's clock stands two hours back: it claims to have had blue's notice before it was made.

    Proved: that green's receipt names a time at which others cosigned blue's log without the note,
    and green's log without the entry.
    Suspected: the receipt's time, by green's file and by both files side by side; it is no exhibit:
    clocks err without a lie.
    Unknowable: when between the bounds it came.
    """
    lying = HandClock()
    clocks = {"green": lying}
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, clocks=clocks) as m:
        lying.set(m.clock())
        await told(m, "blue", 0)
        lying.advance(60_000)
        await nobody_is_accused(m)
        lying.set(m.clock() - 2 * HOUR_MS)
        ref = await told(m, "blue", 1)

        ours, theirs = await file_of(m.node("blue"), ref), await file_of(m.node("green"), ref)
        item = notice(judged(m, ours), ref, Kind.SENT)
        (receipt,) = [s.receipt for s in item.receipts if s.receipt.party == "green"]
        assert item.claim_within is True
        assert item.not_before_ms is not None
        assert receipt.at_ms < item.not_before_ms - HOUR_MS

        report = judged(m, theirs)
        (own,) = notice(report, ref, Kind.RECEIVED).receipts
        assert (own.receipt, own.in_log, own.within) == (receipt, True, False)
        (line,) = report.suspected
        assert line.startswith("The time of green's receipt for parley/notice")
        assert report.exhibits == ()
        found = side_by_side(m, ours, theirs).contradictions
        assert {c.kind for c in found} == {"receipt-time"}
        assert all(c.exhibit is None for c in found)
        assert all("green" in c.sentence for c in found)
        for holder in ("blue", "white"):
            assert await exhibits(m.node(holder)) == {}


async def test_a_receipt_is_held_against_the_log_owners_own_later_head(tmp_path: Path) -> None:
    """Nobody lies with a log, but green's clock runs back between its heads and its receipts (a log
    that does not hold what was receipted: `test_a_receiver_drops_what_it_receipted`).

    Proved: nothing; whoever has green's log sees there what green receipted. An exhibit that blue
    makes of the two clocks is refused by white, who copies green's log.
    Suspected: nothing.
    Unknowable: which of green's two clocks was right.
    """
    own = HandClock()
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, clocks={"green": own}) as m:
        own.set(m.clock())
        await told(m, "blue", 0)
        for step_ms in (3_600_000, -7_200_000, 3_700_000):
            own.advance(step_ms)
            await said(m, "blue", abs(step_ms) // 100_000, "green")
            await m.rounds("green", "blue")
        own.set(m.clock())
        await m.rounds(times=2)
        for holder in m.parties:
            assert await exhibits(m.node(holder)) == {}
            assert judged(m, await file_of(m.node(holder))).exhibits == ()
            assert await suspicions(m.node(holder)) == {}
        assert await accused_by_clock(m) == {"refused": 1}
        assert await exhibits(m.node("white")) == {}


async def accused_by_clock(m: Mechanism) -> Any:
    """Blue brings white what green's two clocks seem to say: a receipt beyond a later head."""
    blue, ring = m.node("blue"), await m.node("blue").ring()
    entries = await blue.log_entries(0, 1000)
    receipts = [e.note for e in entries if e.type == RECEIPT_TYPE]
    heads = [e.note for e in entries if e.kind is Kind.COSIGNED and e.by == "green"]
    for receipt, head in product(receipts, heads):
        try:
            made = slim(Exhibit("receipt-beyond-head", "green", (receipt, head)))
            check_exhibit(made, ring)
        except PeerError:
            continue
        sealed = seal_exhibit(made, m.clock(), signing_key("blue"))
        body = notes_to_bytes("exhibits", [sealed])
        return await posted_to(m, "blue", "white", EXHIBITS_PATH, body)
    raise AssertionError("green's clocks do not contradict each other")


async def test_a_cosigner_with_a_lying_clock_shows_against_the_other(tmp_path: Path) -> None:
    """White, who only cosigns, has a clock two hours back; blue and green are honest.

    Proved: what each cosigner's clock said; nothing against anybody.
    Suspected: that the cosigners' clocks disagree, and with them the honest time that blue claims:
    one false cosignature is enough for that, and the report says both.
    Unknowable: which clock was right; the file gives each cosigner's time by name.
    """
    lying = HandClock(DAWN_MS - 2 * HOUR_MS)
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, clocks={"white": lying}) as m:
        await told(m, "blue", 0)
        lying.advance(60_000)
        ref = await told(m, "blue", 1)
        report = judged(m, await file_of(m.node("blue"), ref))
        item = notice(report, ref, Kind.SENT)
        times = dict(item.witnesses)
        assert times["green"] - times["white"] > 7_000
        assert item.at_ms is not None
        assert abs(item.at_ms - times["green"] * 1000) < 60_000
        mark = f"{item.note_hash.hex()[:16]} (index {item.index} of blue/log/1)"
        lines = [line for line in report.suspected if mark in line]
        assert any(line.startswith("The clocks of the cosigners around") for line in lines)
        assert any("green" in line and "white" in line for line in report.proved if mark in line)
        assert report.exhibits == ()
        for holder in m.parties:
            assert await exhibits(m.node(holder)) == {}
            assert await suspicions(m.node(holder)) == {}
