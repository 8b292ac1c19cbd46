"""What an evidence report says to a reader: proved, suspected, unknowable. Facts, no verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from parley.errors import PeerError
from parley.ledger.challenge import TESTIMONY_TYPE, testimony_of
from parley.ledger.disowned import Disowned
from parley.ledger.entry import Kind
from parley.ledger.evidence import EvidenceReport, ItemFinding, ReceiptFinding
from parley.ledger.fields import base64, is_line
from parley.ledger.note import parse
from parley.ledger.statement import parse_statement, unseal
from parley.ledger.times import when

LEAK_TYPE = "parley/leak/v1"
CLOCKS_DIFFER_MS = 30_000
"""So far cosigners' clocks may stand apart before it is worth a word."""


def with_words(report: EvidenceReport) -> EvidenceReport:
    """The report with its sentences."""
    disowned = Disowned(report)
    return replace(
        report,
        proved=tuple(_proved(report, disowned)),
        suspected=tuple(_suspected(report)),
        unknowable=tuple(_unknowable(report, disowned)),
    )


def named(item: ItemFinding) -> str:
    """An item in a sentence."""
    what = item.type or ("cosigned head" if item.entry.kind is Kind.COSIGNED else "untyped note")
    return f"{what} {item.note_hash.hex()[:16]} (index {item.index} of {item.log})"


def _proved(report: EvidenceReport, disowned: Disowned) -> Iterable[str]:
    for item in report.items:
        yield from _item_proved(item)
        for receipt in item.receipts:
            if receipt.disowned:
                yield from disowned.proved(named(item), receipt)
            else:
                yield _receipt_proved(item, receipt)
        leak = _leak(report, item)
        if leak is not None:
            yield f"{leak.author} signed, for {leak.copy_for} alone, the copy in {named(item)}."
    for shown in report.exhibits:
        yield shown.sentence + "."


def _item_proved(item: ItemFinding) -> Iterable[str]:
    signers = " and ".join(sorted({signer.name for signer in item.signers}))
    yield (
        f"{signers} signed {named(item)}; it stands there under a head of size"
        f" {item.size} signed by {item.log_signer.name}."
    )
    if item.witnesses:
        parties = ", ".join(f"{p} ({when(s * 1000)})" for p, s in item.witnesses)
        yield f"By their own clocks these had cosigned a head with {named(item)}: {parties}."
    if item.not_before_ms is not None:
        yield (
            f"At {when(item.not_before_ms)} by its own clock another party cosigned a head of"
            f" {item.log} without {named(item)}."
        )
    if item.disowned:
        yield (
            f"{_ended(item)} has ended the key that signed {named(item)}, back to before the place"
            " that it names."
        )
    if item.decision is not None and item.decision.own:
        yield (
            f"The decision {named(item)} names its own log at size {item.decision.decision.size}"
            " as that log's head has it."
        )


def _ended(item: ItemFinding) -> str:
    return " and ".join(
        sorted({s.name for s in item.signers if s.ended and s.name != item.log_signer.name})
    )


def _receipt_proved(item: ItemFinding, shown: ReceiptFinding) -> str:
    receipt = shown.receipt
    held = {
        True: "; the file proves that entry in that log",
        False: "; the file proves another entry there",
        None: "",
    }[shown.in_log]
    return (
        f"{receipt.party} signed a receipt for {named(item)} at index {receipt.index} of"
        f" {receipt.log}, at {when(receipt.at_ms)} by its own clock{held}."
    )


def _suspected(report: EvidenceReport) -> Iterable[str]:
    for item in report.items:
        if item.claim_within is False and item.at_ms is not None:
            yield (
                f"The time that {named(item)} claims, {when(item.at_ms)}, does not lie between the"
                f" cosignatures around it ({_span(item)})."
            )
        for shown in item.receipts:
            if shown.within is False and not shown.disowned:
                yield (
                    f"The time of {shown.receipt.party}'s receipt for {named(item)},"
                    f" {when(shown.receipt.at_ms)}, does not lie between the cosignatures around"
                    " the entry that it names."
                )
        low, high = item.not_before_ms, item.not_after_ms
        if low is not None and high is not None and low > high + CLOCKS_DIFFER_MS:
            yield f"The clocks of the cosigners around {named(item)} disagree ({_span(item)})."
        yield from _testimony(item)
        leak = _leak(report, item)
        if leak is not None:
            finder = " and ".join(sorted({signer.name for signer in item.signers}))
            yield (
                f"{finder} says that {leak.carrier} brought it the copy in {named(item)}: the copy"
                f" left {leak.copy_for} or {leak.author}."
            )


