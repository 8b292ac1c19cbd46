"""What is declared against what can be: the declared place against tracks, and a notice
against itself. Geometry and kinematics only: why is never asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from parley.rules.agreement import Agreement, TruthRule
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.placed import ANY_HEIGHT, Layer, Row
from parley.rules.statements import Notice, Observation, Use
from parley.space import Area, Span, Volume, distance_m, meets, meets_often, within


def track_row(rule: TruthRule, seen: Observation) -> Row:
    """The latest position of a track as a volume: its uncertainty around it, for max_age_s."""
    return Row(
        f"track:{seen.track}",
        0,
        Layer.TRACK,
        seen.owner,
        seen.source,
        Use.AIRCRAFT,
        Volume(
            Area.circle(seen.position, seen.uncertainty_m),
            seen.band or ANY_HEIGHT,
            Span(seen.seen_ms, seen.seen_ms + 1000 * rule.max_age_s),
        ),
    )


def place_mismatch(
    agreement: Agreement, seen: Observation, declared: Sequence[Sequence[Row]]
) -> Finding | None:
    """A track of a notice's author that is not, and cannot be in time, where he declared to be.

    declared: the author's own live notices, each as its declared rows. None if the track is
    where one of them says, or can still get there at max_speed_mps before it starts, or is
    outside the agreement's area, or farther than claim_m from all of them, or if none covers
    this minute or comes later. A band that is known and does not match is a mismatch too.
    Closed: exactly as far as allowed is still no finding.
    """
    rule = agreement.truth
    here = Area.point(seen.position)
    if not within(agreement.area, here, seen.uncertainty_m):
        return None
    nearest: tuple[int, int, str, str, Row] | None = None
    for rows in declared:
        for row in _where_aircraft_are(rows):
            verdict = _place(rule, seen, here, row)
            if verdict is None:
                continue
            code, gap_m, allowed_m = verdict
            if not code:
                return None
            candidate = (gap_m, allowed_m, row.ref, code, row)
            if nearest is None or candidate[:3] < nearest[:3]:
                nearest = candidate
    if nearest is None or nearest[0] > rule.claim_m:
        return None
    gap_m, allowed_m, ref, code, row = nearest
    return finding(
        Kind.PLACE_MISMATCH,
        Level.WARNING,
        (ref, f"track:{seen.track}"),
        parties=(row.party,),
        window_ms=(seen.seen_ms, max(row.volume.span.end_ms, seen.seen_ms)),
        measures={"distance_m": gap_m, "allowed_m": allowed_m},
        codes=(code,),
    )


def _where_aircraft_are(rows: Sequence[Row]) -> list[Row]:
    """The aircraft volumes if the notice has any; otherwise all it declares."""
    return [r for r in rows if r.use is Use.AIRCRAFT] or list(rows)


def _place(rule: TruthRule, seen: Observation, here: Area, row: Row) -> tuple[str, int, int] | None:
    """("", ...) if the track may be here; (code, gap, allowed) if not; None if it says nothing."""
    span = row.volume.span
    if seen.seen_ms > span.end_ms:
        return None
    flight_ms = max(0, span.start_ms - seen.seen_ms)
    slack_m = seen.uncertainty_m + rule.tolerance_m
    allowed_m = slack_m + rule.max_speed_mps * flight_ms // 1000
    gap_m = distance_m(row.volume.area, here)
    if gap_m > allowed_m:
        return "place", round(gap_m), allowed_m
    if not flight_ms and seen.band is not None:
        vertical_m = row.volume.band.gap_m(seen.band)
        if vertical_m > 0:
            return "height", round(gap_m), allowed_m
    return "", round(gap_m), allowed_m


def contradictions(agreement: Agreement, notice: Notice) -> Finding | None:
    """One finding with a code for every way in which a notice contradicts itself or lacks what
    its class needs; None if there is none.

    Codes: no-activity-volume, aircraft-area-missing, place-and-volumes-disjoint,
    outside-agreement-area, outside-agreement-time, same-place-other-heights (the same outline
    at the same time with bands that do not meet), aircraft-cannot-reach-activity.
    """
    rules = agreement.activity_class(notice.activity_class)
    activity = [v.volume for v in notice.volumes if v.use is Use.ACTIVITY]
    aircraft = [v.volume for v in notice.volumes if v.use is Use.AIRCRAFT]
    every = activity + aircraft
    codes: list[str] = []
    if not activity:
        codes.append("no-activity-volume")
    if rules.needs_aircraft_area and not aircraft:
        codes.append("aircraft-area-missing")
    if notice.place:
        named = agreement.named_area(notice.place).area
        if not any(meets(named, v.area) for v in activity or every):
            codes.append("place-and-volumes-disjoint")
    if not all(meets_often(agreement.area, v.area) for v in every):
        codes.append("outside-agreement-area")
    if not all(
        agreement.valid.contains(t) for v in every for t in (v.span.start_ms, v.span.end_ms)
    ):
        codes.append("outside-agreement-time")
    if _same_place_other_heights(every):
        codes.append("same-place-other-heights")
    if activity and aircraft and not _can_reach(agreement.truth, activity, aircraft):
        codes.append("aircraft-cannot-reach-activity")
    if not codes:
        return None
    return finding(
        Kind.CONTRADICTION,
        Level.ADVISORY,
        (f"notice:{notice.item}@{notice.version}",),
        parties=(notice.header.by, *notice.header.to),
        window_ms=(notice.start_ms, notice.end_ms),
        codes=codes,
    )


def _same_place_other_heights(volumes: Sequence[Volume]) -> bool:
    return any(
        a.area == b.area and a.span.gap_ms(b.span) == 0 and a.band.gap_m(b.band) > 0
        for n, a in enumerate(volumes)
        for b in volumes[n + 1 :]
    )


def _can_reach(rule: TruthRule, activity: Sequence[Volume], aircraft: Sequence[Volume]) -> bool:
    """Whether some aircraft area and some activity area are near enough to belong together."""
    every = [*activity, *aircraft]
    window_ms = max(v.span.end_ms for v in every) - min(v.span.start_ms for v in every)
    reach_m = rule.tolerance_m + rule.max_speed_mps * window_ms // 1000
    return any(within(a.area, b.area, reach_m) for a in activity for b in aircraft)
