"""Papers out of words that this node checked and stored itself: read by the types of their
contents, without the models that let them in. A page of many papers rests on it.

Only for our own store: what a peer or a person gives goes through ``papers.decode``.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Union

from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper, Reply, Said
from parley.liaison.papers.values import Values
from parley.rules.statements import Header, Rung
from parley.space import Area, Band, Position
from parley.wire import models
from parley.wire.papers import REPLY, type_line
from parley.wire.shapes import area_from, band_from

_Reads = Callable[[Any], Any]
_KIND_OF = {type_line(kind): kind for kind in KINDS}


def stored(line: str, body: Mapping[str, Any]) -> Said:
    """The paper or the reply in a stored body. KeyError, TypeError, ValueError or a ParleyError
    where it is damaged beyond reading."""
    header = Header(
        body["by"],
        body["role"],
        body["at_ms"],
        tuple(body["to"]),
        body["agreement"],
        body["exercise"],
        body.get("copy_for", ""),
    )
    item, version, person = body["item"], body["version"], body["person"]
    if line == REPLY:
        rung, values = Rung(body["rung"]), _reads(Values)(body["values"])
        return Reply(header, item, version, body["number"], rung, values, person, body["text"])
    kind: Any = KINDS[_KIND_OF[line]].content
    content = _reads(kind)(body["content"])
    marking, about = _reads(Marking)(body["marking"]), tuple(body["about"])
    return Paper(header, item, version, content, marking, about, person, body["withdrawn"])


@cache
def _reads(hint: Any) -> _Reads:
    """What makes a value of this type of its plain form."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return _reads(typing.get_args(hint)[0])
    if origin in (Union, types.UnionType):
        (kind,) = [one for one in typing.get_args(hint) if one is not type(None)]
        inner = _reads(kind)
        return lambda plain: None if plain is None else inner(plain)
    if origin is tuple:
        member = _reads(typing.get_args(hint)[0])
        return tuple if member is _same else lambda plain: tuple([member(one) for one in plain])
    if hint in (str, int, bool):
        return _same
    if hint is Area:
        return lambda plain: area_from(models.AreaBody.model_validate(plain), "area")
    if hint is Band:
        return lambda plain: band_from(plain["floor_cm"], plain["ceiling_cm"], "band")
    if hint is Position:
        return lambda plain: Position.from_e7(lat_e7=plain[0], lon_e7=plain[1])
    by_value: _Reads = hint if issubclass(hint, enum.Enum) else _object(hint)
    return by_value


def _object(kind: Any) -> _Reads:
    hints = typing.get_type_hints(kind, include_extras=True)
    members = [(field.name, _reads(hints[field.name])) for field in dataclasses.fields(kind)]

    def made(plain: Mapping[str, Any]) -> Any:
        return kind(**{name: reads(plain[name]) for name, reads in members})

    return made


def _same(plain: Any) -> Any:
    return plain
