"""The report of adherence made from what this node holds: notices, papers, what it saw itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parley.errors import InputError
from parley.ledger import Entry
from parley.liaison.duties.adherence import (
    EARLY_MS,
    Adherence,
    Begun,
    PartyBegun,
    Requested,
    Sight,
    Source,
    Version,
    begun,
    duty_report,
)
from parley.liaison.duties.contents import NoticeRequest, Obligation
from parley.liaison.incidents.contents import Aspect, Claim
from parley.liaison.papers.record import PaperRecord
from parley.node.codec import statement_from, words_of
from parley.node.desk import Desk
from parley.node.liaison import reading, shelf
from parley.node.liaison.duties import item_of, naming
from parley.rules.findings import Kind
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import (
    Deviation,
    Nonconformance,
    Notice,
    Observation,
    Report,
    Statement,
    WatchRecord,
)
from parley.space import Area, meets

START_TOPICS = ("start", "activity-start")
"""Claims of an act under these topics, about a notice, name when its activity began."""
WATCHED = "watched"


def adherence(desk: Desk, from_ms: int, until_ms: int, *, measured: bool = True) -> Adherence:
    """What was held to in a period (closed). measured: how near what passed came, too, about 1 ms
    for each notice near a place. InputError: the period ends before it begins."""
    if until_ms < from_ms:
        raise InputError("the period ends before it begins", right="from <= until", where="until")
    ground = _Ground.of(desk)
    notices, cancelled = _notices(desk, from_ms, until_ms)
    early = [_begun(desk, ground, record) for record in notices]
    duties = [one for one in reading.every(desk, Obligation.KIND) if not one.paper.withdrawn]
    return Adherence(
        desk.context.party,
        from_ms,
        until_ms,
        desk.now_ms,
        tuple(
            duty_report(desk.agreement, one, notices, early, measured=measured) for one in duties
        ),
        tuple(_by_party(desk, notices, cancelled, early)),
        tuple(_requests(desk, from_ms, until_ms)),
    )


def _notices(desk: Desk, from_ms: int, until_ms: int) -> tuple[list[ItemRecord], list[ItemRecord]]:
    """Notices whose window meets the period, and those of them that were cancelled."""
    found: list[ItemRecord] = []
    cancelled: list[ItemRecord] = []
    for ref, _ in desk.tx.records.scan("item", "notice:"):
        record = item_of(desk, ref)
        notice = record.content if record is not None else None
        if record is None or not isinstance(notice, Notice):
            continue
        if notice.start_ms <= until_ms and notice.end_ms >= from_ms:
            (cancelled if record.state is State.CANCELLED else found).append(record)
    return found, cancelled


def _by_party(
    desk: Desk,
    notices: Iterable[ItemRecord],
    cancelled: Iterable[ItemRecord],
    early: Iterable[Begun],
) -> Iterator[PartyBegun]:
    counts: dict[str, list[int]] = {}
    for place, some in enumerate((notices, cancelled)):
        for record in some:
            counts.setdefault(record.author, [0, 0])[place] += 1
    told = [one for one in early if one.after_the_fact or one.sights]
    for party in (p.id for p in desk.agreement.parties):
        if party in counts:
            kept, dropped = counts[party]
            yield PartyBegun(party, kept, dropped, tuple(one for one in told if one.party == party))


def _requests(desk: Desk, from_ms: int, until_ms: int) -> Iterator[Requested]:
    for record in reading.every(desk, NoticeRequest.KIND):
        if not from_ms <= record.first_ms <= until_ms:
            continue
        said = record.paper.content
        assert isinstance(said, NoticeRequest)
        named = {f"notice:{said.answered_by}"} if said.answered_by else set()
        refs = tuple(sorted(named | set(naming(desk, record))))
        answer = "notice" if refs else "none"
        if not refs and record.paper.withdrawn:
            answer = "withdrawn"
        elif not refs and said.of in record.refused_by:
            answer = record.of(said.of).rung.value
        yield Requested(record, answer, refs)


# When it began ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Ground:
    """What many notices are held against, read once."""

    nonconforming: dict[str, list[Nonconformance]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    seen: dict[str, list[Observation]] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk) -> _Ground:
        made = cls()
        for ref, _ in list(desk.tx.records.scan("item", "nonconformance:")):
            for said in _said(desk, ref):
                if isinstance(said, Nonconformance) and Deviation.EARLY in said.codes:
                    made.nonconforming.setdefault(said.notice, []).append(said)
        for ref, _ in list(desk.tx.records.scan("item", "report:")):
            made.reports.extend(one for one in _said(desk, ref)[:1] if isinstance(one, Report))
        for track, _ in list(desk.tx.records.scan("track")):
            for said in _said(desk, f"track:{track}"):
                if isinstance(said, Observation) and said.owner:
                    made.seen.setdefault(said.owner, []).append(said)
        for some in made.seen.values():
            some.sort(key=lambda one: (one.seen_ms, one.track))
        return made


def _said(desk: Desk, ref: str) -> list[Statement]:
    """Every statement of items and of what we saw that stands in our log about a ref, in the
    order of the log; copies of the same words once."""
    found: dict[bytes, Statement] = {}
    for key, _ in desk.tx.records.scan("entries", f"{ref}|"):
        note = _note(desk, int(key.rpartition("|")[2]))
        if note.startswith(_OF_ITEMS):
            words = words_of(note)
            found.setdefault(words, statement_from(words))
    return list(found.values())


_OF_ITEMS = tuple(
    f"parley/{kind}/v1\n".encode()
    for kind in ("notice", "nonconformance", "report", "observation", "watch-record")
)


def _note(desk: Desk, index: int) -> bytes:
    return Entry.from_leaf(next(iter(desk.tx.log.leaves(index, index + 1)))).note


def _begun(desk: Desk, ground: _Ground, record: ItemRecord) -> Begun:
    notice = record.content
    assert isinstance(notice, Notice)
    versions = [Version(notice.version, notice.header.at_ms, notice.start_ms)]
    if notice.version > 1:
        words = {one.version: one for one in _said(desk, record.ref) if isinstance(one, Notice)}
        words[notice.version] = notice
        versions = [
            Version(number, one.header.at_ms, one.start_ms) for number, one in sorted(words.items())
        ]
    sights = [
        *_announced(ground, notice),
        *_watched(desk, record.ref),
        *_seen(desk, ground, notice),
        *_reported(ground, notice),
        *_claimed(desk, record.ref),
    ]
    return begun(record, versions, sights)


def _announced(ground: _Ground, notice: Notice) -> Iterator[Sight]:
    for said in ground.nonconforming.get(notice.item, ()):
        ref, at_ms = f"nonconformance:{said.item}@{said.version}", said.since_ms
        yield Sight(Source.NONCONFORMANCE, ref, said.header.by, at_ms, at_ms)


def _watched(desk: Desk, ref: str) -> Iterator[Sight]:
    for key, _ in desk.tx.records.scan(WATCHED, f"{ref}|"):
        said = statement_from(words_of(_note(desk, int(key.rpartition("|")[2]))))
        if not isinstance(said, WatchRecord):
            continue
        found = said.watched.finding
        if found.kind is Kind.NONCONFORMANCE and Deviation.EARLY in found.codes:
            at_ms = found.from_ms
            yield Sight(Source.OWN_WATCH, found.refs[-1], said.header.by, at_ms, at_ms)


def _seen(desk: Desk, ground: _Ground, notice: Notice) -> Iterator[Sight]:
    """The author's tracks in a declared volume before it opened: the first sight of each."""
    seen = ground.seen.get(notice.header.by, [])
    first = bisect_left(seen, notice.start_ms - EARLY_MS, key=lambda one: one.seen_ms)
    told: set[str] = set()
    for one in seen[first:]:
        if one.seen_ms >= notice.start_ms:
            break
        if one.track not in told and _in_it(notice, one):
            told.add(one.track)
            by = desk.context.party
            ref = f"track:{one.track}"
            yield Sight(Source.OWN_TRACK, ref, by, one.seen_ms, one.seen_ms)


