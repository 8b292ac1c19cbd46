"""The service that follows the node's journal and tells people: each outlet a task of its own.

At least once: where an outlet has come to is kept in the node's store behind each message that was
taken (table ``alerts``), and whatever is sent again has the same key. A server that is slow or
dead delays its own outlet alone. STOP, DISTRESS and FLASH go first and are never gathered.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from parley.errors import ParleyError
from parley.node.node import Node
from parley.outlets.config import OutletConfig, Rule
from parley.outlets.message import Alert, Message, Sender, Undelivered
from parley.outlets.telling import Telling

TABLE = "alerts"
BATCH = 200
SPELLED = 20
"""So many alerts of a flood are spelled out, the rest is counted."""
SAVE_EVERY = 500
"""Events that nobody is told of are noted as passed in steps of so many."""

_log = structlog.get_logger("parley.outlets")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: the first and the longest pause behind a failure; how long a stop waits for what
    is being sent."""

    first_retry_s: float = 2.0
    last_retry_s: float = 120.0
    grace_s: float = 20.0


@dataclass(frozen=True, slots=True)
class OutletHealth:
    """How an outlet fares. state: "ready", "failing" (what waits is tried again) or "stopped".

    sent: messages; told: alerts in them; held: not for its recipient; refused: for good by the
    other side; waiting: alerts that are to go. cursor: the journal's last event dealt with.
    """

    name: str
    kind: str
    recipient: str
    where: str
    state: str
    sent: int
    told: int
    held: int
    refused: int
    waiting: int
    cursor: int
    last_ms: int
    error: str


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A message and the events that it tells of."""

    message: Message
    seqs: tuple[int, ...]


class Alerts:
    """All outlets of a node. senders: the sender of each outlet by its name; jitter: 0..1."""

    def __init__(
        self,
        node: Node,
        outlets: Sequence[OutletConfig],
        rules: Sequence[Rule],
        senders: Mapping[str, Sender],
        *,
        clock_ms: Callable[[], int],
        jitter: Callable[[], float],
        pace: Pace = Pace(),
    ) -> None:
        self._lines = [
            OutletLine(node, one, rules, senders[one.name], clock_ms, jitter, pace)
            for one in outlets
        ]

    async def start(self) -> None:
        """An outlet that is new begins with what happens from now on."""
        for line in self._lines:
            await line.start()

    async def stop(self) -> None:
        """What is being sent is waited for, a little; the rest goes when it starts again."""
        await asyncio.gather(*(line.stop() for line in self._lines))

    def health(self) -> tuple[OutletHealth, ...]:
        """In the order of alerts.json."""
        return tuple(line.health() for line in self._lines)


class OutletLine:
    """One outlet: reads the journal ahead, keeps what waits, sends, notes how far it has come."""

    def __init__(
        self,
        node: Node,
        config: OutletConfig,
        rules: Sequence[Rule],
        sender: Sender,
        clock_ms: Callable[[], int],
        jitter: Callable[[], float],
        pace: Pace,
    ) -> None:
        self.config = config
        self._node = node
        self._telling = Telling(node, config, rules)
        self._sender = sender
        self._clock_ms = clock_ms
        self._jitter = jitter
        self._pace = pace
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[int, Alert] = {}
        self._afloat: list[Alert] = []
        self._afloat_seen = 0
        self._digest: _Parcel | None = None
        self._ahead: set[int] = set()
        self._read = self._saved = 0
        self._tokens = float(config.per_minute)
        self._filled_s = self._digest_s = self._retry_s = 0.0
        self._failures = 0
        self._sent = self._told = self._held = self._refused = self._last_ms = 0
        self._error = ""

    async def start(self) -> None:
        """Takes up where it was; ParleyError if the store cannot say."""
        kept = await self._node.look(lambda desk: desk.tx.records.get(TABLE, self.config.name))
        if kept is None:
            self._read = await self._node.last_event()
            await self._save()
        else:
            said = json.loads(kept)
            last = await self._node.last_event()
            self._read = self._saved = min(int(said["seq"]), last)
            self._ahead = {int(seq) for seq in said["ahead"] if int(seq) <= last}
        self._closing.clear()
        loop = asyncio.get_running_loop()
        self._filled_s = loop.time()
        self._task = asyncio.create_task(self._run(), name=f"parley-alerts-{self.config.name}")

    async def stop(self) -> None:
        self._closing.set()
        task, self._task = self._task, None
        if task is not None:
            await asyncio.wait({task}, timeout=self._pace.grace_s)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            with contextlib.suppress(ParleyError):
                await self._save()
        await self._sender.close()

    def health(self) -> OutletHealth:
        state = "failing" if self._failures else "ready"
        config = self.config
        return OutletHealth(
            config.name, config.kind, config.recipient, config.shown,
            state if self._task is not None else "stopped",
            self._sent, self._told, self._held, self._refused,
            len(self._waiting) + len(self._afloat), self._cursor(), self._last_ms, self._error,
        )  # fmt: skip

    # The loop --------------------------------------------------------------------------------

    async def _run(self) -> None:
        closing = asyncio.create_task(self._closing.wait())
        bell: asyncio.Task[None] | None = None
        try:
            while not self._closing.is_set():
                if bell is None or bell.done():
                    bell = asyncio.create_task(self._node.wait_for_event())
                    await asyncio.sleep(0)  # the bell is held before the journal is read
                pause_s = await self._beat()
                if pause_s == 0:
                    continue
                await asyncio.wait(
                    {bell, closing}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            closing.cancel()
            if bell is not None:
                bell.cancel()

    async def _beat(self) -> float | None:
        """Reads what is new, sends one message if it may. How long there is nothing to do: 0 for
        not at all, None until something happens."""
        try:
            more = await self._look()
            parcel = self._due()
            if parcel is not None:
                await self._deliver(parcel)
                return 0
            if more:
                return 0
            if self._read - self._saved >= SAVE_EVERY and not self._waiting:
                await self._save()
            return self._pause_s()
        except ParleyError as error:
            _log.error("alerts-store", outlet=self.config.name, error=str(error))
            self._error = "our own store failed; see the log"
            return self._pace.first_retry_s

    async def _look(self) -> bool:
        """Whether there is more to read."""
        for alarm in self._node.alarms():
            if alarm.number > self._afloat_seen:
                self._afloat_seen = alarm.number
                words = ", ".join(f"{name} {value}" for name, value in alarm.data.items())
                key = f"{self._node.context.party}:{self.config.name}:{alarm.at_ms}:{alarm.number}"
                text = f"{alarm.kind}: {words}"
                told = self._telling.afloat(key, alarm.kind, text, alarm.at_ms)
                self._afloat += [] if told.alert is None else [told.alert]
        batch = await self._node.events(self._read, BATCH)
        for event in batch:
            if event.seq not in self._ahead:
                told = await self._telling.alert(event)
                self._held += told.held
                if told.alert is not None:
                    self._waiting[event.seq] = told.alert
            self._read = event.seq
        return len(batch) == BATCH

    def _due(self) -> _Parcel | None:
        """The message that may go now, the urgent first."""
        now_s = asyncio.get_running_loop().time()
        if now_s < self._retry_s:
            return None
        urgent = self._afloat[:1] or [a for a in self._waiting.values() if a.urgent][:1]
        if urgent:
            return self._parcel(urgent)
        if not self._waiting or self._digest is not None:
            return self._digest
        rate = self.config.per_minute
        grown = (now_s - self._filled_s) * rate / 60
        self._tokens, self._filled_s = min(float(rate), self._tokens + grown), now_s
        waiting = list(self._waiting.values())
        if len(waiting) <= self._tokens:
            return self._parcel(waiting[:1])
        if now_s < self._digest_s:
            return None
        self._digest_s = now_s + self.config.digest_s
        self._digest = self._parcel(waiting)
        return self._digest

    def _parcel(self, alerts: list[Alert]) -> _Parcel:
        party = self._node.context.party
        seqs = tuple(alert.seq for alert in alerts)
        first, last = alerts[0], alerts[-1]
        if len(alerts) == 1:
            return _Parcel(Message(first.key, party, first.at_ms, (first,)), seqs)
        digest = hashlib.sha256("\n".join(alert.key for alert in alerts).encode()).hexdigest()
        key = f"{party}:{self.config.name}:{first.seq}-{last.seq}:{digest[:16]}"
        shown, more = tuple(alerts[:SPELLED]), len(alerts[SPELLED:])
        return _Parcel(Message(key, party, last.at_ms, shown, more), seqs)

    async def _deliver(self, parcel: _Parcel) -> None:
        message = parcel.message
        try:
            await self._sender.send(message)
        except Undelivered as why:
            if not why.refused:
                self._failed(str(why))
                return
            self._refused += 1
            self._error = str(why)
            _log.warning("alert-refused", outlet=self.config.name, key=message.key, why=str(why))
        except Exception as error:  # noqa: BLE001 - an outlet lives on, whatever happens
            _log.error("alert-fell", outlet=self.config.name, why=type(error).__name__)
            self._failed(f"the outlet fell: {type(error).__name__}")
            return
        else:
            self._sent += 1
            self._told += len(parcel.seqs)
            self._error = ""
        self._failures, self._retry_s = 0, 0.0
        self._last_ms = self._clock_ms()
        await self._gone(parcel)

    async def _gone(self, parcel: _Parcel) -> None:
        """What the message told waits no longer, and that is kept."""
        if not parcel.message.urgent:
            self._tokens = max(0.0, self._tokens - 1)
        if parcel is self._digest:
            self._digest = None
        self._afloat = [one for one in self._afloat if one.key != parcel.message.key]
        for seq in parcel.seqs:
            if self._waiting.pop(seq, None) is not None:
                self._ahead.add(seq)
        await self._save()

    def _failed(self, why: str) -> None:
        """Tried again behind a pause that doubles."""
        if not self._failures:
            _log.warning("alerts-failing", outlet=self.config.name, why=why)
        self._error = why
        pause_s = min(self._pace.first_retry_s * 2**self._failures, self._pace.last_retry_s)
        self._failures = min(self._failures + 1, 30)
        now_s = asyncio.get_running_loop().time()
        self._retry_s = now_s + pause_s * (0.5 + self._jitter() / 2)

    def _pause_s(self) -> float | None:
        if not (self._waiting or self._afloat):
            return None
        now_s = asyncio.get_running_loop().time()
        if now_s < self._retry_s:
            return self._retry_s - now_s + 0.001
        return max(0.01, self._digest_s - now_s)

    # What is kept ----------------------------------------------------------------------------

    def _cursor(self) -> int:
        """All up to here is dealt with."""
        return min(self._waiting) - 1 if self._waiting else self._read

    async def _save(self) -> None:
        seq = self._cursor()
        self._ahead = {one for one in self._ahead if one > seq}
        data = json.dumps({"seq": seq, "ahead": sorted(self._ahead)}).encode()
        name = self.config.name
        await self._node.keep(lambda desk: desk.tx.records.put(TABLE, name, data))
        self._saved = seq
