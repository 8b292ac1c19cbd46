"""Notices as a table: a row for each volume, read into drafts and written from notices.

Cells that a spreadsheet would take for a formula are written with an apostrophe in front, which
is taken off when they are read. docs/formats/csv.md has the columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from parley.errors import FormatError, InputError
from parley.rules.agreement import Agreement
from parley.rules.statements import Draft, Notice, NoticeVolume
from parley.space import Area, Position, format_dd, parse_position
from parley.wire import features, models
from parley.wire.features import Feature, at
from parley.wire.geojson import volume_properties
from parley.wire.jsontext import decode_utf8
from parley.wire.refusals import shown

MAX_ROWS = 2_000
MAX_BYTES = 16 * 1024 * 1024
MAX_CELL = 400_000
READ = (
    *("item", "class", "use", "shape", "positions", "size_m", "floor_m", "ceiling_m"),
    *("height_reference", "start", "end", "place", "text"),
)
"""Columns that are read; place without shape takes the named area."""
WRITTEN = (*READ[:1], "version", "by", "exercise", "marking", *READ[1:])
_NEEDED = ("class", "floor_m", "ceiling_m", "height_reference", "start", "end")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_SHAPES = {"circle": "point", "corridor": "path", "polygon": "polygon"}
_WORDS = {kind: word for word, kind in _SHAPES.items()}
_SIZES = {"circle": "radius_m", "corridor": "half_width_m", "polygon": "margin_m"}


def notices_to_csv(notices: Sequence[Notice], markings: Mapping[str, str]) -> str:
    """A table of these notices, a row a volume, RFC 4180 with a header row; positions are exact.

    markings: item -> the banner of its column ``marking``. The same notices give the same text.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(WRITTEN)
    for notice in notices:
        for placed in notice.volumes:
            row = _row(notice, placed, markings.get(notice.item, ""))
            writer.writerow([guarded(row[name]) for name in WRITTEN])
    return out.getvalue()


def drafts_from_csv(data: bytes, source: str, agreement: Agreement | None) -> tuple[Draft, ...]:
    """The drafts in a UTF-8 table: rows with the same ``item`` are one draft, and so are all rows
    without one. Their order is that of their first rows.

    FormatError, GeometryError or InputError with line and column, ``the author of source`` at
    fault: more than 2,000 rows, unknown columns, and what the GeoJSON profile refuses.
    """
    author = f"the author of {source}"
    if len(data) > MAX_BYTES:
        raise FormatError(f"{len(data)} bytes", right=f"at most {MAX_BYTES}", at_fault=author)
    try:
        rows: dict[str, list[Feature]] = {}
        count = 0
        for row in _rows(decode_utf8(data, source)):
            count += max(1, row["positions"].count(";"))
            features.check_positions(count)
            rows.setdefault(row["item"], []).append(_feature(row))
        if not rows:
            raise FormatError("no row below the header", right="one row for each volume")
        return tuple(features.draft_of(listed, agreement) for listed in rows.values())
    except InputError as error:
        raise error.blamed_on(author) from None


def guarded(text: str) -> str:
    """The cell, with an apostrophe in front where a spreadsheet would take it for a formula; a
    plain number stays one."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


# Writing -------------------------------------------------------------------------------------


def _row(notice: Notice, placed: NoticeVolume, marking: str) -> dict[str, str]:
    volume = placed.volume
    members = {name: str(value) for name, value in volume_properties(volume).items()}
    return {
        **members,
        "item": notice.item,
        "version": str(notice.version),
        "by": notice.header.by,
        "exercise": "yes" if notice.header.exercise else "no",
        "marking": marking,
        "class": notice.activity_class,
        "use": placed.use.value,
        "shape": _WORDS[volume.area.kind],
        "positions": "; ".join(map(format_dd, volume.area.vertices)),
        "size_m": f"{volume.area.reach_cm / 100:.2f}",
        "place": notice.place,
        "text": notice.text,
    }


# Reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    cells: Mapping[str, str]
    where: str

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def _lines(text: str) -> Iterator[str]:
    stream = io.StringIO(text, newline="")
    number = 0
    while line := stream.readline(MAX_CELL + 2):
        number += 1
        if len(line) > MAX_CELL:
            raise FormatError(
                f"line {number} has more than {MAX_CELL} characters",
                right=f"at most {MAX_CELL}",
                where=f"line {number}",
            )
        yield line


def _rows(text: str) -> Iterator[_Row]:
    reader = csv.reader(_lines(text), strict=True)
    columns: list[str] = []
    count = 0
    try:
        for cells in reader:
            where = f"line {reader.line_num}"
            if not any(cells):
                continue
            if not columns:
                columns = _columns(cells, where)
                continue
            count += 1
            if count > MAX_ROWS:
                raise FormatError(f"more than {MAX_ROWS} rows", right="several files", where=where)
            if len(cells) != len(columns):
                raise FormatError(
                    f"{len(cells)} cells", right=f"{len(columns)}, as the header", where=where
                )
            values = (_unguarded(cell.strip()) for cell in cells)
            yield _Row(dict(zip(columns, values, strict=True)), where)
    except csv.Error as error:
        raise FormatError(
            f"not CSV: {error}",
            right="RFC 4180, commas and double quotes",
            where=f"line {reader.line_num}",
        ) from None
    if not columns:
        raise FormatError("the header row is missing", right=", ".join(READ))


def _columns(cells: Sequence[str], where: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in WRITTEN:
            hint = " (separated by commas)" if ";" in name else ""
            raise FormatError(
                f"column {shown(name)} is unknown", right=f"only {', '.join(WRITTEN)}{hint}",
                where=where,
            )  # fmt: skip
        if names.count(name) > 1:
            raise FormatError(f"column {name} stands twice", right="once", where=where)
    for name in _NEEDED:
        if name not in names:
            raise FormatError(f"column {name} is missing", right=", ".join(READ), where=where)
    return names


def _feature(row: _Row) -> Feature:
    names = ("item", "class", "use", "floor_m", "ceiling_m", "height_reference")
    properties = {
        name: row[name] for name in (*names, "start", "end", "place", "text") if row[name]
    }
    word = row["shape"].lower()
    if not word:
        if row["positions"] or row["size_m"]:
            raise FormatError(
                "positions without a shape", right="circle, corridor or polygon", where=row.where
            )
        return Feature(None, properties, row.where)
    if word not in _SHAPES:
        raise FormatError(
            f"shape {shown(word)} is unknown",
            right=", ".join(_SHAPES),
            where=f"{row.where}, column shape",
        )
    points = _positions(row["positions"], f"{row.where}, column positions")
    size = row["size_m"]
    sizes = {_SIZES[word]: size} if size and not (word == "polygon" and _is_nought(size)) else {}
    area = _area(_SHAPES[word], points, sizes, row.where)
    return Feature((area,), properties, row.where)


def _is_nought(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and float(text) == 0


def _area(kind: str, points: list[Position], sizes: Mapping[str, str], where: str) -> Area:
    if kind == "point" and len(points) != 1:
        raise FormatError(f"a circle of {len(points)} positions", right="one", where=where)
    return features.shape(kind, points, sizes, where)


def _positions(text: str, where: str) -> list[Position]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not 1 <= len(parts) <= models.MAX_VERTICES:
        raise FormatError(
            f"{len(parts)} positions", right=f"1 to {models.MAX_VERTICES}", where=where
        )
    return [at(where, lambda part=part: parse_position(part)) for part in parts]  # type: ignore[misc]
