"""Two officers of ours act on one thing at once: the second is told what the first did.

What a screen showed comes with the act; it is held against what stands in the transaction that
would say the act. Without it, the second is told where the life cycle refuses him.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from parley.errors import DoneBeforeError, ProtocolError
from parley.ledger import Entry, Kind, parse_statement
from parley.ledger import parse as parse_note
from parley.liaison.papers.record import Heard, PaperRecord
from parley.node import admit
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.rules.acknowledgement import ANSWERED, Standing
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import Answer, ItemEvent, Rung, Step
from parley.wire.spoken import TYPES, Spoken, decode

T = TypeVar("T")

_HEIGHT = {Rung.RECEIVED: 0, Rung.READ: 1, Rung.READ_BACK: 2}
_TOP = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen showed of our own standing: the version of the words, and the rung."""

    version: int
    rung: Rung | None = None


def answering(desk: Desk, ref: str, rung: Rung, shown: Shown | None, say: Callable[[], T]) -> T:
    """What ``say`` gives. DoneBeforeError: another of us has answered since, or so already."""
    record = admit.load(desk, ref)
    ours = None if record is None else _standing(record, desk.context.party)
    return _answering(desk, ref, rung, shown, ours, say)


def replying(desk: Desk, ref: str, rung: Rung, shown: Shown | None, say: Callable[[], T]) -> T:
    """The same for a reply to a paper."""
    record = shelf.load(desk, ref) if shelf.is_paper(ref) else None
    ours = None if record is None else _heard(record, desk.context.party)
    return _answering(desk, ref, rung, shown, ours, say)


def stepping(desk: Desk, ref: str, step: Step, version: int, say: Callable[[], T]) -> T:
    """The same for a step of an item of ours. version: of the item as it was shown; 0: not told."""
    record = admit.load(desk, ref)
    if record is None or record.author != desk.context.party:
        return say()
    if version and version != record.version:
        raise _told(desk, ref, f"{ref} is at version {record.version} by now")
    size = desk.tx.log.size()
    try:
        return say()
    except ProtocolError:
        if record.closed or (step is Step.ACTIVATE and record.state is State.ACTIVE):
            raise _told(desk, ref, f"{ref} is {record.state.value} already", size) from None
        raise


def _answering(
    desk: Desk,
    ref: str,
    rung: Rung,
    shown: Shown | None,
    ours: Standing | Heard | None,
    say: Callable[[], T],
) -> T:
    if ours is None:
        return say()
    if shown is not None and ours.number and _other(shown, ours):
        raise _told(desk, ref, f"{ref} stands at {ours.rung.value} by us already")
    size = desk.tx.log.size()
    try:
        return say()
    except ProtocolError:
        now, asked = _height(ours.rung), _height(rung)
        if ours.number and (now > asked or ours.rung is rung):
            what = f"{ref} stands at {ours.rung.value} by us already"
            raise _told(desk, ref, what, size) from None
        raise


def _other(shown: Shown, ours: Standing | Heard) -> bool:
    """Whether our standing is not what was shown. Newer words of its author are no act of ours."""
    if shown.version != ours.version:
        return False
    return shown.rung is not None and shown.rung is not ours.rung


def _height(rung: Rung) -> int:
    return _TOP if rung in ANSWERED else _HEIGHT[rung]


def _standing(record: ItemRecord, party: str) -> Standing | None:
    return next((one for one in record.standings if one.party == party), None)


def _heard(record: PaperRecord, party: str) -> Heard | None:
    return next((one for one in record.heard if one.party == party), None)


def _told(desk: Desk, ref: str, what: str, size: int = -1) -> DoneBeforeError:
    """size: of our log before the act that is refused now; -1: as it is."""
    said = _last(desk, ref, desk.tx.log.size() if size < 0 else size)
    if said is None:
        return DoneBeforeError(what, ref=ref)
    return DoneBeforeError(
        what,
        who=getattr(said, "person", ""),
        role=said.header.role,
        did=_word(said),
        at_ms=said.header.at_ms,
        ref=ref,
    )


def _word(said: Spoken) -> str:
    if isinstance(said, Answer):
        return said.rung.value
    if isinstance(said, ItemEvent):
        return said.step.value
    rung = getattr(said, "rung", None)
    return "amended" if rung is None else str(rung.value)


def _last(desk: Desk, ref: str, size: int) -> Spoken | None:
    """The last thing that we said about it, by so many entries of our log."""
    keys = [key for key, _ in desk.tx.records.scan("entries", f"{ref}|")]
    for key in reversed(keys):
        at = int(key.rpartition("|")[2])
        if at >= size:
            continue
        entry = Entry.from_leaf(next(iter(desk.tx.log.leaves(at, at + 1))))
        if entry.kind is not Kind.SENT:
            continue
        type_line, body = parse_statement(parse_note(entry.note).text)
        if type_line in TYPES:
            return decode(type_line, body, sender="this node")
    return None
