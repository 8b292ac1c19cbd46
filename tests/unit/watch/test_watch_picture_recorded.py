"""The picture over recorded traffic: what really flew is not called impossible."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parley.rules.findings import Kind
from parley.rules.watching import WatchRules
from parley.space import Position, PressureAltitude
from parley.watch.report import UNKNOWN, Ident, Report
from parley.watch.tracking.carry import apart
from parley.watch.tracking.picture import Picture
from parley.watch.tracks import Status

SHARED = Path(os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / "../shared")
FOOT, KNOT = 0.3048, 0.514444
RESAMPLED_M = 500.0
"""The recordings were brought to whole seconds or tens of them: at 230 m/s, 95 % are within this
of where the row before says."""


def opened(name: str) -> Any:
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"recorded data {name} is absent")
    return gzip.open(path, "rt")


def number(value: float | None, scale: float) -> float:
    return UNKNOWN if value is None else value * scale


def report(row: dict[str, Any]) -> Report:
    lat, lon, level = row["latitude"], row["longitude"], row["altitude"]
    at = None if lat is None or lon is None else Position(lat_deg=lat, lon_deg=lon)
    return Report(
        "recorded",
        row["timestamp"],
        Ident(icao24=row["icao24"], callsign=row["callsign"] or ""),
        at,
        RESAMPLED_M,
        None if level is None else PressureAltitude.metres(level * FOOT),
        speed_mps=number(row["groundspeed"], KNOT),
        course_deg=number(row["track"], 1.0),
        climb_mps=number(row["vertical_rate"], FOOT / 60),
        on_ground=bool(row.get("onground", False)),
    )


def by_instant(reports: list[Report], step_ms: int) -> Iterator[tuple[int, list[Report]]]:
    """Batches as they would have come, each with the instant at its end."""
    for step, batch in groupby(reports, key=lambda r: r.seen_ms // step_ms):
        yield (step + 1) * step_ms - 1, list(batch)


@pytest.fixture(scope="module")
def swiss() -> list[Report]:
    with opened("switzerland.json.gz") as file:
        return sorted((report(row) for row in json.load(file)), key=lambda r: r.seen_ms)


def test_a_recorded_day_has_next_to_nothing_impossible(swiss: list[Report]) -> None:
    made, kinds = Picture(WatchRules()), Counter[str]()
    for now_ms, batch in by_instant(swiss, 10_000):
        made.take(batch, now_ms)
        if now_ms % 300_000 == 299_999:
            kinds.update(f.kind.value for f in made.findings(made.at(now_ms)))
    assert sum(made.rejected.values()) <= len(swiss) / 10_000, made.rejected
    assert set(kinds) == {Kind.TRACK_LOST.value}


def test_a_recorded_aircraft_is_found_in_its_circle_after_coasting(swiss: list[Report]) -> None:
    """Each aircraft's reports up to an instant foretell where it is 30 and 60 s later."""
    start = swiss[len(swiss) // 2].seen_ms
    made = Picture(WatchRules())
    for now_ms, batch in by_instant([r for r in swiss if r.seen_ms <= start], 10_000):
        made.take(batch, now_ms)
    for later_s in (30, 60):
        now_ms = start + 1000 * later_s
        tracks = made.at(now_ms)
        index = {name: i for i, name in enumerate(tracks.ids)}
        held = []
        for each in swiss:
            i = index.get(f"icao:{each.ident.icao24}", -1)
            if each.seen_ms != now_ms or each.position is None or i < 0:
                continue
            if tracks.status[i] == Status.LOST:
                continue
            at = each.position
            off = apart(at.lat_deg, at.lon_deg, float(tracks.lat_deg[i]), float(tracks.lon_deg[i]))
            held.append(off <= tracks.radius_m[i])
        assert len(held) >= 20
        assert np.mean(held) >= 0.95


def test_a_military_track_with_gaps_coasts_and_comes_back() -> None:
    with opened("aircraft_carrier.json.gz") as file:
        reports = sorted((report(row) for row in json.load(file)), key=lambda r: r.seen_ms)
    name, made, statuses = f"icao:{reports[0].ident.icao24}", Picture(WatchRules()), Counter[int]()
    placed = False
    for now_ms, batch in by_instant(reports, 5_000):
        placed = placed or any(r.position is not None for r in batch)
        made.take(batch, now_ms)
        tracks = made.at(now_ms)
        assert tracks.ids == ((name,) if placed else ()) or made.forgotten
        if len(tracks):
            assert math.isfinite(tracks.radius_m[0])
            statuses[int(tracks.status[0])] += 1
    assert statuses[Status.LIVE] > 0
    assert sum(made.rejected.values()) <= len(reports) / 100, made.rejected


def test_decoded_mode_s_frames_make_tracks_of_their_aircraft() -> None:
    reports = []
    with opened("mode-s-toulouse.jsonl.gz") as file:
        for line in file:
            row = json.loads(line)
            if "icao24" not in row or row.get("df") not in ("17", "20", "21"):
                continue
            lat, lon, level = row.get("latitude"), row.get("longitude"), row.get("altitude")
            reports.append(
                Report(
                    "toulouse",
                    round(1000 * row["timestamp"]),
                    Ident(icao24=row["icao24"], callsign=row.get("callsign") or ""),
                    None if lat is None or lon is None else Position(lat_deg=lat, lon_deg=lon),
                    pressure=None if level is None else PressureAltitude.metres(level * FOOT),
                    speed_mps=number(row.get("groundspeed"), KNOT),
                    course_deg=number(row.get("track"), 1.0),
                    climb_mps=number(row.get("vertical_rate"), FOOT / 60),
                )
            )
    reports.sort(key=lambda r: r.seen_ms)
    made, seen, kinds = Picture(WatchRules()), set[str](), Counter[str]()
    for now_ms, batch in by_instant(reports, 1_000):
        made.take(batch, now_ms)
        tracks = made.at(now_ms)
        seen.update(tracks.ids)
        kinds.update(f.kind.value for f in made.findings(tracks))
    placed = {f"icao:{r.ident.icao24}" for r in reports if r.position is not None}
    assert seen == placed
    assert set(kinds) <= {Kind.TRACK_LOST.value}, made.rejected
