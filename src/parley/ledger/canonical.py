"""One spelling per value: RFC 8785 canonical JSON on a restricted domain, strict base64.

The domain: null, true/false, integers with |n| < 2^53, strings without lone surrogates, lists
and dicts with string keys. No floats: they are where canonical JSON fails in the field.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from json import encoder as json_encoder
from typing import Any, NoReturn, TypeAlias

import rfc8785

from parley.errors import FormatError, MalformedError, OversizeError

JsonValue: TypeAlias = (
    "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"  # no floats
)

INT_LIMIT = 2**53
MAX_BYTES = 65536
MAX_DEPTH = 16


def compact_encoder(*, sort_keys: bool) -> Callable[[Any], str]:
    """JSON without spaces, text as it is; the same as ``json.dumps`` of a tree writes.

    ``json.JSONEncoder`` makes its C encoder anew for every value; this one is made once.
    """
    slow = json.JSONEncoder(
        sort_keys=sort_keys, separators=(",", ":"), ensure_ascii=False, check_circular=False
    )
    make: Any = getattr(json_encoder, "c_make_encoder", None)
    if make is None:
        return slow.encode
    text = json_encoder.encode_basestring
    chunks = make(None, slow.default, text, None, ":", ",", sort_keys, False, True)
    return lambda value: "".join(chunks(value, 0))


_encode = compact_encoder(sort_keys=True)


def encode(value: Any, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Canonical JSON (RFC 8785) of `value`, UTF-8.

    Exactly None, bool, int, str, list, dict are taken, no subclasses (an Enum member has two
    spellings). A scalar has depth 0, `[]` has depth 1; `max_depth` itself is accepted.
    Keys that are all ASCII sort alike by code point and by UTF-16 unit, so they take the C
    encoder; any other key takes the rfc8785 library. Both give the same bytes (tested).
    Raises FormatError, `where` naming the member.
    """
    try:
        ascii_keys = _check(value, max_depth)
    except _RefusedValue as refused:
        raise FormatError(refused.what, right=refused.right, where=refused.where()) from None
    try:
        if ascii_keys:
            return _encode(value).encode("utf-8")
        return bytes(rfc8785.dumps(value))
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        raise FormatError("a string holds a lone surrogate", right="valid Unicode text") from None


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """The value of canonical JSON bytes; refuses every other spelling of it.

    Refused: invalid UTF-8, floats (also 1e0 and -0), NaN, duplicate keys, lone surrogates,
    spaces, keys out of order, integers of 2^53 and more. `max_bytes` and `max_depth` themselves
    are accepted. Raises MalformedError, or OversizeError for length and depth.
    """
    if len(data) > max_bytes:
        raise OversizeError(f"{len(data)} bytes of JSON", right=f"at most {max_bytes}")
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedError("the JSON is not valid UTF-8", where=f"byte {error.start}") from None
    except RecursionError:
        raise OversizeError("the JSON is nested too deep", right=f"{max_depth} levels") from None
    except ValueError as error:
        raise MalformedError(f"not JSON of integers and strings: {error}") from None
    try:
        again = encode(value, max_depth=max_depth)
    except FormatError as error:
        kind = OversizeError if error.what == _TOO_DEEP else MalformedError
        raise kind(error.what, right=error.right, where=error.where) from None
    if again != data:
        raise MalformedError(
            "the JSON is not in canonical form",
            right="RFC 8785: sorted unique keys, no spaces, shortest escapes",
            where=f"byte {_first_difference(again, data)}",
        )
    return value  # type: ignore[no-any-return]


def b64(data: bytes) -> str:
    """Standard padded base64 (RFC 4648 section 4) as text."""
    return base64.b64encode(data).decode("ascii")


def unb64(text: str | bytes) -> bytes:
    """Inverse of `b64`; refuses every other spelling (spaces, loose padding bits).

    Raises MalformedError.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise MalformedError("not base64", right="RFC 4648 section 4, padded") from None
    spelled = text if isinstance(text, bytes) else text.encode("ascii")
    if base64.b64encode(data) != spelled:
        raise MalformedError("base64 with loose padding", right="RFC 4648 section 3.5, zero bits")
    return data


_TOO_DEEP = "the value is nested too deep"


class _RefusedValue(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, what: str, right: str) -> None:
        super().__init__(what)
        self.what, self.right = what, right
        self.path: list[str] = []

    def where(self) -> str:
        return "".join(reversed(self.path)).lstrip(".")


def _check(value: Any, depth_left: int) -> bool:
    """True when every key is ASCII; raises _RefusedValue outside the domain."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        if not -INT_LIMIT < value < INT_LIMIT:
            raise _RefusedValue(
                f"the integer has {value.bit_length()} bits", "an integer with |n| < 2^53"
            )
        return True
    if kind is dict:
        return _check_dict(value, depth_left)
    if kind is list:
        return _check_list(value, depth_left)
    raise _RefusedValue(f"a {kind.__name__} is outside the domain", _DOMAIN)


_DOMAIN = "null, bool, int, str, list or dict (no floats, no subclasses)"


def _check_dict(value: dict[Any, Any], depth_left: int) -> bool:
    if depth_left <= 0:
        raise _RefusedValue(_TOO_DEEP, "fewer levels")
    ascii_keys = True
    key: Any = ""
    try:
        for key, member in value.items():
            if type(key) is not str:
                raise _RefusedValue(f"a key is a {type(key).__name__}", "string keys")
            if not key.isascii():
                ascii_keys = False
            kind = type(member)
            if kind is str or (kind is int and -INT_LIMIT < member < INT_LIMIT):
                continue
            if not _check(member, depth_left - 1):
                ascii_keys = False
    except _RefusedValue as refused:
        refused.path.append(f".{key!s:.40}")
        raise
    return ascii_keys


def _check_list(value: list[Any], depth_left: int) -> bool:
    if depth_left <= 0:
        raise _RefusedValue(_TOO_DEEP, "fewer levels")
    ascii_keys = True
    index = 0
    try:
        for index, member in enumerate(value):  # noqa: B007 - read in the handler
            kind = type(member)
            if kind is str or (kind is int and -INT_LIMIT < member < INT_LIMIT):
                continue
            if not _check(member, depth_left - 1):
                ascii_keys = False
    except _RefusedValue as refused:
        refused.path.append(f"[{index}]")
        raise
    return ascii_keys


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"the number {text[:40]} is not an integer")


def _first_difference(left: bytes, right: bytes) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))


_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
