"""Tracks, routes and waypoints in GPX 1.1: a route flown to a draft, a notice to a file.

GPX knows points: half width, radius and band are told by a person. Its elevations are taken as
heights above mean sea level. docs/formats/gpx.md is the profile.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume, distances_m, outline
from parley.wire import features, models
from parley.wire.assumed import Assumed, Converted, Level, Reference, band_of_levels
from parley.wire.features import at
from parley.wire.instants import format_instant, parse_instant
from parley.wire.refusals import shown

if TYPE_CHECKING:
    from gpxpy.gpx import GPX

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
MAX_POINTS = 100_000
MANY = 200
"""A path of more points is thinned in pieces of so many, and widened by as much as that takes."""
MOST = 2_000
"""Points of a path when it is thinned; one that winds more is refused."""
TOLERANCE_M = 10.0

_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(?:\.[0-9]{1,20})?")
_POINTS = {"trkpt": "track", "rtept": "route", "wpt": "waypoint"}
_DEGREE_M = 111_320.0


@dataclass(frozen=True, slots=True)
class GpxOptions:
    """What a person adds to a path. half_width_m: of corridors. radius_m: of waypoints, None to
    leave them out. floor_m, ceiling_m: above the ellipsoid, None to take the elevations and
    vertical_m on either side. start_ms, end_ms: None to take the times of the points."""

    activity_class: str
    half_width_m: float
    radius_m: float | None = None
    floor_m: float | None = None
    ceiling_m: float | None = None
    vertical_m: float = 0.0
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class _Point:
    kind: str
    path: int
    position: Position
    ele_m: float | None
    at_ms: int | None


def draft_from_gpx(
    data: bytes, source: str, agreement: Agreement | None, options: GpxOptions, assumed: Assumed
) -> Converted:
    """The draft of a GPX file: a corridor for each route and track segment, a circle for each
    waypoint where ``radius_m`` is given; all in one band and one window.

    A path of more than 200 points is thinned and its corridor widened so that it holds all that
    the whole one held. FormatError, with ``the author of source`` at fault: no GPX, a DTD, more
    than 16 MiB or 100,000 points, no times or elevations where none are told.
    """
    try:
        points = _points(data, source)
        said: list[str] = []
        areas = _areas(points, options, said)
        band = _band(points, options, assumed, said)
        span = _span(points, options, said)
        volumes = tuple(NoticeVolume(Use.ACTIVITY, Volume(area, band, span)) for area in areas)
        features.check_size(volumes)
        if not options.activity_class:
            raise FormatError(
                "a path has no class of activity", right="the class, chosen by a person",
                where="class",
            )  # fmt: skip
    except InputError as error:
        raise error.blamed_on(f"the author of {source}") from None
    if agreement is not None:
        agreement.activity_class(options.activity_class)
    return Converted(Draft(options.activity_class, volumes), tuple(said))


def notice_to_gpx(notice: Notice, *, marking: str = "") -> bytes:
    """A GPX 1.1 file for viewers: corridors as routes, all else as closed tracks that hold the
    area and leave it by 10 m at most, circles also as waypoints. Heights, windows and widths
    stand in the descriptions, where no reader takes them for more than words."""
    from gpxpy.gpx import GPXRoute, GPXRoutePoint, GPXWaypoint

    exercise = "EXERCISE " if notice.header.exercise else ""
    made = _file(f"{exercise}{notice.item} version {notice.version}", marking)
    for number, placed in enumerate(notice.volumes, 1):
        area = placed.volume.area
        name, told = f"{notice.item} {number}", _told(placed, marking)
        if area.kind == "path":
            route = GPXRoute(name=name, description=told)
            route.points = [
                GPXRoutePoint(latitude=p.lat_deg, longitude=p.lon_deg) for p in area.vertices
            ]
            made.routes.append(route)
            continue
        if area.kind == "point":
            (centre,) = area.vertices
            made.waypoints.append(
                GPXWaypoint(centre.lat_deg, centre.lon_deg, name=name, description=told)
            )
        plain = area.kind == "polygon" and not area.reach_cm
        ring = area.vertices if plain else outline(area, TOLERANCE_M)[0]
        _track(made, name, told, (*ring, ring[0]))
    return _written(made)


# Writing -------------------------------------------------------------------------------------


def _file(title: str, marking: str) -> GPX:
    from gpxpy.gpx import GPX

    made = GPX()
    made.creator = "Parley"
    made.name = title
    made.description = marking or None
    return made


def _track(made: GPX, name: str, told: str, points: Sequence[Position]) -> None:
    from gpxpy.gpx import GPXTrack, GPXTrackPoint, GPXTrackSegment

    segment = GPXTrackSegment([GPXTrackPoint(p.lat_deg, p.lon_deg) for p in points])
    track = GPXTrack(name=name, description=told)
    track.segments.append(segment)
    made.tracks.append(track)


def _written(made: GPX) -> bytes:
    return str(made.to_xml("1.1")).encode()


def _told(placed: NoticeVolume, marking: str) -> str:
    volume = placed.volume
    size = f", {volume.area.reach_m:g} m around" if volume.area.reach_cm else ""
    words = (
        f"{placed.use.value}{size}, {volume.band.floor.m:g} to {volume.band.ceiling.m:g} m above"
        f" WGS-84, {format_instant(volume.span.start_ms)} to {format_instant(volume.span.end_ms)}"
    )
    return f"{marking} {words}".strip()


# Reading -------------------------------------------------------------------------------------


def _points(data: bytes, source: str) -> list[_Point]:
    if len(data) > MAX_BYTES:
        raise FormatError(f"{source} has {len(data)} bytes", right=f"at most {MAX_BYTES}")
    try:
        found = list(_walked(data))
    except DefusedXmlException:
        raise FormatError("the XML has a DTD or entities", right="plain XML") from None
    except ParseError as error:
        line, column = error.position
        raise FormatError(
            "not well-formed XML", right="GPX 1.1", where=f"line {line}, column {column}"
        ) from None
    except (ValueError, LookupError) as error:
        raise FormatError(f"not XML: {shown(str(error))}", right="GPX 1.1 in UTF-8") from None
    if not found:
        raise FormatError("no point", right="a route, a track or waypoints", where="gpx")
    return found


def _walked(data: bytes) -> Iterator[_Point]:
    """Every point in the order of the file; ``path`` counts routes and track segments."""
    depth = paths = points = 0
    rooted = False
    for event, element in iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True):
        name = _local(element)
        if event == "start":
            depth += 1
            if not rooted and name != "gpx":
                raise FormatError("the root is not gpx", right="GPX 1.0 or 1.1")
            rooted = True
            paths += name in ("trkseg", "rte")
            if depth > MAX_DEPTH:
                raise FormatError(f"more than {MAX_DEPTH} levels", right="a flat file")
            continue
        depth -= 1
        kind = _POINTS.get(name)
        if kind is not None:
            points += 1
            if points > MAX_POINTS:
                raise FormatError(
                    f"more than {MAX_POINTS} points", right="a shorter or thinned path"
                )
            yield _point(element, kind, paths, f"{name}[{points - 1}]")
            element.clear()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _point(element: Element, kind: str, path: int, where: str) -> _Point:
    lat_deg = _number(element.get("lat"), f"{where} lat")
    lon_deg = _number(element.get("lon"), f"{where} lon")
    position = at(where, lambda: Position(lat_deg=lat_deg, lon_deg=lon_deg))
    ele_m: float | None = None
    at_ms: int | None = None
    for child in element:
        text = (child.text or "").strip()
        if _local(child) == "ele" and text:
            ele_m = _number(text, f"{where} ele")
        elif _local(child) == "time" and text:
            at_ms = parse_instant(text, f"{where} time")
    return _Point(kind, path, position, ele_m, at_ms)


def _number(text: str | None, where: str) -> float:
    if text is None or not _NUMBER.fullmatch(text.strip()):
        raise FormatError(f"{shown(text)} is no number", right="a decimal number", where=where)
    return float(text)


def _areas(points: Sequence[_Point], options: GpxOptions, said: list[str]) -> list[Area]:
    if not 0 <= options.half_width_m <= models.MAX_RADIUS_M:
        raise FormatError(
            f"half_width_m {shown(options.half_width_m)} cannot be",
            right=f"0 to {models.MAX_RADIUS_M}",
            where="half_width_m",
        )
    areas: list[Area] = []
    lines = [p for p in points if p.kind != "waypoint"]
    for _, run in groupby(lines, key=lambda p: (p.kind, p.path)):
        areas.append(_path([p.position for p in run], options.half_width_m, said))
    waypoints = [p.position for p in points if p.kind == "waypoint"]
    radius_m = options.radius_m
    if radius_m is not None:
        areas += [at("radius_m", lambda p=p: Area.circle(p, radius_m)) for p in waypoints]  # type: ignore[misc]
    elif waypoints and areas:
        said.append(f"{len(waypoints)} waypoints are left out.")
    if not areas:
        raise FormatError("only waypoints", right="radius_m for a circle round each", where="wpt")
    return areas


def _path(positions: Sequence[Position], half_width_m: float, said: list[str]) -> Area:
    line = [positions[0], *(b for a, b in pairwise(positions) if a != b)]
    if len(line) == 1:
        return Area.circle(line[0], half_width_m)
    if len(line) <= MANY:
        return at("path", lambda: Area.corridor(line, half_width_m))
    within_m = max(25.0, half_width_m / 10)
    thin = _thinned(line, within_m)
    core = at("path", lambda: Area.corridor(thin, 0.0))
    lats, lons = [p.lat_deg for p in line], [p.lon_deg for p in line]
    far_m = max(float(distances_m(core, lats, lons).max()), within_m)  # type: ignore[arg-type]
    off_m = math.ceil(far_m * 1.25 + 1)
    said.append(
        f"A path of {len(line)} points was thinned to {len(thin)} and widened by {off_m} m to hold"
        " all of it."
    )
    return at("path", lambda: Area.corridor(thin, half_width_m + off_m))


def _thinned(line: Sequence[Position], within_m: float) -> list[Position]:
    """The points that matter (Douglas and Peucker), piece by piece."""
    kept = {0, len(line) - 1}
    for start in range(0, len(line) - 1, MANY):
        end = min(start + MANY, len(line) - 1)
        piece = _plane(line[start : end + 1])
        kept |= {start, *(start + n for n in _bends(piece, within_m))}
        if len(kept) > MOST:
            raise FormatError(
                f"a path of {len(line)} points winds too much",
                right=f"one that {MOST} points describe, or a wider corridor",
                where="path",
            )
    thin = [line[n] for n in sorted(kept)]
    return [thin[0], *(b for a, b in pairwise(thin) if a != b)]


def _plane(piece: Sequence[Position]) -> list[tuple[float, float]]:
    """Metres east and north of the first point, right to a few percent nearby."""
    first = piece[0]
    shrink = math.cos(math.radians(first.lat_deg))
    return [
        (
            ((p.lon_deg - first.lon_deg + 180) % 360 - 180) * shrink * _DEGREE_M,
            (p.lat_deg - first.lat_deg) * _DEGREE_M,
        )
        for p in piece
    ]


def _bends(xy: Sequence[tuple[float, float]], within_m: float) -> Iterator[int]:
    """The points between the ends that are not within so much of what is drawn without them."""
    waiting = [(0, len(xy) - 1)]
    while waiting:
        first, last = waiting.pop()
        far, which = within_m, -1
        for n in range(first + 1, last):
            off = _off(xy[n], xy[first], xy[last])
            if off > far:
                far, which = off, n
        if which >= 0:
            yield which
            waiting += [(first, which), (which, last)]


def _off(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = 0.0 if not length else ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length
    share = min(1.0, max(0.0, share))
    return math.hypot(p[0] - a[0] - share * dx, p[1] - a[1] - share * dy)


def _band(points: Sequence[_Point], options: GpxOptions, assumed: Assumed, said: list[str]) -> Band:
    if options.floor_m is not None and options.ceiling_m is not None:
        low_m, high_m = options.floor_m, options.ceiling_m
        if low_m > high_m:
            raise FormatError(
                f"floor {low_m:g} m is above ceiling {high_m:g} m", right="floor_m first",
                where="floor_m",
            )  # fmt: skip
        return at("floor_m", lambda: Band.metres(low_m, high_m))
    heights = [p.ele_m for p in points if p.ele_m is not None]
    if len(heights) < len(points) or options.floor_m is not None or options.ceiling_m is not None:
        raise FormatError(
            "the band is not known: points without elevation",
            right="floor_m and ceiling_m above the ellipsoid",
            where="floor_m",
        )
    beside_m = abs(options.vertical_m)
    lower = Level(Reference.SEA, min(heights) - beside_m)
    upper = Level(Reference.SEA, max(heights) + beside_m)
    said.append(
        f"Elevations, {beside_m:g} m added on either side, are taken as heights above mean sea"
        f" level: {assumed.geoid_words()} assumed."
    )
    return band_of_levels(lower, upper, assumed, "ele")


def _span(points: Sequence[_Point], options: GpxOptions, said: list[str]) -> Span:
    times = [p.at_ms for p in points if p.at_ms is not None]
    start_ms, end_ms = options.start_ms, options.end_ms
    if start_ms is None or end_ms is None:
        if len(times) < len(points):
            raise FormatError(
                "the window is not known: points without a time", right="start and end",
                where="start",
            )  # fmt: skip
        said.append("The window is that of the points' own times.")
        start_ms = min(times) if start_ms is None else start_ms
        end_ms = max(times) if end_ms is None else end_ms
    if end_ms < start_ms:
        raise FormatError("the end is before the start", right="the start first", where="end")
    return Span(start_ms, end_ms)
