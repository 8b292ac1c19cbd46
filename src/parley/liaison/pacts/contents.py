"""How an agreement changes: proposals, signatures, who takes part, postures of third parties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    FilledLine,
    Form,
    Hash,
    Id,
    InstantMs,
    Line,
    Metres,
    Number,
    Ref,
    Seconds,
    Text,
)
from parley.liaison.papers.when import When
from parley.space import Area, Band


@dataclass(frozen=True, slots=True)
class Proposal(Content):
    """A whole agreement that shall follow the one of ``base``; in force from ``from_ms`` at the
    earliest, once every signatory has signed it.

    text: the agreement file, as it would be kept; digest: of what it says. sign_by_ms: nobody is
    bound by a signature after it.
    """

    KIND: ClassVar[str] = "proposal"

    base: Hash
    digest: Hash
    title: FilledLine
    text: Annotated[str, Form("note", 60_000)]
    from_ms: InstantMs
    sign_by_ms: InstantMs
    why: Text = ""


@dataclass(frozen=True, slots=True)
class Signature(Content):
    """A party signs one proposal that follows ``base``, in one round: one signature a round, and
    none is taken back. proposal: with its days; digest: of what it says. See ``pacts.signing`` for
    how rounds end."""

    KIND: ClassVar[str] = "signature"

    base: Hash
    round: Number
    proposal: Ref
    digest: Hash


class Stance(StrEnum):
    TAKING_PART = "taking-part"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Participation(Content):
    """A party says that it suspends the agreement, or takes part again, from when on, and which
    parts it keeps up meanwhile: the line may go on while the agreement is suspended."""

    KIND: ClassVar[str] = "participation"

    stance: Stance
    from_ms: InstantMs
    keeps_line: bool
    why: Text = ""


@dataclass(frozen=True, slots=True)
class Posture(Content):
    """What a party says of a third party's posture: another version of its hazard parameters.

    It changes no rule by itself: it asks for a review, and the agreement for an amendment.
    reviewed: a review found that nothing, or something (by an amendment), has to change.
    """

    KIND: ClassVar[str] = "posture"

    third_party: Id
    version: Number
    what: FilledLine
    since: When
    source: FilledLine
    area: Area | None = None
    band: Band | None = None
    reach_m: Metres = 0
    after_s: Seconds = 0
    review_by_ms: int = -1
    reviewed: Line = ""
