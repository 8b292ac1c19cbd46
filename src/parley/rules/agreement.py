"""The agreement as data: who the parties are and what they owe each other.

Everything a rule needs to reach a verdict stands here and nowhere in code: lead times, timers,
separations, buffers, the assumed reaction of third parties. Two nodes that hold the same
agreement (same canonical bytes) and the same statements reach the same findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parley.errors import InputError, UnknownPartyError
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span


@dataclass(frozen=True, slots=True)
class Party:
    """One signatory or observer. ``id`` is a short lower-case name; roles are duty roles.

    An observer receives what it is addressed and holds a log; it is not asked to acknowledge.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    observer: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """After ``after_s`` seconds without the required step, duty role ``role`` is asked as well."""

    after_s: int
    role: str


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds from receipt within which each rung of the acknowledgement ladder is due."""

    read_s: int
    read_back_s: int
    answer_s: int
    escalation: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class SeparationMinima:
    """Closed minima: two volumes conflict when they come this close in all three at once."""

    horizontal_m: int
    vertical_m: int
    time_s: int


@dataclass(frozen=True, slots=True)
class HazardBuffer:
    """What is added to the declared activity itself: overshoot in metres, time in seconds."""

    overshoot_m: int
    overshoot_up_m: int
    before_s: int
    after_s: int


@dataclass(frozen=True, slots=True)
class ActivityClass:
    """The rules for one class of activity.

    lead_s: minimum lead time, from receipt to start. provokes_reaction: third parties are
    assumed to react to it. needs_all_clear: its hazard stays open after the end until the
    originator gives an all-clear (at most ``Agreement.all_clear_cap_s``). needs_aircraft_area:
    a notice must say where its own aircraft are. needs_read_back: no acceptance without one.
    """

    id: str
    title: str
    lead_s: int
    timers: Timers
    separation: SeparationMinima
    hazard: HazardBuffer
    provokes_reaction: bool = False
    needs_all_clear: bool = False
    needs_aircraft_area: bool = False
    needs_read_back: bool = True


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a third party is assumed to do when an activity comes near it.

    It reacts to activity within ``trigger_m`` of its posture area; its effects reach
    ``reach_m`` around the activity and overshoot by ``overshoot_m`` more; within ``band``;
    from the activity's start until ``after_s`` seconds behind its end.
    """

    trigger_m: int
    reach_m: int
    overshoot_m: int
    band: Band
    after_s: int


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """An actor that signed nothing. Assumed blind to everybody unless it acknowledges."""

    id: str
    name: str
    posture: Area
    reaction: Reaction
    version: int = 1


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area both sides mean the same thing by: the agreed gazetteer."""

    id: str
    name: str
    area: Area


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line both sides mean the same thing by: a border, a river, a line of withdrawal.

    area: a path in its points' order; its reach is how exactly it is known, in metres.
    """

    id: str
    name: str
    area: Area


@dataclass(frozen=True, slots=True)
class Site:
    """A protected site or standing presence, known to all parties. ``party`` answers for it."""

    id: str
    name: str
    party: str
    area: Area
    band: Band


