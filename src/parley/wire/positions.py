"""Positions as people paste them - one, a list, a shape in words - to a shape that can be drawn;
and what looks wrong with a position that was typed."""

from __future__ import annotations

import re
from typing import Any

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.space import Area, Position, distance_m
from parley.wire.geojson import size_property, unrolled
from parley.wire.models import MAX_VERTICES
from parley.wire.places import area_from_text, position_from_text

_SHAPES = ("circle", "corridor", "polygon", "place")
_MARK = re.compile(r"^\s*(?:[0-9]{1,3}[.)]\s+|[A-Za-z][.)]\s+|[-*\u2022]\s+)")
_BETWEEN = re.compile(r"\s+(?:-|\u2013|TO|to)\s+")
_LETTERED = re.compile(r"[NSEWnsew/]")
_KINDS = {"point": "Point", "path": "LineString", "polygon": "Polygon"}


def shapes_from_text(
    text: str, agreement: Agreement, half_width_m: float | None, said: list[str]
) -> list[dict[str, Any]]:
    """Positions, or shapes in words one a line, as GeoJSON Features without heights and times.

    One position is a point, two are a line, three or more the corners of an area, or a line if a
    half width is given. FormatError names the line that does not read."""
    lines = _lines(text)
    words = [line for _, line in lines if line.split(maxsplit=1)[0].lower() in _SHAPES]
    if words and len(words) == len(lines):
        return [_in_words(number, line, agreement) for number, line in lines]
    positions = _positions(lines, agreement, said)
    if len(positions) > 1 and positions[0] == positions[-1]:
        positions = positions[:-1]
    points = [[p.lon_deg, p.lat_deg] for p in positions]
    if len(points) == 1:
        return [_feature({"type": "Point", "coordinates": points[0]})]
    if len(points) == 2 or half_width_m is not None:
        said.append("The positions are taken as a line, in their order.")
        return [_feature({"type": "LineString", "coordinates": points})]
    said.append("The positions are taken as the corners of one area, in their order.")
    rounded = {"type": "Polygon", "coordinates": [_rolled([*points, points[0]])]}
    return [_feature(rounded)]


def suspicions(position: Position, agreement: Agreement) -> list[str]:
    """What a person should look at again: a position outside the agreement's area, and what would
    lie inside it."""
    if agreement.area.contains(position):
        return []
    away_km = distance_m(Area.point(position), agreement.area) / 1000
    hints = [f"It lies {away_km:.0f} km outside the area of the agreement."]
    lat, lon = position.lat_deg, position.lon_deg
    others = {
        "with latitude and longitude exchanged": (lon, lat),
        "on the other side of the equator": (-lat, lon),
        "on the other side of Greenwich": (lat, -lon),
    }
    for words, (other_lat, other_lon) in others.items():
        if abs(other_lat) <= 90 and abs(other_lon) <= 180:
            there = Position(lat_deg=other_lat, lon_deg=other_lon)
            if there != position and agreement.area.contains(there):
                hints.append(f"Inside the area it would lie {words}.")
    return hints


def _lines(text: str) -> list[tuple[int, str]]:
    """What stands between line feeds and semicolons, with the number of its line; a shape in
    words keeps its semicolons."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = _MARK.sub("", line).strip().rstrip(",")
        if not bare:
            continue
        in_words = bare.split(maxsplit=1)[0].lower() in _SHAPES
        parts = [bare] if in_words else [part.strip() for part in bare.split(";")]
        found += [(number, part) for part in parts if part]
    if not found:
        raise FormatError("there is no position", right="35.5N 35.8E")
    if len(found) > MAX_VERTICES:
        raise FormatError(f"{len(found)} positions", right=f"at most {MAX_VERTICES}")
    return found


def _positions(
    lines: list[tuple[int, str]], agreement: Agreement, said: list[str]
) -> list[Position]:
    found = []
    named = agreement.positions
    for number, line in lines:
        parts = [line]
        if _BETWEEN.search(line):
            parts = _BETWEEN.split(line)
        for part in parts:
            try:
                found.append(position_from_text(part, named))
            except InputError as error:
                raise error.blamed_on(error.at_fault, where=f"line {number}") from None
    if any(not _LETTERED.search(line) for _, line in lines):
        said.append("Positions without letters are read latitude first.")
    return found


def _in_words(number: int, line: str, agreement: Agreement) -> dict[str, Any]:
    try:
        area = area_from_text(line, agreement.positions, agreement)
    except InputError as error:
        raise error.blamed_on(error.at_fault, where=f"line {number}") from None
    points = unrolled(area)
    coordinates = {"point": points[0], "path": points, "polygon": [points]}[area.kind]
    return _feature({"type": _KINDS[area.kind], "coordinates": coordinates}, **size_property(area))


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _rolled(points: list[list[float]]) -> list[list[float]]:
    """Longitudes that go on beyond 180, the short way from each to the next."""
    rolled = [points[0]]
    for lon, lat in points[1:]:
        turns = round((rolled[-1][0] - lon) / 360.0)
        rolled.append([lon + 360.0 * turns, lat])
    return rolled