def _in_it(notice: Notice, seen: Observation) -> bool:
    here = Area.point(seen.position)
    return any(
        (seen.band is None or placed.volume.band.gap_m(seen.band) == 0)
        and meets(placed.volume.area, here)
        for placed in notice.volumes
    )


def _reported(ground: _Ground, notice: Notice) -> Iterator[Sight]:
    """A third party that engaged in a declared area shortly before its window, or in it."""
    for said in ground.reports:
        if notice.start_ms - EARLY_MS <= said.since_ms <= notice.end_ms and any(
            meets(placed.volume.area, said.area) for placed in notice.volumes
        ):
            ref, at_ms = f"report:{said.item}@{said.version}", said.since_ms
            yield Sight(Source.REPORT, ref, said.header.by, at_ms, at_ms)


def _claimed(desk: Desk, ref: str) -> Iterator[Sight]:
    for record in reading.about(desk, ref, Claim.KIND):
        said = record.paper.content
        if (
            isinstance(said, Claim)
            and not record.paper.withdrawn
            and said.aspect is Aspect.ACT
            and said.topic in START_TOPICS
            and said.happened is not None
        ):
            meant = said.happened
            yield Sight(
                Source.CLAIM,
                f"{record.ref}@{record.paper.version}",
                said.claimant,
                meant.from_ms,
                meant.until_ms,
                meant.inferred,
            )
    for record in _requests_of(desk, ref):
        asked = record.paper.content
        if isinstance(asked, NoticeRequest) and asked.began and not record.paper.withdrawn:
            yield Sight(
                Source.REQUEST,
                f"{record.ref}@{record.paper.version}",
                asked.by or asked.source,
                asked.began.from_ms,
                asked.began.until_ms,
                asked.began.inferred,
            )


def _requests_of(desk: Desk, ref: str) -> list[PaperRecord]:
    """Requests that a notice answers, by its text or by theirs."""
    found = {record.ref: record for record in reading.about(desk, ref, NoticeRequest.KIND)}
    for name in (desk.tx.records.get("names", ref) or b"").decode().split():
        record = shelf.load(desk, name)
        if record is not None:
            found[name] = record
    return [found[name] for name in sorted(found)]
