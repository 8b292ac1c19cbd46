"""What drafts need of a store: at most five methods. What was awaited is durable; an exception
leaves nothing behind. Raises StorageError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from parley.node.drafting.draft import Draft, State


class Drafts(Protocol):
    async def add(self, make: Callable[[int, int], Draft]) -> Draft:
        """Keeps what ``make`` makes of its number, and of how many wait already."""
        ...

    async def change(self, identity: str, work: Callable[[Draft], Draft]) -> Draft:
        """Keeps what ``work`` makes of the draft; nothing, if it gives the same one back.
        InputError: there is none."""
        ...

    async def get(self, identity: str) -> Draft:
        """InputError: there is none."""
        ...

    async def page(self, state: State | None, *, before: int, limit: int) -> list[Draft]:
        """The newest first, of a state or of all, with numbers below ``before`` (0: from the
        newest)."""
        ...

    async def close(self) -> None: ...
