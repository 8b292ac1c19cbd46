"""Two parties with a short log each: a notice, its receipts, rosters, an evidence file."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import pytest

from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    Receipt,
    SigningKey,
    Tree,
    build_evidence,
    log_origin,
    note_hash,
    prove_entry,
    seal,
    seal_receipt,
    sign_checkpoint,
    write_log,
)


def salt(key: SigningKey, number: int) -> bytes:
    return sha256(key.verifier.public + b"salt %d" % number).digest()[:16]


@dataclass(frozen=True)
class Book:
    """One party's log as its node would hold it."""

    key: SigningKey
    log: str
    entries: list[Entry]
    tree: Tree
    checkpoint: bytes

    def file(self) -> bytes:
        leaves = (entry.leaf() for entry in self.entries)
        return b"".join(write_log(self.key.name, 1, self.key.verifier, leaves, self.checkpoint))


def book(key: SigningKey, notes: list[tuple[Kind, bytes]]) -> Book:
    entries = [Entry(kind, salt(key, number), note) for number, (kind, note) in enumerate(notes)]
    tree = Tree(entry.leaf_hash() for entry in entries)
    log = log_origin(key.name, 1)
    head = sign_checkpoint(Checkpoint(log, tree.size, tree.root()), key)
    return Book(key, log, entries, tree, head)


@dataclass(frozen=True)
class World:
    il: SigningKey
    ru: SigningKey
    notice: bytes
    receipt: bytes
    ours: Book
    theirs: Book
    evidence: bytes


@pytest.fixture(scope="session")
def world() -> World:
    il = SigningKey("il.example", b"\x01" * 32)
    ru = SigningKey("ru.example", b"\x02" * 32)
    vkeys = [il.verifier.to_vkey(), ru.verifier.to_vkey()]
    notice = seal("parley/msg/v1", {"to": "ru.example", "text": "район 5, 14:00Z"}, il)
    roster = {key: seal("parley/roster/v1", {"keys": list(vkeys)}, key) for key in (il, ru)}
    theirs = book(ru, [(Kind.KEYS, roster[ru]), (Kind.RECEIVED, notice)])
    stamp = Receipt(
        note_hash(notice), theirs.log, 1, theirs.entries[1].leaf_hash(), 1_537_216_440_000
    )
    receipt = seal_receipt(stamp, ru)
    seen = seal("parley/seen/v1", {"track": 7}, il)
    ours = book(
        il,
        [
            (Kind.KEYS, roster[il]),
            (Kind.SENT, notice),
            (Kind.RECEIVED, receipt),
            (Kind.OBSERVED, seen),
            (Kind.COSIGNED, theirs.checkpoint),
        ],
    )
    items = [
        prove_entry(ours.tree, ours.entries[1], ours.log, 1, ours.checkpoint, 5, [receipt]),
        prove_entry(theirs.tree, theirs.entries[1], theirs.log, 1, theirs.checkpoint, 2),
    ]
    evidence = build_evidence([il.verifier, ru.verifier], items)
    return World(il, ru, notice, receipt, ours, theirs, evidence)
