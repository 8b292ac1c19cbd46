"""Two histories of one log: told to two peers at once, or one after the other from an old backup.
Real nodes, TLS, SQLite; blue lies.

docs/trust.md, "What happens when a party lies".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.errors import OurError
from parley.node.node import Node
from parley.node.proofs.notelist import notes_to_bytes
from parley.node.views import NodeState
from parley.peers.rounds import HEADS_PATH
from parley.rules.agreement import Agreement, Party
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.harness import BY_HAND, Mechanism
from parley.testing.liars import (
    copied,
    exhibits,
    file_of,
    judged,
    nobody_is_accused,
    posted_to,
    proved,
    put_back,
    said,
    shameless,
    suspicions,
)

LOG = "blue/log/1"


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def four_sided() -> Agreement:
    """The small agreement with one more party."""
    agreement = small_agreement()
    return replace(agreement, parties=(*agreement.parties, Party("amber", "Amber", ("duty",))))


async def forked(m: Mechanism, tmp_path: Path, *peers: str) -> Node:
    """A second blue on a copy of its database, which these peers reach in place of the first."""
    store = await SqliteStore.open(copied(tmp_path / "blue.db", tmp_path / "fork.db"))
    twin = await m.twin("blue", *peers, store=store)
    shameless(twin)
    shameless(m.node("blue"))
    return twin


async def size_of(node: Node) -> int:
    return (await node.health()).log_size


async def test_a_split_view_of_one_size_convicts_wherever_it_meets(tmp_path: Path) -> None:
    """Blue tells green one thing and white another, in logs of one size.

    Proved: two heads of blue of one size with different roots, by the files of green, of white
    and of amber, whom blue told nothing and whom the others told.
    Suspected: nothing before the heads meet: each side holds a log that is right in itself.
    Unknowable: which of the two is the true one.
    """
    async with Mechanism(four_sided(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        await m.cut("blue", "amber")
        twin = await forked(m, tmp_path, "white")
        mine = await said(m, "blue", 1, "green")
        other = (await twin.post_notice(transit(2), role="duty", to=["white"])).ref
        m.hub("blue'").wake()
        await m.settle("blue'")
        assert await size_of(twin) == await size_of(m.node("blue"))
        await m.rounds("blue", "blue'")
        await nobody_is_accused(m, "green", "white", "amber")

        await m.rounds("green", "white", "amber", times=2)
        for holder in ("green", "white", "amber"):
            assert await exhibits(m.node(holder)) == {"blue": {"split"}}, holder
            file = await file_of(m.node(holder))
            assert proved(m, file, "blue") == {"split"}, holder
            assert judged(m, file).split_logs == (LOG,)
            assert set(await suspicions(m.node(holder))) <= {"blue"}
        for holder, ref in (("green", mine), ("white", other)):
            report = judged(m, await m.node(holder).evidence([ref]))
            assert report.split_logs == (LOG,), "evidence about the item has the exhibit too"
            assert sum("signed two heads of the log" in line for line in report.proved) == 1


async def test_a_split_view_of_two_sizes_is_suspected_until_the_proof_between_them(
    tmp_path: Path,
) -> None:
    """Blue tells green one thing and white two others: heads of different sizes.

    Proved: both heads exclude each other, by the way between its own heads that the second blue
    shows white, whom green told of the smaller one; white tells green.
    Suspected: by green alone, whom the larger head reached first: blue shows no way to it.
    Unknowable: which of the two is the true one.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        twin = await forked(m, tmp_path, "white")
        await said(m, "blue", 1, "green")
        for number in (2, 3):
            await twin.post_notice(transit(number), role="duty", to=["white"])
        m.hub("blue'").wake()
        await m.settle("blue'")
        assert await size_of(twin) > await size_of(m.node("blue"))
        await m.rounds("blue", "blue'")
        head = await twin.publish_head()
        assert head is not None
        body = notes_to_bytes("heads", [head.note])
        await posted_to(m, "white", "green", HEADS_PATH, body)
        await m.rounds("green", times=3)
        assert await suspicions(m.node("green")) == {"blue": {"no-history"}}
        assert await exhibits(m.node("green")) == {}
        assert judged(m, await file_of(m.node("green"))).exhibits == ()

        await m.rounds("white", times=2)
        for holder in ("green", "white"):
            assert await exhibits(m.node(holder)) == {"blue": {"split-history"}}, holder
            file = await file_of(m.node(holder))
            assert proved(m, file, "blue") == {"split-history"}, holder
            assert judged(m, file).split_logs == (LOG,)


async def test_a_node_from_an_old_backup_is_honest_until_it_signs_on(tmp_path: Path) -> None:
    """Blue is started from an old backup: first as it should be, then without a blush.

    Proved: nothing while blue holds its tongue; once it signs other words at the places of what
    was cosigned, its two heads with the proof between them, by green's file and by white's.
    Suspected: nothing of the honest node; of the other, a head that does not extend the last.
    Unknowable: why; the exhibit says what was signed, not whether anybody meant to.
    """
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=2)
        backup = copied(tmp_path / "blue.db", tmp_path / "backup.db")
        await said(m, "blue", 1)
        await said(m, "blue", 2)
        await m.rounds(times=2)
        await m.fall("blue")
        put_back(tmp_path / "blue.db", backup)

        await m.rise("blue")
        await m.rounds("blue")
        blue = m.node("blue")
        assert blue.witnessed().state is NodeState.BEHIND
        size = await size_of(blue)
        with pytest.raises(OurError, match="holds our signed head") as refused:
            await blue.post_notice(transit(3), role="duty")
        assert "parley recover" in refused.value.right
        assert await size_of(blue) == size
        await nobody_is_accused(m, "green", "white")

        shameless(blue)
        for number in range(3, 9):
            await said(m, "blue", number)
        wrong = await m.rounds("blue")
        await m.rounds("green", "white", times=4)
        for holder in ("green", "white"):
            assert "422" in wrong["blue"][holder]
            assert (await exhibits(m.node(holder)))["blue"] >= {"split-history"}, holder
            assert await suspicions(m.node(holder)) == {"blue": {"not-extended"}}
            file = await file_of(m.node(holder))
            assert proved(m, file, "blue") >= {"split-history"}, holder
            assert judged(m, file).split_logs == (LOG,)
