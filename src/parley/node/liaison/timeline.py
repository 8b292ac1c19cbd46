"""What our log and journal hold about a period, a page at a time, for the replay of an incident.

A page looks at ``LOOKED_AT`` entries at most, so it may be short, even empty, and not the last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from parley.errors import InputError
from parley.ledger import Entry, Kind, note_hash, open_receipt, parse, parse_statement
from parley.liaison.incidents.contents import Incident
from parley.liaison.incidents.listing import Listing
from parley.liaison.papers.when import When
from parley.node.codec import finding_of
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.node.liaison.health import first_event
from parley.node.liaison.incidents import incident_list
from parley.rules.findings import bare
from parley.rules.statements import Observation
from parley.wire.liaison import timeline

LOOKED_AT = 50_000
MOST = 1_000
SKEW_MS = 3_600_000
"""A statement is logged no earlier than so long before the time that its author claims."""
_AT = re.compile(rb'"(?:at_ms|found_ms)":([0-9]{1,16})')
_RECEIPT = "parley/receipt/v1"
_FINDINGS = ("finding-opened", "finding-changed", "finding-closed")


@dataclass(frozen=True, slots=True)
class Frame:
    """An incident and the period that is replayed. concerns: bare refs that it names."""

    found: Listing
    when: When
    from_ms: int
    until_ms: int
    markings: dict[str, str]
    concerns: frozenset[str]


@dataclass(slots=True)
class Facts:
    """One page. after: where the next begins, "" at the end."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    seen: list[tuple[timeline.Logged, Observation]] = field(default_factory=list)
    after: str = ""

    def __len__(self) -> int:
        return len(self.facts) + len(self.seen)


def frame(
    desk: Desk, ref: str, *, own: bool, period: tuple[int, int] | None, pad_ms: int, most_ms: int
) -> Frame:
    """The accounts of an incident and its period. InputError: there is no such incident."""
    found = incident_list(desk, ref, own=own)
    report = shelf.need(desk, found.reports[0]).paper.content
    assert isinstance(report, Incident)
    start_ms, end_ms = period or timeline.window_of(found, report.when, pad_ms, most_ms)
    claims = [one.ref for entry in found.entries for one in entry.claims]
    papers = {ref: shelf.need(desk, ref).paper for ref in claims}
    named = {*found.reports, *found.refs, *claims}
    named.update(ref for entry in found.entries for ref in entry.refs)
    return Frame(
        found,
        report.when,
        start_ms,
        end_ms,
        {ref: paper.marking.banner() for ref, paper in papers.items()},
        frozenset(bare(ref) for ref in named),
    )


def facts(desk: Desk, framed: Frame, *, after: str, limit: int) -> Facts:
    """A page of facts: first what the log holds, in its order, then the journal. InputError: a
    cursor that is none, a limit beyond 1 to 1,000."""
    if not 1 <= limit <= MOST:
        raise InputError(f"a page of {limit}", right=f"1 to {MOST}", where="limit")
    part, at = _place(desk, framed, after)
    page = Facts()
    if part == "log":
        _of_log(desk, framed, at, limit, page)
        if page.after:
            return page
        at = first_event(desk.tx, framed.from_ms) - 1
    _of_journal(desk, framed, at, limit, page)
    return page


def _place(desk: Desk, framed: Frame, after: str) -> tuple[str, int]:
    if not after:
        return "log", _first_entry(desk, framed.from_ms - SKEW_MS)
    part, _, number = after.partition(".")
    if part not in ("log", "journal") or not re.fullmatch(r"[0-9]{1,12}", number):
        raise InputError(
            f"a cursor {after[:40]!r}", right="`next` of the page before", where="after"
        )
    return part, int(number)


# The log -----------------------------------------------------------------------------------------


def _of_log(desk: Desk, framed: Frame, start: int, limit: int, page: Facts) -> None:
    size = desk.tx.log.size()
    end = min(size, start + LOOKED_AT)
    for index, leaf in enumerate(desk.tx.log.leaves(start, end), start):
        if len(page) >= limit:
            page.after = f"log.{index}"
            return
        claimed = _AT.search(leaf)
        if claimed is not None and leaf[0] != Kind.COSIGNED:
            _take(desk, framed, index, leaf, int(claimed[1]), page)
    if end < size:
        page.after = f"log.{end}"


