from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from parley.errors import (
    ForgedError,
    FormatError,
    InputError,
    MalformedError,
    OversizeError,
    ParleyError,
    ProtocolError,
    UnknownPartyError,
)
from parley.ledger.canonical import b64
from parley.ledger.checkpoint import open_checkpoint, sign_checkpoint
from parley.ledger.cosignature import cosign, witnesses_of
from parley.ledger.keys import ED25519_COSIGNER, MLDSA44_COSIGNER, SigningKey
from parley.ledger.merkle import EMPTY_ROOT, Tree, leaf_hash, old_root
from parley.ledger.note import add_signatures
from parley.ledger.treehead import Checkpoint
from parley.ledger.witness import AddCheckpoint, Verdict, judge, read_answer, request_for

IL = SigningKey("il.example", b"\x01" * 32)
IL_PQ = SigningKey("il.example", b"\x11" * 32, MLDSA44_COSIGNER)
RU = SigningKey("ru.example", b"\x02" * 32)
RU_PQ = SigningKey("ru.example", b"\x12" * 32, MLDSA44_COSIGNER)
RU_TIMED = SigningKey("ru.example", b"\x22" * 32, ED25519_COSIGNER)
WITNESS = [RU_PQ.verifier, RU_TIMED.verifier]
LOG_KEYS = [IL.verifier, IL_PQ.verifier]
ORIGIN = "il.example/log/1"
TREE = Tree(leaf_hash(b"%d" % number) for number in range(40))
# The same log until leaf 5, another from there.
FORK = Tree(leaf_hash(b"%d" % number if number < 5 else b"x%d" % number) for number in range(40))


def head(size: int, tree: Tree = TREE) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree.root(size))


def signed(size: int, tree: Tree = TREE, key: SigningKey = IL) -> bytes:
    return sign_checkpoint(head(size, tree), key)


def ask(old: int, new: int, known: Checkpoint | None, tree: Tree = TREE) -> Verdict:
    return judge(request_for(tree, old, signed(new, tree)), known=known, log_keys=LOG_KEYS)


@given(st.integers(0, 40), st.data())
def test_a_request_round_trips(new: int, data: st.DataObject) -> None:
    request = request_for(TREE, data.draw(st.integers(0, new)), signed(new))
    assert AddCheckpoint.parse(request.to_bytes()) == request
    assert request.head == head(new)


def test_the_body_is_that_of_the_standard() -> None:
    # C2SP tlog-witness, add-checkpoint: old line, proof lines, an empty line, the checkpoint.
    request = request_for(TREE, 3, signed(8))
    lines = [f"{b64(step)}\n" for step in TREE.consistency_proof(3, 8)]
    assert request.to_bytes() == "".join(["old 3\n", *lines, "\n"]).encode() + signed(8)


def test_the_first_head_and_every_extension_is_cosigned() -> None:
    known: Checkpoint | None = None
    for size in (0, 1, 2, 7, 8, 8, 33, 40):
        verdict = ask(known.size if known else 0, size, known)
        assert (verdict.status, verdict.body, verdict.conflict) == (200, b"", False)
        assert verdict.checkpoint == head(size)
        known = verdict.checkpoint


def test_an_unknown_log_is_not_found() -> None:
    verdict = judge(request_for(TREE, 0, signed(3)), known=None, log_keys=None)
    assert (verdict.status, verdict.checkpoint) == (404, None)


@pytest.mark.parametrize(
    "note",
    [
        signed(3, key=RU),
        signed(3, key=SigningKey("il.example", b"\x07" * 32)),
        sign_checkpoint(head(3), IL_PQ, at_s=5),
        sign_checkpoint(head(3), IL) + sign_checkpoint(head(4), IL_PQ, at_s=5).split(b"\n\n")[1],
    ],
    ids=["another party", "another key", "no note key", "one good one bad"],
)
def test_no_trusted_signature_is_forbidden(note: bytes) -> None:
    verdict = judge(AddCheckpoint(0, (), note), known=None, log_keys=LOG_KEYS)
    assert (verdict.status, verdict.checkpoint, verdict.conflict) == (403, None, False)


def test_a_signature_before_the_hash_of_nothing_only() -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), IL)
    assert judge(AddCheckpoint(0, (), note), known=None, log_keys=LOG_KEYS).status == 422
    assert ask(0, 0, None).checkpoint == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


def test_an_old_size_above_the_new_is_a_bad_request() -> None:
    verdict = judge(AddCheckpoint(9, (), signed(8)), known=head(9), log_keys=LOG_KEYS)
    assert (verdict.status, verdict.conflict) == (400, False)


@pytest.mark.parametrize(
    ("old", "known", "size"),
    [(0, head(7), 7), (3, head(7), 7), (8, head(7), 7), (3, None, 0), (3, head(0), 0)],
)
def test_an_old_size_that_is_not_ours_is_answered_with_ours(
    old: int, known: Checkpoint | None, size: int
) -> None:
    verdict = ask(old, 9, known)
    assert (verdict.status, verdict.content_type) == (409, "text/x.tlog.size")
    assert verdict.body == b"%d\n" % size
    assert not verdict.conflict


