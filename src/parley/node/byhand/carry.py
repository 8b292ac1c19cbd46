"""Carried by hand: what waits for a peer as files, and what a peer's files bring.

A file is judged part by part exactly as the door and the courier judge: notes are taken in, a
receipt settles what it is for. Files may be lost, come twice or in the wrong order, and the
network may carry the same at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from parley.errors import (
    InputError,
    MalformedError,
    OurError,
    PeerError,
    ReplayError,
    StorageError,
    UnknownPartyError,
)
from parley.ledger import (
    RECEIPT_TYPE,
    Keyring,
    note_hash,
    parse,
    parse_statement,
    receipt_of,
)
from parley.node.byhand import packing
from parley.node.byhand.carryheads import HeadsByHand
from parley.node.byhand.packing import CarryReport, Part
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.proofs.confirming import RECOVER
from parley.node.proofs.ground import Ground
from parley.node.proofs.trust import Trust
from parley.node.views import Outcome, Parcel
from parley.wire.parcelfile import (
    MAX_PARCEL_BYTES,
    REFUSAL_TYPE,
    ParcelFile,
    check_room,
    is_parcel,
    open_refusal,
    read_parcel,
    unix_lines,
)

T = TypeVar("T")
FIRST_PARCELS = 200
TAKEN_TOGETHER = 200
SETTLED_TOGETHER = 50
MAX_REFUSALS = 1_000
"""So many refusals of one file are kept for the way back; the others are only reported."""


class Ways(Protocol):
    """The door and the courier's ways into the node."""

    async def receive(self, notes: Sequence[bytes]) -> list[Outcome]: ...

    async def hear(self, notes: Sequence[bytes]) -> None: ...

    async def parcels(self, peer: str, limit: int) -> list[Parcel]: ...

    async def delivered_many(
        self, peer: str, receipted: Sequence[tuple[Parcel, bytes]]
    ) -> None: ...

    async def refused(self, peer: str, parcel: Parcel, reason: str) -> None: ...


