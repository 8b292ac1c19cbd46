"""One party's node: every act of its officers and every note of its peers goes through here.

Each call runs one unit of work in one transaction of the store; what it returned for is
durable. A statement is checked, folded and assessed in the same transaction that logs it, so
two who post at once cannot miss each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from parley.ledger import Entry, Keyring, Receipt
from parley.node import audit, deliver, exports, observe, post, queries, receive, tick
from parley.node.codec import Memo
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.ports import Clock, Salts, Store, Tx
from parley.node.rings import Rings
from parley.node.tree import LogTree
from parley.node.views import (
    Health,
    JournalEvent,
    Link,
    LogEntry,
    Outcome,
    Parcel,
    Posted,
)
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Draft,
    Observation,
    Phase,
    ReadBack,
    Rung,
    Step,
)
from parley.space import Area, Position, Volume

T = TypeVar("T")
RECEIVED_TOGETHER = 50
"""So many notes of a peer share one unit of work: a twentieth of a second at most."""
Held = tuple[list[tuple[int, Entry]], dict[str, Receipt], list[tuple[str, str, bytes]]]


class Node:
    """See the module. Built by the composition root with a store, a clock and a source of salts.

    Errors: InputError for what an officer asked that cannot be; PeerError for what a peer sent;
    StorageError when nothing could be kept (then nothing was acknowledged either).
    """

    def __init__(self, context: Context, store: Store, clock: Clock, salts: Salts) -> None:
        self.context = context
        self.clock = clock
        self._store = store
        self._salts = salts
        self._tree = LogTree()
        self._memo = Memo()
        self._rings = Rings()
        self._bell = asyncio.Event()
        self._links: dict[str, Link] = {}

    async def start(self) -> None:
        """Idempotent: the rosters are the log's first entries, and the agreed sites are indexed."""
        await self._write(lambda tx: post.found(self._now(tx)))

    async def close(self) -> None:
        await self._store.close()

    async def ring(self) -> Keyring:
        """The rosters that we believe now: those handed over, and what followed them."""
        return await self._store.read(self._rings.at)

    # What an officer says

    async def post_notice(
        self,
        draft: Draft,
        *,
        role: str,
        to: Sequence[str] | None = None,
        releaser: str = "",
        exercise: bool = False,
    ) -> Posted:
        """Release a notice (``to``: every other party if None; may be empty: useful alone)."""
        return await self._write(
            lambda tx: post.notice(
                self._now(tx), draft, role=role, to=to, releaser=releaser, exercise=exercise
            )
        )

    async def amend_notice(
        self, item: str, draft: Draft, *, role: str, releaser: str = ""
    ) -> Posted:
        """A new version of a notice of ours: amend or extend. Everybody has to answer again."""
        return await self._write(
            lambda tx: post.amendment(self._now(tx), item, draft, role=role, releaser=releaser)
        )

    async def step(self, ref: str, step: Step, *, role: str, text: str = "") -> Posted:
        """Activate, give the all-clear of (lift), or cancel an item of ours."""
        return await self._write(
            lambda tx: post.step(self._now(tx), ref, step, role=role, text=text)
        )

    async def stop(
        self, *, role: str, area: Area | None = None, notice: str = "", text: str = ""
    ) -> Posted:
        """STOP to all parties, by one person."""
        return await self._write(
            lambda tx: post.stop(self._now(tx), role=role, area=area, notice=notice, text=text)
        )

    async def distress(
        self,
        *,
        role: str,
        subject: str,
        since_ms: int,
        position: Position | None = None,
        uncertainty_m: int = 0,
        text: str = "",
    ) -> Posted:
        """DISTRESS to all parties, by one person. since_ms: since when it is known."""
        return await self._write(
            lambda tx: post.distress(
                self._now(tx),
                role=role,
                subject=subject,
                since_ms=since_ms,
                position=position,
                uncertainty_m=uncertainty_m,
                text=text,
            )
        )

    async def report(
        self,
        *,
        role: str,
        third_party: str,
        phase: Phase,
        area: Area,
        since_ms: int,
        item: str = "",
        text: str = "",
    ) -> Posted:
        """Report to all what a third party does. ``item``: an earlier report of ours to amend."""
        return await self._write(
            lambda tx: post.report(
                self._now(tx),
                role=role,
                third_party=third_party,
                phase=phase,
                area=area,
                since_ms=since_ms,
                earlier=item,
                text=text,
            )
        )

    async def answer(
        self,
        ref: str,
        rung: Rung,
        *,
        role: str,
        read_back: ReadBack | None = None,
        text: str = "",
    ) -> Posted:
        """Climb one rung of the ladder on somebody else's item, by duty role."""
        return await self._write(
            lambda tx: post.answer(
                self._now(tx), ref, rung, role=role, read_back=read_back, text=text
            )
        )

    # What an officer knows and does not send

    async def protect(self, label: str, volume: Volume, *, role: str, item: str = "") -> Posted:
        """Protect a presence of ours: every notice is checked against it, nobody is shown it."""
        return await self._write(
            lambda tx: observe.protect(self._now(tx), label, volume, role=role, item=item)
        )

    async def unprotect(self, item: str, *, role: str) -> Posted:
        return await self._write(lambda tx: observe.unprotect(self._now(tx), item, role=role))

    async def observe(self, seen: Iterable[Observation]) -> list[Finding]:
        """Log positions of tracks and return the findings that they open or change."""
        batch = list(seen)
        return await self._write(lambda tx: observe.observe(self._now(tx), batch))

    async def check(self, draft: Draft) -> list[Finding]:
        """What posting this draft now would find; nothing is kept, nothing is sent."""
        now_ms = self.clock()
        return await self._store.read(lambda tx: post.check(self._desk(tx, now_ms), draft))

    # What a peer says

    async def receive(self, notes: Sequence[bytes]) -> list[Outcome]:
        """Verify, log durably, then receipt: one outcome a note, in order. A note that stands in
        the log already gets its old receipt again. A refusal leaves nothing behind."""
        outcomes: list[Outcome] = []
        while len(outcomes) < len(notes):
            some = notes[len(outcomes) : len(outcomes) + RECEIVED_TOGETHER]
            outcomes += await self._receive_some(some)
        return outcomes

    async def _receive_some(self, notes: Sequence[bytes]) -> list[Outcome]:
        """The first of ``notes``, as many as one unit of work takes in: those before a refused
        one, or the refused one if it is the first. None overtakes one that could not be kept."""
        try:
            return await self._write(lambda tx: receive.together(self._now(tx), notes))
        except receive.Refusal as refusal:
            if refusal.index:
                return await self._receive_some(notes[: refusal.index])
            return [refusal.outcome]

    async def parcels(self, peer: str, limit: int = 100) -> list[Parcel]:
        """What waits for ``peer``, in the order of our log."""
        return await self._store.read(lambda tx: deliver.parcels(tx, peer, limit))

    async def delivered(self, peer: str, parcel: Parcel, receipt: bytes) -> None:
        """Verify a peer's receipt, log it, settle the parcel. PeerError: forged or not for it."""
        await self.delivered_many(peer, [(parcel, receipt)])

    async def delivered_many(self, peer: str, receipted: Sequence[tuple[Parcel, bytes]]) -> None:
        """The same for many in one unit of work: all of them are kept, or none."""
        await self._write(lambda tx: deliver.delivered(self._now(tx), peer, receipted))

    async def refused(self, peer: str, parcel: Parcel, reason: str) -> None:
        """The peer refuses this note for good: the officer is told, the next one is not held up."""
        await self._write(lambda tx: deliver.refused(self._now(tx), peer, parcel, reason))

    async def set_link(self, link: Link) -> None:
        """The courier's word on a link; a change of ``up`` is an event that the officer sees."""
        before = self._links.get(link.peer)
        self._links[link.peer] = link
        if before is None or before.up != link.up:
            await self._write(lambda tx: deliver.link_changed(self._now(tx), link))

    def links(self) -> tuple[Link, ...]:
        return tuple(self._links[p] for p in sorted(self._links))

    # What anybody here may ask

    async def tick(self) -> None:
        """Let time pass: overdue answers, emergencies not passed on, items that expire."""
        await self._write(self._now)

    async def findings(self) -> list[Finding]:
        """All findings that stand now, most urgent first."""
        await self.tick()
        return await self._store.read(queries.findings)

    async def items(self, *, after: str = "", limit: int = 100) -> list[ItemRecord]:
        """Items in the order of their refs, open and closed; page with the last ref."""
        return await self._store.read(lambda tx: queries.items(tx, after=after, limit=limit))

    async def item(self, ref: str) -> ItemRecord:
        """One item; InputError if there is none."""
        return await self._store.read(lambda tx: queries.item(self._desk(tx), ref))

    async def events(self, after: int = 0, limit: int = 1000) -> list[JournalEvent]:
        """Journal events with seq greater than ``after``."""
        return await self._store.read(lambda tx: queries.events(tx, after, limit))

    async def last_event(self) -> int:
        return await self._store.read(queries.last_event)

    async def wait_for_event(self) -> None:
        """Returns at the next write. To miss none, begin to wait (as a task) before you look."""
        await self._bell.wait()

    async def log_entries(self, start: int, stop: int) -> list[LogEntry]:
        return await self._store.read(lambda tx: queries.log_entries(self.context, tx, start, stop))

    async def log_file(self) -> bytes:
        """Our whole log as one file that verifies from its bytes alone."""
        return await self._store.read(lambda tx: exports.log_file(self._desk(tx), self._tree))

    async def evidence(self, refs: Sequence[str]) -> bytes:
        """What we hold about these items ("notice:il-1"), provable offline: see ``verify``."""
        return await self._store.read(lambda tx: exports.evidence(self._desk(tx), self._tree, refs))

    async def pending(self) -> dict[str, int]:
        """Peers with notes that they have not receipted, and how many."""
        return await self._store.read(lambda tx: dict(sorted(tx.outbox.counts().items())))

    async def health(self) -> Health:
        links = self.links()
        return await self._store.read(lambda tx: queries.health(self._desk(tx), self._tree, links))

    async def check_node(self, scratch: Store) -> None:
        """Audit: tree, signatures and state derived again from the log into ``scratch`` (an
        empty store); IntegrityError if that is not what our own store holds."""
        await self.tick()
        now_ms = self.clock()
        entries, given, held = await self._store.read(lambda tx: self._held(tx, now_ms))
        derived = await scratch.write(lambda tx: self._derived(tx, now_ms, entries, given))
        audit.compare(held, derived)

    def _held(self, tx: Tx, now_ms: int) -> Held:
        desk = self._desk(tx, now_ms)
        return audit.check(desk, self._tree), audit.receipts(desk), list(audit.snapshot(tx))

    def _derived(
        self, tx: Tx, now_ms: int, entries: list[tuple[int, Entry]], given: dict[str, Receipt]
    ) -> list[tuple[str, str, bytes]]:
        audit.derive(self._desk(tx, now_ms), entries, given)
        return list(audit.snapshot(tx))

    def _now(self, tx: Tx) -> Desk:
        """A desk for a change: first all that time has brought about since the last one. So what
        a node holds follows from its log alone, however often somebody asked in between."""
        desk = self._desk(tx)
        tick.tick(desk)
        return desk

    def _desk(self, tx: Tx, now_ms: int | None = None) -> Desk:
        at_ms = self.clock() if now_ms is None else now_ms
        return Desk(self.context, tx, at_ms, self._salts, self._memo, self._rings)

    async def _write(self, work: Callable[[Tx], T]) -> T:
        result = await self._store.write(work)
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
        return result
