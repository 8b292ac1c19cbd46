"""All findings about one item that follow from itself and the passing of time.

What follows from pairs (conflict, bystanders, mismatch) is found where the pairs are: the node
asks its 4-D index for candidates and calls the pairwise rules. Same statements, same findings.
Each function is one of the record and the instant alone: how often, and when, it was asked
before does not matter.
"""

from __future__ import annotations

from parley.rules import leadtime
from parley.rules.acknowledgement import answer_findings, next_due, timers_for, unacknowledged
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Level
from parley.rules.hazard import nonconforming_until_ms, tail_s
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Item, Nonconformance, Notice, Report, Stop
from parley.rules.truth import contradictions
from parley.rules.urgent import (
    distress_finding,
    nonconformance_finding,
    stop_finding,
    third_party_finding,
)


def until_ms(agreement: Agreement, content: Item) -> int:
    """The last instant (closed) at which open words concern anybody.

    A notice: its end, with all that its hazards, an all-clear and the minima in time leave
    behind it; the cap for an all-clear behind the telling, if it is told when it is over. A
    report: the cap. STOP, DISTRESS and a nonconformance: until they are lifted, as long as the
    agreement is valid.
    """
    told_ms, cap_ms = content.header.at_ms, 1000 * agreement.all_clear_cap_s
    if isinstance(content, Notice):
        rules = agreement.activity_class(content.activity_class)
        end_ms = content.end_ms + 1000 * tail_s(agreement, rules)
        return max(end_ms, told_ms + cap_ms) if told_ms > content.end_ms else end_ms
    if isinstance(content, Report):
        return max(told_ms, content.since_ms) + cap_ms
    return max(told_ms + cap_ms, agreement.valid.end_ms)


def is_live(agreement: Agreement, record: ItemRecord, now_ms: int) -> bool:
    """Whether the item is open and still concerns somebody."""
    return not record.closed and now_ms <= until_ms(agreement, record.content)


def is_placed(agreement: Agreement, record: ItemRecord, now_ms: int) -> bool:
    """Whether its volumes concern somebody: as long as it is live, but for a nonconformance,
    whose area outlives its telling by the cap at most."""
    content = record.content
    if isinstance(content, Nonconformance) and now_ms > nonconforming_until_ms(agreement, content):
        return False
    return is_live(agreement, record, now_ms)


def of_words(agreement: Agreement, record: ItemRecord, now_ms: int) -> list[Finding]:
    """What follows from the words in force: lead time, contradictions, STOP, DISTRESS, reports,
    nonconformances.

    What a notice is by itself stands until its time is over, closed or not: an all-clear does
    not hide that it came too late. The rest ends when the item is closed.
    """
    content, until = record.content, until_ms(agreement, record.content)
    found: list[Finding | None] = []
    if isinstance(content, Notice):
        if now_ms <= until:
            found = [leadtime.declared(agreement, content), contradictions(agreement, content)]
    elif is_live(agreement, record, now_ms):
        if isinstance(content, Stop):
            found.append(stop_finding(content, until))
        elif isinstance(content, Distress):
            found.append(distress_finding(agreement, content, until))
        elif isinstance(content, Report):
            found.append(third_party_finding(content, until))
        elif isinstance(content, Nonconformance):
            found.append(nonconformance_finding(content, until))
    return [f for f in found if f is not None]


def of_answers(agreement: Agreement, record: ItemRecord, now_ms: int) -> list[Finding]:
    """What follows from who received and answered what: lead time received, objections, wrong
    read-backs, and what is overdue."""
    content, found = record.content, []
    if isinstance(content, Notice):
        found = [
            leadtime.received(agreement, content, s.party, s.received_ms)
            for s in record.standings
            if s.received_ms >= 0 and now_ms <= _kept_ms(agreement, content, s.received_ms)
        ]
    if is_live(agreement, record, now_ms):
        until = until_ms(agreement, content)
        for standing in record.standings:
            found.extend(answer_findings(record.ref, record.author, standing, until))
    return found + overdue(agreement, record, now_ms)


def lead_times_kept(agreement: Agreement, record: ItemRecord) -> list[Finding]:
    """The verdicts on lead time that need nobody: declared and received in time."""
    content = record.content
    if not isinstance(content, Notice):
        return []
    verdicts = [
        leadtime.declared(agreement, content),
        *(
            leadtime.received(agreement, content, s.party, s.received_ms)
            for s in record.standings
            if s.received_ms >= 0
        ),
    ]
    return [verdict for verdict in verdicts if verdict.level is Level.INFO]


def _kept_ms(agreement: Agreement, notice: Notice, received_ms: int) -> int:
    """Until when it is said that a notice was received too late: longer if it was over then."""
    until = until_ms(agreement, notice)
    late = received_ms > notice.end_ms
    return max(until, received_ms + 1000 * agreement.all_clear_cap_s) if late else until


def overdue(agreement: Agreement, record: ItemRecord, now_ms: int) -> list[Finding]:
    """Who owes an acknowledgement that is overdue at ``now_ms``; nobody on a closed item."""
    if not is_live(agreement, record, now_ms):
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
            until_ms=until_ms(agreement, content),
            needs_read_back=needs_read_back,
            urgent=notice is None,
            now_ms=now_ms,
        )
        for standing in record.standings
    ]
    return [f for f in found if f is not None]


def next_change_ms(agreement: Agreement, record: ItemRecord, now_ms: int) -> int | None:
    """The next instant at which one of these findings can change by itself, or None."""
    from_now = [change for change in _changes(agreement, record) if change > now_ms]
    return min(from_now, default=None)


def last_change_ms(agreement: Agreement, record: ItemRecord) -> int:
    """The last instant at which one of these findings changes by itself."""
    return max(_changes(agreement, record))


def _changes(agreement: Agreement, record: ItemRecord) -> list[int]:
    content = record.content
    notice = content if isinstance(content, Notice) else None
    timers, needs_read_back = timers_for(agreement, notice)
    found = [until_ms(agreement, content) + 1]
    if isinstance(content, Nonconformance) and not record.closed:
        found.append(nonconforming_until_ms(agreement, content) + 1)
    for standing in record.standings:
        if notice is not None and standing.received_ms >= 0:
            found.append(_kept_ms(agreement, notice, standing.received_ms) + 1)
        due = next_due(standing, timers, content.header.at_ms, needs_read_back=needs_read_back)
        if due is not None and not record.closed:
            found.append(due.due_ms + 1)
            found.extend(due.due_ms + 1000 * e.after_s + 1 for e in timers.escalation)
    return found
