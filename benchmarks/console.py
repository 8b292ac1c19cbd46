"""The console under load: ``python benchmarks/console.py [--minutes 10]``; about three minutes.

A real node in a process of its own hears 5,000 aircraft every second on a socket, 500 of them with
a volume round them that moves along (nobody else within it), and one officer sits at its console
in Debian's Chromium with software rendering. Both share this machine's cores with the browser.

What is measured, all by the browser's own clocks:
first paint   from the navigation to the first contentful paint, and to the whole screen (what
              needs the officer listed, map painted); medians of five cold starts, logged in
INP           Event Timing: of each interaction its longest event, from the input to the next
              paint (in steps of 8 ms); the 75th percentile, as web.dev defines it, and the 98th
pans          the mouse drags the map for ten seconds; frames are counted by animation frames, the
              longest time between two of them is what a person would see as frozen
memory        the JavaScript heap after a collection, each half minute; --minutes says how long
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.async_api import Browser, Page, expect

from benchmarks.machine import banner, quantile
from parley.testing.browser import chromium, sit_down
from parley.testing.clock import DAWN_MS, RunningClock
from parley.testing.consolestand import console_stand, furnish
from parley.testing.sky import Plane, Receiver, json_line

TRACKS, VOLUMES = 5_000, 500
ROW = 71
STEP_DEG = 0.14
LISTENING = """
  globalThis.__inputs = []; globalThis.__tasks = []; globalThis.__frames = [];
  new PerformanceObserver((list) => {
    for (const e of list.getEntries())
      if (e.interactionId) globalThis.__inputs.push([e.interactionId, e.name, e.duration]);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) globalThis.__tasks.push(e.duration);
  }).observe({ type: "longtask", buffered: true });
