"""One party's node: every act of its officers and every note of its peers goes through here.

Each call runs one unit of work in one transaction of the store; what it returned for is
durable. A statement is checked, folded and assessed in the same transaction that logs it, so
two who post at once cannot miss each other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from parley.errors import OurError, ParleyError, StorageError
from parley.ledger import Entry, Keyring, Receipt, Verdict, note_hash
from parley.node import (
    afloat,
    audit,
    challenge,
    copies,
    deliver,
    exports,
    givenback,
    observe,
    post,
    queries,
    receive,
    tick,
)
from parley.node.afloat import Afloat, Alarms, Floating, alarm_of
from parley.node.bringback import BroughtBack, bring_back
from parley.node.carry import Carry
from parley.node.challenge import Relay
from parley.node.codec import Memo
from parley.node.context import Context
from parley.node.desk import Desk, header_of
from parley.node.ground import Ground
from parley.node.heads import SignedHead
from parley.node.known import Known
from parley.node.packing import CarryReport, Packed
from parley.node.ports import Clock, Salts, Store, Tx
from parley.node.receive import Prepared, Refusal
from parley.node.recover import Copy
from parley.node.rings import Rings
from parley.node.tree import LogTree
from parley.node.trust import Trust
from parley.node.views import (
    Alarm,
    Challenged,
    Health,
    JournalEvent,
    Link,
    LogEntry,
    Outcome,
    Parcel,
    Posted,
    Witnessed,
)
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Distress,
    Draft,
    Header,
    Observation,
    Phase,
    ReadBack,
    Rung,
    Step,
    Stop,
)
from parley.space import Area, Position, Volume
from parley.wire.parcelfile import MAX_PARCEL_BYTES

T = TypeVar("T")
_log = structlog.get_logger("parley.node")
RECEIVED_TOGETHER = 50
"""So many notes of a peer share one unit of work: a twentieth of a second at most."""
LISTEN_MS = 60_000
"""So often, by our clock, it is asked who lets our notes wait."""
Held = tuple[list[tuple[int, Entry]], dict[str, Receipt], list[tuple[str, str, bytes]]]


class Node:
    """See the module. Built by the composition root with a store, a clock and a source of salts.

    Errors: InputError for what an officer asked that cannot be; PeerError for what a peer sent;
    StorageError when nothing could be kept (then nothing was acknowledged either).
    """

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
        self._carry = Carry(self._ground, self.trust, self)

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

    # What an officer says

    async def post_notice(
        self,
        draft: Draft,
        *,
        role: str,
        to: Sequence[str] | None = None,
        releaser: str = "",
        exercise: bool = False,
        each_its_own: bool = False,
    ) -> Posted:
        """Release a notice (``to``: every other party if None; may be empty: useful alone).

        each_its_own: every addressee gets a signed copy of its own, now and of all that is said
        about the notice later; a copy that turns up elsewhere left by its addressee or by us."""
        return await self._write(
            lambda tx: post.notice(
                self._now(tx),
                draft,
                role=role,
                to=to,
                releaser=releaser,
                exercise=exercise,
                each_its_own=each_its_own,
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
        """Activate, give the all-clear of (lift), or cancel an item of ours. What lifts a STOP or
        a DISTRESS goes out though our log does not take it (see ``afloat``)."""

        def logged(tx: Tx) -> Posted:
            return post.step(self._now(tx), ref, step, role=role, text=text)

        if not ref.startswith(("stop:", "distress:")):
            return await self._write(logged)
        try:
            return await self._write(logged)
        except OurError as error:
            record = self._afloat.record(ref) or await self.item(ref)
            posted = self._afloat.step(record, step, role, text, self.clock())
            return self._floats(posted, error)

    async def stop(
        self, *, role: str, area: Area | None = None, notice: str = "", text: str = ""
    ) -> Posted:
        """STOP to all parties, by one person. It goes out though our log does not take it: then
        ``logged`` is False (see ``afloat``)."""
        try:
            return await self._write(
                lambda tx: post.stop(self._now(tx), role=role, area=area, notice=notice, text=text)
            )
        except OurError as error:
            header = self._to_all(role)
            return self._floats(
                self._afloat.say(header, lambda name: Stop(header, name, 1, area, notice, text)),
                error,
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
        """DISTRESS to all parties, by one person. since_ms: since when it is known. It goes out
        though our log does not take it: then ``logged`` is False (see ``afloat``)."""
        try:
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
        except OurError as error:
            header = self._to_all(role)
            where = (position, uncertainty_m, since_ms, text)
            return self._floats(
                self._afloat.say(header, lambda name: Distress(header, name, 1, subject, *where)),
                error,
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

    async def receive(self, notes: Sequence[bytes], *, carrier: str = "") -> list[Outcome]:
        """Verify, log durably, then receipt: one outcome a note, in order. A note that stands in
        the log already gets its old receipt again. A refusal leaves nothing behind but, where a
        party's key signed what it must not, an entry of ours that proves it.

        carrier: the party whose TLS key brought them, if that is known."""
        outcomes: list[Outcome] = []
        ring = self._rings.latest or await self.ring()
        batches = [
            notes[at : at + RECEIVED_TOGETHER] for at in range(0, len(notes), RECEIVED_TOGETHER)
        ]
        ahead = deque(
            asyncio.to_thread(receive.prepare, self.context, ring, some, carrier)
            for some in batches
        )
        following = asyncio.ensure_future(ahead.popleft()) if ahead else None
        try:
            while following is not None:
                prepared = await following
                following = asyncio.ensure_future(ahead.popleft()) if ahead else None
                while prepared:
                    done = await self._receive_some(prepared)
                    prepared = prepared[len(done) :]
                    outcomes += done
        finally:
            for never in ahead:
                never.close()
            if following is not None:
                following.cancel()
        return outcomes

    async def _receive_some(self, prepared: Sequence[Prepared]) -> list[Outcome]:
        """The first of them, as many as one unit of work takes in: those before a refused one,
        or the refused one if it is the first. None overtakes one that could not be kept."""
        try:
            outcomes = await self._write(lambda tx: receive.together(self._now(tx), prepared))
        except Refusal as refusal:
            if refusal.index:
                return await self._receive_some(prepared[: refusal.index])
            await self._keep_fault(refusal)
            return [refusal.outcome]
        except OurError:
            self._tell_urgent(prepared)
            raise
        for outcome in outcomes if self._alarms.standing() else ():
            self._alarms.drop(outcome.note_hash)
        return outcomes

    async def _keep_fault(self, refusal: Refusal) -> None:
        """Evidence of what was refused; that it cannot be kept changes nothing of the refusal."""
        leak, exhibit = refusal.leak, refusal.exhibit
        with contextlib.suppress(ParleyError):
            if leak is not None:
                await self._write(lambda tx: copies.log_leak(self._now(tx), leak))
            if exhibit is not None:
                await self.trust.faults.expose(exhibit, by=self.context.party)

    def _tell_urgent(self, prepared: Sequence[Prepared]) -> None:
        """STOP and DISTRESS that we cannot keep, and so give no receipt for: told at once."""
        for ready in prepared:
            if ready.error is None and isinstance(ready.statement, Stop | Distress):
                digest = ready.digest.hex()
                told = alarm_of(self.context, ready.statement, digest)
                self._alarm(digest, "afloat-received", told)

    async def hear(self, notes: Sequence[bytes], *, carrier: str = "") -> None:
        """Notes that get no receipt yet: STOP and DISTRESS among them are told at once."""
        ring = self._rings.latest or await self.ring()
        self._tell_urgent(
            await asyncio.to_thread(receive.prepare, self.context, ring, notes, carrier)
        )

    async def parcels(self, peer: str, limit: int = 100) -> list[Parcel]:
        """What waits for ``peer``: first what our log could not take, behind it the rest in the
        order of our log. While peers know a later history of it than we do, only the first."""
        floating = self._afloat.parcels(peer)
        if self.trust.confirming.behind:
            return [Parcel(-one.number, one.note) for one in floating]
        if not floating:
            return await self._store.read(lambda tx: deliver.parcels(tx, peer, limit))
        urgent = [Parcel(-one.number, one.note) for one in floating]
        about = {one.ref for one in floating if one.behind}
        try:
            ahead = await self._store.read(lambda tx: deliver.parcels_about(tx, peer, about))
            rest = await self._store.read(lambda tx: deliver.parcels(tx, peer, limit))
        except OurError:
            return urgent
        known = {parcel.index for parcel in ahead}
        urgent = ahead + urgent
        return urgent + [p for p in rest if p.index not in known][: max(0, limit - len(urgent))]

    async def delivered(self, peer: str, parcel: Parcel, receipt: bytes) -> None:
        """Verify a peer's receipt, log it, settle the parcel. PeerError: forged or not for it."""
        await self.delivered_many(peer, [(parcel, receipt)])

    async def delivered_many(self, peer: str, receipted: Sequence[tuple[Parcel, bytes]]) -> None:
        """The same for many in one unit of work: all of them are kept, or none. Receipts for what
        floats are kept in memory first, and logged with it."""
        ring = self._rings.latest or await self.ring()
        opened = await asyncio.to_thread(deliver.opened, ring, peer, receipted)
        logged = []
        for one in opened:
            if one.parcel.index >= 0:
                logged.append(one)
            elif one.error is not None:
                raise one.error
            else:
                self._afloat.receipted(peer, one.parcel, one.sealed)
        if logged:
            await self._write(lambda tx: deliver.settled(self._now(tx), peer, logged))
        else:
            self._ring_bell()

    async def refused(self, peer: str, parcel: Parcel, reason: str) -> None:
        """The peer refuses this note for good: the officer is told, the next one is not held up."""
        if parcel.index >= 0:
            await self._write(lambda tx: deliver.refused(self._now(tx), peer, parcel, reason))
            return
        self._afloat.refused(peer, parcel, reason)
        digest = note_hash(parcel.note).hex()
        told = {"peer": peer, "note_hash": digest, "reason": reason}
        self._alarm(f"{digest}|{peer}", "afloat-refused", told)

    # Silence

    async def challenge(self, what: str, *, to: str, via: str) -> Posted:
        """Ask ``via`` to hand ``to`` a note of ours that waits for its receipt. what: the hash of
        the note, or the ref of an item. ``via`` learns its words. InputError."""
        return await self._write(lambda tx: challenge.ask(self._now(tx), what, to=to, via=via))

    async def challenges(self) -> list[Challenged]:
        """What we asked, oldest first, and what came of it so far."""
        return await self._store.read(challenge.challenges)

    async def relays(self, to: str) -> list[Relay]:
        """What others asked us to hand to this peer."""
        return await self._store.read(lambda tx: challenge.relays(tx, to))

    async def testify(self, relay: Relay, outcome: str, receipt: bytes = b"") -> None:
        """What came of it: "receipt", "refused" or "no answer". Says it once."""
        await self._write(lambda tx: challenge.testify(self._now(tx), relay, outcome, receipt))

    # What goes and comes by hand

    async def carry_out(
        self,
        peer: str,
        *,
        max_bytes: int = MAX_PARCEL_BYTES,
        cursor: str = "",
        unconfirmed: bool = False,
    ) -> Packed:
        """A file with what waits for ``peer`` and the receipts that we owe it; for what does not
        fit, ask again with ``next`` as the cursor. See ``Carry.out``."""
        return await self._carry.out(
            peer, max_bytes=max_bytes, cursor=cursor, unconfirmed=unconfirmed
        )

    async def carry_in(self, data: bytes, *, unconfirmed: bool = False) -> CarryReport:
        """Take in such a file, or one bare signed note: as if each part had come by the network.
        See ``Carry.take_in``."""
        return await self._carry.take_in(data, unconfirmed=unconfirmed)

    async def set_link(self, link: Link) -> None:
        """The courier's word on a link; a change of ``up`` is an event that the officer sees."""
        before = self._links.get(link.peer)
        self._links[link.peer] = link
        if before is None or before.up != link.up:
            await self._write(lambda tx: deliver.link_changed(self._now(tx), link))

    def links(self) -> tuple[Link, ...]:
        return tuple(self._links[p] for p in sorted(self._links))

    # How logs hold each other to their word

    async def publish_head(self) -> SignedHead | None:
        """Our newest signed head, a fresh one if something changed: see ``Heads.publish``."""
        return await self.trust.heads.publish()

    async def add_checkpoint(self, body: bytes) -> Verdict:
        """Whether we cosign a head that a peer brings: C2SP tlog-witness."""
        return await self.trust.witness.add_checkpoint(body)

    def witnessed(self) -> Witnessed:
        """How far our log is held by others."""
        return self.trust.heads.witnessed()

    async def given_back(self, owner: str, before: int = -1) -> bytes:
        """For ``owner`` alone: a page of what our log holds of it (see ``givenback``)."""
        found = await self._store.read(lambda tx: givenback.page(tx, owner, before))
        return found.to_bytes()

    async def bring_back(
        self, copies: Sequence[Copy], dropped: Sequence[Entry] = ()
    ) -> BroughtBack:
        """After a recovery: what peers hold of ours and our log does not (see ``bringback``)."""
        return await bring_back(self._ground, self, copies, dropped)

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
        self, refs: Sequence[str] = (), *, period: tuple[int, int] | None = None
    ) -> bytes:
        """What we hold about these items ("notice:il-1") and about a period [from_ms, until_ms],
        provable offline: see ``verify_evidence``."""
        heads = await self._kept_heads()
        return await self._store.read(
            lambda tx: exports.evidence(
                self._desk(tx), self._tree, refs, period=period, heads=heads
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

    def _now(self, tx: Tx) -> Desk:
        """A desk for a change: first all that time has brought about since the last one. So what
        a node holds follows from its log alone, however often somebody asked in between."""
        desk = self._desk(tx)
        tick.tick(desk)
        return desk

    def _desk(self, tx: Tx, now_ms: int | None = None) -> Desk:
        at_ms = self.clock() if now_ms is None else now_ms
        return Desk(self.context, tx, at_ms, self._salts, self._memo, self._rings, self._known)

    async def _change(self, work: Callable[[Desk], T]) -> T:
        return await self._write(lambda tx: work(self._now(tx)))

    async def _write(self, work: Callable[[Tx], T]) -> T:
        if self._afloat:
            await self._log_afloat()
        result = await self._store.write(work)
        self._ring_bell()
        return result

    def _ring_bell(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    # What our log could not take

    def _to_all(self, role: str) -> Header:
        to = post.addressees(self.context, None)
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
