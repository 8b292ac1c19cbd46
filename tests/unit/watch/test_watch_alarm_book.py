"""One alarm from its raising until it is over and seen; two officers at one book."""

from __future__ import annotations

import pytest

from parley.errors import InputError
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import AlarmRules
from parley.watch.alarms.alarm import AlarmEvent, Told
from parley.watch.alarms.book import AlarmBook
from parley.watch.alarms.states import State
from parley.watch.alarms.table import SAFETY, Priority

T0 = 1_537_212_000_000
S = 1000
ADVISORY, WARNING, URGENT = Level.ADVISORY, Level.WARNING, Level.URGENT


def loss(level: Level = WARNING, a: str = "a", b: str = "b", hmd: int = 1) -> Finding:
    return finding(
        Kind.PREDICTED_LOSS,
        level,
        [f"track:{a}", f"track:{b}"],
        parties=["il", "ru"],
        window_ms=(T0, T0 + 60 * S),
        measures={"hmd_m": hmd},
    )


def of(kind: Kind, level: Level = URGENT, ref: str = "item:x") -> Finding:
    return finding(kind, level, [ref], parties=["il"], window_ms=(T0, T0 + 60 * S))


def book(**rules: int) -> AlarmBook:
    return AlarmBook(AlarmRules(**rules))  # type: ignore[arg-type]


def told(events: list[AlarmEvent]) -> list[str]:
    return [event.kind.value for event in events]


LOSS = loss().key


def test_an_alarm_is_raised_once_and_moving_measures_are_no_news() -> None:
    b = book()
    assert told(b.step([loss()], T0)) == ["alarm-raised"]
    for second in range(1, 100):
        assert b.step([loss(hmd=second)], T0 + second * S) == []
    (alarm,) = b.standing()
    assert (alarm.finding.measured["hmd_m"], alarm.raised_ms) == (99, T0)
    assert alarm.response.startswith("Agree with the other party")


def test_what_needs_no_response_is_an_event_and_in_no_list() -> None:
    b = book()
    quiet = [
        of(Kind.TRACK_LOST, ADVISORY),
        of(Kind.SHIELDING, ADVISORY),
        of(Kind.LEAD_TIME, Level.INFO),
    ]
    assert b.step(quiet, T0) == []
    assert b.standing() == ()


def test_an_acknowledged_alarm_is_raised_again_when_its_level_rises() -> None:
    b = book()
    b.step([loss(WARNING)], T0)
    b.acknowledge(LOSS, "duty", T0 + S)
    assert b.step([loss(WARNING, hmd=2)], T0 + 2 * S) == []
    (again,) = b.step([loss(URGENT)], T0 + 3 * S)
    assert again.kind is Told.RAISED_AGAIN
    assert again.annunciated
    (alarm,) = b.standing()
    assert (alarm.state, alarm.priority) == (State.UNACKNOWLEDGED, Priority.CRITICAL)
    assert alarm.acknowledged is None


def test_a_level_that_wavers_rises_once_but_one_that_stayed_low_is_news() -> None:
    b = book()
    b.step([loss(WARNING)], T0)
    b.acknowledge(LOSS, "duty", T0)
    kinds = []
    for second in range(1, 20):
        kinds += told(b.step([loss(WARNING if second % 2 else ADVISORY)], T0 + second * S))
    assert set(kinds) == {"alarm-changed"}
    b.step([loss(ADVISORY)], T0 + 30 * S)
    b.step([loss(ADVISORY)], T0 + 90 * S)
    assert told(b.step([loss(WARNING)], T0 + 91 * S)) == ["alarm-raised-again"]


def test_a_new_version_or_cause_changes_the_words_and_keeps_the_acknowledgement() -> None:
    b = book()
    one = finding(
        Kind.CONFLICT, WARNING, ["notice:a@1", "notice:b@1"], parties=[], window_ms=(0, 1)
    )
    two = finding(
        Kind.CONFLICT, WARNING, ["notice:a@2", "notice:b@1"], parties=[], window_ms=(0, 1)
    )
    b.step([one], T0)
    b.acknowledge(one.key, "duty", T0)
    assert told(b.step([two], T0 + S)) == ["alarm-changed"]
    assert b.standing()[0].state is State.ACKNOWLEDGED


