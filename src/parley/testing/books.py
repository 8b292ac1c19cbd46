"""Parties that keep logs without a node: entries, heads, cosignatures, receipts, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from parley.ledger import (
    Checkpoint,
    Decision,
    Entry,
    EvidenceItem,
    Exhibit,
    JsonValue,
    Kind,
    Receipt,
    Scope,
    SeenHead,
    Tree,
    add_signatures,
    build_evidence,
    link_heads,
    log_origin,
    note_hash,
    parse,
    prove_entry,
    seal,
    seal_decision,
    seal_receipt,
    sign_checkpoint,
    signature_lines,
    write_log,
)
from parley.testing.keys import own_keys, root_key, roster_note

T0_S = 1_537_216_400
MESSAGE = "parley/msg/v1"


@dataclass
class Book:
    """One party's log, as its node would hold it; heads by size, oldest first."""

    party: str
    epoch: int = 1
    entries: list[Entry] = field(default_factory=list)
    heads: dict[int, bytes] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)

    @property
    def log(self) -> str:
        return log_origin(self.party, self.epoch)

    @property
    def checkpoint(self) -> bytes:
        """The newest head."""
        return self.heads[max(self.heads)]

    def add(self, kind: Kind, note: bytes) -> int:
        """Append; the index."""
        salt = sha256(f"{self.party} {self.epoch} {len(self.entries)}".encode()).digest()[:16]
        self.entries.append(Entry(kind, salt, note))
        return self.tree.append(self.entries[-1].leaf_hash())

    def say(self, body: dict[str, JsonValue], *, at_s: int = T0_S, to: Sequence[str] = ()) -> bytes:
        """A message of ours, logged as sent."""
        said: dict[str, JsonValue] = {"at_ms": at_s * 1000, "to": list(to), **body}
        note = seal(MESSAGE, said, own_keys(self.party).note)
        self.add(Kind.SENT, note)
        return note

    def take(self, note: bytes, at_s: int = T0_S) -> bytes:
        """Log a note of another party; our receipt."""
        index = self.add(Kind.RECEIVED, note)
        return self.receipt(note, index, at_s)

    def receipt(self, note: bytes, index: int, at_s: int = T0_S) -> bytes:
        """A receipt that says that the note stands at this index."""
        leaf = self.entries[index].leaf_hash() if index < len(self.entries) else bytes(32)
        stamp = Receipt(note_hash(note), self.log, index, leaf, at_s * 1000)
        return seal_receipt(stamp, own_keys(self.party).note)

    def decide(
        self, act: str, *, at_s: int = T0_S, heads: Sequence[SeenHead] = (), root: bytes = b""
    ) -> bytes:
        """A decision by all that our log holds now (or by another root), logged."""
        size, past = self.tree.size, root or self.tree.root()
        said = Decision(
            self.party, act, "", 0, "duty", at_s * 1000, self.log, size, past, tuple(heads)
        )
        note = seal_decision(said, own_keys(self.party).note)
        self.add(Kind.DECISION, note)
        return note

    def head(self, at_s: int = T0_S, by: Mapping[str, int] | None = None) -> bytes:
        """A head over everything, cosigned by these parties at these seconds; kept."""
        keys = own_keys(self.party)
        head = Checkpoint(self.log, self.tree.size, self.tree.root())
        note = sign_checkpoint(head, keys.note, keys.quantum, at_s=at_s)
        for party, seen_s in (by or {}).items():
            note = cosigned(note, party, seen_s)
        self.heads[head.size] = note
        return note

    def item(self, index: int, receipts: Sequence[bytes] = ()) -> EvidenceItem:
        """The entry, proved to the smallest head that holds it."""
        size = min(size for size in self.heads if size > index)
        entry, head = self.entries[index], self.heads[size]
        return prove_entry(self.tree, entry, self.log, index, head, size, receipts)

    def evidence(
        self,
        items: Sequence[EvidenceItem],
        parties: Sequence[str],
        *,
        exhibits: Sequence[Exhibit] = (),
        refs: tuple[str, ...] = (),
    ) -> bytes:
        """All heads, linked, and these items."""
        heads = list(self.heads.values())
        return build_evidence(
            [roster_note(party) for party in parties],
            items,
            heads=heads,
            links=link_heads(self.tree, heads),
            exhibits=exhibits,
            scope=Scope(self.party, T0_S * 1000, refs),
        )

    def file(self) -> bytes:
        """The whole log up to its newest head."""
        leaves = (entry.leaf() for entry in self.entries)
        root = root_key(self.party).verifier
        return b"".join(write_log(self.party, self.epoch, root, leaves, self.checkpoint))


def book_of(party: str, others: Sequence[str] = ()) -> Book:
    """A log that begins with the rosters of its owner and of others."""
    book = Book(party)
    for name in (party, *others):
        book.add(Kind.KEYS, roster_note(name))
    return book


def cosigned(head: bytes, party: str, at_s: int) -> bytes:
    """The head with a cosignature by the party's Ed25519 cosigner."""
    return add_signatures(
        head, signature_lines(parse(head).text, own_keys(party).witness, at_s=at_s)
    )
