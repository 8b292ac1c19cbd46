"""The watch as a service: who holds it, who takes it, and that nobody leaves it unseen.

Beside the store it asks what stands outside it: alarms, links, proofs, drafts, sessions. Who is
trusted: sessions say who is logged in (``people``); who holds a seat says our log alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from parley.errors import InputError, StorageError
from parley.liaison.handover.contents import OpenLine
from parley.node.desk import Desk
from parley.node.liaison import handing, seattable
from parley.node.liaison.handing import Refusal, Seen, Watch, Who
from parley.node.liaison.hotline_checks import CheckSettings
from parley.node.liaison.openitems import MOST, Outside
from parley.node.liaison.seattable import Held, Seat
from parley.node.liaison.views import Filed
from parley.node.people.people import People
from parley.node.people.persons import Person
from parley.node.people.roles import Can
from parley.node.people.sessions import Session
from parley.node.proofs.faults import Found, Suspicion
from parley.watch.alarms.alarm import Alarm
from parley.watch.scene import MovingHazard

if TYPE_CHECKING:
    from parley.node.node import Node
    from parley.node.watching.watching import Watching

T = TypeVar("T")
GONE_MS = 2_000
"""So long nobody is logged in before a seat is unmanned: a changed password ends one session and
begins another."""
Drafts = Callable[[], Awaitable[Sequence[OpenLine]]]


class Seats:
    """people: who may log in, None for a node without a console. watching: None for one that does
    not watch. drafts: what waits for its release. checks: when lines are asked.

    Errors: InputError for what cannot be asked; StorageError when nothing could be kept."""

    def __init__(
        self,
        node: Node,
        people: People | None = None,
        *,
        watching: Watching | None = None,
        drafts: Drafts | None = None,
        checks: CheckSettings | None = None,
    ) -> None:
        self.node = node
        self.people = people
        self._watching = watching
        self._drafts = drafts
        self._checks = checks
        self._gone: dict[str, int] = {}

    # What people see

    async def watch(self, duty: str, hours: int) -> Watch:
        """The watch of a duty role, what is open, what comes. InputError."""
        await self.look()
        return await self._asked(duty, lambda desk, out: handing.watch(desk, out, duty, hours))

    async def session_ends_ms(self, seat: Seat) -> int:
        """When the last session of who holds it ends; -1: he has none."""
        if self.people is None or not seat.person_id or seat.state is not Held.HELD:
            return -1
        found = await self.people.sessions(seat.person_id)
        return max((one.ends_ms for one in found), default=-1)

    async def candidates(self, duty: str) -> list[Person]:
        """Who may take the watch of a duty role, in the order of their log-in names."""
        persons = [] if self.people is None else await self.people.persons()
        return [
            one
            for one in persons
            if one.enabled and Can.HAND_OVER in one.can and duty in one.duties
        ]

    async def named(self, words: str, duty: str) -> Who:
        """Who is meant by a log-in name or a name. InputError: nobody who may take the watch, or
        more than one."""
        said = words.strip()
        persons = await self.candidates(duty)
        found = [one for one in persons if said in (one.id, one.name)]
        if len(found) == 1:
            return Who(found[0].name, found[0].id)
        anybody = self.people is not None and bool(await self.people.persons())
        if said and not anybody:
            return Who(said)
        raise InputError(
            f"{len(found) or 'nobody'} of {said[:80]!r} may take the watch as {duty}",
            right=f"one of: {', '.join(one.id for one in persons) or 'nobody is known'}",
            where="incoming",
        )

    # What people do

    async def take_seat(
        self, duty: str, who: Who, *, text: str, why: str, hours: int
    ) -> Filed | Refusal | None:
        await self.look()
        return await self._done(
            duty,
            lambda desk, out: handing.take_seat(
                desk, out, duty, who, text=text, why=why, hours=hours
            ),
        )

    async def offer(
        self,
        duty: str,
        who: Who,
        incoming: str,
        *,
        notes: Mapping[str, str],
        text: str,
        hours: int,
    ) -> Filed | Refusal:
        to = await self.named(incoming, duty)
        return await self._done(
            duty,
            lambda desk, out: handing.offer(
                desk, out, duty, who, to, notes=notes, text=text, hours=hours
            ),
        )

    async def take(
        self, ref: str, who: Who, *, text: str, seen: Seen, hours: int
    ) -> Filed | Refusal:
        return await self._done(
            "",
            lambda desk, out: handing.take(desk, out, ref, who, text=text, seen=seen, hours=hours),
        )

    async def withdraw(self, ref: str, who: Who) -> Filed | Refusal:
        return await self.node.keep(lambda desk: handing.withdraw(desk, ref, who))

    async def may_leave(self, session: Session) -> list[str]:
        """Why the person of a session has to stay: he holds the watch. That he is logged in
        elsewhere too does not show that somebody sits there."""
        held = await self.node.look(seattable.seats)
        return [
            f"you hold the watch as {seat.duty}: hand it over first"
            for seat in held
            if seat.state is Held.HELD and seat.person_id == session.person
        ]

    async def look(self) -> list[str]:
        """Seats whose person has no session any more are unmanned from now on, and the journal
        says so (watch-unmanned). Their duty roles."""
        left = []
        for seat in await self.node.look(seattable.seats):
            if await self._is_empty(seat):
                await self.node.keep(partial(handing.leave, seat=seat))
                left.append(seat.duty)
        return left

    async def _is_empty(self, seat: Seat) -> bool:
        if self.people is None or seat.state is not Held.HELD or not seat.person_id:
            return False
        if await self.people.sessions(seat.person_id):
            self._gone.pop(seat.ref, None)
            return False
        now_ms = self.node.clock()
        if 0 <= seat.session_ends_ms <= now_ms:
            return True
        return abs(now_ms - self._gone.setdefault(seat.ref, now_ms)) >= GONE_MS

    # ---- inside

    async def _asked(self, duty: str, ask: Callable[[Desk, Outside], T]) -> T:
        outside = await self._outside(duty)
        return await self.node.look(lambda desk: ask(desk, outside))

    async def _done(self, duty: str, do: Callable[[Desk, Outside], T]) -> T:
        outside = await self._outside(duty)
        return await self.node.keep(lambda desk: do(desk, outside))

    async def _outside(self, duty: str) -> Outside:
        node, watching = self.node, self._watching
        alarms: Sequence[Alarm] | None = None
        moving: Sequence[MovingHazard] = ()
        if watching is not None:
            shown = watching.alarms()
            alarms = (*shown.standing, *shown.shelved, *shown.suppressed)
            moving = (await watching.scene()).moving
        exhibits, suspicions = await self._proofs(duty)
        return Outside(
            alarms=alarms,
            links=node.links(),
            node_alarms=node.alarms(),
            exhibits=exhibits,
            suspicions=suspicions,
            drafts=await self._drafts() if self._drafts is not None else (),
            moving=moving,
            checks=self._checks,
        )

    async def _proofs(self, duty: str) -> tuple[list[Found], list[Suspicion]]:
        """Exhibits that came in this shift, and all suspicions; none where their store fails."""
        seats = await self.node.look(seattable.seats)
        since = [one.since_ms for one in seats if one.duty == duty or not duty]
        since_ms = min((one for one in since if one >= 0), default=0)
        faults = self.node.trust.faults
        try:
            found, suspicions = await faults.exhibits(MOST), await faults.suspicions()
        except StorageError:
            return [], []
        return [one for one in found if one.found_ms >= since_ms], suspicions
