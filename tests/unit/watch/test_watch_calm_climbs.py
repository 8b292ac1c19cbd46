"""Which climbs are believed."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from parley.rules.watching import CalmRules
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.pairs.climbs import Climb, Climbs

FT, FPM = 0.3048, 0.3048 / 60
RULES = CalmRules()


def fly(
    rate: Callable[[float], float],
    height: Callable[[float], float],
    *,
    until_s: float,
    report_s: float = 10.0,
    every_s: float | None = None,
) -> Climb:
    """What is believed after reports of these rates and heights until then."""
    climbs, every_s = Climbs(RULES), every_s or report_s
    for n in range(round(until_s / every_s) + 1):
        now_s = n * every_s
        seen_s = now_s // report_s * report_s
        flight = Flight(
            "a", climb_mps=rate(seen_s), pressure_m=height(seen_s), age_s=now_s - seen_s
        )
        believed = climbs.step(picture([flight], DAWN_MS + round(1000 * now_s)))
    return believed


def test_small_rates_are_level_flight() -> None:
    flicker = fly(lambda s: 128 * FPM * (1 - s // 10 % 2 * 2), lambda _: 10_000.0, until_s=120)
    assert flicker.climb_mps.tolist() == [0.0]
    assert flicker.travel_m.tolist() == [0.0]


def test_a_climb_is_believed_at_its_first_report() -> None:
    believed = fly(lambda s: 1500 * FPM if s >= 60 else 0.0, lambda _: 10_000.0, until_s=60)
    assert believed.climb_mps[0] == pytest.approx(1500 * FPM)
    assert believed.travel_m[0] > 1e6


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("every_s", [1.0, 10.0])
def test_a_slow_but_steady_drift_is_believed_in_the_end(way: int, every_s: float) -> None:
    """150 ft/min, told as 128 in steps of 64, in steps of 25 ft."""

    def height(s: float) -> float:
        return 10_000 + way * round(150 * s / 60 / 25) * 25 * FT

    slow = fly(lambda _: way * 128 * FPM, height, until_s=30, every_s=every_s)
    assert slow.climb_mps[0] == 0.0
    steady = fly(lambda _: way * 128 * FPM, height, until_s=90, every_s=every_s)
    assert steady.climb_mps[0] == pytest.approx(way * 150 * FPM, rel=0.25)


def test_one_step_of_25_feet_is_no_drift() -> None:
    believed = fly(lambda _: 0.0, lambda s: 10_000 + (25 * FT if s >= 70 else 0.0), until_s=100)
    assert believed.climb_mps[0] == 0.0


def test_the_climb_before_is_not_measured_as_a_drift() -> None:
    def height(s: float) -> float:
        return 10_000 + 10 * min(s, 100)

    for until_s in (110, 130, 150, 180):
        believed = fly(lambda s: 10.0 if s < 100 else 0.0, height, until_s=until_s)
        assert believed.climb_mps[0] == 0.0


@pytest.mark.parametrize("report_s", [1.0, 5.0, 10.0])
def test_who_levels_off_goes_no_farther_than_his_rate_lets_him(report_s: float) -> None:
    """From 10 m/s, 0.4 m/s less every second: v²/2a."""

    def rate(s: float) -> float:
        return 10 - 0.4 * max(0.0, s - 40)

    believed = fly(rate, lambda s: 9_000 + 10 * s, until_s=50, report_s=report_s)
    assert believed.climb_mps[0] == pytest.approx(6.0)
    assert believed.travel_m[0] == pytest.approx(45.0, rel=0.3)


def test_a_rate_that_is_not_told_is_measured() -> None:
    believed = fly(lambda _: math.nan, lambda s: 9_000 - 8 * s, until_s=60)
    assert believed.climb_mps[0] == pytest.approx(-8.0)


def test_nothing_known_is_level_flight() -> None:
    believed = fly(lambda _: math.nan, lambda _: math.nan, until_s=60)
    assert (believed.climb_mps[0], believed.travel_m[0]) == (0.0, 0.0)


def test_each_track_has_its_own_past_whoever_comes_and_goes() -> None:
    climbs = Climbs(RULES)
    for n in range(10):
        flights = [Flight("m", climb_mps=0.0, pressure_m=10_000 + 0.8 * 10 * n)]
        flights += [Flight(f"{'az'[n % 2]}{n}", climb_mps=9.0, pressure_m=9_000.0)]
        tracks = picture(flights, DAWN_MS + 10_000 * n)
        believed = climbs.step(tracks).climb_mps[tracks.ids.index("m")]
    assert believed == pytest.approx(0.8)
