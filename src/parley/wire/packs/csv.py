"""The tables of a pack as CSV files (RFC 4180, UTF-8 with a byte order mark, CRLF)."""

from __future__ import annotations

import csv
import io

from parley.wire.packs.pack import Pack, Table, plain

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_files(pack: Pack) -> dict[str, bytes]:
    """File name -> bytes, one a table; the marking is the first line of each."""
    found: dict[str, bytes] = {}
    for table in pack.tables():
        found[f"{table.name}.csv"] = csv_of(table, pack.banner)
    return found


def csv_of(table: Table, banner: str) -> bytes:
    """One table. A cell that a spreadsheet would take for a formula gets an apostrophe in front;
    numbers do not."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_cell(banner)])
    writer.writerow([_cell(cell) for cell in table.head])
    writer.writerows([[_cell(cell) for cell in row] for row in table.rows])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _cell(text: str) -> str:
    shown = plain(text)
    if shown.startswith(_FORMULA) and not _number(shown):
        return f"'{shown}"
    return shown


def _number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdecimal() and text.isascii()
