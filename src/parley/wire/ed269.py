"""UAS zones in the JSON of EUROCAE ED-269, written from a notice and read into a draft.

Positions are [longitude, latitude], as the published zones of states have them. Heights are above
mean sea level or ground there, so each way needs an assumption, outward and said.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.wire import features, models
from parley.wire.assumed import (
    Assumed,
    Converted,
    Level,
    Reference,
    band_of_levels,
    sea_range_m,
    words_of_levels,
)
from parley.wire.features import at
from parley.wire.instants import format_instant, parse_instant
from parley.wire.jsontext import parse_json
from parley.wire.kml import rings
from parley.wire.refusals import shown
from parley.wire.units import M_PER_FOOT

if TYPE_CHECKING:
    from uas_standards.eurocae_ed269 import (  # type: ignore[import-untyped]
        UASZoneAirspaceVolume,
        UASZoneVersion,
    )

MAX_BYTES = 4 * 1024 * 1024
RESTRICTIONS = ("PROHIBITED", "REQ_AUTHORISATION", "CONDITIONAL")
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NOT_ED269 = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
_METRES = {"M": 1.0, "FT": M_PER_FOOT}


@dataclass(frozen=True, slots=True)
class Ed269Options:
    """country: three letters (ISO 3166-1). restriction: of RESTRICTIONS. marking: a banner."""

    country: str
    restriction: str = "PROHIBITED"
    aircraft: bool = True
    marking: str = ""


def notice_to_ed269(notice: Notice, options: Ed269Options, assumed: Assumed) -> dict[str, Any]:
    """A set of zones, one for each volume; ``draft_from_ed269`` reads back what holds them.

    Circles and plain polygons as they are, all else as rings that hold it and leave it by 10 m at
    most; limits in whole metres above mean sea level, the ground where that is at or below it;
    windows to whole seconds; all outward. InputError: options that cannot be.
    """
    if not (len(options.country) == 3 and options.country.isascii() and options.country.isupper()):
        raise InputError(
            f"country {shown(options.country)} cannot be", right="such as CYP", where="country"
        )
    if options.restriction not in RESTRICTIONS:
        raise InputError(
            f"restriction {shown(options.restriction)} is unknown",
            right=f"one of {', '.join(RESTRICTIONS)}",
            where="restriction",
        )
    placed = [
        (n, one)
        for n, one in enumerate(notice.volumes, 1)
        if options.aircraft or one.use is Use.ACTIVITY
    ]
    exercise = "EXERCISE. " if notice.header.exercise else ""
    marking = f"{options.marking}. " if options.marking else ""
    return {
        "title": f"{notice.item} version {notice.version}",
        "description": (
            f"{marking}{exercise}Limits converted from heights above the WGS-84 ellipsoid:"
            f" {assumed.geoid_words()} assumed."
        ),
        "features": [_zone(notice, n, one, options, assumed) for n, one in placed],
    }


def draft_from_ed269(
    data: bytes,
    source: str,
    agreement: Agreement | None,
    *,
    activity_class: str,
    assumed: Assumed,
) -> Converted:
    """The draft in a set of zones, and what was assumed: a volume for each shape and period.

    FormatError, with ``the author of source`` at fault: no ED-269 by the types of uas_standards,
    a permanent zone, holes, limits that cannot be placed with what is assumed. OversizeError: more
    than 4 MiB.
    """
    author = f"the author of {source}"
    value = parse_json(data, source, max_bytes=MAX_BYTES)
    try:
        zones = _zones(value)
        said: dict[str, None] = {"Positions are taken as longitude, latitude.": None}
        volumes: list[NoticeVolume] = []
        for n, zone in enumerate(zones):
            volumes += _volumes(zone, f"features[{n}]", assumed, said)
            features.check_size(volumes)
        features.check_size(volumes)
        if not volumes:
            raise FormatError("there is no zone", right="at least one feature")
        if not activity_class:
            raise FormatError(
                "a zone has no class of activity", right="the class, chosen by a person",
                where="class",
            )  # fmt: skip
    except InputError as error:
        raise error.blamed_on(author) from None
    if agreement is not None:
        agreement.activity_class(activity_class)
    return Converted(Draft(activity_class, tuple(volumes)), tuple(said))


# Writing -------------------------------------------------------------------------------------


def _zone(
    notice: Notice, number: int, placed: NoticeVolume, options: Ed269Options, assumed: Assumed
) -> dict[str, Any]:
    volume = placed.volume
    exercise = "EXERCISE. " if notice.header.exercise else ""
    limits = _limits(volume.band, assumed)
    return {
        "identifier": _identifier(f"{notice.header.by}/{notice.item}/{number}"),
        "country": options.country,
        "name": f"{notice.item} version {notice.version}, area {number}, {placed.use.value}",
        "type": "COMMON",
        "restriction": options.restriction,
        "reason": ["OTHER"],
        "otherReasonInfo": "DECONFLICTION NOTICE",
        "regulationExemption": "NO",
        "message": f"{exercise}Heights: {assumed.geoid_words()} assumed."[:200],
        "applicability": [
            {
                "permanent": "NO",
                "startDateTime": format_instant(volume.span.start_ms // 1000 * 1000),
                "endDateTime": format_instant(-(-volume.span.end_ms // 1000) * 1000),
            }
        ],
        "zoneAuthority": [{"name": notice.header.by, "purpose": "NOTIFICATION"}],
        "geometry": [{**limits, "horizontalProjection": shape} for shape in _shapes(volume.area)],
    }


def _identifier(text: str) -> str:
    """Seven signs that stay the same for this area of this notice."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big")
    return "".join(_BASE32[number >> 5 * n & 31] for n in range(7))


