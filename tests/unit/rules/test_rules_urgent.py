"""STOP, DISTRESS and a third party that engages: urgent for as long as they are in force."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.rules.findings import Kind, Level
from parley.rules.statements import Distress, Phase, Report, Stop
from parley.rules.urgent import (
    distress_finding,
    not_passed_on,
    stop_finding,
    third_party_finding,
)
from parley.space import Area
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import header, place, sighting, three_sided

AGREEMENT = three_sided()  # a distress is passed on within 60 s
STOP = Stop(header(), "blue-1", 1, None)


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (STOP, "everywhere"),
        (replace(STOP, area=Area.circle(place(), 1)), "area"),
        (replace(STOP, notice="green-1"), "notice:green-1"),
    ],
)
def test_stop_is_urgent_and_says_where(stop: Stop, code: str) -> None:
    found = stop_finding(stop, DAWN_MS + 1)
    assert (found.kind, found.level, found.codes) == (Kind.STOP, Level.URGENT, (code,))
    assert found.parties == ("amber", "blue", "green", "white")


def distress(since_ms: int, subject: str = "T1") -> Distress:
    return Distress(header(), "blue-2", 1, subject, place(), 500, since_ms)


@pytest.mark.parametrize(
    ("delay_ms", "code", "delay_s"),
    [(0, "in-time", 0), (60_999, "in-time", 60), (61_000, "late", 61), (-5, "in-time", 0)],
)
def test_distress_names_its_delay_and_is_in_time_at_the_limit(
    delay_ms: int, code: str, delay_s: int
) -> None:
    found = distress_finding(AGREEMENT, distress(DAWN_MS - delay_ms), DAWN_MS + 1)
    assert (found.kind, found.level, found.codes) == (Kind.DISTRESS, Level.URGENT, (code,))
    assert found.measured == {"delay_s": delay_s, "limit_s": 60}


def test_emergency_not_passed_on_is_found_one_millisecond_behind_the_limit() -> None:
    seen = sighting(emergency=True)
    assert not_passed_on(AGREEMENT, "T1", seen, [], DAWN_MS + 60_000) is None
    found = not_passed_on(AGREEMENT, "T1", seen, [], DAWN_MS + 60_001)
    assert found is not None
    assert (found.kind, found.level) == (Kind.DISTRESS_NOT_PASSED_ON, Level.URGENT)
    assert found.refs == ("track:T1",)
    assert found.parties == ("blue",)
    assert found.from_ms == DAWN_MS + 60_000
    assert not_passed_on(AGREEMENT, "T1", seen, [], DAWN_MS + 10**9) == found


def test_distress_about_the_track_ends_it_and_about_another_does_not() -> None:
    seen, late = sighting(emergency=True), DAWN_MS + 10**6
    assert not_passed_on(AGREEMENT, "T1", seen, [distress(DAWN_MS)], late) is None
    assert not_passed_on(AGREEMENT, "T1", seen, [distress(DAWN_MS, "T2")], late) is not None


def test_third_party_is_open_until_it_ceased() -> None:
    area = Area.circle(place(), 1_000)
    words = Report(header(), "blue-3", 1, "battery", Phase.OPEN, DAWN_MS - 5, area)
    found = third_party_finding(words, DAWN_MS + 9)
    assert found is not None
    assert (found.kind, found.level, found.codes) == (
        Kind.THIRD_PARTY_OPEN,
        Level.WARNING,
        ("battery",),
    )
    assert (found.from_ms, found.until_ms) == (DAWN_MS - 5, DAWN_MS + 9)
    assert third_party_finding(replace(words, phase=Phase.CEASED), DAWN_MS + 9) is None
    ahead = third_party_finding(replace(words, since_ms=DAWN_MS + 99), DAWN_MS + 9)
    assert ahead is not None
    assert ahead.from_ms <= ahead.until_ms
