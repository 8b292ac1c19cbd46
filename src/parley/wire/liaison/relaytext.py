"""What is read out to a unit that has no node: an item with its places in every notation.

Zulu first. One line a coordinate: decimal degrees, degrees and minutes, MGRS. Nothing but what the
item itself says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from parley.liaison.deliveries.sites import Told, told_of
from parley.liaison.papers.values import Value
from parley.rules.item import kind_of
from parley.rules.statements import Distress, Item, Notice, Stop
from parley.space import Area, Band, Position, echo
from parley.wire.instants import format_instant
from parley.wire.phrases import length, zulu

MOST = 4_000
_CORNERS = 24


def relay_text(content: Item, unit_name: str, values: Sequence[Value]) -> str:
    """At most 4,000 characters; a shape of many corners is told by the circle that holds it."""
    return _fitted(lambda corners: _lines(content, unit_name, values, corners))


def danger_text(
    places: Sequence[Told], unit_name: str, values: Sequence[Value], *, handle: str, exercise: bool
) -> str:
    """The same of the safety subset: where nobody should be and when; neither whose nor why."""

    def lines(corners: int) -> Iterator[str]:
        mark = "EXERCISE EXERCISE EXERCISE. " if exercise else ""
        yield f"{mark}To {unit_name}: DANGER to anybody in these places ({handle})."
        yield from _ended(places, values, corners)

    return _fitted(lines)


def _fitted(lines: Callable[[int], Iterator[str]]) -> str:
    text = ""
    for corners in (_CORNERS, 0):
        text = "\n".join(lines(corners))
        if len(text) <= MOST:
            return text
    return text[: MOST - 60] + "\n(there are more places than fit in here)"


def _lines(content: Item, unit_name: str, values: Sequence[Value], corners: int) -> Iterator[str]:
    exercise = "EXERCISE EXERCISE EXERCISE. " if content.header.exercise else ""
    word = kind_of(content).upper()
    yield f"{exercise}To {unit_name}: {word} {content.item}, version {content.version}."
    yield f"From {content.header.by}, said {_stamp(content.header.at_ms)}."
    if isinstance(content, Notice):
        yield f"Activity {content.activity_class}, {_window(content.start_ms, content.end_ms)}."
    if isinstance(content, Distress):
        yield f"In distress: {content.subject}, known since {_stamp(content.since_ms)}."
    if isinstance(content, Stop) and content.area is None:
        yield "STOP everywhere."
    yield from _ended(told_of(content), values, corners)


def _ended(places: Sequence[Told], values: Sequence[Value], corners: int) -> Iterator[str]:
    for number, told in enumerate(places, 1):
        yield from _place(number, told, corners)
    if values:
        yield "Read back: " + "; ".join(f"{one.name} {one.value}" for one in values) + "."
    yield "Say who took this and when."


def _place(number: int, told: Told, corners: int) -> Iterator[str]:
    when = "" if told.span is None else f", {_window(told.span.start_ms, told.span.end_ms)}"
    yield f"{number}. {told.word}{_band(told.band)}{when}: {_shape(told.area)}"
    area = told.area
    shown: Iterable[Position] = area.vertices
    if area.kind != "point" and len(area.vertices) > corners:
        shown = (area.centre,)
        yield f"   all within {length(round(area.cap_radius_m))} of:"
    for position in shown:
        yield f"   {_written(position)}"


def _shape(area: Area) -> str:
    reach = length(round(area.reach_m))
    if area.kind == "point":
        return f"within {reach} of" if area.reach_cm else "at"
    near = f", and {reach} around it" if area.reach_cm else ""
    noun = "line" if area.kind == "path" else "corners"
    return f"{noun} of {len(area.vertices)} points{near}"


def _band(band: Band | None) -> str:
    if band is None:
        return ""
    floor, ceiling = band.floor.cm // 100, -(-band.ceiling.cm // 100)
    return f", {floor} to {ceiling} m above the ellipsoid"


def _written(position: Position) -> str:
    forms = echo(position, {})
    return " | ".join(forms[name] for name in ("dd", "dms", "mgrs") if name in forms)


def _window(start_ms: int, end_ms: int) -> str:
    return f"{_stamp(start_ms)} to {_stamp(end_ms)}"


def _stamp(ms: int) -> str:
    """ "17 Sep 1839Z (2018-09-17T18:39:00Z)"."""
    return f"{zulu(ms, day=True)} ({format_instant(ms)})"
