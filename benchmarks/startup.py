"""Start of a node over a log of a million entries: from the process to its first answers.

    python benchmarks/startup.py [--entries 1000000] [--rounds 5] [--keep DIR]

The store is filled directly: real signed notes over and over, each under a salt of its own, so
that leaves, leaf hashes and rows are as long as real ones. Then a new process opens it, starts
the node, answers for its health and gives a proof that verifies. Target of the issue: 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

BATCH = 20_000
NOTES = 500
INSERT = "INSERT INTO log (idx, leaf_hash, note_hash, leaf) VALUES (?, ?, ?, ?)"
PARTS = ("imports", "store opened", "node started", "health", "proof")


async def fill(path: Path, entries: int) -> None:
    """A node with one notice on record, and then entries up to ``entries``."""
    from benchmarks import delivery, world
    from parley.ledger import Entry, Kind, leaf_hash
    from parley.store import schema

    rng = random.Random(1)
    node = await delivery.node_at(path, "blue")
    posted = [await node.post_notice(world.draft(rng), role="watch-officer") for _ in range(NOTES)]
    size = posted[-1].index + 1
    await node.close()
    notes = [one.note for one in posted]
    store = schema.open_writer(path)
    for first in range(size, entries, BATCH):
        rows = []
        for index in range(first, min(first + BATCH, entries)):
            leaf = Entry(Kind.SENT, rng.randbytes(16), notes[index % NOTES]).leaf()
            digest = leaf_hash(leaf)
            rows.append((index, digest, digest, leaf))
        store.execute("BEGIN")
        store.executemany(INSERT, rows)
        store.execute("COMMIT")
    store.close()


async def child(path: Path) -> None:
    """Prints when each part was done, in seconds since the process was started."""
    began = float(sys.argv[-1])
    from benchmarks import delivery
    from parley.ledger import verify_evidence
    from parley.node.node import Node
    from parley.store.sqlite import SqliteStore

    at = [time.time() - began]
    store = await SqliteStore.open(path)
    at.append(time.time() - began)
    node = Node(delivery.context("blue"), store, lambda: delivery.NOW_MS, lambda: bytes(16))
    await node.start()
    at.append(time.time() - began)
    health = await node.health()
    at.append(time.time() - began)
    bundle = await node.evidence(["notice:blue-1"])
    at.append(time.time() - began)
    size = verify_evidence(bundle).items[0].size
    assert size == health.log_size, (size, health)
    print(json.dumps(at), flush=True)
    await node.close()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--keep", type=Path, default=None)
    given = options.parse_args()
    from benchmarks import machine

    machine.banner(f"start of a node over a log of {given.entries:,} entries")
    with tempfile.TemporaryDirectory() as scratch:
        path = (given.keep or Path(scratch)) / "node.db"
        if not path.exists():
            begin = time.perf_counter()
            asyncio.run(fill(path, given.entries))
            print(f"  filled in {time.perf_counter() - begin:.0f} s, {path.stat().st_size:,} bytes")
        runs = []
        for _ in range(given.rounds):
            command = [sys.executable, __file__, "--child", str(path), repr(time.time())]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    before = [0.0] * len(runs)
    for place, name in enumerate(PARTS):
        took = [run[place] - was for run, was in zip(runs, before, strict=True)]
        before = [run[place] for run in runs]
        print(f"  {name}: median {statistics.median(took):.2f} s")
    print(
        f"  process start to the first proof: median {statistics.median(before):.2f} s "
        f"(min {min(before):.2f}, max {max(before):.2f})"
    )


if __name__ == "__main__":
    if "--child" in sys.argv:
        asyncio.run(child(Path(sys.argv[-2])))
    else:
        main()
