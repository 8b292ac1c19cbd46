"""Contents of papers as people write them into files: times in words, positions and areas as text.

Follows the types of the content: where it wants a ``When``, words will do; where it wants a
position or an area, the forms of an agreement file; for an instant (``*_ms``) RFC 3339; a list
that is kept sorted may stand in any order. Whatever is in its plain form already stays, and is
judged by ``papers.content_from`` as ever.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Union

from pydantic import ValidationError

from parley.errors import FormatError, InputError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.paper import Content
from parley.liaison.papers.values import Members
from parley.liaison.papers.when import When, parse_when
from parley.space import Area, Position, parse_position
from parley.wire.agreement_models import AreaFile
from parley.wire.instants import parse_instant
from parley.wire.papers import content_from, to_plain
from parley.wire.refusals import first_refusal

_SHAPES = frozenset({"circle", "corridor", "polygon"})


def content_of(
    kind: str, written: Any, *, said_ms: int | None, zone: str | None, where: str
) -> Content:
    """The content of a kind of paper from what a person wrote. said_ms, zone: what "yesterday"
    and a bare date rest on, see ``parse_when``. InputError, FormatError: the place and what would
    be right."""
    if kind not in KINDS:
        raise FormatError(
            f"{kind[:80]!r} is no kind of paper", right=f"one of: {', '.join(KINDS)}", where=where
        )
    if not isinstance(written, dict):
        raise FormatError("a content that is no object", right="its members", where=where)
    plain = _Reader(said_ms, zone).members(KINDS[kind].content, written, where)
    try:
        return content_from(kind, plain)
    except InputError as error:
        raise error.blamed_on(error.at_fault, where=where) from None


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    said_ms: int | None
    zone: str | None

    def members(self, kind: Any, written: Mapping[str, Any], where: str) -> dict[str, Any]:
        hints = _hints(kind)
        return {
            name: self.value(hints.get(name), name, value, f"{where}.{name}")
            for name, value in written.items()
        }

    def value(self, hint: Any, name: str, value: Any, where: str) -> Any:
        ordered = _is_ordered(hint)
        hint, origin = _bare(hint)
        if isinstance(value, list) and origin is tuple:
            if ordered and all(isinstance(one, str) for one in value):
                return sorted(set(value))
            member = typing.get_args(hint)[0]
            return [self.value(member, "", one, f"{where}[{n}]") for n, one in enumerate(value)]
        if isinstance(value, dict) and hint is Area and _SHAPES & set(value):
            return to_plain(area_of(value, where))
        if isinstance(value, dict) and dataclasses.is_dataclass(hint):
            return self.members(hint, value, where)
        return self.text(hint, name, value, where) if isinstance(value, str) else value

    def text(self, hint: Any, name: str, value: str, where: str) -> Any:
        try:
            if hint is When:
                return to_plain(parse_when(value, said_ms=self.said_ms, zone=self.zone))
            if hint is Position:
                return to_plain(parse_position(value))
            if hint is int and name.endswith("_ms"):
                return parse_instant(value)
        except InputError as error:
            raise FormatError(error.what, right=error.right, where=where) from None
        return value


def area_of(written: Any, where: str) -> Area:
    """An area as in an agreement file: exactly one of circle, corridor, polygon."""
    try:
        file = AreaFile.model_validate(written)
    except ValidationError as error:
        what, right, place = first_refusal(error, AreaFile)
        raise FormatError(what, right=right, where=f"{where}.{place}".rstrip(".")) from None
    shapes = [s for s in (file.circle, file.corridor, file.polygon) if s is not None]
    if len(shapes) != 1:
        raise FormatError(
            "an area is not exactly one shape", right="circle, corridor or polygon", where=where
        )
    try:
        if file.circle is not None:
            return Area.circle(parse_position(file.circle.centre), file.circle.radius_m)
        if file.corridor is not None:
            points = [parse_position(p) for p in file.corridor.points]
            return Area.corridor(points, file.corridor.half_width_m)
        assert file.polygon is not None
        ring = Area.polygon([parse_position(p) for p in file.polygon.vertices])
        return ring.buffered(file.polygon.margin_m)
    except InputError as error:
        raise FormatError(error.what, right=error.right, where=where) from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _is_ordered(hint: Any) -> bool:
    """A list that is kept sorted, each once: people write it as they like."""
    if typing.get_origin(hint) is not Annotated:
        return False
    forms = [form for form in typing.get_args(hint)[1:] if isinstance(form, Members)]
    return bool(forms) and forms[-1].sorted


def _bare(hint: Any) -> tuple[Any, Any]:
    """The type without its forms and without None, and its origin."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return _bare(typing.get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return _bare(next(one for one in typing.get_args(hint) if one is not type(None)))
    return hint, origin
