"""A made-up, reproducible world for benchmarks: an agreement, and notices spread over it.

Not a test and not a claim about any real airspace: 1,300 x 1,300 km, twenty-four hours, surface
to 12 km; seven notices in eight are transits (four volumes 4 to 12 km across, 300 to 900 m thick,
10 to 30 minutes each), one is an activity with overshoot, a third party's reaction and an
all-clear rule.
"""

from __future__ import annotations

import math
import random

from parley.rules.agreement import (
    ActivityClass,
    Agreement,
    Escalation,
    HazardBuffer,
    Party,
    Reaction,
    SeparationMinima,
    Site,
    ThirdParty,
    Timers,
    TruthRule,
)
from parley.rules.statements import Draft, NoticeVolume, Use
from parley.space import Area, Band, Position, Span, Volume

START_MS = 1_790_000_000_000
HOURS = 24
SOUTH, NORTH, WEST, EAST = 34.0, 46.0, 10.5, 25.5


def at(lat_deg: float, lon_deg: float) -> Position:
    return Position(lat_deg=lat_deg, lon_deg=lon_deg)


def agreement(parties: tuple[str, ...] = ("blue", "green")) -> Agreement:
    timers = Timers(60, 120, 300, (Escalation(120, "liaison"),))
    day_ms = 86_400_000
    return Agreement(
        "bench",
        1,
        "Benchmark agreement",
        tuple(Party(p, p.title(), ("watch-officer", "liaison")) for p in parties),
        Area.polygon([at(SOUTH, WEST), at(SOUTH, EAST), at(NORTH, EAST), at(NORTH, WEST)]),
        Span(START_MS - 30 * day_ms, START_MS + 30 * day_ms),
        (
            ActivityClass(
                "transit",
                "Transit",
                600,
                timers,
                SeparationMinima(5000, 300, 120),
                HazardBuffer(0, 0, 0, 0),
            ),
            ActivityClass(
                "activity",
                "Activity",
                1800,
                timers,
                SeparationMinima(5000, 300, 120),
                HazardBuffer(2000, 300, 0, 300),
                provokes_reaction=True,
                needs_all_clear=True,
            ),
        ),
        timers,
        TruthRule(5000, 350, 120, 100_000),
        120,
        1800,
        third_parties=(
            ThirdParty(
                "battery",
                "Battery",
                Area.circle(at(40.0, 18.0), 100_000),
                Reaction(50_000, 10_000, 5000, Band.metres(0, 12_000), 600),
            ),
        ),
        conflicts_within_party=True,
        sites=(
            Site(
                "clinic",
                "Clinic",
                parties[0],
                Area.circle(at(39.0, 17.0), 500),
                Band.metres(0, 300),
            ),
        ),
    )


def blob(rng: random.Random, centre: Position, radius_m: float, corners: int) -> Area:
    """A convex-ish polygon around ``centre``."""
    turn = rng.random() * math.tau
    points = []
    for n in range(corners):
        angle = turn + math.tau * n / corners
        r = radius_m * rng.uniform(0.85, 1.0)
        points.append(
            at(
                centre.lat_deg + r * math.cos(angle) / 111_200,
                centre.lon_deg
                + r * math.sin(angle) / 111_200 / math.cos(math.radians(centre.lat_deg)),
            )
        )
    return Area.polygon(points)


def draft(rng: random.Random, *, volumes: int = 4, circles: bool = False) -> Draft:
    """One notice of ``volumes`` volumes that follow each other in place and time: polygons of
    eight vertices, or circles."""
    live = rng.random() < 0.125
    lat, lon = rng.uniform(SOUTH + 0.5, NORTH - 0.5), rng.uniform(WEST + 0.6, EAST - 0.6)
    heading = rng.random() * math.tau
    start = START_MS + rng.randrange(HOURS * 3_600_000)
    floor = rng.randrange(0, 11_000, 50)
    thick = rng.randrange(300, 900, 50)
    found = []
    for _ in range(volumes):
        length_ms = rng.randrange(600_000, 1_800_000)
        radius_m = rng.uniform(2000, 6000)
        centre = at(lat, lon)
        area = Area.circle(centre, radius_m) if circles else blob(rng, centre, radius_m, 8)
        found.append(
            NoticeVolume(
                Use.ACTIVITY,
                Volume(area, Band.metres(floor, floor + thick), Span(start, start + length_ms)),
            )
        )
        start += length_ms
        lat = min(max(lat + 0.15 * math.cos(heading), SOUTH + 0.3), NORTH - 0.3)
        lon = min(max(lon + 0.2 * math.sin(heading), WEST + 0.4), EAST - 0.4)
    return Draft("activity" if live else "transit", tuple(found))
