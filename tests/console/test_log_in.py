"""The log-in as officers meet it."""

from __future__ import annotations

from playwright.async_api import expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand


async def test_an_officer_logs_in_and_sees_whose_watch_it_is(officer: Officer) -> None:
    page = await officer("blue")
    await expect(page.get_by_role("heading", name="Watch of blue")).to_be_visible()
    await expect(page.get_by_text("Avery Watch, duty")).to_be_visible()


async def test_the_links_of_both_peers_are_told(officer: Officer, stand: ConsoleStand) -> None:
    page = await officer("blue")
    await expect(page.get_by_text("green: link up")).to_be_visible()
