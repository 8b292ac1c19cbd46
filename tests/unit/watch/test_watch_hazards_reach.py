"""Candidates and predictions against brute force: every pair, by the exact tests of space."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span, Volume, distance_m, within
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.against.reach import Shapes, apart, entries_s, near, within_m
from parley.watch.against.seen import Seen

RULES = WatchRules()
AHEAD_S = 300.0
HOUR = Span(DAWN_MS - 3_600_000, DAWN_MS + 3_600_000)
BANDS = (Band.metres(0, 3_000), Band.metres(5_000, 9_000), Band.metres(-8_000, 100_000))
CENTRES = ((45.0, 10.0), (0.0, 179.99), (-60.0, -179.95), (89.6, 30.0), (-89.9, 0.0), (35.0, 36.0))


def moved(lat: float, lon: float, north_m: float, east_m: float) -> Position:
    """Roughly so far from a place, also over poles and the antimeridian."""
    r = math.hypot(north_m, east_m) / 6_371_000
    course = math.atan2(east_m, north_m)
    p = math.radians(lat)
    q = math.asin(math.sin(p) * math.cos(r) + math.cos(p) * math.sin(r) * math.cos(course))
    x = math.cos(r) - math.sin(p) * math.sin(q)
    y = math.sin(course) * math.sin(r) * math.cos(p)
    east = lon + math.degrees(math.atan2(y, x))
    return Position(lat_deg=math.degrees(q), lon_deg=(east + 180) % 360 - 180)


@st.composite
def volumes(draw: st.DrawFn, lat: float, lon: float) -> Volume:
    far = st.integers(-80_000, 80_000)
    middle = moved(lat, lon, draw(far), draw(far))
    size = draw(st.sampled_from([500, 5_000, 30_000, 150_000]))
    turn = draw(st.floats(0, 6))
    ring = [
        moved(
            middle.lat_deg,
            middle.lon_deg,
            draw(st.floats(0.3, 1)) * size * math.cos(turn + n * 2 * math.pi / 5),
            size * math.sin(turn + n * 2 * math.pi / 5),
        )
        for n in range(5)
    ]
    kind = draw(st.sampled_from(["circle", "path", "polygon", "buffered"]))
    if kind == "circle":
        area = Area.circle(middle, size)
    elif kind == "path":
        area = Area.corridor(ring[:3], size / 10)
    else:
        area = Area.polygon(ring).buffered(size / 5 if kind == "buffered" else 0)
    return Volume(area, draw(st.sampled_from(BANDS)), HOUR)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Volume], list[Flight]]:
    lat, lon = draw(st.sampled_from(CENTRES))
    flights = []
    for n in range(draw(st.integers(1, 6))):
        far = st.integers(-250_000, 250_000)
        at = moved(lat, lon, draw(far), draw(far))
        flights.append(
            Flight(
                f"t{n}",
                at.lat_deg,
                at.lon_deg,
                radius_m=draw(st.sampled_from([0.0, 100.0, 5_000.0])),
                speed_mps=draw(st.sampled_from([0.0, 60.0, 250.0, 1_000.0])),
                course_deg=draw(st.floats(0, 360)),
                climb_mps=draw(st.sampled_from([0.0, 10.0, -10.0, math.nan])),
                height_m=draw(st.sampled_from([math.nan, 1_000.0, 3_015.0, 4_000.0, 10_000.0])),
            )
        )
    return draw(st.lists(volumes(lat, lon), min_size=1, max_size=4)), flights


def bands_meet(seen: Seen, i: int, volume: Volume, at_s: float = 0.0) -> bool:
    shift = seen.climb_cm_s[i] * at_s
    low, high = seen.floor_cm[i] + shift, seen.ceiling_cm[i] + shift
    return bool(low <= volume.band.ceiling.cm and high >= volume.band.floor.cm)


@given(scenes())
@settings(max_examples=60, deadline=None)
def test_inside_is_what_space_says_of_every_pair(world: tuple[list[Volume], list[Flight]]) -> None:
    boxes, flights = world
    seen, shapes = Seen.of(picture(flights), RULES, None), Shapes.of(boxes)
    pairs = near(seen, shapes, ahead_s=0.0)
    gap = apart(seen, shapes, pairs)
    inside = within_m(seen, shapes, pairs, gap, seen.radius_m[pairs.track]) & gap.level()
    found = set(zip(pairs.track[inside].tolist(), pairs.shape[inside].tolist(), strict=True))
    expected = {
        (i, k)
        for i in range(len(flights))
        for k, volume in enumerate(boxes)
        if bands_meet(seen, i, volume)
        and within(volume.area, Area.point(seen.position(i)), float(seen.radius_m[i]))
    }
    assert found == expected


@given(scenes())
@settings(max_examples=60, deadline=None)
def test_distances_are_right_to_their_slack(world: tuple[list[Volume], list[Flight]]) -> None:
    boxes, flights = world
    seen, shapes = Seen.of(picture(flights), RULES, None), Shapes.of(boxes)
    pairs = near(seen, shapes, ahead_s=300.0, margin_m=50_000, up_m=100_000)
    gap = apart(seen, shapes, pairs)
    for n in range(len(pairs)):
        point = Area.point(seen.position(int(pairs.track[n])))
        exact = distance_m(boxes[pairs.shape[n]].area, point)
        assert abs(max(0.0, gap.metres[n]) - exact) <= gap.slack_m[n]
        assert exact >= gap.least_m[n] - 0.02


@given(scenes())
@settings(max_examples=40, deadline=None)
def test_every_entry_on_the_geodesic_is_predicted_and_in_time(
    world: tuple[list[Volume], list[Flight]],
) -> None:
    boxes, flights = world
    seen, shapes = Seen.of(picture(flights), RULES, None), Shapes.of(boxes)
    pairs = near(seen, shapes, ahead_s=AHEAD_S)
    entry = entries_s(seen, shapes, pairs, apart(seen, shapes, pairs), AHEAD_S)
    slack = apart(seen, shapes, pairs).slack_m
    known = {
        (int(t), int(s)): (float(e), float(m))
        for t, s, e, m in zip(pairs.track, pairs.shape, entry, slack, strict=True)
    }
    for i, flight in enumerate(flights):
        for at_s in np.arange(0.0, AHEAD_S + 1, 20.0).tolist():
            away = flight.speed_mps * at_s
            course = math.radians(flight.course_deg)
            there = moved(
                flight.lat_deg, flight.lon_deg, away * math.cos(course), away * math.sin(course)
            )
            for k, volume in enumerate(boxes):
                off_m = 10 + 0.01 * away + 2 * known.get((i, k), (0.0, 0.0))[1]
                deep_m = float(seen.radius_m[i]) - off_m
                if deep_m < 0 or not bands_meet(seen, i, volume, at_s):
                    continue
                if within(volume.area, Area.point(there), deep_m):
                    assert known[(i, k)][0] <= at_s + 1e-6


@given(scenes())
@settings(max_examples=40, deadline=None)
def test_where_an_entry_is_predicted_there_is_one(world: tuple[list[Volume], list[Flight]]) -> None:
    boxes, flights = world
    seen, shapes = Seen.of(picture(flights), RULES, None), Shapes.of(boxes)
    pairs = near(seen, shapes, ahead_s=AHEAD_S)
    gap = apart(seen, shapes, pairs)
    for n, at_s in enumerate(entries_s(seen, shapes, pairs, gap, AHEAD_S).tolist()):
        if not math.isfinite(at_s):
            continue
        flight, k = flights[pairs.track[n]], int(pairs.shape[n])
        away, course = flight.speed_mps * at_s, math.radians(flight.course_deg)
        there = moved(
            flight.lat_deg, flight.lon_deg, away * math.cos(course), away * math.sin(course)
        )
        off_m = 10 + 0.01 * away + 2 * float(gap.slack_m[n])
        assert 0 <= at_s <= AHEAD_S
        assert within(boxes[k].area, Area.point(there), flight.radius_m + off_m)


def test_straight_at_a_circle_takes_distance_by_speed() -> None:
    area = Area.circle(Position(lat_deg=45, lon_deg=10), 10_000)
    flight = Flight("t", 44.5, 10.0, radius_m=0.0, speed_mps=250.0, course_deg=0.0)
    seen = Seen.of(picture([flight]), RULES, None)
    shapes = Shapes.of([Volume(area, BANDS[2], HOUR)])
    pairs = near(seen, shapes, ahead_s=AHEAD_S)
    found = entries_s(seen, shapes, pairs, apart(seen, shapes, pairs), AHEAD_S)
    gap_m = distance_m(area, Area.point(Position(lat_deg=44.5, lon_deg=10)))
    assert found.tolist() == pytest.approx([gap_m / 250], rel=1e-4)


@pytest.mark.parametrize(
    "broken",
    [
        {"lat_deg": math.nan},
        {"lon_deg": math.inf},
        {"lat_deg": 91.0},
        {"lon_deg": -1e9},
        {"radius_m": math.inf},
        {"radius_m": 1e7},
    ],
)
def test_what_is_nowhere_is_left_out_and_counted(broken: dict[str, float]) -> None:
    flight = Flight("bad", **broken)  # type: ignore[arg-type]
    seen = Seen.of(picture([flight, Flight("good")]), RULES, None)
    shapes = Shapes.of([Volume(Area.circle(Position(lat_deg=0, lon_deg=0), 9), BANDS[2], HOUR)])
    pairs = near(seen, shapes, ahead_s=AHEAD_S)
    assert [seen.tracks.ids[i] for i in pairs.track.tolist()] == ["good"]
    assert sum(seen.counts.values()) == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"speed_mps": -1.0},
        {"speed_mps": 1e9},
        {"speed_mps": math.inf},
        {"course_deg": math.nan},
        {"course_deg": 1e12},
        {"climb_mps": math.inf, "height_m": 100.0},
        {"radius_m": math.nan},
        {"radius_m": -5.0},
        {"height_m": math.inf},
        {"height_m": -1e12},
        {"vertical_m": math.nan, "height_m": 500.0},
    ],
)
def test_what_cannot_be_does_not_move_and_is_still_inside(broken: dict[str, float]) -> None:
    flight = Flight("t", **({"speed_mps": 100.0, "course_deg": 0.0} | broken))  # type: ignore[arg-type]
    seen = Seen.of(picture([flight]), RULES, None)
    around = Area.circle(Position(lat_deg=0, lon_deg=0), 9_000)
    shapes = Shapes.of([Volume(around, Band.metres(-8_000, 2_000), HOUR)])
    pairs = near(seen, shapes, ahead_s=AHEAD_S)
    gap = apart(seen, shapes, pairs)
    assert within_m(seen, shapes, pairs, gap, seen.radius_m[pairs.track]).all()
    assert np.isfinite(seen.velocity).all()
    assert np.isfinite(seen.climb_cm_s).all()
    assert len(pairs) == 1
