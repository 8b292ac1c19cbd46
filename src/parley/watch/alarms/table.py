"""What is an alarm, how urgent it is, and what is done about it: one row for each kind of finding.

An alarm is a condition that needs a response in time (ISA-18.2, 3.1.7); a level that stands in no
row is an event: it is recorded and makes no noise. docs/alarms.md is made from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from parley.rules.findings import Finding, Kind, Level


class Priority(IntEnum):
    """How urgently an alarm is answered: the most urgent first."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4


@dataclass(frozen=True, slots=True)
class Rationale:
    """The priorities of one kind by its levels, and the response that it needs."""

    priorities: Mapping[Level, Priority]
    response: str


def _row(response: str, advisory: str, warning: str, urgent: str) -> Rationale:
    names = {Level.ADVISORY: advisory, Level.WARNING: warning, Level.URGENT: urgent}
    return Rationale({level: Priority[name] for level, name in names.items() if name}, response)


_C, _H, _M, _L, _EVENT = "CRITICAL", "HIGH", "MEDIUM", "LOW", ""

TABLE: Mapping[Kind, Rationale] = {
    Kind.STOP: _row("Cease in the named place at once and tell that you ceased.", _C, _C, _C),
    Kind.DISTRESS: _row("Help, keep everybody clear of the place, pass it on.", _C, _C, _C),
    Kind.DISTRESS_NOT_PASSED_ON: _row("Send DISTRESS for it now.", _C, _C, _C),
    Kind.EMERGENCY: _row("Help it, keep everybody clear of it, send DISTRESS.", _H, _H, _C),
    Kind.BYSTANDER: _row("Tell it to keep clear, or tell the activity to hold.", _M, _H, _C),
    Kind.PREDICTED_ENTRY: _row(
        "Tell it to turn away before the hazard, or tell the activity to hold.", _M, _H, _C
    ),
    Kind.PREDICTED_LOSS: _row(
        "Agree with the other party who moves and tell that one.", _L, _H, _C
    ),
    Kind.THIRD_PARTY_OPEN: _row("Keep everybody clear of where it engages.", _M, _H, _C),
    Kind.PLACE_MISMATCH: _row(
        "Believe the track, move own flights clear of it, ask the author.", _M, _H, _C
    ),
    Kind.SENSOR_MISALIGNED: _row(
        "Identify nothing by this sensor; have it aligned again.", _L, _H, _C
    ),
    Kind.NO_ALL_CLEAR: _row(
        "Keep it out of the area and ask the author for the all-clear.", _L, _M, _H
    ),
    Kind.UNACKNOWLEDGED: _row("Call the party that owes the answer.", _L, _M, _H),
    Kind.CONFLICT: _row("Agree with the other author who moves, and amend.", _L, _M, _H),
    Kind.PLAN_CONFLICT: _row(
        "Tell the flight or the notice's author to keep clear of the other.", _L, _M, _H
    ),
    Kind.NONCONFORMANCE: _row(
        "Tell all others where it is, and ask its party what it intends.", _L, _M, _H
    ),
    Kind.IDENTITY_CONFLICT: _row(
        "Ask which one bears the name before anything is done by that name.", _L, _M, _H
    ),
    Kind.POSITION_DOUBTED: _row(
        "Keep clear of its whole circle and ask another sensor for it.", _L, _M, _H
    ),
    Kind.FEED_SILENT: _row("Restore the feed and tell what is not seen meanwhile.", _L, _M, _H),
    Kind.UNKNOWN_ACTOR: _row("Ask every party whose it is.", _L, _M, _H),
    Kind.OBJECTION: _row("Answer the objection or amend the notice.", _L, _M, _H),
    Kind.READ_BACK_MISMATCH: _row("Say the values again and hear them read back.", _L, _M, _H),
    Kind.LEAD_TIME: _row("Clear own flights from it, or ask whether it can wait.", _L, _M, _H),
    Kind.CONTRADICTION: _row("Amend it; if it is another's, ask its author.", _L, _M, _H),
    Kind.SHIELDING: _row(
        "Tell who stands behind to leave the line, and the other to hold.", _EVENT, _M, _H
    ),
    Kind.LEAD_TIME_RECEIVED: _row(
        "Make sure by voice that the addressee is clear.", _EVENT, _L, _M
    ),
    Kind.UNCLAIMED_ACTOR: _row("Ask the parties who answers for it.", _EVENT, _L, _M),
    Kind.IMPOSSIBLE_MOTION: _row(
        "Do not act on its place until another sensor confirms it.", _EVENT, _L, _M
    ),
    Kind.TRACK_LOST: _row("Ask its party where it is; keep clear of its circle.", _EVENT, _L, _M),
    Kind.UNIT_BLIND: _row(
        "Tell the unit by another way and get it read back, or tell the activity to hold.",
        _L,
        _M,
        _H,
    ),
    Kind.MESSAGE_UNREAD: _row("Call the addressee by voice.", _L, _M, _H),
    Kind.CHECK_MISSED: _row("Call by voice; if nobody answers, go to paper and voice.", _L, _M, _H),
    Kind.LINE_DEGRADED: _row("Use the way that was named instead.", _L, _M, _H),
    Kind.REPLY_OVERDUE: _row("Ask the party for its answer.", _EVENT, _L, _M),
    Kind.OBLIGATION_NOT_MET: _row(
        "Ask the author to amend, or record why it stands.", _EVENT, _L, _M
    ),
    Kind.NOTICE_REQUESTED: _row("Give the notice, or say that there is none.", _EVENT, _L, _M),
    Kind.RELEASE_BREACH: _row("Tell the originator, and ask the holder.", _EVENT, _L, _M),
    Kind.POSTURE_REVIEW: _row("Hold the review; propose what has to change.", _EVENT, _L, _M),
    Kind.SUSPENDED: _row("Ask on the line what is still kept to.", _L, _M, _H),
    Kind.COMMITMENT_OVERDUE: _row("Ask its owner for it.", _EVENT, _L, _M),
    Kind.EXPIRING: _row("Propose the renewal.", _EVENT, _L, _M),
    Kind.AMENDMENT_CONTESTED: _row("Talk; sign one of the two, or neither.", _EVENT, _L, _M),
    Kind.CLAIMS_CONTRADICT: _row("Put it on the disputed list.", _EVENT, _EVENT, _L),
}

SAFETY = frozenset({
    Kind.STOP, Kind.DISTRESS, Kind.DISTRESS_NOT_PASSED_ON, Kind.EMERGENCY, Kind.BYSTANDER,
    Kind.PREDICTED_ENTRY,
})  # fmt: skip
"""Never shelved, never gathered in a flood, never suppressed in an exercise. Predicted entry is
a bystander in a hazard with time left: to shelve it would throw that time away."""

LATCHES = frozenset({Kind.STOP, Kind.DISTRESS})
"""What stays until somebody has seen that it is over: a STOP lifted, a rescue ended."""


def priority_of(finding: Finding) -> Priority | None:
    """None: an event, nobody needs to respond."""
    return TABLE[finding.kind].priorities.get(finding.level)


def may_be_quieted(kind: Kind, level: Level) -> bool:
    """Whether a flood may gather, or an exercise suppress, an alarm of this kind and level: only
    MEDIUM and LOW ones, and never a kind of ``SAFETY``."""
    priority = TABLE[kind].priorities.get(level)
    return kind not in SAFETY and priority in {Priority.MEDIUM, Priority.LOW}
