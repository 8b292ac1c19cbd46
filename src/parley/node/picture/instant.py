"""What stood in force at one instant: items, our protected presences, the agreement.

Two ways to the same value. From now on, as known now: the store's own 4-D index. Before, or as
known at some instant: the fold of what the log held, by the rules that every node folds by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from parley.errors import ParleyError
from parley.node import admit, itemlists
from parley.node.agreements import history
from parley.node.codec import statement_from
from parley.node.desk import Desk
from parley.node.picture.chronicle import Chronicle, Line
from parley.node.ports import Layer
from parley.rules import assess, item
from parley.rules.agreement import Agreement
from parley.rules.hazard import (
    declared_rows,
    hazard_rows,
    nonconformance_rows,
    report_rows,
)
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.placed import ANY_HEIGHT, Row
from parley.rules.statements import (
    Answer,
    Distress,
    Item,
    ItemEvent,
    Nonconformance,
    Notice,
    Presence,
    Report,
    Statement,
)
from parley.space import Box, Span

MOST = 2_000
"""So many items stand in one picture; the others are counted."""
PRESENCE = "presence:"
URGENT_KINDS = ("stop", "distress", "report", "nonconformance")


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as it stood: the words and the state in force then. known_ms: since when our log
    holds these words, -1 if that was not asked."""

    record: ItemRecord
    known_ms: int = -1


@dataclass(frozen=True, slots=True)
class Instant:
    """items: in the order of their refs. as_of_ms: None for all that is known now. behind: log
    entries that were not read yet; left_out: items beyond ``MOST``."""

    at_ms: int
    until_ms: int
    as_of_ms: int | None
    agreement: Agreement
    agreement_ref: str
    items: tuple[Shown, ...]
    presences: tuple[Presence, ...]
    left_out: int = 0
    behind: int = 0
    last_event: int = 0


def rows_of(agreement: Agreement, content: Item) -> list[Row]:
    """Declared and hazard volumes of an item under an agreement; of a class that it does not know
    only what is declared."""
    if isinstance(content, Notice):
        try:
            return [*declared_rows(content), *hazard_rows(agreement, content)]
        except ParleyError:
            return declared_rows(content)
    if isinstance(content, Report):
        return report_rows(agreement, content)
    if isinstance(content, Nonconformance):
        return nonconformance_rows(agreement, content)
    return []


def agreement_at(desk: Desk, at_ms: int) -> tuple[Agreement, str]:
    """The agreement in force at that instant, and its digest."""
    digest = desk.context.agreement_ref
    for one, _, since_ms in history(desk.tx):
        if since_ms <= at_ms:
            digest = one
    return desk.agreement_of(digest), digest


def standing(desk: Desk, at_ms: int, until_ms: int) -> Instant:
    """From now on, as known now: what the 4-D index has between the two instants (closed), and
    what is urgent and not lifted."""
    agreement, digest = agreement_at(desk, at_ms)
    boxes = [_everywhere(at_ms, until_ms)]
    refs: dict[str, None] = {}
    for layer in (Layer.DECLARED, Layer.HAZARD):
        refs.update((row.ref, None) for row in desk.tx.volumes.near(layer, boxes))
    for kind in URGENT_KINDS:
        raised = desk.tx.records.scan(itemlists.STATES, f"{State.RAISED.value}|{kind}:")
        refs.update((key.partition("|")[2], None) for key, _ in raised)
    found = [
        Shown(record)
        for ref in sorted(refs)
        if (record := admit.load(desk, ref)) is not None
        and not record.closed
        and _is_shown(agreement, record.content, at_ms, until_ms)
    ]
    near = desk.tx.volumes.near(Layer.PRESENCE, boxes)
    presences = [presence(desk, row.ref) for row in near if row.ref.startswith(PRESENCE)]
    return Instant(
        at_ms,
        until_ms,
        None,
        agreement,
        digest,
        tuple(found[:MOST]),
        tuple(one for one in presences if one is not None and not one.withdrawn),
        max(0, len(found) - MOST),
    )


def with_afloat(found: Instant, afloat: Iterable[ItemRecord]) -> Instant:
    """With what is said and not logged: it replaces what the log says of the same item."""
    floating = {record.ref: Shown(record) for record in afloat}
    if not floating:
        return found
    logged = [shown for shown in found.items if shown.record.ref not in floating]
    still = [shown for shown in floating.values() if not shown.record.closed]
    return replace(found, items=tuple(sorted([*logged, *still], key=lambda s: s.record.ref)))


def presence(desk: Desk, ref: str) -> Presence | None:
    """The protected presence as it stands, withdrawn or not."""
    data = desk.tx.records.get("presence", ref.partition(":")[2])
    found = None if data is None else statement_from(data)
    return found if isinstance(found, Presence) else None


def _everywhere(at_ms: int, until_ms: int) -> Box:
    lat_e7, lon_e7 = 90 * 10**7, 180 * 10**7
    heights = ANY_HEIGHT.floor.cm, ANY_HEIGHT.ceiling.cm
    return Box(-lat_e7, lat_e7, -lon_e7, lon_e7, *heights, at_ms, until_ms)


