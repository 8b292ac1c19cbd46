"""A lane for each peer: what one sends fast never stands in front of what another sends.

A peer is its TLS key, or its address where there is no TLS. Counters only; nothing is kept of a
peer that has no request in hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from starlette.types import Scope

from parley.web.problems import ProblemError

WORKED_ON = 2
IN_HAND = 8
WAIT_S = 3.0
RETRY_AFTER_S = 1


@dataclass(slots=True)
class _Lane:
    slots: asyncio.Semaphore
    in_hand: int = 0


class Lanes:
    """worked_on: batches of one peer that are verified and logged at the same time. in_hand: its
    requests that are read, wait or are worked on. wait_s: how long a batch waits for its turn."""

    def __init__(
        self, *, worked_on: int = WORKED_ON, in_hand: int = IN_HAND, wait_s: float = WAIT_S
    ) -> None:
        self._worked_on = worked_on
        self._in_hand = in_hand
        self._wait_s = wait_s
        self._lanes: dict[str, _Lane] = {}

    @property
    def peers(self) -> int:
        """How many peers have a request in hand."""
        return len(self._lanes)

    @contextmanager
    def admitted(self, who: str) -> Iterator[None]:
        """Around a whole request, its body included. Raises ProblemError 429 at once."""
        lane = self._lanes.setdefault(who, _Lane(asyncio.Semaphore(self._worked_on)))
        if lane.in_hand >= self._in_hand:
            raise _busy(f"{lane.in_hand} requests of this peer are in hand")
        lane.in_hand += 1
        try:
            yield
        finally:
            lane.in_hand -= 1
            if not lane.in_hand:
                self._lanes.pop(who, None)

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Around the work on a batch of an admitted request. Raises ProblemError 429."""
        slots = self._lanes[who].slots
        try:
            async with asyncio.timeout(self._wait_s):
                await slots.acquire()
        except TimeoutError:
            what = f"{self._worked_on} batches of this peer are being worked on"
            raise _busy(what) from None
        try:
            yield
        finally:
            slots.release()


def peer_of(scope: Scope) -> str:
    """The lane of a request: the pin of the peer's TLS key, else its address."""
    pin = scope.get("state", {}).get("peer_pin", "")
    return pin or (scope.get("client") or ("",))[0]


def _busy(what: str) -> ProblemError:
    headers = {"retry-after": str(RETRY_AFTER_S)}
    return ProblemError(429, "busy", what, right="try again later", headers=headers)
