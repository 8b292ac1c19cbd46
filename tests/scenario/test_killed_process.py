"""A real node killed while it posts: what it acknowledged is there, and it goes on."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from pathlib import Path

import pytest

from parley.node.node import Node
from parley.node.replay import carried
from parley.store.memory import MemoryStore
from parley.store.sqlite import SqliteStore
from parley.testing.harness import started_node
from parley.testing.rules_strategies import three_sided

CHILD = [sys.executable, "-m", "parley.testing.node_child", "post"]


def post_until_killed(path: Path, start: int, lines: int) -> dict[str, str]:
    """Lets a child post, kills it after so many acknowledgements; ref and hash of all of them."""
    with subprocess.Popen([*CHILD, str(path), str(start)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        told += child.stdout.read().splitlines(keepends=True)
    assert child.returncode == -9
    return dict(line.decode().split() for line in told if line.endswith(b"\n"))


async def posted_notes(node: Node) -> set[str]:
    size = (await node.health()).log_size
    entries = await node.log_entries(0, size)
    return {hashlib.sha256(e.note).hexdigest() for e in entries}


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, seed: int) -> None:
    """Three kills, each at a moment nobody chose, on one database."""
    path, chance = tmp_path / "blue.db", random.Random(seed)
    acknowledged: dict[str, str] = {}
    for turn in range(3):
        acknowledged |= post_until_killed(path, 100 * turn, chance.randint(1, 40))
        node = await started_node(three_sided(), "blue", store=await SqliteStore.open(path))
        items = {r.ref for r in await node.items(limit=10_000)}
        assert set(acknowledged) <= items
        assert set(acknowledged.values()) <= await posted_notes(node)
        await node.check_node(MemoryStore())
        health = await node.health()
        assert health.pending == dict.fromkeys(("amber", "green", "white"), len(items))
        assert health.log_size == len(items) + 4  # and the rosters
        await node.close()
    await everything_arrives(path, len(acknowledged))


async def everything_arrives(path: Path, at_least: int) -> None:
    """What the killed node had not delivered reaches the others, each note once."""
    blue = await started_node(three_sided(), "blue", store=await SqliteStore.open(path))
    green = await started_node(three_sided(), "green")
    await carried({"blue": blue, "green": green})
    mine, theirs = await blue.items(limit=10_000), await green.items(limit=10_000)
    assert [r.content for r in mine] == [r.content for r in theirs]
    assert len(theirs) >= at_least
    assert "green" not in (await blue.health()).pending
    for node in (blue, green):
        await node.check_node(MemoryStore())
        await node.close()
