"""What follows from a paper beyond itself: other records, findings about several of them.

``AFTER`` says by kind what is done behind a paper that was said, amended, withdrawn or replied
to; ``notice_changed`` what is done behind a notice. Everything here follows from the log alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord
from parley.node.desk import Desk
from parley.node.liaison import (
    across,
    directory,
    duties,
    hotline,
    incidents,
    pacts,
    releases,
    seattable,
)
from parley.rules.findings import Kind
from parley.rules.item import ItemRecord

After = Callable[[Desk, PaperRecord, PaperRecord | None], None]

ACROSS = frozenset(
    {
        Kind.UNIT_BLIND,
        Kind.OBLIGATION_NOT_MET,
        Kind.NOTICE_REQUESTED,
        Kind.CLAIMS_CONTRADICT,
        Kind.AMENDMENT_CONTESTED,
        Kind.RELEASE_BREACH,
    }
)
"""Kinds of findings that follow from more than one record."""

AFTER: Mapping[str, tuple[After, ...]] = {
    "message": (hotline.message_changed,),
    "check": (hotline.check_changed,),
    "line-report": (hotline.report_changed,),
    "obligation": (across.obligation_changed,),
    "notice-request": (duties.ask,),
    "unit": (across.unit_changed,),
    "relay": (across.relay_changed,),
    "consent-request": (releases.answered,),
    "release": (releases.released,),
    "claim": (incidents.claim_changed,),
    "incident": (incidents.incident_changed,),
    "person": (directory.person_changed,),
    "merge": (directory.merge_changed,),
    "proposal": (pacts.proposed,),
    "signature": (pacts.signed,),
    "handover": (seattable.changed,),
}


TURNS: Mapping[str, tuple[Callable[[Desk, PaperRecord], None], ...]] = {
    "obligation": (across.turned,),
    "notice-request": (duties.turned,),
    "unit": (across.turned,),
    "proposal": (pacts.turned,),
}
"""What is done besides when an instant of ``next_ms`` has come, by kind."""


def turned(desk: Desk, record: PaperRecord) -> None:
    """Everything that time brings about beyond a paper's own findings."""
    for one in TURNS.get(record.paper.kind, ()):
        one(desk, record)


BEFORE: Mapping[str, Callable[[Desk, Paper], None]] = {"release": releases.grounded}
"""What our own officers may not say, by kind: InputError. What others say is found, not refused."""


def before_saying(desk: Desk, paper: Paper) -> None:
    """Whether our own officers may say it."""
    if paper.kind in BEFORE:
        BEFORE[paper.kind](desk, paper)


def after(desk: Desk, record: PaperRecord, before: PaperRecord | None) -> None:
    """Everything that follows from this change of a paper."""
    for one in AFTER.get(record.paper.kind, ()):
        one(desk, record, before)


def notice_changed(desk: Desk, record: ItemRecord) -> None:
    """Everything in liaison that follows from a notice that was given, changed or closed."""
    across.item_changed(desk, record)
