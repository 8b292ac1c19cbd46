"""Copies of other parties' logs: every leaf hash, and the newest leaves sealed by their owner.

Tables of the proofs, keyed ``origin|end``: ``mirror`` (concatenated leaf hashes, kept for good)
and ``tail`` (sealed leaves, the oldest go first); ``mirrored``: the signed head that the hashes
were checked against. Nothing is kept before it hashes to a head that its owner signed. We cannot
read the leaves; their owner gets them back when its own copy is lost.
"""

from __future__ import annotations

import asyncio
import copy
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from nacl import bindings
from nacl.exceptions import CryptoError

from parley.errors import ForgedError, IntegrityError, MalformedError, OversizeError
from parley.ledger import Frontier, Tree, leaf_hash
from parley.ledger.entry import MAX_LEAF_BYTES
from parley.node.ports import Tx
from parley.node.proofs.ground import Ground, log_base, log_size
from parley.node.proofs.heads import SignedHead

MIRROR, TAIL, MIRRORED, HELD = "mirror", "tail", "mirrored", "held"
CHUNK_BYTES = 1024 * 1024
TAIL_BYTES = 64 * 1024 * 1024
CATCHING_BYTES = 8 * 1024 * 1024
HASHES_A_RECORD = 32_768

_NONCE_BYTES = bindings.crypto_secretbox_NONCEBYTES
_SEAL_BYTES = bindings.crypto_secretbox_MACBYTES
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One entry as a mirror has it. leaf: sealed, b"" when only its hash is held."""

    hash: bytes
    leaf: bytes

    def to_bytes(self) -> bytes:
        return self.hash + _LENGTH.pack(len(self.leaf)) + self.leaf


def seal_leaf(secret: bytes, leaf: bytes, digest: bytes) -> bytes:
    """XSalsa20-Poly1305 under the tail secret. The nonce is the leaf's hash: no leaf stands twice
    in a log (each has its salt), so no nonce is used for two."""
    return bytes(bindings.crypto_secretbox(leaf, digest[:_NONCE_BYTES], secret))


def open_leaf(secret: bytes, entry: Sealed) -> bytes:
    """The leaf again. Raises ForgedError: not sealed by us, or not the leaf of its hash."""
    try:
        leaf = bytes(bindings.crypto_secretbox_open(entry.leaf, entry.hash[:_NONCE_BYTES], secret))
    except (CryptoError, ValueError):
        leaf = b""
    if leaf_hash(leaf) != entry.hash:
        raise ForgedError("a sealed leaf does not open", right="what we sealed ourselves")
    return leaf


def read_tail(data: bytes) -> list[Sealed]:
    """Framed entries: hash (32) | length (u32) | sealed leaf. MalformedError, OversizeError."""
    return list(_entries(data))


def _entries(data: bytes) -> Iterator[Sealed]:
    at = 0
    while at < len(data):
        if at + 36 > len(data):
            raise MalformedError("a tail that ends inside an entry", right="whole entries")
        (length,) = _LENGTH.unpack_from(data, at + 32)
        if length > MAX_LEAF_BYTES + _SEAL_BYTES:
            raise OversizeError(f"a sealed leaf of {length} bytes", right=f"{MAX_LEAF_BYTES}")
        end = at + 36 + length
        if end > len(data):
            raise MalformedError("a tail that ends inside a leaf", right="whole entries")
        yield Sealed(data[at : at + 32], data[at + 36 : end])
        at = end


@dataclass(slots=True)
class Catching:
    """What was fetched of a log and is not checked yet: up to ``head``, from ``start`` on."""

    head: SignedHead
    start: int
    hashes: bytearray = field(default_factory=bytearray)
    tails: list[tuple[int, list[Sealed]]] = field(default_factory=list)

    @property
    def next(self) -> int:
        return self.start + len(self.hashes) // 32

    @property
    def whole(self) -> bool:
        return self.next >= self.head.size

    def add(self, data: bytes) -> None:
        """One more stretch, as its owner gave it. Raises PeerError: empty or more than asked."""
        entries = read_tail(data)
        if not entries or self.next + len(entries) > self.head.size:
            raise MalformedError(
                f"a tail of {len(entries)} entries", right=f"1 to {self.head.size - self.next}"
            )
        self.tails.append((self.next, entries))
        for entry in entries:
            self.hashes += entry.hash
        size = sum(len(e.leaf) for _, some in self.tails for e in some)
        while len(self.tails) > 1 and size > CATCHING_BYTES:
            size -= sum(len(e.leaf) for e in self.tails.pop(0)[1])


@dataclass(slots=True)
class _Mirror:
    tree: Tree
    edge: Frontier
    head: SignedHead | None


class Mirrors:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._mirrors: dict[str, _Mirror] = {}

    # Our own log, for those who mirror it

    async def own_tail(self, start: int, stop: int) -> bytes:
        """Entries [start, stop) of our log, sealed and framed, at most ``CHUNK_BYTES`` but one at
        least; b"" when there is none."""
        secret = self._ground.context.keys.tail

        def read(tx: Tx) -> bytes:
            base, end = log_base(tx), min(stop, log_size(tx))
            parts: list[bytes] = []
            size = 0
            if start >= end:
                return b""
            hashes = tx.log.hashes(base + start, base + min(end, start + CHUNK_BYTES // 64))
            for at, digest in enumerate(hashes, base + start):
                leaf = next(iter(tx.log.leaves(at, at + 1)))
                part = Sealed(bytes(digest), seal_leaf(secret, leaf, digest)).to_bytes()
                size += len(part)
                if parts and size > CHUNK_BYTES:
                    break
                parts.append(part)
            return b"".join(parts)

        return await self._ground.store.read(read)

    # Others' logs

    async def tree(self, origin: str) -> tuple[Tree, SignedHead | None]:
        """The mirrored tree of a log, and the signed head that it was checked against."""
        held = await self._mirror(origin)
        return held.tree, held.head

    async def _mirror(self, origin: str) -> _Mirror:
        held = self._mirrors.get(origin)
        if held is None:
            hashes, note = await self._ground.proofs.read(lambda tx: _stored(tx, origin))
            held = await asyncio.to_thread(_rebuilt, hashes, note)
            held = self._mirrors.setdefault(origin, held)
        return held

    async def catching(self, origin: str, head: SignedHead) -> Catching | None:
        """What has to be fetched so that our copy reaches ``head``; None: it does."""
        tree, _ = await self.tree(origin)
        return Catching(head, tree.size) if head.size > tree.size else None

    async def keep(self, caught: Catching) -> None:
        """Check what was fetched against its head, and keep it. Raises ForgedError: it does not
        hash to the signed root; StorageError: not kept."""
        origin = caught.head.checkpoint.origin
        held = await self._mirror(origin)
        if held.tree.size != caught.start:
            return
        hashes = bytes(caught.hashes)
        edge = await asyncio.to_thread(_extended, held.edge, hashes)
        if edge.size != caught.head.size or edge.root() != caught.head.checkpoint.root:
            raise ForgedError(
                f"the entries {caught.start} to {edge.size} of {origin} hash to"
                f" {edge.root().hex()}",
                right=f"the root that was signed, {caught.head.checkpoint.root.hex()}",
            )
        await self._ground.proofs.write(lambda tx: _store(tx, origin, caught, hashes))
        for at in range(0, len(hashes), 32 * 1024):
            held.tree.extend(hashes[i : i + 32] for i in _steps(hashes, at))
            await asyncio.sleep(0)
        held.edge, held.head = edge, caught.head

    async def tail_for(self, origin: str, start: int, head: bytes) -> bytes:
        """For the owner of the log alone: our newest head of it, then entries from ``start`` on,
        as many as go into ``CHUNK_BYTES``. Length (u32) | head | framed entries."""

        def read(tx: Tx) -> bytes:
            return _LENGTH.pack(len(head)) + head + b"".join(_pages(tx, origin, start))

        return await self._ground.proofs.read(read)


def read_mirror(data: bytes) -> tuple[bytes, list[Sealed]]:
    """Inverse of ``tail_for``: the head's note (b"": none) and the entries. Raises PeerError."""
    if len(data) < 4:
        raise MalformedError("an empty answer", right="a head, and entries")
    (length,) = _LENGTH.unpack_from(data)
    if 4 + length > len(data):
        raise MalformedError("an answer that ends inside its head", right="the whole head")
    return data[4 : 4 + length], read_tail(data[4 + length :])


