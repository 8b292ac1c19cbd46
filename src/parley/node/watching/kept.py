"""What the watch keeps in the store: standing findings, alarms, where each reader has read to.

Tables: watch (finding key), alarm (the book), announced (finding key -> ref), cursor (name).
They follow from live tracks and from people's acts, not from the log: an audit leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from parley.errors import InputError
from parley.node.codec import finding_bytes, finding_from
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.findings import Finding
from parley.watch.alarms.alarm import AlarmEvent
from parley.watch.alarms.book import BookState
from parley.watch.changes import Change, Changed
from parley.wire.alarms import alarm_to, format_book, parse_book

MAX_CURSOR_NAME = 64
BOOK = "book"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stood when the node stopped."""

    findings: Mapping[str, Finding] = field(default_factory=dict)
    book: BookState = field(default_factory=BookState)
    damage: str = ""


def load(tx: Tx) -> Kept:
    """damage: why the book is empty though there is one: it does not parse, or it shelves what
    nobody shelves. Its alarms are then told again, which is the safe side."""
    found = (finding_from(data) for _, data in tx.records.scan("watch"))
    findings = {finding.key: finding for finding in found}
    data = tx.records.get("alarm", BOOK)
    try:
        book = BookState() if data is None else parse_book(data, "the alarm book in node.db")
    except InputError as error:
        return Kept(findings, damage=str(error))
    return Kept(findings, book)


def keep_changes(desk: Desk, changed: Iterable[Changed]) -> None:
    """One line of the journal for each change, and what stands from now on."""
    records = desk.tx.records
    for one in changed:
        key = one.finding.key
        if one.change is Change.CLOSED:
            records.delete("watch", key)
        else:
            records.put("watch", key, finding_bytes(one.finding))
        desk.event(f"watch-{one.change.value}", one.finding.as_json())


def keep_alarms(desk: Desk, events: Sequence[AlarmEvent], book: BookState) -> None:
    """One line of the journal for each event, and the book as it stands behind them."""
    for event in events:
        desk.event(event.kind.value, _told(event))
    if events:
        desk.tx.records.put("alarm", BOOK, format_book(book))


def _told(event: AlarmEvent) -> dict[str, object]:
    told: dict[str, object] = {"key": event.key, "role": event.role, "loud": event.annunciated}
    if event.alarm is not None:
        told["alarm"] = alarm_to(event.alarm)
    if event.flood is not None:
        told["flood"] = {"began_ms": event.flood.began_ms, "count": event.flood.count}
    return told


def cursor(tx: Tx, name: str) -> int:
    """How far the reader ``name`` has come in the journal, 0 at first."""
    return int(tx.records.get("cursor", name) or b"0")


def move_cursor(desk: Desk, name: str, seq: int) -> None:
    """InputError: a name that is none."""
    if not name or len(name) > MAX_CURSOR_NAME or not name.isprintable():
        raise InputError(f"{name[:80]!r} is no name of a reader", right="1 to 64 characters")
    desk.tx.records.put("cursor", name, str(seq).encode())
