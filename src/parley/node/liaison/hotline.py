"""What follows from messages, checks and reports at a node: who was heard when, which line is down.

Tables: line-message (line|order: ref, newest first), line-check (author|line|party: the newest
check), line-heard (author|line|party: the last instant, in ms, at which a person of the party
answered the author), line-down (line|author|party|ref: a report that is not up), line-back
(line|party|party: until when the last reported outage lasted).
"""

from __future__ import annotations

from parley.liaison.hotline import lines
from parley.liaison.hotline.contents import LineName
from parley.liaison.hotline.messages import check_answers, message_of
from parley.liaison.papers.record import Heard, PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.rules.findings import bare


def message_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """A message was said, amended or answered. ProtocolError: it answers one of the other line;
    where that one has not come yet nobody can tell, and the two never stand on one page."""
    said = message_of(record.paper.content)
    if before is None:
        if said.reply_to:
            answered = shelf.load(desk, bare(said.reply_to))
            if answered is not None:
                check_answers(record.paper, message_of(answered.paper.content))
        order = shelf.order_of(desk, record.ref)
        desk.tx.records.put("line-message", f"{said.line.value}|{order}", record.ref.encode())
    _keep_heard(desk, record, said.line)


def check_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """A comms check was said, withdrawn or answered: the newest of each author, line and party is
    found again, whatever the order in which they come."""
    line = lines.check_of(record.paper.content).line
    if before is None:
        for party in record.paper.header.to:
            key = f"{record.author}|{line.value}|{party}"
            held = desk.tx.records.get("line-check", key)
            mark = f"{record.first_ms:016d}|{record.ref}".encode()
            if held is None or held < mark:
                desk.tx.records.put("line-check", key, mark)
    _keep_heard(desk, record, line)


def report_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """A line was reported, or is reported up again, or the report was taken back."""
    report, records = lines.report_of(record.paper.content), desk.tx.records
    down = lines.line_is_down(record) and not record.paper.withdrawn
    was_down = before is not None and lines.line_is_down(before) and not before.paper.withdrawn
    for party in record.paper.header.to:
        key = f"{report.line.value}|{record.author}|{party}|{record.ref}"
        if down:
            records.put("line-down", key, b"")
            continue
        records.delete("line-down", key)
        if was_down and not record.paper.withdrawn:
            _keep_latest(
                desk, "line-back", pair(report.line, record.author, party), report.since_ms
            )


def pair(line: LineName, party: str, other: str) -> str:
    """The key of a line between two, whoever is named first."""
    return "|".join((line.value, *sorted((party, other))))


def _keep_heard(desk: Desk, record: PaperRecord, line: LineName) -> None:
    for one in record.heard:
        at_ms = _last_ms(one)
        if at_ms >= 0 and lines.heard(one):
            _keep_latest(desk, "line-heard", f"{record.author}|{line.value}|{one.party}", at_ms)


def _last_ms(one: Heard) -> int:
    return max(one.read_ms, one.read_back_ms, one.answered_ms)


def _keep_latest(desk: Desk, table: str, key: str, at_ms: int) -> None:
    held = desk.tx.records.get(table, key)
    if held is None or int(held) < at_ms:
        desk.tx.records.put(table, key, str(at_ms).encode())
