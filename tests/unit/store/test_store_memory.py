from __future__ import annotations

import pytest

from parley.node.ports import Store
from parley.store.memory import MemoryStore

pytest.register_assert_rewrite("parley.testing.store_suite", "parley.testing.index_suite")

from parley.testing.index_suite import IndexSuite  # noqa: E402
from parley.testing.store_suite import StoreFactory, StoreSuite  # noqa: E402


class TestMemoryStore(StoreSuite, IndexSuite):
    @pytest.fixture
    def store_factory(self) -> StoreFactory:
        async def open_store() -> Store:
            return MemoryStore()

        return open_store
