"""What papers bring about for an item: obligations that it does not pass, units blind to it.

Found anew for the whole item whenever the item, such a paper or the hour changes: so it depends
on what is held and on the instant alone, and not on what came first.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.errors import ProtocolError
from parley.liaison.papers.record import PaperRecord
from parley.node import standing
from parley.node.desk import Desk
from parley.node.liaison import deliveries, duties, reading, turns
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


MOST_OF_ONE_PARTY = 200
"""So many open units, and so many open obligations, one party may have: each new item is held
against all of them."""
MOST_RELAYS = 1_000
"""So many relays of one item one party may tell of."""


def _bounded(record: PaperRecord, others: Iterable[PaperRecord], most: int) -> None:
    """ProtocolError for more papers of one author than each new item can be held against."""
    theirs = sum(1 for one in others if one.author == record.author)
    if theirs > most:
        raise ProtocolError(
            f"{record.ref} is one more than {most} of its kind by {record.author}",
            right="withdraw or amend one that is there",
            at_fault=f"party {record.author}",
        )


def obligation_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    if before is None:
        _bounded(record, duties.opened(desk, record.paper.kind), MOST_OF_ONE_PARTY)
    _again(desk, duties.touched(desk, record, before))


def unit_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    if before is None:
        _bounded(record, duties.opened(desk, record.paper.kind), MOST_OF_ONE_PARTY)
    _again(desk, deliveries.touched(desk, record, before))


def relay_changed(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    item_ref = deliveries.relayed(record)
    if before is None:
        _bounded(record, reading.about(desk, item_ref, record.paper.kind), MOST_RELAYS)
        deliveries.held_against(desk, record)
    _again(desk, (item_ref,))


def turned(desk: Desk, record: PaperRecord) -> None:
    """The hour of items that are held under this paper has come."""
    _again(desk, turns.come(desk, record.ref))
