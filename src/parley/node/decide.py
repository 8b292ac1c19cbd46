"""Decisions: what a person did on which lives depend, and what our side knew at that moment.

The entry stands in our log in front of the statement that it led to: our own size and root, the
newest heads of the peers that we hold, the findings that stood. So nobody, we included, can claim
later to have known less, or more. Evidence shows decisions to others: of a finding about what is
told to nobody (a protected presence, a track of ours) a decision names the kind and no more.
"""

from __future__ import annotations

from parley.ledger import Decision, Kind, seal_decision
from parley.ledger.decision import MAX_FINDINGS, MAX_SEEN_HEADS
from parley.node import standing
from parley.node.desk import Desk
from parley.rules.findings import Finding, Level, order
from parley.rules.statements import (
    Answer,
    Distress,
    ItemEvent,
    Notice,
    Rung,
    Statement,
    Stop,
)

DECIDED = frozenset({Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE})
_KEY_CHARS = 400
_OURS = ("presence:", "track:")


def act_of(statement: Statement) -> str:
    """The word for the act; "" for what is no decision (a rung read, a report, a bare notice)."""
    if isinstance(statement, Stop):
        return "stop"
    if isinstance(statement, Distress):
        return "distress"
    if isinstance(statement, ItemEvent):
        return statement.step.value
    if isinstance(statement, Answer) and statement.rung in DECIDED:
        return statement.rung.value
    return ""


def log(desk: Desk, ref: str, statement: Statement) -> int | None:
    """The entry of the decision behind a statement that is about to be logged; its index, or
    None for what is none."""
    act = act_of(statement)
    return _log(desk, act, ref, statement) if act else None


def release(desk: Desk, ref: str, notice: Notice) -> int | None:
    """The same for a notice or an amendment that is released although findings at WARNING or
    above stand about it."""
    if all(finding.level < Level.WARNING for finding in standing.about(desk, ref)):
        return None
    return _log(desk, "release" if notice.version == 1 else "amend", ref, notice)


def _told(finding: Finding) -> str:
    """The key of a finding, or its kind where the key names what we show nobody."""
    return finding.kind.value if any(ref.startswith(_OURS) for ref in finding.refs) else finding.key


def _log(desk: Desk, act: str, ref: str, statement: Statement) -> int:
    size, root = desk.known.root(desk.tx)
    stood = dict.fromkeys(_told(finding) for finding in order(standing.about(desk, ref)))
    header = statement.header
    decision = Decision(
        party=header.by,
        act=act,
        ref=ref,
        version=getattr(statement, "version", 0),
        role=header.role,
        at_ms=header.at_ms,
        log=desk.context.origin,
        size=size,
        root=root,
        heads=desk.known.heads(desk.tx, MAX_SEEN_HEADS),
        findings=tuple(key for key in stood if len(key) <= _KEY_CHARS)[:MAX_FINDINGS],
    )
    return desk.log(Kind.DECISION, seal_decision(decision, desk.context.key), ref)
