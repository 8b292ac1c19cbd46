"""What the parts of a node that watch over logs stand on: the two stores, the clock, the tree.

``store`` is the main one: what fails there stops the unit of work. ``proofs`` keeps what may fail
without stopping anything: heads, mirrors, suspicions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from parley.ledger import Keyring, Tree
from parley.node.context import Context
from parley.node.desk import Desk
from parley.node.ports import Clock, Store, Tx
from parley.node.rings import Rings
from parley.node.tree import LogTree

T = TypeVar("T")


class Change(Protocol):
    """One unit of work at a desk; who waits for events is told when it is durable."""

    async def __call__(self, work: Callable[[Desk], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class Ground:
    context: Context
    store: Store
    proofs: Store
    clock: Clock
    log_tree: LogTree
    rings: Rings
    change: Change

    async def ring(self) -> Keyring:
        """The rosters that we believe now."""
        return await self.store.read(self.rings.at)

    async def tree(self) -> tuple[Tree, int]:
        """The tree of our log and a size of it that is durable."""
        return await self.store.read(self.log_tree.at)

    def now_s(self) -> int:
        return self.clock() // 1000


def log_size(tx: Tx) -> int:
    """Entries in the log of our epoch."""
    return tx.log.size() - log_base(tx)


def log_base(tx: Tx) -> int:
    """Where the log of our epoch begins in the store."""
    return int(tx.records.get("meta", "base") or b"0")
