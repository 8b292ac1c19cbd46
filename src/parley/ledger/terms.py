"""Notes held against the terms of the keys that signed them, by the rosters of one ring.

A head or a receipt counts when one line of its party does, whatever the order of the lines.
"""

from __future__ import annotations

from dataclasses import replace

from parley.errors import ForgedError
from parley.ledger.checkpoint import OpenedCheckpoint, open_checkpoint
from parley.ledger.keyring import Keyring
from parley.ledger.keys import VerifyKey
from parley.ledger.receipt import MAX_RECEIPT_BYTES, Receipt, check_receipt
from parley.ledger.statement import unseal


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


def check_cosigned(note: bytes, party: str, ring: Keyring) -> None:
    """A head of another party's log by a key of its place, each line by `party` in force.

    Raises ForgedError, MalformedError, UnknownPartyError."""
    opened = open_head_in_term(note, ring)
    times = [c for c in opened.cosignatures if c.key.name == party]
    if not times or opened.log_key.name == party:
        raise ForgedError(f"a head that {party} did not cosign", right="its cosignature")
    for cosignature in times:
        ring.roster(party).check_time(cosignature.key, cosignature.at_s)
