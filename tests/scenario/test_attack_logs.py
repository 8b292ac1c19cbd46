"""A receiver that drops or rewrites what it has receipted. Real nodes, TLS, SQLite; green lies.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.ledger import Entry, Kind, seal
from parley.testing.agreements import small_agreement
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.keys import signing_key
from parley.testing.liars import (
    cut_log,
    exhibits,
    file_of,
    judged,
    leaf_at,
    nobody_is_accused,
    proved,
    rewrite,
    said,
    shameless,
    suspicions,
)

LOG = "green/log/1"


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def size_of(m: Mechanism, party: str) -> int:
    return (await m.node(party).health()).log_size


async def test_a_receiver_drops_what_it_receipted(tmp_path: Path) -> None:
    """Green receipts five notices of blue, then its log never had them.

    Proved: blue's receipts against green's next head, which has another entry at the place of the
    first and does not reach that of the second. By blue's file, and by white's, who was told.
    Suspected: before green signs a next head, that it does not show what it receipted.
    Unknowable: why; a person's malice, a stolen key and a disk set back look alike.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        size = await size_of(m, "green")
        for number in range(1, 6):
            ref = await said(m, "blue", number, "green")
        await nobody_is_accused(m)
        await m.fall("green")
        cut_log(tmp_path / "green.db", size)
        await m.rise("green", asks=False)
        shameless(m.node("green"))

        await m.rounds("blue")
        m.clock.advance(601_000)
        await m.rounds("blue")
        assert await suspicions(m.node("blue")) == {"green": {"receipt-not-shown"}}
        assert await exhibits(m.node("blue")) == {}

        await said(m, "green", 9, "white")
        assert size + 1 < await size_of(m, "green") < size + 5
        await m.rounds("green")
        await m.rounds("blue", times=2)
        both = {"receipt-contradicted", "receipt-beyond-head"}
        for holder in ("blue", "white"):
            assert await exhibits(m.node(holder)) == {"green": both}, holder
            file = await file_of(m.node(holder))
            assert proved(m, file, "green") == both, holder
        (receipt,) = [
            shown.receipt
            for item in judged(m, await file_of(m.node("blue"), ref)).items
            for shown in item.receipts
            if shown.receipt.party == "green" and shown.receipt.index == size + 4
        ]
        assert receipt.log == LOG
        assert await exhibits(m.node("green")) == {}
        for honest in ("blue", "white"):
            assert await suspicions(m.node(honest)) == {}


async def test_a_receiver_rewrites_what_it_receipted(tmp_path: Path) -> None:
    """Green replaces two notices of blue in its log: one under no head yet, one that was cosigned.

    Proved: the first by its receipt against the copy of green's log that blue checks it with; the
    second by two heads of green with the proof that the newer does not extend the older. Blue
    and white refuse to cosign (422) from then on; the last head that counts stays where it was.
    Suspected: that a head brought for cosigning does not extend the last.
    Unknowable: what the first notice's entry was, but for blue who sent it: hashes are compared.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0, "green")
        old = await size_of(m, "green") - 1
        await m.rounds(times=2)
        ref = await said(m, "blue", 1, "green")
        new = await size_of(m, "green") - 1
        await nobody_is_accused(m)

        await relogged(m, tmp_path, new)
        await said(m, "green", 2, "white")
        wrong = await m.rounds("green")
        assert not any(wrong["green"].values()), "the head of a log rewritten in time is cosigned"
        await m.rounds("blue", times=2)
        for holder in ("blue", "white"):
            assert await exhibits(m.node(holder)) == {"green": {"receipt-contradicted"}}, holder
            file = await file_of(m.node(holder))
            assert proved(m, file, "green") == {"receipt-contradicted"}, holder
        about = await m.node("blue").evidence([ref])
        assert proved(m, about, "green") == {"receipt-contradicted"}
        cosigned = {p: await cosigned_size(m, p) for p in ("blue", "white")}

        await relogged(m, tmp_path, old)
        await said(m, "green", 3, "white")
        wrong = await m.rounds("green")
        await m.rounds("blue", "white", times=4)
        for holder in ("blue", "white"):
            assert "422" in wrong["green"][holder]
            assert (await exhibits(m.node(holder)))["green"] >= {"split-history"}, holder
            assert await suspicions(m.node(holder)) == {"green": {"not-extended"}}, holder
            assert proved(m, await file_of(m.node(holder)), "green") >= {"split-history"}, holder
            assert judged(m, await file_of(m.node(holder))).split_logs == (LOG,)
        assert cosigned == {p: await cosigned_size(m, p) for p in ("blue", "white")}
        assert await exhibits(m.node("green")) == {}


async def relogged(m: Mechanism, tmp_path: Path, index: int) -> None:
    """Green stops, puts words of its own in the place of an entry, and starts without a blush."""
    await m.fall("green")
    database = tmp_path / "green.db"
    was = leaf_at(database, index)
    words = seal("parley/remark/v1", {"at_ms": 0, "index": index}, signing_key("green"))
    rewrite(database, index, Entry(Kind.OBSERVED, was.salt, words))
    await m.rise("green", asks=False)
    shameless(m.node("green"))


async def cosigned_size(m: Mechanism, holder: str) -> int:
    head = await m.node(holder).trust.witness.last(LOG)
    assert head is not None
    return head.size
