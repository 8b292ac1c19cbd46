"""Conformance: off in place, height and time; late updates are none of it; back with hysteresis."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parley.rules.findings import Finding, Kind, Level
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import ConformanceRules, WatchRules
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.watch.against.conformance import ConformanceWatch
from parley.watch.scene import Intent, Scene
from parley.watch.tracks import Status

RULES = WatchRules(conformance=ConformanceRules(500, 75, 60, 60, 2))
M_PER_DEG = 111_035.0
START_S, END_S = 600, 1_800


def volume(
    *, north_m: float = 0, span_s: tuple[int, int] = (START_S, END_S), radius_m: float = 10_000
) -> Volume:
    centre = Position(lat_deg=40.0 + north_m / M_PER_DEG, lon_deg=20.0)
    span = Span(DAWN_MS + 1000 * span_s[0], DAWN_MS + 1000 * span_s[1])
    return Volume(Area.circle(centre, radius_m), Band.metres(4_000, 6_000), span)


def intent(*volumes: Volume, ref: str = "notice:n1", closed: bool = False) -> Intent:
    rows = tuple(
        Row(ref, n, Layer.DECLARED, "blue", "transit", Use.AIRCRAFT, v)
        for n, v in enumerate(volumes or (volume(),))
    )
    return Intent(ref, "blue", "transit", rows, closed=closed)


def scene(*intents: Intent, bound: dict[str, str] | None = None) -> Scene:
    return Scene(
        "green", RULES, intents=intents or (intent(),), bound=bound or {}, parties=("blue", "green")
    )


BOUND = scene(bound={"hawk": "notice:n1"})


def hawk(north_m: float = 0, **others: object) -> Flight:
    flight = Flight("hawk", 40.0 + north_m / M_PER_DEG, 20.0, height_m=5_000.0, owner="blue")
    return replace(flight, **others)  # type: ignore[arg-type]


class Day:
    """A watch with one flight in it, seconds behind DAWN_MS."""

    def __init__(self, at: Scene) -> None:
        self.watch, self.at = ConformanceWatch(RULES), at

    def see(self, at_s: float, *flights: Flight, scene: Scene | None = None) -> list[Finding]:
        tracks = picture(flights, DAWN_MS + round(1000 * at_s))
        return self.watch.step(tracks, scene or self.at)

    def twice(self, at_s: float, *flights: Flight) -> list[Finding]:
        self.see(at_s - 1, *flights)
        return self.see(at_s, *flights)


def test_a_flight_in_its_volume_conforms() -> None:
    assert Day(BOUND).twice(900, hawk()) == []


def test_off_in_place_is_told_to_all_after_two_reports() -> None:
    day = Day(BOUND)
    assert day.see(900, hawk(12_000)) == []
    (found,) = day.see(901, hawk(12_000))
    assert (found.kind, found.level) == (Kind.NONCONFORMANCE, Level.WARNING)
    assert found.refs == ("notice:n1", "track:hawk")
    assert found.parties == ("blue", "green")
    assert found.codes == ("place",)
    assert found.measured["horizontal_m"] == pytest.approx(1_900, abs=10)
    assert found.from_ms == DAWN_MS + 900_000


@pytest.mark.parametrize(
    ("height_m", "codes"),
    [(6_090.0, ()), (6_090.02, ("height",)), (3_910.0, ()), (3_909.9, ("height",)), (math.nan, ())],
)
def test_height_is_off_beyond_the_tolerance_and_the_tracks_own_error(
    height_m: float, codes: tuple[str, ...]
) -> None:
    found = Day(BOUND).twice(900, hawk(height_m=height_m))
    assert tuple(code for f in found for code in f.codes) == codes


@pytest.mark.parametrize(("beyond_m", "count"), [(580, 0), (620, 1)])
def test_the_circle_and_the_tolerance_are_granted(beyond_m: float, count: int) -> None:
    assert len(Day(BOUND).twice(900, hawk(10_000 + beyond_m))) == count


def test_a_late_update_is_not_nonconformance() -> None:
    day = Day(BOUND)
    day.see(900, hawk())
    for age_s in range(1, 120):
        carried = hawk(
            age_s * 250.0, age_s=age_s, status=Status.COASTING if age_s > 15 else Status.LIVE
        )
        assert day.see(900 + age_s, carried) == []
    lost = hawk(60_000, age_s=600.0, status=Status.LOST, radius_m=180_000.0)
    assert day.see(1_500, lost) == []


def test_one_report_a_minute_is_judged_by_its_reports_alone() -> None:
    day, off = Day(BOUND), hawk(12_000)
    assert day.see(900, off) == []
    for age_s in range(1, 60):
        late = Status.COASTING if age_s > 15 else Status.LIVE
        assert day.see(900 + age_s, replace(off, age_s=age_s, status=late)) == []
    assert len(day.see(960, off)) == 1


def test_what_was_told_stays_while_no_report_comes() -> None:
    day = Day(BOUND)
    day.twice(900, hawk(12_000))
    (found,) = day.see(1_000, hawk(age_s=100, status=Status.COASTING))
    assert found.codes == ("coasting", "place")


def test_back_is_told_after_two_reports_and_a_single_one_off_again_is_nothing() -> None:
    day = Day(BOUND)
    day.twice(900, hawk(12_000))
    assert len(day.see(902, hawk())) == 1
    assert day.see(903, hawk()) == []
    assert day.see(904, hawk(12_000)) == []
    assert day.see(905, hawk()) == []
    assert day.see(906, hawk(12_000)) == []


def test_early_is_said_of_what_a_person_bound_wherever_it_flies() -> None:
    (found,) = Day(BOUND).twice(START_S - 61, hawk(90_000))
    assert (found.codes, found.level) == (("early",), Level.ADVISORY)
    assert found.measured == {"early_s": 61}
    assert Day(BOUND).twice(START_S - 60, hawk()) == []
    assert Day(BOUND).twice(START_S - 300, hawk(90_000, on_ground=True)) == []


def test_early_is_said_of_the_unbound_only_inside_and_shortly_before() -> None:
    assert len(Day(scene()).twice(START_S - 300, hawk())) == 1
    assert Day(scene()).twice(START_S - 300, hawk(20_000)) == []
    assert Day(scene()).twice(START_S - 901, hawk()) == []
    assert Day(scene()).twice(START_S - 300, hawk(owner="green")) == []


def test_who_only_passed_through_before_the_start_flies_no_notice() -> None:
    day = Day(scene())
    day.twice(START_S - 300, hawk())
    day.twice(START_S - 200, hawk(20_000))
    assert day.twice(START_S + 300, hawk(40_000)) == []
    assert day.watch.flown == {}


def test_the_unbound_fly_the_notice_in_whose_volume_they_were_while_it_was_open() -> None:
    day = Day(scene())
    day.see(900, hawk())
    assert day.watch.flown == {"hawk": "notice:n1"}
    assert [f.codes for f in day.twice(1_000, hawk(12_000))] == [("place",)]
    for other in (hawk(owner="green"), hawk(owner="")):
        strange = Day(scene())
        strange.see(900, other)
        assert strange.twice(1_000, replace(other, lat_deg=41.0)) == []


def test_of_several_notices_the_one_it_is_deepest_in_then_the_first_by_ref() -> None:
    far = intent(volume(north_m=6_000), ref="notice:a")
    near_ref = scene(intent(ref="notice:z"), far)
    day = Day(near_ref)
    day.see(900, hawk())
    assert day.watch.flown == {"hawk": "notice:z"}
    same = Day(scene(intent(ref="notice:z"), intent(ref="notice:b")))
    same.see(900, hawk())
    assert same.watch.flown == {"hawk": "notice:b"}


def test_from_one_notice_into_the_next_of_the_same_party_is_conforming() -> None:
    day = Day(scene(intent(), intent(volume(north_m=25_000), ref="notice:n2")))
    day.see(900, hawk())
    assert day.twice(1_000, hawk(25_000)) == []
    assert day.watch.flown == {"hawk": "notice:n2"}


def test_a_chain_of_volumes_is_judged_by_those_that_are_open() -> None:
    chain = intent(volume(span_s=(600, 900)), volume(north_m=30_000, span_s=(1_100, 1_500)))
    at = scene(chain, bound={"hawk": "notice:n1"})
    assert Day(at).twice(800, hawk()) == []
    assert [f.codes for f in Day(at).twice(800, hawk(30_000))] == [("place",)]
    assert Day(at).twice(1_300, hawk(30_000)) == []
    assert [f.codes for f in Day(at).twice(1_300, hawk())] == [("place",)]
    assert Day(at).twice(1_000, hawk(15_000)) == []  # between two volumes nothing is declared
    assert Day(at).twice(960, hawk()) == []  # still within late_s of the first


def test_overrun_unless_it_is_closed_or_has_landed() -> None:
    assert Day(BOUND).twice(END_S + 60, hawk()) == []
    (found,) = Day(BOUND).twice(END_S + 90, hawk())
    assert (found.codes, found.level) == (("overrun",), Level.WARNING)
    assert found.measured == {"late_s": 90}
    over = scene(intent(closed=True), bound={"hawk": "notice:n1"})
    assert Day(over).twice(END_S + 90, hawk()) == []
    assert Day(BOUND).twice(END_S + 90, hawk(on_ground=True)) == []


@pytest.mark.parametrize("lost", [[], [hawk(status=Status.LOST, age_s=900.0)]])
def test_overdue_when_it_is_no_longer_reported_and_nobody_gave_the_all_clear(
    lost: list[Flight],
) -> None:
    day = Day(scene())
    day.see(900, hawk())
    assert day.see(END_S + 60, *lost) == []
    (found,) = day.see(END_S + 61, *lost)
    assert found.codes in (("overdue",), ("lost", "overdue"))
    assert (found.level, found.measured) == (Level.ADVISORY, {"late_s": 61})
    assert day.see(END_S + 62, *lost, scene=scene(intent(closed=True))) == []


def test_what_has_landed_is_not_overdue() -> None:
    day = Day(scene())
    day.see(900, hawk())
    day.see(1_000, hawk(on_ground=True))
    assert day.see(END_S + 600) == []


def test_a_flight_that_a_person_bound_and_nobody_ever_saw() -> None:
    day = Day(BOUND)
    assert day.see(START_S + 60) == []
    (found,) = day.see(START_S + 61)
    assert (found.codes, found.level) == (("not-seen",), Level.ADVISORY)
    assert day.see(START_S + 70, hawk()) == []


def test_bound_to_a_notice_that_is_not_there_is_counted() -> None:
    day = Day(scene(bound={"hawk": "notice:gone"}))
    assert day.twice(900, hawk(12_000)) == []
    assert day.watch.counts == {"bound-to-nothing": 1}


def test_nothing_is_judged_by_a_position_that_cannot_be() -> None:
    for broken in (hawk(lat_deg=math.nan), hawk(12_000, radius_m=math.inf), hawk(lon_deg=1e9)):
        assert Day(BOUND).twice(900, broken) == []


def test_the_order_of_notices_does_not_matter() -> None:
    several = [intent(volume(north_m=4_000 * n), ref=f"notice:{n}") for n in range(4)]
    fleet = [hawk(3_000.0 * n, id=f"t{n}") for n in range(6)]
    told = []
    for order in (several, several[::-1]):
        day = Day(scene(*order))
        day.see(900, *fleet)
        told.append(day.twice(1_000, *[replace(f, lat_deg=f.lat_deg - 0.2) for f in fleet]))
    assert sorted(map(repr, told[0])) == sorted(map(repr, told[1]))
    assert told[0]


def test_a_flight_that_somebody_else_answers_for_is_of_no_notice_of_the_first() -> None:
    day = Day(scene())
    day.see(900, hawk())
    assert len(day.twice(1_000, hawk(12_000))) == 1
    assert day.see(1_001, hawk(12_000, owner="green")) == []
    assert day.watch.flown == {}
