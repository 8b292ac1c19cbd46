"""What GeoJSON and KML share: a feature's properties, and the draft that features make together.

A feature is a list of areas and a dict of properties; docs/formats/geojson.md lists their names.
Nothing is guessed: a property that is unknown, in feet or without a reference is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import Strict, TypeAdapter, ValidationError

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.wire import lengths, models
from parley.wire.instants import parse_instant
from parley.wire.refusals import shown

T = TypeVar("T")

SHAPE_NAMES = ("radius_m", "half_width_m", "margin_m")
NAMES = (
    *("start", "end", "floor_m", "ceiling_m", "height_reference", "class", "use"),
    *("place", "text", "item"),
    *SHAPE_NAMES,
)
_SHARED = ("class", "place", "text", "item")
_FEET = ("floor_ft", "ceiling_ft", "altitude_ft", "height_ft")
_UNITS = ("unit", "units", "height_unit", "altitude_unit")

_ID: TypeAdapter[str] = TypeAdapter(Annotated[models.Id, Strict()])
_TEXT: TypeAdapter[str] = TypeAdapter(Annotated[models.Text, Strict()])


@dataclass(frozen=True, slots=True)
class Feature:
    """areas: its shapes, or None where the feature only names a place. where: for errors."""

    areas: tuple[Area, ...] | None
    properties: Mapping[str, Any]
    where: str


def at(where: str, make: Callable[[], T]) -> T:
    """What ``make`` gives; an InputError gets ``where`` in front of its own place."""
    try:
        return make()
    except InputError as error:
        place = ".".join(part for part in (where, error.where) if part)
        raise type(error)(
            error.what, right=error.right, where=place, at_fault=error.at_fault
        ) from None


def draft_of(features: Sequence[Feature], agreement: Agreement | None) -> Draft:
    """The draft that the features make together, one volume an area, in their order.

    Class, place, text and item may stand at one feature or be repeated alike; the class must
    stand somewhere. With an agreement, class and place must be in it. InputError otherwise.
    """
    if not features:
        raise FormatError("there is no feature", right="at least one area")
    shared = {name: _shared(features, name) for name in _SHARED}
    if not shared["class"]:
        raise FormatError(
            "the class of the activity is missing", right=_classes(agreement), where="class"
        )
    if agreement is not None:
        agreement.activity_class(shared["class"])
        if shared["place"]:
            agreement.named_area(shared["place"])
    volumes: list[NoticeVolume] = []
    for feature in features:
        volumes.extend(_volumes(feature, agreement))
    check_size(volumes)
    return Draft(shared["class"], tuple(volumes), shared["place"], shared["text"], shared["item"])


def check_size(volumes: Sequence[NoticeVolume]) -> None:
    """Refuses what no notice could hold: too many volumes or vertices. FormatError."""
    if len(volumes) > models.MAX_VOLUMES:
        raise FormatError(f"{len(volumes)} volumes", right=f"at most {models.MAX_VOLUMES}")
    vertices = sum(len(v.volume.area.vertices) for v in volumes)
    if vertices > models.MAX_VERTICES:
        raise FormatError(f"{vertices} vertices in all", right=f"at most {models.MAX_VERTICES}")


def check_positions(count: int) -> None:
    """The same bound before anything is built; a ring's closing position is not counted yet."""
    if count > models.MAX_VERTICES + models.MAX_VOLUMES:
        raise FormatError(f"{count} vertices in all", right=f"at most {models.MAX_VERTICES}")


def shape(kind: str, points: Sequence[Position], properties: Mapping[str, Any], where: str) -> Area:
    """The area of one geometry: "point" with radius_m, "path" with half_width_m, "polygon" with
    an optional margin_m; a size that belongs to another kind is refused."""
    own = {"point": "radius_m", "path": "half_width_m", "polygon": "margin_m"}[kind]
    for name in SHAPE_NAMES:
        if name != own and name in properties:
            raise FormatError(
                f"{name} does not go with a {kind}", right=f"{own}, or nothing", where=where
            )
    given = properties.get(own)
    if given is None:
        if kind != "polygon":
            raise FormatError(
                f"a {kind} without {own}",
                right=f"{own} in metres" + (" (0 for the point itself)" if kind == "point" else ""),
                where=where,
            )
        size_m = 0.0
    else:
        size_m = lengths.metres_of(given, f"{where}.{own}")
        if not 0 <= size_m <= models.MAX_RADIUS_M:
            raise FormatError(
                f"{own} {shown(given)} cannot be",
                right=f"0 to {models.MAX_RADIUS_M} m",
                where=f"{where}.{own}",
            )
    if kind == "point":
        return at(where, lambda: Area.circle(points[0], size_m))
    if kind == "path":
        return at(where, lambda: Area.corridor(points, size_m))
    area = at(where, lambda: Area.polygon(points))
    return at(where, lambda: area.buffered(size_m)) if given is not None else area


