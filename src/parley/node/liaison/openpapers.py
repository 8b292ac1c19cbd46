"""Open papers as lines of a handover: who owes what on each of them, and by when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from parley.liaison.duties.contents import NoticeRequest
from parley.liaison.handover.contents import OpenLine, Urgency
from parley.liaison.handover.rules import MORE
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.hotline.lines import due_ms as check_due_ms
from parley.liaison.hotline.messages import expected
from parley.liaison.hotline.precedence import PACES
from parley.liaison.incidents.contents import Objection
from parley.liaison.kinds import KINDS
from parley.liaison.meetings.contents import Commitment
from parley.liaison.pacts.contents import Posture
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.contents import ConsentRequest
from parley.node.desk import Desk
from parley.node.liaison import pacts, shelf
from parley.rules.acknowledgement import ANSWERED
from parley.rules.item import owner_of
from parley.rules.statements import Rung
from parley.wire.liaisonwords import describe_paper

STANDING = frozenset({
    "obligation", "unit", "relay", "release", "person", "merge", "signature", "participation",
    "proposal", "handover",
})  # fmt: skip
"""Kinds that stand without anybody owing something, or that are told otherwise."""
_LEVEL = {
    Precedence.FLASH: Urgency.URGENT,
    Precedence.IMMEDIATE: Urgency.WARNING,
    Precedence.PRIORITY: Urgency.ADVISORY,
    Precedence.ROUTINE: Urgency.ROUTINE,
}
Line = tuple[OpenLine, int, bool]
"""The line; by when, -1 without a time; whether nobody may leave while it is so."""


def paper_lines(desk: Desk, most: int) -> Iterator[Line]:
    """Every open paper, by kind; of each kind ``most`` at most, the rest counted."""
    for kind in KINDS:
        if kind in STANDING:
            continue
        refs = [ref.decode() for _, ref in desk.tx.records.scan("paper-open", f"{kind}|")]
        for ref in refs[:most]:
            yield _line(desk, shelf.need(desk, ref))
        if len(refs) > most:
            words = f"and {len(refs) - most} more of kind {kind}"
            yield OpenLine(MORE, f"{MORE}:{kind}", words, Urgency.WARNING, "open"), -1, False
    yield from _proposals(desk)


def _line(desk: Desk, record: PaperRecord) -> Line:
    ours = desk.context.party
    debtors = DEBTORS.get(record.paper.kind, _unanswered)(desk, record)
    due = due_of(record)
    late = 0 <= due < desk.now_ms
    level, blocking = Urgency.ADVISORY if due >= 0 else Urgency.ROUTINE, False
    content = record.paper.content
    if isinstance(content, Message):
        level = _LEVEL[content.precedence]
        safety = content.line is LineName.SAFETY
        blocking = safety and content.precedence is Precedence.FLASH and ours in debtors
    if late and level is not Urgency.URGENT:
        level = Urgency.WARNING
    strategic = getattr(content, "line", None) is LineName.STRATEGIC
    if strategic:
        level = Urgency.ROUTINE
    of, state = "open", "open"
    if ours in debtors:
        of, state = "owed", f"we owe: {debtors[ours]}"
    elif debtors:
        owing = ", ".join(f"{party}: {what}" for party, what in sorted(debtors.items()))
        of, state = "awaited", owing[:200]
    kind = f"strategic-{of}" if strategic else f"paper-{of}"
    return OpenLine(kind, record.ref, _words(record, strategic), level, state), due, blocking


def _words(record: PaperRecord, strategic: bool) -> str:
    """What is said on the strategic line stands in no list of the watch."""
    said = describe_paper(record.paper)
    if strategic:
        said = f"{record.paper.kind} {record.paper.item} on the strategic line"
    return " ".join(f"{said}, of {record.author}".split())[:200]


# Who owes what -----------------------------------------------------------------------------------

Debts = dict[str, str]


def _unanswered(desk: Desk, record: PaperRecord) -> Debts:
    return {
        h.party: "answer" if h.read_ms >= 0 else "read"
        for h in record.heard
        if h.rung not in ANSWERED
    }


def _unread(desk: Desk, record: PaperRecord) -> Debts:
    asks = bool(expected(record.paper.content))
    debts = {}
    for heard in record.heard:
        if heard.rung is Rung.RECEIVED:
            debts[heard.party] = "read"
        elif asks and heard.read_back_ms < 0 and heard.rung not in ANSWERED:
            debts[heard.party] = "read-back"
    return debts


def _heard(desk: Desk, record: PaperRecord) -> Debts:
    return {h.party: "answer" for h in record.heard if h.rung is Rung.RECEIVED}


def _owner(desk: Desk, record: PaperRecord) -> Debts:
    content = record.paper.content
    assert isinstance(content, Commitment)
    return {content.owner: "keep it"}


def _asked(desk: Desk, record: PaperRecord) -> Debts:
    content = record.paper.content
    assert isinstance(content, NoticeRequest)
    return {content.of: "notice"}


def _originator(desk: Desk, record: PaperRecord) -> Debts:
    content = record.paper.content
    assert isinstance(content, ConsentRequest)
    return {content.originator: "consent"}


def _objected(desk: Desk, record: PaperRecord) -> Debts:
    content = record.paper.content
    assert isinstance(content, Objection)
    owner = owner_of(desk.agreement, content.to.partition(":")[2])
    if owner and owner != record.author:
        return {owner: "answer"}
    return _unanswered(desk, record)


def _nobody(desk: Desk, record: PaperRecord) -> Debts:
    return {}


DEBTORS: Mapping[str, Callable[[Desk, PaperRecord], Debts]] = {
    "message": _unread,
    "check": _heard,
    "call": _nobody,
    "line-report": _nobody,
    "consultation": _nobody,
    "incident": _nobody,
    "posture": _nobody,
    "commitment": _owner,
    "notice-request": _asked,
    "consent-request": _originator,
    "objection": _objected,
}


# By when -----------------------------------------------------------------------------------------


def due_of(record: PaperRecord) -> int:
    """Until when (closed) it is in time, by its own words; -1 where it names no time."""
    content = record.paper.content
    if isinstance(content, Message):
        if content.line is LineName.STRATEGIC:
            return -1
        return record.paper.header.at_ms + 1000 * PACES[content.precedence].read_s
    if record.paper.kind == "check":
        return check_due_ms(record)
    if isinstance(content, NoticeRequest | Objection):
        return content.reply_by_ms or -1
    if isinstance(content, Posture):
        return content.review_by_ms
    if isinstance(content, Commitment):
        return -1 if content.due is None else content.due.until_ms
    return -1


# Amendments to sign ------------------------------------------------------------------------------


def _proposals(desk: Desk) -> Iterator[Line]:
    ours = desk.context.party
    for offer in pacts.offers(desk):
        if offer.state != "open":
            continue
        mine = ours in offer.missing
        kind = "paper-owed" if mine else "paper-awaited"
        state = "we owe: signature" if mine else f"{', '.join(offer.missing)}: signature"[:200]
        words = f"amendment {offer.ref}: {offer.title}"[:200]
        yield OpenLine(kind, offer.ref, words, Urgency.ADVISORY, state), offer.sign_by_ms, False
