"""Heads and exhibits as they travel between nodes: bounded JSON lists of exact signed notes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from parley.errors import FormatError, MalformedError, OversizeError
from parley.wire.jsontext import parse_json

MAX_NOTES = 32
MAX_BODY_BYTES = 1024 * 1024


def notes_to_bytes(name: str, notes: Iterable[bytes]) -> bytes:
    """``{"<name>": [...]}``: as many of the notes, in their order, as the bounds allow."""
    kept: list[str] = []
    left = MAX_BODY_BYTES - 64
    for note in notes:
        left -= len(note) + note.count(b"\n") + note.count(b'"') + 8
        if left < 0 or len(kept) == MAX_NOTES:
            break
        kept.append(note.decode("utf-8"))
    return json.dumps({name: kept}, ensure_ascii=False, separators=(",", ":")).encode()


def notes_from_bytes(name: str, data: bytes) -> list[bytes]:
    """Inverse. Raises MalformedError, OversizeError."""
    try:
        value = parse_json(data, "the notes", max_bytes=MAX_BODY_BYTES)
    except FormatError as error:
        raise MalformedError(error.what, right=error.right, where=error.where) from None
    notes = value.get(name) if isinstance(value, dict) and set(value) == {name} else None
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise MalformedError("no list of notes", right=f'{{"{name}": ["<signed note>", ...]}}')
    if len(notes) > MAX_NOTES:
        raise OversizeError(f"{len(notes)} notes", right=f"at most {MAX_NOTES}")
    try:
        return [note.encode("utf-8") for note in notes]
    except UnicodeEncodeError:
        raise MalformedError("a note with a lone surrogate", right="UTF-8") from None
