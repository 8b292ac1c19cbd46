"""Recorded days: whose columns, which units, in order of time, and what is refused."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import os
import statistics
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import FormatError, InputError, OversizeError
from parley.space import Height, Position, PressureAltitude
from parley.watch.report import Report, Sense
from parley.wire.decoding import Rejections
from parley.wire.recorded.reading import (
    read_recorded,
    reports_from_csv,
    reports_from_json,
    reports_from_parquet,
)

SHARED = Path(
    os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / ".." / "shared"
)
T0 = 1_533_101_250_000
POINT: dict[str, Any] = {
    "timestamp": T0,
    "altitude": 35_000.0,
    "callsign": "DLH8JW",
    "groundspeed": 450.0,
    "icao24": "3003ae",
    "latitude": 45.8,
    "longitude": 9.2,
    "track": 324.25,
    "vertical_rate": 960.0,
}


def as_json(*points: Any) -> bytes:
    return json.dumps(list(points)).encode()


def from_json(data: bytes, **options: Any) -> tuple[list[Report], dict[str, int]]:
    counts = Rejections()
    found = list(reports_from_json(io.BytesIO(data), sensor="day", rejected=counts, **options))
    return found, dict(counts.counts())


def from_csv(text: str, **options: Any) -> tuple[list[Report], dict[str, int]]:
    counts = Rejections()
    file = io.BytesIO(text.encode())
    found = list(reports_from_csv(file, sensor="day", rejected=counts, **options))
    assert not file.closed
    return found, dict(counts.counts())


def recorded(name: str) -> tuple[list[Report], dict[str, int]]:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"{name} is absent")
    counts = Rejections()
    with path.open("rb") as file:
        return list(read_recorded(file, name, sensor="day", rejected=counts)), dict(counts.counts())


def test_a_day_of_swiss_traffic() -> None:
    """842 aircraft above FL300, recorded flight by flight: out in the order of time."""
    reports, counts = recorded("switzerland.json.gz")
    assert len(reports) == 139_098
    assert counts == {}
    assert all(a.seen_ms <= b.seen_ms for a, b in pairwise(reports))
    assert len({report.ident.icao24 for report in reports}) == 842
    assert all(report.position is not None for report in reports)
    assert min(report.pressure.m for report in reports if report.pressure) > 9_000
    assert 200 < statistics.median(report.speed_mps for report in reports) < 260
    assert {report.sense for report in reports} == {Sense.SELF}


def test_a_flight_with_positions_missing() -> None:
    reports, counts = recorded("aircraft_carrier.json.gz")
    assert counts == {}
    placed = [report for report in reports if report.position is not None]
    assert 0 < len(placed) < len(reports) == 9024
    assert {report.ident.callsign for report in reports} == {"PSWRD35"}


def test_feet_knots_and_feet_a_minute_of_the_library_traffic() -> None:
    [report], counts = from_json(as_json(POINT))
    assert counts == {}
    assert report.seen_ms == T0
    assert (report.ident.icao24, report.ident.callsign) == ("3003ae", "DLH8JW")
    assert report.position == Position(lat_deg=45.8, lon_deg=9.2)
    assert report.pressure == PressureAltitude(1_066_800)
    assert report.height is None
    assert report.speed_mps == pytest.approx(231.5)
    assert report.course_deg == 324.25
    assert report.climb_mps == pytest.approx(4.8768)
    assert math.isnan(report.accuracy_m)


OPENSKY = (
    "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,squawk,"
    "baroaltitude,geoaltitude,lastposupdate\n"
)


def test_metres_and_metres_a_second_of_state_vectors() -> None:
    [report], counts = from_csv(
        OPENSKY + "1533101250,3003ae,45.8,9.2,231.5,324.25,4.9,DLH8JW  ,False,2312,"
        "10668.0,10700.5,1533101248.5\n"
    )
    assert counts == {}
    assert report.seen_ms == T0 - 1_500
    assert report.pressure == PressureAltitude(1_066_800)
    assert report.height == Height(1_070_050)
    assert report.speed_mps == 231.5
    assert report.climb_mps == 4.9
    assert (report.ident.mode3a, report.ident.callsign) == ("2312", "DLH8JW")
    assert not report.on_ground


def test_a_state_vector_that_repeats_an_old_position_is_no_new_report() -> None:
    row = "{},3003ae,45.8,9.2,231.5,324.25,4.9,DLH8JW,False,2312,10668.0,,1533101248.5\n"
    reports, counts = from_csv(OPENSKY + row.format(1533101250) + row.format(1533101251))
    assert len(reports) == 1
    assert counts == {"position-repeated": 1}


def test_the_same_number_is_feet_or_metres_by_the_name_of_its_column() -> None:
    feet, _ = from_csv("timestamp,icao24,altitude,geoaltitude\n2018-08-01,3003ae,1000,1000\n")
    metres, _ = from_csv("time,icao24,baroaltitude,geoaltitude\n2018-08-01,3003ae,1000,1000\n")
    assert (feet[0].pressure, feet[0].height) == (PressureAltitude(30_480), Height(30_480))
    assert (metres[0].pressure, metres[0].height) == (PressureAltitude(100_000), Height(100_000))


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,icao24,altitude,velocity",
        "timestamp,icao24,groundspeed,baroaltitude",
        "timestamp,icao24,geoaltitude",
        "timestamp,latitude,longitude",
        "icao24,latitude,longitude,altitude",
        "name,value",
        "timestamp,icao24,icao24",
    ],
)
def test_columns_whose_units_would_be_a_guess_are_refused(header: str) -> None:
    with pytest.raises(FormatError):
        from_csv(header + "\n")


def test_objects_that_change_their_dialect_are_refused() -> None:
    with pytest.raises(FormatError):
        from_json(as_json(*[POINT] * 5_000, {**POINT, "baroaltitude": 10_000}))


def test_an_unknown_column_is_ignored_and_named() -> None:
    [report], counts = from_json(as_json({**POINT, "flight_id": "X", "hour\x00é": 1}))
    assert report.position is not None
    assert counts == {"column-flight_id": 1, "column-hour??": 1}


def test_a_thousand_unknown_columns_hide_no_other_count() -> None:
    header = ",".join(f"x{n}" for n in range(500))
    _, counts = from_csv(f"time,icao24,{header}\n,3003ae" + "," * 500 + "\n")
    assert counts["column-x0"] == 1
    assert counts["column-other"] == 460
    assert counts["bad-time"] == 1


@pytest.mark.parametrize(
    ("column", "value", "seen_ms"),
    [
        ("timestamp", "2018-08-01 05:27:30+00:00", T0),
        ("timestamp", "2018-08-01T05:27:30Z", T0),
        ("timestamp", "2018-08-01T07:27:30+02:00", T0),
        ("timestamp", "2018-08-01 05:27:30", T0),
        ("timestamp", "1533101250000", T0),
        ("time", "1533101250", T0),
        ("time", "1533101250.25", T0 + 250),
    ],
)
def test_instants(column: str, value: str, seen_ms: int) -> None:
    [report], _ = from_csv(f"{column},icao24\n{value},3003ae\n")
    assert report.seen_ms == seen_ms


@pytest.mark.parametrize(
    "value",
    ["", "now", str(T0), "1e300", "-1", "nan", "inf", "9999-01-01", "2018-13-01", "1" * 5000],
)
def test_instants_that_cannot_be(value: str) -> None:
    reports, counts = from_csv(f"time,icao24\n{value},3003ae\n1533101250,3003ae\n")
    assert len(reports) == 1
    assert counts["bad-time"] == 1


def test_rows_come_out_in_the_order_of_time_and_equal_ones_as_they_were() -> None:
    times = [5, 3, 5, 1, 3]
    points = [{**POINT, "timestamp": T0 + t, "callsign": f"N{n}"} for n, t in enumerate(times)]
    reports, _ = from_json(as_json(*points))
    assert [report.ident.callsign for report in reports] == ["N3", "N1", "N4", "N0", "N2"]


@given(st.lists(st.integers(0, 1_000), max_size=60), st.integers(1, 20))
def test_however_small_the_window_nothing_goes_back_in_time(times: list[int], window: int) -> None:
    points = [{**POINT, "timestamp": T0 + t} for t in times]
    reports, counts = from_json(as_json(*points), window=window)
    assert all(a.seen_ms <= b.seen_ms for a, b in pairwise(reports))
    assert len(reports) + counts.get("out-of-order", 0) == len(times)
    if len(times) <= window:
        assert counts == {}


def test_what_is_older_than_the_window_is_counted() -> None:
    rows = "".join(f"{1_533_101_250 + t},3003ae\n" for t in range(20_000))
    reports, counts = from_csv("time,icao24\n" + rows + "1533101250,3003ae\n", window=100)
    assert len(reports) == 20_000
    assert counts == {"out-of-order": 1}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"latitude": 91.0}, "bad-position"),
        ({"latitude": 0.0, "longitude": 0.0}, "position-zero"),
        ({"latitude": "45"}, ""),
        ({"latitude": [45]}, "bad-field"),
        ({"latitude": True}, "bad-field"),
        ({"longitude": 10**400}, "bad-field"),
        ({"altitude": 1e9}, "bad-field"),
        ({"groundspeed": -5}, "bad-field"),
        ({"icao24": "zzz"}, "bad-address"),
        ({"icao24": 17}, "bad-address"),
        ({"callsign": "???"}, "bad-field"),
        ({"squawk": "9999"}, "bad-field"),
        ({"onground": "perhaps"}, "bad-field"),
        ({"onground": [1]}, "bad-field"),
        ({"icao24": None, "callsign": ""}, "no-identity"),
        ({"timestamp": None}, "bad-time"),
        ({"timestamp": {"a": 1}}, "bad-time"),
    ],
)
def test_fields_that_cannot_be_are_counted_and_left_out(change: dict[str, Any], name: str) -> None:
    reports, counts = from_json(as_json(POINT, {**POINT, **change}, POINT))
    assert len(reports) == 3 - (name in ("no-identity", "bad-time"))
    assert counts == ({name: 1} if name else {})


@pytest.mark.parametrize(
    ("value", "code"), [("2312", "2312"), (2312.0, "2312"), (21, "0021"), (7700, "7700")]
)
def test_squawks_as_text_and_as_the_numbers_of_tables(value: object, code: str) -> None:
    [report], _ = from_json(as_json({**POINT, "squawk": value}))
    assert report.ident.mode3a == code
    assert report.emergency is (code == "7700")


def test_nan_is_nothing_known() -> None:
    [report], counts = from_json(as_json(POINT).replace(b"45.8", b"NaN"))
    assert report.position is None
    assert counts == {}


@pytest.mark.parametrize("data", [b"{}", b"nothing", b'"["', b"[{]" + b" " * 20, b"\xff\xfe"])
def test_what_is_no_array_of_objects(data: bytes) -> None:
    with pytest.raises(FormatError):
        from_json(data)


def test_nesting_without_end_and_an_object_without_end() -> None:
    with pytest.raises(FormatError):
        from_json(b"[" * 100_000)
    with pytest.raises(FormatError):
        from_json(b'[{"a":"' + b"x" * 300_000)


@pytest.mark.parametrize("cut", [1, 5, 40, 200])
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(cut: int) -> None:
    data = as_json(*[POINT] * 10)
    reports, counts = from_json(data[:-cut])
    assert len(reports) == (10 if cut == 1 else 9 - cut // 199)
    assert counts == {"cut-short": 1}


def test_what_is_no_object_is_counted() -> None:
    reports, counts = from_json(as_json(1, POINT, "x", None, [POINT]))
    assert len(reports) == 1
    assert counts == {"bad-object": 4}


def test_gzip_by_its_bytes_and_in_two_members() -> None:
    data = as_json(*[POINT] * 10)
    whole, _ = from_json(gzip.compress(data))
    joined, counts = from_json(gzip.compress(data[:500]) + gzip.compress(data[500:]))
    assert len(whole) == len(joined) == 10
    assert counts == {}


def test_a_packed_file_that_is_damaged() -> None:
    data = gzip.compress(as_json(*[{**POINT, "timestamp": T0 + n} for n in range(5_000)]))
    reports, counts = from_json(data[: len(data) // 2])
    assert 0 < len(reports) < 5_000
    assert counts == {"cut-short": 2}
    broken = bytearray(data)
    broken[len(data) // 2] ^= 0xFF
    with contextlib.suppress(FormatError):
        from_json(bytes(broken))


def test_blanks_without_end_are_read_in_pieces() -> None:
    reports, counts = from_json(gzip.compress(b"[" + b" " * 30_000_000 + as_json(POINT)[1:]))
    assert len(reports) == 1
    assert counts == {}


def test_rows_that_are_no_rows() -> None:
    t = T0 // 1000
    reports, counts = from_csv(
        f'time,icao24,callsign\n{t},3003ae\n{t},3003ae,A,B\n\n{t},3003ae,"A"\n{t},3003ae,"B\n'
        + f"{t},3003ae,"
        + "x" * 70_000
        + f"\n{t},3003ae,C\r\n"
    )
    assert [report.ident.callsign for report in reports] == ["A", "B", "C"]
    assert counts == {"bad-row": 2, "over-long-line": 1}


def test_a_file_without_a_header() -> None:
    with pytest.raises(FormatError):
        from_csv("")
    with pytest.raises(OversizeError):
        from_csv(",".join(str(n) for n in range(1_500)) + "\n")


def test_tracks_of_our_own() -> None:
    [first, second], counts = from_csv(
        "time,track,lat,lon,uncertainty_m,altitude_m,accuracy_m,height_reference,owner,label\n"
        "2018-09-17T18:59:00Z,IL20,35.55,35.10,500,5000,150,WGS84,ru,Il-20M\n"
        "2018-09-17T21:59:10+03:00,UNKNOWN-7,35.60,34.95,2000,,,,,\n"
    )
    assert counts == {}
    assert (first.ident.uid, first.owner, first.label) == ("IL20", "ru", "Il-20M")
    assert first.accuracy_m == 500
    assert (first.height, first.height_accuracy_m) == (Height(500_000), 150)
    assert first.sense is Sense.CLAIMED
    assert (second.ident.uid, second.height) == ("UNKNOWN-7", None)
    assert second.seen_ms - first.seen_ms == 10_000


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    file = io.BytesIO()
    writer.write_table(arrow.table(columns), file, **options)
    return file.getvalue()


def from_parquet(data: bytes) -> tuple[list[Report], dict[str, int]]:
    counts = Rejections()
    found = list(reports_from_parquet(io.BytesIO(data), sensor="day", rejected=counts))
    return found, dict(counts.counts())


def test_the_same_points_by_json_csv_and_parquet() -> None:
    points = [{**POINT, "timestamp": T0 + 1000 * n, "latitude": 45.0 + n / 100} for n in range(50)]
    points[7]["latitude"] = None
    text = ",".join(POINT) + "\n"
    for point in points:
        text += ",".join("" if value is None else str(value) for value in point.values()) + "\n"
    columns = {name: [point[name] for point in points] for name in POINT}
    by_json, counts = from_json(as_json(*points))
    assert counts == {}
    assert str(by_json) == str(from_csv(text)[0])
    assert str(by_json) == str(from_parquet(parquet(columns, row_group_size=7))[0])


def test_timestamps_of_parquet() -> None:
    arrow = pytest.importorskip("pyarrow")
    for unit, factor in (("s", 1), ("ms", 1000), ("us", 10**6), ("ns", 10**9)):
        stamps = arrow.array([T0 // 1000 * factor, None], arrow.timestamp(unit, "UTC"))
        [report], counts = from_parquet(
            parquet({"timestamp": stamps, "icao24": ["3003ae", "3003ae"]})
        )
        assert report.seen_ms == T0
        assert counts == {"bad-time": 1}


def test_parquet_of_other_types() -> None:
    [report], counts = from_parquet(
        parquet(
            {
                "time": [1_533_101_250],
                "icao24": ["3003ae"],
                "lat": ["45.8"],
                "lon": [9],
                "onground": [True],
                "squawk": [7700.0],
                "extra": [[1, 2]],
            }
        )
    )
    assert report.seen_ms == T0
    assert report.position == Position(lat_deg=45.8, lon_deg=9)
    assert report.on_ground
    assert report.emergency
    assert counts == {"column-extra": 1}


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet(data: bytes) -> None:
    with pytest.raises(FormatError):
        from_parquet(data)


def test_parquet_that_is_damaged_inside() -> None:
    data = bytearray(
        parquet({"timestamp": [T0 + n for n in range(999)], "icao24": ["3003ae"] * 999})
    )
    data[20:60] = bytes(40)
    with contextlib.suppress(FormatError):
        from_parquet(bytes(data))


def test_without_pyarrow_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError) as caught:
        list(reports_from_parquet(io.BytesIO(b"PAR1"), sensor="day"))
    assert "parley-node[parquet]" in caught.value.right


@pytest.mark.parametrize("name", ["day.json", "DAY.JSON.GZ", "day.csv.gz", "d.parquet"])
def test_the_format_by_the_name(name: str) -> None:
    columns = {key: [value] for key, value in POINT.items()}
    text = ",".join(POINT) + "\n" + ",".join(map(str, POINT.values())) + "\n"
    data = {"json": as_json(POINT), "csv": text.encode(), "parquet": b""}
    kind = name.lower().removesuffix(".gz").rpartition(".")[2]
    content = data[kind] or parquet(columns)
    packed = gzip.compress(content) if name.lower().endswith(".gz") else content
    [report] = read_recorded(io.BytesIO(packed), name, sensor="day")
    assert report.ident.callsign == "DLH8JW"


def test_a_name_that_says_no_format() -> None:
    with pytest.raises(FormatError):
        read_recorded(io.BytesIO(), "day.xlsx", sensor="day")


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
VALUE = LEAF | st.lists(LEAF, max_size=2) | st.dictionaries(st.text(max_size=3), LEAF, max_size=2)


@given(st.lists(st.dictionaries(st.sampled_from([*POINT, "onground", "squawk"]), VALUE)))
def test_any_values_in_the_right_places(points: list[dict[str, Any]]) -> None:
    reports, _ = from_json(as_json(POINT, *points))
    assert len(reports) >= 1
    for report in reports:
        assert math.isnan(report.course_deg) or 0 <= report.course_deg <= 360


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_counted(data: bytes) -> None:
    for head in (b"", b"[", b"time,icao24\n", b"\x1f\x8b"):
        for reader in (reports_from_json, reports_from_csv, reports_from_parquet):
            with contextlib.suppress(FormatError):
                list(reader(io.BytesIO(head + data), sensor="day"))


@given(st.integers(0, 2_000), st.integers(0, 255))
def test_one_byte_changed(at: int, value: int) -> None:
    data = bytearray(as_json(*[POINT] * 8))
    data[at % len(data)] = value
    with contextlib.suppress(FormatError):
        assert len(from_json(bytes(data))[0]) <= 9