def _limits(band: Band, assumed: Assumed) -> dict[str, Any]:
    low_m, high_m = sea_range_m(band, assumed.geoid)
    lower, upper = math.floor(low_m), math.ceil(high_m)
    low = {"lowerLimit": lower, "lowerVerticalReference": "AMSL"}
    if lower <= 0:
        low = {"lowerLimit": 0, "lowerVerticalReference": "AGL"}
    return {
        "uomDimensions": "M",
        **low,
        "upperLimit": max(upper, 1),
        "upperVerticalReference": "AMSL",
    }


def _shapes(area: Area) -> list[dict[str, Any]]:
    if area.kind == "point":
        (centre,) = area.vertices
        radius_m = max(area.reach_m, 0.01)
        return [{"type": "Circle", "center": [centre.lon_deg, centre.lat_deg], "radius": radius_m}]
    return [
        {"type": "Polygon", "coordinates": [[list(point) for point in (*ring, ring[0])]]}
        for ring in rings(area)
    ]


# Reading -------------------------------------------------------------------------------------


def _zones(value: Any) -> list[UASZoneVersion]:
    from uas_standards.eurocae_ed269 import ED269Schema

    if not isinstance(value, dict) or not isinstance(value.get("features"), list):
        raise FormatError("no ED-269", right='an object with "features"', where="features")
    if len(value["features"]) > models.MAX_VOLUMES:
        raise FormatError(
            f"{len(value['features'])} zones", right=f"at most {models.MAX_VOLUMES}",
            where="features",
        )  # fmt: skip
    _check_counts(value["features"])
    try:
        return list(ED269Schema.from_dict(value).features)
    except _NOT_ED269 as error:
        words = str(error).partition("\n")[0]
        raise FormatError(
            f"no ED-269: {shown(words, 160)}", right="zones by EUROCAE ED-269", where="features"
        ) from None


def _check_counts(zones: list[Any]) -> None:
    """Before a type is looked at: no more shapes and periods than a notice could hold."""
    for n, zone in enumerate(zones):
        for name in ("geometry", "applicability"):
            listed = zone.get(name) if isinstance(zone, dict) else None
            if isinstance(listed, list) and len(listed) > models.MAX_VOLUMES:
                raise FormatError(
                    f"{len(listed)} members of {name}",
                    right=f"at most {models.MAX_VOLUMES}",
                    where=f"features[{n}].{name}",
                )