def test_what_went_unseen_waits_to_be_seen_and_what_was_seen_is_over() -> None:
    b = book()
    b.step([loss(), of(Kind.BYSTANDER)], T0)
    b.acknowledge(LOSS, "duty", T0 + S)
    assert told(b.step([], T0 + 2 * S)) == ["alarm-returned", "alarm-returned"]
    (left,) = b.standing()
    assert (left.finding.kind, left.state) == (Kind.BYSTANDER, State.RETURNED)
    b.acknowledge(left.key, "duty", T0 + 3 * S)
    assert b.standing() == ()


def test_a_low_alarm_that_goes_needs_nobody_but_one_that_was_higher_does() -> None:
    b = book()
    b.step([loss(ADVISORY), loss(URGENT, b="c")], T0)
    b.step([loss(ADVISORY), loss(ADVISORY, b="c")], T0 + S)
    b.step([loss(ADVISORY), loss(ADVISORY, b="c")], T0 + 600 * S)
    b.step([], T0 + 601 * S)
    assert [(a.finding.refs[1], a.state) for a in b.standing()] == [("track:c", State.RETURNED)]


@pytest.mark.parametrize("kind", [Kind.STOP, Kind.DISTRESS])
def test_the_end_of_a_stop_or_distress_is_seen_by_somebody(kind: Kind) -> None:
    b = book()
    b.step([of(kind)], T0)
    b.acknowledge(of(kind).key, "duty", T0 + S)
    b.step([], T0 + 2 * S)
    (left,) = b.standing()
    assert left.state is State.LATCHED
    b.step([], T0 + 9_000 * S)
    acted = b.acknowledge(left.key, "relief", T0 + 9_001 * S)
    assert acted.alarm.state is State.NORMAL
    assert b.standing() == ()


def test_a_flapping_finding_is_one_alarm_with_a_count() -> None:
    b, kinds = book(), []
    for second in range(120):
        kinds += told(b.step([loss()] if second % 4 < 2 else [], T0 + second * S))
    assert kinds.count("alarm-raised") + kinds.count("alarm-raised-again") == 3
    (alarm,) = b.standing()
    assert alarm.count == 30
    b.acknowledge(LOSS, "duty", T0 + 120 * S)
    for second in range(121, 240):
        assert b.step([loss()] if second % 4 < 2 else [], T0 + second * S) == []
    assert told(b.step([], T0 + 300 * S)) == ["alarm-returned"]
    assert b.standing() == ()


def test_a_flapping_alarm_that_grows_is_told_all_the_same() -> None:
    b = book()
    for second in range(40):
        b.step([loss()] if second % 2 else [], T0 + second * S)
    b.acknowledge(LOSS, "duty", T0 + 40 * S)
    assert told(b.step([loss(URGENT)], T0 + 41 * S)) == ["alarm-raised-again"]


def test_the_second_officer_is_told_what_the_first_did() -> None:
    b = book()
    b.step([loss()], T0)
    first = b.acknowledge(LOSS, "north", T0 + S)
    second = b.acknowledge(LOSS, "south", T0 + 2 * S)
    assert first.event is not None
    assert first.before is None
    assert second.event is None
    assert second.before is not None
    assert (second.before.by, second.before.at_ms) == ("north", T0 + S)
    (alarm,) = b.standing()
    assert alarm.acknowledged == second.before


def test_nobody_acknowledges_a_rise_that_he_has_not_seen() -> None:
    b = book()
    b.step([loss(WARNING)], T0)
    seen_ms = b.standing()[0].told_ms
    b.step([loss(URGENT)], T0 + 5 * S)
    with pytest.raises(InputError, match="raised again 5 s behind what was seen"):
        b.acknowledge(LOSS, "duty", T0 + 6 * S, seen_ms=seen_ms)
    b.acknowledge(LOSS, "duty", T0 + 7 * S, seen_ms=b.standing()[0].told_ms)


def test_unknown_keys_and_roles_are_refused_in_words() -> None:
    b = book()
    b.step([loss()], T0)
    with pytest.raises(InputError, match="there is no alarm 'nothing'") as unknown:
        b.acknowledge("nothing", "duty", T0)
    assert (unknown.value.where, unknown.value.at_fault) == ("key", "duty")
    for role in ("", " ", "x" * 65, "du\nty"):
        with pytest.raises(InputError, match="is no duty role"):
            b.acknowledge(LOSS, role, T0)


