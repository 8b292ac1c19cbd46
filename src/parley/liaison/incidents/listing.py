"""What is agreed about an incident and what is disputed: one list, the same from the same papers.

An entry for each topic and aspect. Only structure counts: who holds which claim (his own words,
or what he accepted), what cannot both be (``comparing``), who objected. Prose is shown, never
read. Nobody is believed more than another, and no party's name decides an order but the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from parley.liaison.incidents.comparing import Apart, Compared, apart, compare
from parley.liaison.incidents.contents import (
    Aspect,
    Claim,
    Incident,
    Objection,
    ObjectionState,
)
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.liaison.releases.marking import most_closed
from parley.rules.agreement import Agreement
from parley.rules.findings import bare


class Standing(StrEnum):
    """How a topic stands, the most settled first."""

    AGREED = "agreed"  # all concerned hold one and the same claim
    COMPATIBLE = "compatible"  # what they claim may all be so
    DISPUTED = "disputed"  # claims cannot both be, or one was objected to
    SIDE_BY_SIDE = "side-by-side"  # several spoke, and nothing can be held against each other
    SINGLE_SIDED = "single-sided"  # one spoke
    WITHDRAWN = "withdrawn"  # nothing stands any more


_ORDER = list(Standing)


@dataclass(frozen=True, slots=True)
class ClaimPast:
    """A claim with what went before: earlier versions of the same paper, oldest first, and the
    refs of claims that took its place."""

    record: PaperRecord
    past: tuple[Paper, ...] = ()
    superseded_by: tuple[str, ...] = ()

    @property
    def claim(self) -> Claim:
        content = self.record.paper.content
        assert isinstance(content, Claim)
        return content


@dataclass(frozen=True, slots=True)
class Listed:
    """One claim of an entry. state: "stands", "changed" (its claimant made another of it) or
    "withdrawn". held_by: parties whose word it is, or who accepted it; quoted: its author is not
    its claimant."""

    ref: str
    version: int
    author: str
    said_ms: int
    claim: Claim
    state: str
    quoted: bool
    held_by: tuple[str, ...]
    refused_by: tuple[str, ...]
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two claims that cannot both be. own: they are of one claimant."""

    a: str
    b: str
    own: bool
    compared: Compared


@dataclass(frozen=True, slots=True)
class Distance:
    """Two claimed places, and how fast it takes to be at both."""

    a: str
    b: str
    apart: Apart


@dataclass(frozen=True, slots=True)
class Changed:
    """A claimant said one thing and then another; from_ref, to_ref with their versions.
    against: in which members the two cannot both be."""

    claimant: str
    from_ref: str
    to_ref: str
    at_ms: int
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One topic under one aspect. refs: items, tracks and entries that its claims are about."""

    topic: str
    aspect: Aspect
    standing: Standing
    claims: tuple[Listed, ...]
    contradictions: tuple[Pair, ...] = ()
    distances: tuple[Distance, ...] = ()
    changes: tuple[Changed, ...] = ()
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of one incident. reports: the first, then those that join it; concerned:
    signatories that it concerns; marking: the most closed of all papers in it, its authors among
    its readers; entries: the most settled first."""

    incident: str
    title: str
    reports: tuple[str, ...]
    concerned: tuple[str, ...]
    marking: Marking
    entries: tuple[Entry, ...]
    refs: tuple[str, ...] = ()

    def standing(self, standing: Standing) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.standing is standing)


@dataclass(frozen=True, slots=True)
class _Case:
    concerned: tuple[str, ...]
    objections: dict[str, list[str]] = field(default_factory=dict)


def listing(
    agreement: Agreement,
    reports: Sequence[PaperRecord],
    claims: Iterable[ClaimPast],
    objections: Iterable[PaperRecord],
) -> Listing:
    """The list of an incident. reports: its papers, the one that others join first; claims: all
    that name one of them; objections: papers of that kind, to whatever."""
    case = _Case(concerned(agreement, reports))
    for paper in objections:
        content = paper.paper.content
        assert isinstance(content, Objection)
        if not paper.paper.withdrawn and content.state in _STANDING:
            case.objections.setdefault(bare(content.to), []).append(paper.ref)
    topics: dict[tuple[str, Aspect], list[ClaimPast]] = {}
    for one in claims:
        topics.setdefault((one.claim.topic, one.claim.aspect), []).append(one)
    entries = [_entry(case, *key, some) for key, some in topics.items()]
    entries.sort(key=lambda e: (_ORDER.index(e.standing), e.topic, e.aspect))
    first = reports[0].paper.content
    assert isinstance(first, Incident)
    return Listing(
        reports[0].ref,
        first.title,
        tuple(report.ref for report in reports),
        case.concerned,
        _marking([*reports, *(one.record for some in topics.values() for one in some)]),
        tuple(entries),
        tuple(sorted({ref for report in reports for ref in _incident(report).refs})),
    )


def _marking(records: Iterable[PaperRecord]) -> Marking:
    """An author may read his own words, whomever they are marked for."""
    return most_closed(
        replace(marking, rel_to=tuple(sorted({*marking.rel_to, record.author})))
        if (marking := record.paper.marking).rel_to
        else marking
        for record in records
    )


