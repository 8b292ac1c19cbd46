"""A recorded flight from Toulouse to London, received on board, against the fields recorded with
it (decoded by an earlier release of rs1090, its positions by that release's own CPR)."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from parley.testing import squitter
from parley.watch.report import Report
from parley.wire.adsb.avr import AvrDecoder
from parley.wire.adsb.beast import BeastDecoder
from parley.wire.adsb.frames import AdsbFrames, Frame
from parley.wire.adsb.places import Receiver, apart_m
from parley.wire.decoding import Rejections

SHARED = Path(os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / "../shared")
RECORDED = SHARED / "data/mode-s-toulouse.jsonl.gz"
KNOT = 1852 / 3600
FT = 0.3048

Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def rows() -> Sequence[Row]:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED.name} is absent")
    with gzip.open(RECORDED) as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def decoded(rows: Sequence[Row]) -> Sequence[tuple[Row, Report | None]]:
    """Each row with the report of its frame. The receiver flies along: it stands in Toulouse, and
    its range reaches London."""
    receiver = Receiver(43.63, 1.37, 2_000_000)
    frames = AdsbFrames("recorded", Rejections(), receiver=receiver)
    timed: list[Frame] = []
    for row in rows:  # each a millisecond of its own, by which its report is found again
        earliest = timed[-1].seen_ms + 1 if timed else 0
        timed.append(Frame(row["frame"], max(earliest, round(row["timestamp"] * 1000))))
    found = {report.seen_ms: report for report in frames.take(timed)}
    out = [(row, found.get(frame.seen_ms)) for row, frame in zip(rows, timed, strict=True)]
    assert frames.rejected.counts() == {
        "ambiguous-position": 1,
        "bad-callsign": 1,  # one frame whose damage passes the parity
        "unconfirmed-reply": 6,
        "unknown-address": 30,
    }
    return out


def test_positions_agree_within_a_metre(
    decoded: Sequence[tuple[Row, Report | None]],
) -> None:
    """All but three of 13,465: two aircraft that taxi in London before anything else was heard of
    them are read against Toulouse, and one pair on the ground does not settle at once."""
    counts: Counter[str] = Counter()
    for row, report in decoded:
        if "latitude" not in row:
            assert report is None or report.position is None or row["bds"] == "05"
            continue
        if report is None or report.position is None:
            counts["none"] += 1
            continue
        here = report.position.lat_deg, report.position.lon_deg
        far_m = apart_m(here, (row["latitude"], row["longitude"]))
        counts["near" if far_m < 1.0 else "far"] += 1
    assert counts == {"near": 13_462, "far": 2, "none": 1}


def test_altitudes_agree(decoded: Sequence[tuple[Row, Report | None]]) -> None:
    """All but those at 0 ft and below, for which the older release wrote nothing, or 0."""
    squitters: Counter[bool] = Counter()
    replies: Counter[bool] = Counter()
    for row, report in decoded:
        if report is None or report.pressure is None:
            continue
        same = row["altitude"] is not None and abs(report.pressure.m - row["altitude"] * FT) < 0.01
        (squitters if row["df"] == "17" else replies)[same] += 1
        assert same or (row["altitude"] in (None, 0) and report.pressure.m <= 0.0)
    assert squitters == {True: 11_455, False: 31}
    assert replies[True] > 22_200
    assert replies[False] == 263


def test_speeds_courses_and_climbs_agree(decoded: Sequence[tuple[Row, Report | None]]) -> None:
    compared = 0
    for row, report in decoded:
        if row.get("bds") != "09":
            continue
        assert report is not None
        assert report.speed_mps == pytest.approx(row["groundspeed"] * KNOT, abs=1e-3)
        assert report.course_deg == pytest.approx(row["track"], abs=1e-3)
        assert report.climb_mps == pytest.approx(row["vertical_rate"] * FT / 60, abs=1e-3)
        compared += 1
    assert compared == 11_450


def test_speeds_on_the_ground_follow_the_table_of_the_standard(
    decoded: Sequence[tuple[Row, Report | None]],
) -> None:
    """DO-260B, Table 2-42. (The older release read 5 knots where the code says 8.)"""
    compared = 0
    for row, report in decoded:
        if row.get("bds") != "06" or report is None:
            continue
        code = int(row["frame"][8:11], 16) & 0x7F
        if 2 <= code <= 123:
            assert report.speed_mps == pytest.approx(_knots(code) * KNOT, abs=1e-3)
            compared += 1
        assert math.isnan(report.course_deg) or abs(report.course_deg - row["track"]) < 1e-3
    assert compared > 1_000


def _knots(code: int) -> float:
    steps = ((2, 0.125, 0.125), (9, 1.0, 0.25), (13, 2.0, 0.5), (39, 15.0, 1.0), (94, 70.0, 2.0))
    first, base, step = max(row for row in (*steps, (109, 100.0, 5.0)) if row[0] <= code)
    return base + (code - first) * step


def test_callsigns_agree(decoded: Sequence[tuple[Row, Report | None]]) -> None:
    told = [(row, report) for row, report in decoded if row.get("bds") == "08" and report]
    assert all(report.ident.callsign == row["callsign"].strip() for row, report in told)
    assert len(told) == 1_376


def test_the_flight_is_in_nobody_s_emergency(
    decoded: Sequence[tuple[Row, Report | None]],
) -> None:
    assert not any(report.emergency for _, report in decoded if report)


@pytest.mark.parametrize("form", ["beast", "avr"])
def test_the_same_frames_through_a_receiver_s_port(form: str, rows: Sequence[Row]) -> None:
    """In pieces of odd sizes, with the same reports as the frames themselves."""
    texts = [row["frame"] for row in rows[:20_000]]
    now_ms = 1_717_664_319_000
    plain = AdsbFrames("rx", Rejections()).take([Frame(text, now_ms) for text in texts])
    decoder = BeastDecoder("rx") if form == "beast" else AvrDecoder("rx")
    data = squitter.beast(texts) if form == "beast" else squitter.avr(texts)
    reports: list[Report] = []
    start, size = 0, 1
    while start < len(data):
        reports += decoder.take(data[start : start + size], now_ms)
        start, size = start + size, size * 7 % 4093 + 1
    assert str(reports) == str(plain)
    assert len(reports) > 15_000
