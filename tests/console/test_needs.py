"""What needs the officer: the list, its keys, and what a second officer is told."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.async_api import Locator, Page, Route, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand
from parley.testing.sky import Plane

EMERGENCY = Plane("dd0001", 38.2, 18.2, 7_000.0, 150.0, 200.0, callsign="MAYDAY1", squawk="7700")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> \"'& " + "W" * 300


def row(page: Page, key: str) -> Locator:
    return page.locator(f'.need[data-key="{key}"]')


async def choose(page: Page, key: str) -> None:
    """By the keyboard alone, from the top."""
    await expect(row(page, key)).to_be_visible()
    for _ in range(20):
        if await row(page, key).get_attribute("aria-selected") == "true":
            return
        await page.keyboard.press("j")
    raise AssertionError(f"{key} is never chosen")


def hours(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%H:%M")


async def test_an_alarm_of_a_live_track_is_acknowledged_by_key_and_the_second_officer_is_told(
    officer: Officer, stand: ConsoleStand
) -> None:
    first, second = await officer("blue", "watch1"), await officer("blue", "watch2")
    stand.sky.planes["dd0001"] = EMERGENCY
    key = "track:icao:dd0001"
    for page in (first, second):
        await expect(row(page, key)).to_contain_text("EMERGENCY")
        await expect(page.locator("html")).to_have_attribute("data-sounding", "critical")

    async def nothing_new(route: Route) -> None:
        await route.fulfill(status=503, body="{}")

    await second.route("**/v1/watch", nothing_new)
    await choose(second, key)
    await choose(first, key)
    await first.keyboard.press("a")
    await expect(row(first, key)).to_contain_text("acknowledged by duty")
    await expect(first.locator("html")).to_have_attribute("data-sounding", "")

    await second.keyboard.press("a")
    await expect(second.get_by_role("status").filter(has_text="was first")).to_contain_text(
        "duty was first: acknowledged"
    )
    await expect(row(second, key)).to_contain_text("duty was first")


async def test_a_notice_is_read_back_and_accepted_by_keyboard_and_its_author_sees_it(
    officer: Officer, stand: ConsoleStand
) -> None:
    draft = stand.draft(38.6, 18.6, kind="live-activity", text="Range work", ceiling_m=3_000)
    window = draft.volumes[0].volume.span
    await stand.node("green").post_notice(draft, role="duty")
    blue = await officer("blue")
    green = await officer("green", room="item?item=notice:green-1")

    await choose(blue, "notice:green-1")
    await expect(row(blue, "notice:green-1")).to_contain_text("green waits: to be read")
    await blue.keyboard.press("c")
    dialog = blue.get_by_role("dialog")
    await expect(dialog).to_contain_text("Read back green-1")
    await expect(dialog.locator("[name=start]")).to_be_focused()
    await expect(dialog.locator("[name=start]")).to_have_value("")
    await blue.keyboard.type("00:01")
    await expect(dialog.locator(".verdict.differs")).to_be_visible()
    await blue.keyboard.press("Control+a")
    await blue.keyboard.type(hours(window.start_ms))
    await expect(dialog.locator(".verdict.same")).to_be_visible()
    for text, tabs in ((hours(window.end_ms), 2), ("0", 1), ("3000", 1)):
        for _ in range(tabs):
            await blue.keyboard.press("Tab")
        await blue.keyboard.type(text)
    await blue.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(blue.get_by_role("status").filter(has_text="green-1: accepted")).to_be_visible()
    await expect(row(blue, "notice:green-1").locator(".owed")).to_have_count(0)
    ladder = green.locator("table.ladder")
    await expect(ladder).to_contain_text("accepted")


async def test_a_wrong_read_back_is_shown_before_it_goes_and_its_author_learns_what_differs(
    officer: Officer, stand: ConsoleStand
) -> None:
    draft = stand.draft(38.6, 18.6, kind="live-activity")
    window = draft.volumes[0].volume.span
    await stand.node("green").post_notice(draft, role="duty")
    blue = await officer("blue")
    await choose(blue, "notice:green-1")
    await blue.keyboard.press("r")
    dialog = blue.get_by_role("dialog")
    await dialog.locator("[name=start]").fill(hours(window.start_ms))
    await dialog.locator("[name=end]").fill(hours(window.end_ms))
    await dialog.locator("[name=floor]").fill("0")
    await dialog.locator("[name=ceiling]").fill("2000")
    await blue.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("differs from what was said")
    await blue.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    green = await officer("green", room="item?item=notice:green-1")
    await expect(green.locator("table.ladder")).to_contain_text("differs: ceiling")


async def test_an_alarm_is_shelved_with_a_reason_and_an_end_and_put_back(
    officer: Officer, stand: ConsoleStand
) -> None:
    late = stand.draft(38.6, 18.6, begin_s=-600, last_s=7_200)
    await stand.node("green").post_notice(late, role="duty")
    page = await officer("blue")
    await expect(row(page, "notice:green-1")).to_contain_text("lead time")
    await choose(page, "notice:green-1")
    await page.keyboard.press("s")
    dialog = page.get_by_role("dialog")
    await page.keyboard.press("Enter")
    await expect(dialog).to_contain_text("A shelf needs a reason.")
    await page.keyboard.type("green calls back at noon")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(row(page, "notice:green-1")).not_to_contain_text("lead time")
    tab = page.get_by_role("button", name="Shelved")
    await expect(tab).to_contain_text("2")
    await tab.click()
    kept = page.locator(".needs-rows.kept li")
    await expect(kept.first).to_contain_text("green calls back at noon")
    await expect(kept.first.get_by_role("timer")).to_contain_text("14:")
    await kept.first.get_by_role("button", name="Put back").click()
    await expect(tab).to_contain_text("1")


async def test_an_objection_needs_words_and_the_author_reads_them(
    officer: Officer, stand: ConsoleStand
) -> None:
    await stand.node("green").post_notice(stand.draft(38.6, 18.6), role="duty")
    page = await officer("blue")
    await choose(page, "notice:green-1")
    await page.keyboard.press("o")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("Say why")
    await page.keyboard.type("it crosses our corridor")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    green = await officer("green", room="item?item=notice:green-1")
    await expect(green.locator("table.ladder")).to_contain_text("objected")


async def test_the_second_who_answers_is_told_who_was_first(
    officer: Officer, stand: ConsoleStand
) -> None:
    await stand.node("green").post_notice(stand.draft(38.6, 18.6), role="duty")
    first, second = await officer("blue", "watch1"), await officer("blue", "watch2")
    for page in (first, second):
        await choose(page, "notice:green-1")

    async def nothing_new(route: Route) -> None:
        await route.fulfill(status=503, body="{}")

    await second.route("**/v1/items/notice*outlines*", nothing_new)
    await second.route("**/v1/items/read", nothing_new)
    await first.keyboard.press("c")
    await expect(first.get_by_role("status").filter(has_text="accepted")).to_be_visible()
    await second.unroute("**/v1/items/read")
    await second.keyboard.press("u")
    await second.keyboard.type("no crew")
    await second.keyboard.press("Enter")
    await expect(second.get_by_role("status").filter(has_text="was first")).to_contain_text(
        "Avery Watch was first"
    )


async def test_a_link_that_is_cut_stands_in_a_banner_until_it_is_healed(
    officer: Officer, stand: ConsoleStand
) -> None:
    page = await officer("blue")
    banner = page.locator(".banner.down")
    await expect(page.get_by_text("green: link up")).to_be_visible()
    await stand.mechanism.cut("blue", "green")
    await expect(banner).to_contain_text("green: LINK DOWN since")
    stand.mechanism.heal("blue", "green")
    await expect(banner).to_have_count(0)


async def test_hostile_words_stay_words_and_break_no_layout(
    officer: Officer, stand: ConsoleStand
) -> None:
    words = HOSTILE + "\n" * 40 + "end"
    await stand.node("green").post_notice(
        stand.draft(38.6, 18.6, begin_s=-60, text=words), role="duty"
    )
    page = await officer("blue", room="item?item=notice:green-1")
    await expect(row(page, "notice:green-1")).to_contain_text("<script>document.title")
    await expect(page.locator("article.item .facts")).to_contain_text("<img src=x")
    await expect(page).to_have_title("Parley")
    for part in ("html", ".needs", "#room"):
        wide = await page.locator(part).evaluate("e => e.scrollWidth - e.clientWidth")
        assert wide <= 0, part
    tall = await row(page, "notice:green-1").evaluate("e => e.clientHeight")
    assert tall < 400
