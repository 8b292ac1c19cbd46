"""The declared place over time: told calmly, held over its edge, ended by what is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.rules.findings import Finding, Kind
from parley.rules.placed import Layer, Row
from parley.rules.statements import Use
from parley.rules.watching import CalmRules, WatchRules
from parley.space import Area, Band, Span, Volume
from parley.testing.clock import DAWN_MS
from parley.testing.pictures import Flight, picture
from parley.testing.rules_strategies import place, three_sided
from parley.watch.against.declared import DeclaredWatch
from parley.watch.changes import changes
from parley.watch.scene import Intent, Scene
from parley.watch.tracks import Status, Tracks

AGREEMENT = three_sided()
TOLERANCE_M = AGREEMENT.truth.tolerance_m
RADIUS_M = 10_000
EDGE_M = RADIUS_M + TOLERANCE_M + 100
"""So far north a track of 100 m is just where blue may be."""


def intent(
    name: str = "n", north_m: float = 0.0, *, party: str = "blue", until_s: int = 3_600
) -> Intent:
    volume = Volume(
        Area.circle(place(north_m), RADIUS_M),
        Band.metres(0, 9_000),
        Span(DAWN_MS - 1_000, DAWN_MS + 1_000 * until_s),
    )
    row = Row(f"notice:{name}", 0, Layer.DECLARED, party, "transit", Use.AIRCRAFT, volume)
    return Intent(f"notice:{name}", party, "transit", (row,))


class Watched:
    """A sweep a second, with a report in each unless it is late."""

    def __init__(self, *intents: Intent, rules: WatchRules | None = None) -> None:
        rules = rules or WatchRules()
        self.scene = Scene("green", rules, intents=intents, agreement=AGREEMENT)
        self.watch = DeclaredWatch(rules)
        self.now_ms = DAWN_MS
        self.stood: dict[str, Finding] = {}
        self.changes = 0

    def sees(self, north_m: float, *, height_m: float = 4_000.0, **more: object) -> list[Finding]:
        at = place(north_m)
        flight = Flight("t", at.lat_deg, at.lon_deg, owner="blue", height_m=height_m)
        tracks = picture([replace(flight, **more)], self.now_ms)  # type: ignore[arg-type]
        return self._step(tracks)

    def empty(self) -> list[Finding]:
        return self._step(picture([], self.now_ms))

    def _step(self, tracks: Tracks) -> list[Finding]:
        found = self.watch.step(tracks, self.scene)
        self.changes += len(changes(self.stood, found))
        self.stood = {f.key: f for f in found}
        self.now_ms += 1_000
        return found


def test_far_off_is_told_at_once_and_a_little_off_with_the_second_fresh_report() -> None:
    far = Watched(intent())
    assert [f.kind for f in far.sees(EDGE_M + TOLERANCE_M + 50)] == [Kind.PLACE_MISMATCH]
    near = Watched(intent())
    assert near.sees(EDGE_M + 50) == []
    (found,) = near.sees(EDGE_M + 60)
    assert found.codes == ("place",)
    assert found.measured["distance_m"] > found.measured["allowed_m"]


def test_two_looks_at_one_report_are_one_report() -> None:
    watched = Watched(intent())
    assert watched.sees(EDGE_M + 50) == []
    assert watched.sees(EDGE_M + 50, age_s=1.0) == []
    assert watched.sees(EDGE_M + 50, age_s=2.0) == []
    assert len(watched.sees(EDGE_M + 50)) == 1


def test_over_its_edge_it_is_told_once_and_taken_back_once() -> None:
    watched = Watched(intent())
    for second in range(120):
        watched.sees(EDGE_M + (30 if second % 3 else -30))
    assert len(watched.stood) == 1
    assert watched.changes == 1
    held = [bool(watched.sees(0)) for _ in range(40)]
    clear_s = CalmRules().clear_s
    assert all(held[: clear_s - 1])
    assert not any(held[clear_s:])
    assert watched.changes == 2


def test_who_is_off_in_one_report_alone_is_not_told() -> None:
    watched = Watched(intent())
    for second in range(60):
        watched.sees(EDGE_M + (30 if second % 4 == 0 else -30))
    assert watched.changes == 0


def test_a_code_that_wavers_is_no_change_and_one_that_stays_is() -> None:
    watched = Watched(intent())
    for second in range(20):
        watched.sees(EDGE_M + 2_000, height_m=12_000.0)
        watched.sees(0, height_m=12_000.0 if second % 2 else 4_000.0)
    assert watched.changes == 1
    for _ in range(5):
        watched.sees(0, height_m=12_000.0)
    assert [f.codes for f in watched.stood.values()] == [("height",)]
    assert watched.changes == 2


@pytest.mark.parametrize(
    "late", [{"status": Status.COASTING, "age_s": 30.0}, {"status": Status.LOST, "age_s": 300.0}]
)
def test_a_track_that_is_late_ends_nothing(late: dict[str, float]) -> None:
    watched = Watched(intent())
    watched.sees(EDGE_M + 5_000)
    for _ in range(60):
        assert len(watched.sees(EDGE_M + 5_000, **late)) == 1
    assert watched.empty() == []


def test_it_ends_with_its_notice_with_its_time_and_with_its_owner() -> None:
    for scene in (
        {"intents": ()},
        {"intents": (replace(intent(), closed=True),)},
        {"agreement": None},
    ):
        watched = Watched(intent())
        assert watched.sees(EDGE_M + 5_000)
        watched.scene = replace(watched.scene, **scene)
        assert watched.sees(EDGE_M + 5_000) == []
    over = Watched(intent(until_s=5))
    assert over.sees(EDGE_M + 5_000)
    over.now_ms += 6_000
    assert over.sees(EDGE_M + 5_000) == []
    others = Watched(intent())
    assert others.sees(EDGE_M + 5_000)
    assert others.sees(EDGE_M + 5_000, owner="green") == []


def test_between_two_notices_it_is_told_against_one() -> None:
    watched = Watched(intent("a"), intent("b", 60_000.0))
    for second in range(60):
        watched.sees(30_000.0 + (50 if second % 2 else -50))
    assert watched.changes == 1
    for _ in range(60):
        watched.sees(38_000.0)
    assert [f.refs for f in watched.stood.values()] == [("notice:b", "track:t")]
    assert watched.changes == 3


def test_a_clock_set_back_does_not_hold_it_longer() -> None:
    watched = Watched(intent())
    watched.sees(EDGE_M + 5_000)
    watched.now_ms -= 100_000
    assert watched.sees(0) == []
