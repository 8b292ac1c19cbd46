"""One transaction on one connection: every statement goes through here, every fault is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from parley.errors import StorageError
from parley.store.faults import storage_error

Value = int | str | bytes


class Session:
    """What a unit of work may do, until ``end``.

    After a fault of the database nothing more is done in this transaction, even where the work
    caught the error: a transaction that SQLite gave up must not go on piece by piece.
    fresh_from: ids of volumes from here on are not committed yet (None: all are).
    """

    def __init__(
        self, connection: sqlite3.Connection, where: str, *, writable: bool, fresh_from: int | None
    ) -> None:
        self._connection = connection
        self._where = where
        self._writable = writable
        self._ended = False
        self.fault: StorageError | None = None
        self.fresh_from = fresh_from

    def end(self) -> None:
        self._ended = True

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StorageError."""
        self._check()
        try:
            return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._failed(error) from error

    def change(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Runs a change. Raises StorageError."""
        self._changed(sql, values)

    def insert(self, sql: str, values: Sequence[Value]) -> int | None:
        """Runs an INSERT ... DO NOTHING; the id of the new row, None where one stood already."""
        cursor = self._changed(sql, values)
        return cursor.lastrowid if cursor.rowcount > 0 else None

    def _changed(self, sql: str, values: Sequence[Value]) -> sqlite3.Cursor:
        self._check_writable()
        try:
            return self._connection.execute(sql, values)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._failed(error) from error

    def change_each(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        """Runs a change once for each of ``values``."""
        self._check_writable()
        try:
            self._connection.executemany(sql, values)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._failed(error) from error

    def damaged(self, what: str) -> StorageError:
        """The error for bytes that came out of the database and cannot be what went in."""
        self.fault = StorageError(
            what, right="a copy from a backup, or the state derived again", where=self._where
        )
        return self.fault

    def _check(self) -> None:
        if self._ended:
            raise StorageError(
                "a transaction was used after its end", right="work that returns plain values"
            )
        if self.fault is not None:
            raise self.fault

    def _check_writable(self) -> None:
        self._check()
        if not self._writable:
            raise StorageError("a write inside a read", right="Store.write for work that changes")

    def _failed(self, error: Exception) -> StorageError:
        fault = storage_error(error, self._where)
        if isinstance(error, sqlite3.Error):
            self.fault = fault
        return fault
