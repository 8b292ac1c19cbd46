"""Markings judged: the whole table, default deny, and that nothing widens without consent."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import InputError
from parley.liaison.papers.marking import Marking, Tlp, parse_marking
from parley.liaison.releases.contents import Grounds
from parley.liaison.releases.marking import (
    Verdict,
    allows,
    most_closed,
    narrower,
    originator_of,
    verdict,
)

PARTIES = ("ru", "il", "us")
EVERYBODY = (*PARTIES, "press")

markings = st.builds(
    Marking,
    tlp=st.sampled_from(Tlp),
    rel_to=st.sets(st.sampled_from(PARTIES)).map(lambda s: tuple(sorted(s))),
    originator=st.sampled_from(["", *PARTIES]),
    originator_control=st.booleans(),
)
somebody = st.sampled_from(EVERYBODY)


def judged(marking: Marking, holder: str, recipient: str, **more: bool) -> Verdict:
    return verdict(marking, "ru", holder, recipient, parties=PARTIES, **more)


@pytest.mark.parametrize(
    ("tlp", "named", "party", "outsider"),
    [
        (Tlp.RED, False, False, False),
        (Tlp.AMBER_STRICT, True, False, False),
        (Tlp.AMBER, True, False, False),
        (Tlp.GREEN, True, True, False),
        (Tlp.CLEAR, True, True, True),
    ],
)
def test_what_a_holder_may_pass_on_by_colour_alone(
    tlp: Tlp, named: bool, party: bool, outsider: bool
) -> None:
    free = Marking(tlp, originator_control=False)
    assert judged(Marking(tlp, ("us",)), "il", "us").allowed is named
    assert judged(free, "il", "us").allowed is party
    assert judged(free, "il", "press").allowed is outsider


def test_rel_to_and_originator_control_close_green_and_clear() -> None:
    for tlp in (Tlp.GREEN, Tlp.CLEAR):
        assert not judged(Marking(tlp), "il", "us").allowed
        assert not judged(Marking(tlp, ("il",), "", False), "il", "us").allowed
        assert not judged(Marking(tlp, ("il",), "", False), "il", "press").allowed


def test_nothing_marked_lets_nobody_but_its_originator_have_it() -> None:
    for recipient in ("us", "press"):
        told = judged(Marking(), "il", recipient)
        assert (told.allowed, told.grounds) == (False, None)
        assert "the consent of ru" in told.right
        assert ("REL TO US" in told.right) is (recipient == "us")
    assert judged(Marking(), "il", "ru").grounds is Grounds.OWN


def test_an_author_who_tells_what_another_told_him_asks_the_other() -> None:
    of_us = Marking(Tlp.AMBER, ("il", "ru"), "us")
    told = verdict(of_us, "ru", "ru", "press", parties=PARTIES)
    assert not told.allowed
    assert "the consent of us" in told.right
    assert verdict(of_us, "ru", "us", "press", parties=PARTIES).grounds is Grounds.OWN


def test_red_goes_no_further_than_its_originator_sends_it() -> None:
    told = judged(Marking(Tlp.RED, ("il", "us")), "il", "us")
    assert not told.allowed
    assert "ru gives it to us itself" in told.right


@given(markings, somebody, somebody, somebody, st.booleans(), st.booleans())
def test_widening_is_never_without_consent_and_safety_is_never_held_back(
    marking: Marking, author: str, holder: str, recipient: str, consent: bool, safety: bool
) -> None:
    told = verdict(
        marking, author, holder, recipient, consent=consent, safety=safety, parties=PARTIES
    )
    assert told.allowed is (told.grounds is not None)
    assert told.allowed is (told.right == "")
    if safety or consent:
        assert told.allowed
    if safety:
        assert told.grounds is Grounds.SAFETY
    owner = originator_of(marking, author)
    at_home = recipient in (owner, author, holder) or holder == owner
    if told.allowed and not (at_home or consent or safety):
        assert told.grounds is Grounds.MARKING
        named = recipient in marking.rel_to and marking.tlp is not Tlp.RED
        free = not marking.rel_to and not marking.originator_control
        assert named or (free and marking.tlp in (Tlp.GREEN, Tlp.CLEAR))


@given(markings, markings, somebody, somebody, somebody)
def test_a_narrower_marking_lets_nothing_go_that_the_wider_one_keeps(
    inner: Marking, outer: Marking, author: str, holder: str, recipient: str
) -> None:
    if narrower(inner, outer) and inner.originator == outer.originator:
        one = verdict(inner, author, holder, recipient, parties=PARTIES)
        other = verdict(outer, author, holder, recipient, parties=PARTIES)
        assert other.allowed or not one.allowed
        if recipient in PARTIES:
            assert allows(outer, author, recipient) or not allows(inner, author, recipient)


@given(st.lists(markings, min_size=1, max_size=5))
def test_the_banner_of_a_page_is_narrower_than_each_of_its_portions(some: list[Marking]) -> None:
    whole = most_closed(some)
    assert all(narrower(whole, one) for one in some)
    assert most_closed(reversed(some)) == whole
    assert most_closed([whole, *some]).tlp is whole.tlp


@given(markings)
def test_a_marking_is_as_closed_as_itself_and_of_one_the_banner_is_its_own(one: Marking) -> None:
    assert narrower(one, one)
    assert most_closed([one]) == one


def test_two_lists_that_share_nobody_let_nobody_have_the_page() -> None:
    whole = most_closed([Marking(Tlp.GREEN, ("il",)), Marking(Tlp.GREEN, ("us",))])
    assert whole.tlp is Tlp.AMBER
    assert not any(allows(whole, "ru", p) for p in ("il", "us"))
    assert most_closed([]) == Marking()


@given(markings)
def test_a_banner_is_read_back_as_the_same_marking(one: Marking) -> None:
    assert parse_marking(one.banner()) == one
    assert parse_marking(one.banner().lower()) == one


def test_banners_as_people_write_them() -> None:
    text = "TLP:AMBER+STRICT // REL TO IL, RU // ORCON RU"
    assert parse_marking(text) == Marking(Tlp.AMBER_STRICT, ("il", "ru"), "ru", True)
    assert parse_marking(text).banner() == text
    assert parse_marking(" tlp:clear ") == Marking(Tlp.CLEAR, (), "", False)
    assert parse_marking("TLP:GREEN//rel  to ru,il") == Marking(Tlp.GREEN, ("il", "ru"), "", False)


BROKEN = (
    "",
    "TLP",
    "TLP:WHITE",
    "AMBER",
    "TLP:RED // REL TO",
    "TLP:RED // REL TO il,,ru",
    "TLP:RED // REL TO il // REL TO ru",
    "TLP:RED // ORCON a, b",
    "TLP:RED // ORIGINATOR",
    "TLP:RED // ORCON // ORIGINATOR ru",
    "TLP:RED // NOFORN",
    "TLP:RED // REL TO " + ",".join(f"p{n}" for n in range(65)),
    "TLP:RED // REL TO \u202eil",
)


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_marking_is_refused_and_told_what_would_be(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_marking(text)
    assert refused.value.right
    assert refused.value.where == "marking"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_markings(text: str) -> None:
    try:
        one = parse_marking(text)
    except InputError:
        return
    assert parse_marking(one.banner()) == one


def test_every_cell_of_the_table_says_why() -> None:
    for tlp, rel_to, orcon, holder, recipient in product(
        Tlp, ((), ("us",)), (False, True), EVERYBODY, EVERYBODY
    ):
        told = judged(Marking(tlp, rel_to, "", orcon), holder, recipient)
        assert told.why
        assert told.allowed or told.right


def test_a_refusal_proposes_only_what_a_marking_can_say() -> None:
    marking = Marking(Tlp.AMBER, ("il",))
    party = verdict(marking, "il", "ru", "un", parties=("il", "ru", "un"))
    outsider = verdict(marking, "il", "ru", "the UN mission", parties=("il", "ru", "un"))
    assert "REL TO IL, UN" in party.right
    assert outsider.right == "the consent of il"
