"""A node, its TAK link and a TAK server on loopback, for tests."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from parley.feeds.tak.link import NodeView, TakConfig, TakLink, TakPace
from parley.node.node import Node
from parley.node.ports import Store
from parley.node.watching.intake import Intake
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS, HandClock
from parley.testing.harness import started_node
from parley.testing.takserver import TakServer
from parley.watch.tracks import Status, Tracks

QUICK = TakPace(
    contact_wait_s=0.0,
    keep_alive_s=30.0,
    track_s=0.02,
    track_repeat_s=60.0,
    settle_s=30.0,
    stall_s=20.0,
    protocol_s=20.0,
    repeat_s=0.05,
    first_retry_s=0.01,
    last_retry_s=0.05,
)


class SqliteCursors:
    """Places in the journal, durable in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with sqlite3.connect(path) as db:
            db.execute("create table if not exists cursor (name text primary key, seq integer)")

    async def cursor(self, name: str) -> int:
        return await asyncio.to_thread(self._get, name)

    async def move_cursor(self, name: str, seq: int) -> None:
        await asyncio.to_thread(self._put, name, seq)

    def _get(self, name: str) -> int:
        with sqlite3.connect(self._path) as db:
            row = db.execute("select seq from cursor where name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def _put(self, name: str, seq: int) -> None:
        with sqlite3.connect(self._path) as db:
            db.execute("insert or replace into cursor values (?, ?)", (name, seq))


@dataclass(slots=True)
class TakStand:
    """picture and watched are what the node's live watch would show."""

    node: Node
    server: TakServer
    clock: HandClock
    cursors: SqliteCursors
    intake: Intake
    config: TakConfig
    link: TakLink
    pace: TakPace
    picture: list[Tracks] = field(default_factory=list)
    watched: list[Finding] = field(default_factory=list)

    def make(self) -> TakLink:
        """A link as a restarted process would have it."""
        view = NodeView(
            self.node,
            tracks=lambda: self.picture[-1] if self.picture else None,
            watched=lambda: self.watched,
        )
        return TakLink(
            self.node,
            self.config,
            self.intake,
            self.clock,
            view=view,
            cursors=self.cursors,
            pace=self.pace,
            version="test",
        )

    async def restart(self) -> None:
        """The link as after a restart of our process."""
        await self.link.stop()
        self.link = self.make()
        await self.link.start()

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        """Returns when it holds; looks again after each write of the node."""
        while True:
            bell = asyncio.create_task(self.node.wait_for_event())
            await asyncio.sleep(0)
            if await true():
                bell.cancel()
                return
            await bell

    async def items(self, kind: str) -> list[ItemRecord]:
        return [r for r in await self.node.items(limit=1000) if r.ref.startswith(f"{kind}:")]


@asynccontextmanager
async def tak_stand(
    tmp_path: Path,
    *,
    server: TakServer | None = None,
    pace: TakPace = QUICK,
    scheme: str = "tcp",
    started: bool = True,
    store: Store | None = None,
    **config: object,
) -> AsyncIterator[TakStand]:
    """Blue's node with one link to a TAK server. store: the node's, in memory if None. config:
    members of ``TakConfig``."""
    server, clock, intake = server or TakServer(), HandClock(), Intake()
    await server.rise()
    node = await started_node(small_agreement(), "blue", store=store, clock=clock)
    chosen = replace(
        TakConfig("tak", f"{scheme}://127.0.0.1:{server.port}"),
        **config,  # type: ignore[arg-type]
    )
    cursors = SqliteCursors(tmp_path / "cursors.db")
    link = TakLink(node, chosen, intake, clock, view=NodeView(node), cursors=cursors, pace=pace)
    stand = TakStand(node, server, clock, cursors, intake, chosen, link, pace)
    stand.link = stand.make()
    if started:
        await stand.link.start()
    try:
        yield stand
    finally:
        await stand.link.stop()
        await server.fall()
        await node.close()


def picture(
    *names: str,
    owner: str = "",
    seen_ms: int = DAWN_MS,
    lat_deg: float = 40.0,
    status: Status = Status.LIVE,
) -> Tracks:
    """Tracks of these ids and labels, all at one place."""
    n = len(names)
    ones = np.ones(n)
    return Tracks(
        now_ms=seen_ms,
        ids=tuple(sorted(names)),
        lat_deg=lat_deg * ones,
        lon_deg=20 * ones,
        radius_m=100 * ones,
        speed_mps=80 * ones,
        course_deg=270 * ones,
        climb_mps=0 * ones,
        pressure_m=np.full(n, np.nan),
        height_m=1_000 * ones,
        vertical_m=50 * ones,
        seen_ms=np.full(n, seen_ms, np.int64),
        age_s=0 * ones,
        status=np.full(n, status, np.uint8),
        sensors=np.ones(n, np.uint8),
        on_ground=np.zeros(n, bool),
        emergency=np.zeros(n, bool),
        doubted=np.zeros(n, bool),
        owner=(owner,) * n,
        label=tuple(sorted(names)),
    )
