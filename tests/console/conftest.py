"""Officers at real consoles: Debian's Chromium under Playwright against real nodes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from parley.testing.browser import CHROMIUM, Officer, chromium, sit_down
from parley.testing.consolestand import ConsoleStand, console_stand
from parley.web.console import pages

pages.SITE = Path(os.environ.get("CONSOLE_SITE") or pages.SITE)

expect.set_options(timeout=20_000)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[ConsoleStand]:
    """Blue, green and the observer white; time and planes go on by themselves."""
    if not (pages.SITE / "index.html").exists():
        pytest.skip("the console is not built: make console")
    async with console_stand(tmp_path) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    async with chromium() as made:
        yield made


@pytest.fixture
def officer(stand: ConsoleStand, browser: Browser) -> Officer:
    """``await officer("blue", "watch1", room="notice")``: a page, logged in."""

    async def sits(party: str, person: str = "watch1", **more: Any) -> Page:
        return await sit_down(browser, stand.url(party), person, **more)

    return sits