def check_names(properties: Mapping[str, Any], where: str) -> None:
    """Refuses every property that the profile does not have; feet are answered with metres."""
    for name, value in properties.items():
        if name in _FEET:
            lengths.refuse_feet(name, value, where)
        if name in _UNITS:
            raise FormatError(
                f"{name} {shown(value)}: this profile has no units to choose",
                right="floor_m and ceiling_m in metres (1 ft = 0.3048 m) above the ellipsoid",
                where=where,
            )
        if name not in NAMES:
            raise FormatError(
                f"property {shown(name)} does not exist",
                right=f"only {', '.join(NAMES)}",
                where=where,
            )


def volume_of(area: Area, properties: Mapping[str, Any], where: str) -> NoticeVolume:
    """The volume of an area with the times, heights and use of its properties."""
    return NoticeVolume(
        _use(properties, where),
        at(where, lambda: Volume(area, _band(properties, where), _span(properties, where))),
    )


def _volumes(feature: Feature, agreement: Agreement | None) -> list[NoticeVolume]:
    properties, where = feature.properties, feature.where
    areas = feature.areas
    if areas is None:
        areas = (_place_area(properties, agreement, where),)
    return [volume_of(area, properties, where) for area in areas]


def _place_area(properties: Mapping[str, Any], agreement: Agreement | None, where: str) -> Area:
    place = properties.get("place")
    if not place:
        raise FormatError(
            "a feature with neither geometry nor place",
            right="a geometry, or the id of a named area as place",
            where=where,
        )
    if agreement is None:
        raise FormatError(
            f"place {shown(place)} cannot be looked up without an agreement",
            right="a geometry, or the agreement that names the place",
            where=where,
        )
    sizes = [name for name in SHAPE_NAMES if name in properties]
    if sizes:
        raise FormatError(
            f"{sizes[0]} does not go with a named area", right="the area as agreed", where=where
        )
    found = str(place)
    return at(where, lambda: agreement.named_area(found).area)


def _shared(features: Sequence[Feature], name: str) -> str:
    adapter = _TEXT if name == "text" else _ID
    found = ""
    for feature in features:
        value = feature.properties.get(name)
        if value is None or value == "":
            continue
        try:
            text = adapter.validate_python(value)
        except ValidationError:
            raise FormatError(
                f"{name} {shown(value)} is refused",
                right=_right_text() if name == "text" else _right_id(name),
                where=feature.where,
            ) from None
        if found and text != found:
            raise FormatError(
                f"{name} {shown(text)} differs from {shown(found)}",
                right=f"one {name} for the whole draft",
                where=feature.where,
            )
        found = text
    return found


def _right_text() -> str:
    return f"at most {models.MAX_TEXT} characters, no control characters but newlines"


def _right_id(name: str) -> str:
    return f"{name} as a lower-case id: a-z, 0-9, dot, dash, underscore, at most 64 characters"


def _classes(agreement: Agreement | None) -> str:
    if agreement is None:
        return "the id of a class of the agreement"
    return f"one of {', '.join(c.id for c in agreement.classes)}"


def _use(properties: Mapping[str, Any], where: str) -> Use:
    value = properties.get("use", Use.ACTIVITY.value)
    for use in Use:
        if value == use.value:
            return use
    raise FormatError(
        f"use {shown(value)} is unknown",
        right=f"one of {', '.join(u.value for u in Use)}",
        where=where,
    )


def _band(properties: Mapping[str, Any], where: str) -> Band:
    lengths.check_reference(properties.get("height_reference"), f"{where}.height_reference")
    bounds = []
    for name in ("floor_m", "ceiling_m"):
        value = properties.get(name)
        if value is None:
            raise FormatError(
                f"{name} is missing",
                right=f"{name} in metres above the WGS-84 ellipsoid",
                where=where,
            )
        bounds.append(lengths.metres_of(value, f"{where}.{name}"))
    return lengths.band_of(bounds[0], bounds[1], f"{where}.floor_m")


def _span(properties: Mapping[str, Any], where: str) -> Span:
    instants = []
    for name in ("start", "end"):
        value = properties.get(name)
        if value is None:
            raise FormatError(f"{name} is missing", right="an RFC 3339 instant", where=where)
        instants.append(parse_instant(value, f"{where}.{name}"))
    return span_of(instants[0], instants[1], properties["start"], properties["end"], where)


def span_of(start_ms: int, end_ms: int, start: str, end: str, where: str) -> Span:
    """The closed span; an end before its start is refused in the author's own words."""
    if end_ms < start_ms:
        raise FormatError(
            f"end {shown(end)} is before start {shown(start)}",
            right="an end at or after the start",
            where=where,
        )
    return Span(start_ms, end_ms)
