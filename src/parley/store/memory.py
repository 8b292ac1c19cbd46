"""The store in memory: dicts, lists and one pass over the boxes. Durable until the process ends.

Works run one at a time on the event loop; what a failing work did is undone, step by step.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from parley.errors import StorageError
from parley.node.ports import Layer, Row, Tx
from parley.space import Box
from parley.store.grid import Grid

T = TypeVar("T")
_Undo = Callable[[], object]
_Key = tuple[str, int]


class _Table:
    """Bytes by key, and the keys in order."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.keys: list[str] = []

    def put(self, key: str, value: bytes) -> None:
        if key not in self.values:
            insort(self.keys, key)
        self.values[key] = value

    def delete(self, key: str) -> None:
        del self.values[key]
        del self.keys[bisect_left(self.keys, key)]


class _LayerRows:
    """The rows of one layer, each with its boxes."""

    def __init__(self) -> None:
        self.rows: dict[_Key, tuple[Row, tuple[Box, ...]]] = {}
        self.grid: Grid[_Key] = Grid()

    def put(self, row: Row, boxes: tuple[Box, ...]) -> None:
        key = (row.ref, row.ordinal)
        self.grid.put(key, boxes)
        self.rows[key] = (row, boxes)

    def remove(self, key: _Key) -> tuple[Row, tuple[Box, ...]]:
        self.grid.remove(key)
        return self.rows.pop(key)


class _State:
    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.hashes: list[bytes] = []
        self.notes: dict[str, int] = {}
        self.tables: dict[str, _Table] = {}
        self.layers = {layer: _LayerRows() for layer in Layer}
        self.refs: dict[str, set[tuple[Layer, int]]] = {}
        self.outbox: dict[str, dict[int, int]] = {}  # peer: log index: when pushed, ascending
        self.pushes = 0


class _Unit:
    """One unit of work: whether it may still act, and how to undo what it did."""

    def __init__(self, *, writable: bool) -> None:
        self._writable = writable
        self._ended = False
        self._undo: list[_Undo] = []

    def check(self) -> None:
        if self._ended:
            raise StorageError(
                "a transaction was used after its end", right="work that returns plain values"
            )

    def check_write(self, *texts: str) -> None:
        """Called before each change, with the texts that it stores."""
        self.check()
        if not self._writable:
            raise StorageError("a write inside a read", right="Store.write for work that changes")
        for text in texts:
            _check_text(text)

    def changed(self, undo: _Undo) -> None:
        """Called after each change, with what takes it back."""
        self._undo.append(undo)

    def end(self, *, keep: bool) -> None:
        self._ended = True
        if not keep:
            for undo in reversed(self._undo):
                undo()
        self._undo.clear()


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeError as error:
        raise StorageError(
            f"a value cannot be stored ({error})", right="text without lone surrogates"
        ) from error


class _Log:
    def __init__(self, state: _State, unit: _Unit) -> None:
        self._state = state
        self._unit = unit

    def append(self, leaf: bytes, leaf_hash: bytes, note_hash: str) -> int:
        state = self._state
        self._unit.check_write(note_hash)
        if note_hash in state.notes:
            raise StorageError(
                f"the log holds the note {note_hash!r} already", right="each note once"
            )
        index = len(state.leaves)
        state.leaves.append(bytes(leaf))
        state.hashes.append(bytes(leaf_hash))
        state.notes[note_hash] = index
        self._unit.changed(lambda: self._drop(note_hash))
        return index

    def _drop(self, note_hash: str) -> None:
        self._state.leaves.pop()
        self._state.hashes.pop()
        del self._state.notes[note_hash]

    def size(self) -> int:
        self._unit.check()
        return len(self._state.leaves)

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        self._unit.check()
        return iter(self._state.leaves[max(start, 0) : max(stop, 0)])

    def hashes(self, start: int, stop: int) -> Iterator[bytes]:
        self._unit.check()
        return iter(self._state.hashes[max(start, 0) : max(stop, 0)])

    def index_of(self, note_hash: str) -> int | None:
        self._unit.check()
        return self._state.notes.get(note_hash)


class _Records:
    def __init__(self, state: _State, unit: _Unit) -> None:
        self._tables = state.tables
        self._unit = unit

    def put(self, table: str, key: str, value: bytes) -> None:
        self._unit.check_write(table, key)
        rows = self._tables.setdefault(table, _Table())
        before = rows.values.get(key)
        rows.put(key, bytes(value))
        if before is None:
            self._unit.changed(lambda: rows.delete(key))
        else:
            self._unit.changed(lambda: rows.put(key, before))

    def get(self, table: str, key: str) -> bytes | None:
        self._unit.check()
        rows = self._tables.get(table)
        return rows.values.get(key) if rows else None

    def count(self, table: str) -> int:
        self._unit.check()
        rows = self._tables.get(table)
        return len(rows.values) if rows else 0

    def delete(self, table: str, key: str) -> None:
        self._unit.check_write()
        rows = self._tables.get(table)
        if rows is None or key not in rows.values:
            return
        before = rows.values[key]
        rows.delete(key)
        self._unit.changed(lambda: rows.put(key, before))

    def scan(
        self, table: str, prefix: str = "", *, after: str = "", limit: int = -1
    ) -> Iterator[tuple[str, bytes]]:
        """As the port says; a deletion of what was given already does not disturb it."""
        self._unit.check()
        rows = self._tables.get(table)
        at = after
        exclusive = bool(after)
        if prefix > after:
            at, exclusive = prefix, False
        while rows is not None and limit:
            self._unit.check()
            place = (bisect_right if exclusive else bisect_left)(rows.keys, at)
            if place == len(rows.keys) or not rows.keys[place].startswith(prefix):
                return
            at, exclusive = rows.keys[place], True
            limit -= 1
            yield at, rows.values[at]


