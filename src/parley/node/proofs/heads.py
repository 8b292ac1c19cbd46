"""Our own heads: signed when something changed, kept before they are shown, and cosigned by others.

Table ``head`` of the proofs: ``epoch|size`` -> our signed head (note key and ML-DSA-44) with the
cosignatures that came for it. There are never two heads of one size: the record is kept first.
What cannot be kept is not shown, and nothing else waits for it: the next head covers all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from parley.errors import ForgedError, IntegrityError, OversizeError, ParleyError
from parley.ledger import (
    AddCheckpoint,
    Checkpoint,
    Cosignature,
    Keyring,
    Kind,
    OpenedCheckpoint,
    Signature,
    VerifyKey,
    add_signatures,
    open_checkpoint,
    parse,
    parse_checkpoint,
    party_policy,
    read_answer,
    request_for,
    sign_checkpoint,
    witnesses_of,
)
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.node.proofs.confirming import Confirming
from parley.node.proofs.ground import Ground, log_base, log_size
from parley.node.views import NodeState, Witnessed

TABLE = "head"
TIP = "tip"
IDLE_S = 600
"""So long at most does anything at all in the log wait for a head."""
UNWITNESSED_MS = 30_000
KEPT = 4096
"""So many heads are kept one by one; of older ones every second is let go."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head and its exact note."""

    checkpoint: Checkpoint
    note: bytes = field(repr=False)
    at_s: int = 0

    @classmethod
    def of(cls, note: bytes, at_s: int = 0) -> SignedHead:
        """Verifies nothing: for notes that were verified before they were kept."""
        return cls(parse_checkpoint(parse(note).text), note, at_s)

    @property
    def size(self) -> int:
        return self.checkpoint.size


