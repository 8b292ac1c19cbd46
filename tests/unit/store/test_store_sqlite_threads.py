"""Snapshots, cancellation, group commit and the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from parley.node.ports import Layer, Tx
from parley.store.schema import LAYER_CODES
from parley.store.sqlite import SqliteStore
from parley.testing.store_child import one, whole


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "parley.db")
    yield opened
    await opened.close()


async def test_read_keeps_its_snapshot_while_others_write(store: SqliteStore) -> None:
    await store.write(one(0))
    began, go_on = threading.Event(), threading.Event()

    def work(tx: Tx) -> tuple[list[int], list[int]]:
        before = whole(tx)
        began.set()
        assert go_on.wait(30)
        return before, whole(tx)

    reading = asyncio.ensure_future(store.read(work))
    await asyncio.to_thread(began.wait, 30)
    await store.write(one(1))
    assert await store.read(whole) == [0, 1]
    go_on.set()
    assert await reading == ([0], [0])


async def test_write_cancelled_before_its_turn_is_not_done(store: SqliteStore) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hold(_: Tx) -> None:
        began.set()
        assert go_on.wait(30)

    holding = asyncio.ensure_future(store.write(hold))
    await asyncio.to_thread(began.wait, 30)
    waiting = [asyncio.ensure_future(store.write(one(n))) for n in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    go_on.set()
    await holding
    got = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(got[1], asyncio.CancelledError)
    assert await store.read(whole) == [0, 2]


async def test_nothing_blocks_the_event_loop(tmp_path: Path) -> None:
    with blockbuster_ctx():
        store = await SqliteStore.open(tmp_path / "other.db")
        await asyncio.gather(*(store.write(one(n)) for n in range(100)))
        assert sorted(await store.read(whole)) == list(range(100))
        await store.close()


async def test_store_closed_from_one_task_is_closed_for_all(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    store = await SqliteStore.open(tmp_path / "closed.db")
    mine = {t for t in threading.enumerate() if t.name.startswith("parley-store")} - before
    assert mine
    await asyncio.gather(store.close(), store.close())
    assert not mine & set(threading.enumerate())


def test_every_layer_has_a_code_of_its_own() -> None:
    assert set(LAYER_CODES) == set(Layer)
    assert len(set(LAYER_CODES.values())) == len(Layer)
