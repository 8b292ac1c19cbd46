from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parley.testing.hookserver import HookServer, hook_server


@pytest.fixture
async def hook() -> AsyncIterator[HookServer]:
    async with hook_server() as made:
        yield made
