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
        assert await size_of(m, "green") == size + 3
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
