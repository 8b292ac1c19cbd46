"""Amendments at a node: what a proposal must say, how its signing stands, when it is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.errors import InputError, ParleyError, ProtocolError
from parley.liaison.pacts.contents import Participation, Proposal, Signature, Stance
from parley.liaison.pacts.signing import Candidate, Signing, Vote, mark, signing
from parley.liaison.papers.record import PaperRecord
from parley.node import agreements, standing
from parley.node.desk import Desk
from parley.node.liaison.papercodec import paper_from
from parley.node.liaison.shelf import need
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.wire.agreement import agreement_digest, parse_agreement

CONTESTED = frozenset({Kind.AMENDMENT_CONTESTED})
STANDING = 8
"""So many proposals that follow one agreement one party may have, withdrawn ones apart."""
EVER = 64
"""The same with withdrawn ones: each is looked at whenever another is signed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal as its signing stands. state: "open", "agreed" (all signed, its day has not
    come), "in-force", "crossed", "lapsed", "outdated" (another one follows its base), "withdrawn".
    """

    ref: str
    by: str
    base: str
    digest: str
    title: str
    from_ms: int
    sign_by_ms: int
    state: str
    round: int
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stanced:
    """What a party says of its own participation. used_ms: when it or anybody last said anything
    on the line or gave a notice behind that, -1 if nobody did."""

    party: str
    stance: str
    since_ms: int
    keeps_line: bool
    why: str


def proposed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a proposal: what it says must follow from what it names as its base."""
    content = record.paper.content
    assert isinstance(content, Proposal)
    if before is None:
        _follows(desk, content, record.author)
        _bounded(desk, content.base, record)
        desk.tx.records.put("pact-of", f"{content.base}|{record.ref}", content.digest.encode())
        desk.tx.records.put("pact-text", content.digest, content.text.encode())
    reconsider(desk, content.base)


