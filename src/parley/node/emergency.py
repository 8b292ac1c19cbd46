"""Emergencies that our own side sees on a track: passed on as DISTRESS in the agreed time, or said.

An emergency lasts from its first sight until the track is seen calm again and somebody was told.
"""

from __future__ import annotations

from collections.abc import Iterator

from parley.node import standing
from parley.node.codec import item_content, observation, record_from, statement_bytes
from parley.node.desk import Desk
from parley.rules.statements import Distress, Observation
from parley.rules.urgent import not_passed_on


def seen(desk: Desk, now_seen: Observation) -> None:
    """Remember the first sight of an emergency; forget one that was told and is over."""
    records, track = desk.tx.records, now_seen.track
    first = observation(records.get("emergency", track))
    if now_seen.emergency and (first is None or now_seen.seen_ms < first.seen_ms):
        records.put("emergency", track, statement_bytes(now_seen))
        _schedule(desk, now_seen)
    elif first is not None and not now_seen.emergency:
        due(desk, track)


def due(desk: Desk, track: str) -> None:
    """Has somebody been told in the agreed time? Asked when it is over, at each DISTRESS, and
    when the track is calm."""
    first = observation(desk.tx.records.get("emergency", track))
    found = None
    if first is not None:
        told = [d for d in _told(desk, first) if d.subject == track]
        found = not_passed_on(desk.agreement, track, first, told, desk.now_ms)
        latest = observation(desk.tx.records.get("track", track))
        if told and latest is not None and not latest.emergency:
            desk.tx.records.delete("emergency", track)
    standing.replace(
        desk, f"track:{track}", standing.NOT_PASSED_ON, [found] if found is not None else []
    )


def again(desk: Desk, track: str) -> None:
    """The clock ran back: its time may not be over yet."""
    first = observation(desk.tx.records.get("emergency", track))
    if first is not None:
        _schedule(desk, first)
        due(desk, track)


def _schedule(desk: Desk, first: Observation) -> None:
    due_ms = first.seen_ms + 1000 * desk.agreement.distress_pass_on_s + 1
    desk.tx.records.put("due", f"{due_ms:016d}|track:{first.track}", b"")


def _told(desk: Desk, first: Observation) -> Iterator[Distress]:
    """Every DISTRESS that was in force at any time since the emergency was first seen."""
    for ref, data in desk.tx.records.scan("item", "distress:"):
        words = desk.tx.records.get("content", ref)
        if words is None:
            continue
        record = record_from(data, item_content(words))
        lasted = record.closed_ms < 0 or record.closed_ms >= first.seen_ms
        if lasted and isinstance(record.content, Distress):
            yield record.content
