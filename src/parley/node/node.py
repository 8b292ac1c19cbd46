"""One party's node: every act of its officers and every note of its peers goes through here.

Each call runs one unit of work in one transaction of the store; what it returned for is
durable. A statement is checked, folded and assessed in the same transaction that logs it, so
two who post at once cannot miss each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import structlog

from parley.errors import ParleyError, StorageError
from parley.ledger import Entry, Receipt
from parley.node import (
    audit,
    challenge,
    exports,
    queries,
)
from parley.node.correspondent import Correspondent
from parley.node.counterpart import Counterpart
from parley.node.officer import Officer
from parley.node.ports import Store, Tx
from parley.node.views import (
    Alarm,
    FindingsPage,
    Health,
    ItemsPage,
    JournalEvent,
    LogEntry,
)
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State

_log = structlog.get_logger("parley.node")
LISTEN_MS = 60_000
"""So often, by our clock, it is asked who lets our notes wait."""
Held = tuple[list[tuple[int, Entry]], dict[str, Receipt], list[tuple[str, str, bytes]]]


class Node(Officer, Correspondent, Counterpart):
    """See the module. Built by the composition root with a store, a clock and a source of salts.

    Errors: InputError for what an officer asked that cannot be; PeerError for what a peer sent;
    StorageError when nothing could be kept (then nothing was acknowledged either).
    """

    async def start(self) -> None:
        """As of every engine; and the lists of a store that was written before there were any."""
        await super().start()
        if await self._store.read(queries.unlisted):
            await self._store.write(queries.enlist)

    # What anybody here may ask

    async def tick(self) -> None:
        """Let time pass: overdue answers, emergencies not passed on, items that expire; log what
        floats; suspect who is silent."""
        await self._write(self._now)
        now_ms = self.clock()
        if abs(now_ms - self._listened_ms) >= LISTEN_MS:
            self._listened_ms = now_ms
            await self._listen(now_ms)

    async def _listen(self, now_ms: int) -> None:
        others, faults = self.context.others, self.trust.faults
        await self._store.read(self._known.root)
        silent = await self._store.read(lambda tx: challenge.silent(tx, others, now_ms))
        with contextlib.suppress(ParleyError):
            for peer in others:
                if peer not in silent:
                    await faults.clear(peer, "silent", "notes")
        for peer, digest in silent.items():
            what = f"{peer} gives no receipt for note {digest}; another party could hand it over"
            await faults.suspect(peer, "silent", "notes", what)

    async def findings(self) -> list[Finding]:
        """All findings that stand now, most urgent first."""
        await self.tick()
        return await self.standing()

    async def standing(self) -> list[Finding]:
        """The same as of the last change or tick: writes nothing."""
        return await self._store.read(queries.findings)

    async def findings_page(self, *, after: str = "", limit: int = 100) -> FindingsPage:
        """A page of ``findings``. A finding that changes its place meanwhile may be met again."""
        await self.tick()
        return await self._store.read(lambda tx: queries.findings_page(tx, after, limit))

    async def items_page(
        self, *, state: State | None = None, kind: str = "", after: str = "", limit: int = 100
    ) -> ItemsPage:
        """A page of items in the order of their refs. By state a page may be short, even empty,
        and not the last: the last has no ``after``."""
        return await self._store.read(
            lambda tx: queries.items_page(self._desk(tx), state, kind, after, limit)
        )

    async def items(self, *, after: str = "", limit: int = 100) -> list[ItemRecord]:
        """Items in the order of their refs, open and closed; page with the last ref."""
        return await self._store.read(lambda tx: queries.items(tx, after=after, limit=limit))

    async def events(self, after: int = 0, limit: int = 1000) -> list[JournalEvent]:
        """Journal events with seq greater than ``after``."""
        return await self._store.read(lambda tx: queries.events(tx, after, limit))

    async def last_event(self) -> int:
        return await self._store.read(queries.last_event)

    async def wait_for_event(self) -> None:
        """Returns at the next write. To miss none, begin to wait (as a task) before you look."""
        await self._bell.wait()

    async def log_entries(self, start: int, stop: int) -> list[LogEntry]:
        size = self.witnessed().size
        return await self._store.read(lambda tx: queries.log_entries(tx, start, stop, size))

    async def witnessed_refs(self, refs: Sequence[str]) -> set[str]:
        """Of these items, those about which our log is witnessed as far as it goes."""
        size = self.witnessed().size
        return await self._store.read(lambda tx: queries.witnessed_refs(tx, refs, size))

    async def log_file(self) -> bytes:
        """Our whole log as one file that verifies from its bytes alone."""
        heads = await self._kept_heads()
        return await self._store.read(
            lambda tx: exports.log_file(self._desk(tx), self._tree, heads)
        )

    async def evidence(
        self,
        refs: Sequence[str] = (),
        *,
        period: tuple[int, int] | None = None,
        for_party: str = "",
    ) -> bytes:
        """What we hold about these items ("notice:il-1") and about a period [from_ms, until_ms],
        provable offline: see ``verify_evidence``. for_party: whom it is made for; what that party
        may not have is left out and counted."""
        heads = await self._kept_heads()
        return await self._store.read(
            lambda tx: exports.evidence(
                self._desk(tx),
                self._tree,
                refs,
                period=period,
                heads=heads,
                for_party=for_party,
            )
        )

    async def _kept_heads(self) -> list[bytes]:
        """None where the store of proofs fails: what leaves us then is unwitnessed."""
        try:
            return await self.trust.heads.kept()
        except StorageError as error:
            _log.error("proofs-unread", error=str(error))
            return []

    async def pending(self) -> dict[str, int]:
        """Peers with notes that they have not receipted, and how many."""
        return await self._store.read(lambda tx: dict(sorted(tx.outbox.counts().items())))

    async def health(self) -> Health:
        links = self.links()
        health = await self._store.read(
            lambda tx: queries.health(self._desk(tx), self._tree, links)
        )
        exhibits, suspicions = await self.trust.faults.counts()
        return replace(
            health,
            afloat=len(self._afloat),
            alarms=self._alarms.standing(),
            witnessed=self.witnessed(),
            exhibits=exhibits,
            suspicions=suspicions,
        )

    def afloat(self) -> tuple[ItemRecord, ...]:
        """STOP and DISTRESS of ours that were said, or lifted, and that our log does not have so:
        the first said first, 100 at most. Reads no store; what floats anew rings the bell of
        ``wait_for_event``. ``items`` and ``item`` tell what the log has."""
        return self._afloat.records()

    def alarms(self) -> tuple[Alarm, ...]:
        """What an officer must see at once and no store has, oldest first."""
        return self._alarms.standing()

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
