"""Times in words inside a form: where a paper holds a ``When``, a person may write the words.

A form that a person fills in may say ``"when": "8 December 2018"``; here it becomes the interval
that the words can mean, by ``liaison.papers.when``, before the form is read strictly.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Annotated, Any, Union

from parley.errors import InputError
from parley.liaison.papers.when import When, parse_when


def times_read(
    kind: Any, plain: Any, *, said_ms: int | None = None, zone: str | None = None, where: str = ""
) -> Any:
    """The form with each text that stands for a ``When`` of ``kind`` (a dataclass of a content)
    read as words; everything else as it was. InputError with the place of what is refused."""
    hint = _bare(kind)
    if hint is When:
        return _read(plain, said_ms, zone, where) if isinstance(plain, str) else plain
    origin = typing.get_origin(hint)
    if origin is tuple and isinstance(plain, list):
        member = typing.get_args(hint)[0]
        return [
            times_read(member, one, said_ms=said_ms, zone=zone, where=f"{where}[{n}]")
            for n, one in enumerate(plain)
        ]
    if not dataclasses.is_dataclass(hint) or not isinstance(plain, dict):
        return plain
    hints = typing.get_type_hints(hint, include_extras=True)
    return {
        name: times_read(
            hints[name], value, said_ms=said_ms, zone=zone, where=f"{where}.{name}".lstrip(".")
        )
        if name in hints
        else value
        for name, value in plain.items()
    }


def _read(words: str, said_ms: int | None, zone: str | None, where: str) -> dict[str, Any]:
    try:
        found = parse_when(words, said_ms=said_ms, zone=zone)
    except InputError as error:
        raise InputError(error.what, right=error.right, where=where) from None
    return {
        "said": found.said,
        "from_ms": found.from_ms,
        "until_ms": found.until_ms,
        "inferred": list(found.inferred),
    }


def _bare(hint: Any) -> Any:
    """Without ``Annotated`` and without "or None"."""
    if typing.get_origin(hint) is Annotated:
        return _bare(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (Union, types.UnionType):
        kinds = [one for one in typing.get_args(hint) if one is not type(None)]
        return _bare(kinds[0]) if len(kinds) == 1 else hint
    return hint
