"""One party's whole log of one epoch as bytes that verify on their own (docs/formats/ledger.md).

Header, length-framed leaves, the signed checkpoint. After each part stands a running hash. The
checkpoint proves; the running hash only names the guilty entry when bytes were damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from parley.errors import (
    ForgedError,
    FormatError,
    IntegrityError,
    MalformedError,
    OversizeError,
    ParleyError,
    PeerError,
)
from parley.ledger.checkpoint import (
    MAX_CHECKPOINT_BYTES,
    Checkpoint,
    OpenedCheckpoint,
    log_origin,
    parse_checkpoint,
)
from parley.ledger.entry import MAX_LEAF_BYTES, Entry, Kind
from parley.ledger.fields import located
from parley.ledger.filed import Believed, check_authors, peer_vkey
from parley.ledger.history import witnesses_in_force
from parley.ledger.keyring import Keyring
from parley.ledger.keys import Keys, VerifyKey
from parley.ledger.merkle import Frontier, leaf_hash
from parley.ledger.note import Opened, open_note, parse
from parley.ledger.receipt import RECEIPT_TYPE, receipt_of
from parley.ledger.statement import parse_statement
from parley.ledger.terms import check_cosigned, open_head_in_term

LOG_TYPE = "parley/log/v2"
MAX_HEADER_BYTES = 2048
_T = TypeVar("_T")
_EPOCH = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class SignerCount:
    """One key's part in a log: how many notes it signed, at which first and last index."""

    key: VerifyKey
    pinned: bool
    notes: int
    first_index: int
    last_index: int


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a log's bytes prove. `first_index`, `last_index` are None for an empty log.

    `key` signed the final checkpoint. `key_pinned`: the root that the owner's keys hang on was
    pinned by the verifier; else the log only agrees with itself. `cosigners`: other parties that
    cosigned that checkpoint with a key in force. `ring`: the rosters that stood at the end.
    """

    party: str
    epoch: int
    size: int
    root_hex: str
    counts: dict[Kind, int]
    signers: tuple[SignerCount, ...]
    first_index: int | None
    last_index: int | None
    key: VerifyKey
    key_pinned: bool
    checkpoint: Checkpoint
    cosigners: tuple[str, ...]
    ring: Keyring


def write_log(
    party: str, epoch: int, root: VerifyKey, leaves: Iterable[bytes], checkpoint: bytes
) -> Iterator[bytes]:
    """The log's file, in chunks. `root`: of the party's roster in the log's first entry.

    `checkpoint`: signed note over exactly these leaves, its origin line `log_origin(party,
    epoch)`. Does not verify signatures. Raises InputError (names, epoch) and IntegrityError at
    a leaf or checkpoint that does not parse, and after the last leaf when the two differ.
    """
    if root.name != party:
        raise FormatError(f"the root of {root.name} heads the log of {party}", right=party)
    log = log_origin(party, epoch)
    header = f"{LOG_TYPE}\n{party}\n{epoch}\n{root.to_vkey()}\n\n".encode()
    chain = sha256(header).digest()
    yield header + chain
    frontier = Frontier()
    for leaf in leaves:
        _ours(Entry.from_leaf, leaf, where=f"entry {frontier.size}")
        digest = leaf_hash(leaf)
        frontier.append(digest)
        chain = sha256(chain + digest).digest()
        yield b"".join((len(leaf).to_bytes(4, "big"), leaf, chain))
    head = _ours(lambda note: parse_checkpoint(parse(note).text), checkpoint, where="checkpoint")
    if (head.origin, head.size, head.root) != (log, frontier.size, frontier.root()):
        raise IntegrityError(
            f"the checkpoint is of {head.origin}, size {head.size}, root {head.root.hex()}",
            right=f"{log}, size {frontier.size}, root {frontier.root().hex()}",
        )
    chain = sha256(chain + sha256(checkpoint).digest()).digest()
    yield b"".join((bytes(4), len(checkpoint).to_bytes(4, "big"), checkpoint, chain))


def verify_log(
    data: bytes | bytearray | memoryview | Iterable[bytes],
    *,
    pinned: Keys | None,
    progress: Callable[[int, int], None] | None = None,
    on_entry: Callable[[int, Entry, Opened], None] | None = None,
) -> LogReport:
    """Verify a whole log from its bytes (or chunks) in one pass and O(log n) memory.

    `pinned`: roots of parties, or None to believe what the log declares about itself. Believed
    are the rosters in Keys entries, from their entry on; the first entry is the owner's. A note
    counts only within the term of its key, so an ended key speaks for what is older and no more.
    Sent, Decision and Observed entries need the owner's signature, Received another party's,
    Cosigned both.
    `progress(entries, bytes)` every 1024 entries and at the end; `on_entry(index, entry,
    opened)` after each verified entry, before the final checkpoint is reached.

    Raises MalformedError, OversizeError, ForgedError or UnknownPartyError; `where` names the
    guilty entry. Whoever rewrote entry and running hashes alike is found at the checkpoint.
    """
    reader = LogReader(data)
    state = Verification(reader, pinned)
    while True:
        leaf = state.next_leaf()
        if leaf is None:
            break
        entry, opened = state.take_entry(leaf)
        if on_entry is not None:
            on_entry(state.frontier.size - 1, entry, opened)
        if progress is not None and state.frontier.size % 1024 == 0:
            progress(state.frontier.size, reader.done)
    report = state.finish()
    if progress is not None:
        progress(report.size, reader.done)
    return report


def _ours(reader: Callable[[bytes], _T], data: bytes, *, where: str) -> _T:
    """What `reader` reads; its refusal is our own error."""
    try:
        return reader(data)
    except PeerError as error:
        raise IntegrityError(error.what, right=error.right, where=where) from None


class Verification:
    """One pass over a log: leaf by leaf, then `finish`. `signers`: notes, first, last index."""

    def __init__(self, reader: LogReader, pinned: Keys | None) -> None:
        self.reader = reader
        self.believed = Believed(pinned)
        self.frontier = Frontier()
        self.counts = dict.fromkeys(Kind, 0)
        self.signers: dict[VerifyKey, tuple[int, int, int]] = {}
        header = reader.take_header()
        self.chain = sha256(header).digest()
        if reader.take(32, "header") != self.chain:
            raise MalformedError("the header does not match its hash", where="header")
        try:
            self.party, self.epoch, self.log, self.root = _parse_header(header)
            self.believed.check_root(self.root)
        except ParleyError as error:
            raise located(error, "header") from None

    def next_leaf(self) -> bytes | None:
        where = f"entry {self.frontier.size}"
        length = int.from_bytes(self.reader.take(4, where), "big")
        if length == 0:
            return None
        if length > MAX_LEAF_BYTES:
            raise OversizeError(
                f"a leaf of {length} bytes", right=f"at most {MAX_LEAF_BYTES}", where=where
            )
        return self.reader.take(length, where)

    def take_entry(self, leaf: bytes) -> tuple[Entry, Opened]:
        index = self.frontier.size
        where = f"entry {index}"
        digest = leaf_hash(leaf)
        self.chain = sha256(self.chain + digest).digest()
        if self.reader.take(32, where) != self.chain:
            raise MalformedError("the entry does not match its running hash", where=where)
        try:
            entry = Entry.from_leaf(leaf)
            opened = self._opened(entry, index)
        except ParleyError as error:
            raise located(error, where) from None
        self.frontier.append(digest)
        self.counts[entry.kind] += 1
        for key in opened.signers:
            notes, first, _ = self.signers.get(key, (0, index, index))
            self.signers[key] = (notes + 1, first, index)
        return entry, opened

    def _opened(self, entry: Entry, index: int) -> Opened:
        """The entry's note, verified and held against the terms of its keys."""
        if entry.kind is Kind.KEYS:
            return self._admit(entry.note, index)
        if index == 0:
            raise MalformedError("the log does not begin with its owner's roster", right="it does")
        return open_entry(entry, index, self.believed.ring, self.party, self.log)

    def _admit(self, note: bytes, index: int) -> Opened:
        roster = self.believed.admit(note)
        if index == 0 and (roster.party, roster.root) != (self.party, self.root):
            raise ForgedError(
                f"the log of {self.party} begins with the roster of {roster.party}, root"
                f" {roster.root.key_id.hex()}",
                right="its owner's roster under the root of the header",
            )
        return Opened(parse(note).text, (roster.root,), (None,))

    def finish(self) -> LogReport:
        where, size, root = "checkpoint", self.frontier.size, self.frontier.root()
        length = int.from_bytes(self.reader.take(4, where), "big")
        if length > MAX_CHECKPOINT_BYTES:
            raise OversizeError(f"a checkpoint of {length} bytes", where=where)
        data = self.reader.take(length, where)
        end = sha256(self.chain + sha256(data).digest()).digest()
        if self.reader.take(32, where) != end:
            raise MalformedError("the checkpoint does not match its hash", where=where)
        if not self.reader.at_end():
            raise MalformedError("bytes after the end of the log", right="none", where=where)
        try:
            opened = open_head_in_term(data, self.believed.ring)
        except ParleyError as error:
            raise located(error, where) from None
        head = opened.checkpoint
        if (head.origin, head.size) != (self.log, size):
            raise ForgedError(
                f"the checkpoint is of {head.origin}, size {head.size}",
                right=f"{self.log}, size {size}",
                where=where,
            )
        if head.root != root:
            raise ForgedError(
                f"the entries hash to root {root.hex()}, the checkpoint says {head.root.hex()}",
                right="the entries as they were signed",
                where=f"one of the entries 0 to {size - 1}, or their order",
            )
        return self._report(opened)

    def _report(self, opened: OpenedCheckpoint) -> LogReport:
        size = self.frontier.size
        others = witnesses_in_force(opened, self.believed.ring)
        return LogReport(
            party=self.party,
            epoch=self.epoch,
            size=size,
            root_hex=opened.checkpoint.root.hex(),
            counts=self.counts,
            signers=tuple(
                SignerCount(key, self.believed.is_pinned(key.name), *seen)
                for key, seen in self.signers.items()
            ),
            first_index=0 if size else None,
            last_index=size - 1 if size else None,
            key=opened.log_key,
            key_pinned=self.believed.is_pinned(self.party),
            checkpoint=opened.checkpoint,
            cosigners=tuple(party for party, _ in others),
            ring=self.believed.ring,
        )


