"""What is an alarm, how urgent, what is done; and the states an alarm can be in."""

from __future__ import annotations

import pytest

from parley.errors import InputError
from parley.rules.findings import Kind, Level, finding
from parley.watch.alarms.states import TABLE as STATES
from parley.watch.alarms.states import State, Step, advance
from parley.watch.alarms.table import (
    LATCHES,
    SAFETY,
    TABLE,
    Priority,
    may_be_quieted,
    priority_of,
)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_row_with_one_short_sentence(kind: Kind) -> None:
    row = TABLE[kind]
    assert row.response[0].isupper()
    assert row.response.endswith(".")
    assert len(row.response) <= 80
    assert row.priorities, "a kind that is never an alarm belongs in no table of responses"


@pytest.mark.parametrize("kind", Kind)
def test_what_needs_nobody_is_no_alarm_and_a_higher_level_is_never_less_urgent(kind: Kind) -> None:
    priorities = TABLE[kind].priorities
    assert Level.INFO not in priorities
    known = [priorities[level] for level in Level if level in priorities]
    assert known == sorted(known, reverse=True)
    assert Level.URGENT in priorities
    levels = [level in priorities for level in Level]
    assert levels == sorted(levels), "an alarm that stops being one as it grows"


def test_the_three_that_are_never_shelved_and_what_was_decided_beside_them() -> None:
    assert {Kind.STOP, Kind.DISTRESS, Kind.BYSTANDER} < SAFETY
    assert {Kind.PREDICTED_ENTRY, Kind.DISTRESS_NOT_PASSED_ON} < SAFETY
    assert all(TABLE[kind].priorities[Level.URGENT] is Priority.CRITICAL for kind in SAFETY)
    assert {Kind.STOP, Kind.DISTRESS} == LATCHES


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("level", Level)
def test_only_medium_and_low_are_ever_quieted(kind: Kind, level: Level) -> None:
    one = finding(kind, level, ["track:a"], parties=[], window_ms=(0, 1))
    if may_be_quieted(kind, level):
        assert priority_of(one) in {Priority.MEDIUM, Priority.LOW}
        assert kind not in SAFETY


def test_every_state_is_left_and_reached() -> None:
    assert set(STATES) == set(State)
    reached = {target for following in STATES.values() for target in following.values()}
    assert reached == set(State)
    assert {step for following in STATES.values() for step in following} == set(Step)


def test_what_is_shelved_or_suppressed_comes_back_unacknowledged() -> None:
    for state in (State.SHELVED, State.SUPPRESSED):
        assert set(STATES[state].values()) == {State.UNACKNOWLEDGED, State.NORMAL}


def test_from_every_state_that_is_not_normal_an_alarm_can_be_raised() -> None:
    assert all(STATES[state][Step.RAISE] is State.UNACKNOWLEDGED for state in State)


def test_an_absent_step_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError) as refused:
        advance(State.RETURNED, Step.SHELVE, what="stop|stop:x", by="duty")
    assert "returned: it cannot be shelved" in refused.value.what
    assert "acknowledge" in refused.value.right
    assert refused.value.at_fault == "duty"
