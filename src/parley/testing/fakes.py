"""Fakes that fail. A store may fail before it persisted, or after: both happen to real disks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from parley.errors import StorageError
from parley.node.ports import Store, Tx

T = TypeVar("T")


class FailingStore:
    """A ``Store`` whose writes number ``fail_after`` + 1 ... fail, ``times`` of them (-1: all).

    persist_first=False: nothing was stored, as the port promises of every StorageError.
    persist_first=True: all was stored, and the acknowledgement was lost (a process killed, or a
    disk that failed, between the commit and the answer). Reads are those of ``inner``.
    """

    def __init__(
        self, inner: Store, *, fail_after: int = 0, persist_first: bool = False, times: int = 1
    ) -> None:
        self._inner = inner
        self._fail_after = fail_after
        self._persist_first = persist_first
        self._times = times
        self.writes = 0
        self.failures = 0

    def fail_next(self, times: int) -> None:
        """From now on the next so many writes fail."""
        self._fail_after, self._times = self.writes, times

    async def write(self, work: Callable[[Tx], T]) -> T:
        self.writes += 1
        past = self.writes - self._fail_after
        if past <= 0 or (self._times >= 0 and past > self._times):
            return await self._inner.write(work)
        self.failures += 1
        if self._persist_first:
            await self._inner.write(work)
        raise StorageError("the disk is full, says the fake", right="a disk with room")

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._inner.read(work)

    async def close(self) -> None:
        await self._inner.close()
