"""Recorded days as reports in the order of their times: JSON, CSV and Parquet; docs/formats/
recorded.md. Binary files in, opened by the caller; gzip is recognised by its first bytes.

What cannot be read is counted by name. A FormatError is raised only where the whole file is no
recorded day (other columns, no JSON at all), an OversizeError where it is larger than stated.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any, cast

from parley.errors import FormatError, InputError, OversizeError
from parley.watch.report import Report, Sense
from parley.wire.decoding import Rejections
from parley.wire.lines import CUT_SHORT, OVER_LONG
from parley.wire.recorded.columns import PARLEY, Columns, Values
from parley.wire.recorded.order import WINDOW, Day

MAX_BYTES = 64 * 1024**3
"""Of a file, unpacked. It is never in memory as a whole."""
MAX_OBJECT = 8 * 1024
MAX_LINE = 8 * 1024
MAX_COLUMNS = 1_000

BAD_OBJECT = "bad-object"
BAD_ROW = "bad-row"

_CHUNK = 256 * 1024
_BATCH = 2_048
_GZIP = b"\x1f\x8b"
_GZIP_BITS = 31


def read_recorded(
    file: IO[bytes],
    name: str,
    *,
    sensor: str,
    rejected: Rejections | None = None,
    sense: Sense = Sense.SELF,
    window: int = WINDOW,
) -> Iterator[Report]:
    """The reports of a recorded day by the end of its ``name``: .json, .csv (both also .gz) or
    .parquet (the file must be seekable). Raises FormatError for another name, and what the three
    functions below raise."""
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    readers = {"json": reports_from_json, "csv": reports_from_csv, "parquet": reports_from_parquet}
    reader = readers.get(ending)
    if reader is None:
        raise FormatError(
            f"{name[-80:]!r} is no recorded day by its name",
            right=".json, .json.gz, .csv, .csv.gz or .parquet",
        )
    return reader(file, sensor=sensor, rejected=rejected, sense=sense, window=window)


def reports_from_json(
    file: IO[bytes],
    *,
    sensor: str,
    rejected: Rejections | None = None,
    sense: Sense = Sense.SELF,
    window: int = WINDOW,
) -> Iterator[Report]:
    """A JSON array of flat objects, each at most 8 KiB. Raises FormatError where there is no
    array, or something in it that is no JSON; a file that was cut off is read as far as it goes."""
    counts = rejected if rejected is not None else Rejections()
    day: Day | None = None
    columns: Columns | None = None
    objects = _objects(_text(file, counts), counts)
    while batch := list(islice(objects, _BATCH)):
        names = set().union(*batch)
        if columns is None:
            columns = Columns(_bounded(names), counts, "the first objects")
            day = Day(columns, sensor, counts, sense, window)
        columns.admit(names)
        table = {name: [one.get(name) for one in batch] for name in columns.wanted.values()}
        yield from cast(Day, day).take(table, len(batch))
    if day is not None:
        yield from day.end()


def reports_from_csv(
    file: IO[bytes],
    *,
    sensor: str,
    rejected: Rejections | None = None,
    sense: Sense = Sense.SELF,
    window: int = WINDOW,
) -> Iterator[Report]:
    """CSV with a header row, UTF-8, lines of at most 8 KiB; also the tracks of
    docs/formats/tracks-csv.md, whose sense is always that of a claim. Raises FormatError where
    the header is that of something else."""
    counts = rejected if rejected is not None else Rejections()
    rows = _csv_rows(_lines(_text(file, counts), counts), counts)
    header = next(rows, None)
    if header is None:
        raise FormatError("the header row is missing", right="a row of column names")
    names = [name.strip().lower() for name in header]
    if len(set(names)) < len(names):
        raise FormatError("a column stands twice", right="each once", where="the header row")
    columns = Columns(_bounded(names), counts, "the header row")
    claimed = Sense.CLAIMED if columns.dialect is PARLEY else sense
    day = Day(columns, sensor, counts, claimed, window)
    wanted = {name: names.index(name) for name in columns.wanted.values()}
    while some := list(islice(rows, _BATCH)):
        whole = [row for row in some if len(row) == len(names)]
        if len(whole) < len(some):
            counts.add(BAD_ROW, len(some) - len(whole))
        table: Mapping[str, Values] = {
            name: [row[at] for row in whole] for name, at in wanted.items()
        }
        yield from day.take(table, len(whole))
    yield from day.end()


def reports_from_parquet(
    file: IO[bytes],
    *,
    sensor: str,
    rejected: Rejections | None = None,
    sense: Sense = Sense.SELF,
    window: int = WINDOW,
) -> Iterator[Report]:
    """Parquet, batch by batch of its row groups. Raises InputError without pyarrow, FormatError
    for what is no Parquet."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            "Parquet cannot be read here", right="pip install parley-node[parquet]"
        ) from None
    counts = rejected if rejected is not None else Rejections()
    try:
        table = parquet.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if isinstance(name, str)]
        columns = Columns(_bounded(names), counts, "the schema")
        day = Day(columns, sensor, counts, sense, window)
        wanted = list(columns.wanted.values())
        for batch in table.iter_batches(batch_size=16_384, columns=wanted):
            values = {name: _arrow_values(arrow, batch.column(name)) for name in batch.schema.names}
            yield from day.take(values, batch.num_rows)
    except (arrow.ArrowException, OSError, ValueError, KeyError) as error:
        raise FormatError(
            f"no Parquet that can be read: {type(error).__name__}", right="a whole Parquet file"
        ) from None
    yield from day.end()


