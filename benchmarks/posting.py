"""Posting a notice among many: time until all its findings are back, candidates against hits.

    python benchmarks/posting.py [--notices 100000] [--posts 2000] [--keep DIR]

Loads the embedded store with active notices of four volumes each through the node itself, then
posts further ones one by one: signed, logged, durable (fsync), indexed, judged. Target of the
issue: p99 under 20 ms, candidates at most twice the true hits.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

if __package__ in (None, ""):
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, world
from parley.node import admit
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.node import Node
from parley.node.ports import Layer, Row, Tx
from parley.node.post import notice_words
from parley.rules.conflict import pair_minima
from parley.rules.statements import Draft
from parley.store.sqlite import SqliteStore
from parley.testing.keys import own_keys, roster_note
from parley.wire.agreement import agreement_digest

NOW_MS = world.START_MS - 3_600_000
BATCH = 250


def context() -> Context:
    agreement = world.agreement()
    rosters = tuple(roster_note(p.id) for p in agreement.parties)
    return Context("blue", agreement, agreement_digest(agreement), own_keys("blue"), rosters)


def salts() -> Iterator[bytes]:
    rng = random.Random(7)
    while True:
        yield rng.randbytes(16)


async def load(node: Node, rng: random.Random, notices: int) -> float:
    begin = time.perf_counter()
    for done in range(0, notices, BATCH):
        drafts = [world.draft(rng) for _ in range(min(BATCH, notices - done))]
        await asyncio.gather(*(node.post_notice(d, role="watch-officer") for d in drafts))
        if done % 10_000 == 0:
            print(f"  loaded {done:,} in {time.perf_counter() - begin:.0f} s", flush=True)
    return time.perf_counter() - begin


def hits(desk: Desk, draft: Draft) -> tuple[int, int]:
    """Candidate rows that the index returns for a draft, and how many of them truly hit."""
    words = notice_words(draft, desk.header("watch-officer", ("green",)), "blue-x", 1, "")
    declared, hazards = admit.rows_of(desk, words)
    largest = desk.agreement.max_separation
    margin = 1000 * largest.time_s
    candidates = true = 0

    def near(layer: Layer, mine: Sequence[Row], *, separated: bool) -> list[Row]:
        wide = (
            {
                "horizontal_m": largest.horizontal_m,
                "vertical_m": largest.vertical_m,
                "before_ms": margin,
                "after_ms": margin,
            }
            if separated
            else {}
        )
        boxes = [box for row in mine for box in row.volume.boxes(**wide)]
        return desk.tx.volumes.near(layer, boxes) if boxes else []

    for row in near(Layer.DECLARED, declared, separated=True):
        candidates += 1
        minima = pair_minima(desk.agreement, row.group, words.activity_class)
        true += any(
            row.volume.within(
                d.volume,
                horizontal_m=minima.horizontal_m,
                vertical_m=minima.vertical_m,
                time_ms=1000 * minima.time_s,
            )
            for d in declared
        )
    for layer in (Layer.DECLARED, Layer.PRESENCE, Layer.TRACK):
        for row in near(layer, hazards, separated=False):
            candidates += 1
            true += any(row.volume.meets(h.volume) for h in hazards)
    for row in near(Layer.HAZARD, declared, separated=False):
        candidates += 1
        true += any(row.volume.meets(d.volume) for d in declared)
    return candidates, true


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--notices", type=int, default=100_000)
    options.add_argument("--posts", type=int, default=2000)
    options.add_argument("--keep", type=Path, default=None)
    given = options.parse_args()
    machine.banner(f"posting among {given.notices:,} active notices of four volumes")
    with tempfile.TemporaryDirectory() as scratch:
        path = (given.keep or Path(scratch)) / "node.db"
        fresh = not path.exists()
        gc.collect()
        empty = machine.resident_bytes()
        store = await SqliteStore.open(path)
        fresh_salt = salts()
        node = Node(context(), store, lambda: NOW_MS, lambda: next(fresh_salt))
        await node.start()
        rng = random.Random(1 if fresh else 2)
        if fresh:
            seconds = await load(node, rng, given.notices)
            print(f"  load: {given.notices / seconds:,.0f} notices a second, all findings made")
        gc.collect()
        health = await node.health()
        size = sum(file.stat().st_size for file in path.parent.glob("node.db*"))
        print(
            f"  memory: {(machine.resident_bytes() - empty) / given.notices:,.0f} bytes resident "
            f"and {size / given.notices:,.0f} bytes on disk per active notice "
            f"({health.declared_volumes:,} declared and {health.hazard_volumes:,} hazard volumes)"
        )
        drafts = [world.draft(rng) for _ in range(given.posts)]
        times, found = [], []
        for draft in drafts:
            begin = time.perf_counter()
            posted = await node.post_notice(draft, role="watch-officer")
            times.append(1000 * (time.perf_counter() - begin))
            found.append(len(posted.findings))
        print(
            f"  post to all findings, {given.posts:,} posts: "
            f"p50 {machine.quantile(times, 0.5):.2f} ms, "
            f"p99 {machine.quantile(times, 0.99):.2f} ms, max {max(times):.2f} ms "
            f"(findings a post: mean {sum(found) / len(found):.1f}, max {max(found)})"
        )
        total = [0, 0]

        def count(tx: Tx) -> None:
            desk = Desk(node.context, tx, NOW_MS, lambda: bytes(16))
            for _ in range(500):
                candidates, true = hits(desk, world.draft(rng))
                total[0] += candidates
                total[1] += true

        await store.read(count)
        print(
            f"  candidates {total[0]:,} against true hits {total[1]:,}: "
            f"ratio {total[0] / max(1, total[1]):.2f}"
        )
        await node.close()


if __name__ == "__main__":
    asyncio.run(main())
