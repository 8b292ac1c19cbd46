"""The witness side and the log side of cosigning, node to node without a network.

Source: C2SP tlog-witness (statuses), tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from parley.errors import ForgedError, MalformedError, ProtocolError, StorageError
from parley.ledger import (
    AddCheckpoint,
    Checkpoint,
    Kind,
    SigningKey,
    Verdict,
    cosign,
    open_checkpoint,
    sign_checkpoint,
)
from parley.node.node import Node
from parley.node.proofs.heads import IDLE_S, SignedHead
from parley.node.views import NodeState
from parley.store.memory import MemoryStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock, counting_salts
from parley.testing.fakes import FailingStore
from parley.testing.harness import context_of
from parley.testing.keys import own_keys

BLUE = "blue/log/1"


@dataclass(frozen=True, slots=True)
class Pair:
    """Blue's log, green its witness; each has its own clock, green stores that can fail."""

    blue: Node
    green: Node
    blue_clock: HandClock
    green_clock: HandClock
    green_store: FailingStore
    green_proofs: FailingStore

    async def said(self, number: int = 0) -> SignedHead:
        """Blue says something and signs its head."""
        await self.blue.post_notice(transit(number), role="duty", to=[])
        head = await self.blue.publish_head()
        assert head is not None
        return head

    async def asked(self, head: SignedHead, old: int) -> Verdict:
        request = await self.blue.trust.heads.request(old, head)
        return await self.green.add_checkpoint(request.to_bytes())

    async def cosigned(self, number: int = 0) -> SignedHead:
        head = await self.said(number)
        verdict = await self.asked(head, self.blue.trust.heads.cosigned_size("green"))
        assert verdict.status == 200, verdict.body
        assert await self.blue.trust.heads.answered("green", head, 200, verdict.body) is None
        return head


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    agreement = small_agreement()
    clocks = HandClock(), HandClock()
    store = FailingStore(MemoryStore(), times=0)
    proofs = FailingStore(MemoryStore(), times=0)
    blue = Node(context_of(agreement, "blue"), MemoryStore(), clocks[0], counting_salts("blue"))
    green = Node(context_of(agreement, "green"), store, clocks[1], counting_salts("green"), proofs)
    await blue.start()
    await green.start()
    yield Pair(blue, green, *clocks, store, proofs)
    await blue.close()
    await green.close()


def signed(size: int, root: bytes, *, origin: str = BLUE, party: str = "blue") -> bytes:
    """Any head under the party's own keys."""
    keys = own_keys(party)
    return sign_checkpoint(Checkpoint(origin, size, root), keys.note, keys.quantum, at_s=5)


async def size_of(node: Node) -> int:
    return (await node.health()).log_size


async def test_the_cosigned_head_is_logged_as_it_was_submitted_under_two_lines_of_ours(
    pair: Pair,
) -> None:
    head = await pair.said()
    before = await size_of(pair.green)
    verdict = await pair.asked(head, 0)
    assert verdict.status == 200
    (entry,) = await pair.green.log_entries(before, before + 5)
    assert entry.kind is Kind.COSIGNED
    assert entry.note == head.note + verdict.body
    opened = open_checkpoint(entry.note, (await pair.green.ring()).every)
    assert {(c.key.name, c.key.algorithm) for c in opened.cosignatures} == {
        ("blue", 6),
        ("green", 4),
        ("green", 6),
    }
    await pair.green.check_node(MemoryStore())


async def test_the_same_head_again_gets_the_same_lines_and_no_new_entry(pair: Pair) -> None:
    head = await pair.said()
    first = await pair.asked(head, 0)
    size = await size_of(pair.green)
    pair.green_clock.advance(60_000)
    again = await pair.asked(head, head.size)
    assert (again.status, again.body) == (200, first.body)
    assert await size_of(pair.green) == size


async def test_lines_of_strangers_are_not_logged(pair: Pair) -> None:
    head = await pair.said()
    stranger = SigningKey("blue", bytes(range(32)), 4)
    body = AddCheckpoint(0, (), head.note + cosign(head.checkpoint.text(), 9, stranger))
    verdict = await pair.green.add_checkpoint(body.to_bytes())
    assert verdict.status == 200
    newest = await pair.green.trust.witness.last(BLUE)
    assert newest is not None
    assert newest.note == head.note


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"old 0\n", b"old 0\n\nno note", b"old -1\n\n" + signed(1, bytes(32)),
     b"old 00\n\n" + signed(1, bytes(32)), b"old 0\nAAAA\n\n" + signed(1, bytes(32)),
     b"old 0\n" + b"A\n" * 100_000, bytes(300_000), "\u2028".encode() * 99],
)  # fmt: skip
async def test_what_does_not_parse_is_400(pair: Pair, body: bytes) -> None:
    size = await size_of(pair.green)
    assert (await pair.green.add_checkpoint(body)).status == 400
    assert await size_of(pair.green) == size


