"""Findings and items in English."""

from __future__ import annotations

import pytest

from parley.rules.findings import Finding, Kind, Level, finding
from parley.wire import words

AT = 1_537_209_540_000  # 2018-09-17T18:39:00Z


def found(kind: Kind, *refs: str, codes: tuple[str, ...] = (), **measures: int) -> Finding:
    return finding(
        kind,
        Level.WARNING,
        refs,
        parties=("il", "ru"),
        window_ms=(AT, AT + 21 * 60_000),
        measures=measures,
        codes=codes,
    )


@pytest.mark.parametrize(
    ("about", "text"),
    [
        (
            found(Kind.LEAD_TIME, "notice:il-1@1", lead_s=60, required_s=1800, codes=("late",)),
            "Notice il-1 was given only 60 s before its start; 30 min was agreed.",
        ),
        (
            found(Kind.LEAD_TIME_RECEIVED, "notice:il-1@1", "party:ru", lead_s=-600, required_s=60),
            "Notice il-1 reached ru 10 min after its start; 60 s before was agreed.",
        ),
        (
            found(Kind.CONFLICT, "notice:il-1", "notice:ru-2", horizontal_m=8400, vertical_m=120),
            "Notice il-1 and notice ru-2 come within 8.4 km across, 120 m in height,"
            " 1839Z to 1900Z. il and ru must agree who moves.",
        ),
        (
            found(Kind.CONFLICT, "notice:il-1", "notice:ru-2"),
            "Notice il-1 and notice ru-2 overlap, 1839Z to 1900Z. il and ru must agree who moves.",
        ),
        (
            found(Kind.BYSTANDER, "notice:il-1", "track:T-20", codes=("reaction:battery",)),
            "Track T-20 is where battery may react because of notice il-1, 1839Z to 1900Z."
            " It must keep clear, or the activity must wait.",
        ),
        (
            found(
                Kind.UNACKNOWLEDGED,
                "notice:il-1",
                "party:ru",
                codes=("owes:read", "escalate:chief"),
                received=1,
            ),
            "ru has not read notice il-1, due 1839Z. Ask chief as well.",
        ),
        (
            found(Kind.BYSTANDER, "report:ru-2", "site:clinic", codes=("engaged:battery",)),
            "Site clinic is where battery engages now because of report ru-2, 1839Z to 1900Z."
            " Warn it now and keep it clear.",
        ),
        (
            found(Kind.STOP, "stop:ru-3@1", codes=("everywhere",)),
            "STOP ru-3 since 1839Z: all parties cease everywhere.",
        ),
        (
            found(Kind.DISTRESS_NOT_PASSED_ON, "track:T-20", limit_s=60),
            "Track T-20 is in emergency and nobody has been told (60 s agreed, over at 1839Z)."
            " Send DISTRESS now.",
        ),
        (
            found(Kind.READ_BACK_MISMATCH, "notice:il-1", "party:ru", codes=("floor_m",)),
            "ru read back notice il-1 wrongly: floor. ru must read back again.",
        ),
    ],
)
def test_a_finding_says_what_when_and_who(about: Finding, text: str) -> None:
    assert words.describe(about) == text


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words_even_with_nothing_in_it(kind: Kind) -> None:
    text = words.describe(finding(kind, Level.INFO, (), parties=(), window_ms=(-1, 10**17)))
    assert text.endswith(".")
    assert "  " not in text


def test_days_are_named_where_two_are_meant() -> None:
    assert words.window(AT, AT + 6 * 3_600_000) == "17 Sep 1839Z to 18 Sep 0039Z"
    assert words.window(AT, AT) == "at 1839Z"


@pytest.mark.parametrize(
    ("metres", "text"),
    [(0, "0 m"), (999, "999 m"), (1000, "1.0 km"), (9999, "10.0 km"), (35_400, "35 km")],
)
def test_lengths(metres: int, text: str) -> None:
    assert words.length(metres) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7140, "119 min"), (11_100, "3 h 5 min")],
)
def test_durations(seconds: int, text: str) -> None:
    assert words.duration(seconds) == text
