"""Pictures of every screen, by officers at real nodes: ``python -m parley.testing.screens DIR``.

What is shown is made up here and claims nothing about anybody.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import structlog
from playwright.async_api import Browser, Page, expect

from parley.testing.browser import chromium, sit_down
from parley.testing.consolestand import ConsoleStand, console_stand, furnish

SETTLE_MS = 4_000
"""So long a screen may go on drawing before its picture is taken; nothing is asserted by it."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture. select: what is clicked in the needs list first."""

    name: str
    room: str = "item"
    person: str = "watch1"
    language: str = "en-GB"
    theme: str = "night"
    width: int = 1280
    height: int = 720
    keys: tuple[str, ...] = ()


SCREENS = (
    Screen("watch"),
    Screen("watch-day", theme="day"),
    Screen("watch-wall", width=2560, height=1440),
    Screen("watch-he", language="he-IL"),
    Screen("watch-ar", language="ar"),
    Screen("watch-ru", language="ru-RU"),
    Screen("map-tilted", keys=("t",)),
    Screen("stop", keys=("F9",)),
    Screen("distress", keys=("F10",)),
    Screen("notice", "notice"),
    Screen("release", "notice", person="release1"),
    Screen("hotline", "hotline"),
    Screen("incident", "incident"),
    Screen("handover", "handover"),
    Screen("health", "health"),
    Screen("people", "people", person="admin1"),
    Screen("keys", keys=("?",)),
)


async def _said(client: httpx.AsyncClient, path: str, body: Any, **query: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body, params=query)
    assert answer.is_success, f"{path}: {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


async def talk(stand: ConsoleStand) -> None:
    """Messages, a call, an incident told in two ways."""
    async with stand.program("blue") as blue, stand.program("green") as green:
        for client, other, language, text in (
            (green, "blue", "en", "Are your aircraft clear of the lake?"),
            (blue, "green", "en", "Affirm. BLUE11 leaves to the east at 22:40Z."),
            (green, "blue", "ar", "نؤكد الاستلام. نلتزم بالارتفاع 6000 متر."),
        ):
            content = {
                "line": "safety",
                "precedence": "immediate",
                "language": language,
                "text": text,
            }
            await _said(client, "/v1/papers/message", {"content": content}, role="duty", to=other)
        now_ms = stand.clock()
        when = {"said": "at 22:05Z", "from_ms": now_ms - 500_000, "until_ms": now_ms - 480_000}
        report = await _said(
            blue,
            "/v1/papers/incident",
            {
                "content": {
                    "title": "A near miss over the lake",
                    "state": "open",
                    "when": {**when, "inferred": []},
                    "area": None,
                    "parties": ["blue", "green"],
                    "involved": [],
                    "harm": "None.",
                    "actions": "None.",
                    "questions": [],
                    "refs": [],
                    "attachments": [],
                    "same_as": "",
                }
            },
            role="duty",
            to="green",
        )
        for client, by, other, north, answer in (
            (blue, "blue", "green", 401_500_000, "yes"),
            (green, "green", "blue", 402_600_000, "no"),
        ):
            await _said(
                client,
                "/v1/papers/claim",
                {"content": _claim(report["ref"], by, when, north, answer)},
                role="duty",
                to=other,
            )


def _claim(incident: str, by: str, when: dict[str, Any], north: int, answer: str) -> dict[str, Any]:
    instant = {**when, "inferred": []}
    return {
        "incident": incident,
        "topic": "clear-of-the-lake",
        "aspect": "act",
        "claimant": by,
        "text": f"{by.title()} says where its aircraft was.",
        "source": {
            "medium": "briefing",
            "citation": "the duty officer's account",
            "said": instant,
            "said_by": "",
            "sha256": "",
            "language": "en",
        },
        "happened": instant,
        "place": {"position": [north, 198_000_000], "uncertainty_m": 1_000},
        "least": None,
        "most": None,
        "unit": "",
        "answer": answer,
        "against": [],
        "supersedes": "",
        "evidence": [],
        "refs": [],
    }


async def _waiting_draft(stand: ConsoleStand, page: Page) -> None:
    """A notice that its author proposed and nobody has released yet."""
    now_s = stand.clock() // 1000
    begin, end = (
        f"{_instant(now_s + 7_200)}",
        f"{_instant(now_s + 9_000)}",
    )
    feature = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [20.35, 39.75]},
                "properties": {
                    "class": "live-activity",
                    "radius_m": 6000,
                    "floor_m": 0,
                    "ceiling_m": 4000,
                    "height_reference": "WGS84",
                    "start": begin,
                    "end": end,
                    "text": "Range work south of the lake",
                },
            }
        ],
    }
    told = await page.evaluate(
        """async (draft) => {
          const session = await (await fetch("/v1/session")).json();
          const answer = await fetch("/v1/drafts?role=duty&kind=notice", { method: "POST",
            headers: { "content-type": "application/geo+json", "x-parley-csrf": session.csrf },
            body: JSON.stringify(draft) });
          return answer.ok ? "" : await answer.text();
        }""",
        feature,
    )
    assert told == "", told


def _instant(at_s: int) -> str:
    from parley.wire.instants import format_instant

    return format_instant(at_s * 1000)


async def _pictured(browser: Browser, stand: ConsoleStand, one: Screen, folder: Path) -> None:
    page = await sit_down(
        browser,
        stand.url("blue"),
        one.person,
        room=one.room,
        language=one.language,
        width=one.width,
        height=one.height,
    )
    language = one.language[:2]
    await page.locator(".menu select").select_option(language)
    await page.evaluate(f"() => {{ document.documentElement.dataset.theme = '{one.theme}'; }}")
    await expect(page.locator("html[data-map=ready]")).to_be_attached()
    await page.wait_for_timeout(SETTLE_MS)
    for key in one.keys:
        await page.keyboard.press(key)
        await page.wait_for_timeout(SETTLE_MS // 2)
    await page.screenshot(path=folder / f"{one.name}.jpg", type="jpeg", quality=82)
    await page.context.close()


async def take(folder: Path, names: tuple[str, ...] = ()) -> None:
    """All pictures, or those of these names, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as databases:
        async with console_stand(Path(databases)) as stand, chromium() as browser:
            await furnish(stand)
            await talk(stand)
            context = await browser.new_context()
            login = await context.new_page()
            await login.goto(stand.url("blue"))
            await expect(login.locator("main.login form")).to_be_visible()
            if not names or "log-in" in names:
                await login.screenshot(path=folder / "log-in.jpg", type="jpeg", quality=82)
            page = await sit_down(browser, stand.url("blue"), "watch2")
            await _waiting_draft(stand, page)
            for one in SCREENS:
                if not names or one.name in names:
                    await _pictured(browser, stand, one, folder)
                    print(folder / f"{one.name}.jpg", flush=True)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    folder, *names = sys.argv[1:] or ["docs/screens"]
    asyncio.run(take(Path(folder), tuple(names)))


if __name__ == "__main__":
    main()
