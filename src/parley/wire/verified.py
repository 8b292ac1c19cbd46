"""What a file of evidence or a log proves, for programs and for the console: a verdict, and who
said what when with what proof. A file that does not verify tells nothing of what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.errors import InputError, ParleyError, PeerError
from parley.ledger import (
    EVIDENCE_TYPE,
    LOG_TYPE,
    EvidenceReport,
    ItemFinding,
    Kind,
    LogReport,
    VerifyKey,
    parse,
    parse_statement,
    verify_evidence,
    verify_log,
)
from parley.wire.evidence_report import FileFacts, banner_of, evidence_page, refused_page
from parley.wire.instants import format_instant
from parley.wire.marked import banner_in
from parley.wire.pages import Page, Section, Table
from parley.wire.sentences import role_of, sentence

MOST_STATEMENTS = 5_000
"""So many are told one by one; the file holds them all, and ``items`` counts them."""


@dataclass(frozen=True, slots=True)
class Verified:
    """kind: "evidence", "log" or "unknown". One of evidence, log and error is not None."""

    kind: str
    evidence: EvidenceReport | None = None
    log: LogReport | None = None
    error: ParleyError | None = None


def verified(data: bytes, pinned: Mapping[str, VerifyKey], *, quorum: int = 1) -> Verified:
    """The verdict on a file's bytes. pinned: roots that are known beforehand. Never raises for
    anything that stands in the file."""
    first = data[:128].partition(b"\n")[0]
    kind = {EVIDENCE_TYPE.encode(): "evidence", LOG_TYPE.encode(): "log"}.get(first, "unknown")
    try:
        if kind == "evidence":
            return Verified(kind, evidence=verify_evidence(data, pinned=pinned, quorum=quorum))
        if kind == "log":
            return Verified(kind, log=verify_log(data, pinned=list(pinned.values())))
        raise InputError(
            "this is neither a log nor an evidence file",
            right=f"a first line of {LOG_TYPE} or {EVIDENCE_TYPE}",
            where="first line",
            at_fault="whoever made the file",
        )
    except ParleyError as error:
        if error.at_fault == PeerError.default_fault:
            error.at_fault = "whoever wrote or changed the file"
        return Verified(kind, error=error)


# For programs ----------------------------------------------------------------------------------


def verified_members(found: Verified, facts: FileFacts) -> dict[str, Any]:
    """The verdict as strings, whole numbers, lists and objects."""
    members: dict[str, Any] = {
        "verified": found.error is None,
        "kind": found.kind,
        "pinned": False,
        "name": facts.name,
        "sha256": facts.sha256,
        "bytes": facts.size,
        "at": format_instant(facts.verified_ms),
        "at_ms": facts.verified_ms,
        "error": None if found.error is None else _error(found.error),
        **_NOTHING,
    }
    if found.evidence is not None:
        members.update(_evidence(found.evidence))
    if found.log is not None:
        members.update(_log(found.log))
    return members


_NOTHING: Mapping[str, Any] = {
    "banner": "", "maker": "", "items": 0, "witnessed": 0, "quorum": 1, "statements": [],
    "exhibits": [], "split_logs": [], "proved": [], "suspected": [], "unknowable": [],
    "remarks": [], "log": None,
}  # fmt: skip


def _error(error: ParleyError) -> dict[str, str]:
    return {
        "code": error.code,
        "what": error.what,
        "where": error.where,
        "at_fault": error.at_fault,
        "right": error.right,
    }


def _evidence(report: EvidenceReport) -> dict[str, Any]:
    return {
        "pinned": report.pinned,
        "banner": banner_of(report),
        "maker": report.scope.maker,
        "items": len(report.items),
        "witnessed": sum(item.witnessed for item in report.items),
        "quorum": report.quorum,
        "statements": [_statement(item) for item in report.items[:MOST_STATEMENTS]],
        "exhibits": [
            {
                "kind": shown.exhibit.kind,
                "accused": shown.exhibit.accused,
                "sentence": shown.sentence,
                "pinned": shown.pinned,
            }
            for shown in report.exhibits
        ],
        "split_logs": list(report.split_logs),
        "proved": list(report.proved),
        "suspected": list(report.suspected),
        "unknowable": list(report.unknowable),
        "remarks": list(report.scope.remarks),
    }


def _statement(item: ItemFinding) -> dict[str, Any]:
    note = parse(item.entry.note)
    type_line, body = (item.type, {}) if not item.type else parse_statement(note.text)
    return {
        "log": item.log,
        "index": item.index,
        "size": item.size,
        "type": type_line,
        "received": item.entry.kind is Kind.RECEIVED,
        "by": list(dict.fromkeys(signer.name for signer in item.signers)),
        "role": role_of(type_line, body),
        "sentence": sentence(type_line, body) if type_line else "cosigned a head of a log",
        "banner": banner_in(body),
        "at": None if item.at_ms is None else format_instant(item.at_ms),
        "at_ms": item.at_ms,
        "not_before_ms": item.not_before_ms,
        "not_after_ms": item.not_after_ms,
        "claim_within": item.claim_within,
        "receipts": [
            {
                "by": shown.by.name,
                "at": format_instant(shown.receipt.at_ms),
                "at_ms": shown.receipt.at_ms,
                "in_log": shown.in_log,
                "disowned": shown.disowned,
            }
            for shown in item.receipts
        ],
        "witnesses": [{"party": party, "at_s": at_s} for party, at_s in item.witnesses],
        "witnessed": item.witnessed,
        "pinned": item.pinned,
        "disowned": item.disowned,
        "note_hash": item.note_hash.hex(),
    }


def _log(report: LogReport) -> dict[str, Any]:
    pinned = report.key_pinned and all(signer.pinned for signer in report.signers)
    return {
        "pinned": pinned,
        "maker": report.party,
        "items": report.size,
        "log": {
            "party": report.party,
            "epoch": report.epoch,
            "entries": report.size,
            "root": report.root_hex,
            "counts": {kind.label: n for kind, n in report.counts.items() if n},
            "signers": [
                {"name": one.key.name, "pinned": one.pinned, "notes": one.notes}
                for one in report.signers
            ],
            "cosigners": list(report.cosigners),
        },
    }


# For people ------------------------------------------------------------------------------------


def verified_page(found: Verified, facts: FileFacts) -> Page:
    """The report as a page."""
    if found.evidence is not None:
        return evidence_page(found.evidence, facts)
    if found.log is not None:
        return _log_page(found.log, facts)
    assert found.error is not None
    return refused_page(facts, found.error)


def _log_page(report: LogReport, facts: FileFacts) -> Page:
    counts = ", ".join(f"{n} {kind.label}" for kind, n in report.counts.items() if n)
    pinned = report.key_pinned and all(signer.pinned for signer in report.signers)
    return Page(
        f"Log of {report.party}",
        f"{report.size} entries. Every signature and the tree over them were checked from the"
        " bytes alone.",
        (
            Section(
                "The answer",
                (
                    f"VERIFIED. Epoch {report.epoch}, {counts}.",
                    f"Root {report.root_hex}.",
                    f"Cosigned by {', '.join(report.cosigners) or 'nobody'}.",
                    "All keys hang on roots that you pinned."
                    if pinned
                    else "NOT ALL KEYS ARE PINNED: who holds them rests on the file's own word.",
                ),
                tone="good" if pinned else "open",
            ),
            Section(
                "Who signed in it",
                table=Table(
                    ("Signer", "Notes", "Key"),
                    tuple(
                        (
                            one.key.name,
                            str(one.notes),
                            "pinned" if one.pinned else "only self-declared",
                        )
                        for one in report.signers
                    ),
                ),
            ),
            Section(
                "The file",
                (
                    f"{facts.name}, {facts.size} bytes, SHA-256 {facts.sha256}.",
                    f"Verified at {format_instant(facts.verified_ms)} by {facts.program}.",
                ),
            ),
        ),
    )
