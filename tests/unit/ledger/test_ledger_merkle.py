from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ForgedError, InputError
from parley.ledger import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from parley.ledger.merkle import old_root

LEAVES = [leaf_hash(b"%d" % number) for number in range(300)]
TREE = Tree(LEAVES)


def definition(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 writes it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(definition(leaves[:k]), definition(leaves[k:]))


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.integers(0, 300))
def test_the_root_at_every_size_is_the_definitions(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert TREE.root(size) == definition(LEAVES[:size]) == frontier.root()


@given(st.data())
def test_inclusion_is_proved_and_any_flipped_bit_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    proof, root = TREE.inclusion_proof(index, size), TREE.root(size)
    verify_inclusion(index, size, LEAVES[index], proof, root)
    parts = [LEAVES[index], root, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(ForgedError):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@given(st.data())
def test_an_inclusion_proof_serves_no_other_index(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    with pytest.raises(ForgedError):
        verify_inclusion(
            other, size, LEAVES[index], TREE.inclusion_proof(index, size), TREE.root(size)
        )


@given(st.data())
def test_consistency_is_proved_and_any_flipped_bit_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, new))
    proof = TREE.consistency_proof(old, new)
    verify_consistency(old, new, proof, TREE.root(old), TREE.root(new))
    parts = [TREE.root(old), TREE.root(new), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(ForgedError):
        verify_consistency(old, new, parts[2:], parts[0], parts[1])


@given(st.data())
def test_a_rewritten_history_is_not_consistent(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 120))
    old = data.draw(st.integers(1, new))
    rewritten = list(LEAVES[:new])
    at = data.draw(st.integers(0, old - 1))
    rewritten[at] = leaf_hash(b"another")
    other = Tree(rewritten)
    with pytest.raises(ForgedError):
        verify_consistency(
            old, new, other.consistency_proof(old, new), TREE.root(old), other.root()
        )


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 70), st.integers(0, 70))
def test_hostile_proofs_are_forged(proof: list[bytes], low: int, high: int) -> None:
    with pytest.raises(ForgedError):
        verify_inclusion(low, high, LEAVES[0], proof, bytes(32))
    with pytest.raises(ForgedError):
        verify_consistency(low, high, proof, LEAVES[0], bytes(32))


def test_append_returns_the_index_and_equals_extend() -> None:
    tree = Tree()
    assert tree.root() == EMPTY_ROOT
    assert [tree.append(leaf) for leaf in LEAVES[:50]] == list(range(50))
    assert (tree.size, len(tree), tree.leaf(49)) == (50, 50, LEAVES[49])
    assert tree.root() == TREE.root(50)


def test_a_proof_does_not_change_when_the_tree_grows() -> None:
    tree = Tree(LEAVES[:13])
    before = (tree.inclusion_proof(5), tree.consistency_proof(6))
    tree.extend(LEAVES[13:200])
    assert before == (tree.inclusion_proof(5, 13), tree.consistency_proof(6, 13))


def test_everything_extends_the_empty_tree_without_a_proof() -> None:
    assert TREE.consistency_proof(0, 9) == []
    with pytest.raises(ForgedError):
        verify_consistency(0, 9, [], EMPTY_ROOT, TREE.root(9))


def test_places_outside_the_tree_are_refused() -> None:
    for call in (
        lambda: TREE.root(301),
        lambda: TREE.root(-1),
        lambda: TREE.inclusion_proof(300),
        lambda: TREE.inclusion_proof(5, 5),
        lambda: TREE.inclusion_proof(-1),
        lambda: TREE.consistency_proof(9, 8),
        lambda: TREE.consistency_proof(-1, 8),
        lambda: TREE.leaf(300),
        lambda: Tree([b"short"]),
    ):
        with pytest.raises(InputError):
            call()


@given(st.data())
def test_a_proof_implies_the_old_root(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, new))
    proof = TREE.prefix_proof(old, new)
    assert old_root(old, new, proof, TREE.root(new)) == TREE.root(old)
    power_of_two = old & (old - 1) == 0 and old < new
    assert proof[1 if power_of_two else 0 :] == TREE.consistency_proof(old, new)


@given(st.data())
def test_two_heads_of_a_forked_log_and_a_proof_show_the_fork(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 120))
    old = data.draw(st.integers(1, new))
    rewritten = list(LEAVES[:new])
    rewritten[data.draw(st.integers(0, old - 1))] = leaf_hash(b"another")
    fork = Tree(rewritten)
    implied = old_root(old, new, fork.prefix_proof(old, new), fork.root())
    assert implied == fork.root(old) != TREE.root(old)


@given(st.data())
def test_no_one_is_framed_by_a_changed_proof(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(1, new))
    parts = [TREE.root(new), *TREE.prefix_proof(old, new)]
    if old == new:
        with pytest.raises(ForgedError):
            old_root(old, new, [bytes(32)], parts[0])
        return
    which = data.draw(st.integers(0, len(parts) - 1))
    change = data.draw(st.sampled_from(["flip", "drop", "repeat"]))
    if change == "flip" or which == 0:
        parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    elif change == "drop":
        del parts[which]
    else:
        parts.insert(which, parts[which])
    with pytest.raises(ForgedError):
        old_root(old, new, parts[1:], parts[0])


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 70), st.integers(0, 70))
def test_hostile_prefix_proofs_are_forged(proof: list[bytes], low: int, high: int) -> None:
    try:
        assert old_root(low, high, proof, bytes(32)) == bytes(32)
    except ForgedError:
        return
    assert 0 < low == high
    assert proof == []


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.data())
def test_any_leaves_prove_every_entry_and_every_prefix(
    leaves: list[bytes], data: st.DataObject
) -> None:
    tree = Tree(leaves)
    assert tree.root() == definition(leaves)
    if not leaves:
        return
    size = data.draw(st.integers(1, len(leaves)))
    for index in range(size):
        verify_inclusion(
            index, size, leaves[index], tree.inclusion_proof(index, size), tree.root(size)
        )
        proof = tree.consistency_proof(index + 1, size)
        verify_consistency(index + 1, size, proof, tree.root(index + 1), tree.root(size))


def test_a_prefix_proof_stays_inside_the_tree() -> None:
    for old, new in ((0, 5), (6, 5), (-1, 5), (1, 301)):
        with pytest.raises(InputError):
            TREE.prefix_proof(old, new)


@given(st.data())
def test_a_prefix_proof_serves_one_old_size(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    other = data.draw(st.integers(1, new - 1).filter(lambda size: size != old))
    root = TREE.root(new)
    for proof in (TREE.prefix_proof(old, new), [root]):
        with pytest.raises(ForgedError):
            old_root(other, new, proof, root)


@given(st.data())
def test_a_byte_does_not_move_from_one_hash_to_the_next(data: st.DataObject) -> None:
    """The hash of a node covers its children's bytes, not where one ends."""
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    root = TREE.root(new)
    for proof in (TREE.prefix_proof(old, new), TREE.inclusion_proof(old, new)):
        moved = [proof[0] + b"\0", *proof[1:]]
        if len(proof) > 1:
            moved = [proof[0] + proof[1][:1], proof[1][1:], *proof[2:]]
        with pytest.raises(ForgedError, match="bytes"):
            old_root(old, new, moved, root)
        with pytest.raises(ForgedError, match="bytes"):
            verify_inclusion(old, new, LEAVES[old], moved, root)
        with pytest.raises(ForgedError, match="bytes"):
            verify_consistency(old, new, moved, TREE.root(old), root)
