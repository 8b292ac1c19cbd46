"""The machine under a node: its stores, its instant, its units of work, what floats.

Every change ticks first and runs as one unit of work in one transaction of the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

import structlog

from parley.errors import OurError, ParleyError
from parley.ledger import Keyring, note_hash
from parley.node import (
    afloat,
    post,
    queries,
    tick,
)
from parley.node.afloat import Afloat, Alarms, Floating
from parley.node.agreements import Pacts
from parley.node.codec import Memo
from parley.node.context import Context
from parley.node.desk import Desk, addressees, header_of
from parley.node.known import Known
from parley.node.ports import Clock, Salts, Store, Tx
from parley.node.proofs.ground import Ground
from parley.node.proofs.trust import Trust
from parley.node.rings import Rings
from parley.node.tree import LogTree
from parley.node.views import (
    Link,
    Posted,
)
from parley.rules.agreement import Agreement
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Header,
)

T = TypeVar("T")
_log = structlog.get_logger("parley.node")


class Engine:
    """What an officer's and a counterpart's acts have in common. Nobody builds it alone."""

    def __init__(
        self,
        context: Context,
        store: Store,
        clock: Clock,
        salts: Salts,
        proofs: Store | None = None,
        *,
        quorum: int = 1,
    ) -> None:
        """proofs: a second store for what may fail without stopping anything (heads, mirrors,
        suspicions); None: the same one. quorum: so many parties make a head of ours witnessed."""
        self.context = context
        self.clock = clock
        self._store = store
        self._proofs = proofs or store
        self._tree = LogTree()
        self._memo = Memo()
        self._rings = Rings()
        self._known = Known()
        self._working: Desk | None = None
        self._pacts = Pacts()
        self._agreement, self._agreement_ref = context.agreement, context.agreement_ref
        self._afloat = Afloat(context)
        self._alarms = Alarms()
        self._logging = asyncio.Lock()
        self._listened_ms = 0
        self._bell = asyncio.Event()
        self._links: dict[str, Link] = {}
        self._ground = Ground(
            context, store, self._proofs, clock, self._tree, self._rings, self._change
        )
        self.trust = Trust(self._ground, quorum)
        self._salts = self.trust.confirming.guarded(salts)

    async def start(self) -> None:
        """Idempotent: the rosters are the log's first entries, and the agreed sites are indexed."""
        await self._write(lambda tx: post.found(self._now(tx)))

    async def close(self) -> None:
        await self._store.close()
        if self._proofs is not self._store:
            await self._proofs.close()

    async def ring(self) -> Keyring:
        """The rosters that we believe now: those handed over, and what followed them."""
        return await self._store.read(self._rings.at)

    @property
    def agreement(self) -> Agreement:
        """The agreement in force, as of the last thing that was done or asked here."""
        return self._agreement

    @property
    def agreement_ref(self) -> str:
        """Its digest."""
        return self._agreement_ref

    async def item(self, ref: str) -> ItemRecord:
        """One item; InputError if there is none."""
        return await self._store.read(lambda tx: queries.item(self._desk(tx), ref))

    async def keep(self, work: Callable[[Desk], T]) -> T:
        """For the services of a node that stand beside it (see ``watching``): one unit of work,
        durable when this returns."""
        return await self._change(work)

    async def look(self, work: Callable[[Desk], T]) -> T:
        """The same for what only reads."""
        return await self._store.read(lambda tx: work(self._desk(tx)))

    def _now(self, tx: Tx) -> Desk:
        """A desk for a change: first all that time has brought about since the last one. So what
        a node holds follows from its log alone, however often somebody asked in between."""
        desk = self._desk(tx)
        tick.tick(desk)
        if (
            desk.agreement_ref
        ):  # read while the transaction lives, and known to the desk from now on
            self._working = desk
        return desk

    def _desk(self, tx: Tx, now_ms: int | None = None) -> Desk:
        at_ms = self.clock() if now_ms is None else now_ms
        return Desk(
            self.context,
            tx,
            at_ms,
            self._salts,
            self._memo,
            self._rings,
            self._known,
            self._pacts,
        )

    async def _change(self, work: Callable[[Desk], T]) -> T:
        return await self._write(lambda tx: work(self._now(tx)))

    async def _write(self, work: Callable[[Tx], T]) -> T:
        if self._afloat:
            await self._log_afloat()
        try:
            result = await self._store.write(work)
        except BaseException:
            self._working = None
            raise
        self._rules_now()
        self._ring_bell()
        return result

    def _rules_now(self) -> None:
        """The agreement that was in force at the end of the last unit of work."""
        desk, self._working = self._working, None
        if desk is not None and self._agreement_ref != desk.agreement_ref:
            self._agreement, self._agreement_ref = desk.agreement, desk.agreement_ref

    def _ring_bell(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    # What our log could not take

    def _to_all(self, role: str) -> Header:
        to = addressees(self.context, None)
        return header_of(self.context, self.clock(), role, to)

    def _floats(self, posted: Posted, why: OurError) -> Posted:
        _log.error("not-logged", ref=posted.ref, note_hash=posted.note_hash, error=str(why))
        self._ring_bell()
        return posted

    def _alarm(self, key: str, kind: str, data: Mapping[str, object]) -> None:
        if self._alarms.add(key, self.clock(), kind, data):
            _log.error(kind, **data)
            self._ring_bell()

    async def _log_afloat(self) -> None:
        """Before anything else is written: what floats, in its order, as far as the store takes
        it. Peers answer it, and our officers speak of it, by what our log says."""
        async with self._logging:
            for one in self._afloat.unlogged():
                try:
                    await self._store.write(self._logging_of(one))
                except OurError:
                    return
                except ParleyError as error:
                    one.stuck = str(error)
                    told = {"ref": one.ref, "note_hash": note_hash(one.note).hex()}
                    self._alarm(f"{one.number}", "afloat-stuck", {**told, "reason": str(error)})
                else:
                    self._afloat.logged(one)

    def _logging_of(self, one: Floating) -> Callable[[Tx], None]:
        return lambda tx: afloat.log(self._now(tx), one)
