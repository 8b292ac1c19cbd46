"""An alarm, what is told of it, and what an officer did: values; the book that keeps them is in
``book``. Instants are milliseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parley.rules.findings import Finding, Level
from parley.watch.alarms.states import State
from parley.watch.alarms.table import TABLE, Priority

FLOOD_KEY = "flood"
SLEW_MS = 60_000
"""A clock that is put back by no more than this is being set right, not set back."""


class Told(StrEnum):
    RAISED = "alarm-raised"
    RAISED_AGAIN = "alarm-raised-again"
    CHANGED = "alarm-changed"
    RETURNED = "alarm-returned"
    ACKNOWLEDGED = "alarm-acknowledged"
    SHELVED = "alarm-shelved"
    UNSHELVED = "alarm-unshelved"
    SUPPRESSED = "alarm-suppressed"
    ESCALATED = "alarm-escalated"
    FLOOD_BEGAN = "flood-began"
    FLOOD_ENDED = "flood-ended"


NOISY = frozenset({
    Told.RAISED, Told.RAISED_AGAIN, Told.UNSHELVED, Told.ESCALATED, Told.FLOOD_BEGAN,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """Who did it, by duty role, and when."""

    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """Who shelved it, why, since and until when. A rise above ``Alarm.peak`` ends it at once."""

    by: str
    reason: str
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition that needs a response, from its raising until it is over and seen.

    finding: as it was last, also behind its end. active: the condition holds now. count: how
    often it came, while the book remembers it. raised_ms: when it came last; told_ms: when it
    was annunciated last, anew or because its level rose; changed_ms: when its state or its words
    changed; waits_ms: since when it waits for an officer. peak: the level that was told, or at
    which it was shelved; below_ms: since when its level is lower, 0 if it is not. opens_ms: when
    it came, the last few times; gone_ms: when it last went. flood: gathered, not annunciated.
    group: the key of the first alarm about the same subject, "" if it is alone or is that one
    (then ``first_out``).
    """

    finding: Finding
    priority: Priority
    state: State
    raised_ms: int
    told_ms: int
    changed_ms: int
    waits_ms: int
    peak: Level
    active: bool = True
    count: int = 1
    acknowledged: Act | None = None
    shelf: Shelf | None = None
    escalations: int = 0
    flood: bool = False
    first_out: bool = False
    group: str = ""
    below_ms: int = 0
    opens_ms: tuple[int, ...] = ()
    gone_ms: int = 0

    @property
    def key(self) -> str:
        return self.finding.key

    @property
    def response(self) -> str:
        return TABLE[self.finding.kind].response

    @property
    def standing(self) -> bool:
        """On the officer's list: neither over, nor shelved, nor suppressed."""
        return _RANK[self.state] < _RANK[State.SHELVED]

    @property
    def escalates(self) -> bool:
        """It holds, was annunciated, is more than LOW, and nobody has acknowledged it."""
        waits = self.state is State.UNACKNOWLEDGED and self.active and not self.flood
        return waits and self.priority is not Priority.LOW


_RANK = {
    State.UNACKNOWLEDGED: 0,
    State.RETURNED: 1,
    State.LATCHED: 2,
    State.ACKNOWLEDGED: 3,
    State.SHELVED: 4,
    State.SUPPRESSED: 5,
    State.NORMAL: 6,
}


@dataclass(frozen=True, slots=True)
class Flood:
    """count: alarms gathered since it began; first: the keys of the first of them."""

    began_ms: int
    count: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One change, told once. alarm: as it is behind the change, None for a flood. role: who did
    it, or to whom it is escalated."""

    kind: Told
    key: str
    now_ms: int
    alarm: Alarm | None = None
    flood: Flood | None = None
    role: str = ""

    @property
    def annunciated(self) -> bool:
        """Whether it makes a noise: the rest is shown and recorded."""
        quiet = self.alarm is not None and (self.alarm.flood or not self.alarm.standing)
        return self.kind in NOISY and not quiet


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an officer's act. event is None if it was done before: ``before`` says by whom
    and when."""

    alarm: Alarm
    event: AlarmEvent | None
    before: Act | None = None


def urgency(alarm: Alarm) -> tuple[int, int, int, str]:
    """The order of an alarm list: priority, unacknowledged first, then time."""
    return alarm.priority, _RANK[alarm.state], alarm.raised_ms, alarm.key


def passed(since_ms: int, now_ms: int, for_ms: int) -> bool:
    """Whether so long has passed, or the clock was set back behind ``since_ms``."""
    return now_ms - since_ms >= for_ms or since_ms - now_ms > SLEW_MS
