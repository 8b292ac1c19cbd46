"""What we know at a moment: the root of our own log inside a unit of work, and the peers' heads.

A unit of work may be undone, alone or with others of its commit; so nothing that it appended is
believed beyond it unless the same entry stands there the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy

from parley.ledger import Frontier, SeenHead, parse, parse_checkpoint
from parley.node.ports import Tx

WITNESSED = "witnessed"
"""Records: origin of a peer's log -> the newest head of it that we cosigned, as a signed note."""

Seen = Callable[[], Iterable[SeenHead]]


class Known:
    """Held by a node, asked in units of work that write, which run one at a time.

    seen: the newest heads of the peers' logs, where somebody holds them in memory; else they are
    read from the records."""

    def __init__(self, seen: Seen | None = None) -> None:
        self._seen = seen
        self._base = -1
        self._edge = Frontier()
        self._last = b""

    def root(self, tx: Tx) -> tuple[int, bytes]:
        """Size and root of our epoch's log as this unit of work has it."""
        base = int(tx.records.get("meta", "base") or b"0")
        end = tx.log.size()
        edge = self._edge if self._still_there(tx, base, end) else Frontier()
        edge = deepcopy(edge)
        last = self._last
        for last in tx.log.hashes(base + edge.size, end):
            edge.append(last)
        self._base, self._edge, self._last = base, edge, last
        return edge.size, edge.root()

    def heads(self, tx: Tx, limit: int) -> tuple[SeenHead, ...]:
        """The newest head that we hold of each peer's log, in the order of their origins."""
        found = self._recorded(tx) if self._seen is None else list(self._seen())
        newest: dict[str, SeenHead] = {}
        for head in found:
            if head.origin not in newest or newest[head.origin].size < head.size:
                newest[head.origin] = head
        return tuple(newest[origin] for origin in sorted(newest))[:limit]

    def _still_there(self, tx: Tx, base: int, end: int) -> bool:
        """Leaves are salted: where the last one stands, all before it do."""
        size = self._edge.size
        if base != self._base or base + size > end:
            return False
        return not size or next(iter(tx.log.hashes(base + size - 1, base + size))) == self._last

    def _recorded(self, tx: Tx) -> list[SeenHead]:
        heads = (parse_checkpoint(parse(note).text) for _, note in tx.records.scan(WITNESSED))
        return [SeenHead(head.origin, head.size, head.root) for head in heads]
