"""The watch of a served node put together: its settings, its feeds, its links to TAK servers."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

from parley import __version__
from parley.cli.nodedir import NodeDir
from parley.cli.watchfile import path_of, read_watch
from parley.feeds.feeds import Feeds
from parley.feeds.tak.link import TakLink
from parley.feeds.tak.view import NodeView
from parley.node.node import Node
from parley.node.watching.watching import Watching

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
