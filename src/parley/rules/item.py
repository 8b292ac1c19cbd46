"""The record of one item: a fold of everything said about it, in its author's own numbering.

An item is a notice, a STOP, a DISTRESS, a report or a nonconformance. ``version`` counts every
statement of its author; ``content.version`` is the version whose words are in force and have to
be answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from parley.errors import ProtocolError
from parley.rules.acknowledgement import ANSWERED, Standing, climb, timers_for
from parley.rules.agreement import Agreement
from parley.rules.lifecycle import CLOSED, NOTICE, URGENT, Event, State, Table, advance
from parley.rules.statements import (
    Answer,
    Distress,
    Item,
    ItemEvent,
    Nonconformance,
    Notice,
    Phase,
    Report,
    Rung,
    Step,
    Stop,
)

_EVENT = {
    Step.ACTIVATE: Event.ACTIVATE,
    Step.ALL_CLEAR: Event.ALL_CLEAR,
    Step.CANCEL: Event.CANCEL,
}

_KINDS = {
    Notice: "notice",
    Stop: "stop",
    Distress: "distress",
    Report: "report",
    Nonconformance: "nonconformance",
}
KINDS = tuple(_KINDS.values())
"""The words that may stand before the colon of an item's ref."""


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """content: the words in force. state: without the passing of time (see ``state_at``).

    closed_ms: when the author closed it, by his clock, -1 if open. standings: one for each
    party that has to answer, in the order of the addressees.
    """

    content: Item
    version: int
    state: State
    closed_ms: int = -1
    standings: tuple[Standing, ...] = ()

    @property
    def item(self) -> str:
        return self.content.item

    @property
    def author(self) -> str:
        return self.content.header.by

    @property
    def ref(self) -> str:
        return f"{kind_of(self.content)}:{self.content.item}"

    @property
    def closed(self) -> bool:
        return self.state in CLOSED

    def standing(self, party: str) -> Standing:
        for standing in self.standings:
            if standing.party == party:
                return standing
        raise ProtocolError(
            f"{self.ref} was not addressed to {party!r} for an answer",
            right=f"one of: {', '.join(s.party for s in self.standings) or 'nobody'}",
            at_fault=f"party {party}",
        )


def kind_of(item: Item) -> str:
    """The word that stands before the colon of a ref."""
    return _KINDS[type(item)]


def table_of(item: Item) -> Table:
    return NOTICE if isinstance(item, Notice) else URGENT


def owner_of(agreement: Agreement, item_id: str) -> str:
    """The party whose name an item id carries ("il-7": il), the longest name that fits; or ""."""
    names = (p.id for p in agreement.parties if item_id.startswith(f"{p.id}-"))
    return max(names, key=len, default="")


def open_item(agreement: Agreement, content: Item) -> ItemRecord:
    """The record of a first version. ProtocolError if it is not numbered 1, or if it says of
    another's notice that it is not kept."""
    _in_turn(content.item, content.version, 0, content.header.by)
    if isinstance(content, Nonconformance):
        _of_his_own(agreement, content)
    late = isinstance(content, Notice) and content.start_ms < content.header.at_ms
    state = advance(
        table_of(content),
        State.DRAFT,
        Event.RELEASE_LATE if late else Event.RELEASE,
        what=content.item,
        by=content.header.by,
    )
    return ItemRecord(content, 1, state, standings=_fresh(agreement, content))


def amend(agreement: Agreement, record: ItemRecord, content: Item) -> ItemRecord:
    """The record after a new version of the words. Everybody has to answer again.

    Refused: another author, a number out of turn, another kind or other addressees, an exercise
    turned real (or the reverse), a nonconformance about another notice, a closed item. A notice
    whose window had begun stays active: it needs its all-clear. A report that a third party
    ceased closes its item.
    """
    _same_author(record, content.header.by)
    _in_turn(content.item, content.version, record.version, content.header.by)
    was = record.content
    same_kind = type(content) is type(was) and content.header.exercise is was.header.exercise
    if isinstance(content, Nonconformance) and isinstance(was, Nonconformance):
        same_kind = same_kind and content.notice == was.notice
    if not same_kind or content.header.to != was.header.to:
        about = f" about {was.notice or 'no notice'}" if isinstance(was, Nonconformance) else ""
        raise ProtocolError(
            f"version {content.version} of {content.item} has another kind or other addressees",
            right=f"a {kind_of(was)}{about} to {', '.join(was.header.to)};"
            " a new item for anything else",
            at_fault=f"party {content.header.by}",
        )
    ceased = isinstance(content, Report) and content.phase is Phase.CEASED
    event = Event.ALL_CLEAR if ceased else Event.AMEND
    begun = _begun(record, content.header.at_ms)
    state = advance(table_of(content), begun, event, what=content.item, by=content.header.by)
    return ItemRecord(
        content,
        content.version,
        state,
        closed_ms=content.header.at_ms if ceased else -1,
        standings=_fresh(agreement, content),
    )


