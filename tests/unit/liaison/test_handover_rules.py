"""The rules of a handover: both sign, nothing that is open is ever lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, ProtocolError
from parley.liaison.handover import rules
from parley.liaison.handover.contents import (
    MOST_OPEN,
    Handover,
    ItemNote,
    OpenLine,
    Stage,
    Urgency,
)
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import PaperRecord, amended, first
from parley.rules.statements import Header
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
MUCH = 60_000

lines = st.builds(
    OpenLine,
    st.sampled_from(["alarm", "answer-owed", "paper-open"]),
    st.integers(0, 300).map(lambda n: f"notice:blue-{n}"),
    st.text("ab Привет", max_size=40),
    st.sampled_from(list(Urgency)),
    st.just("open"),
)
many = st.lists(lines, max_size=300).map(rules.in_order)


def names(found: tuple[OpenLine, ...]) -> set[tuple[str, str]]:
    return {(one.kind, one.ref) for one in found}


@given(many)
def test_what_a_paper_cannot_hold_is_counted(found: tuple[OpenLine, ...]) -> None:
    kept = rules.fitted(found, 4_000)
    listed = [one for one in kept if one.kind != rules.MORE]
    assert listed == list(found[: len(listed)])
    if len(listed) < len(found):
        assert kept[-1].kind == rules.MORE
        assert f"{len(found) - len(listed)} more" in kept[-1].words
        assert kept[-1].level == min(
            (one.level for one in found[len(listed) :]), key=list(Urgency).index
        )
    assert len(kept) <= MOST_OPEN


@given(many, many, st.integers(2_000, MUCH))
def test_no_line_that_was_offered_is_lost(
    offered: tuple[OpenLine, ...], now: tuple[OpenLine, ...], room: int
) -> None:
    before = rules.fitted(offered, 18_000, 160)
    after = rules.recomposed(before, now, room)
    assert names(before) <= names(after)
    assert len(after) == len(names(after)) <= MOST_OPEN
    for one in after:
        if one.state == rules.CLOSED:
            assert one.kind == rules.MORE or (one.kind, one.ref) not in names(now)


@given(many, many)
def test_everything_that_is_open_now_stands_in_it_or_is_counted(
    offered: tuple[OpenLine, ...], now: tuple[OpenLine, ...]
) -> None:
    before = rules.fitted(offered, 18_000, 160)
    after = rules.recomposed(before, now, MUCH)
    missing = names(now) - names(after)
    counted = [one for one in after if one.kind == rules.MORE and one.state != rules.CLOSED]
    assert not missing or f"and {len(missing)} more" in counted[0].words


@given(many)
def test_nothing_came_up_when_nothing_changed(found: tuple[OpenLine, ...]) -> None:
    assert rules.came_up(found, found) == ()
    assert rules.digest_of(found) == rules.digest_of(tuple(reversed(found)))


@given(many, lines)
def test_what_came_up_or_rose_is_told(found: tuple[OpenLine, ...], new: OpenLine) -> None:
    before = tuple(one for one in found if (one.kind, one.ref) != (new.kind, new.ref))
    assert rules.came_up(before, (*before, new)) == (new,)
    assert rules.digest_of(before) != rules.digest_of((*before, new))
    calm, loud = replace(new, level=Urgency.ROUTINE), replace(new, level=Urgency.URGENT)
    assert rules.came_up((calm,), (loud,)) == (loud,)
    assert rules.came_up((loud,), (calm,)) == ()


OPEN = OpenLine("answer-owed", "stop:green-1", "STOP", Urgency.URGENT, "we owe: read")
OFFER = Handover(
    "duty", Stage.OFFERED, "Ada", "Ben", DAWN_MS - 1000, DAWN_MS, (OPEN,), (), "a" * 64
)


def paper(
    content: Handover, *, version: int = 1, person: str = "", to: tuple[str, ...] = (),
    role: str = "duty", withdrawn: bool = False,
) -> Paper:  # fmt: skip
    header = Header("blue", role, DAWN_MS, to, "a" * 64)
    return Paper(header, "blue-1", version, content, Marking(rel_to=to), (), person, withdrawn)


def checked(content: Handover, before: PaperRecord | None = None, **more: object) -> PaperRecord:
    said = paper(content, version=1 if before is None else before.paper.version + 1, **more)  # type: ignore[arg-type]
    rules.check(AGREEMENT, said, before)
    return first(AGREEMENT, said) if before is None else amended(AGREEMENT, before, said)


def test_both_sign_and_then_it_is_handed_over() -> None:
    offered = checked(OFFER, person="Ada")
    assert rules.is_open(offered)
    taken = checked(replace(OFFER, stage=Stage.TAKEN, answers="asked"), offered, person="Ben")
    assert not rules.is_open(taken)
    gone = replace(OFFER, stage=Stage.UNMANNED, answers="asked", ends_ms=DAWN_MS)
    checked(gone, taken, person="")


@pytest.mark.parametrize(
    ("content", "more", "match"),
    [
        (OFFER, {"person": "Ada", "to": ("green",)}, "nobody: at home"),
        (OFFER, {"person": "Ben"}, "offered by the outgoing"),
        (OFFER, {"person": "Ada", "role": "chief"}, "one duty role"),
        (replace(OFFER, duty="cook"), {"person": "Ada", "role": "cook"}, "one duty role"),
        (replace(OFFER, incoming="Ada"), {"person": "Ada"}, "himself"),
        (replace(OFFER, unsigned="ill"), {"person": "Ada"}, "did not sign"),
        (replace(OFFER, stage=Stage.TAKEN), {"person": "Ben"}, "not said why"),
        (replace(OFFER, stage=Stage.UNMANNED), {"person": ""}, "begins unmanned"),
        (replace(OFFER, ends_ms=5), {"person": "Ada"}, "empty"),
    ],
)
def test_a_first_version_that_cannot_be_is_refused(
    content: Handover, more: dict[str, object], match: str
) -> None:
    with pytest.raises(ProtocolError, match=match):
        checked(content, None, **more)


@pytest.mark.parametrize(
    ("content", "person", "match"),
    [
        (replace(OFFER, stage=Stage.TAKEN), "Ada", "signed by Ada"),
        (replace(OFFER, stage=Stage.TAKEN, open=()), "Ben", "leaves out answer-owed stop:green-1"),
        (replace(OFFER, stage=Stage.TAKEN, incoming="Cid"), "Cid", "another handover"),
        (replace(OFFER, stage=Stage.TAKEN, forward="not my words"), "Ben", "another handover"),
        (replace(OFFER, stage=Stage.UNMANNED, ends_ms=DAWN_MS), "", "becomes unmanned"),
        (OFFER, "Ada", "becomes offered"),
    ],
)
def test_a_next_version_that_cannot_be_is_refused(
    content: Handover, person: str, match: str
) -> None:
    offered = checked(OFFER, person="Ada")
    with pytest.raises(ProtocolError, match=match):
        checked(content, offered, person=person)


def test_only_an_offer_is_withdrawn_and_by_who_made_it() -> None:
    offered = checked(OFFER, person="Ada")
    checked(OFFER, offered, person="Ada", withdrawn=True)
    with pytest.raises(ProtocolError, match="withdrawn by Ben"):
        checked(OFFER, offered, person="Ben", withdrawn=True)
    taken_words = replace(OFFER, stage=Stage.TAKEN)
    taken = checked(taken_words, offered, person="Ben")
    with pytest.raises(ProtocolError, match="after it was taken"):
        checked(taken_words, taken, person="Ada", withdrawn=True)


def test_a_shift_does_not_end_before_it_begins_and_no_line_stands_twice() -> None:
    with pytest.raises(InputError, match="ends before"):
        replace(OFFER, until_ms=0)
    with pytest.raises(InputError, match="twice"):
        replace(OFFER, open=(OPEN, replace(OPEN, words="again")))
    with pytest.raises(InputError, match="two notes"):
        replace(OFFER, notes=(ItemNote("stop:green-1", "a"), ItemNote("stop:green-1", "b")))
