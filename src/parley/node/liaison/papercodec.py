"""Records of papers as bytes and back: what does not parse is damage to our own store."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from parley.errors import IntegrityError, ParleyError
from parley.liaison.papers.paper import Paper, Said
from parley.liaison.papers.record import Heard, PaperRecord
from parley.node.codec import dump
from parley.rules.statements import Rung
from parley.wire.papers import encode
from parley.wire.paperwords import stored


@lru_cache(maxsize=4096)
def said_from(words: bytes) -> Said:
    """The paper or the reply in the text of a note."""
    try:
        line, _, body = words.partition(b"\n")
        return stored(line.decode(), json.loads(body.decode()))
    except (ValueError, TypeError, KeyError, ParleyError) as error:
        raise IntegrityError(f"a stored paper does not parse: {error}") from error


def said_bytes(said: Said) -> bytes:
    """Type line and body, as in the text of a note; ``said_from`` reads it."""
    line, body = encode(said)
    return line.encode() + b"\n" + dump(body)


def paper_from(words: bytes) -> Paper:
    said = said_from(words)
    if not isinstance(said, Paper):
        raise IntegrityError("a reply is stored as a paper")
    return said


def paper_record_bytes(record: PaperRecord) -> bytes:
    """The record without its words, which are stored once beside it."""
    return dump({"first_ms": record.first_ms, "heard": [_heard_json(h) for h in record.heard]})


@lru_cache(maxsize=4096)
def paper_record_from(data: bytes, words: bytes) -> PaperRecord:
    try:
        raw = json.loads(data.decode())
        heard = tuple(_heard_from(one) for one in raw["heard"])
        return PaperRecord(paper_from(words), raw["first_ms"], heard)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"a stored record of a paper does not parse: {error}") from error


def _heard_json(h: Heard) -> list[Any]:
    times = [h.received_ms, h.read_ms, h.read_back_ms, h.answered_ms]
    words = [h.role, h.person, h.text, list(h.wrong)]
    return [h.party, h.version, h.rung.value, h.number, *times, *words]


def _heard_from(raw: list[Any]) -> Heard:
    party, version, rung, number, got, read, back, answered, role, person, text, wrong = raw
    return Heard(
        party,
        version,
        Rung(rung),
        number,
        got,
        read,
        back,
        answered,
        role,
        person,
        text,
        tuple(wrong),
    )
