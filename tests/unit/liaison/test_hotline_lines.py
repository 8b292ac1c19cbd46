"""Calls, comms checks and reports on a line: what can be said, and what is overdue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.errors import ProtocolError
from parley.liaison.hotline import lines
from parley.liaison.hotline.contents import Call, Check, LineName, LineReport, LineState
from parley.liaison.papers import record as papers
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.rules.findings import Level
from parley.rules.statements import Header, Rung
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
NOW = DAWN_MS
CALL = Call(LineName.SAFETY, "green", ("blue", "green"), NOW - 60_000, -1, True, ("the chief",))
CHECK = Check(LineName.SAFETY, 1, 120)
OUT = LineReport(LineName.SAFETY, LineState.OUT, NOW - 1_000, "VHF 121.500", "cable cut")


def paper(content: Content, version: int = 1, to: tuple[str, ...] = ("green",)) -> Paper:
    header = Header("blue", "duty", NOW, to, "small")
    return Paper(header, "blue-1", version, content, Marking(Tlp.AMBER_STRICT, to))


def told(content: Content) -> PaperRecord:
    return papers.first(AGREEMENT, paper(content))


def answered(record: PaperRecord, *rungs: Rung) -> PaperRecord:
    for number, rung in enumerate(rungs, 1):
        header = Header("green", "duty", NOW + 1_000 * number, ("blue",), "small")
        record = papers.replied(record, Reply(header, "blue-1", 1, number, rung), ())
    return record


# Calls


def test_a_call_is_open_until_its_end_is_logged() -> None:
    lines.check_call(AGREEMENT, paper(CALL), None)
    assert lines.call_goes_on(told(CALL))
    ended = replace(CALL, ended_ms=NOW - 1_000)
    lines.check_call(AGREEMENT, paper(ended, 2), told(CALL))
    assert not lines.call_goes_on(told(ended))


@pytest.mark.parametrize(
    "wrong",
    [
        {"parties": ()},
        {"parties": ("blue", "red")},
        {"by": "white"},
        {"began_ms": NOW + 1},
        {"ended_ms": NOW + 1},
        {"answered": False},
        {"answered": False, "ended_ms": NOW - 5},
    ],
)
def test_a_call_that_cannot_have_been_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError) as refused:
        lines.check_call(AGREEMENT, paper(replace(CALL, **wrong)), None)  # type: ignore[arg-type]
    assert refused.value.at_fault == "party blue"


def test_a_call_that_nobody_took_is_logged_with_its_end() -> None:
    call = replace(CALL, answered=False, speakers=(), ended_ms=NOW - 30_000)
    lines.check_call(AGREEMENT, paper(call), None)


def test_a_call_that_ended_does_not_go_on_and_stays_on_its_line() -> None:
    ended = replace(CALL, ended_ms=NOW - 1_000)
    for wrong in (CALL, replace(ended, line=LineName.STRATEGIC)):
        with pytest.raises(ProtocolError):
            lines.check_call(AGREEMENT, paper(wrong, 2), told(ended))


# Comms checks


def test_a_check_that_nobody_answers_is_missed_behind_its_time() -> None:
    record = told(CHECK)
    due_ms = NOW + 120_000
    assert lines.check_next_ms(AGREEMENT, record, NOW) == due_ms + 1
    assert lines.check_found(AGREEMENT, record, due_ms) == []
    (missed,) = lines.check_found(AGREEMENT, record, due_ms + 1)
    assert missed.level is Level.WARNING
    assert missed.refs == ("check:blue-1@1", "party:green")
    assert lines.check_next_ms(AGREEMENT, record, due_ms + 1) is None


@pytest.mark.parametrize("rungs", [(Rung.READ,), (Rung.READ, Rung.ACCEPTED)])
def test_a_person_who_reads_or_accepts_has_heard(rungs: tuple[Rung, ...]) -> None:
    record = answered(told(CHECK), *rungs)
    assert lines.check_found(AGREEMENT, record, NOW + 10**9) == []
    assert not lines.check_is_open(record)
    assert lines.check_next_ms(AGREEMENT, record, NOW) is None


def test_who_says_that_he_does_not_hear_well_is_a_finding_at_once() -> None:
    record = answered(told(CHECK), Rung.READ, Rung.UNABLE)
    (found,) = lines.check_found(AGREEMENT, record, NOW + 2_000)
    assert "unable" in found.codes


def test_on_the_strategic_line_a_missed_check_is_only_told() -> None:
    record = told(replace(CHECK, line=LineName.STRATEGIC))
    (found,) = lines.check_found(AGREEMENT, record, NOW + 10**9)
    assert found.level is Level.ADVISORY


@pytest.mark.parametrize("wrong", [{"due_s": 9}, {"due_s": 86_401}, {"number": 0}])
def test_a_check_that_no_person_could_answer_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        lines.check_check(AGREEMENT, paper(replace(CHECK, **wrong)), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("to", [(), ("white",)])
def test_a_check_asks_somebody_who_can_answer(to: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolError, match="nobody"):
        lines.check_check(AGREEMENT, paper(CHECK, to=to), None)


# Reports on a line


def test_a_line_that_is_out_is_a_finding_until_its_author_says_up() -> None:
    lines.check_report(AGREEMENT, paper(OUT), None)
    (found,) = lines.report_found(AGREEMENT, told(OUT), NOW)
    assert (found.level, found.codes) == (Level.WARNING, ("out", "safety"))
    degraded = replace(OUT, state=LineState.DEGRADED)
    (found,) = lines.report_found(AGREEMENT, told(degraded), NOW)
    assert found.level is Level.ADVISORY
    up = LineReport(LineName.SAFETY, LineState.UP, NOW)
    lines.check_report(AGREEMENT, paper(up, 2), told(OUT))
    assert lines.report_found(AGREEMENT, told(up), NOW) == []
    assert not lines.line_is_down(told(up))


@pytest.mark.parametrize(
    "wrong",
    [{"fallback": ""}, {"since_ms": NOW + 1}, {"state": LineState.UP}],
    ids=["no fallback", "to come", "up with a fallback"],
)
def test_a_report_that_helps_nobody_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        lines.check_report(AGREEMENT, paper(replace(OUT, **wrong)), None)  # type: ignore[arg-type]


def test_an_outage_does_not_end_before_it_began_nor_on_another_line() -> None:
    for wrong in (
        LineReport(LineName.SAFETY, LineState.UP, OUT.since_ms - 1),
        LineReport(LineName.STRATEGIC, LineState.UP, NOW),
    ):
        with pytest.raises(ProtocolError):
            lines.check_report(AGREEMENT, paper(wrong, 2), told(OUT))
