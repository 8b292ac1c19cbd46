"""The agreed safety subset: what goes out to anybody whatever is marked.

Of a notice, a report or a nonconforming flight: each hazard's polygon, band and window, and
nothing else - no text, no class, no author, no cause of the hazard, none of the volumes as they
were declared. A STOP and a DISTRESS go out whole. What is no hazard to anybody has no such part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from parley.liaison.releases.contents import Danger
from parley.rules.agreement import Agreement
from parley.rules.hazard import hazard_rows, nonconformance_rows, report_rows
from parley.rules.item import kind_of
from parley.rules.placed import Row
from parley.rules.statements import Distress, Item, Nonconformance, Notice, Report, Stop


@dataclass(frozen=True, slots=True)
class SafetySubset:
    """handle: the same for every version of an item, so that newer words replace older ones; it
    names nobody (SHA-256 of the ref, 16 digits). whole: a STOP or a DISTRESS as it was said."""

    handle: str
    exercise: bool
    dangers: tuple[Danger, ...] = ()
    whole: Stop | Distress | None = None


def safety_subset(agreement: Agreement, item: Item) -> SafetySubset | None:
    """What of ``item`` is never held back; None if nothing is."""
    handle = handle_of(item)
    exercise = item.header.exercise
    if isinstance(item, Stop | Distress):
        return SafetySubset(handle, exercise, whole=item)
    dangers = dangers_of(agreement, item)
    return SafetySubset(handle, exercise, dangers) if dangers else None


def dangers_of(agreement: Agreement, item: Item) -> tuple[Danger, ...]:
    """The hazards of an item, each once, in the order of their windows."""
    return distinct(_rows(agreement, item))


def handle_of(item: Item) -> str:
    """What stands for an item to those who were not told of it."""
    ref = f"{kind_of(item)}:{item.item}"
    return hashlib.sha256(ref.encode()).hexdigest()[:16]


def distinct(rows: Iterable[Row]) -> tuple[Danger, ...]:
    """The volumes of hazard rows, each once, in the order of their windows."""
    found: dict[Danger, None] = {}
    for row in rows:
        volume = row.volume
        one = Danger(volume.area, volume.band, volume.span.start_ms, volume.span.end_ms)
        found[one] = None
    return tuple(sorted(found, key=lambda d: (d.from_ms, d.until_ms, d.area.reach_cm)))


def _rows(agreement: Agreement, item: Item) -> list[Row]:
    if isinstance(item, Notice):
        return hazard_rows(agreement, item)
    if isinstance(item, Report):
        return report_rows(agreement, item)
    if isinstance(item, Nonconformance):
        return nonconformance_rows(agreement, item)
    return []