def test_a_roll_back_is_answered_with_our_size() -> None:
    assert ask(4, 6, head(9)).body == b"9\n"


def test_two_roots_of_one_size_are_a_proven_conflict() -> None:
    verdict = ask(9, 9, head(9), FORK)
    assert (verdict.status, verdict.conflict, verdict.proven) == (409, True, True)
    assert verdict.checkpoint == head(9, FORK)
    with pytest.raises(ProtocolError, match="409"):
        read_answer(verdict.status, verdict.body, signed(9, FORK), WITNESS)


@pytest.mark.parametrize("old", [6, 7, 8, 16])
def test_a_forked_head_does_not_extend_what_we_cosigned(old: int) -> None:
    verdict = ask(old, 20, head(old), FORK)
    assert (verdict.status, verdict.conflict) == (422, True)
    # Where RFC 6962 leaves the old root out of the proof, the proof alone names no fork.
    assert verdict.proven is (old in (6, 7))
    rival = old_root(old, 20, FORK.prefix_proof(old, 20), FORK.root(20))
    assert rival != TREE.root(old)


def test_a_spoiled_proof_is_a_conflict_but_proves_none() -> None:
    request = AddCheckpoint(6, (bytes(32),) * 4, signed(20))
    verdict = judge(request, known=head(6), log_keys=LOG_KEYS)
    assert (verdict.status, verdict.conflict, verdict.proven) == (422, True, False)


@pytest.mark.parametrize("known", [None, head(9)])
def test_a_proof_where_none_belongs_is_refused(known: Checkpoint | None) -> None:
    request = AddCheckpoint(known.size if known else 0, (bytes(32),), signed(9))
    verdict = judge(request, known=known, log_keys=LOG_KEYS)
    assert (verdict.status, verdict.conflict) == (422, False)


def test_the_caller_looks_up_the_head_of_the_same_log() -> None:
    other = Checkpoint("il.example/log/2", 3, TREE.root(3))
    with pytest.raises(FormatError, match="log/2"):
        judge(request_for(TREE, 3, signed(9)), known=other, log_keys=LOG_KEYS)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: b"", lambda d: d[1:], lambda d: b"Old" + d[3:],
        lambda d: d.replace(b"old 3", b"old 03"),
        lambda d: d.replace(b"old 3", b"old -3"), lambda d: d.replace(b"old 3", b"old 3 "),
        lambda d: d.replace(b"old 3", b"old 9007199254740992"), lambda d: d.replace(b"\n", b"\r\n"),
        lambda d: d.replace(b"\n\n", b"\n", 1), lambda d: d.replace(b"old 3\n", b"old 3\nAAAA\n"),
        lambda d: d.replace(b"old 3\n", b"old 3\n\n"), lambda d: b"\n" + d, lambda d: d + b"\n",
        lambda d: d.replace(b"=\n", b"\n", 1), lambda d: d[: d.index(b"\n\n") + 2],
    ],
)  # fmt: skip
def test_broken_bodies_are_malformed(spoil: Any) -> None:
    with pytest.raises(MalformedError):
        AddCheckpoint.parse(spoil(request_for(TREE, 3, signed(8)).to_bytes()))


def test_sixty_three_hashes_pass_and_sixty_four_do_not() -> None:
    line = b64(bytes(32)).encode() + b"\n"
    assert len(AddCheckpoint.parse(b"old 3\n" + line * 63 + b"\n" + signed(8)).proof) == 63
    with pytest.raises(OversizeError):
        AddCheckpoint.parse(b"old 3\n" + line * 64 + b"\n" + signed(8))
    with pytest.raises(OversizeError):
        AddCheckpoint.parse(b"old 3\n" + b"x" * 70000)
    for proof in ((bytes(32),) * 64, (bytes(31),)):
        with pytest.raises(FormatError):
            AddCheckpoint(3, proof, signed(8))
    with pytest.raises(FormatError):
        AddCheckpoint(-1, (), signed(8))


@given(st.binary(max_size=120), st.booleans())
def test_hostile_bodies_stay_inside_the_error_tree(data: bytes, headed: bool) -> None:
    with pytest.raises(ParleyError):
        AddCheckpoint.parse((b"old 3\n\n" if headed else b"") + data)