def signed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Behind a signature: it counts for what follows its base."""
    content = record.paper.content
    assert isinstance(content, Signature)
    vote = f"{content.base}|{content.round:06d}|{record.author}"
    said = f"{mark(content.digest, content.proposal)}|{record.paper.header.at_ms}"
    desk.tx.records.put("pact-vote", vote, said.encode())
    reconsider(desk, content.base)


def turned(desk: Desk, record: PaperRecord) -> None:
    """The day of a proposal has come, or it can be signed no more."""
    content = record.paper.content
    assert isinstance(content, Proposal)
    reconsider(desk, content.base)


def reconsider(desk: Desk, base: str) -> None:
    """What follows ``base`` now: findings about proposals that crossed, and what is in force."""
    if base != desk.agreement_ref:
        _contested(desk, base, [])
        return
    stands = signing_of(desk, base)
    offers = _proposals(desk, base)
    if not stands.agreed:
        _contested(desk, base, stands.crossed if stands.round > 1 else _open(desk, offers))
        return
    chosen = next(r for r in offers if _mark(r) == stands.agreed)
    _contested(desk, base, [])
    if _content(chosen).from_ms <= desk.now_ms:
        _enforce(desk, chosen, max(vote.at_ms for vote in _votes(desk, base)))


def signing_of(desk: Desk, base: str) -> Signing:
    """How the signing of what follows ``base`` stands."""
    votes = _votes(desk, base)
    signed = {vote.digest for vote in votes}
    candidates = [
        Candidate(_mark(r), r.ref, _content(r).sign_by_ms)
        for r in _proposals(desk, base)
        if not r.paper.withdrawn or _mark(r) in signed
    ]
    signatories = desk.agreement_of(base).signatories
    return signing(signatories, candidates, votes, desk.now_ms)


def _votes(desk: Desk, base: str) -> list[Vote]:
    return [_vote(key, data) for key, data in desk.tx.records.scan("pact-vote", f"{base}|")]


def _vote(key: str, data: bytes) -> Vote:
    _, number, party = key.split("|")
    said, _, at_ms = data.decode().rpartition("|")
    return Vote(party, int(number), said, int(at_ms))


def _mark(record: PaperRecord) -> str:
    return mark(_content(record).digest, record.ref)


def _bounded(desk: Desk, base: str, record: PaperRecord) -> None:
    """ProtocolError for more proposals of one party than can be looked at together."""
    theirs = [r for r in _proposals(desk, base) if r.author == record.author]
    standing_now = sum(1 for r in theirs if not r.paper.withdrawn)
    if standing_now >= STANDING or len(theirs) >= EVER:
        raise ProtocolError(
            f"{record.ref} is one more than {min(len(theirs), STANDING)} proposals of"
            f" {record.author} that follow one agreement",
            right="withdraw one that nobody will sign",
            at_fault=f"party {record.author}",
        )


def offers(desk: Desk) -> tuple[Offer, ...]:
    """Every proposal, in the order of what it follows and of its ref."""
    found = []
    for key, _ in list(desk.tx.records.scan("pact-of")):
        base, ref = key.split("|")
        record = need(desk, ref)
        stands = signing_of(desk, base)
        found.append(_offer(desk, record, base, stands))
    return tuple(found)


def _offer(desk: Desk, record: PaperRecord, base: str, stands: Signing) -> Offer:
    content = _content(record)
    signed_by = tuple(party for party, said in stands.signed if said == _mark(record))
    signatories = desk.agreement_of(base).signatories
    return Offer(
        record.ref,
        record.author,
        base,
        content.digest,
        content.title,
        content.from_ms,
        content.sign_by_ms,
        _state(desk, record, base, stands),
        stands.round,
        signed_by,
        tuple(p for p in signatories if p not in signed_by),
    )


def _state(desk: Desk, record: PaperRecord, base: str, stands: Signing) -> str:
    content = _content(record)
    past = [ref for _, ref, _ in agreements.history(desk.tx)]
    if record.ref in past:
        return "in-force" if past[-1] == record.ref else "followed"
    if base != desk.agreement_ref:
        return "outdated"
    if stands.agreed:
        return "agreed" if stands.agreed == _mark(record) else "outdated"
    if _mark(record) in stands.candidates:
        return "open"
    if record.paper.withdrawn:
        return "withdrawn"
    return "lapsed" if content.sign_by_ms < desk.now_ms else "crossed"


def stances(desk: Desk) -> tuple[Stanced, ...]:
    """What each signatory says of its participation, in the agreement's order."""
    found = []
    for party in desk.agreement.signatories:
        data = desk.tx.records.get("paper-words", f"participation:{party}-participation")
        content = paper_from(data).content if data is not None else None
        if not isinstance(content, Participation) or content.from_ms > desk.now_ms:
            found.append(Stanced(party, Stance.TAKING_PART.value, -1, True, ""))
        else:
            found.append(
                Stanced(
                    party, content.stance.value, content.from_ms, content.keeps_line, content.why
                )
            )
    return tuple(found)


def needs_signature(desk: Desk, ref: str) -> tuple[Proposal, int]:
    """The proposal that we could sign now, and the round. InputError: why we cannot."""
    record = need(desk, ref)
    content = _content(record)
    if content.base != desk.agreement_ref:
        raise InputError(
            f"{ref} follows an agreement that is not in force", right="a proposal on today's"
        )
    stands = signing_of(desk, content.base)
    if _mark(record) not in stands.candidates:
        open_now = ", ".join(d[:12] for d in stands.candidates) or "none"
        raise InputError(
            f"{ref} ({content.digest[:12]}) cannot be signed in round {stands.round}",
            right=f"one of the candidates of the round: {open_now}",
        )
    if desk.context.party in dict(stands.signed):
        raise InputError(f"we signed in round {stands.round} already", right="one a round")
    return content, stands.round


def _open(desk: Desk, offers: Sequence[PaperRecord]) -> list[str]:
    """Proposals that could still be signed, if there are two or more."""
    still = sorted(
        {
            _mark(r)
            for r in offers
            if not r.paper.withdrawn and _content(r).sign_by_ms >= desk.now_ms
        }
    )
    return still if len(still) > 1 else []


