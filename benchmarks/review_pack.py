"""Seconds for the review pack of a year: ``python benchmarks/review_pack.py [--notices 5000]``.

A real node: SQLite on disk, signed notices of two parties with receipts, two answers each, a
journal of 100,000 lines. Making it is not measured; it is kept in a directory for temporary
files and used again. Measured, from the closed file to the last byte: gather (the log and the
journal read once, figures, incidents, obligations), plots, HTML, PDF by typst, CSV. The first
round pays for the imports of matplotlib and typst.
Target of the issue: under 10 s for HTML and PDF together.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.node.desk import Desk
from parley.node.liaison.packs import Gathered, gather
from parley.node.node import Node
from parley.node.replay import carried
from parley.outlets.press import Press
from parley.rules.statements import Rung
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import DAWN_MS, HandClock, counting_salts
from parley.testing.harness import context_of
from parley.wire.packs.csv import csv_files

DAY_MS = 86_400_000
FROM_MS, UNTIL_MS = DAWN_MS - 182 * DAY_MS, DAWN_MS + 182 * DAY_MS
TOGETHER = 10
JOURNAL = 100_000
MADE_AS = 1
ROUNDS = 3


async def node_at(path: Path, party: str, clock: HandClock, *, synced: bool = True) -> Node:
    store = await SqliteStore.open(path, synced=synced)
    node = Node(context_of(small_agreement(), party), store, clock, counting_salts(party))
    await node.start()
    return node


async def make(directory: Path, notices: int) -> None:
    """A year between blue and green: two of three notices are blue's."""
    clock = HandClock(FROM_MS)
    nodes = {p: await node_at(directory / f"{p}.db", p, clock, synced=False) for p in _PARTIES}
    step_ms = (UNTIL_MS - FROM_MS - DAY_MS) // (notices // TOGETHER)
    for n in range(notices // TOGETHER):
        clock.set(FROM_MS + n * step_ms)
        by, to = _PARTIES if n % 3 else _PARTIES[::-1]
        lead_ms = 60_000 * (10 + 7 * (n % 23))
        posted = await asyncio.gather(
            *(
                nodes[by].post_notice(
                    transit(20 * (k % 20), start_ms=clock() + lead_ms), role="duty", to=[to]
                )
                for k in range(TOGETHER)
            )
        )
        clock.advance(900)
        await carried(nodes)
        for rung, wait_ms in ((Rung.READ, 25_000 + 1000 * (n % 40)), (Rung.ACCEPTED, 110_000)):
            clock.advance(wait_ms)
            await asyncio.gather(*(nodes[to].answer(p.ref, rung, role="duty") for p in posted))
        await carried(nodes)
    lines = JOURNAL - await nodes["blue"].last_event()
    for _ in range(0, lines, 5000):
        await nodes["blue"].keep(_watch_lines)
    for node in nodes.values():
        await node.close()


_PARTIES = ("blue", "green")


def _watch_lines(desk: Desk) -> None:
    for n in range(5000):
        data = {"kind": "track-lost", "refs": [f"track:{n}"], "parties": [], "codes": []}
        desk.event("watch-opened" if n % 2 else "watch-closed", data)


async def gathered(path: Path) -> Gathered:
    node = await node_at(path, "blue", HandClock(UNTIL_MS))
    try:
        return await node.look(lambda desk: gather(desk, FROM_MS, UNTIL_MS))
    finally:
        await node.close()


def one_round(path: Path) -> dict[str, float]:
    at = [time.perf_counter()]
    found = asyncio.run(gathered(path))
    at.append(time.perf_counter())
    press = Press()
    pictures = press.plots(found.health)
    at.append(time.perf_counter())
    pack = found.pack("Review", zones={"blue": "Europe/Moscow", "green": "Asia/Jerusalem"})
    page = press.html(pack, pictures)
    at.append(time.perf_counter())
    pdf = press.pdf(pack, pictures)
    at.append(time.perf_counter())
    tables = csv_files(pack)
    at.append(time.perf_counter())
    names = ("gather", "plots", "html", "typst", "csv")
    parts = {name: b - a for name, a, b in zip(names, at, at[1:], strict=False)}
    sizes = (len(found.health.rows), len(page) / 1e6, len(pdf) / 1e6)
    print("  {:,} notices; HTML {:.1f} MB, PDF {:.1f} MB".format(*sizes), f"{len(tables)} tables")
    return {**parts, "HTML and PDF": at[4] - at[0]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--notices", type=int, default=5000)
    notices = parser.parse_args().notices
    machine.banner("The review pack of a year")
    kept = Path(tempfile.gettempdir()) / f"parley-review-{MADE_AS}-{notices}"
    if not (kept / "done").exists():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        begin = time.perf_counter()
        asyncio.run(make(kept, notices))
        (kept / "done").touch()
        print(f"  made in {time.perf_counter() - begin:.0f} s")
    rounds = [one_round(kept / "blue.db") for _ in range(ROUNDS)]
    for name in rounds[0]:
        times = [one[name] for one in rounds]
        shown = ", ".join(f"{value:.2f}" for value in times)
        print(f"  {name:14} {statistics.median(times):6.2f} s   ({shown})")


if __name__ == "__main__":
    main()
