"""How many alarms there are, against what an officer can bear (EEMUA 191; ISA-18.2, clause 16).

Counts of the last day only, in bounded memory: exact to the second for ten minutes (the flood),
to the minute beyond. A clock that is set back forgets what it had counted behind it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parley.watch.alarms.alarm import SLEW_MS, Alarm
from parley.watch.alarms.states import State
from parley.watch.alarms.table import Priority

TEN_MINUTES_S = 600
HOUR_MIN = 60
DAY_MIN = 1440
DAY_MS = 86_400_000
MAX_FLOODS = 256

REFERENCE_A_DAY = 150
REFERENCE_IN_10_MIN = 10
REFERENCE_FLOOD_PERMILLE = 10
REFERENCE_PERCENT: Mapping[str, int] = {"high and critical": 5, "medium": 15, "low": 80}
"""For one officer: EEMUA 191 and ISA-18.2 give about 150 a day and at most 10 in ten minutes,
less than 1 % of the time in flood, and priorities of about 5, 15 and 80 %."""


@dataclass(frozen=True, slots=True)
class Minute:
    """New alarms by priority (critical, high, medium, low) in one minute since the epoch;
    acknowledgements and how long they took together."""

    minute: int
    raised: tuple[int, int, int, int] = (0, 0, 0, 0)
    acknowledged: int = 0
    waited_ms: int = 0


@dataclass(frozen=True, slots=True)
class TallyState:
    """What a tally remembers. seconds: (second since the epoch, new alarms); floods: (begin, end)
    in ms."""

    began_ms: int = 0
    seconds: tuple[tuple[int, int], ...] = ()
    minutes: tuple[Minute, ...] = ()
    floods: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """New alarms (raised, raised again, risen; gathered ones too), of the last day at most.

    since_ms: since when it was counted. peak_10_min: the most in any ten minutes of whole
    minutes. stale: active for more than a day. left_out: LOW ones for which the book had no room,
    at the last step; dropped: returned ones that nobody acknowledged and that made room.
    acknowledge_ms: the mean time to an acknowledgement, None without one. flood_permille: of the
    time since ``since_ms``.
    """

    now_ms: int
    since_ms: int
    in_10_min: int
    in_hour: int
    in_day: int
    peak_10_min: int
    by_priority: Mapping[Priority, int]
    acknowledged: int
    acknowledge_ms: int | None
    flood_permille: int
    standing: int
    unacknowledged: int
    shelved: int
    suppressed: int
    stale: int
    left_out: int
    dropped: int

    @property
    def percent(self) -> Mapping[str, int]:
        """The distribution of priorities, named as in ``REFERENCE_PERCENT``; {} without alarms."""
        if not self.in_day:
            return {}
        by = self.by_priority
        counts = (by[Priority.CRITICAL] + by[Priority.HIGH], by[Priority.MEDIUM], by[Priority.LOW])
        return {
            name: round(100 * n / self.in_day)
            for name, n in zip(REFERENCE_PERCENT, counts, strict=True)
        }

    @property
    def bearable(self) -> bool:
        """Within the reference of a day and of ten minutes."""
        return self.in_day <= REFERENCE_A_DAY and self.peak_10_min <= REFERENCE_IN_10_MIN


class Tally:
    """Counts new alarms, acknowledgements and floods as time passes."""

    def __init__(self, state: TallyState = TallyState()) -> None:
        self._began_ms = state.began_ms
        self._seconds = deque(state.seconds)
        self._recent = sum(n for _, n in state.seconds)
        self._minutes = {m.minute: m for m in state.minutes}
        self._turned_min = -1
        self._floods: deque[tuple[int, int]] = deque(state.floods, MAX_FLOODS)

    def state(self) -> TallyState:
        return TallyState(
            self._began_ms,
            tuple(self._seconds),
            tuple(self._minutes[m] for m in sorted(self._minutes)),
            tuple(self._floods),
        )

    def turn(self, now_ms: int) -> None:
        """Forgets what is a day old, ten minutes for the flood, or behind a clock set back."""
        second, minute = now_ms // 1000, now_ms // 60_000
        if not self._began_ms or self._began_ms > now_ms + SLEW_MS:
            self._began_ms = now_ms
        while self._seconds and self._seconds[0][0] <= second - TEN_MINUTES_S:
            self._recent -= self._seconds.popleft()[1]
        while self._seconds and self._seconds[-1][0] > second + SLEW_MS // 1000:
            self._recent -= self._seconds.pop()[1]
        if minute != self._turned_min:
            self._turned_min = minute
            for old in [m for m in self._minutes if not minute - DAY_MIN < m <= minute + 1]:
                del self._minutes[old]
        while self._floods and self._floods[0][1] <= now_ms - DAY_MS:
            self._floods.popleft()

    def raised(self, priority: Priority, now_ms: int) -> int:
        """Counts one; how many there were in the last ten minutes."""
        second = now_ms // 1000
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))
        self._recent += 1
        was = self._minute(now_ms)
        counts = list(was.raised)
        counts[priority - 1] += 1
        c, h, m, low = counts
        self._minutes[was.minute] = Minute(
            was.minute, (c, h, m, low), was.acknowledged, was.waited_ms
        )
        return self._recent

    def acknowledged(self, waited_ms: int, now_ms: int) -> None:
        was = self._minute(now_ms)
        self._minutes[was.minute] = Minute(
            was.minute, was.raised, was.acknowledged + 1, was.waited_ms + max(0, waited_ms)
        )

    def flooded(self, began_ms: int, ended_ms: int) -> None:
        self._floods.append((began_ms, max(began_ms, ended_ms)))

    @property
    def recent(self) -> int:
        """New alarms in the last ten minutes, as of the last turn."""
        return self._recent

    def rates(
        self,
        alarms: Iterable[Alarm],
        now_ms: int,
        *,
        flood_ms: int | None,
        left_out: int,
        dropped: int,
    ) -> Rates:
        """flood_ms: since when a flood goes on, None without one."""
        self.turn(now_ms)
        minutes = self._minutes.values()
        since_ms = max(self._began_ms, now_ms - DAY_MS)
        acknowledged = sum(m.acknowledged for m in minutes)
        waited_ms = sum(m.waited_ms for m in minutes)
        listed = list(alarms)
        hour = now_ms // 60_000 - HOUR_MIN
        return Rates(
            now_ms=now_ms,
            since_ms=since_ms,
            in_10_min=self._recent,
            in_hour=sum(sum(m.raised) for m in minutes if m.minute > hour),
            in_day=sum(sum(m.raised) for m in minutes),
            peak_10_min=max(self._recent, self._peak()),
            by_priority={p: sum(m.raised[p - 1] for m in minutes) for p in Priority},
            acknowledged=acknowledged,
            acknowledge_ms=waited_ms // acknowledged if acknowledged else None,
            flood_permille=self._flood_permille(since_ms, now_ms, flood_ms),
            standing=sum(a.standing for a in listed),
            unacknowledged=sum(a.state is State.UNACKNOWLEDGED for a in listed),
            shelved=sum(a.state is State.SHELVED for a in listed),
            suppressed=sum(a.state is State.SUPPRESSED for a in listed),
            stale=sum(a.standing and a.active and now_ms - a.raised_ms > DAY_MS for a in listed),
            left_out=left_out,
            dropped=dropped,
        )

    def _minute(self, now_ms: int) -> Minute:
        minute = now_ms // 60_000
        return self._minutes.get(minute) or Minute(minute)

    def _peak(self) -> int:
        """The most new alarms in any ten whole minutes."""
        raised = {m.minute: sum(m.raised) for m in self._minutes.values()}
        return max(
            (sum(raised.get(last - back, 0) for back in range(10)) for last in raised),
            default=0,
        )

    def _flood_permille(self, since_ms: int, now_ms: int, flood_ms: int | None) -> int:
        floods = [*self._floods, *([] if flood_ms is None else [(flood_ms, now_ms)])]
        within_ms = sum(max(0, min(end, now_ms) - max(begin, since_ms)) for begin, end in floods)
        return min(1000, 1000 * within_ms // max(1, now_ms - since_ms))
