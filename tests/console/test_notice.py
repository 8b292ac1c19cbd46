"""A notice at real consoles: written, checked while it is written, released by a second person."""

from __future__ import annotations

import json
import re

from playwright.async_api import Locator, Page, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> \"'&"


def form(page: Page) -> Locator:
    return page.locator(".notice-form")


def where(page: Page) -> Locator:
    return form(page).locator("[name=where]")


def check(page: Page) -> Locator:
    return page.locator(".notice .check")


async def typed(page: Page, text: str, *, size: str = "4km", kind: str = "transit") -> None:
    """Place, size and class; the window and the heights are those that stand there."""
    await where(page).fill(text)
    size_field = form(page).locator("[name=size]").first
    await expect(size_field).to_be_visible()
    if size:
        await size_field.fill(size)
    await form(page).locator(f"[name=class][value={kind}]").check()


async def propose(page: Page) -> None:
    await form(page).locator("button[type=submit]").click()
    await expect(page.locator(".draft-page .state.waiting")).to_be_visible()


async def test_a_typed_notice_is_released_by_another_and_acknowledged_by_the_other_party(
    officer: Officer, stand: ConsoleStand
) -> None:
    author = await officer("blue", "watch1", room="notice")
    await typed(author, "40.1N 20.1E")
    await expect(check(author)).to_contain_text("Lead time kept")
    await expect(form(author).locator(".pieces .echo")).to_contain_text("tower")
    await propose(author)
    await expect(author.locator(".draft-page")).to_contain_text("another person releases it")
    await expect(author.locator(".draft-page button.release")).to_have_count(0)

    releaser = await officer("blue", "release1", room="notice")
    await releaser.locator(".drafts .draft").click()
    page = releaser.locator(".draft-page")
    await expect(page).to_contain_text("Avery Watch")
    await expect(page).to_contain_text("What has to be read back")
    await page.locator("button.release").click()
    await expect(releaser.locator("table.ladder")).to_be_visible()
    await expect(author.locator(".draft-page .state.released")).to_be_visible()

    green = await officer("green", "watch1", room="item?item=notice:blue-1")
    await expect(green.locator("article.item")).to_contain_text("blue-1")
    await green.locator('.need[data-key="notice:blue-1"]').click()
    await green.keyboard.press("c")
    await expect(releaser.locator("table.ladder")).to_contain_text("accepted")


async def test_by_keyboard_alone_a_notice_is_typed_proposed_and_released(
    officer: Officer, stand: ConsoleStand
) -> None:
    author = await officer("blue", "watch1")
    await expect(author.locator(".links li").first).to_be_visible()
    await author.keyboard.press("n")
    await expect(form(author)).to_be_visible()
    await author.keyboard.press("Escape")
    await where(author).focus()
    await author.keyboard.type("circle 40.1N 20.1E 4km")
    await expect(form(author).locator("[name=size]")).to_have_value("4000")
    await form(author).locator("[name=class]").first.focus()
    await author.keyboard.press("1")
    await expect(form(author).locator("[value=transit]")).to_be_checked()
    await expect(check(author)).to_contain_text("Lead time kept")
    await author.keyboard.press("Enter")
    await expect(author.locator(".draft-page .state.waiting")).to_be_visible()

    releaser = await officer("blue", "release1")
    await expect(releaser.locator(".links li").first).to_be_visible()
    await releaser.keyboard.press("2")
    draft = releaser.locator(".drafts .draft")
    await expect(draft).to_have_count(1)
    await draft.focus()
    await releaser.keyboard.press("Enter")
    await expect(releaser.locator("article.draft-page")).to_be_focused()
    await releaser.keyboard.press("Tab")
    await expect(releaser.locator("button.release")).to_be_focused()
    await releaser.keyboard.press("Enter")
    await expect(releaser.locator("table.ladder")).to_be_visible()
    await expect(author.locator(".draft-page .state.released")).to_be_visible()


async def test_a_lead_time_that_is_too_short_is_told_while_the_notice_is_written(
    officer: Officer,
) -> None:
    page = await officer("blue", room="notice")
    await typed(page, "40.1N 20.1E")
    await expect(check(page).locator(".verdict.timely").first).to_be_visible()
    await form(page).locator("[name=start]").fill("+5")
    await form(page).locator("[name=end]").fill("+30")
    await expect(check(page).locator(".verdict.late")).to_contain_text("LEAD TIME TOO SHORT")
    await expect(check(page).locator(".verdict.late")).to_contain_text("/ 30:00")


