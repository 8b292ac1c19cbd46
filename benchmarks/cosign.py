"""How long a counterparty takes to cosign a head: one round over loopback, at two sizes of log.

    python benchmarks/cosign.py [--rounds 200] [--sizes 1000 1000000]

Two nodes in one process, each with its own SQLite database (synchronous=FULL) and door, plain
HTTP. A round: one new entry, then the head (its ML-DSA-44 and Ed25519 signatures, its record),
then the question, the witness's verification, its log entry and its two signatures, their
verification and record. Timed from the question on, and from the head on. Target: below 5 ms.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from parley.ledger import Kind
from parley.ledger.witness import TEXT_TYPE
from parley.node.node import Node
from parley.node.ports import Tx
from parley.peers.line import Line
from parley.peers.rounds import ADD_CHECKPOINT_PATH
from parley.peers.tls import PeerClient
from parley.store.sqlite import SqliteStore
from parley.testing.agreements import small_agreement, transit
from parley.testing.clock import HandClock
from parley.testing.harness import context_of
from parley.web import create_peer_app, serve
from parley.web.server import run

CHUNK = 20_000
LEAF_BYTES = 400


async def node_at(path: Path, party: str, clock: HandClock) -> Node:
    rng = random.Random(party)
    store = await SqliteStore.open(path / f"{party}.db")
    context = context_of(small_agreement(), party)
    proofs = await SqliteStore.open(path / f"{party}-proofs.db", readers=1, synced=False)
    node = Node(context, store, clock, lambda: rng.randbytes(16), proofs)
    await node.start()
    return node


async def filled(path: Path, party: str, size: int) -> None:
    """So many entries that say nothing, written behind the node's back."""
    store = await SqliteStore.open(path / f"{party}.db")
    rng = random.Random(1)

    def some(count: int) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            for _ in range(count):
                leaf = bytes((Kind.OBSERVED,)) + rng.randbytes(LEAF_BYTES)
                digest = hashlib.sha256(b"\x00" + leaf).digest()
                tx.log.append(leaf, digest, digest.hex())

        return work

    for start in range(0, size, CHUNK):
        await store.write(some(min(CHUNK, size - start)))
    await store.close()


async def measure(path: Path, size: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of each round, without and with the making of the head."""
    clock = HandClock()
    blue, green = await node_at(path, "blue", clock), await node_at(path, "green", clock)
    await blue.close()
    await filled(path, "blue", size)
    blue = await node_at(path, "blue", clock)
    door = await serve(create_peer_app(green), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{door.port}"
    client = PeerClient("green", url, None)
    line = Line(client, url)
    heads = blue.trust.heads
    asked: list[float] = []
    whole: list[float] = []
    for number in range(rounds + 5):
        clock.advance(1000)
        await blue.post_notice(transit(number), role="duty", to=[])
        began = time.perf_counter()
        head = await blue.publish_head()
        assert head is not None
        made = time.perf_counter()
        request = await heads.request(heads.cosigned_size("green"), head)
        answer = await line.post(ADD_CHECKPOINT_PATH, request.to_bytes(), TEXT_TYPE, timeout_s=30.0)
        assert await heads.answered("green", head, answer.status, answer.body) is None
        ended = time.perf_counter()
        if number >= 5:
            asked.append(ended - made)
            whole.append(ended - began)
    await client.aclose()
    await door.stop()
    await blue.close()
    await green.close()
    return asked, whole


def said(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = machine.quantile(seconds, 0.99)
    return f"{name}: median {1000 * statistics.median(ordered):.2f} ms, p99 {1000 * p99:.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 1_000_000])
    given = parser.parse_args()
    machine.banner("A head cosigned by a counterparty, over loopback")
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            asked, whole = run(measure(Path(folder), size, given.rounds))
        print(f"log of {size:,} entries, {given.rounds} rounds")
        print(f"  {said('cosigned', asked)}")
        print(f"  {said('head made and cosigned', whole)}")


if __name__ == "__main__":
    main()
