"""Comms checks on a timer: each line to each counterpart is asked every so often, by no person.

A check that was followed by a newer one which is heard, or missed like it, is withdrawn: of a
line that is silent for days one finding stands, and the log has all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from parley.errors import ConfigError, ParleyError
from parley.liaison.hotline import lines as rules
from parley.liaison.hotline.contents import Check, LineName
from parley.liaison.papers.paper import Content
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.liaison import shelf
from parley.node.liaison.hotline_lines import counterparts, newest_check
from parley.node.liaison.views import Filed
from parley.node.ports import Clock

T = TypeVar("T")

_log = structlog.get_logger("parley.hotline")
LEAST_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """safety_every_s, strategic_every_s: between two checks of a line, 0 for none, else 60 s at
    least. due_s: within so many seconds a person answers. first_s: from the start of the node to
    the first check of a line that never had one. role: "" for the first of our party."""

    safety_every_s: int = 3_600
    strategic_every_s: int = 0
    due_s: int = 300
    first_s: int = 60
    role: str = ""

    def __post_init__(self) -> None:
        for name in ("safety_every_s", "strategic_every_s"):
            every_s = getattr(self, name)
            if every_s and not max(LEAST_EVERY_S, self.due_s) <= every_s <= 366 * 86_400:
                raise ConfigError(
                    f"a comms check every {every_s} s that is due within {self.due_s} s",
                    right=f"0 for none, else {LEAST_EVERY_S} s at least, and not below due_s",
                    where=name,
                )
        if not rules.DUE_LEAST_S <= self.due_s <= rules.DUE_MOST_S or self.first_s < 0:
            raise ConfigError(
                f"a comms check that is due within {self.due_s} s, first after {self.first_s} s",
                right=f"due_s from {rules.DUE_LEAST_S} to {rules.DUE_MOST_S}, first_s from 0",
                where="due_s",
            )

    def every_s(self, line: LineName) -> int:
        return self.safety_every_s if line is LineName.SAFETY else self.strategic_every_s


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A check that is to be asked now; number: 1 for the first of this line and party."""

    line: LineName
    party: str
    number: int


def due_checks(desk: Desk, settings: CheckSettings, *, began_ms: int = 0) -> tuple[DueCheck, ...]:
    """The checks that are to be asked at the instant of the desk (closed). began_ms: when the
    node started to watch its lines."""
    found = []
    for line in LineName:
        every_s = settings.every_s(line)
        for party in counterparts(desk) if every_s else ():
            last = newest_check(desk, desk.context.party, line, party)
            if last is None:
                at_ms, number = began_ms + 1000 * settings.first_s, 0
            else:
                at_ms = last.first_ms + 1000 * every_s
                number = rules.check_of(last.paper.content).number
            if desk.now_ms >= at_ms:
                found.append(DueCheck(line, party, number + 1))
    return tuple(found)


def overtaken_checks(desk: Desk) -> tuple[str, ...]:
    """Refs of our own open checks, asked by no person, that a newer one has taken the place of:
    one that was heard, or that is missed itself."""
    found = []
    for _, data in list(desk.tx.records.scan("paper-open", f"{Check.KIND}|")):
        record = shelf.need(desk, data.decode())
        if record.author != desk.context.party or record.paper.person:
            continue
        line = rules.check_of(record.paper.content).line
        parties = [one.party for one in record.heard]
        if all(_overtaken(desk, record.ref, line, party) for party in parties):
            found.append(record.ref)
    return tuple(found)


def _overtaken(desk: Desk, ref: str, line: LineName, party: str) -> bool:
    newest = newest_check(desk, desk.context.party, line, party)
    if newest is None or newest.ref == ref or newest.paper.withdrawn:
        return False
    one = newest.of(party)
    return rules.heard(one) or rules.missed(newest, one, desk.now_ms)


class Speaker(Protocol):
    """What the timer needs of a node (``parley.node.node.Node`` is one)."""

    context: Context
    clock: Clock

    async def look(self, work: Callable[[Desk], T]) -> T: ...

    async def post_paper(
        self, content: Content, *, role: str, to: Sequence[str] | None = None
    ) -> Filed: ...

    async def withdraw_paper(self, ref: str, *, role: str) -> Filed: ...


class CommsChecks:
    """The timer of a node. ``beat`` asks what is due and withdraws what was overtaken; started, it
    beats by itself. ConfigError: a role our party does not have."""

    def __init__(
        self,
        node: Speaker,
        settings: CheckSettings | None = None,
        *,
        wake: Callable[[], None] = lambda: None,
        beat_s: float = 1.0,
    ) -> None:
        """wake: called when something was said, so that couriers carry it."""
        self.node = node
        self.settings = settings or CheckSettings()
        roles = node.context.agreement.party(node.context.party).roles
        self.role = self.settings.role or roles[0]
        if self.role not in roles:
            raise ConfigError(
                f"{self.role!r} is no duty role of {node.context.party}",
                right=f"one of: {', '.join(roles)}",
                where="role",
            )
        self._wake = wake
        self._beat_s = beat_s
        self._began_ms = node.clock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._began_ms = self.node.clock()
        self._task = asyncio.create_task(self._beats(), name="parley-comms-checks")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def beat(self) -> tuple[str, ...]:
        """Refs of the checks that were asked now. StorageError: the next beat tries again."""
        due, overtaken = await self.node.look(
            lambda desk: (
                due_checks(desk, self.settings, began_ms=self._began_ms),
                overtaken_checks(desk),
            )
        )
        asked = []
        for one in due:
            check = Check(one.line, one.number, self.settings.due_s)
            filed = await self.node.post_paper(check, role=self.role, to=[one.party])
            asked.append(filed.ref)
        for ref in overtaken:
            await self.node.withdraw_paper(ref, role=self.role)
        if asked or overtaken:
            self._wake()
        return tuple(asked)

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(self._beat_s)
            try:
                await self.beat()
            except ParleyError as error:
                _log.error("comms-check-failed", error=str(error))
            except Exception:  # noqa: BLE001 - a fault of ours may cost a beat, never the timer
                _log.exception("comms-check-broken")
