"""The SQLite store: one thread that writes in groups, a few that read. Threads never show.

Works that wait while a commit is under way run one after another and share the next commit; none
is acknowledged before it. What they change is staged and written in bulk before the commit; a
work that fails is undone alone. Write-ahead log, synchronous=FULL: acknowledged is on the disk,
as far as the disk tells the truth; a store opened with synced=False does not wait for it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from parley.errors import StorageError
from parley.node.ports import Tx
from parley.store.faults import storage_error
from parley.store.index import RowCache
from parley.store.schema import connect, open_writer
from parley.store.session import Session
from parley.store.staged import Stage, StagedTx
from parley.store.transaction import SqlTx

T = TypeVar("T")

GROUP_WORKS = 256
GROUP_S = 0.02
CACHED_ROWS = 8_192
READERS = 2


@dataclass(frozen=True, slots=True)
class _Job:
    """A unit of work, and the future of the loop that waits for it."""

    work: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    job: _Job
    result: Any = None
    error: BaseException | None = None


_Jobs = SimpleQueue[_Job | None]  # None: nothing comes any more


class SqliteStore:
    """A ``Store`` in one SQLite file. Open it with ``await SqliteStore.open(path)``.

    Belongs to one event loop. A write that is cancelled before its turn is not done; one that is
    cancelled later may stand. After ``close`` every call is a StorageError.
    """

    def __init__(self, path: Path, writer: sqlite3.Connection, readers: list[sqlite3.Connection],
                 cached_rows: int) -> None:  # fmt: skip
        where = str(path)
        cache = RowCache(cached_rows)
        self._where = where
        self._writes: _Jobs = SimpleQueue()
        self._reads: _Jobs = SimpleQueue()
        self._closed: asyncio.Future[None] | None = None
        self._writer = Thread(
            target=_Writer(writer, where, cache, self._writes).run,
            name="parley-store-writer",
            daemon=True,
        )
        self._readers = [
            Thread(
                target=_Reader(reader, where, cache, self._reads).run,
                name="parley-store-reader",
                daemon=True,
            )
            for reader in readers
        ]
        for thread in (self._writer, *self._readers):
            thread.start()

    @classmethod
    async def open(
        cls,
        path: Path | str,
        *,
        readers: int = READERS,
        cached_rows: int = CACHED_ROWS,
        synced: bool = True,
    ) -> SqliteStore:
        """Opens the database at ``path``, creating it if there is none.

        readers: threads that read side by side. cached_rows: decoded rows of the 4-D index
        kept in memory. synced: False for a store whose last moments may be lost with the machine's
        power, never its wholeness (cosignatures, which peers give again): a commit then does not
        wait for the disk. Raises ConfigError for a file that is not ours, is of a newer layout or
        cannot be opened; StorageError where the disk is full or the database damaged or locked.
        """
        return await asyncio.to_thread(cls._open, Path(path), readers, cached_rows, synced)

    @classmethod
    def _open(cls, path: Path, readers: int, cached_rows: int, synced: bool) -> SqliteStore:
        writer = open_writer(path, synced=synced)
        opened = [writer]
        try:
            for _ in range(max(readers, 1)):
                opened.append(connect(path, writer=False))  # noqa: PERF401 (close what is open)
            return cls(path, writer, opened[1:], cached_rows)
        except BaseException as error:
            for connection in opened:
                connection.close()
            if isinstance(error, sqlite3.Error):
                raise storage_error(error, str(path)) from error
            raise

    async def write(self, work: Callable[[Tx], T]) -> T:
        """As ``Store.write``; the work runs in the writer's thread and must not wait for others."""
        return await self._submit(self._writes, work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """As ``Store.read``; sees every write that was acknowledged before it was asked for."""
        return await self._submit(self._reads, work)

    async def close(self) -> None:
        """Finishes what is waiting, then closes the file. A second call waits for the first."""
        if self._closed is None:
            self._closed = asyncio.ensure_future(asyncio.to_thread(self._drain))
        await asyncio.shield(self._closed)

    def _drain(self) -> None:
        for _ in self._readers:
            self._reads.put(None)
        for reader in self._readers:
            reader.join()
        self._writes.put(None)
        self._writer.join()

    def _submit(self, jobs: _Jobs, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        if self._closed is not None:
            raise StorageError("the store is closed", right="an open store", where=self._where)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        jobs.put(_Job(work, loop, future))
        return future


class _Reader:
    """Runs reading works, each in a transaction of its own, until there are no more."""

    def __init__(
        self, connection: sqlite3.Connection, where: str, cache: RowCache, jobs: _Jobs
    ) -> None:
        self._connection = connection
        self._where = where
        self._cache = cache
        self._jobs = jobs

    def run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.future.cancelled():
                _deliver([self._do(job)])
        self._connection.close()

    def _do(self, job: _Job) -> _Outcome:
        session = Session(self._connection, self._where, writable=False, fresh_from=None)
        try:
            self._connection.execute("BEGIN")
            outcome = _run(job, session, SqlTx(session, self._cache))
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            return outcome
        except (sqlite3.Error, MemoryError) as error:
            return _Outcome(job, error=storage_error(error, self._where))


class _Writer:
    """Runs writing works in groups, a commit for each group, until there are no more."""

    def __init__(
        self, connection: sqlite3.Connection, where: str, cache: RowCache, jobs: _Jobs
    ) -> None:
        self._connection = connection
        self._where = where
        self._cache = cache
        self._jobs = jobs
        self._stage = Stage()
        self._ended = False

    def run(self) -> None:
        while not self._ended and (job := self._jobs.get()) is not None:
            _deliver(self._group(job))
        self._connection.close()

    def _group(self, first: _Job) -> list[_Outcome]:
        """One transaction: the first job and those that wait meanwhile, then the commit."""
        done: list[_Outcome] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._stage.begin(self._connection)
            fresh_from = self._fresh_from()
            for job in self._waiting(first):
                done.append(_Outcome(job))
                done[-1] = self._do(job, fresh_from)
            self._stage.flush(self._connection)
            self._connection.execute("COMMIT")
            self._stage.committed(self._cache)
            return done
        except (sqlite3.Error, MemoryError) as error:
            lost = storage_error(error, self._where)
        except StorageError as error:
            lost = error
        self._give_up()
        done = done or [_Outcome(job) for job in self._waiting(first)]
        return [o if o.error is not None else _Outcome(o.job, error=lost) for o in done]

    def _waiting(self, first: _Job) -> Iterator[_Job]:
        """The first job and whatever waits by then, within the bounds of a group."""
        until = monotonic() + GROUP_S
        job: _Job | None = first
        for _ in range(GROUP_WORKS):
            if job is None:
                self._ended = True
                return
            if not job.future.cancelled():
                yield job
            if monotonic() >= until:
                return
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return

    def _fresh_from(self) -> int:
        """Ids of volumes from here on are not committed while this transaction runs."""
        found = self._connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'volume'"
        ).fetchone()
        return int(found[0]) + 1 if found else 1

    def _do(self, job: _Job, fresh_from: int) -> _Outcome:
        """One work, undone if it fails. Raises StorageError when the whole transaction is gone."""
        session = Session(self._connection, self._where, writable=True, fresh_from=fresh_from)
        tx = StagedTx(session, self._stage, self._cache)
        outcome = _run(job, session, tx)
        if not self._connection.in_transaction:
            raise session.fault or StorageError(
                "the database gave the transaction up", right="try again", where=self._where
            )
        if outcome.error is not None:
            tx.undo()
        if session.saved:
            if outcome.error is not None:
                self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")
        return outcome

    def _give_up(self) -> None:
        self._stage.forget()
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _run(job: _Job, session: Session, tx: Tx) -> _Outcome:
    """Runs the work; whatever it raises is its outcome, and so is a fault that it hid."""
    try:
        result = job.work(tx)
        if session.fault is not None:
            return _Outcome(job, error=session.fault)
        return _Outcome(job, result)
    except StopIteration as error:  # a future does not take it
        return _Outcome(job, error=RuntimeError(f"the work raised {error!r}"))
    except BaseException as error:  # noqa: BLE001 (it goes to the one who awaits the work)
        return _Outcome(job, error=error)
    finally:
        session.end()


def _deliver(outcomes: list[_Outcome]) -> None:
    """Wakes those who wait, once for each loop."""
    for loop in {outcome.job.loop for outcome in outcomes}:
        mine = [outcome for outcome in outcomes if outcome.job.loop is loop]
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(_settle, mine)


def _settle(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        future = outcome.job.future
        if future.done():
            continue
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.result)
