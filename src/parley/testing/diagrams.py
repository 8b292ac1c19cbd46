"""docs/lifecycle.md, docs/alarms.md and the defaults in docs/formats/agreement.md, made from code:
``python -m parley.testing.diagrams``.

With ``--check`` it only says whether the pages are current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from parley.rules.acknowledgement import LADDER
from parley.rules.lifecycle import CLOSED, NOTICE, URGENT, Event, State, Table, mermaid
from parley.testing import alarm_page, watchpage

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lifecycle.md"

_HEAD = """# Life cycles

Made from the tables in `src/parley/rules/lifecycle.py` and `acknowledgement.py` by
`python -m parley.testing.diagrams`; a test fails when this page is not current. A step that is
not drawn is refused with an error that names the steps that are. The same tables serve the
author of an item and everybody who received it.
"""

_STATES = {
    State.DRAFT: "not told to anybody yet",
    State.RELEASED: "signed, logged and on its way; every new version of the words comes back here",
    State.NOTIFIED: "the machine of every party that has to answer gave its receipt",
    State.ACKNOWLEDGED: "every party that has to answer accepted it, by duty role",
    State.ACTIVE: "its author said so, or its window has begun; new words leave it active",
    State.ALL_CLEAR: "closed: its author says that its hazards are over",
    State.CANCELLED: "closed before it began",
    State.AFTER_THE_FACT: "told when its window had begun already: it is never cancelled",
    State.RAISED: "in force",
    State.LIFTED: "closed: its author lifts it, or reports that the third party ceased",
}
_STEPS = {
    Event.RELEASE: "the first words, before the window begins",
    Event.RELEASE_LATE: "the first words, later than that",
    Event.AMEND: "new words; everybody has to answer again",
    Event.RECEIVED_BY_ALL: "follows from the receipts",
    Event.ACCEPTED_BY_ALL: "follows from the answers",
    Event.ACTIVATE: "the author says that it begins",
    Event.ALL_CLEAR: "the author says that it is over (whatever is urgent: lifts it)",
    Event.CANCEL: "the author takes it back, before its window begins",
}


def page() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _cycle("A notice", NOTICE)
    yield (
        "Time makes a notice active: once its window has begun it needs an all-clear and cannot\n"
        "be cancelled, whatever its state was and even if its window is moved.\n"
    )
    yield from _cycle("STOP, DISTRESS, a report on a third party, a nonconformance", URGENT)
    yield (
        "STOP, DISTRESS and a nonconformance stand until their author lifts them; a report\n"
        "stands for the agreement's `all_clear_cap_s` and is amended to last longer. A\n"
        "nonconformance is amended as the flight moves or its codes change, and lifted when it\n"
        "conforms again (ASTM F3548-21: from Nonconforming or Contingent back to Activated, or\n"
        "the end of the intent).\n"
    )
    yield "## The acknowledgement ladder\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    for rung, following in LADDER.items():
        yield from (f"    {_node(rung)} --> {_node(target)}" for target in sorted(following))
    yield "```\n"
    yield (
        "`received` is the machine's receipt; every other rung is a person's, by duty role. A\n"
        "read-back that does not match leaves its author on `read`. Where the class needs a\n"
        "read-back, nothing is accepted before it is right. Only `accepted` is approval.\n"
        "Observers are not asked.\n"
    )
    yield "## Steps\n"
    yield "| step | what it is |"
    yield "|---|---|"
    yield from (f"| {event.value} | {_STEPS[event]} |" for event in Event)
    yield ""


def _cycle(title: str, table: Table) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"```mermaid\n{mermaid(table)}\n```\n"
    yield "| state | meaning | what may follow |"
    yield "|---|---|---|"
    for state, following in table.items():
        steps = ", ".join(f"{e.value} → {t.value}" for e, t in following.items())
        closed = "nothing" if state in CLOSED else ""
        yield f"| {state.value} | {_STATES[state]} | {steps or closed} |"
    yield ""


def _node(name: str) -> str:
    return name.replace("-", "_")


def main(*words: str) -> int:
    pages = {
        PAGE: page(),
        alarm_page.PAGE: alarm_page.page(),
        watchpage.PAGE: watchpage.page(),
    }
    if "--check" in words:
        stale = [p.name for p, text in pages.items() if not p.exists() or p.read_text() != text]
        sys.stdout.write("".join(f"{name} is not current\n" for name in stale) or "current\n")
        return 1 if stale else 0
    for path, text in pages.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
