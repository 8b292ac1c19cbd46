"""A key ended backwards, to before what it had receipted. Real nodes, TLS, SQLite.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from parley.ledger import Term, seal_roster
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.keys import own_keys, root_key, roster_of
from parley.testing.liars import exhibits, file_of, handed_over, judged, said, side_by_side


def backwards(last: int) -> bytes:
    """Blue's second roster, made a day later: its first note key was stolen, valid to this size."""
    first, new = roster_of("blue"), own_keys("blue", note="second").note.verifier
    terms = (replace(first.terms[0], last=last, why="stolen"), Term(new, 1, last))
    later_ms = DAWN_MS + 86_400_000
    return seal_roster(replace(first, serial=2, at_ms=later_ms, terms=terms), root_key("blue"))


async def test_a_receiver_that_revokes_backwards_disowns_its_receipt(tmp_path: Path) -> None:
    """Blue receipts a notice of green's. Then blue's root ends the key at a size before it.

    Proved: that the key signed the receipt, and that blue's second roster ended the key to before
    its place, when by blue's word. Side by side, too.
    Suspected: nothing: a key that was stolen looks the same.
    Unknowable: whether blue or a thief signed the receipt.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "green", 0)
        await m.rounds(times=2)
        before = await file_of(m.node("green"))
        theirs = await file_of(m.node("blue"))
        (sent,) = [i for i in judged(m, before).items if i.type.startswith("parley/notice")]
        assert {shown.receipt.party for shown in sent.receipts} == {"blue", "white"}
        assert await handed_over(m, "blue", "green", backwards(2)) == set()

        report = judged(m, await file_of(m.node("green")))
        (sent,) = [i for i in report.items if i.type.startswith("parley/notice")]
        flagged = {shown.receipt.party: shown.ended_at for shown in sent.receipts}
        assert flagged == {"blue": 2, "white": None}
        (told,) = [line for line in report.proved if "roster 2 of blue" in line]
        assert told.startswith(f"Key {own_keys('blue').note.key_id.hex()} of blue signed a receipt")
        assert told.endswith("ends that key at size 2, before this place.")
        (open_,) = [one for one in report.unknowable if "blue or a thief signed the rec" in one]
        assert sent.note_hash.hex()[:16] in open_
        assert (report.exhibits, report.suspected) == ((), ())
        assert await exhibits(m.node("green")) == {}

        dispute = side_by_side(m, await file_of(m.node("green")), theirs)
        (row,) = [one for one in dispute.rows if one.note_hash == sent.note_hash]
        assert row.a is not None
        assert [receipt.party for receipt in row.a.receipts] == ["white"]
        assert [receipt.party for receipt in row.a.disowned] == ["blue"]
