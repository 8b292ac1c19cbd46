"""Consent to pass something on, and the register of what was passed on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    FilledText,
    Form,
    Hash,
    Id,
    Ref,
    RefOrEmpty,
    Text,
)


@dataclass(frozen=True, slots=True)
class ConsentRequest(Content):
    """May we pass ``subject`` on to ``recipient``? ACCEPTED by its originator is the consent.

    requested_by: the person who asks: nobody approves a request of his own. marking_wanted: the
    marking under which it would go. until_ms: the consent ends then.
    """

    KIND: ClassVar[str] = "consent-request"

    subject: Ref
    recipient: FilledLine
    purpose: FilledText
    requested_by: FilledLine
    marking_wanted: Marking
    until_ms: int


class Grounds(StrEnum):
    """Why a release was allowed."""

    MARKING = "marking"  # its marking names the recipient
    CONSENT = "consent"  # the originator consented
    SAFETY = "safety-subset"  # never held back
    OWN = "own"  # the originator itself


@dataclass(frozen=True, slots=True)
class Release(Content):
    """An entry of the register: what was passed on to whom, on what grounds; and, where it goes
    through this node, the thing itself as the author signed it.

    subject_hash: SHA-256 of the exact note. enclosed: that note, "" where it travels otherwise.
    """

    KIND: ClassVar[str] = "release"

    subject: Ref
    subject_hash: Hash
    originator: Id
    recipient: FilledLine
    marking: Marking
    grounds: Grounds
    released_by: FilledLine
    consent: RefOrEmpty = ""
    enclosed: Annotated[str, Form("note", 60_000)] = ""
    text: Text = ""
