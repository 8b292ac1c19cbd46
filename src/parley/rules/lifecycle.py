"""The life cycles, each one table; an absent pair is an error. docs/lifecycle.md is made from it.

The same table serves the author of a notice and everybody who received it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from parley.errors import ProtocolError


class State(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"
    NOTIFIED = "notified"  # every addressee's node gave its receipt
    ACKNOWLEDGED = "acknowledged"  # every addressee accepted, by duty role
    ACTIVE = "active"
    ALL_CLEAR = "all-clear"
    CANCELLED = "cancelled"
    AFTER_THE_FACT = "after-the-fact"  # released when its window had begun already
    RAISED = "raised"  # STOP, DISTRESS, a report, a nonconformance: in force
    LIFTED = "lifted"


class Event(StrEnum):
    RELEASE = "release"
    RELEASE_LATE = "release-late"
    AMEND = "amend"
    RECEIVED_BY_ALL = "received-by-all"
    ACCEPTED_BY_ALL = "accepted-by-all"
    ACTIVATE = "activate"
    ALL_CLEAR = "all-clear"
    CANCEL = "cancel"


Table = Mapping[State, Mapping[Event, State]]

NOTICE: Table = {
    State.DRAFT: {
        Event.RELEASE: State.RELEASED,
        Event.RELEASE_LATE: State.AFTER_THE_FACT,
    },
    State.RELEASED: {
        Event.RECEIVED_BY_ALL: State.NOTIFIED,
        Event.AMEND: State.RELEASED,
        Event.ACTIVATE: State.ACTIVE,
        Event.CANCEL: State.CANCELLED,
    },
    State.NOTIFIED: {
        Event.ACCEPTED_BY_ALL: State.ACKNOWLEDGED,
        Event.AMEND: State.RELEASED,
        Event.ACTIVATE: State.ACTIVE,
        Event.CANCEL: State.CANCELLED,
    },
    State.ACKNOWLEDGED: {
        Event.AMEND: State.RELEASED,
        Event.ACTIVATE: State.ACTIVE,
        Event.CANCEL: State.CANCELLED,
    },
    State.ACTIVE: {
        Event.AMEND: State.ACTIVE,
        Event.ALL_CLEAR: State.ALL_CLEAR,
    },
    State.AFTER_THE_FACT: {
        Event.AMEND: State.AFTER_THE_FACT,
        Event.ALL_CLEAR: State.ALL_CLEAR,
    },
    State.ALL_CLEAR: {},
    State.CANCELLED: {},
}

URGENT: Table = {
    State.DRAFT: {Event.RELEASE: State.RAISED},
    State.RAISED: {Event.AMEND: State.RAISED, Event.ALL_CLEAR: State.LIFTED},
    State.LIFTED: {},
}

CLOSED = frozenset({State.ALL_CLEAR, State.CANCELLED, State.LIFTED})


def advance(table: Table, state: State, event: Event, *, what: str, by: str) -> State:
    """The next state; ProtocolError names the steps that exist from here."""
    following = table.get(state, {})
    if event not in following:
        open_steps = ", ".join(e.value for e in following) or "none, it is closed"
        raise ProtocolError(
            f"{what} is {state.value}: it cannot {event.value}",
            right=f"one of: {open_steps}",
            at_fault=f"party {by}",
        )
    return following[event]


def mermaid(table: Table) -> str:
    """The table as a Mermaid state diagram, in the table's own order."""
    lines = ["stateDiagram-v2"]
    for state, following in table.items():
        for event, target in following.items():
            lines.append(f"    {_node(state)} --> {_node(target)}: {event.value}")
        if not following:
            lines.append(f"    {_node(state)} --> [*]")
    return "\n".join(lines)


def _node(state: State) -> str:
    return state.value.replace("-", "_")
