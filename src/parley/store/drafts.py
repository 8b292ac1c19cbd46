"""Drafts that wait, in SQLite: drafts.db of the node directory, mode 0600.

One connection behind a lock, used in threads; what is written is synced before it is answered
for. Who can modify this file can at most put words before a releaser, who reads them before he
releases: what was released stands in the log.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from parley.errors import ConfigError, FormatError, InputError, StorageError
from parley.node.drafting.draft import Draft, State
from parley.store.faults import storage_error
from parley.wire.plainform import from_plain, to_plain

T = TypeVar("T")

APPLICATION_ID = 0x5061_7244  # "ParD"
VERSION = 1
BUSY_S = 5.0
KEPT = 5_000
"""Drafts that wait no more: so many of the newest are kept."""

_TABLES = """
CREATE TABLE draft (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX draft_state ON draft (state, number);
"""


class SqliteDrafts:
    """``Drafts`` (node/drafting/ports.py) on one file; open it with ``open``."""

    def __init__(self, connection: sqlite3.Connection, where: str) -> None:
        self._connection = connection
        self._where = where
        self._lock = threading.Lock()

    @classmethod
    async def open(cls, path: Path | None) -> Self:
        """The file, made where there is none; None: in memory. ConfigError: it is another file,
        or cannot be opened; StorageError."""
        where = ":memory:" if path is None else str(path)
        return cls(await asyncio.to_thread(_opened, path, where), where)

    async def add(self, make: Callable[[int, int], Draft]) -> Draft:
        def unit(db: sqlite3.Connection) -> Draft:
            number = _value(db, "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence")
            waiting = _value(db, "SELECT count(*) FROM draft WHERE state = ?", State.WAITING)
            draft = make(number, waiting)
            db.execute(
                "INSERT INTO draft VALUES (?, ?, ?, ?)",
                (number, draft.id, draft.state.value, _text(draft)),
            )
            return draft

        return await self._write(unit)

    async def change(self, identity: str, work: Callable[[Draft], Draft]) -> Draft:
        def unit(db: sqlite3.Connection) -> Draft:
            before = self._get(db, identity)
            draft = work(before)
            if draft is not before:
                db.execute(
                    "UPDATE draft SET state = ?, body = ? WHERE id = ?",
                    (draft.state.value, _text(draft), identity),
                )
                db.execute(
                    "DELETE FROM draft WHERE state != ?1 AND number <= (SELECT number FROM draft"
                    " WHERE state != ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                    (State.WAITING.value, KEPT),
                )
            return draft

        return await self._write(unit)

    async def get(self, identity: str) -> Draft:
        return await self._run(lambda db: self._get(db, identity))

    async def page(self, state: State | None, *, before: int, limit: int) -> list[Draft]:
        def unit(db: sqlite3.Connection) -> list[Draft]:
            where = "state = ?3" if state is not None else "?3 = ''"
            rows = db.execute(
                f"SELECT body FROM draft WHERE {where} AND (?1 = 0 OR number < ?1)"
                " ORDER BY number DESC LIMIT ?2",
                (before, limit, state.value if state is not None else ""),
            ).fetchall()
            return [self._draft(row[0]) for row in rows]

        return await self._run(unit)

    async def close(self) -> None:
        await asyncio.to_thread(self._connection.close)

    def _get(self, db: sqlite3.Connection, identity: str) -> Draft:
        row = db.execute("SELECT body FROM draft WHERE id = ?", (identity,)).fetchone()
        if row is None:
            raise _unknown(identity)
        return self._draft(row[0])

    def _draft(self, text: str) -> Draft:
        try:
            return from_plain(Draft, json.loads(text))
        except (ValueError, FormatError) as error:
            raise StorageError(
                f"a draft in the database does not read ({error})",
                right="a copy from a backup",
                where=self._where,
            ) from error

    async def _write(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        def transaction(db: sqlite3.Connection) -> T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = unit(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return result

        return await self._run(transaction)

    async def _run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        def locked() -> T:
            with self._lock:
                try:
                    return unit(self._connection)
                except (sqlite3.Error, OverflowError, UnicodeError) as error:
                    raise storage_error(error, self._where) from error

        return await asyncio.to_thread(locked)


def _unknown(identity: str) -> InputError:
    return InputError(
        f"there is no draft {identity[:40]!r} here", right="an id of the list of drafts", where="id"
    )


def _text(draft: Draft) -> str:
    return json.dumps(to_plain(draft), ensure_ascii=False, separators=(",", ":"))


def _value(db: sqlite3.Connection, sql: str, *values: Any) -> int:
    value: int = db.execute(sql, values).fetchone()[0]
    return value


def _opened(path: Path | None, where: str) -> sqlite3.Connection:
    try:
        if path is not None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            handle = os.open(path, flags, 0o600)
            os.fchmod(handle, 0o600)
            os.close(handle)
        db = sqlite3.connect(where, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise ConfigError(
            f"the drafts {where!r} cannot be opened ({error})",
            right="a file in a folder that exists and that the user of the node may write",
        ) from error
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _recognise_or_create(db, where)
    except sqlite3.Error as error:
        db.close()
        raise storage_error(error, where) from error
    except BaseException:
        db.close()
        raise
    return db


def _recognise_or_create(db: sqlite3.Connection, where: str) -> None:
    db.execute("BEGIN IMMEDIATE")
    identity = _value(db, "PRAGMA application_id")
    version = _value(db, "PRAGMA user_version")
    tables = _value(db, "SELECT count(*) FROM sqlite_master")
    if identity == 0 and not tables:
        for statement in _TABLES.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")
    elif (identity, version) != (APPLICATION_ID, VERSION):
        db.execute("ROLLBACK")
        raise ConfigError(
            f"the file {where!r} has no drafts of this Parley in it; it was left as it is",
            right="the drafts.db of this node, or a path where there is no file yet",
        )
    db.execute("COMMIT")
