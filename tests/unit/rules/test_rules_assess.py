"""For how long an item concerns anybody, and when it can change by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.rules import assess
from parley.rules import item as items
from parley.rules.findings import Finding, Kind
from parley.rules.item import ItemRecord
from parley.rules.statements import (
    Answer,
    Distress,
    Item,
    ItemEvent,
    Phase,
    Report,
    Rung,
    Step,
    Stop,
)
from parley.space import Area
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import disc, header, minutes, notice, place, three_sided

AGREEMENT = three_sided()
END_MS = minutes(0, 180).end_ms
AREA = Area.circle(place(), 1_000)
REPORT = Report(header(), "blue-1", 1, "battery", Phase.OPEN, DAWN_MS, AREA)
DISTRESS = Distress(header(), "blue-1", 1, "T1", None, 0, DAWN_MS)
STOP = Stop(header(), "blue-1", 1, None)


@pytest.mark.parametrize(
    ("content", "until_ms"),
    [
        (notice(disc()), END_MS + 600_000),  # the largest minimum in time
        (notice(disc(), kind="live-activity"), END_MS + 900_000 + 7_200_000),
        (notice(disc(), at_min=180), END_MS + 600_000),
        (notice(disc(), at_min=181), END_MS + 60_000 + 7_200_000),  # told when it was over
        (REPORT, DAWN_MS + 7_200_000),
        (replace(REPORT, since_ms=DAWN_MS + 60_000), DAWN_MS + 7_260_000),
        (STOP, AGREEMENT.valid.end_ms),
        (DISTRESS, AGREEMENT.valid.end_ms),
    ],
)
def test_item_concerns_others_until(content: Item, until_ms: int) -> None:
    assert assess.until_ms(AGREEMENT, content) == until_ms
    record = items.open_item(AGREEMENT, content)
    assert assess.is_live(AGREEMENT, record, until_ms)
    assert not assess.is_live(AGREEMENT, record, until_ms + 1)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(STOP, Kind.STOP), (DISTRESS, Kind.DISTRESS), (REPORT, Kind.THIRD_PARTY_OPEN)],
)
def test_urgent_item_stands_until_it_is_lifted(content: Item, kind: Kind) -> None:
    record = items.open_item(AGREEMENT, content)
    assert kinds(said_of(record, DAWN_MS)) == {kind}
    lifted = items.apply_event(record, ItemEvent(header(), "blue-1", 2, Step.ALL_CLEAR))
    assert said_of(lifted, DAWN_MS) == []
    assert assess.overdue(AGREEMENT, lifted, DAWN_MS + 10**8) == []


def test_stop_outlasts_every_cap_and_a_clock_that_is_hours_slow() -> None:
    slow = replace(STOP, header=replace(STOP.header, at_ms=DAWN_MS - 20 * 3_600_000))
    record = items.open_item(AGREEMENT, slow)
    for now_ms in (DAWN_MS, DAWN_MS + 30 * 24 * 3_600_000):
        assert kinds(said_of(record, now_ms)) == {Kind.STOP}


def said_of(record: ItemRecord, now_ms: int) -> list[Finding]:
    """Everything but what is overdue."""
    found = at(record, now_ms)
    return [f for f in found if f.kind is not Kind.UNACKNOWLEDGED]


def kinds(found: list[Finding]) -> set[Kind]:
    return {f.kind for f in found}


def test_all_clear_does_not_hide_that_a_notice_came_too_late() -> None:
    record = items.open_item(AGREEMENT, notice(disc(), at_min=150))
    record = items.apply_receipt(record, "green", 1, minutes(0, 151).end_ms)
    closed = items.apply_event(record, ItemEvent(header(at_min=152), "blue-1", 2, Step.ALL_CLEAR))
    now_ms = minutes(0, 152).end_ms
    assert kinds(said_of(closed, now_ms)) == {
        Kind.LEAD_TIME,
        Kind.LEAD_TIME_RECEIVED,
    }
    assert said_of(closed, END_MS + 600_001) == []


def test_notice_received_when_it_was_over_says_so_for_as_long_as_the_cap() -> None:
    record = items.open_item(AGREEMENT, notice(disc()))
    received_ms = END_MS + 3_600_000
    record = items.apply_receipt(record, "green", 1, received_ms)
    (found,) = said_of(record, received_ms)
    assert (found.kind, found.codes) == (Kind.LEAD_TIME_RECEIVED, ("after-the-fact",))
    assert said_of(record, received_ms + 7_200_000) == [found]
    assert said_of(record, received_ms + 7_200_001) == []


def test_nobody_owes_an_answer_to_what_is_over() -> None:
    record = items.open_item(AGREEMENT, notice(disc()))
    assert len(assess.overdue(AGREEMENT, record, END_MS + 600_000)) == 2
    assert assess.overdue(AGREEMENT, record, END_MS + 600_001) == []


def test_received_and_declared_lead_times_stand_side_by_side() -> None:
    record = items.open_item(AGREEMENT, notice(disc(), at_min=90))
    record = items.apply_receipt(record, "green", 1, minutes(0, 100).end_ms)
    found = said_of(record, minutes(0, 100).end_ms)
    assert [(f.kind, f.codes) for f in found] == [
        (Kind.LEAD_TIME, ("timely",)),
        (Kind.LEAD_TIME_RECEIVED, ("late",)),
    ]


def at(record: ItemRecord, now_ms: int) -> list[Finding]:
    words = assess.of_words(AGREEMENT, record, now_ms)
    return words + assess.of_answers(AGREEMENT, record, now_ms)


@given(
    st.sampled_from((notice(disc()), notice(disc(), kind="live-activity"), STOP, REPORT, DISTRESS)),
    st.lists(st.integers(-1, 14_500_000), max_size=2),
    st.sampled_from((None, Rung.READ, Rung.OBJECTED)),
    st.booleans(),
    st.lists(st.integers(0, 20_000_000), min_size=20, max_size=40),
)
@settings(max_examples=60, deadline=None)
def test_findings_change_at_the_announced_instants_only(
    content: Item, received: list[int], rung: Rung | None, closed: bool, probes: list[int]
) -> None:
    """The calendar is complete: between two announced instants every moment finds the same."""
    record = items.open_item(AGREEMENT, content)
    for party, ms in zip(("amber", "green"), received, strict=False):
        record = items.apply_receipt(record, party, 1, DAWN_MS + ms)
    for number, one in enumerate((Rung.READ, rung) if rung is Rung.OBJECTED else (rung,), 1):
        if one is not None:
            said = Answer(header("green"), "blue-1", 1, number, one)
            record = items.apply_answer(AGREEMENT, record, said)
    if closed:
        step = ItemEvent(header(at_min=130), "blue-1", 2, Step.ALL_CLEAR)
        record = items.apply_event(record, step)
    now_ms = DAWN_MS
    while (change := assess.next_change_ms(AGREEMENT, record, now_ms)) is not None:
        assert change > now_ms
        before = at(record, now_ms)
        inside = [DAWN_MS + p for p in probes if now_ms <= DAWN_MS + p < change]
        assert all(at(record, ms) == before for ms in (*inside, change - 1))
        now_ms = change
    assert all(at(record, now_ms + p) == at(record, now_ms) for p in probes)
