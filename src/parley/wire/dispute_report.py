"""Two parties' evidence on one incident side by side, as a page; no verdict beyond the proofs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parley.ledger import (
    RECEIPT_TYPE,
    ROSTER_TYPE,
    EvidenceReport,
    ItemFinding,
    note_hash,
    parse,
    parse_statement,
)
from parley.ledger.dispute import Dispute, Row, Side
from parley.wire.evidence_report import FileFacts, whose_keys
from parley.wire.marked import banner_over, marked
from parley.wire.pages import Page, Section, Table, moment
from parley.wire.sentences import sentence

_MACHINE = (RECEIPT_TYPE, ROSTER_TYPE)


def dispute_page(
    dispute: Dispute, a: EvidenceReport, b: EvidenceReport, of_a: FileFacts, of_b: FileFacts
) -> Page:
    """The page: contradictions first, then one timeline of all that either side shows."""
    words = {note_hash(item.entry.note): _words(item) for item in (*a.items, *b.items)}
    sides = _side_names(dispute, of_a, of_b)
    return Page(
        f"Side by side: {sides[0]} and {sides[1]}",
        f"{len(dispute.agreed)} statements stand in both files, {len(dispute.only_a)} only in"
        f" {sides[0]}'s, {len(dispute.only_b)} only in {sides[1]}'s;"
        f" {len(dispute.contradictions)} contradictions.",
        tuple(_sections(dispute, words, sides, (of_a, of_b), a.pinned and b.pinned)),
        banner_over(_body(item) for item in (*a.items, *b.items)),
    )


def dispute_members(dispute: Dispute) -> dict[str, Any]:
    """The same for programs."""
    return {
        "a": list(dispute.a),
        "b": list(dispute.b),
        "agreed": [_row_members(row) for row in dispute.agreed],
        "only_a": [_row_members(row) for row in dispute.only_a],
        "only_b": [_row_members(row) for row in dispute.only_b],
        "contradictions": [
            {
                "kind": c.kind,
                "sentence": c.sentence,
                "proof": c.exhibit is not None,
                "pinned": c.pinned,
            }
            for c in dispute.contradictions
        ],
    }


def _sections(
    dispute: Dispute,
    words: Mapping[bytes, str],
    sides: tuple[str, str],
    files: tuple[FileFacts, FileFacts],
    pinned: bool,
) -> Iterable[Section]:
    proved = tuple(
        c.sentence + whose_keys(c.pinned) for c in dispute.contradictions if c.exhibit is not None
    )
    claimed = tuple(c.sentence for c in dispute.contradictions if c.exhibit is None)
    if proved:
        yield Section(
            "Contradictions that are proved",
            ("By the accused party's own signatures; they do not say why.",),
            proved,
            tone="bad",
        )
    if claimed:
        yield Section("Claims that do not fit together", points=claimed, tone="open")
    if not dispute.contradictions:
        yield Section("Contradictions", ("None between the two files.",), tone="good")
    yield Section(
        "Both sides on one timeline",
        (
            "Ordered by what the cosignatures of other parties prove, then by place in the logs;"
            " a claimed time does not order anything.",
            f"{sum(row.type in _MACHINE for row in dispute.rows)} receipts and rosters have no row"
            " of their own.",
        ),
        table=Table(
            ("What was said", "Signed by", sides[0], sides[1], "What that proves"),
            tuple(_row(row, words) for row in dispute.rows if row.type not in _MACHINE),
        ),
    )
    yield Section(
        "The files",
        (
            *(
                f"{side}: {f.name}, SHA-256 {f.sha256}"
                for side, f in zip(sides, files, strict=True)
            ),
            "All roots were pinned by the reader."
            if pinned
            else "Not all roots were pinned: who holds the keys rests on the files' own word.",
        ),
        tone="" if pinned else "open",
    )


def _side_names(dispute: Dispute, of_a: FileFacts, of_b: FileFacts) -> tuple[str, str]:
    names = (", ".join(dispute.a) or of_a.name, ", ".join(dispute.b) or of_b.name)
    return names if names[0] != names[1] else (f"{names[0]} (first)", f"{names[1]} (second)")


def _row(row: Row, words: Mapping[bytes, str]) -> tuple[str, ...]:
    said = words.get(row.note_hash) or row.type or "a note"
    return (said, ", ".join(row.signers), _side(row.a), _side(row.b), row.sentence)


def _side(side: Side | None) -> str:
    if side is None:
        return "not in this file"
    lines = [f"{side.kind.label}, place {side.index} of {side.log}"]
    if side.at_ms is not None:
        odd = " (outside its bounds)" if side.claim_within is False else ""
        lines.append(f"claimed {moment(side.at_ms)}{odd}")
    if side.not_before_ms is not None:
        lines.append(f"not before {moment(side.not_before_ms)}")
    if side.not_after_ms is not None:
        lines.append(f"not after {moment(side.not_after_ms)}")
    lines += [f"receipt of {r.party}, {moment(r.at_ms)}" for r in side.receipts]
    lines += [
        f"receipt of {r.party}, {moment(r.at_ms)}, DISOWNED: its key was ended back to before it"
        for r in side.disowned
    ]
    return "\n".join(lines)


def _words(item: ItemFinding) -> str:
    if not item.type:
        return ""
    type_line, body = parse_statement(parse(item.entry.note).text)
    return f"{marked(body)}{sentence(type_line, body)}"


def _body(item: ItemFinding) -> Mapping[str, Any]:
    return parse_statement(parse(item.entry.note).text)[1] if item.type else {}


def _row_members(row: Row) -> dict[str, Any]:
    return {
        "note_hash": row.note_hash.hex(),
        "type": row.type,
        "signers": list(row.signers),
        "a": _side_members(row.a),
        "b": _side_members(row.b),
        "sentence": row.sentence,
    }


def _side_members(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "log": side.log,
        "index": side.index,
        "kind": side.kind.label,
        "at_ms": side.at_ms,
        "not_before_ms": side.not_before_ms,
        "not_after_ms": side.not_after_ms,
        "claim_within": side.claim_within,
        "disowned": [{"by": r.party, "at_ms": r.at_ms} for r in side.disowned],
        "receipts": [{"by": r.party, "at_ms": r.at_ms} for r in side.receipts],
    }
