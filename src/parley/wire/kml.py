"""Draft notices in KML 2.2 and KMZ, read and written; docs/formats/kml.md is the profile.

The properties are those of the GeoJSON profile, as ExtendedData; begin and end stand in TimeSpan.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from parley.errors import FormatError, InputError, OversizeError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, NoticeVolume
from parley.space import Area, Position, Volume, outline
from parley.wire import features, models
from parley.wire.antimeridian import cut_ring
from parley.wire.features import Feature
from parley.wire.geojson import volume_properties
from parley.wire.refusals import shown

NAMESPACE = "http://www.opengis.net/kml/2.2"
MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_MEMBERS = 256
TOLERANCE_M = 10.0
HAZARDS = "parley-hazards"
"""The id of the folder whose Placemarks are no part of a draft."""

_CONTAINERS = ("Document", "Folder")
_GEOMETRIES = ("Polygon", "LineString", "Point", "MultiGeometry")
_OTHER_GEOMETRIES = ("LinearRing", "Model", "Track", "MultiTrack")
_OTHER_FEATURES = ("NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


def draft_from_kml(data: bytes, source: str, agreement: Agreement | None) -> Draft:
    """The draft in the Placemarks of a KML file; ``agreement`` is needed to look up places.

    Neighbouring points are joined the short way round, as viewers do. Refused, with ``the author
    of source`` at fault: entities and DTDs, more than 16 MiB or 64 levels, network links, rings
    not closed, holes, altitudes other than 0, an altitudeMode other than clampToGround, and what
    the GeoJSON profile refuses. Raises FormatError, GeometryError, InputError, OversizeError.
    """
    author = f"the author of {source}"
    if len(data) > MAX_BYTES:
        raise OversizeError(
            f"{source} has {len(data)} bytes", right=f"at most {MAX_BYTES}", at_fault=author
        )
    try:
        placemarks = _placemarks(_parse(data))
        features.check_positions(sum(_count(mark) for mark in placemarks))
        found = [_feature(mark, f"Placemark[{i}]") for i, mark in enumerate(placemarks)]
        return features.draft_of(found, agreement)
    except InputError as error:
        raise error.blamed_on(author) from None


def draft_from_kmz(data: bytes, source: str, agreement: Agreement | None) -> Draft:
    """The draft in the first .kml of a zip archive, unpacked to 16 MiB at most.

    Raises OversizeError for more, FormatError for what is no such archive, else what
    draft_from_kml raises.
    """
    author = f"the author of {source}"
    too_large = OversizeError(
        f"{source} unpacks to more than {MAX_BYTES} bytes",
        right=f"at most {MAX_BYTES}, and {MAX_MEMBERS} members",
        at_fault=author,
    )
    if len(data) > MAX_BYTES:
        raise too_large
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = [m for m in members if m.filename.lower().endswith(".kml")]
            if len(members) > MAX_MEMBERS or (names and names[0].file_size > MAX_BYTES):
                raise too_large
            if not names or names[0].compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise FormatError(
                    f"{source} holds no readable .kml", right="doc.kml, deflated", at_fault=author
                )
            with archive.open(names[0]) as member:
                unpacked = member.read(MAX_BYTES + 1)
    except _ZIP_ERRORS:
        raise FormatError(
            f"{source} is no readable zip archive", right="a KMZ file", at_fault=author
        ) from None
    return draft_from_kml(unpacked, source, agreement)


def notice_to_kml(notice: Notice, *, marking: str = "", hazards: Sequence[Volume] = ()) -> bytes:
    """A KML 2.2 file for viewers: what they draw is what draft_from_kml reads back.

    A polygon is written as it is; a circle, a corridor, a margin or a shape across the
    antimeridian as rings that hold it and leave it by 10 m at most, cut at the antimeridian.
    marking: a banner in every description. hazards: drawn in a folder of their own, which
    draft_from_kml does not read: they follow from the notice, they are not declared.
    """
    told = f"<description>{escape(marking)}</description>" if marking else ""
    marks = "\n".join(_mark(notice, volume, told) for volume in notice.volumes)
    title = f"{notice.item} version {notice.version} by {notice.header.by}"
    if notice.header.exercise:
        title = f"EXERCISE {title}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<kml xmlns="{NAMESPACE}"><Document><name>{escape(title)}</name>{told}\n'
        f"{marks}\n{_folder(hazards, told)}</Document></kml>\n"
    ).encode()


# Writing -------------------------------------------------------------------------------------


def _folder(hazards: Sequence[Volume], told: str) -> str:
    if not hazards:
        return ""
    marks = "\n".join(_hazard(n, volume, told) for n, volume in enumerate(hazards, 1))
    return f'<Folder id="{HAZARDS}"><name>Hazards</name>\n{marks}\n</Folder>\n'


def _hazard(number: int, volume: Volume, told: str) -> str:
    members = volume_properties(volume)
    return (
        f"<Placemark><name>hazard {number}</name>{told}{_time(members)}{_data(members)}"
        f"{_shape_text(volume.area)}</Placemark>"
    )


def _mark(notice: Notice, volume: NoticeVolume, told: str) -> str:
    members: dict[str, Any] = volume_properties(volume.volume)
    time = _time(members)
    members |= {
        "use": volume.use.value,
        "class": notice.activity_class,
        "item": notice.item,
        "place": notice.place,
        "text": notice.text,
    }
    return (
        f"<Placemark><name>{escape(notice.item)} {volume.use.value}</name>{told}"
        f"{time}{_data(members)}{_shape_text(volume.volume.area)}</Placemark>"
    )


def _time(members: dict[str, Any]) -> str:
    """The TimeSpan; takes start and end out of ``members``."""
    begin, end = members.pop("start"), members.pop("end")
    return f"<TimeSpan><begin>{begin}</begin><end>{end}</end></TimeSpan>"


def _data(members: Mapping[str, Any]) -> str:
    data = "".join(
        f"<Data name={quoteattr(name)}><value>{escape(str(value))}</value></Data>"
        for name, value in members.items()
        if value != ""
    )
    return f"<ExtendedData>{data}</ExtendedData>"


def _shape_text(area: Area) -> str:
    polygons = "".join(_polygon_text(ring) for ring in rings(area))
    return f"<MultiGeometry>{polygons}</MultiGeometry>"


def rings(area: Area) -> list[list[tuple[float, float]]]:
    """Open rings (lon, lat) that hold the area, within -180..180: a plain polygon as it is, all
    else left by ``TOLERANCE_M`` at most."""
    if area.kind == "polygon" and not area.reach_cm:
        ring = [(p.lon_deg, p.lat_deg) for p in area.vertices]
        if max(lon for lon, _ in ring) - min(lon for lon, _ in ring) < 180:
            return [ring]
    return [
        part
        for ring in outline(area, TOLERANCE_M)
        for part in cut_ring([(p.lon_deg, p.lat_deg) for p in ring])
    ]


def _polygon_text(ring: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in (*ring, ring[0]))
    return (
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{points}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )


# Reading -------------------------------------------------------------------------------------


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _parse(data: bytes) -> Element:
    depth = 0
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise FormatError(f"more than {MAX_DEPTH} levels of XML", right="a flat file")
    except DefusedXmlException:
        raise FormatError("the XML has a DTD or entities", right="plain XML without them") from None
    except ParseError as error:
        line, column = error.position
        raise FormatError(
            "not well-formed XML", right="KML 2.2", where=f"line {line}, column {column}"
        ) from None
    except (ValueError, LookupError) as error:
        raise FormatError(f"not XML: {shown(str(error))}", right="KML 2.2 in UTF-8") from None
    if root is None or _local(root) != "kml":
        raise FormatError("the root is not kml", right=f'<kml xmlns="{NAMESPACE}">')
    return root


def _placemarks(root: Element) -> list[Element]:
    found: list[Element] = []
    waiting = [root]
    while waiting:
        container = waiting.pop()
        inner = []
        for child in container:
            name = _local(child)
            if name in _CONTAINERS:
                if child.get("id") != HAZARDS:
                    inner.append(child)
            elif name == "Placemark":
                found.append(child)
            elif name in _OTHER_FEATURES:
                raise FormatError(f"a {name} cannot be part of a notice", right="Placemarks only")
            elif name in ("TimeSpan", "TimeStamp", "ExtendedData"):
                raise FormatError(
                    f"{name} outside a Placemark",
                    right="in each Placemark",
                    where=_local(container),
                )
        waiting.extend(reversed(inner))
    if len(found) > models.MAX_VOLUMES:
        raise FormatError(f"{len(found)} Placemarks", right=f"at most {models.MAX_VOLUMES}")
    return found


def _count(mark: Element) -> int:
    """How many positions a Placemark has."""
    return sum(len((e.text or "").split()) for e in mark.iter() if _local(e) == "coordinates")


def geometries_from_kml(data: bytes, source: str) -> list[dict[str, Any]]:
    """The Placemarks of a KML file as GeoJSON Features, their properties and shapes as they stand
    there: nothing is judged, a size may be missing. Raises as ``draft_from_kml``."""
    author = f"the author of {source}"
    if len(data) > MAX_BYTES:
        raise OversizeError(
            f"{source} has {len(data)} bytes", right=f"at most {MAX_BYTES}", at_fault=author
        )
    try:
        placemarks = _placemarks(_parse(data))
        features.check_positions(sum(_count(mark) for mark in placemarks))
        return [
            {"type": "Feature", "geometry": geometry, "properties": dict(properties)}
            for i, mark in enumerate(placemarks)
            for properties, shapes in [_parts(mark, f"Placemark[{i}]")]
            for geometry in _geometries(shapes, f"Placemark[{i}]")
        ]
    except InputError as error:
        raise error.blamed_on(author) from None


def _geometries(shapes: list[Element], where: str) -> list[dict[str, Any] | None]:
    if not shapes:
        return [None]
    parts = [p for s in shapes for p in (list(s) if _local(s) == "MultiGeometry" else [s])]
    return [_geometry(part, where) for part in parts if _local(part) in _READERS]


def _geometry(shape: Element, where: str) -> dict[str, Any]:
    kind = _local(shape)
    place = f"{where}.{kind}"
    lines = [shape]
    if kind == "Polygon":
        _check_mode(shape, place)
        lines = [ring for ring in shape.iter() if _local(ring) == "LinearRing"]
    points = [[[p.lon_deg, p.lat_deg] for p in _points(line, place)] for line in lines]
    if not points:
        raise FormatError("a Polygon without a ring", right="one outerBoundaryIs", where=place)
    if kind == "Polygon":
        return {"type": kind, "coordinates": points}
    return {"type": kind, "coordinates": points[0][0] if kind == "Point" else points[0]}


def _feature(mark: Element, where: str) -> Feature:
    properties, shapes = _parts(mark, where)
    features.check_names(properties, where)
    areas = _areas(shapes[0], properties, where) if shapes else None
    return Feature(areas, properties, where)


def _parts(mark: Element, where: str) -> tuple[dict[str, Any], list[Element]]:
    """What a Placemark says, and its one shape, if it has one."""
    properties: dict[str, Any] = {}
    shapes: list[Element] = []
    for child in mark:
        name = _local(child)
        if name == "TimeSpan":
            for bound in child:
                _put(properties, {"begin": "start"}.get(_local(bound), _local(bound)), bound, where)
        elif name == "TimeStamp":
            raise FormatError("a TimeStamp", right="a TimeSpan with begin and end", where=where)
        elif name == "ExtendedData":
            _extended(child, properties, where)
        elif name in _GEOMETRIES:
            shapes.append(child)
        elif name in _OTHER_GEOMETRIES:
            raise FormatError(
                f"geometry {name} has no meaning here", right=", ".join(_GEOMETRIES), where=where
            )
    if len(shapes) > 1:
        raise FormatError("several geometries", right="one, or one MultiGeometry", where=where)
    return properties, shapes


def _put(properties: dict[str, Any], name: str, element: Element, where: str) -> None:
    if name in properties:
        raise FormatError(f"{shown(name)} stands twice", right="once", where=where)
    properties[name] = (element.text or "").strip()


def _extended(extended: Element, properties: dict[str, Any], where: str) -> None:
    for child in extended.iter():
        name = _local(child)
        if name == "Data":
            values = [value for value in child if _local(value) == "value"]
            if len(values) != 1:
                raise FormatError("Data without one value", right="one value", where=where)
            _put(properties, child.get("name", ""), values[0], where)
        elif name == "SimpleData":
            _put(properties, child.get("name", ""), child, where)


def _areas(shape: Element, properties: Mapping[str, Any], where: str) -> tuple[Area, ...]:
    parts = list(shape) if _local(shape) == "MultiGeometry" else [shape]
    parts = [part for part in parts if _local(part) not in ("extrude", "tessellate")]
    kinds = {_local(part) for part in parts}
    if len(parts) == 0 or len(parts) > models.MAX_VOLUMES or len(kinds) > 1:
        raise FormatError(
            f"a MultiGeometry of {len(parts)} parts of {len(kinds)} kinds",
            right=f"1 to {models.MAX_VOLUMES} parts of one kind",
            where=where,
        )
    read = _READERS.get(kinds.pop())
    if read is None:
        raise FormatError(
            f"geometry {shown(_local(parts[0]))} has no meaning here",
            right="Polygon, LineString or Point",
            where=where,
        )
    many = len(parts) > 1
    return tuple(
        read(part, properties, f"{where}.{_local(part)}" + (f"[{i}]" if many else ""))
        for i, part in enumerate(parts)
    )


def _point(shape: Element, properties: Mapping[str, Any], where: str) -> Area:
    points = _points(shape, where)
    if len(points) != 1:
        raise FormatError(f"a Point of {len(points)} positions", right="one", where=where)
    return features.shape("point", points, properties, where)


def _line(shape: Element, properties: Mapping[str, Any], where: str) -> Area:
    return features.shape("path", _points(shape, where), properties, where)


def _polygon(shape: Element, properties: Mapping[str, Any], where: str) -> Area:
    bounds = [child for child in shape if _local(child).endswith("BoundaryIs")]
    rings = [ring for bound in bounds for ring in bound if _local(ring) == "LinearRing"]
    if any(_local(bound) != "outerBoundaryIs" for bound in bounds) or len(rings) != 1:
        raise FormatError(
            "a Polygon with holes, or without one outer ring",
            right="one outerBoundaryIs with one LinearRing: a hole would give airspace away",
            where=where,
        )
    _check_mode(shape, where)
    ring = _points(rings[0], where)
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise FormatError(
            "the ring is not closed",
            right="four positions or more, the last the same as the first",
            where=where,
        )
    return features.shape("polygon", ring[:-1], properties, where)


_READERS: dict[str, Callable[[Element, Mapping[str, Any], str], Area]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
}


def _check_mode(shape: Element, where: str) -> None:
    for child in shape:
        mode = (child.text or "").strip()
        if _local(child) == "altitudeMode" and mode != "clampToGround":
            raise FormatError(
                f"altitudeMode {shown(mode)}",
                right="clampToGround; heights stand in floor_m and ceiling_m above WGS84",
                where=where,
            )


def _points(shape: Element, where: str) -> list[Position]:
    _check_mode(shape, where)
    texts = [child.text or "" for child in shape if _local(child) == "coordinates"]
    if len(texts) != 1:
        raise FormatError("no coordinates, or several", right="one list", where=where)
    tuples = texts[0].split()
    if not 1 <= len(tuples) <= models.MAX_VERTICES + 1:
        raise FormatError(
            f"{len(tuples)} positions", right=f"1 to {models.MAX_VERTICES}", where=where
        )
    return [_position(text, f"{where}.coordinates[{i}]") for i, text in enumerate(tuples)]


def _position(text: str, where: str) -> Position:
    numbers = text.split(",")
    if len(numbers) not in (2, 3) or not all(_NUMBER.fullmatch(n) for n in numbers):
        raise FormatError(
            f"{shown(text)} is no position", right="longitude,latitude in degrees", where=where
        )
    if len(numbers) == 3 and float(numbers[2]) != 0:
        raise FormatError(
            f"altitude {shown(numbers[2])}: its reference is not agreed",
            right="no altitude or 0; heights stand in floor_m and ceiling_m above WGS84",
            where=where,
        )
    lat_deg, lon_deg = float(numbers[1]), float(numbers[0])
    return features.at(where, lambda: Position(lat_deg=lat_deg, lon_deg=lon_deg))
