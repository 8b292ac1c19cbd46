"""The watch of a served node put together: its settings, its feeds, its links to TAK servers, and
what it keeps of the past."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from parley import __version__
from parley.cli.nodedir import NodeDir
from parley.cli.watchfile import HistoryEntry, path_of, read_watch
from parley.errors import StorageError
from parley.feeds.feeds import Feeds
from parley.feeds.tak.link import TakLink
from parley.feeds.tak.view import NodeView
from parley.node.node import Node
from parley.node.watching.history import History
from parley.node.watching.watching import Watching
from parley.store.history import SqliteHistory

THREADS = 2


@asynccontextmanager
async def watched(
    node: Node, directory: NodeDir, clock_ms: Callable[[], int]
) -> AsyncIterator[Watching]:
    """The watch of a started node, its feeds and links running; all stopped in order.
    ConfigError: watch.json is wrong."""
    chosen, path = read_watch(directory.path), path_of(directory.path)
    jitter = secrets.SystemRandom().random
    async with AsyncExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(THREADS, "parley-sweep"))
        watching = Watching(node, chosen.settings(path), run=pool.map)
        feeds = Feeds(
            watching.intake,
            [entry.config(path) for entry in chosen.feeds],
            clock_ms=clock_ms,
            jitter=jitter,
        )
        view = NodeView(
            node,
            tracks=lambda: watching.state().tracks,
            watched=lambda: watching.state().findings,
        )
        links = [
            TakLink(
                node,
                entry.config(),
                watching.intake,
                clock_ms,
                view=view,
                cursors=watching,
                jitter=jitter,
                version=__version__,
            )
            for entry in chosen.tak
        ]
        await watching.start()
        stack.push_async_callback(watching.stop)
        await feeds.start()
        stack.push_async_callback(feeds.stop)
        for link in links:
            await link.start()
            stack.push_async_callback(link.stop)
        yield watching


@asynccontextmanager
async def remembered(watching: Watching, directory: NodeDir) -> AsyncIterator[History | None]:
    """What the watch showed, kept in history.db; None where that is not wanted or cannot be: a
    history that fails stops no node. ConfigError: watch.json is wrong."""
    chosen = read_watch(directory.path).history
    kept = await asyncio.to_thread(_opened, directory.path / "history.db", chosen)
    if kept is None:
        yield None
        return
    history = History(watching, kept, every_ms=1_000 * chosen.every_s)
    await history.start()
    try:
        yield history
    finally:
        await history.stop()
        await asyncio.to_thread(kept.close)


def _opened(path: Path, chosen: HistoryEntry) -> SqliteHistory | None:
    """The file as it is, or a new one where that is damaged."""
    if not chosen.megabytes:
        return None
    from parley.cli.show import Out

    def opened() -> SqliteHistory:
        bounds = 3_600_000 * chosen.hours, 1_000_000 * chosen.megabytes
        return SqliteHistory(path, kept_ms=bounds[0], kept_bytes=bounds[1])

    try:
        return opened()
    except StorageError as error:
        Out().note(f"the track history is begun anew: {error}")
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    try:
        return opened()
    except StorageError as error:
        Out().note(f"no track history is kept: {error}")
        return None
