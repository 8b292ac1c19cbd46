"""What comes from the other parties and goes to them: by network, by hand, through a third."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

import structlog

from parley.errors import OurError, ParleyError
from parley.ledger import Entry, Verdict, note_hash
from parley.node import (
    challenge,
    copies,
    deliver,
    receive,
)
from parley.node.afloat import alarm_of
from parley.node.byhand.carry import Carry
from parley.node.byhand.packing import CarryReport, Packed
from parley.node.challenge import Relay
from parley.node.context import Context
from parley.node.engine import Engine
from parley.node.ports import Clock, Salts, Store
from parley.node.proofs.heads import SignedHead
from parley.node.receive import Prepared, Refusal
from parley.node.recovery import givenback
from parley.node.recovery.bringback import BroughtBack, bring_back
from parley.node.recovery.recover import Copy
from parley.node.views import (
    Challenged,
    Link,
    Outcome,
    Parcel,
    Posted,
    Witnessed,
)
from parley.rules.statements import (
    Distress,
    Stop,
)
from parley.wire.parcelfile import MAX_PARCEL_BYTES

_log = structlog.get_logger("parley.node")
RECEIVED_TOGETHER = 50
"""So many notes of a peer share one unit of work: a twentieth of a second at most."""


class Counterpart(Engine):
    """See the module. PeerError: what a peer sent."""

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
        """As ``Engine``."""
        super().__init__(context, store, clock, salts, proofs, quorum=quorum)
        self._carry = Carry(self._ground, self.trust, self)

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
