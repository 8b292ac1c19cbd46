"""A pack before it has a form: sections of paragraphs, tables and pictures."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Para:
    """One paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """name: of its CSV file. right: the columns that stand to the right, by number.

    widths: for a long table of short ASCII words the width of each column in characters; it is
    then set in blocks of lines, and what is longer is cut there (never in HTML or CSV)."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    nothing: str = "None."


@dataclass(frozen=True, slots=True)
class Picture:
    """name: of the drawing that is given beside the pack; says: what it shows, in words."""

    name: str
    says: str


Block = Para | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """banner: its marking, on every page. lines: under the title."""

    title: str
    banner: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]

    def tables(self) -> tuple[Table, ...]:
        return tuple(b for s in self.sections for b in s.blocks if isinstance(b, Table))


_STEERS = frozenset(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF, 0x2028, 0x2029]
)


def plain(text: str) -> str:
    """The text with every sign that steers (control, direction, half of a pair) shown by its
    number, "[U+202E]"; line ends stay, tabs are blanks."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_shown(c) for c in text.replace("\r\n", "\n").replace("\t", " "))


def _shown(sign: str) -> str:
    if sign == "\n" or sign == " ":
        return sign
    if ord(sign) in _STEERS or unicodedata.category(sign) in ("Cc", "Cs", "Cn", "Co"):
        return f"[U+{ord(sign):04X}]"
    return sign


def rightward(text: str) -> bool:
    """Whether the first letter of the text is written from right to left (UAX 9, rule P2)."""
    for sign in text:
        word = unicodedata.bidirectional(sign)
        if word == "L":
            return False
        if word in ("R", "AL"):
            return True
    return False
