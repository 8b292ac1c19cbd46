"""Rules of consent and of the register, and the safety subset: from one paper alone."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.errors import ProtocolError
from parley.liaison.kinds import KINDS
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper, Reply
from parley.liaison.papers.record import PaperRecord, first, replied
from parley.liaison.releases import consent, register
from parley.liaison.releases.contents import ConsentRequest, Danger, Grounds, Release
from parley.liaison.releases.filtering import banner_of, filter_for, marking_of, releasable
from parley.liaison.releases.persons import same_person
from parley.liaison.releases.register import Consent, Original
from parley.liaison.releases.safety import SafetySubset, safety_subset
from parley.rules.findings import Kind
from parley.rules.statements import (
    Deviation,
    Distress,
    Header,
    Nonconformance,
    Notice,
    Rung,
    Stop,
    Use,
)
from parley.space import Area
from parley.testing.agreements import CENTRE, HOUR_MS, small_agreement, transit
from parley.testing.clock import DAWN_MS

AGREEMENT = small_agreement()
KEPT = Marking(Tlp.AMBER_STRICT, ("green",), "blue")
WANTED = Marking(Tlp.AMBER, ("white",), "blue")
ASKED = ConsentRequest(
    "message:blue-1@1", "blue", KEPT, "white", "why", "Ana", WANTED, DAWN_MS + 10 * HOUR_MS
)
RELEASED = Release(
    "message:blue-1@1",
    "a" * 64,
    "blue",
    "white",
    WANTED,
    Grounds.CONSENT,
    "Cy",
    "Ana",
    "consent-request:green-1",
)
ORIGINAL = Original("message:blue-1@1", "blue", KEPT, "green")
GRANTED = Consent("consent-request:green-1", ASKED, "green", "blue", "Bo", DAWN_MS)


def paper(content: Content, *to: str, by: str = "green", copy_for: str = "") -> Paper:
    header = Header(by, "duty", DAWN_MS, tuple(sorted(to)), "small", copy_for=copy_for)
    return Paper(header, f"{by}-1", 1, content, Marking(Tlp.AMBER_STRICT, tuple(sorted(to))))


def entry(content: Release = RELEASED, *to: str) -> Paper:
    return paper(content, *(to or ("blue", "white")), copy_for="blue")


def request(content: ConsentRequest = ASKED) -> PaperRecord:
    said = paper(content, "blue")
    consent.check(AGREEMENT, said, None)
    return first(AGREEMENT, said)


def reply(rung: Rung, person: str = "Bo", *, by: str = "blue", at_ms: int = DAWN_MS) -> Reply:
    header = Header(by, "duty", at_ms, ("green",), "small")
    return Reply(header, "green-1", 1, 1, rung, person=person)


# Requests for consent


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"subject": "message:blue-1"}, "any version"),
        ({"originator": "green"}, "asks itself"),
        ({"originator": "white"}, "answers nobody"),
        ({"marking": Marking(Tlp.AMBER, ("green",), "white")}, "asked of"),
        ({"recipient": "green"}, "needless"),
        ({"recipient": "blue"}, "needless"),
        ({"marking": Marking(Tlp.GREEN, originator_control=False)}, "needless"),
        ({"marking": Marking(Tlp.AMBER, ("white",), "blue")}, "needless"),
        ({"marking_wanted": Marking(Tlp.AMBER, ("white",))}, "information of green"),
        ({"marking_wanted": Marking(Tlp.AMBER, ("green",), "blue")}, "does not let white"),
        ({"until_ms": DAWN_MS}, "over before"),
        ({"requested_by": "..."}, "no person"),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_told_what_could(
    change: dict[str, object], word: str
) -> None:
    with pytest.raises(ProtocolError, match=word) as refused:
        consent.check(AGREEMENT, paper(replace(ASKED, **change), "blue"), None)  # type: ignore[arg-type]
    assert refused.value.right
    assert refused.value.at_fault == "party green"


def test_a_request_asks_the_originator_himself_and_stays_as_it_was_asked() -> None:
    with pytest.raises(ProtocolError, match="asked of white"):
        consent.check(AGREEMENT, paper(ASKED, "white"), None)
    with pytest.raises(ProtocolError, match="is changed"):
        consent.check(AGREEMENT, paper(ASKED, "blue"), request())


def test_the_originator_grants_by_a_named_person_who_did_not_ask_and_in_time() -> None:
    record = request()
    consent.check_reply(AGREEMENT, record, reply(Rung.ACCEPTED))
    for wrong in (
        reply(Rung.ACCEPTED, ""),
        reply(Rung.ACCEPTED, "ANA"),
        reply(Rung.ACCEPTED, by="white"),
        reply(Rung.ACCEPTED, at_ms=ASKED.until_ms + 1),
    ):
        with pytest.raises(ProtocolError):
            consent.check_reply(AGREEMENT, record, wrong)
    for fine in (reply(Rung.READ, ""), reply(Rung.OBJECTED, "Ana"), reply(Rung.UNABLE, "")):
        consent.check_reply(AGREEMENT, record, fine)


@pytest.mark.parametrize("hours", [2, 10, 47, 48, 480])
def test_an_answer_is_owed_within_a_day_or_half_the_time_and_until_the_end(hours: int) -> None:
    record = request(replace(ASKED, until_ms=DAWN_MS + hours * HOUR_MS))
    due = DAWN_MS + min(24, hours / 2) * HOUR_MS
    end = DAWN_MS + hours * HOUR_MS
    seen = {at: consent.found(AGREEMENT, record, int(at)) for at in (due - 1, due, end, end + 1)}
    assert [bool(found) for found in seen.values()] == [False, True, True, False]
    (found,) = seen[due]
    assert (found.kind, found.refs) == (
        Kind.REPLY_OVERDUE,
        ("consent-request:green-1@1", "party:blue"),
    )
    assert consent.next_ms(AGREEMENT, record, DAWN_MS) == due
    assert consent.next_ms(AGREEMENT, record, int(due)) == end + 1
    assert consent.next_ms(AGREEMENT, record, end + 1) is None
    done = replied(
        replied(record, reply(Rung.READ), ()), replace(reply(Rung.OBJECTED), number=2), ()
    )
    assert not consent.is_open(done)
    assert consent.found(AGREEMENT, done, int(due)) == []
    assert consent.next_ms(AGREEMENT, done, DAWN_MS) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana Vega", "vega, ANA", True),
        ("Ána  Véga", "ana vega", True),
        ("person:ru-4", "person:ru-4@2", True),
        ("person:ru-4", "person:ru-5", False),
        ("Ana Vega", "Ana Vegas", False),
        ("Иван Иванов", "ИВАНОВ Иван", True),
        ("...", "Ana", True),
        ("", "", True),
    ],
)
def test_two_names_of_one_person(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same is same_person(other, one)


# The register


@pytest.mark.parametrize(
    ("change", "to", "word"),
    [
        ({"subject": "message:blue-1"}, ("blue", "white"), "any version"),
        ({"recipient": "green"}, ("blue", "white"), "to itself"),
        ({}, ("white",), "goes to white"),
        ({}, ("blue",), "goes to blue"),
        ({"released_by": "-"}, ("blue", "white"), "no person"),
        ({"requested_by": ""}, ("blue", "white"), "one person"),
        ({"requested_by": "CY"}, ("blue", "white"), "of his own"),
        ({"consent": ""}, ("blue", "white"), "grounds"),
        ({"grounds": Grounds.MARKING}, ("blue", "white"), "grounds"),
        ({"grounds": Grounds.SAFETY, "consent": ""}, ("blue", "white"), "of nothing"),
        (
            {"grounds": Grounds.SAFETY, "consent": "", "enclosed": "x", "text": "and more"},
            ("blue", "white"),
            "beside it",
        ),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    change: dict[str, object], to: tuple[str, ...], word: str
) -> None:
    wrong = entry(replace(RELEASED, **change), *to)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match=word) as refused:
        register.check(AGREEMENT, wrong, None)
    assert refused.value.right


def test_every_addressee_has_a_copy_of_his_own_and_an_entry_stays() -> None:
    register.check(AGREEMENT, entry(), None)
    one_for_all = replace(entry(), header=replace(entry().header, copy_for=""))
    with pytest.raises(ProtocolError, match="one copy for all"):
        register.check(AGREEMENT, one_for_all, None)
    with pytest.raises(ProtocolError, match="is changed"):
        register.check(AGREEMENT, entry(), first(AGREEMENT, entry()))
    outside = replace(RELEASED, recipient="The court")
    register.check(AGREEMENT, entry(outside, "blue"), None)


@pytest.mark.parametrize(
    ("granted", "codes"),
    [
        (None, ("no-consent",)),
        (GRANTED, ()),
        (replace(GRANTED, ref="consent-request:green-2"), ("other-consent",)),
        (replace(GRANTED, by="white"), ("consent-of-another",)),
        (replace(GRANTED, to="white"), ("consent-given-to-another",)),
        (replace(GRANTED, ended_ms=DAWN_MS), ("consent-taken-back",)),
        (replace(GRANTED, ended_ms=DAWN_MS + 1), ()),
        (replace(GRANTED, person="ana"), ("approved-his-own",)),
        (
            replace(GRANTED, asked=replace(ASKED, subject="message:blue-1@2")),
            ("consent-for-other-words",),
        ),
        (
            replace(GRANTED, asked=replace(ASKED, recipient="press")),
            ("consent-for-another-recipient",),
        ),
        (replace(GRANTED, asked=replace(ASKED, until_ms=DAWN_MS - 1)), ("consent-over",)),
        (
            replace(GRANTED, asked=replace(ASKED, marking_wanted=Marking(Tlp.RED, ("white",)))),
            ("marking-widened",),
        ),
    ],
)
def test_consent_is_for_exactly_what_was_asked(
    granted: Consent | None, codes: tuple[str, ...]
) -> None:
    assert register.doubts(AGREEMENT, entry(), ORIGINAL, granted) == codes
    found = register.breach(entry(), codes)
    assert bool(found) is bool(codes)


@pytest.mark.parametrize(
    ("change", "original", "codes"),
    [
        ({}, ORIGINAL, ("marking",)),
        (
            {},
            replace(ORIGINAL, marking=replace(KEPT, rel_to=("green", "white"))),
            ("marking-widened",),
        ),
        ({}, None, ("unproven",)),
        ({}, replace(ORIGINAL, copy_for="red"), ("anothers-copy", "marking")),
        ({}, replace(ORIGINAL, ref="message:blue-2@1"), ("marking", "other-subject")),
        ({"grounds": Grounds.OWN}, ORIGINAL, ("not-the-originator",)),
        ({"grounds": Grounds.OWN, "recipient": "blue"}, ORIGINAL, ()),
        ({"grounds": Grounds.SAFETY}, ORIGINAL, ("not-of-the-safety-subset",)),
        ({"grounds": Grounds.SAFETY}, replace(ORIGINAL, safe=True), ()),
        (
            {"marking": replace(KEPT, rel_to=("white",))},
            replace(ORIGINAL, marking=replace(KEPT, rel_to=("green", "white"))),
            (),
        ),
    ],
)
def test_a_marking_lets_go_whom_it_names_and_no_wider_than_it_was(
    change: dict[str, object], original: Original | None, codes: tuple[str, ...]
) -> None:
    said = replace(RELEASED, grounds=Grounds.MARKING, consent="")
    said = replace(said, **change)  # type: ignore[arg-type]
    assert register.doubts(AGREEMENT, entry(said), original, None) == codes


def test_an_originator_who_widens_says_so_and_is_two_persons() -> None:
    said = replace(RELEASED, grounds=Grounds.MARKING, consent="", requested_by="")
    own = paper(said, "white", by="blue", copy_for="white")
    assert register.doubts(AGREEMENT, own, replace(ORIGINAL, copy_for=""), None) == ("marking",)


def test_kinds_have_their_rules() -> None:
    assert KINDS["consent-request"].linked(ASKED) == ("message:blue-1@1",)
    assert KINDS["release"].linked(RELEASED) == ("message:blue-1@1", "consent-request:green-1")
    assert not KINDS["release"].is_open(first(AGREEMENT, entry()))


# The safety subset


def notice(activity_class: str = "live-activity") -> Notice:
    draft = transit(1)
    header = Header("blue", "chief", DAWN_MS, ("green",), "small")
    own = replace(draft.volumes[0], use=Use.AIRCRAFT)
    return Notice(
        header, "blue-7", 1, activity_class, (*draft.volumes, own), "lake", "why we do it", "duty"
    )


def test_of_a_notice_go_polygon_band_and_window_of_its_hazards_and_nothing_else() -> None:
    told = safety_subset(AGREEMENT, notice())
    assert told is not None
    assert told.dangers
    assert {f.name for f in fields(SafetySubset)} == {"handle", "exercise", "dangers", "whole"}
    assert {f.name for f in fields(Danger)} == {"area", "band", "from_ms", "until_ms"}
    spelled = repr(told)
    for kept in ("why we do it", "live-activity", "blue", "chief", "duty", "lake", "aircraft"):
        assert kept not in spelled
    newer = safety_subset(AGREEMENT, replace(notice(), version=2))
    assert newer is not None
    assert newer.handle == told.handle


def test_what_is_no_hazard_to_anybody_has_no_safety_subset() -> None:
    assert safety_subset(AGREEMENT, notice("transit")) is None


def test_stop_and_distress_go_whole_and_a_flight_off_its_notice_as_where_it_may_be() -> None:
    head = Header("blue", "duty", DAWN_MS, ("green",), "small")
    for item in (
        Stop(head, "blue-2", 1, None, "", "now"),
        Distress(head, "blue-3", 1, "AMBER1", None, 0, DAWN_MS),
    ):
        told = safety_subset(AGREEMENT, item)
        assert told is not None
        assert told.whole is item
    area = Area.circle(CENTRE, 3_000)
    astray = Nonconformance(head, "blue-4", 1, "", (Deviation.PLACE,), DAWN_MS, area)
    told = safety_subset(AGREEMENT, astray)
    assert told is not None
    assert [danger.area for danger in told.dangers] == [area]


# What of a collection goes to a party


marked = st.builds(
    Marking,
    tlp=st.sampled_from(Tlp),
    rel_to=st.sets(st.sampled_from(["blue", "green", "white"])).map(lambda s: tuple(sorted(s))),
    originator_control=st.booleans(),
)


@given(st.lists(marked, max_size=6), st.sampled_from(["blue", "green", "white", "press", ""]))
def test_a_filter_loses_nothing_and_lets_go_only_what_may(some: list[Marking], party: str) -> None:
    records = [first(AGREEMENT, replace(paper(ASKED, "blue"), marking=m)) for m in some]
    ids = [p.id for p in AGREEMENT.parties]
    kept, left_out = filter_for(records, party, parties=ids)
    assert len(kept) + left_out == len(records)
    assert all(r in records for r in kept)
    if party in ("", "blue", "green"):
        assert left_out == 0
    for record in kept:
        assert not party or releasable(record.paper, party, parties=ids)


def test_a_banner_names_whose_information_it_is_and_closes_what_differs() -> None:
    mine, theirs = paper(ASKED, "blue"), paper(ASKED, "green", by="blue")
    assert banner_of([]) == ""
    assert banner_of([mine]) == "TLP:AMBER+STRICT // REL TO BLUE // ORCON GREEN"
    assert banner_of([mine, theirs]) == "TLP:AMBER+STRICT // ORCON"
    assert marking_of(theirs).originator == "blue"
    assert not releasable(object(), "blue")
