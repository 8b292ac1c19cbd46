"""The map: drawn, read out, filtered, at another instant, and when the machine draws none."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Locator, Page, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand, furnish

AXE = Path(__file__).resolve().parents[2] / "console/node_modules/axe-core/axe.min.js"
FAULTS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => [one.id, ...one.nodes.slice(0, 5).map((n) => n.target.join(" "))])"""
WATER, LAND, DECLARED = (0x10, 0x15, 0x1A), (0x20, 0x26, 0x2C), (0xE8, 0xC2, 0x68)
NO_WEBGL = """
const before = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return String(kind).startsWith("webgl") ? null : before.call(this, kind, ...more);
};"""
LOSE = """() => {
  const canvas = document.querySelector(".maplibregl-canvas");
  window.lost = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
  window.lost.loseContext();
}"""


def zulu(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def go(page: Page, address: str) -> None:
    await page.evaluate(f"() => {{ location.hash = '#/{address}'; }}")


async def ready(page: Page) -> None:
    await expect(page.locator("html")).to_have_attribute("data-map", "ready")


async def in_view(page: Page) -> Locator:
    """The list of what is in view, with the focus."""
    await page.locator("#map").focus()
    await page.keyboard.press("v")
    found = page.get_by_role("listbox", name="In view")
    await expect(found).to_be_focused()
    return found


async def pixels(page: Page) -> NDArray[np.int16]:
    """The map as it is on the screen: rows, columns, red-green-blue."""
    from matplotlib.image import imread

    png = await page.locator(".chart-canvas").screenshot()
    return (imread(io.BytesIO(png), format="png")[:, :, :3] * 255).astype(np.int16)


def pixel_of(
    picture: NDArray[np.int16], view: tuple[float, float, float], lat: float, lon: float
) -> tuple[int, ...]:
    """The commonest colour about a place; the map is centred on view: latitude, longitude, zoom."""

    def north(degrees: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2)) / (2 * math.pi)

    world = 512 * 2 ** view[2]
    x = picture.shape[1] / 2 + world * (lon - view[1]) / 360
    y = picture.shape[0] / 2 - world * (north(lat) - north(view[0]))
    about = picture[round(y) - 7 : round(y) + 8, round(x) - 7 : round(x) + 8].reshape(-1, 3)
    colours, counts = np.unique(about, axis=0, return_counts=True)
    return tuple(int(value) for value in colours[counts.argmax()])


def near(colour: tuple[int, ...], wanted: tuple[int, ...], by: int = 5) -> bool:
    return all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))


def share_of(picture: NDArray[np.int16], colour: tuple[int, int, int]) -> float:
    """How much of the middle of the map has that colour, 0..1."""
    y, x = picture.shape[0] // 2, picture.shape[1] // 2
    middle = picture[y - 60 : y + 60, x - 60 : x + 60]
    close = np.abs(middle - np.array(colour)).max(axis=2) < 60
    return float(close.mean())


async def next_frame(page: Page) -> None:
    """Until tracks were drawn anew."""
    frame = await page.locator("#map").get_attribute("data-frame") or ""
    await expect(page.locator("#map")).not_to_have_attribute("data-frame", frame)


async def is_drawn(page: Page, colour: tuple[int, int, int]) -> bool:
    """Whether the middle of the map has that colour within a few frames."""
    for _ in range(8):
        if share_of(await pixels(page), colour) > 0.02:
            return True
        await next_frame(page)
    return False


