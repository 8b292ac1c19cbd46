"""What consultations, minutes and commitments must say; every step by its table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError, ProtocolError
from parley.liaison.kinds import KINDS
from parley.liaison.meetings.contents import (
    AgendaItem,
    Briefing,
    BriefingPart,
    Commitment,
    CommitmentState,
    Consultation,
    Delegation,
    MeetingState,
    Member,
    Minutes,
    Tone,
)
from parley.liaison.meetings.dependence import circle, in_order
from parley.liaison.meetings.rules import (
    COMMITMENTS,
    MEETINGS,
    banner_marking,
    commitment_turns,
    is_binding,
    overdue_commitment,
)
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord, amended, first, replied
from parley.liaison.papers.when import When
from parley.rules.statements import Header, Rung
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
NOW = When("now", DAWN_MS, DAWN_MS)
VISIT = Consultation("Visit", MeetingState.PLANNED, "UN house, Naqoura", "Naqoura", NOW)
OWED = Commitment("blue", "Send the map", CommitmentState.OPEN, NOW)
MARKING = Marking(Tlp.AMBER, ("green", "white"))


def paper(
    content: Content,
    *,
    to: tuple[str, ...] = ("green",),
    version: int = 1,
    marking: Marking = MARKING,
) -> Paper:
    header = Header("blue", "duty", DAWN_MS, to, "", False)
    return Paper(header, "blue-1", version, content, marking)


def record(content: Content, **more: object) -> PaperRecord:
    return first(AGREEMENT, paper(content, **more))  # type: ignore[arg-type]


def check(content: Content, before: PaperRecord | None = None, **more: object) -> None:
    said = paper(content, **more)  # type: ignore[arg-type]
    KINDS[content.KIND].check(AGREEMENT, said, before)


def refused(content: Content, before: PaperRecord | None = None, **more: object) -> str:
    with pytest.raises(ProtocolError) as error:
        check(content, before, **more)
    assert error.value.at_fault == "party blue"
    assert error.value.right
    return error.value.what


@pytest.mark.parametrize("was", list(MeetingState))
@pytest.mark.parametrize("now", list(MeetingState))
def test_a_consultation_takes_the_steps_of_its_table_and_no_other(
    was: MeetingState, now: MeetingState
) -> None:
    before, after = record(replace(VISIT, state=was)), replace(VISIT, state=now)
    if now in MEETINGS[was]:
        check(after, before, version=2)
    else:
        assert f"from {was.value} to {now.value}" in refused(after, before, version=2)


def test_what_was_held_or_called_off_is_only_corrected() -> None:
    assert MEETINGS[MeetingState.HELD] == {MeetingState.HELD}
    assert MEETINGS[MeetingState.CALLED_OFF] == {MeetingState.CALLED_OFF}
    assert MeetingState.TENTATIVE in MEETINGS[MeetingState.PLANNED]


@pytest.mark.parametrize("was", list(CommitmentState))
@pytest.mark.parametrize("now", list(CommitmentState))
def test_a_commitment_takes_the_steps_of_its_table_and_no_other(
    was: CommitmentState, now: CommitmentState
) -> None:
    before, after = record(replace(OWED, state=was)), replace(OWED, state=now)
    if now in COMMITMENTS[was]:
        check(after, before, version=2)
    else:
        refused(after, before, version=2)


def test_nobody_holds_a_meeting_that_has_not_begun() -> None:
    later = When("tomorrow", DAWN_MS + 1, DAWN_MS + 2)
    assert "begins after" in refused(replace(VISIT, state=MeetingState.HELD, when=later))
    touching = When("about now", DAWN_MS, DAWN_MS + 2)
    check(replace(VISIT, state=MeetingState.HELD, when=touching))


def test_delegations_are_of_parties_that_the_agreement_knows_each_once() -> None:
    def sent(*parties: str) -> Consultation:
        return replace(VISIT, delegations=tuple(Delegation(p, ()) for p in parties))

    check(sent("blue", "green", "white", "battery"))
    assert "'red'" in refused(sent("blue", "red"))
    assert "two delegations" in refused(sent("blue", "blue"))
    anna = Member("Anna Berg")
    twice = replace(
        VISIT, delegations=(Delegation("blue", (anna, replace(anna, person="ANNA BERG"))),)
    )
    assert "twice" in refused(twice)


def test_a_delegation_has_one_head_who_is_named_and_members_that_are_named_or_counted() -> None:
    with pytest.raises(InputError):
        Delegation("blue", (Member("A", head=True), Member("B", head=True)))
    with pytest.raises(InputError):
        Delegation("blue", (Member("", head=True, unnamed=2),))
    with pytest.raises(InputError):
        Member("A", unnamed=1)
    with pytest.raises(InputError):
        Member("")
    with pytest.raises(InputError):
        Member("", unnamed=1001)


def test_a_huge_roster_is_checked_like_any_other() -> None:
    members = tuple(Member(f"Person {n}") for n in range(100))
    check(replace(VISIT, delegations=(Delegation("blue", members), Delegation("green", members))))


def test_a_portion_is_as_closed_as_its_paper_or_more_and_closed_to_no_addressee() -> None:
    def item(marking: Marking | None) -> Consultation:
        return replace(VISIT, agenda=(AgendaItem("Item", (), marking),))

    check(item(None))
    check(item(MARKING), to=("green", "white"))
    closer = Marking(Tlp.AMBER_STRICT, ("green",))
    check(item(closer))
    assert "goes to white" in refused(item(closer), to=("green", "white"))
    assert "wider" in refused(item(Marking(Tlp.GREEN, ("green",))))
    assert "wider" in refused(item(Marking(Tlp.AMBER, ("green",), "", False)))
    assert "wider" in refused(item(Marking(Tlp.AMBER, ("blue", "green", "red"))))
    assert "goes to green" in refused(item(Marking()))


def test_the_banner_of_a_pack_is_the_most_closed_of_its_parts() -> None:
    closer = Marking(Tlp.AMBER_STRICT, ("green",))
    pack = Briefing("Pack", "", (BriefingPart("A", "", MARKING), BriefingPart("B", "", closer)))
    assert banner_marking(paper(pack)) == closer
    assert banner_marking(paper(VISIT)) == MARKING
    secret = replace(VISIT, agenda=(AgendaItem("Item", (), Marking(Tlp.RED, ("green",))),))
    assert banner_marking(paper(secret)).tlp is Tlp.RED


def test_minutes_name_their_meeting_and_stay_what_they_are() -> None:
    own = Minutes("consultation:blue-9", False, Tone.CORDIAL, "Words")
    check(own, to=())
    agreed = replace(own, agreed=True)
    check(agreed)
    assert "ask nobody" in refused(agreed, to=())
    assert "ask nobody" in refused(agreed, to=("white",))
    assert "names" in refused(replace(own, consultation="notice:blue-9"))
    assert "names" in refused(replace(own, commitments=("notice:blue-9",)))
    assert "what minutes" in refused(agreed, record(own), version=2)
    other = replace(own, consultation="consultation:blue-8")
    assert "what minutes" in refused(other, record(own), version=2)


def test_a_commitment_binds_only_who_can_be_asked() -> None:
    check(replace(OWED, owner="green"))
    assert "not asked" in refused(replace(OWED, owner="green"), to=())
    assert "not asked" in refused(replace(OWED, owner="white"), to=("white",))
    assert "'red'" in refused(replace(OWED, owner="red"))
    assert "'red'" in refused(replace(OWED, to=("red",)))
    assert "itself" in refused(replace(OWED, to=("blue",)))
    assert "after itself" in refused(replace(OWED, after=("commitment:blue-1@3",)))
    assert "names" in refused(replace(OWED, after=("notice:blue-3",)))
    assert "from blue to green" in refused(replace(OWED, owner="green"), record(OWED), version=2)


def test_a_commitment_of_another_binds_once_it_is_accepted_and_anew_with_new_words() -> None:
    asked = replace(OWED, owner="green", hard=True)
    one = record(asked)
    assert not is_binding(one)
    assert overdue_commitment(AGREEMENT, one, DAWN_MS + 1) == []
    assert commitment_turns(AGREEMENT, one, DAWN_MS) is None
    for number, rung in enumerate((Rung.READ, Rung.ACCEPTED), 1):
        header = Header("green", "duty", DAWN_MS, ("blue",), "", False)
        one = replied(one, Reply(header, "blue-1", 1, number, rung), ())
    assert is_binding(one)
    assert commitment_turns(AGREEMENT, one, DAWN_MS) == DAWN_MS + 1
    assert overdue_commitment(AGREEMENT, one, DAWN_MS) == []
    (found,) = overdue_commitment(AGREEMENT, one, DAWN_MS + 1)
    assert found.refs == ("commitment:blue-1@1",)
    assert found.parties == ("blue", "green")
    assert commitment_turns(AGREEMENT, one, DAWN_MS + 1) is None
    again = amended(AGREEMENT, one, paper(asked, version=2))
    assert not is_binding(again)


def test_nothing_is_late_without_a_date() -> None:
    one = record(replace(OWED, due=None))
    assert overdue_commitment(AGREEMENT, one, 2**50) == []
    assert commitment_turns(AGREEMENT, one, 0) is None


def test_a_circle_of_commitments_is_found_from_each_of_them() -> None:
    after = {"a": ("b",), "b": ("c",), "c": ("a", "d"), "d": ("e",), "e": ()}
    assert circle("a", after) == ("a", "b", "c")
    assert circle("c", after) == ("c", "a", "b")
    assert circle("d", after) == ()
    assert circle("x", {"x": ("x",)}) == ("x",)


@given(st.permutations(range(8)), st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))))
def test_what_has_to_wait_stands_behind_what_it_waits_for(
    given_order: list[int], pairs: set[tuple[int, int]]
) -> None:
    refs = [str(n) for n in given_order]
    after = {str(n): tuple(str(b) for a, b in sorted(pairs) if a == n and b < n) for n in range(8)}
    found = in_order(refs, after)
    assert sorted(found) == sorted(refs)
    for ref, waits in after.items():
        assert all(found.index(one) < found.index(ref) for one in waits)
    assert in_order(["b", "a"], {"a": ("b",), "b": ("a",)}) == ("b", "a")
