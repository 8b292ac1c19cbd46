"""The ledger: what was said, by whom, provable offline. Leaves are bytes; it knows no airspace.

Canonical JSON, named keys, signed notes, statements, an RFC 6962 tree, checkpoints, entries,
receipts, a party's whole log as one file, evidence bundles.
May import: parley.errors, the standard library, rfc8785, PyNaCl, cryptography.
Invariants: pure (no I/O, clock, randomness: salts, seeds and times are arguments); the exact
bytes received are what is verified and hashed; verification raises, it never returns a bool.
"""

from __future__ import annotations

from parley.ledger.canonical import JsonValue, decode, encode
from parley.ledger.checkpoint import (
    Checkpoint,
    Cosignature,
    OpenedCheckpoint,
    log_origin,
    open_checkpoint,
    parse_checkpoint,
    party_of,
    sign_checkpoint,
)
from parley.ledger.entry import Entry, Kind
from parley.ledger.evidence import (
    EVIDENCE_TYPE,
    EvidenceItem,
    EvidenceReport,
    ItemFinding,
    ReceiptFinding,
    Signer,
    build_evidence,
    prove_entry,
    verify_evidence,
)
from parley.ledger.keyring import Keyring, epoch_of
from parley.ledger.keys import (
    ED25519,
    ED25519_COSIGNER,
    MLDSA44_COSIGNER,
    Keys,
    SigningKey,
    VerifyKey,
    fingerprint,
)
from parley.ledger.logfile import LOG_TYPE, LogReport, SignerCount, verify_log, write_log
from parley.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from parley.ledger.note import (
    MAX_NOTE_BYTES,
    Note,
    Opened,
    Signature,
    add_signatures,
    open_note,
    parse,
    sign,
    signature_lines,
)
from parley.ledger.receipt import (
    MAX_RECEIPT_BYTES,
    RECEIPT_TYPE,
    Receipt,
    check_receipt,
    open_receipt,
    receipt_of,
    seal_receipt,
)
from parley.ledger.roster import (
    ROSTER_TYPE,
    Roster,
    Term,
    WitnessKey,
    check_successor,
    is_roster,
    open_roster,
    root_hash,
    seal_roster,
)
from parley.ledger.statement import Unsealed, note_hash, parse_statement, seal, unseal

__all__ = [
    "ED25519",
    "ED25519_COSIGNER",
    "EMPTY_ROOT",
    "EVIDENCE_TYPE",
    "LOG_TYPE",
    "MAX_NOTE_BYTES",
    "MAX_RECEIPT_BYTES",
    "MLDSA44_COSIGNER",
    "RECEIPT_TYPE",
    "ROSTER_TYPE",
    "Checkpoint",
    "Cosignature",
    "Entry",
    "EvidenceItem",
    "EvidenceReport",
    "Frontier",
    "ItemFinding",
    "JsonValue",
    "Keyring",
    "Keys",
    "Kind",
    "LogReport",
    "Note",
    "Opened",
    "OpenedCheckpoint",
    "Receipt",
    "ReceiptFinding",
    "Roster",
    "Signature",
    "Signer",
    "SignerCount",
    "SigningKey",
    "Term",
    "Tree",
    "Unsealed",
    "VerifyKey",
    "WitnessKey",
    "add_signatures",
    "build_evidence",
    "check_receipt",
    "check_successor",
    "decode",
    "encode",
    "epoch_of",
    "fingerprint",
    "is_roster",
    "leaf_hash",
    "log_origin",
    "node_hash",
    "note_hash",
    "open_checkpoint",
    "open_note",
    "open_receipt",
    "open_roster",
    "parse",
    "parse_checkpoint",
    "parse_statement",
    "party_of",
    "prove_entry",
    "receipt_of",
    "root_hash",
    "seal",
    "seal_receipt",
    "seal_roster",
    "sign",
    "sign_checkpoint",
    "signature_lines",
    "unseal",
    "verify_consistency",
    "verify_evidence",
    "verify_inclusion",
    "verify_log",
    "write_log",
]
