"""The declared place against a whole picture: the rule of rules.truth, track by track."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Kind
from parley.rules.placed import Layer, Row
from parley.rules.statements import Observation, Use
from parley.rules.truth import place_mismatch
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.testing.rules_strategies import header, place, three_sided
from parley.watch.against.declared import mismatches
from parley.watch.scene import Intent, Scene
from parley.watch.tracks import Status

AGREEMENT = three_sided()
OPEN, SOON = [(-3_600, 3_600), (0, 600)], [(-3_600, -1), (60, 3_600), (7_200, 9_000)]
SPANS = OPEN * 5 + SOON


@st.composite
def intents(draw: st.DrawFn, n: int) -> Intent:
    rows = []
    for k in range(draw(st.integers(1, 2))):
        first, last = draw(st.sampled_from(SPANS))
        far = st.integers(-40_000, 40_000)
        area = Area.circle(place(draw(far), draw(far)), draw(st.sampled_from([1_000, 15_000])))
        span = Span(DAWN_MS + 1000 * first, DAWN_MS + 1000 * last)
        volume = Volume(
            area, Band.metres(*draw(st.sampled_from([(0, 4_000), (5_000, 9_000)]))), span
        )
        use = draw(st.sampled_from(list(Use)))
        rows.append(Row(f"notice:{n}", k, Layer.DECLARED, "blue", "transit", use, volume))
    party = draw(st.sampled_from(["blue", "blue", "green"]))
    aircraft = [r for r in rows if r.use is Use.AIRCRAFT] or rows
    return Intent(f"notice:{n}", party, "transit", tuple(_of(party, r) for r in aircraft))


def _of(party: str, row: Row) -> Row:
    return Row(row.ref, row.ordinal, row.layer, party, row.group, row.use, row.volume)


@st.composite
def flights(draw: st.DrawFn) -> list[Flight]:
    found = []
    for n in range(draw(st.integers(1, 5))):
        reach_m = draw(st.sampled_from([50_000] * 4 + [400_000]))
        far = st.integers(-reach_m, reach_m)
        at = place(draw(far), draw(far))
        height = draw(st.sampled_from([math.nan, 4_015.0, 4_500.0, 6_000.0]))
        owner = draw(st.sampled_from(["blue", "blue", "green", ""]))
        found.append(
            Flight(f"t{n}", at.lat_deg, at.lon_deg, draw(st.sampled_from([0.0, 100.0, 3_000.0])),
                   height_m=height, owner=owner)
        )  # fmt: skip
    return found


@given(st.integers(1, 4).flatmap(lambda n: st.tuples(*(intents(k) for k in range(n)))), flights())
@settings(max_examples=80, deadline=None)
def test_the_same_as_the_rule_for_every_track(
    declared: tuple[Intent, ...], fleet: list[Flight]
) -> None:
    scene = Scene("green", WatchRules(), intents=declared)
    found = {f.refs[1]: f for f in mismatches(picture(fleet), scene, AGREEMENT)}
    for flight in fleet:
        band = None
        if not math.isnan(flight.height_m):
            band = Band.metres(flight.height_m - 15, flight.height_m + 15)
        seen = Observation(
            header("green"), flight.id, flight.owner, DAWN_MS,
            Position(lat_deg=flight.lat_deg, lon_deg=flight.lon_deg), band,
            round(flight.radius_m), "",
        )  # fmt: skip
        rows = [intent.aircraft for intent in declared if intent.party == flight.owner]
        expected = place_mismatch(AGREEMENT, seen, rows) if flight.owner else None
        assert found.get(f"track:{flight.id}") == expected


@pytest.mark.parametrize(
    ("late", "count"),
    [
        ({}, 1),
        ({"status": Status.COASTING, "age_s": 20.0}, 0),
        ({"status": Status.LOST, "age_s": 900.0}, 0),
        ({"lat_deg": math.nan}, 0),
    ],
)
def test_a_late_position_says_nothing(late: dict[str, float], count: int) -> None:
    area = Area.circle(place(), 1_000)
    volume = Volume(area, Band.metres(0, 9_000), Span(DAWN_MS - 1, DAWN_MS + 1))
    row = Row("notice:n", 0, Layer.DECLARED, "blue", "transit", Use.AIRCRAFT, volume)
    scene = Scene("green", WatchRules(), intents=(Intent("notice:n", "blue", "transit", (row,)),))
    away = place(0, 20_000)
    flight = {"id": "t", "lat_deg": away.lat_deg, "lon_deg": away.lon_deg, "owner": "blue"} | late
    found = mismatches(picture([Flight(**flight)]), scene, AGREEMENT)  # type: ignore[arg-type]
    assert [f.kind for f in found] == [Kind.PLACE_MISMATCH] * count
