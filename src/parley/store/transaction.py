"""The four parts of a transaction (node/ports.py), in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parley.errors import StorageError
from parley.store.index import RowCache, SqlVolumes
from parley.store.session import Session

_CHUNK = 256
_LAST = 0x10FFFF


class SqlTx:
    """A ``Tx`` on one session."""

    def __init__(self, session: Session, cache: RowCache) -> None:
        self._log = SqlLog(session)
        self._records = SqlRecords(session)
        self._volumes = SqlVolumes(session, cache)
        self._outbox = SqlOutbox(session)

    @property
    def log(self) -> SqlLog:
        return self._log

    @property
    def records(self) -> SqlRecords:
        return self._records

    @property
    def volumes(self) -> SqlVolumes:
        return self._volumes

    @property
    def outbox(self) -> SqlOutbox:
        return self._outbox


class SqlLog:
    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        index = self._session.insert(
            "INSERT INTO log (idx, leaf_hash, note_hash, leaf)"
            " SELECT coalesce(max(idx) + 1, 0), ?, ?, ? FROM log WHERE true"
            " ON CONFLICT (note_hash) DO NOTHING",
            (leaf_hash, note_hash, leaf),
        )
        if index is None:
            raise StorageError(
                f"the log holds the note {note_hash!r} already", right="each note once"
            )
        return index

    def size(self) -> int:
        size: int = self._session.rows("SELECT coalesce(max(idx) + 1, 0) FROM log")[0][0]
        return size

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return self._column("leaf", start, min(stop, self.size()))

    def hashes(self, start: int, stop: int) -> Iterator[bytes]:
        return self._column("leaf_hash", start, min(stop, self.size()))

    def index_of(self, note_hash: str) -> int | None:
        found = self._session.rows("SELECT idx FROM log WHERE note_hash = ?", (note_hash,))
        return found[0][0] if found else None

    def _column(self, column: str, start: int, stop: int) -> Iterator[bytes]:
        sql = f"SELECT {column} FROM log WHERE idx >= ? AND idx < ? ORDER BY idx"
        for at in range(max(start, 0), stop, _CHUNK):
            for (value,) in self._session.rows(sql, (at, min(at + _CHUNK, stop))):
                yield value


class SqlRecords:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, table: str, key: str, value: bytes) -> None:
        self._session.change(
            "INSERT INTO record (tab, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value",
            (table, key, value),
        )

    def get(self, table: str, key: str) -> bytes | None:
        found = self._session.rows(
            "SELECT value FROM record WHERE tab = ? AND key = ?", (table, key)
        )
        return found[0][0] if found else None

    def delete(self, table: str, key: str) -> None:
        self._session.change("DELETE FROM record WHERE tab = ? AND key = ?", (table, key))

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        """As the port says; a deletion of what was given already does not disturb it."""
        bound = after_prefix(prefix)
        below = "" if bound is None else " AND key < ?"
        first = f"SELECT key, value FROM record WHERE tab = ? AND key {{}} ?{below} ORDER BY key"
        sql = first.format(">" if after >= prefix and after else ">=") + " LIMIT ?"
        start, left = max(after, prefix), limit
        while left:
            values = (table, start) if bound is None else (table, start, bound)
            size = _CHUNK if left < 0 else min(left, _CHUNK)
            found = self._session.rows(sql, (*values, size))
            yield from found
            if len(found) < size:
                return
            start, left = found[-1][0], left - len(found) if left > 0 else left
            sql = first.format(">") + " LIMIT ?"

    def count(self, table: str) -> int:
        found = self._session.rows("SELECT count(*) FROM record WHERE tab = ?", (table,))
        return int(found[0][0])


class SqlOutbox:
    def __init__(self, session: Session) -> None:
        self._session = session

    def push(self, peer: str, index: int) -> None:
        """What is pending already keeps its place."""
        self._session.insert(
            "INSERT INTO outbox (peer, idx) VALUES (?, ?) ON CONFLICT (peer, idx) DO NOTHING",
            (peer, index),
        )

    def pending(self, peer: str, limit: int) -> list[int]:
        found = self._session.rows(
            "SELECT idx FROM outbox WHERE peer = ? ORDER BY seq LIMIT ?", (peer, limit)
        )
        return [index for (index,) in found]

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        self._session.change_each(
            "DELETE FROM outbox WHERE peer = ? AND idx = ?", [(peer, index) for index in indices]
        )

    def counts(self) -> dict[str, int]:
        return dict(self._session.rows("SELECT peer, count(*) FROM outbox GROUP BY peer"))


def after_prefix(prefix: str) -> str | None:
    """The least text above every text that starts with ``prefix``; None if there is none."""
    for end in range(len(prefix), 0, -1):
        last = ord(prefix[end - 1])
        if last < _LAST:
            following = 0xE000 if last == 0xD7FF else last + 1
            return prefix[: end - 1] + chr(following)
    return None