async def test_a_bare_time_is_refused_beside_its_field_and_a_partys_time_is_echoed_in_zulu(
    officer: Officer,
) -> None:
    page = await officer("blue", room="notice")
    start = form(page).locator("[name=start]")
    await start.fill("10:00")
    await expect(form(page).get_by_role("alert").filter(has_text="names no clock")).to_contain_text(
        "10:00Z, or 10:00 blue"
    )
    await start.fill("2023-11-15 13:00 blue")
    await form(page).locator("[name=end]").fill("+30")
    echo = form(page).locator("dl.echo")
    await expect(echo).to_contain_text("2023-11-15 Wed 11:00:00Z")
    await expect(echo).to_contain_text("Wed 15 Nov 14:30 +03:30")


async def test_conflicts_and_bystanders_are_told_and_a_finding_selects_what_it_is_about(
    officer: Officer, stand: ConsoleStand
) -> None:
    await stand.node("green").post_notice(stand.draft(40.1, 20.1, begin_s=4_500), role="duty")
    stand.mechanism.hub("green").wake()
    await stand.mechanism.settle("blue", "green")
    page = await officer("blue", room="notice")
    await typed(page, "40.1N 20.1E", kind="live-activity")
    await form(page).locator("[name=start]").fill("+80")
    await form(page).locator("[name=end]").fill("+60")
    conflict = check(page).locator(".finding").filter(has_text="green-1").first
    await expect(conflict).to_be_visible()
    await conflict.click()
    await expect(page).to_have_url(re.compile(r"item=notice%3Agreen-1"))


PASTED = {
    "geojson": json.dumps(
        {
            "type": "Polygon",
            "coordinates": [[[20.0, 40.0], [20.1, 40.0], [20.1, 40.1], [20.0, 40.0]]],
        }
    ),
    "kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon><outerBoundaryIs>'
    "<LinearRing><coordinates>20,40 20.1,40 20.1,40.1 20,40</coordinates></LinearRing>"
    "</outerBoundaryIs></Polygon></Placemark></kml>",
    "gpx": '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><rte>'
    '<rtept lat="40" lon="20"/><rtept lat="40.1" lon="20.1"/></rte></gpx>',
    "coordinates": "40.0N 20.0E\n40.0N 20.1E\n40.1N 20.1E",
}


async def test_each_pasted_format_is_recognised_and_checked(officer: Officer) -> None:
    page = await officer("blue", room="notice")
    for name, text in PASTED.items():
        await where(page).fill(text)
        told = form(page).get_by_role("status").filter(has_text="read as")
        await expect(told).to_contain_text(name)
        if name == "gpx" and await form(page).locator("[name=size]").input_value() == "":
            await form(page).locator("[name=size]").fill("2 km")
        await expect(form(page).locator(".pieces .echo")).to_contain_text("km²")


