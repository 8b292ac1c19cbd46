"""Receipts against the log they name: every receipt that a peer gave us, and our copy of its log.

Walks our own log once, from a cursor (table ``cursor`` of the proofs: origin -> index), a bounded
stretch at a time, and waits where our copy does not reach yet. A receipt that it waited too long
for is suspected, and owed (table ``owed``: ``origin|index`` in our log) until the copy gets there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from parley.errors import IntegrityError
from parley.ledger import (
    RECEIPT_TYPE,
    Entry,
    Kind,
    Receipt,
    note_hash,
    parse,
    parse_statement,
    party_of,
    receipt_of,
)
from parley.ledger.exhibit import Exhibit, check_exhibit
from parley.node.ports import Tx
from parley.node.proofs.faults import Faults
from parley.node.proofs.ground import Ground
from parley.node.proofs.heads import SignedHead, lines_by
from parley.node.proofs.mirror import Mirrors
from parley.node.proofs.seen import WITNESSED

CURSOR = "cursor"
OWED = "owed"
OWED_AT_ONCE = 256
AT_ONCE = 20_000
WAIT_MS = 600_000
BEYOND_HEAD = "receipt-beyond-head"
NOT_SHOWN = "receipt-not-shown"

LeafOf = Callable[[int], bytes]

_HEAD = RECEIPT_TYPE.encode() + b"\n"


@dataclass(slots=True)
class _Walk:
    """How far one stretch went, and the receipts that the log contradicts."""

    at: int
    wrong: list[tuple[Receipt, bytes]] = field(default_factory=list)
    waiting: tuple[Receipt, bytes, int] | None = None


class Comparing:
    def __init__(self, ground: Ground, mirrors: Mirrors, faults: Faults) -> None:
        self._ground = ground
        self._mirrors = mirrors
        self._faults = faults
        self._waits: dict[str, tuple[int, int]] = {}

    async def receipts(self, origin: str) -> None:
        """Hold what this log's party receipted since the last time against our copy of it."""
        tree, head = await self._mirrors.tree(origin)
        await self._owed(origin)
        held = await self._ground.proofs.read(lambda tx: tx.records.get(CURSOR, origin))
        start = int(held or b"0")
        walk = await self._ground.store.read(
            lambda tx: self._walked(tx, origin, start, tree.size, tree.leaf)
        )
        for receipt, note in walk.wrong:
            if head is not None:
                await self._contradicted(receipt, note, head)
        if walk.waiting is not None:
            walk.at += await self._waited(origin, *walk.waiting)
        if walk.at != start:
            at = str(walk.at).encode()
            await self._ground.proofs.write(lambda tx: tx.records.put(CURSOR, origin, at))

    async def kept(self, exhibit: Exhibit) -> bool:
        """Whether our copy of the log holds what a receipt promised that is said to lie beyond a
        later head: then its owner's clock ran back between the two. It proves what it says first.
        """
        if exhibit.kind != BEYOND_HEAD:
            return False
        ring = await self._ground.ring()
        await asyncio.to_thread(check_exhibit, exhibit, ring)
        receipt = receipt_of(parse_statement(parse(exhibit.notes[0]).text)[1])
        tree, _ = await self._mirrors.tree(receipt.log)
        return receipt.index < tree.size and tree.leaf(receipt.index) == receipt.leaf_hash

    def _walked(self, tx: Tx, origin: str, start: int, size: int, leaf_of: LeafOf) -> _Walk:
        walk = _Walk(start)
        party = party_of(origin)
        for leaf in tx.log.leaves(start, min(tx.log.size(), start + AT_ONCE)):
            found = _receipt_in(leaf, party, origin)
            if found is not None:
                receipt, note = found
                if receipt.index >= size:
                    walk.waiting = (receipt, note, walk.at)
                    return walk
                if leaf_of(receipt.index) != receipt.leaf_hash:
                    walk.wrong.append((receipt, note))
            walk.at += 1
        return walk

    async def _contradicted(self, receipt: Receipt, note: bytes, head: SignedHead) -> None:
        tree, _ = await self._mirrors.tree(receipt.log)
        exhibit = Exhibit(
            "receipt-contradicted",
            receipt.party,
            (note, head.note),
            tuple(tree.inclusion_proof(receipt.index, head.size)),
            tree.leaf(receipt.index),
            receipt.index,
        )
        await self._faults.expose(exhibit, by=self._ground.context.party)

    async def _waited(self, origin: str, receipt: Receipt, note: bytes, at: int) -> int:
        """A receipt for a place that our copy does not reach: 1 to go on without it, else 0."""
        if await self._beyond(origin, receipt, note, at):
            return 1
        now_ms = self._ground.clock()
        known, since_ms = self._waits.get(origin, (-1, now_ms))
        self._waits[origin] = (at, since_ms if known == at else now_ms)
        if known != at or abs(now_ms - since_ms) < WAIT_MS:
            return 0
        what = f"its receipt for index {receipt.index}: its log does not reach there yet"
        await self._faults.suspect(receipt.party, NOT_SHOWN, str(receipt.index), what)
        await self._ground.proofs.write(lambda tx: tx.records.put(OWED, _key(origin, at), b""))
        return 1

    async def _beyond(self, origin: str, receipt: Receipt, note: bytes, at: int) -> bool:
        """A head that we cosigned after we held the receipt, that its party dated later than the
        receipt and that ends before its place, contradicts it."""
        cosigned, place = await self._ground.store.read(lambda tx: _cosigned(tx, origin))
        if cosigned is None or place <= at:
            return False
        head = SignedHead.of(lines_by(cosigned, (receipt.party, origin)))
        if head.size > receipt.index or _quantum_s(head) * 1000 <= receipt.at_ms:
            return False
        exhibit = Exhibit(BEYOND_HEAD, receipt.party, (note, head.note))
        await self._faults.expose(exhibit, by=self._ground.context.party)
        return True

    async def _owed(self, origin: str) -> None:
        """Receipts that were suspected: now shown, contradicted, or owed still."""
        rows = await self._ground.proofs.read(
            lambda tx: list(tx.records.scan(OWED, f"{origin}|", limit=OWED_AT_ONCE))
        )
        tree, head = await self._mirrors.tree(origin)
        for key, _ in rows:
            at = int(key.rpartition("|")[2])
            receipt, note = await self._ground.store.read(partial(_receipt_at, origin, at))
            if receipt.index >= tree.size:
                if not await self._beyond(origin, receipt, note, at):
                    continue
            elif head is not None and tree.leaf(receipt.index) != receipt.leaf_hash:
                await self._contradicted(receipt, note, head)
            await self._ground.proofs.write(partial(_settle, key))
            await self._faults.clear(receipt.party, NOT_SHOWN, str(receipt.index))


