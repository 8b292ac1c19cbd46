"""STOP and DISTRESS, by one person; a third party that opens fire; a flight that does not conform.
Never shelved, never held back, never waiting for a second person.
"""

from __future__ import annotations

from collections.abc import Iterable

from parley.rules.agreement import Agreement
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.statements import (
    Distress,
    Nonconformance,
    Observation,
    Phase,
    Report,
    Stop,
)


def stop_finding(stop: Stop, until_ms: int) -> Finding:
    """STOP stays urgent for everybody addressed until its author lifts it."""
    return finding(
        Kind.STOP,
        Level.URGENT,
        (f"stop:{stop.item}@{stop.version}",),
        parties=(stop.header.by, *stop.header.to),
        window_ms=(stop.header.at_ms, until_ms),
        codes=(
            f"notice:{stop.notice}"
            if stop.notice
            else "everywhere"
            if stop.area is None
            else "area",
        ),
    )


def distress_finding(agreement: Agreement, distress: Distress, until_ms: int) -> Finding:
    """DISTRESS with the delay from when it was known to when it was told, and whether the
    agreed time to pass it on was kept (closed: exactly at the limit is kept)."""
    delay_s = max(0, distress.header.at_ms - distress.since_ms) // 1000
    return finding(
        Kind.DISTRESS,
        Level.URGENT,
        (f"distress:{distress.item}@{distress.version}",),
        parties=(distress.header.by, *distress.header.to),
        window_ms=(distress.header.at_ms, until_ms),
        measures={"delay_s": delay_s, "limit_s": agreement.distress_pass_on_s},
        codes=("late" if delay_s > agreement.distress_pass_on_s else "in-time",),
    )


def not_passed_on(
    agreement: Agreement,
    track: str,
    first_emergency: Observation,
    told: Iterable[Distress],
    now_ms: int,
) -> Finding | None:
    """An emergency that one's own side sees and nobody has been told of, once the agreed time
    is over (closed: exactly then it is not yet). ``told``: the DISTRESS statements that were in
    force at any time since; one whose subject is the track ends it."""
    if any(d.subject == track for d in told):
        return None
    due_ms = first_emergency.seen_ms + 1000 * agreement.distress_pass_on_s
    if now_ms <= due_ms:
        return None
    return finding(
        Kind.DISTRESS_NOT_PASSED_ON,
        Level.URGENT,
        (f"track:{track}",),
        parties=(first_emergency.owner,),
        window_ms=(due_ms, due_ms + 1000 * agreement.all_clear_cap_s),
        measures={"limit_s": agreement.distress_pass_on_s},
    )


def third_party_finding(report: Report, until_ms: int) -> Finding | None:
    """A third party engages: known to all addressed until it is reported to have ceased, at most
    until ``until_ms``; the reporter amends his report to make it last."""
    if report.phase is Phase.CEASED:
        return None
    return finding(
        Kind.THIRD_PARTY_OPEN,
        Level.WARNING,
        (f"report:{report.item}@{report.version}",),
        parties=(report.header.by, *report.header.to),
        window_ms=(report.since_ms, max(until_ms, report.since_ms)),
        codes=(report.third_party,),
    )


def nonconformance_finding(said: Nonconformance, until_ms: int) -> Finding:
    """A flight does not conform, on the word of its author: known to all addressed until he says
    that it conforms again. ``delay_s``: how long after it began he told it."""
    delay_s = max(0, said.header.at_ms - said.since_ms) // 1000
    refs = [f"nonconformance:{said.item}@{said.version}"]
    if said.notice:
        refs.append(f"notice:{said.notice}")
    return finding(
        Kind.NONCONFORMANCE,
        Level.WARNING,
        refs,
        parties=(said.header.by, *said.header.to),
        window_ms=(min(said.since_ms, until_ms), until_ms),
        measures={"delay_s": delay_s},
        codes=(code.value for code in said.codes),
    )
