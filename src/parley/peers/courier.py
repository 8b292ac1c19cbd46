"""The courier to one peer: carries what waits, keeps the receipts, knows the state of the link.

Two tasks a courier: one carries parcels, first in, first out; one sends heartbeats. Neither can
die silently: what it did not expect is logged and it starts again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from parley.errors import ParleyError
from parley.node.node import Node
from parley.node.views import Link, Parcel
from parley.peers.answers import Verdict, notes_body, refused_whole, verdicts
from parley.peers.heartbeat import Heartbeat, Pulse, open_heartbeat, seal_heartbeat
from parley.peers.line import Line, Unreached

NOTES_PATH = "/peer/v1/notes"
HEARTBEAT_PATH = "/peer/v1/heartbeat"
NOTE_TYPE = "text/plain; charset=utf-8"

_log = structlog.get_logger("parley.peers")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how much. A link is up while both directions are younger than 3 heartbeats.

    batch_notes, batch_bytes: bounds of one body (notes before JSON; one note always goes).
    head_s: between two rounds of heads, cosignatures and mirrors.
    """

    heartbeat_s: float = 5.0
    first_retry_s: float = 0.25
    last_retry_s: float = 30.0
    timeout_s: float = 15.0
    batch_notes: int = 100
    batch_bytes: int = 1024 * 1024
    head_s: float = 5.0

    def retry_s(self, failures: int, jitter: float) -> float:
        """The wait after so many failures in a row; jitter in [0, 1) takes up to a half off."""
        longest = min(self.last_retry_s, self.first_retry_s * 2.0 ** min(failures - 1, 30))
        return longest * (1.0 - 0.5 * jitter)


