"""A node in a process of its own, for tests that kill it: ``python -m`` this, then a mode.

``post PATH FROM``: party blue on a SQLite store posts notice after notice, each a statement to
everybody, and prints a notice's ref once it was acknowledged; FROM numbers the places.
``digest``: tells the story of ``golden`` and prints each node's findings and log as digests.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from itertools import count

from parley.rules.findings import digest
from parley.store.sqlite import SqliteStore
from parley.testing import golden
from parley.testing.agreements import transit
from parley.testing.harness import started_node
from parley.testing.rules_strategies import three_sided

WRITERS = 4


async def post_for_ever(path: str, start: int) -> None:
    node = await started_node(three_sided(), "blue", store=await SqliteStore.open(path))
    numbers = count(start)

    async def writer() -> None:
        for number in numbers:
            posted = await node.post_notice(transit(number % 400), role="duty")
            os.write(1, f"{posted.ref} {posted.note_hash}\n".encode())

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


async def digests() -> dict[str, str]:
    nodes, clock = await golden.started()
    await golden.tell(nodes, clock)
    told = {}
    for party, node in nodes.items():
        log = await node.health()
        told[party] = f"{digest(await node.findings())} {log.log_size} {log.log_root}"
    return told


def main(mode: str, path: str = "", start: str = "0") -> None:
    if mode == "post":
        asyncio.run(post_for_ever(path, int(start)))
    else:
        sys.stdout.write(json.dumps(asyncio.run(digests())))


if __name__ == "__main__":
    main(*sys.argv[1:])
