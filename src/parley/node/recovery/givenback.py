"""What a peer gives a party back of its own: the entries of our log that bear its signature.

Its statements, each with our receipt; its receipts, each with our note that it answers. Nothing
that anybody else said is among them. For the owner alone; newest first, in pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import MalformedError, PeerError
from parley.ledger import (
    RECEIPT_TYPE,
    Entry,
    Kind,
    decode,
    encode,
    note_hash,
    parse,
    parse_statement,
    receipt_of,
)
from parley.node.ports import Tx

LOOKED_AT = 2_000
"""So many entries at most are looked through for one page."""
PAGE_BYTES = 1024 * 1024
MAX_PAGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GivenBack:
    """note: signed by the owner; other: the holder's receipt for it, or, where note is a receipt,
    the holder's note that it answers; b"" where the holder has none."""

    note: bytes
    other: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """next: ask for what stands before that entry of the holder's log; 0: there is no more."""

    found: tuple[GivenBack, ...]
    next: int

    def to_bytes(self) -> bytes:
        pairs = [[one.note.decode(), one.other.decode()] for one in self.found]
        return encode({"given_back": list(pairs), "next": self.next})

    @classmethod
    def parse(cls, data: bytes) -> Page:
        """Inverse of ``to_bytes``; verifies no signature. MalformedError, OversizeError."""
        body = decode(data, max_bytes=MAX_PAGE_BYTES, max_depth=4)
        pairs = body.get("given_back") if isinstance(body, dict) else None
        following = body.get("next") if isinstance(body, dict) else None
        if not isinstance(pairs, list) or type(following) is not int or following < 0:
            raise MalformedError("no page of what is given back", right="given_back, next")
        return cls(tuple(_pair(pair) for pair in pairs), following)


def _pair(value: object) -> GivenBack:
    if isinstance(value, list) and len(value) == 2:
        note, other = value
        if isinstance(note, str) and isinstance(other, str):
            return GivenBack(note.encode(), other.encode())
    raise MalformedError("no pair of notes", right="[note, other]")


def page(tx: Tx, owner: str, before: int = -1) -> Page:
    """What our log holds of ``owner`` in front of entry ``before`` (-1: the end), newest first."""
    at = tx.log.size() if before < 0 else min(before, tx.log.size())
    last = max(0, at - LOOKED_AT)
    found: list[GivenBack] = []
    size = 0
    while at > last and size < PAGE_BYTES:
        at -= 1
        entry = Entry.from_leaf(next(iter(tx.log.leaves(at, at + 1))))
        if entry.kind is Kind.RECEIVED and _is_by(entry.note, owner):
            one = GivenBack(entry.note, _other(tx, entry.note))
            found.append(one)
            size += len(one.note) + len(one.other)
    return Page(tuple(found), at)


def _is_by(note: bytes, owner: str) -> bool:
    try:
        return owner in {signature.name for signature in parse(note).signatures}
    except PeerError:
        return False


def _other(tx: Tx, note: bytes) -> bytes:
    if not note.startswith(RECEIPT_TYPE.encode() + b"\n"):
        return tx.records.get("receipt", note_hash(note).hex()) or b""
    digest = receipt_of(parse_statement(parse(note).text)[1]).note_hash.hex()
    index = tx.log.index_of(digest)
    return (
        b"" if index is None else Entry.from_leaf(next(iter(tx.log.leaves(index, index + 1)))).note
    )
