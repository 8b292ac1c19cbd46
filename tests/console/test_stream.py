"""A console whose connection breaks: nothing is missed, nothing twice, and it says so meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from parley.store.memory import MemoryStore
from parley.testing.browser import sit_down
from parley.testing.consolestand import ConsoleStand
from parley.testing.http import LoneNode, lone_node
from parley.testing.proxy import CuttableProxy

STOPS = 80
OUTAGE = re.compile("connection to the node", re.IGNORECASE)


@pytest.fixture
async def proxy() -> AsyncIterator[CuttableProxy]:
    """Between a browser and the node whose port is given to it."""
    made = CuttableProxy()
    await made.start()
    yield made
    await made.close()


def outage(page: Page) -> Locator:
    """The banner that says that this is not live, and since when."""
    return page.locator(".banner").filter(has_text=OUTAGE)


async def told_of(page: Page) -> list[str]:
    """The STOPs in the list, as often as they stand there."""
    keys = await page.locator(".need").evaluate_all("rows => rows.map(row => row.dataset.key)")
    return sorted(key for key in keys if key.startswith("stop:"))


async def stopped(stand: ConsoleStand, count: int) -> None:
    """Green says STOP so often; blue has them all."""
    for _ in range(count):
        await stand.node("green").stop(role="duty", text="range is hot")
    stand.mechanism.hub("green").wake()
    await stand.mechanism.settle("green")


async def test_through_a_cut_and_a_restart_every_stop_is_shown_once_and_the_outage_is_told(
    stand: ConsoleStand, browser: Browser, proxy: CuttableProxy
) -> None:
    proxy.target_port = int(stand.mechanism.url("blue").rpartition(":")[2])
    page = await sit_down(browser, f"{proxy.url}/console/")
    loads: list[str] = []
    page.on("load", lambda _: loads.append("again"))
    await stopped(stand, 1)
    await expect(page.locator('.need[data-key="stop:green-1"]')).to_be_visible()
    await expect(outage(page)).to_have_count(0)
    before = await stand.node("blue").last_event()

    await proxy.cut()
    await expect(outage(page)).to_be_visible()
    began = await outage(page).inner_text()
    await stopped(stand, STOPS // 2)
    await stand.mechanism.fall("blue")
    await stand.mechanism.rise("blue")
    await stopped(stand, STOPS - STOPS // 2)
    while await stand.node("blue").last_event() < before + 300:
        await stand.node("blue").post_notice(stand.draft(38.0), role="duty")
    await expect(page.locator(".banner.lost")).to_be_visible()
    since = began.partition("Z")[0][-8:]
    assert since in await page.locator(".banner.lost").inner_text()
    assert len(await told_of(page)) == 1

    proxy.heal()
    await expect(page.locator(f'.need[data-key="stop:green-{STOPS + 1}"]')).to_have_count(1)
    expected = sorted(f"stop:green-{n}" for n in range(1, STOPS + 2))
    await expect(page.locator('.need[data-key^="stop:"]')).to_have_count(len(expected))
    assert await told_of(page) == expected
    await expect(outage(page)).to_have_count(0)
    await stopped(stand, 1)
    await expect(page.locator(f'.need[data-key="stop:green-{STOPS + 2}"]')).to_have_count(1)
    assert loads == []


async def with_stops(blue: LoneNode, texts: list[str]) -> LoneNode:
    for text in texts:
        answer = await blue.post("/v1/stop", {"role": "duty", "text": text})
        assert answer.status_code == 201
    return blue


async def test_a_node_that_comes_back_with_another_memory_is_read_anew(
    tmp_path: Path, browser: Browser, proxy: CuttableProxy
) -> None:
    """As from an old copy: with more events since than this screen had followed, and with none."""
    people = tmp_path / "people.db"
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(
                lone_node("blue", MemoryStore(), people_at=people, drafts_at=tmp_path / f"{n}.db")
            )
            for n in range(3)
        ]
        first = await with_stops(nodes[0], ["as it was"] * 2)
        nodes[1].clock.advance(90_000)
        older = await with_stops(nodes[1], ["another history"] * 5)
        proxy.target_port = first.running.port
        page = await sit_down(browser, f"{proxy.url}/console/")
        rows = page.locator('.need[data-key^="stop:"]')
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("as it was")
        await with_stops(first, ["as it was"])
        await expect(rows).to_have_count(3)
        for node, count in ((older, 5), (nodes[2], 0)):
            await proxy.cut()
            await expect(outage(page)).to_be_visible()
            proxy.target_port = node.running.port
            proxy.heal()
            await expect(rows).to_have_count(count)
            if count:
                await expect(rows.filter(has_text="another history")).to_have_count(count)
        await with_stops(nodes[2], ["said now"])
        await expect(rows).to_have_count(1)


async def test_a_node_that_falls_silent_without_a_word_is_told_as_lost(
    stand: ConsoleStand, browser: Browser
) -> None:
    """The connection stands and carries nothing, as behind a cable that was pulled."""
    silent = asyncio.Event()
    silent.set()
    port = int(stand.mechanism.url("blue").rpartition(":")[2])

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await silent.wait()
                writer.write(data)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    carried: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        carried.add(task)
        back, onward = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, onward), pump(back, writer))

    cable = await asyncio.start_server(carry, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{cable.sockets[0].getsockname()[1]}/console/"
    page = await sit_down(browser, url)
    await expect(page.locator(".needs")).to_be_visible()
    await expect(outage(page)).to_have_count(0)
    silent.clear()
    await expect(outage(page)).to_be_visible()
    await stopped(stand, 1)
    silent.set()
    await expect(page.locator('.need[data-key="stop:green-1"]')).to_have_count(1)
    await expect(outage(page)).to_have_count(0)
    await page.context.close()
    cable.close()
    await cable.wait_closed()
    for task in carried:
        task.cancel()
    await asyncio.gather(*carried, return_exceptions=True)
