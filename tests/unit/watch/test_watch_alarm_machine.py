"""Random days at an alarm book: against a plain list of what an officer should see, and against
what may never happen, with restarts, exercises and clocks that jump."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from parley.errors import InputError
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import AlarmRules
from parley.watch.alarms.alarm import AlarmEvent, Told
from parley.watch.alarms.book import AlarmBook
from parley.watch.alarms.states import State
from parley.watch.alarms.table import LATCHES, SAFETY, Priority, may_be_quieted, priority_of

T0 = 1_537_212_000_000
S = 1000
KINDS = (
    Kind.STOP,
    Kind.BYSTANDER,
    Kind.PREDICTED_ENTRY,
    Kind.PREDICTED_LOSS,
    Kind.CONFLICT,
    Kind.TRACK_LOST,
)
THINGS = tuple((kind, name) for kind in KINDS for name in ("a", "b"))
RAISES = {Told.RAISED, Told.RAISED_AGAIN}


def of(kind: Kind, name: str, level: Level) -> Finding:
    return finding(kind, level, [f"item:{name}"], parties=[], window_ms=(T0, T0))


class Day(RuleBasedStateMachine):
    """What both machines do to a book; ``after`` sees each step."""

    agreed = AlarmRules()
    gaps = st.integers(1, 200)

    def __init__(self) -> None:
        super().__init__()
        self.book = AlarmBook(self.agreed)
        self.world: dict[tuple[Kind, str], Level] = {}
        self.now_ms = T0
        self.exercise = False
        self.stepped = False

    def findings(self) -> list[Finding]:
        return [of(kind, name, level) for (kind, name), level in self.world.items()]

    def after(self, events: list[AlarmEvent]) -> None:
        """The book was stepped with the world as it is."""

    def acted(self, act: str, key: str, until_ms: int = 0) -> None:
        """The act was done, and was new."""

    @rule(thing=st.sampled_from(THINGS), level=st.sampled_from(Level))
    def begins(self, thing: tuple[Kind, str], level: Level) -> None:
        self.world[thing] = level
        self.stepped = False

    @rule(thing=st.sampled_from(THINGS))
    def ends(self, thing: tuple[Kind, str]) -> None:
        self.world.pop(thing, None)
        self.stepped = False

    @rule(exercise=st.booleans())
    def exercises(self, exercise: bool) -> None:
        self.exercise = exercise
        self.stepped = False

    @rule(data=st.data())
    def passes(self, data: st.DataObject) -> None:
        self.now_ms += S * data.draw(self.gaps)
        events = self.book.step(self.findings(), self.now_ms, exercise=self.exercise)
        self.stepped = True
        self.after(events)

    @rule(thing=st.sampled_from(THINGS))
    def acknowledges(self, thing: tuple[Kind, str]) -> None:
        key = of(*thing, Level.URGENT).key
        try:
            done = self.book.acknowledge(key, "duty", self.now_ms)
        except InputError:
            return
        if done.event is not None:
            self.acted("acknowledge", key)

    @rule(thing=st.sampled_from(THINGS), for_s=st.integers(1, 3600))
    def shelves(self, thing: tuple[Kind, str], for_s: int) -> None:
        key, until_ms = of(*thing, Level.URGENT).key, self.now_ms + for_s * S
        try:
            done = self.book.shelve(key, "duty", "known", until_ms, self.now_ms)
        except InputError:
            return
        assert thing[0] not in SAFETY
        if done.event is not None:
            self.acted("shelve", key, until_ms)

    @rule(thing=st.sampled_from(THINGS))
    def unshelves(self, thing: tuple[Kind, str]) -> None:
        key = of(*thing, Level.URGENT).key
        try:
            self.book.unshelve(key, "duty", self.now_ms)
        except InputError:
            return
        self.acted("unshelve", key)

    @rule()
    def restarts(self) -> None:
        before = self.book
        self.book = AlarmBook.restore(self.agreed, before.snapshot())
        assert self.book.standing() == before.standing()
        assert self.book.shelved() == before.shelved()

    @invariant()
    def nothing_that_needs_a_response_is_hidden(self) -> None:
        if not self.stepped:
            return
        for one in self.findings():
            if priority_of(one) is None:
                continue
            alarm = self.book.get(one.key)
            assert alarm is not None
            assert alarm.active
            assert alarm.finding == one
            if alarm.state is State.SHELVED:
                assert alarm.shelf is not None
                assert alarm.shelf.reason
                assert self.now_ms < alarm.shelf.until_ms
                assert one.level <= alarm.peak
            elif alarm.state is State.SUPPRESSED:
                assert self.exercise
                assert may_be_quieted(one.kind, one.level)
            else:
                assert alarm in self.book.standing()
                assert alarm.state in {State.UNACKNOWLEDGED, State.ACKNOWLEDGED}
            if alarm.flood:
                assert self.book.flood is not None
                assert alarm.priority in {Priority.MEDIUM, Priority.LOW}

    @invariant()
    def what_is_never_silenced_never_is(self) -> None:
        for alarm in (*self.book.shelved(), *self.book.suppressed()):
            assert alarm.finding.kind not in SAFETY
        for alarm in self.book.standing():
            assert not (alarm.flood and alarm.finding.kind in SAFETY)


class Jumpy(Day):
    """Flapping at every rate, clocks that jump: at most one raising an alarm and step, and none
    without a cause."""

    gaps = st.sampled_from((1, 1, 1, 2, 10, 60, 200, 700, 4000, -30, -4000))

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, Level] = {}
        self.drill = False

    def after(self, events: list[AlarmEvent]) -> None:
        now = {f.key: f.level for f in self.findings() if priority_of(f) is not None}
        raised = [event.key for event in events if event.kind in RAISES]
        assert len(raised) == len(set(raised))
        for key in raised:
            grew = now[key] > self.before.get(key, Level.INFO)
            assert grew or (self.drill and may_be_quieted(Kind(key.partition("|")[0]), now[key]))
        for event in events:
            if event.annunciated and event.alarm is not None:
                assert event.alarm.state is State.UNACKNOWLEDGED
        self.before, self.drill = now, self.exercise


@dataclass
class Line:
    """One line of the plain list."""

    state: str
    told: Level
    now: Level = Level.INFO
    until_ms: int = 0
    low_since_ms: int = 0
    open: bool = True
    kind: Kind = field(default=Kind.STOP)


class Plain(Day):
    """Slower than any chatter (1 s): each rise is told exactly once, and the list is a plain one.

    A level that fell counts as lower from the second step on, unless nobody saw the alarm.
    """

    agreed = AlarmRules(chatter_s=1, flood_in_10_min=10_000)
    gaps = st.integers(2, 400)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, Line] = {}

    def after(self, events: list[AlarmEvent]) -> None:
        now = {f.key: f for f in self.findings() if priority_of(f) is not None}
        for key in [k for k in self.lines if k not in now]:
            self.over(key)
        rises = 0
        for key, one in now.items():
            line = self.lines.get(key)
            if line and line.state == "shelved" and self.now_ms >= line.until_ms:
                line.state, line.told = "new", line.now if line.open else Level.INFO
                if not line.open:
                    line = None
            rises += self.rose(key, one, line)
        assert sum(event.kind in RAISES for event in events) == rises
        self.compare()

    def over(self, key: str) -> None:
        line = self.lines[key]
        line.open = False
        if line.state == "new" and priority_of(of(line.kind, "a", line.told)) is not Priority.LOW:
            line.state = "gone"
        elif line.state == "seen" and line.kind in LATCHES:
            line.state = "latched"
        elif line.state == "shelved" and self.now_ms < line.until_ms:
            return
        elif line.state not in {"gone", "latched"}:
            del self.lines[key]

    def rose(self, key: str, one: Finding, line: Line | None) -> int:
        quiet = self.exercise and may_be_quieted(one.kind, one.level)
        if line is None or line.state in {"gone", "latched"}:
            state = "exercise" if quiet else "new"
            self.lines[key] = Line(state, one.level, one.level, kind=one.kind)
            return not quiet
        line.open, line.now = True, one.level
        if line.state == "exercise" and quiet:
            line.told = max(one.level, self.sunk(line, one))
            return 0
        if line.state not in {"exercise", "shelved"}:
            line.told = self.sunk(line, one)
            if self.exercise and may_be_quieted(one.kind, max(line.told, one.level)):
                line.state = "exercise"
                return 0
        if line.state == "exercise" or one.level > line.told:
            still = self.exercise and may_be_quieted(one.kind, max(line.told, one.level))
            if line.state == "exercise" and still:
                return 0
            line.state, line.told, line.low_since_ms = "new", one.level, 0
            return 1
        return 0

    def sunk(self, line: Line, one: Finding) -> Level:
        if one.level >= line.told:
            line.low_since_ms = 0
        elif line.low_since_ms and line.state != "new":
            line.low_since_ms = 0
            return one.level
        else:
            line.low_since_ms = line.low_since_ms or self.now_ms
        return line.told

    def acted(self, act: str, key: str, until_ms: int = 0) -> None:
        line = self.lines[key]
        if act == "acknowledge":
            if line.state == "new":
                line.state = "seen"
            else:
                del self.lines[key]
        elif act == "shelve":
            line.state, line.told, line.low_since_ms = "shelved", line.now, 0
            line.until_ms = until_ms
        elif line.open:
            line.state, line.told = "new", line.now
        else:
            del self.lines[key]

    @precondition(lambda self: self.stepped)
    @rule()
    def looks(self) -> None:
        self.compare()

    def compare(self) -> None:
        names = {
            State.UNACKNOWLEDGED: "new",
            State.ACKNOWLEDGED: "seen",
            State.RETURNED: "gone",
            State.LATCHED: "latched",
            State.SHELVED: "shelved",
            State.SUPPRESSED: "exercise",
        }
        listed = (*self.book.standing(), *self.book.shelved(), *self.book.suppressed())
        assert {a.key: names[a.state] for a in listed} == {
            key: line.state for key, line in self.lines.items()
        }


@pytest.mark.parametrize("machine", [Plain, Jumpy])
def test_random_days(machine: type[Day]) -> None:
    case = machine.TestCase
    case.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
    case("runTest").runTest()
