"""What every store must do. A test file subclasses these and gives the fixture ``store_factory``.

``StoreSuite`` is for all, with ``IndexSuite`` (index_suite.py) beside it; ``DurableStoreSuite``
adds what survives a close.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import pytest

from parley.errors import StorageError
from parley.node.ports import Layer, Row, Store, Tx
from parley.rules.statements import Use
from parley.space import Area, Band, Box, Height, Position, Span, Volume

StoreFactory = Callable[[], Awaitable[Store]]
"""Opens the store; called again after a close, it opens what the closed one left."""

NOON_MS = 1_750_075_200_000
HOUR_MS = 3_600_000


class OnPurposeError(Exception):
    """Raised by works of these tests."""


def place(lat_deg: float = 34.0, lon_deg: float = 36.0, radius_m: float = 1_000.0) -> Area:
    return Area.circle(Position(lat_deg=lat_deg, lon_deg=lon_deg), radius_m)


def volume(
    area: Area | None = None, start_ms: int = NOON_MS, end_ms: int = NOON_MS + HOUR_MS
) -> Volume:
    band = Band(Height(0), Height(100_000))
    return Volume(area or place(), band, Span(start_ms, end_ms))


def row(ref: str, ordinal: int = 0, layer: Layer = Layer.DECLARED, **parts: Any) -> Row:
    return Row(ref, ordinal, layer, "a", "strike", Use.ACTIVITY, volume(**parts))


def names(rows: list[Row]) -> list[tuple[str, int]]:
    return [(r.ref, r.ordinal) for r in rows]


async def put(store: Store, *rows: Row) -> None:
    await store.write(lambda tx: tx.volumes.put(rows))


async def near(store: Store, boxes: Sequence[Box], layer: Layer = Layer.DECLARED) -> list[Row]:
    return await store.read(lambda tx: tx.volumes.near(layer, boxes))


def push_one(index: int, tx: Tx) -> None:
    tx.outbox.push("b", index)


def log_one(number: int) -> Callable[[Tx], int]:
    """A work that appends the leaf of that number."""
    return lambda tx: tx.log.append(b"leaf %d" % number, b"hash %d" % number, f"note {number}")


def everything(tx: Tx) -> dict[str, object]:
    """All that a store of these tests holds, as plain values."""
    return {
        "leaves": list(tx.log.leaves(0, tx.log.size())),
        "hashes": list(tx.log.hashes(0, tx.log.size())),
        "records": {table: list(tx.records.scan(table)) for table in ("t", "u")},
        "rows": {layer: tx.volumes.count(layer) for layer in Layer},
        "near": {layer: tx.volumes.near(layer, volume().boxes()) for layer in Layer},
        "outbox": tx.outbox.counts(),
        "pending": {peer: tx.outbox.pending(peer, -1) for peer in ("b", "c")},
    }


def fill(tx: Tx) -> None:
    """Something in every part."""
    index = log_one(0)(tx)
    tx.records.put("t", "k", b"v")
    tx.volumes.put([row("notice:1"), row("notice:1", 1), row("site:1", 0, Layer.PRESENCE)])
    tx.outbox.push("b", index)
    tx.outbox.push("c", index)


def change_all_and_fail(tx: Tx) -> None:
    log_one(7)(tx)
    tx.records.put("t", "k", b"other")
    tx.records.put("u", "new", b"x")
    tx.records.delete("t", "k")
    tx.volumes.put([row("notice:1", 0, area=place(40.0, 10.0)), row("notice:9")])
    tx.volumes.remove("site:1")
    tx.volumes.remove("notice:1")
    tx.outbox.settle("b", [0])
    tx.outbox.push("b", 7)
    raise OnPurposeError


class StoreSuite:
    """The port ``Store``, clause by clause."""

    @pytest.fixture
    def store_factory(self) -> StoreFactory:
        raise NotImplementedError("a test file gives its own")

    @pytest.fixture
    async def store(self, store_factory: StoreFactory) -> AsyncIterator[Store]:
        opened = await store_factory()
        yield opened
        await opened.close()

    async def test_write_returns_what_the_work_returned(self, store: Store) -> None:
        assert await store.write(log_one(0)) == 0
        assert await store.read(lambda tx: tx.log.size()) == 1

    async def test_failing_work_leaves_nothing(self, store: Store) -> None:
        await store.write(fill)
        before = await store.read(everything)
        with pytest.raises(OnPurposeError):
            await store.write(change_all_and_fail)
        assert await store.read(everything) == before
        assert await store.write(log_one(7)) == 1

    async def test_failing_work_in_an_empty_store_leaves_it_empty(self, store: Store) -> None:
        before = await store.read(everything)
        with pytest.raises(OnPurposeError):
            await store.write(change_all_and_fail)
        assert await store.read(everything) == before

    async def test_work_that_runs_out_of_an_iterator_fails_and_does_not_hang(
        self, store: Store
    ) -> None:
        def work(tx: Tx) -> bytes:
            log_one(0)(tx)
            return next(tx.log.leaves(1, 1))

        with pytest.raises(RuntimeError):
            await store.write(work)
        assert await store.read(lambda tx: tx.log.size()) == 0

    async def test_read_refuses_every_write(self, store: Store) -> None:
        await store.write(fill)
        before = await store.read(everything)
        writes: list[Callable[[Tx], object]] = [
            log_one(1),
            lambda tx: tx.records.put("t", "k", b"w"),
            lambda tx: tx.records.delete("t", "k"),
            lambda tx: tx.volumes.put([row("notice:2")]),
            lambda tx: tx.volumes.remove("notice:1"),
            lambda tx: tx.outbox.push("b", 1),
            lambda tx: tx.outbox.settle("b", [0]),
        ]
        for work in writes:
            with pytest.raises(StorageError, match="inside a read"):
                await store.read(work)
        assert await store.read(everything) == before

    async def test_transaction_does_not_outlive_its_work(self, store: Store) -> None:
        await store.write(fill)
        kept = await store.write(lambda tx: tx)
        for use in (fill, everything, lambda tx: tx.log.index_of("note 0")):
            with pytest.raises(StorageError, match="after its end"):
                use(kept)
        scan = await store.read(lambda tx: tx.records.scan("t"))
        with pytest.raises(StorageError, match="after its end"):
            next(scan)
        assert await store.read(lambda tx: tx.log.size()) == 1

    async def test_closed_store_refuses(self, store_factory: StoreFactory) -> None:
        store = await store_factory()
        await store.close()
        await store.close()
        with pytest.raises(StorageError, match="closed"):
            await store.write(fill)
        with pytest.raises(StorageError, match="closed"):
            await store.read(everything)

    async def test_of_many_who_check_then_insert_exactly_one_wins(self, store: Store) -> None:
        def claim(name: bytes) -> Callable[[Tx], bool]:
            def work(tx: Tx) -> bool:
                if tx.volumes.near(Layer.DECLARED, volume().boxes()):
                    return False
                tx.volumes.put([row(f"notice:{name.decode()}")])
                tx.records.put("t", "holder", name)
                return True

            return work

        won = await asyncio.gather(*(store.write(claim(b"%d" % n)) for n in range(20)))
        assert sum(won) == 1
        held = await store.read(lambda tx: tx.records.get("t", "holder"))
        assert held == b"%d" % won.index(True)
        assert await store.read(lambda tx: tx.volumes.count(Layer.DECLARED)) == 1

    async def test_neighbours_of_a_failing_work_stand(self, store: Store) -> None:
        def work(number: int) -> Callable[[Tx], int]:
            def run(tx: Tx) -> int:
                index = log_one(number)(tx)
                tx.volumes.put([row(f"notice:{number}")])
                if number % 3 == 0:
                    raise OnPurposeError(number)
                return index

            return run

        got = await asyncio.gather(
            *(store.write(work(n)) for n in range(60)), return_exceptions=True
        )
        assert all(isinstance(got[n], OnPurposeError) for n in range(0, 60, 3))
        kept = sorted(index for index in got if isinstance(index, int))
        assert kept == list(range(40))
        rows = await near(store, volume().boxes())
        assert sorted(r.ref for r in rows) == sorted(f"notice:{n}" for n in range(60) if n % 3)

    async def test_log_counts_from_zero_and_finds_by_note(self, store: Store) -> None:
        def work(tx: Tx) -> None:
            assert [log_one(n)(tx) for n in range(3)] == [0, 1, 2]
            assert tx.log.size() == 3
            assert list(tx.log.leaves(1, 3)) == [b"leaf 1", b"leaf 2"]
            assert list(tx.log.hashes(0, 2)) == [b"hash 0", b"hash 1"]
            assert tx.log.index_of("note 2") == 2
            assert tx.log.index_of("note 3") is None

        await store.write(work)
        await store.read(lambda tx: list(tx.log.leaves(0, 3)) == [b"leaf 0", b"leaf 1", b"leaf 2"])

    async def test_log_gives_what_exists_of_a_range(self, store: Store) -> None:
        await store.write(lambda tx: [log_one(n)(tx) for n in range(700)])

        def work(tx: Tx) -> None:
            assert list(tx.log.leaves(-5, 1)) == [b"leaf 0"]
            assert list(tx.log.leaves(699, 10**6)) == [b"leaf 699"]
            assert list(tx.log.leaves(700, 800)) == []
            assert list(tx.log.leaves(5, 2)) == []
            assert list(tx.log.hashes(0, 700)) == [b"hash %d" % n for n in range(700)]

        await store.read(work)

    async def test_log_refuses_a_note_twice(self, store: Store) -> None:
        await store.write(log_one(0))
        with pytest.raises(StorageError, match="note 0"):
            await store.write(log_one(0))

        def try_and_go_on(tx: Tx) -> int:
            with pytest.raises(StorageError, match="note 0"):
                tx.log.append(b"another leaf", b"h", "note 0")
            return log_one(1)(tx)

        assert await store.write(try_and_go_on) == 1
        assert await store.read(lambda tx: list(tx.log.leaves(0, 9))) == [b"leaf 0", b"leaf 1"]

    async def test_records_are_scanned_by_code_point(self, store: Store) -> None:
        keys = [
            "",
            "Z",
            "a",
            "a\x00b",
            "aa",
            "ab",
            "b",
            "é",
            "\ud7ff",
            "\ue000",
            "\uffff",
            "\U00010000",
        ]

        def work(tx: Tx) -> None:
            for key in reversed(keys):
                tx.records.put("t", key, key.encode())
            tx.records.put("u", "elsewhere", b"")
            assert [key for key, _ in tx.records.scan("t")] == keys
            assert [value for _, value in tx.records.scan("t")] == [k.encode() for k in keys]

        await store.write(work)
        await store.read(lambda tx: dict(tx.records.scan("u")) == {"elsewhere": b""})

    async def test_records_are_counted_by_table(self, store: Store) -> None:
        def work(tx: Tx) -> None:
            for key in "abc":
                tx.records.put("t", key, b"")
            tx.records.put("t", "a", b"again")
            tx.records.put("u", "a", b"")
            tx.records.delete("t", "b")

        await store.write(work)
        counted = await store.read(lambda tx: [tx.records.count(table) for table in "tuv"])
        assert counted == [2, 1, 0]

    async def test_scan_by_prefix_after_and_limit(self, store: Store) -> None:
        keys = ["a", "a/1", "a/2", "a/3", "a\U0010ffff", "a\U0010ffff!", "b", "\U0010ffff"]

        def scan(tx: Tx, *args: str, **kwargs: Any) -> list[str]:
            return [key for key, _ in tx.records.scan("t", *args, **kwargs)]

        def work(tx: Tx) -> None:
            for key in keys:
                tx.records.put("t", key, b"")
            assert scan(tx, "a/") == ["a/1", "a/2", "a/3"]
            assert scan(tx, "a/", after="a/1") == ["a/2", "a/3"]
            assert scan(tx, "a/", after="a/2", limit=1) == ["a/3"]
            assert scan(tx, "a/", after="a/3") == []
            assert scan(tx, "a/", after="z") == []
            assert scan(tx, "a/2", after="a") == ["a/2"]
            assert scan(tx, "a/2", after="a/2") == []
            assert scan(tx, "a\U0010ffff") == ["a\U0010ffff", "a\U0010ffff!"]
            assert scan(tx, "\U0010ffff") == ["\U0010ffff"]
            assert scan(tx, limit=0) == []
            assert scan(tx, limit=2) == ["a", "a/1"]
            assert scan(tx, after="a", limit=-1) == keys[1:]
            assert scan(tx, "nothing") == []

        await store.write(work)

    async def test_long_scan_can_delete_what_it_was_given(self, store: Store) -> None:
        keys = [f"{n:05}" for n in range(1_000)]

        def work(tx: Tx) -> list[str]:
            for key in keys:
                tx.records.put("t", key, b"x")
            seen = []
            for key, _ in tx.records.scan("t"):
                tx.records.delete("t", key)
                seen.append(key)
            return seen

        assert await store.write(work) == keys
        assert await store.read(lambda tx: list(tx.records.scan("t"))) == []

    async def test_records_are_replaced_and_deleted(self, store: Store) -> None:
        def work(tx: Tx) -> None:
            tx.records.put("t", "k", b"1")
            tx.records.put("t", "k", b"")
            assert tx.records.get("t", "k") == b""
            assert tx.records.get("u", "k") is None
            tx.records.delete("t", "k")
            tx.records.delete("t", "k")
            assert tx.records.get("t", "k") is None

        await store.write(work)

    async def test_text_that_is_no_unicode_is_refused(self, store: Store) -> None:
        with pytest.raises(StorageError, match="surrogate"):
            await store.write(lambda tx: tx.records.put("t", "\ud800", b""))
        with pytest.raises(StorageError, match="surrogate"):
            await store.write(lambda tx: tx.log.append(b"", b"", "\udfff"))

    async def test_outbox_is_first_in_first_out(self, store: Store) -> None:
        def work(tx: Tx) -> None:
            for index in (5, 3, 9, 5):
                tx.outbox.push("b", index)
            tx.outbox.push("c", 3)
            assert tx.outbox.pending("b", 10) == [5, 3, 9]
            assert tx.outbox.pending("b", 2) == [5, 3]
            assert tx.outbox.pending("b", 0) == []
            assert tx.outbox.counts() == {"b": 3, "c": 1}
            tx.outbox.settle("b", [3, 77])
            tx.outbox.push("b", 3)
            assert tx.outbox.pending("b", 10) == [5, 9, 3]
            tx.outbox.settle("c", iter([3]))
            assert tx.outbox.counts() == {"b": 3}
            assert tx.outbox.pending("nobody", 10) == []

        await store.write(work)

    async def test_undone_settling_keeps_the_order(self, store: Store) -> None:
        def push(tx: Tx) -> None:
            for index in range(5):
                tx.outbox.push("b", index)

        await store.write(push)

        def work(tx: Tx) -> None:
            tx.outbox.settle("b", [1, 0])
            tx.outbox.push("b", 1)
            raise OnPurposeError

        with pytest.raises(OnPurposeError):
            await store.write(work)
        assert await store.read(lambda tx: tx.outbox.pending("b", 9)) == [0, 1, 2, 3, 4]


class DurableStoreSuite:
    """What a store on a disk owes beside ``StoreSuite``."""

    async def test_reopened_store_holds_everything(self, store_factory: StoreFactory) -> None:
        store = await store_factory()
        await store.write(fill)
        before = await store.read(everything)
        await store.close()
        again = await store_factory()
        assert await again.read(everything) == before
        assert await again.write(log_one(1)) == 1
        await again.close()

    async def test_outbox_keeps_its_order_when_reopened(self, store_factory: StoreFactory) -> None:
        order = [4, 2, 9, 1, 7]
        for index in order:
            store = await store_factory()
            await store.write(partial(push_one, index))
            await store.close()
        store = await store_factory()
        assert await store.read(lambda tx: tx.outbox.pending("b", 9)) == order
        await store.close()

    async def test_close_finishes_what_was_asked_before(self, store_factory: StoreFactory) -> None:
        store = await store_factory()
        writes = [asyncio.ensure_future(store.write(log_one(n))) for n in range(100)]
        await asyncio.sleep(0)
        await store.close()
        assert sorted(await asyncio.gather(*writes)) == list(range(100))
        again = await store_factory()
        assert await again.read(lambda tx: tx.log.size()) == 100
        await again.close()
