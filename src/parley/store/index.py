"""The 4-D index in SQLite: one R*Tree of 32-bit integers per layer, beside a table of rows."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock

from parley.errors import InputError
from parley.node.ports import Layer, Row
from parley.rules.statements import Use
from parley.space import Box
from parley.store.packing import cell, cells, pack, unpack
from parley.store.schema import BOXES_PER_ROW, LAYER_CODES
from parley.store.session import Session

_CHUNK = 256
_NEAR = (
    "SELECT id FROM near_{} WHERE lat_max >= ? AND lat_min <= ? AND lon_max >= ? AND lon_min <= ?"
    " AND ceiling >= ? AND floor <= ? AND stop >= ? AND start <= ?"
)
NEAR_OF = {layer: _NEAR.format(layer) for layer in Layer}
_INDEX_OF = {
    layer: f"INSERT INTO near_{layer} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)" for layer in Layer
}
_UNINDEX_OF = {layer: f"DELETE FROM near_{layer} WHERE id = ?" for layer in Layer}
_COLUMNS = "id, ref, ordinal, party, grp, use, body"


class RowCache:
    """The rows met last, decoded, by their id; shared by the threads of a store, bounded.

    Right in every snapshot: a committed row never changes and its id is never given again.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._lock = Lock()

    def take(self, ids: Iterable[int]) -> dict[int, Row]:
        with self._lock:
            found = {i: self._rows[i] for i in ids if i in self._rows}
            for i in found:
                self._rows.move_to_end(i)
            return found

    def keep(self, rows: dict[int, Row]) -> None:
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > self._capacity:
                self._rows.popitem(last=False)


class Fresh:
    """What a writer knows of the index: rows put and not committed, by their id, and how many
    rows each layer has."""

    __slots__ = ("counts", "rows", "stored")

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.stored: dict[Layer, int] = {}
        self.counts: dict[Layer, int] = {}

    def begin(self, connection: sqlite3.Connection) -> None:
        """At the start of a transaction, if nothing is known. Raises sqlite3.Error."""
        if not self.counts:
            held = dict(connection.execute("SELECT layer, n FROM tally").fetchall())
            self.stored = {layer: held[code] for layer, code in LAYER_CODES.items()}
            self.counts = dict(self.stored)

    def flush(self, connection: sqlite3.Connection) -> None:
        """The counts into the database. Raises sqlite3.Error."""
        for layer, number in self.counts.items():
            if self.stored[layer] != number:
                code = LAYER_CODES[layer]
                connection.execute("UPDATE tally SET n = ? WHERE layer = ?", (number, code))

    def committed(self, cache: RowCache) -> None:
        cache.keep(self.rows)
        self.rows.clear()
        self.stored = dict(self.counts)


