"""What the watch keeps in the store: standing findings, alarms, where each reader has read to.

Tables: watch (finding key), alarm (alarm key), announced (finding key -> item), cursor (name).
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
from parley.watch.alarms import Alarm, AlarmEvent
from parley.watch.changes import Change, Changed
from parley.wire.alarms import alarm_bytes, alarm_from, event_json

MAX_CURSOR_NAME = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """What stood when the node stopped."""

    findings: Mapping[str, Finding] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()


def load(tx: Tx) -> Kept:
    found = (finding_from(data) for _, data in tx.records.scan("watch"))
    alarms = tuple(alarm_from(data) for _, data in tx.records.scan("alarm"))
    return Kept({finding.key: finding for finding in found}, alarms)


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


def keep_alarms(desk: Desk, events: Sequence[AlarmEvent], standing: Mapping[str, Alarm]) -> None:
    """One line of the journal for each event; the alarms it is about as they stand now."""
    records = desk.tx.records
    for event in events:
        desk.event(event.kind, event_json(event))
    for key in sorted({event.key for event in events if event.key}):
        alarm = standing.get(key)
        if alarm is None:
            records.delete("alarm", key)
        else:
            records.put("alarm", key, alarm_bytes(alarm))


def cursor(tx: Tx, name: str) -> int:
    """How far the reader ``name`` has come in the journal, 0 at first."""
    return int(tx.records.get("cursor", name) or b"0")


def move_cursor(desk: Desk, name: str, seq: int) -> None:
    """InputError: a name that is none."""
    if not name or len(name) > MAX_CURSOR_NAME or not name.isprintable():
        raise InputError(f"{name[:80]!r} is no name of a reader", right="1 to 64 characters")
    desk.tx.records.put("cursor", name, str(seq).encode())
