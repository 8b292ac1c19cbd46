"""A night in miniature: a notice, a third party's reaction, and an aircraft on its approach.

The parties are blue and green and nobody else; the shape of it is that of a patrol aircraft that
comes home while others are active off the coast and a third party's air defence opens.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parley.rules.agreement import Agreement, Reaction, ThirdParty
from parley.rules.findings import Finding, Kind, Level
from parley.rules.hazard import declared_rows, hazard_rows, report_rows
from parley.rules.placed import Row
from parley.rules.statements import Header, Notice, NoticeVolume, Phase, Report, Use
from parley.rules.watching import WatchRules
from parley.space import Area, Band, Position, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.testing.rules_strategies import header, three_sided
from parley.watch.against.actors import ActorWatch
from parley.watch.against.conformance import ConformanceWatch
from parley.watch.against.hazards import HazardWatch
from parley.watch.against.shielding import ShieldWatch
from parley.watch.scene import Hazard, Intent, Scene

RULES = WatchRules()
COAST = Position(lat_deg=40.5, lon_deg=20.5)
POSTURE = Area.circle(COAST, 20_000)
M_PER_DEG = 111_040.0
MINUTE_MS = 60_000


def off_coast(west_m: float, north_m: float = 0.0) -> Position:
    east_deg = -west_m / (M_PER_DEG * math.cos(math.radians(COAST.lat_deg)))
    return Position(lat_deg=COAST.lat_deg + north_m / M_PER_DEG, lon_deg=COAST.lon_deg + east_deg)


def agreement() -> Agreement:
    reaction = Reaction(60_000, 20_000, 10_000, Band.metres(0, 15_000), 1_800)
    return replace(three_sided(), third_parties=(ThirdParty("battery", "B", POSTURE, reaction),))


def notice() -> Notice:
    span = Span(DAWN_MS, DAWN_MS + 40 * MINUTE_MS)
    activity = Volume(Area.circle(off_coast(15_000), 8_000), Band.metres(0, 9_000), span)
    aircraft = Volume(Area.circle(off_coast(60_000), 12_000), Band.metres(3_000, 9_000), span)
    volumes = (NoticeVolume(Use.ACTIVITY, activity), NoticeVolume(Use.AIRCRAFT, aircraft))
    return Notice(header("blue"), "n1", 1, "live-activity", volumes)


def scene(*reports: Report) -> Scene:
    agreed, said = agreement(), notice()
    declared = declared_rows(said)
    rows = {said.header.by: (f"notice:{said.item}", tuple(hazard_rows(agreed, said)))}
    origins = {third.id: third.posture for third in agreed.third_parties}
    hazards = [Hazard(ref, party, found, origins) for party, (ref, found) in rows.items()]
    for report in reports:
        engaged: tuple[Row, ...] = tuple(report_rows(agreed, report))
        hazards.append(Hazard(f"report:{report.item}", report.third_party, engaged, origins))
    intent = Intent(
        "notice:n1",
        "blue",
        "live-activity",
        tuple(r for r in declared if r.use is Use.AIRCRAFT),
        tuple(r for r in declared if r.use is Use.ACTIVITY),
    )
    return Scene(
        "green", RULES, area=agreed.area, intents=(intent,), hazards=tuple(hazards),
        parties=("blue", "green"),
    )  # fmt: skip


def patrol(at_s: float) -> Flight:
    """Green's aircraft, homeward from 110 km west, eastbound at 120 m/s and 5,000 m."""
    here = off_coast(110_000 - 120 * at_s, 2_000)
    return Flight(
        "uid-patrol", here.lat_deg, here.lon_deg, speed_mps=120.0, course_deg=90.0,
        height_m=5_000.0, owner="green", radius_m=200.0,
    )  # fmt: skip


def fighters(at_s: float) -> list[Flight]:
    """Blue's, in their declared volume for ten minutes, then nearer to the coast by 45 km."""
    west_m = 60_000.0 if at_s < 600 else max(20_000.0, 60_000.0 - 250 * (at_s - 600))
    places = [off_coast(west_m, 1_000.0 * n) for n in range(2)]
    return [
        Flight(f"uid-f{n}", p.lat_deg, p.lon_deg, height_m=6_000.0, owner="blue")
        for n, p in enumerate(places)
    ]


