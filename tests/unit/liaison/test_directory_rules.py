"""Persons, offices that overlap, names across scripts, merges whatever order they come in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ProtocolError
from parley.liaison.directory.contents import Merge, Name, Office, Person
from parley.liaison.directory.names import (
    LIKE,
    folded,
    keys_of,
    likeness,
    mixed_words,
    script_of,
    words_of,
)
from parley.liaison.directory.rules import Said, fold
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord, first
from parley.liaison.papers.when import When, parse_when
from parley.rules.statements import Header
from parley.testing.agreements import small_agreement
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()


def day(text: str) -> When:
    return parse_when(text, zone="UTC")


def office(since: str, until: str = "", **more: object) -> Office:
    ends = day(until) if until else None
    made = Office("Minister of Defence", "Government", "green", day(since), ends)
    return replace(made, **more)  # type: ignore[arg-type]


def check(content: Content, before: PaperRecord | None = None, version: int = 1) -> None:
    said = paper(content, version)
    KINDS[content.KIND].check(AGREEMENT, said, before)


def paper(content: Content, version: int = 1) -> Paper:
    header = Header("blue", "duty", DAWN_MS, (), "", False)
    return Paper(header, "blue-1", version, content, Marking())


def refused(content: Content, before: PaperRecord | None = None, version: int = 1) -> str:
    with pytest.raises(ProtocolError) as error:
        check(content, before, version)
    assert error.value.right
    return error.value.what


def person(*offices: Office, name: str = "Anna Berg") -> Person:
    return Person((Name(name, "en"),), offices)


def test_one_office_is_not_held_twice_at_one_time() -> None:
    assert "twice" in refused(person(office("2012-11-06"), office("2018-01-01")))
    assert "twice" in refused(
        person(office("2012", "2019"), office("2014", "2016", title="minister of  DEFENCE"))
    )
    check(person(office("2012-11-06", "2018-01-01"), office("2018-01-01")))
    check(person(office("2012-11-06", "2014"), office("2018-01-01")))


def test_several_offices_at_once_are_allowed() -> None:
    titles = ("Prime minister", "Minister of defence", "Minister of health", "Chair")
    check(person(*(office("2015-05-14", title=title) for title in titles)))
    check(person(office("2012"), office("2012", organisation="Another"), office("2012", party="")))


def test_terms_overlap_only_where_every_reading_of_their_dates_does() -> None:
    """Said to the month, the end of one and the beginning of the other may be one day."""
    check(person(office("2012", "January 2018"), office("2018-01-10")))
    assert "twice" in refused(person(office("2012", "January 2018"), office("2017-12-10")))


def test_an_office_that_ends_before_it_begins_and_one_of_nobody_are_refused() -> None:
    assert "ends before" in refused(person(office("2018-01-01", "2017-01-01")))
    assert "'red'" in refused(person(office("2018", party="red")))
    assert "no name" in refused(person(name="..."))
    assert "no title" in refused(person(office("2018", title="...")))


def test_a_merge_is_of_two_persons_and_decided_by_somebody_for_a_reason() -> None:
    merge = Merge("person:blue-1", "person:green-1", "Maj. Berg", "one passport")
    check(merge)
    assert "itself" in refused(replace(merge, merged="person:blue-1@2"))
    assert "merges" in refused(replace(merge, merged="notice:blue-1"))
    assert "nobody" in refused(replace(merge, decided_by=" "))
    assert "no reason" in refused(replace(merge, reason=" "))
    assert "before it was done" in refused(replace(merge, undone=True))
    undone = replace(merge, undone=True, decided_by="Col. Gor", reason="two brothers")
    before = first(AGREEMENT, paper(merge))
    check(undone, before, 2)
    assert "others" in refused(replace(merge, kept="person:blue-2"), before, 2)


# Names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Benjamin Netanyahu", "בנימין נתניהו"),
        ("Netanyahu, Binyamin", "Биньямин Нетаньяху"),
        ("Netanyahu", "نتنياهو"),
        ("Sergei Shoigu", "Сергей Шойгу"),
        ("Sergey Shoygu", "Sergei K. Shoigu"),
        ("Vladimir Putin", "ולדימיר פוטין"),
        ("Vladimir Putin", "فلاديمير بوتين"),
        ("Сергей Лавров", "سيرغي لافروف"),
        ("Sergey Lavrov", "סרגיי לברוב"),
        ("Aharon Haliva", "אהרון חליבא"),
        ("Aharon Haliva", "Аарон Халива"),
        ("Igor Konashenkov", "И. Конашенков"),
        ("Igor Yevgenyevich Konashenkov", "Konashenkov, Igor"),
        ("O'Brien, Seán", "Sean OBrien"),
        ("ÇELİK, Ömer", "Omer Celik"),
    ],
)
def test_one_name_in_two_writings_is_proposed_and_found_by_a_common_key(
    one: str, other: str
) -> None:
    found = likeness([one], [other])
    assert found.score >= LIKE, found
    assert found == likeness([other], [one])
    assert set(keys_of([one])) & set(keys_of([other]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sergey Lavrov", "Sergey Shoygu"),
        ("Ivan Ivanov", "Ivan Petrov"),
        ("Anna Berg", "Boris Gor"),
        ("Amikam Norkin", "Aharon Haliva"),
    ],
)
def test_other_names_are_not_proposed(one: str, other: str) -> None:
    assert likeness([one], [other]).score < LIKE


def test_case_marks_apostrophes_order_and_invisible_signs_do_not_tell_names_apart() -> None:
    assert folded("NETANYAHU, Binyamin") == folded("binyamin Netan’yahu") == "binyamin netanyahu"
    assert folded("Se\u0301an") == folded("Séan")
    assert folded("\u202eBerg\u200f Anna") == folded("Anna Berg")
    assert words_of("… — 。") == ()


def test_words_that_mix_letters_that_look_alike_are_told() -> None:
    assert mixed_words("P\u0430ul Smith") == ("P\u0430ul",)
    assert mixed_words("Alph\u03b1") == ("Alph\u03b1",)
    assert mixed_words("Сергей Shoigu") == ()
    assert mixed_words("נתניהו Netanyahu 3-й") == ()
    assert (script_of("Шойгу"), script_of("123")) == ("CYRILLIC", "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_are_compared_the_same_way_round_and_with_bounded_keys(
    one: str, other: str
) -> None:
    found = likeness([one], [other])
    assert found == likeness([other], [one])
    assert 0 <= found.score <= 100
    assert len(keys_of([one] * 32)) <= 64
    assert not any("|" in key for key in keys_of([one]))
    assert "|" not in folded(one)


# Merges ------------------------------------------------------------------------------------------

PERSONS = st.sampled_from([f"person:blue-{n}" for n in range(6)])


@given(st.lists(st.tuples(st.integers(0, 3), PERSONS, PERSONS), max_size=12), st.randoms())
def test_merges_end_the_same_whatever_order_they_come_in(
    said: list[tuple[int, str, str]], random: object
) -> None:
    merges = [
        Said(at_ms, f"merge:blue-{n}", kept, merged)
        for n, (at_ms, kept, merged) in enumerate(said)
        if kept != merged
    ]
    made = fold(merges)
    shuffled = list(merges)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == made
    for ref in made.into:
        assert made.root(ref) not in made.into
    assert {merge for _, merge in made.into.values()} | set(made.void) == {m.ref for m in merges}


def test_a_chain_ends_at_its_end_and_a_circle_is_broken_by_who_spoke_last() -> None:
    a, b, c = "person:a", "person:b", "person:c"
    made = fold(
        [Said(3, "m3", a, c), Said(1, "m1", b, a), Said(2, "m2", c, b), Said(4, "m4", c, a)]
    )
    assert [made.root(ref) for ref in (a, b, c)] == [c, c, c]
    assert made.void == {"m3": "circle", "m4": "merged-already"}