async def test_a_hostile_paste_ends_in_a_refusal_that_is_told(officer: Officer) -> None:
    page = await officer("blue", room="notice")
    refusal = form(page).locator(".refusal")
    for text in (HOSTILE, "<kml><Placemark>", "{", "9" * 400, '{"type": "Feature"}'):
        await where(page).fill(text)
        await expect(refusal).to_be_visible()
        await where(page).fill("40.1N 20.1E")
        await expect(refusal).to_have_count(0)
    title = await page.title()
    await where(page).evaluate(
        """(field) => {
            const data = new DataTransfer();
            data.setData("text/plain", "<kml>" + "x".repeat(10_000_000));
            field.dispatchEvent(new ClipboardEvent("paste", {
                clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    await expect(refusal).to_contain_text("At most 1048576")
    assert await page.title() == title


async def test_the_script_and_the_form_of_a_draft_say_the_same_and_are_marked(
    officer: Officer,
) -> None:
    page = await officer("blue", room="notice")
    await typed(page, "40.1N 20.1E")
    await page.get_by_role("button", name="Script and form").click()
    sheet = page.locator(".notice-sheet")
    await expect(sheet).to_contain_text("DRAFT - NOT RELEASED")
    await page.locator("[name=tongue][value=ar]").check()
    await expect(sheet.locator("td[lang=ar]").first).to_have_attribute("dir", "rtl")
    values = [one for one in await sheet.locator("td.mono").all_inner_texts() if one]
    heights = next(one for one in values if "3000" in one)
    await page.get_by_role("button", name="Paper form").click()
    paper = page.locator("pre.notice-sheet")
    await expect(paper).to_contain_text("NOTICE FORM")
    text = " ".join((await paper.inner_text()).split())
    assert " ".join(heights.split()) in text
    await page.emulate_media(media="print")
    await expect(paper).to_be_visible()
    await expect(page.locator("header.bar")).to_be_hidden()
    await expect(page.locator(".notice-form button[type=submit]")).to_be_hidden()


async def test_of_two_releasers_at_once_the_second_is_told_what_the_first_did(
    officer: Officer, stand: ConsoleStand
) -> None:
    author = await officer("blue", "watch1", room="notice")
    await typed(author, "40.1N 20.1E")
    await propose(author)
    address = author.url
    first = await officer("blue", "release1", room=address.split("#/")[1])
    second = await officer("blue", "release1", room=address.split("#/")[1])
    await expect(second.locator("button.release")).to_be_visible()
    await second.route("**/v1/drafts/*", lambda route: route.abort())
    await first.locator("button.release").click()
    await expect(first.locator("table.ladder")).to_be_visible()
    await second.locator("button.release").click()
    await expect(second.locator(".first")).to_contain_text("Casey Release was first: released")


async def test_a_draft_is_returned_with_words_and_its_author_edits_it(officer: Officer) -> None:
    author = await officer("blue", "watch1", room="notice")
    await typed(author, "40.1N 20.1E")
    await propose(author)
    releaser = await officer("blue", "release1", room=author.url.split("#/")[1])
    await releaser.get_by_role("button", name="Return", exact=True).click()
    await releaser.locator("dialog [name=reason]").fill(HOSTILE)
    await releaser.keyboard.press("Enter")
    await expect(author.locator(".draft-page .state.returned")).to_be_visible()
    await expect(author.locator(".deeds")).to_contain_text(HOSTILE)
    await author.get_by_role("button", name="Edit", exact=True).click()
    await expect(form(author).locator("[name=size]")).to_have_value("4000")


async def test_what_was_written_survives_a_look_into_another_room(officer: Officer) -> None:
    page = await officer("blue", room="notice")
    await typed(page, "40.1N 20.1E")
    await form(page).locator("[name=text]").fill("Half of it")
    await form(page).locator("[name=class]").first.focus()
    await page.get_by_role("button", name="Hotline").click()
    await expect(form(page)).to_have_count(0)
    await page.get_by_role("button", name="Notice", exact=True).click()
    await expect(form(page).locator("[name=text]")).to_have_value("Half of it")


async def test_amended_words_show_what_changes(officer: Officer, stand: ConsoleStand) -> None:
    await stand.node("blue").post_notice(stand.draft(40.1, 20.1, text="Transit"), role="duty")
    page = await officer("blue", room="notice?amend=blue-1")
    await expect(page.locator(".changes")).to_contain_text("those of blue-1 version 1")
    await form(page).locator("[name=ceiling]").fill("5000")
    await expect(page.locator(".changes")).to_contain_text("changes in: Heights")
    await propose(page)
    releaser = await officer("blue", "release1", room=page.url.split("#/")[1])
    await releaser.locator("button.release").click()
    await expect(releaser.locator("article.item")).to_contain_text("version 2")


async def test_a_notice_drawn_with_the_mouse_is_checked_while_it_is_drawn_and_released(
    officer: Officer,
) -> None:
    author = await officer("blue", "watch1")
    await expect(author.locator("html")).to_have_attribute("data-map", "ready")
    await expect(author.locator(".links li").first).to_be_visible()
    canvas = author.locator("#map canvas").first
    box = await canvas.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await author.keyboard.press("n")
    for right, down in ((-40, 40), (40, 40), (0, -60)):
        await author.mouse.click(middle[0] + right, middle[1] + down)
    await expect(check(author)).to_contain_text("checked as live-activity")
    await author.mouse.dblclick(middle[0] - 60, middle[1] - 20)
    await expect(form(author).locator("[name=class]").first).to_be_focused()
    await author.keyboard.press("1")
    await author.keyboard.press("Enter")
    await expect(author.locator(".draft-page .state.waiting")).to_be_visible()
    releaser = await officer("blue", "release1", room=author.url.split("#/")[1])
    await releaser.locator("button.release").click()
    await expect(releaser.locator("table.ladder")).to_be_visible()
