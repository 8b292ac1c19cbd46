"""ASTERIX from bytes to reports: recorded captures, blocks, editions, times."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ConfigError
from parley.space import Area, Position, distance_m
from parley.testing.asterix import block, blocks, datagrams, parsed
from parley.watch.report import Report, Sense
from parley.wire.asterix.decoder import MISFITS, AsterixDecoder
from parley.wire.asterix.fields import DAY_MS, nearest_ms
from parley.wire.asterix.radar import RadarSite

SHARED = Path(
    os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / ".." / "shared"
)
NOON = 1_717_675_200_000
SITE = RadarSite(lat_deg=48.0, lon_deg=14.0, height_m=500.0)
SOURCE = (("SAC", 25), ("SIC", 201))
PLACE = (("LAT", (45.5, "°")), ("LON", (16.25, "°")))


def capture(name: str) -> list[tuple[int, bytes]]:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"{name} is absent")
    return datagrams(path)


def decoded(decoder: AsterixDecoder, pieces: list[tuple[int, bytes]]) -> list[Report]:
    return [report for now_ms, data in pieces for report in decoder.take(data, now_ms)]


def track(number: int = 7, seconds: float = 43_200.0, place: Any = PLACE) -> dict[str, Any]:
    """A system track of the present edition."""
    return {
        "010": SOURCE,
        "070": (float(seconds), "s"),
        "105": place,
        "040": number,
    }


def of_now(*records: dict[str, Any]) -> bytes:
    return block("Cat_062_1_21", *(records or (track(),)))


def early(number: int = 7, seconds: float = 43_200.0, lat: float = 45.5) -> bytes:
    """A record of edition 0.17: source, time, number, place."""
    record = b"\xb8" + bytes([25, 201]) + round(seconds * 128).to_bytes(3, "big")
    record += number.to_bytes(2, "big")
    for degrees in (lat, 16.25):
        record += round(degrees * 2**23 / 180).to_bytes(3, "big", signed=True)
    return b"\x3e" + (len(record) + 3).to_bytes(2, "big") + record


def test_a_radar_recorded_in_2016() -> None:
    """Compared with libasterix, record by record."""
    pieces = capture("cat_034_048.pcap")
    decoder = AsterixDecoder("radar", sites={(25, 201): SITE})
    reports = decoded(decoder, pieces)
    theirs = [
        record.items_regular
        for _, data in pieces
        for category, records in blocks(data)
        if category == 48
        for record in parsed("Cat_048_1_32", records)
    ]
    assert len(reports) == len(theirs) == 128
    placed = sum(report.position is not None for report in reports)
    unplaced = sum("040" in items for items in theirs) - placed
    assert decoder.rejected.counts() == {"category-034": 34, "no-radar-site": unplaced}
    for report, items in zip(reports, theirs, strict=True):
        assert report.sense is Sense.RADAR
        assert items["010"].as_uint() == int.from_bytes(
            bytes(map(int, report.sensor.removeprefix("radar:").split("/"))), "big"
        )
        if "220" in items:
            assert int(report.ident.icao24, 16) == items["220"].as_uint()
        if "161" in items:
            assert report.ident.number == str(items["161"].as_uint())
        if "240" in items:
            text = items["240"].variation.content.as_string()
            assert report.ident.callsign == text.strip()
        if report.pressure is not None:
            quarters = (items["090"].as_uint() + 0x2000 & 0x3FFF) - 0x2000
            assert report.pressure.m == pytest.approx(quarters * 25 * 0.3048)
        if report.position is not None:
            assert report.sensor == "radar:25/201"
            range_m = (items["040"].as_uint() >> 16) / 256 * 1852
            ground_m = distance_m(Area.point(SITE.position), Area.point(report.position))
            assert range_m * 0.9 < ground_m <= range_m + 1


def test_system_tracks_recorded_in_2008_are_of_an_early_edition() -> None:
    pieces = capture("cat062.pcap")
    decoder = AsterixDecoder("sdps")
    reports = decoded(decoder, pieces)
    assert len(reports) == 100
    assert decoder.rejected.counts() == {"cat062-edition-0.17": 1}
    assert decoder.editions["062"] == "0.17"
    [first, second] = reports[:2]
    assert (first.ident.callsign, first.ident.number) == ("BAW891", "894")
    assert first.position == Position(lat_deg=44.2689157, lon_deg=18.2299018)
    assert first.sensor == "sdps:25/100"
    assert second.ident.callsign == "AUA848Z"
    for (now_ms, _), report in zip(pieces, reports, strict=True):
        assert abs(report.seen_ms - now_ms) < 1000
        assert report.position is not None
        assert report.pressure is not None
        assert 36 < report.position.lat_deg < 50
        assert 8 < report.position.lon_deg < 26
        assert report.pressure.m < 14_000
        assert 30 < report.speed_mps < 300
        assert report.sense is Sense.SYSTEM


def test_a_capture_sent_again_at_another_time_of_day_takes_longer_to_be_sure_of() -> None:
    """One block that could be another edition is not enough: no time confirms it."""
    pieces = [(now_ms + 5 * 3_600_000, data) for now_ms, data in capture("cat062.pcap")]
    decoder = AsterixDecoder("sdps")
    reports = decoded(decoder, pieces)
    assert len(reports) == 100 - (MISFITS - 1)
    counts = decoder.rejected.counts()
    assert counts["cat062-edition-0.17"] == 1
    assert sum(counts.values()) == MISFITS
    assert {
        round(now_ms - report.seen_ms, -3)
        for (now_ms, _), report in zip(pieces[MISFITS - 1 :], reports, strict=True)
    } <= {18_000_000, 18_001_000}


def test_the_edition_that_a_person_names_is_the_only_one() -> None:
    pieces = capture("cat062.pcap")
    named = AsterixDecoder("sdps", editions={"062": "0.17"})
    assert len(decoded(named, pieces)) == 100
    assert named.rejected.total == 0
    wrong = AsterixDecoder("sdps", editions={"062": "1.18"})
    decoded(wrong, pieces)
    assert wrong.editions["062"] == "1.18"
    assert wrong.rejected.counts()["cat062-insufficient-data"] > 20


@pytest.mark.parametrize(
    "editions", [{"062": "9.9"}, {"034": "1.27"}, {"62": "1.21"}, {"²": "1"}, {"062": ""}]
)
def test_an_edition_that_there_is_not(editions: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        AsterixDecoder("sdps", editions=editions)


def test_once_sure_a_few_blocks_of_another_edition_change_nothing() -> None:
    decoder = AsterixDecoder("sdps")
    assert len(decoder.take(of_now(), NOON)) == 1
    for _ in range(MISFITS - 1):
        assert not decoder.take(early(), NOON)
    assert len(decoder.take(of_now(), NOON)) == 1
    assert decoder.editions["062"] == "1.21"
    assert "cat062-edition-0.17" not in decoder.rejected.counts()


def test_a_system_that_changes_its_edition_is_followed_after_a_while() -> None:
    decoder = AsterixDecoder("sdps")
    decoder.take(of_now(), NOON)
    heard = [len(decoder.take(early(n), NOON)) for n in range(1, 40)]
    assert sum(heard) == 39 - (MISFITS - 1)
    assert decoder.rejected.counts()["cat062-edition-0.17"] == 1


def test_what_two_editions_can_read_is_not_guessed() -> None:
    """Far from the time of its arrival, a block without a place may be either edition's."""
    data = b"\x3e\x00\x06\x80" + bytes([25, 201])
    decoder = AsterixDecoder("sdps")
    assert not decoder.take(data, NOON)
    assert decoder.rejected.counts() == {"cat062-edition-unclear": 1}
    decoder.take(of_now(), NOON)
    assert len(decoder.take(data, NOON)) == 1


