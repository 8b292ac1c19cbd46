"""The live check of a draft among many standing notices, over HTTP, as the console asks for it.

    python benchmarks/console_check.py [--notices 10000] [--checks 300]

A draft that moves a little at each check, as under a mouse, sent one after another to
POST /v1/drafts/check of a real server on loopback. Target: p99 under 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

if __package__ in (None, ""):
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx

from benchmarks import machine, posting, world
from parley.node.node import Node
from parley.store.sqlite import SqliteStore
from parley.web import create_app, serve
from parley.wire.conversion import draft_to_geojson

TOKEN = "the-operator-token-of-benchmarks"


async def measured(notices: int, checks: int) -> None:
    rng, salts = random.Random(11), posting.salts()
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "node.db")
        node = Node(posting.context(), store, lambda: posting.NOW_MS, lambda: next(salts))
        await node.start()
        await posting.load(node, rng, notices)
        running = await serve(create_app(node, operator_token=TOKEN), "127.0.0.1", 0)
        headers = {"authorization": f"Bearer {TOKEN}"}
        url = f"http://127.0.0.1:{running.port}"
        try:
            async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
                await report(client, rng, checks)
        finally:
            await running.stop()
            await node.close()


async def report(client: httpx.AsyncClient, rng: random.Random, checks: int) -> None:
    times, found, sizes = [], [], []
    body = draft_to_geojson(world.draft(rng))
    for number in range(checks + 5):
        if number % 20 == 0:
            body = draft_to_geojson(world.draft(rng))
        moved(body, rng)
        begin = time.perf_counter()
        answer = await client.post("/v1/drafts/check", params={"check": "bench"}, json=body)
        took = time.perf_counter() - begin
        answer.raise_for_status()
        if number >= 5:
            times.append(1000 * took)
            found.append(len(answer.json()["findings"]))
            sizes.append(len(answer.content))
    print(
        f"  check of {len(body['features'])} volumes: median {machine.quantile(times, 0.5):.1f} ms,"
        f" p99 {machine.quantile(times, 0.99):.1f} ms, worst {max(times):.1f} ms;"
        f" findings {min(found)} to {max(found)}, answer {max(sizes) // 1024} KiB at most"
    )


def moved(body: dict[str, object], rng: random.Random) -> None:
    """Every vertex a little further, the same way."""
    lon, lat = rng.uniform(-0.002, 0.002), rng.uniform(-0.002, 0.002)

    def shifted(part: object) -> object:
        assert isinstance(part, list)
        if isinstance(part[0], list):
            return [shifted(one) for one in part]
        return [part[0] + lon, part[1] + lat]

    features = body["features"]
    assert isinstance(features, list)
    for feature in features:
        geometry = feature["geometry"]
        geometry["coordinates"] = shifted(geometry["coordinates"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--checks", type=int, default=300)
    asked = parser.parse_args()
    machine.banner(f"Live check among {asked.notices:,} standing notices")
    asyncio.run(measured(asked.notices, asked.checks))


if __name__ == "__main__":
    main()
