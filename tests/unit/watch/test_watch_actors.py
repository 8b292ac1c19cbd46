"""Unknown and unclaimed actors: told where they matter, counted elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parley.rules.findings import Finding, Kind, Level
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.against.actors import ActorWatch, is_unknown
from parley.watch.against.hazards import HazardWatch
from parley.watch.scene import Hazard, Intent, MovingHazard, Scene
from parley.watch.tracks import Status

RULES = WatchRules()
CENTRE = Position(lat_deg=40.0, lon_deg=20.0)
M_PER_DEG = 111_035.0
HOUR = Span(DAWN_MS - 3_600_000, DAWN_MS + 3_600_000)


def row(layer: Layer = Layer.DECLARED, span: Span = HOUR) -> Row:
    volume = Volume(Area.circle(CENTRE, 10_000), Band.metres(0, 8_000), span)
    return Row("notice:n1", 0, layer, "blue", "activity", Use.ACTIVITY, volume)


EMPTY = Scene("green", RULES, area=Area.circle(CENTRE, 300_000), parties=("blue", "green"))
DECLARED = replace(EMPTY, intents=(Intent("notice:n1", "blue", "strike", (row(),)),))
HAZARDS = replace(EMPTY, hazards=(Hazard("notice:n1", "blue", (row(Layer.HAZARD),)),))


def flight(name: str, south_m: float, **others: object) -> Flight:
    one = Flight(
        name,
        CENTRE.lat_deg - south_m / M_PER_DEG,
        CENTRE.lon_deg,
        speed_mps=200.0,
        course_deg=0.0,
        height_m=5_000.0,
    )
    return replace(one, **others)  # type: ignore[arg-type]


def unknown(south_m: float, **others: object) -> Flight:
    return flight("radar-1/17", south_m, **others)


def airliner(south_m: float, **others: object) -> Flight:
    return flight("icao:4b1814", south_m, **others)


def look(at: Scene, *flights: Flight) -> list[Finding]:
    watch = HazardWatch(RULES)
    for early_ms in reversed(range(RULES.calm.hits)):
        tracks = picture(flights, DAWN_MS - early_ms)
        hazards = watch.step(tracks, at)
    return ActorWatch(RULES).step(tracks, at, hazards)


@pytest.mark.parametrize(
    ("track", "label", "answer"),
    [
        ("radar-1/17", "", True),
        ("radar-1/17", "AFR12", False),
        ("icao:4b1814", "", False),
        ("call:A/B", "", False),
        ("a-uid", "", False),
    ],
)
def test_unknown_is_what_has_only_a_sensors_number(track: str, label: str, answer: bool) -> None:
    assert is_unknown(track, label) is answer


def test_an_unknown_actor_in_the_area_needs_nobody_until_it_matters() -> None:
    (far,) = look(DECLARED, unknown(200_000))
    assert (far.kind, far.level, far.refs) == (
        Kind.UNKNOWN_ACTOR, Level.INFO, ("track:radar-1/17",),
    )  # fmt: skip
    assert far.parties == ("blue", "green")
    (coming,) = look(DECLARED, unknown(40_000))
    assert (coming.level, coming.codes) == (Level.WARNING, ("declared",))
    (inside,) = look(HAZARDS, unknown(0))
    assert (inside.level, inside.codes) == (Level.WARNING, ("hazard",))
    assert look(DECLARED, unknown(310_000)) == []


def test_without_an_area_everybody_is_asked() -> None:
    assert len(look(replace(EMPTY, area=None), unknown(3_000_000))) == 1


def test_an_unclaimed_airliner_is_only_told_where_it_matters() -> None:
    assert look(DECLARED, airliner(200_000)) == []
    (coming,) = look(DECLARED, airliner(40_000))
    assert (coming.kind, coming.level) == (Kind.UNCLAIMED_ACTOR, Level.ADVISORY)
    (inside,) = look(DECLARED, airliner(0))
    assert (inside.level, inside.codes) == (Level.WARNING, ("declared",))
    assert look(DECLARED, airliner(0, height_m=11_000.0)) == []
    (hazard,) = look(HAZARDS, airliner(0))
    assert (hazard.level, hazard.codes) == (Level.ADVISORY, ("hazard",))


def test_who_is_claimed_is_no_finding() -> None:
    for owner in ("blue", "green", "somebody"):
        assert look(DECLARED, airliner(0, owner=owner), unknown(0, owner=owner)) == []


def test_a_moving_hazard_matters_too() -> None:
    moving = MovingHazard("moving:m", "tanker", "blue", 10_000, 500, 500, 0, DAWN_MS * 2)
    at = replace(EMPTY, moving=(moving,))
    tanker = flight("tanker", 0, owner="blue", speed_mps=0.0)
    (found,) = look(at, tanker, airliner(30_000))
    assert found.codes == ("hazard",)


def test_a_civil_sky_is_counted_and_not_told() -> None:
    sky = [airliner(100_000 + 50 * n, id=f"icao:{n:06x}", course_deg=180.0) for n in range(1_000)]
    watch = ActorWatch(RULES)
    tracks = picture([*sky, unknown(100_000)])
    found = watch.step(tracks, DECLARED)
    assert [f.kind for f in found] == [Kind.UNKNOWN_ACTOR]
    assert watch.counts == {"unknown": 1, "unclaimed": 1_000, "unclaimed-told": 0}


def test_without_the_hazards_findings_they_are_looked_for() -> None:
    assert [f.codes for f in ActorWatch(RULES).step(picture([airliner(0)]), HAZARDS)] == [
        ("hazard",)
    ]


def test_what_was_told_is_held_for_a_while_and_never_chatters() -> None:
    watch = ActorWatch(RULES)
    levels = []
    for at_s in range(0, 90, 10):
        here = airliner(0 if at_s % 20 == 0 and at_s < 50 else 20_000, course_deg=180.0)
        found = watch.step(picture([here], DAWN_MS + 1000 * at_s), DECLARED, [])
        levels.append([f.level for f in found])
    assert levels[:7] == [[Level.WARNING]] * 7
    assert levels[7:] == [[], []]


def test_once_it_is_known_or_claimed_or_gone_it_is_over() -> None:
    watch = ActorWatch(RULES)
    watch.step(picture([airliner(0), unknown(0)]), DECLARED, [])
    now = [airliner(0, owner="green"), unknown(0, label="AFR12")]
    (found,) = watch.step(picture(now, DAWN_MS + 1000), DECLARED, [])
    assert found.kind is Kind.UNCLAIMED_ACTOR
    assert watch.step(picture([], DAWN_MS + 2000), DECLARED, []) == []


def test_lost_tracks_are_not_predicted() -> None:
    assert look(DECLARED, airliner(40_000, status=Status.LOST, age_s=200.0)) == []


@pytest.mark.parametrize("broken", [{"lat_deg": math.nan}, {"lon_deg": math.inf}])
def test_what_is_nowhere_is_nobodys_finding(broken: dict[str, float]) -> None:
    assert look(DECLARED, unknown(0, **broken), airliner(0, **broken)) == []
