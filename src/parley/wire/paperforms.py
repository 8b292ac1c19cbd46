"""The forms of papers for people: each member of a content in words, and an empty form to fill in.

Made from the types of the contents, like the models in ``papers``.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Union

from parley.liaison.kinds import KINDS
from parley.liaison.papers.values import MANY, Form, Members, Whole
from parley.space import Area, Band, Position
from parley.wire.papers import to_plain

_AREA = {"kind": "circle", "points": [[402500000, 205000000]], "reach_cm": 400000}
_SHAPES: dict[Any, tuple[str, Any]] = {
    Area: ("an area: kind, points as [lat, lon] in 1e-7 degree, reach_cm", _AREA),
    Band: ("a band: floor_cm, ceiling_cm above the ellipsoid", {"floor_cm": 0, "ceiling_cm": 0}),
    Position: ("a position: [lat, lon] in 1e-7 degree", [402500000, 205000000]),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a form. default: its plain value where it may be left out. form: its type in
    words. empty: a value of the right shape to begin with."""

    name: str
    required: bool
    default: Any
    form: str
    empty: Any


def about(kind: str) -> str:
    """What a kind of paper says and what its members mean; KeyError: no such kind."""
    lines = (KINDS[kind].content.__doc__ or "").strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def members(kind: str) -> tuple[Member, ...]:
    """The members of a kind's content, in its order; KeyError: no such kind."""
    return _members(KINDS[kind].content)


def template(kind: str) -> dict[str, Any]:
    """An empty form: every member, what may be left out with its default. KeyError: no such."""
    return {m.name: m.empty if m.required else m.default for m in members(kind)}


def _members(kind: Any) -> tuple[Member, ...]:
    hints = typing.get_type_hints(kind, include_extras=True)
    found = []
    for field in dataclasses.fields(kind):
        required = field.default is dataclasses.MISSING
        default = None if required else to_plain(field.default)
        form, empty = _said(hints[field.name])
        found.append(Member(field.name, required, default, form, empty))
    return tuple(found)


def _said(hint: Any) -> tuple[str, Any]:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, *forms = typing.get_args(hint)
        return _formed(kind, forms)
    if origin in (Union, types.UnionType):
        inner = [one for one in typing.get_args(hint) if one is not type(None)]
        return f"{_said(inner[0])[0]}, or null", None
    if origin is tuple:
        return _formed(hint, [Members(MANY)])
    if hint in _SHAPES:
        return _SHAPES[hint]
    if hint is int:
        return "a whole number", 0
    if hint is bool:
        return "true or false", False
    if issubclass(hint, enum.Enum):
        values = [member.value for member in hint]
        return f"one of: {', '.join(values)}", values[0]
    inside = _members(hint)
    return (
        f"an object: {', '.join(m.name for m in inside)}",
        {m.name: m.empty if m.required else m.default for m in inside},
    )


def _formed(kind: Any, forms: list[Any]) -> tuple[str, Any]:
    inner = [form for form in forms if isinstance(form, Form | Whole | Members)][-1]
    if isinstance(inner, Form):
        least = f"{inner.least} to " if inner.least else "up to "
        return f"{inner.shape}, {least}{inner.most} characters", ""
    if isinstance(inner, Whole):
        return f"a whole number, {inner.least} to {inner.most}", inner.least
    words, empty = _said(typing.get_args(kind)[0])
    order = ", sorted, each once" if inner.sorted else ""
    least = f"{inner.least} to " if inner.least else "up to "
    return f"a list of {least}{inner.most}{order}: {words}", [empty] * inner.least
