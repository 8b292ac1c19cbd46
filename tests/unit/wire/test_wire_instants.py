from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError, InputError
from parley.wire.instants import (
    MAX_MS,
    format_instant,
    format_instant_short,
    in_zone,
    parse_instant,
)

IL20_MS = 1_537_209_540_000


@pytest.mark.parametrize(
    "text",
    [
        "2018-09-17T18:39:00Z",
        "2018-09-17t18:39:00z",
        "2018-09-17 18:39:00Z",
        "2018-09-17T18:39Z",
        "2018-09-17T21:39:00+03:00",
        "2018-09-17T13:09:00-05:30",
        "2018-09-17T18:39:00-00:00",
        "2018-09-17T18:39:00.000999Z",
        " 2018-09-17T18:39:00Z\n",
    ],
)
def test_rfc3339_spellings_of_one_instant(text: str) -> None:
    assert parse_instant(text) == IL20_MS


def test_rfc3339_examples_of_section_5_8() -> None:
    assert parse_instant("1985-04-12T23:20:50.52Z") == 482_196_050_520
    assert parse_instant("1996-12-19T16:39:57-08:00") == parse_instant("1996-12-20T00:39:57Z")
    assert parse_instant("1970-01-01T00:00:00Z") == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2018-09-17T18:39:00", "without a zone"),
        ("2018-09-17", "without a time"),
        ("18:39", "bare time"),
        ("1839Z", "bare time"),
        ("18:39Z", "bare time"),
        ("tomorrow", "relative"),
        ("tomorrow 18:39Z", "relative"),
        ("in 5 minutes", "relative"),
        ("now", "relative"),
        ("1990-12-31T23:59:60Z", "leap second"),
        ("2018-02-29T00:00:00Z", "does not exist"),
        ("2018-13-01T00:00:00Z", "does not exist"),
        ("2018-09-17T24:00:00Z", "does not exist"),
        ("0000-01-01T00:00:00Z", "does not exist"),
        ("1969-12-31T23:59:59Z", "out of range"),
        ("1970-01-01T00:00:00+01:00", "out of range"),
        ("9999-12-31T23:59:59-01:00", "out of range"),
        ("2018-09-17T18:39:00+15:00", "no place on Earth"),
        ("2018-09-17T18:39:00+03:60", "no place on Earth"),
        ("2018-09-17T18:39:00 Europe/Moscow", "not an instant"),
        ("2018-09-17T18:39:00+0300", "not an instant"),
        ("17/09/2018 18:39Z", "not an instant"),
        ("1537209540000", "not an instant"),
        ("٢٠١٨-09-17T18:39:00Z", "not an instant"),
        ("", "not an instant"),
    ],
)
def test_ambiguous_and_impossible_instants_are_refused(text: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as caught:
        parse_instant(text, "volumes[1].start")
    assert caught.value.where == "volumes[1].start"
    assert caught.value.right


def test_what_is_right_for_a_missing_zone_is_the_same_time_with_z() -> None:
    with pytest.raises(FormatError) as caught:
        parse_instant("2018-09-17T18:39:00")
    assert caught.value.right == "2018-09-17T18:39:00Z if it is UTC"


@given(st.integers(0, MAX_MS))
def test_what_is_written_is_read_back(ms: int) -> None:
    assert parse_instant(format_instant(ms)) == ms


def test_milliseconds_and_seconds_show_only_when_not_zero() -> None:
    assert format_instant(IL20_MS) == "2018-09-17T18:39:00Z"
    assert format_instant(IL20_MS + 7) == "2018-09-17T18:39:00.007Z"
    assert format_instant_short(IL20_MS) == "18:39Z"
    assert format_instant_short(IL20_MS + 30_000) == "18:39:30Z"
    assert format_instant(-62_135_596_800_000) == "0001-01-01T00:00:00Z"


def test_local_time_names_its_offset_and_its_date() -> None:
    assert in_zone(IL20_MS, "Europe/Moscow") == "21:39 +03:00 Mon 17 Sep 2018"
    assert in_zone(IL20_MS, "America/St_Johns") == "16:09 -02:30 Mon 17 Sep 2018"
    assert in_zone(IL20_MS + 5 * 3_600_000, "Asia/Jerusalem") == "02:39 +03:00 Tue 18 Sep 2018"
    assert in_zone(0, "Africa/Monrovia") == "23:15:30 -00:44:30 Wed 31 Dec 1969"
    assert in_zone(MAX_MS, "Asia/Tokyo").endswith("31 Dec 9999")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "/etc", "a\x00b", "+03:00"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(InputError, match="not known"):
        in_zone(IL20_MS, zone)


def test_an_instant_outside_the_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        format_instant(10**18)
