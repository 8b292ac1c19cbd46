"""How many changes of findings become durable: no feed can fill the log and the journal.

What is held back stays a change against what was told, so it is told when there is room, if it
still holds; what comes and goes meanwhile is counted. Alarms are told by their book, whatever is
held back here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from parley.rules.findings import Kind, Level
from parley.watch.changes import Change, Changed

MINUTE_MS = 60_000
FOR_ONE, WINDOW_MS = 6, 10 * MINUTE_MS
"""So often within this one finding opens or changes."""
SAY_MS = MINUTE_MS
ALWAYS = frozenset({Kind.NONCONFORMANCE})
"""What is announced to all others is never held back here."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Since when changes are held back; how many wait now, and how many came and went unsaid."""

    since_ms: int
    waiting: int
    unsaid: int

    def as_json(self) -> dict[str, object]:
        return {"since_ms": self.since_ms, "waiting": self.waiting, "unsaid": self.unsaid}


class _Bucket:
    """``a_minute`` in the long run, twice as many at once; a quarter is left to the urgent."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._level = 2.0 * a_minute
        self._at_ms = -1

    def room(self, now_ms: int) -> tuple[int, int]:
        """For urgent changes, and for others."""
        passed_ms = now_ms - self._at_ms if self._at_ms >= 0 else 0
        self._at_ms = now_ms
        more = self._a_minute * min(max(0, passed_ms), 2 * MINUTE_MS) / MINUTE_MS
        self._level = min(2.0 * self._a_minute, self._level + more)
        return int(self._level), int(self._level - self._a_minute / 2)

    def spend(self, count: int) -> None:
        self._level -= count


class Quota:
    """``admit`` what may be kept now, ``spend`` it when it is kept. Closings are always admitted:
    what closes was admitted when it opened. recorded: whether each goes into the log as well."""

    def __init__(self, *, recorded_a_minute: int = 600, others_a_minute: int = 3_000) -> None:
        self._buckets = {True: _Bucket(recorded_a_minute), False: _Bucket(others_a_minute)}
        self._lately: dict[str, deque[int]] = {}
        self._waiting: frozenset[str] = frozenset()
        self._since_ms = self._said_ms = self._held_ms = -1
        self._unsaid = 0
        self._over: HeldBack | None = None

    def admit(
        self, changed: Sequence[Changed], recorded: Sequence[bool], now_ms: int
    ) -> list[Changed]:
        """Of these the ones that may be kept now, the most urgent first served, in their order."""
        room = {kind: bucket.room(now_ms) for kind, bucket in self._buckets.items()}
        used = {True: 0, False: 0}
        chosen: set[int] = set()
        for n in sorted(range(len(changed)), key=lambda n: (-changed[n].finding.level, n)):
            one, kind = changed[n], recorded[n]
            if one.change is Change.CLOSED or one.finding.kind in ALWAYS:
                chosen.add(n)
                continue
            most = room[kind][0 if one.finding.level >= Level.URGENT else 1]
            if used[kind] < most and self._may(one.finding.key, now_ms):
                used[kind] += 1
                chosen.add(n)
        held = frozenset(one.finding.key for n, one in enumerate(changed) if n not in chosen)
        self._hold(held, {changed[n].finding.key for n in chosen}, now_ms)
        return [one for n, one in enumerate(changed) if n in chosen]

    def spend(self, kept: Sequence[Changed], recorded: Sequence[bool], now_ms: int) -> None:
        """These were kept."""
        for one, kind in zip(kept, recorded, strict=True):
            if one.change is not Change.CLOSED:
                self._buckets[kind].spend(1)
                lately = self._lately.setdefault(one.finding.key, deque(maxlen=FOR_ONE))
                lately.append(now_ms)
        self._forget(now_ms)

    def to_say(self, now_ms: int) -> HeldBack | None:
        """What is to be said of what is held back: when it begins, once a minute, when it is
        over (then nothing waits)."""
        if self._over is not None:
            return self._over
        if self._since_ms >= 0 and not 0 <= now_ms - self._said_ms < SAY_MS:
            return HeldBack(self._since_ms, len(self._waiting), self._unsaid)
        return None

    def said(self, now_ms: int) -> None:
        self._said_ms, self._over = now_ms, None

    def _may(self, key: str, now_ms: int) -> bool:
        lately = self._lately.get(key)
        if lately is None or len(lately) < FOR_ONE:
            return True
        return not 0 <= now_ms - lately[0] < WINDOW_MS

    def _hold(self, held: frozenset[str], admitted: set[str], now_ms: int) -> None:
        self._unsaid += len(self._waiting - held - admitted)
        self._waiting = held
        if held:
            self._held_ms = now_ms
            if self._since_ms < 0:
                self._since_ms, self._said_ms = now_ms, -SAY_MS
        elif self._since_ms >= 0 and not 0 <= now_ms - self._held_ms < SAY_MS:
            self._over = HeldBack(self._since_ms, 0, self._unsaid)
            self._since_ms, self._unsaid = -1, 0

    def _forget(self, now_ms: int) -> None:
        if len(self._lately) > 4_096:
            self._lately = {
                key: lately
                for key, lately in self._lately.items()
                if 0 <= now_ms - lately[-1] < WINDOW_MS
            }
