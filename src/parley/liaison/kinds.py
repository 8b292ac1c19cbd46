"""Every kind of paper: its content, what is asked of its addressees, and the rules about it.

One row a kind. ``check`` refuses what cannot be said (ProtocolError, at fault the author),
``found`` are the findings that follow from one record at an instant, ``next_ms`` the next instant
at which they may change by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parley.liaison.deliveries import rules as delivery_rules
from parley.liaison.deliveries.contents import Relay, Unit
from parley.liaison.directory import rules as directory
from parley.liaison.directory.contents import Merge, Person
from parley.liaison.duties import rules as duty_rules
from parley.liaison.duties.contents import NoticeRequest, Obligation
from parley.liaison.handover import rules as handover
from parley.liaison.handover.contents import Handover
from parley.liaison.hotline import lines, messages
from parley.liaison.hotline.contents import Call, Check, LineReport, Message
from parley.liaison.incidents import rules as incidents
from parley.liaison.incidents.contents import Claim, Communique, Incident, Objection
from parley.liaison.meetings import rules as meetings
from parley.liaison.meetings.contents import Briefing, Commitment, Consultation, Minutes
from parley.liaison.pacts import rules as pacts
from parley.liaison.pacts.contents import Participation, Posture, Proposal, Signature
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Value
from parley.liaison.releases import consent, register
from parley.liaison.releases.contents import ConsentRequest, Release
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, bare

Checks = Callable[[Agreement, Paper, PaperRecord | None], None]
Finds = Callable[[Agreement, PaperRecord, int], list[Finding]]
Turns = Callable[[Agreement, PaperRecord, int], int | None]
"""(agreement, record, now_ms) -> the next instant in ms after now, or None."""
Replies = Callable[[Agreement, PaperRecord, Reply], None]


def _anything(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    return None


def _nothing_found(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    return []


def _never(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    return None


def _no_refs(content: Content) -> tuple[str, ...]:
    return ()


def _any_reply(agreement: Agreement, record: PaperRecord, reply: Reply) -> None:
    return None


def _nothing_read_back(content: Content) -> tuple[Value, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """content: its type. is_open: whether somebody still has to do something about such words.
    expected: what has to be read back. linked: refs in the content by which it is found again.
    check_reply: refuses a reply that cannot be (ProtocolError, at fault who replies).
    goes_on: time goes on for it though it is withdrawn. by_rules: what stands about it changes with
    the agreement."""

    content: type[Content]
    check: Checks = _anything
    found: Finds = _nothing_found
    next_ms: Turns = _never
    is_open: Callable[[PaperRecord], bool] = lambda record: not record.paper.withdrawn
    expected: Callable[[Content], tuple[Value, ...]] = _nothing_read_back
    linked: Callable[[Content], tuple[str, ...]] = _no_refs
    check_reply: Replies = _any_reply
    goes_on: bool = False
    by_rules: bool = False


_ROWS = (
    Kind(
        Message,
        check=messages.check,
        found=messages.found,
        next_ms=messages.next_ms,
        is_open=messages.is_open,
        expected=messages.expected,
        linked=messages.linked,
    ),
    Kind(Call, check=lines.check_call, is_open=lines.call_goes_on),
    Kind(
        Check,
        check=lines.check_check,
        found=lines.check_found,
        next_ms=lines.check_next_ms,
        is_open=lines.check_is_open,
    ),
    Kind(
        LineReport,
        check=lines.check_report,
        found=lines.report_found,
        is_open=lines.line_is_down,
    ),
    Kind(
        Consultation,
        check=meetings.check_consultation,
        is_open=meetings.consultation_is_open,
        linked=meetings.consultation_refs,
    ),
    Kind(
        Briefing,
        check=meetings.check_briefing,
        is_open=meetings.briefing_is_open,
        linked=meetings.briefing_refs,
    ),
    Kind(
        Minutes,
        check=meetings.check_minutes,
        is_open=meetings.minutes_are_open,
        linked=meetings.minutes_refs,
    ),
    Kind(
        Commitment,
        check=meetings.check_commitment,
        found=meetings.overdue_commitment,
        next_ms=meetings.commitment_turns,
        is_open=meetings.commitment_is_open,
        linked=meetings.commitment_refs,
    ),
    Kind(
        Obligation,
        check=duty_rules.check_obligation,
        is_open=duty_rules.obligation_is_open,
    ),
    Kind(
        NoticeRequest,
        check=duty_rules.check_request,
        next_ms=duty_rules.request_next_ms,
        is_open=duty_rules.request_is_open,
        linked=duty_rules.request_linked,
        by_rules=True,
    ),
    Kind(
        ConsentRequest,
        check=consent.check,
        found=consent.found,
        next_ms=consent.next_ms,
        is_open=consent.is_open,
        linked=consent.linked,
        check_reply=consent.check_reply,
    ),
    Kind(Release, check=register.check, is_open=register.is_open, linked=register.linked),
    Kind(Unit, check=delivery_rules.check_unit, is_open=delivery_rules.unit_is_open),
    Kind(
        Relay,
        check=delivery_rules.check_relay,
        linked=delivery_rules.relay_linked,
    ),
    Kind(Person, check=directory.check_person, is_open=directory.nothing_open),
    Kind(
        Merge,
        check=directory.check_merge,
        is_open=directory.nothing_open,
        linked=directory.merge_refs,
    ),
    Kind(
        Incident,
        check=incidents.check_incident,
        is_open=incidents.incident_is_open,
        linked=incidents.incident_refs,
    ),
    Kind(
        Claim,
        check=incidents.check_claim,
        is_open=incidents.claim_is_open,
        linked=incidents.claim_refs,
    ),
    Kind(
        Objection,
        check=incidents.check_objection,
        found=incidents.found_objection,
        next_ms=incidents.next_objection,
        is_open=incidents.objection_is_open,
        linked=incidents.objection_refs,
    ),
    Kind(
        Communique,
        check=incidents.check_communique,
        is_open=incidents.communique_is_open,
        linked=incidents.communique_refs,
    ),
    Kind(Proposal, check=pacts.check_proposal, next_ms=pacts.proposal_turns, goes_on=True),
    Kind(Signature, check=pacts.check_signature),
    Kind(
        Participation,
        check=pacts.check_participation,
        found=pacts.suspension,
        next_ms=pacts.suspension_turns,
    ),
    Kind(
        Posture,
        check=pacts.check_posture,
        found=pacts.posture_review,
        next_ms=pacts.posture_turns,
        is_open=pacts.posture_open,
        by_rules=True,
    ),
    Kind(
        Handover,
        check=handover.check,
        is_open=handover.is_open,
        linked=handover.linked,
    ),
)

LINKED = 32
"""By so many refs one paper is found again at most."""


def about(paper: Paper) -> tuple[str, ...]:
    """Everything that a paper is about, by its header and by its content, each once, bare."""
    refs = (*paper.about, *KINDS[paper.kind].linked(paper.content))
    return tuple(dict.fromkeys(bare(ref) for ref in refs if ref))[:LINKED]


KINDS: Mapping[str, Kind] = {row.content.KIND: row for row in _ROWS}