def test_several_blocks_in_one_datagram() -> None:
    status = b"\x22\x00\x05\x00\x00"
    decoder = AsterixDecoder("sdps")
    reports = decoder.take(of_now(track(1), track(2)) + status + of_now(track(3)), NOON)
    assert [report.ident.number for report in reports] == ["1", "2", "3"]
    assert decoder.rejected.counts() == {"category-034": 1}


def test_behind_a_block_that_cannot_be_read_it_goes_on() -> None:
    broken = bytearray(of_now())
    broken[2] -= 1
    del broken[-1]
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    [report] = decoder.take(bytes(broken) + of_now(track(3)), NOON)
    assert report.ident.number == "3"
    assert decoder.rejected.counts() == {"cat062-insufficient-data": 1}


@pytest.mark.parametrize(
    ("tail", "name"),
    [
        (b"\x3e\x00\x00", "length-zero"),
        (b"\x3e\x00\x02\x00", "length-zero"),
        (b"\x3e\xff\xff\x00", "truncated"),
        (b"\x3e\x00", "truncated"),
        (b"\x3e", "truncated"),
        (b"\x3e\x00\x03", "cat062-empty-record"),
        (b"\x3e\x00\x04\x00", "cat062-empty-record"),
        (b"\x3e\x00\x10" + b"\xff" * 13, "cat062-fspec-too-long"),
        (b"\x3e\x00\x05\x40\x00", "cat062-spare-item"),
        (b"\x3e\x00\x04\x81", "cat062-insufficient-data"),
        (b"\x3e\x00\x0d\x01\x01\x01\x01\x04\x00" + bytes(4), "cat062-explicit-length-zero"),
        (b"\x3e\x00\x0d\x01\x04" + b"\xff" * 7 + b"\x00", "cat062-last-fx-set"),
    ],
)
def test_what_cannot_be_a_block_is_counted_by_name(tail: bytes, name: str) -> None:
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    assert len(decoder.take(of_now() + tail, NOON)) == 1
    assert decoder.rejected.counts() == {name: 1}


