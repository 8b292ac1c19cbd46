"""A node restored from an old backup gets its own log back from its peers; it never forks it.

Real nodes, mutual TLS, SQLite.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from parley.cli.ceremony.succession import next_epoch_terms
from parley.errors import OurError
from parley.ledger import open_receipt, open_roster, seal_roster
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.node.context import Context
from parley.node.node import Node
from parley.node.proofs.mirror import Sealed
from parley.node.recovery.rebuild import Rebuilt, hashes_of, rebuild
from parley.node.recovery.recover import Copy, Plan, make_plan
from parley.node.views import NodeState
from parley.peers.fetchback import fetch_copy
from parley.peers.line import Line
from parley.peers.tls import PeerClient
from parley.rules.statements import Rung, Step
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import counting_salts
from parley.testing.harness import Mechanism, context_of, tls_of
from parley.testing.keys import root_key, roster_of
from parley.wire.agreement import agreement_digest, format_agreement

ORIGIN = "blue/log/1"


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def exchange(m: Mechanism, numbers: range) -> None:
    """Notices both ways, some answered, one amended, one cancelled."""
    blue, green = m.node("blue"), m.node("green")
    for number in numbers:
        m.clock.advance(2_000)
        a, b = (blue, green) if number % 2 else (green, blue)
        posted = await a.post_notice(transit(number), role="duty", to=[b.context.party])
        m.hub(a.context.party).wake()
        await m.settle(a.context.party)
        if number % 3 == 0:
            await b.answer(posted.ref, Rung.READ, role="duty")
            m.hub(b.context.party).wake()
            await m.settle(b.context.party)
        if number % 7 == 0:
            await a.step(posted.ref, Step.CANCEL, role="duty")
    await m.settle("blue", "green")


async def copies_of(m: Mechanism, peers: tuple[str, ...] = ("green", "white")) -> list[Copy]:
    """What the peers give blue back, over the wire."""
    found = []
    for peer in peers:
        url = f"https://127.0.0.1:{m._doors[peer]}"
        client = PeerClient(peer, url, tls_of("blue", lambda: m.certificates))
        try:
            found.append(await fetch_copy(Line(client, url), peer, "blue", ORIGIN))
        finally:
            await client.aclose()
    return found


async def recovered(m: Mechanism, tmp_path: Path, copies: list[Copy]) -> tuple[Plan, Rebuilt]:
    """Blue's database made anew; blue does not run."""
    database, fresh_path = tmp_path / "blue.db", tmp_path / "fresh.db"
    old = await SqliteStore.open(database)
    fresh = await SqliteStore.open(fresh_path)
    context = context_of(small_agreement(), "blue")
    plan = make_plan(context, context.ring, await hashes_of(old, 1), copies)
    made = await rebuild(
        context,
        context.ring,
        old,
        fresh,
        plan,
        copies,
        m.clock(),
        counting_salts("blue recovered"),
    )
    await old.close()
    await fresh.close()
    database.rename(tmp_path / "blue.db.before-recovery")
    fresh_path.rename(database)
    return plan, made


async def backed_up(m: Mechanism, tmp_path: Path) -> Path:
    copy = tmp_path / "blue.backup"
    await m.fall("blue")
    shutil.copy(tmp_path / "blue.db", copy)
    await m.rise("blue")
    return copy


async def restored(m: Mechanism, tmp_path: Path, copy: Path) -> None:
    """Crash, and the old backup in place of the database."""
    await m.fall("blue")
    for path in tmp_path.glob("blue.db*"):
        path.unlink()
    shutil.copy(copy, tmp_path / "blue.db")


async def mirrored(m: Mechanism) -> int:
    """Rounds until green holds all that blue said; the size of its copy."""
    await m.rounds(times=4)
    _, head = await m.node("green").trust.mirrors.tree(ORIGIN)
    assert head is not None
    return head.size


async def receipted(node: Node, by: str, log: str = ORIGIN) -> dict[int, set[bytes]]:
    """Leaf hashes by index, of all receipts for that log that stand in this node's log."""
    found: dict[int, set[bytes]] = {}
    ring = await node.ring()
    for entry in await node.log_entries(0, 10_000):
        if entry.type == "parley/receipt/v1" and entry.by == by:
            receipt = open_receipt(entry.note, ring.keys_of(by))
            if receipt.log == log:
                found.setdefault(receipt.index, set()).add(receipt.leaf_hash)
    return found


