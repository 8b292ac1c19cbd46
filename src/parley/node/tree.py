"""The Merkle tree of our own log in memory, for readers on several threads.

It is only ever a copy of the leaf hashes that the store holds, caught up before it is asked, and
asked at the size of the asker's own snapshot.
"""

from __future__ import annotations

import threading

from parley.ledger import Tree
from parley.node.ports import Tx


class LogTree:
    def __init__(self) -> None:
        self._tree = Tree()
        self._base = 0
        self._growing = threading.Lock()

    def at(self, tx: Tx) -> tuple[Tree, int]:
        """The tree of our epoch's log, which may be larger already, and its size in this
        snapshot."""
        base = int(tx.records.get("meta", "base") or b"0")
        size = tx.log.size() - base
        with self._growing:
            if base != self._base:
                self._tree, self._base = Tree(), base
            if self._tree.size < size:
                self._tree.extend(tx.log.hashes(base + self._tree.size, base + size))
        return self._tree, size
