"""Hazards: what they are made of, who stands in them, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.rules.agreement import Agreement, HazardBuffer, Reaction
from parley.rules.findings import Finding, Kind, Level
from parley.rules.hazard import (
    ACTIVITY,
    OPEN_END,
    bystanders,
    declared_rows,
    hazard_rows,
    report_rows,
    tail_s,
)
from parley.rules.placed import ANY_HEIGHT, Layer, Row
from parley.rules.statements import NoticeVolume, Phase, Report, Use
from parley.rules.truth import track_row
from parley.space import Area, Band, Position, Span, Volume, distance_m
from parley.testing.rules_strategies import (
    MINUTE_MS,
    disc,
    header,
    minutes,
    notice,
    place,
    sighting,
    three_sided,
)

AGREEMENT = three_sided()
LIVE = AGREEMENT.activity_class("live-activity")
CAP_MS = 7_200_000
FAR = disc(-60_000, -60_000)  # the battery, with its trigger distance, is far away


def hazards(*placed: Volume | NoticeVolume, agreement: Agreement = AGREEMENT) -> dict[str, Row]:
    return {r.group: r for r in hazard_rows(agreement, notice(*placed, kind="live-activity"))}


def near_battery(metres_from_posture: float) -> Volume:
    """A point so far south of the battery's posture area (20 km round 40.5 N 20.5 E)."""
    low, high = 39.0, 40.5
    for _ in range(60):
        lat = (low + high) / 2
        gap = distance_m(Area.point(Position(lat_deg=lat, lon_deg=20.5)), posture())
        low, high = (lat, high) if gap > metres_from_posture else (low, lat)
    area = Area.point(Position(lat_deg=high, lon_deg=20.5))
    return Volume(area, Band.metres(1_000, 2_000), minutes(120, 180))


def posture() -> Area:
    return AGREEMENT.third_parties[0].posture


def test_class_that_endangers_nobody_has_no_hazard() -> None:
    assert hazard_rows(AGREEMENT, notice(disc(), kind="transit")) == []


def test_activity_with_overshoot_and_time_buffer() -> None:
    row = hazards(FAR)[ACTIVITY]
    assert row.volume.area == FAR.area.buffered(5_000)
    assert row.volume.band == Band.metres(0, 3_000)
    assert row.volume.span == minutes(119, 185)
    assert (row.layer, row.party, row.ref) == (Layer.HAZARD, "blue", "notice:blue-1")


def test_aircraft_area_is_no_activity_but_provokes_all_the_same() -> None:
    aircraft = NoticeVolume(Use.AIRCRAFT, near_battery(1_000))
    assert set(hazards(aircraft)) == {"reaction:battery", OPEN_END}
    assert hazards(NoticeVolume(Use.AIRCRAFT, FAR)) == {}


@pytest.mark.parametrize(("metres", "reacts"), [(0, True), (29_999, True), (30_000.05, False)])
def test_third_party_reacts_within_its_trigger_distance(metres: float, reacts: bool) -> None:
    assert ("reaction:battery" in hazards(near_battery(metres))) is reacts


def test_reaction_reaches_with_its_overshoot_in_both_bands_until_its_end() -> None:
    volume = replace(near_battery(1_000), band=Band.metres(-100, 500))
    row = hazards(volume)["reaction:battery"].volume
    assert row.area == volume.area.buffered(20_000)
    assert row.band == Band.metres(-100, 20_000)
    assert row.span == minutes(120, 195)


def test_open_end_holds_all_reaches_until_the_cap_behind_the_last() -> None:
    found = hazards(near_battery(1_000))
    widest, last = found["reaction:battery"].volume, found[OPEN_END].volume
    assert last.area == widest.area
    assert last.span == Span(widest.span.end_ms, widest.span.end_ms + CAP_MS)


