"""The watch goes from one officer to the next: both sign, and nothing is dropped."""

from __future__ import annotations

from playwright.async_api import Page, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand, furnish
from parley.testing.people import PASSWORD


async def takes_the_watch(page: Page) -> None:
    await page.get_by_role("button", name="Take the watch").click()
    await expect(page.locator(".seat")).to_contain_text("Avery Watch")


async def offers(page: Page, words: str) -> None:
    form = page.locator("form.offer")
    await form.get_by_label("To", exact=True).select_option("Blake Watch")
    await form.get_by_label("What the next hours need").fill(words)
    await form.get_by_role("button", name="Sign as outgoing").click()
    await expect(page.locator(".offered")).to_contain_text("Signed by Avery Watch")


async def test_both_sign_each_at_a_screen_of_his_own(officer: Officer, stand: ConsoleStand) -> None:
    outgoing = await officer("blue", "watch1", room="handover")
    await takes_the_watch(outgoing)
    await outgoing.get_by_role("button", name="Log out").click()
    await expect(outgoing.locator(".menu .refusal")).to_contain_text("hand it over")
    await offers(outgoing, "Green calls back at 23:30Z.")
    incoming = await officer("blue", "watch2", room="handover")
    await expect(incoming.locator(".offered")).to_contain_text("Green calls back at 23:30Z.")
    await incoming.get_by_label("What you asked and were told").fill("Asked about the lake.")
    await incoming.get_by_role("button", name="Sign and take the watch").click()
    for page in (incoming, outgoing):
        await expect(page.locator(".seat")).to_contain_text("Blake Watch")
        await page.locator(".past summary").click()
        await expect(page.locator(".past")).to_contain_text("Signed by both.")
        await expect(page.locator(".past")).to_contain_text("Asked about the lake.")
    await outgoing.get_by_role("button", name="Log out").click()
    await expect(outgoing.locator("main.login")).to_be_visible()
    papers = (await stand.node("blue").papers(kind="handover")).records
    assert [record.paper.header.to for record in papers] == [(), ()]
    await stand.mechanism.check()


async def test_nobody_takes_over_while_something_urgent_is_unacknowledged(
    officer: Officer, stand: ConsoleStand
) -> None:
    page = await officer("blue", "watch1", room="handover")
    await takes_the_watch(page)
    stopped = await stand.node("green").stop(role="duty", text="Stop all activity")
    stand.mechanism.hub("green").wake()
    await expect(page.locator(".blocking")).to_contain_text("urgent item")
    await offers(page, "A STOP stands.")
    sign = page.get_by_role("button", name="Blake Watch signs here and takes the watch")
    await page.get_by_label("Password of Blake Watch").fill(PASSWORD)
    await expect(sign).to_be_disabled()
    async with stand.program("blue") as program:
        for alarm in (await program.get("/v1/watch/alarms")).json()["alarms"]:
            said = {"key": alarm["key"], "role": "duty"}
            await program.post("/v1/watch/alarms/acknowledge", json=said)
        for rung in ("read", "accepted"):
            said = {"rung": rung, "role": "duty"}
            answer = await program.post(f"/v1/items/{stopped.ref}/answers", json=said)
            assert answer.status_code == 200, answer.text
    await expect(page.locator(".handover .clear")).to_be_visible()
    await page.get_by_label("Password of Blake Watch").fill(PASSWORD)
    await sign.click()
    await expect(page.locator(".bar .who")).to_contain_text("Blake Watch")
    await expect(page.locator(".seat")).to_contain_text("Blake Watch")


async def test_the_incoming_sees_what_is_open_and_what_is_coming(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    page = await officer("blue", room="handover")
    await expect(page.locator(".handover .lines")).to_contain_text("green-1")
    await expect(page.locator(".handover .coming")).to_contain_text("window begins")


async def test_the_health_of_the_mechanism_is_drawn_and_told_as_tables(
    officer: Officer, stand: ConsoleStand
) -> None:
    await furnish(stand)
    page = await officer("blue", room="health")
    chart = page.get_by_role("figure").filter(has_text="Notices").first
    await expect(chart.get_by_role("img")).to_be_visible()
    await chart.get_by_text("As a table").click()
    await expect(chart.get_by_role("table")).to_contain_text("1")
    figures = page.get_by_role("table", name="Notices").last
    await expect(figures).to_contain_text("green → blue")
