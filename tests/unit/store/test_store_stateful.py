from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from parley.node.ports import Store
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore

pytest.register_assert_rewrite("parley.testing.store_machine")

from parley.testing.store_machine import Openers, StoreMachine  # noqa: E402


class BothStores(StoreMachine):
    durable = frozenset({"sqlite"})

    def openers(self) -> Openers:
        self.folder = Path(tempfile.mkdtemp(prefix="parley-store-"))

        async def memory() -> Store:
            return MemoryStore()

        async def sqlite() -> Store:
            return await SqliteStore.open(self.folder / "parley.db", readers=1, cached_rows=4)

        return {"memory": memory, "sqlite": sqlite}

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self.folder)


BothStores.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestBothStores = BothStores.TestCase
