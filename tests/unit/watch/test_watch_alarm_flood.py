"""Floods, the limits of memory, and the rates an officer can bear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import AlarmRules
from parley.watch.alarms import book as alarms
from parley.watch.alarms.alarm import AlarmEvent, Told
from parley.watch.alarms.book import AlarmBook
from parley.watch.alarms.rates import REFERENCE_PERCENT
from parley.watch.alarms.states import State
from parley.watch.alarms.table import SAFETY, Priority

T0 = 1_537_212_000_000
S = 1000
MINUTE = 60 * S
HOUR = 60 * MINUTE


def one(kind: Kind, level: Level, name: object) -> Finding:
    return finding(kind, level, [f"item:{name}"], parties=[], window_ms=(T0, T0))


def low(name: object) -> Finding:
    return one(Kind.CONFLICT, Level.ADVISORY, name)


def medium(name: object) -> Finding:
    return one(Kind.CONFLICT, Level.WARNING, name)


def high(name: object) -> Finding:
    return one(Kind.CONFLICT, Level.URGENT, name)


def kinds(events: list[AlarmEvent]) -> list[Told]:
    return [event.kind for event in events]


def test_exactly_as_many_as_allowed_is_no_flood_and_one_more_is() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=10))
    ten = [low(n) for n in range(10)]
    assert all(event.annunciated for event in b.step(ten, T0))
    assert not b.flood
    began, raised = b.step([*ten, medium("x")], T0 + S)
    assert (began.kind, began.annunciated) == (Told.FLOOD_BEGAN, True)
    assert (raised.kind, raised.annunciated) == (Told.RAISED, False)
    assert b.flood is not None
    assert (b.flood.count, b.flood.first) == (1, (medium("x").key,))


def test_ten_minutes_are_ten_minutes() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=10))
    ten = [low(n) for n in range(10)]
    b.step(ten, T0)
    b.step([*ten, medium("x")], T0 + 10 * MINUTE)
    assert b.flood is None


def test_in_a_flood_the_minor_are_listed_and_silent_and_the_others_are_heard() -> None:
    b = AlarmBook(AlarmRules())
    storm = [low(n) for n in range(40)]
    loud = [one(kind, Level.ADVISORY, kind.value) for kind in sorted(SAFETY)]
    events = b.step([*storm, *loud, high("h")], T0)
    heard = {e.key for e in events if e.kind is Told.RAISED and e.annunciated}
    assert {f.key for f in [*loud, high("h")]} <= heard
    assert len(b.standing()) == len(storm) + len(loud) + 1
    gathered = [a for a in b.standing() if a.flood]
    assert b.flood is not None
    assert b.flood.count == len(gathered) > 30
    assert len(b.flood.first) == alarms.FIRST_LISTED
    assert all(a.priority is Priority.LOW for a in gathered)


def test_the_flood_is_over_below_the_calm_rate_and_what_it_gathered_stands() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=10, calm_in_10_min=5))
    storm = [medium(n) for n in range(20)]
    b.step(storm, T0)
    for minute in range(1, 10):
        b.step(storm, T0 + minute * MINUTE)
        assert b.flood
    (ended,) = b.step(storm, T0 + 10 * MINUTE)
    assert ended.kind is Told.FLOOD_ENDED
    assert ended.flood is not None
    assert ended.flood.count == 10
    assert (len(b.standing()), [a for a in b.standing() if a.flood]) == (20, [])
    later = b.step(storm, T0 + 12 * MINUTE)
    assert kinds(later).count(Told.ESCALATED) == 10, "what was gathered asks for an answer now"


def test_exactly_the_calm_rate_is_not_below_it() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=10, calm_in_10_min=5))
    storm = [high(n) for n in range(11)]
    b.step(storm[:7], T0)
    b.step(storm[:10], T0 + 5 * MINUTE)
    b.step(storm, T0 + 6 * MINUTE)
    b.step([*storm, high("x")], T0 + 9 * MINUTE)
    b.step([*storm, high("x")], T0 + 10 * MINUTE)
    assert b.rates(T0 + 10 * MINUTE).in_10_min == 5
    assert b.flood is not None
    assert Told.FLOOD_ENDED in kinds(b.step([*storm, high("x")], T0 + 15 * MINUTE))


def test_what_grows_leaves_the_flood() -> None:
    b = AlarmBook(AlarmRules())
    storm = [low(n) for n in range(20)]
    b.step(storm, T0)
    last = next(a for a in b.standing() if a.flood)
    grown = replace(last.finding, level=Level.URGENT)
    (again,) = b.step([f for f in storm if f.key != grown.key] + [grown], T0 + S)
    assert again.annunciated
    assert b.standing()[0].key == grown.key
    assert not b.standing()[0].flood


def test_what_a_flood_gathered_and_is_over_waits_for_nobody() -> None:
    b = AlarmBook(AlarmRules())
    b.step([medium(n) for n in range(20)], T0)
    b.step([], T0 + S)
    assert [a.state for a in b.standing()] == [State.RETURNED] * 10


def test_behind_the_limit_only_low_ones_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarms, "MAX_ALARMS", 20)
    b = AlarmBook(AlarmRules())
    lows, highs = [low(n) for n in range(30)], [high(f"h{n}") for n in range(15)]
    b.step([*lows, *highs], T0)
    assert len(b.standing()) == 20
    assert b.rates(T0).left_out == 25
    b.step([*lows, *highs, *(medium(f"m{n}") for n in range(30))], T0 + S)
    assert len(b.standing()) == 50
    b.step(lows, T0 + 2 * S)
    for key in [a.key for a in b.standing() if a.state is State.RETURNED]:
        b.acknowledge(key, "duty", T0 + 2 * S)
    b.step(lows, T0 + 5 * MINUTE)
    assert (len(b.standing()), b.rates(T0 + 5 * MINUTE).left_out) == (20, 10)


def test_unseen_ones_that_are_over_do_not_fill_the_book() -> None:
    b = AlarmBook(AlarmRules())
    for second in range(700):
        b.step([high(second)], T0 + second * S)
    b.step([], T0 + 700 * S)
    assert len(b.standing()) == alarms.MAX_OVER
    assert b.rates(T0 + 700 * S).dropped == 200
    assert b.get(high(0).key) is None
    assert len(b.history()) == alarms.MAX_HISTORY


def test_the_least_urgent_of_the_unseen_makes_room_first() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=10_000))
    many = [medium(n) for n in range(alarms.MAX_OVER)]
    b.step([*many, one(Kind.STOP, Level.URGENT, "s"), high("h")], T0)
    b.step([], T0 + S)
    kept = [a.priority for a in b.standing()]
    assert (kept.count(Priority.CRITICAL), kept.count(Priority.HIGH)) == (1, 1)
    assert kept.count(Priority.MEDIUM) == alarms.MAX_OVER - 2


def test_an_hour_is_sixty_minutes_and_a_peak_is_never_below_the_last_ten() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=1000))
    b.step([low(0)], T0)
    assert b.rates(T0 + 59 * MINUTE).in_hour == 1
    assert b.rates(T0 + 60 * MINUTE).in_hour == 0
    start = T0 + 2 * HOUR + 59 * S
    b.step([low(1), low(2)], start)
    b.step([low(3)], start + 599 * S)
    r = b.rates(start + 599 * S)
    assert (r.in_10_min, r.peak_10_min) == (3, 3)


def test_a_flood_of_yesterday_is_not_counted_today() -> None:
    b = AlarmBook(AlarmRules())
    storm = [high(n) for n in range(11)]
    b.step([], T0)
    b.step(storm, T0 + HOUR)
    b.step(storm, T0 + 7 * HOUR)
    assert b.rates(T0 + 8 * HOUR).flood_permille == 750
    assert b.rates(T0 + 28 * HOUR).flood_permille == 125


def test_rates_of_ten_minutes_an_hour_and_a_day() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=1000))
    b.step([], T0)
    for n in range(4):
        b.step([low(n)], T0 + n * S)
    b.step([medium("m")], T0 + 30 * MINUTE)
    b.acknowledge(medium("m").key, "duty", T0 + 30 * MINUTE + 20 * S)
    b.step([high("h")], T0 + 2 * HOUR)
    b.acknowledge(high("h").key, "duty", T0 + 2 * HOUR + 40 * S)
    r = b.rates(T0 + 2 * HOUR + 5 * MINUTE)
    assert (r.in_10_min, r.in_hour, r.in_day, r.peak_10_min) == (1, 1, 6, 4)
    assert (r.acknowledged, r.acknowledge_ms) == (2, 30 * S)
    assert r.percent == {"high and critical": 17, "medium": 17, "low": 67}
    assert set(r.percent) == set(REFERENCE_PERCENT)
    assert r.bearable
    a_day_later = b.rates(T0 + 24 * HOUR + 30 * MINUTE)
    assert a_day_later.in_day == 1


def test_more_than_a_hundred_and_fifty_a_day_is_not_bearable() -> None:
    b = AlarmBook(AlarmRules(flood_in_10_min=1000))
    for n in range(151):
        assert b.rates(T0 + n * 2 * MINUTE).bearable
        b.step([low(n)], T0 + n * 2 * MINUTE)
    r = b.rates(T0 + 302 * MINUTE)
    assert (r.in_day, r.peak_10_min, r.bearable) == (151, 5, False)


def test_time_in_flood_shelved_and_stale_are_told() -> None:
    b = AlarmBook(AlarmRules())
    storm = [high(n) for n in range(11)]
    b.step([], T0)
    b.step(storm, T0 + 10 * MINUTE)
    b.step(storm, T0 + 20 * MINUTE)
    b.shelve(storm[0].key, "duty", "known", T0 + 50 * MINUTE, T0 + 20 * MINUTE)
    r = b.rates(T0 + 40 * MINUTE)
    assert (r.flood_permille, r.shelved, r.standing, r.stale) == (250, 1, 10, 0)
    b.step(storm, T0 + 25 * HOUR)
    assert b.rates(T0 + 25 * HOUR).stale == 11


def test_a_clock_set_back_a_day_does_not_leave_the_flood_on() -> None:
    b = AlarmBook(AlarmRules())
    storm = [high(n) for n in range(20)]
    b.step(storm, T0)
    assert [e.kind for e in b.step(storm, T0 - 24 * HOUR)] == [Told.FLOOD_ENDED]
    assert b.rates(T0 - 24 * HOUR).in_day == 0
