"""The life cycles as tables: every pair of state and step is either there or refused by name."""

from __future__ import annotations

import pytest

from parley.errors import ProtocolError
from parley.rules.lifecycle import CLOSED, NOTICE, URGENT, Event, State, Table, advance

TABLES = {"notice": NOTICE, "urgent": URGENT}
PRESENT = [(name, state, event) for name, t in TABLES.items() for state in t for event in t[state]]
ABSENT = [
    (name, state, event)
    for name, t in TABLES.items()
    for state in State
    for event in Event
    if event not in t.get(state, {})
]


@pytest.mark.parametrize(("name", "state", "event"), PRESENT)
def test_step_that_stands_in_the_table_leads_where_it_says(
    name: str, state: State, event: Event
) -> None:
    table = TABLES[name]
    assert advance(table, state, event, what="blue-1", by="blue") is table[state][event]


@pytest.mark.parametrize(("name", "state", "event"), ABSENT)
def test_step_that_does_not_stand_in_the_table_is_refused_with_those_that_do(
    name: str, state: State, event: Event
) -> None:
    with pytest.raises(ProtocolError) as caught:
        advance(TABLES[name], state, event, what="blue-1", by="blue")
    assert state.value in caught.value.what
    assert event.value in caught.value.what
    assert caught.value.at_fault == "party blue"
    for step in TABLES[name].get(state, {}):
        assert step.value in caught.value.right
    if not TABLES[name].get(state):
        assert "closed" in caught.value.right


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_exactly_the_closed_states_lead_nowhere(table: Table) -> None:
    assert {state for state, following in table.items() if not following} == CLOSED & set(table)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_state_is_reached_from_draft_and_can_be_closed(table: Table) -> None:
    reached: set[State] = {State.DRAFT}
    ends: set[State] = set()
    for _ in table:
        reached |= {target for state in reached for target in table[state].values()}
    for _ in table:
        ends |= {s for s in table if s in CLOSED or ends & set(table[s].values())}
    assert reached == set(table)
    assert ends == set(table)


def test_active_notice_is_not_cancelled_but_needs_its_all_clear() -> None:
    assert Event.CANCEL not in NOTICE[State.ACTIVE]
    assert Event.CANCEL not in NOTICE[State.AFTER_THE_FACT]
    assert Event.ALL_CLEAR in NOTICE[State.ACTIVE]
    assert Event.ALL_CLEAR in NOTICE[State.AFTER_THE_FACT]
