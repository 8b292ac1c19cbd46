"""`parley meeting` and `parley directory`: forms with times in words, lists, a calendar file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]
ROLE = ("--role", "watch-officer")


@pytest.fixture
def ru(make: Make, introduce: Introduce, serve: Serve) -> Path:
    here, there = make("ru"), make("il")
    introduce(here, there)
    serve(here, "--listen", "127.0.0.1:0")
    return here


def written(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False))
    return path


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


VISIT = {
    "title": "Visit",
    "state": "planned",
    "host": "ru",
    "place": "Moscow",
    "when": "11-12 December 2018",
    "delegations": [{"party": "il", "members": [{"person": "אהרון חליבא", "head": True}]}],
}


def test_a_visit_is_written_in_words_shown_minuted_and_exported(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    file = written(tmp_path / "visit.json", VISIT)
    said = answer(
        run("meeting", "add", ru, file, "--to", "il", "--zone", "Europe/Moscow", *ROLE, "--json")
    )
    when = said["paper"]["content"]["when"]
    assert (when["said"], when["inferred"]) == ("11-12 December 2018", ["zone"])
    ref = said["ref"]
    words = {"consultation": ref, "agreed": True, "tone": "professional", "text": "Both agree."}
    minutes = written(tmp_path / "minutes.json", words)
    assert run("meeting", "minutes", ru, minutes, "--to", "il", *ROLE).exit_code == 0
    promise = {"owner": "ru", "text": "Map", "state": "open", "due": "by 20 December 2018"}
    owed = written(tmp_path / "promise.json", promise)
    told = run(
        "meeting", "add", ru, owed, "--kind", "commitment", "--to", "il", "--about", ref, *ROLE
    )
    assert told.exit_code == 0, told.output
    listed = run("meeting", "list", ru)
    assert "2018-12-10T21:00:00Z" in listed.stdout
    assert "u000a" not in listed.stdout
    shown = run("meeting", "show", ru, ref)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("TLP:AMBER+STRICT // REL TO IL // ORCON")
    assert "אהרון חליבא (head)" in shown.stdout
    assert "proposed, professional" in shown.stdout
    due = run("meeting", "commitments", ru)
    assert "OVERDUE" in due.stdout
    assert "u000a" not in due.stdout
    out = tmp_path / "meetings.ics"
    assert answer(run("meeting", "ics", ru, "-o", out, "--for", "il", "--json"))["bytes"] > 0
    assert len(Calendar.from_ical(out.read_bytes()).subcomponents) == 2
    held = written(tmp_path / "held.json", {**VISIT, "state": "held"})
    assert run("meeting", "amend", ru, ref, held, "--zone", "Europe/Moscow", *ROLE).exit_code == 0
    back = run("meeting", "amend", ru, ref, file, "--zone", "Europe/Moscow", *ROLE)
    assert back.exit_code == 2
    assert "from held to planned" in " ".join(back.stderr.split())


def test_a_bare_time_in_a_form_is_refused_with_its_place(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    file = written(tmp_path / "visit.json", {**VISIT, "when": "21:39"})
    told = run("meeting", "add", ru, file, *ROLE, "--json")
    assert told.exit_code == 2
    assert "without a zone" in told.stderr + told.stdout


def test_a_person_is_entered_found_merged_and_unmerged(run: Run, ru: Path, tmp_path: Path) -> None:
    first = {
        "names": [{"text": "Sergei Shoigu", "language": "en"}],
        "offices": [
            {
                "title": "Minister of Defence",
                "organisation": "Government",
                "party": "ru",
                "since": "6 November 2012",
            }
        ],
    }
    second = {"names": [{"text": "Сергей Шойгу", "language": "ru"}]}
    refs = [
        answer(
            run(
                *("directory", "add", ru, written(tmp_path / "p.json", one)),
                *("--zone", "Europe/Moscow", *ROLE, "--json"),
            )
        )["ref"]
        for one in (first, second)
    ]
    found = run("directory", "find", ru, "Шойгу", "--at", "2018-09-18T12:00Z")
    assert refs[0] in found.stdout
    assert "Minister of Defence" in found.stdout
    held = run("directory", "office", ru, "minister of defence", "--at", "2018-09-18T12:00Z")
    assert "Sergei Shoigu" in held.stdout
    pairs = answer(run("directory", "duplicates", ru, "--json"))["pairs"]
    assert [(p["a"], p["b"]) for p in pairs] == [tuple(sorted(refs))]
    why = ("--decided-by", "Maj. Berg", "--reason", "one passport", *ROLE)
    merge = answer(run("directory", "merge", ru, *refs, *why, "--json"))["ref"]
    assert f"{refs[1]} was merged into it" in run("directory", "show", ru, refs[0]).stdout
    again = run("directory", "merge", ru, refs[1], refs[0], *why)
    assert "no effect: it would close a circle" in again.stdout
    assert run("directory", "unmerge", ru, merge, *why).exit_code == 0
    assert answer(run("directory", "show", ru, refs[1], "--json"))["merged"] == [refs[0]]


def test_words_about_a_time_are_shown_in_zulu_first(run: Run) -> None:
    told = run("meeting", "when", "on December 8th", "--said", "2018-12-09T09:00Z", "--zone", "Z")
    assert told.stdout.strip() == (
        '2018-12-08T00:00:00Z to 2018-12-08T23:59:59.999Z ("on December 8th"; inferred: year, zone)'
    )
    zone = ("--zone", "Europe/Moscow")
    exact = answer(run("meeting", "when", "17.09.2018 21:39", *zone, "--json"))
    assert exact["local"] == ["21:39 +03:00 Mon 17 Sep 2018"]
    assert run("meeting", "when", "2018-09-17 21:39").exit_code == 2
