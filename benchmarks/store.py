"""The SQLite store: loading, durable writes, the 4-D search. Prints what README quotes.

    python benchmarks/store.py [--volumes 400000] [--folder DIR]

The volumes lie on 25 x 20 degrees and last an hour to two days within a month: 60 % circles, 25 %
polygons of eight vertices, 15 % corridors of three points. A query is a volume like them. DIR
should be on the disk that matters; a temporary folder there is removed afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter

from parley.node.ports import Layer, Row, Tx
from parley.rules.statements import Use
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.store.index import NEAR_OF
from parley.store.packing import cell, pack, unpack
from parley.store.sqlite import SqliteStore

START_MS = 1_750_075_200_000
HOUR_MS = 3_600_000
BATCH = 1_000
ROUNDS = 5


def volumes(seed: int) -> Iterator[Volume]:
    """Volumes without end, the same for the same seed."""
    dice = random.Random(seed)
    while True:
        at = Position(lat_deg=dice.uniform(30, 50), lon_deg=dice.uniform(20, 45))
        floor_cm = dice.randrange(0, 900_000)
        start_ms = START_MS + dice.randrange(30 * 24 * HOUR_MS)
        yield Volume(
            _area(dice, at),
            Band(Height(floor_cm), Height(floor_cm + dice.randrange(30_000, 300_000))),
            Span(start_ms, start_ms + dice.randrange(HOUR_MS, 48 * HOUR_MS)),
        )


def _area(dice: random.Random, at: Position) -> Area:
    kind = dice.random()
    if kind < 0.6:
        return Area.circle(at, dice.uniform(500, 20_000))
    if kind < 0.85:
        radius_deg = dice.uniform(0.01, 0.15)
        turns = [2 * math.pi * (n + dice.uniform(0, 0.5)) / 8 for n in range(8)]
        return Area.polygon(
            _beside(at, radius_deg * math.cos(turn), radius_deg * math.sin(turn)) for turn in turns
        )
    leg = [(dice.uniform(0.05, 0.2), dice.uniform(-0.2, 0.2)) for _ in range(2)]
    middle = _beside(at, *leg[0])
    return Area.corridor([at, middle, _beside(middle, *leg[1])], dice.uniform(200, 3_000))


def _beside(at: Position, north_deg: float, east_deg: float) -> Position:
    return Position(lat_deg=at.lat_deg + north_deg, lon_deg=at.lon_deg + east_deg)


def row(number: int, volume: Volume) -> Row:
    return Row(f"notice:il-{number}", 0, Layer.DECLARED, "il", "strike", Use.ACTIVITY, volume)


def machine(folder: Path) -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{model}, {os.cpu_count()} cores (load {load}), {platform.system()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, on {file_system(folder)}"
    )


def file_system(folder: Path) -> str:
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "an unknown file system"
    held = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    inside = [(len(at), kind) for at, kind in held if folder.resolve().is_relative_to(at)]
    return max(inside)[1]


def say(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<66} {value}\n")
    sys.stdout.flush()


def quantiles_ms(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p99 = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    return f"p50 {p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms"


async def load(store: SqliteStore, count: int) -> None:
    source = volumes(1)
    seconds = 0.0
    for at in range(0, count, BATCH):
        rows = [row(at + n, volume) for n, volume in enumerate(islice(source, BATCH))]
        begin = perf_counter()
        await store.write(lambda tx, rows=rows: tx.volumes.put(rows))  # type: ignore[misc]
        seconds += perf_counter() - begin
    say(f"load {count:,} volumes, {BATCH:,} a transaction", f"{count / seconds:,.0f} a second")


def entry(number: int, volume: Volume) -> Callable[[Tx], int]:
    """What a node does for a notice, about: a leaf, a record, a row, an outbox line."""

    def work(tx: Tx) -> int:
        index = tx.log.append(bytes(700), bytes(32), f"note {number}")
        tx.records.put("item", f"il-{number}", bytes(200))
        tx.volumes.put([row(number, volume)])
        tx.outbox.push("ru", index)
        return index

    return work


async def write_rates(store: SqliteStore, first: int) -> None:
    source = volumes(2)
    number = first
    for writers, each in ((1, 300), (64, 30)):
        rates = []
        for _ in range(ROUNDS):
            works = []
            for volume in islice(source, writers * each):
                works.append(entry(number, volume))
                number += 1
            shares = [works[n::writers] for n in range(writers)]
            begin = perf_counter()
            await asyncio.gather(*(_write_all(store, share) for share in shares))
            rates.append(len(works) / (perf_counter() - begin))
        say(
            f"durable writes, {writers} writer{'s' if writers > 1 else ''}",
            f"{statistics.median(rates):,.0f} a second (median of {ROUNDS} rounds)",
        )


async def _write_all(store: SqliteStore, works: list[Callable[[Tx], int]]) -> None:
    for work in works:
        await store.write(work)


async def search(store: SqliteStore, path: Path, count: int) -> None:
    queries = [volume.boxes() for volume in islice(volumes(3), count)]
    for name in ("rows not decoded before", "rows decoded before"):
        taken, found = [], 0
        for boxes in queries:
            begin = perf_counter()
            found += len(await store.read(lambda tx, b=boxes: tx.volumes.near(Layer.DECLARED, b)))  # type: ignore[misc]
            taken.append(perf_counter() - begin)
        say(f"search, one at a time, {name}", quantiles_ms(taken))
    say("rows found a search, mean", f"{found / count:.1f}")
    with sqlite3.connect(path) as plain:
        taken, candidates = [], 0
        for boxes in queries:
            begin = perf_counter()
            for box in boxes:
                candidates += len(plain.execute(NEAR_OF[Layer.DECLARED], cell(box)).fetchall())
            taken.append(perf_counter() - begin)
    plain.close()
    say("the R*Tree alone", quantiles_ms(taken))
    wanted = list(islice(volumes(3), count))[:200]
    boxed = met = 0
    for volume in wanted:
        boxes = volume.boxes()
        rows = await store.read(lambda tx, b=boxes: tx.volumes.near(Layer.DECLARED, b))  # type: ignore[misc]
        boxed += len(rows)
        met += sum(volume.meets(one.volume) for one in rows)
    say("candidates of the index / rows whose box meets", f"{candidates:,} / {found:,}")
    say("rows whose box meets / rows that meet (200 searches)", f"{boxed:,} / {met:,}")


def decoding() -> None:
    kinds: dict[str, list[Volume]] = {}
    for volume in islice(volumes(4), 3_000):
        kinds.setdefault(volume.area.kind, []).append(volume)
    for kind, some in sorted(kinds.items()):
        bodies = [pack(volume) for volume in some]
        begin = perf_counter()
        for body in bodies:
            unpack(body)
        middle = perf_counter()
        for volume in some:
            volume.boxes()
        end = perf_counter()
        say(
            f"{kind}: bytes packed, decoding, boxes",
            f"{len(bodies[0])} B, {(middle - begin) / len(some) * 1e6:.0f} us, "
            f"{(end - middle) / len(some) * 1e6:.0f} us",
        )


async def run(count: int, folder: Path) -> None:
    path = folder / "parley.db"
    say("machine", machine(folder))
    decoding()
    store = await SqliteStore.open(path)
    await load(store, count)
    await store.close()
    say("file, bytes a volume", f"{path.stat().st_size / count:,.0f}")
    store = await SqliteStore.open(path)
    await search(store, path, 2_000)
    await write_rates(store, count)
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--volumes", type=int, default=400_000)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        asyncio.run(run(options.volumes, Path(folder)))


if __name__ == "__main__":
    main()