@pytest.mark.slow
async def test_an_old_backup_gets_its_log_back_and_does_not_fork(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        await exchange(m, range(6))
        copy = await backed_up(m, tmp_path)
        await exchange(m, range(6, 36))
        size = await mirrored(m)
        before = await hashes_of(m.store("blue"), 1)
        items = [(r.ref, r.version, r.state) for r in await m.node("blue").items()]
        receipts = await receipted(m.node("green"), "blue")

        await restored(m, tmp_path, copy)
        await m.rise("blue")
        blue = m.node("blue")
        await m.until("blue", lambda: blue.witnessed().state is NodeState.BEHIND)
        with pytest.raises(OurError, match="parley recover"):
            await blue.post_notice(transit(40), role="duty", to=["green"])
        stop = await blue.stop(role="duty", text="while behind")
        assert not stop.logged
        m.hub("blue").wake()
        await m.until("green", lambda: True)
        while "stop" not in {r.ref.partition(":")[0] for r in await m.node("green").items()}:
            await m.node("green").wait_for_event()

        await m.fall("blue")
        copies = await copies_of(m)
        plan, made = await recovered(m, tmp_path, copies)
        assert (plan.missing, plan.needs_epoch, made.reissued) == ((), False, ())
        assert plan.size == size
        await m.rise("blue")
        blue = m.node("blue")
        assert (await hashes_of(m.store("blue"), 1))[:size] == before[:size]
        back = await blue.bring_back(copies, made.dropped)
        assert (back.said, back.left_out) == (1, ())
        await m.settle("blue", "green")
        wrong = await m.rounds(times=4)
        assert blue.witnessed().state is NodeState.CONFIRMED
        assert blue.witnessed().by["green"][0] >= size
        assert not wrong.get("blue", {}).get("green")
        now = {(r.ref, r.version, r.state) for r in await blue.items()}
        assert set(items) <= now

        await exchange(m, range(40, 46))
        await m.rounds(times=3)
        after = await receipted(m.node("green"), "blue")
        assert all(len(leaves) == 1 for leaves in after.values())
        assert all(after[index] == leaves for index, leaves in receipts.items())
        for party in ("blue", "green", "white"):
            health = await m.node(party).health()
            assert (party, health.exhibits, health.suspicions) == (party, 0, 0)
        await m.check()


@pytest.mark.slow
async def test_papers_and_an_amendment_behind_the_backup_come_back(tmp_path: Path) -> None:
    """Lists go on behind what was given back, and the agreement is the one that all signed."""
    base = small_agreement()
    async with Mechanism(base, tmp_path) as m:
        await said(m, range(2))
        copy = await backed_up(m, tmp_path)
        await said(m, range(2, 5))
        later = replace(base, version=2, title="Amended")
        proposal = await m.node("green").propose(
            format_agreement(later),
            role="chief",
            from_ms=m.clock(),
            sign_by_ms=m.clock() + 3_600_000,
        )
        for party in ("blue", "green"):
            await m.settle()
            await m.node(party).sign(proposal.ref, role="chief")
        await m.settle()
        await mirrored(m)
        before = [(await m.node("blue").papers("message", limit=100)).records, await counts(m)]
        assert m.node("blue").agreement_ref == agreement_digest(later)
        await restored(m, tmp_path, copy)
        copies = await copies_of(m)
        await recovered(m, tmp_path, copies)
        await m.rise("blue")
        await m.node("blue").tick()
        assert m.node("blue").agreement_ref == agreement_digest(later)
        page = await m.node("blue").papers("message", limit=100)
        assert [page.records, await counts(m)] == before
        await m.rounds(times=4)
        await said(m, range(5, 7))
        page = await m.node("blue").papers("message", limit=100)
        assert (len(page.records), page.total) == (len(before[0]) + 2, len(before[0]) + 2)
        await m.check()


async def said(m: Mechanism, numbers: range) -> None:
    for number in numbers:
        party = ("blue", "green")[number % 2]
        words = Message(LineName.SAFETY, Precedence.ROUTINE, "en", f"Message {number}.")
        await m.node(party).post_paper(words, role="duty")
        await m.node(party).post_notice(transit(number), role="duty")
        await m.settle()


async def counts(m: Mechanism) -> tuple[int, int]:
    page = await m.node("blue").papers("message", limit=1)
    health = await m.node("blue").health()
    return page.total, health.findings


@pytest.mark.slow
async def test_without_sealed_leaves_the_root_opens_a_second_log(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path) as m:
        await exchange(m, range(4))
        copy = await backed_up(m, tmp_path)
        await exchange(m, range(4, 12))
        size = await mirrored(m)
        first = await receipted(m.node("green"), "blue")
        await restored(m, tmp_path, copy)

        copies = await copies_of(m)
        bare = [
            Copy(c.peer, c.note, [Sealed(e.hash, b"") for e in c.entries], c.given_back)
            for c in copies
        ]
        plan, made = await recovered(m, tmp_path, bare)
        assert plan.needs_epoch
        assert plan.missing == tuple(range(plan.own, size))
        m._contexts["blue"] = second_epoch(plan.last_size)
        await m.rise("blue")
        blue, green = m.node("blue"), m.node("green")
        back = await blue.bring_back(bare, made.dropped)
        assert back.left_out == ()
        await m.settle("blue", "green")
        assert {r.ref for r in await blue.items()} == {r.ref for r in await green.items()}

        await exchange(m, range(20, 26))
        await m.rounds(times=4)
        assert (await green.ring()).roster("blue").origin == "blue/log/2"
        assert blue.witnessed().by["green"][0] > 0
        _, head = await green.trust.mirrors.tree("blue/log/2")
        assert head is not None
        assert head.checkpoint.origin == "blue/log/2"
        again = await receipted(green, "blue", "blue/log/2")
        assert again
        assert await receipted(green, "blue") == first
        for party in ("blue", "green", "white"):
            assert (party, (await m.node(party).health()).exhibits) == (party, 0)
        await m.check()


def second_epoch(last_size: int) -> Context:
    """Blue's context after its root closed the first log and opened the second."""
    context = context_of(small_agreement(), "blue")
    known = roster_of("blue")
    terms = next_epoch_terms(known, context.key.verifier, last_size)
    roster = seal_roster(replace(known, serial=2, epoch=2, terms=terms), root_key("blue"))
    others = tuple(note for note in context.rosters if open_roster(note).party != "blue")
    return replace(context, rosters=(roster, *others))
