"""Conflict between notices: two declared volumes closer than the larger of their minima.

Exact (1 cm on the ellipsoid), closed at the minima, and symmetric: the finding is the same
whichever of the two is asked first. An index that only finds candidates is another matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from parley.rules.agreement import Agreement, SeparationMinima
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.placed import Row
from parley.space import distance_m, meets


def pair_minima(agreement: Agreement, class_a: str, class_b: str) -> SeparationMinima:
    """The larger of the two classes' minima in each dimension."""
    a = agreement.activity_class(class_a).separation
    b = agreement.activity_class(class_b).separation
    return SeparationMinima(
        max(a.horizontal_m, b.horizontal_m),
        max(a.vertical_m, b.vertical_m),
        max(a.time_s, b.time_s),
    )


def conflict(agreement: Agreement, mine: Sequence[Row], theirs: Sequence[Row]) -> Finding | None:
    """One finding for two notices, or None. All rows of a side share ref, party and group.

    Notices of one party conflict only where the agreement says so. The measures are those of
    the closest pair of volumes: least horizontal, then vertical, then time gap.
    """
    if not mine or not theirs or mine[0].ref == theirs[0].ref:
        return None
    a, b = sorted((mine, theirs), key=lambda rows: rows[0].ref)
    if a[0].party == b[0].party and not agreement.conflicts_within_party:
        return None
    minima = pair_minima(agreement, a[0].group, b[0].group)
    hits = [
        (x, y)
        for x in a
        for y in b
        if x.volume.within(
            y.volume,
            horizontal_m=minima.horizontal_m,
            vertical_m=minima.vertical_m,
            time_ms=1000 * minima.time_s,
        )
    ]
    if not hits:
        return None
    closest = _closest(hits)
    starts = [max(x.volume.span.start_ms, y.volume.span.start_ms) for x, y in hits]
    ends = [min(x.volume.span.end_ms, y.volume.span.end_ms) for x, y in hits]
    first, last = min(*starts, *ends), max(*starts, *ends)
    return finding(
        Kind.CONFLICT,
        Level.WARNING,
        (a[0].ref, b[0].ref),
        parties=(a[0].party, b[0].party),
        window_ms=(first, last),
        measures={
            "horizontal_m": closest[0],
            "vertical_m": closest[1],
            "time_s": closest[2] // 1000,
            "pairs": len(hits),
        },
    )


def _closest(hits: Sequence[tuple[Row, Row]]) -> tuple[int, int, int]:
    """Least horizontal gap, then vertical, in whole metres, then in time, in ms.

    Where areas meet, the gap is nothing and no distance has to be measured.
    """
    over = [hit for hit in hits if meets(hit[0].volume.area, hit[1].volume.area)]
    gaps = []
    for x, y in over or hits:
        across_m = 0.0 if over else distance_m(x.volume.area, y.volume.area)
        vertical_m = x.volume.band.gap_m(y.volume.band)
        time_ms = x.volume.span.gap_ms(y.volume.span)
        gaps.append((round(across_m), round(vertical_m), time_ms))
    return min(gaps)