@dataclass(frozen=True, slots=True)
class TruthRule:
    """How far a track may be from its declared place before a finding is made.

    tolerance_m is added to the track's own uncertainty; a track may still get to its place in
    time if it need not fly faster than max_speed_mps; tracks older than max_age_s say nothing;
    a notice is only held against tracks of its author within claim_m of what it declares.
    """

    tolerance_m: int
    max_speed_mps: int
    max_age_s: int
    claim_m: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """The whole agreement. Every id is unique within its kind; roles named in timers exist.

    watch: what is agreed about the live watch; None: each node watches by the defaults.
    tails: of each class, how long behind its end a notice concerns somebody (rules.hazard).
    """

    id: str
    version: int
    title: str
    parties: tuple[Party, ...]
    area: Area
    valid: Span
    classes: tuple[ActivityClass, ...]
    urgent: Timers
    truth: TruthRule
    distress_pass_on_s: int
    all_clear_cap_s: int
    third_parties: tuple[ThirdParty, ...] = ()
    sites: tuple[Site, ...] = ()
    named_areas: tuple[NamedArea, ...] = ()
    named_positions: tuple[tuple[str, Position], ...] = ()
    conflicts_within_party: bool = False
    watch: WatchRules | None = None
    lines: tuple[AgreedLine, ...] = ()
    tails: dict[str, int] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )
    _class_by_id: Mapping[str, ActivityClass] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )
    _max_separation: SeparationMinima = field(
        init=False, repr=False, compare=False, hash=False, default=SeparationMinima(0, 0, 0)
    )

    def __post_init__(self) -> None:
        for kind, ids in (
            ("party", [p.id for p in self.parties]),
            ("class", [c.id for c in self.classes]),
            ("third party", [t.id for t in self.third_parties]),
            ("site", [s.id for s in self.sites]),
            (
                "named area or line",
                [*(a.id for a in self.named_areas), *(a.id for a in self.lines)],
            ),
            ("named position", [name for name, _ in self.named_positions]),
        ):
            repeated = sorted({i for i in ids if ids.count(i) > 1})
            if repeated:
                raise InputError(
                    f"{kind} {repeated[0]!r} stands twice in the agreement",
                    right="each id once",
                    at_fault="the author of the agreement",
                )
        known = {p.id for p in self.parties}
        for site in self.sites:
            if site.party not in known:
                raise InputError(
                    f"site {site.id!r} belongs to {site.party!r}, who is no party",
                    right=f"one of {', '.join(sorted(known))}",
                    at_fault="the author of the agreement",
                )
        object.__setattr__(self, "_class_by_id", {c.id: c for c in self.classes})
        largest = SeparationMinima(
            max((c.separation.horizontal_m for c in self.classes), default=0),
            max((c.separation.vertical_m for c in self.classes), default=0),
            max((c.separation.time_s for c in self.classes), default=0),
        )
        object.__setattr__(self, "_max_separation", largest)

    def party(self, party_id: str) -> Party:
        """The party with this id; UnknownPartyError names the ids that exist."""
        for party in self.parties:
            if party.id == party_id:
                return party
        raise UnknownPartyError(
            f"party {party_id!r} is not in agreement {self.id}",
            right=f"one of {', '.join(p.id for p in self.parties)}",
            at_fault=f"whoever named {party_id!r}",
        )

    def activity_class(self, class_id: str) -> ActivityClass:
        """The class with this id; InputError names the ids that exist."""
        found = self._class_by_id.get(class_id)
        if found is None:
            raise InputError(
                f"activity class {class_id!r} is not in agreement {self.id}",
                right=f"one of {', '.join(c.id for c in self.classes)}",
                where="class",
            )
        return found

    def named_area(self, area_id: str) -> NamedArea:
        """The gazetteer's entry; InputError names the entries that exist."""
        for named in self.named_areas:
            if named.id == area_id:
                return named
        raise InputError(
            f"named area {area_id!r} is not in the gazetteer of agreement {self.id}",
            right=f"one of {', '.join(a.id for a in self.named_areas) or '(there are none)'}",
            where="place",
        )

    def place(self, place_id: str) -> Area | None:
        """The named area or the line with this id, None if there is none."""
        areas = {named.id: named.area for named in self.named_areas}
        areas |= {line.id: line.area for line in self.lines}
        return areas.get(place_id)

    @property
    def signatories(self) -> tuple[str, ...]:
        """The ids of all parties that are no observers, in the agreement's order."""
        return tuple(p.id for p in self.parties if not p.observer)

    @property
    def positions(self) -> dict[str, Position]:
        """Named positions, for range and bearing."""
        return dict(self.named_positions)

    @property
    def max_separation(self) -> SeparationMinima:
        """The largest minima of any class: how far a search for conflicts must look."""
        return self._max_separation