def _arrow_values(arrow: Any, column: Any) -> Values:
    kind = column.type
    if arrow.types.is_timestamp(kind):
        return cast(Values, column.cast(arrow.timestamp("ms"), safe=False).to_numpy(False))
    if arrow.types.is_integer(kind) or arrow.types.is_floating(kind):
        return cast(Values, column.cast(arrow.float64(), safe=False).to_numpy(False))
    return cast(Values, column.to_pylist())


def _bounded(names: Any) -> Any:
    if len(names) > MAX_COLUMNS:
        raise OversizeError(
            f"{len(names)} columns", right=f"at most {MAX_COLUMNS}", at_fault="the file's author"
        )
    return names


def _text(file: IO[bytes], rejected: Rejections) -> Iterator[str]:
    """The text of a file, unpacked if need be, in pieces."""
    decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
    total = 0
    for piece in _unpacked(file, rejected):
        total += len(piece)
        if total > MAX_BYTES:
            raise OversizeError(
                f"more than {MAX_BYTES} bytes", right="several files", at_fault="the file's author"
            )
        yield decode(piece)


def _unpacked(file: IO[bytes], rejected: Rejections) -> Iterator[bytes]:
    """Pieces of at most ``_CHUNK`` bytes; a packed file that ends too soon is counted."""
    data = file.read(_CHUNK)
    if data[:2] != _GZIP:
        while data:
            yield data
            data = file.read(_CHUNK)
        return
    member = zlib.decompressobj(_GZIP_BITS)
    while data:
        try:
            piece = member.decompress(data, _CHUNK)
        except zlib.error:
            rejected.add(CUT_SHORT)
            return
        if piece:
            yield piece
        data = member.unconsumed_tail
        if member.eof:
            data = member.unused_data or file.read(_CHUNK)
            if data[:1] != _GZIP[:1]:
                return
            member = zlib.decompressobj(_GZIP_BITS)
        elif not data:
            data = file.read(_CHUNK)
    rejected.add(CUT_SHORT)


_SPACE = " \t\r\n"
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_CUT_LITERAL = 16


def _objects(pieces: Iterator[str], rejected: Rejections) -> Iterator[dict[str, Any]]:
    """The objects of the array, one after the other."""
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    rest, begun = "", False
    for piece in pieces:
        rest += piece
        if not begun:
            rest = rest.lstrip(_SPACE)
            if rest[:1] not in ("", "["):
                raise FormatError("no array of objects", right="[{...}, {...}]")
            begun, rest = rest != "", rest[1:]
        at = _skipped(rest, 0)
        while at < len(rest) and rest[at] != "]":
            decoded = _decoded(decoder, rest, at)
            if decoded is None:
                break
            found, at = decoded[0], _skipped(rest, decoded[1])
            if isinstance(found, dict):
                yield found
            else:
                rejected.add(BAD_OBJECT)
        rest = rest[at:]
        if rest[:1] == "]":
            return
    rejected.add(CUT_SHORT)


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int] | None:
    """The value that begins ``at`` and where it ends; None where the text may go on. Raises
    FormatError for what no text behind it can mend."""
    problem = f"longer than {MAX_OBJECT} characters, or too deep"
    try:
        found, after = decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        far = len(text) - error.pos > _CUT_LITERAL
        if far and not error.msg.startswith(("Unterminated", "Invalid \\")):
            problem = f"{error.msg}: {text[error.pos : error.pos + 40]!r}"
        elif len(text) - at <= MAX_OBJECT:
            return None
    except (ValueError, RecursionError):
        pass
    else:
        whole = after < len(text) or text[after - 1] in "}]"
        if after - at <= MAX_OBJECT:
            return (found, after) if whole else None
    raise FormatError(f"an object that is no JSON: {problem}", right="a flat object")


def _skipped(text: str, at: int) -> int:
    """Where what is neither blank nor comma begins."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _lines(pieces: Iterator[str], rejected: Rejections) -> Iterator[str]:
    rest, dropping = "", False
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            if dropping or len(line) > MAX_LINE:
                rejected.add(OVER_LONG)
                dropping = False
            elif line.strip():
                yield line
        if len(rest) > MAX_LINE:
            rest, dropping = "", True
    if dropping:
        rejected.add(OVER_LONG)
    elif rest.strip():
        yield rest


def _csv_rows(lines: Iterator[str], rejected: Rejections) -> Iterator[list[str]]:
    """A cell may not hold a line's end: each line stands for itself."""
    for line in lines:
        try:
            yield line.rstrip("\r").split(",") if '"' not in line else next(csv.reader([line]))
        except (csv.Error, StopIteration):
            rejected.add(BAD_ROW)
