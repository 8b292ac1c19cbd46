"""The verdict on lead time: told early enough, late, or after the fact.

Closed at the bound: exactly the minimum is in time. Declared lead counts from the author's
clock; received lead counts from the receiver's receipt. Both are kept, because they differ
exactly when it matters.
"""

from __future__ import annotations

from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import Notice


def verdict(lead_ms: int, required_s: int) -> str:
    if lead_ms < 0:
        return "after-the-fact"
    return "timely" if lead_ms >= 1000 * required_s else "late"


_LEVEL = {"timely": Level.INFO, "late": Level.ADVISORY, "after-the-fact": Level.WARNING}


def declared(agreement: Agreement, notice: Notice) -> Finding:
    """Lead time by the author's own clock."""
    return _finding(agreement, notice, Kind.LEAD_TIME, notice.header.at_ms, ())


def received(agreement: Agreement, notice: Notice, party: str, received_ms: int) -> Finding:
    """Lead time by the clock of one addressee, from its receipt."""
    return _finding(agreement, notice, Kind.LEAD_TIME_RECEIVED, received_ms, (f"party:{party}",))


def _finding(
    agreement: Agreement, notice: Notice, kind: Kind, told_ms: int, refs: tuple[str, ...]
) -> Finding:
    required_s = agreement.activity_class(notice.activity_class).lead_s
    lead_ms = notice.start_ms - told_ms
    word = verdict(lead_ms, required_s)
    return finding(
        kind,
        _LEVEL[word],
        (f"notice:{notice.item}@{notice.version}", *refs),
        parties=(notice.header.by, *notice.header.to),
        window_ms=(notice.start_ms, notice.end_ms),
        measures={"lead_s": lead_ms // 1000, "required_s": required_s},
        codes=(word,),
    )
