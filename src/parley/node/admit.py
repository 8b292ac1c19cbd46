"""Admitting a statement: fold it into its item's record, index its volumes, find what follows.

The same code for what we post and for what we receive: one rulebook for us and for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from parley.errors import InputError, ProtocolError
from parley.node import early, emergency, itemlists, pairs, standing
from parley.node.codec import record_bytes, record_from, words_of
from parley.node.desk import Desk
from parley.node.liaison import follow
from parley.node.ports import Layer, Row
from parley.rules import assess, item
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.hazard import (
    declared_rows,
    hazard_rows,
    nonconformance_rows,
    report_rows,
)
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Answer,
    Distress,
    Item,
    ItemEvent,
    Nonconformance,
    Notice,
    Report,
    Use,
)
from parley.space import Span, Volume

CHANGES = "items"
"""The counter of new words and closed items."""
OPEN = b"open"
"""What stands in the calendar beside the next instant of an item that is not closed."""


def load(desk: Desk, ref: str) -> ItemRecord | None:
    """The record of an item, or None."""
    data = desk.tx.records.get("item", ref)
    words = desk.tx.records.get("content", ref) if data is not None else None
    if words is None or data is None:
        return None
    return record_from(data, desk.memo.content(words))


def need(desk: Desk, ref: str) -> ItemRecord:
    """The record of an item; InputError if there is none."""
    record = load(desk, ref)
    if record is None:
        raise InputError(
            f"there is no item {ref!r} here",
            right=f"a ref such as {', '.join(f'{kind}:<item>' for kind in item.KINDS)}",
        )
    return record


def find(desk: Desk, item_id: str) -> ItemRecord | None:
    """The item with this id, of whatever kind, or None."""
    ref = desk.tx.records.get("id", item_id)
    return load(desk, ref.decode()) if ref is not None else None


def find_by_item(desk: Desk, item_id: str, by: str) -> ItemRecord:
    """The item with this id, of whatever kind; ProtocolError blames ``by`` if there is none."""
    record = find(desk, item_id)
    if record is None:
        raise ProtocolError(
            f"a statement about {item_id!r}, which was never posted here",
            right="the item first, then what is said about it",
            at_fault=f"party {by}",
        )
    return record


def admit_item(
    desk: Desk, content: Item, note: bytes, *, received_ms: int | None = None
) -> ItemRecord:
    """A new item, or a new version of one. ``note``: as signed; ``received_ms``: when our machine
    got it from a peer. No two items have one id: who answers one has not answered another."""
    ref = f"{item.kind_of(content)}:{content.item}"
    before = find(desk, content.item)
    taken = desk.tx.records.get("id", content.item)
    if before is None and taken is not None:
        raise ProtocolError(
            f"{content.item!r} is the id of {taken.decode()} already",
            right="an id for each item",
            at_fault=f"party {content.header.by}",
        )
    if before is None:
        _own_name(desk, content)
        record = item.open_item(desk.agreement, content)
    elif before.ref != ref:
        raise ProtocolError(
            f"{content.item!r} is the id of {before.ref} already",
            right="an id for each item",
            at_fault=f"party {content.header.by}",
        )
    else:
        record = item.amend(desk.agreement, before, content)
    if received_ms is not None:
        ours = desk.context.party
        record = item.apply_receipt(record, ours, content.version, received_ms)
    declared, hazards = rows_of(desk, content)
    placed = assess.is_placed(desk.agreement, record, desk.now_ms)
    if before is not None:
        desk.tx.volumes.remove(ref)
    if placed:
        desk.tx.volumes.put([*declared, *hazards])
    words = words_of(note)
    desk.tx.records.put("content", ref, words)
    desk.tx.records.put("id", content.item, ref.encode())
    desk.memo.keep(words, content)
    paired = pair_findings(desk, declared, hazards) if placed else []
    _save(desk, record, before, paired)
    earlier = rows_of(desk, before.content)[0] if before is not None else []
    _hold_tracks_against(desk, ref, [*earlier, *declared])
    for told in (content, before and before.content):
        if type(told) is Distress:
            emergency.due(desk, told.subject)
    return _answered_early(desk, record)


def _hold_tracks_against(desk: Desk, ref: str, declared: Sequence[Row]) -> None:
    """The author's own tracks, as last seen, against what he declares now and no longer."""
    for seen in pairs.tracks_of(desk, ref, declared):
        wrong = pairs.mismatch(desk, seen)
        found = [wrong] if wrong is not None else []
        standing.replace(desk, f"track:{seen.track}", standing.BY_PLACE, found)


def _answered_early(desk: Desk, record: ItemRecord) -> ItemRecord:
    """Apply the answers that came before the words they answer; one that cannot be is dropped."""
    for index, answer in early.taken(desk, record):
        try:
            applied = admit_answer(desk, answer, index)
        except ProtocolError as error:
            early.dropped(desk, record.ref, index, answer, error)
        else:
            record = applied or record
    return record


