"""drafts.db of a node directory: the drafts that wait, kept beside a served node."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from parley.errors import OurError, ParleyError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.node.drafting.drafting import Drafting
    from parley.node.node import Node
    from parley.node.ports import Salts

TICK_S = 1.0


@asynccontextmanager
async def drafted(node: Node, directory: NodeDir, fresh: Salts) -> AsyncIterator[Drafting | None]:
    """The drafts of a node, lapsing in time. Damage to drafts.db stops no node: then none wait."""
    from parley.cli.consolefile import read_console
    from parley.cli.show import Out
    from parley.node.drafting.drafting import Drafting
    from parley.store.drafts import SqliteDrafts

    two_persons = read_console(directory.path).two_persons
    try:
        store = await SqliteDrafts.open(directory.drafts)
        drafting = Drafting(node, store, fresh, two_persons=two_persons)
        await drafting.start()
    except OurError as error:
        Out().note(f"drafts.db is not used, no drafts wait: {error}")
        yield None
        return
    ticking = asyncio.create_task(_tick(drafting), name="parley-drafts")
    try:
        yield drafting
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await drafting.close()


async def _tick(drafting: Drafting) -> None:
    """What lapses is told in time; a store that fails is told, and tried again."""
    import structlog

    log = structlog.get_logger("parley.cli")
    while True:
        await asyncio.sleep(TICK_S)
        try:
            await drafting.tick()
        except ParleyError as error:
            log.error("drafts-not-lapsed", error=str(error))
