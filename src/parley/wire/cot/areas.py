"""Notices and hazards as TAK draws them: circles, and polygons that hold the area.

Outward, never inscribed. ``uid_of`` is ``CotVoice.uid_of``: the stable uid of a ref.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from parley.rules.hazard import ENGAGED, OPEN_END, REACTION
from parley.rules.placed import Row
from parley.rules.statements import Nonconformance, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, outline
from parley.wire.antimeridian import cut_ring
from parley.wire.cot.event import CotEvent, Element, metres_text
from parley.wire.words import window, zulu

POLYGON, CIRCLE = "u-d-f", "u-d-c-c"
TOLERANCES_M = (10.0, 100.0, 1_000.0)
MAX_POINTS = 500
"""More corners than this make no event of 64 KiB: a looser outline, or the circle round it all."""
MAX_CORNERS = 2_000
"""An area of more is drawn as the circle round it all: an outline would keep others waiting."""
MAX_TEXT = 1_500
DAY_MS = 86_400_000
_AMBER, RED, _GREY = -23296, -65536, -5592406
Ring = list[tuple[float, float]]
UidOf = Callable[[str], str]


def drill(text: str, exercise: bool) -> str:
    """Everything that belongs to an exercise begins with the word."""
    return f"EXERCISE {text}" if exercise else text


def notice_events(uid_of: UidOf, notice: Notice, now_ms: int) -> list[CotEvent]:
    """Every volume of a notice that is not over, activity and aircraft."""
    return [
        event
        for n, placed in enumerate(notice.volumes)
        if placed.volume.span.end_ms > now_ms
        for event in shape_events(_notice_shape(uid_of, notice, n, placed), now_ms)
    ]


def hazard_events(
    uid_of: UidOf, rows: Sequence[Row], now_ms: int, *, exercise: bool
) -> list[CotEvent]:
    """Every hazard volume that is not over, with what causes it."""
    return [
        event
        for row in rows
        if row.volume.span.end_ms > now_ms
        for event in shape_events(_hazard_shape(uid_of, row, exercise), now_ms)
    ]


def astray_events(uid_of: UidOf, item: Nonconformance, now_ms: int) -> list[CotEvent]:
    """Where a flight may be that does not keep to its notice, for a day."""
    if item.area is None:
        return []
    exercise = item.header.exercise
    span = Span(min(item.since_ms, now_ms), now_ms + DAY_MS)
    volume = Volume(item.area, item.band or Band.metres(-8_000, 100_000), span)
    codes = ", ".join(code.value for code in item.codes)
    name = f"HAZARD {item.header.by} flight off its notice: {codes}"
    words = f"{name} since {zulu(item.since_ms)}. {_heights(volume.band)}"
    shape = Shape(
        f"{uid_of(f'nonconformance:{item.item}')}.area",
        drill(name, exercise),
        drill(words, exercise),
        volume,
        RED,
    )
    return shape_events(shape, now_ms)


@dataclass(frozen=True, slots=True)
class Shape:
    """One volume as people should see it. colour: signed ARGB, as ATAK has it."""

    uid: str
    name: str
    remarks: str
    volume: Volume
    colour: int


def shape_events(shape: Shape, now_ms: int) -> list[CotEvent]:
    """One event, or one a part where the antimeridian cuts it ("/1", "/2" behind the uid).

    The floor is the points' height, the ceiling stands above it as ``height``; both above the
    ellipsoid. Stale when the volume is over.
    """
    area = shape.volume.area
    if area.kind == "point":
        return [_circle(shape, shape.uid, area.centre, area.reach_m, now_ms)]
    rings = _rings(area)
    if not rings:
        return [_circle(shape, shape.uid, area.centre, area.cap_radius_m, now_ms)]
    many = len(rings) > 1
    return [
        _polygon(shape, f"{shape.uid}/{n}" if many else shape.uid, ring, now_ms)
        for n, ring in enumerate(rings, 1)
    ]


@lru_cache(maxsize=1024)
def _rings(area: Area) -> list[Ring]:
    """Rings of few enough points, or none. Kept: what stands is drawn again and again."""
    if len(area.vertices) > MAX_CORNERS:
        return []
    if area.kind == "polygon" and not area.reach_cm and len(area.vertices) <= MAX_POINTS:
        return cut_ring([(p.lon_deg, p.lat_deg) for p in area.vertices])
    for tolerance_m in TOLERANCES_M:
        rings = [[(p.lon_deg, p.lat_deg) for p in ring] for ring in outline(area, tolerance_m)]
        parts = [part for ring in rings for part in cut_ring(ring)]
        if all(len(part) <= MAX_POINTS for part in parts):
            return parts
    return []


def _event(
    shape: Shape, uid: str, kind: str, centre: Position, drawn: Sequence[Element], now_ms: int
) -> CotEvent:
    band, span = shape.volume.band, shape.volume.span
    depth_m = band.ceiling.m - band.floor.m
    return CotEvent(
        uid=uid,
        type=kind,
        time_ms=now_ms,
        start_ms=span.start_ms,
        stale_ms=max(span.end_ms, now_ms),
        lat_deg=centre.lat_deg,
        lon_deg=centre.lon_deg,
        hae_m=band.floor.m,
        how="h-e",
        detail=(
            Element("contact", {"callsign": shape.name}),
            *drawn,
            Element("height", {"value": metres_text(depth_m)}),
            Element("strokeColor", {"value": str(shape.colour)}),
            Element("strokeWeight", {"value": "3.0"}),
            Element("fillColor", {"value": str(_faint(shape.colour))}),
            Element("labels_on", {"value": "true"}),
            Element("remarks", {}, shape.remarks),
        ),
    )


def _circle(shape: Shape, uid: str, centre: Position, radius_m: float, now_ms: int) -> CotEvent:
    radius = metres_text(math.ceil(100 * max(radius_m, 1.0)) / 100)
    ellipse = Element("ellipse", {"major": radius, "minor": radius, "angle": "360"})
    return _event(shape, uid, CIRCLE, centre, [Element("shape", {}, "", (ellipse,))], now_ms)


def _polygon(shape: Shape, uid: str, ring: Ring, now_ms: int) -> CotEvent:
    floor = metres_text(shape.volume.band.floor.m)
    points = [
        Element("link", {"point": f"{lat:.7f},{lon:.7f},{floor}"}) for lon, lat in (*ring, ring[0])
    ]
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    middle = Position(
        lat_deg=(min(lats) + max(lats)) / 2,
        lon_deg=(min(lons) + max(lons)) / 2,
    )
    return _event(shape, uid, POLYGON, middle, points, now_ms)


def _faint(colour: int) -> int:
    """The same colour, a fifth as strong."""
    return (colour & 0x00FFFFFF) | 0x33000000


def _notice_shape(uid_of: UidOf, notice: Notice, n: int, placed: NoticeVolume) -> Shape:
    volume, exercise = placed.volume, notice.header.exercise
    use = "" if placed.use is Use.ACTIVITY else " aircraft"
    place = f" at {notice.place}" if notice.place else ""
    words = (
        f"Notice {notice.item} version {notice.version} of {notice.header.by}:"
        f" {notice.activity_class}{place}{use}, {_times(volume)}. {_heights(volume.band)}"
    )
    return Shape(
        uid_of(f"notice:{notice.item}/{n}"),
        drill(f"{notice.item} {notice.activity_class}{use}", exercise),
        drill(f"{words} {notice.text}".strip()[:MAX_TEXT], exercise),
        volume,
        _AMBER if placed.use is Use.ACTIVITY else _GREY,
    )


def _hazard_shape(uid_of: UidOf, row: Row, exercise: bool) -> Shape:
    cause, item = _cause(row.group), row.ref.partition(":")[2]
    words = f"HAZARD of {row.ref} ({row.party}): {cause}, {_times(row.volume)}."
    return Shape(
        uid_of(f"hazard.{row.ref}/{row.ordinal}"),
        drill(f"HAZARD {item}: {cause}", exercise),
        drill(f"{words} {_heights(row.volume.band)}", exercise),
        row.volume,
        RED,
    )


def _cause(group: str) -> str:
    if group.startswith(ENGAGED):
        return f"{group.removeprefix(ENGAGED)} engages"
    if group.startswith(REACTION):
        return f"reaction of {group.removeprefix(REACTION)}"
    return "no all-clear yet" if group == OPEN_END else group


def _heights(band: Band) -> str:
    return f"{band.floor.m:.0f} to {band.ceiling.m:.0f} m above the WGS-84 ellipsoid."


def _times(volume: Volume) -> str:
    return window(volume.span.start_ms, volume.span.end_ms)
