"""What a notice says, in the few round values that people can read aloud and write down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parley.rules.agreement import Agreement
from parley.rules.statements import Notice, NoticeVolume, Use
from parley.space import Area
from parley.wire.assumed import feet_down, feet_up
from parley.wire.notam.drawn import Drawn, circle_round, drawn

MAX_AREAS = 5
"""So many areas fit one page and one call; the last one then stands for all that are left."""
MAX_POINTS = 12
FEWER_POINTS = 8
"""Of each area, where there are more than two."""
_MINUTE = 60_000
_M_PER_NM = 1852.0


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """One area with its heights and its window. size_m: whole metres. Heights above the WGS-84
    ellipsoid in whole metres and hundreds of feet; instants in ms, whole minutes; all outward.
    stands_for: how many volumes of the notice it holds."""

    shape: Drawn
    use: Use
    floor_m: int
    ceiling_m: int
    floor_ft: int
    ceiling_ft: int
    start_ms: int
    end_ms: int
    stands_for: int = 1

    @property
    def size_m(self) -> int:
        return math.ceil(self.shape.size_m - 1e-6)


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of the numbered fields. place: the name in the gazetteer, or ""."""

    by: str
    by_name: str
    role: str
    to: tuple[str, ...]
    exercise: bool
    item: str
    version: int
    activity_class: str
    title: str
    place: str
    areas: tuple[AreaFacts, ...]


def facts_of(notice: Notice, agreement: Agreement) -> Facts:
    """The values of a notice's form. InputError: a class, place or party not in the agreement."""
    header = notice.header
    place = agreement.named_area(notice.place).name if notice.place else ""
    return Facts(
        header.by,
        agreement.party(header.by).name,
        header.role,
        header.to,
        header.exercise,
        notice.item,
        notice.version,
        notice.activity_class,
        agreement.activity_class(notice.activity_class).title,
        place,
        tuple(_areas(notice.volumes)),
    )


def _areas(volumes: Sequence[NoticeVolume]) -> list[AreaFacts]:
    most = MAX_POINTS if len(volumes) <= 2 else FEWER_POINTS
    if len(volumes) <= MAX_AREAS:
        return [_facts([one], _simple(one.volume.area, most)) for one in volumes]
    first, rest = volumes[: MAX_AREAS - 1], volumes[MAX_AREAS - 1 :]
    shape = _round([one.volume.area for one in rest])
    return [*(_facts([one], _simple(one.volume.area, most)) for one in first), _facts(rest, shape)]


def _simple(area: Area, most: int) -> Drawn:
    shape = drawn(area, most)
    return shape if len(shape.points) <= most else _round([area])


def _round(areas: list[Area]) -> Drawn:
    centre, radius_nm = circle_round(areas)
    return Drawn("circle", (centre,), radius_nm * _M_PER_NM)


def _facts(volumes: Sequence[NoticeVolume], shape: Drawn) -> AreaFacts:
    bands, spans = [v.volume.band for v in volumes], [v.volume.span for v in volumes]
    floor_cm = min(band.floor.cm for band in bands)
    ceiling_cm = max(band.ceiling.cm for band in bands)
    uses = {one.use for one in volumes}
    return AreaFacts(
        shape,
        uses.pop() if len(uses) == 1 else Use.ACTIVITY,
        floor_cm // 100,
        -(-ceiling_cm // 100),
        feet_down(floor_cm / 100),
        feet_up(ceiling_cm / 100),
        min(span.start_ms for span in spans) // _MINUTE * _MINUTE,
        -(-max(span.end_ms for span in spans) // _MINUTE) * _MINUTE,
        len(volumes),
    )