def admit_event(desk: Desk, event: ItemEvent) -> ItemRecord:
    """The author activates, closes or cancels."""
    before = find_by_item(desk, event.item, event.header.by)
    record = item.apply_event(before, event)
    _save(desk, record, before, [] if record.closed else None)
    if record.closed:
        _hold_tracks_against(desk, record.ref, rows_of(desk, record.content)[0])
        if isinstance(record.content, Distress):
            emergency.due(desk, record.content.subject)
    return record


def admit_answer(desk: Desk, answer: Answer, index: int) -> ItemRecord | None:
    """An addressee climbs the ladder; ``index``: of the answer in our log.

    None if it is early (see ``early``). One that crossed newer words on its way is on record
    and changes nothing: those have to be answered in their turn.
    """
    before = find(desk, answer.item)
    if early.is_early(desk, before, answer):
        early.hold(desk, index, answer)
        return None
    if before is None:
        before = find_by_item(desk, answer.item, answer.header.by)
    if answer.version < before.content.version:
        before.standing(answer.header.by)
        return before
    record = item.apply_answer(desk.agreement, before, answer)
    _save(desk, record, before)
    return record


def admit_receipt(
    desk: Desk, ref: str, party: str, version: int, received_ms: int
) -> ItemRecord | None:
    """A machine receipt for one version of an item's words."""
    before = load(desk, ref)
    if before is None:
        return None
    record = item.apply_receipt(before, party, version, received_ms)
    if record is not before:
        _save(desk, record, before)
    return record


def rows_of(desk: Desk, content: Item) -> tuple[list[Row], list[Row]]:
    """Declared and hazard rows of an item; a STOP and a DISTRESS have none, nor has a
    nonconformance that names no area."""
    if isinstance(content, Notice):
        return declared_rows(content), hazard_rows(desk.agreement, content)
    if isinstance(content, Report):
        return [], report_rows(desk.agreement, content)
    if isinstance(content, Nonconformance):
        return [], nonconformance_rows(desk.agreement, content)
    return [], []


def pair_findings(desk: Desk, declared: Sequence[Row], hazards: Sequence[Row]) -> list[Finding]:
    if declared:
        return pairs.of_notice(desk, declared, hazards)
    return pairs.of_hazard(desk, hazards)


def refresh(desk: Desk, record: ItemRecord) -> None:
    """The calendar, the index and the findings of an item as they are at this instant."""
    placed = assess.is_placed(desk.agreement, record, desk.now_ms)
    _refresh(desk, record, None if placed else [])


def _refresh(
    desk: Desk, record: ItemRecord, paired: Sequence[Finding] | None, *, new: bool = False
) -> None:
    """``paired``: the pairs that its words bring about, None if those stand as they did. ``new``:
    nothing is known of the item yet.

    Out of the index, and no pair of anything, once it is closed or its time there is over.
    """
    ref, agreement, now_ms = record.ref, desk.agreement, desk.now_ms
    _schedule(desk, record, new=new)
    kinds = standing.of_words(ref) | standing.OF_ANSWERS
    found = assess.of_words(agreement, record, now_ms)
    found += assess.of_answers(agreement, record, now_ms)
    if paired is not None:
        kinds |= standing.BY_VOLUME
        found += paired
    if not assess.is_placed(agreement, record, now_ms):
        desk.tx.volumes.remove(ref)
        kinds |= standing.PAIRWISE
    standing.replace(desk, ref, kinds, found, new=new)


def revive(desk: Desk, refs: Sequence[str], until_ms: int) -> None:
    """The clock ran back to now: items that changed by themselves from now to ``until_ms`` are
    again what they are now, and those that had left the index come back to it."""
    changed = []
    for ref in refs:
        record = need(desk, ref)
        change = assess.next_change_ms(desk.agreement, record, desk.now_ms)
        if change is not None and change <= until_ms:
            changed.append(record)
    for record in changed:
        paired: list[Finding] = []
        if assess.is_placed(desk.agreement, record, desk.now_ms):
            declared, hazards = rows_of(desk, record.content)
            desk.tx.volumes.remove(record.ref)
            desk.tx.volumes.put([*declared, *hazards])
            paired = pair_findings(desk, declared, hazards)
        _refresh(desk, record, paired)
    for record in changed:
        _hold_tracks_against(desk, record.ref, rows_of(desk, record.content)[0])


