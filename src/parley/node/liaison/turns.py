"""When what papers say of an item changes by itself: one entry in the calendar for each item.

It stands under the ref of a paper, its holder, so that a tick comes to it (``follow.TURNS``); the
last instant that is over stands among the lapsed, so that a clock that runs back comes to it too.
Tables: turn (item: its entries), turn-at (holder|table|instant|item).
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.node.desk import Desk

DUE, LAPSED = "due", "lapsed"


def put(desk: Desk, item_ref: str, holder: str, instants: Iterable[int]) -> None:
    """From now on the item is looked at again at these instants. holder: "" for never."""
    records, now_ms = desk.tx.records, desk.now_ms
    old = (records.get("turn", item_ref) or b"").decode()
    all_ms = set(instants) if holder else set()
    following = min((ms for ms in all_ms if ms > now_ms), default=None)
    passed = max((ms for ms in all_ms if ms <= now_ms), default=None)
    rows = [
        f"{table}|{ms:016d}|{holder}"
        for table, ms in ((DUE, following), (LAPSED, passed))
        if ms is not None
    ]
    new = "\n".join(rows)
    if new == old:
        return
    for row in old.splitlines():
        _take_out(desk, item_ref, *row.split("|"))
    for row in rows:
        table, instant, _ = row.split("|")
        records.put("turn-at", f"{holder}|{table}|{instant}|{item_ref}", b"")
        records.put(table, f"{instant}|{holder}", b"")
    if new:
        records.put("turn", item_ref, new.encode())
        desk.mark_time()
    else:
        records.delete("turn", item_ref)


def _take_out(desk: Desk, item_ref: str, table: str, instant: str, holder: str) -> None:
    records, shared = desk.tx.records, f"{holder}|{table}|{instant}|"
    records.delete("turn-at", f"{shared}{item_ref}")
    if next(iter(records.scan("turn-at", shared, limit=1)), None) is None:
        records.delete(table, f"{instant}|{holder}")


def come(desk: Desk, holder: str) -> list[str]:
    """The items under this holder whose instant has come, or is again ahead of a clock that ran
    back. They are to be looked at now, which puts their entries right."""
    records, now_ms = desk.tx.records, desk.now_ms
    found = []
    for key, _ in records.scan("turn-at", f"{holder}|{DUE}|"):
        _, _, instant, item_ref = key.split("|", 3)
        if int(instant) > now_ms:
            break
        found.append(item_ref)
    behind = f"{holder}|{LAPSED}|"
    for key, _ in records.scan("turn-at", behind, after=f"{behind}{now_ms:016d}|~"):
        found.append(key.split("|", 3)[3])
    return sorted(set(found))