def airliner(at_s: float) -> Flight:
    here = off_coast(2_000, -150_000 + 220 * at_s)
    return Flight(
        "icao:4b1814", here.lat_deg, here.lon_deg, speed_mps=220.0, course_deg=0.0,
        height_m=11_000.0,
    )  # fmt: skip


class Night:
    def __init__(self) -> None:
        self.hazards, self.conformance = HazardWatch(RULES), ConformanceWatch(RULES)
        self.actors, self.shields = ActorWatch(RULES), ShieldWatch(RULES)

    def step(self, at_s: float, at: Scene) -> list[Finding]:
        tracks = picture(
            [patrol(at_s), airliner(at_s), *fighters(at_s)], DAWN_MS + round(1000 * at_s)
        )
        hazards = self.hazards.step(tracks, at)
        found = [*hazards, *self.conformance.step(tracks, at)]
        found += self.actors.step(tracks, at, hazards)
        return found + self.shields.step(tracks, at, hazards, flown=self.conformance.flown)


def first_told(until_s: int) -> dict[tuple[str, ...], tuple[int, Finding]]:
    """Each kind with its refs, when it was first told and how."""
    night, quiet = Night(), scene()
    first: dict[tuple[str, ...], tuple[int, Finding]] = {}
    open_ms = DAWN_MS + 700_000
    engaged = scene(
        Report(
            Header("green", "duty", open_ms, ("blue",), ""),
            "r1", 1, "battery", Phase.OPEN, open_ms, Area.circle(off_coast(40_000), 20_000),
        )
    )  # fmt: skip
    for at_s in range(0, until_s, 5):
        for one in night.step(at_s, engaged if at_s >= 700 else quiet):
            first.setdefault((one.kind.value, *one.refs), (at_s, one))
    return first


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, ...], tuple[int, Finding]]:
    return first_told(900)


Told = dict[tuple[str, ...], tuple[int, Finding]]


def test_entry_of_the_patrol_is_predicted_well_before_it_is_inside(told: Told) -> None:
    ahead_s, ahead = told[("predicted-entry-into-hazard", "notice:n1", "track:uid-patrol")]
    inside_s, inside = told[("bystander-in-hazard", "notice:n1", "track:uid-patrol")]
    assert inside_s - ahead_s >= 60
    assert ahead.parties == inside.parties == ("blue", "green")
    assert inside.level is Level.URGENT


def test_the_battery_opens_and_those_in_its_reach_are_bystanders_at_once(told: Told) -> None:
    for track in ("uid-patrol", "uid-f0", "uid-f1"):
        at_s, found = told[("bystander-in-hazard", "report:r1", f"track:{track}")]
        assert at_s == 700
        assert found.codes == ("engaged:battery",)
        assert "battery" in found.parties


def test_who_stands_between_is_recorded_as_a_geometry(told: Told) -> None:
    lines = {key[1:]: found for key, (_, found) in told.items() if key[0] == "shielding-geometry"}
    between = lines[("notice:n1", "track:uid-patrol", "track:uid-f0")]
    assert set(between.measured) == {"off_line_m", "along_m", "behind_m"}
    assert between.parties == ("blue", "green")
    assert between.level in (Level.ADVISORY, Level.WARNING)


def test_the_fighters_leave_their_declared_volume_and_all_are_told(told: Told) -> None:
    at_s, found = told[("nonconformance", "notice:n1", "track:uid-f0")]
    assert at_s > 600
    assert found.codes == ("place",)
    assert found.parties == ("blue", "green")


def test_the_author_is_no_bystander_of_his_own_notice(told: Told) -> None:
    assert ("bystander-in-hazard", "notice:n1", "track:uid-f0") not in told
    assert ("bystander-in-hazard", "notice:n1", "track:uid-f1") not in told


def test_the_airliner_is_warned_of_like_anybody_and_nobody_answers_for_it(told: Told) -> None:
    ahead_s, _ = told[("predicted-entry-into-hazard", "notice:n1", "track:icao:4b1814")]
    inside_s, found = told[("bystander-in-hazard", "notice:n1", "track:icao:4b1814")]
    assert ahead_s < inside_s
    assert found.parties == ("blue",)
    _, actor = told[("unclaimed-actor", "track:icao:4b1814")]
    assert actor.kind is Kind.UNCLAIMED_ACTOR
    assert actor.level is Level.ADVISORY


def test_the_same_night_again_tells_the_same(told: Told) -> None:
    assert first_told(900) == told