@dataclass(frozen=True, slots=True)
class _Leak:
    author: str
    copy_for: str
    carrier: str


def _leak(report: EvidenceReport, item: ItemFinding) -> _Leak | None:
    """Whose copy an entry about a leak holds, by the author's own signature."""
    if item.type != LEAK_TYPE:
        return None
    said = parse_statement(parse(item.entry.note).text)[1]
    try:
        copy = unseal(base64(said.get("note")), report.ring.note_keys)
    except PeerError:
        return None
    copy_for, carrier = copy.body.get("copy_for"), said.get("carrier")
    if type(copy_for) is not str or not is_line(copy_for) or not copy_for:
        return None
    known = type(carrier) is str and is_line(carrier) and carrier
    return _Leak(copy.signer_name, copy_for, str(carrier) if known else "somebody")


def _testimony(item: ItemFinding) -> Iterable[str]:
    if item.type != TESTIMONY_TYPE:
        return
    try:
        said = testimony_of(parse_statement(parse(item.entry.note).text)[1])
    except PeerError:
        return
    if said.outcome != "receipt" and said.party in {signer.name for signer in item.signers}:
        yield (
            f"{said.party} says that {said.to} gave no receipt when it handed over a challenged"
            f" note (outcome: {said.outcome}); networks lose messages, so this is no proof."
        )


def _span(item: ItemFinding) -> str:
    low = "unknown" if item.not_before_ms is None else when(item.not_before_ms)
    high = "unknown" if item.not_after_ms is None else when(item.not_after_ms)
    return f"from {low} to {high}"


def _unknowable(report: EvidenceReport, disowned: Disowned) -> Iterable[str]:
    for item in report.items:
        if not item.witnessed:
            yield (
                f"{named(item)} is unwitnessed ({len(item.witnesses)} of {report.quorum}): when"
                " it came into its log rests on that party's word."
            )
        if item.disowned:
            yield f"Whether {_ended(item)} or a thief signed {named(item)}."
        elif item.entry.kind is Kind.RECEIVED and any(signer.ended for signer in item.signers):
            yield (
                f"{named(item)} is signed by a key that has ended since; that it was in force then"
                " rests on the receiver's log."
            )
        yield from (disowned.unknowable(named(item), r) for r in item.receipts if r.disowned)
        without = sorted(set(addressees(item)) - {r.receipt.party for r in item.receipts})
        if item.entry.kind is Kind.SENT and without:
            yield f"Whether {', '.join(without)} received {named(item)}: no receipt is shown."
        leak = _leak(report, item)
        if leak is not None:
            yield (
                f"Which of {leak.copy_for} and {leak.author} let go of the copy in {named(item)},"
                " and whose hands it went through."
            )
    for log in report.loose_logs:
        yield f"The heads of {log} in the file are not all proved to be one history."
    strangers = sorted({key.name for key in report.keys if not key.pinned})
    if strangers:
        yield f"Who holds the keys of {', '.join(strangers)}: their roots were not pinned."
    cosigners = sorted({party for item in report.items for party, _ in item.witnesses})
    if cosigners:
        yield (
            f"Whether {', '.join(cosigners)} and the log's owner told one false story together:"
            " what is witnessed rests on their keys and their clocks."
        )
    yield "What was left out: the file proves what it shows, not that it shows everything."
    yield "Whether the statements are true, and who had a key in hand when it signed."


def addressees(item: ItemFinding) -> tuple[str, ...]:
    """Whom a statement names as its addressees (``to``), as far as it does; of a copy for one of
    them, that one."""
    if not item.type:
        return ()
    body = parse_statement(parse(item.entry.note).text)[1]
    copy_for, to = body.get("copy_for"), body.get("to")
    if type(copy_for) is str and copy_for:
        return (copy_for,)
    return tuple(name for name in to if type(name) is str) if isinstance(to, list) else ()
