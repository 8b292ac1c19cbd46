"""Receipted notices a second between two nodes, each a process of its own on this machine.

    python benchmarks/delivery.py [--notices 6000] [--rounds 5]

Everything real: Ed25519, canonical JSON, HTTP over loopback, SQLite with fsync at both ends, all
findings made at both ends. The clock runs from the first posting until the last receipt is
verified and durable at the sender. Target of the issue: at least 1,000 a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, world

from parley.ledger import SigningKey
from parley.node.context import Context
from parley.node.node import Node
from parley.peers import Hub
from parley.rules.statements import Draft
from parley.store.sqlite import SqliteStore
from parley.web import create_app
from parley.web.server import run, serve
from parley.wire.agreement import agreement_digest

NOW_MS = world.START_MS - 3_600_000
TOKEN = "benchmark-token-of-no-worth"
POSTERS = 64
IN_FLIGHT = 1000
SHAPES = ((1, True), (1, False), (4, False))


def context(party: str) -> Context:
    agreement = world.agreement()
    keys = {
        p.id: SigningKey(f"bench/{p.id}", bytes([n + 1] * 32))
        for n, p in enumerate(agreement.parties)
    }
    roster = {name: key.verifier for name, key in keys.items()}
    return Context(party, agreement, agreement_digest(agreement), keys[party], roster)


async def node_at(path: Path, party: str) -> Node:
    rng = random.Random(party)
    store = await SqliteStore.open(path)
    node = Node(context(party), store, lambda: NOW_MS, lambda: rng.randbytes(16))
    await node.start()
    return node


async def receive_until_killed(path: Path) -> None:
    node = await node_at(path, "green")
    hub = Hub(node, {}, jitter=lambda: 0.0)
    await hub.start()
    running = await serve(create_app(node, operator_token=TOKEN, hub=hub), "127.0.0.1", 0)
    print(running.port, flush=True)
    await running.wait()


async def send(drafts: list[Draft], path: Path, port: int) -> float:
    """Seconds from the first posting to the last durable receipt."""
    node = await node_at(path, "blue")
    hub = Hub(node, {"green": f"http://127.0.0.1:{port}"}, jitter=lambda: 0.0)
    await hub.start()
    waiting = iter(drafts)
    begin = time.perf_counter()

    async def poster() -> None:
        for number, draft in enumerate(waiting):
            await node.post_notice(draft, role="watch-officer")
            hub.wake()
            if number % 16 == 15:
                await at_most(IN_FLIGHT)

    async def at_most(pending: int) -> None:
        """Returns when no more than so many notices wait for their receipt."""
        while True:
            bell = asyncio.ensure_future(node.wait_for_event())
            if (await node.pending()).get("green", 0) <= pending:
                bell.cancel()
                return
            await bell

    await asyncio.gather(*(poster() for _ in range(POSTERS)))
    await at_most(0)
    seconds = time.perf_counter() - begin
    health = await node.health()
    assert health.log_size == 1 + 2 * len(drafts), "a receipt for every notice, and the roster"
    await hub.stop()
    await node.close()
    return seconds


def one_round(drafts: list[Draft]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, __file__, "--receive", f"{scratch}/green.db"]
        receiver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert receiver.stdout is not None
            port = int(receiver.stdout.readline())
            return run(send(drafts, Path(scratch) / "blue.db", port))
        finally:
            receiver.kill()
            receiver.wait()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--notices", type=int, default=6000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--receive", type=Path, default=None)
    given = options.parse_args()
    if given.receive is not None:
        run(receive_until_killed(given.receive))
        return
    machine.banner(
        f"{given.notices:,} receipted notices between two processes, {given.rounds} rounds"
    )
    for volumes, circles in SHAPES:
        rates = []
        for number in range(given.rounds):
            rng = random.Random(number)
            drafts = [
                world.draft(rng, volumes=volumes, circles=circles) for _ in range(given.notices)
            ]
            rates.append(given.notices / one_round(drafts))
        print(
            f"  {volumes} {'circle' if circles else 'polygon of 8 vertices'}"
            f" a notice: median {statistics.median(rates):,.0f} "
            f"notices a second (min {min(rates):,.0f}, max {max(rates):,.0f})"
        )


if __name__ == "__main__":
    main()
