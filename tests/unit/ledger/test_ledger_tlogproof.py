from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import (
    ForgedError,
    FormatError,
    MalformedError,
    OversizeError,
    ParleyError,
    UnknownPartyError,
)
from parley.ledger.canonical import b64
from parley.ledger.checkpoint import sign_checkpoint
from parley.ledger.cosignature import cosign
from parley.ledger.keys import ED25519_COSIGNER, MLDSA44_COSIGNER, SigningKey
from parley.ledger.merkle import Tree, leaf_hash
from parley.ledger.note import add_signatures
from parley.ledger.policy import Policy, party_policy
from parley.ledger.tlogproof import TlogProof
from parley.ledger.treehead import Checkpoint

IL = SigningKey("il.example", b"\x01" * 32)
RU = SigningKey("ru.example", b"\x12" * 32, MLDSA44_COSIGNER)
US = SigningKey("us.example", b"\x23" * 32, ED25519_COSIGNER)
STRANGER = SigningKey("xx.example", b"\x33" * 32, ED25519_COSIGNER)
LEAVES = [leaf_hash(b"%d" % number) for number in range(29)]
TREE = Tree(LEAVES)
BOTH = party_policy([IL.verifier], {"ru.example": [RU.verifier], "us.example": [US.verifier]}, 2)
ONE = party_policy([IL.verifier], {"ru.example": [RU.verifier], "us.example": [US.verifier]}, 1)
NOBODY = Policy.parse(b"quorum none\n")


def head_note(*witnesses: SigningKey) -> bytes:
    head = Checkpoint("il.example/log/1", TREE.size, TREE.root())
    note = sign_checkpoint(head, IL)
    return add_signatures(note, cosign(head.text(), 50, *witnesses)) if witnesses else note


HEAD = head_note(RU, US)


def proof_of(index: int, *, note: bytes = HEAD, extra: bytes = b"") -> TlogProof:
    return TlogProof(index, tuple(TREE.inclusion_proof(index)), note, extra)


@given(st.integers(0, 28), st.binary(max_size=50))
def test_every_entry_is_proven_from_the_bytes_alone(index: int, extra: bytes) -> None:
    proof = proof_of(index, extra=extra)
    again = TlogProof.parse(proof.to_bytes())
    assert again == proof
    proven = again.verify(LEAVES[index], [IL.verifier], BOTH)
    assert proven.head.checkpoint.size == 29
    assert set(proven.witnesses.values()) == {50}
    assert len(proven.witnesses) == 2


def test_the_file_is_that_of_the_standard() -> None:
    # C2SP tlog-proof, Format: type, extra, index, hashes, an empty line, the checkpoint verbatim.
    hashes = [b64(step) for step in TREE.inclusion_proof(7)]
    lines = ["c2sp.org/tlog-proof@v1", "extra aGk=", "index 7", *hashes, "", ""]
    assert proof_of(7, extra=b"hi").to_bytes() == "\n".join(lines).encode() + HEAD
    assert b"extra" not in proof_of(7).to_bytes()


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    tree = Tree(LEAVES[:1])
    note = sign_checkpoint(Checkpoint("il.example/log/1", 1, tree.root()), IL)
    proof = TlogProof.parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + note)
    assert proof.verify(LEAVES[0], [IL.verifier], NOBODY).witnesses == {}


@given(st.integers(0, 28), st.integers(0, 28))
def test_a_proof_serves_its_own_entry_only(index: int, other: int) -> None:
    if index == other:
        return
    with pytest.raises(ForgedError):
        proof_of(index).verify(LEAVES[other], [IL.verifier], BOTH)
    moved = TlogProof(other, proof_of(index).proof, HEAD)
    with pytest.raises(ForgedError):
        moved.verify(LEAVES[index], [IL.verifier], BOTH)


def test_the_policy_decides_which_head_is_enough() -> None:
    by_one = proof_of(3, note=head_note(US, STRANGER))
    assert len(by_one.verify(LEAVES[3], [IL.verifier], ONE).witnesses) == 1
    with pytest.raises(ForgedError, match="quorum"):
        by_one.verify(LEAVES[3], [IL.verifier], BOTH)
    with pytest.raises(ForgedError, match="by no witness"):
        proof_of(3, note=head_note()).verify(LEAVES[3], [IL.verifier], ONE)


