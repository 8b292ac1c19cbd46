"""Beast framing: escapes, cuts anywhere, garbage, frames that stop in the middle."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.testing import squitter as q
from parley.watch.report import Report, Sense
from parley.wire.adsb.beast import MAX_REST, MLAT_MARK, BeastDecoder

T0 = 1_717_664_319_000
US = "4ca216"
PAIR = [q.airborne(US, 48, 11, odd=False), q.airborne(US, 48, 11, odd=True)]
FRAMES = [
    *PAIR,
    q.identification(US, "EIN5GV"),
    q.velocity(US, 300, -20, 640),
    q.airborne("1a1a1a", 48, 11, odd=False),
    q.identification("1a1a1a", "ESCAPE"),
    q.altitude_reply(US, 30_000),
    q.all_call("3461ce"),
]
STREAM = q.beast(FRAMES, counter=b"\x1a\x01\x1a\x1a\x02\x1a")


def take(decoder: BeastDecoder, *pieces: bytes) -> list[Report]:
    return [report for piece in pieces for report in decoder.take(piece, T0)]


WHOLE = take(BeastDecoder("rx"), STREAM)


def test_frames_of_both_lengths_with_escaped_bytes() -> None:
    idents = [report.ident.icao24 for report in WHOLE]
    assert idents == [US] * 4 + ["1a1a1a"] * 2 + [US]
    assert WHOLE[5].ident.callsign == "ESCAPE"


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_a_cut_at_any_byte_changes_nothing(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    decoder = BeastDecoder("rx")
    pieces = [STREAM[a:b] for a, b in itertools.pairwise(ends)]
    assert str(take(decoder, *pieces)) == str(WHOLE)
    assert decoder.rejected.total == 0


def test_one_byte_at_a_time() -> None:
    decoder = BeastDecoder("rx")
    assert str(take(decoder, *(bytes([b]) for b in STREAM))) == str(WHOLE)


def test_garbage_before_and_between_is_counted_by_the_byte() -> None:
    first, second = (q.beast([text]) for text in PAIR)
    decoder = BeastDecoder("rx")
    reports = take(decoder, b"SSH-2.0\r\n" + first + b"noise" + second)
    assert reports[-1].position is not None
    assert decoder.rejected.counts() == {"garbage-bytes": 14}


def test_a_frame_that_stops_is_counted_and_the_next_one_is_read() -> None:
    first, second = (q.beast([text]) for text in PAIR)
    decoder = BeastDecoder("rx")
    reports = take(decoder, first[:11] + first + second)
    assert reports[-1].position is not None
    assert decoder.rejected.counts() == {"short-frame": 1}


def test_a_stream_that_stops_in_the_middle_of_a_frame() -> None:
    decoder = BeastDecoder("rx")
    assert take(decoder, q.beast(PAIR)[:-3])[-1].position is None
    assert 0 < decoder.rest_bytes <= MAX_REST
    decoder.end()
    assert decoder.rest_bytes == 0
    assert decoder.rejected.counts() == {"cut-short": 1}


def test_what_others_send_between_is_passed_over() -> None:
    """Mode A/C replies, the receiver's status, readsb's receiver id, and an unknown type."""
    other = b"\x1a1" + bytes(9) + b"\x1a4" + bytes(14) + b"\x1a\xe3" + b"\x1a\x1a" + bytes(7)
    decoder = BeastDecoder("rx")
    assert len(take(decoder, other + STREAM)) == len(WHOLE)
    assert decoder.rejected.total == 0
    assert len(take(BeastDecoder("rx"), b"\x1aQabc" + STREAM)) == len(WHOLE)


def test_frames_of_a_multilateration_client() -> None:
    [_, report] = take(BeastDecoder("rx"), q.beast(PAIR, counter=MLAT_MARK))
    assert report.sense is Sense.MULTILATERATION


def test_a_report_is_as_old_as_its_arrival() -> None:
    [report] = BeastDecoder("rx").take(q.beast([q.identification(US, "A")]), T0 + 7)
    assert report.seen_ms == T0 + 7


BITS = st.sampled_from([b"\x1a", b"1", b"2", b"3", b"\xe3", b"x", b"\x1a3" + bytes(20), STREAM])


@given(st.lists(st.binary(max_size=80) | BITS, max_size=16))
def test_no_bytes_break_it_or_make_it_grow(pieces: list[bytes]) -> None:
    decoder = BeastDecoder("rx")
    for piece in pieces:
        decoder.take(piece, T0)
        assert decoder.rest_bytes <= MAX_REST
    whole = BeastDecoder("rx")
    whole.take(b"".join(pieces), T0)
    assert decoder.rejected.counts() == whole.rejected.counts()


@pytest.mark.parametrize("flood", [b"\x1a" * 100_000, b"\x1a3" * 50_000, bytes(100_000)])
def test_floods_of_one_byte(flood: bytes) -> None:
    decoder = BeastDecoder("rx")
    assert list(decoder.take(flood, T0)) == []
    assert decoder.rest_bytes <= MAX_REST
    assert decoder.rejected.total > 0


@given(st.binary(max_size=60))
def test_after_any_garbage_and_one_lost_frame_it_is_in_step_again(garbage: bytes) -> None:
    decoder = BeastDecoder("rx")
    decoder.take(garbage, T0)
    settle = q.beast([PAIR[0]] * 3)
    reports = take(decoder, settle + q.beast(PAIR))
    assert reports[-1].position is not None
