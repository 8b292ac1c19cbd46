"""Numbered heartbeats: what is played again keeps no link alive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.peers.heartbeat import NUMBER_LIMIT, Heartbeat, Pulse, open_heartbeat, seal_heartbeat
from parley.testing.keys import signing_key

NUMBERS = st.integers(0, NUMBER_LIMIT - 1)
ROSTER = {"green": signing_key("green").verifier}


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_heartbeat_reads_back_as_it_was_sealed(at: int, no: int, heard: int, left: int) -> None:
    beat = Heartbeat("green", "blue", "a" * 64, at, no, heard, left)
    assert open_heartbeat(seal_heartbeat(beat, signing_key("green")), ROSTER, us="blue") == beat


@given(st.lists(NUMBERS))
def test_only_a_number_above_all_others_is_news(numbers: list[int]) -> None:
    pulse = Pulse(0)
    highest = 0
    for number in numbers:
        assert pulse.hear(number) == (number > highest)
        highest = max(highest, number)
        assert pulse.heard == highest


def test_an_answer_counts_only_for_the_question_just_asked() -> None:
    pulse = Pulse(1000)
    first = pulse.next()
    assert pulse.answered(first, first)
    second = pulse.next()
    assert not pulse.answered(second, first)
    assert pulse.answered(second, second)


def test_a_clock_set_back_mends_itself_with_the_next_heartbeat() -> None:
    theirs = Pulse(0)
    assert theirs.hear(5_000)
    ours = Pulse(1_000)
    number = ours.next()
    assert not theirs.hear(number)
    assert not ours.answered(number, theirs.heard)
    number = ours.next()
    assert theirs.hear(number)
    assert ours.answered(number, theirs.heard)
