"""RFC 6962 Merkle tree over SHA-256: append, roots of any size, proofs, verification.

Leaves come in as 32-byte leaf hashes. Complete subtrees' hashes are kept per level (64 bytes a
leaf in all), so a root or a proof at any past size costs O(log n). Verification raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from parley.errors import ForgedError, InputError

_BULK = 65_536
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf), RFC 6962 section 2.1."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """An append-only tree. `index` counts from 0; `size` counts leaves."""

    __slots__ = ("_levels", "_size")

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self._size = 0
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        return self._size

    def __len__(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash, return its index. Raises InputError unless it has 32 bytes."""
        if len(leaf) != 32:
            raise InputError(f"a leaf hash of {len(leaf)} bytes", right="32 bytes")
        levels = self._levels
        row = levels[0]
        row += leaf
        self._size = remaining = self._size + 1
        level = 0
        while not remaining & 1:
            node = sha256(b"\x01" + row[-64:]).digest()
            remaining >>= 1
            level += 1
            if level == len(levels):
                levels.append(bytearray())
            row = levels[level]
            row += node
        return self._size - 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaf hashes in order. Raises InputError at the first that has not 32 bytes."""
        source = iter(leaf_hashes)
        while some := list(islice(source, _BULK)):
            good = next((at for at, leaf in enumerate(some) if len(leaf) != 32), len(some))
            self._extend(b"".join(some[:good]), good)
            for leaf in some[good : good + 1]:
                self.append(leaf)

    def _extend(self, leaves: bytes, count: int) -> None:
        """Level by level: one pass over the pairs that became whole."""
        levels = self._levels
        levels[0] += leaves
        size = remaining = self._size + count
        level = 0
        while remaining > 1:
            remaining >>= 1
            level += 1
            if level == len(levels):
                levels.append(bytearray())
            row = levels[level]
            pairs = bytes(levels[level - 1][2 * len(row) : 64 * remaining])
            row += b"".join(
                [sha256(b"\x01" + pairs[at : at + 64]).digest() for at in range(0, len(pairs), 64)]
            )
        self._size = size

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`. Raises InputError outside the tree."""
        if not 0 <= index < self._size:
            raise InputError(f"index {index} in a tree of {self._size}", right="0 <= index < size")
        return bytes(self._levels[0][32 * index : 32 * index + 32])

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` leaves (default all); of none, SHA-256 of nothing."""
        size = self._checked_size(self._size if size is None else size)
        return self._range_root(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of leaf `index` in the tree of `size`, leaf upwards (RFC 6962 2.1.1).

        Raises InputError unless 0 <= index < size <= own size.
        """
        size = self._checked_size(self._size if size is None else size)
        if not 0 <= index < size:
            raise InputError(f"index {index} in a tree of {size}", right="0 <= index < size")
        proof: list[bytes] = []
        levels = self._levels
        level, last = 0, size - 1
        while last:
            sibling = index ^ 1
            if sibling < last:
                proof.append(bytes(levels[level][32 * sibling : 32 * sibling + 32]))
            elif sibling == last:
                proof.append(self._range_root(sibling << level, size))
            index >>= 1
            last >>= 1
            level += 1
        return proof

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """That the tree of `new` extends the tree of `old` (RFC 6962 2.1.2).

        Empty when old == new, and when old == 0: everything extends the empty tree.
        Raises InputError unless 0 <= old <= new <= own size.
        """
        new = self._checked_size(self._size if new is None else new)
        if not 0 <= old <= new:
            raise InputError(f"old size {old}, new size {new}", right="0 <= old <= new")
        if old == 0:
            return []
        proof: list[bytes] = []
        low, high = 0, new
        while old != high:
            half = 1 << ((high - low - 1).bit_length() - 1)
            if old - low <= half:
                proof.append(self._range_root(low + half, high))
                high = low + half
            else:
                proof.append(self._range_root(low, low + half))
                low += half
        if low:
            proof.append(self._range_root(low, high))
        proof.reverse()
        return proof

    def prefix_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """A consistency proof from which `old_root` computes the root of the first `old` leaves.

        RFC 6962 leaves the old root itself out of the proof when `old` is a power of two; here
        it always stands first. Raises InputError unless 0 < old <= new <= own size.
        """
        new = self._checked_size(self._size if new is None else new)
        if not 0 < old <= new:
            raise InputError(f"old size {old}, new size {new}", right="0 < old <= new")
        proof = self.consistency_proof(old, new)
        return [self.root(old), *proof] if old & (old - 1) == 0 and old < new else proof

    def _checked_size(self, size: int) -> int:
        if not 0 <= size <= self._size:
            raise InputError(f"size {size} of a tree of {self._size}", right="at most its size")
        return size

    def _range_root(self, start: int, end: int) -> bytes:
        """Root over leaves [start, end); start is a multiple of a power of two >= end - start."""
        root = b""
        while end > start:
            width = (end - start) & (start - end)
            level = width.bit_length() - 1
            at = 32 * ((end >> level) - 1)
            node = bytes(self._levels[level][at : at + 32])
            root = node_hash(node, root) if root else node
            end -= width
        return root


class Frontier:
    """The right edge of a tree: append and root in O(log n) memory, no proofs."""

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        self._edge: list[bytes] = []
        self.size = 0

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash (32 bytes), return its index."""
        node, remaining = leaf, self.size
        while remaining & 1:
            node = node_hash(self._edge.pop(), node)
            remaining >>= 1
        self._edge.append(node)
        self.size += 1
        return self.size - 1

    def root(self) -> bytes:
        """Root of everything appended; of nothing, SHA-256 of nothing."""
        root = b""
        for node in reversed(self._edge):
            root = node_hash(node, root) if root else node
        return root or EMPTY_ROOT


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Return when `leaf` (a leaf hash) stands at `index` in the tree (size, root).

    RFC 9162 section 2.1.3.2. Raises ForgedError otherwise, also on sizes that cannot be.
    """
    if not 0 <= index < size:
        raise ForgedError(f"a proof for index {index} in a tree of {size}", right="index < size")
    _check_hashes((leaf, *proof))
    node, last = leaf, size - 1
    for step in proof:
        if last == 0:
            raise ForgedError(f"an inclusion proof of {len(proof)} hashes", right="fewer hashes")
        if index & 1 or index == last:
            node = node_hash(step, node)
            while index and not index & 1:
                index >>= 1
                last >>= 1
        else:
            node = node_hash(node, step)
        index >>= 1
        last >>= 1
    if last or node != root:
        raise ForgedError(
            f"the inclusion proof leads to {node.hex()}", right=f"the root {root.hex()}"
        )


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Return when the tree (new, new_root) extends the tree (old, old_root).

    RFC 9162 section 2.1.4.2. Raises ForgedError otherwise. old == 0 is refused: from the
    empty tree there is nothing to prove, the caller must not ask.
    """
    if not 0 < old <= new:
        raise ForgedError(f"a proof from size {old} to size {new}", right="0 < old <= new")
    _check_hashes(proof)
    if old == new:
        if proof or old_root != new_root:
            raise ForgedError(f"two heads of size {old} differ", right=old_root.hex())
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    left, right = _climb(old, new, path)
    if left != old_root or right != new_root:
        raise ForgedError(
            f"the tree of {new} does not extend the tree of {old}",
            right=f"a proof that leads to {old_root.hex()} and {new_root.hex()}",
        )


def old_root(old: int, new: int, proof: Sequence[bytes], new_root: bytes) -> bytes:
    """The root of the first `old` leaves of the tree (new, new_root), as `proof` implies it.

    `proof` is `Tree.prefix_proof`'s. Two heads signed by one log, this proof, and a result that
    differs from the older head's root show to anyone that the log forked. Raises ForgedError
    when the proof does not lead to `new_root`, and unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ForgedError(f"a proof from size {old} to size {new}", right="0 < old <= new")
    _check_hashes((new_root, *proof))
    if old == new:
        if proof:
            raise ForgedError(f"a proof of {len(proof)} hashes for one size", right="no hash")
        return new_root
    left, right = _climb(old, new, proof)
    if right != new_root:
        raise ForgedError(f"the proof leads to {right.hex()}", right=f"the root {new_root.hex()}")
    return left


def _climb(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root to which a path with its first node leads; 0 < old < new."""
    if not path:
        raise ForgedError("an empty consistency proof", right=f"a proof from {old} to {new}")
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    left = right = path[0]
    for step in path[1:]:
        if last == 0:
            raise ForgedError(f"a consistency proof of {len(path)} hashes", right="fewer hashes")
        if at & 1 or at == last:
            left, right = node_hash(step, left), node_hash(step, right)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            right = node_hash(right, step)
        at >>= 1
        last >>= 1
    if last:
        raise ForgedError(f"a consistency proof of {len(path)} hashes", right="more hashes")
    return left, right


def _check_hashes(proof: Sequence[bytes]) -> None:
    for number, step in enumerate(proof):
        if len(step) != 32:
            raise ForgedError(f"a hash of {len(step)} bytes", right="32", where=f"hash {number}")
