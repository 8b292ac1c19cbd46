"""All findings about one item that follow from itself and the passing of time.

What follows from pairs (conflict, bystanders, mismatch) is found where the pairs are: the node
asks its 4-D index for candidates and calls the pairwise rules. Same statements, same findings.
"""

from __future__ import annotations

from parley.rules import leadtime
from parley.rules.acknowledgement import answer_findings, next_due, timers_for, unacknowledged
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Notice, Report, Stop
from parley.rules.truth import contradictions
from parley.rules.urgent import distress_finding, stop_finding, third_party_finding


def until_ms(agreement: Agreement, record: ItemRecord) -> int:
    """Until when an item is somebody's business: its closing, or its end with the cap."""
    if record.closed_ms >= 0:
        return record.closed_ms
    cap_ms = 1000 * agreement.all_clear_cap_s
    content = record.content
    if isinstance(content, Notice):
        rules = agreement.activity_class(content.activity_class)
        return content.end_ms + (cap_ms if rules.needs_all_clear else 0)
    return content.header.at_ms + cap_ms


def of_content(agreement: Agreement, record: ItemRecord) -> list[Finding]:
    """Findings that do not change with time: lead time, contradictions, STOP, DISTRESS, reports,
    objections and read-backs that do not match."""
    content = record.content
    until = until_ms(agreement, record)
    found: list[Finding | None] = []
    if isinstance(content, Notice):
        found.append(leadtime.declared(agreement, content))
        found.extend(
            leadtime.received(agreement, content, s.party, s.received_ms)
            for s in record.standings
            if s.received_ms >= 0
        )
        found.append(contradictions(agreement, content))
    elif isinstance(content, Stop) and not record.closed:
        found.append(stop_finding(content, until))
    elif isinstance(content, Distress) and not record.closed:
        found.append(distress_finding(agreement, content, until))
    elif isinstance(content, Report) and not record.closed:
        found.append(third_party_finding(content, until))
    if not record.closed:
        for standing in record.standings:
            found.extend(answer_findings(record.ref, record.author, standing, until))
    return [f for f in found if f is not None]


def overdue(agreement: Agreement, record: ItemRecord, now_ms: int) -> list[Finding]:
    """Who owes an acknowledgement that is overdue at ``now_ms``; nobody on a closed item."""
    if record.closed or now_ms > until_ms(agreement, record):
        return []
    content = record.content
    notice = content if isinstance(content, Notice) else None
    timers, needs_read_back = timers_for(agreement, notice)
    found = [
        unacknowledged(
            record.ref,
            record.author,
            standing,
            timers,
            told_ms=content.header.at_ms,
            until_ms=until_ms(agreement, record),
            needs_read_back=needs_read_back,
            urgent=notice is None,
            now_ms=now_ms,
        )
        for standing in record.standings
    ]
    return [f for f in found if f is not None]


def next_change_ms(agreement: Agreement, record: ItemRecord, now_ms: int) -> int | None:
    """The next instant at which ``overdue`` can change or the item expires, or None."""
    from_now = [change for change in _changes(agreement, record) if change > now_ms]
    return min(from_now, default=None)


def _changes(agreement: Agreement, record: ItemRecord) -> list[int]:
    notice = record.content if isinstance(record.content, Notice) else None
    timers, needs_read_back = timers_for(agreement, notice)
    found: list[int] = []
    for standing in record.standings:
        due = next_due(
            standing, timers, record.content.header.at_ms, needs_read_back=needs_read_back
        )
        if due is not None:
            found.append(due.due_ms + 1)
            found.extend(due.due_ms + 1000 * e.after_s + 1 for e in timers.escalation)
    found.append(until_ms(agreement, record) + 1)
    return found