def test_a_shelved_alarm_is_off_the_list_until_it_comes_back_unacknowledged() -> None:
    b = book()
    b.step([loss()], T0)
    b.acknowledge(LOSS, "duty", T0)
    acted = b.shelve(LOSS, "duty", " formation flight ", T0 + 60 * S, T0 + S)
    assert b.standing() == ()
    (shelved,) = b.shelved()
    assert shelved.shelf is not None
    assert (shelved.shelf.by, shelved.shelf.reason) == ("duty", "formation flight")
    assert acted.event is not None
    assert not acted.event.annunciated
    assert b.step([loss(hmd=2)], T0 + 59 * S) == []
    (back,) = b.step([loss()], T0 + 60 * S)
    assert back.kind is Told.UNSHELVED
    assert back.annunciated
    assert b.standing()[0].state is State.UNACKNOWLEDGED


def test_a_shelf_does_not_hold_what_grows() -> None:
    b = book()
    b.step([loss(WARNING)], T0)
    b.step([loss(ADVISORY)], T0 + S)
    b.shelve(LOSS, "duty", "formation", T0 + 3600 * S, T0 + 2 * S)
    assert told(b.step([loss(WARNING)], T0 + 3 * S)) == ["alarm-raised-again"]
    assert b.shelved() == ()


def test_what_comes_and_goes_on_the_shelf_makes_no_noise_and_ends_with_it() -> None:
    b = book()
    b.step([loss()], T0)
    b.shelve(LOSS, "duty", "formation", T0 + 600 * S, T0)
    for second in range(1, 500):
        assert b.step([loss()] if second % 3 else [], T0 + second * S) == []
    b.step([], T0 + 599 * S)
    (lapsed,) = b.step([], T0 + 600 * S)
    assert not lapsed.annunciated
    assert b.standing() == b.shelved() == ()


@pytest.mark.parametrize("kind", sorted(SAFETY))
def test_stop_distress_and_the_endangered_are_never_shelved(kind: Kind) -> None:
    b = book()
    b.step([of(kind)], T0)
    with pytest.raises(InputError, match=f"{kind.value} is never shelved"):
        b.shelve(of(kind).key, "duty", "too loud", T0 + 60 * S, T0)
    assert len(b.standing()) == 1


def test_a_shelf_needs_a_reason_an_end_and_an_alarm() -> None:
    b = book(max_shelf_s=600)
    b.step([loss()], T0)
    for reason in ("", "  ", "x" * 501, "two\nlines"):
        with pytest.raises(InputError) as refused:
            b.shelve(LOSS, "duty", reason, T0 + S, T0)
        assert refused.value.where == "reason"
    for until_ms in (T0, T0 - S, T0 + 601 * S):
        with pytest.raises(InputError, match="from now") as late:
            b.shelve(LOSS, "duty", "formation", until_ms, T0)
        assert "within 600 s" in late.value.right
    b.shelve(LOSS, "duty", "formation", T0 + 600 * S, T0)


def test_what_is_shelved_already_says_by_whom_and_why() -> None:
    b = book()
    b.step([loss()], T0)
    b.shelve(LOSS, "north", "formation", T0 + 600 * S, T0)
    again = b.shelve(LOSS, "north", "formation", T0 + 600 * S, T0 + S)
    assert again.event is None
    with pytest.raises(InputError, match="shelved by north for another 540 s: formation"):
        b.shelve(LOSS, "south", "noise", T0 + 900 * S, T0 + 60 * S)
    with pytest.raises(InputError, match="is shelved: it cannot be acknowledged"):
        b.acknowledge(LOSS, "south", T0 + 60 * S)
    assert b.unshelve(LOSS, "south", T0 + 61 * S).alarm.state is State.UNACKNOWLEDGED
    with pytest.raises(InputError, match="is unacknowledged: it cannot be unshelved"):
        b.unshelve(LOSS, "south", T0 + 62 * S)


def test_a_shorter_shelf_that_is_agreed_later_holds_for_those_that_stand() -> None:
    b = book(max_shelf_s=3600)
    b.step([loss()], T0)
    b.shelve(LOSS, "duty", "formation", T0 + 3600 * S, T0)
    b.agree(AlarmRules(max_shelf_s=600))
    assert told(b.step([loss()], T0 + S)) == ["alarm-unshelved"]


