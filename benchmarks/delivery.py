"""Receipted notices a second between two nodes, each a process of its own on this machine.

    python benchmarks/delivery.py [--notices 6000] [--rounds 5] [--shape 0]

Everything real: Ed25519, canonical JSON, HTTP over loopback, SQLite with fsync at both ends, all
findings made at both ends. The clock runs from the first posting until the last receipt is
verified and durable at its sender. One way: only one node posts. Both ways: each posts half.
An answer is the smallest statement: one rung of the ladder, on a notice that both hold already.
Target of the issue: at least 2,000 a second end to end over the embedded store.
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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, world
from parley.node.context import Context
from parley.node.node import Node
from parley.peers import Hub
from parley.rules.statements import Rung
from parley.store.sqlite import SqliteStore
from parley.testing.keys import own_keys, roster_note
from parley.web import create_peer_app
from parley.web.server import run, serve
from parley.wire.agreement import agreement_digest

NOW_MS = world.START_MS - 3_600_000
POSTERS = 64
IN_FLIGHT = 1000
WATCH_S = 0.01
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
    """Serve; do what each line on standard input says, and answer it with a line."""
    path, party, shape = Path(given.database), given.side, given.shape
    volumes, circles = SHAPES[shape]
    rng = random.Random(f"{party} {shape}")
    drafts = [world.draft(rng, volumes=volumes, circles=circles) for _ in range(given.notices)]
    node = await node_at(path, party)
    (other,) = node.context.others
    hub = Hub(node, {other: f"http://127.0.0.1:{given.other}"}, jitter=lambda: 0.0)
    await serve(create_peer_app(node, hub=hub), "127.0.0.1", given.port)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await hub.start()
    notices = [partial(node.post_notice, draft, role="watch-officer") for draft in drafts]
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if word == "cpu":
            print("cpu", time.process_time(), flush=True)
        elif word == "notices":
            print("took", await say_all(node, hub, other, notices), flush=True)
        elif word == "answers":
            refs = [record.ref for record in await node.items(limit=1_000_000)]
            answers = [partial(node.answer, r, Rung.READ, role="watch-officer") for r in refs]
            print("took", await say_all(node, hub, other, answers), flush=True)


async def say_all(
    node: Node, hub: Hub, other: str, acts: Sequence[Callable[[], Awaitable[object]]]
) -> float:
    """Seconds from the first act to the last durable receipt; so many wait for theirs at most."""
    waiting = iter(acts)
    flow = asyncio.Condition()
    said = settled = 0
    begin = time.perf_counter()

    def room() -> bool:
        return said - settled <= IN_FLIGHT

    async def speaker() -> None:
        nonlocal said
        for act in waiting:
            said += 1
            await act()
            hub.wake()
            async with flow:
                await flow.wait_for(room)

    async def watch() -> None:
        nonlocal settled
        while settled < len(acts):
            bell = asyncio.ensure_future(node.wait_for_event())
            pending = (await node.pending()).get(other, 0)
            async with flow:
                settled = said - pending if said < len(acts) or pending else len(acts)
                flow.notify_all()
            if settled < len(acts):
                await bell
                await asyncio.sleep(WATCH_S)
            bell.cancel()

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        for _ in range(POSTERS):
            group.create_task(speaker())
    await watching
    return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Rate:
    """Statements a second over both directions, and what one cost on both sides together."""

    per_second: float
    cpu_ms: float


def one_round(shares: tuple[int, int], shape: int, *, answers: bool = False) -> Rate:
    """``answers``: every notice is answered by the other side, and only the answers count."""
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
                heard(side, "ready")
                tell(side, "go")
            if answers:
                tell(sides[0], "notices")
                heard(sides[0], "took")
                return measured(sum(shares), sides, sides[1:], "answers")
            return measured(sum(shares), sides, sides, "notices")
        finally:
            for side in sides:
                side.kill()
                side.wait()


def measured(
    count: int, sides: list[subprocess.Popen[str]], speakers: list[subprocess.Popen[str]], word: str
) -> Rate:
    before = cpu_s(sides)
    for side in speakers:
        tell(side, word)
    took_s = max(float(heard(side, "took")) for side in speakers)
    return Rate(count / took_s, 1000 * (cpu_s(sides) - before) / count)


def cpu_s(sides: list[subprocess.Popen[str]]) -> float:
    for side in sides:
        tell(side, "cpu")
    return sum(float(heard(side, "cpu")) for side in sides)


def tell(side: subprocess.Popen[str], word: str) -> None:
    assert side.stdin is not None
    side.stdin.write(word + "\n")
    side.stdin.flush()


def free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], two.getsockname()[1]]


def heard(side: subprocess.Popen[str], word: str) -> str:
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
    options.add_argument("--shape", type=int, default=None)
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
    ways = (("one way", (n, 0), False), ("both ways", (n // 2, n // 2), False))
    for shape, name in enumerate(SHAPE_NAMES):
        if given.shape in (None, shape):
            for way, shares, answers in ways:
                show(f"notices of {name}, {way}", given.rounds, shares, shape, answers=answers)
    show("answers to notices on record, one way", given.rounds, (n, 0), 0, answers=True)


def show(name: str, rounds: int, shares: tuple[int, int], shape: int, *, answers: bool) -> None:
    found = [one_round(shares, shape, answers=answers) for _ in range(rounds)]
    rates = [one.per_second for one in found]
    print(
        f"  {name}: median {statistics.median(rates):,.0f} a second "
        f"(min {min(rates):,.0f}, max {max(rates):,.0f}), "
        f"CPU of both sides {statistics.median(one.cpu_ms for one in found):.2f} ms each",
        flush=True,
    )


if __name__ == "__main__":
    main()
