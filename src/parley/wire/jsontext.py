"""JSON as people and their tools write it: strict where a lax reader would guess."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from parley.errors import FormatError, OversizeError

MAX_FILE_BYTES = 16 * 1024 * 1024


def parse_json(data: bytes, source: str, *, max_bytes: int = MAX_FILE_BYTES) -> Any:
    """The value of a UTF-8 JSON file (a byte order mark may lead it), floats included.

    Refused, with ``the author of source`` at fault: invalid UTF-8, NaN and infinities (also as
    1e999), a key that stands twice, nesting too deep for the parser, more than ``max_bytes``
    (OversizeError). Raises FormatError otherwise. Source: RFC 8259.
    """
    author = f"the author of {source}"
    if len(data) > max_bytes:
        raise OversizeError(
            f"{source} has {len(data)} bytes", right=f"at most {max_bytes}", at_fault=author
        )
    try:
        return _DECODER.decode(decode_utf8(data, source))
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not JSON: {error.msg}",
            right="one JSON value (RFC 8259)",
            where=f"line {error.lineno}, column {error.colno}",
            at_fault=author,
        ) from None
    except RecursionError:
        raise FormatError(
            "the JSON is nested too deep", right="fewer levels", at_fault=author
        ) from None
    except ValueError as error:
        raise FormatError(f"not JSON: {error}", right=_RIGHT, at_fault=author) from None


def decode_utf8(data: bytes, source: str) -> str:
    """The text of UTF-8 bytes without a leading byte order mark. Raises FormatError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{source} is not valid UTF-8",
            right="a file saved as UTF-8",
            where=f"byte {error.start}",
            at_fault=f"the author of {source}",
        ) from None


_RIGHT = "finite numbers, and each key once"


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 40:
        raise ValueError(f"a whole number of {len(text)} digits")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"member {repeated[:40]!r} stands twice")
    return members


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_constant, parse_float=_float, parse_int=_int
)