def _take(desk: Desk, framed: Frame, index: int, leaf: bytes, claimed_ms: int, page: Facts) -> None:
    if claimed_ms > framed.until_ms + SKEW_MS and leaf[0] != Kind.RECEIVED:
        return
    entry = Entry.from_leaf(leaf)
    logged = _logged(desk, index, entry)
    said = timeline.said_in(logged)
    if isinstance(said, Observation):
        if framed.from_ms <= said.seen_ms <= framed.until_ms:
            page.seen.append((logged, said))
        return
    made = timeline.fact(logged, desk.context.party, framed.concerns)
    if made is None:
        return
    times = [made["at_ms"], *([made["received_ms"]] if made["received_ms"] is not None else [])]
    if any(framed.from_ms <= at_ms <= framed.until_ms for at_ms in times):
        page.facts.append(made)


def _logged(desk: Desk, index: int, entry: Entry) -> timeline.Logged:
    note = parse(entry.note)
    by = note.signatures[0].name
    type_line, body = parse_statement(note.text) if entry.kind is not Kind.COSIGNED else ("", {})
    received_ms = -1
    if entry.kind is Kind.RECEIVED and type_line != _RECEIPT:
        ours = desk.tx.records.get("receipt", note_hash(entry.note).hex())
        if ours is not None:
            keys = desk.ring.keys_of(desk.context.party)
            received_ms = open_receipt(ours, keys).at_ms
    subject = _receipted(desk, body) if type_line == _RECEIPT else _named(desk, body)
    return timeline.Logged(index, entry.kind, type_line, by, body, received_ms, subject)


def _named(desk: Desk, body: Mapping[str, Any]) -> str:
    """The item or paper that a statement is about, or is."""
    item = body.get("item")
    ref = desk.tx.records.get("id", item) if isinstance(item, str) and item else None
    return "" if ref is None else ref.decode()


def _receipted(desk: Desk, receipt: Mapping[str, Any]) -> str:
    """What a receipt is for: the ref of the statement of ours with that hash."""
    digest = receipt.get("note_hash", "")
    index = desk.tx.log.index_of(digest) if isinstance(digest, str) else None
    if index is None:
        return ""
    entry = Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1))))
    type_line, body = parse_statement(parse(entry.note).text)
    item, kind = body.get("item"), type_line.split("/")
    return f"{kind[1]}:{item}" if isinstance(item, str) and len(kind) == 3 else ""


def _first_entry(desk: Desk, from_ms: int) -> int:
    """An entry behind which all was logged at or after ``from_ms``: by bisection on the times that
    entries claim, which follow our clock but for skew."""
    low, high = 0, desk.tx.log.size()
    while low < high:
        middle = (low + high) // 2
        at_ms = next(_claims(desk, middle, high), None)
        if at_ms is None or at_ms >= from_ms:
            high = middle
        else:
            low = middle + 1
    return max(0, low - 1)


def _claims(desk: Desk, start: int, end: int) -> Iterator[int]:
    """Times that our own entries claim, from ``start`` on, as far as a few hundred entries."""
    for leaf in desk.tx.log.leaves(start, min(end, start + 256)):
        if leaf[0] in (Kind.SENT, Kind.OBSERVED, Kind.DECISION):
            found = _AT.search(leaf)
            if found is not None:
                yield int(found[1])


# The journal -------------------------------------------------------------------------------------


def _of_journal(desk: Desk, framed: Frame, after: int, limit: int, page: Facts) -> None:
    ours, looked = desk.context.party, 0
    for key, data in desk.tx.records.scan("event", after=f"{max(0, after):012d}"):
        looked += 1
        if len(page) >= limit or looked > LOOKED_AT:
            page.after = f"journal.{int(key) - 1}"
            return
        line = json.loads(data)
        at_ms, kind, told = line["at_ms"], line["kind"], line["data"]
        if at_ms > framed.until_ms + SKEW_MS:
            return
        if not framed.from_ms <= at_ms <= framed.until_ms:
            continue
        if kind == "link":
            page.facts.append(timeline.link_fact(at_ms, told["peer"], bool(told["up"]), ours))
        elif kind in _FINDINGS:
            try:
                finding = finding_of(told)
            except (KeyError, TypeError, ValueError):
                continue
            page.facts.append(timeline.finding_fact(at_ms, kind, finding, ours, framed.concerns))
