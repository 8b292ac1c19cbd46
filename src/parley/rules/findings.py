"""Findings: what the rules conclude, as values that two nodes can compare byte for byte.

A finding holds only strings and integers, its members in a fixed order; measures are whole
metres, seconds or counts. Its words for people are made elsewhere. Two findings are about the
same thing when ``key`` is equal: that is what an alarm list and a store go by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    LEAD_TIME = "lead-time"
    LEAD_TIME_RECEIVED = "lead-time-received"
    CONTRADICTION = "self-contradiction"
    CONFLICT = "conflict"
    BYSTANDER = "bystander-in-hazard"
    PLACE_MISMATCH = "declared-place-mismatch"
    NO_ALL_CLEAR = "no-all-clear"
    UNACKNOWLEDGED = "unacknowledged"
    OBJECTION = "objection"
    READ_BACK_MISMATCH = "read-back-mismatch"
    STOP = "stop"
    DISTRESS = "distress"
    DISTRESS_NOT_PASSED_ON = "distress-not-passed-on"
    THIRD_PARTY_OPEN = "third-party-open"
    # What liaison keeps track of; the paper first, then who owes or what is touched
    MESSAGE_UNREAD = "message-unread"  # message, party
    CHECK_MISSED = "comms-check-missed"  # check, party
    LINE_DEGRADED = "line-degraded"  # line-report
    REPLY_OVERDUE = "reply-overdue"  # paper, party
    COMMITMENT_OVERDUE = "commitment-overdue"  # commitment
    OBLIGATION_NOT_MET = "obligation-not-met"  # notice, obligation
    NOTICE_REQUESTED = "notice-requested"  # notice-request
    UNIT_BLIND = "unit-assumed-blind"  # notice, unit
    RELEASE_BREACH = "release-without-grounds"  # release
    CLAIMS_CONTRADICT = "claims-contradict"  # claim, claim
    POSTURE_REVIEW = "posture-review-due"  # posture
    SUSPENDED = "agreement-suspended"  # participation
    EXPIRING = "agreement-expiring"  # agreement
    AMENDMENT_CONTESTED = "amendment-contested"  # proposal, proposal
    # What the live watch sees
    PREDICTED_LOSS = "predicted-loss-of-separation"  # track, track
    PLAN_CONFLICT = "track-against-plan"  # notice, track
    PREDICTED_ENTRY = "predicted-entry-into-hazard"  # hazard, track
    NONCONFORMANCE = "nonconformance"  # notice, track
    IMPOSSIBLE_MOTION = "kinematic-impossibility"  # track
    IDENTITY_CONFLICT = "identity-conflict"  # track
    POSITION_DOUBTED = "position-doubted"  # track
    SENSOR_MISALIGNED = "sensor-misaligned"  # sensor
    SHIELDING = "shielding-geometry"  # hazard, who stands between, who is behind
    UNKNOWN_ACTOR = "unknown-actor"  # track: nobody knows what it is
    UNCLAIMED_ACTOR = "unclaimed-actor"  # track: known, and no party answers for it
    TRACK_LOST = "track-lost"  # track
    EMERGENCY = "emergency"  # track
    FEED_SILENT = "feed-silent"  # feed


WATCHED = frozenset(list(Kind)[list(Kind).index(Kind.PREDICTED_LOSS) :])
"""The kinds that may follow from live tracks. NONCONFORMANCE follows also from its author's own
announcement; the others from tracks alone."""


LIAISON = frozenset(
    list(Kind)[list(Kind).index(Kind.MESSAGE_UNREAD) : list(Kind).index(Kind.PREDICTED_LOSS)]
)
"""The kinds that follow from papers, and from what papers say about items."""


SEEN = ("track:", "sensor:", "feed:")
"""Refs of what feeds named."""


def bare(ref: str) -> str:
    """The ref without an item's version. What feeds named has none, and may hold any sign."""
    return ref if ref.startswith(SEEN) else ref.partition("@")[0]


class Change(StrEnum):
    """What became of a finding between two looks at it."""

    OPENED = "opened"
    CHANGED = "changed"
    CLOSED = "closed"


class Level(IntEnum):
    """How soon somebody must do something. INFO needs nobody."""

    INFO = 0
    ADVISORY = 1
    WARNING = 2
    URGENT = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """kind and level; what it is about; who must know; when it holds; what was measured.

    refs: what the finding is about, in the kind's own order ("notice:il-1@2", "track:IL20").
    parties: party ids concerned, sorted. window_ms: closed, UTC. measures: sorted name and
    integer. codes: sorted words that qualify the kind (for example the cause of a hazard).
    """

    kind: Kind
    level: Level
    refs: tuple[str, ...]
    parties: tuple[str, ...]
    from_ms: int
    until_ms: int
    measures: tuple[tuple[str, int], ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Equal for findings about the same thing; versions of an item do not change it."""
        return "|".join((self.kind.value, *(bare(ref) for ref in self.refs)))

    @property
    def measured(self) -> dict[str, int]:
        return dict(self.measures)

    def as_json(self) -> dict[str, object]:
        """Integers and strings only: safe to sign, to hash and to compare."""
        return {
            "kind": self.kind.value,
            "level": self.level.name.lower(),
            "refs": list(self.refs),
            "parties": list(self.parties),
            "from_ms": self.from_ms,
            "until_ms": self.until_ms,
            "measures": dict(self.measures),
            "codes": list(self.codes),
        }


def finding(
    kind: Kind,
    level: Level,
    refs: Iterable[str],
    *,
    parties: Iterable[str],
    window_ms: tuple[int, int],
    measures: Mapping[str, int] | None = None,
    codes: Iterable[str] = (),
) -> Finding:
    """The one way to make a finding: sorts what has no order of its own."""
    return Finding(
        kind,
        level,
        tuple(refs),
        tuple(sorted({p for p in parties if p})),
        window_ms[0],
        window_ms[1],
        tuple(sorted((measures or {}).items())),
        tuple(sorted(set(codes))),
    )


def order(findings: Iterable[Finding]) -> list[Finding]:
    """Most urgent first, then by time, then by what they are about: the same at every node."""
    return sorted(findings, key=lambda f: (-f.level, f.from_ms, f.kind.value, f.refs, f.codes))


def canonical_bytes(findings: Iterable[Finding]) -> bytes:
    """One byte string for a set of findings, for two nodes to compare."""
    lines = [f.as_json() for f in order(findings)]
    return json.dumps(lines, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(findings: Iterable[Finding]) -> str:
    """SHA-256 of ``canonical_bytes``, hex."""
    return hashlib.sha256(canonical_bytes(findings)).hexdigest()
