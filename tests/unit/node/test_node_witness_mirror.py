"""Copies of logs, heads from anywhere, what a node asks before it speaks: node to node."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.errors import ForgedError, MalformedError, OurError, PeerError, UnknownPartyError
from parley.ledger import Checkpoint, Receipt, leaf_hash, note_hash, seal_receipt, sign_checkpoint
from parley.ledger.exhibit import Exhibit
from parley.node.node import Node
from parley.node.proofs import faults, mirror
from parley.node.proofs.heads import SignedHead
from parley.node.proofs.mirror import Catching, Sealed, open_leaf, read_mirror, read_tail, seal_leaf
from parley.node.proofs.seen import ROUNDS_BEFORE, Question
from parley.node.views import NodeState
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.keys import own_keys

BLUE = "blue/log/1"


@pytest.fixture
async def nodes() -> AsyncIterator[dict[str, Node]]:
    clock = HandClock()
    made = {p: await started_node(small_agreement(), p, clock=clock) for p in ("blue", "green")}
    yield made
    for node in made.values():
        await node.close()


async def said(node: Node, *numbers: int) -> SignedHead:
    for number in numbers:
        await node.post_notice(transit(number), role="duty", to=[])
    head = await node.publish_head()
    assert head is not None
    return head


async def cosigned(blue: Node, green: Node, head: SignedHead) -> None:
    last = await green.trust.witness.last(BLUE)
    request = await blue.trust.heads.request(last.size if last else 0, head)
    assert (await green.add_checkpoint(request.to_bytes())).status == 200


async def copied(blue: Node, green: Node) -> None:
    """Green's copy of blue's log reaches the head that it cosigned last."""
    head = await green.trust.witness.last(BLUE)
    assert head is not None
    catching = await green.trust.mirrors.catching(BLUE, head)
    while catching is not None and not catching.whole:
        catching.add(await blue.trust.mirrors.own_tail(catching.next, head.size))
    if catching is not None:
        await green.trust.mirrors.keep(catching)


def signed(size: int, root: bytes) -> bytes:
    keys = own_keys("blue")
    return sign_checkpoint(Checkpoint(BLUE, size, root), keys.note, keys.quantum, at_s=5)


async def leaves(node: Node) -> list[bytes]:
    return await node._store.read(lambda tx: list(tx.log.leaves(0, tx.log.size())))


async def test_a_copy_is_the_log_and_only_its_owner_reads_it(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    head = await said(blue, 0, 1)
    await cosigned(blue, green, head)
    await copied(blue, green)
    tree, held = await green.trust.mirrors.tree(BLUE)
    assert (tree.size, tree.root()) == (head.size, head.checkpoint.root)
    assert held is not None
    note, entries = read_mirror(await green.trust.tail_for(BLUE, 0))
    ours = await leaves(blue)
    assert note == head.note
    assert [open_leaf(own_keys("blue").tail, e) for e in entries] == ours[: head.size]
    assert all(ours[n] not in e.leaf for n, e in enumerate(entries))
    with pytest.raises(ForgedError):
        open_leaf(own_keys("green").tail, entries[0])


async def test_a_copy_grows_from_head_to_head_and_survives_a_restart(
    nodes: dict[str, Node],
) -> None:
    blue, green = nodes["blue"], nodes["green"]
    for number in range(3):
        await cosigned(blue, green, await said(blue, number))
        await copied(blue, green)
    again = Node(green.context, green._store, green.clock, lambda: bytes(16))
    tree, head = await again.trust.mirrors.tree(BLUE)
    assert head is not None
    assert (tree.size, tree.root()) == (head.size, head.checkpoint.root)
    _, entries = read_mirror(await again.trust.tail_for(BLUE, tree.size - 2))
    assert [e.hash for e in entries] == [leaf_hash(leaf) for leaf in (await leaves(blue))[-2:]]
    assert read_mirror(await again.trust.tail_for(BLUE, tree.size + 5))[1] == []


async def test_entries_that_do_not_hash_to_the_head_are_not_kept(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    head = await said(blue, 0)
    await cosigned(blue, green, head)
    entries = read_tail(await blue.trust.mirrors.own_tail(0, head.size))
    entries[1] = Sealed(bytes(32), entries[1].leaf)
    catching = await green.trust.mirrors.catching(BLUE, head)
    assert catching is not None
    catching.add(b"".join(e.to_bytes() for e in entries))
    with pytest.raises(ForgedError, match="hash to"):
        await green.trust.mirrors.keep(catching)
    tree, _ = await green.trust.mirrors.tree(BLUE)
    assert tree.size == 0
    await copied(blue, green)
    assert tree.size == head.size


@pytest.mark.parametrize(
    "data", [b"", b"x", bytes(35), bytes(32) + b"\xff\xff\xff\xff", bytes(32) + b"\0\0\0\x05abc"]
)
async def test_a_tail_of_rubbish_is_refused(nodes: dict[str, Node], data: bytes) -> None:
    head = await said(nodes["blue"], 0)
    with pytest.raises(PeerError):
        Catching(head, 0).add(data)


async def test_more_entries_than_were_asked_for_are_refused(nodes: dict[str, Node]) -> None:
    head = await said(nodes["blue"], 0)
    more = b"".join(Sealed(bytes(32), b"").to_bytes() for _ in range(head.size + 1))
    with pytest.raises(MalformedError):
        Catching(head, 0).add(more)


async def test_sealed_leaves_are_bounded_and_hashes_stay(
    nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "TAIL_BYTES", 4_000)
    blue, green = nodes["blue"], nodes["green"]
    for number in range(8):
        await cosigned(blue, green, await said(blue, number))
        await copied(blue, green)
    _, entries = read_mirror(await green.trust.tail_for(BLUE, 0))
    ours = await leaves(blue)
    assert [e.hash for e in entries] == [leaf_hash(leaf) for leaf in ours]
    opened = [open_leaf(own_keys("blue").tail, e) for e in entries if e.leaf]
    assert 0 < len(opened) < len(ours)
    assert opened == ours[-len(opened) :]


async def test_an_answer_for_a_tail_is_bounded(nodes: dict[str, Node]) -> None:
    blue = nodes["blue"]
    await said(blue, *range(5))
    whole = await blue.trust.mirrors.own_tail(0, 10**9)
    assert len(read_tail(whole)) == len(await leaves(blue))
    assert await blue.trust.mirrors.own_tail(10**9, 10**10) == b""
    assert await blue.trust.mirrors.own_tail(3, 2) == b""


def test_a_sealed_leaf_that_was_changed_does_not_open() -> None:
    secret, leaf = bytes(range(32)), b"leaf"
    digest = leaf_hash(leaf)
    sealed = seal_leaf(secret, leaf, digest)
    assert open_leaf(secret, Sealed(digest, sealed)) == leaf
    for wrong in (
        Sealed(digest, sealed[:-1]),
        Sealed(digest, b""),
        Sealed(leaf_hash(b"another"), sealed),
        Sealed(digest, bytes((sealed[0] ^ 1,)) + sealed[1:]),
    ):
        with pytest.raises(ForgedError):
            open_leaf(secret, wrong)


# Receipts


async def receipted(green: Node, index: int, leaf: bytes, at_ms: int) -> None:
    """Green holds such a receipt of blue for a notice of its own."""
    number = (await green.health()).log_size
    await green.post_notice(transit(number), role="duty", to=["blue"])
    (parcel,) = await green.parcels("blue")
    receipt = Receipt(note_hash(parcel.note), BLUE, index, leaf, at_ms)
    await green.delivered("blue", parcel, seal_receipt(receipt, own_keys("blue").note))


async def test_receipts_that_the_log_bears_out_prove_nothing(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    for number in range(3):
        await green.post_notice(transit(number), role="duty", to=["blue"])
        (parcel,) = await green.parcels("blue")
        (outcome,) = await blue.receive([parcel.note])
        assert outcome.receipt is not None
        await green.delivered("blue", parcel, outcome.receipt)
    await cosigned(blue, green, await said(blue, 9))
    await copied(blue, green)
    await green.trust.comparing.receipts(BLUE)
    assert await green.trust.faults.exhibits() == []


async def test_each_receipt_that_the_log_belies_is_proof_once(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await cosigned(blue, green, await said(blue, 0))
    await copied(blue, green)
    for index in (1, 2):
        await receipted(green, index, bytes((index,)) * 32, green.clock())
    for _ in range(2):
        await green.trust.comparing.receipts(BLUE)
    found = await green.trust.faults.exhibits()
    assert [f.kind for f in found] == ["receipt-contradicted"] * 2
    await green.check_node(MemoryStore())


async def test_a_receipt_ahead_of_our_copy_waits_and_is_no_proof(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    await cosigned(blue, green, await said(blue, 0))
    await copied(blue, green)
    size = (await blue.health()).log_size
    await receipted(green, size, bytes(32), green.clock())
    await green.trust.comparing.receipts(BLUE)
    assert await green.trust.faults.exhibits() == []
    await cosigned(blue, green, await said(blue, 1))
    await copied(blue, green)
    await green.trust.comparing.receipts(BLUE)
    (found,) = await green.trust.faults.exhibits()
    assert found.kind == "receipt-contradicted"


# Heads from anywhere


async def test_a_head_below_our_copy_is_held_against_it(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    first = await said(blue, 0)
    await cosigned(blue, green, await said(blue, 1, 2))
    await copied(blue, green)
    await green.trust.seen.saw(first.note, by="white")
    assert await green.trust.faults.exhibits() == []
    await green.trust.seen.saw(signed(first.size, bytes(32)), by="white")
    (found,) = await green.trust.faults.exhibits()
    assert (found.kind, found.accused) == ("split-history", "blue")


async def questions(node: Node) -> list[Question]:
    """What is asked once our copy had its time to settle it."""
    found: list[Question] = []
    for _ in range(ROUNDS_BEFORE + 1):
        found = await node.trust.seen.questions(BLUE)
    return found


async def test_a_head_above_our_copy_is_a_question_to_its_owner(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    first = await said(blue, 0)
    await cosigned(blue, green, first)
    second = await said(blue, 1)
    await green.trust.seen.saw(second.note, by="white")
    newest = await green.trust.seen.newest(BLUE)
    assert newest is not None
    assert newest.checkpoint == second.checkpoint
    (question,) = await questions(green)
    await green.trust.seen.explained(question, None)
    (suspicion,) = await green.trust.faults.suspicions()
    assert (suspicion.party, suspicion.kind) == ("blue", "no-history")
    proof = await blue.trust.consistency(BLUE, first.size, second.size)
    await green.trust.seen.explained(question, proof)
    assert await questions(green) == []
    assert await green.trust.faults.exhibits() == []


async def test_an_owner_who_explains_another_history_proves_it(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    first = await said(blue, 0)
    await green.trust.seen.saw(signed(first.size, bytes(32)), by="white")
    second = await said(blue, 1)
    await green.trust.seen.saw(second.note, by="blue")
    (question,) = await questions(green)
    proof = await blue.trust.consistency(BLUE, question.old.size, question.new.size)
    assert proof is not None
    await green.trust.seen.explained(question, proof)
    (found,) = await green.trust.faults.exhibits()
    assert found.kind == "split-history"


@pytest.mark.parametrize("note", [b"", b"rubbish", signed(5, bytes(32))[:-40] + b"AAAA\n"])
async def test_what_is_no_head_counts_for_nothing(nodes: dict[str, Node], note: bytes) -> None:
    green = nodes["green"]
    assert await green.trust.take_heads([note], by="white") == 1
    assert await green.trust.seen.newest(BLUE) is None


async def test_an_exhibit_is_believed_for_what_it_proves(nodes: dict[str, Node]) -> None:
    blue, green = nodes["blue"], nodes["green"]
    white = await started_node(small_agreement(), "white")
    head = await said(blue, 0)
    proof = Exhibit("split", "blue", (head.note, signed(head.size, bytes(32))))
    await white.trust.faults.expose(proof, by="white")
    (found,) = await white.trust.faults.exhibits()
    assert await green.trust.take_exhibits([found.note, found.note, b"rubbish"]) == 1
    (believed,) = await green.trust.faults.exhibits()
    assert (believed.accused, believed.by, believed.what) == ("blue", "white", found.what)
    nothing = Exhibit("split", "blue", (head.note, head.note))
    with pytest.raises(ForgedError):
        await white.trust.faults.expose(nothing, by="white")
    await white.close()


async def test_exhibits_are_bounded_a_party_and_hour(
    nodes: dict[str, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "PER_HOUR", 2)
    green, clock = nodes["green"], nodes["green"].clock
    head = await said(nodes["blue"], 0)

    async def one(number: int) -> bool:
        pair = (head.note, signed(head.size, bytes((number,)) * 32))
        return await green.trust.faults.expose(Exhibit("split", "blue", pair), by="green")

    assert [await one(n) for n in range(4)] == [True, True, False, False]
    assert isinstance(clock, HandClock)
    clock.advance(faults.HOUR_MS)
    assert await one(4)
    assert len(await green.trust.faults.exhibits()) == 3


# What a node asks before it speaks


async def test_a_node_is_behind_while_a_peer_holds_more_of_its_log(nodes: dict[str, Node]) -> None:
    blue = nodes["blue"]
    other = await started_node(small_agreement(), "blue")
    later = await said(other, 0, 1, 2)
    confirming = blue.trust.confirming
    confirming.expect(["green", "white"])
    assert blue.witnessed().state is NodeState.UNCONFIRMED
    assert await confirming.confirm("green", None)
    assert not await confirming.confirm("white", later.note)
    assert blue.witnessed().state is NodeState.BEHIND
    size = (await blue.health()).log_size
    with pytest.raises(OurError, match="white holds our signed head") as refused:
        await blue.post_notice(transit(0), role="duty")
    assert "parley recover" in refused.value.right
    assert (await blue.health()).log_size == size
    assert await blue.publish_head() is None
    assert await blue.parcels("green") == []
    assert [e.kind for e in await blue.events()].count("behind") == 1
    assert await confirming.confirm("white", None)
    assert blue.witnessed().state is NodeState.CONFIRMED
    assert [e.kind for e in await blue.events()][-1] == "confirmed"
    await other.close()


async def test_a_view_that_is_no_head_of_ours_is_refused(nodes: dict[str, Node]) -> None:
    blue, confirming = nodes["blue"], nodes["blue"].trust.confirming
    confirming.expect(["green"])
    keys = own_keys("green")
    theirs = sign_checkpoint(Checkpoint("green/log/1", 9, bytes(32)), keys.note)
    for note in (b"rubbish", theirs, signed(9, bytes(32)).replace(b"\n9\n", b"\n8\n")):
        with pytest.raises((PeerError, UnknownPartyError)):
            await confirming.confirm("green", note)
    assert blue.witnessed().state is NodeState.UNCONFIRMED


async def test_a_node_without_reachable_peers_works_alone(nodes: dict[str, Node]) -> None:
    blue = nodes["blue"]
    blue.trust.confirming.expect(["green"])
    posted = await blue.post_notice(transit(0), role="duty")
    assert posted.logged
    assert await blue.publish_head() is None
    await blue.check_node(MemoryStore())
