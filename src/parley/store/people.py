"""The people of a console in SQLite: people.db of the node directory, mode 0600.

One connection behind a lock, used in threads; a command line may hold the file open at the same
time. What is written is synced before it is answered for.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from parley.errors import ConfigError, StorageError
from parley.node.people.acts import Act
from parley.node.people.persons import Person
from parley.node.people.ports import PeopleTx
from parley.node.people.sessions import Session
from parley.store.faults import storage_error
from parley.wire.plainform import from_plain, to_plain

T = TypeVar("T")

APPLICATION_ID = 0x5061_7250  # "ParP"
VERSION = 1
BUSY_S = 5.0

_TABLES = """
CREATE TABLE person (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY, person TEXT NOT NULL, duty TEXT NOT NULL,
  begun_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, csrf TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (person);
CREATE TABLE act (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, person TEXT NOT NULL,
  duty TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, subject TEXT NOT NULL,
  status INTEGER NOT NULL
) STRICT;
CREATE INDEX act_subject ON act (subject, seq);
CREATE INDEX act_person ON act (person, seq);
CREATE TRIGGER act_keeps BEFORE DELETE ON act BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER act_stands BEFORE UPDATE ON act BEGIN SELECT raise(ABORT, 'append-only'); END;
"""
_SESSION = "token_hash, person, duty, begun_ms, ends_ms, csrf"
_ACT = "at_ms, person, duty, method, path, subject, status"


class _Persons:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, person: str) -> Person | None:
        row = self._connection.execute("SELECT body FROM person WHERE id = ?", (person,)).fetchone()
        return None if row is None else _person(row[0])

    def put(self, person: Person) -> None:
        body = json.dumps(to_plain(person), ensure_ascii=False)
        self._connection.execute(
            "INSERT INTO person VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (person.id, body),
        )

    def all(self) -> Sequence[Person]:
        rows = self._connection.execute("SELECT body FROM person ORDER BY id").fetchall()
        return [_person(row[0]) for row in rows]


class _Sessions:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, token_hash: str) -> Session | None:
        row = self._connection.execute(
            f"SELECT {_SESSION} FROM session WHERE token_hash = ?", (token_hash,)
        ).fetchone()
        return None if row is None else Session(*row)

    def put(self, session: Session) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?)",
            (
                session.token_hash,
                session.person,
                session.duty,
                session.begun_ms,
                session.ends_ms,
                session.csrf,
            ),
        )

    def all(self, person: str = "") -> Sequence[Session]:
        rows = self._connection.execute(
            f"SELECT {_SESSION} FROM session WHERE person = ?1 OR ?1 = ''"
            " ORDER BY begun_ms DESC, token_hash",
            (person,),
        ).fetchall()
        return [Session(*row) for row in rows]

    def end(self, token_hash: str) -> None:
        self._connection.execute("DELETE FROM session WHERE token_hash = ?", (token_hash,))

    def end_before(self, now_ms: int) -> None:
        self._connection.execute("DELETE FROM session WHERE ends_ms <= ?", (now_ms,))


class _Acts:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, act: Act) -> None:
        self._connection.execute(
            f"INSERT INTO act ({_ACT}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (act.at_ms, act.person, act.duty, act.method, act.path, act.subject, act.status),
        )

    def page(self, *, before: int, limit: int, subject: str, person: str) -> Sequence[Act]:
        conditions, values = ["1"], list[object]()
        for name, value in (("subject", subject), ("person", person)):
            if value:
                conditions.append(f"{name} = ?")
                values.append(value)
        if before:
            conditions.append("seq < ?")
            values.append(before)
        rows = self._connection.execute(
            f"SELECT {_ACT}, seq FROM act WHERE {' AND '.join(conditions)}"
            " ORDER BY seq DESC LIMIT ?",
            (*values, limit),
        ).fetchall()
        return [Act(*row) for row in rows]


class _Tx:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.persons = _Persons(connection)
        self.sessions = _Sessions(connection)
        self.acts = _Acts(connection)


class SqlitePeople:
    """A ``PeopleStore`` on one file; open it with ``open``."""

    def __init__(self, connection: sqlite3.Connection, where: str) -> None:
        self._connection = connection
        self._where = where
        self._lock = threading.Lock()
        self._tx = _Tx(connection)

    @classmethod
    async def open(cls, path: Path | None) -> Self:
        """The file, made where there is none; None: in memory. Raises ConfigError for a file that
        is not ours or cannot be opened, StorageError where it is damaged."""
        return await asyncio.to_thread(cls._opened, path)

    @classmethod
    def _opened(cls, path: Path | None) -> Self:
        where = ":memory:" if path is None else str(path)
        try:
            if path is not None:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                handle = os.open(path, flags, 0o600)
                os.fchmod(handle, 0o600)
                os.close(handle)
            connection = sqlite3.connect(
                where, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, ValueError, sqlite3.Error) as error:
            raise ConfigError(
                f"{where!r} cannot be opened ({error})",
                right="a file in a folder that the user of the node may write",
                where=where,
            ) from None
        try:
            _recognise_or_create(connection, where)
        except sqlite3.Error as error:
            connection.close()
            raise storage_error(error, where) from error
        except BaseException:
            connection.close()
            raise
        return cls(connection, where)

    async def read(self, unit: Callable[[PeopleTx], T]) -> T:
        return await asyncio.to_thread(self._run, unit, "BEGIN")

    async def write(self, unit: Callable[[PeopleTx], T]) -> T:
        return await asyncio.to_thread(self._run, unit, "BEGIN IMMEDIATE")

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._lock:
            self._connection.close()

    def _run(self, unit: Callable[[PeopleTx], T], begin: str) -> T:
        with self._lock:
            try:
                self._connection.execute(begin)
                try:
                    result = unit(self._tx)
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
                raise storage_error(error, self._where) from error
            return result


def _person(body: str) -> Person:
    try:
        plain: Any = json.loads(body)
    except ValueError:
        raise StorageError("a person in people.db is damaged", right="a backup") from None
    return from_plain(Person, plain)


def _recognise_or_create(connection: sqlite3.Connection, where: str) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    if _value(connection, "PRAGMA application_id") == 0:
        if _value(connection, "SELECT count(*) FROM sqlite_master"):
            raise _not_ours(where)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _value(connection, "PRAGMA application_id") == 0:  # nobody was faster
            for statement in _statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    if _value(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise _not_ours(where)
    version = _value(connection, "PRAGMA user_version")
    if version != VERSION:
        raise ConfigError(
            f"{where!r} has the layout {version}",
            right=f"the layout {VERSION}: use the Parley that wrote it",
            where=where,
        )


def _statements() -> list[str]:
    found, text = list[str](), ""
    for line in _TABLES.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found


def _not_ours(where: str) -> ConfigError:
    return ConfigError(
        f"{where!r} does not hold the people of a console; it was left as it is",
        right="people.db of this node, or a path where there is no file yet",
        where=where,
    )


def _value(connection: sqlite3.Connection, sql: str) -> int:
    value: int = connection.execute(sql).fetchone()[0]
    return value
