"""What SQLite complains of, in the words of the tree of errors."""

from __future__ import annotations

import sqlite3

from parley.errors import StorageError

_RIGHT = {
    sqlite3.SQLITE_FULL: ("the disk or its quota is full", "free space, then try again"),
    sqlite3.SQLITE_IOERR: (
        "the disk refused to read or write",
        "a disk with free space and no faults, then try again",
    ),
    sqlite3.SQLITE_BUSY: ("another process holds the database", "one node for one database"),
    sqlite3.SQLITE_LOCKED: ("another process holds the database", "one node for one database"),
    sqlite3.SQLITE_CORRUPT: (
        "the database is damaged",
        "a copy from a backup, or the log fetched again from the peers that hold it",
    ),
    sqlite3.SQLITE_NOTADB: (
        "the file is not a database any more",
        "a copy from a backup, or the log fetched again from the peers that hold it",
    ),
    sqlite3.SQLITE_READONLY: (
        "the database cannot be written",
        "a file and a folder that the user of the node may write",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database cannot be opened",
        "a file and a folder that the user of the node may read and write",
    ),
    sqlite3.SQLITE_TOOBIG: ("a value is larger than the database takes", "less than 1 GB a value"),
}


def code_of(error: sqlite3.Error) -> int:
    """The primary result code (sqlite.org/rescode.html), 1 if the error carries none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def storage_error(error: Exception, where: str) -> StorageError:
    """``error`` as a StorageError with what happened, what would be right, and the file."""
    if isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.InterfaceError):
        what, right = _RIGHT.get(code_of(error), ("the database refused", "see its message"))
        return StorageError(f"{what} ({error}); nothing was stored", right=right, where=where)
    return StorageError(
        f"a value cannot be stored ({error})",
        right="text without lone surrogates, integers of 64 bits",
        where=where,
    )
