"""Findings that stand: kept by key, opened, changed and closed in the journal, never repeated.

Tables: finding (key: the finding), about (ref|key: nothing), finding-order (place in the order of
urgency: key), so that a page of them costs what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parley.errors import IntegrityError
from parley.node import tally
from parley.node.codec import finding_bytes, finding_from
from parley.node.desk import Desk
from parley.node.ports import Tx
from parley.rules.findings import LIAISON, WATCHED, Finding, Kind, Level, bare

BY_VOLUME = frozenset({Kind.CONFLICT, Kind.BYSTANDER, Kind.NO_ALL_CLEAR})
BY_PLACE = frozenset({Kind.PLACE_MISMATCH})
PAIRWISE = BY_VOLUME | BY_PLACE
NOT_PASSED_ON = frozenset({Kind.DISTRESS_NOT_PASSED_ON})
OF_ANSWERS = frozenset(
    {
        Kind.LEAD_TIME_RECEIVED,
        Kind.OBJECTION,
        Kind.READ_BACK_MISMATCH,
        Kind.UNACKNOWLEDGED,
    }
)
ANNOUNCED = frozenset({Kind.NONCONFORMANCE})
OF_WORDS = frozenset(Kind) - PAIRWISE - NOT_PASSED_ON - OF_ANSWERS - LIAISON - (WATCHED - ANNOUNCED)


def of_words(ref: str) -> frozenset[Kind]:
    """The kinds that follow from the words of this item alone. That a notice is not kept stands
    about the notice too, and follows from the announcement's words, not from the notice's."""
    return OF_WORDS if ref.startswith("nonconformance:") else OF_WORDS - ANNOUNCED


CHANGES = "findings"
"""The counter of everything that changed among the findings that stand."""

ORDER = "finding-order"
"""The table of all findings in the order of ``rules.findings.order``."""
_LATE_MS = 10**15
"""Added to instants, so that those before 1970 have their place too."""
_END, _NEXT = "\x01", "\x02"
"""Below every sign of what they divide: a shorter list comes before one that goes on."""

_KIND_OF = {kind.value: kind for kind in Kind}


def place(finding: Finding) -> str:
    """Text that sorts as ``rules.findings.order`` does."""
    words = (finding.kind.value, _NEXT.join(finding.refs), _NEXT.join(finding.codes))
    return f"{9 - finding.level}{finding.from_ms + _LATE_MS:016d}{_END.join(words)}{_END}"


def page(tx: Tx, after: str, limit: int) -> Iterator[tuple[str, Finding]]:
    """Up to ``limit`` findings behind the place ``after``, most urgent first, each with its own
    place; a limit below 0 for all."""
    for at, key in tx.records.scan(ORDER, after=after, limit=limit):
        data = tx.records.get("finding", key.decode())
        if data is None:
            raise IntegrityError(f"the finding {key.decode()!r} has a place and is not stored")
        yield at, finding_from(data)


def put_in_order(tx: Tx) -> None:
    """Gives each finding its place, in a store that was written before findings had one."""
    records = tx.records
    if any(True for _ in records.scan(ORDER, limit=1)):
        return
    for key, data in list(records.scan("finding")):
        tally.add(tx, ORDER, 1)
        records.put(ORDER, place(finding_from(data)), key.encode())


def about(desk: Desk, ref: str, kinds: frozenset[Kind] = frozenset(Kind)) -> list[Finding]:
    """Findings of these kinds that stand about ``ref``, in the order of their keys."""
    found = []
    for entry, _ in desk.tx.records.scan("about", f"{ref}|"):
        key = entry[len(ref) + 1 :]
        if _KIND_OF.get(key.partition("|")[0]) not in kinds:
            continue
        data = desk.tx.records.get("finding", key)
        if data is not None:
            found.append(finding_from(data))
    return found


def replace(
    desk: Desk,
    ref: str,
    kinds: frozenset[Kind],
    found: Iterable[Finding],
    *,
    new: bool = False,
) -> None:
    """From now on exactly ``found`` stands about ``ref``, of these kinds; what is only for
    information (a lead time that was kept) needs nobody and does not stand.

    An event for what opens and closes, and for a change of level, codes or version; a measure
    alone that moves is stored and makes no noise. ``new``: nothing stood about ``ref`` before.
    """
    before = {} if new else {f.key: f for f in about(desk, ref, kinds)}
    after = {f.key: f for f in found if f.level > Level.INFO}
    for key, gone in before.items():
        if key not in after:
            _drop(desk, gone)
            desk.event("finding-closed", gone.as_json())
    for key, now in after.items():
        was = before.get(key)
        if was == now:
            continue
        _keep(desk, now, was)
        if was is None:
            desk.event("finding-opened", now.as_json())
        elif (was.level, was.codes, was.refs) != (now.level, now.codes, now.refs):
            desk.event("finding-changed", now.as_json())


def _refs(finding: Finding) -> list[str]:
    return [bare(ref) for ref in finding.refs]


def _keep(desk: Desk, finding: Finding, was: Finding | None) -> None:
    desk.number(CHANGES)
    records = desk.tx.records
    records.put("finding", finding.key, finding_bytes(finding))
    at = place(finding)
    before = at if was is None else place(was)
    if was is None:
        tally.add(desk.tx, ORDER, 1)
    elif before != at:
        records.delete(ORDER, before)
    if was is None or before != at:
        records.put(ORDER, at, finding.key.encode())
    if was is None:
        for ref in _refs(finding):
            records.put("about", f"{ref}|{finding.key}", b"")


def _drop(desk: Desk, finding: Finding) -> None:
    desk.number(CHANGES)
    records = desk.tx.records
    records.delete("finding", finding.key)
    tally.add(desk.tx, ORDER, -1)
    records.delete(ORDER, place(finding))
    for ref in _refs(finding):
        records.delete("about", f"{ref}|{finding.key}")
