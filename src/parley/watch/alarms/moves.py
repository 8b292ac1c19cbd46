"""How one alarm moves: each a function of the alarm as it was, and the instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from parley.rules.findings import Finding, Level
from parley.watch.alarms.alarm import Alarm
from parley.watch.alarms.states import State, Step, advance
from parley.watch.alarms.table import LATCHES, TABLE, Priority, priority_of

OVER = frozenset({State.NORMAL, State.RETURNED, State.LATCHED})
OPEN = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})

Met = tuple[Priority, Finding]


def arrived(was: Alarm | None, one: Finding, priority: Priority, now_ms: int) -> Alarm:
    """A condition that did not hold; not raised yet. was: what the book remembers of it."""
    return Alarm(
        finding=one,
        priority=priority,
        state=was.state if was else State.NORMAL,
        raised_ms=now_ms,
        told_ms=now_ms,
        changed_ms=now_ms,
        waits_ms=now_ms,
        peak=one.level,
        count=was.count + 1 if was else 1,
    )


def raised(alarm: Alarm, now_ms: int, *, gathered: bool) -> Alarm:
    """Annunciated, or gathered in a flood. What waits for an officer already waits on."""
    waits = alarm.state is State.UNACKNOWLEDGED and not alarm.flood
    return replace(
        alarm,
        state=advance(alarm.state, Step.RAISE, what=alarm.key),
        told_ms=now_ms,
        changed_ms=now_ms,
        waits_ms=alarm.waits_ms if waits else now_ms,
        escalations=alarm.escalations if waits else 0,
        acknowledged=None,
        shelf=None,
        flood=gathered,
        peak=alarm.finding.level,
        below_ms=0,
    )


def suppressed(alarm: Alarm, now_ms: int) -> Alarm:
    return replace(
        alarm,
        state=advance(alarm.state, Step.SUPPRESS, what=alarm.key),
        changed_ms=now_ms,
        acknowledged=None,
        flood=False,
    )


def returned(alarm: Alarm, now_ms: int) -> Alarm:
    """The condition is over. An alarm that was LOW throughout, or gathered, needs nobody to see
    that; STOP and DISTRESS need somebody even when they were acknowledged."""
    step = Step.CLEAR
    if alarm.state is State.UNACKNOWLEDGED:
        low = TABLE[alarm.finding.kind].priorities[alarm.peak] is Priority.LOW
        step = Step.CLEAR if low or alarm.flood else Step.RETURN
    elif alarm.state is State.ACKNOWLEDGED and alarm.finding.kind in LATCHES:
        step = Step.LATCH
    state = advance(alarm.state, step, what=alarm.key)
    return replace(alarm, state=state, changed_ms=now_ms, flood=False)


def taken_off(alarm: Alarm, now_ms: int) -> Alarm:
    """From the shelf: unacknowledged if the condition holds, else over."""
    step = Step.UNSHELVE if alarm.active else Step.LAPSE
    return replace(
        alarm,
        state=advance(alarm.state, step, what=alarm.key),
        shelf=None,
        acknowledged=None,
        told_ms=now_ms,
        changed_ms=now_ms,
        waits_ms=now_ms,
        escalations=0,
        peak=alarm.finding.level,
    )


def wavering(was: Alarm, level: Level, now_ms: int, *, calm: bool) -> tuple[Level, int]:
    """The level that counts as told, and since when the level is lower. calm: it has been lower
    for long enough. What nobody acknowledged keeps the level that it reached."""
    if level >= was.peak or was.state is State.SHELVED:
        return was.peak, 0
    if calm and was.below_ms and was.state is not State.UNACKNOWLEDGED:
        return level, 0
    return was.peak, was.below_ms or now_ms


def same_words(before: Finding, now: Finding) -> bool:
    """Whether only measures or instants moved."""
    return (before.level, before.codes, before.refs) == (now.level, now.codes, now.refs)


def wanted(findings: Iterable[Finding]) -> dict[str, Met]:
    """What needs a response, by key; of several with one key the most urgent."""
    found: dict[str, Met] = {}
    for one in findings:
        priority = priority_of(one)
        if priority is None:
            continue
        met, key = (priority, one), one.key
        if key not in found or most_urgent(met) < most_urgent(found[key]):
            found[key] = met
    return found


def most_urgent(met: Met) -> tuple[object, ...]:
    priority, one = met
    return priority, -one.level, one.from_ms, one.kind, one.refs, one.codes, one.measures
