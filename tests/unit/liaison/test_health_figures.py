"""Percentiles, closed periods, and figures of facts made by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.health.facts import (
    Answered,
    Facts,
    FindingSeen,
    LinkSeen,
    PaperSaid,
    Receipted,
    Stepped,
    Told,
)
from parley.liaison.health.figures import Figure, Health, Period, ranked, share
from parley.liaison.health.measure import measure
from parley.liaison.health.reconcile import Agreed, reconcile
from parley.testing.agreements import HOUR_MS, small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
DAY = Period(DAWN_MS, DAWN_MS + 24 * HOUR_MS)
ASKED_MS = DAY.until_ms + HOUR_MS


def told(
    n: int, at_ms: int, *, by: str = "blue", lead_ms: int = HOUR_MS, version: int = 1,
    exercise: bool = False,
) -> Told:  # fmt: skip
    to = ("green",) if by == "blue" else ("blue",)
    start = at_ms + lead_ms
    return Told(
        "notice", f"{by}-{n}", version, by, to, at_ms, exercise, "transit", start, start + 1
    )


def of(facts: Facts, period: Period = DAY, party: str = "blue") -> Health:
    return measure(AGREEMENT, facts, period, asked_ms=ASKED_MS)


@given(st.lists(st.integers(-(10**9), 10**12), min_size=1, max_size=60), st.integers(1, 1000))
def test_a_percentile_is_a_measured_value_that_enough_do_not_exceed(
    values: list[int], permille: int
) -> None:
    found = ranked(values, permille)
    assert found in values
    assert 1000 * sum(v <= found for v in values) >= permille * len(values)
    less = [v for v in values if v < found]
    assert 1000 * len(less) < permille * len(values)


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 1000), st.integers(1, 1000))
def test_a_higher_percentile_is_never_less(values: list[int], one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert ranked(values, low) <= ranked(values, high)


def test_no_value_has_no_percentile() -> None:
    with pytest.raises(InputError, match="0 values"):
        ranked([], 500)
    assert share("lead", "a>b", "kept", 0, 0, "none").value is None


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match="period"):
        Period(2, 1)


@given(st.integers(-2, 2), st.sampled_from([DAY.from_ms, DAY.until_ms]))
def test_both_ends_of_a_period_belong_to_it(beside: int, end_ms: int) -> None:
    at_ms = end_ms + beside
    found = of(Facts("blue", told=(told(1, at_ms),)))
    inside = DAY.from_ms <= at_ms <= DAY.until_ms
    assert found.value("notices", "blue>green", "new") == int(inside)


@given(st.lists(st.tuples(st.integers(0, 23), st.booleans()), max_size=20))
def test_two_halves_of_a_day_hold_together_what_the_day_holds(
    said: list[tuple[int, bool]],
) -> None:
    facts = Facts(
        "blue",
        told=tuple(
            told(n, DAWN_MS + hour * HOUR_MS, by="blue" if blue else "green")
            for n, (hour, blue) in enumerate(said)
        ),
    )
    noon = DAWN_MS + 12 * HOUR_MS
    parts = (Period(DAWN_MS, noon - 1), Period(noon, DAY.until_ms))
    for way in ("blue>green", "green>blue"):
        halves = [of(facts, part).value("notices", way, "new") or 0 for part in parts]
        assert sum(halves) == of(facts).value("notices", way, "new")


@given(st.permutations(range(6)))
def test_the_order_in_which_things_arrived_changes_nothing(order: list[int]) -> None:
    notices = [told(n, DAWN_MS + n * 1000) for n in range(6)]
    receipts = [Receipted(f"blue-{n}", 1, "green", DAWN_MS + n * 2000) for n in range(6)]
    answers = [Answered(f"blue-{n}", 1, "green", 1, "read", DAWN_MS + 9000) for n in range(6)]
    straight = Facts("blue", tuple(notices), (), tuple(receipts), tuple(answers))
    mixed = Facts(
        "blue",
        tuple(notices[n] for n in order),
        (),
        tuple(receipts[n] for n in order),
        tuple(answers[n] for n in order),
    )
    assert of(straight) == of(mixed)


def test_a_copy_for_each_addressee_is_one_notice() -> None:
    facts = Facts("blue", told=(told(1, DAWN_MS), told(1, DAWN_MS)))
    assert of(facts).value("notices", "blue>green", "new") == 1


def test_exercises_are_counted_apart_and_nowhere_else() -> None:
    found = of(Facts("blue", told=(told(1, DAWN_MS, exercise=True),)))
    assert found.value("notices", "blue>green", "exercise") == 1
    assert found.value("notices", "blue>green", "new") == 0
    assert not found.rows


def test_exactly_the_lead_time_that_the_rule_asks_for_is_kept() -> None:
    lead_ms = 1_800_000
    facts = Facts(
        "blue",
        told=(told(1, DAWN_MS, lead_ms=lead_ms), told(2, DAWN_MS, lead_ms=lead_ms - 1)),
        receipted=tuple(Receipted(f"blue-{n}", 1, "green", DAWN_MS) for n in (1, 2)),
    )
    found = of(facts)
    assert [row.verdict for row in found.rows] == ["timely", "late"]
    assert found.value("lead", "blue>green", "kept-share") == 500


def test_an_answer_exactly_when_it_is_due_is_in_time() -> None:
    due_ms = DAWN_MS + 300_000
    facts = Facts(
        "blue",
        told=(told(1, DAWN_MS), told(2, DAWN_MS), told(3, DAWN_MS)),
        receipted=tuple(Receipted(f"blue-{n}", 1, "green", DAWN_MS) for n in (1, 2, 3)),
        answered=(
            Answered("blue-1", 1, "green", 1, "read", DAWN_MS),
            Answered("blue-1", 1, "green", 2, "accepted", due_ms),
            Answered("blue-2", 1, "green", 1, "read", DAWN_MS),
            Answered("blue-2", 1, "green", 2, "accepted", due_ms + 1),
        ),
    )
    found = of(facts)
    assert found.value("answers", "blue>green", "in-time") == 1
    assert found.value("answers", "blue>green", "in-time-of") == 3
    assert found.value("answers", "blue>green", "answered-never") == 1


def test_what_newer_words_overtook_was_not_left_unanswered() -> None:
    facts = Facts("blue", told=(told(1, DAWN_MS), told(1, DAWN_MS + 1000, version=2)))
    found = of(facts)
    assert found.value("answers", "blue>green", "overtaken") == 1
    assert found.value("answers", "blue>green", "read-never") == 1


def test_an_answer_that_the_ladder_does_not_allow_counts_nothing() -> None:
    facts = Facts(
        "blue",
        told=(told(1, DAWN_MS),),
        receipted=(Receipted("blue-1", 1, "green", DAWN_MS),),
        answered=(Answered("blue-1", 1, "green", 1, "accepted", DAWN_MS + 5),),
    )
    assert of(facts).value("answers", "blue>green", "accepted") == 0


def test_a_wrong_read_back_is_none() -> None:
    facts = Facts(
        "blue",
        told=(told(1, DAWN_MS),),
        receipted=(Receipted("blue-1", 1, "green", DAWN_MS),),
        answered=(
            Answered("blue-1", 1, "green", 1, "read", DAWN_MS + 5),
            Answered("blue-1", 1, "green", 2, "read-back", DAWN_MS + 9, right=False),
        ),
    )
    assert of(facts).value("answers", "blue>green", "read-back") == 0
    right = facts.answered[0], Answered("blue-1", 1, "green", 2, "read-back", DAWN_MS + 9)
    again = Facts("blue", facts.told, (), facts.receipted, right)
    assert of(again).value("answers", "blue>green", "read-back-median") == 9


def test_outages_are_cut_to_the_period_and_the_longest_is_named() -> None:
    before, hour = DAWN_MS - HOUR_MS, HOUR_MS
    links = (
        LinkSeen("green", False, before),
        LinkSeen("green", True, DAWN_MS + hour),
        LinkSeen("green", False, DAWN_MS + 2 * hour),
        LinkSeen("green", True, DAWN_MS + 5 * hour),
        LinkSeen("green", False, DAY.until_ms - hour),
    )
    found = of(Facts("blue", links=links))
    assert found.value("outages", "blue~green", "link") == 3
    assert found.value("outages", "blue~green", "link-total") == 5 * hour
    assert found.value("outages", "blue~green", "link-longest") == 3 * hour
    assert [o.open for o in found.outages] == [False, False, True]
    white = next(f for f in found.figures if f.of == "blue~white")
    assert (white.value, white.why) == (None, "no link event held")


def test_distress_is_counted_with_the_time_until_it_was_said_and_received() -> None:
    said = Told(
        "distress", "blue-1", 1, "blue", ("green",), DAWN_MS + 9000, False, since_ms=DAWN_MS
    )
    facts = Facts("blue", (said,), (), (Receipted("blue-1", 1, "green", DAWN_MS + 10_000),))
    found = of(facts)
    assert found.value("urgent", "blue>green", "distress") == 1
    assert found.value("urgent", "blue>green", "distress-passed-on-longest") == 9000
    assert found.value("urgent", "blue>green", "distress-received-median") == 1000
    lifted = Facts("blue", (said,), (Stepped("blue-1", 2, "blue", DAWN_MS + 20_000, "all-clear"),))
    assert of(facts).value("open", "blue", "distress") == 1
    assert of(lifted).value("open", "blue", "distress") == 0


def test_mismatches_of_declared_places_are_counted_by_sender() -> None:
    seen = FindingSeen(
        "declared-place-mismatch", True, DAWN_MS, "k", ("notice:green-1",), ("green",)
    )
    found = of(Facts("blue", findings=(seen,), standing=(seen,)))
    assert found.value("truth", "green|blue", "declared-place-mismatch") == 1
    assert found.value("truth", "blue|blue", "declared-place-mismatch") == 0
    assert found.value("findings", "blue", "declared-place-mismatch-opened") == 1


def test_a_ratio_to_nothing_has_no_number() -> None:
    found = of(Facts("blue", told=(told(1, DAWN_MS),)))
    ratio = next(f for f in found.figures if f.name == "notices-ratio")
    assert ratio.value is None
    assert "none the other way" in ratio.why
    assert found.value("reciprocity", "blue<>green", "notices-difference") == 1


def test_three_hundred_and_ten_against_twenty_five_stand_beside_each_other() -> None:
    ours = of(Facts("blue", told=tuple(told(n, DAWN_MS + n) for n in range(310))))
    theirs = measure(
        AGREEMENT,
        Facts("green", told=tuple(told(n, DAWN_MS + n) for n in range(25))),
        DAY,
        asked_ms=ASKED_MS,
    )
    lines = {(x.section, x.of, x.name): x for x in reconcile(ours, theirs)}
    line = lines["notices", "blue>green", "new"]
    assert (line.ours, line.theirs, line.agreed) == (310, 25, Agreed.DIFFERS)
    own = lines["truth", "green|blue", "declared-place-mismatch"]
    assert own.agreed is Agreed.ONE_SIDE
    assert own.why_theirs == "no such line in this file"


def test_figures_of_other_periods_are_not_compared() -> None:
    ours = of(Facts("blue"))
    other = measure(AGREEMENT, Facts("green"), Period(0, 1), asked_ms=2)
    with pytest.raises(InputError, match="period"):
        reconcile(ours, other)
    with pytest.raises(InputError, match="both files"):
        reconcile(ours, ours)


def test_every_figure_has_a_value_or_says_why() -> None:
    for figure in of(Facts("blue")).figures:
        assert isinstance(figure, Figure)
        assert (figure.value is None) == bool(figure.why), figure


def test_an_open_promise_is_overdue_behind_its_date() -> None:
    words = (("state", "open"), ("due_ms", DAY.until_ms - 1))
    paper = PaperSaid("commitment", "blue-9", 1, "blue", ("green",), DAWN_MS, False, False, words)
    found = of(Facts("blue", papers=(paper,)))
    assert [(o.ref, o.overdue) for o in found.open] == [("commitment:blue-9", True)]


def test_what_two_others_said_is_counted_only_as_far_as_we_were_told() -> None:
    notice = Told(
        "notice", "green-1", 1, "green", ("blue", "white"), DAWN_MS, False, "transit", 1, 2
    )
    found = measure(AGREEMENT, Facts("white", (notice,)), DAY, asked_ms=ASKED_MS)
    assert found.value("notices", "green>blue|white", "new") == 1
    assert found.value("notices", "green>blue", "new") is None
    assert found.value("notices", "green>white", "new") == 1
    assert not [f for f in found.figures if f.section == "reciprocity"]
