"""SBS-1 lines: fields empty, wrong, missing; lines cut anywhere."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.space import Position, PressureAltitude
from parley.watch.report import Ident, Report, Sense
from parley.wire.adsb.sbs import MAX_LINE, SbsDecoder

T0 = 1_717_664_319_000
HEAD = "1,1,4CA216,1,2018/09/17,19:02:11.000,2018/09/17,19:02:11.123"
LINES = [
    f"MSG,1,{HEAD},EIN5GV  ,,,,,,,,,,,0",
    f"MSG,3,{HEAD},,36000,,,51.45735,-1.02826,,,0,0,0,0",
    f"MSG,4,{HEAD},,,420.5,179.1,,,-1216,,,,,0",
    f"MSG,6,{HEAD},,36000,,,,,,2312,0,0,0,0",
]
STREAM = "".join(f"{line}\r\n" for line in LINES).encode()


def take(decoder: SbsDecoder, *pieces: bytes) -> list[Report]:
    return [report for piece in pieces for report in decoder.take(piece, T0)]


def one(line: str) -> tuple[list[Report], dict[str, int]]:
    decoder = SbsDecoder("sbs")
    reports = take(decoder, line.encode() + b"\n")
    return reports, dict(decoder.rejected.counts())


def test_the_four_kinds_that_matter() -> None:
    name, place, speed, code = take(SbsDecoder("sbs"), STREAM)
    assert name.ident == Ident(icao24="4ca216", callsign="EIN5GV")
    assert place.position == Position(lat_deg=51.45735, lon_deg=-1.02826)
    assert place.pressure == PressureAltitude.metres(36_000 * 0.3048)
    assert place.height is None
    assert math.isnan(place.accuracy_m)
    assert speed.speed_mps == pytest.approx(420.5 * 1852 / 3600)
    assert (speed.course_deg, speed.position) == (179.1, None)
    assert speed.climb_mps == pytest.approx(-1216 * 0.3048 / 60)
    assert code.ident.mode3a == "2312"


def test_the_time_in_a_line_says_no_zone_and_is_not_taken() -> None:
    assert {report.seen_ms for report in take(SbsDecoder("sbs"), STREAM)} == {T0}


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_a_cut_at_any_byte_changes_nothing(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in itertools.pairwise(ends)]
    assert str(take(SbsDecoder("sbs"), *pieces)) == str(take(SbsDecoder("sbs"), STREAM))


@pytest.mark.parametrize("flag", ["-1", "1"])
def test_flags(flag: str) -> None:
    [report], _ = one(f"MSG,2,{HEAD},,,12,90,51.4,-0.4,,,0,{flag},0,{flag}")
    assert (report.emergency, report.on_ground) == (True, True)


@pytest.mark.parametrize("code", ["7500", "7600", "7700"])
def test_an_emergency_code(code: str) -> None:
    [report], _ = one(f"MSG,6,{HEAD},,,,,,,,{code},0,0,0,0")
    assert report.emergency


def test_a_code_whose_zeros_were_dropped() -> None:
    [report], _ = one(f"MSG,6,{HEAD},,,,,,,,21,,,,")
    assert report.ident.mode3a == "0021"


def test_an_all_call_says_nothing() -> None:
    assert one(f"MSG,8,{HEAD},,,,,,,,,,,,0") == ([], {})


@pytest.mark.parametrize("kind", ["SEL", "ID", "AIR", "STA", "CLK"])
def test_the_other_kinds_of_line_are_passed_over(kind: str) -> None:
    assert one(f"{kind},,496,2286,4CA4E5,27215,2010/02/19,18:06:07.710,,") == ([], {})


def test_multilaterated_positions_are_marked() -> None:
    [report], _ = one(f"MLAT,3,{HEAD},,36000,,,51.4,-1.0,,,0,0,0,0")
    assert report.sense is Sense.MULTILATERATION


def test_an_address_that_is_nobody_s_is_the_sensor_s_number() -> None:
    [report], _ = one(f"MSG,3,{HEAD.replace('4CA216', '~2A1B3C')},,,,,51.4,-1.0,,,0,0,0,0")
    assert report.ident == Ident(number="~2a1b3c")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (11, "nan", "bad-number"),
        (11, "1e400", "bad-number"),
        (11, "36000H", "bad-number"),
        (11, "9" * 40, "bad-number"),
        (12, "-5", "bad-number"),
        (13, "٣٥", "bad-line"),
        (14, "91", "bad-number"),
        (15, "-1_0", "bad-number"),
        (16, "fast", "bad-number"),
        (17, "9999", "bad-code"),
        (10, "EIN<b>", "bad-callsign"),
    ],
)
def test_a_field_that_cannot_be_is_left_out_and_counted(
    field: int, value: str, reason: str
) -> None:
    fields = f"MSG,2,{HEAD},EIN5GV,100,12,90,51.4,-0.4,64,2312,0,0,0,0".split(",")
    fields[field] = value
    reports, rejected = one(",".join(fields))
    assert rejected == {reason: 1}
    assert len(reports) == (0 if reason == "bad-line" else 1)


def test_the_position_of_a_receiver_without_one() -> None:
    [report], rejected = one(f"MSG,3,{HEAD},,36000,,,0.0,0.0,,,0,0,0,0")
    assert report.position is None
    assert rejected == {"position-zero": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "bad-line"),
        ("MSG,3,1,1,4CA216", "bad-line"),
        (f"MSG,9,{HEAD},,,,,,,,,,,,", "bad-line"),
        (f"MSG,3,{HEAD.replace('4CA216', '4CA2')},,,,,51.4,-1,,,,,,", "bad-address"),
        (f"MSG,3,{HEAD.replace('4CA216', 'GGGGGG')},,,,,51.4,-1,,,,,,", "bad-address"),
        ("MSG,3," + "1" * 600, "over-long-line"),
    ],
)
def test_a_line_that_cannot_be_is_counted(line: str, reason: str) -> None:
    assert one(line) == ([], {reason: 1})


def test_a_line_without_end_does_not_grow() -> None:
    decoder = SbsDecoder("sbs")
    for _ in range(100):
        decoder.take(b"MSG,3," * 50, T0)
        assert decoder.rest_bytes <= MAX_LINE
    assert len(take(decoder, b"\n" + STREAM)) == len(LINES)


FIELD = st.text(max_size=12) | st.sampled_from(["", "-1", "51.4", "4CA216", "7700", "1e9"])


@given(st.lists(FIELD, min_size=18, max_size=22))
def test_no_fields_break_it(fields: list[str]) -> None:
    line = ",".join(["MSG", "3", "1", "1", "4CA216", *fields])
    for report in take(SbsDecoder("sbs"), line.encode() + b"\n"):
        assert report.ident.icao24 == "4ca216"


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_break_it_or_make_it_grow(pieces: list[bytes]) -> None:
    decoder, whole = SbsDecoder("sbs"), SbsDecoder("sbs")
    for piece in pieces:
        decoder.take(piece, T0)
        assert decoder.rest_bytes <= MAX_LINE
    whole.take(b"".join(pieces), T0)
    assert decoder.rejected.counts() == whole.rejected.counts()
