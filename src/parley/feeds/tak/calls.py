"""What TAK users call out, said to all parties under the duty role that the operator named.

The text names who called; nothing proves that he is who he says. A call is said once in the life
of its message, across restarts too: its mark stands in the text of our statement. One that our
node could not take is tried again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

import structlog

from parley.errors import ParleyError
from parley.feeds.tak.config import CANCEL, DISTRESS, STOP, TakConfig, TakCounts
from parley.feeds.tak.view import TakView
from parley.node.node import Node
from parley.rules.item import ItemRecord
from parley.rules.statements import Distress, Step
from parley.rules.statements import Stop as StopItem
from parley.wire.cot.decoder import Call, CancelCall, DistressCall, StopCall

MAX_REMEMBERED = 10_000
MAX_OWED = 1_000
MINUTE_MS = 60_000
MAX_A_MINUTE = 30
MAX_A_SENDER = 5
_KIND = {StopCall: STOP, DistressCall: DISTRESS, CancelCall: CANCEL}

_log = structlog.get_logger("parley.feeds.tak")


class TakCalls:
    """See the module. In ``counts``: "stop-not-accepted" ..., "call-repeated", "calls-limited"
    (more than five a sender or thirty in all within a minute, of each kind), "call-failed"."""

    def __init__(
        self,
        node: Node,
        config: TakConfig,
        view: TakView,
        clock_ms: Callable[[], int],
        counts: TakCounts,
    ) -> None:
        self._node = node
        self._config = config
        self._view = view
        self._clock = clock_ms
        self._counts = counts
        self._said: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lately: dict[str, deque[tuple[int, str]]] = {k: deque() for k in _KIND.values()}
        self._owed: list[Call] = []

    async def heed(self, calls: Sequence[Call]) -> None:
        """Says what may be said; never raises for a call."""
        for call in calls:
            if self._takes(call):
                self._owed.append(call)
        await self.retry()

    async def retry(self) -> None:
        """What the node could not take before."""
        owed, self._owed = self._owed, []
        for n, call in enumerate(owed):
            try:
                await self._say(call)
            except ParleyError as error:
                self._counts.reject("call-failed")
                self._tell("call-failed", call, error=str(error))
                self._owed = owed[n:][:MAX_OWED] + self._owed
                return

    def _takes(self, call: Call) -> bool:
        kind, mark, now_ms = _KIND[type(call)], _mark(call), self._clock()
        if kind == CANCEL:
            self._said.pop((DISTRESS, mark), None)
        if kind not in self._config.accept:
            self._counts.reject(f"{kind}-not-accepted")
            self._tell("call-not-accepted", call)
            return False
        if self._said.get((kind, mark), -1) >= now_ms:
            self._said[kind, mark] = max(self._said[kind, mark], call.stale_ms)
            self._counts.reject("call-repeated")
            return False
        if self._too_many(kind, call.sender):
            self._counts.reject("calls-limited")
            self._tell("calls-limited", call)
            return False
        self._said[kind, mark] = call.stale_ms
        while len(self._said) > MAX_REMEMBERED:
            self._said.popitem(last=False)
        return True

    def _too_many(self, kind: str, sender: str) -> bool:
        lately, now_ms = self._lately[kind], self._clock()
        while lately and not 0 <= now_ms - lately[0][0] < MINUTE_MS:
            lately.popleft()
        if len(lately) >= MAX_A_MINUTE:
            return True
        if sum(1 for _, who in lately if who == sender) >= MAX_A_SENDER:
            return True
        lately.append((now_ms, sender))
        return False

    async def _say(self, call: Call) -> None:
        mark = _mark(call)
        known = await self._known(mark)
        if isinstance(call, CancelCall):
            await self._lift(call, known)
            return
        if known is not None and _is_repeat(call, known):
            self._counts.reject("call-repeated")
            return
        who = f"TAK user {call.callsign or 'without a callsign'} (uid {call.sender})"
        if isinstance(call, StopCall):
            text = f"Called by {who} over {self._config.name}: {call.text} {mark}"
            posted = await self._node.stop(role=self._config.role, text=text)
        else:
            text = f"Called by {who} over {self._config.name}. {call.text} {mark}".strip()
            posted = await self._node.distress(
                role=self._config.role,
                subject=call.subject,
                since_ms=call.at_ms,
                position=call.position,
                uncertainty_m=call.uncertainty_m,
                text=text,
            )
        self._tell("call-said", call, ref=posted.ref)

    async def _lift(self, call: CancelCall, known: ItemRecord | None) -> None:
        if known is None or not isinstance(known.content, Distress) or known.closed:
            self._counts.reject("nothing-to-cancel")
            return
        who = f"TAK user {call.callsign or 'without a callsign'} (uid {call.sender})"
        text = f"Cancelled by {who} over {self._config.name}"
        await self._node.step(known.ref, Step.ALL_CLEAR, role=self._config.role, text=text)
        self._tell("call-cancelled", call, ref=known.ref)

    async def _known(self, mark: str) -> ItemRecord | None:
        """The statement of ours that this call became; of several the open one, or the last."""
        found: ItemRecord | None = None
        async for record in self._view.items():
            content = record.content
            if not isinstance(content, StopItem | Distress) or not content.text.endswith(mark):
                continue
            if not record.closed:
                return record
            if found is None or record.closed_ms > found.closed_ms:
                found = record
        return found

    def _tell(self, what: str, call: Call, **more: str) -> None:
        _log.warning(
            what,
            feed=self._config.name,
            call=_KIND[type(call)],
            callsign=call.callsign,
            uid=call.sender,
            **more,
        )


def _is_repeat(call: StopCall | DistressCall, known: ItemRecord) -> bool:
    """A device uses one uid for all its alerts: one that began after the last was lifted is new."""
    if isinstance(call, StopCall) or not known.closed:
        return True
    return call.at_ms <= known.closed_ms


def _mark(call: Call) -> str:
    """The same for every repeat of a message, and for an alert and its cancellation."""
    return f"[tak {hashlib.sha256(call.uid.encode('utf-8', 'replace')).hexdigest()[:16]}]"
