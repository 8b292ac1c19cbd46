"""The parts of a reading transaction (node/ports.py), in SQL; every change is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from parley.store.index import RowCache, SqlVolumes
from parley.store.session import Session

CHUNK = 256
LEAVES = ("SELECT leaf FROM log WHERE idx >= ? AND idx < ? ORDER BY idx", CHUNK)
HASHES = (
    "SELECT leaf_hash FROM log INDEXED BY log_hashes WHERE idx >= ? AND idx < ? ORDER BY idx",
    16 * CHUNK,
)
"""What is read of the log, in rows of so many: hashes lie close together, leaves apart."""
_LAST = 0x10FFFF
_Rows = list[tuple[str, bytes]]


class SqlTx:
    """A ``Tx`` on one session."""

    __slots__ = ("log", "outbox", "records", "volumes")

    def __init__(self, session: Session, cache: RowCache) -> None:
        self.log = SqlLog(session)
        self.records = SqlRecords(session)
        self.volumes = SqlVolumes(session, cache)
        self.outbox = SqlOutbox(session)


class _Reading:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def _refuse(self) -> NoReturn:
        self._session.check_writable()
        raise AssertionError("a part that only reads stands in a writing transaction")


class SqlLog(_Reading):
    __slots__ = ()

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        self._refuse()

    def size(self) -> int:
        size: int = self._session.rows("SELECT coalesce(max(idx) + 1, 0) FROM log")[0][0]
        return size

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return self.column(LEAVES, start, min(stop, self.size()))

    def hashes(self, start: int, stop: int) -> Iterator[bytes]:
        return self.column(HASHES, start, min(stop, self.size()))

    def index_of(self, note_hash: str) -> int | None:
        found = self._session.rows(
            "SELECT idx FROM log WHERE note_hash = ?", (stored_hash(note_hash),)
        )
        return found[0][0] if found else None

    def column(self, column: tuple[str, int], start: int, stop: int) -> Iterator[bytes]:
        sql, chunk = column
        for at in range(max(start, 0), stop, chunk):
            for (value,) in self._session.rows(sql, (at, min(at + chunk, stop))):
                yield value


class SqlRecords(_Reading):
    __slots__ = ()

    def put(self, table: str, key: str, value: bytes) -> None:
        self._refuse()

    def get(self, table: str, key: str) -> bytes | None:
        found = self._session.rows(
            "SELECT value FROM record WHERE tab = ? AND key = ?", (table, key)
        )
        return found[0][0] if found else None

    def delete(self, table: str, key: str) -> None:
        self._refuse()

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        bound = after_prefix(prefix)
        start, exclusive = scan_from(prefix, after)
        left = limit
        while left:
            size = CHUNK if left < 0 else min(left, CHUNK)
            found = self.chunk(table, start, bound, size, exclusive=exclusive)
            yield from found
            if len(found) < size:
                return
            start, exclusive = found[-1][0], True
            left = left - len(found) if left > 0 else left

    def chunk(
        self, table: str, start: str, bound: str | None, size: int, *, exclusive: bool
    ) -> _Rows:
        """The first ``size`` entries from ``start`` on (or behind it) and below ``bound``."""
        below = "" if bound is None else " AND key < ?"
        sql = (
            f"SELECT key, value FROM record WHERE tab = ? AND key {'>' if exclusive else '>='} ?"
            f"{below} ORDER BY key LIMIT ?"
        )
        values = (table, start) if bound is None else (table, start, bound)
        return self._session.rows(sql, (*values, size))

    def count(self, table: str) -> int:
        found = self._session.rows("SELECT count(*) FROM record WHERE tab = ?", (table,))
        return int(found[0][0])


class SqlOutbox(_Reading):
    __slots__ = ()

    def push(self, peer: str, index: int) -> None:
        self._refuse()

    def pending(self, peer: str, limit: int) -> list[int]:
        found = self._session.rows(
            "SELECT idx FROM outbox WHERE peer = ? ORDER BY seq LIMIT ?", (peer, limit)
        )
        return [index for (index,) in found]

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        self._refuse()

    def counts(self) -> dict[str, int]:
        return dict(self._session.rows("SELECT peer, count(*) FROM outbox GROUP BY peer"))


def stored_hash(note_hash: str) -> str | bytes:
    """How a note hash stands in the database: the 32 bytes of lower-case hex, other text as is."""
    if len(note_hash) == 64:
        try:
            data = bytes.fromhex(note_hash)
        except ValueError:
            return note_hash
        if data.hex() == note_hash:
            return data
    return note_hash


def scan_from(prefix: str, after: str) -> tuple[str, bool]:
    """Where a scan begins, and whether behind that key."""
    return (after, True) if after and after >= prefix else (prefix, False)


def after_prefix(prefix: str) -> str | None:
    """The least text above every text that starts with ``prefix``; None if there is none."""
    for end in range(len(prefix), 0, -1):
        last = ord(prefix[end - 1])
        if last < _LAST:
            following = 0xE000 if last == 0xD7FF else last + 1
            return prefix[: end - 1] + chr(following)
    return None
