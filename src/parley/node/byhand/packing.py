"""Packing what waits for a peer into files, and what we owe for the files that came.

What waits stands in every file until its receipt is here; a receipt that we owe stands in every
file until the peer names one in which it stood. Records of its own, lost without harm (the peer
sends again what it has no receipt for): owed (peer|note hash), parcel-heard (peer|number).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from parley.errors import InputError, ParleyError, PeerError
from parley.ledger import Entry
from parley.node.codec import dump
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.views import Outcome, Parcel
from parley.wire.parcelfile import (
    MAX_HEARD,
    ParcelFile,
    Refused,
    packed_bytes,
    seal_refusal,
    write_parcel,
)

P = TypeVar("P")
_OWED, _HEARD = "owed", "parcel-heard"
_FILES_NAMED = 16
_SLACK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Packed:
    """One file for a peer. left: notes that wait and are in none so far; next: give it as
    ``cursor`` for the file that follows, "" if there is nothing more."""

    data: bytes
    number: int
    notes: int
    receipts: int
    left: int
    next: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one part of a file. kind: note, receipt, refusal, head or cosignature;
    what: the note's hash or the log's origin; known: it was here already; refused: why not."""

    kind: str
    what: str
    known: bool = False
    refused: ParleyError | None = None


@dataclass(frozen=True, slots=True)
class CarryReport:
    """What a file brought. sender: who packed it, or the author of a bare note; number: 0 if it
    is not counted; again: it was carried in before; left: notes that stayed behind there."""

    sender: str
    number: int
    again: bool
    left: int
    parts: tuple[Part, ...]

    def count(self, kind: str, *, refused: bool = False) -> int:
        """How many parts of a kind were taken in, or were refused."""
        return sum(p.kind == kind and (p.refused is not None) is refused for p in self.parts)


def pack(
    tx: Tx,
    frame: ParcelFile,
    max_bytes: int,
    first: Sequence[Parcel],
    after: tuple[int, str],
    desk: Desk | None,
    *,
    urgent_only: bool,
) -> Packed:
    """``first``: what goes ahead; behind it what the outbox holds. desk: None writes nothing.
    urgent_only: ``first`` and nothing else goes."""
    peer = frame.to
    number = 0 if desk is None else desk.number(f"parcel-{peer}")
    frame = replace(frame, number=number, heard=heard(tx, peer))
    after_index = max([after[0], *(p.index for p in first)])
    held = [] if urgent_only else tx.outbox.pending(peer, -1)
    behind = [index for index in held if index > after_index]
    queue = chain(first, (Parcel(index, note_at(tx, index)) for index in behind))
    room = max_bytes - len(write_parcel(frame)) - _SLACK_BYTES
    least = max(1, sum(p.index < 0 for p in first))
    taken, room = _fill(queue, room, size=lambda p: packed_bytes(p.note), at_least=least)
    left = len(first) + len(behind) - len(taken)
    owed: list[_Owed] = []
    more = left > 0
    if not more:
        all_owed = [] if urgent_only else list(_owed(tx, peer, after[1]))
        least = 0 if taken else 1
        owed, _ = _fill(iter(all_owed), room, size=lambda o: packed_bytes(o.part), at_least=least)
        more = len(owed) < len(all_owed)
    if desk is not None:
        for one in owed:
            _stood_in(desk, one.key, number)
    parcel = replace(
        frame,
        notes=tuple(p.note for p in taken),
        receipts=tuple(o.part for o in owed if o.is_receipt),
        refusals=tuple(o.part for o in owed if not o.is_receipt),
        left=left,
    )
    last = max([after[0], *(p.index for p in taken)])
    following = f"{last}/{owed[-1].key if owed else after[1]}" if more else ""
    counts = len(taken), len(parcel.receipts)
    return Packed(write_parcel(parcel), number, *counts, left, following)


def _fill(
    parts: Iterator[P], room: int, *, size: Callable[[P], int], at_least: int
) -> tuple[list[P], int]:
    """As many parts as there is room for, and the room that is left."""
    found: list[P] = []
    for part in parts:
        needed = size(part)
        if needed > room and len(found) >= at_least:
            break
        room -= needed
        found.append(part)
    return found, room


def note_at(tx: Tx, index: int) -> bytes:
    return Entry.from_leaf(next(iter(tx.log.leaves(index, index + 1)))).note


def cursor(text: str) -> tuple[int, str]:
    """Behind which index of our log and behind which debt the next file begins."""
    index, gap, mark = text.partition("/")
    if not text:
        return -1, ""
    if not gap or not index.removeprefix("-").isdecimal() or len(index) > 16:
        raise InputError(f"{text[:80]!r} is no cursor", right="`next` of the file before")
    return int(index), mark


@dataclass(frozen=True, slots=True)
class _Owed:
    key: str
    part: bytes
    is_receipt: bool


def owing(peer: str, outcomes: Sequence[Outcome]) -> Callable[[Desk], None]:
    """The receipts and refusals of notes that came by hand go into our next files."""

    def owe(desk: Desk) -> None:
        for outcome in outcomes:
            refusal = ""
            if outcome.refused is not None:
                refusal = _refusal(desk, peer, outcome.note_hash, outcome.refused)
            desk.tx.records.put(_OWED, f"{peer}|{outcome.note_hash}", dump([refusal]))

    return owe


def _refusal(desk: Desk, peer: str, digest: str, error: PeerError) -> str:
    ours, now_ms = desk.context.party, desk.now_ms
    said = Refused(digest, ours, peer, error.code, error.what, error.right, now_ms)
    return seal_refusal(said, desk.context.key).decode()


def _owed(tx: Tx, peer: str, after: str) -> Iterator[_Owed]:
    """A receipt counts more than a refusal from before it."""
    for key, value in tx.records.scan(_OWED, f"{peer}|", after=after or f"{peer}|"):
        receipt = tx.records.get("receipt", key.rpartition("|")[2])
        refusal = json.loads(value)[0]
        if receipt is not None:
            yield _Owed(key, receipt, True)
        elif refusal:
            yield _Owed(key, refusal.encode(), False)


def _stood_in(desk: Desk, key: str, number: int) -> None:
    refusal, *files = json.loads(desk.tx.records.get(_OWED, key) or b'[""]')
    desk.tx.records.put(_OWED, key, dump([refusal, *files[1 - _FILES_NAMED :], number]))


def heard(tx: Tx, peer: str) -> tuple[int, ...]:
    keys = [key for key, _ in tx.records.scan(_HEARD, f"{peer}|")]
    return tuple(int(key.rpartition("|")[2]) for key in keys[-MAX_HEARD:])


def hear(desk: Desk, parcel: ParcelFile) -> bool:
    """The peer has what stood in the files that it names, and we have this one. Whether we had
    it before."""
    named = set(parcel.heard) - {0}
    if named:
        for key, value in list(desk.tx.records.scan(_OWED, f"{parcel.sender}|")):
            if named.intersection(json.loads(value)[1:]):
                desk.tx.records.delete(_OWED, key)
    if not parcel.number:
        return False
    key = f"{parcel.sender}|{parcel.number:016d}"
    if desk.tx.records.get(_HEARD, key) is not None:
        return True
    desk.tx.records.put(_HEARD, key, b"")
    for old, _ in list(desk.tx.records.scan(_HEARD, f"{parcel.sender}|"))[:-MAX_HEARD]:
        desk.tx.records.delete(_HEARD, old)
    return False
