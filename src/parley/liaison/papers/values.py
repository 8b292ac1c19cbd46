"""Forms of the values that papers hold: what ``wire`` lets in and writes, said once, at the type.

A form stands as metadata of ``Annotated``: ``Line`` is text of one line, ``Ref`` names something
("notice:il-1"), ``Ids`` are party ids, sorted, each once. A list holds 64 members at most where
its type says nothing else; a whole note 64 KiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

MANY = 64


@dataclass(frozen=True, slots=True)
class Form:
    """Text of one shape: line, text, note, id, ref, hash, language, name; lengths in characters."""

    shape: str
    most: int
    least: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, both bounds allowed."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Members:
    """A list: how many members at most and at least, and whether they are sorted, each once."""

    most: int = MANY
    least: int = 0
    sorted: bool = False


MIN_MS = 0
MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""

Line = Annotated[str, Form("line", 200)]
FilledLine = Annotated[str, Form("line", 200, 1)]
Text = Annotated[str, Form("text", 4_000)]
FilledText = Annotated[str, Form("text", 4_000, 1)]
LongText = Annotated[str, Form("text", 48_000)]
Id = Annotated[str, Form("id", 64, 1)]
IdOrEmpty = Annotated[str, Form("id", 64)]
Ref = Annotated[str, Form("ref", 160, 1)]
RefOrEmpty = Annotated[str, Form("ref", 160)]
Hash = Annotated[str, Form("hash", 64, 64)]
HashOrEmpty = Annotated[str, Form("hash", 64)]
Language = Annotated[str, Form("language", 35, 2)]
"""A BCP 47 tag, lower-case language first: "en", "ru", "he", "ar", "sr-Latn"."""
FileName = Annotated[str, Form("name", 120, 1)]
"""One name of a file: no path, no control or direction sign, no leading dot or blank."""
InstantMs = Annotated[int, Whole(MIN_MS, MAX_MS)]
Seconds = Annotated[int, Whole(0, 366 * 86_400)]
Metres = Annotated[int, Whole(0, 20_000_000)]
Number = Annotated[int, Whole(1, 2**31 - 1)]
Amount = Annotated[int, Whole(0, 2**53 - 1)]
Ids = Annotated[tuple[Id, ...], Members(sorted=True)]
Refs = Annotated[tuple[Ref, ...], Members(sorted=True)]
Lines = Annotated[tuple[FilledLine, ...], Members()]


@dataclass(frozen=True, slots=True)
class Value:
    """A named value, as text: what is read back, what fills a blank of a phrase."""

    name: Id
    value: Line


Values = Annotated[tuple[Value, ...], Members(16)]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file by its hash (SHA-256, hex), never its bytes: a recording, a map, a letter."""

    name: FileName
    media_type: Line
    size: Amount
    sha256: Hash


Attachments = Annotated[tuple[Attachment, ...], Members(32)]
