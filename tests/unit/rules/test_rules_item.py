"""The record of an item: its author's numbering, and no matter who else was first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parley.errors import ProtocolError
from parley.rules import item as items
from parley.rules.acknowledgement import expected_read_back
from parley.rules.item import ItemRecord
from parley.rules.lifecycle import State
from parley.rules.statements import (
    Answer,
    ItemEvent,
    Notice,
    Phase,
    Report,
    Rung,
    Step,
    Stop,
)
from parley.space import Area
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import disc, header, minutes, notice, place, three_sided

AGREEMENT = three_sided()
ANSWERERS = ("amber", "green")


def event(step: Step, version: int, *, at_min: float = 1, by: str = "blue") -> ItemEvent:
    return ItemEvent(header(by, at_min=at_min), "blue-1", version, step)


def answer(by: str, rung: Rung, number: int, words: Notice | None = None) -> Answer:
    back = expected_read_back(words) if words is not None and rung is Rung.READ_BACK else None
    version = words.version if words is not None else 1
    return Answer(header(by), "blue-1", version, number, rung, back)


def opened(**how: object) -> ItemRecord:
    return items.open_item(AGREEMENT, notice(disc(), **how))  # type: ignore[arg-type]


def test_released_before_its_window_and_after_the_fact_from_the_first_millisecond() -> None:
    words = notice(disc(span=minutes(0, 60)))
    assert items.open_item(AGREEMENT, words).state is State.RELEASED
    late = replace(words, header=replace(words.header, at_ms=DAWN_MS + 1))
    assert items.open_item(AGREEMENT, late).state is State.AFTER_THE_FACT


def test_observer_has_no_standing_and_is_not_asked() -> None:
    record = opened()
    assert [s.party for s in record.standings] == ["amber", "green"]
    with pytest.raises(ProtocolError, match="not addressed to 'white'"):
        items.apply_answer(AGREEMENT, record, answer("white", Rung.READ, 1))


def test_notified_by_all_receipts_and_acknowledged_by_all_acceptances() -> None:
    record = opened()
    record = items.apply_receipt(record, "green", 1, DAWN_MS)
    assert record.state is State.RELEASED
    record = items.apply_receipt(record, "amber", 1, DAWN_MS)
    assert record.state is State.NOTIFIED
    for party in ANSWERERS:
        assert record.state is State.NOTIFIED
        for number, rung in enumerate((Rung.READ, Rung.ACCEPTED), 1):
            record = items.apply_answer(AGREEMENT, record, answer(party, rung, number))
    assert record.state is State.ACKNOWLEDGED


def test_receipt_is_not_approval_and_no_answer_is_more_than_its_own() -> None:
    record = opened()
    for party in ANSWERERS:
        record = items.apply_receipt(record, party, 1, DAWN_MS)
    assert {s.rung for s in record.standings} == {Rung.RECEIVED}
    record = items.apply_answer(AGREEMENT, record, answer("green", Rung.READ, 1))
    assert record.standing("amber").rung is Rung.RECEIVED


def test_second_receipt_does_not_move_the_first() -> None:
    record = items.apply_receipt(opened(), "green", 1, DAWN_MS)
    again = items.apply_receipt(record, "green", 1, DAWN_MS + 5)
    assert again.standing("green").received_ms == DAWN_MS
    assert items.apply_receipt(record, "amber", 2, DAWN_MS) == record


def test_new_words_ask_everybody_again() -> None:
    record = opened()
    for party in ANSWERERS:
        record = items.apply_receipt(record, party, 1, DAWN_MS)
    record = items.amend(AGREEMENT, record, notice(disc(5_000), version=2))
    assert record.state is State.RELEASED
    assert {(s.rung, s.received_ms, s.version) for s in record.standings} == {
        (Rung.RECEIVED, -1, 2)
    }
    with pytest.raises(ProtocolError, match="answer to version 1") as caught:
        items.apply_answer(AGREEMENT, record, answer("green", Rung.READ, 1))
    assert "version 2" in caught.value.right


def test_time_alone_makes_a_notice_active_at_its_start() -> None:
    record = opened()
    start_ms = DAWN_MS + 120 * 60_000
    assert items.state_at(record, start_ms - 1) is State.RELEASED
    assert items.state_at(record, start_ms) is State.ACTIVE


@pytest.mark.parametrize("at_min", [0, 119, 120, 150, 200])
def test_author_may_say_active_before_at_and_behind_the_start_but_once(at_min: float) -> None:
    record = items.apply_event(opened(), event(Step.ACTIVATE, 2, at_min=at_min))
    assert record.state is State.ACTIVE
    with pytest.raises(ProtocolError, match="cannot activate"):
        items.apply_event(record, event(Step.ACTIVATE, 3, at_min=at_min))


def test_cancelled_before_the_start_and_not_at_it() -> None:
    cancelled = items.apply_event(opened(), event(Step.CANCEL, 2, at_min=119.999))
    assert (cancelled.state, cancelled.closed) == (State.CANCELLED, True)
    assert cancelled.closed_ms == DAWN_MS + 7_199_940
    with pytest.raises(ProtocolError, match="active: it cannot cancel"):
        items.apply_event(opened(), event(Step.CANCEL, 2, at_min=120))


def test_notice_that_had_begun_cannot_be_moved_and_then_cancelled() -> None:
    moved = notice(disc(span=minutes(300, 360)), version=2, at_min=121)
    record = items.amend(AGREEMENT, opened(), moved)
    assert record.state is State.ACTIVE
    with pytest.raises(ProtocolError, match="cannot cancel"):
        items.apply_event(record, event(Step.CANCEL, 3, at_min=122))
    assert items.apply_event(record, event(Step.ALL_CLEAR, 3, at_min=122)).closed


def test_nothing_follows_an_all_clear() -> None:
    record = items.apply_event(opened(), event(Step.ALL_CLEAR, 2, at_min=130))
    assert record.state is State.ALL_CLEAR
    for step in Step:
        with pytest.raises(ProtocolError, match="closed"):
            items.apply_event(record, event(step, 3, at_min=131))
    with pytest.raises(ProtocolError, match="closed"):
        items.amend(AGREEMENT, record, notice(disc(), version=3))


@pytest.mark.parametrize("version", [1, 3])
def test_authors_statements_are_numbered_in_turn(version: int) -> None:
    with pytest.raises(ProtocolError, match="out of turn"):
        items.amend(AGREEMENT, opened(), notice(disc(), version=version))
    with pytest.raises(ProtocolError, match="out of turn"):
        items.apply_event(opened(), event(Step.ACTIVATE, version))
    with pytest.raises(ProtocolError, match="out of turn"):
        opened(version=2)


def test_only_the_author_changes_an_item() -> None:
    with pytest.raises(ProtocolError, match="belongs to 'blue', not to 'green'"):
        items.apply_event(opened(), event(Step.CANCEL, 2, by="green"))
    taken = replace(notice(disc(), by="green", version=2), item="blue-1")
    with pytest.raises(ProtocolError, match="belongs to 'blue'"):
        items.amend(AGREEMENT, opened(), taken)


def test_new_words_keep_kind_addressees_and_exercise_mark() -> None:
    words = notice(disc(), version=2)
    fewer = replace(words, header=replace(words.header, to=("green",)))
    real = replace(words, header=replace(words.header, exercise=True))
    other = Stop(words.header, "blue-1", 2, None)
    for changed in (fewer, real, other):
        with pytest.raises(ProtocolError, match="another kind or other addressees"):
            items.amend(AGREEMENT, opened(), changed)


def test_all_addressees_learn_of_an_all_clear_or_none() -> None:
    said = event(Step.ALL_CLEAR, 2, at_min=130)
    some = replace(said, header=replace(said.header, to=("green",)))
    with pytest.raises(ProtocolError, match="goes to green") as caught:
        items.apply_event(opened(), some)
    assert "amber, green, white" in caught.value.right


def test_stop_is_lifted_by_its_author_only_and_knows_no_other_step() -> None:
    record = items.open_item(AGREEMENT, Stop(header(), "blue-1", 1, None))
    assert record.state is State.RAISED
    for step in (Step.ACTIVATE, Step.CANCEL):
        with pytest.raises(ProtocolError, match=f"cannot {step.value}"):
            items.apply_event(record, event(step, 2))
    assert items.apply_event(record, event(Step.ALL_CLEAR, 2)).state is State.LIFTED


def test_report_that_a_third_party_ceased_closes_it() -> None:
    area = Area.circle(place(), 1_000)
    engaged = Report(header(), "blue-1", 1, "battery", Phase.OPEN, DAWN_MS, area)
    record = items.open_item(AGREEMENT, engaged)
    again = items.amend(AGREEMENT, record, replace(engaged, version=2))
    assert again.state is State.RAISED
    ceased = replace(engaged, version=3, phase=Phase.CEASED, header=header(at_min=9))
    record = items.amend(AGREEMENT, again, ceased)
    assert (record.state, record.closed_ms) == (State.LIFTED, DAWN_MS + 540_000)


@pytest.mark.parametrize(
    ("item_id", "owner"), [("blue-1", "blue"), ("blue-2-1", "blue-2"), ("red-1", ""), ("blue", "")]
)
def test_item_belongs_to_the_longest_name_it_carries(item_id: str, owner: str) -> None:
    second = replace(AGREEMENT.parties[0], id="blue-2")
    agreement = replace(AGREEMENT, parties=(*AGREEMENT.parties, second))
    assert items.owner_of(agreement, item_id) == owner


class Interleavings(RuleBasedStateMachine):
    """Two observers of one notice hear the same parties, each party in its own order, but not
    the parties in the same order. What crossed newer words counts for nobody."""

    @initialize()
    def post(self) -> None:
        self.words = notice(disc(), kind="live-activity")
        record = items.open_item(AGREEMENT, self.words)
        self.records = [record, record]
        self.said: dict[str, list[object]] = {"blue": [], "amber": [], "green": []}
        self.heard = [dict.fromkeys(self.said, 0) for _ in self.records]
        self.truth = record

    def say(self, party: str, said: object) -> None:
        try:
            self.truth = apply(self.truth, said)
        except ProtocolError:
            return
        self.said[party].append(said)

    @rule(step=st.sampled_from(Step), at_min=st.sampled_from((1, 130)))
    def author_steps(self, step: Step, at_min: float) -> None:
        self.say("blue", event(step, self.truth.version + 1, at_min=at_min))

    @rule(north_m=st.integers(0, 3), at_min=st.sampled_from((1, 130)))
    def author_amends(self, north_m: int, at_min: float) -> None:
        version = self.truth.version + 1
        words = notice(disc(north_m), kind="live-activity", version=version, at_min=at_min)
        self.say("blue", words)

    @rule(party=st.sampled_from(ANSWERERS), rung=st.sampled_from(Rung), wrong=st.booleans())
    def answer(self, party: str, rung: Rung, wrong: bool) -> None:
        words = self.truth.content
        assert isinstance(words, Notice)
        said = answer(party, rung, self.truth.standing(party).number + 1, words)
        if wrong and said.read_back is not None:
            said = replace(said, read_back=replace(said.read_back, floor_m=7))
        self.say(party, said)

    @rule(party=st.sampled_from(ANSWERERS), at_min=st.integers(0, 3))
    def receipt(self, party: str, at_min: int) -> None:
        told = (party, self.truth.content.version, DAWN_MS + at_min)
        if told not in self.said[party]:
            self.say(party, told)

    @rule(who=st.integers(0, 1), party=st.sampled_from(("blue", *ANSWERERS)))
    def hear(self, who: int, party: str) -> None:
        done = self.heard[who][party]
        if done == len(self.said[party]):
            return
        said = self.said[party][done]
        version = said[1] if isinstance(said, tuple) else getattr(said, "version", 0)
        in_force = self.records[who].content.version
        if party != "blue" and version > in_force:
            return  # it would be held until the words come
        self.heard[who][party] = done + 1
        if party == "blue" or version == in_force:
            self.records[who] = apply(self.records[who], said)

    @precondition(lambda self: any(self.said.values()))
    @rule()
    def hear_all(self) -> None:
        for who in (0, 1):
            for _ in range(2 * sum(len(s) for s in self.said.values())):
                for party in ("green", "blue", "amber") if who else ("blue", "amber", "green"):
                    self.hear(who, party)
            assert self.heard[who] == {p: len(s) for p, s in self.said.items()}
            assert self.records[who] == self.truth

    @invariant()
    def closed_is_for_ever(self) -> None:
        for record in getattr(self, "records", ()):
            assert record.closed == (record.closed_ms >= 0)


def apply(record: ItemRecord, said: object) -> ItemRecord:
    if isinstance(said, Notice):
        return items.amend(AGREEMENT, record, said)
    if isinstance(said, ItemEvent):
        return items.apply_event(record, said)
    if isinstance(said, Answer):
        return items.apply_answer(AGREEMENT, record, said)
    assert isinstance(said, tuple)
    return items.apply_receipt(record, *said)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
