"""Times in words inside forms, and what forms of meetings and persons refuse."""

from __future__ import annotations

from typing import Any

import pytest

from parley.errors import InputError
from parley.liaison.directory.contents import Person
from parley.liaison.meetings.contents import Commitment, Consultation
from parley.wire.liaison.whenforms import times_read
from parley.wire.papers import content_from

VISIT: dict[str, Any] = {
    "title": "Visit",
    "state": "planned",
    "host": "",
    "place": "",
    "when": "8 December 2018",
}


def test_words_become_the_interval_that_they_can_mean_wherever_a_time_stands() -> None:
    read = times_read(Consultation, VISIT, zone="UTC")
    assert content_from("consultation", read).when.said == "8 December 2018"  # type: ignore[attr-defined]
    person = {
        "names": [{"text": "Anna", "language": "en"}],
        "offices": [
            {"title": "Chief", "organisation": "", "party": "", "since": "2012", "until": None}
        ],
    }
    office = content_from("person", times_read(Person, person)).offices[0]  # type: ignore[attr-defined]
    assert (office.since.said, office.until) == ("2012", None)


def test_an_interval_that_is_given_stays_and_other_text_is_no_time() -> None:
    given = {"said": "then", "from_ms": 1, "until_ms": 2, "inferred": []}
    plain = {**VISIT, "when": given, "title": "tomorrow", "unknown": "yesterday"}
    assert times_read(Consultation, plain) == plain
    assert times_read(Commitment, {"due": None}) == {"due": None}
    assert times_read(Consultation, ["no", "object"]) == ["no", "object"]


def test_what_cannot_be_read_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as refused:
        times_read(Person, {"offices": [{"since": "2012"}, {"since": "21:39"}]})
    assert refused.value.where == "offices[1].since"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "\u202eVisit"},
        {"delegations": [{"party": "blue", "members": [{"person": "A"}] * 101}]},
        {"delegations": [{"party": "blue", "members": []}] * 33},
        {"agenda": [{"title": "x"}] * 65},
        {"when": {"said": "then", "from_ms": 2, "until_ms": 1, "inferred": []}},
        {"delegations": [{"party": "blue", "members": [{"person": "A", "target": "B"}]}]},
    ],
)
def test_forms_of_too_much_and_of_hidden_signs_are_refused(change: dict[str, Any]) -> None:
    plain = times_read(Consultation, {**VISIT, **change})
    with pytest.raises(InputError):
        content_from("consultation", plain)
