"""What an evidence file proves, as a page that a lawyer can read: text and HTML alike.

First the answer, then who said what and when by which clock, then what is proved, what is only
suspected, what cannot be known, and how a stranger checks it. The exact words stand at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parley.errors import ParleyError
from parley.ledger import (
    RECEIPT_TYPE,
    ROSTER_TYPE,
    EvidenceReport,
    ItemFinding,
    Kind,
    ReceiptFinding,
    fingerprint,
    parse,
    parse_statement,
)
from parley.wire.marked import banner_over, marked
from parley.wire.pages import Page, Section, Table, moment
from parley.wire.sentences import role_of, sentence

MAX_WORDS = 2_000
"""So many statements are printed in full at the end; the file itself holds them all."""


_MACHINE = (RECEIPT_TYPE, ROSTER_TYPE)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The file that was read: name, SHA-256 in hex, length, when it was verified and by what."""

    name: str
    sha256: str
    size: int
    verified_ms: int
    program: str


def refused_page(facts: FileFacts, error: ParleyError) -> Page:
    """The page of a file that does not verify: nothing in it is told."""
    lines = [f"What is wrong: {error.what}."]
    if error.where:
        lines.append(f"Where: {error.where}.")
    if error.right:
        lines.append(f"What would be right: {error.right}.")
    return Page(
        f"NOT VERIFIED: {facts.name}",
        "Nothing in this file may be relied on: it does not verify as a whole.",
        (
            Section("Why", tuple(lines), tone="bad"),
            _file(facts),
        ),
    )


def evidence_page(report: EvidenceReport, facts: FileFacts) -> Page:
    """The page of a file that verifies."""
    return Page(
        f"Evidence: {_about(report)}",
        f"{len(report.items)} entries. Every signature, receipt and proof in the file was checked"
        " from its bytes alone.",
        tuple(section for section in _sections(report, facts) if section is not None),
        banner_of(report),
    )


def banner_of(report: EvidenceReport) -> str:
    """The most closed marking of all papers in a file, "" if there is none."""
    return banner_over(_said(item)[1] for item in report.items)


def _sections(report: EvidenceReport, facts: FileFacts) -> Iterable[Section | None]:
    yield _answer(report)
    yield _exhibits(report)
    yield Section(
        "Who said what",
        (
            "In the order of each log. A claimed time is its author's word; the bounds beside it"
            " come from the clocks of the other parties that cosigned that log.",
            f"{sum(item.type in _MACHINE for item in report.items)} receipts and rosters have no"
            " row of their own: they stand beside what they are about, and at the end.",
        ),
        table=Table(
            ("What was said", "By", "Time claimed", "Between", "Place in the log", "Received",
             "Witnessed"),
            tuple(_row(item) for item in report.items if item.type not in _MACHINE),
        ),
    )  # fmt: skip
    yield _decisions(report)
    yield Section("Proved by this file", points=report.proved, tone="good")
    if report.suspected:
        yield Section("Suspected, not proved", points=report.suspected, tone="open")
    yield Section("What cannot be known from it", points=report.unknowable, tone="open")
    yield _keys(report)
    yield _scope(report)
    yield _file(facts)
    yield _words(report)


def _about(report: EvidenceReport) -> str:
    scope = report.scope
    if scope.refs:
        return ", ".join(scope.refs[:4]) + (" ..." if len(scope.refs) > 4 else "")
    if scope.from_ms >= 0:
        return f"{moment(scope.from_ms)} to {moment(scope.until_ms)}"
    return "chosen entries of a log"


def _answer(report: EvidenceReport) -> Section:
    witnessed = sum(item.witnessed for item in report.items)
    lines = [
        "VERIFIED. The parts of the file belong together, and each statement was signed by the"
        " key that it names.",
        f"{witnessed} of {len(report.items)} entries are witnessed by {report.quorum} or more"
        " other parties; the others rest on the word of the party whose log it is.",
    ]
    tone = "good"
    if report.pinned:
        lines.append("All keys hang on roots that you pinned: those parties said this.")
    else:
        tone = "open"
        lines.append(
            "NOT ALL KEYS ARE PINNED: who holds them rests on the file's own word. Compare the"
            " fingerprints below with those parties, by voice or on paper."
        )
    if report.exhibits:
        tone = "bad"
        lines.append(f"{len(report.exhibits)} contradictions by signed words are proved below.")
    return Section("The answer", tuple(lines), tone=tone)


def _exhibits(report: EvidenceReport) -> Section | None:
    if not report.exhibits:
        return None
    return Section(
        "Contradictions that are proved",
        (
            "Each is shown by the accused party's own signatures. It proves that the words exclude"
            " each other, not why: malice, a stolen key, a store set back look alike.",
        ),
        tuple(shown.sentence + whose_keys(shown.pinned) for shown in report.exhibits),
        tone="bad",
    )


def whose_keys(pinned: bool) -> str:
    """What stands behind a sentence that accuses: without a pinned root, whoever made the keys."""
    return "." if pinned else ". (Its root was not pinned: it accuses whoever made those keys.)"