def open_entry(entry: Entry, index: int, ring: Keyring, party: str, log: str) -> Opened:
    """The note of an entry that is no roster, verified under `ring` and held against the terms
    of its keys: what stands at `index` of `log`, the log of `party`. Raises what `verify_log` does.
    """
    opened = open_note(entry.note, ring.every if entry.kind is Kind.COSIGNED else ring.note_keys)
    check_authors(entry.kind, party, {key.name for key in opened.signers})
    if entry.kind is Kind.RECEIVED:
        check_received(ring, opened)
    elif entry.kind is Kind.COSIGNED:
        check_cosigned(open_head_in_term(entry.note, ring), party, ring)
    else:
        for key in opened.signers:
            if key.name == party:
                ring.check_place(key, log, index)
    return opened


def check_received(ring: Keyring, opened: Opened) -> None:
    """A note that came in is by a key then in force; a receipt by the key of its own place.

    Raises ForgedError, MalformedError."""
    if opened.text.startswith(RECEIPT_TYPE.encode() + b"\n"):
        receipt = receipt_of(parse_statement(opened.text)[1])
        ring.speaker(opened.signers, receipt.log, receipt.index)
        return
    for key in opened.signers:
        if key != ring.roster(key.name).note_key:
            raise ForgedError(
                f"key {key.key_id.hex()} of {key.name} was not in force any more",
                right=f"key {ring.roster(key.name).note_key.key_id.hex()}",
            )


