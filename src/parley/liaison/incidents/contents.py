"""Incidents, what is claimed about them, objections, and statements to the public."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.errors import InputError
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    Attachments,
    FilledLine,
    FilledText,
    HashOrEmpty,
    Id,
    IdOrEmpty,
    Ids,
    InstantMs,
    Language,
    Line,
    Lines,
    Ref,
    RefOrEmpty,
    Refs,
    Text,
    Whole,
)
from parley.liaison.papers.when import When
from parley.space import Area, Position


class IncidentState(StrEnum):
    OPEN = "open"
    UNDER_REVIEW = "under-review"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Incident(Content):
    """The report of an incident: what, when, where, who was there, what was done. No blame.

    The numbered fields of the printed form follow these members. parties: whom it concerns; what
    all signatories among them accept is agreed. questions: what is open, one a line. same_as: the
    report of another party on the same incident, which this one joins; it is never changed.
    """

    KIND: ClassVar[str] = "incident"

    title: FilledLine
    state: IncidentState
    when: When
    area: Area | None
    parties: Ids
    involved: Lines
    harm: Text
    actions: Text
    questions: Lines = ()
    refs: Refs = ()
    attachments: Attachments = ()
    same_as: RefOrEmpty = ""


class Aspect(StrEnum):
    """Three things that are never mixed: what was done, what it led to, who answers for it."""

    ACT = "act"
    CAUSE = "cause"
    BLAME = "blame"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a claim was made: medium, where it can be read, the hash of what was kept of it.

    said_by: the person or office; said: when it was published, by its own date.
    """

    medium: FilledLine
    citation: FilledLine
    said: When
    said_by: Line = ""
    sha256: HashOrEmpty = ""
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is claimed, and how sure: uncertainty_m, -1 if nothing was said of it (then
    it is held against no other place)."""

    position: Position
    uncertainty_m: Annotated[int, Whole(-1, 20_000_000)]


@dataclass(frozen=True, slots=True)
class Claim(Content):
    """What a party, or somebody it quotes, claims. It stays a claim for ever.

    topic: what it answers ("lead-time", "position-at-hit"): claims on one topic and aspect of one
    incident are held against each other. claimant: a party id or any name; the author of the
    paper may quote somebody else. least, most, unit: a quantity as a closed range, None for no
    bound; answer: a word, where it is one of a few; place, happened: where and when, where it
    says so. against: who answers for it, with BLAME only. supersedes: an earlier claim of the
    same claimant that this one takes the place of. evidence: what the claimant rests on, by hash;
    refs: items, tracks and entries it is about. InputError: a range that is none, a quantity
    without its unit, a name to blame in a claim of another aspect.
    """

    KIND: ClassVar[str] = "claim"

    incident: Ref
    topic: Id
    aspect: Aspect
    claimant: FilledLine
    text: FilledText
    source: Source
    happened: When | None = None
    place: Place | None = None
    least: int | None = None
    most: int | None = None
    unit: IdOrEmpty = ""
    answer: IdOrEmpty = ""
    against: Lines = ()
    supersedes: RefOrEmpty = ""
    evidence: Attachments = ()
    refs: Refs = ()

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        if bounds != sorted(bounds):
            raise InputError(
                f"a quantity from {self.least} to {self.most}",
                right="least <= most",
                where="least",
            )
        if bool(bounds) != bool(self.unit):
            raise InputError(
                f"a quantity {bounds} in unit {self.unit!r}",
                right="least, most or both with a unit, or none of the three",
                where="unit",
            )
        if self.against and self.aspect is not Aspect.BLAME:
            raise InputError(
                f"a claim about {self.aspect.value} says who answers for it",
                right="a claim of its own, of aspect blame",
                where="against",
            )


class ObjectionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Objection(Content):
    """A party objects to a paper, a notice, a posture; an answer is due by ``reply_by_ms``
    (closed: then it is still in time) from the author of ``to``, else from all addressed."""

    KIND: ClassVar[str] = "objection"

    to: Ref
    reason: FilledText
    reply_by_ms: InstantMs
    state: ObjectionState = ObjectionState.OPEN


@dataclass(frozen=True, slots=True)
class Communique(Content):
    """A statement to the public, joint or of one side: when it was published and when what it
    tells of happened are two times. joint: agreed once all who are asked accept these words."""

    KIND: ClassVar[str] = "communique"

    title: FilledLine
    joint: bool
    text: FilledText
    language: Language
    medium: FilledLine
    published: When | None
    happened: When | None = None
    refs: Refs = ()
