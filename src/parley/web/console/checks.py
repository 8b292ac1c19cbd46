"""The live check of a draft that is being drawn: what is newer supersedes, few run at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from parley.web.problems import ProblemError

T = TypeVar("T")

AT_ONCE = 2
MOST_WAITING = 64


class Checks:
    """One check for a key at a time: when a newer one comes, the older is answered 409
    ``superseded`` at once, and never begun if it still waited for its turn."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._newest: dict[str, asyncio.Event] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def run(
        self,
        key: str,
        work: Callable[[], Coroutine[Any, Any, T]],
        gone: Callable[[], Awaitable[bool]],
    ) -> T:
        """What ``work`` gives. key: "" for a check that nothing supersedes. gone: whether the
        client went away. ProblemError: superseded, or too many wait."""
        if len(self._running) >= MOST_WAITING:
            raise ProblemError(429, "http", "too many checks wait", right="try again later")
        passed = asyncio.Event()
        if key:
            if older := self._newest.get(key):
                older.set()
            self._newest[key] = passed
        task = asyncio.create_task(self._turn(passed, work, gone))
        self._running.add(task)
        task.add_done_callback(self._ended)
        waiting = asyncio.create_task(passed.wait())
        try:
            await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise superseded()
        finally:
            waiting.cancel()
            if self._newest.get(key) is passed:
                del self._newest[key]

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # of a check that was superseded, nobody else asks for it

    async def _turn(
        self,
        passed: asyncio.Event,
        work: Callable[[], Coroutine[Any, Any, T]],
        gone: Callable[[], Awaitable[bool]],
    ) -> T:
        async with self._turns:
            if passed.is_set() or await gone():
                raise superseded()
            return await work()


def superseded() -> ProblemError:
    return ProblemError(
        409, "superseded", "a newer check of this draft came", right="the newer one's answer"
    )