@given(st.data())
@settings(max_examples=200)
def test_any_flipped_bit_of_a_request_is_refused(data: st.DataObject) -> None:
    body = bytearray(request_for(TREE, 6, signed(21)).to_bytes())
    bit = data.draw(st.integers(0, 8 * len(body) - 1))
    body[bit // 8] ^= 1 << bit % 8
    try:
        request = AddCheckpoint.parse(bytes(body))
    except (MalformedError, OversizeError):
        return
    assert judge(request, known=head(6), log_keys=LOG_KEYS).status != 200


def test_the_log_reads_back_verified_lines_and_moves_them_to_its_head() -> None:
    note = signed(9)
    stranger = SigningKey("xx.example", b"\x31" * 32, ED25519_COSIGNER)
    answer = cosign(head(9).text(), 77, RU_PQ, stranger, RU_TIMED)
    lines = read_answer(200, answer, note, [*WITNESS, IL.verifier])
    assert lines == b"".join(answer.splitlines(keepends=True)[::2])
    assert isinstance(lines, bytes)
    opened = open_checkpoint(add_signatures(note, lines), [*LOG_KEYS, *WITNESS])
    assert witnesses_of(opened) == {"ru.example": 77}


def test_the_log_learns_which_size_the_witness_holds() -> None:
    verdict = ask(0, 9, head(4))
    assert read_answer(verdict.status, verdict.body, signed(9), WITNESS) == 4


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, cosign(head(8).text(), 77, RU_PQ), ForgedError),
        (200, cosign(head(9).text(), 77, SigningKey("x", b"\x31" * 32, 4)), UnknownPartyError),
        (200, cosign(head(9).text(), 77, RU_PQ) * 2, MalformedError),
        (200, sign_checkpoint(head(9), RU_PQ, at_s=0).split(b"\n\n")[1], MalformedError),
        (200, sign_checkpoint(head(9), IL).split(b"\n\n")[1], UnknownPartyError),
        (200, b"", MalformedError), (200, b"\n", MalformedError), (200, b"\xff\n", MalformedError),
        (200, b"x" * 65537, OversizeError), (200, b"9\n", MalformedError),
        (409, b"09\n", ProtocolError), (409, b"9", ProtocolError), (409, b"9\n\n", ProtocolError),
        (409, b"9007199254740992\n", ProtocolError), (409, b"", ProtocolError),
        (404, b"", ProtocolError), (422, b"4\n", ProtocolError), (500, b"\xff", ProtocolError),
    ],
)  # fmt: skip
def test_other_answers_are_refused(status: int, body: bytes, error: type[ParleyError]) -> None:
    with pytest.raises(error):
        read_answer(status, body, signed(9), [*WITNESS, IL.verifier])


@given(st.sampled_from([200, 409]), st.binary(max_size=60), st.booleans())
def test_hostile_answers_stay_inside_the_error_tree(status: int, body: bytes, dash: bool) -> None:
    try:
        answer = read_answer(status, "\u2014 ".encode() * dash + body, signed(9), WITNESS)
    except ParleyError:
        return
    assert isinstance(answer, int)


def test_a_log_cannot_ask_for_what_it_cannot_prove() -> None:
    with pytest.raises(InputError):
        request_for(TREE, 9, signed(8))
    with pytest.raises(MalformedError):
        request_for(TREE, 0, b"no note")


class ForkingLog(RuleBasedStateMachine):
    """A log with three histories asks in any order; the witness stores what it cosigned."""

    def __init__(self) -> None:
        super().__init__()
        self.trees = [TREE, FORK, Tree(leaf_hash(b"y%d" % number) for number in range(40))]
        self.known: Checkpoint | None = None
        self.cosigned: list[tuple[Checkpoint, Tree]] = []

    @rule(
        which=st.integers(0, 2),
        size=st.integers(0, 40),
        old=st.none() | st.integers(0, 40),
        prover=st.none() | st.integers(0, 2),
    )
    def submit(self, which: int, size: int, old: int | None, prover: int | None) -> None:
        tree = self.trees[which]
        claimed = old if old is not None else (self.known.size if self.known else 0)
        proving = tree if prover is None else self.trees[prover]
        proof = proving.consistency_proof(claimed, size) if claimed <= size else []
        request = AddCheckpoint(claimed, tuple(proof), signed(size, tree))
        verdict = judge(request, known=self.known, log_keys=LOG_KEYS)
        assert verdict.status in (200, 400, 409, 422)
        if verdict.status == 200:
            assert verdict.checkpoint is not None
            self.known = verdict.checkpoint
            self.cosigned.append((verdict.checkpoint, tree))
        elif verdict.proven:
            assert self.known is not None
            assert tree.root(self.known.size) != self.known.root

    @rule(size=st.integers(1, 40))
    def honest(self, size: int) -> None:
        if self.known and self.known.root == TREE.root(self.known.size) and size >= self.known.size:
            assert ask(self.known.size, size, self.known).status == 200

    @invariant()
    def everything_cosigned_is_one_history(self) -> None:
        if not self.cosigned:
            return
        latest, tree = self.cosigned[-1]
        for earlier, _ in self.cosigned:
            assert earlier.size <= latest.size
            assert tree.root(earlier.size) == earlier.root


ForkingLog.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestForkingLog = ForkingLog.TestCase
