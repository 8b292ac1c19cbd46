"""Signed copies, one an addressee: what became known elsewhere left by its addressee or its author.

A copy says the same as every other copy of the same words; only ``copy_for`` and the signature
differ. It is proof against nobody else than those two, and of no way further than to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from parley.errors import ForgedError, IntegrityError
from parley.ledger import Keyring, Kind, note_hash, seal, unseal
from parley.ledger.canonical import JsonValue, b64
from parley.liaison.papers.paper import Paper
from parley.node import bounded
from parley.node.desk import Desk
from parley.rules.statements import Header, ItemEvent, Notice
from parley.wire.spoken import Spoken, decode

LEAK_TYPE = "parley/leak/v1"
W = TypeVar("W", bound=Spoken)


@dataclass(frozen=True, slots=True)
class Trace:
    """Who wrote a note and whose copy it is: it left ``copy_for`` or its author, no further.

    copy_for: "" where all addressees hold the same bytes; then any of ``to`` may have passed it on.
    """

    author: str
    copy_for: str
    to: tuple[str, ...]
    type: str
    item: str
    at_ms: int
    note_hash: str

    @property
    def left(self) -> tuple[str, ...]:
        """The parties that may have passed it on."""
        return (self.author, *((self.copy_for,) if self.copy_for else self.to))


def trace(note: bytes, ring: Keyring) -> Trace:
    """Whose copy this signed note is. Raises PeerError: not by a key of the ring, no statement."""
    unsealed = unseal(note, ring.note_keys)
    author = unsealed.signer_name
    statement = decode(unsealed.type, unsealed.body, sender=author)
    header = statement.header
    if header.by != author:
        raise ForgedError(
            f"a statement in the name of {header.by!r} is signed by {author!r}",
            right=f"the signature of {header.by}",
            at_fault=f"party {author}",
        )
    item = getattr(statement, "item", "")
    return Trace(
        author, header.copy_for, header.to, unsealed.type, item, header.at_ms, unsealed.hash_hex
    )


def headers(header: Header, *, each_its_own: bool) -> list[Header]:
    """The headers under which words are sealed: one for all, or one an addressee."""
    if not each_its_own or not header.to:
        return [replace(header, copy_for="")]
    return [replace(header, copy_for=party) for party in header.to]


@dataclass(frozen=True, slots=True)
class Copy(Generic[W]):
    """What one copy says, its exact note, and whom it goes to."""

    words: W
    note: bytes
    to: tuple[str, ...]


def sealed(desk: Desk, words: W, *, each_its_own: bool) -> list[Copy[W]]:
    """``words`` sealed, once or for each addressee; at least one copy."""
    found = []
    for header in headers(words.header, each_its_own=each_its_own):
        said = replace(words, header=header)
        to = (header.copy_for,) if header.copy_for else header.to
        found.append(Copy(said, desk.seal(said), to))
    return found


class Copied:
    """What the copies in our own log said: the first of them is what the item's record tells."""

    def __init__(self) -> None:
        self._said: dict[tuple[type, str, int], Spoken] = {}

    def again(self, statement: Spoken) -> bool:
        """Whether another copy of the same words came before. IntegrityError: of other words."""
        if not statement.header.copy_for or not isinstance(statement, Notice | ItemEvent | Paper):
            return False
        plain: Spoken = replace(statement, header=replace(statement.header, copy_for=""))
        key = (type(statement), statement.item, statement.version)
        first = self._said.setdefault(key, plain)
        if first is plain:
            return False
        if first != plain:
            raise IntegrityError(
                f"the copies of version {statement.version} of {statement.item} differ",
                right="the same words for every addressee",
            )
        return True


@dataclass(frozen=True, slots=True)
class Leak:
    """A copy for another party that somebody brought to our door. carrier: whose TLS key brought
    it, "" if that is not known; who brings a note need not be who let it go."""

    note: bytes
    author: str
    copy_for: str
    carrier: str = ""


def log_leak(desk: Desk, leak: Leak) -> None:
    """An entry in our log and an event, once a note and at most 100 an hour an author."""
    digest = note_hash(leak.note).hex()
    if desk.tx.records.get("leak", digest) is not None:
        return
    if not bounded.within(desk, "leak", leak.author):
        return
    spelled = b64(leak.note)
    body: dict[str, JsonValue] = {
        "at_ms": desk.now_ms,
        "carrier": leak.carrier,
        "copy_for": leak.copy_for,
        "note": spelled if len(spelled) <= _NOTE_CHARS else "",
        "note_hash": digest,
    }
    index = desk.log(Kind.OBSERVED, seal(LEAK_TYPE, body, desk.context.key))
    desk.tx.records.put("leak", digest, str(index).encode())
    desk.event(
        "leak",
        {
            "author": leak.author,
            "copy_for": leak.copy_for,
            "carrier": leak.carrier,
            "note_hash": digest,
            "index": index,
        },
    )


_NOTE_CHARS = 60_000
"""A note as base64 that still fits into a note of ours; a larger one is named by its hash."""