def past(
    desk: Desk, chronicle: Chronicle, at_ms: int, until_ms: int, as_of_ms: int | None
) -> Instant:
    """What stood in force by all that our log held at as_of_ms (None: now): at ``at_ms`` by the
    authors' clocks the last words said by then, or, told later, the last of all."""
    agreement, digest = agreement_at(desk, at_ms)
    shown: list[Shown] = []
    presences: list[Presence] = []
    for ref in sorted(chronicle.refs(at_ms, until_ms, ended=as_of_ms is not None)):
        lines = [
            line for line in chronicle.lines(ref) if as_of_ms is None or line.known_ms <= as_of_ms
        ]
        said = list(zip(lines, chronicle.statements(desk, lines), strict=True))
        if ref.startswith(PRESENCE):
            words = _presence_at(said, at_ms)
            if words is not None and not words.withdrawn:
                presences.append(words)
            continue
        found = _record_at(desk, agreement, said, at_ms)
        if (
            found is not None
            and not found.record.closed
            and _is_shown(agreement, found.record.content, at_ms, until_ms)
        ):
            shown.append(found)
    return Instant(
        at_ms,
        until_ms,
        as_of_ms,
        agreement,
        digest,
        tuple(shown[:MOST]),
        tuple(one for one in presences if _meets(one.volume.span, at_ms, until_ms)),
        max(0, len(shown) - MOST),
    )


Said = Sequence[tuple[Line, Statement]]


def _presence_at(said: Said, at_ms: int) -> Presence | None:
    words = [one for _, one in said if isinstance(one, Presence)]
    by_then = [one for one in words if one.header.at_ms <= at_ms]
    return next(iter(by_then[-1:] or words[:1]), None)


def _record_at(desk: Desk, agreement: Agreement, said: Said, at_ms: int) -> Shown | None:
    """The record folded of what was said by ``at_ms``; of all, where its first words came later."""
    by_then = [pair for pair in said if pair[0].at_ms <= at_ms]
    if not any(isinstance(one, Item) for _, one in by_then):
        by_then = [pair for pair in said if isinstance(pair[1], Item)]
        if not by_then or not _told_later(by_then[-1][1]):
            return None
    record, known_ms = folded(agreement, by_then)
    if record is None:
        return None
    return Shown(_receipts(desk, record, at_ms), known_ms)


def _told_later(words: Statement) -> bool:
    """Whether words can speak of a time before they were said."""
    return isinstance(words, Notice | Distress | Report | Nonconformance)


def folded(agreement: Agreement, said: Said) -> tuple[ItemRecord | None, int]:
    """The record of these statements, and since when the words in force were known. What does not
    follow is passed over: it was judged when it came."""
    record, known_ms = None, -1
    for line, one in said:
        try:
            if isinstance(one, Item):
                made = (
                    item.open_item(agreement, one)
                    if record is None
                    else item.amend(agreement, record, one)
                )
                record, known_ms = made, line.known_ms
            elif record is not None and isinstance(one, ItemEvent):
                record = item.apply_event(record, one)
            elif record is not None and isinstance(one, Answer):
                record = item.apply_answer(agreement, record, one)
        except ParleyError:
            continue
    return record, known_ms


def _receipts(desk: Desk, record: ItemRecord, at_ms: int) -> ItemRecord:
    """With the receipts that had been given by then; they are in no entry. Once its window has
    begun, a notice is active whoever had it."""
    content = record.content
    waits = isinstance(content, Notice) and at_ms < content.start_ms
    if not waits or record.state not in (State.RELEASED, State.NOTIFIED):
        return record
    now = admit.load(desk, record.ref)
    if now is None or now.content.version != record.content.version:
        return record
    for one in now.standings:
        if 0 <= one.received_ms <= at_ms:
            record = item.apply_receipt(record, one.party, one.version, one.received_ms)
    return record


def _is_shown(agreement: Agreement, content: Item, at_ms: int, until_ms: int) -> bool:
    """Whether it stands on the map between the two instants."""
    if isinstance(content, Notice | Report):
        return any(_meets(row.volume.span, at_ms, until_ms) for row in rows_of(agreement, content))
    first_ms = content.header.at_ms
    if isinstance(content, Distress | Nonconformance):
        first_ms = min(first_ms, content.since_ms)
    return first_ms <= until_ms and at_ms <= assess.until_ms(agreement, content)


def _meets(span: Span, from_ms: int, until_ms: int) -> bool:
    return span.start_ms <= until_ms and span.end_ms >= from_ms


def records_of(desk: Desk, refs: Iterable[str]) -> list[ItemRecord]:
    """The items of these refs that exist, as they stand now."""
    records = (admit.load(desk, ref) for ref in refs if not ref.startswith(PRESENCE))
    return [record for record in records if record is not None]


def presences_of(desk: Desk, refs: Iterable[str]) -> list[Presence]:
    """The protected presences of these refs that stand."""
    found = (presence(desk, ref) for ref in refs if ref.startswith(PRESENCE))
    return [one for one in found if one is not None and not one.withdrawn]
