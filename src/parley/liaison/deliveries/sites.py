"""What is relayed is held against every protected site before it leaves.

A coordinate that is passed on can be taken for a place to fire at: so each is compared with what
must not be hit, by exact distance, and a person answers for what lies within. The safety subset
(STOP, DISTRESS, the bare hazards of an item) is compared too and never held back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.errors import InputError
from parley.liaison.deliveries.contents import ComparedSite
from parley.liaison.deliveries.rules import MOST_SITES, SAFETY, WIDE_M
from parley.liaison.releases.safety import dangers_of
from parley.rules.agreement import Agreement
from parley.rules.statements import Distress, Item, Nonconformance, Notice, Report, Stop
from parley.space import Area, Band, Span, distance_m


@dataclass(frozen=True, slots=True)
class Told:
    """One place as it is told: what it is for, where, at what heights, when; None: not said."""

    word: str
    area: Area
    band: Band | None = None
    span: Span | None = None


def told_of(content: Item) -> tuple[Told, ...]:
    """Every place that a relay of this item tells: the volumes of a notice as declared, the area
    of a report, a STOP or a nonconformance, the position of somebody in distress."""
    if isinstance(content, Notice):
        return tuple(
            Told(placed.use.value, placed.volume.area, placed.volume.band, placed.volume.span)
            for placed in content.volumes
        )
    if isinstance(content, Distress):
        if content.position is None:
            return ()
        reach_m = min(content.uncertainty_m, WIDE_M)
        return (Told("distress", Area.circle(content.position, reach_m)),)
    if isinstance(content, Stop):
        return () if content.area is None else (Told("stop", content.area),)
    if isinstance(content, Report):
        return (Told(f"{content.third_party} {content.phase.value}", content.area),)
    assert isinstance(content, Nonconformance)
    return () if content.area is None else (Told("nonconforming", content.area, content.band),)


def dangers_told(agreement: Agreement, content: Item) -> tuple[Told, ...]:
    """The same of its safety subset: each hazard, and neither whose nor why."""
    return tuple(
        Told("danger", one.area, one.band, Span(one.from_ms, one.until_ms))
        for one in dangers_of(agreement, content)
    )


@dataclass(frozen=True, slots=True)
class Protected:
    """What must not be hit. agreed: a site of the agreement, which every party knows; else a
    presence of our own, which nobody is shown."""

    ref: str
    name: str
    area: Area
    agreed: bool


def sites_of(agreement: Agreement) -> tuple[Protected, ...]:
    return tuple(
        Protected(f"site:{site.id}", site.name, site.area, True) for site in agreement.sites
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """How near the nearest of the told places comes, in whole metres; inside: nearer than the
    margin, or meeting it (closed)."""

    site: Protected
    distance_m: int
    inside: bool

    @property
    def public(self) -> ComparedSite:
        return ComparedSite(self.site.ref, self.distance_m, self.inside)


def compare(
    places: Sequence[Area], protected: Iterable[Protected], margin_m: int = 0
) -> tuple[Compared, ...]:
    """Each protected site against all these places, the nearest first; () for no place.

    An area holds its own corners and centre, so its distance is that of every coordinate of it."""
    found = []
    for site in protected if places else ():
        away = min(distance_m(place, site.area) for place in places)
        found.append(Compared(site, round(away), away <= margin_m))
    return tuple(sorted(found, key=lambda one: (one.distance_m, not one.inside, one.site.ref)))


def public(compared: Iterable[Compared]) -> tuple[ComparedSite, ...]:
    """What others may read of it: agreed sites only, the nearest 64."""
    return tuple(one.public for one in compared if one.site.agreed)[:MOST_SITES]


def refuse(
    subject: str, compared: Iterable[Compared], override: str, *, safety: bool = False
) -> None:
    """InputError naming what lies within, unless a person lets it go, or it is of the safety
    subset."""
    inside = [one for one in compared if one.inside]
    if not inside or override or safety or subject.startswith(SAFETY):
        return
    named = ", ".join(f"{one.site.name} ({one.site.ref})" for one in inside[:4])
    raise InputError(
        f"{named} lies within what {subject} would tell",
        right="other coordinates, or --override with the name of the person who lets it go",
        where="override",
    )