_STANDING = frozenset({ObjectionState.OPEN, ObjectionState.ANSWERED})


def concerned(agreement: Agreement, reports: Sequence[PaperRecord]) -> tuple[str, ...]:
    """The signatories that an incident concerns, by any of its reports, sorted; where none names
    a party, those who wrote the first or were addressed by it."""
    signatories = {party.id for party in agreement.parties if not party.observer}
    named = {party for report in reports for party in _incident(report).parties} & signatories
    told = {reports[0].author, *reports[0].paper.header.to}
    return tuple(sorted(named or told & signatories))


def _incident(report: PaperRecord) -> Incident:
    content = report.paper.content
    assert isinstance(content, Incident)
    return content


def _entry(case: _Case, topic: str, aspect: Aspect, claims: list[ClaimPast]) -> Entry:
    claims.sort(key=lambda one: (one.claim.source.said.from_ms, one.record.first_ms, _tie(one)))
    listed = [_listed(case, one) for one in claims]
    standing_now = [one for one in listed if one.state == "stands"]
    pairs = list(_pairs(standing_now))
    return Entry(
        topic,
        aspect,
        _standing(case, standing_now, pairs),
        tuple(listed),
        tuple(pairs),
        tuple(_distances(standing_now)),
        tuple(_changes(claims)),
        tuple(sorted({ref for one in claims for ref in one.claim.refs})),
    )


def _tie(one: ClaimPast) -> tuple[str, str]:
    """What is left where two claims were said and made at one instant: the words, then the ref."""
    return one.claim.text, one.record.ref


def _listed(case: _Case, one: ClaimPast) -> Listed:
    record, claim = one.record, one.claim
    state = "stands"
    if one.superseded_by:
        state = "changed"
    if record.paper.withdrawn:
        state = "withdrawn"
    holders = set(record.accepted_by)
    if claim.claimant == record.author:
        holders.add(record.author)
    return Listed(
        record.ref,
        record.paper.version,
        record.author,
        record.first_ms,
        claim,
        state,
        claim.claimant != record.author,
        tuple(sorted(holders & set(case.concerned))),
        tuple(sorted(set(record.refused_by) & set(case.concerned))),
        tuple(sorted(case.objections.get(record.ref, ()))),
    )


def _standing(case: _Case, claims: Sequence[Listed], pairs: Sequence[Pair]) -> Standing:
    if not claims:
        return Standing.WITHDRAWN
    held = {one.ref for one in claims if one.held_by}
    if any(one.refused_by or one.objections for one in claims):
        return Standing.DISPUTED
    if any({pair.a, pair.b} <= held for pair in pairs):
        return Standing.DISPUTED
    if case.concerned and any(one.held_by == case.concerned for one in claims):
        return Standing.AGREED
    if pairs:
        return Standing.DISPUTED
    if len({one.claim.claimant for one in claims}) < 2:
        return Standing.SINGLE_SIDED
    comparable = all(
        compare(a.claim, b.claim).held
        for n, a in enumerate(claims)
        for b in claims[n + 1 :]
        if a.claim.claimant != b.claim.claimant
    )
    return Standing.COMPATIBLE if comparable else Standing.SIDE_BY_SIDE


def _pairs(claims: Sequence[Listed]) -> Iterable[Pair]:
    for a, b in _couples(claims):
        found = compare(a.claim, b.claim)
        if found.against:
            yield Pair(a.ref, b.ref, a.claim.claimant == b.claim.claimant, found)


def _distances(claims: Sequence[Listed]) -> Iterable[Distance]:
    for a, b in _couples(claims):
        found = apart(a.claim, b.claim)
        if found is not None:
            yield Distance(a.ref, b.ref, found)


def _couples(claims: Sequence[Listed]) -> Iterable[tuple[Listed, Listed]]:
    return ((a, b) for n, a in enumerate(claims) for b in claims[n + 1 :])


def _changes(claims: Sequence[ClaimPast]) -> Iterable[Changed]:
    """Versions of one paper, then claims that took the place of another."""
    known = {one.record.ref: one for one in claims}
    for one in claims:
        versions = [paper for paper in one.past if not paper.withdrawn]
        for was, now in pairwise(versions):
            if was.content != now.content:
                yield _changed(one, was, now)
        for ref in one.superseded_by:
            if ref in known:
                newer = known[ref]
                yield _changed(one, one.record.paper, (newer.past or (newer.record.paper,))[0])


def _changed(one: ClaimPast, was: Paper, now: Paper) -> Changed:
    assert isinstance(was.content, Claim)
    assert isinstance(now.content, Claim)
    return Changed(
        one.claim.claimant,
        f"{was.ref}@{was.version}",
        f"{now.ref}@{now.version}",
        now.header.at_ms,
        compare(was.content, now.content).against,
    )


Held = Callable[[PaperRecord], bool]


def held_by_all(parties: Iterable[str]) -> Held:
    """Whether each of these parties wrote a paper or was addressed by it: then all of them hold
    the same words, and make the same list of them."""
    everybody = frozenset(parties)
    return lambda record: everybody <= {record.author, *record.paper.header.to}
