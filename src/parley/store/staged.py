"""A writing transaction: log, records and outbox are changed in memory and written in bulk.

``Stage`` belongs to the writer and outlives transactions: the writer is the only one who writes,
so what it read or wrote last is still true, unless another process changed the file. Before the
commit ``flush`` brings every change into the database; a work that fails is undone step by step.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from parley.errors import StorageError
from parley.store.index import Fresh, RowCache, SqlVolumes
from parley.store.session import Session
from parley.store.transaction import (
    CHUNK,
    HASHES,
    LEAVES,
    SqlLog,
    SqlOutbox,
    SqlRecords,
    after_prefix,
    scan_from,
    stored_hash,
)

REMEMBERED = 8_192
"""Records of one table that are remembered between transactions."""
_FIRST = 64
_INT64 = 2**63
_Undo = Callable[[], object]


class _Table:
    """What is known of one table: values (None: absent), and which of them are to be written."""

    __slots__ = ("changed", "empty", "known", "order")

    def __init__(self) -> None:
        self.known: dict[str, bytes | None] = {}
        self.changed: set[str] = set()
        self.order: list[str] = []
        self.empty: bool | None = None  # in the database; None: not asked yet


class _Pending:
    """What changed in one peer's outbox: first ``gone`` leave it, then ``fresh`` come behind."""

    __slots__ = ("fresh", "gone")

    def __init__(self) -> None:
        self.fresh: dict[int, None] = {}
        self.gone: dict[int, None] = {}


