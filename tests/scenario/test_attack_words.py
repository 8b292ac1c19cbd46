"""Parties that take back their words, lie in them, or let go of another's. Real nodes, TLS, SQLite.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.ledger import Kind
from parley.node.copies import LEAK_TYPE, trace
from parley.rules.statements import Rung
from parley.space import Position
from parley.testing.agreements import small_agreement, transit
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.liars import (
    WHAT_WAS_LEFT_OUT,
    WHO_HAD_THE_KEY,
    events,
    exhibits,
    file_of,
    handed_over,
    judged,
    nobody_is_accused,
    said,
    side_by_side,
    suspicions,
)


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_a_sender_denies_what_it_sent(tmp_path: Path) -> None:
    """Blue gives a notice to green; later its file shows other things and not that.

    Proved: by green's file alone, blue signed it; side by side, that blue's file withholds it.
    Suspected: nothing; a file that shows less is no lie yet.
    Unknowable: from one file, what was left out; who at blue had the key in hand.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        denied = await said(m, "blue", 0, "green")
        shown = await said(m, "blue", 1, "green")
        await m.rounds(times=2)
        theirs = await m.node("blue").evidence([shown])
        ours = await m.node("green").evidence([denied, shown])

        report = judged(m, ours)
        note = next(i for i in report.items if i.entry.kind is Kind.RECEIVED)
        assert [signer.name for signer in note.signers] == ["blue"]
        assert note.witnessed
        assert any(
            line.startswith("blue signed parley/notice") and note.note_hash.hex()[:16] in line
            for line in report.proved
        )
        dispute = side_by_side(m, theirs, ours)
        withheld = [row for row in dispute.only_b if row.note_hash == note.note_hash]
        assert [
            row.sentence.endswith("that side's file does not show it.") for row in withheld
        ] == [True]
        assert withheld[0].signers == ("blue",)
        assert dispute.contradictions == ()

        assert report.suspected == judged(m, theirs).suspected == ()
        assert {WHAT_WAS_LEFT_OUT, WHO_HAD_THE_KEY} <= set(judged(m, theirs).unknowable)
        await nobody_is_accused(m)


async def test_a_receiver_denies_what_it_receipted(tmp_path: Path) -> None:
    """Green receipts a notice of blue; later its file shows other things and not that.

    Proved: by blue's file alone, that green receipted it, and at which place of its log; side by
    side, that green's file withholds it.
    Suspected: nothing. That nobody at green answered is a finding of the rules, not of evidence.
    Unknowable: whether a person read it: a receipt is a machine's; read is what a role answers.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        denied = await said(m, "blue", 0, "green")
        shown = await said(m, "blue", 1, "green")
        await m.node("green").answer(shown, Rung.READ, role="duty")
        m.hub("green").wake()
        await m.settle("green")
        await m.rounds(times=2)
        ours = await m.node("blue").evidence([denied, shown])
        theirs = await m.node("green").evidence([shown])

        report = judged(m, ours)
        note = next(i for i in report.items if i.entry.kind is Kind.SENT)
        (finding,) = note.receipts
        assert (finding.receipt.party, finding.receipt.note_hash) == ("green", note.note_hash)
        assert finding.by.pinned
        assert any(
            line.startswith("green signed a receipt for parley/notice")
            and note.note_hash.hex()[:16] in line
            for line in report.proved
        )
        dispute = side_by_side(m, ours, theirs)
        (row,) = [row for row in dispute.only_a if row.note_hash == note.note_hash]
        assert row.sentence.startswith("green receipted parley/notice")
        assert "so it was received" in row.sentence
        assert dispute.contradictions == ()

        assert report.suspected == judged(m, theirs).suspected == ()
        answers = [i for i in report.items if i.type.startswith("parley/answer")]
        assert [json.loads(a.entry.note.split(b"\n")[1])["item"] for a in answers] == [
            shown.partition(":")[2]
        ], "the receipt of the first notice is no answer of a person"
        assert WHO_HAD_THE_KEY in report.unknowable
        await nobody_is_accused(m)


async def test_false_content_verifies(tmp_path: Path) -> None:
    """Blue says that an aircraft of its own is in distress where it is not.

    Proved: that blue said so, when it was received, by whom it was cosigned.
    Suspected: nothing; every signature, receipt and proof is as it should be.
    Unknowable: that it is false.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        nowhere = Position(lat_deg=39.0, lon_deg=19.0)
        lie = await m.node("blue").distress(
            role="duty", subject="blue-7", since_ms=m.clock(), position=nowhere
        )
        m.hub("blue").wake()
        await m.settle("blue")
        await m.rounds(times=2)
        for holder in m.parties:
            report = judged(m, await file_of(m.node(holder), lie.ref), quorum=2)
            told = next(i for i in report.items if i.type.startswith("parley/distress"))
            assert {signer.name for signer in told.signers} == {"blue"}
            assert (told.witnessed, told.pinned) == (True, True)
            assert (report.exhibits, report.suspected) == ((), ())
            assert WHO_HAD_THE_KEY in report.unknowable
        await nobody_is_accused(m)


async def test_a_leaked_copy_narrows_to_two(tmp_path: Path) -> None:
    """Green passes the copy that blue made for it to white, who has one of its own.

    Proved: that it is the copy that blue signed for green alone: by white's file, and by the bytes
    themselves with blue's root, wherever they turn up.
    Suspected: green, who brought it, or blue; that it was not white's copy is certain.
    Unknowable: which of the two let it go, and through whose hands.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        posted = await m.node("blue").post_notice(transit(1), role="duty", each_its_own=True)
        m.hub("blue").wake()
        await m.settle("blue")
        await nobody_is_accused(m)
        leaked = next(
            e.note
            for e in await m.node("green").log_entries(0, 100)
            if e.body.get("copy_for") == "green"
        )
        assert await handed_over(m, "green", "white", leaked) == {"protocol"}
        (told,) = await events(m.node("white"), "leak")
        assert (told.data["author"], told.data["copy_for"]) == ("blue", "green")

        report = judged(m, await file_of(m.node("white"), posted.ref))
        leak = next(i for i in report.items if i.type == LEAK_TYPE)
        assert any(
            line.startswith("blue signed, for green alone, the copy") for line in report.proved
        )
        (line,) = report.suspected
        assert line.startswith("white says that green brought it the copy")
        assert line.endswith("the copy left green or blue.")
        assert any(line.startswith("Which of green and blue let go") for line in report.unknowable)
        assert leak.log == "white/log/1"
        assert report.exhibits == ()

        found = trace(leaked, await m.node("white").ring())
        assert (found.left, found.note_hash) == (("blue", "green"), posted.copies["green"])
        for holder in ("blue", "white"):
            assert await exhibits(m.node(holder)) == {}
            assert await suspicions(m.node(holder)) == {}
