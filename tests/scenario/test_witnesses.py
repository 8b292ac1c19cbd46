"""Logs hold each other to their word: real nodes, real sockets, one of them lies or forgets.

Threats of docs/trust.md: split view, rewritten or dropped entry, old backup, absent or full store.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from parley.errors import OurError
from parley.ledger import (
    Entry,
    Receipt,
    note_hash,
    open_checkpoint,
    party_policy,
    seal_receipt,
    witnesses_of,
)
from parley.ledger.exhibit import check_exhibit, open_exhibit
from parley.node.node import Node
from parley.node.proofs.faults import Found
from parley.node.proofs.mirror import open_leaf, read_mirror
from parley.node.views import JournalEvent, NodeState
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.fakes import FailingStore
from parley.testing.harness import BY_HAND, TOKEN, Mechanism
from parley.testing.keys import own_keys


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


async def said(m: Mechanism, party: str, number: int, *to: str) -> str:
    """A notice that has reached its addressees; its ref."""
    posted = await m.node(party).post_notice(transit(number), role="duty", to=to or None)
    m.hub(party).wake()
    await m.settle(party)
    return posted.ref


async def events(node: Node, kind: str) -> list[JournalEvent]:
    return [e for e in await node.events(limit=10_000) if e.kind == kind]


async def against(node: Node, party: str) -> list[Found]:
    """What the node holds against a party, each checked again from the bytes that stand in its
    log."""
    found = [f for f in await node.trust.faults.exhibits() if f.accused == party]
    ring = await node.ring()
    for one in found:
        (entry,) = await node.log_entries(one.index, one.index + 1)
        assert (entry.kind.label, entry.type) == ("observed", "parley/exhibit/v1")
        exhibit, finder, _ = open_exhibit(entry.note, ring.note_keys)
        assert check_exhibit(exhibit, ring) == one.what
        assert (exhibit.accused, finder) == (party, node.context.party)
    return found


async def test_a_head_is_cosigned_by_the_counterparties() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND, quorum=2) as m:
        blue = m.node("blue")
        ref = await said(m, "blue", 0)
        size = (await blue.health()).log_size
        assert not await blue.witnessed_refs([ref])
        await m.rounds("blue")
        held = blue.witnessed()
        assert (held.size, held.state, held.quorum) == (size, NodeState.CONFIRMED, 2)
        assert {party: seen for party, (seen, _) in held.by.items()} == {
            "green": size,
            "white": size,
        }
        assert await blue.witnessed_refs([ref]) == {ref}
        (head, *_) = await blue.trust.heads_now()
        ring = await blue.ring()
        opened = open_checkpoint(head[0].note, ring.every)
        assert set(witnesses_of(opened)) == {"green", "white"}
        others = {p: ring.roster(p).witness_keys for p in ("green", "white")}
        party_policy(ring.head_keys("blue/log/1"), others, 2).check(opened)
        entries = await m.node("green").log_entries(0, 1000)
        *_, cosigned = [e for e in entries if e.kind.label == "cosigned" and e.by == "blue"]
        assert cosigned.body == {
            "origin": "blue/log/1",
            "size": size,
            "root": head[0].checkpoint.root.hex(),
        }
        kept = open_checkpoint(cosigned.note, ring.every)
        assert sorted((k.name, k.algorithm) for k in kept.signers) == [
            ("blue", 1),
            ("blue", 6),
            ("green", 4),
            ("green", 6),
        ]
        await m.check()


async def test_cosignatures_alone_ask_for_no_new_head() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds(times=3)
        before = {p: (await m.node(p).health()).log_size for p in m.parties}
        await m.rounds(times=3)
        assert {p: (await m.node(p).health()).log_size for p in m.parties} == before


async def test_an_officer_sees_what_is_witnessed() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        ref = await said(m, "blue", 0)
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=m.url("blue"), headers=headers) as officer:
            before = (await officer.get(f"/v1/items/{ref}")).json()["witnessed"]
            await m.rounds("blue")
            item = (await officer.get(f"/v1/items/{ref}")).json()
            log = (await officer.get("/v1/log")).json()["entries"]
            health = (await officer.get("/v1/health")).json()
            heads = (await officer.get("/v1/heads")).json()["heads"]
        size = health["witnessed"]["size"]
        assert (before, item["witnessed"]) == (False, True)
        assert [e["witnessed"] for e in log] == [e["index"] < size for e in log]
        assert set(health["witnessed"]["by"]) == {"green", "white"}
        assert (heads[0]["origin"], heads[0]["size"]) == ("blue/log/1", size)


async def test_a_copy_of_a_log_goes_to_its_owner_alone() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        await said(m, "green", 0)
        await m.rounds(times=2)
        path = "/peer/v1/log/mirror?from=0&origin="
        mine = await m.ask("green", "white", f"{path}green/log/1")
        other = await m.ask("green", "white", f"{path}blue/log/1")
        assert (mine.status, other.status) == (200, 403)
        note, entries = read_mirror(mine.body)
        tree, head = await m.node("white").trust.mirrors.tree("green/log/1")
        assert head is not None
        assert (note, len(entries)) == (head.note, tree.size)
        leaves = [open_leaf(own_keys("green").tail, entry) for entry in entries]
        log = await m.node("green").log_entries(0, tree.size)
        assert [Entry.from_leaf(leaf).note for leaf in leaves] == [entry.note for entry in log]


async def test_a_split_view_is_found_by_two_honest_holders() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        await m.rounds()
        twin = await m.twin("blue", "white")
        await said(m, "blue", 0, "green")
        await twin.post_notice(transit(1), role="duty", to=["white"])
        await twin.post_notice(transit(2), role="duty", to=["white"])
        m.hub("blue'").wake()
        await m.rounds("blue", "blue'")
        await m.rounds("green", "white", times=4)
        for holder in ("green", "white"):
            found = await against(m.node(holder), "blue")
            assert found, holder
            assert {f.kind for f in found} <= {"split", "split-history"}
            (told, *_) = await events(m.node(holder), "exhibit")
            assert told.data["accused"] == "blue"
        await m.node("green").check_node(MemoryStore())
        await m.node("white").check_node(MemoryStore())


async def forged_receipt(m: Mechanism, *, index: int, leaf: bytes) -> None:
    """Green holds a receipt of blue's key for a notice of its own, which blue's log belies."""
    green = m.node("green")
    await m.cut("green", "blue")
    await green.post_notice(transit(7), role="duty", to=["blue"])
    (parcel,) = await green.parcels("blue")
    receipt = Receipt(note_hash(parcel.note), "blue/log/1", index, leaf, m.clock())
    await green.delivered("blue", parcel, seal_receipt(receipt, own_keys("blue").note))
    m.heal("green", "blue")


async def test_a_receipt_that_the_log_contradicts_is_proof() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await forged_receipt(m, index=2, leaf=bytes(32))
        await m.rounds(times=3)
        for holder in ("green", "white"):
            assert [f.kind for f in await against(m.node(holder), "blue")] == [
                "receipt-contradicted"
            ]
        assert await m.node("blue").trust.faults.exhibits() == []


async def test_a_receipt_beyond_a_later_head_is_proof() -> None:
    async with Mechanism(small_agreement(), pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds()
        await forged_receipt(m, index=50, leaf=bytes(32))
        m.clock.advance(10_000)
        await said(m, "blue", 1)
        await m.rounds(times=2)
        found = await against(m.node("green"), "blue")
        assert [f.kind for f in found] == ["receipt-beyond-head"]


async def test_a_rewritten_log_is_not_cosigned(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.fall("blue")
        shutil.copy(tmp_path / "blue.db", tmp_path / "old")
        await m.rise("blue")
        await said(m, "blue", 1)
        await m.rounds(times=2)
        kept = m.node("blue").witnessed().by["green"][0]
        await m.fall("blue")
        restored(tmp_path, "blue", tmp_path / "old")
        await m.rise("blue", asks=False)
        for number in range(2, 8):
            await m.node("blue").post_notice(transit(number), role="duty")
        m.hub("blue").wake()
        await m.settle("blue")
        wrong = await m.rounds("blue")
        assert "422" in wrong["blue"]["green"] or m.node("blue").trust.confirming.behind
        await m.rounds("green", "white", times=2)
        for holder in ("green", "white"):
            assert await against(m.node(holder), "blue"), holder
            head = await m.node(holder).trust.witness.last("blue/log/1")
            assert head is not None
            assert head.size == kept


def restored(tmp_path: Path, party: str, backup: Path) -> None:
    """The party's database is the backup."""
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"{party}.db{end}").unlink(missing_ok=True)
    shutil.copy(backup, tmp_path / f"{party}.db")


