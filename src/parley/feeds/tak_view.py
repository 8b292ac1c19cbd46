"""What a TAK connection reads of the node: the ports that it needs, and the node behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from parley.errors import InputError
from parley.node.node import Node
from parley.rules.findings import Finding
from parley.rules.hazard import hazard_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.placed import Row
from parley.rules.statements import Item, Notice, Report
from parley.watch.tracks import Tracks

PAGE = 200


class Cursors(Protocol):
    """How far a reader has come in the journal, kept durably: 0 for one never heard of."""

    async def cursor(self, name: str) -> int: ...

    async def move_cursor(self, name: str, seq: int) -> None: ...


class TakView(Protocol):
    """The current picture and what stands."""

    def items(self) -> AsyncIterator[ItemRecord]:
        """Every item, open and closed, page by page."""
        ...

    async def item(self, ref: str) -> ItemRecord | None: ...

    def hazards(self, item: Item) -> Sequence[Row]:
        """The hazard volumes that an item brings about."""
        ...

    async def findings(self) -> Sequence[Finding]:
        """All that stand now."""
        ...

    def tracks(self) -> Tracks | None: ...


class NodeView:
    """The node itself. tracks, watched: what its live watch shows now, if it has one."""

    def __init__(
        self,
        node: Node,
        *,
        tracks: Callable[[], Tracks | None] = lambda: None,
        watched: Callable[[], Sequence[Finding]] = tuple,
    ) -> None:
        self._node = node
        self._tracks = tracks
        self._watched = watched

    async def items(self) -> AsyncIterator[ItemRecord]:
        after = ""
        while page := await self._node.items(after=after, limit=PAGE):
            for record in page:
                yield record
            after = page[-1].ref

    async def item(self, ref: str) -> ItemRecord | None:
        try:
            return await self._node.item(ref)
        except InputError:
            return None

    def hazards(self, item: Item) -> Sequence[Row]:
        agreement = self._node.context.agreement
        if isinstance(item, Notice):
            return hazard_rows(agreement, item)
        return report_rows(agreement, item) if isinstance(item, Report) else ()

    async def findings(self) -> Sequence[Finding]:
        return (*await self._node.findings(), *self._watched())

    def tracks(self) -> Tracks | None:
        return self._tracks()
