"""`parley paper`: forms to fill in, papers said, listed, shown, amended, taken back, answered."""

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

HEBREW = "נא לאשר קבלה"


def form(path: Path, **change: object) -> Path:
    content = {
        "line": "safety",
        "precedence": "priority",
        "language": "he",
        "text": f"{HEBREW}: confirm 21:39Z",
        **change,
    }
    path.write_text(json.dumps(content, ensure_ascii=False))
    return path


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_empty_form_has_every_member_and_says_what_they_mean(run: Run) -> None:
    told = run("paper", "template", "message")
    assert told.exit_code == 0, told.output
    members = json.loads(told.stdout)
    for name in ("line", "precedence", "language", "text", "read_back"):
        assert name in members
        assert f"  {name}" in told.stderr
    assert "one of: flash, immediate, priority, routine" in told.stderr
    unknown = run("paper", "template", "letter")
    assert unknown.exit_code == 2
    assert "message" in unknown.stderr


def test_every_kind_has_an_empty_form(run: Run) -> None:
    for kind in answer(run("paper", "kinds", "--json")):
        told = answer(run("paper", "template", kind["kind"], "--json"))
        assert set(told["form"]) == {member["name"] for member in told["members"]}
        assert told["about"] == kind["about"] != ""


@pytest.fixture
def ru(make: Make, introduce: Introduce, serve: Serve) -> Path:
    here, there = make("ru"), make("il")
    introduce(here, there)
    serve(here, "--listen", "127.0.0.1:0")
    return here


def test_a_paper_is_said_read_changed_and_taken_back(run: Run, ru: Path, tmp_path: Path) -> None:
    file = form(tmp_path / "message.json")
    role = ("--role", "watch-officer")
    said = answer(run("paper", "post", ru, "message", file, "--to", "il", *role, "--json"))
    assert said["ref"] == "message:ru-1"
    shown = run("paper", "show", ru, "message:ru-1")
    assert shown.stdout.splitlines()[0] == "TLP:AMBER+STRICT // REL TO IL // ORCON"
    assert HEBREW in shown.stdout
    assert "Precedence  priority" in shown.stdout
    assert not {"{", "_ms"} & set(shown.stdout.split()), "words, no notation of programs"

    again = run(
        "paper",
        "amend",
        ru,
        "message:ru-1",
        "-",
        *role,
        "--marking",
        "TLP:GREEN",
        stdin=form(file, text="anew").read_text(),
    )
    assert again.exit_code == 0, again.output
    assert again.stdout.splitlines()[0] == "TLP:GREEN"
    versions = answer(run("paper", "history", ru, "message:ru-1", "--json"))
    assert [v["content"]["text"] for v in versions] == [f"{HEBREW}: confirm 21:39Z", "anew"]

    assert run("paper", "withdraw", ru, "message:ru-1", *role).exit_code == 0
    listed = answer(run("paper", "list", ru, "message", "--json"))
    assert [(p["ref"], p["withdrawn"]) for p in listed["papers"]] == [("message:ru-1", True)]
    assert answer(run("paper", "list", ru, "message", "--open", "--json"))["papers"] == []
    assert "message ru-1, version 3 (withdrawn): anew" in run("paper", "list", ru, "message").stdout


def test_what_the_node_refuses_is_told_with_its_place(run: Run, ru: Path, tmp_path: Path) -> None:
    role = ("--role", "watch-officer")
    wrong = form(tmp_path / "wrong.json", language="english!")
    refused = run("paper", "post", ru, "message", wrong, *role)
    assert refused.exit_code == 2
    assert "content.language" in refused.stderr
    assert run("paper", "show", ru, "message:ru-9").exit_code == 2
    own = answer(run("paper", "post", ru, "message", form(wrong), "--to-nobody", *role, "--json"))
    assert own["paper"]["to"] == []
    ours = run("paper", "reply", ru, own["ref"], "read", *role)
    assert ours.exit_code == 2
    assert "own" in ours.stderr
    bare = run("paper", "reply", ru, own["ref"], "read-back", "--value", "21:39Z", *role)
    assert "NAME=VALUE" in bare.stderr