def test_what_is_over_cannot_be_shelved() -> None:
    b = book()
    b.step([loss()], T0)
    b.step([], T0 + S)
    with pytest.raises(InputError, match="is returned: it cannot be shelved"):
        b.shelve(LOSS, "duty", "formation", T0 + 60 * S, T0 + S)


def test_nobody_answers_and_the_next_one_is_asked_so_often_and_no_more() -> None:
    b = AlarmBook(AlarmRules(escalate_s=120, escalations=2, escalate_to="commander"))
    b.step([loss(), of(Kind.UNACKNOWLEDGED, ADVISORY)], T0)
    events = [e for second in range(1, 1000) for e in b.step([loss()], T0 + second * S)]
    escalated = [e for e in events if e.kind is Told.ESCALATED]
    assert [(e.role, e.now_ms - T0) for e in escalated] == [
        ("commander", 120 * S),
        ("commander", 240 * S),
    ]
    assert all(e.annunciated for e in escalated)


def test_a_rise_does_not_put_off_who_is_asked_next() -> None:
    b = book(escalate_s=120)
    b.step([loss(WARNING)], T0)
    assert told(b.step([loss(URGENT)], T0 + 110 * S)) == ["alarm-raised-again"]
    assert told(b.step([loss(URGENT)], T0 + 120 * S)) == ["alarm-escalated"]


def test_what_grows_after_a_long_wait_is_raised_first_and_escalated_next() -> None:
    b = book(escalate_s=120)
    b.step([loss(ADVISORY)], T0)
    assert told(b.step([loss(WARNING)], T0 + 600 * S)) == ["alarm-raised-again"]
    assert told(b.step([loss(WARNING)], T0 + 601 * S)) == ["alarm-escalated"]


def test_what_comes_off_the_shelf_waits_anew() -> None:
    b = book(escalate_s=120, escalations=1)
    b.step([loss()], T0)
    assert told(b.step([loss()], T0 + 120 * S)) == ["alarm-escalated"]
    b.shelve(LOSS, "duty", "formation", T0 + 300 * S, T0 + 121 * S)
    assert told(b.step([loss()], T0 + 300 * S)) == ["alarm-unshelved"]
    assert b.step([loss()], T0 + 419 * S) == []
    assert told(b.step([loss()], T0 + 420 * S)) == ["alarm-escalated"]


def test_a_low_alarm_is_never_escalated_and_an_acknowledged_one_neither() -> None:
    b = book()
    low, high = loss(ADVISORY), loss(WARNING, b="c")
    b.step([low, high], T0)
    b.acknowledge(high.key, "duty", T0 + 119 * S)
    assert b.step([low, high], T0 + 1000 * S) == []


def test_the_list_goes_by_priority_then_unacknowledged_then_time() -> None:
    b = book(flood_in_10_min=100)
    b.step([loss(WARNING, b="late")], T0)
    b.step([loss(WARNING, b="late"), loss(WARNING, b="b2")], T0 + S)
    everything = [
        loss(WARNING, b="late"),
        loss(WARNING, b="b2"),
        loss(ADVISORY, b="low"),
        of(Kind.STOP),
    ]
    b.step(everything, T0 + 2 * S)
    b.acknowledge(loss(b="late").key, "duty", T0 + 3 * S)
    refs = [a.finding.refs[-1] for a in b.standing()]
    assert refs == ["item:x", "track:b2", "track:late", "track:low"]


def test_the_first_of_several_about_one_subject_is_marked() -> None:
    b = book()
    feed = of(Kind.POSITION_DOUBTED, WARNING, "track:a")
    b.step([feed], T0)
    b.step([feed, loss()], T0 + 10 * S)
    b.step([feed, loss(), loss(b="c"), of(Kind.NONCONFORMANCE, WARNING, "track:z")], T0 + 59 * S)
    marks = {a.key: (a.first_out, a.group) for a in b.standing()}
    assert marks == {
        feed.key: (True, ""),
        LOSS: (False, feed.key),
        loss(b="c").key: (False, feed.key),
        "nonconformance|track:z": (False, ""),
    }


def test_the_first_stays_the_first_when_it_comes_again() -> None:
    b = book()
    feed = of(Kind.POSITION_DOUBTED, WARNING, "track:a")
    b.step([feed], T0)
    b.step([feed, loss()], T0 + S)
    b.step([loss()], T0 + 2 * S)
    b.step([feed, loss()], T0 + 3 * S)
    first = b.get(feed.key)
    assert first is not None
    assert (first.first_out, first.group, first.count) == (True, "", 2)


