"""The hotline as officers of both sides meet it, on real nodes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from playwright.async_api import FilePayload, Locator, Page, expect

from parley.testing.browser import Officer
from parley.testing.consolestand import ConsoleStand

WAIT_S = 30
FREE = {"line": "safety", "precedence": "routine", "language": "en"}


async def said(stand: ConsoleStand, party: str, content: dict[str, Any], to: str) -> str:
    """A message of a program of ``party``; its ref."""
    async with stand.program(party) as client:
        answer = await client.post(
            "/v1/papers/message",
            params={"role": "duty", "to": to, "person": "A program"},
            json={"content": {**FREE, **content}},
            timeout=WAIT_S,
        )
    assert answer.status_code == 201, answer.text
    stand.mechanism.hub(party).wake()
    return str(answer.json()["ref"])


def message(page: Page, text: str) -> Locator:
    """The message whose original says so."""
    return page.locator("article.message").filter(has=page.locator(".original", has_text=text))


async def write(page: Page, text: str) -> None:
    """Writes and sends free words on the line that is open."""
    await page.get_by_role("button", name="Write on the").click()
    await page.get_by_label("Or in free words").fill(text)
    await page.keyboard.press("Control+Enter")


async def test_a_phrase_is_read_in_both_languages_and_answered_at_one_key(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    green = await officer("green", room="hotline")
    await green.get_by_label("Language").select_option("ru")
    await expect(blue.get_by_role("button", name="Write on the safety line")).to_be_visible()
    await blue.keyboard.press("h")
    await blue.keyboard.press("f")
    await blue.keyboard.type("101")
    await blue.keyboard.press("Enter")
    await expect(blue.locator(".composer .wording").first).to_contain_text("Stop. Cease fire now")
    await blue.keyboard.press("Control+Enter")

    there = message(green, "Stop. Cease fire now, all units.")
    await expect(there.locator(".beside")).to_contain_text("немедленно прекратить огонь")
    await expect(there.locator(".replies li").first).to_contain_text("151")
    await expect(green.locator(".tab .badge")).to_contain_text("1")
    await green.keyboard.press("v")
    await expect(there).to_be_focused()
    await green.keyboard.press("y")
    answer = message(blue, "Немедленно прекращаем")
    await expect(answer.locator(".jump").first).to_contain_text("message:blue-")
    here = message(blue, "Stop. Cease fire now, all units.")
    await expect(here.locator(".read-state")).to_contain_text("read")
    await expect(here.locator(".read-state")).to_contain_text("Avery Watch")
    await expect(green.locator(".tab .badge")).to_have_count(0)


async def test_values_are_read_back_and_a_wrong_one_is_told_to_both(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    values = [{"name": "height", "value": "3000 m"}]
    await said(stand, "green", {"text": "Stay below 3000 m.", "read_back": values}, "blue")
    here = message(blue, "Stay below")
    await here.focus()
    await blue.keyboard.press("r")
    await here.locator("input[name=height]").fill("300 m")
    await expect(here.get_by_role("status")).to_contain_text("height")
    await blue.keyboard.press("Enter")
    await expect(here.locator(".read-state .wrong")).to_contain_text("height")
    await here.focus()
    await blue.keyboard.press("r")
    await here.locator("input[name=height]").fill("3000 m")
    await blue.keyboard.press("Enter")
    await expect(here.locator(".read-state .wrong")).to_have_count(0)
    await expect(here.locator(".read-state .rung.read-back")).to_be_visible()


async def test_nothing_is_read_by_being_shown(officer: Officer, stand: ConsoleStand) -> None:
    blue = await officer("blue", room="hotline")
    ref = await said(stand, "green", {"text": "Good morning."}, "blue")
    here = message(blue, "Good morning.")
    await here.focus()
    await blue.keyboard.press("j")
    await expect(here.locator(".owed-line")).to_be_visible()
    assert (await stand.node("blue").paper(ref)).of("blue").read_ms == -1
    await blue.keyboard.press("a")
    await expect(here.locator(".owed-line")).to_have_count(0)
    assert (await stand.node("blue").paper(ref)).of("blue").read_ms > 0


async def test_an_arabic_message_keeps_its_direction_and_its_numbers_their_order(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    text = "الارتفاع 300 m عند 2159Z 17 SEP 2018، القناة VHF 121.500."
    await said(stand, "green", {"language": "ar", "text": text}, "blue")
    original = message(blue, "الارتفاع").locator(".original .said")
    await expect(original).to_have_attribute("dir", "rtl")
    await expect(original).to_have_text(text)
    assert await original.locator("bdi").all_inner_texts() == [
        "300 m",
        "2159Z 17 SEP 2018",
        "VHF 121.500",
    ]
    left = """value => { const box = (from, to) => { const range = document.createRange();
        range.setStart(value.firstChild, from); range.setEnd(value.firstChild, to);
        return range.getBoundingClientRect().left; };
        return box(0, 3) < box(4, 5); }"""
    assert await original.locator("bdi").first.evaluate(left), "300 m, not m 300"
    here = message(blue, "الارتفاع")
    await here.get_by_role("button", name="Suggest a translation into English").click()
    await expect(here.locator(".beside")).to_have_text(re.compile("This node has no translator"))
    await expect(original).to_have_text(text)


async def test_the_strategic_line_is_never_in_the_safety_list(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    await said(stand, "green", {"line": "strategic", "text": "The minister asks."}, "blue")
    await said(stand, "green", {"text": "The watch asks."}, "blue")
    await expect(message(blue, "The watch asks.")).to_be_visible()
    await expect(message(blue, "The minister asks.")).to_have_count(0)
    await expect(blue.locator(".tab .badge")).to_have_text("1 new")
    await expect(blue.locator("#needs")).to_contain_text("The watch asks.")
    await expect(blue.locator("#needs")).not_to_contain_text("minister")
    apart = blue.get_by_role("navigation", name="Strategic line")
    await expect(apart.get_by_text("1 unread")).to_be_visible()
    await apart.get_by_role("button", name="green").click()
    await expect(blue.get_by_role("heading", name="STRATEGIC LINE, between")).to_be_visible()
    await expect(message(blue, "The minister asks.")).to_be_visible()
    await expect(message(blue, "The watch asks.")).to_have_count(0)
    await blue.keyboard.press("h")
    await expect(blue.locator(".composer.safety")).to_be_visible()
    await expect(blue.locator(".composer.strategic")).to_have_count(0)


async def test_over_a_cut_link_a_message_waits_and_is_delivered_once(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    green = await officer("green", room="hotline")
    await stand.mechanism.cut("blue", "green")
    await expect(blue.locator(".links").get_by_text("green: LINK DOWN")).to_be_visible()
    await write(blue, "Does this get through?")
    here = message(blue, "Does this get through?")
    await expect(here.locator(".waits")).to_contain_text("Call by voice")
    stand.mechanism.heal("blue", "green")
    await expect(message(green, "Does this get through?")).to_have_count(1)
    await expect(here.locator(".rung")).to_contain_text("received")
    await expect(here).to_have_count(1)


async def test_a_call_is_logged_with_its_times_and_what_was_said(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    green = await officer("green", room="hotline")
    safety = {page: page.get_by_role("navigation", name="Safety line") for page in (blue, green)}
    for page in (blue, green):
        await safety[page].get_by_role("button", name="Calls").click()
    await blue.get_by_role("button", name="Call begins").click()
    await blue.get_by_role("button", name="Call ends").click()
    await blue.get_by_label("What was said").fill("They saw our aircraft.")
    recording = FilePayload(name="call.wav", mimeType="audio/wav", buffer=b"what was heard")
    await blue.get_by_label("Files").set_input_files([recording])
    await blue.get_by_role("button", name="Log the call").click()
    for page in (blue, green):
        call = page.locator("li.call")
        await expect(call).to_contain_text("They saw our aircraft.")
        await expect(call).to_contain_text("lasted 00:0")
        await expect(call).to_contain_text("Avery Watch")
        await expect(call).to_contain_text(hashlib.sha256(b"what was heard").hexdigest())


async def test_a_comms_check_is_asked_and_a_person_is_heard(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    green = await officer("green", room="hotline")
    safety = blue.get_by_role("navigation", name="Safety line")
    await safety.get_by_role("button", name="Checks").click()
    await blue.get_by_role("button", name="Ask green").click()
    await green.get_by_role("button", name="I hear you").click()
    await expect(blue.locator("li.check").first).to_contain_text("heard")
    await expect(safety.locator(".line-state")).to_contain_text("up")


async def test_hostile_words_are_shown_and_do_nothing(
    officer: Officer, stand: ConsoleStand
) -> None:
    blue = await officer("blue", room="hotline")
    bad = '<img src=x onerror="document.title=1"><script>document.title=2</script>{{title}}'
    await said(stand, "green", {"text": bad}, "blue")
    await said(stand, "green", {"text": "ב" * 1500 + "A" * 2000}, "blue")
    await expect(message(blue, "<img").locator(".original .said")).to_have_text(bad)
    assert await blue.title() not in ("1", "2")
    wide = "box => box.scrollWidth > box.clientWidth + 1"
    assert not await blue.locator(".talk").evaluate(wide)
    await blue.get_by_role("button", name="Write on the").click()
    await blue.get_by_label("Or in free words").fill("x" * 4001)
    await expect(blue.get_by_role("alert").get_by_text("Too long by 1")).to_be_visible()
    await expect(blue.get_by_role("button", name="Send")).to_be_disabled()


async def test_an_observer_of_the_screen_reads_and_cannot_write(
    officer: Officer, stand: ConsoleStand
) -> None:
    await said(stand, "green", {"text": "Who is there?"}, "blue")
    page = await officer("blue", "observe1", room="hotline")
    here = message(page, "Who is there?")
    await expect(here).to_be_visible()
    await expect(here.locator(".acts")).to_have_count(0)
    await page.keyboard.press("h")
    await expect(page.locator(".composer")).to_have_count(0)


async def test_a_request_for_a_notice_is_answered_from_the_papers(
    officer: Officer, stand: ConsoleStand
) -> None:
    now_ms = stand.clock()
    when = {"said": "tomorrow", "from_ms": now_ms, "until_ms": now_ms, "inferred": []}
    content = {"of": "blue", "said": "Drills at the lake", "when_said": when, "source": "a page"}
    async with stand.program("green") as client:
        answer = await client.post(
            "/v1/papers/notice-request",
            params={"role": "duty", "to": "blue"},
            json={"content": content},
            timeout=WAIT_S,
        )
    assert answer.status_code == 201, answer.text
    stand.mechanism.hub("green").wake()
    blue = await officer("blue", room="hotline?tab=papers")
    row = blue.locator("li.paper", has_text="Drills at the lake")
    await row.focus()
    await blue.keyboard.press("u")
    await row.get_by_label("Why, in words").fill("Not ours")
    await blue.keyboard.press("Enter")
    await expect(row).to_have_count(0)
    record = await stand.node("blue").paper(answer.json()["ref"])
    assert record.of("blue").text == "Not ours"


async def test_an_amendment_is_signed_after_a_second_look(
    officer: Officer, stand: ConsoleStand
) -> None:
    async with stand.program("blue") as client:
        file = json.loads((await client.get("/v1/agreement/file")).text)
        text = json.dumps({**file, "version": 2, "title": "Amended once"})
        asked = {
            "text": text,
            "in_force_from": "2023-11-16T00:00:00Z",
            "sign_by": "2023-11-15T12:00:00Z",
        }
        answer = await client.post(
            "/v1/agreement/proposals", params={"role": "chief"}, json=asked, timeout=WAIT_S
        )
    assert answer.is_success, answer.text
    stand.mechanism.hub("blue").wake()
    green = await officer("green", "liaison1", room="hotline?tab=papers")
    row = green.locator("li.paper", has_text="Amended once")
    await expect(row).to_contain_text("Missing: blue, green")
    await row.get_by_role("button", name="Sign for our party").click()
    dialog = green.get_by_role("dialog")
    await expect(dialog).to_contain_text("never taken back")
    await dialog.get_by_role("button", name="Sign for our party").click()
    await expect(row).to_contain_text("Signed: green")
    await expect(row.get_by_role("button", name="Sign for our party")).to_have_count(0)


async def test_a_name_opens_who_it_is(officer: Officer, stand: ConsoleStand) -> None:
    names = [{"text": "A Program", "language": "en"}, {"text": "برنامج", "language": "ar"}]
    async with stand.program("green") as client:
        answer = await client.post(
            "/v1/papers/person",
            params={"role": "duty", "to": "blue"},
            json={"content": {"names": names, "contacts": ["room <b>5</b>"]}},
            timeout=WAIT_S,
        )
    assert answer.status_code == 201, answer.text
    await said(stand, "green", {"text": "Who am I?"}, "blue")
    blue = await officer("blue", room="hotline")
    await message(blue, "Who am I?").get_by_role("button", name="A program").click()
    card = blue.get_by_role("dialog")
    await expect(card).to_contain_text("برنامج")
    await expect(card).to_contain_text("room <b>5</b>")
    await expect(card).to_contain_text("you decide")
