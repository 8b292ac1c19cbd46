"""Messages: precedence and read-by times, read-back, phrases as they stand in the book."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ProtocolError
from parley.liaison.hotline import messages, phrasebook
from parley.liaison.hotline.contents import LineName, Message, Precedence
from parley.liaison.hotline.precedence import PACES
from parley.liaison.papers import record as papers
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper, Reply
from parley.liaison.papers.record import PaperRecord
from parley.liaison.papers.values import Attachment, Value
from parley.rules.findings import Kind, Level
from parley.rules.statements import Header, Rung
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
MARKING = Marking(Tlp.AMBER_STRICT, ("green", "white"))
TIME = Value("time", "2159Z 17 SEP 2018")
PLACE = Value("place", "N35.48 E035.95")


def header(by: str, to: tuple[str, ...], at_ms: int = DAWN_MS) -> Header:
    return Header(by, "duty", at_ms, to, "small")


def paper(content: Message, *, item: str = "blue-1", version: int = 1) -> Paper:
    return Paper(header("blue", ("green", "white")), item, version, content, MARKING)


def free(
    precedence: Precedence = Precedence.FLASH, *, line: LineName = LineName.SAFETY, **more: object
) -> Message:
    return replace(Message(line, precedence, "en", "Hold."), **more)  # type: ignore[arg-type]


def said(phrase_id: str, language: str, *blanks: Value) -> Message:
    text = phrasebook.render(phrasebook.find(phrase_id), language, blanks)
    return Message(LineName.SAFETY, Precedence.FLASH, language, text, phrase_id, blanks)


def told(content: Message) -> PaperRecord:
    messages.check(AGREEMENT, paper(content), None)
    return papers.first(AGREEMENT, paper(content))


def replied(
    record: PaperRecord, rung: Rung, after_s: int, *values: Value, number: int = 1
) -> PaperRecord:
    at_ms = DAWN_MS + 1000 * after_s
    reply = Reply(header("green", ("blue",), at_ms), "blue-1", 1, number, rung, values)
    return papers.replied(record, reply, messages.expected(record.paper.content))


def levels(record: PaperRecord, after_s: float) -> list[tuple[str, Level, tuple[str, ...]]]:
    found = messages.found(AGREEMENT, record, DAWN_MS + round(1000 * after_s))
    assert all(one.kind is Kind.MESSAGE_UNREAD for one in found)
    return [(one.refs[1], one.level, one.codes) for one in found]


def test_an_unread_flash_is_a_finding_after_its_seconds_and_then_urgent() -> None:
    record = told(free())
    assert levels(record, 30) == []
    assert levels(record, 30.001) == [("party:green", Level.WARNING, ("flash", "read"))]
    assert levels(record, 60.001) == [("party:green", Level.URGENT, ("flash", "read"))]


def test_an_observer_is_not_asked_to_read() -> None:
    assert [ref for ref, _, _ in levels(told(free()), 100_000)] == ["party:green"]


def test_who_read_in_time_owes_nothing_where_nothing_is_read_back() -> None:
    record = replied(told(free()), Rung.READ, 10)
    assert levels(record, 100_000) == []
    assert not messages.is_open(record)


def test_the_read_back_is_owed_from_the_reading_on() -> None:
    record = replied(told(free(read_back=(TIME,))), Rung.READ, 25)
    assert levels(record, 55) == []
    assert levels(record, 55.001) == [("party:green", Level.WARNING, ("flash", "read-back"))]
    assert levels(record, 85.001) == [("party:green", Level.URGENT, ("flash", "read-back"))]
    assert messages.is_open(record)


def test_a_wrong_read_back_is_a_finding_at_once_and_a_right_one_ends_it() -> None:
    record = replied(told(free(read_back=(TIME,))), Rung.READ, 5)
    wrong = replied(record, Rung.READ_BACK, 6, Value("time", "2149Z 17 SEP 2018"), number=2)
    codes = ("flash", "read-back", "wrong:time")
    assert levels(wrong, 6) == [("party:green", Level.WARNING, codes)]
    right = replied(wrong, Rung.READ_BACK, 7, TIME, number=3)
    assert levels(right, 100_000) == []


def test_who_is_unable_owes_no_read_back() -> None:
    record = replied(told(free(read_back=(TIME,))), Rung.READ, 5)
    assert levels(replied(record, Rung.UNABLE, 6, number=2), 100_000) == []


@pytest.mark.parametrize(
    ("precedence", "first", "later"),
    [
        (Precedence.FLASH, Level.WARNING, Level.URGENT),
        (Precedence.IMMEDIATE, Level.ADVISORY, Level.WARNING),
        (Precedence.PRIORITY, Level.ADVISORY, Level.ADVISORY),
        (Precedence.ROUTINE, Level.ADVISORY, Level.ADVISORY),
    ],
)
def test_only_flash_becomes_urgent(precedence: Precedence, first: Level, later: Level) -> None:
    record, pace = told(free(precedence)), PACES[precedence]
    assert [level for _, level, _ in levels(record, pace.read_s + 1)] == [first]
    assert [level for _, level, _ in levels(record, pace.read_s + pace.late_s + 1)] == [later]


def test_a_higher_precedence_is_read_sooner() -> None:
    paces = [PACES[one] for one in Precedence]
    assert [p.read_s for p in paces] == sorted(p.read_s for p in paces)


def test_the_strategic_line_makes_no_findings() -> None:
    record = told(free(line=LineName.STRATEGIC))
    assert levels(record, 10**8) == []
    assert messages.next_ms(AGREEMENT, record, DAWN_MS) is None


@given(
    st.sampled_from(Precedence),
    st.booleans(),
    st.integers(0, 200),
    st.integers(-5_000, 90_000_000),
)
def test_the_findings_change_exactly_at_the_instants_that_were_announced(
    precedence: Precedence, reads: bool, after_s: int, offset_ms: int
) -> None:
    record = told(free(precedence, read_back=(TIME,)))
    if reads:
        record = replied(record, Rung.READ, after_s)
    now_ms = DAWN_MS + offset_ms
    now = messages.found(AGREEMENT, record, now_ms)
    turn = messages.next_ms(AGREEMENT, record, now_ms)
    if turn is None:
        assert messages.found(AGREEMENT, record, now_ms + 10**12) == now
        return
    assert turn > now_ms
    assert messages.found(AGREEMENT, record, turn - 1) == now
    levels_now = [one.level for one in now]
    later = messages.found(AGREEMENT, record, turn)
    same_level = PACES[precedence].level is PACES[precedence].late_level
    assert [one.level for one in later] != levels_now or (same_level and bool(now))


def test_a_phrase_says_what_the_book_says_and_its_blanks_are_read_back() -> None:
    for language in ("en", "ru", "he", "ar", "fr"):
        content = said("p-103", language, PLACE, TIME)
        assert messages.expected(told(content).paper.content) == (PLACE, TIME)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"text": "Hold fire near N35.48 E035.95 until 2259Z 17 SEP 2018."}, "not what p-103"),
        ({"phrase": "p-000"}, "no phrase"),
        ({"language": "sr-Latn"}, "no language"),
        ({"language": "ru"}, "not what p-103"),
        ({"blanks": (PLACE,)}, "filled with"),
        ({"blanks": (PLACE, TIME, TIME)}, "filled with"),
        ({"blanks": (PLACE, Value("time", "21:59"))}, "no time"),
        ({"read_back": (TIME,)}, "read back"),
    ],
)
def test_a_phrase_with_other_words_is_refused_and_its_author_named(
    wrong: dict[str, object], what: str
) -> None:
    content = replace(said("p-103", "en", PLACE, TIME), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match=what) as refused:
        messages.check(AGREEMENT, paper(content), None)
    assert refused.value.at_fault == "party blue"


def test_free_words_fill_no_blanks_and_read_nothing_back_twice() -> None:
    for wrong in (free(blanks=(TIME,)), free(read_back=(TIME, TIME))):
        with pytest.raises(ProtocolError):
            messages.check(AGREEMENT, paper(wrong), None)


@pytest.mark.parametrize("text", ["Стоп у حميميم, N35.48", "עצור near Латакия", "قف — arrêtez"])
def test_mixed_scripts_are_content_like_any_other(text: str) -> None:
    assert told(free(text=text)).paper.content == free(text=text)


def test_an_answer_on_the_other_line_is_refused_and_told_which_line() -> None:
    content = free(line=LineName.STRATEGIC, reply_to="message:green-3")
    with pytest.raises(ProtocolError) as refused:
        messages.check_answers(paper(content), free())
    assert "safety line" in str(refused.value)
    assert "strategic line" in refused.value.what
    messages.check_answers(paper(content), free(line=LineName.STRATEGIC))


@pytest.mark.parametrize("ref", ["notice:green-1", "message:blue-1", "message:blue-1@1"])
def test_a_message_answers_another_message_and_nothing_else(ref: str) -> None:
    with pytest.raises(ProtocolError, match="answers"):
        messages.check(AGREEMENT, paper(free(reply_to=ref)), None)
    assert messages.linked(free(reply_to="message:green-1")) == ("message:green-1",)


def test_new_words_stay_on_their_line_and_answer_what_they_answered() -> None:
    before = told(free())
    for other in (free(line=LineName.STRATEGIC), free(reply_to="message:green-1")):
        with pytest.raises(ProtocolError, match="of another line or answer"):
            messages.check(AGREEMENT, paper(other, version=2), before)
    messages.check(AGREEMENT, paper(free(Precedence.ROUTINE), version=2), before)


def test_an_attachment_under_a_hostile_name_is_refused() -> None:
    bad = Attachment("letter\u202efdp.exe", "application/pdf", 10, "a" * 64)
    with pytest.raises(ProtocolError, match="U\\+202E"):
        messages.check(AGREEMENT, paper(free(attachments=(bad,))), None)


def test_an_exercise_says_so_in_its_findings_and_never_turns_real() -> None:
    drill = paper(free())
    drill = replace(drill, header=replace(drill.header, exercise=True))
    record = papers.first(AGREEMENT, drill)
    assert levels(record, 31)[0][2] == ("exercise", "flash", "read")
    with pytest.raises(ProtocolError, match="exercise"):
        messages.check(AGREEMENT, paper(free(), version=2), record)
