"""Consent to pass something on, and the register of what was passed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.errors import InputError
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    FilledText,
    Form,
    Hash,
    Id,
    InstantMs,
    Line,
    Members,
    Ref,
    RefOrEmpty,
    Text,
)
from parley.space import Area, Band

Note = Annotated[str, Form("note", 60_000)]
SmallNote = Annotated[str, Form("note", 12_000)]


@dataclass(frozen=True, slots=True)
class ConsentRequest(Content):
    """May we pass ``subject`` on to ``recipient``? ACCEPTED by its originator is the consent.

    subject: with its version, "message:ru-3@1": consent is for exactly these words. marking: what
    it has now. recipient: a party's id or, in free text, somebody outside. requested_by: the
    person who asks: nobody approves a request of his own. marking_wanted: the marking under which
    it would go. until_ms: the consent ends then.
    """

    KIND: ClassVar[str] = "consent-request"

    subject: Ref
    originator: Id
    marking: Marking
    recipient: FilledLine
    purpose: FilledText
    requested_by: FilledLine
    marking_wanted: Marking
    until_ms: InstantMs


class Grounds(StrEnum):
    """Why a release was allowed."""

    MARKING = "marking"  # its marking names the recipient
    CONSENT = "consent"  # the originator consented
    SAFETY = "safety-subset"  # never held back
    OWN = "own"  # the originator itself, or back to it


@dataclass(frozen=True, slots=True)
class Danger:
    """Where nobody should be, and when: of the safety subset, and all of a notice that is in it.
    Closed, UTC. InputError: it ends before it begins."""

    area: Area
    band: Band
    from_ms: InstantMs
    until_ms: InstantMs

    def __post_init__(self) -> None:
        if self.until_ms < self.from_ms:
            raise InputError(
                "a danger that ends before it begins",
                right="from_ms <= until_ms",
                where="until_ms",
            )


@dataclass(frozen=True, slots=True)
class Release(Content):
    """An entry of the register: what was passed on to whom, on what grounds; and, where it goes
    through this node, the thing itself as its author signed it.

    subject: with its version. subject_hash: SHA-256 of the exact note. marking: under which it
    goes. requested_by: the first of the two persons who widen a release. consent: the request
    that was granted; asked, granted: the notes that say so, so that anybody can check them.
    enclosed: the subject's note, "" where it travels otherwise. dangers: what goes of a notice as
    safety subset, in place of the note.
    """

    KIND: ClassVar[str] = "release"

    subject: Ref
    subject_hash: Hash
    originator: Id
    recipient: FilledLine
    marking: Marking
    grounds: Grounds
    released_by: FilledLine
    requested_by: Line = ""
    consent: RefOrEmpty = ""
    asked: SmallNote = ""
    granted: SmallNote = ""
    enclosed: Note = ""
    dangers: Annotated[tuple[Danger, ...], Members(64)] = ()
    text: Text = ""
