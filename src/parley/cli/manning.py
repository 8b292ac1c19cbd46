"""While a node serves: seats whose person's session has ended are found unmanned, and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from parley.errors import ParleyError

if TYPE_CHECKING:
    from parley.node.node import Node
    from parley.node.people.people import People
    from parley.node.seats import Seats

LOOK_S = 5.0


@asynccontextmanager
async def manned(node: Node, people: People | None) -> AsyncIterator[None]:
    """Looks every few seconds; without people nobody holds a seat by a session."""
    if people is None:
        yield
        return
    looking = asyncio.create_task(_look(node, people), name="parley-seats")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait((looking,))


async def _look(node: Node, people: People) -> None:
    import structlog

    log = structlog.get_logger("parley.cli")
    await asyncio.sleep(LOOK_S)  # a node that comes back has more urgent things to import
    seats = await asyncio.to_thread(_seats, node, people)
    while True:
        try:
            await seats.look()
        except ParleyError as error:
            log.error("seats-unread", error=str(error))
        await asyncio.sleep(LOOK_S)


def _seats(node: Node, people: People) -> Seats:
    from parley.node.seats import Seats

    return Seats(node, people)
