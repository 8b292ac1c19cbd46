"""A log that was lost in part, put together again from what its peers hold of it.

Pure: copies in, a plan out. Nothing is believed that does not hash to a head that we signed
ourselves, and no leaf but one that opens under our own tail secret. See ``rebuild`` for what is
made of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from parley.errors import ForgedError, IntegrityError, PeerError
from parley.ledger import (
    RECEIPT_TYPE,
    Keyring,
    Receipt,
    Tree,
    note_hash,
    open_checkpoint,
    open_receipt,
)
from parley.node.context import Context
from parley.node.proofs.heads import SignedHead
from parley.node.proofs.mirror import Sealed, open_leaf, read_mirror
from parley.node.recovery.givenback import GivenBack, Page


@dataclass(slots=True)
class Copy:
    """What one peer holds of our log. note: the newest head of ours that it saw, b"" for none;
    entries: from 0 on, leaves where it kept them; given_back: see ``givenback``."""

    peer: str
    note: bytes = b""
    entries: list[Sealed] = field(default_factory=list)
    given_back: list[GivenBack] = field(default_factory=list)

    def add_mirror(self, data: bytes) -> bool:
        """One page of the mirror; False when it was the last. Raises PeerError."""
        note, entries = read_mirror(data)
        self.note = note or self.note
        self.entries += entries
        return bool(entries)

    def add_given_back(self, data: bytes) -> int:
        """One page of what it gives back; where the next one ends, 0: no more. PeerError."""
        page = Page.parse(data)
        self.given_back += page.found
        return page.next


@dataclass(frozen=True, slots=True)
class Plan:
    """own: entries of our log as we found it; kept: so many of them stay; leaves: those that
    come behind. head: the newest head of ours that a peer holds. missing: indices whose leaves
    nobody has. beyond: how far receipts of ours show that our log had grown.
    """

    own: int
    kept: int
    leaves: tuple[bytes, ...] = field(default=(), repr=False)
    head: SignedHead | None = None
    missing: tuple[int, ...] = ()
    beyond: int = 0

    @property
    def size(self) -> int:
        """Entries of the log as it can be put together."""
        return self.kept + len(self.leaves)

    @property
    def last_size(self) -> int:
        """As far as anybody may hold our log: where it is closed if it cannot go on."""
        head = 0 if self.head is None else self.head.size
        return max(self.size, head, self.beyond)

    @property
    def needs_epoch(self) -> bool:
        """Whether entries that others can prove are lost for good: this log cannot go on."""
        return self.last_size > self.size


def make_plan(
    context: Context, ring: Keyring, hashes: Sequence[bytes], copies: Iterable[Copy]
) -> Plan:
    """``hashes``: the leaf hashes of our log as it is here.

    Raises PeerError: a copy that is none of our log (its ``at_fault`` names the peer);
    IntegrityError: two heads of ours exclude each other, so our log has forked."""
    origin = context.origin
    found = [(copy, _head(copy, ring, origin)) for copy in copies]
    heads = [(copy, head) for copy, head in found if head is not None]
    given = [r for copy, _ in found for r in own_receipts(copy, ring).values() if r.log == origin]
    beyond = max((receipt.index + 1 for receipt in given), default=0)
    own = Tree(hashes)
    best = max((head for _, head in heads), key=lambda head: head.size, default=None)
    if best is None or _leads_to(own, best):
        _check_fork(own, heads)
        return Plan(own.size, _agreed(hashes, given), head=best, beyond=beyond)
    full = _whole(heads, best)
    if full is None:
        missing = tuple(range(own.size, best.size))
        return Plan(own.size, own.size, head=best, missing=missing, beyond=beyond)
    _check_fork(Tree(full), heads)
    kept = next(
        (i for i, (a, b) in enumerate(zip(hashes, full, strict=False)) if a != b),
        min(len(hashes), len(full)),
    )
    leaves, missing = _leaves(context, full, kept, [copy for copy, _ in found])
    return Plan(own.size, kept, leaves, best, missing, beyond)


def _head(copy: Copy, ring: Keyring, origin: str) -> SignedHead | None:
    if not copy.note:
        return None
    try:
        opened = open_checkpoint(copy.note, ring.head_keys(origin))
        if opened.checkpoint.origin != origin:
            raise ForgedError(f"a head of {opened.checkpoint.origin[:80]}", right=origin)
        ring.check_head(opened.log_key, origin, opened.checkpoint.size)
    except PeerError as error:
        error.at_fault = f"party {copy.peer}"
        raise
    return SignedHead.of(copy.note)


def _agreed(hashes: Sequence[bytes], given: Sequence[Receipt]) -> int:
    """How far our log as it is here holds what our receipts say that it held."""
    other = (r.index for r in given if r.index < len(hashes) and hashes[r.index] != r.leaf_hash)
    return min(other, default=len(hashes))


def own_receipts(copy: Copy, ring: Keyring) -> dict[bytes, Receipt]:
    """Our receipts among what is given back, by their sealed bytes; what is none is left out."""
    found = {}
    for one in copy.given_back:
        if one.note.startswith(RECEIPT_TYPE.encode() + b"\n"):
            try:
                found[one.note] = open_receipt(one.note, ring.note_keys)
            except PeerError:
                continue
    return found


def _leads_to(tree: Tree, head: SignedHead) -> bool:
    return head.size <= tree.size and tree.root(head.size) == head.checkpoint.root


def _whole(heads: Sequence[tuple[Copy, SignedHead]], best: SignedHead) -> list[bytes] | None:
    """The leaf hashes below ``best``, of whichever copy has them all."""
    for copy, _ in heads:
        hashes = [entry.hash for entry in copy.entries[: best.size]]
        if len(hashes) == best.size and Tree(hashes).root() == best.checkpoint.root:
            return hashes
    return None


def _check_fork(tree: Tree, heads: Sequence[tuple[Copy, SignedHead]]) -> None:
    for copy, head in heads:
        if head.size <= tree.size and not _leads_to(tree, head):
            raise IntegrityError(
                f"{copy.peer} holds our signed head of {head.size} entries with another root:"
                " our log has two histories",
                right="a new epoch: parley keys epoch",
            )


def _leaves(
    context: Context, full: Sequence[bytes], kept: int, copies: Sequence[Copy]
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """The leaves behind ``kept`` up to the first that nobody has, and all that nobody has."""
    found: list[bytes] = []
    missing: list[int] = []
    for index in range(kept, len(full)):
        leaf = _opened(context.keys.tail, full[index], index, copies)
        if leaf is None:
            missing.append(index)
        elif not missing:
            found.append(leaf)
    return tuple(found), tuple(missing)


def _opened(secret: bytes, digest: bytes, index: int, copies: Sequence[Copy]) -> bytes | None:
    for copy in copies:
        if index >= len(copy.entries):
            continue
        entry = copy.entries[index]
        if entry.hash == digest and entry.leaf:
            try:
                return open_leaf(secret, entry)
            except PeerError:
                continue
    return None


@dataclass(slots=True)
class Lost:
    """A statement of ours that peers hold and our log does not, with their receipts by party."""

    note: bytes
    receipts: dict[str, bytes] = field(default_factory=dict)


def lost_statements(copies: Iterable[Copy], known: set[str]) -> list[Lost]:
    """What we said and no longer know of, in the order in which peers logged it. ``known``: the
    hashes of the notes in our log."""
    found: dict[str, Lost] = {}
    for copy in copies:
        for one in reversed(copy.given_back):
            digest = note_hash(one.note).hex()
            if digest in known or one.note.startswith(RECEIPT_TYPE.encode() + b"\n"):
                continue
            lost = found.setdefault(digest, Lost(one.note))
            if one.other:
                lost.receipts[copy.peer] = one.other
    return list(found.values())


def lost_notes(copies: Iterable[Copy], known: set[str]) -> list[bytes]:
    """Notes of peers that we receipted and no longer know of, in the order of their logs."""
    found: dict[str, bytes] = {}
    for copy in copies:
        for one in reversed(copy.given_back):
            if one.other and one.note.startswith(RECEIPT_TYPE.encode() + b"\n"):
                digest = note_hash(one.other).hex()
                if digest not in known:
                    found.setdefault(digest, one.other)
    return list(found.values())