class _Volumes:
    def __init__(self, state: _State, unit: _Unit) -> None:
        self._state = state
        self._unit = unit

    def put(self, rows: Sequence[Row]) -> None:
        """A row whose (ref, ordinal) stands in its layer is replaced."""
        for row in rows:
            self._unit.check_write(row.ref, row.party, row.group)
            boxes = row.volume.boxes()
            if (row.ref, row.ordinal) in self._state.layers[row.layer].rows:
                self._take(row.layer, (row.ref, row.ordinal))
            self._place(row, boxes)
            self._unit.changed(partial(self._lift, row.layer, (row.ref, row.ordinal)))

    def remove(self, ref: str) -> None:
        self._unit.check_write()
        for layer, ordinal in sorted(self._state.refs.get(ref, ())):
            self._take(layer, (ref, ordinal))

    def near(self, layer: Layer, boxes: Sequence[Box]) -> list[Row]:
        self._unit.check()
        held = self._state.layers[layer]
        return [held.rows[key][0] for key in sorted(held.grid.near(boxes))]

    def count(self, layer: Layer) -> int:
        self._unit.check()
        return len(self._state.layers[layer].rows)

    def _take(self, layer: Layer, key: _Key) -> None:
        row, boxes = self._lift(layer, key)
        self._unit.changed(lambda: self._place(row, boxes))

    def _place(self, row: Row, boxes: tuple[Box, ...]) -> None:
        self._state.layers[row.layer].put(row, boxes)
        self._state.refs.setdefault(row.ref, set()).add((row.layer, row.ordinal))

    def _lift(self, layer: Layer, key: _Key) -> tuple[Row, tuple[Box, ...]]:
        ref, ordinal = key
        of_ref = self._state.refs[ref]
        of_ref.discard((layer, ordinal))
        if not of_ref:
            del self._state.refs[ref]
        return self._state.layers[layer].remove(key)


class _Outbox:
    def __init__(self, state: _State, unit: _Unit) -> None:
        self._state = state
        self._unit = unit

    def push(self, peer: str, index: int) -> None:
        """What is pending already keeps its place."""
        self._unit.check_write(peer)
        pending = self._state.outbox.setdefault(peer, {})
        if index not in pending:
            self._state.pushes += 1
            pending[index] = self._state.pushes
            self._unit.changed(lambda: pending.pop(index))

    def pending(self, peer: str, limit: int) -> list[int]:
        self._unit.check()
        waiting = self._state.outbox.get(peer, {})
        return list(waiting if limit < 0 else islice(waiting, limit))

    def settle(self, peer: str, indices: Iterable[int]) -> None:
        self._unit.check_write()
        pending = self._state.outbox.get(peer, {})
        for index in indices:
            if index in pending:
                pushed = pending.pop(index)
                self._unit.changed(partial(_put_back, pending, index, pushed))

    def counts(self) -> dict[str, int]:
        self._unit.check()
        return {peer: len(held) for peer, held in sorted(self._state.outbox.items()) if held}


def _put_back(pending: dict[int, int], index: int, pushed: int) -> None:
    order = sorted([*pending.items(), (index, pushed)], key=lambda item: item[1])
    pending.clear()
    pending.update(order)


class _MemoryTx:
    def __init__(self, state: _State, unit: _Unit) -> None:
        self._log = _Log(state, unit)
        self._records = _Records(state, unit)
        self._volumes = _Volumes(state, unit)
        self._outbox = _Outbox(state, unit)

    @property
    def log(self) -> _Log:
        return self._log

    @property
    def records(self) -> _Records:
        return self._records

    @property
    def volumes(self) -> _Volumes:
        return self._volumes

    @property
    def outbox(self) -> _Outbox:
        return self._outbox


class MemoryStore:
    """A ``Store`` that ends with its process. After ``close`` every call is a StorageError."""

    def __init__(self) -> None:
        self._state = _State()
        self._open = True

    async def write(self, work: Callable[[Tx], T]) -> T:
        return await self._run(work, writable=True)

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self._run(work, writable=False)

    async def close(self) -> None:
        self._open = False

    async def _run(self, work: Callable[[Tx], T], *, writable: bool) -> T:
        if not self._open:
            raise StorageError("the store is closed", right="an open store")
        await asyncio.sleep(0)  # as with any other store, others may come first
        unit = _Unit(writable=writable)
        keep = False
        try:
            result = work(_MemoryTx(self._state, unit))
            keep = True
            return result
        finally:
            unit.end(keep=keep)
