"""What an officer does with the map itself: read a place, measure, tilt, look at another minute."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from parley.testing.browser import Officer


async def ready(officer: Officer) -> Page:
    page = await officer("blue")
    await expect(page.locator("html[data-map=ready]")).to_be_attached()
    return page


async def middle(page: Page) -> tuple[float, float]:
    box = await page.locator(".chart-canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def test_a_place_is_read_in_four_notations_at_once(officer: Officer) -> None:
    page = await ready(officer)
    await page.mouse.move(*await middle(page))
    readout = page.locator(".readout dl")
    await expect(readout).to_contain_text(re.compile(r"\d\d\.\d{7}N \d{3}\.\d{7}E"))
    await expect(readout).to_contain_text(re.compile(r"\d\d°\d\d'\d\d\.\d{4}\"N"))
    await expect(readout).to_contain_text(re.compile(r"\d\d[A-Z]{3}\d{10}"))
    await expect(readout).to_contain_text(re.compile(r"tower \d{3}\.\d{4}/\d+\.\d{3}km"))


async def test_two_clicks_measure_range_and_bearing_and_escape_ends_it(officer: Officer) -> None:
    page = await ready(officer)
    x, y = await middle(page)
    await page.keyboard.press("g")
    await page.mouse.click(x - 60, y)
    await page.mouse.click(x + 60, y)
    measured = page.locator(".measured")
    await expect(measured).to_contain_text(re.compile(r"\d+\.\d+ km {2}\d+\.\d+ NM {2}\d{3}°T"))
    await page.keyboard.press("Escape")
    await expect(measured).to_have_count(0)


async def test_the_keyboard_measures_with_the_cross_hair(officer: Officer) -> None:
    page = await ready(officer)
    await page.keyboard.press("g")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(page.locator(".measured")).to_contain_text(re.compile(r"\d+ NM {2}0\d\d°T"))


async def test_the_map_tilts_and_comes_back_by_one_key(officer: Officer) -> None:
    page = await ready(officer)
    tilt = page.get_by_role("button", name="Tilt")
    await page.keyboard.press("t")
    await expect(tilt).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("t")
    await expect(tilt).to_have_attribute("aria-pressed", "false")


async def test_another_minute_is_never_taken_for_now(officer: Officer) -> None:
    page = await ready(officer)
    await page.keyboard.press("]")
    await expect(page.locator(".banner.replay")).to_contain_text("NOT LIVE")
    await expect(page.locator(".timebar.past")).to_be_visible()
    await page.keyboard.press("\\")
    await expect(page.locator(".banner.replay")).to_have_count(0)
    await expect(page.locator(".timebar.past")).to_have_count(0)
