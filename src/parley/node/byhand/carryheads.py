"""Heads by hand: ours with the proof that a witness needs, theirs with our cosignatures.

What a peer says of itself outside a signature (the size that it cosigned last) only chooses which
proof we pack; a wrong one costs a file more. A file never confirms our log: it may be an old one.
It may well show that our log is behind.
"""

from __future__ import annotations

from dataclasses import replace

from parley.errors import (
    OurError,
    ParleyError,
    PeerError,
    ProtocolError,
    ReplayError,
    StorageError,
)
from parley.ledger import AddCheckpoint, parse, parse_checkpoint
from parley.node.byhand.packing import Part
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.proofs.ground import Ground
from parley.node.proofs.heads import SignedHead, head_with_cosignatures, lines_by
from parley.node.proofs.seen import WITNESSED
from parley.node.proofs.trust import Trust
from parley.wire.parcelfile import ParcelFile

_THEIRS = "parcel-cosigned"
"""Record of ours, lost without harm: peer -> sizes of our log that it said it cosigned, and that
our last file's head had."""


class HeadsByHand:
    def __init__(self, ground: Ground, trust: Trust) -> None:
        self._ground = ground
        self._trust = trust

    async def framed(self, frame: ParcelFile) -> ParcelFile:
        """The file's frame with our newest head, all that we know of other heads, and what we
        cosigned of the peer's. What cannot be signed or kept now is left out."""
        peer = frame.to
        origin = await self._trust.origin_of(peer)
        cosigned = await self._cosigned(origin)
        seen = tuple(await self._trust.seen.known())
        heads = await self._requests(peer)
        if cosigned is None:
            return replace(frame, heads=heads, seen=seen)
        size = SignedHead.of(cosigned).size
        ours = lines_by(cosigned, (peer, origin, self._ground.context.party))
        return replace(frame, heads=heads, seen=seen, cosignatures=(ours,), cosigned={origin: size})

    async def _cosigned(self, origin: str) -> bytes | None:
        """The head of this log that we cosigned last."""
        return await self._ground.store.read(lambda tx: tx.records.get(WITNESSED, origin))

    async def _requests(self, peer: str) -> tuple[bytes, ...]:
        """What asks the peer to cosign our newest head, from each size that may be its last."""
        try:
            head = await self._trust.heads.publish()
        except OurError:
            head = None
        if head is None:
            return ()
        said, sent = await self._ground.store.read(lambda tx: _sizes(tx, peer))
        olds = {said, sent, self._trust.heads.cosigned_size(peer)}
        made = [
            await self._trust.heads.request(old, head)
            for old in sorted(olds, reverse=True)
            if 0 <= old <= head.size
        ]
        await self._remember(peer, said, head.size)
        return tuple(request.to_bytes() for request in made)

    async def _remember(self, peer: str, said: int, sent: int) -> None:
        def put(desk: Desk) -> None:
            desk.tx.records.put(_THEIRS, peer, b"%d %d" % (said, sent))

        try:
            await self._ground.change(put)
        except StorageError:
            return

    async def take_seen(self, parcel: ParcelFile) -> None:
        """Heads that the peer knows: verified, compared. One of ours to which our log does not
        lead puts us behind."""
        await self._trust.take_heads(list(parcel.seen), by=parcel.sender)

    async def take(self, parcel: ParcelFile) -> list[Part]:
        """Cosign the peer's heads, keep its cosignatures of ours, note how far it cosigned."""
        parts = await self._cosign(parcel.heads)
        for note in parcel.cosignatures:
            try:
                parts.append(await self._keep(parcel.sender, note))
            except PeerError as error:
                parts.append(Part("cosignature", _named(note), refused=error))
        said = parcel.cosigned.get(self._ground.context.origin)
        if said is not None:
            _, sent = await self._ground.store.read(lambda tx: _sizes(tx, parcel.sender))
            await self._remember(parcel.sender, said, sent)
        return parts

    async def _cosign(self, requests: tuple[bytes, ...]) -> list[Part]:
        """One part a head, though it may come with several proofs."""
        found: dict[str, Part] = {}
        for body in requests:
            try:
                head = AddCheckpoint.parse(body).head
            except PeerError as error:
                found["?"] = Part("head", "?", refused=error)
                continue
            name = f"{head.origin} {head.size}"
            if name in found and found[name].refused is None:
                continue
            known = await self._cosigned(head.origin)
            if known is not None and SignedHead.of(known).size >= head.size:
                mine = SignedHead.of(known).checkpoint
                if mine.size > head.size or mine.root == head.root:
                    found[name] = Part("head", name, known=True)
                    continue
            verdict = await self._trust.witness.add_checkpoint(body)
            found[name] = Part("head", name, refused=_refusal(verdict.status, verdict.body))
        return list(found.values())

    async def _keep(self, peer: str, note: bytes) -> Part:
        """A head of ours with the peer's lines, as its answer to our request."""
        context = self._ground.context
        head = parse_checkpoint(parse(note).text)
        name = f"{head.origin} {head.size}"
        if head.origin != context.origin:
            raise ReplayError(
                f"a cosignature for {head.origin[:80]}", right=f"one for {context.origin}"
            )
        problem = await self._trust.confirming.why_not_ours(head, peer)
        if problem:
            raise ReplayError(problem, right="a head of our log", at_fault=f"party {peer}")
        held = await self._ground.proofs.read(
            lambda tx: head_with_cosignatures(tx, context.epoch, head.size)
        )
        if held is None:
            return Part("cosignature", name, known=True)
        theirs = lines_by(note, (peer,))
        body = theirs[theirs.rfind(b"\n\n") + 2 :]
        await self._trust.heads.answered(peer, SignedHead.of(held), 200, body)
        return Part("cosignature", name)


def _named(note: bytes) -> str:
    try:
        head = parse_checkpoint(parse(note).text)
    except PeerError:
        return "?"
    return f"{head.origin[:80]} {head.size}"


def _refusal(status: int, body: bytes) -> ParleyError | None:
    """Why a head was not cosigned; None: it was."""
    if status == 200:
        return None
    what = body[:200].decode("utf-8", "replace").strip()
    if status == 409:
        what = f"we cosigned up to {what} entries, and no proof from there came with it"
        return ProtocolError(what, right="a file packed after our next one was carried in")
    kind = StorageError if status == 507 else OurError if status == 503 else ProtocolError
    return kind(what or str(status), right="a head that extends what we cosigned")


def _sizes(tx: Tx, peer: str) -> tuple[int, int]:
    said, sent = (tx.records.get(_THEIRS, peer) or b"0 0").split()
    return int(said), int(sent)
