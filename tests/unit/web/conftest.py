"""Party blue's node behind a real server on SQLite, green's node to hold against it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from blockbuster import BlockBuster, blockbuster_ctx

from parley.node.node import Node
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import started_node
from parley.testing.http import LoneNode, lone_node


@pytest.fixture(autouse=True)
def no_blocking() -> Iterator[BlockBuster]:
    """Nothing may block the event loop; nothing is excepted."""
    with blockbuster_ctx() as guard:
        yield guard


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[Any]]:
    """Log lines are kept, not printed: printing blocks."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def blue(tmp_path: Path) -> AsyncIterator[LoneNode]:
    store = await SqliteStore.open(tmp_path / "blue.db")
    async with lone_node("blue", store) as found:
        yield found


@pytest.fixture
async def green() -> AsyncIterator[Node]:
    node = await started_node(small_agreement(), "green", clock=HandClock())
    yield node
    await node.close()
