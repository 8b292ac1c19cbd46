"""Whatever stands in a picture: nothing raises, every finding is whole, the rest is still found."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, canonical_bytes, order
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, GeoidModel, Position, PressureModel, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.testing.rules_strategies import three_sided
from parley.watch.against.actors import ActorWatch
from parley.watch.against.conformance import ConformanceWatch
from parley.watch.against.declared import mismatches
from parley.watch.against.hazards import HazardWatch
from parley.watch.against.shielding import ShieldWatch
from parley.watch.scene import Hazard, Intent, MovingHazard, Scene

RULES = WatchRules()
HOUR = Span(DAWN_MS - 3_600_000, DAWN_MS + 3_600_000)
PLACES = ((0.0, 0.0), (89.999, 10.0), (-90.0, 0.0), (10.0, 179.999), (10.0, -180.0))
AIR = PressureModel(1003, 1023, 0.1, GeoidModel(30, 1))


def hazard(n: int, lat: float, lon: float) -> Hazard:
    centre = Position(lat_deg=lat, lon_deg=lon)
    rows = tuple(
        Row(f"notice:{n}", k, Layer.HAZARD, "blue", group, Use.ACTIVITY,
            Volume(Area.circle(centre, 20_000), Band.metres(0, 12_000), HOUR))
        for k, group in enumerate(("activity", "reaction:b", "no-all-clear"))
    )  # fmt: skip
    return Hazard(f"notice:{n}", "blue", rows, {"b": Area.circle(centre, 1_000)})


HAZARDS = tuple(hazard(n, lat, lon) for n, (lat, lon) in enumerate(PLACES))
INTENTS = tuple(Intent(h.ref, h.party, "transit", h.rows[:1]) for h in HAZARDS)
MOVING = tuple(
    MovingHazard(f"moving:{n}", f"t{n}", "green", radius, up, 500, first, last)
    for n, (radius, up, first, last) in enumerate(
        [(10_000, 500, 0, 1 << 62), (10**9, -5, -(1 << 62), 1 << 62), (-3, 10**9, DAWN_MS, DAWN_MS)]
    )
)
SCENE = Scene(
    "green", RULES, area=Area.circle(Position(lat_deg=0, lon_deg=0), 900_000), intents=INTENTS,
    hazards=HAZARDS, moving=MOVING, bound={"t0": "notice:0", "t1": "notice:gone"}, air=AIR,
    parties=("blue", "green"),
)  # fmt: skip

strange = st.sampled_from(
    [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e-300, 1e300, -1e300, 90.0, 180.0, 360.0, 5_000.0]
)
near_places = st.sampled_from(PLACES)


@st.composite
def flights(draw: st.DrawFn) -> list[Flight]:
    found = []
    for n in range(draw(st.integers(0, 6))):
        lat, lon = draw(near_places)
        flight = Flight(
            f"t{n}", lat, lon, speed_mps=200.0, course_deg=45.0, height_m=5_000.0,
            owner=draw(st.sampled_from(["", "blue", "green"])), status=draw(st.integers(0, 3)),
        )  # fmt: skip
        for name in draw(
            st.sets(
                st.sampled_from(
                    ["lat_deg", "lon_deg", "radius_m", "speed_mps", "course_deg", "climb_mps",
                     "pressure_m", "height_m", "vertical_m"]
                ),
                max_size=4,
            )
        ):  # fmt: skip
            flight = replace(flight, **{name: draw(strange)})  # type: ignore[arg-type]
        found.append(flight)
    return found


def everything(days: list[list[Flight]], scene: Scene) -> list[list[Finding]]:
    hazards, conformance = HazardWatch(RULES), ConformanceWatch(RULES)
    actors, shields, told = ActorWatch(RULES), ShieldWatch(RULES), []
    for n, fleet in enumerate(days):
        tracks = picture(fleet, DAWN_MS + 1000 * n)
        found = hazards.step(tracks, scene)
        every = [*found, *conformance.step(tracks, scene), *actors.step(tracks, scene, found)]
        every += shields.step(tracks, scene, found, flown=conformance.flown)
        every += mismatches(tracks, scene, three_sided())
        told.append(order(every))
    return told


@given(st.lists(flights(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_nothing_raises_and_the_order_of_what_is_declared_does_not_matter(
    days: list[list[Flight]],
) -> None:
    told = everything(days, SCENE)
    turned = replace(SCENE, hazards=HAZARDS[::-1], intents=INTENTS[::-1], moving=MOVING[::-1])
    assert [canonical_bytes(f) for f in told] == [
        canonical_bytes(f) for f in everything(days, turned)
    ]
    for finding in (one for found in told for one in found):
        assert finding.from_ms <= finding.until_ms
        assert all(type(value) is int for _, value in finding.measures)


@given(flights())
@settings(max_examples=40, deadline=None)
def test_a_hostile_track_hides_no_bystander(fleet: list[Flight]) -> None:
    good = Flight("zz", 0.05, 0.05, height_m=5_000.0)
    found = everything([[*fleet, good]], SCENE)[0]
    assert (Kind.BYSTANDER, ("notice:0", "track:zz")) in {(f.kind, f.refs) for f in found}
