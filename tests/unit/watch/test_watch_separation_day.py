"""A recorded conflict-free day of real traffic: calm, and awake.

Four hours of it, from 13:30Z on; the whole day, and hundreds of intruders of many kinds, are in
benchmarks/calm.py. The day is beside the repository.
"""

from __future__ import annotations

import gzip
import json
import math
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from parley.rules.findings import Kind
from parley.rules.watching import WatchRules
from parley.space import Position, PressureAltitude
from parley.watch.pairs.separation import Separation
from parley.watch.report import Ident, Report
from parley.watch.scene import Scene
from parley.watch.tracking.picture import Picture

SHARED = Path(os.environ.get("PARLEY_SHARED") or Path(__file__).resolve().parents[3] / "../shared")
FROM_MS, UNTIL_MS, REPORTS = 1_533_130_200_000, 1_533_144_600_000, 139_098
FT, KT, FPM = 0.3048, 1852 / 3600, 0.3048 / 60
EVERY_MS = 10_000


@cache
def day() -> dict[int, list[Report]]:
    """What was reported at each instant."""
    path = SHARED / "data" / "switzerland.json.gz"
    if not path.exists():
        pytest.skip("the recorded day (shared/data/switzerland.json.gz) is absent")
    with gzip.open(path) as file:
        rows = json.load(file)
    found: dict[int, list[Report]] = {}
    for row in rows:
        if FROM_MS <= row["timestamp"] < UNTIL_MS:
            found.setdefault(row["timestamp"], []).append(_report(row))
    return dict(sorted(found.items()))


def _report(row: dict[str, float]) -> Report:
    return Report(
        "day",
        int(row["timestamp"]),
        Ident(icao24=str(row["icao24"])),
        Position(lat_deg=row["latitude"], lon_deg=row["longitude"]),
        accuracy_m=100.0,
        pressure=PressureAltitude.metres(row["altitude"] * FT),
        speed_mps=row["groundspeed"] * KT,
        course_deg=row["track"],
        climb_mps=row["vertical_rate"] * FPM,
    )


def watch(feed: dict[int, list[Report]]) -> dict[tuple[str, ...], int]:
    """Every pair that is told, and when first."""
    rules = WatchRules()
    picture, separation, scene = Picture(rules), Separation(rules), Scene("watch", rules)
    told: dict[tuple[str, ...], int] = {}
    for now_ms, reports in feed.items():
        picture.take(reports, now_ms)
        for found in separation.step(picture.at(now_ms), scene):
            if found.kind is Kind.PREDICTED_LOSS:
                told.setdefault(found.refs, now_ms)
    return told


def test_the_conflict_free_day_is_calm() -> None:
    """Fewer than this part's share of the 91 pairs that three hits in a row bring in a day."""
    feed = day()
    reports = sum(len(some) for some in feed.values())
    assert reports > 30_000
    assert len(watch(feed)) < 91 * reports / REPORTS


def test_who_flies_at_a_real_aircraft_is_told_in_time() -> None:
    """Every second of those that fly straight and level: an intruder from the front, at the same
    level."""
    feed = {now_ms: list(some) for now_ms, some in day().items()}
    seen: dict[str, list[Report]] = {}
    for reports in feed.values():
        for report in reports:
            seen.setdefault(report.ident.icao24, []).append(report)
    targets = [one for one in seen.values() if len(one) > 60 and _straight(one)][::2]
    meets: dict[tuple[str, ...], int] = {}
    for one in targets:
        at = one[len(one) // 2]
        for report in _opposite(at):
            feed.get(report.seen_ms, []).append(report)
        refs = (f"track:icao:{at.ident.icao24}", f"track:zz-{at.ident.icao24}")
        meets[refs] = at.seen_ms
    told = watch(feed)
    assert len(meets) >= 10
    late = {r: at for r, at in meets.items() if at - told.get(r, at) < 80_000}
    assert not late


def _straight(one: list[Report]) -> bool:
    last = one[len(one) // 2 - 30 : len(one) // 2 + 1]
    return all(
        abs(r.course_deg - last[-1].course_deg) < 2 and abs(r.climb_mps) < 100 * FPM for r in last
    )


def _opposite(at: Report) -> list[Report]:
    """From five minutes before until it meets this one, at 10,000 m and 220 m/s."""
    assert at.position is not None
    course = (at.course_deg + 170) % 360
    east, north = math.sin(math.radians(course)), math.cos(math.radians(course))
    wide = math.cos(math.radians(at.position.lat_deg))
    made = []
    for before_s in range(300, -1, -10):
        way = -220.0 * before_s / 111_200
        place = Position(
            lat_deg=at.position.lat_deg + way * north,
            lon_deg=at.position.lon_deg + way * east / wide,
        )
        made.append(
            replace(
                at,
                ident=Ident(uid=f"zz-{at.ident.icao24}"),
                seen_ms=at.seen_ms - 1000 * before_s,
                position=place,
                speed_mps=220.0,
                course_deg=course,
                climb_mps=0.0,
            )
        )
    return made
