"""Time passes: what is due is looked at once, in the order of its instants, and nothing else."""

from __future__ import annotations

from parley.node import admit, emergency
from parley.node.desk import Desk


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
        records.delete("meta", f"due|{ref}")
        kind, _, name = ref.partition(":")
        if kind == "track":
            emergency.due(desk, name)
            continue
        record = admit.load(desk, ref)
        if record is not None:
            admit.refresh(desk, record)
