"""Values of the domain as JSON and back, by the types of their fields: for our own files.

A dataclass is an object of its fields, those that equal their default left out; an enum its
value; a position [lat, lon] in 1e-7 degree; a height whole centimetres; NaN null. Never signed:
what is signed has a form of its own (``bodies``). Raises FormatError with the place of what does
not fit its type.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, Union, cast

from parley.errors import FormatError, InputError
from parley.space import Area, Height, Position, PressureAltitude
from parley.wire.refusals import shown

T = TypeVar("T")
_LEVELS = (Height, PressureAltitude)


def to_plain(value: Any) -> Any:
    """JSON of a value: objects, lists, strings, numbers, booleans and null."""
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Position):
        return [value.lat_e7, value.lon_e7]
    if isinstance(value, _LEVELS):
        return value.cm
    if isinstance(value, Area):
        points = [[p.lat_e7, p.lon_e7] for p in value.vertices]
        return {"kind": value.kind, "points": points, "reach_cm": value.reach_cm}
    if isinstance(value, Mapping):
        return {str(key): to_plain(member) for key, member in sorted(value.items())}
    if isinstance(value, tuple | list):
        return [to_plain(member) for member in value]
    kind: Any = type(value)
    defaults = _defaults(kind)
    members = ((name, getattr(value, name)) for name in _fields(kind))
    return {
        name: to_plain(member)
        for name, member in members
        if name not in defaults or not _same(member, defaults[name])
    }


def from_plain(kind: type[T], plain: Any, where: str = "") -> T:
    """The value of type ``kind`` that ``to_plain`` wrote; FormatError names the place."""
    return cast(T, _read(kind, plain, where))


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, float) and isinstance(default, float):
        return value == default or (math.isnan(value) and math.isnan(default))
    return bool(value == default)


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """Name -> type of the fields that its constructor takes."""
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def _refused(plain: Any, right: str, where: str) -> FormatError:
    return FormatError(f"{shown(plain)} is refused", right=right, where=where)


def _read(kind: Any, plain: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(typing.get_args(kind), plain, where)
    if origin in (tuple, list):
        member = typing.get_args(kind)[0]
        if not isinstance(plain, list):
            raise _refused(plain, "a list", where)
        kinds = typing.get_args(kind)
        if Ellipsis not in kinds and origin is tuple:
            return _fixed(kinds, plain, where)
        return tuple(_read(member, one, f"{where}[{n}]") for n, one in enumerate(plain))
    if origin is not None and issubclass(origin, Mapping):
        member = typing.get_args(kind)[1]
        if not isinstance(plain, dict):
            raise _refused(plain, "an object", where)
        return {name: _read(member, one, f"{where}.{name}") for name, one in plain.items()}
    reader = _READERS.get(kind)
    if reader is not None:
        return _made(reader, plain, where)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _made(kind, plain, where)
    return _object(kind, plain, where)


def _made(reader: Callable[[Any], Any], plain: Any, where: str) -> Any:
    try:
        return reader(plain)
    except InputError as error:
        raise FormatError(error.what, right=error.right, where=where) from None
    except (ValueError, TypeError, KeyError, OverflowError):
        raise _refused(plain, "what the format says", where) from None


def _one_of(kinds: tuple[Any, ...], plain: Any, where: str) -> Any:
    if plain is None and type(None) in kinds:
        return None
    left = [kind for kind in kinds if kind is not type(None)]
    if len(left) > 1 and isinstance(plain, dict):
        fits = [
            k for k in left if hasattr(k, "__dataclass_fields__") and set(plain) <= set(_fields(k))
        ]
        left = sorted(fits, key=lambda k: len(_fields(k)))[:1] or left
    for kind in left[:-1]:
        try:
            return _read(kind, plain, where)
        except FormatError:
            continue
    return _read(left[-1], plain, where)


def _fixed(kinds: tuple[Any, ...], plain: list[Any], where: str) -> tuple[Any, ...]:
    if len(plain) != len(kinds):
        raise _refused(plain, f"a list of {len(kinds)}", where)
    pairs = zip(kinds, plain, strict=True)
    return tuple(_read(kind, one, f"{where}[{n}]") for n, (kind, one) in enumerate(pairs))


def _object(kind: Callable[..., Any], plain: Any, where: str) -> Any:
    if not isinstance(plain, dict):
        raise _refused(plain, "an object", where)
    fields = _fields(kind)
    unknown = sorted(set(plain) - set(fields))
    if unknown:
        right = f"only {', '.join(fields)}"
        raise FormatError(f"member {shown(unknown[0])} is unknown", right=right, where=where)
    missing = [name for name in fields if name not in plain]
    needed = [name for name in missing if name not in _defaults(kind)]
    if needed:
        raise FormatError(f"{needed[0]} is missing", right=", ".join(fields), where=where)
    values = {name: _read(fields[name], one, f"{where}.{name}") for name, one in plain.items()}
    return _made(lambda given: kind(**given), values, where)


def _integer(plain: Any) -> int:
    if type(plain) is not int:
        raise TypeError
    return plain


def _text(plain: Any) -> str:
    if not isinstance(plain, str):
        raise TypeError
    return plain


def _truth(plain: Any) -> bool:
    if not isinstance(plain, bool):
        raise TypeError
    return plain


def _number(plain: Any) -> float:
    if plain is None:
        return math.nan
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise TypeError
    return float(plain)


def _position(plain: Any) -> Position:
    lat_e7, lon_e7 = plain
    return Position.from_e7(lat_e7=_integer(lat_e7), lon_e7=_integer(lon_e7))


def _area(plain: Any) -> Area:
    return Area(
        _text(plain["kind"]),  # type: ignore[arg-type]
        tuple(_position(point) for point in plain["points"]),
        _integer(plain["reach_cm"]),
    )


_READERS: dict[Any, Callable[[Any], Any]] = {
    object: lambda plain: plain,
    int: _integer,
    str: _text,
    bool: _truth,
    float: _number,
    Position: _position,
    Height: lambda plain: Height(_integer(plain)),
    PressureAltitude: lambda plain: PressureAltitude(_integer(plain)),
    Area: _area,
}