async def test_land_and_a_selected_notice_are_drawn_and_read_out(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    page = await officer("blue", room="item?view=39.6,19.6,8&item=notice:green-2")
    await ready(page)
    rows = await in_view(page)
    notice = rows.locator("[data-ref='notice:green-2']")
    await expect(notice).to_contain_text("notice green-2 transit")
    await expect(notice).to_contain_text("declared by green")
    await expect(notice).to_have_attribute("aria-selected", "true")
    await expect(rows.get_by_role("option").first).to_have_attribute("data-ref", "notice:green-2")
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowDown")
    active = await rows.get_attribute("aria-activedescendant")
    assert active == "inview-1"
    await page.keyboard.press("Escape")
    await expect(page.locator("#map")).to_be_focused()
    assert await is_drawn(page, DECLARED)
    view = (39.5, 20.0, 5.0)
    await go(page, "item?view=39.5,20,5")
    await page.reload()
    await ready(page)
    await expect(page.locator(".datablocks")).not_to_have_attribute("data-blocks", "0")
    picture = await pixels(page)
    assert near(pixel_of(picture, view, 38.55, 18.45), WATER)
    assert near(pixel_of(picture, view, 42.2, 24.2), LAND)


async def test_a_notice_is_there_in_its_window_and_gone_after_it(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    now_ms = stand.clock()
    page = await officer("blue", room="item?view=40.15,20.05,8")
    await ready(page)
    rows = await in_view(page)
    planned = rows.locator("[data-ref='notice:green-1']")
    await expect(planned).to_contain_text("begins")
    await go(page, f"item?view=40.15,20.05,8&at={zulu(now_ms + 6_000_000)}")
    await expect(planned).to_contain_text("until")
    await go(page, f"item?view=40.15,20.05,8&at={zulu(now_ms + 30_000_000)}")
    await expect(planned).to_have_count(0)
    await expect(rows.locator("[data-ref='notice:green-2']")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.keyboard.press("\\")
    await in_view(page)
    await expect(planned).to_contain_text("begins")


async def test_hidden_things_are_counted_and_an_emergency_never_hides(
    officer: Officer, stand: ConsoleStand
) -> None:
    page = await officer("blue", room="item?view=40.1,19.8,7")
    await ready(page)
    rows = await in_view(page)
    stranger = rows.locator("[data-ref='track:icao:4ca216']")
    ours = rows.locator("[data-ref='track:icao:b10001']")
    await expect(stranger).to_contain_text("EIN5GV")
    await expect(ours).to_contain_text("BLUE11")
    await next_frame(page)
    await page.get_by_role("button", name="Filter", exact=True).click()
    await page.get_by_role("checkbox", name="Tracks of others").uncheck()
    counted = page.locator(".hidden-count")
    await expect(counted).to_contain_text("2 hidden")
    rows = await in_view(page)
    await expect(stranger).to_have_count(0)
    await expect(ours).to_have_count(1)
    stand.sky.planes["4ca216"].squawk = "7700"
    await expect(stranger).to_contain_text("EMERGENCY")
    await expect(counted).to_contain_text("1 hidden")
    await counted.get_by_role("button", name="Show all").click()
    await expect(counted).to_have_count(0)
    ceiling = page.get_by_role("slider", name="Highest height shown")
    await ceiling.focus()
    for _ in range(10):
        await page.keyboard.press("PageDown")
    await expect(ceiling).to_have_attribute("aria-valuetext", "FL160")
    await expect(counted).to_contain_text("1 hidden")


async def test_a_drawing_that_was_lost_comes_back(officer: Officer, stand: ConsoleStand) -> None:
    page = await officer("blue", room="item?view=39.5,20,5")
    await ready(page)
    await page.evaluate(LOSE)
    table = page.get_by_role("region", name="In force now")
    await expect(table).to_contain_text("comes back by itself")
    await expect(table).to_contain_text("BLUE11")
    await page.evaluate("() => window.lost.restoreContext()")
    await expect(table).to_have_count(0)
    await next_frame(page)
    assert near(pixel_of(await pixels(page), (39.5, 20.0, 5.0), 42.2, 24.2), LAND)


async def test_without_webgl_a_table_says_what_the_map_would(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    page = await officer("blue")
    await page.add_init_script(NO_WEBGL)
    await page.reload()
    table = page.get_by_role("region", name="In force now")
    await expect(table.get_by_role("alert")).to_contain_text("no WebGL")
    await expect(table).to_contain_text("green-2")
    plane = table.get_by_role("row").filter(has_text="BLUE11")
    place = plane.get_by_role("cell").last
    await expect(place).not_to_be_empty()
    await expect(place).not_to_have_text(await place.inner_text())
    await plane.get_by_role("button", name="BLUE11").click()
    await expect(page.get_by_role("heading", name="Track BLUE11")).to_be_visible()
    await page.evaluate(AXE.read_text())
    assert await page.evaluate(FAULTS) == []


async def test_the_legend_opens_by_its_key_and_has_no_fault(
    officer: Officer, stand: ConsoleStand
) -> None:
    page = await officer("blue")
    await ready(page)
    await page.evaluate(AXE.read_text())
    await in_view(page)
    assert await page.evaluate(FAULTS) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("l")
    legend = page.get_by_role("dialog", name="Legend")
    await expect(legend).to_contain_text("Declared by another party")
    assert await page.evaluate(FAULTS) == []
    await page.keyboard.press("Escape")
    await expect(legend).to_have_count(0)
    await page.get_by_role("button", name="Filter", exact=True).click()
    assert await page.evaluate(FAULTS) == []