class SqlVolumes:
    """``Volumes`` in SQL; ``put`` of a (ref, layer, ordinal) that stands replaces it.

    fresh: a writer's.
    """

    __slots__ = ("_cache", "_fresh", "_session")

    def __init__(self, session: Session, cache: RowCache, fresh: Fresh | None = None) -> None:
        self._session = session
        self._cache = cache
        self._fresh = fresh

    def put(self, rows: Sequence[Row]) -> None:
        for row in rows:
            boxes = cells(row.volume.boxes())
            number = self._insert(row, len(boxes))
            if number is None:
                self._remove(
                    "ref = ? AND layer = ? AND ordinal = ?",
                    (row.ref, LAYER_CODES[row.layer], row.ordinal),
                )
                number = self._insert(row, len(boxes))
                if number is None:
                    raise self._session.damaged(f"the row {row.ref!r} cannot be replaced")
            first = number * BOXES_PER_ROW
            for ordinal, box in enumerate(boxes):
                self._session.change(_INDEX_OF[row.layer], (first + ordinal, *box))
            if self._fresh is not None:
                self._fresh.rows[number] = row
                self._fresh.counts[row.layer] += 1

    def _insert(self, row: Row, boxes: int) -> int | None:
        return self._session.insert(
            "INSERT INTO volume (ref, layer, ordinal, boxes, party, grp, use, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ref, layer, ordinal) DO NOTHING",
            (
                row.ref,
                LAYER_CODES[row.layer],
                row.ordinal,
                boxes,
                row.party,
                row.group,
                row.use.value,
                pack(row.volume),
            ),
        )

    def remove(self, ref: str) -> None:
        self._remove("ref = ?", (ref,))

    def _remove(self, where: str, values: Sequence[str | int]) -> None:
        session = self._session
        gone = session.rows(f"SELECT id, layer, boxes FROM volume WHERE {where}", values)
        if not gone:
            session.check_writable()
            return
        for layer, code in LAYER_CODES.items():
            mine = [(number, boxes) for number, of, boxes in gone if of == code]
            session.change_each(
                _UNINDEX_OF[layer],
                [
                    (number * BOXES_PER_ROW + ordinal,)
                    for number, boxes in mine
                    for ordinal in range(boxes)
                ],
            )
            if self._fresh is not None:
                self._fresh.counts[layer] -= len(mine)
        session.change(f"DELETE FROM volume WHERE {where}", values)

    def near(self, layer: Layer, boxes: Sequence[Box]) -> list[Row]:
        if not self._any(layer):
            return []
        hits: dict[int, list[Box]] = {}
        sql = NEAR_OF[layer]
        for box in boxes:
            for (number,) in self._session.rows(sql, cell(box)):
                hits.setdefault(number // BOXES_PER_ROW, []).append(box)
        if not hits:
            return []
        rows = self._load(layer, list(hits))
        met = [row for number, row in rows.items() if _same_time(row, hits[number])]
        return sorted(met, key=lambda row: (row.ref, row.ordinal))

    def count(self, layer: Layer) -> int:
        if self._fresh is not None:
            self._session.check()
            return self._fresh.counts[layer]
        number: int = self._session.rows(
            "SELECT n FROM tally WHERE layer = ?", (LAYER_CODES[layer],)
        )[0][0]
        return number

    def _any(self, layer: Layer) -> bool:
        """False: the layer is empty, as a writer knows."""
        self._session.check()
        return self._fresh is None or self._fresh.counts[layer] > 0

    def _load(self, layer: Layer, numbers: list[int]) -> dict[int, Row]:
        fresh_from = self._session.fresh_from
        rows = self._cache.take(n for n in numbers if fresh_from is None or n < fresh_from)
        if self._fresh is not None:
            fresh = self._fresh.rows
            rows |= {n: fresh[n] for n in numbers if n in fresh}
        missing = [number for number in numbers if number not in rows]
        loaded: dict[int, Row] = {}
        for at in range(0, len(missing), _CHUNK):
            chunk = missing[at : at + _CHUNK]
            marks = ",".join("?" * len(chunk))
            for found in self._session.rows(
                f"SELECT {_COLUMNS} FROM volume WHERE id IN ({marks})", chunk
            ):
                loaded[found[0]] = self._decode(layer, found)
        if len(loaded) != len(missing):
            raise self._session.damaged("the 4-D index names a volume that is not there")
        self._cache.keep(
            {n: row for n, row in loaded.items() if fresh_from is None or n < fresh_from}
        )
        return rows | loaded

    def _decode(self, layer: Layer, found: tuple[int, str, int, str, str, str, bytes]) -> Row:
        number, ref, ordinal, party, group, use, body = found
        try:
            return Row(ref, ordinal, layer, party, group, Use(use), unpack(body))
        except (InputError, ValueError) as error:
            raise self._session.damaged(f"volume {number} of {ref!r} is damaged") from error


def _same_time(row: Row, boxes: Iterable[Box]) -> bool:
    """Whether one of the boxes meets the row in time to the millisecond (both ends closed).

    The other three dimensions are exact in the index; its time is in seconds, outward.
    """
    span = row.volume.span
    return any(span.start_ms <= box.end_ms and span.end_ms >= box.start_ms for box in boxes)
