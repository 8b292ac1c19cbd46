"""Times as people say them, and what they can mean (requirements M19).

"On December 8th" has no year, "tomorrow" no date. A ``When`` keeps the words, the closed interval
of instants that they can mean, and by name what was inferred to get there. A time of day without
a date or without a zone is refused, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from parley.errors import InputError
from parley.liaison.papers.values import Form, InstantMs, Line, Members

Inferred = Annotated[tuple[Annotated[str, Form("id", 32, 1)], ...], Members(8, sorted=True)]


@dataclass(frozen=True, slots=True)
class When:
    """said: the words. from_ms, until_ms: UTC, closed. inferred: sorted words of "year", "date",
    "zone", "day-word" for what the words did not say. InputError: it ends before it begins."""

    said: Line
    from_ms: InstantMs
    until_ms: InstantMs
    inferred: Inferred = ()

    def __post_init__(self) -> None:
        if self.until_ms < self.from_ms:
            raise InputError(
                f"{self.said!r} ends before it begins", right="from_ms <= until_ms", where="when"
            )

    @property
    def exact(self) -> bool:
        """One instant, and nothing was inferred."""
        return self.from_ms == self.until_ms and not self.inferred

    def may_be(self, other: When) -> bool:
        """Whether both can mean one instant (closed: touching counts)."""
        return self.from_ms <= other.until_ms and other.from_ms <= self.until_ms
