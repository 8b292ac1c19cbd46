"""Tracks as a table: CSV with a header row to observations; docs/formats/tracks-csv.md.

The one place where feet become metres: a column that says feet, beside a reference that says WGS84.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Strict, TypeAdapter, ValidationError

from parley.errors import FormatError, InputError, OversizeError
from parley.rules.agreement import Agreement
from parley.rules.statements import Header, Observation
from parley.space import Band, Position
from parley.wire import models
from parley.wire.agreement import agreement_digest
from parley.wire.features import at
from parley.wire.instants import parse_instant
from parley.wire.jsontext import decode_utf8
from parley.wire.lengths import M_PER_FOOT, band_of, check_reference
from parley.wire.refusals import shown

MAX_ROWS = 1_000_000
MAX_LINE = 4_096

_REQUIRED = ("time", "track", "lat", "lon", "uncertainty_m")
_HEIGHTS = ("floor_m", "ceiling_m", "altitude_m", "accuracy_m")
_FEET = ("floor_ft", "ceiling_ft", "altitude_ft", "accuracy_ft")
_OPTIONAL = ("height_reference", "owner", "label", "source", "emergency")
COLUMNS = (*_REQUIRED, *_HEIGHTS, *_FEET, *_OPTIONAL)
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,15})?")

_TRACK: TypeAdapter[str] = TypeAdapter(Annotated[models.TrackName, Strict()])
_LINE: TypeAdapter[str] = TypeAdapter(Annotated[models.Line, Strict()])


def observations_from_csv(
    data: bytes,
    source: str,
    *,
    by: str,
    role: str,
    agreement: Agreement,
    at_ms: int | None = None,
    exercise: bool = False,
) -> list[Observation]:
    """The rows of a UTF-8 CSV file as observations by ``by`` in duty role ``role``, in order.

    Their headers name the agreement by its digest. at_ms: the speaker's clock; None takes each
    row's own time. A row without heights has no band.

    Raises FormatError, GeometryError or OversizeError (more than 1,000,000 rows, a line of more
    than 4,096 characters), each naming line and column and ``the author of source``.
    """
    author = f"the author of {source}"
    table = _Table(source, by, role, agreement, agreement_digest(agreement), at_ms, exercise)
    try:
        return list(table.read(decode_utf8(data, source)))
    except InputError as error:
        raise error.blamed_on(author) from None


def _lines(text: str, source: str) -> Iterator[str]:
    stream = io.StringIO(text, newline="")
    number = 0
    while line := stream.readline(MAX_LINE + 2):
        number += 1
        if len(line) > MAX_LINE:
            raise OversizeError(
                f"line {number} has more than {MAX_LINE} characters",
                right=f"at most {MAX_LINE}",
                where=f"line {number}",
                at_fault=f"the author of {source}",
            )
        yield line


@dataclass(frozen=True, slots=True)
class _Table:
    source: str
    by: str
    role: str
    agreement: Agreement
    digest: str
    at_ms: int | None
    exercise: bool

    def read(self, text: str) -> Iterator[Observation]:
        reader = csv.reader(_lines(text, self.source), strict=True)
        parties = frozenset(party.id for party in self.agreement.parties)
        columns: list[str] = []
        rows = 0
        try:
            for cells in reader:
                where = f"line {reader.line_num}"
                if not cells:
                    continue
                if not columns:
                    columns = _columns(cells, where)
                    continue
                rows += 1
                if rows > MAX_ROWS:
                    raise OversizeError(
                        f"more than {MAX_ROWS} rows",
                        right="several files",
                        where=where,
                        at_fault=f"the author of {self.source}",
                    )
                if len(cells) != len(columns):
                    raise FormatError(
                        f"{len(cells)} cells", right=f"{len(columns)}, as the header", where=where
                    )
                yield self.observation(dict(zip(columns, cells, strict=True)), parties, where)
        except csv.Error as error:
            raise FormatError(
                f"not CSV: {error}",
                right="RFC 4180, commas and double quotes",
                where=f"line {reader.line_num}",
            ) from None
        if not columns:
            raise FormatError("the header row is missing", right=", ".join(_REQUIRED))

    def observation(self, row: dict[str, str], parties: frozenset[str], where: str) -> Observation:
        cell = _Cells(row, where)
        owner = cell.text("owner")
        if owner and owner not in parties:
            raise FormatError(
                f"owner {shown(owner)} is no party of agreement {self.agreement.id}",
                right=f"one of {', '.join(sorted(parties))}, or nothing",
                where=cell.place("owner"),
            )
        seen_ms = parse_instant(cell.text("time"), cell.place("time"))
        at_ms = seen_ms if self.at_ms is None else self.at_ms
        return Observation(
            Header(self.by, self.role, at_ms, (), self.digest, self.exercise),
            cell.checked("track", _TRACK, "letters, digits, dot, dash, underscore, at most 64"),
            owner,
            seen_ms,
            cell.position(),
            _band(cell),
            cell.uncertainty_m(),
            cell.checked("source", _LINE, _ONE_LINE) or self.source[-200:],
            cell.yes("emergency"),
            cell.checked("label", _LINE, _ONE_LINE),
        )


_ONE_LINE = "one line of at most 200 characters, no control characters"


def _columns(cells: list[str], where: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            semicolons = " (separated by commas)" if ";" in name else ""
            raise FormatError(
                f"column {shown(name)} is unknown",
                right=f"only {', '.join(COLUMNS)}{semicolons}",
                where=where,
            )
        if names.count(name) > 1:
            raise FormatError(f"column {name} stands twice", right="once", where=where)
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise FormatError(
            f"column {missing[0]} is missing", right=", ".join(_REQUIRED), where=where
        )
    return names


@dataclass(frozen=True, slots=True)
class _Cells:
    row: dict[str, str]
    where: str

    def place(self, name: str) -> str:
        return f"{self.where}, column {name}"

    def text(self, name: str) -> str:
        return self.row.get(name, "").strip()

    def number(self, name: str) -> float:
        text = self.text(name)
        if not _NUMBER.fullmatch(text):
            raise FormatError(
                f"{name} {shown(text)} is not a number",
                right="a decimal number without a unit",
                where=self.place(name),
            )
        return float(text)

    def checked(self, name: str, adapter: TypeAdapter[str], right: str) -> str:
        try:
            return adapter.validate_python(self.text(name))
        except ValidationError:
            raise FormatError(
                f"{name} {shown(self.text(name))} is refused", right=right, where=self.place(name)
            ) from None

    def yes(self, name: str) -> bool:
        found = _YES.get(self.text(name).lower())
        if found is None:
            raise FormatError(
                f"{name} {shown(self.text(name))}", right="yes or no", where=self.place(name)
            )
        return found

    def position(self) -> Position:
        lat_deg, lon_deg = self.number("lat"), self.number("lon")
        return at(self.place("lat, lon"), lambda: Position(lat_deg=lat_deg, lon_deg=lon_deg))

    def uncertainty_m(self) -> int:
        metres = math.ceil(self.number("uncertainty_m"))
        if not 0 <= metres <= models.MAX_RADIUS_M:
            raise FormatError(
                f"uncertainty_m {metres}",
                right=f"0 to {models.MAX_RADIUS_M}",
                where=self.place("uncertainty_m"),
            )
        return metres


def _band(cell: _Cells) -> Band | None:
    given = {name for name in (*_HEIGHTS, *_FEET) if cell.text(name)}
    if not given:
        return None
    reference = cell.text("height_reference") or None
    check_reference(reference, cell.place("height_reference"))
    for unit, factor in (("m", 1.0), ("ft", M_PER_FOOT)):
        if given == {f"floor_{unit}", f"ceiling_{unit}"}:
            floor_m = cell.number(f"floor_{unit}") * factor
            ceiling_m = cell.number(f"ceiling_{unit}") * factor
            return _outward(cell, floor_m, ceiling_m, f"floor_{unit}")
        if given == {f"altitude_{unit}", f"accuracy_{unit}"}:
            middle_m = cell.number(f"altitude_{unit}") * factor
            half_m = abs(cell.number(f"accuracy_{unit}")) * factor
            return _outward(cell, middle_m - half_m, middle_m + half_m, f"altitude_{unit}")
    raise FormatError(
        f"heights {', '.join(sorted(given))} make no band",
        right="floor_m and ceiling_m, or altitude_m and accuracy_m (or both in feet), or none",
        where=cell.where,
    )


def _outward(cell: _Cells, floor_m: float, ceiling_m: float, name: str) -> Band:
    make: Callable[[], Band] = lambda: band_of(floor_m, ceiling_m, "")  # noqa: E731
    return at(cell.place(name), make)
