"""Times as people say them: what they can mean, what was inferred, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, ParleyError
from parley.liaison.papers.when import BOUND_MS, When, format_when, parse_when

DAY_MS = 86_400_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


SAID_MS = ms("2018-12-08T12:00:00+00:00")  # a Saturday


def days(first: str, last: str, zone: str = "+00:00") -> tuple[int, int]:
    until = datetime.fromisoformat(f"{last}T00:00:00{zone}") + timedelta(days=1)
    return ms(f"{first}T00:00:00{zone}"), int(until.timestamp() * 1000) - 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2018-09-17T18:39Z", "2018-09-17T18:39:00+00:00"),
        ("17.09.2018 21:39 +03:00", "2018-09-17T18:39:00+00:00"),
        ("2018-09-17T21:39:30.250+03:00", "2018-09-17T18:39:30.250+00:00"),
        ("21:39 +03:00 on September 17, 2018", "2018-09-17T18:39:00+00:00"),
        ("9:39 pm on 17 September 2018 Europe/Moscow", "2018-09-17T18:39:00+00:00"),
        ("Monday, 17 September 2018 at 9:39 pm UTC+3", "2018-09-17T18:39:00+00:00"),
        ("17 Sept 2018, 21:39 Europe/Moscow", "2018-09-17T18:39:00+00:00"),
        ("171839ZSEP2018", "2018-09-17T18:39:00+00:00"),
        ("172139C SEP 2018", "2018-09-17T18:39:00+00:00"),
        ("171339RSEP2018", "2018-09-17T18:39:00+00:00"),
        ("170639MSEP2018", "2018-09-16T18:39:00+00:00"),
        ("160639YSEP2018", "2018-09-16T18:39:00+00:00"),
        ("1839Z 17 September 2018", "2018-09-17T18:39:00+00:00"),
        ("1988-07-03 10:24 +03:30", "1988-07-03T06:54:00+00:00"),
        ("1988-07-03 06:54Z", "1988-07-03T06:54:00+00:00"),
        ("1988-07-03 10:54 +04:00", "1988-07-03T06:54:00+00:00"),
    ],
)
def test_an_instant_with_its_zone_is_exact(said: str, meant: str) -> None:
    found = parse_when(said)
    assert found.exact
    assert (found.from_ms, found.said) == (ms(meant), said)


def test_the_tornado_night_has_two_dates_and_zulu_stands_first() -> None:
    local = parse_when("2003-03-23 02:47", zone="Asia/Kuwait")
    assert local.from_ms == ms("2003-03-22T23:47:00+00:00")
    assert local.inferred == ("zone",)
    assert format_when(local) == '2003-03-22T23:47:00Z ("2003-03-23 02:47"; inferred: zone)'
    night = parse_when("night of 22/23 March 2003", zone="Asia/Kuwait")
    assert night.dates == (date(2003, 3, 22), date(2003, 3, 23))
    assert night.may_be(local)
    assert not parse_when("23 March 2003", zone="UTC").may_be(local)


def test_gaza_and_israel_part_for_a_week_of_summer_time() -> None:
    assert parse_when("2024-04-01 12:00", zone="Asia/Jerusalem").from_ms == ms("2024-04-01T09:00Z")
    assert parse_when("2024-04-01 12:00", zone="Asia/Gaza").from_ms == ms("2024-04-01T10:00Z")


@pytest.mark.parametrize(
    ("said", "first", "last", "inferred"),
    [
        ("2018-12-08", "2018-12-08", "2018-12-08", ("zone",)),
        ("8 December 2018", "2018-12-08", "2018-12-08", ("zone",)),
        ("December 8th, 2018", "2018-12-08", "2018-12-08", ("zone",)),
        ("on Saturday, December 8, 2018", "2018-12-08", "2018-12-08", ("zone",)),
        ("8.12.2018", "2018-12-08", "2018-12-08", ("zone",)),
        ("2018-12-11/12", "2018-12-11", "2018-12-12", ("zone",)),
        ("11-12 December 2018", "2018-12-11", "2018-12-12", ("zone",)),
        ("from 11 December 2018 to 3 January 2019", "2018-12-11", "2019-01-03", ("zone",)),
        ("between 2018-12-31 and 2019-01-01", "2018-12-31", "2019-01-01", ("zone",)),
        ("week of 19 December 2018", "2018-12-17", "2018-12-23", ("zone",)),
        ("in February 2016", "2016-02-01", "2016-02-29", ("zone",)),
        ("late December 2018", "2018-12-21", "2018-12-31", ("zone",)),
        ("mid-October 2018", "2018-10-11", "2018-10-20", ("zone",)),
        ("2018", "2018-01-01", "2018-12-31", ("zone",)),
        ("on December 8th", "2018-12-08", "2018-12-08", ("year", "zone")),
        ("on January 3rd", "2019-01-03", "2019-01-03", ("year", "zone")),
        ("in January", "2019-01-01", "2019-01-31", ("year", "zone")),
        ("29 February", "2020-02-29", "2020-02-29", ("year", "zone")),
        ("yesterday", "2018-12-07", "2018-12-07", ("day-word", "zone")),
        ("Today", "2018-12-08", "2018-12-08", ("day-word", "zone")),
        ("tomorrow", "2018-12-09", "2018-12-09", ("day-word", "zone")),
        ("on Friday", "2018-12-07", "2018-12-14", ("day-word", "zone")),
        ("on Saturday", "2018-12-08", "2018-12-08", ("day-word", "zone")),
        ("last Friday", "2018-12-07", "2018-12-07", ("day-word", "zone")),
        ("last Saturday", "2018-12-01", "2018-12-01", ("day-word", "zone")),
        ("this Tuesday", "2018-12-11", "2018-12-11", ("day-word", "zone")),
        ("next Friday", "2018-12-14", "2018-12-21", ("day-word", "zone")),
    ],
)
def test_days_are_days_of_the_zone_and_say_what_was_inferred(
    said: str, first: str, last: str, inferred: tuple[str, ...]
) -> None:
    found = parse_when(said, said_ms=SAID_MS, zone="+03:00")
    assert (found.from_ms, found.until_ms) == days(first, last, "+03:00")
    assert found.inferred == inferred
    assert found.dates == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_day_of_no_zone_is_that_day_anywhere_on_earth() -> None:
    found = parse_when("2018-12-08")
    assert found.from_ms == ms("2018-12-07T10:00Z")
    assert found.until_ms == ms("2018-12-09T12:00Z") - 1
    assert found.inferred == ()
    assert found.dates == (date(2018, 12, 8), date(2018, 12, 8))
    for zone in ("Pacific/Kiritimati", "Asia/Jerusalem", "Pacific/Pago_Pago"):
        there = parse_when("2018-12-08", zone=zone)
        assert found.from_ms <= there.from_ms <= there.until_ms <= found.until_ms


def test_the_day_of_speaking_is_that_of_the_speaker() -> None:
    said_ms = ms("2018-12-08T22:30Z")
    assert parse_when("today", said_ms=said_ms, zone="UTC").dates == (
        date(2018, 12, 8),
        date(2018, 12, 8),
    )
    assert parse_when("today", said_ms=said_ms, zone="Europe/Moscow").dates == (
        date(2018, 12, 9),
        date(2018, 12, 9),
    )


def test_a_bare_time_is_refused_until_date_and_zone_are_given() -> None:
    for said, zone in (("21:39", None), ("at 9:39 pm", "+03:00"), ("21:39Z", None)):
        with pytest.raises(InputError) as refused:
            parse_when(said, zone=zone)
        assert refused.value.right
    with pytest.raises(InputError, match="without a zone"):
        parse_when("21:39", said_ms=SAID_MS)
    with pytest.raises(InputError, match="without a zone"):
        parse_when("2018-09-17T21:39")
    found = parse_when("21:39", said_ms=SAID_MS, zone="+03:00")
    assert found.from_ms == found.until_ms == ms("2018-12-08T18:39Z")
    assert found.inferred == ("date", "zone")
    assert not found.exact
    assert parse_when("21:39Z", said_ms=SAID_MS).inferred == ("date",)
    both = parse_when("yesterday at 21:39", said_ms=SAID_MS, zone="Europe/Moscow")
    assert (both.from_ms, both.inferred) == (ms("2018-12-07T18:39Z"), ("day-word", "zone"))


def test_a_date_time_group_with_a_short_year_says_that_the_year_was_inferred() -> None:
    found = parse_when("171839Z SEP 18")
    assert (found.from_ms, found.inferred) == (ms("2018-09-17T18:39Z"), ("year",))
    assert parse_when("171839ZSEP", said_ms=SAID_MS) == replace(found, said="171839ZSEP")
    with pytest.raises(InputError, match="zone that is not known"):
        parse_when("171839JSEP2018")


def test_a_clock_that_is_put_back_shows_an_hour_twice() -> None:
    found = parse_when("2018-10-28 02:30", zone="Europe/Berlin")
    assert (found.from_ms, found.until_ms) == (ms("2018-10-28T00:30Z"), ms("2018-10-28T01:30Z"))
    day = parse_when("2018-10-28", zone="Europe/Berlin")
    assert day.until_ms + 1 - day.from_ms == 25 * 3_600_000


def test_an_hour_and_a_day_that_clocks_pass_over_are_refused() -> None:
    with pytest.raises(InputError, match="passed over"):
        parse_when("2018-03-25 02:30", zone="Europe/Berlin")
    assert (
        parse_when("2018-03-25", zone="Europe/Berlin").until_ms
        == ms("2018-03-25T00:00+01:00") + 23 * 3_600_000 - 1
    )
    with pytest.raises(InputError, match="passes over"):
        parse_when("2011-12-30", zone="Pacific/Apia")


def test_before_and_after_are_bounded_and_leave_out_what_they_name() -> None:
    before = parse_when("before 8 December 2018", zone="UTC")
    assert before.until_ms == ms("2018-12-08T00:00Z") - 1
    assert before.until_ms - before.from_ms == BOUND_MS - 1
    assert parse_when("by 8 December 2018", zone="UTC").until_ms == ms("2018-12-09T00:00Z") - 1
    after = parse_when("after 2018-09-17T18:39Z")
    assert (after.from_ms, after.until_ms - after.from_ms) == (
        ms("2018-09-17T18:39Z") + 1,
        BOUND_MS - 1,
    )
    assert parse_when("since 2018-09-17T18:39Z").from_ms == ms("2018-09-17T18:39Z")
    about = parse_when("~2018-09-17T18:39Z")
    assert (about.from_ms, about.until_ms) == (ms("2018-09-17T18:24Z"), ms("2018-09-17T18:54Z"))
    assert "bound" in about.inferred


def test_before_a_day_of_no_zone_reaches_to_where_that_day_comes_last() -> None:
    assert parse_when("before 2018-12-08").until_ms == ms("2018-12-08T12:00Z") - 1
    assert parse_when("after 2018-12-08").from_ms == ms("2018-12-08T10:00Z")


@pytest.mark.parametrize(
    "said",
    [
        "soon",
        "",
        "12/08/2018",
        "8 December 18",
        "29 February 2019",
        "30 February",
        "31 April 2018",
        "Friday 8 December 2018",
        "25:00Z 2018-12-08",
        "13:00 pm 2018-12-08Z",
        "2018-12-08T18:39:60Z",
        "2018-12-08 18:39 MSK",
        "2018-12-08 18:39 +15:00",
        "2018-12-08 18:39 Europe/Atlantis",
        "1969-12-30",
        "12-11 December 2018",
        "3 January 2019 to 11 December 2018",
        "21:39Z December 2018",
        "before",
        "\u202e2018-12-08",
        "2018-12-08\n21:39Z",
        "\u0662\u0660\u0661\u0668-12-08",
        "9" * 201,
    ],
)
def test_what_cannot_be_read_for_sure_is_refused_with_what_would_be_right(said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_when(said, said_ms=SAID_MS)
    assert refused.value.right


@pytest.mark.parametrize("said", ["tomorrow", "on December 8th", "in December", "on Friday"])
def test_a_day_without_its_date_needs_to_know_when_it_was_said(said: str) -> None:
    with pytest.raises(InputError, match=r"when it was said|without a year"):
        parse_when(said, zone="UTC")


@pytest.mark.parametrize("zone", ["MSK", "", "../../etc/passwd", "+25:00", "Mars/Base"])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(InputError, match="time zone"):
        parse_when("2018-12-08", zone=zone)


def test_the_words_stay_and_zulu_stands_first() -> None:
    found = parse_when("on December 8th", said_ms=SAID_MS, zone="+03:00")
    assert format_when(found) == (
        '2018-12-07T21:00:00Z to 2018-12-08T20:59:59.999Z ("on December 8th"; inferred: year, zone)'
    )
    assert format_when(parse_when("2018-09-17T18:39:00Z")) == "2018-09-17T18:39:00Z"


@given(st.datetimes(datetime(1970, 1, 3), datetime(9999, 12, 28)), st.integers(-12 * 4, 14 * 4))  # noqa: DTZ001
def test_any_instant_written_with_its_offset_is_read_back(moment: datetime, quarters: int) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    minutes = quarters * 15
    local = (aware + timedelta(minutes=minutes)).replace(tzinfo=None)
    sign = "-" if minutes < 0 else "+"
    offset = f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    found = parse_when(f"{local.isoformat(timespec='milliseconds')}{offset}")
    assert found.exact
    assert found.from_ms == (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(st.dates(date(1971, 1, 1), date(9998, 12, 31)), st.integers(-11, 12))
def test_a_day_is_inside_its_month_inside_its_year(day: date, hours: int) -> None:
    zone = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    spans = [
        parse_when(said, zone=zone)
        for said in (day.isoformat(), day.isoformat()[:7], str(day.year).zfill(4))
    ]
    assert spans[0].until_ms - spans[0].from_ms == DAY_MS - 1
    assert spans[0].dates == (day, day)
    for inner, outer in pairwise(spans):
        assert outer.from_ms <= inner.from_ms <= inner.until_ms <= outer.until_ms


@given(st.dates(date(1980, 1, 1), date(9980, 12, 31)), st.integers(1, 12), st.integers(1, 28))
def test_a_year_that_was_not_said_is_that_of_the_nearest_such_day(
    today: date, month: int, day: int
) -> None:
    said_ms = (today - date(1970, 1, 1)).days * DAY_MS + DAY_MS // 2
    name = date(2000, month, day).strftime("%B")
    found = parse_when(f"{name} {day}", said_ms=said_ms, zone="Z").dates
    assert found is not None
    assert (found[0].month, found[0].day) == (month, day)
    assert abs((found[0] - today).days) <= 183


def read_or_refused(said: str, said_ms: int | None) -> bool:
    """Whether the words were read as an interval, or refused with what would be right."""
    try:
        found = parse_when(said, said_ms=said_ms)
    except ParleyError as error:
        return bool(error.right)
    return 0 <= found.from_ms <= found.until_ms and isinstance(found, When)


@given(st.text(max_size=60), st.one_of(st.none(), st.integers(-(2**63), 2**63)))
def test_any_text_is_read_or_refused_by_name(said: str, said_ms: int | None) -> None:
    assert read_or_refused(said, said_ms)


_WORDS = (
    "~ before after by to 2018-12-08 2018 December 8th Friday next 21:39 Z +03:00 9999-12-31 "
    "1970-01-01 29 February tomorrow Europe/Moscow week of late - / 24:00 12:00 pm"
)
_PARTS = st.sampled_from(_WORDS.split())


@given(st.lists(_PARTS, min_size=1, max_size=7), st.integers(0, 253_402_300_799_999))
def test_any_row_of_such_words_is_read_or_refused_by_name(parts: list[str], said_ms: int) -> None:
    assert read_or_refused(" ".join(parts), said_ms)
