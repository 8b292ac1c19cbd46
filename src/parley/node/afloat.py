"""STOP and DISTRESS that our log cannot take now: signed, kept in memory, carried all the same.

Evidence never stops traffic. A statement afloat is known to its addressees before our own log
has it: its answer says so (``logged`` false), and a node that stops before its log takes
statements again has lost its own record of it; the addressees' logs and receipts have theirs.
Every tick tries to log it as it was said, the same bytes, with the receipts that came for it;
then the outbox takes over. Owned by the event loop; the unit of work only reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from parley.errors import StorageError
from parley.ledger import Kind, note_hash, seal
from parley.node import admit, decide, deliver
from parley.node.context import Context
from parley.node.desk import Desk, header_of
from parley.node.views import Alarm, Parcel, Posted
from parley.rules import assess, item
from parley.rules.findings import order
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Header, ItemEvent, Statement, Step, Stop
from parley.wire.statement import encode
from parley.wire.words import describe_record

MAX_AFLOAT = 100
MAX_ALARMS = 100
Urgent = Stop | Distress
"""What may float; and the steps by which its author lifts it."""


@dataclass(slots=True)
class Floating:
    """One statement of ours: receipts and refusals by peer. behind: it speaks of an item that
    our log has, so what waits about that item goes ahead of it. stuck: why our log refuses it."""

    number: int
    ref: str
    words: Urgent | ItemEvent
    note: bytes
    record: ItemRecord
    behind: bool = False
    receipts: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    stuck: str = ""

    def waits_for(self, peer: str) -> bool:
        return (
            peer in self.words.header.to and peer not in self.receipts and peer not in self.refused
        )


class Afloat:
    """Our statements afloat, oldest first, 100 at most."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last = 0
        self._floating: list[Floating] = []

    def __len__(self) -> int:
        return len(self._floating)

    def unlogged(self) -> list[Floating]:
        """Those that our log may still take."""
        return [one for one in self._floating if not one.stuck]

    def records(self) -> tuple[ItemRecord, ...]:
        """The items as the statements afloat have them, the first said first."""
        return tuple({one.ref: one.record for one in self._floating}.values())

    def record(self, ref: str) -> ItemRecord | None:
        """The record of an item as the statements afloat have it, or None."""
        return next((one.record for one in reversed(self._floating) if one.ref == ref), None)

    def say(self, header: Header, words: Callable[[str], Urgent]) -> Posted:
        """A new STOP or DISTRESS; ``words`` of an item id. The id carries the author's name.

        StorageError: 100 float already."""
        self._room()
        said = words(f"{header.by}-afloat-{header.at_ms}-{self._last + 1}")
        record = item.open_item(self._context.agreement, said)
        return self._add(said, record, header.at_ms, behind=False)

    def step(self, record: ItemRecord, step: Step, role: str, text: str, now_ms: int) -> Posted:
        """The all-clear of a STOP or DISTRESS of ours whose record this is. ProtocolError: the
        life cycle has no such step; StorageError: 100 float already."""
        self._room()
        was = record.content.header
        header = header_of(self._context, now_ms, role, was.to, exercise=was.exercise)
        said = ItemEvent(header, record.item, record.version + 1, step, text)
        behind = self.record(record.ref) is None
        return self._add(said, item.apply_event(record, said), now_ms, behind=behind)

    def parcels(self, peer: str) -> list[Floating]:
        """What this peer has not receipted, oldest first."""
        return [one for one in self._floating if one.waits_for(peer)]

    def receipted(self, peer: str, parcel: Parcel, receipt: bytes) -> None:
        """A verified receipt of ``peer``; it is logged behind its statement."""
        for one in self._of(parcel):
            one.receipts[peer] = receipt

    def refused(self, peer: str, parcel: Parcel, reason: str) -> None:
        for one in self._of(parcel):
            one.refused[peer] = reason

    def logged(self, one: Floating) -> None:
        """Our log has it now: it floats no longer."""
        self._floating.remove(one)

    def _of(self, parcel: Parcel) -> Iterator[Floating]:
        return (one for one in self._floating if -one.number == parcel.index)

    def _room(self) -> None:
        if len(self._floating) >= MAX_AFLOAT:
            raise StorageError(
                f"{MAX_AFLOAT} statements wait in memory for our log",
                right="a disk with room; meanwhile speak by voice",
            )

    def _add(
        self, words: Urgent | ItemEvent, record: ItemRecord, now_ms: int, *, behind: bool
    ) -> Posted:
        type_line, body = encode(words)
        note = seal(type_line, body, self._context.key)
        self._last += 1
        one = Floating(self._last, record.ref, words, note, record, behind)
        self._floating.append(one)
        agreement = self._context.agreement
        found = assess.of_words(agreement, record, now_ms)
        found += assess.of_answers(agreement, record, now_ms)
        return Posted(
            record.ref,
            record.version,
            -one.number,
            note,
            note_hash(note).hex(),
            tuple(order(found)),
            record,
            logged=False,
        )


def log(desk: Desk, one: Floating) -> None:
    """Log a statement that floated, with the receipts that came; the outbox carries it to the
    others. One that our log has already is settled as far as it was not."""
    digest = note_hash(one.note).hex()
    index = desk.tx.log.index_of(digest)
    if index is None:
        decide.log(desk, one.ref, one.words)
        index = desk.log(Kind.SENT, one.note, one.ref)
        _admit(desk, one.words, one.note)
        waiting = [party for party in one.words.header.to if party not in one.receipts]
        for party in waiting:
            desk.tx.outbox.push(party, index)
        desk.event("afloat-logged", {"ref": one.ref, "note_hash": digest, "index": index})
    parcel = Parcel(index, one.note)
    for peer, sealed in one.receipts.items():
        deliver.delivered(desk, peer, [(parcel, sealed)])
    for peer, reason in one.refused.items():
        deliver.refused(desk, peer, parcel, reason)


def _admit(desk: Desk, words: Statement, note: bytes) -> None:
    if isinstance(words, ItemEvent):
        admit.admit_event(desk, words)
    elif isinstance(words, Stop | Distress):
        admit.admit_item(desk, words, note)


class Alarms:
    """What an officer must see at once and our log does not have: in memory, 100 at most, the
    oldest go. Numbered, so that a stream tells each of them once."""

    def __init__(self) -> None:
        self._last = 0
        self._standing: dict[str, Alarm] = {}

    def standing(self) -> tuple[Alarm, ...]:
        return tuple(self._standing.values())

    def add(self, key: str, at_ms: int, kind: str, data: Mapping[str, object]) -> bool:
        """False if it stands already."""
        if key in self._standing:
            return False
        if len(self._standing) >= MAX_ALARMS:
            del self._standing[next(iter(self._standing))]
        self._last += 1
        self._standing[key] = Alarm(self._last, at_ms, kind, data)
        return True

    def drop(self, key: str) -> None:
        self._standing.pop(key, None)


def alarm_of(context: Context, words: Urgent, note_hash_hex: str) -> dict[str, object]:
    """What is told of a STOP or DISTRESS of a peer that could not be kept."""
    record = item.open_item(context.agreement, words) if words.version == 1 else None
    return {
        "ref": f"{item.kind_of(words)}:{words.item}",
        "by": words.header.by,
        "note_hash": note_hash_hex,
        "text": "" if record is None else describe_record(record),
    }