def _schedule(desk: Desk, record: ItemRecord, *, new: bool = False) -> None:
    """One entry in the calendar of an item: the next instant at which it can change by itself,
    or, among the lapsed, the last one. ``new``: it has none yet."""
    ref, records = record.ref, desk.tx.records
    change = assess.next_change_ms(desk.agreement, record, desk.now_ms)
    table, mark = "due", b"" if record.closed else OPEN
    if change is None:
        table, mark, change = "lapsed", b"", assess.last_change_ms(desk.agreement, record)
    entry = f"{table}|{change:016d}|{ref}".encode()
    old = b"" if new else records.get("calendar", ref) or b""
    if old != entry:
        was, _, key = old.decode().partition("|")
        if was:
            records.delete(was, key)
        records.put("calendar", ref, entry)
    records.put(table, f"{change:016d}|{ref}", mark)
    itemlists.mark_open(desk, ref, mark == OPEN, new=new)
    desk.mark_time()


def judge_anew(desk: Desk, before: str) -> None:
    """An amendment came into force since ``before``: sites, hazards, pairs and timers by it."""
    for site in desk.agreement_of(before).sites:
        desk.tx.volumes.remove(f"site:{site.id}")
    index_sites(desk)
    open_now = [key.partition("|")[2] for key, mark in desk.tx.records.scan("due") if mark == OPEN]
    for ref in sorted(open_now):
        record = need(desk, ref)
        paired: list[Finding] = []
        if assess.is_placed(desk.agreement, record, desk.now_ms):
            declared, hazards = rows_of(desk, record.content)
            desk.tx.volumes.remove(ref)
            desk.tx.volumes.put([*declared, *hazards])
            paired = pair_findings(desk, declared, hazards)
        _refresh(desk, record, paired)
        follow.notice_changed(desk, record)
        _hold_tracks_against(desk, ref, rows_of(desk, record.content)[0])


RENEW_MS = 30 * 86_400_000
"""So long before its end an agreement asks for its renewal."""


def validity(desk: Desk) -> None:
    """What stands about the agreement itself as of now: that it ends, or has ended."""
    agreement, now_ms = desk.agreement, desk.now_ms
    ref, end_ms = f"agreement:{agreement.id}", agreement.valid.end_ms
    found = []
    if now_ms >= end_ms - RENEW_MS:
        ended = now_ms > end_ms
        found.append(
            finding(
                Kind.EXPIRING,
                Level.WARNING if ended else Level.ADVISORY,
                (f"{ref}@{agreement.version}",),
                parties=agreement.signatories,
                window_ms=(end_ms - RENEW_MS, end_ms),
                codes=("ended",) if ended else (),
            )
        )
    standing.replace(desk, ref, frozenset({Kind.EXPIRING}), found)
    old = desk.tx.records.get("calendar", ref)
    if old is not None:
        desk.tx.records.delete("due", old.decode())
    following = [ms for ms in (end_ms - RENEW_MS, end_ms + 1) if ms > now_ms]
    key = f"{min(following, default=0):016d}|{ref}"
    desk.tx.records.put("calendar", ref, key.encode())
    if following:
        desk.tx.records.put("due", key, b"")


def index_sites(desk: Desk) -> None:
    """The agreed sites stand in the index for as long as the agreement is valid; and its end is
    in the calendar."""
    validity(desk)
    span = Span(desk.agreement.valid.start_ms, desk.agreement.valid.end_ms)
    for site in desk.agreement.sites:
        ref = f"site:{site.id}"
        desk.tx.volumes.remove(ref)
        desk.tx.volumes.put([presence_row(ref, site.party, Volume(site.area, site.band, span))])


def presence_row(ref: str, party: str, volume: Volume) -> Row:
    return Row(ref, 0, Layer.PRESENCE, party, "", Use.ACTIVITY, volume)


def _save(
    desk: Desk,
    record: ItemRecord,
    before: ItemRecord | None,
    paired: Sequence[Finding] | None = None,
) -> None:
    """Keep the record and what follows from it; a change that others see is an event."""
    desk.tx.records.put("item", record.ref, record_bytes(record))
    itemlists.keep(desk, record, before)
    if before is not None and before.content is record.content and not record.closed:
        found = assess.of_answers(desk.agreement, record, desk.now_ms)
        _schedule(desk, record)
        standing.replace(desk, record.ref, standing.OF_ANSWERS, found)
    else:
        desk.number(CHANGES)
        _refresh(desk, record, paired, new=before is None)
    follow.notice_changed(desk, record)
    if before is None or _public(before) != _public(record):
        desk.event(
            "item",
            {
                "ref": record.ref,
                "by": record.author,
                "version": record.version,
                "state": record.state.value,
                "answers": {s.party: s.rung.value for s in record.standings},
            },
        )


def _public(record: ItemRecord) -> tuple[object, ...]:
    return (record.version, record.state, tuple((s.party, s.rung) for s in record.standings))


def _own_name(desk: Desk, content: Item) -> None:
    """An item carries its author's name, so that nobody can take a name from another."""
    if item.owner_of(desk.agreement, content.item) != content.header.by:
        raise ProtocolError(
            f"item {content.item!r} does not carry the name of its author",
            right=f"an id that begins with {content.header.by}-",
            at_fault=f"party {content.header.by}",
        )