async def test_unknown_logs_are_404_and_ours_too(pair: Pair) -> None:
    red = SigningKey("red", bytes(range(32)))
    note = sign_checkpoint(Checkpoint("red/log/1", 1, bytes(32)), red)
    assert (await pair.green.add_checkpoint(AddCheckpoint(0, (), note).to_bytes())).status == 404
    ours = signed(1, bytes(32), origin="green/log/1", party="green")
    assert (await pair.green.add_checkpoint(AddCheckpoint(0, (), ours).to_bytes())).status == 404


async def test_a_head_that_its_log_did_not_sign_is_403(pair: Pair) -> None:
    head = await pair.said()
    for note in (
        signed(3, bytes(32), origin=BLUE, party="white"),
        head.note.replace(b"\n%d\n" % head.size, b"\n%d\n" % (head.size + 1)),
        signed(3, bytes(32), origin="blue/log/2"),
    ):
        verdict = await pair.green.add_checkpoint(AddCheckpoint(0, (), note).to_bytes())
        assert verdict.status == 403, verdict.body
    assert await pair.green.trust.witness.last(BLUE) is None


async def test_another_old_size_is_409_with_ours(pair: Pair) -> None:
    first = await pair.cosigned()
    second = await pair.said(1)
    for old in (0, first.size - 1, first.size + 1):
        verdict = await pair.asked(second, old)
        assert (verdict.status, verdict.content_type) == (409, "text/x.tlog.size")
        assert verdict.body == b"%d\n" % first.size
    assert (await pair.asked(second, first.size)).status == 200


async def test_a_second_root_of_one_size_is_409_and_an_exhibit(pair: Pair) -> None:
    head = await pair.cosigned()
    body = AddCheckpoint(head.size, (), signed(head.size, bytes(32))).to_bytes()
    verdict = await pair.green.add_checkpoint(body)
    assert verdict.status == 409
    (found,) = await pair.green.trust.faults.exhibits()
    assert (found.accused, found.kind, found.by) == ("blue", "split", "green")
    (event,) = [e for e in await pair.green.events() if e.kind == "exhibit"]
    assert event.data["accused"] == "blue"
    await pair.green.add_checkpoint(body)
    assert len(await pair.green.trust.faults.exhibits()) == 1
    await pair.green.check_node(MemoryStore())


async def test_a_head_that_does_not_extend_ours_is_422_and_suspect(pair: Pair) -> None:
    head = await pair.cosigned()
    proof = (bytes(32),) * 2
    body = AddCheckpoint(head.size, proof, signed(head.size + 1, bytes(32))).to_bytes()
    assert (await pair.green.add_checkpoint(body)).status == 422
    kinds = {s.kind for s in await pair.green.trust.faults.suspicions()}
    assert "not-extended" in kinds
    kept = await pair.green.trust.witness.last(BLUE)
    assert kept is not None
    assert kept.checkpoint == head.checkpoint


async def test_whoever_replays_a_head_with_a_wrong_proof_makes_nobody_guilty(pair: Pair) -> None:
    first = await pair.cosigned()
    second = await pair.said(1)
    wrong = AddCheckpoint(first.size, (bytes(32),) * 3, second.note).to_bytes()
    assert (await pair.green.add_checkpoint(wrong)).status == 422
    assert (await pair.asked(second, first.size)).status == 200
    assert await pair.green.trust.faults.exhibits() == []
    assert await pair.green.trust.faults.suspicions() == []


async def test_an_old_size_above_the_new_one_is_400(pair: Pair) -> None:
    head = await pair.said()
    body = AddCheckpoint(head.size + 1, (), head.note).to_bytes()
    assert (await pair.green.add_checkpoint(body)).status == 400


async def test_a_clock_behind_our_last_cosignature_signs_nothing(pair: Pair) -> None:
    first = await pair.cosigned()
    pair.green_clock.advance(-3_600_000)
    second = await pair.said(1)
    assert (await pair.asked(second, first.size)).status == 503
    pair.green_clock.advance(3_600_000)
    assert (await pair.asked(second, first.size)).status == 200


async def test_a_witness_that_cannot_store_does_not_sign(pair: Pair) -> None:
    head = await pair.said()
    pair.green_store.fail_next(1)
    verdict = await pair.asked(head, 0)
    assert verdict.status == 507
    assert await pair.green.trust.witness.last(BLUE) is None
    assert (await pair.asked(head, 0)).status == 200


async def test_two_heads_at_once_are_not_both_cosigned_from_one_state(pair: Pair) -> None:
    one = await pair.said()
    other = AddCheckpoint(0, (), signed(one.size, bytes(32))).to_bytes()
    verdicts = await asyncio.gather(
        pair.asked(one, 0), pair.green.add_checkpoint(other), pair.asked(one, 0)
    )
    kept = await pair.green.trust.witness.last(BLUE)
    assert kept is not None
    for verdict in verdicts:
        if verdict.status == 200:
            assert verdict.checkpoint == kept.checkpoint
    assert sum(v.status == 409 for v in verdicts) >= 1


