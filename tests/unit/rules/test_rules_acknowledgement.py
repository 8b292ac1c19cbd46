"""The ladder: its order, the read-back, the timers and who is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parley.errors import ProtocolError
from parley.rules import acknowledgement as ack
from parley.rules.acknowledgement import LADDER, Standing, climb, expected_read_back
from parley.rules.agreement import Escalation, Timers
from parley.rules.findings import Finding, Kind, Level
from parley.rules.statements import Answer, Notice, ReadBack, Rung
from parley.testing.clock import DAWN_MS
from parley.testing.rules_strategies import disc, header, minutes, notice, three_sided

AGREEMENT = three_sided()
NOTICE = notice(disc(), disc(band_m=(500.5, 900)), kind="live-activity", place_id="lake")
TIMERS = Timers(60, 120, 300, (Escalation(60, "chief"), Escalation(180, "minister")))


def answer(
    rung: Rung, number: int = 1, *, back: ReadBack | None = None, at_min: float = 1
) -> Answer:
    return Answer(header("green", at_min=at_min), "blue-1", 1, number, rung, back)


def right() -> ReadBack:
    return expected_read_back(NOTICE)


def at(rung: Rung, **more: object) -> Standing:
    return replace(Standing("green", 1, rung, 0), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("before", Rung)
@pytest.mark.parametrize("following", Rung)
def test_every_pair_of_rungs_follows_or_is_refused_with_those_that_do(
    before: Rung, following: Rung
) -> None:
    back = right() if following is Rung.READ_BACK else None
    standing = at(before, read_back_done=True)
    if following in LADDER[before]:
        after = climb(standing, answer(following, back=back), notice=NOTICE, needs_read_back=True)
        assert (after.rung, after.number, after.role) == (following, 1, "duty")
        return
    with pytest.raises(ProtocolError) as caught:
        climb(standing, answer(following, back=back), notice=NOTICE, needs_read_back=True)
    assert all(rung.value in caught.value.right for rung in LADDER[before])
    assert caught.value.at_fault == "party green"


def test_nobody_climbs_to_received_and_reading_comes_first() -> None:
    assert not any(Rung.RECEIVED in following for following in LADDER.values())
    assert LADDER[Rung.RECEIVED] == {Rung.READ}


@pytest.mark.parametrize("number", [0, 2, 7])
def test_answers_are_numbered_in_turn(number: int) -> None:
    with pytest.raises(ProtocolError, match="out of turn") as caught:
        climb(at(Rung.RECEIVED), answer(Rung.READ, number), notice=NOTICE, needs_read_back=True)
    assert caught.value.right == "number 1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_ms", DAWN_MS),
        ("end_ms", DAWN_MS + 1),
        ("floor_m", 501),
        ("ceiling_m", 2_001),
        ("place", ""),
    ],
)
def test_each_value_read_back_wrongly_is_named_and_leaves_its_author_on_read(
    name: str, value: object
) -> None:
    said = replace(right(), **{name: value})  # type: ignore[arg-type]
    standing = at(Rung.READ, read_ms=DAWN_MS)
    after = climb(standing, answer(Rung.READ_BACK, back=said), notice=NOTICE, needs_read_back=True)
    assert (after.rung, after.mismatch, after.read_back_done) == (Rung.READ, (name,), False)
    (found,) = ack.answer_findings("notice:blue-1", "blue", after, DAWN_MS + 1)
    assert (found.kind, found.level) == (Kind.READ_BACK_MISMATCH, Level.WARNING)
    assert found.codes == (name,)
    assert found.parties == ("blue", "green")
    assert found.refs == ("notice:blue-1", "party:green")


def test_right_read_back_after_a_wrong_one_clears_it() -> None:
    wrong = replace(right(), floor_m=0)
    standing = climb(
        at(Rung.READ), answer(Rung.READ_BACK, back=wrong), notice=NOTICE, needs_read_back=True
    )
    standing = climb(
        standing, answer(Rung.READ_BACK, 2, back=right()), notice=NOTICE, needs_read_back=True
    )
    assert (standing.rung, standing.mismatch, standing.read_back_done) == (
        Rung.READ_BACK,
        (),
        True,
    )
    assert ack.answer_findings("notice:blue-1", "blue", standing, DAWN_MS) == []


def test_wrong_read_back_after_a_right_one_takes_it_back() -> None:
    standing = at(Rung.READ_BACK, read_back_done=True)
    wrong = replace(right(), place="")
    standing = climb(
        standing, answer(Rung.READ_BACK, back=wrong), notice=NOTICE, needs_read_back=True
    )
    assert not standing.read_back_done
    with pytest.raises(ProtocolError, match="without a right read-back"):
        climb(standing, answer(Rung.ACCEPTED, 2), notice=NOTICE, needs_read_back=True)


def test_hull_of_bands_is_read_back_in_whole_metres_outward() -> None:
    assert right() == ReadBack(DAWN_MS + 120 * 60_000, DAWN_MS + 180 * 60_000, 500, 2_000, "lake")
    below = notice(disc(band_m=(-12.5, -0.5)))
    assert (expected_read_back(below).floor_m, expected_read_back(below).ceiling_m) == (-13, 0)


@pytest.mark.parametrize("rung", [Rung.READ, Rung.OBJECTED, Rung.UNABLE])
def test_acceptance_needs_the_read_back_where_the_class_does(rung: Rung) -> None:
    accepted = answer(Rung.ACCEPTED)
    with pytest.raises(ProtocolError, match="without a right read-back"):
        climb(at(rung), accepted, notice=NOTICE, needs_read_back=True)
    assert climb(at(rung), accepted, notice=NOTICE, needs_read_back=False).rung is Rung.ACCEPTED


@pytest.mark.parametrize("rung", [Rung.OBJECTED, Rung.UNABLE])
def test_no_party_needs_a_read_back_to_object_and_it_is_said(rung: Rung) -> None:
    after = climb(at(Rung.READ), answer(rung), notice=NOTICE, needs_read_back=True)
    (found,) = ack.answer_findings("notice:blue-1", "blue", after, DAWN_MS + 600_000)
    assert (found.kind, found.codes) == (Kind.OBJECTION, (rung.value,))
    assert (found.from_ms, found.until_ms) == (DAWN_MS + 60_000, DAWN_MS + 600_000)


@pytest.mark.parametrize(
    ("rung", "words", "back"),
    [
        (Rung.READ_BACK, NOTICE, None),
        (Rung.READ, NOTICE, right()),
        (Rung.READ_BACK, None, right()),
    ],
)
def test_read_back_has_values_exactly_where_there_is_something_to_read_back(
    rung: Rung, words: Notice | None, back: ReadBack | None
) -> None:
    before = Rung.READ if rung is Rung.READ_BACK else Rung.RECEIVED
    with pytest.raises(ProtocolError, match="wrong read-back"):
        climb(at(before), answer(rung, back=back), notice=words, needs_read_back=False)


def overdue(
    standing: Standing, now_ms: int, *, needs: bool = True, urgent: bool = False
) -> Finding | None:
    return ack.unacknowledged(
        "notice:blue-1",
        "blue",
        standing,
        TIMERS,
        told_ms=DAWN_MS,
        until_ms=DAWN_MS + 10**7,
        needs_read_back=needs,
        urgent=urgent,
        now_ms=now_ms,
    )


@pytest.mark.parametrize(
    ("rung", "needs", "owed", "due_s"),
    [
        (Rung.RECEIVED, True, "read", 60),
        (Rung.READ, True, "read-back", 120),
        (Rung.READ, False, "accepted", 300),
        (Rung.READ_BACK, True, "accepted", 300),
    ],
)
@pytest.mark.parametrize("received_ms", [-1, DAWN_MS, DAWN_MS + 5_000])
def test_rung_is_overdue_one_millisecond_behind_its_time(
    rung: Rung, needs: bool, owed: str, due_s: int, received_ms: int
) -> None:
    standing = at(rung, received_ms=received_ms)
    due_ms = max(received_ms, DAWN_MS) + 1000 * due_s
    assert overdue(standing, due_ms, needs=needs) is None
    found = overdue(standing, due_ms + 1, needs=needs)
    assert found is not None
    assert (found.kind, found.level) == (Kind.UNACKNOWLEDGED, Level.ADVISORY)
    assert found.codes == (f"owes:{owed}",)
    assert found.from_ms == due_ms
    assert found.measured == {"received": int(received_ms >= 0)}


def test_escalation_adds_its_role_behind_its_time_and_changes_nothing_in_between() -> None:
    standing = at(Rung.RECEIVED, received_ms=DAWN_MS)
    due_ms = DAWN_MS + 60_000
    instants = [due_ms + 1, due_ms + 59_999, due_ms + 60_000]
    assert len({overdue(standing, now) for now in instants}) == 1
    escalated = overdue(standing, due_ms + 60_001)
    assert escalated is not None
    assert escalated.codes == ("escalate:chief", "owes:read")
    assert escalated.level is Level.WARNING
    assert overdue(standing, due_ms + 180_000) == escalated
    twice = overdue(standing, due_ms + 180_001)
    assert twice is not None
    assert twice.codes == ("escalate:chief", "escalate:minister", "owes:read")
    assert overdue(standing, due_ms + 10**9) == twice


@pytest.mark.parametrize("rung", sorted(ack.ANSWERED))
def test_who_has_answered_owes_nothing(rung: Rung) -> None:
    assert overdue(at(rung), DAWN_MS + 10**9) is None


def test_urgent_items_are_urgent_at_once() -> None:
    found = overdue(at(Rung.RECEIVED), DAWN_MS + 60_001, urgent=True)
    assert found is not None
    assert found.level is Level.URGENT


def test_timers_are_those_of_the_class_or_the_urgent_ones() -> None:
    assert ack.timers_for(AGREEMENT, notice(disc())) == (AGREEMENT.classes[0].timers, False)
    assert ack.timers_for(AGREEMENT, NOTICE) == (AGREEMENT.classes[1].timers, True)
    assert ack.timers_for(AGREEMENT, None) == (AGREEMENT.urgent, False)


def test_window_of_the_notice_is_what_is_read_back() -> None:
    words = notice(disc(span=minutes(30, 40)), disc(span=minutes(10, 20)))
    assert expected_read_back(words).start_ms == DAWN_MS + 600_000
    assert expected_read_back(words).end_ms == DAWN_MS + 2_400_000