def apply_event(record: ItemRecord, event: ItemEvent) -> ItemRecord:
    """The record after its author activated, closed or cancelled it.

    Refused besides what ``advance`` refuses: addressees other than those of the item (all of
    them learn it, or none). Once its window has begun a notice is active and cannot be cancelled.
    """
    _same_author(record, event.header.by)
    _in_turn(event.item, event.version, record.version, event.header.by)
    if event.header.to != record.content.header.to:
        raise ProtocolError(
            f"{event.step.value} of {event.item} goes to {', '.join(event.header.to) or 'nobody'}",
            right=f"the addressees of the item: {', '.join(record.content.header.to) or 'nobody'}",
            at_fault=f"party {event.header.by}",
        )
    state = record.state
    if event.step is not Step.ACTIVATE:
        state = _begun(record, event.header.at_ms)
    state = advance(
        table_of(record.content), state, _EVENT[event.step], what=event.item, by=event.header.by
    )
    closed_ms = event.header.at_ms if state in CLOSED else record.closed_ms
    return replace(record, version=event.version, state=state, closed_ms=closed_ms)


def apply_receipt(record: ItemRecord, party: str, version: int, received_ms: int) -> ItemRecord:
    """The record after ``party``'s machine gave its receipt for ``version`` of the words."""
    if version != record.content.version:
        return record
    if not any(s.party == party and s.received_ms < 0 for s in record.standings):
        return _settled(record)
    standings = tuple(
        [
            replace(s, received_ms=received_ms) if s.party == party and s.received_ms < 0 else s
            for s in record.standings
        ]
    )
    return _settled(_with(record, record.state, standings))


def apply_answer(agreement: Agreement, record: ItemRecord, answer: Answer) -> ItemRecord:
    """The record after one more answer. Refused: an answer to a version not in force."""
    if answer.version != record.content.version:
        raise ProtocolError(
            f"answer to version {answer.version} of {answer.item}",
            right=f"version {record.content.version}, the one in force",
            at_fault=f"party {answer.header.by}",
        )
    notice = record.content if isinstance(record.content, Notice) else None
    _, needs_read_back = timers_for(agreement, notice)
    standing = record.standing(answer.header.by)
    climbed = climb(standing, answer, notice=notice, needs_read_back=needs_read_back)
    standings = tuple([climbed if s is standing else s for s in record.standings])
    return _settled(_with(record, record.state, standings))


def state_at(record: ItemRecord, now_ms: int) -> State:
    """The state as time has it: a notice whose window has begun is active, asked or not."""
    return _begun(record, now_ms)


def _begun(record: ItemRecord, now_ms: int) -> State:
    waiting = record.state in (State.RELEASED, State.NOTIFIED, State.ACKNOWLEDGED)
    begun = isinstance(record.content, Notice) and now_ms >= record.content.start_ms
    return State.ACTIVE if waiting and begun else record.state


def _settled(record: ItemRecord) -> ItemRecord:
    """Released, notified, acknowledged: as far as all who have to answer have come."""
    if record.state not in (State.RELEASED, State.NOTIFIED) or not record.standings:
        return record
    state: State = record.state
    reached = [s.received_ms >= 0 or s.rung is not Rung.RECEIVED for s in record.standings]
    what, by = record.item, record.author
    if state is State.RELEASED and all(reached):
        state = advance(NOTICE, state, Event.RECEIVED_BY_ALL, what=what, by=by)
    if state is State.NOTIFIED and all(s.rung is Rung.ACCEPTED for s in record.standings):
        state = advance(NOTICE, state, Event.ACCEPTED_BY_ALL, what=what, by=by)
    return record if state is record.state else _with(record, state, record.standings)


def _with(record: ItemRecord, state: State, standings: tuple[Standing, ...]) -> ItemRecord:
    return ItemRecord(record.content, record.version, state, record.closed_ms, standings)


def _fresh(agreement: Agreement, content: Item) -> tuple[Standing, ...]:
    return tuple(
        Standing(party, content.version)
        for party in content.header.to
        if not agreement.party(party).observer
    )


def _same_author(record: ItemRecord, by: str) -> None:
    if by != record.author:
        raise ProtocolError(
            f"{record.ref} belongs to {record.author!r}, not to {by!r}",
            right=f"only {record.author} changes it; others answer it",
            at_fault=f"party {by}",
        )


def _of_his_own(agreement: Agreement, content: Nonconformance) -> None:
    by = content.header.by
    if content.notice and owner_of(agreement, content.notice) != by:
        raise ProtocolError(
            f"{content.item} says that notice {content.notice!r} is not kept, which is not"
            f" {by}'s own",
            right=f"a notice of {by}, or none",
            at_fault=f"party {by}",
        )


def _in_turn(item: str, version: int, last: int, by: str) -> None:
    if version != last + 1:
        raise ProtocolError(
            f"version {version} of {item} is out of turn",
            right=f"version {last + 1}",
            at_fault=f"party {by}",
        )


def unanswered(record: ItemRecord) -> Iterable[Standing]:
    """Those who still owe an answer."""
    return (s for s in record.standings if s.rung not in ANSWERED)
