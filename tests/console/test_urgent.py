"""STOP and DISTRESS: one touch, at the other party's top with a sound, answered and lifted."""

from __future__ import annotations

from playwright.async_api import Route, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand


async def test_a_stop_shows_and_sounds_at_the_other_party_and_is_answered(
    officer: Officer, stand: ConsoleStand
) -> None:
    await stand.node("blue").post_notice(stand.draft(38.6, 18.6, begin_s=-60), role="duty")
    blue, green = await officer("blue"), await officer("green")
    await expect(green.locator(".need").first).to_contain_text("notice")
    await green.keyboard.press("j")
    await blue.keyboard.press("F9")
    await expect(blue.get_by_role("dialog")).to_contain_text("STOP to all parties")
    await expect(blue.get_by_role("button", name="SEND STOP")).to_be_focused()
    await blue.keyboard.press("Enter")
    sent = blue.get_by_role("dialog")
    await expect(sent).to_contain_text("went out to")
    await expect(sent.locator(".receipts li", has_text="green")).to_contain_text("received")

    top = green.locator(".need").first
    await expect(top).to_contain_text("STOP")
    await expect(green.locator("html")).to_have_attribute("data-sounding", "critical")
    await expect(green.locator(".need[aria-selected=true]")).to_contain_text("blue-1")
    await green.keyboard.press("Enter")
    await expect(green.locator("article.item h2")).to_contain_text("blue-1")
    await green.keyboard.press("k")
    await expect(top).to_have_attribute("aria-selected", "true")
    await green.keyboard.press("s")
    await expect(green.locator(".toasts")).to_contain_text("never shelved")
    await green.keyboard.press("c")
    await expect(sent.locator(".receipts li", has_text="green")).to_contain_text("accepted")
    await green.keyboard.press("k")
    await green.keyboard.press("k")
    await green.keyboard.press("a")
    await expect(top).to_contain_text("acknowledged by duty")

    await sent.get_by_role("button", name="Lift this STOP").click()
    await expect(top).to_contain_text("over")


async def test_a_stop_that_the_node_does_not_take_is_said_in_red_with_what_to_do(
    officer: Officer,
) -> None:
    page = await officer("blue")

    async def dead(route: Route) -> None:
        await route.abort()

    await page.route("**/v1/stop", dead)
    await page.get_by_role("button", name="STOP", exact=True).click()
    await page.keyboard.press("Enter")
    alert = page.get_by_role("dialog").get_by_role("alert").first
    await expect(alert).to_contain_text("NOT SENT")
    await expect(alert).to_contain_text("Telephone every party")
    await expect(alert).to_contain_text("STOP, STOP, STOP. This is blue")
    await page.unroute("**/v1/stop")
    await page.get_by_role("button", name="SEND STOP").click()
    await expect(page.get_by_role("dialog")).to_contain_text("went out to")


async def test_a_distress_takes_who_and_where_from_the_selected_track(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="item?item=track:icao:b10001")
    await expect(blue.get_by_role("heading", name="Track BLUE11")).to_be_visible()
    await blue.keyboard.press("F10")
    dialog = blue.get_by_role("dialog")
    await expect(dialog.locator("[name=subject]")).to_have_value("BLUE11")
    await blue.keyboard.press("Enter")
    await expect(dialog).to_contain_text("went out to")
    green = await officer("green")
    top = green.locator(".need").first
    await expect(top).to_contain_text("DISTRESS")
    await expect(top).to_contain_text("BLUE11")
