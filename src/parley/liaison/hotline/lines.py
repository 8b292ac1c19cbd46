"""The rules of voice calls, comms checks and reports on a line."""

from __future__ import annotations

from parley.errors import ProtocolError
from parley.liaison.hotline.attachments import check_attachments
from parley.liaison.hotline.contents import Call, Check, LineName, LineReport, LineState
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import Heard, PaperRecord
from parley.rules.acknowledgement import ANSWERED
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import Rung

DUE_LEAST_S = 10
DUE_MOST_S = 86_400
_DEAF = frozenset({Rung.OBJECTED, Rung.UNABLE})

# Calls ---------------------------------------------------------------------------------------


def call_of(content: Content) -> Call:
    assert isinstance(content, Call)
    return content


def check_call(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: who is no party, a caller who did not take part, a call of the future, one
    nobody took that somebody spoke in, an end that is taken back."""
    call, by = call_of(paper.content), f"party {paper.header.by}"
    known = {party.id for party in agreement.parties}
    if not call.parties or not known.issuperset(call.parties):
        raise _refused(
            f"a call between {', '.join(call.parties) or 'nobody'}",
            f"parties of the agreement: {', '.join(sorted(known))}",
            by,
        )
    if call.by and call.by not in call.parties:
        raise _refused(f"{call.by} called and is not among its parties", "one of them", by)
    latest_ms = max(call.began_ms, call.ended_ms)
    if latest_ms > paper.header.at_ms:
        raise _refused("a call is logged before it took place", "times that have passed", by)
    if not call.answered and (call.speakers or call.ended_ms == -1):
        raise _refused(
            "a call that nobody took has speakers or goes on", "its end, and nobody who spoke", by
        )
    check_attachments(call.recordings, by)
    if before is None:
        return
    was = call_of(before.paper.content)
    if call.line is not was.line:
        raise _refused(f"{paper.ref} moves to another line", f"the {was.line.value} line", by)
    if was.ended_ms != -1 and call.ended_ms == -1:
        raise _refused(f"{paper.ref} has ended and goes on again", "a new call", by)


def call_goes_on(record: PaperRecord) -> bool:
    return call_of(record.paper.content).ended_ms == -1


# Comms checks --------------------------------------------------------------------------------


def check_of(content: Content) -> Check:
    assert isinstance(content, Check)
    return content


def check_check(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a check that asks nobody, or for an answer sooner than a person can give
    one; an amendment (a new check is a new paper)."""
    asked, by = check_of(paper.content), f"party {paper.header.by}"
    if not any(not agreement.party(party).observer for party in paper.header.to):
        raise _refused("a comms check asks nobody", "an addressee who is no observer", by)
    if asked.number < 1 or not DUE_LEAST_S <= asked.due_s <= DUE_MOST_S:
        raise _refused(
            f"comms check {asked.number} is due within {asked.due_s} s",
            f"a number from 1, due within {DUE_LEAST_S} to {DUE_MOST_S} s",
            by,
        )
    if before is not None and asked != before.paper.content:
        raise _refused(f"{paper.ref} becomes another check", "a new one", by)


def due_ms(record: PaperRecord) -> int:
    """Until when (closed) a check is to be answered, by its author's clock."""
    return record.paper.header.at_ms + 1000 * check_of(record.paper.content).due_s


def heard(one: Heard) -> bool:
    """A person there heard us: read it, or accepted it."""
    return one.rung in (Rung.READ, Rung.READ_BACK, Rung.ACCEPTED)


def missed(record: PaperRecord, one: Heard, now_ms: int) -> bool:
    """Nobody answered in time, or only to say that we are not heard well."""
    if heard(one):
        return False
    return one.rung in _DEAF or now_ms > due_ms(record)


def missed_from_ms(record: PaperRecord, one: Heard) -> int:
    """Since when it is missed."""
    return one.answered_ms if one.rung in _DEAF else due_ms(record)


def check_is_open(record: PaperRecord) -> bool:
    return any(one.rung not in ANSWERED and not heard(one) for one in record.heard)


def check_found(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """CHECK_MISSED for each addressee who did not answer in time (closed)."""
    line = check_of(record.paper.content).line
    return [
        finding(
            Kind.CHECK_MISSED,
            _level(line, Level.WARNING),
            (f"{record.ref}@{record.paper.version}", f"party:{one.party}"),
            parties=(record.author, one.party),
            window_ms=(missed_from_ms(record, one),) * 2,
            codes=(line.value, *((one.rung.value,) if one.rung in _DEAF else ())),
        )
        for one in record.heard
        if missed(record, one, now_ms)
    ]


def check_next_ms(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    turn = due_ms(record) + 1
    return turn if check_is_open(record) and turn > now_ms else None


# Reports on a line ---------------------------------------------------------------------------


def report_of(content: Content) -> LineReport:
    assert isinstance(content, LineReport)
    return content


def check_report(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """One report is one outage: its author amends it until the line is up. ProtocolError: since a
    time to come, an end before the beginning, no fallback while the line is not up."""
    report, by = report_of(paper.content), f"party {paper.header.by}"
    up = report.state is LineState.UP
    if report.since_ms > paper.header.at_ms:
        raise _refused("a line is reported ahead of its time", "since when it is so", by)
    if up and report.fallback:
        raise _refused("a line that is up names a fallback", "none", by)
    if not up and not report.fallback:
        raise _refused(
            f"the {report.line.value} line is {report.state.value}, and no other way is named",
            "a fallback, such as: VHF 121.500; paper form 3 by hand; none",
            by,
        )
    if before is None:
        return
    was = report_of(before.paper.content)
    if report.line is not was.line:
        raise _refused(f"{paper.ref} moves to another line", f"the {was.line.value} line", by)
    if report.state is not was.state and report.since_ms < was.since_ms:
        raise _refused(f"{paper.ref} ends before it begins", "a later since_ms", by)


def line_is_down(record: PaperRecord) -> bool:
    return report_of(record.paper.content).state is not LineState.UP


def report_found(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """LINE_DEGRADED as long as its author does not say that the line is up again."""
    report = report_of(record.paper.content)
    if report.state is LineState.UP:
        return []
    out = report.state is LineState.OUT
    return [
        finding(
            Kind.LINE_DEGRADED,
            _level(report.line, Level.WARNING if out else Level.ADVISORY),
            (f"{record.ref}@{record.paper.version}",),
            parties=(record.author, *record.paper.header.to),
            window_ms=(report.since_ms, report.since_ms),
            codes=(report.line.value, report.state.value),
        )
    ]


def _level(line: LineName, level: Level) -> Level:
    """Nobody on watch has to act for the strategic line."""
    return level if line is LineName.SAFETY else Level.ADVISORY


def _refused(what: str, right: str, by: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=by)
