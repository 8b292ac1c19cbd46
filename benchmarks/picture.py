"""The picture at 10,000 and 100,000 tracks: ``python benchmarks/picture.py [--quick]``.

Made-up traffic over Europe (36-60N, 10W-30E), a report of every aircraft each second; then the
same with three radars of 4 to 12 s beside it, one of them without addresses; then an attack: one
identity in three alternates between two places. Medians over the seconds; memory at the end.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import banner, quantile, resident_bytes
from parley.rules.watching import WatchRules
from parley.space import Position, PressureAltitude
from parley.watch.report import Ident, Report, Sense
from parley.watch.tracking.carry import moved
from parley.watch.tracking.picture import Picture

START_MS = 1_790_000_000_000
Second = Callable[[int], list[Report]]


class Fleet:
    """Aircraft that fly straight from where they are."""

    def __init__(self, count: int) -> None:
        rng = random.Random(count)
        self.flights = [
            (
                rng.uniform(36, 60),
                rng.uniform(-10, 30),
                rng.uniform(120, 260),
                rng.uniform(0, 360),
                PressureAltitude.metres(304.8 * rng.randrange(20, 41)),
            )
            for _ in range(count)
        ]

    def at(self, n: int, s: float) -> Position:
        lat, lon, speed, course, _ = self.flights[n]
        angle = math.radians(course)
        there = moved(lat, lon, speed * s * math.sin(angle), speed * s * math.cos(angle))
        return Position(lat_deg=there[0], lon_deg=there[1])

    def own(self, n: int, s: int, *, elsewhere: bool = False) -> Report:
        _, _, speed, course, level = self.flights[n]
        return Report(
            "adsb",
            START_MS + 1000 * s,
            Ident(icao24=f"{n:06x}", callsign=f"PLY{n}"),
            self.at((n + 1) % len(self.flights) if elsewhere else n, s),
            30.0,
            level,
            speed_mps=speed,
            course_deg=course,
            climb_mps=0.0,
        )

    def plot(self, n: int, s: int, radar: str, *, named: bool) -> Report:
        ident = Ident(icao24=f"{n:06x}") if named else Ident(number=str(n))
        level = self.flights[n][4]
        return Report(
            radar, START_MS + 1000 * s, ident, self.at(n, s), 200.0, level, sense=Sense.RADAR
        )


def plain(fleet: Fleet) -> Second:
    return lambda s: [fleet.own(n, s) for n in range(len(fleet.flights))]


def arriving(fleet: Fleet) -> Second:
    """Fifty more each second."""
    return lambda s: [fleet.own(n, s) for n in range(len(fleet.flights) - 1000 + 50 * s)]


def with_radars(fleet: Fleet) -> Second:
    radars = (("r4", 4, True), ("r10", 10, True), ("r12", 12, False))

    def second(s: int) -> list[Report]:
        found = [fleet.own(n, s) for n in range(len(fleet.flights))]
        for name, turn_s, named in radars:
            mine = range(s % turn_s, len(fleet.flights), turn_s)
            found += [fleet.plot(n, s, name, named=named) for n in mine]
        return found

    return second


def attacked(fleet: Fleet) -> Second:
    return lambda s: [
        fleet.own(n, s, elsewhere=n % 3 == 0 and s % 2 == 1) for n in range(len(fleet.flights))
    ]


def seconds(made: Picture, second: Second, count: int) -> Iterator[tuple[float, ...]]:
    for s in range(count):
        reports, now_ms = second(s), START_MS + 1000 * s
        instants = [time.perf_counter()]
        made.take(reports, now_ms)
        instants.append(time.perf_counter())
        tracks = made.at(now_ms + 500)
        instants.append(time.perf_counter())
        made.findings(tracks)
        instants.append(time.perf_counter())
        yield (
            *((b - a) * 1e3 for a, b in pairwise(instants)),
            len(reports),
        )


def measure(title: str, second: Second, count: int, warm: int) -> None:
    made = Picture(WatchRules())
    rows = list(seconds(made, second, count))[warm:]
    words = []
    for name, column in zip(("take", "at", "findings"), range(3), strict=True):
        times = [row[column] for row in rows]
        words.append(f"{name} {statistics.median(times):.1f} (p99 {quantile(times, 0.99):.1f}) ms")
    reports = statistics.mean(row[3] for row in rows)
    print(f"  {title}: {reports:,.0f} reports a second: {', '.join(words)}")


def main() -> None:
    banner("The picture: reports to tracks")
    measure("compiling", plain(Fleet(10)), 5, 0)
    measure("10,000 by ADS-B", plain(Fleet(10_000)), 30, 5)
    measure("10,000 by ADS-B and three radars", with_radars(Fleet(10_000)), 70, 50)
    measure("10,000, a third of them at two places", attacked(Fleet(10_000)), 30, 15)
    if "--quick" not in sys.argv:
        measure("100,000 by ADS-B", plain(Fleet(100_000)), 12, 3)
        measure("100,000, fifty new each second", arriving(Fleet(100_000)), 12, 3)
    print(f"  resident memory {resident_bytes() / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