def _volumes(
    zone: UASZoneVersion, where: str, assumed: Assumed, said: dict[str, None]
) -> list[NoticeVolume]:
    spans = _spans(zone, f"{where}.applicability", said)
    if zone.restriction.value not in RESTRICTIONS:
        said["A zone without restriction is taken as an area of the notice."] = None
    if len(zone.geometry) * len(spans) > models.MAX_VOLUMES:
        raise FormatError(
            f"{len(zone.geometry)} shapes at {len(spans)} periods",
            right=f"at most {models.MAX_VOLUMES} together",
            where=where,
        )
    found = []
    for n, geometry in enumerate(zone.geometry):
        place = f"{where}.geometry[{n}]"
        try:
            area = _area(geometry, place)
            lower, upper = _levels(geometry, place)
        except _NOT_ED269:
            raise FormatError("a shape or limit that does not read", where=place) from None
        band = band_of_levels(lower, upper, assumed, place)
        said.update(dict.fromkeys(words_of_levels((lower, upper), assumed)))
        found += [NoticeVolume(Use.ACTIVITY, Volume(area, band, span)) for span in spans]
    return found


def _spans(zone: UASZoneVersion, where: str, said: dict[str, None]) -> list[Span]:
    spans = []
    for n, period in enumerate(zone.applicability):
        place = f"{where}[{n}]"
        start, end = period.get("startDateTime"), period.get("endDateTime")
        if period.permanent.value == "YES" or start is None or end is None:
            raise FormatError(
                "the zone is permanent, or does not say when",
                right="startDateTime and endDateTime: a notice has an end",
                where=place,
            )
        if period.get("schedule"):
            said["Daily schedules are not read: the whole period is taken."] = None
        start_ms, end_ms = parse_instant(str(start), place), parse_instant(str(end), place)
        spans.append(features.span_of(start_ms, end_ms, str(start), str(end), place))
    if not spans:
        raise FormatError("no applicability", right="one period at least", where=where)
    return spans


def _levels(geometry: UASZoneAirspaceVolume, where: str) -> tuple[Level, Level]:
    per = _METRES[geometry.uomDimensions.value]
    low, high = geometry.get("lowerLimit"), geometry.get("upperLimit")
    lower_is_sea = geometry.lowerVerticalReference.value == "AMSL"
    upper_is_sea = geometry.upperVerticalReference.value == "AMSL"
    lower = Level(Reference.SEA if lower_is_sea else Reference.GROUND, float(low or 0) * per)
    if low is None or (not lower_is_sea and low == 0):
        lower = Level(Reference.SURFACE)
    if high is None:
        return lower, Level(Reference.UNLIMITED)
    return lower, Level(Reference.SEA if upper_is_sea else Reference.GROUND, float(high) * per)


def _area(geometry: UASZoneAirspaceVolume, where: str) -> Area:
    shape = geometry.horizontalProjection
    if shape.type.value == "Circle":
        centre, radius_m = shape.get("center"), shape.get("radius")
        if centre is None or radius_m is None or not 0 < radius_m <= models.MAX_RADIUS_M:
            raise FormatError(
                "a Circle without centre and radius",
                right="center and radius in metres",
                where=where,
            )
        point = _position(list(centre), where)
        return at(where, lambda: Area.circle(point, float(radius_m)))
    polygons = shape.get("coordinates")
    if not polygons or len(polygons) != 1:
        raise FormatError(
            f"a Polygon of {len(polygons or ())} rings",
            right="one ring: a hole would give airspace away",
            where=where,
        )
    ring = polygons[0]
    if not 4 <= len(ring) <= models.MAX_VERTICES + 1 or ring[0] != ring[-1]:
        raise FormatError(
            "the ring is not closed", right="four positions or more, the last as the first",
            where=where,
        )  # fmt: skip
    points = [_position(list(point), where) for point in ring[:-1]]
    return at(where, lambda: Area.polygon(points))


def _position(point: list[float], where: str) -> Position:
    if len(point) != 2 or any(isinstance(v, bool) for v in point):
        raise FormatError(
            f"{shown(point)} is no position", right="[longitude, latitude]", where=where
        )
    return at(where, lambda: Position(lat_deg=float(point[1]), lon_deg=float(point[0])))
