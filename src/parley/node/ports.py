"""What a node needs from outside, said by the node: at most five methods a port.

A ``Store`` runs a unit of work on a ``Tx`` in one transaction, off the event loop; what
``write`` returned for is durable (fsync done) when the await ends, and an exception leaves
nothing behind. The four parts of a Tx are synchronous. Several waiting writes may share one
commit; none of them returns before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from parley.rules.placed import Layer, Row
from parley.space import Box

T = TypeVar("T")


class Log(Protocol):
    """The party's own append-only log: leaves as bytes, found again by the hash of their note."""

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        """Appends and returns the index; a note hash that stands already is a StorageError."""
        ...

    def size(self) -> int: ...

    def leaves(self, start: int, stop: int) -> Iterator[bytes]: ...

    def hashes(self, start: int, stop: int) -> Iterator[bytes]: ...

    def index_of(self, note_hash: str) -> int | None: ...


class Records(Protocol):
    """Derived state: bytes by table and key, scanned in the order of the keys (code points)."""

    def put(self, table: str, key: str, value: bytes) -> None: ...

    def get(self, table: str, key: str) -> bytes | None: ...

    def delete(self, table: str, key: str) -> None: ...

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        """Entries whose key starts with ``prefix`` and is greater than ``after``; -1: all."""
        ...

    def count(self, table: str) -> int: ...


class Volumes(Protocol):
    """The 4-D index. Candidates are a superset of the volumes whose boxes meet a query box."""

    def put(self, rows: Sequence[Row]) -> None: ...

    def remove(self, ref: str) -> None:
        """Removes every row of ``ref``, in all layers; nothing there is no error."""
        ...

    def near(self, layer: Layer, boxes: Sequence[Box]) -> list[Row]:
        """Every row of the layer whose box meets one of ``boxes``, each once, ordered by
        (ref, ordinal). May return rows too many by outward rounding, never one too few."""
        ...

    def count(self, layer: Layer) -> int: ...


class Outbox(Protocol):
    """What still has to reach each peer, first in, first out; it survives a kill."""

    def push(self, peer: str, index: int) -> None: ...

    def pending(self, peer: str, limit: int) -> list[int]:
        """Log indices in the order they were pushed."""
        ...

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        """They arrived (a receipt is stored) or were refused for good: no further try."""
        ...

    def counts(self) -> dict[str, int]:
        """Peers with something pending, and how much."""
        ...


class Tx(Protocol):
    @property
    def log(self) -> Log: ...

    @property
    def records(self) -> Records: ...

    @property
    def volumes(self) -> Volumes: ...

    @property
    def outbox(self) -> Outbox: ...


class Store(Protocol):
    async def write(self, work: Callable[[Tx], T]) -> T:
        """Runs ``work`` alone in one transaction; durable when this returns.

        Raises whatever ``work`` raised (nothing kept), or StorageError (disk full, locked,
        damaged: nothing kept, nothing acknowledged)."""
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Runs ``work`` on a consistent snapshot; a write inside is a StorageError."""
        ...

    async def close(self) -> None: ...


Clock = Callable[[], int]
"""Milliseconds since the epoch, UTC; owned by cli/ and handed down."""

Salts = Callable[[], bytes]
"""16 fresh random bytes a call; owned by cli/ and handed down."""

__all__ = ["Clock", "Layer", "Log", "Outbox", "Records", "Row", "Salts", "Store", "Tx", "Volumes"]
