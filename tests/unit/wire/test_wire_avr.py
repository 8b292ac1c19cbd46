"""AVR lines."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.testing import squitter as q
from parley.watch.report import Report, Sense
from parley.wire.adsb.avr import MAX_LINE, AvrDecoder

T0 = 1_717_664_319_000
US = "4ca216"
PAIR = [q.airborne(US, 48, 11, odd=False), q.airborne(US, 48, 11, odd=True)]
STREAM = q.avr([*PAIR, q.identification(US, "EIN5GV"), q.altitude_reply(US, 30_000)])


def take(decoder: AvrDecoder, *pieces: bytes) -> list[Report]:
    return [report for piece in pieces for report in decoder.take(piece, T0)]


WHOLE = take(AvrDecoder("rx"), STREAM)


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_a_cut_at_any_byte_changes_nothing(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in itertools.pairwise(ends)]
    decoder = AvrDecoder("rx")
    assert str(take(decoder, *pieces)) == str(WHOLE)
    assert len(WHOLE) == 4
    assert decoder.rejected.total == 0


@pytest.mark.parametrize("prefix", ["*", "@016CE3671C74", "<016CE3671C7480"])
def test_every_kind_of_line(prefix: str) -> None:
    [report] = AvrDecoder("rx").take(f"{prefix}{q.identification(US, 'EIN5GV')};\n".encode(), T0)
    assert (report.ident.callsign, report.seen_ms) == ("EIN5GV", T0)


def test_lines_of_a_multilateration_client() -> None:
    text = "".join(f"@FF004D4C4154{frame};\n" for frame in PAIR)
    report = AvrDecoder("rx").take(text.encode(), T0)[-1]
    assert report.sense is Sense.MULTILATERATION


def test_mode_a_and_c_name_nobody() -> None:
    decoder = AvrDecoder("rx")
    assert list(decoder.take(b"*7700;\n", T0)) == []
    assert decoder.rejected.total == 0


@pytest.mark.parametrize(
    "line", [b"*8D4CA2;", b"hello;", b"*zz4ca216zz4ca216zz4ca216zz;", b"*;", b"@12;", b"\xff\xfe;"]
)
def test_what_is_no_line_is_counted(line: bytes) -> None:
    decoder = AvrDecoder("rx")
    assert len(take(decoder, line + STREAM)) == len(WHOLE)
    assert decoder.rejected.counts() == {"bad-line": 1}


def test_a_line_without_end_does_not_grow() -> None:
    decoder = AvrDecoder("rx")
    for _ in range(1000):
        decoder.take(b"*" + b"8" * 99, T0)
        assert decoder.rest_bytes <= MAX_LINE
    assert len(take(decoder, b";" + STREAM)) == len(WHOLE)
    assert decoder.rejected.counts() == {"over-long-line": 1}


def test_the_end_of_a_stream_in_the_middle_of_a_line() -> None:
    decoder = AvrDecoder("rx")
    decoder.take(STREAM[:-10], T0)
    decoder.end()
    assert decoder.rejected.counts() == {"cut-short": 1}


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_no_bytes_break_it_or_make_it_grow(pieces: list[bytes]) -> None:
    decoder, whole = AvrDecoder("rx"), AvrDecoder("rx")
    for piece in pieces:
        decoder.take(piece, T0)
        assert decoder.rest_bytes <= MAX_LINE
    whole.take(b"".join(pieces), T0)
    assert decoder.rejected.counts() == whole.rejected.counts()
