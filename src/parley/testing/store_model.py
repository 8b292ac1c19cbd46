"""A store as plain as can be: lists and dicts that are copied for each work. The measure of all.

Only for comparison in tests: everything is scanned, nothing is durable, nothing is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TypeVar

from parley.errors import StorageError
from parley.node.ports import Layer, Row, Tx
from parley.space import Box

T = TypeVar("T")


@dataclass
class ModelLog:
    entries: list[tuple[bytes, bytes, str]] = field(default_factory=list)

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        if self.index_of(note_hash) is not None:
            raise StorageError("twice")
        self.entries.append((leaf, leaf_hash, note_hash))
        return len(self.entries) - 1

    def size(self) -> int:
        return len(self.entries)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        return (self.entries[i][0] for i in range(self.size()) if start <= i < stop)

    def hashes(self, start: int, stop: int) -> Iterator[bytes]:
        return (self.entries[i][1] for i in range(self.size()) if start <= i < stop)

    def index_of(self, note_hash: str) -> int | None:
        return next((i for i, entry in enumerate(self.entries) if entry[2] == note_hash), None)


@dataclass
class ModelRecords:
    values: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put(self, table: str, key: str, value: bytes) -> None:
        self.values[table, key] = value

    def get(self, table: str, key: str) -> bytes | None:
        return self.values.get((table, key))

    def delete(self, table: str, key: str) -> None:
        self.values.pop((table, key), None)

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        found = sorted(
            (key, value)
            for (of, key), value in self.values.items()
            if of == table and key.startswith(prefix) and (not after or key > after)
        )
        return iter(found if limit < 0 else found[:limit])

    def count(self, table: str) -> int:
        return sum(1 for of, _ in self.values if of == table)


@dataclass
class ModelVolumes:
    rows: dict[tuple[Layer, str, int], tuple[Row, tuple[Box, ...]]] = field(default_factory=dict)

    def put(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.rows[row.layer, row.ref, row.ordinal] = (row, row.volume.boxes())

    def remove(self, ref: str) -> None:
        self.rows = {key: value for key, value in self.rows.items() if key[1] != ref}

    def near(self, layer: Layer, boxes: Sequence[Box]) -> list[Row]:
        met = [
            row
            for row, held in self.rows.values()
            if row.layer == layer and any(one.meets(box) for one in held for box in boxes)
        ]
        return sorted(met, key=lambda row: (row.ref, row.ordinal))

    def count(self, layer: Layer) -> int:
        return sum(key[0] == layer for key in self.rows)


@dataclass
class ModelOutbox:
    queue: list[tuple[str, int]] = field(default_factory=list)

    def push(self, peer: str, index: int) -> None:
        if (peer, index) not in self.queue:
            self.queue.append((peer, index))

    def pending(self, peer: str, limit: int) -> list[int]:
        found = [index for of, index in self.queue if of == peer]
        return found if limit < 0 else found[:limit]

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        for index in indices:
            if (peer, index) in self.queue:
                self.queue.remove((peer, index))

    def counts(self) -> dict[str, int]:
        peers = sorted({peer for peer, _ in self.queue})
        return {peer: sum(of == peer for of, _ in self.queue) for peer in peers}


@dataclass
class Model:
    """A ``Tx`` that stands; ``run`` makes it one transaction."""

    log: ModelLog = field(default_factory=ModelLog)
    records: ModelRecords = field(default_factory=ModelRecords)
    volumes: ModelVolumes = field(default_factory=ModelVolumes)
    outbox: ModelOutbox = field(default_factory=ModelOutbox)

    def copied(self) -> Model:
        return Model(
            ModelLog(copy(self.log.entries)),
            ModelRecords(copy(self.records.values)),
            ModelVolumes(copy(self.volumes.rows)),
            ModelOutbox(copy(self.outbox.queue)),
        )


def run(model: Model, work: Callable[[Tx], T]) -> tuple[Model, T]:
    """The model after the work, and what the work returned; the given model is left as it is."""
    after = model.copied()
    return after, work(after)
