"""The console asks its own node and nobody else, and its policy is broken nowhere."""

from __future__ import annotations

import re

from playwright.async_api import expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand, furnish
from parley.testing.witness import ROOMS, assert_placed, open_room, settled, watch
from parley.web.console import pages

LANGUAGES = ("en", "ru", "he", "ar")
FETCHED = re.compile(
    rb"""(?:url\(|@import\s|(?:src|action|srcset|poster)\s*=\s*)["']?(?:https?:)?//"""
)


async def test_a_tour_of_every_room_in_every_language_asks_nobody_but_the_node(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    page = await officer("blue")
    seen = watch(page)
    await page.reload()
    await expect(page.locator("main.screen")).to_be_visible()
    choice = page.locator("header select")
    for language in LANGUAGES:
        await choice.select_option(language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        for room in (*ROOMS, "item?item=notice:green-1"):
            await open_room(page, room)
        await assert_placed(page)
    await settled(page, seen)
    assert len(seen.requests) > 20
    seen.assert_nothing()


def test_nothing_in_the_built_console_is_fetched_from_elsewhere() -> None:
    files = [one for one in pages.SITE.rglob("*") if one.suffix in (".html", ".css", ".js")]
    assert files
    assert not [(one.name, hit[0]) for one in files if (hit := FETCHED.search(one.read_bytes()))]
