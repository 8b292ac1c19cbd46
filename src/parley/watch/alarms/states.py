"""The states of an alarm as one table (ISA-18.2, 5.4, figure 4); docs/alarms.md is made from it.

An absent pair is an error. Invariant: what is shelved or suppressed comes back unacknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from parley.errors import InputError


class State(StrEnum):
    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    LATCHED = "latched"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"


class Step(StrEnum):
    RAISE = "raise"
    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    CLEAR = "clear"
    LATCH = "latch"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    LAPSE = "lapse"
    SUPPRESS = "suppress"


TABLE: Mapping[State, Mapping[Step, State]] = {
    State.NORMAL: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.SUPPRESS: State.SUPPRESSED,
    },
    State.UNACKNOWLEDGED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.ACKNOWLEDGE: State.ACKNOWLEDGED,
        Step.RETURN: State.RETURNED,
        Step.CLEAR: State.NORMAL,
        Step.SHELVE: State.SHELVED,
        Step.SUPPRESS: State.SUPPRESSED,
    },
    State.ACKNOWLEDGED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.CLEAR: State.NORMAL,
        Step.LATCH: State.LATCHED,
        Step.SHELVE: State.SHELVED,
        Step.SUPPRESS: State.SUPPRESSED,
    },
    State.RETURNED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.ACKNOWLEDGE: State.NORMAL,
        Step.SUPPRESS: State.SUPPRESSED,
    },
    State.LATCHED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.ACKNOWLEDGE: State.NORMAL,
    },
    State.SHELVED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.UNSHELVE: State.UNACKNOWLEDGED,
        Step.LAPSE: State.NORMAL,
    },
    State.SUPPRESSED: {
        Step.RAISE: State.UNACKNOWLEDGED,
        Step.CLEAR: State.NORMAL,
    },
}


def advance(state: State, step: Step, *, what: str, by: str = "") -> State:
    """The next state. InputError names the steps that exist from here."""
    following = TABLE[state]
    if step not in following:
        raise InputError(
            f"{what} is {state.value}: it cannot be {_DONE[step]}",
            right=f"one of: {', '.join(s.value for s in following)}",
            at_fault=by or None,
        )
    return following[step]


_DONE = {
    Step.RAISE: "raised",
    Step.ACKNOWLEDGE: "acknowledged",
    Step.RETURN: "returned",
    Step.CLEAR: "cleared",
    Step.LATCH: "latched",
    Step.SHELVE: "shelved",
    Step.UNSHELVE: "unshelved",
    Step.LAPSE: "taken from its shelf as over",
    Step.SUPPRESS: "suppressed",
}
