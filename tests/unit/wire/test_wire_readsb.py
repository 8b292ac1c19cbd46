"""aircraft.json and JSON lines of readsb: ages, kinds of source, and what is not JSON."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.space import Height, Position, PressureAltitude
from parley.watch.report import Ident, Report, Sense
from parley.wire.adsb.readsb import MAX_LINE, AircraftJsonDecoder, JsonLinesDecoder

T0 = 1_609_275_898_500
NOW_S = T0 / 1000
ONE: Mapping[str, Any] = {
    "hex": "4ca216",
    "type": "adsb_icao",
    "flight": "EIN5GV  ",
    "alt_baro": 24_825,
    "alt_geom": 25_550,
    "gs": 446.0,
    "track": 306.6,
    "baro_rate": -2176,
    "geom_rate": -2144,
    "squawk": "2312",
    "emergency": "none",
    "lat": 49.273589,
    "lon": 10.593278,
    "nic": 8,
    "rc": 186,
    "seen_pos": 0.4,
    "seen": 0.1,
    "nac_p": 9,
    "gva": 2,
    "mlat": [],
    "tisb": [],
}


def document(*crafts: Any, now: Any = NOW_S) -> bytes:
    return json.dumps({"now": now, "messages": 1, "aircraft": list(crafts)}).encode()


def one(now_ms: int = T0, **changed: Any) -> tuple[Report, dict[str, int]]:
    decoder = AircraftJsonDecoder("tar")
    [report] = decoder.take(document({**ONE, **changed}), now_ms)
    return report, dict(decoder.rejected.counts())


def test_one_aircraft() -> None:
    report, rejected = one()
    assert rejected == {}
    assert report == Report(
        sensor="tar",
        seen_ms=T0 - 400,
        ident=Ident(icao24="4ca216", mode3a="2312", callsign="EIN5GV"),
        position=Position(lat_deg=49.273589, lon_deg=10.593278),
        accuracy_m=30.0,
        pressure=PressureAltitude.metres(24_825 * 0.3048),
        height=Height.metres(25_550 * 0.3048),
        height_accuracy_m=45.0,
        speed_mps=446.0 * 1852 / 3600,
        course_deg=306.6,
        climb_mps=-2176 * 0.3048 / 60,
    )


def test_on_the_ground_there_is_no_pressure_altitude() -> None:
    report, _ = one(alt_baro="ground")
    assert (report.on_ground, report.pressure) == (True, None)


@pytest.mark.parametrize(
    ("changed", "sense"),
    [
        ({"type": "mlat", "mlat": ["lat", "lon"]}, Sense.MULTILATERATION),
        ({"type": "mode_s", "mlat": ["lat", "lon"]}, Sense.MULTILATERATION),
        ({"type": "tisb_icao"}, Sense.SYSTEM),
        ({"type": "adsr_icao"}, Sense.SELF),
    ],
)
def test_who_measured(changed: dict[str, Any], sense: Sense) -> None:
    report, _ = one(nic=0, rc=0, nac_p=0, **changed)
    assert report.sense is sense
    assert report.doubted == (sense is Sense.SELF)
    assert math.isnan(report.accuracy_m)


def test_without_a_category_the_containment_bounds_it() -> None:
    decoder = AircraftJsonDecoder("tar")
    [report] = decoder.take(document({k: v for k, v in ONE.items() if k != "nac_p"}), T0)
    assert (report.accuracy_m, report.doubted) == (186.0, False)


def test_one_whose_gnss_was_lost() -> None:
    report, _ = one(gpsOkBefore=NOW_S - 60)
    assert report.doubted


def test_an_address_that_is_nobody_s_is_the_sensor_s_number() -> None:
    report, _ = one(hex="~2a1b3c", type="tisb_trackfile")
    assert report.ident == Ident(mode3a="2312", callsign="EIN5GV", number="~2a1b3c")


@pytest.mark.parametrize("changed", [{"emergency": "nordo"}, {"squawk": "7700"}])
def test_emergencies(changed: dict[str, Any]) -> None:
    assert one(**changed)[0].emergency


# Time


def test_the_same_file_again_has_nothing_new() -> None:
    decoder = AircraftJsonDecoder("tar")
    assert len(decoder.take(document(ONE), T0)) == 1
    assert list(decoder.take(document(ONE), T0 + 1000)) == []


def test_a_position_that_only_grew_older_is_not_told_again() -> None:
    decoder = AircraftJsonDecoder("tar")
    decoder.take(document(ONE), T0)
    older = {**ONE, "seen_pos": 1.4, "seen": 1.1}
    assert list(decoder.take(document(older, now=NOW_S + 1), T0 + 1000)) == []
    heard = {**ONE, "seen_pos": 2.4, "seen": 0.0, "gs": 450}
    [report] = decoder.take(document(heard, now=NOW_S + 2), T0 + 2000)
    assert (report.position, report.seen_ms) == (None, T0 + 2000)
    moved = {**ONE, "seen_pos": 0.1, "seen": 0.0, "lat": 49.3}
    [report] = decoder.take(document(moved, now=NOW_S + 3), T0 + 3000)
    assert report.position == Position(lat_deg=49.3, lon_deg=10.593278)
    assert report.seen_ms == T0 + 2900


def test_a_clock_that_is_ahead_of_ours_is_not_believed() -> None:
    decoder = AircraftJsonDecoder("tar")
    [report] = decoder.take(document(ONE, now=NOW_S + 3600), T0)
    assert report.seen_ms == T0 - 400
    assert decoder.rejected.counts() == {"clock-ahead": 1}


def test_an_old_file_is_as_old_as_it_says() -> None:
    report, _ = one(now_ms=T0 + 600_000)
    assert report.seen_ms == T0 - 400


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    decoder = AircraftJsonDecoder("tar")
    decoder.take(document(ONE), T0)
    [report] = decoder.take(document(ONE, now=NOW_S - 3600), T0 + 1000)
    assert report.position is not None
    assert decoder.rejected.counts() == {"clock-set-back": 1}


# What cannot be


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"alt_baro": "high"}, 1),
        ({"alt_geom": 10**400}, 1),
        ({"gs": True}, 1),
        ({"track": 400}, 1),
        ({"lat": 91.0}, 1),
        ({"lat": "49"}, 1),
        ({"squawk": "9999"}, 1),
        ({"squawk": 7700}, 1),
        ({"flight": "<b>EIN"}, 1),
        ({"gva": 9}, 1),
        ({"seen_pos": -5}, 1),
    ],
)
def test_a_field_that_cannot_be_is_left_out_and_counted(
    changed: dict[str, Any], count: int
) -> None:
    report, rejected = one(**changed)
    assert rejected == {"bad-field": count}
    assert report.ident.icao24 == "4ca216"


@pytest.mark.parametrize(
    ("craft", "reason"),
    [
        (7, "bad-aircraft"),
        ([], "bad-aircraft"),
        ({}, "bad-address"),
        ({"hex": "4ca2"}, "bad-address"),
        ({"hex": 5}, "bad-field"),
    ],
)
def test_an_aircraft_that_cannot_be_hides_no_other(craft: Any, reason: str) -> None:
    decoder = AircraftJsonDecoder("tar")
    assert len(decoder.take(document(craft, ONE), T0)) == 1
    assert reason in decoder.rejected.counts()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"now": NaN}',
        b'{"now": 1, "aircraft": ' + b"[" * 100_000,
        b'{"now": ' + b"9" * 5000 + b"}",
        b'{"aircraft": ["',
    ],
)
def test_what_is_no_json_is_counted(data: bytes) -> None:
    decoder = AircraftJsonDecoder("tar")
    assert list(decoder.take(data, T0)) == []
    assert decoder.rejected.counts() == {"not-json": 1}


def test_a_file_without_aircraft() -> None:
    decoder = AircraftJsonDecoder("tar")
    assert list(decoder.take(b'{"now": 1}', T0)) == []
    assert decoder.rejected.counts() == {"bad-field": 1}


def test_zero_zero_is_no_position() -> None:
    report, rejected = one(lat=0, lon=0.0)
    assert report.position is None
    assert rejected == {"position-zero": 1}


# Lines


def lines(*crafts: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps({"now": NOW_S, **craft}).encode() + b"\n" for craft in crafts)


STREAM = lines(ONE, {**ONE, "hex": "3461ce"}, {**ONE, "hex": "~00abcd"})


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_lines_cut_at_any_byte(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    decoder = JsonLinesDecoder("tar")
    reports = [
        report
        for start, end in itertools.pairwise(ends)
        for report in decoder.take(STREAM[start:end], T0)
    ]
    assert str(reports) == str(list(JsonLinesDecoder("tar").take(STREAM, T0)))
    assert [r.ident.icao24 for r in reports] == ["4ca216", "3461ce", ""]
    assert decoder.rejected.total == 0


def test_a_line_without_end_does_not_grow() -> None:
    decoder = JsonLinesDecoder("tar")
    for _ in range(50):
        decoder.take(b'{"hex": "' + b"a" * 4000, T0)
        assert decoder.rest_bytes <= MAX_LINE
    assert len(decoder.take(b"\n" + STREAM, T0)) == 3
    assert decoder.rejected.counts() == {"over-long-line": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*ONE, "now"]), inner)
    ),
    max_leaves=20,
)


@given(JSON, JSON)
def test_no_json_breaks_it(craft: Any, now: Any) -> None:
    for value in (craft, {**ONE, **craft} if isinstance(craft, dict) else craft):
        text = json.dumps({"now": now, "aircraft": [value, craft]}, allow_nan=True)
        for report in AircraftJsonDecoder("tar").take(text.encode(), T0):
            assert report.sensor == "tar"
        JsonLinesDecoder("tar").take(json.dumps(value).encode() + b"\n", T0)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_break_it(pieces: list[bytes]) -> None:
    decoder, whole = JsonLinesDecoder("tar"), JsonLinesDecoder("tar")
    for piece in pieces:
        decoder.take(piece, T0)
    whole.take(b"".join(pieces), T0)
    assert decoder.rejected.counts() == whole.rejected.counts()
