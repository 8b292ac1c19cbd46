"""Parley's GeoJSON profile of a draft notice (RFC 7946), read and written.

Longitude first here and nowhere else. docs/formats/geojson.md is the published profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, NoticeVolume
from parley.space import Area, Position, Volume, outline
from parley.wire import features, lengths, models
from parley.wire.antimeridian import cut_ring
from parley.wire.features import Feature
from parley.wire.instants import format_instant
from parley.wire.jsontext import parse_json
from parley.wire.refusals import shown

_COLLECTION = frozenset({"type", "features", "bbox", "name", "crs", "parley"})
_FEATURE = frozenset({"type", "geometry", "properties", "id", "bbox"})
_CRS84 = "urn:ogc:def:crs:OGC:1.3:CRS84"
_HALF_TURN = 1_800_000_000
_KINDS = "Polygon, MultiPolygon, LineString, MultiLineString, Point or null"


def draft_from_geojson(data: bytes, source: str, agreement: Agreement | None) -> Draft:
    """The draft in a Feature or FeatureCollection; ``agreement`` is needed to look up places.

    Refused, with ``the author of source`` at fault: what is no GeoJSON of the profile, rings
    that are not closed or cross themselves, holes, a step of more than 180 degrees of longitude,
    altitudes as third coordinates, heights in feet or without a reference, unknown properties,
    times without a zone. Raises FormatError, GeometryError, InputError or OversizeError.
    """
    author = f"the author of {source}"
    value = parse_json(data, source)
    try:
        return features.draft_of(_features(value), agreement)
    except InputError as error:
        raise error.blamed_on(author) from None


def notice_to_geojson(notice: Notice) -> dict[str, Any]:
    """A FeatureCollection that draft_from_geojson reads back as the same volumes.

    One feature a volume. Rings run counter-clockwise; across the antimeridian longitudes go on
    beyond 180, because a cut would move the border (edges are geodesics). The member ``parley``
    says who gave the notice; readers take nothing from it.
    """
    header = notice.header
    shared = {
        "class": notice.activity_class,
        "item": notice.item,
        **({"place": notice.place} if notice.place else {}),
        **({"text": notice.text} if notice.text else {}),
    }
    return {
        "type": "FeatureCollection",
        "parley": {
            "by": header.by,
            "role": header.role,
            "at": format_instant(header.at_ms),
            "to": list(header.to),
            "agreement": header.agreement,
            "exercise": header.exercise,
            "version": notice.version,
            "releaser": notice.releaser,
        },
        "features": [_exact_feature(volume, shared) for volume in notice.volumes],
    }


def volume_to_feature(
    volume: Volume, properties: Mapping[str, Any], *, tolerance_m: float = 25.0
) -> dict[str, Any]:
    """A Feature for a map: rings that hold the volume's area, leaving it by tolerance_m at most.

    A Polygon, or a MultiPolygon where the antimeridian cuts it. ``properties`` are added to
    start, end, floor_m, ceiling_m and height_reference, and win over them.
    """
    rings = [
        part
        for ring in outline(volume.area, tolerance_m)
        for part in cut_ring([(p.lon_deg, p.lat_deg) for p in ring])
    ]
    return _feature(_polygons(rings), {**volume_properties(volume), **properties})


def volume_properties(volume: Volume) -> dict[str, Any]:
    """start, end, floor_m, ceiling_m and height_reference as the profile writes them."""
    return {
        "start": format_instant(volume.span.start_ms),
        "end": format_instant(volume.span.end_ms),
        "floor_m": _metres(volume.band.floor.cm),
        "ceiling_m": _metres(volume.band.ceiling.cm),
        "height_reference": lengths.REFERENCE,
    }


def size_property(area: Area) -> dict[str, Any]:
    """radius_m, half_width_m or margin_m of an area; nothing for a plain polygon."""
    name = {"point": "radius_m", "path": "half_width_m", "polygon": "margin_m"}[area.kind]
    if area.kind == "polygon" and not area.reach_cm:
        return {}
    return {name: _metres(area.reach_cm)}


# Writing -------------------------------------------------------------------------------------


def _metres(cm: int) -> int | float:
    return cm / 100 if cm % 100 else cm // 100


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _exact_feature(volume: NoticeVolume, shared: Mapping[str, Any]) -> dict[str, Any]:
    area = volume.volume.area
    return _feature(
        _exact_geometry(area),
        {
            **volume_properties(volume.volume),
            **size_property(area),
            "use": volume.use.value,
            **shared,
        },
    )


def _exact_geometry(area: Area) -> dict[str, Any]:
    points = unrolled(area)
    if area.kind == "point":
        return {"type": "Point", "coordinates": points[0]}
    if area.kind == "polygon":
        return {"type": "Polygon", "coordinates": [points]}
    return {"type": "LineString", "coordinates": points}


def unrolled(area: Area) -> list[list[float]]:
    """[lon, lat] of the vertices, longitudes going on beyond 180 where the shape does.

    A polygon's ring is closed and counter-clockwise; round a pole its ends are 360 apart.
    """
    vertices = [(p.lon_e7, p.lat_e7) for p in area.vertices]
    if area.kind != "polygon":
        return _degrees(_unrolled_e7(vertices))
    ring = _unrolled_e7([*vertices, vertices[0]])
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    if ring[0] == ring[-1] and doubled < 0:
        ring.reverse()
    return _degrees(ring)


def _unrolled_e7(points: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    ring = [points[0]]
    for (before, _), (lon, lat) in pairwise(points):
        step = (lon - before + _HALF_TURN) % (2 * _HALF_TURN) - _HALF_TURN
        ring.append((ring[-1][0] + step, lat))
    return ring


def _degrees(points: Sequence[tuple[int, int]]) -> list[list[float]]:
    return [[lon / 1e7, lat / 1e7] for lon, lat in points]


def _polygons(rings: Sequence[Sequence[tuple[float, float]]]) -> dict[str, Any]:
    polygons = [[[list(point) for point in (*ring, ring[0])]] for ring in rings]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


# Reading -------------------------------------------------------------------------------------


def _features(value: Any) -> list[Feature]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "Feature":
        features.check_positions(_count(value.get("geometry")))
        return [read_feature(value, "feature")]
    if kind != "FeatureCollection":
        raise FormatError(
            f"{shown(kind if isinstance(value, dict) else value)} is no GeoJSON of this profile",
            right="an object of type Feature or FeatureCollection",
            where="type",
        )
    _only(value, _COLLECTION, "")
    _check_crs(value.get("crs"))
    members = value.get("features")
    if not isinstance(members, list):
        raise FormatError("features is not a list", right="a list of Features", where="features")
    if len(members) > models.MAX_VOLUMES:
        raise FormatError(
            f"{len(members)} features", right=f"at most {models.MAX_VOLUMES}", where="features"
        )
    features.check_positions(sum(_count(m.get("geometry")) for m in members if isinstance(m, dict)))
    return [read_feature(member, f"features[{i}]") for i, member in enumerate(members)]


def _count(geometry: Any) -> int:
    """How many positions a geometry has, whatever its type."""
    level = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(level, list) and level and isinstance(level[0], list):
        if level[0] and isinstance(level[0][0], list):
            level = [inner for part in level if isinstance(part, list) for inner in part]
        else:
            return len(level)
    return 1


def _only(value: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    for name in value:
        if name not in known:
            raise FormatError(
                f"member {shown(name)} is not in this profile",
                right=f"only {', '.join(sorted(known))}; what a notice says stands in properties",
                where=where,
            )


def _check_crs(crs: Any) -> None:
    if crs is None or crs == {"type": "name", "properties": {"name": _CRS84}}:
        return
    raise FormatError(
        "the file has a coordinate reference system of its own",
        right="WGS 84 longitude and latitude (RFC 7946, section 4), without crs",
        where="crs",
    )


def read_feature(value: Any, where: str) -> Feature:
    """One Feature of the profile; ``where`` is its place in the document. Raises FormatError."""
    if not isinstance(value, dict) or value.get("type") != "Feature":
        raise FormatError(f"{shown(value)} is no Feature", right='"type": "Feature"', where=where)
    _only(value, _FEATURE, where)
    properties = value.get("properties")
    if not isinstance(properties, dict):
        raise FormatError(
            f"properties is {shown(properties)}", right="an object", where=f"{where}.properties"
        )
    features.check_names(properties, f"{where}.properties")
    if "geometry" not in value:
        raise FormatError("geometry is missing", right="a geometry or null", where=where)
    place = f"{where}.geometry"
    areas = _areas(value["geometry"], properties, place)
    return Feature(areas, properties, f"{where}.properties")


def _areas(geometry: Any, properties: Mapping[str, Any], where: str) -> tuple[Area, ...] | None:
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    place = f"{where}.coordinates"
    if kind == "Point":
        return (features.shape("point", [_position(coordinates, place)], properties, where),)
    if kind == "LineString":
        return (_corridor(coordinates, properties, place),)
    if kind == "Polygon":
        return (_polygon(coordinates, properties, place),)
    if kind in ("MultiPolygon", "MultiLineString"):
        read = _polygon if kind == "MultiPolygon" else _corridor
        parts = _list(coordinates, place)
        if not 1 <= len(parts) <= models.MAX_VOLUMES:
            raise FormatError(
                f"{len(parts)} parts", right=f"1 to {models.MAX_VOLUMES}", where=place
            )
        return tuple(read(part, properties, f"{place}[{i}]") for i, part in enumerate(parts))
    raise FormatError(f"geometry {shown(kind)} has no meaning here", right=_KINDS, where=where)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise FormatError(f"{shown(value)} is no list", right="a list", where=where)
    return value


def _corridor(value: Any, properties: Mapping[str, Any], where: str) -> Area:
    return features.shape("path", _line(value, where, least=2), properties, where)


def _polygon(value: Any, properties: Mapping[str, Any], where: str) -> Area:
    rings = _list(value, where)
    if len(rings) != 1:
        raise FormatError(
            f"a polygon of {len(rings)} rings",
            right="one ring: a hole would give claimed airspace away, draw parts without holes",
            where=where,
        )
    place = f"{where}[0]"
    ring = _list(rings[0], place)
    if len(ring) < 4 or not _closed(ring[0], ring[-1]):
        raise FormatError(
            "the ring is not closed",
            right=f"four positions or more, the last the same as the first {_brief(ring)}",
            where=place,
        )
    return features.shape("polygon", _line(ring, place, least=4)[:-1], properties, place)


def _closed(first: Any, last: Any) -> bool:
    if first == last:
        return True
    both = [p for p in (first, last) if isinstance(p, list) and len(p) == 2 and _numbers(p)]
    return len(both) == 2 and first[1] == last[1] and abs(first[0] - last[0]) == 360


def _brief(ring: Sequence[Any]) -> str:
    first = ring[0] if ring else None
    if isinstance(first, list) and len(first) == 2:
        return f"[{shown(first[0], 20)}, {shown(first[1], 20)}]"
    return ""


def _line(value: Any, where: str, *, least: int) -> list[Position]:
    points = _list(value, where)
    if not least <= len(points) <= models.MAX_VERTICES + 1:
        raise FormatError(
            f"{len(points)} positions", right=f"{least} to {models.MAX_VERTICES}", where=where
        )
    positions = []
    for index, point in enumerate(points):
        positions.append(_position(point, f"{where}[{index}]"))
        if index and abs(point[0] - points[index - 1][0]) > 180:
            raise FormatError(
                f"longitude jumps from {points[index - 1][0]:g} to {point[0]:g}",
                right="a shape cut at the antimeridian into a Multi geometry (RFC 7946, 3.1.9),"
                " or longitudes that go on beyond 180",
                where=f"{where}[{index}]",
            )
    return positions


def _position(value: Any, where: str) -> Position:
    point = _list(value, where)
    if len(point) == 3:
        raise FormatError(
            "a third coordinate: its reference is not agreed",
            right="[longitude, latitude]; heights stand in floor_m and ceiling_m",
            where=where,
        )
    if len(point) != 2 or not _numbers(point):
        raise FormatError(
            f"{shown(value)} is no position", right="[longitude, latitude] in degrees", where=where
        )
    return _position_of(point[0], point[1], where)


def _numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _position_of(lon_deg: float, lat_deg: float, where: str) -> Position:
    if 180 < abs(lon_deg) <= 540:
        lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
    return features.at(where, lambda: Position(lat_deg=lat_deg, lon_deg=lon_deg))
