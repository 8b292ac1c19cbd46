"""The way of our statements to each peer: outbox, receipts, refusals, the state of the link."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from parley.errors import ForgedError, PeerError
from parley.ledger import (
    MAX_RECEIPT_BYTES,
    Entry,
    Keyring,
    Kind,
    Receipt,
    check_receipt,
    note_hash,
    unseal,
)
from parley.liaison.kinds import KINDS
from parley.node import admit
from parley.node.codec import words_of
from parley.node.desk import Desk
from parley.node.liaison import filing, shelf
from parley.node.ports import Tx
from parley.node.views import Link, Parcel
from parley.wire.papers import type_line
from parley.wire.statement import DISTRESS, NONCONFORMANCE, NOTICE, REPORT, STOP

_WORDS = {
    NOTICE: "notice",
    STOP: "stop",
    DISTRESS: "distress",
    REPORT: "report",
    NONCONFORMANCE: "nonconformance",
    **{type_line(kind): kind for kind in KINDS},
}
"""Statements that have to be answered, by their type line: what stands before their ref's colon."""


def parcels(tx: Tx, peer: str, limit: int) -> list[Parcel]:
    """What waits for a peer, oldest first."""
    return [_parcel(tx, index) for index in tx.outbox.pending(peer, limit)]


def parcels_about(tx: Tx, peer: str, refs: Collection[str]) -> list[Parcel]:
    """What waits for a peer about these items, oldest first."""
    about = {
        int(key.rpartition("|")[2])
        for ref in refs
        for key, _ in tx.records.scan("entries", f"{ref}|")
    }
    waiting = about.intersection(tx.outbox.pending(peer, -1)) if about else ()
    return [_parcel(tx, index) for index in sorted(waiting)]


def _parcel(tx: Tx, index: int) -> Parcel:
    leaf = next(iter(tx.log.leaves(index, index + 1)))
    return Parcel(index, Entry.from_leaf(leaf).note)


@dataclass(frozen=True, slots=True)
class Opened:
    """A peer's receipt for a parcel, verified under ``ring``: the receipt, or why it is none."""

    parcel: Parcel
    sealed: bytes
    ring: Keyring
    receipt: Receipt | None = None
    error: PeerError | None = None


def opened(ring: Keyring, peer: str, receipted: Sequence[tuple[Parcel, bytes]]) -> list[Opened]:
    """All that can be judged of each receipt without the store. Pure, raises nothing."""
    found = []
    for parcel, sealed in receipted:
        try:
            receipt = _receipt(ring, peer, parcel, sealed)
        except PeerError as error:
            found.append(Opened(parcel, sealed, ring, error=error))
        else:
            found.append(Opened(parcel, sealed, ring, receipt))
    return found


def delivered(desk: Desk, peer: str, receipted: Sequence[tuple[Parcel, bytes]]) -> None:
    """Log the peer's receipts and settle the parcels. ForgedError: not its receipt for it."""
    settled(desk, peer, opened(desk.ring, peer, receipted))


def settled(desk: Desk, peer: str, receipts: Sequence[Opened]) -> None:
    """The same for receipts that were verified before; again, if that was under other rosters."""
    for one in receipts:
        if one.ring is not desk.ring:
            (one,) = opened(desk.ring, peer, [(one.parcel, one.sealed)])
        if one.error is not None:
            raise one.error
        assert one.receipt is not None
        _delivered(desk, peer, one, one.receipt)
    desk.tx.outbox.settle(peer, [one.parcel.index for one in receipts])


def _receipt(ring: Keyring, peer: str, parcel: Parcel, sealed: bytes) -> Receipt:
    keys = ring.keys_of(peer)
    if not keys:
        raise ForgedError(f"a receipt by {peer!r}, whose key we do not hold", right="a roster key")
    unsealed = unseal(sealed, keys, max_bytes=MAX_RECEIPT_BYTES)
    receipt = check_receipt(unsealed)[0]
    ring.speaker(unsealed.keys, receipt.log, receipt.index)
    digest = note_hash(parcel.note)
    if receipt.note_hash != digest:
        raise ForgedError(
            f"the receipt of {peer} is for another note",
            right=f"a receipt for {digest.hex()}",
            at_fault=f"party {peer}",
        )
    return receipt


def _delivered(desk: Desk, peer: str, one: Opened, receipt: Receipt) -> None:
    mark = f"{receipt.note_hash.hex()}|{peer}"
    if desk.tx.records.get("receipted", mark) is not None:
        return
    ref, version = answered(words_of(one.parcel.note))
    if ref:
        if shelf.is_paper(ref):
            filing.admit_receipt(desk, ref, peer, version, receipt.at_ms)
        else:
            admit.admit_receipt(desk, ref, peer, version, receipt.at_ms)
    desk.log(Kind.RECEIVED, one.sealed, ref)
    desk.tx.records.put("receipted", mark, one.sealed)


def answered(words: bytes) -> tuple[str, int]:
    """Ref and version of words of our own that have to be answered; "" for other statements."""
    type_line, _, body = words.partition(b"\n")
    kind = _WORDS.get(type_line.decode())
    if kind is None:
        return "", 0
    said = json.loads(body)
    return f"{kind}:{said['item']}", said["version"]


def refused(desk: Desk, peer: str, parcel: Parcel, reason: str) -> None:
    """Refused for good: settled, kept with its reason, and said aloud."""
    desk.tx.records.put("refused", f"{peer}|{parcel.index:012d}", reason.encode())
    desk.tx.outbox.settle(peer, [parcel.index])
    desk.event(
        "refused",
        {
            "peer": peer,
            "index": parcel.index,
            "note_hash": note_hash(parcel.note).hex(),
            "reason": reason,
        },
    )


def link_changed(desk: Desk, link: Link) -> None:
    desk.event(
        "link",
        {
            "peer": link.peer,
            "up": link.up,
            "since_ms": link.since_ms,
            "pending": link.pending,
            "error": link.error,
        },
    )