async def test_a_node_from_an_old_backup_knows_it_and_signs_no_second_history(
    tmp_path: Path,
) -> None:
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND) as m:
        await said(m, "blue", 0)
        await m.rounds()
        await m.fall("blue")
        shutil.copy(tmp_path / "blue.db", tmp_path / "old")
        await m.rise("blue")
        await said(m, "blue", 1)
        await m.rounds(times=2)
        await m.fall("blue")
        restored(tmp_path, "blue", tmp_path / "old")
        await m.rise("blue")
        await m.rounds("blue")
        blue = m.node("blue")
        assert blue.witnessed().state is NodeState.BEHIND
        (told, *_) = await events(blue, "behind")
        assert "recover" in str(told.data["right"])
        size = (await blue.health()).log_size
        with pytest.raises(OurError, match="holds our signed head") as refused:
            await blue.post_notice(transit(2), role="duty")
        assert "parley recover" in refused.value.right
        await m.node("green").post_notice(transit(3), role="duty", to=["blue"])
        m.hub("green").wake()
        await m.rounds("green", "blue", "white")
        assert len(await m.node("green").parcels("blue")) == 1
        assert (await blue.health()).log_size == size
        stop = await blue.stop(role="duty", text="cease")
        m.hub("blue").wake()
        assert not stop.logged
        while not any(r.ref == stop.ref for r in await m.node("green").items()):
            await m.node("green").wait_for_event()
        for holder in ("green", "white"):
            assert await against(m.node(holder), "blue") == []


