"""A flight of ours that does not keep to its notice is announced to all others, and so is its end.

In the transaction that keeps the finding: no nonconformance is kept and not announced. Only our
own flights: what we see of others' is for our officers. The area that is told holds the flight for
a while on any course; new words follow when it has left that, or when it deviates otherwise.
Source: ASTM F3548-21, the manager of an operational intent declares it nonconforming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parley.errors import InputError, PeerError
from parley.node import admit, post
from parley.node.desk import Desk
from parley.node.watching.basis import Place
from parley.rules.findings import Finding, Kind, Level
from parley.rules.lifecycle import CLOSED
from parley.rules.statements import Deviation, Nonconformance, Step
from parley.space import Area, distance_m
from parley.watch.changes import Change, Changed

TABLE = "announced"
BY_THE_WATCH = "by the watch of our node; no person was asked"
LEAST_MS = 10_000
"""New words about one flight follow no sooner."""


class Where(Protocol):
    """Where a track of ours may be, by its ref ("track:ID"); None if we do not have it."""

    def __call__(self, ref: str) -> Place | None: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What was last announced of a flight."""

    codes: tuple[str, ...]
    area: Area | None
    at_ms: int


class Announced:
    """What stands announced, so that a beat knows without the store whether there is more to say.
    None for a finding of others."""

    def __init__(self) -> None:
        self._said: dict[str, Said | None] = {}

    def due(self, findings: Iterable[Finding], where: Where, now_ms: int) -> list[Finding]:
        """Of what is found now, what is to be announced or to be looked up."""
        standing = {
            f.key: f for f in findings if f.kind is Kind.NONCONFORMANCE and f.level >= Level.WARNING
        }
        self._said = {key: said for key, said in self._said.items() if key in standing}
        return [f for key, f in standing.items() if self._is_due(key, f, where, now_ms)]

    def keep(self, said: Mapping[str, Said | None]) -> None:
        self._said.update(said)

    def _is_due(self, key: str, finding: Finding, where: Where, now_ms: int) -> bool:
        if key not in self._said:
            return True
        said = self._said[key]
        return said is not None and _has_more(said, finding, where, now_ms)


def follow(
    desk: Desk,
    changed: Sequence[Changed],
    due: Sequence[Finding],
    where: Where,
    *,
    role: str,
) -> dict[str, Said | None]:
    """Lift what closed, announce what is due; what now stands announced, by the finding's key."""
    for one in changed:
        if one.change is Change.CLOSED and one.finding.kind is Kind.NONCONFORMANCE:
            _lift(desk, one.finding, role)
    return {finding.key: _said(desk, finding, where, role) for finding in due}


def _said(desk: Desk, finding: Finding, where: Where, role: str) -> Said | None:
    """Its first ref is the notice that it departs from; only a notice's author announces it."""
    record = admit.load(desk, finding.refs[0])
    if record is None or record.author != desk.context.party:
        return None
    held = desk.tx.records.get(TABLE, finding.key)
    open_ = admit.load(desk, held.decode()) if held else None
    earlier = ""
    if open_ is not None and open_.state not in CLOSED:
        words, earlier = open_.content, open_.item
        if isinstance(words, Nonconformance):
            said = Said(tuple(words.codes), words.area, words.header.at_ms)
            if not _has_more(said, finding, where, desk.now_ms):
                return said
    return _announce(desk, finding, where, earlier, role)


def _announce(desk: Desk, finding: Finding, where: Where, earlier: str, role: str) -> Said:
    place = where(finding.refs[-1])
    said = Said(_deviations(finding), None if place is None else place.soon, desk.now_ms)
    try:
        posted = post.nonconformance(
            desk,
            role=role,
            notice=finding.refs[0].partition(":")[2],
            codes=said.codes,
            since_ms=min(finding.from_ms, desk.now_ms),
            area=said.area,
            band=None if place is None else place.band,
            earlier=earlier,
            text=BY_THE_WATCH,
        )
    except (InputError, PeerError) as error:  # refused before anything was written
        desk.event("announcement-refused", {"key": finding.key, "error": str(error)})
        return said
    desk.tx.records.put(TABLE, finding.key, posted.ref.encode())
    return said


def _has_more(said: Said, finding: Finding, where: Where, now_ms: int) -> bool:
    """Whether it deviates otherwise or is no longer where it was said to be."""
    if 0 <= now_ms - said.at_ms < LEAST_MS:
        return False
    if _deviations(finding) != said.codes:
        return True
    place = where(finding.refs[-1])
    if place is None:
        return False
    if said.area is None:
        return True
    off_m = distance_m(Area.point(said.area.centre), Area.point(place.now.centre))
    return off_m + place.now.reach_m > said.area.reach_m


def _deviations(finding: Finding) -> tuple[str, ...]:
    """That its track is late besides is no deviation."""
    known = set(Deviation)
    return tuple(code for code in finding.codes if code in known)


def _lift(desk: Desk, finding: Finding, role: str) -> None:
    held = desk.tx.records.get(TABLE, finding.key)
    if held is None:
        return
    desk.tx.records.delete(TABLE, finding.key)
    record = admit.load(desk, held.decode())
    if record is not None and record.state not in CLOSED:  # no officer lifted it meanwhile
        post.step(desk, record.ref, Step.ALL_CLEAR, role=role, text=BY_THE_WATCH, by_person=False)
