"""What leaves the node as a file: our whole log, or chosen items with their proofs."""

from __future__ import annotations

from collections.abc import Sequence

from parley.errors import InputError
from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    Tree,
    build_evidence,
    note_hash,
    open_roster,
    prove_entry,
    sign_checkpoint,
    write_log,
)
from parley.node.desk import Desk
from parley.node.tree import LogTree


def checkpoint(desk: Desk, tree: Tree, size: int) -> bytes:
    """Our signed head over everything that the log of our epoch holds."""
    head = Checkpoint(desk.context.origin, size, tree.root(size))
    keys = desk.context.keys
    return sign_checkpoint(head, keys.note, keys.quantum, at_s=desk.now_ms // 1000)


def log_file(desk: Desk, log_tree: LogTree) -> bytes:
    """Our whole log as one file that verifies from its bytes alone."""
    tree, size = log_tree.at(desk.tx)
    head = checkpoint(desk, tree, size)
    leaves = desk.tx.log.leaves(desk.base, desk.base + size)
    context = desk.context
    root = open_roster(
        Entry.from_leaf(next(desk.tx.log.leaves(desk.base, desk.base + 1))).note
    ).root
    return b"".join(write_log(context.party, context.epoch, root, leaves, head))


def evidence(desk: Desk, log_tree: LogTree, refs: Sequence[str]) -> bytes:
    """Everything our log holds about these items, with proofs, receipts and the roster.

    InputError: a ref that our log holds nothing about.
    """
    tree, size = log_tree.at(desk.tx)
    head = checkpoint(desk, tree, size)
    indices = {desk.base}
    for ref in refs:
        about = [int(key[len(ref) + 1 :]) for key, _ in desk.tx.records.scan("entries", f"{ref}|")]
        if not about:
            raise InputError(f"our log holds nothing about {ref!r}", right="a ref of an item")
        indices.update(about)
    items = []
    for index in sorted(indices):
        entry = Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1))))
        items.append(
            prove_entry(
                tree,
                entry,
                desk.context.origin,
                desk.place(index),
                head,
                size,
                _receipts(desk, entry),
            )
        )
    return build_evidence([note for _, note in desk.tx.records.scan("roster")], items)


def _receipts(desk: Desk, entry: Entry) -> list[bytes]:
    """The peers' receipts for a note we sent, or our own for a note we received."""
    digest = note_hash(entry.note).hex()
    if entry.kind is Kind.SENT:
        return [sealed for _, sealed in desk.tx.records.scan("receipted", f"{digest}|")]
    ours = desk.tx.records.get("receipt", digest)
    return [ours] if ours is not None else []
