from __future__ import annotations

from pathlib import Path

import pytest

from parley.node.ports import Store
from parley.store.sqlite import SqliteStore

pytest.register_assert_rewrite("parley.testing.store_suite", "parley.testing.index_suite")

from parley.testing.index_suite import IndexSuite  # noqa: E402
from parley.testing.store_suite import (  # noqa: E402
    NOON_MS,
    DurableStoreSuite,
    StoreFactory,
    StoreSuite,
    near,
    put,
    row,
    volume,
)


class TestSqliteStore(StoreSuite, IndexSuite, DurableStoreSuite):
    @pytest.fixture
    def store_factory(self, tmp_path: Path) -> StoreFactory:
        async def open_store() -> Store:
            return await SqliteStore.open(tmp_path / "parley.db")

        return open_store

    async def test_search_is_exact_to_the_millisecond(self, store: Store) -> None:
        await put(store, row("notice:1", start_ms=NOON_MS + 300, end_ms=NOON_MS + 700))
        for at_ms, found in ((299, 0), (300, 1), (700, 1), (701, 0)):
            query = volume(start_ms=NOON_MS + at_ms, end_ms=NOON_MS + at_ms).boxes()
            assert len(await near(store, query)) == found
