"""Units that are no nodes, and what was relayed to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import (
    Attachments,
    FilledLine,
    Id,
    IdOrEmpty,
    InstantMs,
    Line,
    Lines,
    Members,
    Number,
    Ref,
    RefOrEmpty,
    Seconds,
    Text,
    Values,
)
from parley.space import Area, Band


class UnitKind(StrEnum):
    AIR_DEFENCE = "air-defence"
    FIRES_CELL = "fires-cell"
    AIR_UNIT = "air-unit"
    CONVOY = "convoy"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit(Content):
    """Somebody who could hurt somebody and has no node: a battery, a fires cell.

    party: who commands it: a party or a third party of the agreement, "" if nobody answers for
    it. reach: where it can do harm, None for everywhere; band: its heights, None for any. relay:
    the party that tells it. confirm_s: without proof of delivery within so long it is assumed
    blind.
    """

    KIND: ClassVar[str] = "unit"

    name: FilledLine
    sort: UnitKind
    party: IdOrEmpty
    relay: Id
    reach: Area | None
    band: Band | None
    channels: Lines
    confirm_s: Seconds
    active: bool = True


class Proof(StrEnum):
    """How it is known that the unit has it, the weakest first."""

    NONE = "none"  # sent, and nothing came back: assumed blind
    SENT = "sent"  # a machine took it
    RECEIPT = "receipt"  # somebody signed for it
    READ_BACK = "read-back"  # somebody repeated it rightly
    REFUSED = "refused"  # it was not taken


MOST_COMPARED = 128


@dataclass(frozen=True, slots=True)
class ComparedSite:
    """A protected site that was compared: how near the relayed place comes, in metres; inside:
    it meets the place, or lies nearer than the margin that was asked for."""

    ref: Ref
    distance_m: int
    inside: bool


@dataclass(frozen=True, slots=True)
class Relay(Content):
    """One telling of one version of a notice (or STOP, DISTRESS, report) to one unit.

    compared: the protected sites, the nearest first, as they were held against what was relayed
    before it left; to others agreed sites only. override: the person who let it go although a
    site lies within; "" where none does. proved_ms: when the unit answered, -1 while it has not.
    safety: only the safety subset was told (each hazard's polygon, band and window).
    """

    KIND: ClassVar[str] = "relay"

    subject: Ref
    subject_version: Number
    unit: Ref
    channel: FilledLine
    sent_ms: InstantMs
    proof: Proof
    proved_ms: int
    taken_by: Line = ""
    read_back: Values = ()
    evidence: Attachments = ()
    compared: Annotated[tuple[ComparedSite, ...], Members(MOST_COMPARED)] = ()
    override: Line = ""
    answered_from: RefOrEmpty = ""
    text: Text = ""
    safety: bool = False
