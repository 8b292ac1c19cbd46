"""Our own records as bytes and back. What was valid when it was stored is trusted; what does
not parse is damage to our own store: IntegrityError."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from parley.errors import IntegrityError, ParleyError
from parley.ledger.canonical import compact_encoder
from parley.rules.acknowledgement import Standing
from parley.rules.findings import Finding, Kind, Level
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import Item, Observation, Rung, Statement
from parley.wire.statement import decode, encode

REMEMBERED_ITEMS = 2048

_encode = compact_encoder(sort_keys=False)


def statement_bytes(statement: Statement) -> bytes:
    """Type line and body, as in the text of a note."""
    type_line, body = encode(statement)
    return type_line.encode() + b"\n" + dump(body)


def words_of(note: bytes) -> bytes:
    """The same of a note that is sealed or verified already: exactly what was signed."""
    return b"\n".join(note.split(b"\n", 2)[:2])


class Memo:
    """Words in force, decoded once: bytes to item. The older half is forgotten when it is full.

    What bytes say does not change, so an undone transaction undoes nothing here; and readers on
    other threads may share it.
    """

    def __init__(self, size: int = REMEMBERED_ITEMS) -> None:
        self._half = size // 2
        self._young: dict[bytes, Item] = {}
        self._old: dict[bytes, Item] = {}

    def keep(self, data: bytes, content: Item) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[data] = content

    def content(self, data: bytes) -> Item:
        """The item in these bytes; IntegrityError if they are none."""
        known = self._young.get(data) or self._old.get(data)
        if known is None:
            known = item_content(data)
            self.keep(data, known)
        return known


def dump(value: object) -> bytes:
    """JSON of our own records (never signed, never sent)."""
    return _encode(value).encode()


@lru_cache(maxsize=256)
def statement_from(data: bytes) -> Statement:
    """The statement in these bytes; cached, because tracks and presences are read again."""
    try:
        type_line, _, body = data.partition(b"\n")
        return decode(type_line.decode(), json.loads(body.decode()), sender="this node")
    except (ValueError, TypeError, ParleyError) as error:
        raise IntegrityError(f"a stored statement does not parse: {error}") from error


def item_content(data: bytes) -> Item:
    statement = statement_from(data)
    if not isinstance(statement, Item):
        raise IntegrityError(f"a stored item is a {type(statement).__name__}")
    return statement


def observation(data: bytes | None) -> Observation | None:
    """A stored position of a track, or None."""
    if data is None:
        return None
    words = statement_from(data)
    if not isinstance(words, Observation):
        raise IntegrityError(f"a track is stored as a {type(words).__name__}")
    return words


def record_bytes(record: ItemRecord) -> bytes:
    """The record without its words, which are stored once beside it."""
    return dump(
        {
            "version": record.version,
            "state": record.state.value,
            "closed_ms": record.closed_ms,
            "standings": [_standing_json(s) for s in record.standings],
        }
    )


def record_from(data: bytes, content: Item) -> ItemRecord:
    try:
        raw = json.loads(data.decode())
        standings = tuple(_standing_from(s) for s in raw["standings"])
        return ItemRecord(content, raw["version"], State(raw["state"]), raw["closed_ms"], standings)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"a stored item record does not parse: {error}") from error


def _standing_json(s: Standing) -> list[Any]:
    return [
        s.party,
        s.version,
        s.rung.value,
        s.number,
        s.received_ms,
        s.read_ms,
        s.read_back_ms,
        s.answered_ms,
        s.role,
        list(s.mismatch),
        s.read_back_done,
    ]


def _standing_from(raw: list[Any]) -> Standing:
    party, version, rung, number, received, read, read_back, answered, role, mismatch, done = raw
    return Standing(
        party,
        version,
        Rung(rung),
        number,
        received,
        read,
        read_back,
        answered,
        role,
        tuple(mismatch),
        done,
    )


def finding_bytes(finding: Finding) -> bytes:
    return dump(finding.as_json())


@lru_cache(maxsize=1024)
def finding_from(data: bytes) -> Finding:
    try:
        return finding_of(json.loads(data.decode()))
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"a stored finding does not parse: {error}") from error


def finding_of(raw: dict[str, Any]) -> Finding:
    """The finding whose ``as_json`` this is."""
    return Finding(
        Kind(raw["kind"]),
        Level[raw["level"].upper()],
        tuple(raw["refs"]),
        tuple(raw["parties"]),
        raw["from_ms"],
        raw["until_ms"],
        tuple(sorted(raw["measures"].items())),
        tuple(raw["codes"]),
    )