class Heads:
    """Publishing, cosignatures that come back, and how far the log is witnessed."""

    def __init__(self, ground: Ground, confirming: Confirming, quorum: int) -> None:
        self._ground = ground
        self._confirming = confirming
        self._quorum = quorum
        self._turn = asyncio.Lock()
        self._tip: SignedHead | None = None
        self._loaded = False
        self._by: dict[str, tuple[int, int]] = {}
        self._size = self._at_s = 0
        self._gathered_size = -1
        self._gathered: dict[VerifyKey, Cosignature] = {}
        self._waiting_since_ms: int | None = None
        self._said = False

    @property
    def tip(self) -> SignedHead | None:
        """Our newest head, as it was signed (without what others added)."""
        return self._tip

    async def newest_cosigned(self) -> SignedHead | None:
        """Our newest head with all that others signed under it."""
        tip = self._tip
        if tip is None:
            return None
        note = await self._ground.proofs.read(lambda tx: tx.records.get(TABLE, self._key(tip.size)))
        return tip if note is None else SignedHead.of(note, tip.at_s)

    def witnessed(self) -> Witnessed:
        return Witnessed(
            self._size,
            self._at_s,
            dict(self._by),
            self._quorum,
            self._confirming.state,
            0 if self._tip is None else self._tip.size,
        )

    async def kept(self) -> list[bytes]:
        """Our heads of this epoch that are kept, newest last, with what others added."""
        prefix = f"{self._ground.context.epoch:09d}|"
        return await self._ground.proofs.read(
            lambda tx: [note for _, note in tx.records.scan(TABLE, prefix)]
        )

    def cosigned_size(self, peer: str) -> int:
        """Of our largest head that the peer cosigned; 0 for none that we hold."""
        return self._by.get(peer, (0, 0))[0]

    # Publishing

    async def publish(self) -> SignedHead | None:
        """Our newest head, a fresh one if something changed. None while no peer has confirmed
        us, and while we are behind. Raises StorageError: it could not be kept."""
        async with self._turn:
            await self._load()
            await self._watch()
            if self._confirming.state is not NodeState.CONFIRMED:
                return None
            if await self._ground.store.read(self._stale):
                self._tip = await self._fresh()
            return self._tip

    def _stale(self, tx: Tx) -> bool:
        """Cosignatures alone do not ask for a head: two nodes would cosign each other for ever."""
        size, tip = log_size(tx), self._tip
        known = 0 if tip is None else tip.size
        if size <= known:
            return False
        if tip is None or abs(self._ground.now_s() - tip.at_s) >= IDLE_S:
            return True
        return _said_something(tx, known, size)

    async def _fresh(self) -> SignedHead:
        """Signed outside the store's own thread. Its time is taken where no entry can be under
        way: an entry with a later index was not made before it, by the same clock."""
        at_s, size = await self._ground.store.write(lambda tx: (self._ground.now_s(), log_size(tx)))
        tree, _ = await self._ground.tree()
        context = self._ground.context
        head = Checkpoint(context.origin, size, tree.root(size))
        keys = context.keys
        note = await asyncio.to_thread(
            sign_checkpoint, head, keys.note, keys.quantum, at_s=max(at_s, 0)
        )
        kept = await self._ground.proofs.write(lambda tx: self._keep(tx, head, note))
        return SignedHead.of(lines_by(kept, (context.party,)), at_s)

    def _keep(self, tx: Tx, head: Checkpoint, note: bytes) -> bytes:
        """The record of this size: the one that stands, or this one. IntegrityError: another."""
        key = self._key(head.size)
        held = tx.records.get(TABLE, key)
        if held is not None:
            if SignedHead.of(held).checkpoint.root != head.root:
                raise IntegrityError(
                    f"we signed another root of size {head.size} of {head.origin}",
                    right="the log that we signed for",
                )
            return held
        tx.records.put(TABLE, key, note)
        count = int((tx.records.get(TIP, head.origin) or b"0|0").partition(b"|")[2]) + 1
        if count > KEPT:
            count -= _thin(tx, self._key(0)[:10])
        tx.records.put(TIP, head.origin, b"%d|%d" % (head.size, count))
        return note

    def _key(self, size: int) -> str:
        return f"{self._ground.context.epoch:09d}|{size:012d}"

    async def _load(self) -> None:
        """Once: what we knew before we were started."""
        if self._loaded:
            return
        origin = self._ground.context.origin

        def newest(tx: Tx) -> bytes | None:
            size = (tx.records.get(TIP, origin) or b"").partition(b"|")[0]
            return tx.records.get(TABLE, self._key(int(size))) if size else None

        note = await self._ground.proofs.read(newest)
        if note is not None:
            await self._resume(note)
        self._loaded = True

    async def _resume(self, note: bytes) -> None:
        party = self._ground.context.party
        ring = await self._ground.ring()
        opened = await asyncio.to_thread(open_checkpoint, note, ring.every)
        problem = await self._confirming.why_not_ours(opened.checkpoint, "this node itself")
        if problem:
            await self._confirming.fall_behind(party, problem, opened.checkpoint)
            return
        at_s = next((c.at_s for c in opened.cosignatures if c.key.name == party), 0)
        self._tip = SignedHead.of(lines_by(note, (party,)), at_s)
        self._count(ring, self._tip, opened.cosignatures)

    # Cosignatures

    async def request(self, old_size: int, head: SignedHead) -> AddCheckpoint:
        """What we ask of a witness that cosigned our head of ``old_size`` last (0: none)."""
        tree, _ = await self._ground.tree()
        return request_for(tree, old_size, head.note)

    async def answered(self, peer: str, head: SignedHead, status: int, body: bytes) -> int | None:
        """A witness's answer to ``request``: None when its cosignature is verified and kept, or
        the size of ours that it cosigned last. Raises PeerError, StorageError."""
        ring = self._ground.rings.latest or await self._ground.ring()
        now_s = self._ground.now_s()
        roster = ring.roster(peer)
        keys = [w.key for w in roster.witnesses if w.until_s is None or now_s <= w.until_s]
        lines = read_answer(status, body, head.note, keys)
        if isinstance(lines, int):
            return lines
        key = self._key(head.size)

        def merge(tx: Tx) -> bytes:
            held = tx.records.get(TABLE, key) or head.note
            merged = _merged(held, lines)
            if merged != held:
                tx.records.put(TABLE, key, merged)
            return merged

        await self._ground.proofs.write(merge)
        self._count(ring, head, _times(lines, keys))
        if self._said:
            await self._watch()
        return None

    def _count(self, ring: Keyring, head: SignedHead, seen: Iterable[Cosignature]) -> None:
        """Who cosigned (all of it verified), and whether the quorum is there."""
        context = self._ground.context
        if head.size != self._gathered_size:
            if head.size < self._gathered_size:
                return
            self._gathered_size, self._gathered = head.size, {}
        self._gathered.update((one.key, one) for one in seen if one.key.name != context.party)
        ours = context.keys.note.verifier
        signers = (ours, *self._gathered)
        opened = OpenedCheckpoint(head.checkpoint, ours, signers, tuple(self._gathered.values()))
        times = witnesses_of(opened, ring.party_keys(head.checkpoint.origin))
        self._by.update({party: (head.size, at_s) for party, at_s in times.items()})
        others = {
            party: roster.witness_keys
            for party, roster in ring.rosters.items()
            if party != context.party
        }
        quorum = min(self._quorum, len(others))
        try:
            party_policy((), others, quorum).check(opened)
        except ForgedError:
            return
        self._size = head.size
        self._at_s = sorted(times.values())[quorum - 1] if quorum else 0

    async def _watch(self) -> None:
        """Tell, once, that entries have waited too long for the quorum, and that they do not."""
        now_ms = self._ground.clock()
        if not await self._ground.store.read(self._uncovered):
            self._waiting_since_ms = None
            if self._said:
                self._said = False
                await self._tell("witnessed")
            return
        since = self._waiting_since_ms
        self._waiting_since_ms = now_ms if since is None else min(since, now_ms)
        if not self._said and now_ms - self._waiting_since_ms > UNWITNESSED_MS:
            self._said = True
            await self._tell("unwitnessed")

    def _uncovered(self, tx: Tx) -> bool:
        return _said_something(tx, self._size, log_size(tx))

    async def _tell(self, kind: str) -> None:
        size, by = self._size, {party: size for party, (size, _) in self._by.items()}

        def tell(desk: Desk) -> None:
            desk.event(kind, {"witnessed": size, "size": log_size(desk.tx), "by": by})

        try:
            await self._ground.change(tell)
        except ParleyError:
            self._said = not self._said
            raise


