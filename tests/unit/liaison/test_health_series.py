"""Figures by day, week and month: nothing is counted twice, and nothing is left out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.health.figures import Health, NoticeRow, Outage, Period
from parley.liaison.health.series import Charted, Every, charted, edges

DAY_MS = 86_400_000
JAN_MS = 1_704_067_200_000
"""2024-01-01T00:00Z, a Monday."""


def row(said_ms: int, *, by: str = "blue", to: str = "green", lead_ms: int | None = None,
        answered_ms: int = -1, in_time: int = -1) -> NoticeRow:  # fmt: skip
    return NoticeRow(
        f"{by}-1", 1, "transit", by, to, said_ms, 0, 0, said_ms, lead_ms,
        "" if lead_ms is None else "timely", -1, -1, answered_ms, "accepted", False, in_time,
    )  # fmt: skip


def health(from_ms: int, until_ms: int, rows: list[NoticeRow], *outages: Outage) -> Health:
    return Health(
        "blue", "blue", "small", (), Period(from_ms, until_ms), until_ms, (), tuple(rows), outages
    )


def values(found: Charted, of: str, name: str) -> list[int | None]:
    return next(list(one.values) for one in found.series if (one.of, one.name) == (of, name))


def test_weeks_begin_on_monday_and_the_first_is_cut_to_the_period() -> None:
    wednesday = JAN_MS + 2 * DAY_MS + 5
    assert edges(wednesday, JAN_MS + 14 * DAY_MS, Every.WEEK) == (
        wednesday, JAN_MS + 7 * DAY_MS, JAN_MS + 14 * DAY_MS, JAN_MS + 14 * DAY_MS + 1,
    )  # fmt: skip


def test_february_of_a_leap_year_has_its_day() -> None:
    found = edges(JAN_MS, JAN_MS + 65 * DAY_MS, Every.MONTH)
    assert [(b - a) // DAY_MS for a, b in pairwise(found)] == [31, 29, 5]


@given(
    st.integers(0, 4 * 10**12),
    st.integers(0, 300 * DAY_MS),
    st.sampled_from(list(Every)),
    st.lists(st.floats(0, 1), max_size=30),
)
def test_every_notice_counts_once(
    from_ms: int, long_ms: int, every: Every, places: list[float]
) -> None:
    rows = [row(from_ms + int(long_ms * place)) for place in places]
    found = charted(health(from_ms, from_ms + long_ms, rows), every)
    assert list(found.edges_ms) == sorted(set(found.edges_ms))
    if rows:
        assert sum(values(found, "blue>green", "notices")) == len(rows)  # type: ignore[arg-type]
    assert all(len(one.values) == len(found.edges_ms) - 1 for one in found.series)


def test_what_cannot_be_measured_is_none_and_not_nothing() -> None:
    rows = [row(JAN_MS, lead_ms=60_000, answered_ms=JAN_MS + 5_000, in_time=1),
            row(JAN_MS + 1, lead_ms=20_000), row(JAN_MS + DAY_MS)]  # fmt: skip
    found = charted(health(JAN_MS, JAN_MS + 2 * DAY_MS, rows), Every.DAY)
    assert values(found, "blue>green", "notices") == [2, 1, 0]
    assert values(found, "blue>green", "lead-min") == [20_000, None, None]
    assert values(found, "blue>green", "answer-median") == [5_000, None, None]
    assert values(found, "blue>green", "in-time") == [1000, None, None]


def test_reciprocity_is_the_first_less_the_second() -> None:
    rows = [row(JAN_MS), row(JAN_MS, by="green", to="blue"), row(JAN_MS, by="green", to="blue")]
    found = charted(health(JAN_MS, JAN_MS, rows), Every.DAY)
    assert values(found, "blue<>green", "notices-difference") == [-1]
    assert values(found, "blue<>green", "notices-ratio") == [500]


def test_an_outage_over_midnight_counts_in_both_days_and_an_overlap_once() -> None:
    six = 6 * 3_600_000
    down = Outage(
        "link", "blue", "green", "out", JAN_MS + DAY_MS - six, JAN_MS + DAY_MS + six, False
    )
    inside = Outage("link", "blue", "green", "out", JAN_MS + DAY_MS, JAN_MS + DAY_MS + 1000, False)
    found = charted(health(JAN_MS, JAN_MS + 2 * DAY_MS - 1, [], down, inside), Every.DAY)
    assert values(found, "link green", "outage") == [six, six]
    assert values(found, "link green", "outages") == [1, 1]


def test_a_chart_has_an_end() -> None:
    with pytest.raises(InputError, match="400 times a day"):
        edges(JAN_MS, JAN_MS + 500 * DAY_MS, Every.DAY)
