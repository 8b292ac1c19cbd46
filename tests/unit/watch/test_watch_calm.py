"""When what is predicted is told: evidence, not sweeps; and no flapping."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.errors import InputError
from parley.rules.findings import Level
from parley.rules.watching import CalmRules
from parley.watch.pairs.calm import Calm, Sight

RULES = CalmRules()
KEY = "a", "b"
START_MS = 1_800_000_000_000


def sight(
    within_s: float, fresh_ms: int, *, climbing: bool = False, key: tuple[str, str] = KEY
) -> Sight:
    level = Level.WARNING if within_s <= 120 else Level.ADVISORY
    return Sight(key, level, within_s, fresh_ms, climbing, 0)


def first_told_s(
    every_s: float, report_s: float, *, begins_s: float = 300.0, climbing: bool = False
) -> float:
    """How far ahead a loss that is predicted without a break from begins_s on is first told."""
    calm = Calm(RULES)
    for n in range(round(begins_s / every_s) + 1):
        now_s = n * every_s
        fresh_ms = START_MS + round(1000 * (now_s // report_s) * report_s)
        near = sight(begins_s - now_s, fresh_ms, climbing=climbing)
        if calm.step(START_MS + round(1000 * now_s), [near]):
            return begins_s - now_s
    raise AssertionError("never told")


@pytest.mark.parametrize(
    "wrong", [{"hits": 0}, {"levelling_cm_s2": 0}, {"share_pct": -1}, {"clear_s": 601}]
)
def test_rules_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        CalmRules(**wrong)


def test_a_near_loss_is_told_at_first_sight() -> None:
    calm = Calm(RULES)
    told = calm.step(START_MS, [sight(RULES.at_once_s, START_MS)])
    assert [(t.key, t.level) for t in told] == [(KEY, Level.WARNING)]


def test_a_far_one_is_told_after_half_of_the_time_by_which_it_is_farther() -> None:
    told_s = first_told_s(1.0, 1.0)
    assert 300 - told_s == pytest.approx(0.5 * (told_s - RULES.at_once_s), abs=1.0)


def test_what_takes_a_climb_needs_more_evidence() -> None:
    assert first_told_s(1.0, 1.0, climbing=True) < first_told_s(1.0, 1.0)


def test_the_farther_the_more_evidence() -> None:
    waits = [begin - first_told_s(1.0, 1.0, begins_s=begin) for begin in (90.0, 150.0, 300.0)]
    assert waits == sorted(waits)
    assert waits[0] < 10 < waits[2]


@pytest.mark.parametrize("every_s", [0.1, 0.5, 1.0, 5.0, 10.0])
def test_how_often_one_looks_does_not_matter(every_s: float) -> None:
    assert first_told_s(every_s, 10.0) == pytest.approx(first_told_s(10.0, 10.0), abs=10.0)


def test_looking_again_at_one_report_is_no_evidence() -> None:
    calm = Calm(RULES)
    for now_s in range(200):
        assert not calm.step(START_MS + 1000 * now_s, [sight(300 - now_s, START_MS)])
    assert calm.step(START_MS + 220_000, [sight(80, START_MS)])


def test_a_long_silence_is_not_counted_as_evidence_in_full() -> None:
    calm = Calm(RULES)
    calm.step(START_MS, [sight(300, START_MS)])
    assert not calm.step(START_MS + 100_000, [sight(250, START_MS + 100_000)])


def test_a_prediction_that_comes_and_goes_is_not_told_until_it_is_near() -> None:
    calm = Calm(RULES)
    for n in range(18):
        now_ms = START_MS + 10_000 * n
        sights = [sight(280 - 10 * n, now_ms)] if n % 2 == 0 else []
        assert not calm.step(now_ms, sights)


def test_once_told_it_stays_until_it_was_gone_for_some_time() -> None:
    calm = Calm(RULES)
    assert calm.step(START_MS, [sight(50, START_MS)])
    told = [bool(calm.step(START_MS + 1000 * n, [])) for n in range(1, 40)]
    assert told == [n <= RULES.clear_s for n in range(1, 40)]
    assert len(calm) == 0


def test_noise_at_a_boundary_opens_once_and_closes_once() -> None:
    rng = random.Random(4)
    calm, before, changes = Calm(RULES), False, 0
    for n in range(300):
        now_ms = START_MS + 1000 * n
        sights = [sight(60, now_ms)] if n < 200 and rng.random() < 0.5 else []
        now = bool(calm.step(now_ms, sights))
        changes, before = changes + (now != before), now
    assert changes == 2


def test_a_level_rises_at_once_and_falls_after_a_while() -> None:
    calm = Calm(RULES)
    levels = []
    for n, within_s in enumerate([70.0] * 3 + [200.0] * 30 + [70.0] * 3):
        told = calm.step(START_MS + 1000 * n, [sight(within_s, START_MS + 1000 * n)])
        levels.append(told[0].level)
    low = [n for n, level in enumerate(levels) if level is Level.ADVISORY]
    assert low == list(range(3 + RULES.clear_s, 33))


def test_levels_that_alternate_are_told_as_the_higher_one() -> None:
    calm, levels = Calm(RULES), set()
    for n in range(100):
        now_ms = START_MS + 1000 * n
        told = calm.step(now_ms, [sight(119 if n % 3 == 0 else 121, now_ms)])
        levels |= {t.level for t in told}
    assert levels == {Level.WARNING}


def test_a_clock_that_steps_back_counts_as_no_time() -> None:
    calm = Calm(RULES)
    calm.step(START_MS, [sight(50, START_MS)])
    back_ms = START_MS - 3_600_000
    told = [bool(calm.step(back_ms + 1000 * n, [])) for n in range(40)]
    assert told == [n < RULES.clear_s for n in range(40)]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 300)), max_size=12), st.randoms())
def test_the_order_of_the_sights_does_not_matter(
    seen: list[tuple[int, int]], rng: random.Random
) -> None:
    sights = [sight(within, START_MS, key=("a", f"b{n}")) for n, within in dict(seen).items()]
    mixed = sights.copy()
    rng.shuffle(mixed)
    one, other = Calm(RULES), Calm(RULES)
    for n in range(4):
        assert one.step(START_MS + n, sights) == other.step(START_MS + n, mixed)
