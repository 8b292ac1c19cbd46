"""Pairs from the 4-D index: candidates by boxes, then the exact rules.

Coarse relevance and exact conflict are two things: ``near`` may return rows too many, the rules
decide. Each row of ours is asked with the margin within which a finding is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.node.codec import item_content
from parley.node.desk import Desk
from parley.node.ports import Layer, Row
from parley.rules.conflict import conflict
from parley.rules.findings import Finding
from parley.rules.hazard import bystanders, declared_rows
from parley.rules.placed import ANY_HEIGHT
from parley.rules.statements import Notice, Observation
from parley.rules.truth import place_mismatch, track_row
from parley.space import Box, Span, Volume


def of_notice(desk: Desk, declared: Sequence[Row], hazards: Sequence[Row]) -> list[Finding]:
    """Conflicts of a notice, bystanders in its hazards, and the hazards it stands in itself."""
    found: list[Finding] = []
    ref = declared[0].ref if declared else ""
    for theirs in _near(desk, Layer.DECLARED, _conflict_boxes(desk, declared), ref):
        one = conflict(desk.agreement, declared, theirs)
        if one is not None:
            found.append(one)
    found.extend(of_hazard(desk, hazards))
    for hazard in _near(desk, Layer.HAZARD, _boxes(declared), ref):
        found.extend(bystanders(desk.agreement, hazard, declared))
    return found


def of_hazard(desk: Desk, hazards: Sequence[Row]) -> list[Finding]:
    """Whoever is known to be, or to come, into these hazard volumes (all of one ref)."""
    found: list[Finding] = []
    if not hazards:
        return found
    boxes = _boxes(hazards)
    for layer in (Layer.DECLARED, Layer.PRESENCE, Layer.TRACK):
        for subject in _near(desk, layer, boxes, hazards[0].ref):
            found.extend(bystanders(desk.agreement, hazards, subject))
    return found


def of_subject(desk: Desk, subject: Sequence[Row]) -> list[Finding]:
    """The hazards that a presence or a track (rows of one ref) stands in."""
    found: list[Finding] = []
    for hazard in _near(desk, Layer.HAZARD, _boxes(subject), subject[0].ref):
        found.extend(bystanders(desk.agreement, hazard, subject))
    return found


def of_track(desk: Desk, seen: Observation) -> list[Finding]:
    """The hazards a track stands in, and whether it is where its party declared it to be."""
    row = track_row(desk.agreement.truth, seen)
    found = of_subject(desk, [row])
    if seen.owner:
        rows = [declared_rows(n) for n in _claims(desk, seen)]
        mismatch = place_mismatch(desk.agreement, seen, rows)
        if mismatch is not None:
            found.append(mismatch)
    return found


def _claims(desk: Desk, seen: Observation) -> list[Notice]:
    """The live notices of the track's party that can say something about this position."""
    rule = desk.agreement.truth
    row = track_row(rule, seen)
    ahead_ms = 1000 * rule.claim_m // max(1, rule.max_speed_mps)
    reach = Volume(
        row.volume.area.buffered(rule.claim_m + rule.tolerance_m),
        ANY_HEIGHT,
        Span(seen.seen_ms, seen.seen_ms + ahead_ms),
    )
    refs = [
        rows[0].ref
        for rows in _near(desk, Layer.DECLARED, reach.boxes(), row.ref)
        if rows[0].party == seen.owner
    ]
    contents = (desk.tx.records.get("content", ref) for ref in refs)
    found = (item_content(data) for data in contents if data is not None)
    return [content for content in found if isinstance(content, Notice)]


def _conflict_boxes(desk: Desk, declared: Sequence[Row]) -> list[Box]:
    largest = desk.agreement.max_separation
    time_ms = 1000 * largest.time_s
    return [
        box
        for row in declared
        for box in row.volume.boxes(
            horizontal_m=largest.horizontal_m,
            vertical_m=largest.vertical_m,
            before_ms=time_ms,
            after_ms=time_ms,
        )
    ]


def _boxes(rows: Iterable[Row]) -> list[Box]:
    return [box for row in rows for box in row.volume.boxes()]


def _near(desk: Desk, layer: Layer, boxes: Sequence[Box], but: str) -> list[list[Row]]:
    """Candidate rows grouped by what they belong to, in the order of the refs, without ``but``."""
    groups: dict[str, list[Row]] = {}
    for row in desk.tx.volumes.near(layer, boxes) if boxes else ():
        if row.ref != but:
            groups.setdefault(row.ref, []).append(row)
    return [groups[ref] for ref in sorted(groups)]
