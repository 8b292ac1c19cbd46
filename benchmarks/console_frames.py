"""What the console's map asks of a node: frames of the live picture, and the 4-D picture of an
instant, over HTTP on loopback.

    python benchmarks/console_frames.py [--tracks 5000] [--hazards 500] [--stored 100000]

Frames: a watch with so many tracks, each reported once a second, and hazards that move with some;
from the end of the sweep to the last byte of the frame, for the first screen that asks, for one
that comes second, and for 200 that waited. Pictures: a store (SQLite) with so many notices, 500 of
them in force at any instant; past instants at random (the past is read before), cold and again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.node.node import Node
from parley.node.watching.history import History
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.store.history import SqliteHistory
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement
from parley.testing.clock import HandClock
from parley.testing.harness import TOKEN, started_node
from parley.watch.report import Ident, Report
from parley.watch.scene import MovingHazard
from parley.watch.tracking.picture import Picture
from parley.web import create_app, serve
from parley.wire.instants import format_instant

AT_ONCE = 500
HOUR_MS = 3_600_000
HEADERS = {"authorization": f"Bearer {TOKEN}"}
SCREENS = 200


def say(what: str, seconds: list[float], more: str = "") -> None:
    ranked = sorted(seconds)
    p95 = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
    median = statistics.median(ranked)
    print(f"{what:<58} median {1e3 * median:7.1f} ms   p95 {1e3 * p95:7.1f} ms {more}", flush=True)


def reports(count: int, at_ms: int, second: int) -> list[Report]:
    """A grid of aircraft, 10 km apart and more, all eastbound."""
    made = []
    for n in range(count):
        lat, lon = 36.0 + 0.2 * (n // 100), -20.0 + 0.4 * (n % 100) + 0.002 * second
        made.append(
            Report(
                "roof",
                at_ms,
                Ident(icao24=f"{n:06x}", callsign=f"BEN{n}"),
                position=Position(lat_deg=lat, lon_deg=lon),
                accuracy_m=30.0,
                height=Height.metres(3_000 + 300 * (n % 20)),
                height_accuracy_m=30.0,
                speed_mps=200.0,
                course_deg=90.0,
                climb_mps=0.0,
            )
        )
    return made


async def frames(tracks: int, hazards: int, seconds: int) -> None:
    clock = HandClock()
    node = await started_node(small_agreement(), "blue", store=MemoryStore(), clock=clock)
    watching = Watching(node, Settings(idle_s=0.0, beat_s=3600.0, announce=False))
    await watching.start()
    while not watching.state().swept:
        await asyncio.sleep(0)
    running = await serve(create_app(node, operator_token=TOKEN, watching=watching), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.port}"

    async def beat(second: int) -> None:
        clock.advance(1_000)
        await watching.intake.put(reports(tracks, clock(), second))
        await watching.beat()

    await beat(0)
    for n in range(hazards):
        until_ms = clock() + HOUR_MS
        hazard = MovingHazard("", f"icao:{n:06x}", "", 5_000, 500, 500, clock(), until_ms)
        await watching.keep_away(hazard, "duty")
    first: list[float] = []
    second_: list[float] = []
    sizes: list[int] = []
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False) as screen:
        whole = await screen.get("/v1/watch/picture")
        names = whole.json()["names"]
        for second in range(1, seconds):
            await beat(second)
            for kept in (first, second_):
                began = time.perf_counter()
                got = await screen.get("/v1/watch/picture", params={"names": names})
                kept.append(time.perf_counter() - began)
            sizes.append(len(got.content))
            names = json.loads(got.content)["names"]
    what = f"frame of {tracks} tracks, {hazards} keep-aways"
    say(f"{what}: made and served", first, f" {statistics.median(sizes) / 1e3:.0f} kB")
    say(f"{what}: served again", second_, f" with names {len(whole.content) / 1e3:.0f} kB")
    await many(running.port, watching, beat, seconds)
    await running.stop()
    await watching.stop()
    await node.close()


async def many(port: int, watching: Watching, beat: Any, second: int) -> None:
    """200 screens wait; from the sweep's end to the last byte of the last."""
    swept = watching.state().swept
    request = (
        f"GET /v1/watch/picture?after={swept}&wait_s=5&names=1 HTTP/1.1\r\nhost: x\r\n"
        f"authorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
    )
    ends, writers = [], []
    for _ in range(SCREENS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(request.encode())
        writers.append(writer)
        ends.append(asyncio.create_task(reader.read()))
    await asyncio.sleep(0.2)
    began = time.process_time()
    await asyncio.sleep(0.5)
    idle_s = time.process_time() - began
    bell = watching.next_sweep()
    beating = asyncio.create_task(beat(second))
    await bell.wait()
    began = time.perf_counter()
    sizes = [len(got) for got in await asyncio.gather(*ends)]
    took = time.perf_counter() - began
    await beating
    for writer in writers:
        writer.close()
    print(
        f"{SCREENS} screens that waited, {sum(size > 10_000 for size in sizes)} frames after"
        f" {1e3 * took:.0f} ms "
        f"({sum(sizes) / 1e6:.0f} MB; reader and server in one process); waiting cost"
        f" {200 * idle_s:.1f} % of a core"
    )


async def stored(node: Node, clock: HandClock, count: int) -> int:
    """Notices of an hour each, one after the other, so that ``AT_ONCE`` overlap; the last end."""
    began, step_ms = time.perf_counter(), HOUR_MS // AT_ONCE
    start_ms = clock()
    for n in range(count):
        at_ms = start_ms + n * step_ms
        if n % 500 == 0:
            clock.set(max(clock(), at_ms - 3 * HOUR_MS))
        place = Position(lat_deg=36.0 + 0.1 * (n % 90), lon_deg=10.0 + 0.4 * (n // 90 % 40))
        span = Span(at_ms, at_ms + HOUR_MS)
        volume = Volume(Area.circle(place, 3_000.0), Band.metres(0, 3_000), span)
        volumes = (NoticeVolume(Use.AIRCRAFT, volume),)
        await node.post_notice(Draft("transit", volumes), role="duty", to=())
    print(f"{count} notices stored in {time.perf_counter() - began:.0f} s", flush=True)
    return start_ms + count * step_ms


async def pictures(count: int, folder: Path, tries: int = 40) -> None:
    clock = HandClock()
    store = await SqliteStore.open(folder / f"{count}.db", synced=False)
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    first_ms = clock()
    last_ms = await stored(node, clock, count)
    clock.set(max(clock(), last_ms - HOUR_MS))
    await node.tick()
    running = await serve(create_app(node, operator_token=TOKEN), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{running.port}"
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False) as screen:

        async def asked(**query: str) -> tuple[float, dict[str, Any], int]:
            began = time.perf_counter()
            got = await screen.get("/v1/picture", params=query, timeout=60)
            took = time.perf_counter() - began
            return took, got.json(), len(got.content)

        began = time.perf_counter()
        while not (await asked(at=format_instant(first_ms)))[1]["complete"]:
            pass
        print(f"the past of {count} notices was read in {time.perf_counter() - began:.1f} s")
        draw = np.random.default_rng(7)
        spread = int(clock() - HOUR_MS - first_ms)
        instants = [
            first_ms + HOUR_MS // 2 + int(draw.integers(0, max(1, spread))) for _ in range(tries)
        ]
        if spread <= 0:
            instants = [first_ms + HOUR_MS - 60_000 + 1_000 * n for n in range(tries)]
        for label in ("a past instant, first asked", "the same again"):
            runs = [await asked(at=format_instant(ms)) for ms in instants]
            volumes = statistics.median(len(found["volumes"]) for _, found, _ in runs)
            size = statistics.median(size for _, _, size in runs)
            more = f" {volumes:.0f} volumes, {size / 1e3:.0f} kB"
            say(f"{count} stored: {label}", [took for took, _, _ in runs], more)
        minutes = [instants[0] + 60_000 * n for n in range(30)]
        runs = [await asked(at=format_instant(ms)) for ms in minutes]
        say(f"{count} stored: a slider's steps of a minute", [took for took, _, _ in runs])
        runs = [await asked(at=format_instant(ms), as_of=format_instant(ms)) for ms in minutes[:20]]
        say(f"{count} stored: the same as known then", [took for took, _, _ in runs])
        runs = [await asked() for _ in range(10)]
        more = f" {len(runs[0][1]['volumes'])} volumes"
        say(f"{count} stored: now", [took for took, _, _ in runs], more)
    await running.stop()
    await node.close()


async def remembered(count: int, hours: float) -> None:
    """Frames of the past: what one takes, and a trail over all of them."""
    clock_ms, kept = 1_700_000_000_000, SqliteHistory(None)
    history = History(None, kept)  # type: ignore[arg-type]
    draw, packing = np.random.default_rng(7), []
    picture = Picture(WatchRules())
    for n in range(int(hours * 360)):
        at_ms = clock_ms + 10_000 * n
        picture.take(reports(count, at_ms, 10 * n % 200), at_ms)
        tracks = replace(picture.at(at_ms), climb_mps=draw.normal(0, 5, count))
        began = time.perf_counter()
        kept.keep(history.pack(tracks))
        packing.append(time.perf_counter() - began)
    frames = len(packing)
    say(f"history: a frame of {count} tracks kept", packing, f" {kept.bytes / frames / 1e3:.0f} kB")
    for limit in (frames, frames // 4):
        began = time.perf_counter()
        trail = await history.trail("icao:000001", clock_ms, clock_ms + 10**9, limit)
        took = time.perf_counter() - began
        print(f"history: a trail of {len(trail.at_ms)} points in {1e3 * took:.0f} ms")
    began = time.perf_counter()
    await history.at(clock_ms + 10**6)
    print(f"history: the picture of an instant in {1e3 * (time.perf_counter() - began):.1f} ms")


async def run(args: argparse.Namespace) -> None:
    await frames(args.tracks, args.hazards, args.seconds)
    await remembered(args.tracks, args.hours)
    with tempfile.TemporaryDirectory() as folder:
        for count in sorted({AT_ONCE, args.stored}):
            await pictures(count, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=5_000)
    parser.add_argument("--hazards", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--stored", type=int, default=100_000)
    args = parser.parse_args()
    machine.banner("the console's map")
    asyncio.run(run(args))


if __name__ == "__main__":
    main()
