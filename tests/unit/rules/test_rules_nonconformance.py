"""A flight that does not conform: in force until lifted, a hazard where it may be, answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ProtocolError
from parley.rules import assess
from parley.rules.findings import Kind, Level
from parley.rules.hazard import bystanders, declared_rows, nonconformance_rows
from parley.rules.item import ItemRecord, amend, apply_answer, apply_event, open_item
from parley.rules.lifecycle import State
from parley.rules.placed import ANY_HEIGHT, Layer
from parley.rules.statements import (
    Answer,
    Deviation,
    ItemEvent,
    Nonconformance,
    Rung,
    Step,
)
from parley.rules.truth import track_row
from parley.space import Area, Band
from parley.testing.clock import DAWN_MS
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
CAP_MS = 1000 * AGREEMENT.all_clear_cap_s
AREA = Area.circle(place(), 3_000)
OFF = Nonconformance(
    header(),
    "blue-2",
    1,
    "blue-1",
    (Deviation.HEIGHT, Deviation.PLACE),
    DAWN_MS - 90_500,
    AREA,
    Band.metres(1_000, 2_000),
)


def record(said: Nonconformance = OFF) -> ItemRecord:
    return open_item(AGREEMENT, said)


def lifted(was: ItemRecord, at_min: float = 5) -> ItemRecord:
    event = ItemEvent(header(at_min=at_min), was.item, was.version + 1, Step.ALL_CLEAR)
    return apply_event(was, event)


def test_it_is_found_by_all_with_its_codes_and_how_late_it_was_told() -> None:
    (found,) = assess.of_words(AGREEMENT, record(), DAWN_MS)
    assert (found.kind, found.level) == (Kind.NONCONFORMANCE, Level.WARNING)
    assert found.refs == ("nonconformance:blue-2@1", "notice:blue-1")
    assert found.codes == ("height", "place")
    assert found.parties == ("amber", "blue", "green", "white")
    assert found.measured == {"delay_s": 90}
    assert (found.from_ms, found.until_ms) == (OFF.since_ms, AGREEMENT.valid.end_ms)


def test_a_flight_without_a_notice_has_one_ref() -> None:
    (found,) = assess.of_words(AGREEMENT, record(replace(OFF, notice="")), DAWN_MS)
    assert found.refs == ("nonconformance:blue-2@1",)


def test_it_stands_until_its_author_lifts_it_however_long_he_is_silent() -> None:
    much_later = DAWN_MS + 100 * CAP_MS
    assert assess.of_words(AGREEMENT, record(), much_later)
    assert record().state is State.RAISED
    over = lifted(record())
    assert over.state is State.LIFTED
    assert assess.of_words(AGREEMENT, over, DAWN_MS + 6 * MINUTE_MS) == []


def test_new_words_change_the_finding_and_not_its_key() -> None:
    before = record()
    words = replace(
        OFF, header=header(at_min=3), version=2, codes=(Deviation.CONTINGENT,), area=None
    )
    after = amend(AGREEMENT, before, words)
    (was,) = assess.of_words(AGREEMENT, before, DAWN_MS)
    (now,) = assess.of_words(AGREEMENT, after, DAWN_MS + 3 * MINUTE_MS)
    assert now.key == was.key
    assert (now.codes, now.refs[0]) == (("contingent",), "nonconformance:blue-2@2")
    assert nonconformance_rows(AGREEMENT, words) == []


@pytest.mark.parametrize(
    "change",
    [{"notice": "blue-7"}, {"notice": ""}, {"header": header(at_min=3, to=("green",))}],
)
def test_new_words_are_about_the_same_flight_and_for_the_same_parties(
    change: dict[str, object],
) -> None:
    words = replace(replace(OFF, version=2), **change)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match="another kind or other addressees"):
        amend(AGREEMENT, record(), words)


@pytest.mark.parametrize("notice_id", ["green-1", "nobody-1", "blue"])
def test_nobody_says_of_anothers_notice_that_it_is_not_kept(notice_id: str) -> None:
    with pytest.raises(ProtocolError, match="not blue's own") as caught:
        record(replace(OFF, notice=notice_id))
    assert caught.value.at_fault == "party blue"


def test_it_is_answered_by_the_urgent_timers_and_without_a_read_back() -> None:
    was = record()
    due_ms = DAWN_MS + 1000 * AGREEMENT.urgent.read_s
    assert assess.overdue(AGREEMENT, was, due_ms) == []
    late = assess.overdue(AGREEMENT, was, due_ms + 1)
    assert {(f.level, f.refs[1]) for f in late} == {
        (Level.URGENT, "party:amber"),
        (Level.URGENT, "party:green"),
    }
    for number, rung in ((1, Rung.READ), (2, Rung.ACCEPTED)):
        head = header("green", to=("amber", "blue", "white"))
        was = apply_answer(AGREEMENT, was, Answer(head, "blue-2", 1, number, rung))
    assert was.standing("green").rung is Rung.ACCEPTED
    assert assess.overdue(AGREEMENT, lifted(was), due_ms + 10**9) == []


def test_where_it_may_be_is_a_hazard_to_all_others() -> None:
    (row,) = nonconformance_rows(AGREEMENT, OFF)
    assert (row.ref, row.layer, row.party) == ("nonconformance:blue-2", Layer.HAZARD, "blue")
    assert (row.group, row.volume.area) == ("nonconforming", AREA)
    planned = declared_rows(notice(disc(span=minutes(5, 30)), by="green"))
    (found,) = bystanders(AGREEMENT, [row], planned)
    assert (found.kind, found.level) == (Kind.BYSTANDER, Level.WARNING)
    assert found.codes == ("nonconforming",)
    seen = track_row(AGREEMENT.truth, sighting(owner="green", at_min=1))
    (found,) = bystanders(AGREEMENT, [row], [seen])
    assert found.level is Level.URGENT


def test_the_flight_is_no_bystander_of_itself() -> None:
    rows = nonconformance_rows(AGREEMENT, OFF)
    own = track_row(AGREEMENT.truth, sighting(owner="blue", at_min=1))
    assert bystanders(AGREEMENT, rows, [own]) == []
    assert bystanders(AGREEMENT, rows, declared_rows(notice(disc(span=minutes(0, 30))))) == []


def test_heights_that_are_not_told_are_all_heights() -> None:
    (row,) = nonconformance_rows(AGREEMENT, replace(OFF, band=None))
    assert row.volume.band == ANY_HEIGHT


def test_its_area_lasts_for_the_cap_behind_the_latest_words_and_a_millisecond_no_longer() -> None:
    was, last_ms = record(), DAWN_MS + CAP_MS
    (row,) = nonconformance_rows(AGREEMENT, OFF)
    assert (row.volume.span.start_ms, row.volume.span.end_ms) == (OFF.since_ms, last_ms)
    assert assess.is_placed(AGREEMENT, was, last_ms)
    assert not assess.is_placed(AGREEMENT, was, last_ms + 1)
    assert assess.is_live(AGREEMENT, was, last_ms + 1)
    assert assess.next_change_ms(AGREEMENT, was, last_ms) == last_ms + 1
    again = replace(OFF, header=header(at_min=9), version=2)
    assert assess.is_placed(AGREEMENT, amend(AGREEMENT, was, again), last_ms + 9 * MINUTE_MS)
    assert not assess.is_placed(AGREEMENT, lifted(was), DAWN_MS)


@given(st.integers(-10 * CAP_MS, 10 * CAP_MS))
def test_no_clock_makes_a_window_that_ends_before_it_begins(ahead_ms: int) -> None:
    said = replace(OFF, since_ms=DAWN_MS + ahead_ms)
    (row,) = nonconformance_rows(AGREEMENT, said)
    assert row.volume.span.contains(DAWN_MS)
    (found,) = assess.of_words(AGREEMENT, record(said), DAWN_MS)
    assert found.from_ms <= found.until_ms
    assert found.measured["delay_s"] >= 0