class Stage:
    """See the module."""

    def __init__(self) -> None:
        self.version = -1
        self.forget()

    def forget(self) -> None:
        """Nothing is staged, nothing known: after a rollback of all, or another's change."""
        self.tables: dict[str, _Table] = {}
        self.chunks: dict[tuple[str, str, str | None, bool], list[tuple[str, bytes]]] = {}
        self.log_size = -1
        self.entries: list[tuple[bytes, str | bytes, bytes]] = []
        self.notes: dict[str, int] = {}
        self.outbox: dict[str, _Pending] = {}
        self.fresh = Fresh()

    def begin(self, connection: sqlite3.Connection) -> None:
        """At the start of a transaction. Raises sqlite3.Error."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self.version:
            self.forget()
            self.version = version
        if self.log_size < 0:
            found = connection.execute("SELECT coalesce(max(idx) + 1, 0) FROM log")
            self.log_size = found.fetchone()[0]
        self.fresh.begin(connection)

    def table(self, name: str) -> _Table:
        found = self.tables.get(name)
        if found is None:
            found = self.tables[name] = _Table()
        return found

    def flush(self, connection: sqlite3.Connection) -> None:
        """Everything staged into the database. Raises sqlite3.Error."""
        self._flush_log(connection)
        self._flush_records(connection)
        self._flush_outbox(connection)
        self.fresh.flush(connection)

    def _flush_log(self, connection: sqlite3.Connection) -> None:
        if self.entries:
            first = self.log_size
            connection.executemany(
                "INSERT INTO log (idx, leaf_hash, note_hash, leaf) VALUES (?, ?, ?, ?)",
                [(first + n, *entry) for n, entry in enumerate(self.entries)],
            )

    def _flush_records(self, connection: sqlite3.Connection) -> None:
        puts: list[tuple[str, str, bytes]] = []
        gone: list[tuple[str, str]] = []
        for name, table in sorted(self.tables.items()):
            known = table.known
            for key in table.order:
                value = known[key]
                if value is not None:
                    puts.append((name, key, value))
                else:
                    gone.append((name, key))
        if gone:
            connection.executemany("DELETE FROM record WHERE tab = ? AND key = ?", gone)
        if puts:
            connection.executemany(
                "INSERT INTO record (tab, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value",
                puts,
            )

    def _flush_outbox(self, connection: sqlite3.Connection) -> None:
        gone = [(peer, index) for peer, held in self.outbox.items() for index in held.gone]
        fresh = [(peer, index) for peer, held in self.outbox.items() for index in held.fresh]
        if gone:
            connection.executemany("DELETE FROM outbox WHERE peer = ? AND idx = ?", gone)
        if fresh:
            connection.executemany(
                "INSERT INTO outbox (peer, idx) VALUES (?, ?) ON CONFLICT (peer, idx) DO NOTHING",
                fresh,
            )

    def committed(self, cache: RowCache) -> None:
        """What was staged is durable; it stays known as far as there is room."""
        self.log_size += len(self.entries)
        self.entries.clear()
        self.notes.clear()
        self.outbox.clear()
        self.chunks.clear()
        self.fresh.committed(cache)
        for table in self.tables.values():
            if table.order:
                table.changed.clear()
                table.order.clear()
                table.empty = None
            if len(table.known) > REMEMBERED:
                table.known.clear()


class StagedTx:
    """A ``Tx`` of one work. ``undo`` takes back what it staged."""

    __slots__ = ("_counts", "_fresh", "_undo", "log", "outbox", "records", "volumes")

    def __init__(self, session: Session, stage: Stage, cache: RowCache) -> None:
        undo: list[_Undo] = []
        self._undo = undo
        self.log = StagedLog(session, stage, undo)
        self.records = StagedRecords(session, stage, undo)
        self._fresh, self._counts = stage.fresh, dict(stage.fresh.counts)
        self.volumes = SqlVolumes(session, cache, stage.fresh)
        self.outbox = StagedOutbox(session, stage, undo)

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()
        self._fresh.rows.clear()
        self._fresh.counts = self._counts


class StagedLog:
    __slots__ = ("_base", "_session", "_stage", "_undo")

    def __init__(self, session: Session, stage: Stage, undo: list[_Undo]) -> None:
        self._session = session
        self._stage = stage
        self._undo = undo
        self._base = SqlLog(session)

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        session, stage = self._session, self._stage
        session.check_writable()
        session.text(note_hash)
        if self.index_of(note_hash) is not None:
            raise StorageError(
                f"the log holds the note {note_hash!r} already", right="each note once"
            )
        index = stage.log_size + len(stage.entries)
        stage.entries.append((session.blob(leaf_hash), stored_hash(note_hash), session.blob(leaf)))
        stage.notes[note_hash] = index
        self._undo.append(lambda: self._drop(note_hash))
        return index

    def _drop(self, note_hash: str) -> None:
        self._stage.entries.pop()
        del self._stage.notes[note_hash]

    def size(self) -> int:
        self._session.check()
        return self._stage.log_size + len(self._stage.entries)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return self._column(LEAVES, 2, start, stop)

    def hashes(self, start: int, stop: int) -> Iterator[bytes]:
        return self._column(HASHES, 0, start, stop)

    def index_of(self, note_hash: str) -> int | None:
        self._session.check()
        index = self._stage.notes.get(note_hash)
        return self._base.index_of(note_hash) if index is None else index

    def _column(
        self, column: tuple[str, int], place: int, start: int, stop: int
    ) -> Iterator[bytes]:
        size = self._stage.log_size
        yield from self._base.column(column, start, min(stop, size))
        for entry in self._stage.entries[max(start - size, 0) : max(stop - size, 0)]:
            self._session.check()
            yield entry[place]  # type: ignore[misc]


class StagedRecords:
    __slots__ = ("_base", "_session", "_stage", "_undo")

    def __init__(self, session: Session, stage: Stage, undo: list[_Undo]) -> None:
        self._session = session
        self._stage = stage
        self._undo = undo
        self._base = SqlRecords(session)

    def put(self, table: str, key: str, value: bytes) -> None:
        session = self._session
        session.check_writable()
        if not (table.isascii() and key.isascii()):
            session.text(table, key)
        self._change(table, key, value if type(value) is bytes else session.blob(value))

    def delete(self, table: str, key: str) -> None:
        self._session.check_writable()
        self._session.text(table, key)
        self._change(table, key, None)

    def _change(self, table: str, key: str, value: bytes | None) -> None:
        held = self._stage.table(table)
        known = held.known
        if key in held.changed:
            was = known[key]
            self._undo.append(lambda: known.__setitem__(key, was))
        else:
            held.changed.add(key)
            insort(held.order, key)
            self._undo.append(lambda: _unchange(held, key))
        known[key] = value

    def get(self, table: str, key: str) -> bytes | None:
        self._session.check()
        held = self._stage.table(table)
        known = held.known
        if key in known:
            return known[key]
        found = None if self._empty(table, held) else self._base.get(table, key)
        known[key] = found
        return found

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        """As the port says; a deletion of what was given already does not disturb it."""
        held = self._stage.table(table)
        if not held.order and self._empty(table, held):
            self._session.check()
            return
        bound = after_prefix(prefix)
        start, exclusive = scan_from(prefix, after)
        stored = self._stored(table, held, start, bound, exclusive=exclusive)
        ahead = next(stored, None)
        while limit:
            self._session.check()
            while ahead is not None and ahead[0] in held.changed:
                ahead = next(stored, None)
            entry = _first_staged(held, start, bound, exclusive=exclusive)
            if entry is None or (ahead is not None and ahead[0] < entry[0]):
                if ahead is None:
                    return
                entry, ahead = ahead, next(stored, None)
            start, exclusive = entry[0], True
            limit -= 1
            yield entry

    def _stored(
        self, table: str, held: _Table, start: str, bound: str | None, *, exclusive: bool
    ) -> Iterator[tuple[str, bytes]]:
        """What the database holds; the first entries of a scan are read once a transaction."""
        if self._empty(table, held):
            return
        size = _FIRST
        while True:
            place = (table, start, bound, exclusive)
            found = self._stage.chunks.get(place)
            if found is None:
                found = self._base.chunk(table, start, bound, size, exclusive=exclusive)
                if size == _FIRST:
                    self._stage.chunks[place] = found
            yield from found
            if len(found) < size:
                return
            start, exclusive, size = found[-1][0], True, CHUNK

    def _empty(self, table: str, held: _Table) -> bool:
        if held.empty is None:
            held.empty = not self._session.rows(
                "SELECT 1 FROM record WHERE tab = ? LIMIT 1", (table,)
            )
        return held.empty

    def count(self, table: str) -> int:
        return sum(1 for _ in self.scan(table))


def _unchange(held: _Table, key: str) -> None:
    held.changed.discard(key)
    del held.order[bisect_left(held.order, key)]
    del held.known[key]


def _first_staged(
    held: _Table, start: str, bound: str | None, *, exclusive: bool
) -> tuple[str, bytes] | None:
    """The first changed key from ``start`` on that stands, with its value."""
    order, known = held.order, held.known
    at = (bisect_right if exclusive else bisect_left)(order, start)
    for key in islice(order, at, None):
        if bound is not None and key >= bound:
            return None
        value = known[key]
        if value is not None:
            return key, value
    return None


class StagedOutbox:
    __slots__ = ("_base", "_session", "_stage", "_undo")

    def __init__(self, session: Session, stage: Stage, undo: list[_Undo]) -> None:
        self._session = session
        self._stage = stage
        self._undo = undo
        self._base = SqlOutbox(session)

    def _held(self, peer: str) -> _Pending:
        held = self._stage.outbox.get(peer)
        if held is None:
            held = self._stage.outbox[peer] = _Pending()
        return held

    def push(self, peer: str, index: int) -> None:
        """What is pending already keeps its place."""
        self._session.check_writable()
        self._session.text(peer)
        self._whole(index)
        fresh = self._held(peer).fresh
        if index not in fresh:
            fresh[index] = None
            self._undo.append(lambda: fresh.pop(index))

    def pending(self, peer: str, limit: int) -> list[int]:
        self._session.check()
        held = self._held(peer)
        stored = self._base.pending(peer, -1 if limit < 0 else limit + len(held.gone))
        found = dict.fromkeys(index for index in stored if index not in held.gone)
        found.update(held.fresh)
        return list(islice(found, None if limit < 0 else limit))

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        self._session.check_writable()
        held = self._held(peer)
        gone = [index for index in indices if self._whole(index)]
        before = dict(held.fresh), dict(held.gone)
        for index in gone:
            held.fresh.pop(index, None)
            held.gone[index] = None

        def undo() -> None:
            for ours, was in zip((held.fresh, held.gone), before, strict=True):
                ours.clear()
                ours.update(was)

        self._undo.append(undo)

    def _whole(self, index: int) -> bool:
        """True for an integer that the database takes; StorageError else."""
        if not -_INT64 <= index < _INT64:
            raise StorageError(f"the index {index} cannot be stored", right="an integer of 64 bits")
        return True

    def counts(self) -> dict[str, int]:
        counted = self._base.counts()
        for peer in self._stage.outbox:
            counted[peer] = len(self.pending(peer, -1))
        return {peer: number for peer, number in sorted(counted.items()) if number}
