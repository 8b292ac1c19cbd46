"""`parley agreement`: an amendment proposed, signed and in force between two served nodes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output + result.stderr
    return json.loads(result.stdout)


def test_a_lone_node_proposes_signs_suspends_and_resumes(
    run: Run, make: Make, serve: Serve, tmp_path: Path
) -> None:
    here = make("ru")
    text = json.loads((here / "agreement.json").read_text())
    text["version"] = 2
    text["lines"] = [
        {
            "id": "blue-line",
            "name": "Line of withdrawal",
            "points": ["33.0925N 35.1045E", "33.1000N 35.2000E"],
            "known_to_m": 50,
        }
    ]
    amended = tmp_path / "version-2.json"
    amended.write_text(json.dumps(text))
    with_bad_time = ("--from", "2031-06-01 10:00", "--sign-by", "2031-05-20T00:00:00Z")
    on_time = ("--from", "2031-06-01T00:00:00Z", "--sign-by", "2131-05-20T00:00:00Z")
    serve(here)
    bare = run("agreement", "propose", here, amended, "--role", "watch-officer", *with_bad_time)
    assert bare.exit_code == 2
    assert "zone" in bare.stderr or "Z" in bare.stderr
    said = answer(
        run("agreement", "propose", here, amended, "--role", "watch-officer", *on_time, "--json")
    )
    state = answer(run("agreement", "show", here, "--json"))
    assert [(o["ref"], o["state"]) for o in state["offers"]] == [(said["ref"], "open")]
    assert (
        state["offers"][0]["digest"]
        == answer(run("agreement", "check", amended, "--json"))["digest"]
    )
    answer(run("agreement", "sign", here, said["ref"], "--role", "watch-officer", "--json"))
    again = run("agreement", "sign", here, said["ref"], "--role", "watch-officer")
    assert again.exit_code == 2
    assert "one a round" in again.stderr
    told = run("agreement", "show", here)
    assert "Waits for" in told.stdout
    answer(run("agreement", "suspend", here, "--role", "watch-officer", "--json"))
    (ours,) = [
        s for s in answer(run("agreement", "show", here, "--json"))["stances"] if s["party"] == "ru"
    ]
    assert (ours["stance"], ours["keeps_line"]) == ("suspended", True)
    answer(run("agreement", "resume", here, "--role", "watch-officer", "--json"))
    state = answer(run("agreement", "show", here, "--json"))
    assert {s["stance"] for s in state["stances"]} == {"taking-part"}
