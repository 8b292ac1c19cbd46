from __future__ import annotations

from collections.abc import Mapping

from parley.rules.watching import PlausibleRules
from parley.space import Position
from parley.watch.book import Book
from parley.watch.registration import Registration


def registrations(
    book: Book, sites: Mapping[str, Position], now_ms: int, rules: PlausibleRules
) -> tuple[Registration, ...]:
    return ()
