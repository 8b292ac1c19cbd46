"""What a TAK connection reads of the node: the ports that it needs, and the node behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from parley.errors import InputError, OurError
from parley.node.node import Node
from parley.rules.findings import Finding
from parley.rules.hazard import hazard_rows, nonconformance_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.placed import Row
from parley.rules.statements import Item, Nonconformance, Notice, Report
from parley.watch.tracks import Tracks

PAGE = 200


class Cursors(Protocol):
    """How far a reader has come in the journal, kept durably: 0 for one never heard of."""

    async def cursor(self, name: str) -> int: ...

    async def move_cursor(self, name: str, seq: int) -> None: ...


class TakView(Protocol):
    """The current picture and what stands."""

    def items(self) -> AsyncIterator[ItemRecord]:
        """Every item, open and closed: what is afloat, then the others page by page."""
        ...

    async def item(self, ref: str) -> ItemRecord | None:
        """As it is afloat, else as the log has it."""
        ...

    def afloat(self) -> Sequence[ItemRecord]:
        """STOP and DISTRESS that no line of the journal tells so far."""
        ...

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
        afloat = self.afloat()
        for record in afloat:
            yield record
        told = {record.ref for record in afloat}
        after = ""
        while page := await self._node.items(after=after, limit=PAGE):
            for record in page:
                if record.ref not in told:
                    yield record
            after = page[-1].ref

    async def item(self, ref: str) -> ItemRecord | None:
        for record in self.afloat():
            if record.ref == ref:
                return record
        try:
            return await self._node.item(ref)
        except InputError:
            return None

    def afloat(self) -> Sequence[ItemRecord]:
        return self._node.afloat()

    def hazards(self, item: Item) -> Sequence[Row]:
        agreement = self._node.agreement
        if isinstance(item, Notice):
            return hazard_rows(agreement, item)
        if isinstance(item, Nonconformance):
            return nonconformance_rows(agreement, item)
        return report_rows(agreement, item) if isinstance(item, Report) else ()

    async def findings(self) -> Sequence[Finding]:
        try:
            found = await self._node.findings()
        except OurError:
            found = await self._node.standing()
        return (*found, *self._watched())

    def tracks(self) -> Tracks | None:
        return self._tracks()
