"""An alarm book as JSON: the same book back, nothing told twice, nothing silenced by a file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parley.errors import FormatError, InputError, ParleyError
from parley.rules.findings import Finding, Kind, Level, finding
from parley.rules.watching import AlarmRules
from parley.watch.alarms.alarm import Told
from parley.watch.alarms.book import AlarmBook, BookState
from parley.watch.alarms.states import State
from parley.wire.alarms import format_book, parse_book

T0 = 1_537_212_000_000
S = 1000
RULES = AlarmRules()


def one(kind: Kind, level: Level, name: object) -> Finding:
    return finding(
        kind,
        level,
        [f"track:{name}"],
        parties=["il", "ru"],
        window_ms=(T0, T0 + S),
        measures={"hmd_m": -3},
        codes=["engaged:sy"],
    )


STOP = one(Kind.STOP, Level.URGENT, "stop")
LOSS = one(Kind.PREDICTED_LOSS, Level.WARNING, "Ä-1")
STORM = [one(Kind.CONFLICT, Level.WARNING, n) for n in range(15)]


def busy() -> AlarmBook:
    """A book with an alarm in every state, in a flood."""
    book = AlarmBook(RULES)
    latched = one(Kind.DISTRESS, Level.URGENT, "latched")
    returned = one(Kind.BYSTANDER, Level.URGENT, "returned")
    over = one(Kind.CONFLICT, Level.ADVISORY, "over")
    standing = [LOSS, STOP, *STORM]
    book.step([latched, returned, over, *standing], T0)
    book.acknowledge(latched.key, "north", T0 + S)
    book.acknowledge(STOP.key, "south", T0 + S)
    book.shelve(LOSS.key, "north", "Formation “Ä”", T0 + 600 * S, T0 + S)
    book.step(standing, T0 + 2 * S)
    book.step([*standing, one(Kind.OBJECTION, Level.WARNING, "x")], T0 + 3 * S, exercise=True)
    return book


def members() -> dict[str, Any]:
    value = json.loads(format_book(busy().snapshot()))
    assert isinstance(value, dict)
    return value


def test_every_state_comes_back_as_it_was() -> None:
    state = busy().snapshot()
    assert {a.state for a in state.alarms} == set(State) - {State.UNACKNOWLEDGED}
    data = format_book(state)
    assert parse_book(data, "alarms.json") == state
    assert format_book(parse_book(data, "alarms.json")) == data
    assert parse_book(format_book(BookState()), "alarms.json") == BookState()


def test_a_restarted_node_goes_on_and_tells_nothing_twice() -> None:
    before = busy()
    standing = [LOSS, STOP, *STORM]
    before.step(standing, T0 + 4 * S)
    state = parse_book(format_book(before.snapshot()), "alarms.json")
    after = AlarmBook.restore(RULES, state)
    assert after.snapshot() == before.snapshot()
    assert after.step(standing, T0 + 5 * S) == before.step(standing, T0 + 5 * S) == []
    assert after.standing() == before.standing()
    assert after.flood == before.flood
    assert after.rates(T0 + 6 * S) == before.rates(T0 + 6 * S)
    (second,) = [a for a in after.standing() if a.key == STOP.key]
    assert second.acknowledged is not None
    assert second.acknowledged.by == "south"
    assert [e.kind for e in after.step(standing, T0 + 600 * S)][:1] == [Told.UNSHELVED]


def test_a_picture_that_still_fills_ends_no_alarm() -> None:
    state = busy().snapshot()
    book = AlarmBook.restore(RULES, state, settle_until_ms=T0 + 30 * S)
    assert book.step([], T0 + 10 * S) == []
    assert book.step([LOSS, STOP, *STORM], T0 + 29 * S, exercise=True) == []
    assert book.get(STOP.key) == busy().get(STOP.key)
    ended = AlarmBook.restore(RULES, state, settle_until_ms=T0 + 30 * S).step([], T0 + 30 * S)
    assert {event.kind for event in ended} == {Told.RETURNED}


def test_a_clock_set_back_does_not_keep_it_filling() -> None:
    book = AlarmBook.restore(RULES, busy().snapshot(), settle_until_ms=T0 + 30 * S)
    book.step([], T0 - 86_400 * S)
    assert [e.kind for e in book.step([], T0 - 86_000 * S)].count(Told.RETURNED) > 0


@pytest.mark.parametrize("state", ["shelved", "suppressed"])
def test_a_file_cannot_silence_a_stop(state: str) -> None:
    value = members()
    (stop,) = [a for a in value["alarms"] if a["finding"]["kind"] == "stop"]
    shelf = {"by": "x", "reason": "quiet", "since_ms": T0, "until_ms": T0 + S}
    stop |= {"state": state, "shelf": shelf if state == "shelved" else None}
    with pytest.raises(InputError, match=f"stop is never {state}") as refused:
        parse_book(json.dumps(value).encode(), "alarms.json")
    assert refused.value.at_fault == "the author of alarms.json"
    assert refused.value.where == "alarms[stop|track:stop]"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shelf": None, "state": "shelved"}, "a shelf is for shelved alarms"),
        ({"acknowledged": None, "state": "acknowledged", "shelf": None}, "nobody acknowledged"),
        ({"active": True, "state": "returned", "shelf": None}, "its condition holds"),
        ({"peak": "info", "state": "unacknowledged", "shelf": None}, "info is no alarm"),
        ({"flood": True, "state": "unacknowledged", "shelf": None}, "no flood gathers it"),
    ],
)
def test_a_state_that_no_book_can_be_in_is_refused(wrong: dict[str, Any], words: str) -> None:
    value = members()
    (loss,) = [a for a in value["alarms"] if a["shelf"]]
    loss |= wrong
    with pytest.raises(InputError, match=words):
        parse_book(json.dumps(value).encode(), "alarms.json")


def test_an_alarm_stands_once() -> None:
    value = members()
    value["alarms"].append(value["alarms"][0])
    with pytest.raises(InputError, match="it stands twice"):
        parse_book(json.dumps(value).encode(), "alarms.json")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (["format"], "parley/alarm-book/v2"),
        (["at_ms"], 1.5),
        (["at_ms"], True),
        (["dropped"], -1),
        (["extra"], 1),
        (["flood"], []),
        (["alarms", 0, "state"], "gone"),
        (["alarms", 0, "count"], "1"),
        (["alarms", 0, "finding", "kind"], "ufo"),
        (["alarms", 0, "finding", "level"], 3),
        (["alarms", 0, "finding", "measures"], {"a": 2**53}),
        (["alarms", 0, "reason"], "x"),
        (["tally", "minutes"], [[1, 2, 3]]),
        (["tally", "seconds"], [[1]]),
    ],
)
def test_what_is_no_alarm_book_is_refused_with_its_place(path: list[Any], wrong: object) -> None:
    value: Any = members()
    inner = value
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = wrong
    with pytest.raises(FormatError) as refused:
        parse_book(json.dumps(value).encode(), "alarms.json")
    assert refused.value.at_fault == "the author of alarms.json"
    assert refused.value.right


def test_what_could_not_be_read_again_is_not_written() -> None:
    state = busy().snapshot()
    first = replace(state.alarms[0], count=2**60)
    with pytest.raises(FormatError, match="refused"):
        format_book(replace(state, alarms=(first,)))


def test_what_is_an_event_by_todays_table_is_left_out() -> None:
    state = busy().snapshot()
    quiet = replace(state.alarms[0].finding, kind=Kind.TRACK_LOST, level=Level.ADVISORY)
    alarm = replace(state.alarms[0], finding=quiet, peak=Level.WARNING)
    book = AlarmBook.restore(RULES, replace(state, alarms=(alarm,)))
    assert book.snapshot().alarms == ()


_BYTES = format_book(busy().snapshot())


@given(st.integers(0, len(_BYTES)), st.binary(max_size=6), st.integers(0, 40))
@example(0, b"", 0)
@example(0, b"\xff", 0)
def test_hostile_bytes_bring_out_nothing_but_the_tree_of_errors(
    at: int, put: bytes, cut: int
) -> None:
    data = _BYTES[:at] + put + _BYTES[at + cut :]
    try:
        state = parse_book(data, "alarms.json")
        book = AlarmBook.restore(RULES, state)
    except ParleyError:
        return
    book.step([STOP], T0 + 10 * S)
    assert any(a.finding.kind is Kind.STOP for a in book.standing())
    book.rates(T0 + 10 * S)
