"""An aircraft in an emergency is told until it is over, and whether anybody passed it on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parley.rules.findings import Kind, Level
from parley.rules.watching import WatchRules
from parley.testing.agreements import small_agreement
from parley.testing.pictures import Flight, picture
from parley.watch.against.emergencies import EmergencyWatch
from parley.watch.scene import Scene
from parley.watch.tracks import Tracks

LIMIT_S = 60
SCENE = Scene("blue", WatchRules(), parties=("blue", "green"), agreement=small_agreement())


def sky(at_s: int, *, emergency: bool = True, label: str = "EXE505") -> Tracks:
    made = picture([Flight("icao:0e0005", 40.0, 20.0), Flight("icao:0f0006", 41.0, 21.0)])
    return replace(
        made,
        now_ms=1000 * at_s,
        label=(label, ""),
        emergency=np.array([emergency, False]),
    )


def codes(watch: EmergencyWatch, at_s: int, scene: Scene = SCENE) -> tuple[str, ...]:
    (found,) = watch.step(sky(at_s), scene)
    return found.codes


def test_it_is_urgent_at_once_and_told_to_all() -> None:
    (found,) = EmergencyWatch().step(sky(100), SCENE)
    assert (found.kind, found.level, found.refs) == (
        Kind.EMERGENCY,
        Level.URGENT,
        ("track:icao:0e0005",),
    )
    assert found.parties == ("blue", "green")


def test_exactly_at_the_agreed_time_it_is_not_late_yet() -> None:
    watch = EmergencyWatch()
    assert codes(watch, 100) == ("new",)
    assert codes(watch, 100 + LIMIT_S) == ("new",)
    assert codes(watch, 101 + LIMIT_S) == ("not-passed-on",)


def test_a_distress_names_it_by_id_label_or_address() -> None:
    for name in ("icao:0e0005", "0e0005", "EXE505"):
        told = replace(SCENE, distress=("somebody else", name))
        (found,) = EmergencyWatch().step(sky(100), told)
        assert (found.level, found.codes) == (Level.WARNING, ("passed-on",))
    other = replace(SCENE, distress=("0f0006",))
    assert EmergencyWatch().step(sky(100), other)[0].codes == ("new",)


def test_a_distress_without_a_name_is_of_no_track_without_a_label() -> None:
    nameless = replace(SCENE, distress=("",))
    (found,) = EmergencyWatch().step(sky(100, label=""), nameless)
    assert found.codes == ("new",)


def test_over_is_over_and_a_second_one_is_new() -> None:
    watch = EmergencyWatch()
    codes(watch, 100)
    assert watch.step(sky(150, emergency=False), SCENE) == []
    assert codes(watch, 200 + LIMIT_S) == ("new",)


def test_without_an_agreement_nothing_is_late() -> None:
    watch = EmergencyWatch()
    alone = replace(SCENE, agreement=None)
    codes(watch, 100, alone)
    assert codes(watch, 10_000, alone) == ("new",)


def test_a_clock_set_back_makes_nothing_older() -> None:
    watch = EmergencyWatch()
    codes(watch, 1_000)
    (found,) = watch.step(sky(100), SCENE)
    assert (found.from_ms, found.codes) == (100_000, ("new",))
