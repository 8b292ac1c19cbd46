"""What is said on a line: messages, voice calls, comms checks, reports on the line itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from parley.errors import InputError
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    Amount,
    Attachments,
    FilledText,
    IdOrEmpty,
    Ids,
    InstantMs,
    Language,
    Line,
    Lines,
    RefOrEmpty,
    Text,
    Values,
)


class LineName(StrEnum):
    """Two lines that are never mixed: lives, and everything else between governments."""

    SAFETY = "safety"
    STRATEGIC = "strategic"


class Precedence(StrEnum):
    """How soon it is read: FLASH before all else (ACP 121)."""

    FLASH = "flash"
    IMMEDIATE = "immediate"
    PRIORITY = "priority"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class Message(Content):
    """One message. The original is what ``text`` says in ``language``; no translation is signed.

    phrase: id of a phrase of the book, "" for free text; blanks: what fills its blanks.
    read_back: what has to be repeated before it counts as understood. reply_to: an earlier one.
    """

    KIND: ClassVar[str] = "message"

    line: LineName
    precedence: Precedence
    language: Language
    text: FilledText
    phrase: IdOrEmpty = ""
    blanks: Values = ()
    read_back: Values = ()
    reply_to: RefOrEmpty = ""
    attachments: Attachments = ()


@dataclass(frozen=True, slots=True)
class Call(Content):
    """A voice call as one party logs it. ended_ms: -1 while it lasts. recording: by its hash.

    answered: False for one that nobody took. InputError: it ends before it begins.
    """

    KIND: ClassVar[str] = "call"

    line: LineName
    by: IdOrEmpty
    parties: Ids
    began_ms: InstantMs
    ended_ms: int
    answered: bool
    speakers: Lines = ()
    summary: Text = ""
    recordings: Attachments = ()

    def __post_init__(self) -> None:
        if self.ended_ms != -1 and self.ended_ms < self.began_ms:
            raise InputError("the call ends before it begins", right="ended_ms >= began_ms")


@dataclass(frozen=True, slots=True)
class Check(Content):
    """A comms check: "how do you hear me?". Heard when a person replies; number counts them."""

    KIND: ClassVar[str] = "check"

    line: LineName
    number: Amount
    due_s: Amount


class LineState(StrEnum):
    UP = "up"
    DEGRADED = "degraded"  # paper and voice: forms and phone scripts
    OUT = "out"


@dataclass(frozen=True, slots=True)
class LineReport(Content):
    """A party says how a line is, since when, and by what means it can be reached meanwhile."""

    KIND: ClassVar[str] = "line-report"

    line: LineName
    state: LineState
    since_ms: InstantMs
    fallback: Line = ""
    why: Text = ""