def test_open_end_is_as_high_and_as_long_as_the_highest_and_longest_hazard() -> None:
    third = AGREEMENT.third_parties[0]
    low = replace(third.reaction, band=Band.metres(0, 100), after_s=0)
    agreement = replace(
        AGREEMENT,
        third_parties=(replace(third, reaction=low),),
        classes=(replace(LIVE, hazard=HazardBuffer(10, 3_000, 0, 1_800)),),
    )
    found = hazards(near_battery(1_000), agreement=agreement)
    end_ms = minutes(0, 180).end_ms
    assert found[OPEN_END].volume.band == Band.metres(-2_000, 5_000)
    assert found[OPEN_END].volume.span == Span(end_ms, end_ms + 1_800_000 + CAP_MS)


def test_tail_is_as_long_as_the_longest_hazard_of_the_class() -> None:
    for volume in (FAR, near_battery(1_000)):
        rows = hazard_rows(AGREEMENT, notice(volume, kind="live-activity"))
        last_ms = max(r.volume.span.end_ms for r in rows)
        assert last_ms <= volume.span.end_ms + 1000 * tail_s(AGREEMENT, LIVE)
    assert tail_s(AGREEMENT, LIVE) == 900 + 7_200
    assert tail_s(AGREEMENT, AGREEMENT.activity_class("transit")) == 600


def subject(volume: Volume, *, party: str = "green", layer: Layer = Layer.PRESENCE) -> list[Row]:
    return [Row(f"{layer.value}:x", 0, layer, party, "", Use.ACTIVITY, volume)]


def meets(volume: Volume, who: list[Row]) -> list[Finding]:
    return bystanders(AGREEMENT, hazard_rows(AGREEMENT, notice(volume, kind="live-activity")), who)


def test_bystander_in_the_hazard_and_not_in_the_declared_volume() -> None:
    outside = disc(-60_000, -54_500, radius_m=0)
    assert not FAR.meets(outside)
    (found,) = meets(FAR, subject(outside))
    assert (found.kind, found.level) == (Kind.BYSTANDER, Level.WARNING)
    assert found.refs == ("notice:blue-1", "presence:x")
    assert found.parties == ("blue", "green")
    assert found.codes == (ACTIVITY,)


@pytest.mark.parametrize(
    ("span", "kinds"),
    [
        (minutes(0, 118.99), set()),
        (minutes(0, 119), {Kind.BYSTANDER}),
        (minutes(184, 184.9), {Kind.BYSTANDER}),
        (minutes(185, 186), {Kind.BYSTANDER, Kind.NO_ALL_CLEAR}),
        (minutes(185.01, 304), {Kind.NO_ALL_CLEAR}),
        (minutes(305, 306), {Kind.NO_ALL_CLEAR}),
        (minutes(305.01, 306), set()),
    ],
)
def test_behind_the_end_one_enters_without_an_all_clear_until_the_cap(
    span: Span, kinds: set[Kind]
) -> None:
    found = meets(FAR, subject(replace(FAR, span=span)))
    assert {f.kind for f in found} == kinds


def test_own_tracks_and_notices_are_no_bystanders_and_own_people_are() -> None:
    track = [replace(r, ref="track:a") for r in subject(FAR, party="blue", layer=Layer.TRACK)]
    assert meets(FAR, track) == []
    own = declared_rows(notice(FAR, number=2))
    assert meets(FAR, own) == []
    assert [f.kind for f in meets(FAR, subject(FAR, party="blue"))] == [Kind.BYSTANDER]
    rows = hazard_rows(AGREEMENT, notice(FAR, kind="live-activity"))
    told = replace(AGREEMENT, conflicts_within_party=True)
    assert bystanders(told, rows, own) != []
    assert bystanders(told, rows, declared_rows(notice(FAR))) == []


def seen_in(volume: Volume, **how: object) -> list[Finding]:
    seen = sighting(-60_000, -60_000, owner="", at_min=130, **how)  # type: ignore[arg-type]
    return meets(volume, [track_row(AGREEMENT.truth, seen)])


