"""Time passes: what is due is looked at once, in the order of its instants, and nothing else."""

from __future__ import annotations

from parley.node import admit, observe, standing
from parley.node.desk import Desk
from parley.rules import assess


def tick(desk: Desk) -> None:
    """Everything in the calendar up to now (closed: due exactly now is due)."""
    records = desk.tx.records
    due = []
    for key, _ in records.scan("due"):
        instant, _, ref = key.partition("|")
        if int(instant) > desk.now_ms:
            break
        due.append((key, ref))
    for key, ref in due:
        records.delete("due", key)
        kind, _, name = ref.partition(":")
        if kind == "track":
            observe.emergency_due(desk, name)
        else:
            _item_due(desk, ref)


def _item_due(desk: Desk, ref: str) -> None:
    record = admit.load(desk, ref)
    if record is None:
        return
    desk.tx.records.delete("meta", f"due|{ref}")
    if desk.now_ms > assess.until_ms(desk.agreement, record):
        _expire(desk, ref)
        return
    overdue = assess.overdue(desk.agreement, record, desk.now_ms)
    standing.replace(desk, ref, standing.OVERDUE, overdue)
    admit.schedule(desk, record)


def _expire(desk: Desk, ref: str) -> None:
    """Nobody's business any more: out of the index, its findings closed; the record stays."""
    desk.tx.volumes.remove(ref)
    for kinds in (standing.PAIRWISE, standing.OVERDUE, standing.OF_CONTENT):
        standing.replace(desk, ref, kinds, ())
