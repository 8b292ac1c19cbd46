"""Lead time: closed at the minimum, after the fact from the first millisecond; two clocks."""

from __future__ import annotations

import pytest

from parley.rules import leadtime
from parley.rules.findings import Kind, Level
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import disc, minutes, notice, three_sided

AGREEMENT = three_sided()
START_MS = DAWN_MS + 120 * 60_000
LEAD_MS = 1_800_000


@pytest.mark.parametrize(
    ("told_ms", "word", "level", "lead_s"),
    [
        (START_MS - LEAD_MS - 1, "timely", Level.INFO, 1800),
        (START_MS - LEAD_MS, "timely", Level.INFO, 1800),
        (START_MS - LEAD_MS + 1, "late", Level.ADVISORY, 1799),
        (START_MS, "late", Level.ADVISORY, 0),
        (START_MS + 1, "after-the-fact", Level.WARNING, -1),
        (START_MS + 90_000, "after-the-fact", Level.WARNING, -90),
    ],
)
def test_verdict_at_and_beside_the_bounds(
    told_ms: int, word: str, level: Level, lead_s: int
) -> None:
    words = notice(disc())
    found = leadtime.received(AGREEMENT, words, "green", told_ms)
    assert (found.codes, found.level, found.measured["lead_s"]) == ((word,), level, lead_s)
    assert found.measured["required_s"] == 1800


def test_declared_counts_from_the_authors_clock_and_received_from_the_receipt() -> None:
    words = notice(disc(), at_min=80)
    declared = leadtime.declared(AGREEMENT, words)
    received = leadtime.received(AGREEMENT, words, "green", START_MS - 60_000)
    assert declared.kind is Kind.LEAD_TIME
    assert declared.codes == ("timely",)
    assert declared.refs == ("notice:blue-1@1",)
    assert received.kind is Kind.LEAD_TIME_RECEIVED
    assert received.codes == ("late",)
    assert received.refs == ("notice:blue-1@1", "party:green")
    assert received.parties == ("amber", "blue", "green", "white")


def test_lead_counts_to_the_first_volume_and_holds_until_the_last() -> None:
    words = notice(disc(span=minutes(200, 210)), disc(span=minutes(100, 110)))
    found = leadtime.declared(AGREEMENT, words)
    assert found.measured["lead_s"] == 6000
    assert (found.from_ms, found.until_ms) == (DAWN_MS + 6_000_000, DAWN_MS + 12_600_000)
