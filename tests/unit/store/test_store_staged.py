"""What a writer stages: seen by the works behind it, undone alone, and gone when others wrote."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from parley.errors import StorageError
from parley.node.ports import Layer, Tx
from parley.store import staged
from parley.store.sqlite import SqliteStore
from parley.testing.store_suite import row, volume


class OnPurposeError(Exception):
    pass


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "parley.db")
    yield opened
    await opened.close()


def keys(tx: Tx, table: str = "t") -> list[str]:
    return [key for key, _ in tx.records.scan(table)]


async def test_works_of_one_group_see_each_other_and_not_those_that_failed(
    store: SqliteStore,
) -> None:
    def work(number: int) -> Callable[[Tx], list[str]]:
        def run(tx: Tx) -> list[str]:
            before = keys(tx)
            tx.records.put("t", f"{number:03}", b"x")
            tx.records.delete("t", f"{number - 2:03}")
            if number % 5 == 0:
                raise OnPurposeError
            return before

        return run

    got = await asyncio.gather(*(store.write(work(n)) for n in range(60)), return_exceptions=True)
    stands: list[str] = []
    for number, seen in enumerate(got):
        if number % 5 == 0:
            assert isinstance(seen, OnPurposeError)
            continue
        assert seen == stands
        stands = [key for key in stands if key != f"{number - 2:03}"] + [f"{number:03}"]
    assert await store.read(keys) == stands


async def test_scan_joins_what_is_stored_and_what_is_staged(store: SqliteStore) -> None:
    stored = [f"{n:04}" for n in range(0, 600, 2)]

    def fill(tx: Tx) -> None:
        for key in stored:
            tx.records.put("t", key, b"old")

    await store.write(fill)

    def work(tx: Tx) -> None:
        for n in range(1, 600, 4):
            tx.records.put("t", f"{n:04}", b"new")
        for n in range(0, 600, 6):
            tx.records.delete("t", f"{n:04}")
        tx.records.put("t", "0002", b"other")
        right = sorted(
            {f"{n:04}" for n in range(0, 600, 2) if n % 6} | {f"{n:04}" for n in range(1, 600, 4)}
        )
        assert keys(tx) == right
        assert tx.records.count("t") == len(right)
        assert [k for k, _ in tx.records.scan("t", "01", limit=7)] == [
            k for k in right if k.startswith("01")
        ][:7]
        assert [k for k, _ in tx.records.scan("t", after="0300")] == [
            k for k in right if k > "0300"
        ]
        assert next(tx.records.scan("t", "0002")) == ("0002", b"other")

    await store.write(work)
    assert await store.write(keys) == await store.read(keys)


async def test_what_is_remembered_does_not_outlive_another_writer(
    store: SqliteStore, tmp_path: Path
) -> None:
    def get(tx: Tx) -> bytes | None:
        return tx.records.get("t", "k")

    await store.write(lambda tx: tx.records.put("t", "k", b"ours"))
    assert await store.write(get) == b"ours"
    other = sqlite3.connect(tmp_path / "parley.db")
    other.execute("UPDATE record SET value = x'00' WHERE tab = 't'")
    other.commit()
    other.close()
    assert await store.write(get) == b"\x00"


async def test_a_table_forgets_when_it_is_large_and_is_still_right(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged, "REMEMBERED", 10)

    def fill(number: int, tx: Tx) -> None:
        for n in range(7):
            tx.records.put("t", f"{number}/{n}", b"%d" % n)

    for number in range(5):
        await store.write(partial(fill, number))
    assert await store.write(lambda tx: tx.records.get("t", "0/3")) == b"3"
    assert len(await store.write(keys)) == 35


async def test_rows_of_a_failing_work_are_not_found_behind_it(store: SqliteStore) -> None:
    def fail(tx: Tx) -> None:
        tx.volumes.put([row("notice:1")])
        assert tx.volumes.count(Layer.DECLARED) == 1
        raise OnPurposeError

    def other(tx: Tx) -> list[str]:
        assert tx.volumes.count(Layer.DECLARED) == 0
        assert tx.volumes.near(Layer.DECLARED, volume().boxes()) == []
        tx.volumes.put([row("notice:2")])
        return [r.ref for r in tx.volumes.near(Layer.DECLARED, volume().boxes())]

    failed, found = await asyncio.gather(
        store.write(fail), store.write(other), return_exceptions=True
    )
    assert isinstance(failed, OnPurposeError)
    assert found == ["notice:2"]
    assert await store.read(lambda tx: tx.volumes.count(Layer.DECLARED)) == 1


async def test_a_note_stands_once_in_one_group_too(store: SqliteStore) -> None:
    digest = "ab" * 32

    def append(tx: Tx) -> int:
        return tx.log.append(b"leaf", bytes(32), digest)

    first, second = await asyncio.gather(
        store.write(append), store.write(append), return_exceptions=True
    )
    assert first == 0
    assert isinstance(second, StorageError)
    assert await store.read(lambda tx: tx.log.index_of(digest)) == 0
    assert await store.read(lambda tx: tx.log.index_of(digest.upper())) is None
