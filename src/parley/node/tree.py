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
        self._growing = threading.Lock()

    def at(self, tx: Tx) -> tuple[Tree, int]:
        """The tree, which may be larger already, and the size of the log in this snapshot."""
        size = tx.log.size()
        with self._growing:
            if self._tree.size < size:
                self._tree.extend(tx.log.hashes(self._tree.size, size))
        return self._tree, size
