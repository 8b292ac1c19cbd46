"""The calendar file, read back with the library: states, days, names, markings, dependence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from icalendar import Calendar

from parley.liaison.meetings.contents import (
    AgendaItem,
    Commitment,
    CommitmentState,
    Consultation,
    Delegation,
    MeetingState,
    Member,
)
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Content, Paper
from parley.liaison.papers.record import PaperRecord, first
from parley.liaison.papers.when import parse_when
from parley.rules.statements import Header
from parley.testing.agreements import small_agreement
from parley.wire.liaison.ical import NOBODYS, calendar_bytes

AGREEMENT = small_agreement()
SAID_MS = 1_544_270_400_000  # 2018-12-08T12:00:00Z
MARKING = Marking(Tlp.AMBER, ("green", "white"))
VISIT = Consultation(
    "Visit, with; signs",
    MeetingState.PLANNED,
    "green",
    "The capital",
    parse_when("2018-12-11/12", zone="Europe/Moscow"),
    (
        Delegation(
            "blue",
            (
                Member("person:blue-7", 'Head of "operations"', head=True),
                Member("אהרון חליבא"),
                Member("", unnamed=2),
            ),
        ),
    ),
    (
        AgendaItem("The lake", ("notice:blue-1",)),
        AgendaItem("Green alone", (), Marking(Tlp.AMBER_STRICT, ("green",))),
    ),
    ("consultation:blue-0",),
)


def record(content: Content, item: str = "blue-1", **more: object) -> PaperRecord:
    header = Header("blue", "duty", SAID_MS, (), "", False)
    made = first(AGREEMENT, Paper(header, item, 1, content, MARKING))
    return replace(made, paper=replace(made.paper, **more))  # type: ignore[arg-type]


def read(*records: PaperRecord, for_party: str = "") -> Any:
    data = calendar_bytes(
        records,
        agreement="small",
        for_party=for_party,
        names={"person:blue-7": "Anna Berg"},
        parties={"green": "Green"},
    )
    return Calendar.from_ical(data)


def entry(content: Content, **more: object) -> Any:
    (found,) = read(record(content, "blue-1", **more)).subcomponents
    return found


def test_a_visit_said_in_days_is_days_and_its_words_stay() -> None:
    found = entry(VISIT)
    assert found["SUMMARY"] == "Visit, with; signs"
    assert found.decoded("DTSTART") == date(2018, 12, 11)
    assert found.decoded("DTEND") == date(2018, 12, 13)
    assert found.decoded("DTSTAMP") == datetime(2018, 12, 8, 12, tzinfo=UTC)
    assert found["UID"] == "consultation.blue-1@small.parley"
    assert found["RELATED-TO"] == "consultation.blue-0@small.parley"
    text = str(found["DESCRIPTION"])
    assert text.startswith("TLP:AMBER+STRICT // REL TO GREEN // ORCON BLUE\n")
    assert '("2018-12-11/12"; inferred: zone)' in text
    assert "Agenda: The lake (notice:blue-1)" in text


def test_states_and_versions_are_those_of_the_paper() -> None:
    states = {
        MeetingState.TENTATIVE: "TENTATIVE",
        MeetingState.PLANNED: "CONFIRMED",
        MeetingState.HELD: "CONFIRMED",
        MeetingState.CALLED_OFF: "CANCELLED",
    }
    for state, status in states.items():
        assert entry(replace(VISIT, state=state))["STATUS"] == status
    gone = entry(VISIT, withdrawn=True, version=4)
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 4)


def test_who_comes_is_a_name_and_nobodys_address() -> None:
    found = entry(VISIT)
    assert found["ORGANIZER"] == NOBODYS
    assert found["ORGANIZER"].params["CN"] == "Green"
    head, second, some = found["ATTENDEE"]
    assert {str(one) for one in (head, second, some)} == {NOBODYS}
    assert head.params["CN"] == "Anna Berg, Head of 'operations' (blue)"
    assert head.params["ROLE"] == "CHAIR"
    assert second.params["CN"] == "אהרון חליבא (blue)"
    assert (some.params["CN"], some.params["CUTYPE"]) == ("2 unnamed of blue", "GROUP")


def test_an_exact_instant_is_an_instant_and_hours_are_hours() -> None:
    instant = entry(replace(VISIT, when=parse_when("2018-12-11 12:00 +03:00")))
    assert instant.decoded("DTSTART") == datetime(2018, 12, 11, 9, tzinfo=UTC)
    assert "DTEND" not in instant
    assert "Time as said" not in instant["DESCRIPTION"]
    hours = entry(replace(VISIT, when=parse_when("10:00Z 2018-12-11 to 12:00Z 2018-12-11")))
    assert hours.decoded("DTEND") == datetime(2018, 12, 11, 12, tzinfo=UTC)


def test_the_marking_goes_with_each_entry_and_the_file_has_the_most_closed() -> None:
    red = Marking(Tlp.RED, ("green",))
    everybody = Marking(Tlp.CLEAR, (), "", False)
    plain = replace(VISIT, agenda=())
    found = read(record(plain, marking=everybody), record(plain, "blue-2", marking=red))
    assert [one["CLASS"] for one in found.subcomponents] == ["PUBLIC", "CONFIDENTIAL"]
    marks = [str(one["X-PARLEY-MARKING"]) for one in found.subcomponents]
    assert marks == ["TLP:CLEAR // ORIGINATOR BLUE", "TLP:RED // REL TO GREEN // ORCON BLUE"]
    assert found["X-PARLEY-MARKING"] == "TLP:RED // REL TO GREEN // ORCON BLUE"
    community = Marking(Tlp.GREEN, (), "", False)
    assert entry(plain, marking=community)["CLASS"] == "PRIVATE"


def test_an_agenda_item_that_a_party_may_not_have_is_counted_and_not_shown() -> None:
    (for_white,) = read(record(VISIT), for_party="white").subcomponents
    text = str(for_white["DESCRIPTION"])
    assert "Green alone" not in text
    assert "Agenda: 1 not released to white" in text
    assert text.startswith("TLP:AMBER // REL TO GREEN, WHITE // ORCON BLUE")
    (for_green,) = read(record(VISIT), for_party="green").subcomponents
    assert "Green alone" in for_green["DESCRIPTION"]


def test_a_commitment_is_a_task_with_its_due_and_what_it_depends_on() -> None:
    owed = Commitment(
        "blue",
        "Send the map\nby hand",
        CommitmentState.OPEN,
        parse_when("by 20 December 2018", zone="UTC"),
        hard=True,
        after=("commitment:green-3",),
        to=("green",),
    )
    found = entry(owed)
    assert found.name == "VTODO"
    assert found["SUMMARY"] == "Send the map"
    assert "by hand" in found["DESCRIPTION"]
    assert found.decoded("DUE") == date(2018, 12, 20)
    assert (found["STATUS"], found["PRIORITY"]) == ("NEEDS-ACTION", 1)
    assert found["RELATED-TO"] == "commitment.green-3@small.parley"
    assert found["RELATED-TO"].params["RELTYPE"] == "DEPENDS-ON"
    assert entry(replace(owed, state=CommitmentState.DONE))["STATUS"] == "COMPLETED"
    dateless = entry(replace(owed, due=None, hard=False))
    assert "DUE" not in dateless
    assert "no date was said" in dateless["DESCRIPTION"]


def test_an_exercise_says_so_and_an_empty_calendar_can_be_read() -> None:
    made = record(VISIT)
    header = replace(made.paper.header, exercise=True)
    found = entry(VISIT, header=header)
    assert "EXERCISE EXERCISE EXERCISE" in found["DESCRIPTION"]
    assert read().subcomponents == []
