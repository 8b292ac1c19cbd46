"""What one person on watch hands to the next: what is open, what is coming, both their words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.errors import InputError
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    Form,
    Hash,
    Id,
    IdOrEmpty,
    InstantMs,
    Line,
    Members,
    Ref,
    Text,
)


class Stage(StrEnum):
    OFFERED = "offered"  # signed by the outgoing
    TAKEN = "taken"  # signed by the incoming too: the seat is his
    UNMANNED = "unmanned"  # his session ended and nobody has taken the seat


class Urgency(StrEnum):
    """How soon somebody must do something about a line, the most urgent first."""

    URGENT = "urgent"
    WARNING = "warning"
    ADVISORY = "advisory"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """Something that somebody still has to do something about, as the node found it.

    kind and ref name it: no two lines of one list have both in common. state: how far it has come
    ("unacknowledged", "we owe: read"); "closed" for what was offered and is over.
    """

    kind: Id
    ref: Ref
    words: Line
    level: Urgency
    state: Line


@dataclass(frozen=True, slots=True)
class ComingLine:
    """Something that happens by itself at an instant."""

    at_ms: InstantMs
    kind: Id
    ref: Ref
    words: Line


@dataclass(frozen=True, slots=True)
class ItemNote:
    """What the outgoing says of one open line."""

    ref: Ref
    text: FilledLine


MOST_OPEN = 256
MOST_COMING = 64
MOST_NOTES = 64
Answered = Annotated[str, Form("text", 2_000)]


@dataclass(frozen=True, slots=True)
class Handover(Content):
    """The watch of one duty role handed from one person to another; it goes to nobody else.

    from_ms, until_ms: the shift of the outgoing, until he hands over (closed). open: composed by
    the node; what a paper cannot hold is counted in a line of kind "more". digest: SHA-256 of
    everything that was open, by kind, ref and level. notes, forward: the outgoing's words; answers:
    the incoming's, what he asked and what he was told. unsigned: why the outgoing did not sign, ""
    if he did; outgoing "" where nobody held the seat. ends_ms: since when the incoming has left it
    unmanned, -1 before that. *_id: log-in names, "" for who has none. session_ends_ms: when
    the session of the incoming ends, -1 if he has none. InputError: it ends before it begins; a
    line or a note twice.
    """

    KIND: ClassVar[str] = "handover"

    duty: Id
    stage: Stage
    outgoing: Line
    incoming: FilledLine
    from_ms: InstantMs
    until_ms: InstantMs
    open: Annotated[tuple[OpenLine, ...], Members(MOST_OPEN)]
    coming: Annotated[tuple[ComingLine, ...], Members(MOST_COMING)]
    digest: Hash
    notes: Annotated[tuple[ItemNote, ...], Members(MOST_NOTES)] = ()
    forward: Text = ""
    answers: Answered = ""
    unsigned: Line = ""
    ends_ms: int = -1
    outgoing_id: IdOrEmpty = ""
    incoming_id: IdOrEmpty = ""
    session_ends_ms: int = -1

    def __post_init__(self) -> None:
        if self.until_ms < self.from_ms:
            raise InputError(
                "a shift that ends before it begins", right="from_ms <= until_ms", where="until_ms"
            )
        names = [(one.kind, one.ref) for one in self.open]
        if len(names) != len(set(names)):
            raise InputError("an open line stands twice", right="each once", where="open")
        refs = [one.ref for one in self.notes]
        if len(refs) != len(set(refs)):
            raise InputError("two notes on one item", right="one note each", where="notes")
