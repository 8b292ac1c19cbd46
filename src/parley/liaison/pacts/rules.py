"""What a proposal, a signature, a participation and a posture must be by themselves, and what
follows from each alone."""

from __future__ import annotations

from parley.errors import ProtocolError
from parley.liaison.pacts.contents import Participation, Posture, Proposal, Signature, Stance
from parley.liaison.pacts.signing import MAX_ROUNDS
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding

FOR_EVER_MS = 253_402_300_799_999


def signature_id(party: str, base: str, number: int) -> str:
    """The id of the one signature that a party can give in a round. Two of them with different
    words are two words of one version: an exhibit against whoever signed both."""
    return f"{party}-sign-{base[:16]}-{number}"


def participation_id(party: str) -> str:
    """The id of the one paper in which a party says whether it takes part, version by version."""
    return f"{party}-participation"


def check_proposal(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """A proposal goes to every other party, and its words are not changed: another is made."""
    content = _proposal(paper.content)
    by = paper.header.by
    _to_all(agreement, paper)
    if before is not None and not paper.withdrawn and before.paper.content != content:
        raise _refused(by, f"{paper.ref} is amended", "another proposal: this one may be signed")
    if content.sign_by_ms < paper.header.at_ms and before is None:
        raise _refused(by, f"{paper.ref} is to be signed before it is made", "a later sign_by")


def check_signature(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """One a round, by a signatory, to every other party, and never taken back."""
    content = paper.content
    assert isinstance(content, Signature)
    by = paper.header.by
    expected = signature_id(by, content.base, content.round)
    if before is not None:
        raise _refused(by, f"{paper.ref} is changed", "a signature stands as it was given")
    if paper.item != expected:
        raise _refused(by, f"a signature under the id {paper.item!r}", expected)
    if by not in agreement.signatories:
        raise _refused(by, f"{by} signs, who is an observer", "a signatory's signature")
    if content.round > MAX_ROUNDS:
        raise _refused(by, f"{paper.ref} is for round {content.round}", f"1 to {MAX_ROUNDS}")
    _to_all(agreement, paper)


def check_participation(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """In one paper a party, to every other party; it is amended and not withdrawn."""
    by = paper.header.by
    if paper.item != participation_id(by):
        raise _refused(by, f"a participation under the id {paper.item!r}", participation_id(by))
    if paper.withdrawn:
        raise _refused(by, f"{paper.ref} is withdrawn", "new words: taking part, or suspended")
    _to_all(agreement, paper)


def suspension(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """A suspension stands from its instant until its author takes part again."""
    paper = record.paper
    content = paper.content
    assert isinstance(content, Participation)
    if content.stance is not Stance.SUSPENDED or now_ms < content.from_ms:
        return []
    return [
        finding(
            Kind.SUSPENDED,
            Level.WARNING,
            (f"{record.ref}@{paper.version}",),
            parties=(record.author, *paper.header.to),
            window_ms=(content.from_ms, FOR_EVER_MS),
            codes=(f"by:{record.author}", *(("line-kept",) if content.keeps_line else ())),
        )
    ]


def suspension_turns(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """When a suspension begins."""
    content = record.paper.content
    assert isinstance(content, Participation)
    return content.from_ms if content.from_ms > now_ms else None


def proposal_turns(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    """When a proposal may come into force, and when it can be signed no more."""
    content = _proposal(record.paper.content)
    later = [ms for ms in (content.from_ms, content.sign_by_ms + 1) if ms > now_ms]
    return min(later, default=None)


def check_posture(agreement: Agreement, paper: Paper, before: PaperRecord | None) -> None:
    """Of a third party of the agreement; a later version has a higher number."""
    content = paper.content
    assert isinstance(content, Posture)
    by = paper.header.by
    known = [third.id for third in agreement.third_parties]
    if content.third_party not in known:
        raise _refused(
            by, f"a posture of {content.third_party!r}, who is no third party", ", ".join(known)
        )
    was = before.paper.content if before is not None else None
    if isinstance(was, Posture) and (
        was.third_party != content.third_party or content.version < was.version
    ):
        raise _refused(
            by,
            f"version {content.version} of {content.third_party} behind {was.version} of"
            f" {was.third_party}",
            "the same third party, a version that is not lower",
        )


def posture_review(agreement: Agreement, record: PaperRecord, now_ms: int) -> list[Finding]:
    """A posture that nobody reviewed: until its author says what a review found, or the agreement
    holds its version of the third party."""
    content = record.paper.content
    assert isinstance(content, Posture)
    if content.reviewed or not _newer(agreement, content):
        return []
    overdue = -1 < content.review_by_ms < now_ms
    return [
        finding(
            Kind.POSTURE_REVIEW,
            Level.WARNING if overdue else Level.ADVISORY,
            (f"{record.ref}@{record.paper.version}",),
            parties=(record.author, *record.paper.header.to),
            window_ms=(record.first_ms, FOR_EVER_MS),
            codes=(content.third_party, *(("overdue",) if overdue else ())),
        )
    ]


def posture_turns(agreement: Agreement, record: PaperRecord, now_ms: int) -> int | None:
    content = record.paper.content
    assert isinstance(content, Posture)
    due_ms = content.review_by_ms + 1
    return due_ms if due_ms > now_ms and content.review_by_ms >= 0 else None


def posture_open(record: PaperRecord) -> bool:
    content = record.paper.content
    return isinstance(content, Posture) and not content.reviewed


def _newer(agreement: Agreement, content: Posture) -> bool:
    return any(
        third.id == content.third_party and third.version < content.version
        for third in agreement.third_parties
    )


def _proposal(content: Content) -> Proposal:
    assert isinstance(content, Proposal)
    return content


def _to_all(agreement: Agreement, paper: Paper) -> None:
    by = paper.header.by
    others = tuple(sorted(p.id for p in agreement.parties if p.id != by))
    if paper.header.to != others:
        raise _refused(
            by,
            f"{paper.ref} goes to {', '.join(paper.header.to) or 'nobody'}",
            f"every other party: {', '.join(others)}",
        )


def _refused(by: str, what: str, right: str) -> ProtocolError:
    return ProtocolError(what, right=right, at_fault=f"party {by}")