async def test_a_peer_that_was_away_cosigns_when_it_is_back(tmp_path: Path) -> None:
    async with Mechanism(small_agreement(), tmp_path, pace=BY_HAND, quorum=2) as m:
        await said(m, "blue", 0)
        await m.rounds()
        before = m.node("blue").witnessed().size
        await m.fall("white")
        for number in range(1, 4):
            await said(m, "blue", number, "green")
            await m.rounds("blue", "green")
        blue = m.node("blue")
        assert blue.witnessed().size == before
        assert blue.witnessed().by["green"][0] > blue.witnessed().by["white"][0] == before
        m.clock.advance(31_000)
        await m.rounds("blue")
        assert len(await events(blue, "unwitnessed")) == 1
        await m.rise("white")
        await m.rounds(times=2)
        assert blue.witnessed().by["white"][0] == blue.witnessed().size > before
        assert len(await events(blue, "witnessed")) == 1
        tree, _ = await m.node("white").trust.mirrors.tree("blue/log/1")
        assert tree.size == blue.witnessed().size
        await m.check()


async def test_a_full_store_of_proofs_stops_no_message() -> None:
    full = FailingStore(MemoryStore(), times=-1)
    async with Mechanism(small_agreement(), pace=BY_HAND, proofs={"blue": full}) as m:
        blue = m.node("blue")
        await said(m, "blue", 0)
        await said(m, "green", 1)
        wrong = await m.rounds("blue", "green")
        assert "full" in wrong["blue"]["green"]
        assert blue.witnessed().size == 0
        m.clock.advance(31_000)
        await m.rounds("blue")
        assert len(await events(blue, "unwitnessed")) == 1
        full.fail_next(0)
        await said(m, "blue", 2)
        assert not any((await m.rounds("blue"))["blue"].values())
        assert blue.witnessed().size > 0
        assert len(await events(blue, "witnessed")) == 1
        await m.check()