def test_track_in_the_hazard_is_urgent_and_unknown_height_is_in() -> None:
    (found,) = seen_in(FAR)
    assert (found.kind, found.level) == (Kind.BYSTANDER, Level.URGENT)
    assert found.parties == ("blue",)
    assert seen_in(FAR, band_m=(3_000.01, 3_001)) == []
    assert seen_in(FAR, band_m=(3_000, 3_001)) != []
    assert seen_in(FAR, band_m=None) != []
    seen = track_row(AGREEMENT.truth, sighting(band_m=None))
    assert seen.volume.band == ANY_HEIGHT


@pytest.mark.parametrize(("uncertainty_m", "inside"), [(0, False), (900, False), (1_100, True)])
def test_uncertainty_of_a_track_counts(uncertainty_m: int, inside: bool) -> None:
    seen = sighting(-60_000, -53_000, owner="", at_min=130, uncertainty_m=uncertainty_m)
    assert bool(meets(FAR, [track_row(AGREEMENT.truth, seen)])) is inside


def test_track_counts_until_it_is_too_old() -> None:
    row = track_row(AGREEMENT.truth, sighting(at_min=117))
    assert row.volume.span == minutes(117, 119)


def report(**how: object) -> Report:
    words = Report(
        header(at_min=10), "blue-2", 1, "battery", Phase.OPEN, minutes(9, 9).start_ms,
        Area.circle(place(), 1_000),
    )  # fmt: skip
    return replace(words, **how)  # type: ignore[arg-type]


def test_engaged_third_party_is_a_hazard_at_once_for_the_reporter_too() -> None:
    (row,) = report_rows(AGREEMENT, report())
    assert row.volume.area == Area.circle(place(), 1_000).buffered(20_000)
    assert row.volume.band == Band.metres(0, 20_000)
    assert row.volume.span == Span(minutes(9, 9).start_ms, minutes(10, 10).start_ms + CAP_MS)
    here = disc(span=minutes(10, 20))
    for party, layer in (("blue", Layer.TRACK), ("blue", Layer.PRESENCE), ("green", Layer.TRACK)):
        (found,) = bystanders(AGREEMENT, [row], subject(here, party=party, layer=layer))
        assert (found.level, found.codes) == (Level.URGENT, ("engaged:battery",))
        assert found.parties == tuple(sorted(("battery", party)))
    (mine,) = bystanders(AGREEMENT, [row], declared_rows(notice(here)))
    assert mine.refs == ("report:blue-2", "notice:blue-1")


def test_report_that_comes_late_is_a_hazard_for_the_whole_cap() -> None:
    (row,) = report_rows(AGREEMENT, report(since_ms=minutes(-300, 0).start_ms))
    assert row.volume.span.end_ms == minutes(10, 10).start_ms + CAP_MS
    (ahead,) = report_rows(AGREEMENT, report(since_ms=minutes(60, 60).start_ms))
    assert ahead.volume.span == Span(minutes(10, 10).start_ms, minutes(60, 60).start_ms + CAP_MS)


def test_unknown_third_party_endangers_every_height_and_one_that_ceased_nobody() -> None:
    (row,) = report_rows(AGREEMENT, report(third_party="nobody-knows"))
    assert row.volume.band == ANY_HEIGHT
    assert row.volume.area == Area.circle(place(), 1_000)
    assert report_rows(AGREEMENT, report(phase=Phase.CEASED)) == []


def test_posture_with_longer_reach_makes_a_larger_hazard() -> None:
    third = AGREEMENT.third_parties[0]
    longer = Reaction(30_000, 25_000, 5_000, Band.metres(0, 20_000), 900)
    agreement = replace(AGREEMENT, third_parties=(replace(third, reaction=longer, version=2),))
    volume = near_battery(1_000)
    assert hazards(volume, agreement=agreement)["reaction:battery"].volume.area == (
        volume.area.buffered(30_000)
    )


def test_window_of_a_bystander_is_the_time_it_shares_with_the_hazard() -> None:
    (found,) = meets(FAR, subject(replace(FAR, span=minutes(100, 130))))
    assert (found.from_ms, found.until_ms) == (
        minutes(119, 0 + 130).start_ms,
        minutes(119, 130).end_ms,
    )
    assert found.until_ms - found.from_ms == 11 * MINUTE_MS
