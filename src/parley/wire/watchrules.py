"""The ``watch`` member of an agreement file: ``parley.rules.watching`` in JSON, field by field.

Made from the fields of the dataclasses: what is left out has its default, what is unknown is
refused. Levels are words in lower case; where a member may be one of several kinds, an object
with one member names the kind (``{"cylinder": {...}}``). Whole numbers from 0 to 10^9, and from
-10^9 where the default is below zero.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Union

from parley.errors import FormatError, InputError
from parley.rules.watching import WatchRules
from parley.wire.refusals import shown

MAX_NUMBER = 10**9
MAX_LIST = 64
_WORD = re.compile(r"([a-z0-9][a-z0-9._-]{0,63})?")


def watch_to(rules: WatchRules) -> dict[str, Any]:
    """The member of an agreement file: every field, also those that have their default."""
    plain: dict[str, Any] = _to(rules, type(rules))
    return plain


def watch_from(plain: object, where: str = "watch") -> WatchRules:
    """The rules in a member of an agreement file. FormatError names the place; InputError what
    ``WatchRules`` refuses."""
    rules = _from(plain, WatchRules, where)
    assert isinstance(rules, WatchRules)
    return rules


def _to(value: Any, kind: Any) -> Any:
    if isinstance(value, tuple):
        member = typing.get_args(kind)[0]
        return [_to(one, member) for one in value]
    if isinstance(value, Enum):
        return value.name.lower()
    if not dataclasses.is_dataclass(value):
        return value
    own: Any = type(value)
    made = {name: _to(getattr(value, name), of) for name, of in _fields(own).items()}
    return {_tag(own): made} if _kinds(kind) else made


def _from(plain: object, kind: Any, where: str) -> Any:
    kinds = _kinds(kind)
    if kinds:
        return _one_of(plain, kinds, where)
    if typing.get_origin(kind) is tuple:
        return _list(plain, typing.get_args(kind)[0], where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word_of(plain, kind, where)
    if dataclasses.is_dataclass(kind):
        return _object(plain, typing.cast(type, kind), where)
    if kind is int:
        return _number(plain, 0, where)
    fits, right = _PLAIN[kind]
    if not fits(plain):
        raise FormatError(f"{shown(plain)} is refused", right=right, where=where)
    return plain


def _number(plain: object, least: int, where: str) -> int:
    if type(plain) is not int or not least <= plain <= MAX_NUMBER:
        right = f"a whole number from {least} to {MAX_NUMBER}"
        raise FormatError(f"{shown(plain)} is refused", right=right, where=where)
    return plain


def _object(plain: object, kind: type, where: str) -> Any:
    fields = _fields(kind)
    members = _members(plain, where)
    for name in members:
        if name not in fields:
            raise FormatError(
                f"member {shown(name)} does not exist",
                right=f"one of {', '.join(fields)}",
                where=where,
            )
    needed = [f.name for f in dataclasses.fields(kind) if f.name in fields and _needed(f)]
    for name in needed:
        if name not in members:
            raise FormatError(f"member {name!r} is missing", right=", ".join(needed), where=where)
    values = {
        name: _number(one, _least(kind, name), f"{where}.{name}")
        if fields[name] is int
        else _from(one, fields[name], f"{where}.{name}")
        for name, one in members.items()
    }
    try:
        return kind(**values)
    except InputError as error:
        raise FormatError(error.what, right=error.right, where=error.where or where) from None


def _one_of(plain: object, kinds: Mapping[str, Any], where: str) -> Any:
    members = _members(plain, where)
    if len(members) != 1 or not set(members) <= set(kinds):
        raise FormatError(
            f"{shown(', '.join(members))} is refused",
            right=f"exactly one of {', '.join(kinds)}",
            where=where,
        )
    [(tag, inner)] = members.items()
    return _from(inner, kinds[tag], f"{where}.{tag}")


def _list(plain: object, member: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(plain, list) or len(plain) > MAX_LIST:
        right = f"a list of at most {MAX_LIST}"
        raise FormatError(f"{shown(plain)} is refused", right=right, where=where)
    return tuple(_from(one, member, f"{where}[{index}]") for index, one in enumerate(plain))


def _word_of(plain: object, kind: type[Enum], where: str) -> Enum:
    words = {one.name.lower(): one for one in kind}
    if not isinstance(plain, str) or plain not in words:
        right = f"one of {', '.join(words)}"
        raise FormatError(f"{shown(plain)} is refused", right=right, where=where)
    return words[plain]


def _members(plain: object, where: str) -> Mapping[str, object]:
    if not isinstance(plain, dict):
        raise FormatError(f"{shown(plain)} is refused", right="an object", where=where)
    return plain


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


def _needed(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _least(kind: type, name: str) -> int:
    default = next(f.default for f in dataclasses.fields(kind) if f.name == name)
    return -MAX_NUMBER if isinstance(default, int) and default < 0 else 0


def _kinds(kind: Any) -> dict[str, Any]:
    """Tag -> type, where a field may be one of several dataclasses; else empty."""
    if typing.get_origin(kind) not in (Union, types.UnionType):
        return {}
    return {_tag(one): one for one in typing.get_args(kind)}


def _tag(kind: type) -> str:
    """``WellClear`` as ``well_clear``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


_PLAIN: Mapping[Any, tuple[Callable[[object], bool], str]] = {
    bool: (lambda plain: isinstance(plain, bool), "true or false"),
    str: (
        lambda plain: isinstance(plain, str) and _WORD.fullmatch(plain) is not None,
        'an id such as "chief", or ""',
    ),
}
