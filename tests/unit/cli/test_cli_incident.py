"""`parley incident`: a report from its form, claims in words, what is disputed, a communique."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]
ROLE = ("--role", "watch-officer")
TO = ("--to", "il")


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


def test_a_report_is_opened_from_the_empty_form_claimed_about_and_listed(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    form = answer(run("incident", "form", ru, "--empty", "--json"))
    form |= {
        "1_title": "A near miss",
        "2_when": "17 September 2018 19:02Z",
        "3_area": {"circle": {"centre": "35.3N 35.5E", "radius_m": 20000}},
        "4_parties": ["ru", "il"],
        "6_harm": "None.",
        "13_person": "The duty officer",
    }
    file = written(tmp_path / "report.json", form)
    said = answer(run("incident", "open", ru, file, *TO, *ROLE, "--json"))
    ref = said["ref"]
    assert said["paper"]["person"] == "The duty officer"
    page = tmp_path / "report.html"
    printed = run("incident", "form", ru, ref, "-o", page)
    assert printed.stdout.startswith("TLP:"), printed.output
    assert '<p class="marking"><bdi>TLP:' in page.read_text().partition("<h1>")[0]
    assert "A near miss" in page.read_text()
    again = answer(run("incident", "form", ru, ref, "--json"))
    assert again["4_parties"] == ["il", "ru"]

    words = {
        "incident": ref,
        "topic": "lead-time",
        "aspect": "act",
        "claimant": "ru",
        "text": "A minute.",
        "source": {"medium": "briefing", "citation": "a page", "said": "yesterday"},
        "least": 60,
        "most": 60,
        "unit": "seconds",
    }
    one = written(tmp_path / "one.json", words)
    first = answer(
        run("incident", "claim", ru, one, *TO, *ROLE, "--said", "2018-09-24T12:00Z", "--json")
    )
    source = first["paper"]["content"]["source"]
    assert source["said"]["inferred"] == ["day-word"]
    quote = written(
        tmp_path / "two.json", {**words, "claimant": "a paper", "least": 61, "most": 99}
    )
    told = run("incident", "claim", ru, quote, *TO, *ROLE, "--said", "2018-09-24T12:00Z")
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("TLP:AMBER+STRICT // REL TO IL // ORCON")

    found = answer(run("incident", "list", ru, ref, "--json"))
    (entry,) = found["list"]["entries"]
    assert (entry["topic"], entry["standing"]) == ("lead-time", "disputed")
    assert entry["contradictions"][0]["measures"] == {"number_gap": 1}
    shown = run("incident", "list", ru, ref)
    assert "TLP:AMBER+STRICT // REL TO IL, RU // ORCON" in shown.stdout
    assert found["digest"] in shown.stdout.replace("\n", "")
    evidence = tmp_path / "ours.evidence"
    assert run("evidence", "export", ru, ref, "-o", evidence).exit_code == 0
    out = tmp_path / "disputed.html"
    done = run("incident", "list", ru, ref, "--with", evidence, "-o", out)
    assert done.exit_code == 0, done.output
    assert "numbers (1 second between them) cannot both be" in out.read_text()


def test_an_objection_needs_a_deadline_with_a_zone_and_another_s_paper(run: Run, ru: Path) -> None:
    bare = run("incident", "object", ru, "notice:il-1", "--reason", "No.", "--by", "21:39", *ROLE)
    assert bare.exit_code == 2
    own = run(
        *("incident", "object", ru, "notice:ru-1", "--reason", "No."),
        *("--by", "2030-10-01T12:00Z", *TO, *ROLE),
    )
    assert own.exit_code == 2
    assert "its own" in own.stderr
    good = answer(
        run(
            *("incident", "object", ru, "notice:il-1", "--reason", "No.", *TO, *ROLE),
            *("--by", "2030-10-01T12:00Z", "--json"),
        )
    )
    assert good["paper"]["content"]["state"] == "open"
    assert good["paper"]["open"] is True


def test_a_communique_leaves_with_its_marking(run: Run, ru: Path, tmp_path: Path) -> None:
    words = {
        "title": "After the call",
        "joint": False,
        "text": "We spoke.",
        "language": "en",
        "medium": "press",
        "published": None,
    }
    file = written(tmp_path / "words.json", words)
    posted = run(
        *("paper", "post", ru, "communique", file, *TO, *ROLE),
        *("--marking", "TLP:GREEN // REL TO IL", "--json"),
    )
    ref = answer(posted)["ref"]
    told = run("incident", "communique", ru, ref)
    lines = told.stdout.splitlines()
    assert lines[0] == lines[-1] == "TLP:GREEN // REL TO IL"
    out = tmp_path / "communique.txt"
    assert run("incident", "communique", ru, ref, "-o", out).exit_code == 0
    assert out.read_text() == told.stdout
    wrong = run("incident", "communique", ru, "claim:ru-99")
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    "wrong", [("form", "--empty", "incident:ru-1"), ("form",), ("list", "incident:ru-77")]
)
def test_what_is_not_there_is_refused(
    run: Run, make: Make, introduce: Introduce, wrong: tuple[str, ...]
) -> None:
    here = make("ru")
    result = run("incident", wrong[0], here, *wrong[1:])
    assert result.exit_code == 2
