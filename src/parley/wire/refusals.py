"""Refusals in words: what pydantic found, said as what is wrong, where, and what would be right."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from parley.wire import models

_RIGHT_BY_TYPE = {
    "int_type": "a whole number, no decimal point, no boolean",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "valid Unicode text",
    "list_type": "a list",
    "tuple_type": "[lat, lon] in 1e-7 degree",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
}
_RIGHT_BY_PATTERN = {
    models.TEXT_PATTERN: "text without control characters (newlines may stand in it)",
    models.LINE_PATTERN: "one line of text without control characters",
}
_RIGHT_ID = "a lower-case id: a-z, 0-9, dot, dash, underscore, at most 64 characters"


def shown(value: object, limit: int = 60) -> str:
    """A wrong value as a person may see it, cut short."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is True or value is False or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 128:
        return f"an integer of {value.bit_length()} bits"
    text = repr(value[: limit + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def path(parts: tuple[int | str, ...]) -> str:
    """("volumes", 2, "area") as ``volumes[2].area``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + part[:64]
    return text


def first_refusal(error: ValidationError, model: type[BaseModel]) -> tuple[str, str, str]:
    """(what, right, where) of the first thing that a model refused."""
    found = error.errors(include_url=False)[0]
    kind, place = found["type"], found["loc"]
    context: dict[str, Any] = found.get("ctx") or {}
    if kind == "extra_forbidden":
        known = f": {', '.join(model.model_fields)}" if len(place) == 1 else ""
        return (
            f"member {shown(place[-1])} does not exist",
            f"only the members of the format{known}",
            path(place[:-1]),
        )
    if kind == "missing" and isinstance(place[-1], int):
        return "a position of one number", _RIGHT_BY_TYPE["tuple_type"], path(place[:-1])
    if kind == "missing":
        return f"member {place[-1]!r} is missing", "every member of the format", path(place[:-1])
    return (f"{shown(found['input'])} is refused", _right(kind, context, found["msg"]), path(place))


def _right(kind: str, context: dict[str, Any], message: str) -> str:
    if kind in _RIGHT_BY_TYPE:
        return _RIGHT_BY_TYPE[kind]
    if kind == "string_pattern_mismatch":
        return _RIGHT_BY_PATTERN.get(str(context.get("pattern")), _RIGHT_ID)
    if kind in {"too_long", "too_short"} and context.get("field_type") == "Tuple":
        return _RIGHT_BY_TYPE["tuple_type"]
    if kind == "literal_error":
        return f"one of {context.get('expected', '')}"
    if kind == "too_long":
        return f"at most {context.get('max_length')}"
    if kind == "too_short":
        return f"at least {context.get('min_length')}"
    return message.removeprefix("Input should be ").removeprefix("Input should ")