def test_a_flood_of_tiny_records_is_bounded() -> None:
    record = b"\x80" + bytes([25, 201])
    records = record * 21_000
    data = b"\x3e" + (len(records) + 3).to_bytes(2, "big") + records
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    assert not decoder.take(data, NOON)
    assert decoder.rejected.counts() == {"cat062-too-many-records": 1}
    several = AsterixDecoder("sdps", editions={"062": "1.21"})
    assert len(several.take((b"\x3e\x00\x60" + record * 31) * 200, NOON)) <= 4096
    assert several.rejected.counts()["too-many-records"] == 1
    blocks = AsterixDecoder("sdps")
    blocks.take(b"\x22\x00\x03" * 20_000, NOON)
    assert blocks.rejected.counts() == {"category-034": 1024, "too-many-blocks": 1}


def test_a_hundred_categories_hide_no_other_count() -> None:
    decoder = AsterixDecoder("sdps")
    for category in range(100, 200):
        decoder.take(bytes([category, 0, 3]), NOON)
    decoder.take(b"\x3e\x00\x00", NOON)
    counts = decoder.rejected.counts()
    assert counts["category-100"] == 1
    assert counts["category-other"] == 84
    assert counts["length-zero"] == 1


def test_the_record_that_lies_about_its_source() -> None:
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    record = track()
    del record["010"]
    assert not decoder.take(of_now(record), NOON)
    assert decoder.rejected.counts() == {"no-source": 1}


@pytest.mark.parametrize(
    ("now_of_day_s", "seconds", "ago_s"),
    [(5, 86_399, 6), (86_399, 86_398, 1), (43_200, 43_100, 100), (0, 43_200, 43_200)],
)
def test_a_time_of_day_is_of_the_nearest_day(now_of_day_s: int, seconds: int, ago_s: int) -> None:
    now_ms = NOON - DAY_MS // 2 + now_of_day_s * 1000
    [report] = AsterixDecoder("sdps", editions={"062": "1.21"}).take(
        of_now(track(seconds=seconds)), now_ms
    )
    assert now_ms - report.seen_ms == ago_s * 1000


def test_just_before_midnight_a_clock_that_is_a_second_ahead() -> None:
    now_ms = NOON + DAY_MS // 2 - 500
    [report] = AsterixDecoder("sdps").take(of_now(track(seconds=0.5)), now_ms)
    assert report.seen_ms == now_ms + 1000


def test_a_clock_that_is_ahead_is_not_believed() -> None:
    decoder = AsterixDecoder("sdps")
    [report] = decoder.take(of_now(track(seconds=43_260)), NOON)
    assert report.seen_ms == NOON
    assert decoder.rejected.counts() == {"clock-ahead": 1}


def test_a_time_that_no_day_has() -> None:
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    assert not decoder.take(of_now(track(seconds=86_400)), NOON)
    assert decoder.rejected.counts() == {"bad-time": 1}


def test_a_record_without_a_time_is_as_old_as_its_arrival() -> None:
    decoder = AsterixDecoder("sdps")
    record = track()
    del record["070"]
    [report] = decoder.take(of_now(record), NOON)
    assert report.seen_ms == NOON
    assert decoder.rejected.counts() == {"no-time": 1}


@given(st.integers(0, 86_400 * 128 - 1), st.integers(0, 4 * 10**12))
def test_the_nearest_day_is_never_more_than_half_a_day_away(steps: int, now_ms: int) -> None:
    instant = nearest_ms(steps, now_ms)
    assert abs(instant - now_ms) <= DAY_MS // 2
    assert instant % DAY_MS == (steps * 1000 + 64) // 128 % DAY_MS


@pytest.mark.parametrize(
    ("lat", "lon", "name"), [(91.0, 0.0, "bad-position"), (0.0, 0.0, "position-zero")]
)
def test_a_place_that_cannot_be(lat: float, lon: float, name: str) -> None:
    decoder = AsterixDecoder("sdps", editions={"062": "1.21"})
    place = (("LAT", (lat, "°")), ("LON", (lon, "°")))
    [report] = decoder.take(of_now(track(place=place)), NOON)
    assert report.position is None
    assert decoder.rejected.counts() == {name: 1}
