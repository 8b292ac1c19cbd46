"""Units held against items: which of them has to have an item, and which has no proof of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from parley.errors import InputError
from parley.liaison.deliveries.contents import Relay, Unit
from parley.liaison.deliveries.rules import (
    DELIVERED,
    SAFETY,
    Delivery,
    Reached,
    blind,
    clock,
    concerned,
    delivery,
    reached,
    unit_is_open,
)
from parley.liaison.deliveries.sites import compare, dangers_told, sites_of, told_of
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import MAX_MS
from parley.node import standing
from parley.node.desk import Desk
from parley.node.liaison import reading
from parley.node.liaison.duties import item_of, opened
from parley.node.ports import Layer
from parley.rules.findings import Finding, Kind, bare
from parley.rules.hazard import REACTION, hazard_rows
from parley.rules.item import ItemRecord
from parley.rules.placed import ANY_HEIGHT
from parley.rules.statements import Notice
from parley.space import Box, Span, Volume

PLACELESS = ("stop:", "distress:", "nonconformance:")
"""Items that may stand in no index."""
_BLIND = frozenset({Kind.UNIT_BLIND})


def needed(
    desk: Desk, record: ItemRecord
) -> Iterator[tuple[PaperRecord, Delivery, PaperRecord | None]]:
    """Every unit that has to have the item, how far it has come to it, and by which relay."""
    places: Reached | None = None
    relays: list[PaperRecord] | None = None
    for unit in opened(desk, Unit.KIND):
        said = unit.paper.content
        assert isinstance(said, Unit)
        places = places or reached(desk.agreement, record.content)
        if not concerned(said, places):
            continue
        if relays is None:
            relays = list(reading.about(desk, record.ref, Relay.KIND))
        state, by = delivery(desk.agreement, record.content, unit, relays)
        yield unit, state, by


def found(
    desk: Desk, record: ItemRecord
) -> tuple[list[tuple[str, Finding]], list[tuple[str, int]]]:
    """The units that are blind to an item, each with its ref; and the instants at which that
    changes by itself, each with the ref of its unit."""
    some: list[tuple[str, Finding]] = []
    instants: list[tuple[str, int]] = []
    if record.closed:
        return some, instants
    for unit, state, _ in needed(desk, record):
        if state in DELIVERED:
            continue
        times = clock(desk.agreement, record.content, unit)
        instants.extend((unit.ref, ms) for ms in times.instants)
        one = blind(desk.agreement, record, unit, state, desk.now_ms)
        if one is not None:
            some.append((unit.ref, one))
    return some, instants


def touched(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> set[str]:
    """Refs of the items that a changed unit may concern; () if nothing that matters changed."""
    if before is not None and _matters(before) == _matters(record):
        return set()
    refs = {bare(one.refs[0]) for one in standing.about(desk, record.ref, _BLIND)}
    if not unit_is_open(record):
        return refs
    said = record.paper.content
    assert isinstance(said, Unit)
    boxes = _boxes(said)
    for layer in (Layer.DECLARED, Layer.HAZARD):
        refs.update(row.ref for row in desk.tx.volumes.near(layer, boxes))
    for prefix in PLACELESS:
        refs.update(ref for ref, _ in desk.tx.records.scan("item", prefix))
    return refs


def _matters(record: PaperRecord) -> tuple[object, ...]:
    return (record.paper.version, record.paper.withdrawn, record.refused_by)


def _boxes(said: Unit) -> list[Box]:
    band, span = said.band or ANY_HEIGHT, Span(0, MAX_MS)
    if said.reach is not None:
        return list(Volume(said.reach, band, span).boxes())
    south, west = -900_000_000, -1_800_000_000
    return [Box(south, -south, west, -west, band.floor.cm, band.ceiling.cm, 0, MAX_MS)]


def held_against(desk: Desk, record: PaperRecord) -> None:
    """A relay of ours says of no agreed site that lies within that it does not. InputError.

    Of ours alone: what others compared is their word, and what they told may be held here later."""
    said = record.paper.content
    assert isinstance(said, Relay)
    told = item_of(desk, said.subject)
    ours = record.author == desk.context.party
    if not ours or told is None or told.content.version != said.subject_version:
        return
    places = dangers_told(desk.agreement, told.content) if said.safety else told_of(told.content)
    found = compare([one.area for one in places], sites_of(desk.agreement))
    claimed = {one.ref for one in said.compared if one.inside}
    for one in found:
        if one.inside and one.site.ref not in claimed and not said.subject.startswith(SAFETY):
            raise InputError(
                f"{one.site.name} ({one.site.ref}) lies within what {said.subject} tells, and"
                " the relay says that it does not",
                right="`parley unit relay`, which compares by itself",
                where="compared",
            )


def relayed(record: PaperRecord) -> str:
    """The ref of what a relay told."""
    said = record.paper.content
    assert isinstance(said, Relay)
    return said.subject


# The ledger ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToUnit:
    """How far an item has come to one unit. state: of the words in force. told: "delivered",
    "not-yet" (confirm_s is not over) or "assumed-blind"; relay: what says so, or None."""

    unit: PaperRecord
    state: Delivery
    told: str
    late_ms: int
    relay: PaperRecord | None


@dataclass(frozen=True, slots=True)
class ThirdPartyBlind:
    """A third party that no active unit stands for: nobody tells it. near: its assumed reaction
    is among the hazards of the item."""

    id: str
    name: str
    near: bool


@dataclass(frozen=True, slots=True)
class DeliveryLedger:
    """Who has an item: each addressee's node and people, each unit, and who is told by nobody.

    silent: addressees who are not asked to answer (observers)."""

    item: ItemRecord
    silent: tuple[str, ...]
    units: tuple[ToUnit, ...]
    third_parties: tuple[ThirdPartyBlind, ...]

    @property
    def delivered(self) -> bool:
        """Every addressee's machine has it, every unit that could hurt somebody, and no third party
        near it is told by nobody."""
        parties = all(s.received_ms >= 0 or s.read_ms >= 0 for s in self.item.standings)
        units = all(one.told == "delivered" for one in self.units)
        return parties and units and not any(one.near for one in self.third_parties)


def ledger(desk: Desk, ref: str) -> DeliveryLedger:
    """Everybody whom an item concerns, and how far it has come. InputError: no such item."""
    record = item_of(desk, ref)
    if record is None:
        raise InputError(f"there is no item {ref[:80]!r} here", right="a ref such as notice:<id>")
    asked = {one.party for one in record.standings}
    silent = tuple(party for party in record.content.header.to if party not in asked)
    units = tuple(_to_unit(desk, record, *one) for one in needed(desk, record))
    return DeliveryLedger(record, silent, units, tuple(_untold(desk, record)))


def _to_unit(
    desk: Desk, record: ItemRecord, unit: PaperRecord, state: Delivery, by: PaperRecord | None
) -> ToUnit:
    late_ms = clock(desk.agreement, record.content, unit).late_ms
    told = "delivered" if state in DELIVERED else "not-yet"
    if told == "not-yet" and desk.now_ms >= late_ms:
        told = "assumed-blind"
    return ToUnit(unit, state, told, late_ms, by)


def _untold(desk: Desk, record: ItemRecord) -> Iterator[ThirdPartyBlind]:
    stood_for = set()
    for unit in opened(desk, Unit.KIND):
        said = unit.paper.content
        assert isinstance(said, Unit)
        stood_for.add(said.party)
    causes: set[str] = set()
    if isinstance(record.content, Notice):
        causes = {row.group for row in hazard_rows(desk.agreement, record.content)}
    for third in desk.agreement.third_parties:
        if third.id not in stood_for:
            yield ThirdPartyBlind(third.id, third.name, REACTION + third.id in causes)
