"""From a position on a socket to its alert on the stream, with thousands of tracks a second.

    python benchmarks/watch_latency.py [--tracks 10000] [--seconds 60] [--every 0.5]

A node as `parley serve` runs it (SQLite with fsync, the API, the watch), one feed of JSON lines
over loopback: every track is reported once a second, spread over it. The traffic is random over
Europe, 70 % on 1,000-ft levels, without those that are in a predicted conflict within 420 s. Now
and then an intruder appears head-on to one of them, 45 s from a loss of separation: the clock
runs from the moment at which the line that makes it known is handed to the socket until its alarm
is read from the event stream. Target of the issue: p99 under 250 ms at 10,000 tracks.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.rules.watching import Cylinder
from parley.watch.pairs.sweep import Motion, sweep

ROOT = Path(__file__).resolve().parents[1]
M_PER_DEG = 111_194.93
AHEAD_S = 420
LOSS_IN_S = 45.0
FT, KT = 0.3048, 0.514444
WARM_S = 15
SLICES = 50
"""A second's reports leave in so many pieces."""


class World:
    """Tracks that fly straight on: arrays of start positions and velocities."""

    def __init__(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        lat, lon, course, speed, feet = _random(rng, n + n // 3 + 100)
        for _ in range(6):
            found = sweep(
                _motion(lat, lon, course, speed, feet), [Cylinder(926_000, 30_480)], AHEAD_S
            )
            wrong = np.unique(np.concatenate((found.i, found.j)))
            if not len(wrong):
                break
            keep = np.setdiff1d(np.arange(len(lat)), wrong)
            lat, lon, course, speed, feet = (a[keep] for a in (lat, lon, course, speed, feet))
        if len(lat) < n:
            raise SystemExit(f"only {len(lat)} tracks without a conflict; ask for fewer")
        self.lat, self.lon, self.course = lat[:n], lon[:n], course[:n]
        self.speed, self.feet, self.n = speed[:n], feet[:n], n

    def at(self, k: int, after_s: float) -> tuple[float, float]:
        """Where track k is after so many seconds (a local plane is good enough here)."""
        way = self.speed[k] * after_s
        turn = math.radians(self.course[k])
        lat = self.lat[k] + way * math.cos(turn) / M_PER_DEG
        lon = self.lon[k] + way * math.sin(turn) / M_PER_DEG / math.cos(math.radians(lat))
        return float(lat), float(lon)

    def line(self, k: int, after_s: float, now_s: float) -> bytes:
        lat, lon = self.at(k, after_s)
        return _line(
            f"{0x400000 + k:06x}", lat, lon, self.course[k], self.speed[k], self.feet[k], now_s
        )

    def intruder(self, k: int, number: int, after_s: float, now_s: float) -> tuple[str, bytes]:
        """An aircraft on the level of track k and straight against it."""
        lat, lon = self.at(k, after_s)
        turn, speed = math.radians(self.course[k]), 220.0
        way = 9_260.0 + (self.speed[k] + speed) * LOSS_IN_S
        lat += way * math.cos(turn) / M_PER_DEG
        lon += way * math.sin(turn) / M_PER_DEG / math.cos(math.radians(lat))
        icao = f"{0xA00000 + number:06x}"
        course = (self.course[k] + 180.0) % 360.0
        return icao, _line(icao, lat, lon, course, speed, self.feet[k], now_s)


def _random(rng: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    level = rng.random(n) < 0.7
    feet = np.where(level, 1000.0 * rng.integers(10, 41, n), rng.uniform(10_000, 40_000, n))
    return (
        rng.uniform(36.0, 60.0, n),
        rng.uniform(-10.0, 30.0, n),
        rng.uniform(0.0, 360.0, n),
        rng.uniform(150.0, 260.0, n),
        np.round(feet / 25.0) * 25.0,
    )


def _motion(
    lat: np.ndarray, lon: np.ndarray, course: np.ndarray, speed: np.ndarray, feet: np.ndarray
) -> Motion:
    n, pressure = len(lat), feet * FT
    return Motion(
        lat_deg=lat,
        lon_deg=lon,
        speed_mps=speed,
        course_deg=course,
        climb_mps=np.zeros(n),
        pressure_m=pressure,
        height_m=np.full(n, np.nan),
        equivalent_m=pressure,
        slack_m=np.zeros(n),
        group=np.zeros(n, dtype=np.int64),
        active=np.ones(n, dtype=np.bool_),
    )


def _line(
    icao: str, lat: float, lon: float, course: float, speed: float, feet: float, now_s: float
) -> bytes:
    return (
        f'{{"now":{now_s:.3f},"hex":"{icao}","type":"adsb_icao","lat":{lat:.6f},"lon":{lon:.6f},'
        f'"seen_pos":0,"seen":0,"alt_baro":{feet:.0f},"gs":{speed / KT:.1f},"track":{course:.2f},'
        f'"baro_rate":0,"nic":8,"rc":186,"nac_p":9}}\n'
    ).encode()


class Bench:
    def __init__(self, world: World, seconds: float, every_s: float) -> None:
        self.world, self.seconds, self.every_s = world, seconds, every_s
        self.sent: dict[str, float] = {}
        self.latency_ms: list[float] = []
        self.alarms = 0
        self.late_s = 0.0
        self.told = asyncio.Event()

    async def serve(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await self.feed(writer)

    async def feed(self, writer: asyncio.StreamWriter) -> None:
        """Every track once a second in ``SLICES`` pieces; an intruder every ``every_s``."""
        begin = time.perf_counter()
        wall = time.time() - begin
        piece, number, next_s = 0, 0, float(WARM_S)
        while (now := time.perf_counter()) - begin < WARM_S + self.seconds:
            due = begin + piece / SLICES
            if now < due:
                await asyncio.sleep(due - now)
            now = time.perf_counter()
            self.late_s = max(self.late_s, now - due)
            after_s = now - begin
            lines = [
                self.world.line(k, after_s, wall + now)
                for k in range(piece % SLICES, self.world.n, SLICES)
            ]
            writer.write(b"".join(lines))
            await writer.drain()
            if after_s >= next_s:
                k = (number * 7919) % self.world.n
                icao, line = self.world.intruder(k, number, after_s, wall + now)
                self.sent[icao] = time.perf_counter()
                writer.write(line)
                await writer.drain()
                number += 1
                next_s += self.every_s
            piece += 1
        self.told.set()
        await asyncio.Event().wait()

    async def listen(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, timeout=None) as client,
            client.stream("GET", "/v1/events", params={"after": 0}) as answer,
        ):
            async for text in answer.aiter_lines():
                if not text.startswith("data: "):
                    continue
                now = time.perf_counter()
                event = json.loads(text[6:])
                if event["kind"] != "alarm-raised":
                    continue
                self.alarms += 1
                for ref in event["data"]["alarm"]["finding"]["refs"]:
                    sent = self.sent.pop(ref.removeprefix("track:icao:"), None)
                    if sent is not None:
                        self.latency_ms.append(1000.0 * (now - sent))


async def measure(given: argparse.Namespace) -> Bench:
    world = World(given.tracks, given.seed)
    bench = Bench(world, given.seconds, given.every)
    server = await asyncio.start_server(bench.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node"
        command = [sys.executable, "-m", "parley.cli"]
        agreement = str(ROOT / "examples" / "agreement.json")
        made = ["init", str(path), "--party", "ru", "--agreement", agreement]
        subprocess.run([*command, *made], check=True, capture_output=True)
        feed = ["feed", "add", str(path), "sky", f"json+tcp://127.0.0.1:{port}"]
        subprocess.run([*command, *feed], check=True, capture_output=True)
        served = subprocess.Popen(
            [*command, "serve", str(path), "--listen", "127.0.0.1:0", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert served.stdout is not None
        said = json.loads(await asyncio.to_thread(served.stdout.readline))
        token = (path / "operator.token").read_text().strip()
        listening = asyncio.create_task(bench.listen(said["url"], token))
        await bench.told.wait()
        await asyncio.sleep(2.0)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=said["url"], headers=headers) as client:
            view = (await client.get("/v1/watch")).json()
        cpu_s = _cpu_s(served.pid)
        listening.cancel()
        served.terminate()
        await asyncio.to_thread(served.wait)
    server.close()
    print(
        f"  tracks {view['tracks']}, sweeps {view['swept']}, last sweep {view['took_ms']} ms,"
        f" refused {view['rejected'] or 'nothing'}, feed {view['feeds'][0]['rejected'] or 'clean'}"
    )
    print(
        f"  the node used {cpu_s:.1f} s of CPU; the feeder was late by {bench.late_s:.2f} s at most"
    )
    return bench


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    machine.banner(f"Position on a socket to alert on the stream, {given.tracks} tracks a second")
    bench = asyncio.run(measure(given))
    found = bench.latency_ms
    if not found:
        raise SystemExit("no alert was seen")
    print(
        f"  {len(found)} intruders alerted, {len(bench.sent)} not; {bench.alarms} alarms in all\n"
        f"  median {statistics.median(found):.0f} ms, p95 {machine.quantile(found, 0.95):.0f},"
        f" p99 {machine.quantile(found, 0.99):.0f}, max {max(found):.0f} ms (target p99 < 250)"
    )


if __name__ == "__main__":
    main()
