"""docs/alarms.md is what the tables of the watch say."""

from __future__ import annotations

from parley.rules.findings import Kind
from parley.testing import alarm_page
from parley.watch.alarms.states import State


def test_page_is_current() -> None:
    assert alarm_page.PAGE.read_text() == alarm_page.page(), "python -m parley.testing.diagrams"


def test_every_kind_and_every_state_stands_on_it() -> None:
    text = alarm_page.page()
    assert all(f"| {kind.value} |" in text for kind in Kind)
    assert all(f"| {state.value} |" in text for state in State)
