"""Decisions: what a person did on which lives depend, and what our side knew at that moment.

The entry stands in our log in front of the statement that it led to: our own size and root, the
newest heads of the peers that we hold, the findings that stood. So nobody, we included, can claim
later to have known less, or more. Evidence shows decisions to others: of a finding about what is
told to nobody (a protected presence, a track of ours), or about another paper, a decision names the
kind and no more.
"""

from __future__ import annotations

from parley.ledger import Decision, Kind, seal_decision
from parley.ledger.decision import MAX_FINDINGS, MAX_SEEN_HEADS
from parley.liaison.deliveries.contents import Relay
from parley.liaison.directory.contents import Merge
from parley.liaison.kinds import KINDS
from parley.liaison.pacts.contents import Participation, Signature
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.releases.contents import Release
from parley.node import standing
from parley.node.desk import Desk
from parley.rules.findings import Finding, Level, bare, order
from parley.rules.statements import (
    Answer,
    Distress,
    ItemEvent,
    Notice,
    Rung,
    Stop,
)
from parley.wire.spoken import Spoken

DECIDED = frozenset({Rung.ACCEPTED, Rung.OBJECTED, Rung.UNABLE})
_KEY_CHARS = 400
_OURS = ("presence:", "track:")


_PAPERS = tuple(f"{kind}:" for kind in KINDS)


def act_of(statement: Spoken) -> str:
    """The word for the act; "" for what is no decision (a rung read, a report, a bare notice)."""
    if isinstance(statement, Reply):
        return statement.rung.value if statement.rung in DECIDED else ""
    if isinstance(statement, Paper):
        return _on_paper(statement.content)
    if isinstance(statement, Stop):
        return "stop"
    if isinstance(statement, Distress):
        return "distress"
    if isinstance(statement, ItemEvent):
        return statement.step.value
    if isinstance(statement, Answer) and statement.rung in DECIDED:
        return statement.rung.value
    return ""


def _on_paper(content: Content) -> str:
    """What binds or releases: a signature, a suspension, a merge, a release, an override."""
    if isinstance(content, Signature):
        return "sign"
    if isinstance(content, Participation):
        return content.stance.value
    if isinstance(content, Merge):
        return "unmerge" if content.undone else "merge"
    if isinstance(content, Release):
        return "release"
    return "override" if isinstance(content, Relay) and content.override else ""


def log(desk: Desk, ref: str, statement: Spoken) -> int | None:
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


def _told(finding: Finding, about: str) -> str:
    """The key of a finding, or its kind where the key names what we show nobody, or a paper that
    not everybody may have who may have this decision."""
    others = (ref for ref in finding.refs if bare(ref) != about)
    hidden = any(ref.startswith(_OURS) for ref in finding.refs)
    hidden = hidden or any(ref.startswith(_PAPERS) for ref in others)
    return finding.kind.value if hidden else finding.key


def _log(desk: Desk, act: str, ref: str, statement: Spoken) -> int:
    size, root = desk.known.root(desk.tx)
    stood = dict.fromkeys(_told(finding, ref) for finding in order(standing.about(desk, ref)))
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
