"""Random works against several stores and a plain model at once: all must say the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from parley.errors import StorageError
from parley.node.ports import Layer, Row, Store, Tx
from parley.space import Box
from parley.testing import store_model
from parley.testing.strategies import REFS, boxes, rows

Openers = dict[str, Callable[[], Awaitable[Store]]]
MAX_MS = 253_402_300_799_999
ROUNDING_MS = 1_000  # how far outward a store may round time in its index


EVERYWHERE = Box(
    -900_000_000, 900_000_000, -1_800_000_000, 1_800_000_000,
    -800_000, 10_000_000, -MAX_MS, MAX_MS,
)  # fmt: skip


class OnPurposeError(Exception):
    """Raised by works that are meant to fail."""


@dataclass(frozen=True)
class Op:
    """One call on a transaction."""

    name: str
    arguments: tuple[Any, ...]

    def __call__(self, tx: Tx) -> object:
        part, method = self.name.split(".")
        try:
            result = getattr(getattr(tx, part), method)(*self.arguments)
        except StorageError:
            return "refused"
        return list(result) if hasattr(result, "__next__") else result


def _op(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Op]:
    return st.tuples(*arguments).map(lambda chosen: Op(name, chosen))


_tables = st.sampled_from(("t", "u"))
_keys = st.text(alphabet="ab/é\x00\ud7ff\ue000\U00010000\U0010ffff", max_size=3)
_short = st.binary(max_size=4)
_notes = st.sampled_from([f"note {n}" for n in range(30)])
_refs = st.sampled_from(REFS)
_peers = st.sampled_from(("b", "c"))
_indices = st.integers(0, 6)
_bounds = st.integers(-1, 12)
_layers = st.sampled_from(Layer)
_queries = st.lists(boxes(), max_size=3)

writes = st.one_of(
    _op("log.append", _short, _short, _notes),
    _op("records.put", _tables, _keys, _short),
    _op("records.delete", _tables, _keys),
    _op("volumes.put", st.lists(rows(), max_size=3)),
    _op("volumes.put", st.lists(rows(), max_size=3)),
    _op("volumes.remove", _refs),
    _op("outbox.push", _peers, _indices),
    _op("outbox.push", st.just("b"), _indices),
    _op("outbox.settle", _peers, st.lists(_indices, max_size=3)),
)
reads = st.one_of(
    _op("log.size"),
    _op("log.leaves", _bounds, _bounds),
    _op("log.hashes", _bounds, _bounds),
    _op("log.index_of", _notes),
    _op("records.get", _tables, _keys),
    _op("volumes.near", _layers, _queries),
    _op("volumes.near", _layers, _queries),
    _op("volumes.count", _layers),
    _op("outbox.pending", _peers, _bounds),
    _op("outbox.counts"),
)


def _widened(op: Op) -> Op:
    """The search that holds all that rounding may add."""
    layer, queries = op.arguments
    wider = [
        replace(box, start_ms=box.start_ms - ROUNDING_MS, end_ms=box.end_ms + ROUNDING_MS)
        for box in queries
    ]
    return Op(op.name, (layer, wider))


def _everything(tx: Tx) -> list[object]:
    return [
        list(tx.log.leaves(0, tx.log.size())),
        list(tx.log.hashes(0, tx.log.size())),
        [list(tx.records.scan(table)) for table in ("t", "u")],
        [tx.volumes.count(layer) for layer in Layer],
        [tx.volumes.near(layer, (EVERYWHERE,)) for layer in Layer],
        tx.outbox.counts(),
        [tx.outbox.pending(peer, -1) for peer in ("b", "c")],
    ]


def _names(found: object) -> list[tuple[str, int]]:
    assert isinstance(found, list)
    return [(row.ref, row.ordinal) for row in found]


class StoreMachine(RuleBasedStateMachine):
    """Subclass it and give ``openers``: the stores by name, each of them new and empty.

    An opener is called again after a close; ``durable`` names those that then hold what they did.
    """

    durable: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = store_model.Model()
        self.stores: dict[str, Store] = {}

    def openers(self) -> Openers:
        raise NotImplementedError("a test gives its own")

    @initialize()
    def open_all(self) -> None:
        self.opened = self.openers()
        for name, opener in self.opened.items():
            self.stores[name] = self.runner.run(_awaited(opener()))

    def teardown(self) -> None:
        for store in self.stores.values():
            self.runner.run(store.close())
        self.runner.close()

    @rule(ops=st.lists(st.one_of(writes, reads), min_size=1, max_size=12))
    def work(self, ops: list[Op]) -> None:
        after = self.model.copied()
        expected = [(op, op(after), self._loosest(op, after)) for op in ops]
        for name, store in self.stores.items():
            got = self.runner.run(store.write(lambda tx: [op(tx) for op in ops]))
            for (op, least, most), one in zip(expected, got, strict=True):
                _agree(name, op, least, most, one)
        self.model = after

    @rule(ops=st.lists(writes, min_size=1, max_size=6))
    def failing_work(self, ops: list[Op]) -> None:
        def work(tx: Tx) -> None:
            for op in ops:
                op(tx)
                for layer in Layer:
                    tx.volumes.near(layer, (EVERYWHERE,))  # what is undone must not be remembered
            raise OnPurposeError

        for name, store in self.stores.items():
            try:
                self.runner.run(store.write(work))
            except OnPurposeError:
                continue
            raise AssertionError(f"{name}: the work's own error was lost")

    @rule(good=st.lists(writes, max_size=3), bad=st.lists(writes, max_size=3))
    def works_side_by_side(self, good: list[Op], bad: list[Op]) -> None:
        """A failing work between two good ones, which a store may commit as one group."""

        def fail(tx: Tx) -> None:
            for op in bad:
                op(tx)
            raise OnPurposeError

        async def three(store: Store) -> tuple[object, object, object]:
            first, second, third = await asyncio.gather(
                store.write(lambda tx: [op(tx) for op in good]),
                store.write(fail),
                store.write(lambda tx: [op(tx) for op in good]),
                return_exceptions=True,
            )
            return first, second, third

        expected = [[op(self.model) for op in good] for _ in range(2)]
        for name, store in self.stores.items():
            first, second, third = self.runner.run(three(store))
            assert [first, third] == expected, name
            assert isinstance(second, OnPurposeError), name

    @rule(op=reads)
    def read(self, op: Op) -> None:
        least, most = op(self.model), self._loosest(op, self.model)
        for name, store in self.stores.items():
            _agree(name, op, least, most, self.runner.run(store.read(op)))

    @rule(table=_tables, prefix=_keys, after=_keys, limit=_bounds)
    def scan(self, table: str, prefix: str, after: str, limit: int) -> None:
        def work(tx: Tx) -> list[tuple[str, bytes]]:
            return list(tx.records.scan(table, prefix, after=after, limit=limit))

        def count(tx: Tx) -> int:
            return tx.records.count(table)

        for name, store in self.stores.items():
            assert self.runner.run(store.read(count)) == count(self.model), name
        for name, store in self.stores.items():
            assert self.runner.run(store.read(work)) == work(self.model), name

    @rule()
    def reopen(self) -> None:
        for name in self.durable:
            self.runner.run(self.stores[name].close())
            self.stores[name] = self.runner.run(_awaited(self.opened[name]()))

    @invariant()
    def same_state(self) -> None:
        expected = _everything(self.model)
        for name, store in self.stores.items():
            assert self.runner.run(store.read(_everything)) == expected, name

    def _loosest(self, op: Op, model: store_model.Model) -> object:
        return _widened(op)(model) if op.name == "volumes.near" else None


async def _awaited(opening: Awaitable[Store]) -> Store:
    return await opening


def _agree(name: str, op: Op, least: object, most: object, got: object) -> None:
    """The same answer; of a search, all that meets and at most what rounding adds."""
    if op.name != "volumes.near":
        assert got == least, f"{name}: {op}"
        return
    found = _names(got)
    assert found == sorted(set(found)), f"{name}: {op} out of order"
    assert isinstance(got, list)
    assert isinstance(least, list)
    assert isinstance(most, list)
    _holds(name, op, least, got)
    _holds(name, op, got, most)


def _holds(name: str, op: Op, fewer: list[Row], more: list[Row]) -> None:
    missing = [row for row in fewer if row not in more]
    assert not missing, f"{name}: {op}: {missing}"
