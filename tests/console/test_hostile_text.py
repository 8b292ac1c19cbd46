"""A counterpart, a feed and an agreement that fill every field with what breaks lesser screens."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from parley.testing.browser import sit_down
from parley.testing.consolestand import PLANES, ConsoleStand, console_agreement, console_stand
from parley.testing.sky import json_line
from parley.testing.witness import ROOMS, assert_placed, settled, watch
from parley.web.console import pages

TEXTS = (
    "<img src=x onerror=alert(1)><svg onload=alert(2)>",
    "</script><script>alert(3)</script><iframe srcdoc='<script>alert(4)</script>'>",
    "\" onmouseover=alert(5) x='",
    "javascript:alert(6)//https://evil.example/x.png",
    "W" * 3_900,
    "\u200b\u200e\u200f\ufeff\u200d",
    "שלום (abc) ١٢٣ مرحبا [xyz] - 12/3",
    '{"role":"chief"}&role=chief#/item?item=notice:x%00',
    '=HYPERLINK("http://evil.example","x"),@SUM(A1) {{t(\'x\')}} ${1} $t(app:title)',
    "👩‍👩‍👧‍👦🏴‍☠️" * 40,
)
TURNED = "\u202eDAMON\u2066abc\u2069\u202c"


@pytest.fixture
async def hostile(tmp_path: Path) -> AsyncIterator[ConsoleStand]:
    if not (pages.SITE / "index.html").exists():
        pytest.skip("the console is not built: make console")
    given = console_agreement()
    lines = tuple(replace(line, name=TEXTS[0][:200]) for line in given.lines)
    agreement = replace(given, title=TEXTS[1][:200], lines=lines)
    planes = (*PLANES, replace(PLANES[0], icao="dd0002", callsign="<IMG>'\"", silent=False))
    async with console_stand(tmp_path, agreement=agreement, planes=planes) as made:
        yield made


async def says_everything(stand: ConsoleStand) -> Counter[str]:
    """Green writes the texts wherever it may; how many of its statements stand, by route."""
    kept = Counter[str]()
    async with stand.program("green") as green:

        async def post(path: str, body: Any) -> None:
            answer = await green.post(path, json=body, params={"role": "duty"})
            assert answer.status_code < 500, answer.text
            kept[path] += answer.status_code == 201

        for text in (*TEXTS, TURNED):
            line = text[:200].replace("\n", " ").replace("\t", " ")
            await post("/v1/stop", {"role": "duty", "text": text})
            since = "2023-11-14T22:00:00Z"
            await post(
                "/v1/distress",
                {"role": "duty", "subject": line, "since": since, "text": text},
            )
            message = {"line": "safety", "precedence": "priority", "language": "en", "text": text}
            await post("/v1/papers/message", {"content": message})
            await post(
                "/v1/papers/person",
                {
                    "content": {
                        "names": [{"text": line, "language": "en", "source": line}],
                        "contacts": [f"javascript:{line}"[:200]],
                        "remark": line,
                    }
                },
            )
            when = {
                "said": line,
                "from_ms": 1_699_990_000_000,
                "until_ms": 1_699_999_000_000,
                "inferred": [],
            }
            await post(
                "/v1/papers/incident",
                {
                    "content": {
                        "title": line,
                        "state": "open",
                        "when": when,
                        "parties": ["blue", "green"],
                        "harm": text,
                        "actions": text,
                        "questions": [line],
                        "area": None,
                        "involved": [line],
                        "refs": [],
                        "attachments": [],
                        "same_as": "",
                    }
                },
            )
    return kept


async def flies_hostile(stand: ConsoleStand) -> None:
    """Lines of a feed whose flight names, squawks and types are anything."""
    for n, text in enumerate((*TEXTS, TURNED)):
        fields = json.loads(json_line(replace(PLANES[2], icao=f"ee00{n:02d}"), stand.clock()))
        fields |= {"flight": text, "r": text, "t": text, "ownOp": text, "desc": text}
        await stand.radar.say(json.dumps(fields).encode() + b"\n")


async def test_hostile_text_is_shown_as_text_in_every_room(
    hostile: ConsoleStand, browser: Browser
) -> None:
    await hostile.node("blue").post_notice(hostile.draft(text=TEXTS[0]), role="duty")
    await hostile.node("green").post_notice(
        hostile.draft(39.9, 20.3, text="".join(TEXTS[:4])), role="duty"
    )
    kept = await says_everything(hostile)
    assert min(kept.values()) > len(TEXTS) // 2, kept
    hostile.mechanism.hub("green").wake()
    await hostile.mechanism.settle("green")
    await flies_hostile(hostile)
    for language in ("en-GB", "he-IL"):
        page = await sit_down(browser, hostile.url("blue"), language=language)
        seen = watch(page)
        await page.reload()
        await expect(page.locator('.need[data-key^="stop:"]').first).to_be_visible()
        await expect(page.get_by_text("<img src=x onerror").first).to_be_visible()
        rooms = [*ROOMS, "item?item=notice:green-1", "item?item=stop:green-2"]
        rooms += ["item?item=track:icao:dd0002", "item?item=javascript:alert(9)"]
        if language == "he-IL":
            await page.locator("header select").select_option("he")
            rooms = ["hotline", "incident", "item?item=stop:green-2"]
        for room in rooms:
            await page.evaluate("room => { location.hash = `#/${room}` }", room)
            await expect(page.locator(f"#room.room-{room.partition('?')[0]}")).to_be_visible()
            await settled(page, seen)
            assert await page.locator("img[src=x], iframe, svg[onload], [onmouseover]").count() == 0
            bad = 'a[href^="javascript:" i], a[href^="data:" i], a[href*="evil.example"]'
            assert await page.locator(bad).count() == 0
            await assert_placed(page)
        seen.assert_nothing()
        await page.context.close()


async def test_words_that_turn_the_reading_round_get_no_further_than_their_authors_node(
    hostile: ConsoleStand,
) -> None:
    async with hostile.program("green") as green:
        for body in (
            {"role": "duty", "text": TURNED},
            {"role": "duty", "text": "a\u0000b"},
            {"role": "duty", "text": "a\u2028b"},
        ):
            assert (await green.post("/v1/stop", json=body)).status_code == 422
