from __future__ import annotations

from pathlib import Path

import pytest

from parley.node.ports import Store
from parley.store.sqlite import SqliteStore

pytest.register_assert_rewrite("parley.testing.store_suite")

from parley.testing.store_suite import (  # noqa: E402
    DurableStoreSuite,
    IndexSuite,
    StoreFactory,
    StoreSuite,
)


class TestSqliteStore(StoreSuite, IndexSuite, DurableStoreSuite):
    @pytest.fixture
    def store_factory(self, tmp_path: Path) -> StoreFactory:
        async def open_store() -> Store:
            return await SqliteStore.open(tmp_path / "parley.db")

        return open_store
