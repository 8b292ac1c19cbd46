"""What the watch holds tracks against: declared intents, hazards, who answers for whom.

The node makes a scene anew whenever its statements change; the watch only reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.rules.agreement import Agreement
from parley.rules.placed import Row
from parley.rules.watching import WatchRules
from parley.space import Area, PressureModel


@dataclass(frozen=True, slots=True)
class Intent:
    """A live notice as a flight intent: where its author declared his aircraft to be, and when.

    ref: "notice:ID". aircraft: its aircraft volumes, or all it declares if it has none.
    activity: the rows of its activity volumes, empty if it has none beside them. closed: the
    author said that it is over.
    """

    ref: str
    party: str
    activity_class: str
    aircraft: tuple[Row, ...]
    activity: tuple[Row, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard volume that stands still: all rows of one ref. party: who answers for it.

    origins: where it comes from, by the cause of a row: the posture area of a third party by its
    id (for "reaction:ID" and "engaged:ID"), or an area by the row's whole group.
    """

    ref: str
    party: str
    rows: tuple[Row, ...]
    origins: Mapping[str, Area] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MovingHazard:
    """A hazard that moves with a track: nobody else within ``radius_m`` of it and within
    ``up_m`` above and ``down_m`` below, from from_ms to until_ms (closed).

    ref: "moving:ID". party: who declared it. except_parties: whose tracks may be there.
    """

    ref: str
    track: str
    party: str
    radius_m: int
    up_m: int
    down_m: int
    from_ms: int
    until_ms: int
    except_parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """party: whose watch it is. area: the agreement's area, None for everywhere: outside nobody
    is asked who he is. owners: track id -> party, where a person or a file said so. bound: track
    id -> notice ref, where a person said so. air: how pressure altitude becomes a band of heights
    here; None: then what has only a pressure altitude may be at any height of a volume. agreement:
    whose rule holds a party's own tracks against what it declares; None: they are not held so.
    distress: the subjects of every DISTRESS in force.
    """

    party: str
    rules: WatchRules
    area: Area | None = None
    intents: tuple[Intent, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    moving: tuple[MovingHazard, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    air: PressureModel | None = None
    within_party: bool = False
    parties: tuple[str, ...] = ()
    agreement: Agreement | None = None
    distress: tuple[str, ...] = ()
