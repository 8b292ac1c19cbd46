"""Obligations held against notices, and requests for a notice against those that name them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from parley.liaison.duties.checks import judge, place_of
from parley.liaison.duties.contents import CheckOf, NoticeRequest, Obligation
from parley.liaison.duties.rules import not_met, obligation_is_open, requested
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import MAX_MS
from parley.node import standing
from parley.node.codec import record_from
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.node.ports import Layer
from parley.rules import assess, item
from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, bare
from parley.rules.item import ItemRecord
from parley.rules.placed import ANY_HEIGHT
from parley.rules.statements import Notice
from parley.space import Box, Span, Volume

NAMES = re.compile(r"notice-request:[a-z0-9][a-z0-9._-]{0,63}")
MOST_NAMED = 8
"""So many requests are found in the text of one notice at most."""
_NOT_MET = frozenset({Kind.OBLIGATION_NOT_MET})
_REQUESTED = frozenset({Kind.NOTICE_REQUESTED})


def item_of(desk: Desk, ref: str) -> ItemRecord | None:
    """The record of an item, or None."""
    data = desk.tx.records.get("item", ref)
    words = desk.tx.records.get("content", ref) if data is not None else None
    if data is None or words is None:
        return None
    return record_from(data, desk.memo.content(words))


def opened(desk: Desk, kind: str) -> Iterator[PaperRecord]:
    """The open papers of a kind, in the order of their refs."""
    refs = sorted(ref.decode() for _, ref in desk.tx.records.scan("paper-open", f"{kind}|"))
    return (shelf.need(desk, ref) for ref in refs)


def found(desk: Desk, record: ItemRecord) -> list[tuple[str, Finding]]:
    """Every obligation that an open notice does not pass, each with its ref."""
    notice = record.content
    if not isinstance(notice, Notice) or record.closed:
        return []
    until_ms = assess.until_ms(desk.agreement, notice)
    some = []
    for one in opened(desk, Obligation.KIND):
        said = one.paper.content
        assert isinstance(said, Obligation)
        failed = not_met(one, notice, judge(desk.agreement, said, notice), until_ms)
        if failed is not None:
            some.append((one.ref, failed))
    return some


def touched(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> set[str]:
    """Refs of the notices that a changed obligation may concern: those near its places, as the
    index has them, and those about which it stands; () if nothing that matters changed."""
    if before is not None and _matters(before) == _matters(record):
        return set()
    refs = {bare(one.refs[0]) for one in standing.about(desk, record.ref, _NOT_MET)}
    if not obligation_is_open(record):
        return refs
    said = record.paper.content
    assert isinstance(said, Obligation)
    for row in desk.tx.volumes.near(Layer.DECLARED, _boxes(desk.agreement, said)):
        if row.party in said.binds:
            refs.add(row.ref)
    if any(check.of is CheckOf.NOT_ACROSS for check in said.checks):
        refs |= _of_several(desk, said)
    return refs


def _of_several(desk: Desk, said: Obligation) -> set[str]:
    """Notices of several volumes: they may lie on both sides of a line and far from it."""
    south, west, span = -900_000_000, -1_800_000_000, _span(said)
    heights = (ANY_HEIGHT.floor.cm, ANY_HEIGHT.ceiling.cm)
    world = Box(south, -south, west, -west, *heights, span.start_ms, span.end_ms)
    rows = desk.tx.volumes.near(Layer.DECLARED, [world])
    count = Counter(row.ref for row in rows if row.party in said.binds)
    return {ref for ref, volumes in count.items() if volumes > 1}


def _matters(record: PaperRecord) -> tuple[object, ...]:
    return (record.paper.version, record.paper.withdrawn, record.accepted_by)


def _span(said: Obligation) -> Span:
    return Span(0, MAX_MS) if said.valid is None else Span(said.valid.from_ms, said.valid.until_ms)


def _boxes(agreement: Agreement, said: Obligation) -> list[Box]:
    """Where and when a notice is near a place of a check."""
    boxes: list[Box] = []
    for check in said.checks:
        place = place_of(agreement, said, check.place)
        if place is not None:
            volume = Volume(place, ANY_HEIGHT, _span(said))
            boxes.extend(volume.boxes(horizontal_m=check.margin_m))
    return boxes


# Requests for a notice -------------------------------------------------------------------------


def named_in(desk: Desk, record: ItemRecord) -> set[str]:
    """Keep which requests a notice names in its text; those that it names or named before."""
    notice = record.content
    if not isinstance(notice, Notice):
        return set()
    records, ref = desk.tx.records, record.ref
    held = records.get("names", ref)
    was = set((held or b"").decode().split())
    now = set(sorted({name.rstrip(".-_") for name in NAMES.findall(notice.text)})[:MOST_NAMED])
    if was == now:
        return set()
    for gone in was - now:
        records.delete("named-by", f"{gone}|{ref}")
    for new in now - was:
        records.put("named-by", f"{new}|{ref}", b"")
    if now:
        records.put("names", ref, " ".join(sorted(now)).encode())
    else:
        records.delete("names", ref)
    return was | now


def naming(desk: Desk, request: PaperRecord) -> list[str]:
    """Refs of the asked party's notices that name the request."""
    said = request.paper.content
    assert isinstance(said, NoticeRequest)
    rows = desk.tx.records.scan("named-by", f"{request.ref}|")
    refs = [key.partition("|")[2] for key, _ in rows]
    ids = ((ref, ref.partition(":")[2]) for ref in refs)
    return [ref for ref, name in ids if item.owner_of(desk.agreement, name) == said.of]


def ask(desk: Desk, record: PaperRecord, before: PaperRecord | None = None) -> None:
    """What stands about a request as of now."""
    one = requested(desk.agreement, record, naming(desk, record), desk.now_ms)
    standing.replace(desk, record.ref, _REQUESTED, [] if one is None else [one])


def turned(desk: Desk, record: PaperRecord) -> None:
    """Its deadline has come."""
    ask(desk, record)


def ask_again(desk: Desk, refs: Iterable[str]) -> None:
    """The same for those of these requests that are held here."""
    for ref in sorted(refs):
        record = shelf.load(desk, ref)
        if record is not None:
            ask(desk, record)