async def test_a_peer_that_has_not_confirmed_us_gets_no_cosignature(pair: Pair) -> None:
    head = await pair.said()
    pair.green.trust.confirming.expect(["blue"])
    assert pair.green.witnessed().state is NodeState.UNCONFIRMED
    assert (await pair.asked(head, 0)).status == 503
    assert await pair.green.trust.confirming.confirm("blue", None)
    assert (await pair.asked(head, 0)).status == 200


# The log's side


async def test_a_head_is_made_only_when_something_was_said(pair: Pair) -> None:
    head = await pair.said()
    assert await pair.blue.publish_head() == head
    green_head = await pair.green.publish_head()
    assert green_head is not None
    assert (await pair.asked(head, 0)).status == 200
    assert await pair.green.publish_head() == green_head
    pair.green_clock.advance(1000 * IDLE_S)
    later = await pair.green.publish_head()
    assert later is not None
    assert later.size == green_head.size + 1


async def test_a_head_that_cannot_be_kept_is_not_shown(pair: Pair) -> None:
    await pair.green.post_notice(transit(0), role="duty", to=[])
    pair.green_proofs.fail_next(1)
    with pytest.raises(StorageError):
        await pair.green.publish_head()
    assert await pair.green.trust.seen.known() == []
    head = await pair.green.publish_head()
    assert head is not None
    assert head.size == await size_of(pair.green)


async def test_two_heads_of_one_size_are_never_signed(pair: Pair) -> None:
    head = await pair.said()
    again = Node(
        pair.blue.context,
        MemoryStore(),
        pair.blue_clock,
        counting_salts("other"),
        pair.blue._proofs,
    )
    await again.start()
    await again.post_notice(transit(5), role="duty", to=[])
    assert await size_of(again) == head.size
    assert await again.publish_head() is None
    assert again.witnessed().state is NodeState.BEHIND


async def test_answers_that_are_no_cosignature_are_refused(pair: Pair) -> None:
    head = await pair.said()
    heads = pair.blue.trust.heads
    verdict = await pair.asked(head, 0)
    with pytest.raises((ForgedError, MalformedError)):
        await heads.answered("green", head, 200, verdict.body.replace(b"A", b"B"))
    with pytest.raises(ProtocolError):
        await heads.answered("green", head, 403, verdict.body)
    assert await heads.answered("green", head, 409, b"7\n") == 7
    assert heads.cosigned_size("green") == 0
    assert await heads.answered("green", head, 200, verdict.body) is None
    assert heads.cosigned_size("green") == head.size


async def test_what_is_witnessed_is_known_after_a_restart(pair: Pair) -> None:
    head = await pair.cosigned()
    store = pair.blue._store
    again = Node(pair.blue.context, store, pair.blue_clock, counting_salts("again"))
    await again.start()
    assert await again.publish_head() == head
    assert again.witnessed().size == head.size
    assert again.witnessed().by["green"][0] == head.size


async def test_the_quorum_is_of_parties(pair: Pair) -> None:
    pair.blue.trust.heads._quorum = 2
    head = await pair.cosigned()
    assert pair.blue.witnessed().size == 0
    text = head.checkpoint.text()
    white = own_keys("white")
    lines = cosign(text, 1_700_000_000, white.witness, white.quantum)
    assert await pair.blue.trust.heads.answered("white", head, 200, lines) is None
    held = pair.blue.witnessed()
    assert (held.size, set(held.by)) == (head.size, {"green", "white"})


async def test_a_peer_may_replace_its_lines_but_not_add_to_them(pair: Pair) -> None:
    head = await pair.cosigned()
    green = own_keys("green")
    for second in range(20):
        lines = cosign(head.checkpoint.text(), 1_700_000_100 + second, green.witness, green.quantum)
        assert await pair.blue.trust.heads.answered("green", head, 200, lines) is None
    (now, *_) = await pair.blue.trust.heads_now()
    opened = open_checkpoint(now[0].note, (await pair.blue.ring()).every)
    assert len(opened.signers) == 4
    assert {c.at_s for c in opened.cosignatures if c.key.name == "green"} == {1_700_000_119}


async def test_waiting_for_the_quorum_is_told_once_and_so_is_its_end(pair: Pair) -> None:
    head = await pair.said()
    pair.blue_clock.advance(31_000)
    for _ in range(3):
        await pair.blue.publish_head()
    verdict = await pair.asked(head, 0)
    await pair.blue.trust.heads.answered("green", head, 200, verdict.body)
    kinds = [e.kind for e in await pair.blue.events() if "witnessed" in e.kind]
    assert kinds == ["unwitnessed", "witnessed"]