def _key(origin: str, at: int) -> str:
    return f"{origin}|{at:012d}"


def _settle(key: str, tx: Tx) -> None:
    tx.records.delete(OWED, key)


def _receipt_at(origin: str, at: int, tx: Tx) -> tuple[Receipt, bytes]:
    """The receipt at a place of our own log where one was found before."""
    found = _receipt_in(next(iter(tx.log.leaves(at, at + 1))), party_of(origin), origin)
    if found is None:
        raise IntegrityError(f"no receipt for {origin} stands at {at}", right="the one found there")
    return found


def _receipt_in(leaf: bytes, party: str, origin: str) -> tuple[Receipt, bytes] | None:
    """The receipt in an entry of our log, if it is that party's for that log. It was verified
    before it was logged."""
    if leaf[0] != Kind.RECEIVED or leaf[17 : 17 + len(_HEAD)] != _HEAD:
        return None
    note = Entry.from_leaf(leaf).note
    if f"\n\n\u2014 {party} ".encode() not in note:
        return None
    receipt = receipt_of(parse_statement(parse(note).text)[1])
    return (receipt, note) if receipt.log == origin else None


def _cosigned(tx: Tx, origin: str) -> tuple[bytes | None, int]:
    """What we cosigned last of a log, and where that stands in our own."""
    note = tx.records.get(WITNESSED, origin)
    index = None if note is None else tx.log.index_of(note_hash(note).hex())
    return note, -1 if index is None else index


def _quantum_s(head: SignedHead) -> int:
    """When its party's ML-DSA key signed it."""
    blobs = [s.signature for s in parse(head.note).signatures if len(s.signature) > 2000]
    return max((int.from_bytes(blob[:8], "big") for blob in blobs), default=0)