def _row(item: ItemFinding) -> tuple[str, ...]:
    type_line, body = _said(item)
    role = role_of(type_line, body)
    by = ", ".join(dict.fromkeys(signer.name for signer in item.signers))
    claim = "no time" if item.at_ms is None else moment(item.at_ms)
    if item.claim_within is False:
        claim += "\noutside the bounds"
    low = "" if item.not_before_ms is None else moment(item.not_before_ms)
    high = "" if item.not_after_ms is None else moment(item.not_after_ms)
    bounds = f"{low or 'unknown'} and\n{high or 'unknown'}" if low or high else "no bounds"
    received = "\n".join(_receipt(shown) for shown in item.receipts) or "no receipt shown"
    if not item.receipts and item.entry.kind not in (Kind.SENT, Kind.RECEIVED):
        received = "-"
    seen = ", ".join(f"{party} {moment(at_s * 1000)}" for party, at_s in item.witnesses)
    return (
        f"{_whose(item)}{marked(body)}{sentence(type_line, body) if type_line else _head(item)}",
        f"{by}\n{role}" if role else by,
        claim,
        bounds,
        f"{item.log}, place {item.index}",
        received,
        seen if item.witnessed else f"UNWITNESSED {seen}".strip(),
    )


def _whose(item: ItemFinding) -> str:
    return "(as received) " if item.entry.kind is Kind.RECEIVED else ""


def _receipt(shown: ReceiptFinding) -> str:
    receipt = shown.receipt
    note = {True: ", proved in that log", False: ", CONTRADICTED by that log", None: ""}
    odd = ", outside its bounds" if shown.within is False else ""
    if shown.disowned:
        odd += f", DISOWNED: key ended at size {shown.ended_at}"
    return (
        f"{receipt.party} {moment(receipt.at_ms)} by its clock, place {receipt.index} of"
        f" {receipt.log}{note[shown.in_log]}{odd}"
    )


def _decisions(report: EvidenceReport) -> Section | None:
    rows = []
    for item in report.items:
        found = item.decision
        if found is None:
            continue
        said = found.decision
        seen = [
            f"{head.origin} to size {head.size} ({_proof_word(known)})"
            for head, known in zip(said.heads, found.heads, strict=True)
        ]
        rows.append(
            (
                f"{said.party}, {said.role}",
                f"{said.act} {said.ref}".strip(),
                moment(said.at_ms),
                f"its own log to size {said.size} ({_proof_word(found.own)})\n" + "\n".join(seen),
                "\n".join(said.findings) or "none",
            )
        )
    if not rows:
        return None
    return Section(
        "What was known at each decision",
        ("Each decision names how far its author's own log and the heads of the others reached.",),
        table=Table(("Who", "Decided", "At (claimed)", "Knowing", "Findings"), tuple(rows)),
    )


def _proof_word(known: bool | None) -> str:
    return {True: "proved", False: "CONTRADICTED", None: "its word"}[known]


def _keys(report: EvidenceReport) -> Section:
    rows = []
    for party, roster in report.ring.rosters.items():
        pinned = all(key.pinned for key in report.keys if key.name == party)
        ended = [
            f"key {term.key.key_id.hex()} {term.why} at size {term.last}"
            for term in roster.terms
            if term.last is not None
        ]
        rows.append(
            (
                party,
                fingerprint(roster.root),
                "pinned by you" if pinned else "only the file's word",
                f"roster {roster.serial}, key {roster.note_key.key_id.hex()}\n" + "\n".join(ended),
            )
        )
    return Section(
        "Parties and keys",
        ("The fingerprint is of the root, which each party keeps offline. To believe it, have the"
         " party read it to you.",),
        table=Table(("Party", "Fingerprint of its root", "Trust", "Keys"), tuple(rows)),
    )  # fmt: skip


def _scope(report: EvidenceReport) -> Section:
    scope = report.scope
    made = moment(scope.made_ms) if scope.made_ms >= 0 else "unknown"
    return Section(
        "What its maker says of it",
        (f"Made by {scope.maker or 'nobody named'} at {made}. This is a claim; no signature is"
         " on it. The file proves what it shows, not that it shows everything.",),
        scope.remarks,
    )  # fmt: skip


def _file(facts: FileFacts) -> Section:
    return Section(
        "The file, and how to check it yourself",
        (
            f"{facts.name}, {facts.size} bytes, SHA-256 {facts.sha256}.",
            f"Verified at {moment(facts.verified_ms)} by {facts.program}.",
            "On any machine, with no network: parley verify FILE --root VKEY for each party; or"
            " the independent verifier, one file: python parley_verify.py FILE --root VKEY. The"
            " format is public: docs/formats/ledger.md.",
        ),
    )


def _words(report: EvidenceReport) -> Section:
    left = len(report.items) - MAX_WORDS
    return Section(
        "The exact words",
        ("As signed; the hash is SHA-256 over the whole note, signatures included.",)
        + ((f"The last {left} statements are in the file only.",) if left > 0 else ()),
        verbatim=tuple(
            f"{marked(_said(item)[1])}{item.log} {item.index}   {item.note_hash.hex()}\n"
            + _text(item)
            for item in report.items[:MAX_WORDS]
        ),
    )


def _text(item: ItemFinding) -> str:
    return parse(item.entry.note).text.decode("utf-8", "replace")


def _said(item: ItemFinding) -> tuple[str, dict[str, object]]:
    if not item.type:
        return "", {}
    type_line, body = parse_statement(parse(item.entry.note).text)
    return type_line, dict(body)


def _head(item: ItemFinding) -> str:
    lines = _text(item).splitlines()
    return f"cosigned the head of {lines[0]} at size {lines[1]}" if len(lines) > 2 else "a note"
