"""The Il-20 at the consoles of both sides: two accounts, one list, a replay, its evidence."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from parley.cli.demos import demo
from parley.cli.demos.demo_liaison import FOLLOW_UP
from parley.node.replay import Run, replay
from parley.node.replay_liaison import EACH, each_its_own, refs_of, replay_liaison
from parley.testing.browser import sit_down
from parley.testing.clock import HandClock
from parley.testing.consolestand import PACE
from parley.testing.harness import Mechanism
from parley.web.console import pages
from parley.wire.liaison.liaison_scenario import parse_liaison_scenario
from parley.wire.scenario import parse_scenario

CLAIMED_LEAD_S = 60
BEFORE_MS = 10_000
NIGHT_ZONES = {"ru": "Europe/Moscow", "il": "Asia/Jerusalem"}
Sits = Callable[..., Awaitable[Page]]


def swapped(text: str) -> str:
    """Every "ru" as "il" and the reverse, wherever one stands as a word."""
    return re.sub(r"\b(ru|il)\b", lambda m: {"ru": "il", "il": "ru"}[m[1]], text)


@asynccontextmanager
async def il20(folder: Path, *, exchanged: bool = False) -> AsyncIterator[tuple[Mechanism, str]]:
    """Real nodes that have played the night and what followed; the ref of the incident. The clock
    stands at the scenario's end. A folder that holds their databases is not played again."""
    files = [demo.scenario_bytes(name).decode() for name in (demo.SCENARIO, FOLLOW_UP)]
    if exchanged:
        files = [swapped(one) for one in files]
    night = parse_scenario(files[0].encode(), demo.SCENARIO)
    scenario = parse_liaison_scenario(files[1].encode(), FOLLOW_UP, night)
    played = folder / "played"
    clock = HandClock(night.span.start_ms - BEFORE_MS)
    if played.exists():
        ref, end_ms = played.read_text().split()
        clock.set(int(end_ms))
    mechanism = Mechanism(night.agreement, folder, clock=clock, pace=PACE)
    mechanism.zones.update(NIGHT_ZONES)
    async with mechanism:
        if not played.exists():
            nodes = {party: mechanism.node(party) for party in mechanism.parties}
            run = Run(EACH, scenario.script, CLAIMED_LEAD_S)
            minutes = replay(each_its_own(night), run, nodes, clock.set, mechanism.settle)
            refs = refs_of([minute async for minute in minutes])
            async for _ in replay_liaison(scenario, refs, nodes, clock.set, mechanism.settle):
                pass
            await mechanism.rounds(times=2)
            ref = refs[scenario.incident]
            played.write_text(f"{ref} {clock()}")
        yield mechanism, ref


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nights that were played are kept, so that each is played once."""
    return tmp_path_factory.mktemp("nights")


async def kept(nights: Path, tmp_path: Path, *, exchanged: bool = False) -> Path:
    """A copy of the databases behind the scenario."""
    whole = nights / ("exchanged" if exchanged else "told")
    if not whole.exists():
        whole.mkdir()
        async with il20(whole, exchanged=exchanged):
            pass
    copy = tmp_path / whole.name
    shutil.copytree(whole, copy)
    return copy


@pytest.fixture
async def night(nights: Path, tmp_path: Path, browser: Browser) -> AsyncIterator[Sits]:
    """``await night("ru")``: an officer of that side with the incident open."""
    if not (pages.SITE / "index.html").exists():
        pytest.skip("the console is not built: make console")
    async with il20(await kept(nights, tmp_path)) as (mechanism, ref):

        async def sits(party: str, person: str = "watch1", **more: Any) -> Page:
            url = f"{mechanism.url(party)}/console/"
            return await sit_down(browser, url, person, room=f"incident?incident={ref}", **more)

        yield sits


def topic(page: Page, name: str) -> Locator:
    return page.locator(f'.entry[data-topic="{name}"]')


def account(page: Page, name: str, claimant: str) -> Locator:
    return topic(page, name).locator(f'.account[data-claimant="{claimant}"]')


async def test_both_accounts_stand_side_by_side_at_both_consoles(night: Sits) -> None:
    for party in ("ru", "il"):
        page = await night(party)
        await expect(page.get_by_role("heading", name="Loss of the Il-20")).to_be_visible()
        await expect(page.locator(".banner.marked")).to_contain_text("TLP:AMBER+STRICT")
        await expect(page.locator(".entry.disputed")).to_have_count(7)
        ours, theirs = account(page, "lead-time", "ru"), account(page, "lead-time", "il")
        await expect(ours).to_contain_text("Told at 21:39 for 21:40, Moscow time.")
        await expect(ours).to_contain_text("60 seconds")
        await expect(theirs).to_contain_text("Much longer than a minute before.")
        await expect(theirs).to_contain_text("at least 61 seconds")
        await expect(topic(page, "lead-time")).to_contain_text("1 seconds between them")
        left, right = await ours.bounding_box(), await theirs.bounding_box()
        assert left is not None
        assert right is not None
        assert (left["y"], left["width"]) == (right["y"], right["width"])
        objected = account(page, "who-answers", "ru").locator(".objection")
        await expect(objected).to_contain_text("il objects:")
        await expect(objected).to_contain_text("2018-09-30 Sun 16:10:00Z")
        distance = topic(page, "aircraft-at-the-hit").locator(".against")
        await expect(distance).to_contain_text("222 km beyond both uncertainties")


async def test_a_replay_shows_the_notice_at_its_instant_and_is_never_taken_for_live(
    night: Sits,
) -> None:
    page = await night("ru")
    notice = page.locator(".log-line").filter(has_text="gives notice il-1")
    banner = page.locator(".banner.replay")
    await page.get_by_role("button", name="At the cursor").click()
    await expect(banner).to_have_count(0)
    await page.get_by_label("Jump to").fill("18:38Z")
    await page.keyboard.press("Enter")
    await expect(banner).to_contain_text("NOT LIVE: 2018-09-17 Mon 18:38:00Z")
    await expect(notice).to_have_count(0)
    await page.locator(".parts button").first.focus()
    await page.keyboard.press(".")
    await expect(banner).to_contain_text("18:39:00Z")
    await expect(notice).to_be_visible()
    await expect(page.locator(".player .instant")).to_contain_text("21:39 +03:00")
    await page.keyboard.press("Home")
    await expect(banner).to_contain_text("18:10:00Z")
    await page.get_by_label("Speed of the replay").select_option("300")
    await page.get_by_role("button", name="Play", exact=True).click()
    await expect(notice).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    await expect(page.locator(".needs")).to_contain_text("DISTRESS")
    await page.get_by_role("button", name="All incidents").click()
    await expect(banner).to_have_count(0)
    await expect(page.locator(".banner.live-again")).to_contain_text("LIVE again")


async def test_as_known_then_leaves_out_what_was_published_later(night: Sits) -> None:
    page = await night("il")
    await page.get_by_role("button", name="At the cursor").click()
    await page.get_by_label("Jump to").fill("19:05:30Z")
    await page.keyboard.press("Enter")
    claims = page.locator(".at-instant .claim-words")
    await expect(claims).not_to_have_count(0)
    await page.get_by_label("As known then").check()
    await expect(claims).to_have_count(0)
    await expect(page.locator(".lanes .claims .later")).not_to_have_count(0)


async def test_a_claim_is_chosen_on_list_and_timeline_together(night: Sits) -> None:
    page = await night("ru")
    words = account(page, "aircraft-at-the-hit", "il").locator(".claim-words")
    await words.click()
    await expect(words).to_have_attribute("aria-pressed", "true")
    await expect(page.locator('.lanes .chosen[data-ref="claim:il-3"]')).to_have_count(1)


def shown(texts: list[str]) -> list[str]:
    return [re.sub(r"\s+", " ", text) for text in texts]


async def test_with_the_parties_exchanged_only_the_columns_are_exchanged(
    nights: Path, tmp_path: Path, browser: Browser
) -> None:
    if not (pages.SITE / "index.html").exists():
        pytest.skip("the console is not built: make console")
    found: list[list[str]] = []
    for exchanged in (False, True):
        folder = await kept(nights, tmp_path, exchanged=exchanged)
        async with il20(folder, exchanged=exchanged) as (mechanism, ref):
            url = f"{mechanism.url('il' if exchanged else 'ru')}/console/"
            page = await sit_down(browser, url, room=f"incident?incident={ref}")
            await expect(page.locator(".entry.disputed")).to_have_count(7)
            texts = await page.locator(".entry .account").evaluate_all(
                """all => all.map((one) => [
                    one.closest('.entry').dataset.topic,
                    one.dataset.claimant,
                    [...one.parentElement.children].indexOf(one),
                    ...[...one.querySelectorAll('.claim-words, dd')].map((x) => x.textContent),
                ].join(' | '))"""
            )
            found.append(shown(texts))
    told, mirrored = found
    assert sorted(swapped(one) for one in mirrored) == sorted(told)


async def test_the_incident_is_exported_and_verified_in_the_browser(
    night: Sits, tmp_path: Path
) -> None:
    page = await night("ru")
    await page.get_by_role("button", name="Evidence", exact=True).click()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Make the file").click()
    download = await coming.value
    assert download.suggested_filename == "ru-incident-ru-5.evidence"
    whole = tmp_path / "whole.evidence"
    await download.save_as(whole)
    file = page.get_by_label("Choose a file")
    seal = page.locator(".seal")
    await file.set_input_files(whole)
    await expect(seal).to_have_text(re.compile("VERIFIED$"))
    await expect(seal).not_to_contain_text("NOT")
    await expect(page.locator(".proof")).to_contain_text("Pinned: every key")
    await page.get_by_text("Who said what, when").click()
    await expect(page.locator(".statements")).to_contain_text("gives notice il-1")
    damaged = tmp_path / "damaged.evidence"
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    await file.set_input_files(damaged)
    await expect(seal).to_contain_text("NOT VERIFIED")
    await expect(page.locator(".proof .refusal")).to_contain_text("Right would be")
    hostile = tmp_path / "<img src=x onerror=alert(1)>.evidence"
    hostile.write_bytes(b"<script>alert(1)</script>\n" * 9)
    await file.set_input_files(hostile)
    await expect(page.locator(".proof dd").first).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(seal).to_contain_text("NOT VERIFIED")


async def test_a_claim_and_an_objection_are_signed_at_the_console(night: Sits) -> None:
    page = await night("il", "liaison1")
    await page.get_by_role("button", name="New claim").click()
    form = page.get_by_role("form", name="New claim")
    await form.get_by_label("Topic").fill("time-of-loss")
    await form.get_by_label("The claim, in your words").fill("At 19:03Z it left our radar.")
    await form.get_by_label("Where it can be read or heard").fill("recording 4")
    await form.get_by_label("When it happened").fill("19:03")
    await form.get_by_role("button", name="Sign and send").click()
    await expect(form.locator(".refusal")).to_contain_text("names no clock")
    await form.get_by_label("When it happened").fill("2018-09-17T19:03Z")
    await form.get_by_role("button", name="Sign and send").click()
    await expect(form).to_contain_text("Signed, logged and on its way:")
    ours = account(page, "time-of-loss", "il")
    await expect(ours).to_contain_text("At 19:03Z it left our radar.")
    theirs = account(page, "time-of-loss", "ru")
    await theirs.get_by_role("button", name="Object").click()
    objection = page.get_by_role("form", name="Object to")
    await objection.get_by_label("Reason").fill("The minute is not ours.")
    await objection.get_by_role("button", name="Sign and send").click()
    await expect(theirs.locator(".objection")).to_contain_text("The minute is not ours.")


async def test_who_may_only_read_says_nothing_of_an_incident(night: Sits) -> None:
    page = await night("ru", "observe1")
    await expect(page.locator(".entry.disputed")).to_have_count(7)
    await expect(page.get_by_role("button", name="New claim")).to_have_count(0)
    await expect(page.get_by_role("button", name="Object", exact=True)).to_have_count(0)
