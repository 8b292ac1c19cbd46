"""A flight of ours that does not keep to its notice is announced to all others, and so is its end.

In the transaction that keeps the finding: no nonconformance is kept and not announced. Only our
own flights: what we see of others' is for our officers. Source: ASTM F3548-21, the manager of an
operational intent declares it nonconforming.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parley.errors import InputError, ProtocolError
from parley.node import admit, post
from parley.node.desk import Desk
from parley.rules.findings import Finding, Kind, Level
from parley.rules.lifecycle import CLOSED
from parley.rules.statements import Deviation, Step
from parley.space import Area, Band
from parley.watch.changes import Change, Changed

TABLE = "announced"


class Where(Protocol):
    """Where a track of ours may be now, by its ref ("track:ID"); None if we do not have it."""

    def __call__(self, ref: str) -> tuple[Area, Band | None] | None: ...


def follow(desk: Desk, changed: Sequence[Changed], where: Where, *, role: str) -> list[str]:
    """Announce what opened or changed, lift what closed; the refs that were announced."""
    told = []
    for one in changed:
        finding = one.finding
        if finding.kind is not Kind.NONCONFORMANCE or not _is_ours(desk, finding):
            continue
        if one.change is Change.CLOSED:
            _lift(desk, finding, role)
        elif finding.level >= Level.WARNING:
            told.append(_announce(desk, finding, where, role))
    return told


def _is_ours(desk: Desk, finding: Finding) -> bool:
    """Its first ref is the notice that it departs from; only a notice's author announces it."""
    record = admit.load(desk, finding.refs[0])
    return record is not None and record.author == desk.context.party


def _announce(desk: Desk, finding: Finding, where: Where, role: str) -> str:
    held = desk.tx.records.get(TABLE, finding.key)
    place = where(finding.refs[-1])
    posted = post.nonconformance(
        desk,
        role=role,
        notice=finding.refs[0].partition(":")[2],
        codes=[code for code in finding.codes if code in set(Deviation)],
        since_ms=min(finding.from_ms, desk.now_ms),
        area=None if place is None else place[0],
        band=None if place is None else place[1],
        earlier=_open_item(desk, held),
        text="",
    )
    desk.tx.records.put(TABLE, finding.key, posted.ref.encode())
    return posted.ref


def _open_item(desk: Desk, held: bytes | None) -> str:
    """The id of what we announced before, if it is still raised; else ""."""
    record = admit.load(desk, held.decode()) if held else None
    return "" if record is None or record.state in CLOSED else record.item


def _lift(desk: Desk, finding: Finding, role: str) -> None:
    held = desk.tx.records.get(TABLE, finding.key)
    if held is None:
        return
    desk.tx.records.delete(TABLE, finding.key)
    if _open_item(desk, held):
        try:
            post.step(desk, held.decode(), Step.ALL_CLEAR, role=role, text="")
        except (InputError, ProtocolError):
            return  # an officer lifted it meanwhile
