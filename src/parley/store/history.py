"""Frames of the live picture in SQLite, bounded by age and by bytes.

Derived data that may be lost: not synced, so that a power cut may cost the file; then it is begun
anew. Whoever can change this file can show our officers a past that was not; nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Lock

from parley.errors import StorageError
from parley.node.watching.history import KEPT_BYTES, KEPT_MS, Frame

_SCHEMA = """
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, digest BLOB UNIQUE, body BLOB);
CREATE TABLE IF NOT EXISTS frame (
  at_ms INTEGER PRIMARY KEY, names INTEGER, places BLOB, others BLOB, bytes INTEGER);
CREATE INDEX IF NOT EXISTS frame_names ON frame (names);
PRAGMA user_version = 1;
"""
AGED_AT_ONCE = 3
"""So many old frames leave with each new one: a clock that was set wrong for a minute costs
minutes of the past, not all of it."""


class SqliteHistory:
    """A ``Kept`` in one file; ``:memory:`` for none. kept_ms, kept_bytes: the bounds."""

    def __init__(
        self, path: Path | None, *, kept_ms: int = KEPT_MS, kept_bytes: int = KEPT_BYTES
    ) -> None:
        """StorageError: it cannot be opened, or is no such file."""
        self._path = str(path or ":memory:")
        self._kept_ms, self._kept_bytes = kept_ms, kept_bytes
        self._lock = Lock()
        with self._guarded():
            self._db = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=5.0
            )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.executescript(_SCHEMA)
            frames = self._one("SELECT coalesce(sum(bytes), 0) FROM frame")
            names = self._one("SELECT coalesce(sum(length(body)), 0) FROM names")
            self._bytes = frames + names

    def close(self) -> None:
        with self._guarded():
            self._db.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OverflowError) as error:
                raise StorageError(
                    f"the track history {self._path} fails: {error}",
                    right="room on the disk; a damaged history.db may be deleted",
                ) from error

    def _one(self, sql: str, *values: object) -> int:
        found: int = self._db.execute(sql, values).fetchone()[0]
        return found

    @property
    def bytes(self) -> int:
        """Of all that is kept, without what SQLite adds."""
        return self._bytes

    def keep(self, frame: Frame) -> None:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                added = self._insert(frame)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._bytes = added

    def _insert(self, frame: Frame) -> int:
        """How many bytes are kept behind it."""
        db, total = self._db, self._bytes
        digest = sha256(frame.names).digest()
        known = db.execute("SELECT id FROM names WHERE digest = ?", (digest,)).fetchone()
        if known is None:
            new = "INSERT INTO names (digest, body) VALUES (?, ?) RETURNING id"
            known = db.execute(new, (digest, frame.names)).fetchone()
            total += len(frame.names)
        size = len(frame.places) + len(frame.others)
        same = db.execute("SELECT bytes FROM frame WHERE at_ms = ?", (frame.at_ms,)).fetchone()
        total += size - (same[0] if same else 0)
        db.execute(
            "INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?, ?)",
            (frame.at_ms, known[0], frame.places, frame.others, size),
        )
        old = db.execute(
            "SELECT at_ms, names, bytes FROM frame WHERE at_ms < ? ORDER BY at_ms LIMIT ?",
            (frame.at_ms - self._kept_ms, AGED_AT_ONCE),
        ).fetchall()
        for gone in old:
            total -= self._drop(*gone)
        while total > self._kept_bytes:
            first = db.execute(
                "SELECT at_ms, names, bytes FROM frame WHERE at_ms != ? ORDER BY at_ms LIMIT 1",
                (frame.at_ms,),
            ).fetchone()
            if first is None:
                break
            total -= self._drop(*first)
        return total

    def _drop(self, at_ms: int, names: int, size: int) -> int:
        """How many bytes left with it: its names too, if no other frame has them."""
        db = self._db
        db.execute("DELETE FROM frame WHERE at_ms = ?", (at_ms,))
        if db.execute("SELECT 1 FROM frame WHERE names = ? LIMIT 1", (names,)).fetchone():
            return size
        gone = db.execute("DELETE FROM names WHERE id = ? RETURNING length(body)", (names,))
        return size + int(gone.fetchone()[0])

    def last(self, at_ms: int) -> Frame | None:
        with self._guarded():
            found = self._db.execute(
                "SELECT at_ms, body, places, others FROM frame JOIN names ON names.id = names"
                " WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT 1",
                (at_ms,),
            ).fetchone()
        return None if found is None else Frame(*found)

    def between(self, from_ms: int, until_ms: int) -> Sequence[int]:
        with self._guarded():
            found = self._db.execute(
                "SELECT at_ms FROM frame WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms",
                (from_ms, until_ms),
            ).fetchall()
        return [at_ms for (at_ms,) in found]

    def each(self, instants: Sequence[int]) -> Iterator[Frame]:
        for at_ms in instants:
            with self._guarded():
                found = self._db.execute(
                    "SELECT at_ms, body, places, x'' FROM frame JOIN names ON names.id = names"
                    " WHERE at_ms = ?",
                    (at_ms,),
                ).fetchone()
            if found is not None:
                yield Frame(*found)

    def span(self) -> tuple[int, int] | None:
        with self._guarded():
            first, last = self._db.execute("SELECT min(at_ms), max(at_ms) FROM frame").fetchone()
        return None if first is None else (first, last)
