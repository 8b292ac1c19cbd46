"""Conflict: exact, closed at the minima, the same from both sides, and none hides another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules.agreement import SeparationMinima
from parley.rules.conflict import conflict, pair_minima
from parley.rules.findings import Kind, Level, canonical_bytes
from parley.rules.hazard import declared_rows
from parley.rules.placed import Row
from parley.rules.statements import Notice
from parley.space import Area, Band, Height, Span, Volume, distance_m
from parley.testing.rules_strategies import (
    MINUTE_MS,
    disc,
    minutes,
    notice,
    place,
    three_sided,
    volumes,
)

AGREEMENT = three_sided()
TRANSIT = AGREEMENT.activity_class("transit").separation


def rows(*placed: Volume, by: str = "blue", number: int = 1, kind: str = "transit") -> list[Row]:
    return declared_rows(notice(*placed, by=by, number=number, kind=kind))


def beside(volume: Volume, gap_m: float) -> Volume:
    """The same volume so far to the east, less at most 2 cm (positions are whole 1e-7 degree)."""
    low, high = 0.0, 50_000.0
    assert volume.area.kind == "point"
    for _ in range(60):
        middle = (low + high) / 2
        moved = Area.circle(place(0, middle), volume.area.reach_m)
        low, high = (middle, high) if distance_m(volume.area, moved) < gap_m else (low, middle)
    return replace(volume, area=Area.circle(place(0, low), volume.area.reach_m))


@pytest.mark.parametrize(("gap_m", "near"), [(4_990, True), (5_000, True), (5_000.03, False)])
def test_horizontal_minimum_is_closed(gap_m: float, near: bool) -> None:
    found = conflict(AGREEMENT, rows(disc()), rows(beside(disc(), gap_m), by="green"))
    assert (found is not None) is near
    if found is not None:
        assert found.measured["horizontal_m"] == round(gap_m)


@pytest.mark.parametrize(("gap_cm", "near"), [(0, True), (30_000, True), (30_001, False)])
def test_vertical_minimum_is_closed(gap_cm: int, near: bool) -> None:
    floor = Height(200_000 + gap_cm)
    above = replace(disc(), band=Band(floor, Height(900_000)))
    found = conflict(AGREEMENT, rows(disc()), rows(above, by="green"))
    assert (found is not None) is near


@pytest.mark.parametrize(("gap_ms", "near"), [(0, True), (300_000, True), (300_001, False)])
def test_minimum_in_time_is_closed(gap_ms: int, near: bool) -> None:
    end_ms = disc().span.end_ms
    later = replace(disc(), span=Span(end_ms + gap_ms, end_ms + gap_ms + MINUTE_MS))
    found = conflict(AGREEMENT, rows(disc()), rows(later, by="green"))
    assert (found is not None) is near
    if found is not None:
        assert (found.from_ms, found.until_ms) == (end_ms, end_ms + gap_ms)
        assert found.measured["time_s"] == gap_ms // 1000


def test_larger_minima_of_the_two_classes_hold_in_each_dimension() -> None:
    classes = (
        replace(AGREEMENT.classes[0], separation=SeparationMinima(9, 100, 5)),
        replace(AGREEMENT.classes[1], separation=SeparationMinima(7, 200, 6)),
    )
    agreement = replace(AGREEMENT, classes=classes)
    for pair in (("transit", "live-activity"), ("live-activity", "transit")):
        assert pair_minima(agreement, *pair) == SeparationMinima(9, 200, 6)


def test_notices_of_one_party_conflict_only_where_the_agreement_says_so() -> None:
    mine, also_mine = rows(disc()), rows(disc(), number=2)
    assert conflict(AGREEMENT, mine, also_mine) is None
    told = replace(AGREEMENT, conflicts_within_party=True)
    found = conflict(told, mine, also_mine)
    assert found is not None
    assert found.parties == ("blue",)
    assert conflict(told, mine, mine) is None


def test_conflict_names_both_by_ref_and_is_a_warning() -> None:
    found = conflict(AGREEMENT, rows(disc(), by="green"), rows(disc()))
    assert found is not None
    assert (found.kind, found.level) == (Kind.CONFLICT, Level.WARNING)
    assert found.refs == ("notice:blue-1", "notice:green-1")
    assert found.parties == ("blue", "green")


def test_volume_far_away_hides_no_other_that_is_near() -> None:
    far = disc(100_000)
    found = conflict(
        AGREEMENT,
        rows(far, disc(), far),
        rows(far.__class__(far.area, Band.metres(9_000, 9_001), far.span), disc(), by="green"),
    )
    assert found is not None
    assert found.measured == {"horizontal_m": 0, "vertical_m": 0, "time_s": 0, "pairs": 1}


def test_nothing_declared_conflicts_with_nothing() -> None:
    assert conflict(AGREEMENT, [], rows(disc())) is None
    assert conflict(AGREEMENT, rows(disc()), []) is None


def notices(by: str) -> st.SearchStrategy[Notice]:
    return st.builds(
        lambda placed, kind: notice(*placed, by=by, kind=kind),
        st.lists(volumes(), min_size=1, max_size=4),
        st.sampled_from(("transit", "live-activity")),
    )


@given(notices("blue"), notices("green"))
@settings(max_examples=150, deadline=None)
def test_conflict_is_what_brute_force_says_and_the_same_from_both_sides(
    a: Notice, b: Notice
) -> None:
    mine, theirs = declared_rows(a), declared_rows(b)
    minima = pair_minima(AGREEMENT, a.activity_class, b.activity_class)
    hits = []
    for x in mine:
        for y in theirs:
            across = distance_m(x.volume.area, y.volume.area)
            up = x.volume.band.gap_m(y.volume.band)
            apart_ms = x.volume.span.gap_ms(y.volume.span)
            near = across <= minima.horizontal_m and up <= minima.vertical_m
            if near and apart_ms <= 1000 * minima.time_s:
                hits.append((round(across), round(up), apart_ms // 1000))
    found = conflict(AGREEMENT, mine, theirs)
    assert found == conflict(AGREEMENT, theirs, mine)
    assert (found is not None) is bool(hits)
    if found is not None:
        assert canonical_bytes([found]) == canonical_bytes([conflict(AGREEMENT, theirs, mine)])  # type: ignore[list-item]
        measures = found.measured
        assert measures["pairs"] == len(hits)
        assert (measures["horizontal_m"], measures["vertical_m"], measures["time_s"]) == min(hits)
        assert found.from_ms <= found.until_ms


@given(notices("blue"), notices("green"))
@settings(max_examples=50, deadline=None)
def test_order_of_volumes_does_not_matter(a: Notice, b: Notice) -> None:
    turned = declared_rows(replace(a, volumes=a.volumes[::-1]))
    assert conflict(AGREEMENT, turned, declared_rows(b)) == conflict(
        AGREEMENT, declared_rows(a), declared_rows(b)
    )


def test_spans_that_overlap_give_the_time_they_share() -> None:
    found = conflict(
        AGREEMENT,
        rows(disc(span=minutes(10, 40))),
        rows(disc(span=minutes(30, 60)), by="green"),
    )
    assert found is not None
    assert (found.from_ms, found.until_ms) == (minutes(30, 40).start_ms, minutes(30, 40).end_ms)