class Carry:
    """Files out and in, for one node."""

    def __init__(self, ground: Ground, trust: Trust, ways: Ways) -> None:
        self._ground = ground
        self._confirming = trust.confirming
        self._heads = HeadsByHand(ground, trust)
        self._ways = ways

    async def out(
        self,
        peer: str,
        *,
        max_bytes: int = MAX_PARCEL_BYTES,
        cursor: str = "",
        unconfirmed: bool = False,
    ) -> packing.Packed:
        """One file for ``peer``: what waits in the order of our log, the receipts and refusals
        that we owe. One note goes whatever its size. A store that cannot be written to makes
        the file uncounted (number 0) and stops nothing.

        unconfirmed: people know that our log is not an old copy, though the peer could not be
        asked. InputError: a peer that we do not know, a size or a cursor that cannot be; OurError:
        the peer was not asked yet."""
        ring = await self._ground.ring()
        context = self._ground.context
        if peer == context.party or peer not in ring:
            raise InputError(
                f"{peer[:80]!r} is no peer of this node",
                right=f"one of: {', '.join(context.others) or 'nobody yet'}",
            )
        check_room(max_bytes)
        after = packing.cursor(cursor)
        first = [] if cursor else await self._ways.parcels(peer, FIRST_PARCELS)
        self._check_confirmed(peer, unconfirmed)
        frame = ParcelFile(context.party, peer, context.agreement_ref)
        if not cursor:
            frame = await self._heads.framed(frame)
        behind = bool(self._confirming.behind)

        def packed(tx: Tx, desk: Desk | None) -> packing.Packed:
            return packing.pack(tx, frame, max_bytes, first, after, desk, urgent_only=behind)

        try:
            return await self._ground.change(lambda desk: packed(desk.tx, desk))
        except StorageError:
            return await self._ground.store.read(lambda tx: packed(tx, None))

    def _check_confirmed(self, peer: str, unconfirmed: bool) -> None:
        """While we are behind, STOP and DISTRESS go out all the same, and nothing else."""
        why = "" if unconfirmed else self._confirming.unconfirmed((peer,))
        if why:
            raise OurError(
                why,
                right="the peer asked over the network, or --unconfirmed: people know that this"
                " log is not an old copy",
            )

    async def take_in(self, data: bytes, *, unconfirmed: bool = False) -> CarryReport:
        """A parcel file or one bare signed note. A refusal of one part is told in the report and
        stops nothing else. Each part is durable when it is reported; a file that broke off (a
        full disk) may be carried in again.

        Raises PeerError for a file that is refused whole (damaged, for another party, under
        another agreement), then nothing of it was taken in; OurError: our log is behind, or the
        peer was not asked (see ``out``); what is urgent in it was told; StorageError."""
        if not is_parcel(data):
            return await self._bare(unix_lines(data))
        parcel = await asyncio.to_thread(read_parcel, data)
        _check(self._ground.context, await self._ground.ring(), parcel)
        sender = parcel.sender
        await self._heads.take_seen(parcel)
        if self._confirming.behind:
            await self._take_urgent(parcel)
            raise OurError(self._confirming.behind, right=RECOVER)
        self._check_confirmed(sender, unconfirmed)
        parts = await self._notes(sender, parcel.notes)
        parts += await self._receipts(sender, parcel.receipts)
        parts += await self._refusals(sender, parcel.refusals)
        parts += await self._heads.take(parcel)
        again = await self._ground.change(lambda desk: packing.hear(desk, parcel))
        return CarryReport(sender, parcel.number, again, parcel.left, tuple(parts))

    async def _take_urgent(self, parcel: ParcelFile) -> None:
        """What needs no entry in our log: their STOP and DISTRESS are shown, and receipts for
        what we said afloat are kept with it."""
        await self._ways.hear(parcel.notes)
        afloat = (await self._waiting(parcel.sender)).afloat
        for receipt in parcel.receipts if afloat else ():
            with contextlib.suppress(PeerError):
                said = afloat.get(_receipted(receipt))
                if said is not None:
                    await self._delivered(parcel.sender, [(said, receipt)])

    async def _bare(self, note: bytes) -> CarryReport:
        """One signed note from an e-mail or from paper."""
        type_line, body = parse_statement(parse(note).text)
        if type_line == RECEIPT_TYPE:
            sender = receipt_of(body).party
            parts = await self._receipts(sender, (note,))
        elif type_line == REFUSAL_TYPE:
            sender = open_refusal(note, (await self._ground.ring()).note_keys).by
            parts = await self._refusals(sender, (note,))
        else:
            by = body.get("by", body.get("party"))
            sender = by if isinstance(by, str) else ""
            parts = await self._notes(sender, (note,))
        return CarryReport(sender, 0, False, 0, tuple(parts))

    async def _notes(self, sender: str, notes: Sequence[bytes]) -> list[Part]:
        """As the door takes them in; what we answer goes into our next files."""
        found: list[Part] = []
        refusals_left = MAX_REFUSALS
        for some in _some(notes, TAKEN_TOGETHER):
            outcomes = await self._ways.receive(some)
            found += [Part("note", o.note_hash, refused=o.refused) for o in outcomes]
            owed = [o for o in outcomes if o.receipt is not None]
            refused = [o for o in outcomes if o.refused is not None][:refusals_left]
            refusals_left -= len(refused)
            if sender in await self._ground.ring():
                await self._ground.change(packing.owing(sender, [*owed, *refused]))
        return found

    async def _receipts(self, peer: str, receipts: Sequence[bytes]) -> list[Part]:
        """As the courier keeps them: some in one unit of work, one by one if one is bad."""
        found: list[Part] = []
        waiting = await self._waiting(peer) if receipts else Waiting()
        for some in _some(receipts, SETTLED_TOGETHER):
            good: list[tuple[Parcel, bytes]] = []
            for receipt in some:
                try:
                    digest = _receipted(receipt)
                    parcel = await self._parcel(peer, digest, waiting)
                except PeerError as error:
                    found.append(Part("receipt", note_hash(receipt).hex(), refused=error))
                    continue
                if parcel is None:
                    found.append(Part("receipt", digest, known=True))
                else:
                    good.append((parcel, receipt))
            found += await self._delivered(peer, good)
        return found

    async def _delivered(self, peer: str, good: Sequence[tuple[Parcel, bytes]]) -> list[Part]:
        if not good:
            return []
        digests = [note_hash(parcel.note).hex() for parcel, _ in good]
        try:
            await self._ways.delivered_many(peer, good)
        except (PeerError, InputError) as error:
            if len(good) == 1:
                return [Part("receipt", digests[0], refused=error)]
            return [part for one in good for part in await self._delivered(peer, (one,))]
        return [Part("receipt", digest) for digest in digests]

    async def _refusals(self, peer: str, refusals: Sequence[bytes]) -> list[Part]:
        """As the courier keeps them; what has its receipt stays delivered."""
        found: list[Part] = []
        waiting = await self._waiting(peer) if refusals else Waiting()
        ring = await self._ground.ring()
        for note in refusals:
            try:
                said = open_refusal(note, ring.keys_of(peer))
                if said.to != self._ground.context.party:
                    raise ReplayError(f"a refusal for {said.to}", right="a refusal for us")
                parcel = await self._parcel(peer, said.note_hash, waiting)
            except PeerError as error:
                found.append(Part("refusal", note_hash(note).hex(), refused=error))
                continue
            if parcel is not None and waiting.holds(parcel):
                right = f"; right would be: {said.right}" if said.right else ""
                await self._ways.refused(peer, parcel, f"{said.code}: {said.what}{right}")
                found.append(Part("refusal", said.note_hash))
            else:
                found.append(Part("refusal", said.note_hash, known=True))
        return found

    async def _waiting(self, peer: str) -> Waiting:
        first = await self._ways.parcels(peer, FIRST_PARCELS)
        afloat = {note_hash(p.note).hex(): p for p in first if p.index < 0}
        indices = await self._ground.store.read(lambda tx: set(tx.outbox.pending(peer, -1)))
        return Waiting(indices, afloat)

    async def _parcel(self, peer: str, digest: str, waiting: Waiting) -> Parcel | None:
        """What ``peer`` answers; None if its receipt stands in our log already. ReplayError: we
        sent it nothing of the kind."""
        if digest in waiting.afloat:
            return waiting.afloat[digest]
        return await self._ground.store.read(lambda tx: _sent(tx, peer, digest, waiting.indices))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a peer: places in our log, and what is afloat by its hash."""

    indices: set[int] = field(default_factory=set)
    afloat: dict[str, Parcel] = field(default_factory=dict)

    def holds(self, parcel: Parcel) -> bool:
        return parcel.index < 0 or parcel.index in self.indices


def _check(context: Context, ring: Keyring, parcel: ParcelFile) -> None:
    if parcel.to != context.party:
        raise ReplayError(
            f"the file is for {parcel.to[:80]!r}",
            right=f"a file for {context.party}",
            at_fault="whoever carried the file here",
        )
    if parcel.sender == context.party:
        raise ReplayError("a file of our own came back to us", right="a file of another party")
    if parcel.sender not in ring:
        raise UnknownPartyError(
            f"a file of {parcel.sender[:80]!r}, whose roster we do not hold",
            right="a party whose first roster people compared",
        )
    if parcel.agreement != context.agreement_ref:
        raise ReplayError(
            f"{parcel.sender} packed the file under agreement {parcel.agreement[:80]}",
            right=context.agreement_ref,
            at_fault=f"party {parcel.sender}",
        )


def _receipted(sealed: bytes) -> str:
    """Hash of the note that this receipt, not verified yet, is for. Raises PeerError."""
    type_line, body = parse_statement(parse(sealed).text)
    if type_line != RECEIPT_TYPE:
        raise MalformedError(f"a statement of type {type_line}", right=RECEIPT_TYPE)
    return receipt_of(body).note_hash.hex()


def _sent(tx: Tx, peer: str, digest: str, waiting: set[int]) -> Parcel | None:
    if tx.records.get("receipted", f"{digest}|{peer}") is not None:
        return None
    index = tx.log.index_of(digest)
    if index is None:
        raise ReplayError(
            f"{peer} answers note {digest[:16]}, which our log does not hold",
            right="an answer to a note of ours; after a restore: parley recover",
            at_fault="nobody yet: our log may be older than what it sent",
        )
    refused = tx.records.get("refused", f"{peer}|{index:012d}")
    if index not in waiting and refused is None:
        raise ReplayError(
            f"{peer} answers note {digest[:16]}, which it was not sent",
            right="answers to what it was sent",
            at_fault=f"party {peer}",
        )
    return Parcel(index, packing.note_at(tx, index))


def _some(parts: Sequence[T], count: int) -> Iterator[Sequence[T]]:
    return (parts[start : start + count] for start in range(0, len(parts), count))
