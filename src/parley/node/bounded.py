"""What others can make us write is bounded: so much an hour for each party, then only counted."""

from __future__ import annotations

from parley.node.desk import Desk

HOUR_MS = 3_600_000
FAULTS_AN_HOUR = 100


def within(desk: Desk, what: str, party: str, limit: int = FAULTS_AN_HOUR) -> bool:
    """Count one more of ``what`` for ``party``; whether it is among the first ``limit`` of this
    hour by our clock. A clock that ran back begins a new hour."""
    key = f"{what}|{party}"
    began, count, total = _counted(desk, key)
    if not began <= desk.now_ms < began + HOUR_MS:
        began, count = desk.now_ms, 0
    desk.tx.records.put("rate", key, f"{began} {count + 1} {total + 1}".encode())
    return count < limit


def total(desk: Desk, what: str, party: str) -> int:
    """How many were counted in all, those above the bound too."""
    return _counted(desk, f"{what}|{party}")[2]


def _counted(desk: Desk, key: str) -> tuple[int, int, int]:
    began, count, total = (desk.tx.records.get("rate", key) or b"0 0 0").split()
    return int(began), int(count), int(total)
