"""Notes of others that we were asked to hand to one peer: handed over, and testified about.

A peer that is silent to another party is asked a few times at our own pace; what came of it is
said once. Nothing of ours waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from parley.errors import ParleyError
from parley.node.challenge import Relay
from parley.node.node import Node
from parley.node.views import Parcel
from parley.peers.answers import notes_body, refused_whole, verdicts
from parley.peers.courier import NOTES_PATH, Pace
from parley.peers.line import Line, Unreached

TRIES = 3

_log = structlog.get_logger("parley.peers")


class Relays:
    """The task for one peer. ``jitter``: as the courier's."""

    def __init__(
        self, node: Node, peer: str, line: Line, *, pace: Pace, jitter: Callable[[], float]
    ) -> None:
        self._node = node
        self._peer = peer
        self._line = line
        self._pace = pace
        self._jitter = jitter
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"parley-relay-{self._peer}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                for relay in await self._node.relays(self._peer):
                    outcome, receipt = await self._handed_over(relay)
                    _log.info("relayed", peer=self._peer, author=relay.author, outcome=outcome)
                    await self._node.testify(relay, outcome, receipt)
            except ParleyError as error:
                _log.warning("relay-waits", peer=self._peer, error=error.what)
            except Exception as error:  # noqa: BLE001 - the task lives on, whatever happens
                _log.error("relay-fell", peer=self._peer, exc_info=error)
            await asyncio.sleep(self._pace.heartbeat_s)

    async def _handed_over(self, relay: Relay) -> tuple[str, bytes]:
        """What the peer answered at the first try at which it answered anything lasting."""
        for tried in range(1, TRIES + 1):
            try:
                return await self._hand_over(relay)
            except Unreached as failure:
                _log.info("relay-unanswered", peer=self._peer, error=str(failure))
            if tried < TRIES:
                await asyncio.sleep(self._pace.retry_s(tried, self._jitter()))
        return "no answer", b""

    async def _hand_over(self, relay: Relay) -> tuple[str, bytes]:
        parcel = Parcel(0, relay.note)
        answer = await self._line.post(
            NOTES_PATH,
            notes_body([parcel]),
            "application/json",
            timeout_s=self._pace.timeout_s,
        )
        if refused_whole(answer, self._peer):
            return "refused", b""
        (verdict,) = verdicts([parcel], answer, self._peer)
        return ("refused", b"") if verdict.receipt is None else ("receipt", verdict.receipt)
