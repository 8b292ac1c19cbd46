from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.ledger import Tree, leaf_hash


@given(st.lists(st.integers(0, 70), max_size=6))
def test_a_tree_does_not_depend_on_how_many_leaves_came_at_once(pieces: list[int]) -> None:
    one_by_one, in_pieces = Tree(), Tree()
    for piece in pieces:
        leaves = [leaf_hash(b"%d" % (one_by_one.size + n)) for n in range(piece)]
        for leaf in leaves:
            one_by_one.append(leaf)
        in_pieces.extend(leaves)
    size = one_by_one.size
    assert in_pieces.size == size
    for past in range(size + 1):
        assert in_pieces.root(past) == one_by_one.root(past)
        assert in_pieces.consistency_proof(past) == one_by_one.consistency_proof(past)
    for index in range(size):
        assert in_pieces.inclusion_proof(index) == one_by_one.inclusion_proof(index)


def test_the_leaves_before_a_bad_one_are_kept() -> None:
    tree = Tree()
    with pytest.raises(InputError, match="31 bytes"):
        tree.extend([bytes(32), bytes(32), bytes(31), bytes(32)])
    assert tree.size == 2
    assert tree.root() == Tree([bytes(32), bytes(32)]).root()
