"""The tables of the SQLite store, and how its file is opened and recognised."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from parley.errors import ConfigError, StorageError
from parley.node.ports import Layer
from parley.store.faults import code_of, storage_error

APPLICATION_ID = 0x5061_726C  # "Parl"
VERSION = 2
BUSY_S = 5.0
CACHE_KIB = 32_768
CHECKPOINT_PAGES = 8_000
"""Pages (32 MiB) in the write-ahead log before they are moved into the database: durable they are
before; moving them less often moves each less often."""
JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
BOXES_PER_ROW = 16  # the id of an index row is the id of its volume times this, plus 0, 1 ...

LAYER_CODES = {Layer.DECLARED: 0, Layer.HAZARD: 1, Layer.PRESENCE: 2, Layer.TRACK: 3}

_TABLES = """
CREATE TABLE log (
  idx INTEGER PRIMARY KEY,
  leaf_hash BLOB NOT NULL,
  note_hash ANY NOT NULL UNIQUE,
  leaf BLOB NOT NULL
) STRICT;
CREATE INDEX log_hashes ON log (idx, leaf_hash);
CREATE TRIGGER log_keeps BEFORE DELETE ON log BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER log_stands BEFORE UPDATE ON log BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TABLE record (
  tab TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (tab, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  peer TEXT NOT NULL,
  idx INTEGER NOT NULL,
  UNIQUE (peer, idx)
) STRICT;
CREATE INDEX outbox_order ON outbox (peer, seq);
CREATE TABLE volume (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ref TEXT NOT NULL,
  layer INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  boxes INTEGER NOT NULL,
  party TEXT NOT NULL,
  grp TEXT NOT NULL,
  use TEXT NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (ref, layer, ordinal)
) STRICT;
CREATE TABLE tally (layer INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
"""
_LAYER_TABLES = """
CREATE VIRTUAL TABLE near_{name} USING rtree_i32 (
  id, lat_min, lat_max, lon_min, lon_max, floor, ceiling, start, stop
);
INSERT INTO tally VALUES ({code}, 0);
"""


def connect(path: Path, *, writer: bool, synced: bool = True) -> sqlite3.Connection:
    """A connection with the pragmas of this store; may be handed to one other thread."""
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        if not writer:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def open_writer(path: Path, *, synced: bool = True) -> sqlite3.Connection:
    """Opens the database, creating it (mode 0600) where there is none or an empty file.

    Raises ConfigError for a file that is not ours, for one of a newer version, and for a place
    that cannot be opened; StorageError where the disk is full or the file is damaged.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise ConfigError(
            f"SQLite {sqlite3.sqlite_version} is too old",
            right=f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or later",
        )
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = connect(path, writer=True, synced=synced)
    except sqlite3.Error as error:
        raise _opening_error(error, path) from error
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the database {str(path)!r} cannot be opened ({error})",
            right="a file in a folder that exists and that the user of the node may write",
        ) from error
    try:
        _recognise_or_create(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _opening_error(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _opening_error(error: sqlite3.Error, path: Path) -> ConfigError | StorageError:
    if code_of(error) == sqlite3.SQLITE_NOTADB:
        return _not_ours(path, "it is not an SQLite file")
    return storage_error(error, str(path))


def _not_ours(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the file {str(path)!r} is not a database of Parley ({why}); it was left as it is",
        right="the database of this node, or a path where there is no file yet",
    )


def _recognise_or_create(connection: sqlite3.Connection, path: Path) -> None:
    if _is_new(connection, path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _is_new(connection, path):  # nobody was faster
            _create(connection)
        connection.execute("COMMIT")
    mode = str(_value(connection, "PRAGMA journal_mode = WAL")).lower()
    if mode != "wal":
        raise ConfigError(
            f"the file system of {str(path)!r} does not allow a write-ahead log ({mode})",
            right="a local file system",
        )


def _is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """True for an empty file; False for one of ours; else raises ConfigError."""
    identity = _value(connection, "PRAGMA application_id")
    version = _value(connection, "PRAGMA user_version")
    if identity == APPLICATION_ID:
        if version != VERSION:
            raise ConfigError(
                f"the database {str(path)!r} has the layout {version}",
                right=f"the layout {VERSION}: use the Parley that wrote it",
            )
        return False
    if identity != 0 or version != 0 or _value(connection, "SELECT count(*) FROM sqlite_master"):
        raise _not_ours(path, f"its application id is {identity:#x}")
    return True


def _create(connection: sqlite3.Connection) -> None:
    layers = [_LAYER_TABLES.format(name=name, code=code) for name, code in LAYER_CODES.items()]
    for statement in _statements(_TABLES + "".join(layers)):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> list[str]:
    """The script cut at the ends of its statements (executescript would commit first)."""
    found: list[str] = []
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return found


def _value(connection: sqlite3.Connection, sql: str) -> int:
    value: int = connection.execute(sql).fetchone()[0]
    return value
