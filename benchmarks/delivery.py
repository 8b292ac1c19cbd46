"""Receipted notices a second between two nodes, each a process of its own on this machine.

    python benchmarks/delivery.py [--notices 6000] [--rounds 5]

Everything real: Ed25519, canonical JSON, HTTP over loopback, SQLite with fsync at both ends, all
findings made at both ends. The clock runs from the first posting until the last receipt is
verified and durable at its sender. One way: only one node posts. Both ways: each posts half.
Target of the issue: at least 1,000 a second between two nodes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, world
from parley.node.context import Context
from parley.node.node import Node
from parley.peers import Hub
from parley.rules.statements import Draft
from parley.store.sqlite import SqliteStore
from parley.testing.keys import own_keys, roster_note
from parley.web import create_peer_app
from parley.web.server import run, serve
from parley.wire.agreement import agreement_digest

NOW_MS = world.START_MS - 3_600_000
POSTERS = 64
IN_FLIGHT = 1000
SHAPES = ((1, True), (1, False), (4, False))
SHAPE_NAMES = ("1 circle", "1 polygon of 8 vertices", "4 polygons of 8 vertices")


def context(party: str) -> Context:
    agreement = world.agreement()
    rosters = tuple(roster_note(p.id) for p in agreement.parties)
    return Context(party, agreement, agreement_digest(agreement), own_keys(party), rosters)


async def node_at(path: Path, party: str) -> Node:
    rng = random.Random(party)
    store = await SqliteStore.open(path)
    node = Node(context(party), store, lambda: NOW_MS, lambda: rng.randbytes(16))
    await node.start()
    return node


async def one_side(given: argparse.Namespace) -> None:
    """Serve; post when a line on standard input says so; say how long it took; serve on."""
    path, party, shape = Path(given.database), given.side, given.shape
    volumes, circles = SHAPES[shape]
    rng = random.Random(f"{party} {shape}")
    drafts = [world.draft(rng, volumes=volumes, circles=circles) for _ in range(given.notices)]
    node = await node_at(path, party)
    (other,) = node.context.others
    hub = Hub(node, {other: f"http://127.0.0.1:{given.other}"}, jitter=lambda: 0.0)
    running = await serve(create_peer_app(node, hub=hub), "127.0.0.1", given.port)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await hub.start()
    print("took", await post_all(node, hub, other, drafts), flush=True)
    await running.wait()


async def post_all(node: Node, hub: Hub, other: str, drafts: list[Draft]) -> float:
    """Seconds from the first posting to the last durable receipt."""
    waiting = iter(drafts)
    begin = time.perf_counter()

    async def poster() -> None:
        for number, draft in enumerate(waiting):
            await node.post_notice(draft, role="watch-officer")
            hub.wake()
            if number % 16 == 15:
                await at_most(IN_FLIGHT)

    async def at_most(pending: int) -> None:
        while True:
            bell = asyncio.ensure_future(node.wait_for_event())
            if (await node.pending()).get(other, 0) <= pending:
                bell.cancel()
                return
            await bell

    await asyncio.gather(*(poster() for _ in range(POSTERS)))
    await at_most(0)
    return time.perf_counter() - begin


def one_round(shares: tuple[int, int], shape: int) -> float:
    """Notices a second over both directions."""
    with tempfile.TemporaryDirectory() as scratch:
        ports = free_ports()
        sides = [
            subprocess.Popen(
                [sys.executable, __file__, "--side", party]
                + ["--database", f"{scratch}/{party}.db", "--notices", str(share)]
                + ["--shape", str(shape), "--port", str(ours), "--other", str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for party, share, ours, theirs in zip(
                ("blue", "green"), shares, ports, reversed(ports), strict=True
            )
        ]
        try:
            for side in sides:
                said(side, "ready")
            for side in sides:
                assert side.stdin is not None
                side.stdin.write("go\n")
                side.stdin.flush()
            return sum(shares) / max(float(said(side, "took")) for side in sides)
        finally:
            for side in sides:
                side.kill()
                side.wait()


def free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], two.getsockname()[1]]


def said(side: subprocess.Popen[str], word: str) -> str:
    """What follows ``word`` on the first line that begins with it; log lines are passed over."""
    assert side.stdout is not None
    for line in side.stdout:
        if line.startswith(word):
            return line.removeprefix(word).strip()
    raise SystemExit(f"a side ended before it said {word!r}")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--notices", type=int, default=6000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--shape", type=int, default=0)
    options.add_argument("--side", default="")
    options.add_argument("--database", default="")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--other", type=int, default=0)
    given = options.parse_args()
    if given.side:
        run(one_side(given))
        return
    n = given.notices
    machine.banner(f"{n:,} receipted notices between two processes, {given.rounds} rounds")
    for shape, name in enumerate(SHAPE_NAMES):
        for way, shares in (("one way", (n, 0)), ("both ways", (n // 2, n // 2))):
            rates = [one_round(shares, shape) for _ in range(given.rounds)]
            print(
                f"  {name}, {way}: median {statistics.median(rates):,.0f} notices a second "
                f"(min {min(rates):,.0f}, max {max(rates):,.0f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
