"""Debian's Chromium under Playwright, and an officer who sits down at a console."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from parley.testing.people import PASSWORD

CHROMIUM = shutil.which("chromium") or ""
"""Empty where there is none: apt-get install chromium."""
ARGUMENTS = (
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Officer = Callable[..., Awaitable[Page]]
"""``await officer("blue", "watch1", room="notice")``: a page, logged in."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser with software rendering."""
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield made
        finally:
            await made.close()


async def sit_down(
    browser: Browser,
    url: str,
    person: str = "watch1",
    *,
    room: str = "",
    language: str = "en-GB",
    width: int = 1280,
    height: int = 720,
) -> Page:
    """A page of its own at the console at ``url``, logged in, in a room."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=language
    )
    page = await context.new_page()
    await page.goto(f"{url}#/{room}" if room else url)
    form = page.locator("main.login form")
    await form.locator("[name=person]").fill(person)
    await form.locator("[name=password]").fill(PASSWORD)
    await form.locator("button[type=submit]").click()
    await expect(page.locator("main.screen")).to_be_visible()
    return page