"""
FRAMES = """() => {
  globalThis.__frames = [];
  const on = (t) => { globalThis.__frames.push(t); requestAnimationFrame(on); };
  requestAnimationFrame(on);
}"""


def fleet() -> list[Plane]:
    """In rows, all at one pace on one course, so that nobody comes near anybody."""
    half = ROW // 2
    return [
        Plane(
            f"{0xB00000 + n:06x}",
            40.0 + STEP_DEG * (n // ROW - half),
            20.0 + STEP_DEG * 1.3 * (n % ROW - half),
            3_000.0 + 300.0 * (n % 20),
            120.0,
            90.0,
            callsign=f"PLY{n}",
        )
        for n in range(TRACKS)
    ]


def track(plane: Plane) -> str:
    return f"icao:{plane.icao}"


async def node(feed: str) -> None:
    """The node's own process: says where its console is, and goes on until it is ended."""
    planes = fleet()
    owners = {track(plane): "blue" for plane in planes}
    with TemporaryDirectory() as folder:
        async with console_stand(
            Path(folder), planes=(), owners=owners, watchers=("blue",), feeds=[("radar2", feed)]
        ) as stand:
            await furnish(stand)
            async with stand.program("blue") as program:
                until = "2030-01-01T00:00:00Z"
                for plane in planes[:: TRACKS // VOLUMES]:
                    form = {
                        "track": track(plane),
                        "radius_m": 3_000,
                        "up_m": 150,
                        "down_m": 150,
                        "until": until,
                        "role": "duty",
                    }
                    answer = await program.post("/v1/watch/moving", json=form)
                    answer.raise_for_status()
            print(stand.url("blue"), stand.clock(), flush=True)
            await asyncio.Event().wait()


class Traffic:
    """The aircraft, told once a second to whoever listens."""

    def __init__(self, receiver: Receiver) -> None:
        self.planes = fleet()
        self.receiver = receiver
        self.clock = RunningClock(DAWN_MS)

    async def fly(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            now_ms = self.clock()
            for plane in self.planes:
                plane.fly(1.0)
            lines = b"".join(json_line(plane, now_ms) for plane in self.planes)
            await self.receiver.say(lines)
            due_s += 1.0
            await asyncio.sleep(max(0.0, due_s - loop.time()))


async def until_busy(page: Page) -> None:
    """All of the traffic is on the map."""
    shown = page.locator("html[data-map=ready]")
    await expect(shown).to_be_attached(timeout=60_000)
    await expect(page.locator(f"[data-tracks='{TRACKS}']")).to_be_attached(timeout=60_000)


async def first_paint(browser: Browser, url: str, page: Page) -> None:
    """Cold: a new context each time, with the session's cookie and nothing else."""
    cookies: Any = await page.context.cookies()
    paints, wholes = [], []
    for _ in range(5):
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        await context.add_cookies(cookies)
        fresh = await context.new_page()
        await fresh.goto(url)
        await expect(fresh.locator("html[data-map=ready]")).to_be_attached(timeout=60_000)
        whole = "() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime,"
        whole += " performance.getEntriesByName('screen-whole')[0]?.startTime]"
        first, done = await fresh.evaluate(whole)
        paints.append(first or math.nan)
        wholes.append(done or math.nan)
        await context.close()
    print(
        f"  first contentful paint {statistics.median(paints):,.0f} ms (worst {max(paints):,.0f})"
    )
    print(
        f"  whole screen           {statistics.median(wholes):,.0f} ms (worst {max(wholes):,.0f})"
    )


async def inputs(page: Page) -> None:
    """What an officer does in a minute and a half, at a person's pace."""
    await page.evaluate("() => { globalThis.__inputs.length = 0; globalThis.__tasks.length = 0; }")
    for turn in range(12):
        for key in ("j", "j", "k"):
            await page.keyboard.press(key)
            await page.wait_for_timeout(150)
        for room in "123456":
            await page.keyboard.press(room)
            await page.wait_for_timeout(250)
        await page.keyboard.press("]")
        await page.wait_for_timeout(400)
        await page.keyboard.press("\\")
        await page.wait_for_timeout(300)
        await page.mouse.click(500 + 20 * turn, 300)
        await page.wait_for_timeout(300)
        await page.keyboard.press("1")
    found: list[tuple[int, str, float]] = await page.evaluate("() => globalThis.__inputs")
    tasks: list[float] = await page.evaluate("() => globalThis.__tasks")
    longest: dict[int, tuple[float, str]] = {}
    for number, name, took in found:
        longest[number] = max(longest.get(number, (0.0, "")), (took, name))
    pressed = 12 * (3 + 6 + 2 + 1 + 1)
    slow = sorted((one[0] for one in longest.values()), reverse=True)
    took_ms = sorted([*slow, *[16.0] * max(0, pressed - len(slow))])
    print(f"  {pressed} interactions, {len(slow)} of them took 16 ms or longer")
    print(
        f"  INP: median {quantile(took_ms, 0.5):.0f} ms, 75th {quantile(took_ms, 0.75):.0f} ms,"
        f" 98th {quantile(took_ms, 0.98):.0f} ms, worst {took_ms[-1]:.0f} ms"
    )
    worst = f"{max(tasks):.0f} ms" if tasks else "none"
    print(f"  main thread: {len(tasks)} tasks above 50 ms, the longest {worst}")


async def pans(page: Page) -> None:
    await page.evaluate(FRAMES)
    await page.mouse.move(560, 360)
    await page.mouse.down()
    steps = 300
    for n in range(steps):
        angle = 2 * math.pi * n / 100
        await page.mouse.move(560 + 120 * math.sin(angle), 360 + 80 * math.sin(2 * angle))
        await page.wait_for_timeout(25)
    await page.mouse.up()
    times: list[float] = await page.evaluate("() => globalThis.__frames")
    gaps = [b - a for a, b in pairwise(times)]
    rate = 1000 * len(gaps) / (times[-1] - times[0])
    print(
        f"  panning {(times[-1] - times[0]) / 1000:.0f} s: {rate:.1f} frames a second, between two"
        f" frames median {statistics.median(gaps):.0f} ms, 99th {quantile(gaps, 0.99):.0f} ms,"
        f" longest {max(gaps):.0f} ms"
    )


async def memory(page: Page, minutes: float) -> None:
    session = await page.context.new_cdp_session(page)
    sizes = []
    for _ in range(max(2, int(minutes * 2) + 1)):
        await session.send("HeapProfiler.collectGarbage")
        used = await session.send("Runtime.getHeapUsage")
        sizes.append(used["usedSize"] / 1e6)
        await page.wait_for_timeout(30_000)
    half = len(sizes) // 2
    print(
        f"  heap after collections over {(len(sizes) - 1) / 2:.1f} min: first {sizes[0]:.1f} MB,"
        f" median of the first half {statistics.median(sizes[: half or 1]):.1f}, of the second"
        f" {statistics.median(sizes[half:]):.1f}, last {sizes[-1]:.1f}, largest {max(sizes):.1f}"
    )


async def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--node", default="")
    chosen = parser.parse_args(arguments)
    if chosen.node:
        await node(chosen.node)
        return
    banner("Console: 5,000 tracks and 500 volumes that move, a report of each every second")
    receiver = Receiver("radar2", "json", lambda _: True)
    await receiver.rise()
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--node", receiver.url, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        while not (line := await child.stdout.readline()).startswith(b"http"):
            if not line:
                raise SystemExit("the node did not start")
        url, now_ms = line.decode().split()
        traffic = Traffic(receiver)
        traffic.clock.set(int(now_ms))
        flying = asyncio.create_task(traffic.fly())
        async with chromium() as browser:
            page = await sit_down(browser, url, "watch1")
            await page.context.add_init_script(LISTENING)
            await page.reload()
            await until_busy(page)
            await inputs(page)
            await pans(page)
            await first_paint(browser, url, page)
            await memory(page, chosen.minutes)
        flying.cancel()
    finally:
        child.terminate()
        await child.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
