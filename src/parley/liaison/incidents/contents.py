"""Incidents, what is claimed about them, objections, and statements to the public."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

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

    The numbered fields of the printed form follow these members.
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
    """A place that is claimed, and how sure: uncertainty_m, -1 if nothing was said of it."""

    position: Position
    uncertainty_m: int


@dataclass(frozen=True, slots=True)
class Claim(Content):
    """What a party, or somebody it quotes, claims. It stays a claim for ever.

    topic: what it answers ("lead-time", "position-at-hit"): claims on one topic of one incident
    are held against each other. claimant: a party id or any name. number and unit: a quantity,
    least and most, where it is one; place, happened: where and when, where it says so.
    supersedes: an earlier claim of the same claimant that this one takes the place of.
    evidence: what the claimant rests on, by hash; refs: entries of the logs.
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


class ObjectionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Objection(Content):
    """A party objects to a paper, a notice, a posture; an answer is due by ``reply_by_ms``."""

    KIND: ClassVar[str] = "objection"

    to: Ref
    reason: FilledText
    reply_by_ms: InstantMs
    state: ObjectionState = ObjectionState.OPEN


@dataclass(frozen=True, slots=True)
class Communique(Content):
    """A statement to the public, joint or of one side: when it was published and when what it
    tells of happened are two times. joint: agreed once all addressed accept it."""

    KIND: ClassVar[str] = "communique"

    title: FilledLine
    joint: bool
    text: FilledText
    language: Language
    medium: FilledLine
    published: When | None
    happened: When | None = None
    refs: Refs = ()