def _steps(hashes: bytes, at: int) -> range:
    return range(at, min(at + 32 * 1024, len(hashes)), 32)


def _extended(edge: Frontier, hashes: bytes) -> Frontier:
    longer = copy.deepcopy(edge)
    for at in range(0, len(hashes), 32):
        longer.append(hashes[at : at + 32])
    return longer


def _rebuilt(hashes: bytes, note: bytes | None) -> _Mirror:
    tree = Tree(hashes[at : at + 32] for at in range(0, len(hashes), 32))
    head = None if note is None else SignedHead.of(note)
    if head is None or tree.size != head.size or tree.root() != head.checkpoint.root:
        if hashes:
            raise IntegrityError("a mirror does not hash to its head", right="the stored hashes")
        head = None
    return _Mirror(tree, _extended(Frontier(), hashes), head)


def _stored(tx: Tx, origin: str) -> tuple[bytes, bytes | None]:
    hashes = b"".join(value for _, value in tx.records.scan(MIRROR, f"{origin}|"))
    return hashes, tx.records.get(MIRRORED, origin)


def _store(tx: Tx, origin: str, caught: Catching, hashes: bytes) -> None:
    records, width = tx.records, 32 * HASHES_A_RECORD
    for at in range(0, len(hashes), width):
        part = hashes[at : at + width]
        end = caught.start + (at + len(part)) // 32
        records.put(MIRROR, f"{origin}|{end:012d}", part)
    size = int(records.get(HELD, origin) or b"0")
    for start, entries in caught.tails:
        part = b"".join(entry.to_bytes() for entry in entries)
        records.put(TAIL, f"{origin}|{start + len(entries):012d}", part)
        size += len(part)
    while size > TAIL_BYTES:
        oldest = next(iter(records.scan(TAIL, f"{origin}|", limit=1)), None)
        if oldest is None:
            break
        records.delete(TAIL, oldest[0])
        size -= len(oldest[1])
    records.put(HELD, origin, str(max(0, size)).encode())
    records.put(MIRRORED, origin, caught.head.note)


def _pages(tx: Tx, origin: str, start: int) -> Iterator[bytes]:
    """Entries from ``start`` on: hashes alone where the sealed leaf is not held any more."""
    left = CHUNK_BYTES
    tails = _held_from(tx, TAIL, origin, start)
    first, sealed = 0, list[Sealed]()
    for end, value in _held_from(tx, MIRROR, origin, start):
        begin = end - len(value) // 32
        for at in range(max(begin, start), end):
            while at >= first + len(sealed) and (ahead := next(tails, None)) is not None:
                sealed = read_tail(ahead[1])
                first = ahead[0] - len(sealed)
            digest = value[32 * (at - begin) : 32 * (at - begin) + 32]
            held = sealed[at - first] if first <= at < first + len(sealed) else Sealed(digest, b"")
            left -= 36 + len(held.leaf)
            if left < 0:
                return
            yield held.to_bytes()


def _held_from(tx: Tx, table: str, origin: str, start: int) -> Iterator[tuple[int, bytes]]:
    """Records of a log that end behind ``start``: where they end, and what they hold."""
    for key, value in tx.records.scan(table, f"{origin}|", after=f"{origin}|{start:012d}"):
        yield int(key.rpartition("|")[2]), value
