"""What happens by itself in the next hours: windows, deadlines, meetings, checks, expiries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parley.liaison.handover.contents import ComingLine
from parley.liaison.handover.rules import coming_in_order
from parley.liaison.hotline.contents import LineName
from parley.liaison.meetings.contents import Consultation
from parley.liaison.pacts.contents import Posture
from parley.liaison.releases.contents import ConsentRequest
from parley.node.desk import Desk
from parley.node.liaison import pacts, shelf
from parley.node.liaison.duties import opened
from parley.node.liaison.hotline_checks import CheckSettings
from parley.node.liaison.hotline_lines import counterparts, newest_check
from parley.node.liaison.openitems import (
    MOST,
    Open,
    Outside,
    one_line,
    open_records,
    ref_for,
)
from parley.rules.assess import until_ms as concern_ms
from parley.rules.hazard import hazard_rows
from parley.rules.statements import Notice
from parley.wire.words import describe

HOUR_MS = 3_600_000
MOST_HOURS = 48


def coming(
    desk: Desk, outside: Outside, opened_now: Sequence[Open], until_ms: int
) -> tuple[ComingLine, ...]:
    """Everything known to happen from now on up to ``until_ms`` (closed), by time."""
    found = [
        *_windows(desk),
        *_due(opened_now),
        *_papers(desk),
        *_meetings(desk, until_ms),
        *_checks(desk, outside.checks),
        *_agreement(desk),
        *_outside(outside),
    ]
    return coming_in_order(one for one in found if desk.now_ms <= one.at_ms <= until_ms)


def _windows(desk: Desk) -> Iterator[ComingLine]:
    for record in open_records(desk):
        content = record.content
        if not isinstance(content, Notice):
            continue
        what = one_line(f"{content.activity_class} of {record.author} ({record.ref})", 150)
        yield ComingLine(content.start_ms, "window-begins", record.ref, f"{what} begins")
        yield ComingLine(content.end_ms, "window-ends", record.ref, f"{what} ends")
        over_ms = concern_ms(desk.agreement, content)
        if over_ms > content.end_ms and any(hazard_rows(desk.agreement, content)):
            words = f"{what}: its hazard ends, if nobody gives the all-clear before"
            yield ComingLine(over_ms, "hazard-ends", record.ref, one_line(words))


_DUE_KINDS = {
    "answer-owed": "answer-due",
    "answer-awaited": "answer-due",
    "paper-owed": "reply-due",
    "paper-awaited": "reply-due",
    "paper-open": "reply-due",
}


def _due(opened_now: Sequence[Open]) -> Iterator[ComingLine]:
    for one in opened_now:
        kind = _DUE_KINDS.get(one.line.kind)
        if kind is None or one.due_ms < 0:
            continue
        of_kind = {"commitment": "commitment-due", "proposal": "sign-by", "check": "check-due"}
        kind = of_kind.get(one.line.ref.partition(":")[0], kind)
        words = one_line(f"{one.line.state}: {one.line.words}")
        yield ComingLine(one.due_ms, kind, one.line.ref, words)


def _papers(desk: Desk) -> Iterator[ComingLine]:
    """What the calendar has of papers that changes with time, granted consents above all."""
    start = f"{desk.now_ms:016d}|"
    rows = desk.tx.records.scan("due", after=start, limit=MOST)
    refs = {key.partition("|")[2] for key, _ in rows}
    for ref in sorted(ref for ref in refs if ref.startswith(("consent-request:", "posture:"))):
        record = shelf.load(desk, ref)
        content = None if record is None else record.paper.content
        if isinstance(content, ConsentRequest):
            words = f"consent to pass {content.subject} on to {content.recipient} ends"
            yield ComingLine(content.until_ms, "consent-ends", ref, one_line(words))
        elif isinstance(content, Posture) and content.review_by_ms >= 0:
            words = f"review of the posture of {content.third_party}"
            yield ComingLine(content.review_by_ms, "posture-review", ref, one_line(words))


def _meetings(desk: Desk, until_ms: int) -> Iterator[ComingLine]:
    for record in opened(desk, Consultation.KIND):
        content = record.paper.content
        assert isinstance(content, Consultation)
        when = content.when
        if when.from_ms <= until_ms and when.until_ms >= desk.now_ms:
            words = f"{content.state.value}: {content.title}, {content.place} ({when.said})"
            at_ms = max(when.from_ms, desk.now_ms)
            yield ComingLine(at_ms, "meeting", record.ref, one_line(words))


def _checks(desk: Desk, checks: CheckSettings | None) -> Iterator[ComingLine]:
    for line in LineName:
        every_s = checks.every_s(line) if checks is not None else 0
        for party in counterparts(desk) if every_s else ():
            last = newest_check(desk, desk.context.party, line, party)
            at_ms = desk.now_ms if last is None else last.first_ms + 1000 * every_s
            words = f"comms check of the {line.value} line to {party}"
            ref = f"line:{line.value}.{party}"
            yield ComingLine(max(at_ms, desk.now_ms), "comms-check", ref, one_line(words))


def _agreement(desk: Desk) -> Iterator[ComingLine]:
    agreement = desk.agreement
    ref = f"agreement:{desk.agreement_ref}"
    words = one_line(f"the agreement ends: {agreement.title}")
    yield ComingLine(max(0, agreement.valid.end_ms), "agreement-ends", ref, words)
    for offer in pacts.offers(desk):
        if offer.state == "agreed":
            words = one_line(f"in force from now on: {offer.title}")
            yield ComingLine(offer.from_ms, "amendment-begins", offer.ref, words)


def _outside(outside: Outside) -> Iterator[ComingLine]:
    for alarm in outside.alarms or ():
        if alarm.shelf is not None:
            words = one_line(f"no longer shelved: {describe(alarm.finding)}")
            ref = ref_for("alarm", alarm.key)
            yield ComingLine(alarm.shelf.until_ms, "shelf-ends", ref, words)
    for hazard in outside.moving:
        words = one_line(f"nobody need keep away from {hazard.track} any more")
        yield ComingLine(hazard.until_ms, "hazard-ends", ref_for("moving", hazard.ref), words)
