"""Predicted loss of separation: encounters whose answer follows from geometry."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, Level
from parley.rules.watching import AlertStep, CalmRules, Cylinder, WatchRules
from parley.space import GeoidModel, PressureModel
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.changes import Change, changes
from parley.watch.pairs.separation import Separation
from parley.watch.scene import Scene
from parley.watch.tracks import Status, Tracks

NM, FT = 1852.0, 0.3048
RULES = WatchRules()
SCENE = Scene("blue", RULES)
LAT_M, LON_M = 110_574.3, 111_319.5
"""Metres a degree at the equator."""


@dataclass(frozen=True)
class Course:
    """A straight flight near the equator: metres and m/s east, north and up at 0 s."""

    id: str
    x: float = 0.0
    y: float = 0.0
    z: float = 10_000.0
    vx: float = 0.0
    vy: float = 0.0
    vz: float = 0.0
    owner: str = ""

    def at(self, s: float) -> Flight:
        return Flight(
            self.id,
            lat_deg=(self.y + self.vy * s) / LAT_M,
            lon_deg=(self.x + self.vx * s) / LON_M,
            speed_mps=math.hypot(self.vx, self.vy),
            course_deg=math.degrees(math.atan2(self.vx, self.vy)) % 360,
            climb_mps=self.vz,
            pressure_m=self.z + self.vz * s,
            owner=self.owner,
        )


def watch(
    courses: Iterable[Course], until_s: float, *, every_s: float = 10.0, scene: Scene = SCENE
) -> list[tuple[float, list[Finding]]]:
    """What is told at each sweep."""
    separation, courses = Separation(scene.rules), list(courses)
    told = []
    for n in range(round(until_s / every_s) + 1):
        s = n * every_s
        tracks = picture([c.at(s) for c in courses], DAWN_MS + round(1000 * s))
        told.append((s, separation.step(tracks, scene)))
    return told


def once(tracks: Tracks, scene: Scene = SCENE) -> list[Finding]:
    return Separation(scene.rules).step(tracks, scene)


def first_s(told: Sequence[tuple[float, list[Finding]]]) -> float:
    return next(s for s, found in told if found)


HEAD_ON = (Course("a", vx=200.0), Course("b", x=50 * NM, vx=-200.0))
"""50 NM apart, 400 m/s: within 5 NM after 208 s."""


def test_head_on_is_told_in_daidalus_terms() -> None:
    found = once(picture([Course("a", vx=200.0).at(0), Course("b", x=21 * NM, vx=-200.0).at(0)]))
    assert [(f.kind, f.refs, f.level) for f in found] == [
        (Kind.PREDICTED_LOSS, ("track:a", "track:b"), Level.WARNING)
    ]
    assert found[0].measured == {
        "time_to_violation_s": round(16 * NM / 400),
        "tcpa_s": round(21 * NM / 400),
        "dcpa_m": 0,
        "hmd_m": 0,
        "vmd_m": 0,
        "range_m": round(21 * NM),
        "vertical_m": 0,
    }
    assert found[0].codes == ("by-state",)
    assert found[0].from_ms == DAWN_MS + 1000 * round(16 * NM / 400)
    assert found[0].until_ms == DAWN_MS + 1000 * round(26 * NM / 400)


def test_the_level_rises_once_a_change_and_each_is_told_once() -> None:
    before: dict[str, Finding] = {}
    said = []
    for _, found in watch(HEAD_ON, 400):
        said += [
            (c.change, c.finding.level, "lost" in c.finding.codes) for c in changes(before, found)
        ]
        before = {f.key: f for f in found}
    assert said == [
        (Change.OPENED, Level.ADVISORY, False),
        (Change.CHANGED, Level.WARNING, False),
        (Change.CHANGED, Level.URGENT, False),
        (Change.CHANGED, Level.URGENT, True),
        (Change.CLOSED, Level.URGENT, True),
    ]


def test_separation_that_is_lost_says_so() -> None:
    told = watch(HEAD_ON, 300)
    lost = [s for s, found in told for f in found if "lost" in f.codes]
    assert lost[0] == 210.0
    assert lost[-1] >= 250.0


@pytest.mark.parametrize("every_s", [1.0, 5.0, 10.0])
def test_it_is_told_in_time_whatever_the_cadence(every_s: float) -> None:
    assert first_s(watch(HEAD_ON, 208, every_s=every_s)) <= 70


def test_who_diverges_is_not_told() -> None:
    apart = [Course("a", vx=-200.0), Course("b", x=6 * NM, vx=200.0)]
    assert all(not found for _, found in watch(apart, 60))


@pytest.mark.parametrize("feet", [1000, -1000, 2000])
def test_levels_exactly_apart_are_never_told(feet: float) -> None:
    over = [HEAD_ON[0], replace(HEAD_ON[1], z=10_000 + feet * FT)]
    thousand = WatchRules((AlertStep(Level.WARNING, Cylinder(926_000, 30_480), 300),))
    for scene in (SCENE, Scene("blue", thousand)):
        assert all(not found for _, found in watch(over, 300, scene=scene))


def test_noise_of_mode_c_round_levels_is_never_told() -> None:
    rng, separation = random.Random(1), Separation(RULES)
    for n in range(30):
        flights = [
            replace(
                replace(c, z=10_000 + k * 1000 * FT).at(10 * n),
                climb_mps=rng.choice((0, 64, -64, 128)) * FT / 60,
                pressure_m=10_000 + (k * 1000 + rng.choice((0, 25, -25))) * FT,
            )
            for k, c in enumerate(HEAD_ON)
        ]
        assert not separation.step(picture(flights, DAWN_MS + 10_000 * n), SCENE)


def test_who_levels_off_below_is_not_told_again_and_again() -> None:
    """A climb at 1,500 ft/min to 1,000 ft below the other, levelling off in its last 300 ft."""
    separation, level, opened = Separation(RULES), 10_000 - 1000 * FT, 0
    z, climb = level - 4000 * FT, 7.62
    before: set[str] = set()
    for n in range(40):
        flights = [
            HEAD_ON[0].at(5 * n),
            replace(HEAD_ON[1].at(5 * n), pressure_m=z, climb_mps=climb),
        ]
        now = {f.key for f in separation.step(picture(flights, DAWN_MS + 5000 * n), SCENE)}
        opened += len(now - before)
        before = now
        climb = max(0.0, min(7.62, (level - z) / 12))
        z = min(level, z + 5 * climb)
    assert opened <= 1


def test_a_late_conflict_is_told_at_once() -> None:
    """Two on parallel tracks 8 NM apart; one turns towards the other."""
    separation = Separation(RULES)
    for n in range(30):
        calm = [Course("a", vy=230.0).at(n), Course("b", x=8 * NM, vy=230.0).at(n)]
        assert not separation.step(picture(calm, DAWN_MS + 1000 * n), SCENE)
    turned = Course("b", x=8 * NM, y=230.0 * 30, vx=-200.0, vy=110.0).at(0)
    tracks = picture([Course("a", vy=230.0).at(30), turned], DAWN_MS + 30_000)
    found = separation.step(tracks, SCENE)
    assert found[0].level >= Level.WARNING
    assert found[0].measured["time_to_violation_s"] < 60


def test_noise_at_the_boundary_does_not_flap() -> None:
    """A miss distance of 5.1 NM, with a course that is off by up to half a degree each report."""
    rng, separation = random.Random(2), Separation(RULES)
    before: set[str] = set()
    turns = 0
    for n in range(160):
        flights = [
            replace(c.at(n), course_deg=c.at(n).course_deg + rng.uniform(-0.5, 0.5))
            for c in (HEAD_ON[0], replace(HEAD_ON[1], y=5.1 * NM))
        ]
        now = {f.key for f in separation.step(picture(flights, DAWN_MS + 1000 * n), SCENE)}
        turns += now != before
        before = now
    assert turns <= 3


metres = st.floats(-40_000, 40_000)
speeds = st.floats(-250, 250)
courses = st.builds(
    Course,
    st.just("?"),
    metres,
    metres,
    st.floats(9_000, 11_000),
    speeds,
    speeds,
    st.sampled_from([0.0, 5.0, -8.0]),
)


@settings(max_examples=60, deadline=None)
@given(courses, courses)
def test_exchanged_tracks_give_the_same_finding(one: Course, other: Course) -> None:
    here = watch([replace(one, id="a"), replace(other, id="b")], 20)
    there = watch([replace(one, id="b"), replace(other, id="a")], 20)
    assert here == there


def test_parties_are_those_that_answer_and_one_party_is_left_alone() -> None:
    near = [Course("a", vx=200.0, owner="red"), Course("b", x=17 * NM, vx=-200.0, owner="blue")]
    assert once(picture([c.at(0) for c in near]))[0].parties == ("blue", "red")
    own = picture([replace(c, owner="red").at(0) for c in near])
    assert not once(own)
    assert once(own, replace(SCENE, within_party=True))


def test_lost_tracks_and_those_on_the_ground_are_not_predicted() -> None:
    a, b = Course("a", vx=200.0).at(0), Course("b", x=17 * NM, vx=-200.0).at(0)
    assert once(picture([a, b]))
    assert not once(picture([a, replace(b, status=Status.LOST)]))
    assert not once(picture([a, replace(b, on_ground=True)]))


def test_an_unknown_height_is_taken_to_be_the_same_but_never_urgent() -> None:
    a, b = Course("a", vx=200.0).at(0), Course("b", x=10 * NM, vx=-200.0).at(0)
    assert once(picture([a, b]))[0].level is Level.URGENT
    found = once(picture([a, replace(b, pressure_m=math.nan)]))
    assert found[0].level is Level.WARNING
    assert found[0].codes == ("by-state", "height-unknown")
    assert "vertical_m" not in found[0].measured


def test_a_height_is_compared_with_a_pressure_altitude_through_the_air() -> None:
    a, b = Course("a", vx=200.0).at(0), Course("b", x=17 * NM, vx=-200.0).at(0)
    air = PressureModel(1013.25, 1013.25, 0.01, GeoidModel(50, 1))
    for off_m, told in ((0.0, True), (300.0, True), (1500.0, False)):
        other = replace(b, pressure_m=math.nan, height_m=10_050 + off_m)
        assert bool(once(picture([a, other]), replace(SCENE, air=air))) is told
    far = replace(b, pressure_m=math.nan, height_m=11_550.0)
    assert once(picture([a, far])), "nothing is known of the air: it may be the same height"


def test_a_wide_circle_widens_the_minima_for_an_advisory() -> None:
    a, b = Course("a", vx=200.0).at(0), Course("b", x=17 * NM, y=6 * NM, vx=-200.0).at(0)
    assert not once(picture([a, b]))
    wide = replace(b, radius_m=3_000.0, status=Status.COASTING)
    found = once(picture([a, wide]))
    assert [(f.level, f.codes) for f in found] == [(Level.ADVISORY, ("by-state", "coasting"))]
    far = replace(wide, lat_deg=8 * NM / LAT_M, radius_m=49_000.0)
    assert not once(picture([a, far])), "no more than widen_m"


def test_who_may_be_near_within_his_circle_has_not_lost_separation() -> None:
    a, b = Course("a", vx=200.0).at(0), Course("b", y=6 * NM, vx=200.0).at(0)
    wide = replace(b, radius_m=3_000.0, status=Status.COASTING)
    assert [(f.level, f.codes) for f in once(picture([a, wide]))] == [
        (Level.ADVISORY, ("by-state", "coasting"))
    ]


def test_a_doubted_position_says_so() -> None:
    tracks = picture([Course("a", vx=200.0).at(0), Course("b", x=17 * NM, vx=-200.0).at(0)])
    doubted = replace(tracks, doubted=tracks.doubted | True)
    assert once(doubted)[0].codes == ("by-state", "doubted")


def test_an_unknown_velocity_is_a_wide_circle_that_stands_still() -> None:
    a = Course("a", vx=200.0).at(0)
    still = Flight("b", lon_deg=12 * NM / LON_M, lat_deg=6 * NM / LAT_M, pressure_m=10_000.0)
    assert [f.level for f in once(picture([a, still]))] == [Level.ADVISORY]
    ahead = replace(still, lat_deg=0.0)
    assert once(picture([a, ahead]))[0].level is Level.WARNING


def test_hostile_values_are_no_findings_and_no_errors() -> None:
    nan, inf = math.nan, math.inf
    flights = [
        Flight("a"),
        Flight("b", lat_deg=nan, lon_deg=nan, radius_m=nan, speed_mps=inf, course_deg=1e9),
        Flight("c", lat_deg=91.0, speed_mps=-5.0, course_deg=nan, climb_mps=inf, pressure_m=inf),
        Flight("d", radius_m=inf, height_m=-inf, vertical_m=nan, climb_mps=-inf, course_deg=-90),
    ]
    separation = Separation(RULES)
    for n in range(3):
        separation.step(picture(flights, DAWN_MS + 10_000 * n), SCENE)
    assert not once(picture([]))


def test_the_same_pictures_give_the_same_findings_again() -> None:
    rng = random.Random(3)
    many = [
        Course(
            f"t{n}",
            rng.uniform(-8e4, 8e4),
            rng.uniform(-8e4, 8e4),
            rng.choice((9_000.0, 9_600.0)),
            rng.uniform(-250, 250),
            rng.uniform(-250, 250),
        )
        for n in range(60)
    ]
    assert watch(many, 120) == watch(reversed(many), 120)
    assert any(found for _, found in watch(many, 120))


def test_evidence_is_asked_for_as_agreed() -> None:
    eager = replace(SCENE, rules=WatchRules(calm=CalmRules(at_once_s=300)))
    assert first_s(watch(HEAD_ON, 200, scene=eager)) == 0.0
    assert first_s(watch(HEAD_ON, 200)) > 30.0
