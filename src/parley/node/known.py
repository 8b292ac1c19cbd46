"""What we know at a moment: the root of our own log inside a unit of work, and the peers' heads.

A unit of work may be undone, alone or with others of its commit; so nothing that it appended is
believed beyond it unless the same entry stands there the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass

from parley.ledger import Frontier, SeenHead, parse, parse_checkpoint
from parley.node.ports import Tx

WITNESSED = "witnessed"
"""Records: origin of a peer's log -> the newest head of it that we cosigned, as a signed note."""

Seen = Callable[[], Iterable[SeenHead]]


@dataclass(frozen=True, slots=True)
class _Edge:
    """The right edge of our log's tree as some unit of work had it; last: its last leaf hash."""

    base: int
    edge: Frontier
    last: bytes


class Known:
    """Held by a node; what it remembers is replaced whole, so that threads may share it.

    seen: the newest heads of the peers' logs, where somebody holds them in memory; else they are
    read from the records."""

    def __init__(self, seen: Seen | None = None) -> None:
        self._seen = seen
        self._at = _Edge(-1, Frontier(), b"")

    def root(self, tx: Tx) -> tuple[int, bytes]:
        """Size and root of our epoch's log as this unit of work has it. In a reading one it only
        catches up, so that the next one has little left to hash."""
        base = int(tx.records.get("meta", "base") or b"0")
        end = tx.log.size()
        at = self._at
        edge = deepcopy(at.edge) if _still_there(at, tx, base, end) else Frontier()
        last = at.last
        for last in tx.log.hashes(base + edge.size, end):
            edge.append(last)
        self._at = _Edge(base, edge, last)
        return edge.size, edge.root()

    def heads(self, tx: Tx, limit: int) -> tuple[SeenHead, ...]:
        """The newest head that we hold of each peer's log, in the order of their origins."""
        found = self._recorded(tx) if self._seen is None else list(self._seen())
        newest: dict[str, SeenHead] = {}
        for head in found:
            if head.origin not in newest or newest[head.origin].size < head.size:
                newest[head.origin] = head
        return tuple(newest[origin] for origin in sorted(newest))[:limit]

    def _recorded(self, tx: Tx) -> list[SeenHead]:
        heads = (parse_checkpoint(parse(note).text) for _, note in tx.records.scan(WITNESSED))
        return [SeenHead(head.origin, head.size, head.root) for head in heads]


def _still_there(at: _Edge, tx: Tx, base: int, end: int) -> bool:
    """Leaves are salted: where the last one stands, all before it do."""
    size = at.edge.size
    if base != at.base or base + size > end:
        return False
    return not size or next(iter(tx.log.hashes(base + size - 1, base + size))) == at.last