def test_of_two_stories_an_alarm_joins_the_older() -> None:
    b = book()
    older = of(Kind.POSITION_DOUBTED, WARNING, "track:b")
    newer = of(Kind.POSITION_DOUBTED, WARNING, "track:a")
    b.step([older], T0)
    b.step([older, newer], T0 + S)
    b.step([older, newer, loss()], T0 + 2 * S)
    joined = b.get(LOSS)
    assert joined is not None
    assert joined.group == older.key


def test_a_restarted_book_still_knows_who_was_first() -> None:
    b = book()
    feed = of(Kind.POSITION_DOUBTED, WARNING, "track:a")
    b.step([feed], T0)
    again = AlarmBook.restore(AlarmRules(), b.snapshot())
    again.step([feed, loss()], T0 + 30 * S)
    assert [(a.first_out, a.group) for a in again.standing()] == [(False, feed.key), (True, "")]


def test_a_minute_later_it_is_another_story() -> None:
    b = book()
    feed = of(Kind.POSITION_DOUBTED, WARNING, "track:a")
    b.step([feed], T0)
    b.step([feed, loss()], T0 + 60 * S)
    assert [a.first_out for a in b.standing()] == [False, False]


def test_an_exercise_suppresses_the_minor_and_lets_the_sky_be_real() -> None:
    b = book()
    minor, entry = of(Kind.OBJECTION, WARNING), of(Kind.PREDICTED_ENTRY, ADVISORY)
    events = b.step([minor, entry, loss(WARNING)], T0, exercise=True)
    assert sorted(told(events)) == ["alarm-raised", "alarm-raised", "alarm-suppressed"]
    assert [a.finding.kind for a in b.suppressed()] == [Kind.OBJECTION]
    with pytest.raises(InputError, match="is suppressed: it cannot be shelved"):
        b.shelve(minor.key, "duty", "exercise", T0 + S, T0)
    (back,) = b.step([minor, entry, loss(WARNING)], T0 + S)
    assert (back.kind, back.key) == (Told.RAISED, minor.key)
    assert b.suppressed() == ()


def test_an_exercise_hides_nothing_unseen_that_was_grave() -> None:
    b = book()
    b.step([loss(WARNING), loss(ADVISORY, b="c")], T0, exercise=True)
    b.step([loss(ADVISORY), loss(ADVISORY, b="c")], T0 + 600 * S, exercise=True)
    assert [a.key for a in b.standing()] == [LOSS]
    b.acknowledge(LOSS, "duty", T0 + 601 * S)
    b.step([loss(ADVISORY)], T0 + 602 * S, exercise=True)
    b.step([loss(ADVISORY)], T0 + 662 * S, exercise=True)
    assert b.standing() == ()


def test_of_two_findings_with_one_key_the_more_urgent_counts() -> None:
    for both in ([loss(ADVISORY), loss(URGENT)], [loss(URGENT), loss(ADVISORY)]):
        b = book()
        b.step(both, T0)
        assert b.standing()[0].priority is Priority.CRITICAL


def test_a_clock_that_is_set_right_changes_nothing_and_one_set_back_ends_the_shelf() -> None:
    b = book()
    b.step([loss()], T0)
    b.shelve(LOSS, "duty", "formation", T0 + 3600 * S, T0)
    assert b.step([loss()], T0 - 5 * S) == []
    assert told(b.step([loss()], T0 - 7200 * S)) == ["alarm-unshelved"]
    b.step([loss()], T0 - 7100 * S)
    assert told(b.step([loss()], T0 - 7080 * S)) == ["alarm-escalated"]


def test_a_clock_set_back_does_not_hold_what_flapped() -> None:
    b = book()
    for second in range(9):
        b.step([loss()] if second % 2 else [], T0 + second * S)
    assert b.standing()[0].state is State.UNACKNOWLEDGED
    assert told(b.step([], T0 - 3600 * S)) == ["alarm-returned"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"flood_in_10_min": 0},
        {"calm_in_10_min": 11},
        {"max_shelf_s": 0},
        {"escalate_s": 0},
        {"escalations": -1},
        {"chatter_s": 0},
        {"chatter_opens": 1},
    ],
)
def test_rules_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError) as refused:
        book(**wrong)
    assert refused.value.where == f"watch.alarms.{next(iter(wrong))}"
