"""A process that writes until it is killed or the disk is full: ``python -m`` this, then a path.

``write PATH FROM``: writes number FROM, FROM + 1 ... side by side, and prints each number once
its write is acknowledged. ``full PATH``: lets no file grow past 3 MB, writes until it is refused,
then lifts the limit, writes on, and prints one JSON line about it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import count

from parley.errors import StorageError
from parley.node.ports import Layer, Row, Tx
from parley.rules.statements import Use
from parley.space import Area, Band, Height, Position, Span, Volume
from parley.store.sqlite import SqliteStore

WRITERS = 8
LIMIT_BYTES = 3_000_000
VOLUME = Volume(
    Area.point(Position(lat_deg=34.0, lon_deg=36.0)), Band(Height(0), Height(1)), Span(0, 1)
)


def one(number: int) -> Callable[[Tx], int]:
    """A work with a part in all four parts of the store; its number is its name."""

    def work(tx: Tx) -> int:
        index = tx.log.append(b"%d" % number + bytes(500), b"h", str(number))
        tx.records.put("t", str(number), b"")
        tx.volumes.put([Row(str(number), 0, Layer.DECLARED, "a", "", Use.ACTIVITY, VOLUME)])
        tx.outbox.push("b", number)
        return index

    return work


def whole(tx: Tx) -> list[int]:
    """The numbers in the log; the other parts hold the same ones, or it is an AssertionError."""
    leaves = [int(leaf.rstrip(b"\x00")) for leaf in tx.log.leaves(0, tx.log.size())]
    rows = tx.volumes.near(Layer.DECLARED, VOLUME.boxes())
    assert len(leaves) == tx.log.size()
    assert sorted(leaves) == sorted(int(key) for key, _ in tx.records.scan("t"))
    assert sorted(leaves) == sorted(int(row.ref) for row in rows)
    assert leaves == tx.outbox.pending("b", -1)
    return leaves


async def write_for_ever(path: str, start: int) -> None:
    store = await SqliteStore.open(path)
    numbers = count(start)

    async def writer() -> None:
        for number in numbers:
            await store.write(one(number))
            os.write(1, b"%d\n" % number)

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


async def write_until_full(path: str) -> dict[str, object]:
    store = await SqliteStore.open(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, resource.RLIM_INFINITY))
    acknowledged, refused = await _until_refused(store, count())
    during = await store.read(whole)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for number in range(10**6, 10**6 + 50):
        await store.write(one(number))
        acknowledged.append(number)
    after = await store.read(whole)
    await store.close()
    return {
        "acknowledged": sorted(acknowledged), "refused": refused, "during": sorted(during),
        "after": sorted(after),
    }  # fmt: skip


async def _until_refused(store: SqliteStore, numbers: Iterator[int]) -> tuple[list[int], str]:
    acknowledged: list[int] = []
    for number in numbers:
        try:
            await store.write(one(number))
        except StorageError as error:
            return acknowledged, str(error)
        acknowledged.append(number)
    raise AssertionError("it was never refused")


def main(mode: str, path: str, start: str = "0") -> None:
    if mode == "write":
        asyncio.run(write_for_ever(path, int(start)))
    else:
        sys.stdout.write(json.dumps(asyncio.run(write_until_full(path))))


if __name__ == "__main__":
    main(*sys.argv[1:])
