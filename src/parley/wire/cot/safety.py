"""The safety subset on a TAK map: where nobody should be, and when, of what its audience was not
told of; no author, no item, no cause."""

from __future__ import annotations

from collections.abc import Sequence

from parley.liaison.releases.safety import distinct, handle_of
from parley.rules.placed import Row
from parley.rules.statements import Item
from parley.space import Span, Volume
from parley.wire.cot.areas import RED, Shape, UidOf, drill, shape_events
from parley.wire.cot.event import CotEvent
from parley.wire.words import window


def safety_events(uid_of: UidOf, item: Item, rows: Sequence[Row], now_ms: int) -> list[CotEvent]:
    """Each hazard that is not over. rows: the hazard volumes that the item brings about."""
    handle, exercise = handle_of(item), item.header.exercise
    drawn: list[CotEvent] = []
    for number, danger in enumerate(distinct(rows)):
        if danger.until_ms <= now_ms:
            continue
        times = window(danger.from_ms, danger.until_ms)
        heights = f"{danger.band.floor.m:.0f} to {danger.band.ceiling.m:.0f} m"
        shape = Shape(
            uid_of(f"danger.{handle}/{number}"),
            drill("HAZARD", exercise),
            drill(f"HAZARD, {times}. {heights} above the WGS-84 ellipsoid.", exercise),
            Volume(danger.area, danger.band, Span(danger.from_ms, danger.until_ms)),
            RED,
        )
        drawn += shape_events(shape, now_ms)
    return drawn
