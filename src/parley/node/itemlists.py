"""Lists of items by their state, so that a page of them costs what it shows.

Tables: item-state (state|ref: when a notice that waits begins, in ms), item-open (ref: nothing;
those that are not closed and can still change). A notice that waits is active from its start on
without a line of the journal: whoever asks looks at the start.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge

from parley.node import tally
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import Notice

STATES = "item-state"
OPEN_ITEMS = "item-open"
WAITING = (State.RELEASED, State.NOTIFIED, State.ACKNOWLEDGED)
LOOKED_AT = 5_000
"""So many lines are looked at for one page at most; then it ends where it came to."""


def keep(desk: Desk, record: ItemRecord, before: ItemRecord | None) -> None:
    """The line of an item as it is now; ``before``: as it was."""
    key, value = _line(record)
    if before is not None:
        was_key, was_value = _line(before)
        if (was_key, was_value) == (key, value):
            return
        if was_key != key:
            desk.tx.records.delete(STATES, was_key)
    desk.tx.records.put(STATES, key, value)


def mark_open(desk: Desk, ref: str, is_open: bool, *, new: bool) -> None:
    """Whether somebody waits for this item. ``new``: nothing is known of it yet."""
    stands = not new and desk.tx.records.get(OPEN_ITEMS, ref) is not None
    if is_open and not stands:
        tally.add(desk.tx, OPEN_ITEMS, 1)
        desk.tx.records.put(OPEN_ITEMS, ref, b"")
    elif stands and not is_open:
        tally.add(desk.tx, OPEN_ITEMS, -1)
        desk.tx.records.delete(OPEN_ITEMS, ref)


def page(
    tx: Tx, state: State, kind: str, after: str, limit: int, now_ms: int
) -> tuple[list[str], str]:
    """Refs of up to ``limit`` items in a state as time has it at ``now_ms``, of one kind or ("")
    of all, in the order of their refs behind ``after``; and where the next page begins, "" at the
    end. A page may be short, even empty, and not the last."""
    states = [state, *(WAITING if state is State.ACTIVE else ())]
    found: list[str] = []
    last = after
    for looked, (ref, listed, start_ms) in enumerate(
        merge(*(_lines(tx, listed, kind, after) for listed in states))
    ):
        if len(found) == limit or looked == LOOKED_AT:
            return found, last
        last = ref
        begun = listed in WAITING and now_ms >= start_ms
        if (State.ACTIVE if begun else listed) == state:
            found.append(ref)
    return found, ""


def fill(tx: Tx, records: Iterator[tuple[ItemRecord, bool]]) -> None:
    """The lines of a store that was written before there were any: each record, and whether it is
    open."""
    for record, is_open in records:
        tx.records.put(STATES, *_line(record))
        if is_open:
            tally.add(tx, OPEN_ITEMS, 1)
            tx.records.put(OPEN_ITEMS, record.ref, b"")


def _line(record: ItemRecord) -> tuple[str, bytes]:
    content = record.content
    waits = record.state in WAITING and isinstance(content, Notice)
    start = str(content.start_ms).encode() if waits and isinstance(content, Notice) else b""
    return f"{record.state.value}|{record.ref}", start


def _lines(tx: Tx, state: State, kind: str, after: str) -> Iterator[tuple[str, str, int]]:
    prefix = f"{state.value}|{kind}:" if kind else f"{state.value}|"
    skip = len(state.value) + 1
    for key, start in tx.records.scan(STATES, prefix, after=f"{state.value}|{after}"):
        yield key[skip:], state.value, int(start or b"0")
