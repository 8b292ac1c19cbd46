"""The alarm book: what stands, who saw it, what is shelved, and what is told, once a change.

Alarms as ISA-18.2 understands them, pairwise by the key of their finding. Pure: the same steps
and acts give the same book at every node. Invariants: a finding that needs a response stands, or
is shelved with a reason and an end, or suppressed in an exercise, or (LOW only, behind
``MAX_ALARMS``) counted as left out; what is in ``SAFETY`` stands, whatever else happens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from parley.rules.findings import Finding
from parley.rules.watching import AlarmRules
from parley.watch.alarms.alarm import (
    FLOOD_KEY,
    SLEW_MS,
    Act,
    Acted,
    Alarm,
    AlarmEvent,
    Flood,
    Shelf,
    Told,
    passed,
    urgency,
)
from parley.watch.alarms.checks import (
    by_table,
    check_alarms,
    check_role,
    check_seen,
    check_shelf,
    shelved_already,
    unknown,
)
from parley.watch.alarms.groups import FirstOut
from parley.watch.alarms.moves import (
    OPEN,
    OVER,
    arrived,
    most_urgent,
    raised,
    returned,
    same_words,
    suppressed,
    taken_off,
    wanted,
    wavering,
)
from parley.watch.alarms.rates import Rates, Tally, TallyState
from parley.watch.alarms.states import State, Step, advance
from parley.watch.alarms.table import Priority, may_be_quieted

MAX_ALARMS = 2_000
"""Behind so many no LOW alarm is taken in; it is counted as left out, and tried again."""
MAX_OVER = 500
"""So many that are over and wait to be seen are kept: the least urgent, then the oldest, go."""
MAX_HISTORY = 1_000
FIRST_LISTED = 5
SETTLE_MS = 300_000


@dataclass(frozen=True, slots=True)
class BookState:
    """What a book remembers across a restart; its history it does not."""

    at_ms: int = 0
    alarms: tuple[Alarm, ...] = ()
    flood: Flood | None = None
    tally: TallyState = field(default_factory=TallyState)
    dropped: int = 0


class AlarmBook:
    """One officer's position: everybody at it acts on the same book."""

    def __init__(self, rules: AlarmRules) -> None:
        self._rules = rules
        self._alarms: dict[str, Alarm] = {}
        self._flood: Flood | None = None
        self._tally = Tally()
        self._history: deque[AlarmEvent] = deque(maxlen=MAX_HISTORY)
        self._new: list[AlarmEvent] = []
        self._firsts = FirstOut()
        self._at_ms = self._settle_ms = self._left_out = self._dropped = 0

    # What the watch does

    def agree(self, rules: AlarmRules) -> None:
        """Goes by other rules from now on: what is shelved for longer than they allow comes back
        at the next step."""
        self._rules = rules

    def step(
        self, findings: Iterable[Finding], now_ms: int, *, exercise: bool = False
    ) -> list[AlarmEvent]:
        """All findings that hold at ``now_ms``; what changed by them and by the time.

        Of several findings with one key the most urgent counts. exercise: MEDIUM and LOW alarms
        are suppressed by design; critical and high ones, and all of ``SAFETY``, are not: the sky
        is real in an exercise too. The order of the events: over, timed out, flood over, new and
        changed ones by urgency, escalated. Never raises. A clock that is set back by more than
        a minute ends what runs since then; nothing lasts longer for it.
        """
        self._new, self._at_ms, self._left_out = [], now_ms, 0
        self._tally.turn(now_ms)
        self._firsts.turn(now_ms)
        due = wanted(findings)
        self._settle_ms = min(self._settle_ms, now_ms + SETTLE_MS)
        if now_ms >= self._settle_ms:
            for key in sorted(k for k, a in self._alarms.items() if a.active and k not in due):
                self._gone(self._alarms[key], now_ms)
        self._time_out(now_ms)
        self._end_flood(now_ms)
        for key, (priority, one) in sorted(due.items(), key=lambda item: most_urgent(item[1])):
            self._meet(key, one, priority, now_ms, exercise=exercise)
        self._escalate(now_ms)
        self._trim()
        events, self._new = self._new, []
        return events

    def _meet(
        self, key: str, one: Finding, priority: Priority, now_ms: int, *, exercise: bool
    ) -> None:
        was = self._alarms.get(key)
        if was is None or was.state in OVER:
            if was is None and priority is Priority.LOW and len(self._alarms) >= MAX_ALARMS:
                self._left_out += 1
                return
            self._arrive(was, one, priority, now_ms, exercise=exercise)
            return
        alarm, rose = self._follow(was, one, priority, now_ms), one.level > was.peak
        quiet = exercise and may_be_quieted(one.kind, max(one.level, alarm.peak))
        if alarm.state is State.SHELVED:
            if rose:
                self._raise(alarm, Told.RAISED_AGAIN, now_ms)
                return
        elif alarm.state is State.SUPPRESSED:
            if not quiet:
                self._raise(alarm, Told.RAISED, now_ms)
                return
        elif quiet:
            self._tell(Told.SUPPRESSED, suppressed(alarm, now_ms), now_ms)
            return
        elif rose:
            self._raise(alarm, Told.RAISED_AGAIN, now_ms)
            return
        if same_words(was.finding, one):
            self._alarms[key] = alarm
        else:
            self._tell(Told.CHANGED, replace(alarm, changed_ms=now_ms), now_ms)

    def _arrive(
        self,
        was: Alarm | None,
        one: Finding,
        priority: Priority,
        now_ms: int,
        *,
        exercise: bool,
    ) -> None:
        """A condition that did not hold."""
        opens_ms = (*self._opens(was, now_ms), now_ms)
        alarm = replace(arrived(was, one, priority, now_ms), opens_ms=opens_ms)
        if exercise and may_be_quieted(one.kind, one.level):
            self._tell(Told.SUPPRESSED, suppressed(alarm, now_ms), now_ms)
            return
        group = self._firsts.join(one, now_ms)
        leads = not group and was is not None and was.first_out
        if group in self._alarms:
            self._alarms[group] = replace(self._alarms[group], first_out=True)
        told = Told.RAISED_AGAIN if was else Told.RAISED
        self._raise(replace(alarm, group=group, first_out=leads), told, now_ms)

    def _gone(self, alarm: Alarm, now_ms: int) -> None:
        """The condition no longer holds. One that chatters is held until it has been quiet."""
        gone = replace(alarm, active=False, gone_ms=now_ms)
        chatters = len(self._opens(alarm, now_ms)) >= self._rules.chatter_opens
        if alarm.state is State.SHELVED or (chatters and alarm.state in OPEN):
            self._alarms[alarm.key] = gone
        else:
            self._tell(Told.RETURNED, returned(gone, now_ms), now_ms)

    def _follow(self, was: Alarm, one: Finding, priority: Priority, now_ms: int) -> Alarm:
        """The alarm with its finding as it is now."""
        calm = self._calm(was.below_ms, now_ms)
        peak, below_ms = wavering(was, one.level, now_ms, calm=calm)
        follows = replace(
            was, finding=one, priority=priority, active=True, peak=peak, below_ms=below_ms
        )
        if was.active:
            return follows
        opens_ms = (*self._opens(was, now_ms), now_ms)
        return replace(follows, count=was.count + 1, opens_ms=opens_ms)

    def _raise(self, alarm: Alarm, told: Told, now_ms: int) -> None:
        self._begin_flood(self._tally.raised(alarm.priority, now_ms), now_ms)
        gathered = may_be_quieted(alarm.finding.kind, alarm.finding.level)
        if self._flood is not None and gathered:
            first = (*self._flood.first, alarm.key)[:FIRST_LISTED]
            self._flood = replace(self._flood, count=self._flood.count + 1, first=first)
        gathered = gathered and self._flood is not None
        self._tell(told, raised(alarm, now_ms, gathered=gathered), now_ms)

    def _time_out(self, now_ms: int) -> None:
        """Shelves that end, chatter that is over, what was over for long enough to forget."""
        for key in sorted(self._alarms):
            alarm = self._alarms[key]
            if alarm.shelf is not None:
                left_ms = alarm.shelf.until_ms - now_ms
                if not 0 < left_ms <= 1000 * self._rules.max_shelf_s + SLEW_MS:
                    self._tell(Told.UNSHELVED, taken_off(alarm, now_ms), now_ms)
            elif alarm.state is State.NORMAL:
                if self._calm(alarm.changed_ms, now_ms):
                    del self._alarms[key]
            elif not alarm.active and alarm.state in OPEN and self._calm(alarm.gone_ms, now_ms):
                self._tell(Told.RETURNED, returned(alarm, now_ms), now_ms)

    def _escalate(self, now_ms: int) -> None:
        for key in sorted(self._alarms):
            alarm = self._alarms[key]
            if alarm.waits_ms > now_ms:
                self._alarms[key] = alarm = replace(alarm, waits_ms=now_ms)
            if not alarm.escalates or alarm.escalations >= self._rules.escalations:
                continue
            due_ms = alarm.waits_ms + 1000 * self._rules.escalate_s * (alarm.escalations + 1)
            if now_ms >= due_ms and now_ms != alarm.told_ms:
                again = replace(alarm, escalations=alarm.escalations + 1)
                self._tell(Told.ESCALATED, again, now_ms, role=self._rules.escalate_to)

    def _begin_flood(self, recent: int, now_ms: int) -> None:
        if self._flood is None and recent > self._rules.flood_in_10_min:
            self._flood = Flood(now_ms)
            self._note(AlarmEvent(Told.FLOOD_BEGAN, FLOOD_KEY, now_ms, flood=self._flood))

    def _end_flood(self, now_ms: int) -> None:
        if self._flood is None or self._tally.recent >= self._rules.calm_in_10_min:
            return
        self._tally.flooded(self._flood.began_ms, now_ms)
        self._note(AlarmEvent(Told.FLOOD_ENDED, FLOOD_KEY, now_ms, flood=self._flood))
        self._flood = None
        for key, alarm in self._alarms.items():
            if alarm.flood:
                self._alarms[key] = replace(alarm, flood=False, waits_ms=now_ms)

    def _trim(self) -> None:
        over = [a for a in self._alarms.values() if a.state in OVER]
        if len(over) <= MAX_OVER:
            return
        over.sort(key=lambda a: (a.state is not State.NORMAL, -a.priority, a.changed_ms, a.key))
        for alarm in over[: len(over) - MAX_OVER]:
            del self._alarms[alarm.key]
            self._dropped += alarm.state is not State.NORMAL

    # What officers do

    def acknowledge(
        self, key: str, by_role: str, now_ms: int, *, seen_ms: int | None = None
    ) -> Acted:
        """The officer has seen it and sees to it; of one that is over: has seen that.

        Done before: nothing changes, and ``before`` says who did it. seen_ms: the ``told_ms``
        that he saw; if it was raised again since, he is refused and must look again. InputError:
        unknown, shelved or suppressed, no role.
        """
        alarm = self._known(key, by_role)
        if alarm.acknowledged is not None and alarm.state in {State.ACKNOWLEDGED, State.NORMAL}:
            return Acted(alarm, None, alarm.acknowledged)
        check_seen(alarm, by_role, seen_ms)
        state = advance(alarm.state, Step.ACKNOWLEDGE, what=key, by=by_role)
        if alarm.state is not State.LATCHED:
            self._tally.turn(now_ms)
            self._tally.acknowledged(now_ms - alarm.waits_ms, now_ms)
        act = Act(by_role, now_ms)
        after = replace(alarm, state=state, acknowledged=act, changed_ms=now_ms, flood=False)
        return Acted(after, self._tell(Told.ACKNOWLEDGED, after, now_ms, role=by_role))

    def shelve(self, key: str, by_role: str, reason: str, until_ms: int, now_ms: int) -> Acted:
        """Takes an alarm from the list until ``until_ms`` (it is back at that instant), or until
        its level rises above the one it has now. The same again by the same role changes nothing.

        InputError: a kind of ``SAFETY``, no reason, an end not within ``max_shelf_s`` from now,
        unknown, over, suppressed, or shelved already: then it says by whom and why.
        """
        alarm, why = self._known(key, by_role), reason.strip()
        check_shelf(alarm, by_role, why, until_ms - now_ms, self._rules.max_shelf_s)
        if alarm.shelf is not None:
            shelf = alarm.shelf
            if (shelf.by, shelf.reason, shelf.until_ms) != (by_role, why, until_ms):
                raise shelved_already(alarm, shelf, by_role, now_ms)
            return Acted(alarm, None, Act(shelf.by, shelf.since_ms))
        after = replace(
            alarm,
            state=advance(alarm.state, Step.SHELVE, what=key, by=by_role),
            shelf=Shelf(by_role, why, now_ms, until_ms),
            changed_ms=now_ms,
            peak=alarm.finding.level,
            below_ms=0,
            flood=False,
        )
        return Acted(after, self._tell(Told.SHELVED, after, now_ms, role=by_role))

    def unshelve(self, key: str, by_role: str, now_ms: int) -> Acted:
        """Back on the list, unacknowledged; over, if the condition is. InputError: unknown or
        not shelved."""
        alarm = self._known(key, by_role)
        advance(alarm.state, Step.UNSHELVE, what=key, by=by_role)
        after = taken_off(alarm, now_ms)
        return Acted(after, self._tell(Told.UNSHELVED, after, now_ms, role=by_role))

    def _known(self, key: str, by_role: str) -> Alarm:
        check_role(by_role)
        if key not in self._alarms:
            raise unknown(key, by_role)
        return self._alarms[key]

    # What can be read

    def standing(self) -> tuple[Alarm, ...]:
        """The officer's list: by priority, then unacknowledged first, then time."""
        return self._listed(lambda a: a.standing)

    def shelved(self) -> tuple[Alarm, ...]:
        return self._listed(lambda a: a.state is State.SHELVED)

    def suppressed(self) -> tuple[Alarm, ...]:
        """What an exercise keeps from the list."""
        return self._listed(lambda a: a.state is State.SUPPRESSED)

    def get(self, key: str) -> Alarm | None:
        """One alarm, also one that has just been over; None if there is none."""
        return self._alarms.get(key)

    @property
    def flood(self) -> Flood | None:
        """The flood that goes on; what it gathered stands in the list, marked ``flood``."""
        return self._flood

    def history(self) -> tuple[AlarmEvent, ...]:
        """The last ``MAX_HISTORY`` events, oldest first."""
        return tuple(self._history)

    def rates(self, now_ms: int) -> Rates:
        return self._tally.rates(
            self._alarms.values(),
            now_ms,
            flood_ms=self._flood.began_ms if self._flood else None,
            left_out=self._left_out,
            dropped=self._dropped,
        )

    def _listed(self, wanted: Callable[[Alarm], bool]) -> tuple[Alarm, ...]:
        return tuple(sorted(filter(wanted, self._alarms.values()), key=urgency))

    # What lasts

    def snapshot(self) -> BookState:
        alarms = tuple(self._alarms[key] for key in sorted(self._alarms))
        return BookState(self._at_ms, alarms, self._flood, self._tally.state(), self._dropped)

    @classmethod
    def restore(cls, rules: AlarmRules, state: BookState, *, settle_until_ms: int = 0) -> AlarmBook:
        """The book goes on: what was acknowledged or shelved stays so, nothing is told twice.

        Until ``settle_until_ms`` (at most ``SETTLE_MS`` ahead) an absent finding is no end: the
        picture is still filling. Alarms that by today's table are events are left out.
        InputError: a state that no book can be in.
        """
        check_alarms(state.alarms, flood=state.flood is not None)
        book = cls(rules)
        book._alarms = {a.key: a for a in map(by_table, state.alarms) if a is not None}
        book._flood, book._tally = state.flood, Tally(state.tally)
        book._at_ms, book._settle_ms, book._dropped = state.at_ms, settle_until_ms, state.dropped
        book._firsts.recall(state.alarms)
        return book

    # How

    def _tell(self, told: Told, alarm: Alarm, now_ms: int, *, role: str = "") -> AlarmEvent:
        self._alarms[alarm.key] = alarm
        return self._note(AlarmEvent(told, alarm.key, now_ms, alarm, role=role))

    def _note(self, event: AlarmEvent) -> AlarmEvent:
        self._history.append(event)
        self._new.append(event)
        return event

    def _opens(self, alarm: Alarm | None, now_ms: int) -> tuple[int, ...]:
        """When it came, as far as it counts as chatter."""
        if alarm is None:
            return ()
        latest = alarm.opens_ms[-self._rules.chatter_opens :]
        return tuple(at_ms for at_ms in latest if not self._calm(at_ms, now_ms))

    def _calm(self, since_ms: int, now_ms: int) -> bool:
        return passed(since_ms, now_ms, 1000 * self._rules.chatter_s)
