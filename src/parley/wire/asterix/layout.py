"""How ASTERIX records are laid out, and the one loop that walks them.

A record is a field specification (FSPEC), one bit for each item in the order of its user
application profile and every eighth bit for "goes on", then the items. A layout knows only
lengths, so that an item nobody needs can be skipped. Source: EUROCONTROL-SPEC-0149, Part 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

MAX_RECORDS = 4_096
"""In one block. A block of 64 KiB with a source, a time and a position each has fewer."""

SHORT = "insufficient-data"
LONG_FSPEC = "fspec-too-long"
SPARE_ITEM = "spare-item"
LAST_FX = "last-fx-set"
NO_LENGTH = "explicit-length-zero"
EMPTY_RECORD = "empty-record"
TOO_MANY = "too-many-records"

_MAX_CACHED = 1_024

Record: TypeAlias = Mapping[str, bytes]
"""The items of a record that are there, by their number ("105"), with their octets."""


class Unread(Exception):  # noqa: N818 - ends the walk through a block; it never leaves wire/
    """The block cannot be what its layout says: the text is the name it is counted under."""


class Shape(Protocol):
    """An item whose length is in its octets."""

    def end(self, data: bytes, at: int, stop: int) -> int:
        """Where the item that begins ``at`` ends; octets from ``stop`` on are not its own.

        Raises Unread."""
        ...


Length: TypeAlias = int | Shape
Field: TypeAlias = tuple[str, Length] | None
"""A name and how long; None is spare."""


def _after(length: Length, data: bytes, at: int, stop: int) -> int:
    after = at + length if type(length) is int else length.end(data, at, stop)  # type: ignore[union-attr]
    if after > stop:
        raise Unread(SHORT)
    return after


@dataclass(frozen=True, slots=True)
class Extended:
    """Parts of so many octets; the last bit of each says whether the next one follows.

    closed: that of the last part must be 0; else it is a value like the others."""

    parts: tuple[int, ...]
    closed: bool = True

    def end(self, data: bytes, at: int, stop: int) -> int:
        last = len(self.parts) - 1
        for index, size in enumerate(self.parts):
            at += size
            if at > stop:
                raise Unread(SHORT)
            if (index == last and not self.closed) or not data[at - 1] & 1:
                return at
        raise Unread(LAST_FX)


@dataclass(frozen=True, slots=True)
class Endless:
    """Parts of ``size`` octets, as long as the last bit of each is 1."""

    size: int

    def end(self, data: bytes, at: int, stop: int) -> int:
        while True:
            at += self.size
            if at > stop:
                raise Unread(SHORT)
            if not data[at - 1] & 1:
                return at


@dataclass(frozen=True, slots=True)
class Repeated:
    """An octet that counts, then as many of ``size`` octets."""

    size: int

    def end(self, data: bytes, at: int, stop: int) -> int:
        if at >= stop:
            raise Unread(SHORT)
        return at + 1 + data[at] * self.size


@dataclass(frozen=True, slots=True)
class Explicit:
    """The first octet is the length, itself included."""

    def end(self, data: bytes, at: int, stop: int) -> int:
        if at >= stop:
            raise Unread(SHORT)
        if data[at] == 0:
            raise Unread(NO_LENGTH)
        return at + data[at]


class Fields:
    """Fields that a field specification chooses from: a record's items, or a compound item."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self._most = -(-len(fields) // 7)
        self._chosen: dict[bytes, tuple[tuple[str, Length], ...]] = {}

    def end(self, data: bytes, at: int, stop: int) -> int:
        chosen, at = self._specified(data, at, stop)
        for _, length in chosen:
            at = _after(length, data, at, stop)
        return at

    def read(self, data: bytes, at: int, stop: int) -> tuple[dict[str, bytes], int]:
        """The fields that are there, and where they end. Raises Unread."""
        chosen, at = self._specified(data, at, stop)
        found = {}
        for name, length in chosen:
            after = _after(length, data, at, stop)
            found[name] = data[at:after]
            at = after
        return found, at

    def parts(self, item: bytes) -> Record:
        """The fields of a compound item that was walked before; none of an absent one (b"")."""
        return self.read(item, 0, len(item))[0] if item else {}

    def records(self, data: bytes, at: int, stop: int) -> list[Record]:
        """All records from ``at`` to ``stop``, which the last one must reach. Raises Unread."""
        found: list[Record] = []
        while at < stop:
            record, at = self.read(data, at, stop)
            if not record:
                raise Unread(EMPTY_RECORD)
            if len(found) >= MAX_RECORDS:
                raise Unread(TOO_MANY)
            found.append(record)
        if not found:
            raise Unread(EMPTY_RECORD)
        return found

    def _specified(
        self, data: bytes, at: int, stop: int
    ) -> tuple[tuple[tuple[str, Length], ...], int]:
        after = at
        while True:
            if after >= stop:
                raise Unread(SHORT)
            if after - at >= self._most:
                raise Unread(LONG_FSPEC)
            after += 1
            if not data[after - 1] & 1:
                break
        bits = data[at:after]
        chosen = self._chosen.get(bits)
        if chosen is None:
            chosen = self._choose(bits)
            if len(self._chosen) < _MAX_CACHED:
                self._chosen[bits] = chosen
        return chosen, after

    def _choose(self, bits: bytes) -> tuple[tuple[str, Length], ...]:
        chosen = []
        for octet, value in enumerate(bits):
            for bit in range(7):
                if not value & (0x80 >> bit):
                    continue
                index = 7 * octet + bit
                field = self.fields[index] if index < len(self.fields) else None
                if field is None:
                    raise Unread(SPARE_ITEM)
                chosen.append(field)
        return tuple(chosen)
