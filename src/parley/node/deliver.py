"""The way of our statements to each peer: outbox, receipts, refusals, the state of the link."""

from __future__ import annotations

import json
from collections.abc import Sequence

from parley.errors import ForgedError
from parley.ledger import MAX_RECEIPT_BYTES, Entry, Kind, check_receipt, note_hash, unseal
from parley.node import admit
from parley.node.codec import words_of
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.views import Link, Parcel
from parley.wire.statement import DISTRESS, NOTICE, REPORT, STOP

_WORDS = {NOTICE: "notice", STOP: "stop", DISTRESS: "distress", REPORT: "report"}
"""Statements that have to be answered, by their type line: what stands before their ref's colon."""


def parcels(tx: Tx, peer: str, limit: int) -> list[Parcel]:
    """What waits for a peer, oldest first."""
    found = []
    for index in tx.outbox.pending(peer, limit):
        leaf = next(iter(tx.log.leaves(index, index + 1)))
        found.append(Parcel(index, Entry.from_leaf(leaf).note))
    return found


def delivered(desk: Desk, peer: str, receipted: Sequence[tuple[Parcel, bytes]]) -> None:
    """Log the peer's receipts and settle the parcels. ForgedError: not its receipt for it."""
    for parcel, receipt in receipted:
        _delivered(desk, peer, parcel, receipt)
    desk.tx.outbox.settle(peer, [parcel.index for parcel, _ in receipted])


def _delivered(desk: Desk, peer: str, parcel: Parcel, sealed: bytes) -> None:
    keys = desk.ring.keys_of(peer)
    if not keys:
        raise ForgedError(f"a receipt by {peer!r}, whose key we do not hold", right="a roster key")
    receipt, key = check_receipt(unseal(sealed, keys, max_bytes=MAX_RECEIPT_BYTES))
    desk.ring.check_place(key, receipt.log, receipt.index)
    digest = note_hash(parcel.note)
    if receipt.note_hash != digest:
        raise ForgedError(
            f"the receipt of {peer} is for another note",
            right=f"a receipt for {digest.hex()}",
            at_fault=f"party {peer}",
        )
    mark = f"{digest.hex()}|{peer}"
    if desk.tx.records.get("receipted", mark) is not None:
        return
    ref, version = answered(words_of(parcel.note))
    if ref:
        admit.admit_receipt(desk, ref, peer, version, receipt.at_ms)
    desk.log(Kind.RECEIVED, sealed, ref)
    desk.tx.records.put("receipted", mark, sealed)


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
