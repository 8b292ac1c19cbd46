"""The safety subset on a TAK map: the hazard is drawn, and nobody learns whose it is or why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.rules.hazard import hazard_rows
from parley.rules.statements import Header, Notice
from parley.testing.agreements import HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS
from parley.wire.cot.out import CotVoice
from parley.wire.cot.release import HAZARDS, TakRelease, safety_subset_only
from parley.wire.cot.safety import safety_events

AGREEMENT = small_agreement()
VOICE = CotVoice("green")
NOTICE = Notice(
    Header("blue", "duty", DAWN_MS, ("green",), "small"),
    "blue-7",
    1,
    "live-activity",
    transit(1).volumes,
    text="why we do it",
)


@pytest.mark.parametrize(
    ("audience", "kinds", "only"),
    [
        ("white", {HAZARDS}, True),
        ("white", set(), False),
        ("blue", {HAZARDS}, False),
        ("green", {HAZARDS}, False),
        ("own", {HAZARDS}, False),
    ],
)
def test_who_was_not_told_of_a_notice_sees_its_safety_subset_where_hazards_are_shown(
    audience: str, kinds: set[str], only: bool
) -> None:
    to = TakRelease("green", audience, frozenset(kinds))
    assert safety_subset_only(to, NOTICE) is only


def test_a_hazard_is_drawn_without_author_item_class_cause_or_text() -> None:
    rows = hazard_rows(AGREEMENT, NOTICE)
    drawn = safety_events(VOICE.uid_of, NOTICE, rows, DAWN_MS)
    assert drawn
    spelled = repr(drawn)
    for kept in ("blue", "live-activity", "why we do it", "reaction", "battery", "all-clear"):
        assert kept not in spelled
    assert "HAZARD" in spelled
    again = safety_events(VOICE.uid_of, replace(NOTICE, version=2), rows, DAWN_MS)
    assert [event.uid for event in again] == [event.uid for event in drawn]
    assert safety_events(VOICE.uid_of, NOTICE, rows, DAWN_MS + 99 * HOUR_MS) == []
    drilled = replace(NOTICE, header=replace(NOTICE.header, exercise=True))
    assert "EXERCISE" in repr(safety_events(VOICE.uid_of, drilled, rows, DAWN_MS))
