"""Health as a JSON file for the other side and for programs, and back."""

from __future__ import annotations

import json
from typing import Any

from parley.errors import FormatError
from parley.liaison.health.figures import Health
from parley.wire.jsontext import parse_json
from parley.wire.plainform import from_plain, to_plain

KIND = "parley/health/v1"
MOST = 2**53
MAX_BYTES = 32 * 1024 * 1024


def health_json(health: Health, *, rows: bool = True) -> dict[str, Any]:
    """JSON of strings, whole numbers, lists and objects. rows: every notice too."""
    plain = to_plain(health)
    if not rows:
        plain.pop("rows", None)
    return {"kind": KIND, **plain}


def health_bytes(health: Health) -> bytes:
    """The file, UTF-8, the same for the same values."""
    text = json.dumps(health_json(health), ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def health_from(data: bytes, source: str) -> Health:
    """The health in a file of whoever wrote ``source``. FormatError, OversizeError."""
    plain = parse_json(data, source, max_bytes=MAX_BYTES)
    if not isinstance(plain, dict) or plain.pop("kind", None) != KIND:
        raise FormatError(
            f"{source} is no file of health figures",
            right=f"a file that parley mechanism export wrote, of kind {KIND}",
            at_fault=f"the author of {source}",
        )
    found = from_plain(Health, plain)
    for figure in found.figures:
        if figure.value is not None and not -MOST <= figure.value <= MOST:
            raise FormatError(
                f"a figure {figure.section[:40]!r} beyond 2^53",
                right="a whole number within it",
                at_fault=f"the author of {source}",
            )
    return found
