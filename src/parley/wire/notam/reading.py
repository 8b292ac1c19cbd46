"""A NOTAM to a draft: its areas from item E), its heights where they can be placed.

What cannot be drawn as it is said (arcs, borders) is taken as the circle of the Q line, and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume
from parley.wire import features
from parley.wire.assumed import (
    Assumed,
    Converted,
    Level,
    Reference,
    band_of_levels,
    words_of_levels,
)
from parley.wire.features import at
from parley.wire.notam.parsing import M_PER_NM, Notam, parse_notam, position_from
from parley.wire.units import M_PER_FOOT

_M_PER = {"NM": M_PER_NM, "KM": 1000.0, "M": 1.0}
_COORD = re.compile(
    r"(?<![0-9])(?P<lat>[0-9]{4}(?:[0-9]{2})?(?:\.[0-9]{1,6})?[NS])[ ,/]{0,3}"
    r"(?P<lon>[0-9]{5}(?:[0-9]{2})?(?:\.[0-9]{1,6})?[EW])(?![0-9])"
    r"|(?P<ns>[NS]) ?(?P<lat2>[0-9]{4}(?:[0-9]{2})?(?:\.[0-9]{1,6})?)[ ,/]{0,3}"
    r"(?P<ew>[EW]) ?(?P<lon2>[0-9]{5}(?:[0-9]{2})?(?:\.[0-9]{1,6})?)(?![0-9])"
)
_JOIN = re.compile(r"[\s,\-/;.]*(?:(?:TO|THENCE|THEN|AND|POINT)[\s,\-/;.]+)*")
_SIZE = r"([0-9]{1,4}(?:\.[0-9]{1,3})?) ?(NM|KM|M)\b"
_RADIUS = re.compile(rf"{_SIZE} (?:RADIUS|RAD)\b|\b(?:RADIUS|RAD) (?:OF )?{_SIZE}")
_SIDES = re.compile(rf"{_SIZE} (?:ON )?(?:EITHER|EACH|BOTH) SIDES?\b")
_UNDRAWN = re.compile(
    r"\b(?:ARC|CLOCKWISE|ANTICLOCKWISE|COUNTERCLOCKWISE|COUNTER-CLOCKWISE|ALONG|BORDER|BOUNDARY"
    r"|COASTLINE|SECTOR)\b"
)


@dataclass(frozen=True, slots=True)
class _Run:
    """Positions that follow each other, with what stands before and behind them."""

    points: tuple[Position, ...]
    before: str
    behind: str


def draft_from_notam(
    data: bytes,
    source: str,
    agreement: Agreement | None,
    *,
    activity_class: str,
    assumed: Assumed,
) -> Converted:
    """The draft in one NOTAM, and what was assumed. activity_class: a person's choice, for a
    NOTAM has none.

    One volume an area, each with the whole window B) to C) and the whole band F) to G). Shapes:
    "radius ... of", "either side of", three positions or more in a row (a ring, edges as
    geodesics). FormatError, with ``the author of source`` at fault: no NOTAM, heights that
    cannot be placed with what is assumed, positions that make no shape.
    """
    author = f"the author of {source}"
    notam = parse_notam(data, source)
    try:
        areas, said = _areas(notam)
        band, more = _band(notam, assumed)
    except InputError as error:
        raise error.blamed_on(author) from None
    said += more
    if notam.end_estimated:
        said.append("C) is an estimate: the window ends there all the same.")
    if notam.schedule:
        said.append("D) is not read: the whole time from B) to C) is taken.")
    span = Span(notam.start_ms, notam.end_ms)
    volumes = tuple(NoticeVolume(Use.ACTIVITY, Volume(area, band, span)) for area in areas)
    features.check_size(volumes)
    if not activity_class:
        raise FormatError(
            "a NOTAM has no class of activity", right="the class, chosen by a person", where="class"
        )
    if agreement is not None:
        agreement.activity_class(activity_class)
    return Converted(Draft(activity_class, volumes), tuple(said))


def _band(notam: Notam, assumed: Assumed) -> tuple[Band, list[str]]:
    lower, upper, said = notam.lower, notam.upper, []
    if lower is None or upper is None:
        if notam.q is None:
            raise FormatError("neither F) and G) nor Q)", right="both limits", where="F")
        lower = lower or _q_level(notam.q.lower_fl)
        upper = upper or _q_level(notam.q.upper_fl)
        said.append("F) or G) is missing: the limit of the Q line is taken.")
    band = band_of_levels(lower, upper, assumed, "F) G)")
    return band, said + words_of_levels((lower, upper), assumed)


def _q_level(fl: int) -> Level:
    if fl == 0:
        return Level(Reference.SURFACE)
    if fl == 999:
        return Level(Reference.UNLIMITED)
    return Level(Reference.PRESSURE, fl * 100 * M_PER_FOOT)


def _areas(notam: Notam) -> tuple[list[Area], list[str]]:
    runs = _runs(notam.text)
    strange = _UNDRAWN.search(notam.text)
    if strange is not None:
        return _circle(notam, f"E) says {strange[0]}, which is not drawn here")
    shapes = [_shape(run, n) for n, run in enumerate(runs)]
    areas = [area for area in shapes if area is not None]
    if not areas:
        return _circle(notam, "E) draws no area")
    if len(areas) < len(shapes):
        raise FormatError(
            "E) has positions that make no shape here",
            right="a radius, a width on either side, or three positions or more",
            where="E",
        )
    said = ["Edges of areas are taken as geodesics."]
    return areas, said


def _circle(notam: Notam, why: str) -> tuple[list[Area], list[str]]:
    q = notam.q
    if q is None or q.radius_nm == 999:
        what = "the Q line is of the whole FIR" if q else "there is no Q line"
        raise FormatError(f"{why}, and {what}", right="an area in E)", where="E")
    area = at("Q", lambda: Area.circle(q.centre, q.radius_nm * M_PER_NM))
    return [area], [f"{why}: the circle of the Q line is taken, {q.radius_nm} NM."]


def _runs(text: str) -> list[_Run]:
    """Positions with nothing but commas, dashes and "to" between them are one run."""
    marks = list(_COORD.finditer(text))
    groups: list[list[re.Match[str]]] = []
    for mark in marks:
        if groups and _JOIN.fullmatch(text[groups[-1][-1].end() : mark.start()]):
            groups[-1].append(mark)
        else:
            groups.append([mark])
    runs = []
    for n, group in enumerate(groups):
        start = groups[n - 1][-1].end() if n else 0
        end = groups[n + 1][0].start() if n + 1 < len(groups) else len(text)
        before, behind = text[start : group[0].start()], text[group[-1].end() : end]
        runs.append(_Run(tuple(_position(mark) for mark in group), before, behind))
    return runs


def _position(mark: re.Match[str]) -> Position:
    lat = mark["lat"] or f"{mark['lat2']}{mark['ns']}"
    lon = mark["lon"] or f"{mark['lon2']}{mark['ew']}"
    return at("E", lambda: position_from(lat, lon, "E"))


def _shape(run: _Run, number: int) -> Area | None:
    points = run.points
    where = f"E) shape {number + 1}"
    if len(points) >= 2 and (width := _size(_SIDES, run.before)) is not None:
        return at(where, lambda: Area.corridor(points, width))
    if len(points) == 1:
        radius = _size(_RADIUS, run.before)
        if radius is None:
            radius = _size(_RADIUS, run.behind[:40])
        return None if radius is None else at(where, lambda: Area.circle(points[0], radius))
    ring = points[:-1] if points[0] == points[-1] else points
    if len(ring) < 3:
        return None
    if _size(_RADIUS, run.before) is not None:
        raise FormatError(
            f"a radius before {len(points)} positions",
            right="one position for a circle",
            where=where,
        )
    return at(where, lambda: Area.polygon(ring))


def _size(form: re.Pattern[str], text: str) -> float | None:
    """The last size of this form in the text, in metres."""
    found = list(form.finditer(text))
    if not found:
        return None
    number, unit = (part for part in found[-1].groups() if part is not None)
    return float(number) * _M_PER[unit]
