"""ASTERIX that lies: whatever the bytes, it never raises, keeps nothing, and counts by name."""

from __future__ import annotations

import math
import os
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from parley.testing.asterix import block, datagrams
from parley.watch.report import Report
from parley.wire.asterix.decoder import AsterixDecoder
from parley.wire.asterix.editions import EDITIONS
from parley.wire.asterix.radar import RadarSite

NOON = 1_717_675_200_000
SHARED = Path(
    os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / ".." / "shared"
)
SITES = {(sac, sic): RadarSite(45.0, 16.0, 100.0) for sac in (0, 25, 255) for sic in (0, 13, 201)}
SOURCE = (("SAC", 25), ("SIC", 201))

MADE = [
    block("Cat_062_1_21", {"010": SOURCE, "070": (43_200.0, "s"), "380": {"ADR": 1, "ID": "A"}}),
    block("Cat_021_2_7", {"010": SOURCE, "071": (43_200.0, "s"), "145": (350.0, "FL")}),
    block("Cat_048_1_32", {"010": SOURCE, "140": (43_200.0, "s"), "040": 0x40004000}),
]


def recorded() -> list[bytes]:
    paths = [SHARED / "data" / name for name in ("cat062.pcap", "cat_034_048.pcap")]
    return [data for path in paths if path.is_file() for _, data in datagrams(path)]


PIECES = MADE + recorded()


def sound(reports: list[Report]) -> None:
    for report in reports:
        assert abs(report.seen_ms - NOON) <= 43_200_000
        assert report.seen_ms <= NOON + 2_000
        if report.position is not None:
            assert math.isnan(report.accuracy_m) or report.accuracy_m >= 0
        assert math.isnan(report.course_deg) or 0 <= report.course_deg <= 360


def heard(data: bytes, editions: dict[str, str] | None = None) -> None:
    decoder = AsterixDecoder("f", editions=editions, sites=SITES)
    sound(list(decoder.take(data, NOON)))
    counted = decoder.rejected.counts()
    assert all(name.isascii() for name in counted)
    assert len(counted) <= 65


@given(st.binary(max_size=400))
@example(b"")
def test_any_bytes(data: bytes) -> None:
    heard(data)


@given(
    st.sampled_from(PIECES),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=6),
    st.integers(0, 2_000),
)
def test_captures_with_bytes_changed_and_cut_off(
    piece: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(piece)
    for at, value in changes:
        data[at % len(data)] = value
    heard(bytes(data))
    heard(bytes(data[: length % (len(data) + 1)]))


@given(
    st.sampled_from([(c, name) for c, named in EDITIONS.items() for name in named]),
    st.binary(min_size=1, max_size=200),
)
def test_any_records_in_a_block_of_the_right_length(
    edition: tuple[int, str], records: bytes
) -> None:
    category, name = edition
    data = bytes([category]) + (len(records) + 3).to_bytes(2, "big") + records
    heard(data, {f"{category:03d}": name})


@given(st.sampled_from(PIECES), st.integers(0, 65_535))
def test_a_length_that_lies(piece: bytes, length: int) -> None:
    heard(piece[:1] + length.to_bytes(2, "big") + piece[3:] + piece)


@given(st.integers(0, 255), st.integers(0, 60_000))
def test_one_byte_over_and_over(value: int, count: int) -> None:
    """An endless field specification, endless extensions, endless empty blocks."""
    for category in EDITIONS:
        body = bytes([value]) * count
        heard(bytes([category]) + (count + 3).to_bytes(2, "big") + body)
    heard(bytes([value]) * count)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=60), max_size=12))
def test_after_anything_a_whole_block_of_the_edition_is_read(pieces: list[bytes]) -> None:
    decoder = AsterixDecoder("f", editions={"062": "1.21"}, sites=SITES)
    for piece in pieces:
        decoder.take(piece, NOON)
    assert len(decoder.take(MADE[0], NOON)) == 1
