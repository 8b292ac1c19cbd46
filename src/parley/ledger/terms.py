"""Notes held against the terms of the keys that signed them, by the rosters of one ring.

A head or a receipt counts when one line of its party does, whatever the order of the lines. One
that counted until its party ended the key back to before its place is disowned: it may be shown
in a file of a log that already held it, and proves nothing against the party.
"""

from __future__ import annotations

from dataclasses import replace

from parley.errors import ForgedError
from parley.ledger.checkpoint import OpenedCheckpoint, open_checkpoint, party_of
from parley.ledger.entry import Entry, Kind
from parley.ledger.filed import check_authors
from parley.ledger.keyring import Keyring
from parley.ledger.keys import VerifyKey
from parley.ledger.note import Opened, open_note, parse
from parley.ledger.receipt import (
    MAX_RECEIPT_BYTES,
    RECEIPT_TYPE,
    Receipt,
    check_receipt,
    receipt_of,
)
from parley.ledger.roster import open_roster
from parley.ledger.statement import parse_statement, unseal


def open_head_in_term(data: bytes, ring: Keyring) -> OpenedCheckpoint:
    """A head whose `log_key` is a note key of its log's party within its term. PeerError."""
    opened = open_checkpoint(data, ring.every)
    head = opened.checkpoint
    key = ring.speaker(opened.note_signers, head.origin, max(0, head.size - 1))
    return replace(opened, log_key=key)


def open_receipt_in_term(data: bytes, ring: Keyring) -> tuple[Receipt, VerifyKey]:
    """A receipt, and the key of its log's party that signed it within its term. PeerError."""
    unsealed = unseal(data, ring.note_keys, max_bytes=MAX_RECEIPT_BYTES)
    receipt, _ = check_receipt(unsealed)
    return receipt, ring.speaker(unsealed.keys, receipt.log, receipt.index)


def open_head_then(data: bytes, ring: Keyring) -> tuple[OpenedCheckpoint, bool]:
    """As `open_head_in_term`; and whether it is disowned. PeerError."""
    opened = open_checkpoint(data, ring.every)
    head = opened.checkpoint
    key, ended = ring.speaker_then(opened.note_signers, head.origin, max(0, head.size - 1))
    return replace(opened, log_key=key), ended is not None


def open_receipt_then(data: bytes, ring: Keyring) -> tuple[Receipt, VerifyKey, int | None]:
    """As `open_receipt_in_term`; and the size at which the key has ended since, when that is
    before its place: the receipt is disowned. PeerError."""
    unsealed = unseal(data, ring.note_keys, max_bytes=MAX_RECEIPT_BYTES)
    receipt, _ = check_receipt(unsealed)
    return receipt, *ring.speaker_then(unsealed.keys, receipt.log, receipt.index)


def open_entry_then(entry: Entry, log: str, index: int, ring: Keyring) -> tuple[Opened, bool]:
    """The note of the entry that stood at `index` of `log`, by rosters that may be newer.

    Its authors are held against the kind of entry and the terms of their keys. True when it is a
    receipt or a head of another party that is disowned. Raises PeerError."""
    party = party_of(log)
    if entry.kind is Kind.KEYS:
        return _open_keys(entry.note, ring), False
    cosigned = entry.kind is Kind.COSIGNED
    opened = open_note(entry.note, ring.every if cosigned else ring.note_keys)
    check_authors(entry.kind, party, {key.name for key in opened.signers})
    if cosigned:
        head, disowned = open_head_then(entry.note, ring)
        check_cosigned(head, party, ring)
        return opened, disowned
    if entry.kind is Kind.RECEIVED:
        if not opened.text.startswith(RECEIPT_TYPE.encode() + b"\n"):
            return opened, False
        receipt = receipt_of(parse_statement(opened.text)[1])
        return opened, ring.speaker_then(opened.signers, receipt.log, receipt.index)[1] is not None
    for key in opened.signers:
        if key.name == party:
            ring.check_place(key, log, index)
    return opened, False


def _open_keys(note: bytes, ring: Keyring) -> Opened:
    roster = open_roster(note)
    if roster.root not in ring.roots_of(roster.party):
        raise ForgedError(
            f"a roster of {roster.party} by root {roster.root.key_id.hex()}",
            right="a root of the rosters that are believed",
        )
    return Opened(parse(note).text, (roster.root,), (None,))


def check_cosigned(opened: OpenedCheckpoint, party: str, ring: Keyring) -> None:
    """A head of another party's log, cosigned by `party`, each of its lines by a key in force.

    Raises ForgedError, UnknownPartyError."""
    times = [c for c in opened.cosignatures if c.key.name == party]
    if not times or opened.log_key.name == party:
        raise ForgedError(f"a head that {party} did not cosign", right="its cosignature")
    for cosignature in times:
        ring.roster(party).check_time(cosignature.key, cosignature.at_s)
