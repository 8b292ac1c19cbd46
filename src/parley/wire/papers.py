"""Papers to the body of a signed note and back, exactly, by the types of their contents.

The forms of values stand at the types (``liaison.papers.values``); here they become a strict and
closed model a kind, for what is let in, what is written and what OpenAPI shows. Every member is
always present; null says "none". Both directions apply the same rules.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from parley.errors import InputError, MalformedError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper, Reply, Said
from parley.liaison.papers.values import MANY, Form, Members, Values, Whole
from parley.rules.statements import Header, Rung
from parley.space import Area, Band, Position
from parley.wire import bodies, models
from parley.wire.refusals import first_refusal, shown
from parley.wire.shapes import RefusedBody, area_from, band_from, position_from

REPLY = "parley/reply/v1"
_HEX = r"^([0-9a-f]{64})?$"
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
_HIDDEN = r"\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_NAME = rf"^[^./\\: {_HIDDEN}]([^/\\:{_HIDDEN}]*[^/\\: .{_HIDDEN}])?$"
_REF_OR_EMPTY = r"^([a-z][a-z-]{0,30}:[^|\n\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,128})?$"
_PATTERNS = {
    "line": models.LINE_PATTERN,
    "text": models.TEXT_PATTERN,
    "note": models.TEXT_PATTERN,
    "id": r"^([a-z0-9][a-z0-9._-]{0,63})?$",
    "ref": _REF_OR_EMPTY,
    "hash": _HEX,
    "language": _LANGUAGE,
    "name": _NAME,
}
_SHAPES: dict[Any, Any] = {Area: models.AreaBody, Band: models.BandBody, Position: models.Point}
_MOST = 2**53 - 1


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _content(kind: str) -> Any:
    return KINDS[kind].content


def type_line(kind: str) -> str:
    """ "message" as ``parley/message/v1``."""
    return f"parley/{kind}/v1"


# Types to models -----------------------------------------------------------------------------


@cache
def model_of(kind: Any, *, optional: bool = False) -> type[BaseModel]:
    """The model of a dataclass; optional: members that have a default may be left out, as in a
    form that a person fills in."""
    hints = typing.get_type_hints(kind, include_extras=True)
    members: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        typed = _typed(hints[field.name], optional)
        has_default = field.default is not dataclasses.MISSING
        default = to_plain(field.default) if optional and has_default else ...
        members[field.name] = (typed, default)
    made: type[BaseModel] = create_model(
        f"{kind.__name__}{'Form' if optional else 'Body'}",
        __base__=_Body,
        __doc__=kind.__doc__,
        **members,
    )
    return made


def _typed(hint: Any, optional: bool) -> Any:
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, *forms = typing.get_args(hint)
        return _formed(kind, forms, optional)
    if origin in (Union, types.UnionType):
        kinds = [_typed(one, optional) for one in typing.get_args(hint) if one is not type(None)]
        return Union[(*kinds, None)]
    if origin is tuple:
        return _formed(hint, [Members(MANY)], optional)
    if hint in _SHAPES:
        return _SHAPES[hint]
    if hint is int:
        return Annotated[int, Field(ge=-_MOST, le=_MOST)]
    if hint is bool:
        return bool
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Literal[tuple(member.value for member in hint)]
    return model_of(hint, optional=optional)


def _formed(kind: Any, forms: list[Any], optional: bool) -> Any:
    inner = [form for form in forms if isinstance(form, Form | Whole | Members)][-1]
    if isinstance(inner, Form):
        rule = Field(pattern=_PATTERNS[inner.shape], max_length=inner.most, min_length=inner.least)
        return Annotated[str, rule]
    if isinstance(inner, Whole):
        return Annotated[int, Field(ge=inner.least, le=inner.most)]
    member = _typed(typing.get_args(kind)[0], optional)
    return Annotated[list[member], Field(max_length=inner.most, min_length=inner.least)]  # type: ignore[valid-type]


@cache
def body_model(kind: str) -> type[models.HeaderBody]:
    """The model of the whole body of a kind of paper."""
    made: type[models.HeaderBody] = create_model(
        f"{KINDS[kind].content.__name__}PaperBody",
        __base__=models.HeaderBody,
        __doc__=f"parley/{kind}/v1: {KINDS[kind].content.__doc__}",
        item=(models.Id, ...),
        version=(models.Count, ...),
        marking=(model_of(Marking), ...),
        about=(Annotated[list[models.Ref], Field(max_length=MANY)], ...),
        person=(models.Line, ...),
        withdrawn=(bool, ...),
        content=(model_of(_content(kind)), ...),
    )
    return made


class ValueBody(_Body):
    """A named value that is read back."""

    name: models.Id
    value: models.Line


class ReplyBody(models.HeaderBody):
    """parley/reply/v1: one rung climbed on one version of a paper."""

    item: models.Id
    version: models.Count
    number: models.Count
    rung: Literal["read", "read-back", "accepted", "objected", "unable"]
    values: Annotated[list[ValueBody], Field(max_length=16)]
    person: models.Line
    text: models.Text


_KIND_OF = {type_line(kind): kind for kind in KINDS}
TYPES = (*_KIND_OF, REPLY)
"""The type lines of all papers, and of the reply."""


def schema_of(line: str) -> type[models.HeaderBody]:
    """The model of a body; KeyError for a type line that is none of ``TYPES``."""
    return ReplyBody if line == REPLY else body_model(_KIND_OF[line])


# Domain to body ------------------------------------------------------------------------------


def to_plain(value: Any) -> Any:
    """A value of a paper as strings, whole numbers, booleans, null, lists and objects."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Area):
        return bodies.area_to(value)
    if isinstance(value, Band):
        return bodies.band_to(value)
    if isinstance(value, Position):
        return bodies.position_to(value)
    if isinstance(value, tuple | list):
        return [to_plain(member) for member in value]
    return {name: to_plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def encode(said: Said) -> tuple[str, dict[str, Any]]:
    """The type line and the body of a paper or a reply. InputError, at fault its own author, for
    whatever ``decode`` would refuse."""
    line, body = _body_of(said)
    author = f"party {shown(said.header.by)}"
    model = schema_of(line)
    try:
        _check(model.model_validate(body), said)
    except ValidationError as error:
        what, right, where = first_refusal(error, model)
        raise InputError(what, right=right, where=where, at_fault=author) from None
    except RefusedBody as refused:
        raise InputError(
            refused.what, right=refused.right, where=refused.where, at_fault=author
        ) from None
    return line, body


def _body_of(said: Said) -> tuple[str, dict[str, Any]]:
    body = bodies.header_to(said.header)
    if isinstance(said, Reply):
        return REPLY, {
            **body,
            "item": said.item,
            "version": said.version,
            "number": said.number,
            "rung": said.rung.value,
            "values": to_plain(said.values),
            "person": said.person,
            "text": said.text,
        }
    return type_line(said.kind), {
        **body,
        "item": said.item,
        "version": said.version,
        "marking": to_plain(said.marking),
        "about": list(said.about),
        "person": said.person,
        "withdrawn": said.withdrawn,
        "content": to_plain(said.content),
    }


# Body to domain ------------------------------------------------------------------------------


def decode(line: str, body: Any, *, sender: str) -> Said:
    """The paper or the reply in ``body``; ``sender`` is named as the one at fault. MalformedError
    for anything else than exactly what ``encode`` writes."""
    at_fault = f"party {sender}"
    model = schema_of(line)
    try:
        parsed = model.model_validate(body)
        said = _said_from(line, parsed)
        _check(parsed, said)
    except ValidationError as error:
        what, right, where = first_refusal(error, model)
        raise MalformedError(what, right=right, where=where, at_fault=at_fault) from None
    except RefusedBody as refused:
        raise MalformedError(
            refused.what, right=refused.right, where=refused.where, at_fault=at_fault
        ) from None
    return said


def content_from(kind: str, plain: Mapping[str, Any]) -> Content:
    """The content in a form that a person or a program filled in; what has a default may be left
    out. InputError with the place of what is refused."""
    model = model_of(_content(kind), optional=True)
    try:
        found: Content = _domain(KINDS[kind].content, model.model_validate(plain), "content")
    except ValidationError as error:
        what, right, where = first_refusal(error, model)
        raise InputError(what, right=right, where=where) from None
    except RefusedBody as refused:
        raise InputError(refused.what, right=refused.right, where=refused.where) from None
    return found


def value_from(kind: type, plain: Mapping[str, Any], where: str) -> Any:
    """The same for any value of papers, such as a marking."""
    model = model_of(kind, optional=True)
    try:
        return _domain(kind, model.model_validate(plain), where)
    except ValidationError as error:
        what, right, place = first_refusal(error, model)
        raise InputError(what, right=right, where=f"{where}.{place}".rstrip(".")) from None
    except RefusedBody as refused:
        raise InputError(refused.what, right=refused.right, where=refused.where) from None


def _said_from(line: str, parsed: Any) -> Said:
    header = Header(
        parsed.by,
        parsed.role,
        parsed.at_ms,
        tuple(parsed.to),
        parsed.agreement,
        parsed.exercise,
        parsed.copy_for,
    )
    if line == REPLY:
        return Reply(
            header,
            parsed.item,
            parsed.version,
            parsed.number,
            Rung(parsed.rung),
            _domain(Values, parsed.values, "values"),
            parsed.person,
            parsed.text,
        )
    return Paper(
        header,
        parsed.item,
        parsed.version,
        _domain(KINDS[_KIND_OF[line]].content, parsed.content, "content"),
        _domain(Marking, parsed.marking, "marking"),
        tuple(parsed.about),
        parsed.person,
        parsed.withdrawn,
    )


def _domain(hint: Any, value: Any, where: str) -> Any:
    """The value of a validated model as the domain has it."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        kind, *forms = typing.get_args(hint)
        found = _domain(kind, value, where)
        if any(isinstance(form, Members) and form.sorted for form in forms):
            _sorted(found, where)
        return found
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (hint,) = [one for one in typing.get_args(hint) if one is not type(None)]
        return _domain(hint, value, where)
    if origin is tuple:
        member = typing.get_args(hint)[0]
        return tuple(_domain(member, one, f"{where}[{n}]") for n, one in enumerate(value))
    if hint is Area:
        return area_from(value, where)
    if hint is Band:
        return band_from(value.floor_cm, value.ceiling_cm, where)
    if hint is Position:
        return position_from(value, where)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if hint in (str, int, bool):
        return value
    return _made(hint, value, where)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _made(kind: Any, value: Any, where: str) -> Any:
    hints = _hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    members = {n: _domain(hints[n], getattr(value, n), f"{where}.{n}") for n in names}
    try:
        return kind(**members)
    except InputError as error:
        place = ".".join(part for part in (where, error.where) if part)
        raise RefusedBody(error.what, error.right, place) from None


def _sorted(found: tuple[Any, ...], where: str) -> None:
    if list(found) != sorted(set(found)):
        raise RefusedBody("the list is unsorted or repeats itself", "sorted, each once", where)


def _check(body: models.HeaderBody, said: Said) -> None:
    if body.by in body.to:
        raise RefusedBody(f"{body.by!r} is addressed by itself", "other parties only", "to")
    _sorted(tuple(body.to), "to")
    if body.copy_for and body.copy_for not in body.to:
        raise RefusedBody(
            f"a copy for {body.copy_for!r}, who is not addressed", "an addressee", "copy_for"
        )
    if isinstance(said, Paper):
        _sorted(said.about, "about")
