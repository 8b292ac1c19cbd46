"""The scene of our watch, from what stands in our store: live notices and their hazards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parley.node import admit
from parley.node.desk import Desk
from parley.node.watching import told
from parley.node.watching.settings import Settings
from parley.rules import assess
from parley.rules.agreement import Agreement
from parley.rules.hazard import declared_rows, hazard_rows, nonconformance_rows, report_rows
from parley.rules.item import ItemRecord
from parley.rules.placed import Row
from parley.rules.statements import Distress, Nonconformance, Notice, Report, Use
from parley.rules.watching import WatchRules
from parley.space import Area
from parley.watch.scene import Hazard, Intent, Scene

PASSED_MS = 3_600_000
"""So long behind the end of all that it brings about a notice is still an intent."""


def rules_of(desk: Desk) -> WatchRules:
    """What is agreed about the watch, or the defaults."""
    return desk.agreement.watch or WatchRules()


def scene_of(desk: Desk, settings: Settings) -> Scene:
    """What tracks are held against now. Notices in the order of their refs."""
    agreement = desk.agreement
    intents, hazards, distress = _passed(desk), [], []
    for record in _live(desk):
        content = record.content
        if isinstance(content, Notice):
            intents.append(intent_of(record.ref, content, closed=record.closed))
            rows = tuple(hazard_rows(agreement, content))
        elif isinstance(content, Report):
            rows = tuple(report_rows(agreement, content))
        elif isinstance(content, Nonconformance):
            rows = tuple(nonconformance_rows(agreement, content))
        else:
            if isinstance(content, Distress) and not record.closed:
                distress.append(content.subject)
            continue
        if rows and not record.closed:
            hazards.append(Hazard(record.ref, rows[0].party, rows, _origins(agreement, rows)))
    return Scene(
        party=desk.context.party,
        rules=rules_of(desk),
        area=agreement.area,
        intents=tuple(sorted(intents, key=lambda intent: intent.ref)),
        hazards=tuple(hazards),
        moving=(*settings.moving, *told.moving(desk)),
        owners={**settings.owners, **told.owners(desk)},
        bound={**settings.bound, **told.bound(desk)},
        air=settings.air,
        within_party=agreement.conflicts_within_party,
        parties=tuple(p.id for p in agreement.parties),
        agreement=agreement,
        distress=tuple(sorted(set(distress))),
    )


def _origins(agreement: Agreement, rows: Sequence[Row]) -> dict[str, Area]:
    """Where third parties stand that are assumed to react, or are said to engage."""
    groups = {row.group.partition(":")[2] for row in rows}
    return {third.id: third.posture for third in agreement.third_parties if third.id in groups}


def intent_of(ref: str, notice: Notice, *, closed: bool = False) -> Intent:
    """A notice as the flight intent that it declares."""
    rows = declared_rows(notice)
    aircraft = tuple(row for row in rows if row.use is Use.AIRCRAFT)
    activity = tuple(row for row in rows if row.use is Use.ACTIVITY)
    by, kind = notice.header.by, notice.activity_class
    if not aircraft:
        return Intent(ref, by, kind, tuple(rows), closed=closed)
    return Intent(ref, by, kind, aircraft, activity, closed)


def _passed(desk: Desk) -> list[Intent]:
    """Notices whose time is over, and which nobody closed, for a while: who still flies by one
    overruns it, who is not heard of is overdue."""
    after = f"{max(0, desk.now_ms - PASSED_MS):016d}|"
    refs = [key.partition("|")[2] for key, _ in desk.tx.records.scan("lapsed", after=after)]
    records = (admit.load(desk, ref) for ref in sorted(refs) if ref.startswith("notice:"))
    return [
        intent_of(record.ref, record.content)
        for record in records
        if record is not None and not record.closed and isinstance(record.content, Notice)
    ]


def _live(desk: Desk) -> Iterator[ItemRecord]:
    """What is open and still concerns somebody, in the order of the refs."""
    due = desk.tx.records.scan("due")
    refs = sorted({key.partition("|")[2] for key, mark in due if mark == admit.OPEN})
    for ref in refs:
        record = admit.load(desk, ref)
        if record is not None and assess.is_live(desk.agreement, record, desk.now_ms):
            yield record
