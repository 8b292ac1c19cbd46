"""What a node answers with: plain values for the rooms above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from parley.errors import PeerError
from parley.ledger import Kind
from parley.rules.findings import Finding
from parley.rules.item import ItemRecord


@dataclass(frozen=True, slots=True)
class Posted:
    """A statement of ours that is durable. ref: "notice:il-1"; index: in our own log.

    note: the exact signed bytes; findings: about it, at this moment, most urgent first.
    record: the item's record behind it, None for observations and presences.
    copies: the hash of each addressee's own note, where each has its own; note is the first.
    logged: False for what our log could not take: it is on its way all the same, index is
    negative, and our own record of it is lost if the node stops before the log has it.
    """

    ref: str
    version: int
    index: int
    note: bytes
    note_hash: str
    findings: tuple[Finding, ...]
    record: ItemRecord | None = None
    copies: Mapping[str, str] = field(default_factory=dict)
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one note that a peer sent: its receipt (exact bytes), or the refusal."""

    note_hash: str
    receipt: bytes | None = None
    refused: PeerError | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One note on its way to one peer. ``index`` is its place in our own log; negative for one
    that our log could not take (see ``afloat``)."""

    index: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge of ours (its hash): note_hash was to reach ``to`` through ``via``. outcome:
    "receipt", "refused", "no answer", or "" while nothing came."""

    challenge: str
    ref: str
    note_hash: str
    to: str
    via: str
    at_ms: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """What an officer must see at once though no store has it; gone when the node stops.

    number: 1, 2, 3 ... since the node started. kind: "afloat-received" (a STOP or DISTRESS of a
    peer that we could not keep, and so gave no receipt for), "afloat-refused" (a peer refused a
    statement of ours that our log does not have), "afloat-stuck" (our log refuses it).
    """

    number: int
    at_ms: int
    kind: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One line of the node's journal, for the stream of events.

    seq: 1, 2, 3 ... without a gap. kind: "item", "paper", "finding-opened", "finding-changed",
    "finding-closed", "link", "refused", "answer-dropped", "clock-back", "keys", "unwitnessed",
    "witnessed", "exhibit", "behind", "confirmed", "clock-differs", "leak", "afloat-logged",
    "challenged", "testimony"; of the live watch "watch-opened", "watch-changed", "watch-closed",
    "alarm-*" and "flood-*" (see ``watch.alarms.alarm.Told``), "alarm-book-damaged",
    "track-claimed", "track-bound", "moving-hazard", "moving-hazard-ended"; of the console
    "draft-*", "handover-*", "watch-unmanned", "presence". data: JSON of strings, integers,
    lists. docs/console/events.md lists them all.
    """

    seq: int
    at_ms: int
    kind: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of our own log: what it is, whose statement, and the statement itself.

    witnessed: below a head of ours that enough others cosigned. A head that we cosigned has the
    type "checkpoint" and origin, size and root (hex) as its body."""

    index: int
    kind: Kind
    note: bytes
    type: str
    by: str
    at_ms: int
    body: Mapping[str, object]
    witnessed: bool = False


class NodeState(StrEnum):
    """Whether peers know no later history of our log than we do."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"  # no peer has been asked yet
    BEHIND = "behind"  # a peer holds a head of ours that our log does not lead to


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How far our log is held by others. size: entries below a head that ``quorum`` parties
    cosigned (0: none), at_s: when, by their clocks. by: the largest head of ours that each party
    cosigned, and when. head_size: of our newest head."""

    size: int
    at_s: int
    by: Mapping[str, tuple[int, int]]
    quorum: int
    state: NodeState
    head_size: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """The link to one peer as this node sees it. up: we reached it lately and heard from it.

    reached_ms: its last answer to us; heard_ms: its last sign of life at our door; -1: never.
    pending: notes it has not receipted yet. error: why the last try failed, "" if it did not.
    proofs_error: the same for heads and mirrors. cosigned_size: our largest head it cosigned.
    """

    peer: str
    up: bool
    since_ms: int
    reached_ms: int
    heard_ms: int
    pending: int
    error: str = ""
    proofs_error: str = ""
    cosigned_size: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """party, agreement, log size and root (hex), open items, counts by layer, links."""

    party: str
    agreement_ref: str
    now_ms: int
    log_size: int
    log_root: str
    open_items: int
    declared_volumes: int
    hazard_volumes: int
    findings: int
    pending: Mapping[str, int]
    refused_by_peers: int
    links: tuple[Link, ...] = ()
    witnessed: Witnessed = Witnessed(0, 0, {}, 1, NodeState.CONFIRMED)
    exhibits: int = 0
    suspicions: int = 0
    afloat: int = 0
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Findings, most urgent first. after: where the next page begins, "" at the end; total: of
    all that stand."""

    findings: tuple[Finding, ...]
    after: str
    total: int


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """Items in the order of their refs; after: where the next page begins, "" at the end."""

    records: tuple[ItemRecord, ...]
    after: str
