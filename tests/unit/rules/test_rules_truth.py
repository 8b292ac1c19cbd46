"""What is declared against what can be: places, heights, and a notice against itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.errors import InputError
from parley.rules.findings import Finding, Kind, Level
from parley.rules.hazard import declared_rows
from parley.rules.statements import Notice, NoticeVolume, Observation, Use
from parley.rules.truth import contradictions, place_mismatch
from parley.space import Area, Band, Volume, distance_m
from parley.testing.rules_strategies import (
    disc,
    minutes,
    notice,
    place,
    sighting,
    three_sided,
)

AGREEMENT = three_sided()  # tolerance 1,000 m, 300 m/s, claim 50,000 m
NOW = disc(span=minutes(-10, 60))


def held(seen: Observation, *notices: Notice) -> Finding | None:
    return place_mismatch(AGREEMENT, seen, [declared_rows(n) for n in notices])


def gap_m(seen: Observation, volume: Volume = NOW) -> float:
    return distance_m(Area.point(seen.position), volume.area)


def test_track_where_its_party_declared_it_is_no_finding() -> None:
    assert held(sighting(), notice(NOW)) is None
    assert held(sighting(0, 900), notice(NOW)) is None


def test_track_elsewhere_is_a_mismatch_that_names_notice_track_and_distance() -> None:
    seen = sighting(0, 20_000)
    found = held(seen, notice(NOW))
    assert found is not None
    assert (found.kind, found.level) == (Kind.PLACE_MISMATCH, Level.WARNING)
    assert found.refs == ("notice:blue-1", "track:T1")
    assert found.parties == ("blue",)
    assert found.codes == ("place",)
    assert found.measured == {"distance_m": round(gap_m(seen)), "allowed_m": 1_000}
    assert (found.from_ms, found.until_ms) == (seen.seen_ms, NOW.span.end_ms)


@pytest.mark.parametrize(
    ("gap", "wrong"), [(0, False), (2_499, False), (2_500, False), (2_500.02, True)]
)
def test_exactly_as_far_as_allowed_is_no_finding(gap: float, wrong: bool) -> None:
    seen = sighting(0, 20_000, uncertainty_m=1_500)
    radius_cm = round(gap_m(seen, replace(NOW, area=Area.point(place()))) * 100 - gap * 100)
    near = replace(NOW, area=Area("point", (place(),), radius_cm))
    exact = gap_m(seen, near)
    assert abs(exact - gap) <= 0.006
    assert (held(seen, notice(near)) is not None) is (wrong or exact > 2_500)


def test_no_tolerance_at_all_leaves_the_border_inside() -> None:
    strict = replace(AGREEMENT, truth=replace(AGREEMENT.truth, tolerance_m=0))
    rows = [declared_rows(notice(NOW))]
    assert place_mismatch(strict, sighting(), rows) is None
    assert place_mismatch(strict, sighting(0, 1_100), rows) is not None


def test_track_that_can_still_get_there_in_time_is_no_finding() -> None:
    ahead = notice(disc(span=minutes(1, 60)))  # 60 s: 18,000 m and the tolerance
    assert held(sighting(0, 19_900), ahead) is None
    found = held(sighting(0, 20_400), ahead)
    assert found is not None
    assert found.measured["allowed_m"] == 19_000


def test_only_track_within_the_claim_distance_is_held_against_a_notice() -> None:
    assert held(sighting(0, 50_500), notice(NOW)) is not None
    assert held(sighting(0, 51_500), notice(NOW)) is None


def test_height_that_is_known_and_does_not_match_is_a_mismatch_in_the_window_only() -> None:
    low = sighting(band_m=(900, 999.99))
    found = held(low, notice(NOW))
    assert found is not None
    assert found.codes == ("height",)
    assert held(sighting(band_m=(900, 1_000)), notice(NOW)) is None
    assert held(sighting(band_m=None), notice(NOW)) is None
    assert held(low, notice(disc(span=minutes(1, 60)))) is None


def test_track_inside_another_notice_of_its_party_is_where_it_said() -> None:
    there = disc(0, 20_000, span=minutes(-10, 60))
    for pair in ((NOW, there), (there, NOW)):
        assert held(sighting(0, 20_000), *(notice(v, number=n) for n, v in enumerate(pair))) is None


def test_nearest_of_several_notices_is_named_whatever_their_order() -> None:
    near, far = notice(NOW, number=7), notice(disc(0, -9_000, span=NOW.span), number=3)
    found = held(sighting(0, 20_000), near, far)
    assert found is not None
    assert found.refs[0] == "notice:blue-7"
    assert held(sighting(0, 20_000), far, near) == found


def test_outside_the_agreements_area_nothing_is_held_against_anybody() -> None:
    outside = sighting(0, 301_000)
    there = notice(disc(0, 270_000, span=NOW.span))
    assert held(outside, there) is None
    assert held(replace(outside, uncertainty_m=3_000), there) is not None
    assert held(sighting(0, 298_000), there) is not None


def test_notice_that_is_over_says_nothing_and_its_last_instant_still_does() -> None:
    assert held(sighting(0, 20_000, at_min=60), notice(NOW)) is not None
    assert held(sighting(0, 20_000, at_min=60.001), notice(NOW)) is None
    assert held(sighting(0, 20_000)) is None


def test_aircraft_area_is_where_aircraft_are_declared_if_there_is_one() -> None:
    aircraft = NoticeVolume(Use.AIRCRAFT, disc(0, 20_000, span=NOW.span))
    both = notice(NOW, aircraft)
    assert held(sighting(0, 20_000), both) is None
    assert held(sighting(), both) is not None


# A notice against itself ---------------------------------------------------------------------


def codes(words: Notice, **rules: object) -> tuple[str, ...]:
    classes = tuple(replace(c, **rules) for c in AGREEMENT.classes)  # type: ignore[arg-type]
    found = contradictions(replace(AGREEMENT, classes=classes), words)
    return found.codes if found is not None else ()


def aircraft(volume: Volume) -> NoticeVolume:
    return NoticeVolume(Use.AIRCRAFT, volume)


def test_notice_that_agrees_with_itself_is_no_finding() -> None:
    whole = notice(disc(), aircraft(disc(5_000)), place_id="lake")
    assert contradictions(AGREEMENT, replace(whole, place="")) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (notice(aircraft(disc())), "no-activity-volume"),
        (notice(disc(-60_000), place_id="lake"), "place-and-volumes-disjoint"),
        (notice(disc(0, 302_000)), "outside-agreement-area"),
        (notice(disc(span=minutes(-300_000, 10))), "outside-agreement-time"),
        (notice(disc(span=minutes(0, 300_000))), "outside-agreement-time"),
        (
            notice(disc(band_m=(9_000, 9_700)), disc(band_m=(16_000, 16_200))),
            "same-place-other-heights",
        ),
        (
            notice(disc(span=minutes(0, 1)), aircraft(disc(0, 40_000, span=minutes(0, 1)))),
            "aircraft-cannot-reach-activity",
        ),
    ],
)
def test_each_way_to_contradict_oneself_is_named(words: Notice, code: str) -> None:
    assert codes(words) == (code,)
    found = contradictions(AGREEMENT, words)
    assert found is not None
    assert (found.kind, found.level) == (Kind.CONTRADICTION, Level.ADVISORY)
    assert found.refs == ("notice:blue-1@1",)


def test_own_aircraft_are_asked_for_where_the_class_needs_them() -> None:
    assert codes(notice(disc()), needs_aircraft_area=True) == ("aircraft-area-missing",)
    assert codes(notice(disc(), aircraft(disc())), needs_aircraft_area=True) == ()


@pytest.mark.parametrize(
    "second",
    [
        disc(1, band_m=(16_000, 16_200)),
        disc(band_m=(2_000, 16_200)),
        disc(band_m=(16_000, 16_200), span=minutes(180.001, 200)),
    ],
)
def test_other_outline_touching_band_or_other_time_is_no_contradiction(second: Volume) -> None:
    assert codes(notice(disc(), second)) == ()


def test_borders_of_the_agreement_belong_to_it() -> None:
    reach = replace(AGREEMENT, valid=minutes(120, 180), area=Area.circle(place(), 10_000))
    assert contradictions(reach, notice(disc())) is None
    assert contradictions(reach, notice(disc(0, 10_950))) is None
    assert contradictions(reach, notice(disc(0, 11_050))) is not None


def test_aircraft_reach_their_activity_in_the_window_at_the_agreed_speed() -> None:
    minute = minutes(0, 1)
    near = notice(disc(span=minute), aircraft(disc(0, 20_900, span=minute)))
    far = notice(disc(span=minute), aircraft(disc(0, 21_200, span=minute)))
    assert codes(near) == ()
    assert codes(far) == ("aircraft-cannot-reach-activity",)


def test_place_that_the_gazetteer_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match="named area 'moon'"):
        contradictions(AGREEMENT, notice(disc(), place_id="moon"))


def test_several_contradictions_are_one_finding() -> None:
    words = notice(aircraft(replace(disc(0, 302_000), band=Band.metres(0, 1))), place_id="lake")
    assert codes(words) == (
        "no-activity-volume",
        "outside-agreement-area",
        "place-and-volumes-disjoint",
    )