class Courier:
    """See the module. ``jitter`` gives numbers in [0, 1), ``timer`` monotonic seconds, ``pending``
    how many notes wait for a peer."""

    def __init__(
        self,
        node: Node,
        peer: str,
        line: Line,
        pulse: Pulse,
        *,
        pace: Pace,
        jitter: Callable[[], float],
        timer: Callable[[], float],
        pending: Callable[[str], Awaitable[int]],
    ) -> None:
        self.peer = peer
        self._node = node
        self._line = line
        self._pulse = pulse
        self._pace = pace
        self._jitter = jitter
        self._timer = timer
        self._count = pending
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._keeping: asyncio.Task[None] | None = None
        self._kept_soon: frozenset[int] = frozenset()
        self._single = False
        self._failures = 0
        self._errors = {"carry": "", "beat": ""}
        self._disagreement = ""
        self.proofs_error = ""
        self._pending = 0
        self._reached_s = self._heard_s = float("-inf")
        self._reached_ms = self._heard_ms = -1
        self._up = False
        self._since_ms = node.clock()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._kept_alive(name, work), name=f"parley-{name}-{self.peer}")
            for name, work in (("carry", self._carry), ("beat", self._beat))
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        with contextlib.suppress(ParleyError):
            await self._kept()

    def wake(self) -> None:
        """Something new waits, or the peer is back: try at once."""
        self._woken.set()

    async def heard(self, at_ms: int, disagreement: str) -> None:
        """A fresh heartbeat of this peer came to our door, at ``at_ms`` by our clock.

        disagreement: both agreements, if the peer works under another one than we do."""
        self._disagreement = disagreement
        if not disagreement:
            self._heard_s, self._heard_ms = self._timer(), at_ms
        self.wake()
        await self._publish()

    # Parcels

    async def _carry(self) -> None:
        while True:
            self._woken.clear()
            try:
                carried = await self._carry_some()
                self._failures, self._errors["carry"] = 0, ""
            except (Unreached, ParleyError) as failure:
                self._fail("carry", failure)
                self._failures += 1
                wait_s = self._pace.retry_s(self._failures, self._jitter())
                pause_s = min(wait_s, self._pace.first_retry_s)
                await asyncio.sleep(pause_s)  # a burst of new work is no burst of tries
                await self._rest(wait_s - pause_s)
                continue
            if not carried:
                await self._rest(self._pace.heartbeat_s)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _carry_some(self) -> bool:
        """One batch on its way and what became of it. False: nothing waits, or it waits until
        both sides work under one agreement again (the peer would refuse it for good), or until
        the peer has said what it knows of our log."""
        confirming = self._node.trust.confirming
        held = confirming.unconfirmed((self.peer,)) and not confirming.behind
        if self._disagreement or held:
            return False
        one = self._single or self._failures > 0  # who failed is asked with one note first
        if one:
            await self._kept()
        limit = len(self._kept_soon) + (1 if one else self._pace.batch_notes)
        waiting = await self._node.parcels(self.peer, limit)
        batch = self._bounded([p for p in waiting if p.index not in self._kept_soon])
        if not batch:
            return await self._kept()
        answer = await self._line.post(
            NOTES_PATH, notes_body(batch), "application/json", timeout_s=self._pace.timeout_s
        )
        await self._kept()
        reason = refused_whole(answer, self.peer)
        if reason and len(batch) > 1:
            self._single = True  # find the guilty one: the others are not refused with it
            return True
        self._single = False
        if reason:
            await self._settle([Verdict(batch[0], None, reason)])
        else:
            self._keep_soon(verdicts(batch, answer, self.peer))
        await self._reached()
        return True

    def _keep_soon(self, found: Sequence[Verdict]) -> None:
        """Keep what came while the next batch is under way. What is lost with us before it is
        kept is sent again, and the peer gives its old receipt."""
        self._kept_soon = frozenset(verdict.parcel.index for verdict in found)
        self._keeping = asyncio.create_task(self._settle(found), name=f"parley-keep-{self.peer}")

    async def _kept(self) -> bool:
        """Returns when the batch before is kept, or raises why not; False if there was none."""
        keeping, self._keeping, self._kept_soon = self._keeping, None, frozenset()
        if keeping is None:
            return False
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            self._keeping = keeping  # we are stopped: ``stop`` waits for it
            raise
        return True

    def _bounded(self, waiting: Sequence[Parcel]) -> Sequence[Parcel]:
        size = 0
        for count, parcel in enumerate(waiting):
            size += len(parcel.note)
            if count == self._pace.batch_notes or (count and size > self._pace.batch_bytes):
                return waiting[:count]
        return waiting

    async def _settle(self, found: Sequence[Verdict]) -> None:
        """Keep what came, in order; what was not settled waits on and is sent again."""
        receipted: list[tuple[Parcel, bytes]] = []
        for verdict in found:
            if verdict.receipt is not None:
                receipted.append((verdict.parcel, verdict.receipt))
                continue
            await self._keep(receipted)
            receipted = []
            _log.warning("note-refused", peer=self.peer, index=verdict.parcel.index)
            await self._node.refused(self.peer, verdict.parcel, verdict.reason)
        await self._keep(receipted)

    async def _keep(self, receipted: Sequence[tuple[Parcel, bytes]]) -> None:
        """All in one unit of work; if one of them is bad, one by one up to the bad one."""
        if not receipted:
            return
        try:
            await self._node.delivered_many(self.peer, receipted)
        except ParleyError:
            if len(receipted) == 1:
                raise
            for parcel, receipt in receipted:
                await self._node.delivered(self.peer, parcel, receipt)

    # Heartbeats and the link

    async def _beat(self) -> None:
        while True:
            began_s = self._timer()
            try:
                await self._beat_once()
                self._errors["beat"] = ""
            except (Unreached, ParleyError) as failure:
                self._fail("beat", failure)
            await self._publish()
            await asyncio.sleep(max(0.0, began_s + self._pace.heartbeat_s - self._timer()))

    async def _beat_once(self) -> None:
        context = self._node.context
        self._pending = await self._count(self.peer)
        number = self._pulse.next()
        beat = Heartbeat(
            context.party,
            self.peer,
            context.agreement_ref,
            self._node.clock(),
            number,
            self._pulse.heard,
            self._pending,
        )
        answer = await self._line.post(
            HEARTBEAT_PATH,
            seal_heartbeat(beat, context.key),
            NOTE_TYPE,
            timeout_s=self._pace.heartbeat_s,
        )
        if answer.status != 200:
            raise Unreached(f"{self.peer} answered a heartbeat with {answer.status}")
        theirs = open_heartbeat(
            answer.body, (await self._node.ring()).keys_of(self.peer), us=context.party
        )
        if not self._pulse.answered(number, theirs.heard):
            raise Unreached(f"{self.peer} answered another heartbeat than the last")
        self._disagreement = disagreement(theirs, context.agreement_ref)
        if not self._disagreement:
            await self._reached()

    async def _reached(self) -> None:
        """An exchange with the peer succeeded."""
        self._reached_s, self._reached_ms = self._timer(), self._node.clock()
        if not self._up:
            self._failures = 0
            self.wake()
            await self._publish()

    def _fail(self, task: str, failure: Exception) -> None:
        text = failure.what if isinstance(failure, ParleyError) else str(failure)
        if text != self._errors[task]:
            _log.warning("link-trouble", peer=self.peer, task=task, error=text)
        self._errors[task] = text

    async def _publish(self) -> None:
        """Tell the node how the link is; a change becomes an event that the officer sees."""
        oldest_s = min(self._reached_s, self._heard_s)
        up = self._timer() - oldest_s < 3 * self._pace.heartbeat_s and not self._disagreement
        if up != self._up:
            self._up, self._since_ms = up, self._node.clock()
            _log.info("link", peer=self.peer, up=up)
        link = Link(
            self.peer,
            self._up,
            self._since_ms,
            self._reached_ms,
            self._heard_ms,
            self._pending,
            self._disagreement or self._errors["carry"] or self._errors["beat"],
            self.proofs_error,
            self._node.trust.heads.cosigned_size(self.peer),
        )
        try:
            await self._node.set_link(link)
        except ParleyError as error:
            self._fail("beat", error)

    async def _kept_alive(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - a courier lives on, whatever happens
                _log.error("courier-fell", peer=self.peer, task=name, exc_info=error)
                self._errors[name] = f"the courier fell: {type(error).__name__}"
            await asyncio.sleep(self._pace.first_retry_s)


def disagreement(theirs: Heartbeat, ours: str) -> str:
    """Both agreements in one line if they differ, else ""."""
    if theirs.agreement == ours:
        return ""
    said = "".join(c if c.isprintable() else " " for c in theirs.agreement)
    return f"{theirs.by} works under {said}, we under {ours}"
