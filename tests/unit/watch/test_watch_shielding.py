"""Who stands between whom: a geometry, whoever they are."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.findings import Finding, Kind, Level
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import ShieldRules, WatchRules
from parley.space import Area, Band, Position, Span, Volume, distance_m
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.against import shielding as room
from parley.watch.against.hazards import HazardWatch
from parley.watch.against.shielding import MOST, shielding
from parley.watch.scene import Hazard, Intent, Scene

RULES = WatchRules(shield=ShieldRules(width_m=5_000, within_m=100_000))
ORIGIN = Position(lat_deg=40.0, lon_deg=20.0)
M_PER_DEG = 111_035.0
HOUR = Span(DAWN_MS - 3_600_000, DAWN_MS + 3_600_000)
POSTURE = Area.circle(ORIGIN, 20_000)


def at(north_m: float, east_m: float = 0.0) -> Position:
    lat = 40.0 + north_m / M_PER_DEG
    return Position(lat_deg=lat, lon_deg=20.0 + east_m / (M_PER_DEG * math.cos(math.radians(lat))))


def flight(name: str, north_m: float, east_m: float = 0.0, **others: object) -> Flight:
    place = at(north_m, east_m)
    one = Flight(name, place.lat_deg, place.lon_deg, height_m=5_000.0)
    return replace(one, **others)  # type: ignore[arg-type]


def hazard(group: str = "reaction:battery", party: str = "blue", **others: object) -> Hazard:
    volume = Volume(Area.circle(at(80_000), 30_000), Band.metres(0, 20_000), HOUR)
    row = Row("notice:n1", 0, Layer.HAZARD, party, group, Use.ACTIVITY, volume)
    origins = {"battery": POSTURE, "activity": POSTURE}
    return replace(Hazard("notice:n1", party, (row,), origins), **others)  # type: ignore[arg-type]


def scene(*hazards: Hazard, intents: tuple[Intent, ...] = ()) -> Scene:
    return Scene("green", RULES, hazards=hazards or (hazard(),), intents=intents)


BEHIND = flight("hawk", 80_000, owner="blue")


def look(*flights: Flight, where: Scene | None = None) -> list[Finding]:
    where = where or scene()
    tracks = picture(flights)
    return shielding(tracks, where, HazardWatch(RULES).step(tracks, where))


def test_who_is_near_the_line_is_recorded_with_the_geometry() -> None:
    (found,) = look(BEHIND, flight("airliner", 40_000, 3_000))
    assert found.kind is Kind.SHIELDING
    assert found.refs == ("notice:n1", "track:airliner", "track:hawk")
    assert found.level is Level.ADVISORY
    assert found.codes == ("reaction:battery",)
    measured = found.measured
    assert measured["off_line_m"] == pytest.approx(3_000, abs=15)
    assert measured["along_m"] == pytest.approx(math.hypot(40_000, 3_000), abs=150)
    assert measured["behind_m"] == pytest.approx(math.hypot(40_000, 3_000), abs=150)


def test_a_middle_one_inside_the_hazard_is_a_warning() -> None:
    (found,) = look(BEHIND, flight("airliner", 60_000))
    assert found.level is Level.WARNING


@pytest.mark.parametrize(("east_m", "count"), [(4_970, 1), (5_030, 0), (-4_970, 1), (-5_030, 0)])
def test_width(east_m: float, count: int) -> None:
    assert len(look(BEHIND, flight("airliner", 40_000, east_m))) == count


@pytest.mark.parametrize(("north_m", "count"), [(83_000, 1), (86_000, 0), (-3_000, 1), (-6_000, 0)])
def test_beside_either_end_counts_and_beyond_does_not(north_m: float, count: int) -> None:
    assert len(look(BEHIND, flight("airliner", north_m))) == count


def test_far_from_both_ends_is_not_between() -> None:
    rules = replace(RULES, shield=ShieldRules(5_000, 30_000))
    where = replace(scene(), rules=rules)
    assert look(BEHIND, flight("airliner", 40_000), where=where) == []
    assert len(look(BEHIND, flight("airliner", 52_000), where=where)) == 1


@pytest.mark.parametrize("owner", ["", "green", "amber", "unheard-of"])
def test_the_geometry_is_the_same_whoever_is_in_the_middle(owner: str) -> None:
    (plain,) = look(BEHIND, flight("x", 40_000, 1_000))
    (found,) = look(BEHIND, flight("x", 40_000, 1_000, owner=owner))
    assert (found.refs, found.measures, found.level) == (plain.refs, plain.measures, plain.level)


def test_exchanging_the_parties_exchanges_nothing_but_their_names() -> None:
    (one,) = look(flight("a", 80_000, owner="blue"), flight("b", 40_000, owner="green"))
    mirrored = scene(hazard(party="green"))
    (other,) = look(
        flight("a", 80_000, owner="green"), flight("b", 40_000, owner="blue"), where=mirrored
    )
    assert (one.refs, one.measures, one.level, one.parties) == (
        other.refs, other.measures, other.level, other.parties,
    )  # fmt: skip


def test_ones_own_flight_in_the_middle_and_the_third_partys_are_not_told() -> None:
    assert look(BEHIND, flight("wing", 40_000, owner="blue")) == []
    assert look(BEHIND, flight("interceptor", 40_000, owner="battery")) == []


def test_behind_is_only_who_the_hazard_is_about() -> None:
    middle = flight("airliner", 40_000)
    assert look(flight("guest", 80_000, owner="green"), middle) == []
    assert look(flight("hawk", 120_000, owner="blue"), middle) == []  # outside the volume
    tracks = picture([flight("hawk", 120_000, owner="blue"), middle])
    assert len(shielding(tracks, scene(), flown={"hawk": "notice:n1"})) == 1


def test_a_third_party_that_engages_is_about_whoever_has_a_notice_out() -> None:
    engaged = hazard("engaged:battery", "battery")
    middle = flight("airliner", 40_000)
    assert look(BEHIND, middle, where=scene(engaged)) == []
    row = replace(hazard().rows[0], layer=Layer.DECLARED)
    where = scene(engaged, intents=(Intent("notice:n1", "blue", "strike", (row,)),))
    (found,) = look(BEHIND, middle, where=where)
    assert found.codes == ("engaged:battery",)


def test_an_origin_by_the_whole_group_and_none_without_one() -> None:
    assert len(look(BEHIND, flight("x", 40_000), where=scene(hazard("activity")))) == 1
    assert look(BEHIND, flight("x", 40_000), where=scene(hazard(origins={}))) == []


def test_a_hazard_that_is_not_there_now_has_no_line() -> None:
    row = hazard().rows[0]
    later = replace(row.volume, span=Span(DAWN_MS + 1, DAWN_MS + 2))
    where = scene(hazard(rows=(replace(row, volume=later),)))
    assert look(BEHIND, flight("x", 40_000), where=where) == []


def test_the_number_of_triples_is_bounded() -> None:
    crowd = [flight(f"x{n}", 200.0 * n, n % 7) for n in range(300)]
    assert len(look(BEHIND, *crowd)) == MOST


@pytest.mark.parametrize(
    "broken", [{"lat_deg": math.nan}, {"lon_deg": math.inf}, {"radius_m": math.inf}]
)
def test_what_is_nowhere_stands_between_nobody(broken: dict[str, float]) -> None:
    assert look(BEHIND, replace(flight("x", 40_000), **broken)) == []  # type: ignore[arg-type]
    assert look(replace(BEHIND, **broken), flight("x", 40_000)) == []  # type: ignore[arg-type]


def test_on_top_of_the_origin_there_is_still_an_answer() -> None:
    where = scene(replace(hazard(), origins={"battery": Area.point(at(80_000))}))
    (found,) = look(BEHIND, flight("x", 81_000), where=where)
    assert found.measured["off_line_m"] == pytest.approx(1_000, abs=5)


@given(
    st.lists(
        st.tuples(st.integers(-120_000, 120_000), st.integers(-60_000, 60_000)),
        min_size=1,
        max_size=12,
    ),
    st.tuples(st.integers(52_000, 108_000), st.integers(-10_000, 10_000)),
)
@settings(max_examples=40, deadline=None)
def test_the_same_as_asking_everybody(
    crowd: list[tuple[int, int]], behind: tuple[int, int]
) -> None:
    hawk = flight("hawk", *behind, owner="blue")
    others = [flight(f"x{n:02}", *place) for n, place in enumerate(crowd)]
    end = at(*behind)
    line = Area.corridor((ORIGIN, end), 0)
    expected = set()
    for other in others:
        here = Area.point(Position(lat_deg=other.lat_deg, lon_deg=other.lon_deg))
        ends = [distance_m(here, Area.point(p)) for p in (ORIGIN, end)]
        if distance_m(line, here) <= 5_000 and min(ends) <= 100_000:
            expected.add(f"track:{other.id}")
    assert {f.refs[1] for f in look(hawk, *others)} == expected


def test_the_code_and_its_words_never_speak_of_intent() -> None:
    tree = ast.parse(Path(str(room.__file__)).read_text(encoding="utf-8"))
    words = {
        n.value.lower()
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    for accusing in ("hide", "hiding", "cover", "deliberate", "intent to", "uses as"):
        assert not any(accusing in text for text in words)
