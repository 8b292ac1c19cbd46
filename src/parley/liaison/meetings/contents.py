"""Consultations, briefing packs, minutes and what was promised there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.errors import InputError
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    Attachments,
    FilledLine,
    FilledText,
    Id,
    Ids,
    Line,
    LongText,
    Members,
    Ref,
    RefOrEmpty,
    Refs,
    Text,
)
from parley.liaison.papers.when import When


class MeetingState(StrEnum):
    TENTATIVE = "tentative"
    PLANNED = "planned"
    HELD = "held"
    CALLED_OFF = "called-off"


@dataclass(frozen=True, slots=True)
class Member:
    """One member, by name or as a ref of the directory, in the office held then; or several that
    nobody named: ``unnamed`` of them. Exactly one of the two."""

    person: Line
    office: Line = ""
    head: bool = False
    unnamed: int = 0

    def __post_init__(self) -> None:
        if bool(self.person) == bool(self.unnamed) or not 0 <= self.unnamed <= 1000:
            raise InputError(
                f"a member {self.person!r} and {self.unnamed} unnamed",
                right="a person, or a number of unnamed members up to 1000",
                where="members",
            )


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whom a party sends. At most one head, who is named."""

    party: Line
    members: Annotated[tuple[Member, ...], Members(100)]

    def __post_init__(self) -> None:
        heads = [m for m in self.members if m.head]
        if len(heads) > 1 or any(not m.person for m in heads):
            raise InputError(
                f"the delegation of {self.party} has {len(heads)} heads",
                right="one head at most, by name",
                where="members",
            )


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """What is talked about; refs: the notices, operations and incidents it is tied to."""

    title: FilledLine
    refs: Refs = ()
    marking: Marking | None = None


@dataclass(frozen=True, slots=True)
class Consultation(Content):
    """A meeting, a visit or a leaders' call: who sends whom, who is host, where and when."""

    KIND: ClassVar[str] = "consultation"

    title: FilledLine
    state: MeetingState
    host: Line
    place: Line
    when: When
    delegations: Annotated[tuple[Delegation, ...], Members(32)] = ()
    agenda: Annotated[tuple[AgendaItem, ...], Members(64)] = ()
    follows: Refs = ()
    text: Text = ""


@dataclass(frozen=True, slots=True)
class BriefingPart:
    """One part of a pack under a marking of its own (portion marking)."""

    title: FilledLine
    text: Text
    marking: Marking
    refs: Refs = ()
    attachments: Attachments = ()


@dataclass(frozen=True, slots=True)
class Briefing(Content):
    """A pack that is given at a consultation, or without one."""

    KIND: ClassVar[str] = "briefing"

    title: FilledLine
    consultation: RefOrEmpty
    parts: Annotated[tuple[BriefingPart, ...], Members(64, 1)]


class Tone(StrEnum):
    """How a side found it, in its own word; never computed from prose."""

    CORDIAL = "cordial"
    PROFESSIONAL = "professional"
    COOL = "cool"
    TENSE = "tense"
    BROKEN_OFF = "broken-off"
    NOT_SAID = "not-said"


@dataclass(frozen=True, slots=True)
class Minutes(Content):
    """Minutes of one side, or a proposal of agreed minutes: agreed once all addressed accept."""

    KIND: ClassVar[str] = "minutes"

    consultation: Ref
    agreed: bool
    tone: Tone
    text: LongText
    commitments: Refs = ()
    attachments: Attachments = ()


class CommitmentState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Commitment(Content):
    """What a party owes. due: None for no date ("as soon as possible"); hard: it is broken when
    overdue, a soft one is only late. after: commitments that have to be done before it."""

    KIND: ClassVar[str] = "commitment"

    owner: Id
    text: FilledText
    state: CommitmentState
    due: When | None = None
    hard: bool = False
    after: Refs = ()
    to: Ids = ()
