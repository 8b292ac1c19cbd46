"""Pairs from the 4-D index: candidates by boxes, then the exact rules.

Coarse relevance and exact conflict are two things: ``near`` may return rows too many, the rules
decide. Each row of ours is asked with the margin within which a finding is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parley.node import standing
from parley.node.codec import item_content, observation
from parley.node.desk import Desk
from parley.node.ports import Layer, Row
from parley.rules.agreement import TruthRule
from parley.rules.conflict import conflict
from parley.rules.findings import Finding, Kind
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
    found = of_subject(desk, [track_row(desk.agreement.truth, seen)])
    wrong = mismatch(desk, seen)
    return found if wrong is None else [*found, wrong]


def mismatch(desk: Desk, seen: Observation, draft: Sequence[Row] = ()) -> Finding | None:
    """Whether a track is where its party declared to be. ``draft``: declared rows besides."""
    if not seen.owner:
        return None
    rows: list[Sequence[Row]] = [declared_rows(n) for n in _claims(desk, seen)]
    if draft:
        rows = [held for held in rows if held[0].ref != draft[0].ref] + [draft]
    return place_mismatch(desk.agreement, seen, rows)


def tracks_of(desk: Desk, ref: str, declared: Sequence[Row]) -> list[Observation]:
    """The latest positions of the author's own tracks which these declared volumes can say
    something about, and of the tracks that were held against earlier words of ``ref``."""
    if not desk.tx.volumes.count(Layer.TRACK):
        return []
    rule, largest = desk.agreement.truth, 200_000
    reach_m, ahead_ms = rule.claim_m + rule.tolerance_m, _ahead_ms(rule)
    boxes = [
        box
        for row in declared
        for box in row.volume.boxes(
            horizontal_m=reach_m, vertical_m=largest, before_ms=ahead_ms, after_ms=0
        )
    ]
    author = declared[0].party if declared else ""
    near = [rows[0] for rows in _near(desk, Layer.TRACK, boxes, ref)]
    refs = {row.ref for row in near if row.party == author}
    refs |= {f.refs[1] for f in standing.about(desk, ref) if f.kind is Kind.PLACE_MISMATCH}
    found = (observation(desk.tx.records.get("track", r.partition(":")[2])) for r in sorted(refs))
    return [seen for seen in found if seen is not None]


def _ahead_ms(rule: TruthRule) -> int:
    """A notice that starts later than this says nothing: a track may come from beyond claim_m."""
    return 1000 * rule.claim_m // max(1, rule.max_speed_mps)


def _claims(desk: Desk, seen: Observation) -> list[Notice]:
    """The live notices of the track's party that can say something about this position."""
    rule = desk.agreement.truth
    if seen.uncertainty_m >= rule.claim_m:
        return []
    row = track_row(rule, seen)
    ahead_ms = _ahead_ms(rule)
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
