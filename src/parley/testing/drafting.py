"""Drafts that wait at the nodes of tests."""

from __future__ import annotations

from pathlib import Path

from parley.node.drafting.drafting import Drafting
from parley.node.node import Node
from parley.store.drafts import SqliteDrafts
from parley.testing.clock import counting_salts


async def drafting_of(
    node: Node, path: Path | None = None, *, two_persons: bool = True
) -> Drafting:
    """The drafts of a node, in memory or kept at ``path``; started, and lapsing by hand."""
    store = await SqliteDrafts.open(path)
    salts = counting_salts(f"drafts of {node.context.party}")
    drafting = Drafting(node, store, salts, two_persons=two_persons)
    await drafting.start()
    return drafting