def test_the_logs_key_must_be_known() -> None:
    with pytest.raises(UnknownPartyError):
        proof_of(3, note=head_note()).verify(LEAVES[3], [], NOBODY)
    policy = party_policy([SigningKey("il.example", b"\x09" * 32).verifier], {}, 0)
    with pytest.raises(ForgedError, match="not in the policy"):
        proof_of(3).verify(LEAVES[3], [IL.verifier], policy)
    assert proof_of(3).verify(LEAVES[3], [], BOTH).head.log_key == IL.verifier


@given(st.data())
@settings(max_examples=300)
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    """Every line is needed: index, path, head, the log's signature, both cosignatures."""
    spelled = bytearray(proof_of(11).to_bytes())
    bit = data.draw(st.integers(0, 8 * 700) | st.integers(0, 8 * len(spelled) - 1))
    spelled[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ParleyError):
        TlogProof.parse(bytes(spelled)).verify(LEAVES[11], [IL.verifier], BOTH)


def test_a_spoiled_line_by_a_stranger_is_irrelevant() -> None:
    spelled = proof_of(11, note=head_note(RU, US, STRANGER)).to_bytes()
    spoiled = spelled[:-6] + (b"A" if spelled[-6:-5] != b"A" else b"B") + spelled[-5:]
    proven = TlogProof.parse(spoiled).verify(LEAVES[11], [IL.verifier], BOTH)
    assert STRANGER.name not in {key.name for key in proven.head.signers}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: b"", lambda d: d[1:], lambda d: d.replace(b"@v1", b"@v2"), lambda d: b"\n" + d,
        lambda d: d.replace(b"index 11", b"index 011"),
        lambda d: d.replace(b"index 11", b"index -1"),
        lambda d: d.replace(b"index 11", b"index 9007199254740992"),
        lambda d: d.replace(b"index 11", b"extra \nindex 11"),
        lambda d: d.replace(b"index 11", b"extra aGk\nindex 11"),
        lambda d: d.replace(b"index 11", b"extra\nindex 11"),
        lambda d: d.replace(b"index 11", b"extra aGk=\nextra aGk=\nindex 11"),
        lambda d: d.replace(b"index 11\n", b"index 11\nextra aGk=\n"),
        lambda d: d.replace(b"index 11\n", b""),
        lambda d: d.replace(b"index 11\n", b"index 11\nAA==\n"),
        lambda d: d.replace(b"\n\n", b"\n", 1), lambda d: d.replace(b"\n\n", b"\n\n\n", 1),
        lambda d: d.replace(b"\n", b"\r\n"), lambda d: d[: d.index(b"\n\n")],
        lambda d: d[: d.index(b"\n\n") + 2], lambda d: d + b"\n",
        lambda d: b"c2sp.org/tlog-proof@v1\n\n",
    ],
)  # fmt: skip
def test_broken_files_are_malformed(spoil: Any) -> None:
    with pytest.raises(MalformedError):
        TlogProof.parse(spoil(proof_of(11).to_bytes()))


def test_the_limits_are_inclusive() -> None:
    hashes = b64(bytes(32)).encode() + b"\n"
    start = b"c2sp.org/tlog-proof@v1\nindex 0\n"
    assert len(TlogProof.parse(start + hashes * 63 + b"\n" + HEAD).proof) == 63
    with pytest.raises(OversizeError):
        TlogProof.parse(start + hashes * 64 + b"\n" + HEAD)
    largest = proof_of(0, extra=bytes(65536)).to_bytes()
    assert TlogProof.parse(largest).extra == bytes(65536)
    with pytest.raises(MalformedError):
        TlogProof.parse(largest.replace(b"extra ", b"extra AAAA"))
    with pytest.raises(OversizeError):
        TlogProof.parse(bytes(200000))
    for arguments in ((-1, (), HEAD), (0, (bytes(31),), HEAD), (0, (), HEAD, bytes(65537))):
        with pytest.raises(FormatError):
            TlogProof(*arguments)


@given(st.binary(max_size=100), st.integers(0, 2))
def test_hostile_files_stay_inside_the_error_tree(data: bytes, started: int) -> None:
    start = [b"", b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v1\nindex 0\n"][started]
    with pytest.raises(ParleyError):
        TlogProof.parse(start + data)