def _parse_header(header: bytes) -> tuple[str, int, str, VerifyKey]:
    try:
        lines = header.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("the header is not UTF-8", right="UTF-8") from None
    if len(lines) != 6 or lines[0] != LOG_TYPE:
        raise MalformedError(f"{lines[0][:80]!r} heads the file", right=f"{LOG_TYPE}, 4 lines")
    if not _EPOCH.fullmatch(lines[2]):
        raise MalformedError(f"{lines[2][:40]!r} is no epoch", right="decimal from 1")
    key = peer_vkey(lines[3])
    if key.name != lines[1]:
        raise MalformedError(f"a key of {key.name} heads the log of {lines[1][:80]}", right="same")
    epoch = int(lines[2])
    return key.name, epoch, log_origin(key.name, epoch), key


class LogReader:
    """Exact reads from bytes or chunks of bytes; `done` counts what was taken."""

    def __init__(self, data: bytes | bytearray | memoryview | Iterable[bytes]) -> None:
        if isinstance(data, bytes | bytearray | memoryview):
            data = (bytes(data),)
        self._chunks = iter(data)
        self._buffer = b""
        self._at = 0
        self.done = 0

    def take(self, count: int, where: str) -> bytes:
        if not self._fill(count):
            raise MalformedError("the file ends too early", right="the whole file", where=where)
        part = self._buffer[self._at : self._at + count]
        self._at += count
        self.done += count
        return part

    def take_header(self) -> bytes:
        wanted = 64
        while True:
            whole = self._fill(wanted)
            end = self._buffer.find(b"\n\n", self._at, self._at + MAX_HEADER_BYTES)
            if end >= 0:
                return self.take(end + 2 - self._at, "header")
            if not whole or wanted > MAX_HEADER_BYTES:
                raise MalformedError("no blank line ends the header", where="header")
            wanted *= 2

    def at_end(self) -> bool:
        return not self._fill(1)

    def _fill(self, count: int) -> bool:
        have = len(self._buffer) - self._at
        if have >= count:
            return True
        parts = [self._buffer[self._at :]]
        for chunk in self._chunks:
            parts.append(chunk)
            have += len(chunk)
            if have >= count:
                break
        self._buffer, self._at = b"".join(parts), 0
        return have >= count