def head_with_cosignatures(tx: Tx, epoch: int, size: int) -> bytes | None:
    """The record of our head of ``size`` with what others signed under it."""
    return tx.records.get(TABLE, f"{epoch:09d}|{size:012d}")


def _said_something(tx: Tx, start: int, stop: int) -> bool:
    """Whether an entry in this stretch of our log is more than a cosignature."""
    base = log_base(tx)
    return any(leaf[0] != Kind.COSIGNED for leaf in tx.log.leaves(base + start, base + stop))


def lines_by(note: bytes, names: Iterable[str]) -> bytes:
    """The same note with only those signature lines that bear one of the names."""
    names = frozenset(names)
    return _filtered(note, lambda s: s.name in names)


def lines_of(note: bytes, keys: Iterable[VerifyKey]) -> bytes:
    """The same note with only the signature lines of these keys. Verifies nothing."""
    wanted = {(key.name, key.key_id) for key in keys}
    return _filtered(note, lambda s: (s.name, s.key_id) in wanted)


def _filtered(note: bytes, wanted: Callable[[Signature], bool]) -> bytes:
    end = note.rfind(b"\n\n") + 2
    lines = note[end:].split(b"\n")[:-1]
    pairs = zip(lines, parse(note).signatures, strict=True)
    return note[:end] + b"".join(line + b"\n" for line, s in pairs if wanted(s))


def _times(lines: bytes, keys: Sequence[VerifyKey]) -> list[Cosignature]:
    """The cosignatures in lines that were verified under ``keys``."""
    known = {(key.name, key.key_id): key for key in keys}
    return [
        Cosignature(known[s.name, s.key_id], int.from_bytes(s.signature[:8], "big"))
        for s in parse(b"-\n\n" + lines).signatures
    ]


def _merged(held: bytes, lines: bytes) -> bytes:
    """``held`` with ``lines``; a later line of a key takes the place of its earlier one. One more
    than a note takes is let go."""
    end = held.rfind(b"\n\n") + 2
    fresh = {(s.name, s.key_id) for s in parse(held[:end] + lines).signatures}
    kept = _filtered(held, lambda s: (s.name, s.key_id) not in fresh)
    try:
        return add_signatures(kept, lines)
    except OversizeError:
        return held


def _thin(tx: Tx, prefix: str) -> int:
    """Of the older half of an epoch's heads every second one goes; how many."""
    keys = [key for key, _ in tx.records.scan(TABLE, prefix, limit=KEPT // 2)][1::2]
    for key in keys:
        tx.records.delete(TABLE, key)
    return len(keys)
