"""Every room for those who do not see it as we do: axe, the keyboard alone, right to left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand, furnish

AXE = Path(__file__).resolve().parents[2] / "console/node_modules/axe-core/axe.min.js"
ROOMS = ("item", "notice", "hotline", "incident", "handover", "health")
RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => ({ rule: one.id, where: one.nodes.slice(0, 5).map((n) => n.target.join(" ")) }))"""


async def faults(page: Page) -> list[dict[str, Any]]:
    """Serious and critical findings of axe on the page as it stands."""
    found: list[dict[str, Any]] = await page.evaluate(RUN)
    return found


async def with_axe(page: Page) -> None:
    await page.evaluate(AXE.read_text())


async def go(page: Page, room: str) -> None:
    await page.evaluate(f"() => {{ location.hash = '#/{room}'; }}")
    await expect(page.locator(f"section.room-{room}")).to_be_visible()


@pytest.mark.parametrize("theme", ["night", "day"])
async def test_no_room_has_a_serious_fault(
    officer: Officer, stand: ConsoleStand, theme: str
) -> None:
    await furnish(stand)
    page = await officer("blue")
    await with_axe(page)
    await page.evaluate(f"() => {{ document.documentElement.dataset.theme = '{theme}'; }}")
    for room in ROOMS:
        await go(page, room)
        assert await faults(page) == [], room


async def test_the_log_in_has_no_serious_fault(stand: ConsoleStand, browser: Any) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(stand.url("blue"))
    await expect(page.locator("main.login form")).to_be_visible()
    await with_axe(page)
    assert await faults(page) == []


@pytest.mark.parametrize(
    ("language", "direction"), [("en-GB", "ltr"), ("ru-RU", "ltr"), ("he-IL", "rtl"), ("ar", "rtl")]
)
async def test_the_screen_reads_in_the_direction_of_its_language(
    officer: Officer, stand: ConsoleStand, language: str, direction: str
) -> None:
    """The needs list stands where the language begins to read; numbers keep their order."""
    await furnish(stand)
    page = await officer("blue", language=language)
    await page.get_by_role("combobox").first.select_option(language[:2])
    await expect(page.locator("html")).to_have_attribute("dir", direction)
    await expect(page.locator("html")).to_have_attribute("lang", language[:2])
    needs = await page.locator("#needs").bounding_box()
    room = await page.locator("#room").bounding_box()
    assert needs is not None
    assert room is not None
    assert (needs["x"] < room["x"]) is (direction == "ltr")
    await with_axe(page)
    assert await faults(page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160)])
async def test_nothing_hangs_over_the_edge_from_1280_to_a_wall(
    officer: Officer, stand: ConsoleStand, width: int, height: int
) -> None:
    await furnish(stand)
    page = await officer("blue", width=width, height=height)
    for room in ROOMS:
        await go(page, room)
        over = await page.evaluate(
            "() => [document.documentElement.scrollWidth - innerWidth,"
            " ...[...document.querySelectorAll('.needs, .room')]"
            ".map((one) => one.scrollWidth - one.clientWidth)]"
        )
        assert max(over) <= 1, room
