"""What a party can say: the domain's statements, before they are written down and signed.

A header says who speaks, in which duty role, when (by the speaker's own clock), to whom. An
*item* is what others may have to answer: a notice, a STOP, a DISTRESS, a report on a third
party, a nonconforming flight. Its author numbers everything said about it 1, 2, 3 ...
(``version``), so the order does not depend on clocks or on the order of arrival. An answerer
numbers its answers likewise (``number``). Observations, presences and records of the watch are
local: addressed to nobody, they stay in the log of the party that holds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from parley.rules.findings import Change, Finding
from parley.space import Area, Band, Position, Volume


@dataclass(frozen=True, slots=True)
class Header:
    """by: party id; role: duty role; at_ms: the speaker's clock; to: party ids, sorted.

    copy_for: the one addressee whom this signed copy is for, "" if all get the same bytes. It
    says who may have passed a note on, and nothing about the item: every copy says the same.
    """

    by: str
    role: str
    at_ms: int
    to: tuple[str, ...]
    agreement: str
    exercise: bool = False
    copy_for: str = ""


class Use(StrEnum):
    """What a volume of a notice is for."""

    ACTIVITY = "activity"  # where the activity has its effects
    AIRCRAFT = "aircraft"  # where the originator's own aircraft are meanwhile


@dataclass(frozen=True, slots=True)
class NoticeVolume:
    use: Use
    volume: Volume


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of activity, or a new version of one (amend, extend).

    place: id of a named area of the gazetteer, or "" (then only the volumes speak).
    releaser: the second person's duty role where two persons release, or "".
    It has no field for a reason, a target or a weapon: those are never told.
    """

    header: Header
    item: str
    version: int
    activity_class: str
    volumes: tuple[NoticeVolume, ...]
    place: str = ""
    text: str = ""
    releaser: str = ""
    start_ms: int = field(init=False, repr=False, compare=False)
    end_ms: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans = [placed.volume.span for placed in self.volumes]
        object.__setattr__(self, "start_ms", min([span.start_ms for span in spans], default=0))
        object.__setattr__(self, "end_ms", max([span.end_ms for span in spans], default=0))


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before anybody answers for it: what a file or a form gives. ``item`` may be ""."""

    activity_class: str
    volumes: tuple[NoticeVolume, ...]
    place: str = ""
    text: str = ""
    item: str = ""


class Step(StrEnum):
    """What the author of an item says of it later."""

    ACTIVATE = "activate"
    ALL_CLEAR = "all-clear"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """The author of ``item`` activates it, gives the all-clear (lifts it), or cancels it."""

    header: Header
    item: str
    version: int
    step: Step
    text: str = ""


class Rung(StrEnum):
    """The acknowledgement ladder. RECEIVED is the machine's, the others are a person's."""

    RECEIVED = "received"
    READ = "read"
    READ_BACK = "read-back"
    ACCEPTED = "accepted"
    OBJECTED = "objected"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The values a receiver repeats: window in ms, band in whole metres, place id or ""."""

    start_ms: int
    end_ms: int
    floor_m: int
    ceiling_m: int
    place: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One rung climbed, by duty role, for one version of an item; number: 1, 2, 3 ..."""

    header: Header
    item: str
    version: int
    number: int
    rung: Rung
    read_back: ReadBack | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """STOP, by one person: cease within ``area`` (or everywhere), or cease the notice named."""

    header: Header
    item: str
    version: int
    area: Area | None
    notice: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Distress:
    """DISTRESS, by one person: who, where, and since when it was known to the sender."""

    header: Header
    item: str
    version: int
    subject: str
    position: Position | None
    uncertainty_m: int
    since_ms: int
    text: str = ""


class Phase(StrEnum):
    OPEN = "open"
    CEASED = "ceased"


@dataclass(frozen=True, slots=True)
class Report:
    """A party reports what a third party does: it engages within ``area``, or has ceased."""

    header: Header
    item: str
    version: int
    third_party: str
    phase: Phase
    since_ms: int
    area: Area
    text: str = ""


class Deviation(StrEnum):
    """In what a flight does not keep to what its author declared."""

    PLACE = "place"
    HEIGHT = "height"
    EARLY = "early"  # it began before its window
    OVERRUN = "overrun"  # it goes on behind the end of its window
    OVERDUE = "overdue"  # it is not where it should be by now, or not heard of
    CONTINGENT = "contingent"  # its crew or its control has lost hold of it: it cannot comply


@dataclass(frozen=True, slots=True)
class Nonconformance:
    """The author of a flight announces that it does not conform; conforming again is an all-clear.

    notice: the id of a notice of his own, "" for a flight without one. codes: sorted, one at
    least. since_ms: since when. area: where it may be now, None if that is not known; band: its
    heights there, None for any. New words as it moves, or as the codes change.
    Source: ASTM F3548-21, states Nonconforming and Contingent of an operational intent.
    """

    header: Header
    item: str
    version: int
    notice: str
    codes: tuple[Deviation, ...]
    since_ms: int
    area: Area | None = None
    band: Band | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """A protected presence of one's own, never shown to the notifier: checked, not sent.

    The latest version is in force; ``withdrawn`` ends it.
    """

    header: Header
    item: str
    version: int
    label: str
    volume: Volume
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One position of one track, seen or declared; ``owner`` is a party id or "" (unknown).

    band: height above the ellipsoid as a band, None if unknown (then any height is possible).
    uncertainty_m: horizontal radius. source: which feed or claim. emergency: the crew or its
    transponder says so.
    """

    header: Header
    track: str
    owner: str
    seen_ms: int
    position: Position
    band: Band | None
    uncertainty_m: int
    source: str
    emergency: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Basis:
    """Where the watch had one track when it found something, and how sure it was.

    seen_ms: when it was last seen. uncertainty_m: horizontal radius, grown by its age. band: None
    if its height is not known. owner: a party id or "" (unknown).
    """

    track: str
    seen_ms: int
    position: Position
    uncertainty_m: int
    band: Band | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """A finding of the live watch that opened, changed or closed; basis: the tracks it is about."""

    change: Change
    finding: Finding
    basis: tuple[Basis, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchRecord:
    """What the live watch of one's own found, kept in one's own log."""

    header: Header
    watched: Watched


Item = Notice | Stop | Distress | Report | Nonconformance
Local = Presence | Observation | WatchRecord
Statement = (
    Notice
    | ItemEvent
    | Answer
    | Stop
    | Distress
    | Report
    | Nonconformance
    | Presence
    | Observation
    | WatchRecord
)

__all__ = [
    "Answer",
    "Basis",
    "Change",
    "Deviation",
    "Distress",
    "Draft",
    "Header",
    "Item",
    "ItemEvent",
    "Local",
    "Nonconformance",
    "Notice",
    "NoticeVolume",
    "Observation",
    "Phase",
    "Presence",
    "ReadBack",
    "Report",
    "Rung",
    "Statement",
    "Step",
    "Stop",
    "Use",
    "WatchRecord",
    "Watched",
]
