"""Many readers at once: the tree of the log is a copy that nobody can spoil."""

from __future__ import annotations

import asyncio
from pathlib import Path

from parley.ledger import verify_log
from parley.node.node import Node
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock, counting_salts
from parley.testing.harness import context_of


async def test_readers_on_several_threads_see_one_true_log(tmp_path: Path) -> None:
    """Health is asked by many while statements come in; every root is that of its own size."""
    clock = HandClock()
    store = await SqliteStore.open(tmp_path / "node.db", readers=4)
    node = Node(context_of(small_agreement(), "blue"), store, clock, counting_salts("blue"))
    await node.start()
    role = small_agreement().party("blue").roles[0]

    async def say() -> None:
        for _ in range(60):
            await node.stop(role=role)

    async def ask() -> dict[int, str]:
        seen: dict[int, str] = {}
        for _ in range(60):
            health = await node.health()
            assert seen.setdefault(health.log_size, health.log_root) == health.log_root
        return seen

    *roots, _ = await asyncio.gather(ask(), ask(), ask(), say())
    for seen in roots:
        assert isinstance(seen, dict)
        for size, root in seen.items():
            assert all(other.get(size, root) == root for other in roots if other)
    report = verify_log(await node.log_file(), pinned=node.context.roots)
    assert report.size == 3 + 2 * 60, "rosters; a decision and a STOP each"
    await node.check_node(MemoryStore())
    await node.close()
