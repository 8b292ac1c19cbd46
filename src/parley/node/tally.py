"""How many entries a table has, counted as they come and go: nobody counts 100,000 lines to say.

A table that nobody has counted yet is counted once.
"""

from __future__ import annotations

from parley.node.ports import Tx

_PREFIX = "tally:"


def add(tx: Tx, table: str, number: int) -> None:
    """So many entries more (or, below 0, fewer); before they are put or deleted."""
    tx.records.put("meta", f"{_PREFIX}{table}", str(of(tx, table) + number).encode())


def of(tx: Tx, table: str) -> int:
    """How many entries the table has."""
    known = tx.records.get("meta", f"{_PREFIX}{table}")
    return tx.records.count(table) if known is None else int(known)
