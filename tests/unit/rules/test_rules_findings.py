"""Findings as values: one order, one spelling, one key; and the page that explains them."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

from parley.rules.findings import (
    Finding,
    Kind,
    Level,
    canonical_bytes,
    digest,
    finding,
    order,
)

DOCS = Path(__file__).resolve().parents[3] / "docs"


def one(kind: Kind = Kind.CONFLICT, level: Level = Level.WARNING, at_ms: int = 0) -> Finding:
    return finding(
        kind,
        level,
        ("notice:b-1@2", "notice:a-1"),
        parties=("b", "", "a", "b"),
        window_ms=(at_ms, at_ms + 1),
        measures={"time_s": 1, "horizontal_m": 2},
        codes=("y", "x", "y"),
    )


def test_what_has_no_order_is_sorted_and_refs_keep_theirs() -> None:
    made = one()
    assert made.parties == ("a", "b")
    assert made.codes == ("x", "y")
    assert made.measures == (("horizontal_m", 2), ("time_s", 1))
    assert made.refs == ("notice:b-1@2", "notice:a-1")


def test_key_is_the_same_for_every_version() -> None:
    assert one().key == "conflict|notice:b-1|notice:a-1"


def test_most_urgent_first_then_the_earliest_whatever_the_order_before() -> None:
    urgent, early, late = one(level=Level.URGENT, at_ms=9), one(), one(at_ms=5)
    for shuffled in permutations((urgent, early, late)):
        assert order(shuffled) == [urgent, early, late]
        assert canonical_bytes(shuffled) == canonical_bytes((urgent, early, late))
        assert digest(shuffled) == digest((urgent, early, late))


def test_bytes_hold_integers_and_ascii_only() -> None:
    data = canonical_bytes([one()])
    assert data.isascii()
    (line,) = json.loads(data)
    assert line["level"] == "warning"
    assert line["measures"] == {"horizontal_m": 2, "time_s": 1}


def test_every_kind_of_finding_is_explained() -> None:
    rows = [line for line in (DOCS / "rules.md").read_text().splitlines() if line[:3] == "| `"]
    assert sorted(row.split("`")[1] for row in rows) == sorted(Kind)
    assert all(row.count("|") == 9 and all(_cells(row)[:6]) and _cells(row)[7] for row in rows)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]
