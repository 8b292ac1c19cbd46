"""Consent: how it is asked for, who gives it, for how long it lasts.

A request is asked once: it is neither changed nor taken back, so that what was granted is what
was asked. The originator's ACCEPTED grants it, his later OBJECTED or UNABLE ends it from then on.
A request that nobody answers is refused by its end: silence is no consent.
"""

from __future__ import annotations

from parley.errors import ProtocolError
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.contents import ConsentRequest
from parley.liaison.releases.marking import allows, verdict
from parley.liaison.releases.persons import folded, same_person
from parley.rules.acknowledgement import ANSWERED
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import Rung

REPLY_MS = 86_400_000
"""A request is answered within a day, or within half of its time where that is shorter."""


def asks(paper: Paper) -> ConsentRequest:
    content = paper.content
    assert isinstance(content, ConsentRequest)
    return content


def check(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """ProtocolError: a second version, an originator who is not asked or cannot answer, a
    recipient who may have it anyway, a marking that would not let him, an end that has passed."""
    asked, by = asks(paper), paper.header.by
    ids = {party.id for party in agreement.parties}
    if before is not None:
        raise _refused(by, f"{paper.ref} is changed", "a new request: consent is for what it asks")
    if "@" not in asked.subject:
        raise _refused(by, f"consent for {asked.subject} of any version", "a ref with its version")
    _check_originator(agreement, paper, asked)
    told = verdict(asked.marking, asked.originator, by, asked.recipient, parties=ids)
    if told.allowed:
        raise _refused(by, f"a needless request: {told.why}", "the release itself")
    if asked.marking_wanted.originator != asked.originator:
        raise _refused(
            by,
            f"the marking wanted makes it information of {asked.marking_wanted.originator or by}",
            f"originator {asked.originator}",
        )
    if asked.recipient in ids and not allows(asked.marking_wanted, "", asked.recipient):
        raise _refused(
            by,
            f"{asked.marking_wanted.banner()} does not let {asked.recipient} have it",
            f"REL TO {asked.recipient.upper()}",
        )
    if asked.until_ms <= paper.header.at_ms:
        raise _refused(by, "a consent that would be over before it is asked for", "a later end")
    if not folded(asked.requested_by):
        raise _refused(by, "a request that no person makes", "requested_by: a name or person:ref")


def _check_originator(agreement: Agreement, paper: Paper, asked: ConsentRequest) -> None:
    by = paper.header.by
    originator = agreement.party(asked.originator)
    if asked.originator == by:
        raise _refused(by, f"{by} asks itself for consent", "the release itself")
    if originator.observer:
        raise _refused(
            by, f"{asked.originator} observes and answers nobody", "a party that answers"
        )
    if asked.originator not in paper.header.to or asked.marking.originator not in (
        "",
        asked.originator,
    ):
        raise _refused(
            by,
            f"consent of {asked.originator} for what is {asked.marking.banner()}, asked of"
            f" {', '.join(paper.header.to) or 'nobody'}",
            "the originator that its marking names, among the addressees",
        )


def check_reply(agreement: Agreement, record: PaperRecord, reply: Reply) -> None:
    """ProtocolError: somebody else than the originator grants it, no person is named, the one who
    asked approves, or its time is over."""
    if reply.rung is not Rung.ACCEPTED:
        return
    asked, by = asks(record.paper), reply.header.by
    if by != asked.originator:
        raise _refused(
            by, f"{by} grants what is {asked.originator}'s", f"the consent of {asked.originator}"
        )
    if not folded(reply.person):
        raise _refused(by, f"nobody is named who approves {record.ref}", "the person who does")
    for person in (asked.requested_by, record.paper.person):
        if person and same_person(person, reply.person):
            raise _refused(
                by, f"{reply.person[:80]!r} approves a request of his own", "another person"
            )
    if reply.header.at_ms > asked.until_ms:
        raise _refused(by, f"{record.ref} is approved after its end", "a new request")


def due_ms(record: PaperRecord) -> int:
    """From when an answer is owed."""
    asked = asks(record.paper)
    return record.first_ms + min(REPLY_MS, (asked.until_ms - record.first_ms) // 2)


def found(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """The originator's answer is overdue; from its end on there is nothing left to answer."""
    asked = asks(record.paper)
    if not is_open(record) or not due_ms(record) <= now_ms <= asked.until_ms:
        return []
    return [
        finding(
            Kind.REPLY_OVERDUE,
            Level.ADVISORY,
            (f"{record.ref}@{record.paper.version}", f"party:{asked.originator}"),
            parties=(asked.originator, record.author),
            window_ms=(due_ms(record), asked.until_ms),
        )
    ]


def next_ms(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    if not is_open(record):
        return None
    turns = (due_ms(record), asks(record.paper).until_ms + 1)
    return min((at for at in turns if at > now_ms), default=None)


def is_open(record: PaperRecord) -> bool:
    """Whether its originator has neither granted nor refused it."""
    return record.of(asks(record.paper).originator).rung not in ANSWERED


def linked(content: Content) -> tuple[str, ...]:
    assert isinstance(content, ConsentRequest)
    return (content.subject,)


def _refused(by: str, what: str, right: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=f"party {by}")
