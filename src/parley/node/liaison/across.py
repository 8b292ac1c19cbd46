"""What papers bring about for an item: obligations that it does not pass, units blind to it.

Found anew for the whole item whenever the item, such a paper or the hour changes: so it depends
on what is held and on the instant alone, and not on what came first.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.liaison.papers.record import PaperRecord
from parley.node import standing
from parley.node.desk import Desk
from parley.node.liaison import deliveries, duties, turns
from parley.rules import assess
from parley.rules.findings import Kind
from parley.rules.item import ItemRecord

KINDS = frozenset({Kind.OBLIGATION_NOT_MET, Kind.UNIT_BLIND})


def item_changed(desk: Desk, record: ItemRecord) -> None:
    """An item was said, changed, answered or closed."""
    duties.ask_again(desk, duties.named_in(desk, record))
    look(desk, record)


def look(desk: Desk, record: ItemRecord) -> None:
    """Everything that papers bring about for this item, as of now."""
    blind, instants = deliveries.found(desk, record)
    missed = duties.found(desk, record)
    at_ms = {ms for _, ms in instants}
    end_ms = assess.until_ms(desk.agreement, record.content) + 1
    if missed:
        at_ms.add(end_ms)
    stands = [*blind, *missed] if desk.now_ms < end_ms else blind
    standing.replace(desk, record.ref, KINDS, [one for _, one in stands])
    holders = {ref for ref, _ in (*missed, *instants)}
    turns.put(desk, record.ref, min(holders, default=""), at_ms)


def _again(desk: Desk, refs: Iterable[str]) -> None:
    for ref in sorted(refs):
        record = duties.item_of(desk, ref)
        if record is not None:
            look(desk, record)


def obligation_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    _again(desk, duties.touched(desk, record, before))


def unit_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    _again(desk, deliveries.touched(desk, record, before))


def relay_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    _again(desk, (deliveries.relayed(record),))


def turned(desk: Desk, record: PaperRecord) -> None:
    """The hour of items that are held under this paper has come."""
    _again(desk, turns.come(desk, record.ref))
