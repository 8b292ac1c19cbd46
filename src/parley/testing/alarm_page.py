"""docs/alarms.md, made from the tables of the watch by ``python -m parley.testing.diagrams``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from parley.rules.findings import Kind, Level
from parley.rules.watching import AlarmRules
from parley.watch.alarms import book as alarms
from parley.watch.alarms.rates import (
    REFERENCE_A_DAY,
    REFERENCE_FLOOD_PERMILLE,
    REFERENCE_IN_10_MIN,
    REFERENCE_PERCENT,
)
from parley.watch.alarms.states import TABLE as STATES
from parley.watch.alarms.states import State, Step
from parley.watch.alarms.table import LATCHES, SAFETY, TABLE, Priority

PAGE = Path(__file__).resolve().parents[3] / "docs" / "alarms.md"
_R = AlarmRules()

_HEAD = """# Alarms

Made from the tables in `src/parley/watch/alarms/table.py` and `states.py` by
`python -m parley.testing.diagrams`; a test fails when this page is not current. Numbers are the
defaults; an agreement may say others (`watch.alarms` in `docs/formats/agreement.md`).

An **alarm** is a condition that needs your response in time (ISA-18.2). Everything else is an
**event**: it is recorded, can be read, and makes no noise. An alarm is told once a change: when
it comes, when its level rises, when it is over. Measures that move are no change.
"""

_PRIORITIES = {
    Priority.CRITICAL: "answer now; leave what you are doing",
    Priority.HIGH: "answer within two minutes, or the next role is asked",
    Priority.MEDIUM: "answer as soon as nothing above it waits; the next role is asked too",
    Priority.LOW: "answer in your own time; never escalated, and when it is over it is gone",
}
_MEANS = {
    State.NORMAL: "nothing to do; the book remembers it for a minute",
    State.UNACKNOWLEDGED: "it holds and nobody has seen it: noise, escalation",
    State.ACKNOWLEDGED: "it holds and somebody sees to it",
    State.RETURNED: "it is over and nobody saw it: acknowledge that you know",
    State.LATCHED: "a STOP or DISTRESS that was acknowledged is over: acknowledge the end",
    State.SHELVED: "off the list, with a name, a reason and an end",
    State.SUPPRESSED: "off the list by design, while an exercise goes on",
}
_STEPS = {
    Step.RAISE: "the condition comes, comes again, or its level rises",
    Step.ACKNOWLEDGE: "an officer has seen it; the second one is told who was first",
    Step.RETURN: "the condition is over, unseen",
    Step.CLEAR: "the condition is over and nobody needs to see that: it was acknowledged, LOW "
    "throughout, gathered in a flood, or suppressed",
    Step.LATCH: "the condition is over, and its end must be seen",
    Step.SHELVE: f"an officer takes it from the list, for {_R.max_shelf_s // 60} minutes at most",
    Step.UNSHELVE: "an officer, or the end of the shelf, brings it back; a rise does so at once",
    Step.LAPSE: "the shelf ends and so has the condition",
    Step.SUPPRESS: "an exercise begins, or goes on when it comes",
}


def page() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| priority | what it asks of you |"
    yield "|---|---|"
    yield from (f"| {p.name.lower()} | {_PRIORITIES[p]} |" for p in Priority)
    yield ""
    yield "## What is an alarm, and what you do\n"
    yield "| finding | advisory | warning | urgent | your response |"
    yield "|---|---|---|---|---|"
    for kind, row in TABLE.items():
        cells = [
            row.priorities.get(level) for level in (Level.ADVISORY, Level.WARNING, Level.URGENT)
        ]
        names = " | ".join(cell.name.lower() if cell else "event" for cell in cells)
        yield f"| {kind.value} | {names} | {row.response} |"
    yield ""
    yield "## States\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> normal"
    for state, following in STATES.items():
        yield from (
            f"    {state.value} --> {target.value}: {step.value}"
            for step, target in following.items()
        )
    yield "```\n"
    yield "| state | what it means |"
    yield "|---|---|"
    yield from (f"| {state.value} | {_MEANS[state]} |" for state in State)
    yield ""
    yield "| step | what it is |"
    yield "|---|---|"
    yield from (f"| {step.value} | {_STEPS[step]} |" for step in Step)
    yield ""
    yield from _calm()
    yield from _rates()


def _calm() -> Iterator[str]:
    yield "## What keeps it calm, and what is never quiet\n"
    yield (
        f"- Never shelved, gathered or suppressed: {_named(SAFETY)}.\n"
        "  Predicted entry is a bystander in a hazard with time left to act; a shelf would throw\n"
        "  that time away. Nor is anything critical or high ever gathered or suppressed.\n"
        f"- Chatter: what comes {_R.chatter_opens} times within {_R.chatter_s} s is one alarm with"
        " a count until it has\n"
        f"  been gone for {_R.chatter_s} s; while it flaps an acknowledgement lasts. A level that"
        " wavers rises once.\n"
        f"- Escalation: {_R.escalate_s} s unacknowledged, and it is raised again to the role that"
        f" the agreement\n  names, {_R.escalations} times at most.\n"
        f"- Flood: behind {_R.flood_in_10_min} new alarms in ten minutes further medium and low"
        " ones are listed and\n"
        f"  counted under one item, without noise, until fewer than {_R.calm_in_10_min} came in"
        " ten minutes.\n"
        "- First out: of alarms about one subject within a minute the first is marked.\n"
        "- Exercise: medium and low ones are suppressed by design. The sky is real all the same.\n"
        f"- Seen to the end: {_named(LATCHES)} stay until somebody acknowledged that they are"
        " over.\n"
        f"- Memory: behind {alarms.MAX_ALARMS} alarms no further low one is taken in (it is"
        " counted as left out, and\n"
        f"  tried again); of those that are over and unseen {alarms.MAX_OVER} are kept, the least"
        " urgent go first.\n"
        "- Restart: what was acknowledged or shelved stays so; nothing is told twice.\n"
    )


def _rates() -> Iterator[str]:
    shares = ", ".join(f"{name} {share} %" for name, share in REFERENCE_PERCENT.items())
    yield "## Rates\n"
    yield (
        "Beside what came in the last ten minutes, hour and day, the peak of ten minutes, the\n"
        "mean time to an acknowledgement, what is shelved and what has stood for more than a day,\n"
        "stand the figures that one officer can bear (EEMUA 191, ISA-18.2): about"
        f" {REFERENCE_A_DAY} a day, at most\n"
        f"{REFERENCE_IN_10_MIN} in ten minutes, less than {REFERENCE_FLOOD_PERMILLE // 10} % of"
        f" the time in flood;\nof all alarms {shares}.\n"
        "Where they are exceeded, change the minima or the table, not the officer.\n"
    )


def _named(kinds: frozenset[Kind]) -> str:
    return ", ".join(kind.value for kind in TABLE if kind in kinds)
