"""The incident report form: numbered alike on paper, empty and as a file; communiques as text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from parley.errors import InputError
from parley.liaison.incidents.contents import Communique, Incident, IncidentState
from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.papers.paper import Paper
from parley.liaison.papers.record import Heard, PaperRecord
from parley.liaison.papers.when import When, parse_when
from parley.rules.statements import Header, Rung
from parley.wire.liaison.incident_communique import communique_text
from parley.wire.liaison.incident_form import (
    FORMAT,
    NUMBERED,
    empty_file,
    empty_page,
    form_file,
    form_page,
    form_text,
    read_form,
)
from parley.wire.pages import as_html

NAMES = {"ru": "Russia", "il": "Israel"}
FILLED: dict[str, Any] = {
    "format": FORMAT,
    "1_title": "An aircraft lost",
    "2_when": "17 September 2018 19:02:45Z",
    "3_area": {"circle": {"centre": "35.3N 35.545E", "radius_m": 20000}},
    "4_parties": ["ru", "il"],
    "5_involved": ["an aircraft with its crew"],
    "6_harm": "All aboard are lost.",
    "7_actions": "The duty officers were told.\nA search began.",
    "8_questions": ["When was the notice given?"],
    "9_refs": ["notice:il-1"],
    "10_attachments": [],
    "11_state": "open",
    "12_same_as": "",
    "13_person": "the duty officer",
}


def read(**changes: Any) -> tuple[Incident, str]:
    return read_form(json.dumps({**FILLED, **changes}).encode(), "form.json")


def paper_of(content: Incident | Communique) -> Paper:
    header = Header("ru", "duty-officer", 1_537_214_400_000, ("il",), "0" * 64)
    return Paper(header, "ru-7", 1, content, Marking(Tlp.AMBER, ("il",)))


def test_a_filled_form_is_the_content_of_the_report() -> None:
    content, person = read()
    assert person == "the duty officer"
    assert content.when == parse_when("17 September 2018 19:02:45Z")
    assert (content.parties, content.state) == (("il", "ru"), IncidentState.OPEN)
    assert content.area is not None
    assert content.area.reach_m == 20_000


def test_a_report_written_out_as_a_form_is_read_back_the_same() -> None:
    content, person = read()
    again = read_form(json.dumps(form_file(content, person)).encode(), "form.json")
    assert again == (content, person)


def test_paper_screen_and_file_have_one_numbering() -> None:
    content, _ = read()
    filled = form_page(paper_of(content), "TLP:AMBER // REL TO IL", NAMES)
    empty = empty_page("An agreement")
    tables = [section.table for page in (filled, empty) for section in page.sections[:1]]
    numbers = [[(row[0], row[1].splitlines()[0]) for row in t.rows] for t in tables if t]
    assert numbers[0] == numbers[1]
    names = [key.split("_", 1) for key in empty_file() if key != "format"]
    assert [int(number) for number, _ in names] == list(range(1, len(NUMBERED) + 2))
    assert [name for _, name in names[:-1]] == [name for name, _, _ in NUMBERED]


def test_the_printed_form_shows_the_marking_and_every_entry() -> None:
    content, _ = read()
    page = form_page(paper_of(content), "TLP:AMBER // REL TO IL", NAMES)
    for shown in (form_text(page), as_html(page)):
        assert shown.count("TLP:AMBER // REL TO IL") == 2
        for words in ("An aircraft lost", "2018-09-17T19:02:45Z", "Israel", "notice:il-1"):
            assert words in shown
    assert form_text(page).splitlines()[0] == form_text(page).splitlines()[-1]
    assert " 7. What was done\n    The duty officers were told.\n    A search began.\n" in (
        form_text(page)
    )
    assert "....." in form_text(empty_page())


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"2_when": "19:02"}, "form.when"),
        ({"2_when": "tomorrow"}, "form.when"),
        ({"3_area": {"circle": {"centre": "95N 35E", "radius_m": 1}}}, "form.area"),
        ({"3_area": {"circle": None}}, "form.area"),
        ({"4_parties": ["Russia"]}, "form.parties[0]"),
        ({"11_state": "blamed"}, "form.state"),
        ({"14_blame": "il"}, "14_blame"),
        ({"format": "parley/incident-form/v2"}, "format"),
        ({"1_title": ""}, "form.title"),
        ({"13_person": 7}, "13_person"),
    ],
)
def test_a_form_that_cannot_be_read_says_which_field(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        read(**changes)
    assert caught.value.where == where
    assert caught.value.right


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'{"format": 1}', b"\xff", b"[" * 9_000])
def test_bytes_that_are_no_form_are_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_form(data, "form.json")


PUBLISHED = parse_when("18 September 2018", zone="+03:00")
STATEMENT = Communique(
    "After the call", False, "We spoke.\nMore follows.", "en", "press", PUBLISHED
)


def test_a_communique_is_marked_first_and_last_and_keeps_its_two_times_apart() -> None:
    happened = When("yesterday", 1_537_131_600_000, 1_537_217_999_999, ("day-word",))
    record = PaperRecord(paper_of(replace(STATEMENT, happened=happened)), 0, ())
    lines = communique_text(record, NAMES).splitlines()
    assert lines[0] == lines[-1] == "TLP:AMBER // REL TO IL // ORCON"
    assert "Statement of Russia alone" in lines
    (published,) = [line for line in lines if line.startswith("Published: ")]
    assert '"18 September 2018"' in published
    (told,) = [line for line in lines if line.startswith("Tells of: ")]
    assert told.endswith('("yesterday"; inferred: day-word)')
    assert "More follows." in lines


def test_a_joint_communique_says_whether_it_is_agreed() -> None:
    paper = paper_of(replace(STATEMENT, joint=True, published=None))
    asked = Heard("il", 1)
    shown = communique_text(PaperRecord(paper, 0, (asked,)), NAMES)
    assert "NOT AGREED: waits for Israel" in shown
    assert "Published: not said" in shown
    agreed = replace(asked, rung=Rung.ACCEPTED, answered_ms=1)
    shown = communique_text(PaperRecord(paper, 0, (agreed,)), NAMES)
    assert "Joint statement of Russia and Israel, agreed by all" in shown


def test_a_communique_cannot_turn_the_direction_of_a_screen() -> None:
    text = "abc\u202edef\x1b[2J"
    record = PaperRecord(paper_of(replace(STATEMENT, text=text)), 0, ())
    shown = communique_text(record, NAMES)
    assert "\u202e" not in shown
    assert "\x1b" not in shown