def _contested(desk: Desk, base: str, marks: Sequence[str]) -> None:
    """Each pair of proposals that stand against each other, as a finding about both."""
    records = [r for r in _proposals(desk, base) if _mark(r) in marks]
    pairs = [(a, b) for i, a in enumerate(records) for b in records[i + 1 :]]
    found = [_pair(a, b) for a, b in pairs]
    for record in _proposals(desk, base):
        about = [f for f in found if record.ref in {ref.partition("@")[0] for ref in f.refs}]
        standing.replace(desk, record.ref, CONTESTED, about)


def _pair(a: PaperRecord, b: PaperRecord) -> Finding:
    start = max(a.first_ms, b.first_ms)
    until = max(_content(a).sign_by_ms, _content(b).sign_by_ms, start)
    return finding(
        Kind.AMENDMENT_CONTESTED,
        Level.WARNING,
        (f"{a.ref}@1", f"{b.ref}@1"),
        parties=(a.author, b.author, *a.paper.header.to),
        window_ms=(start, until),
    )


def _follows(desk: Desk, content: Proposal, by: str) -> None:
    """ProtocolError: text that is no agreement, another digest, an unknown base, what an amendment
    may not change (see docs/decisions/0006)."""
    at_fault = f"party {by}"
    try:
        text = parse_agreement(content.text.encode(), "the proposal")
    except ParleyError as error:
        raise ProtocolError(
            f"the text of the proposal is no agreement: {error.what}",
            right=error.right,
            where=error.where,
            at_fault=at_fault,
        ) from None
    if agreement_digest(text) != content.digest:
        raise ProtocolError(
            f"the proposal says digest {content.digest}",
            right=agreement_digest(text),
            at_fault=at_fault,
        )
    if not desk.knows_agreement(content.base):
        raise ProtocolError(
            f"the proposal follows agreement {content.base}, which was never in force here",
            right=desk.agreement_ref,
            at_fault=at_fault,
        )
    wrong = unchangeable(desk.agreement_of(content.base), text)
    if wrong:
        raise ProtocolError(wrong[0], right=wrong[1], at_fault=at_fault)


def unchangeable(base: Agreement, text: Agreement) -> tuple[str, str] | None:
    """What an amendment changes and may not, and what would be right; None if it may."""
    if text.id != base.id or text.version != base.version + 1:
        return (
            f"the amendment is version {text.version} of {text.id!r}",
            f"version {base.version + 1} of {base.id!r}",
        )
    who = [(p.id, p.observer) for p in base.parties]
    if [(p.id, p.observer) for p in text.parties] != who:
        return ("the amendment changes who the parties are", "a new agreement, begun by all")
    for kind, before, after in (
        ("class", [c.id for c in base.classes], {c.id for c in text.classes}),
        ("third party", [t.id for t in base.third_parties], {t.id for t in text.third_parties}),
        ("named area", [a.id for a in base.named_areas], {a.id for a in text.named_areas}),
    ):
        gone = [one for one in before if one not in after]
        if gone:
            return (
                f"the amendment leaves out {kind} {gone[0]!r}, which statements may name",
                f"every {kind} of version {base.version}, changed or not",
            )
    roles = {p.id: set(p.roles) for p in text.parties}
    for party in base.parties:
        lost = sorted(set(party.roles) - roles[party.id])
        if lost:
            return (f"the amendment takes role {lost[0]!r} from {party.id}", "every role it had")
    return None


def _enforce(desk: Desk, record: PaperRecord, signed_ms: int) -> None:
    """From here on this agreement rules; everything is judged anew at the next tick. signed_ms:
    when the last signature was given, by its signer's clock."""
    content = _content(record)
    number = len(agreements.history(desk.tx)) + 1
    row = f"{content.digest}|{record.ref}|{max(content.from_ms, signed_ms)}"
    desk.tx.records.put("pact", f"{number:06d}", row.encode())
    desk.amend(content.digest)
    desk.event(
        "agreement",
        {"digest": content.digest, "proposal": record.ref, "version": desk.agreement.version},
    )


def _proposals(desk: Desk, base: str) -> list[PaperRecord]:
    keys = [key for key, _ in desk.tx.records.scan("pact-of", f"{base}|")]
    return [need(desk, key.partition("|")[2]) for key in keys]


def _content(record: PaperRecord) -> Proposal:
    content = record.paper.content
    assert isinstance(content, Proposal)
    return content
