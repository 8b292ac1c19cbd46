"""Log entries: kind, random salt, exact note bytes; their leaf is what the tree hashes.

The salt keeps a root or a proof from leaking what other entries say: without it a guess at a
neighbouring note could be checked against its leaf hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from parley.errors import FormatError, MalformedError, OversizeError
from parley.ledger.merkle import leaf_hash
from parley.ledger.note import MAX_NOTE_BYTES

SALT_BYTES = 16
MAX_LEAF_BYTES = 1 + SALT_BYTES + MAX_NOTE_BYTES


class Kind(IntEnum):
    """What an entry records; the number is the leaf's first byte."""

    SENT = 1  # our own note, sent to a peer
    RECEIVED = 2  # a peer's exact note; its receipts too
    COSIGNED = 3  # a peer's checkpoint that we signed
    KEYS = 4  # a roster: a statement whose body lists vkeys under "keys"
    DECISION = 5  # our own decision and the state of knowledge at that moment
    OBSERVED = 6  # our own statement of what we saw

    @property
    def label(self) -> str:
        """Lower-case name, as files spell it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `salt` has 16 random bytes, drawn by the caller; `note` 1 to 65536 bytes.

    Raises FormatError on other lengths. Does not look inside the note.
    """

    kind: Kind
    salt: bytes
    note: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.kind, Kind):
            raise FormatError(f"{self.kind!r} is no kind of entry", right="a member of Kind")
        if len(self.salt) != SALT_BYTES:
            raise FormatError(f"a salt of {len(self.salt)} bytes", right=f"{SALT_BYTES} bytes")
        if not 0 < len(self.note) <= MAX_NOTE_BYTES:
            raise FormatError(f"a note of {len(self.note)} bytes", right=f"1 to {MAX_NOTE_BYTES}")

    def leaf(self) -> bytes:
        """kind byte | salt (16) | note."""
        return bytes((self.kind,)) + self.salt + self.note

    def leaf_hash(self) -> bytes:
        """RFC 6962 hash (32 bytes) of the leaf."""
        return leaf_hash(self.leaf())

    @classmethod
    def from_leaf(cls, data: bytes) -> Entry:
        """Inverse of `leaf`. Raises MalformedError, OversizeError."""
        if len(data) > MAX_LEAF_BYTES:
            raise OversizeError(f"a leaf of {len(data)} bytes", right=f"at most {MAX_LEAF_BYTES}")
        if len(data) < 2 + SALT_BYTES:
            raise MalformedError(f"a leaf of {len(data)} bytes", right="18 or more")
        try:
            kind = Kind(data[0])
        except ValueError:
            raise MalformedError(f"an entry of kind {data[0]}", right="1 to 6") from None
        return cls(kind, bytes(data[1 : 1 + SALT_BYTES]), bytes(data[1 + SALT_BYTES :]))
