"""Positions and areas as a person types them on the command line or in an agreement."""

from __future__ import annotations

import re
from collections.abc import Mapping

from parley.errors import FormatError
from parley.rules.agreement import Agreement
from parley.space import Area, Position, parse_position, parse_range_bearing
from parley.wire.lengths import distance_from_text
from parley.wire.refusals import shown

_FORMS = (
    '"circle 35.52N 35.80E 4km", "polygon P1; P2; P3", "corridor P1; P2 2km" (half width)'
    ' or "place latakia"'
)
_SIZED = re.compile(r"(.*\S)\s+([0-9.]{1,12}\s*[A-Za-z]{1,10})", re.S)
MAX_TEXT = 400_000


def position_from_text(text: str, named: Mapping[str, Position]) -> Position:
    """A position in any notation of ``parley.space``, or "NAME BEARING/RANGE" from a named one.

    Raises FormatError or GeometryError.
    """
    try:
        return parse_position(text)
    except FormatError:
        if "/" not in text or not named:
            raise
    return parse_range_bearing(text, named)


def area_from_text(text: str, named: Mapping[str, Position], agreement: Agreement | None) -> Area:
    """A circle, polygon, corridor or a place of the agreement's gazetteer; see ``_FORMS``.

    Positions are separated by semicolons; distances carry their unit (m, km, NM). Raises
    FormatError, GeometryError, or InputError for a place that the agreement does not name.
    """
    if len(text) > MAX_TEXT:
        raise FormatError(f"an area of {len(text)} characters", right=f"at most {MAX_TEXT}")
    word, _, rest = text.strip().partition(" ")
    kind = word.lower()
    if kind == "place":
        return _place(rest.strip(), agreement)
    if kind == "polygon":
        return Area.polygon(_positions(rest, named))
    if kind not in ("circle", "corridor"):
        raise FormatError(f"{shown(text)} is no area", right=_FORMS)
    sized = _SIZED.fullmatch(rest.strip())
    if sized is None:
        raise FormatError(f"{shown(text)} has no distance at its end", right=_FORMS)
    distance_m = distance_from_text(sized[2], "radius" if kind == "circle" else "half width")
    if kind == "circle":
        return Area.circle(position_from_text(sized[1], named), distance_m)
    return Area.corridor(_positions(sized[1], named), distance_m)


def _positions(text: str, named: Mapping[str, Position]) -> list[Position]:
    return [position_from_text(part, named) for part in text.split(";")]


def _place(place: str, agreement: Agreement | None) -> Area:
    if agreement is None:
        raise FormatError(
            f"place {shown(place)} cannot be looked up without an agreement",
            right="a shape, or the agreement that names the place",
        )
    return agreement.named_area(place).area
