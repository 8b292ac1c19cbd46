"""One unit of work on one connection: every statement goes through here, every fault is kept."""

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
    saved: the work changed the database itself, behind a savepoint named ``work``.
    """

    __slots__ = ("_connection", "_ended", "_where", "_writable", "fault", "fresh_from", "saved")

    def __init__(
        self, connection: sqlite3.Connection, where: str, *, writable: bool, fresh_from: int | None
    ) -> None:
        self._connection = connection
        self._where = where
        self._writable = writable
        self._ended = False
        self.fault: StorageError | None = None
        self.fresh_from = fresh_from
        self.saved = False

    def end(self) -> None:
        self._ended = True

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StorageError."""
        self.check()
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
        self.check_writable()
        try:
            self._save()
            return self._connection.execute(sql, values)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._failed(error) from error

    def change_each(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        """Runs a change once for each of ``values``."""
        self.check_writable()
        try:
            self._save()
            self._connection.executemany(sql, values)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise self._failed(error) from error

    def _save(self) -> None:
        if not self.saved:
            self._connection.execute("SAVEPOINT work")
            self.saved = True

    def damaged(self, what: str) -> StorageError:
        """The error for bytes that came out of the database and cannot be what went in."""
        self.fault = StorageError(
            what, right="a copy from a backup, or the state derived again", where=self._where
        )
        return self.fault

    def check(self) -> None:
        """Raises StorageError once the work is over or the database failed."""
        if self._ended:
            raise StorageError(
                "a transaction was used after its end", right="work that returns plain values"
            )
        if self.fault is not None:
            raise self.fault

    def check_writable(self) -> None:
        """The same, and inside a read."""
        self.check()
        if not self._writable:
            raise StorageError("a write inside a read", right="Store.write for work that changes")

    def text(self, *values: str) -> None:
        """Raises StorageError for what is no text; that of something else than str is a fault."""
        for value in values:
            try:
                if not value.isascii():
                    value.encode()
            except UnicodeError as error:
                raise storage_error(error, self._where) from error
            except AttributeError as error:
                raise self.refused(value) from error

    def blob(self, value: bytes) -> bytes:
        """The bytes themselves; StorageError, and a fault, for anything else."""
        if type(value) is bytes:
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise self.refused(value)

    def refused(self, value: object) -> StorageError:
        """The fault of a value of the wrong type."""
        self.fault = StorageError(
            f"the database refused a {type(value).__name__}",
            right="text and bytes where the port says so",
            where=self._where,
        )
        return self.fault

    def _failed(self, error: Exception) -> StorageError:
        fault = storage_error(error, self._where)
        if isinstance(error, sqlite3.Error):
            self.fault = fault
        return fault
