"""The whole command: help, start-up, completion, the last line of defence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import typer
from typer.main import get_command
from typer.testing import Result

from parley import __version__, errors
from parley.cli import app as app_module
from parley.cli.answer import RungName
from parley.cli.client import base_url, parse_events, refusal_of
from parley.cli.complete import complete_party, complete_ref
from parley.cli.nodedir import open_dir
from parley.cli.urgent import PhaseName
from parley.rules.statements import Phase, Rung

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Command = Callable[..., "subprocess.Popen[str]"]


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


ALL = commands(get_command(app_module.app))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_help_examples_and_json(
    run: Run, path: tuple[str, ...], command: Any
) -> None:
    shown = run(*path, "--help")
    assert shown.exit_code == 0
    assert "Examples" in shown.stdout
    assert f"$ parley {' '.join(path)}" in " ".join(shown.stdout.split())
    assert "--json" in [name for option in command.params for name in option.opts]


def test_the_version_and_the_bare_command(run: Run) -> None:
    assert run("--version").stdout == f"parley {__version__}\n"
    assert "Usage: parley" in " ".join(run("--help").stdout.split()).replace("root", "parley")
    assert run("nonsense").exit_code == 2


def test_help_starts_without_the_heavy_rooms() -> None:
    """What `parley --help` need not wait for is not imported before a command runs."""
    heavy = ("shapely", "pyproj", "pydantic", "fastapi", "uvicorn", "httpx", "sqlite3", "nacl",
             "structlog", "rich.table", "parley.node", "parley.space")  # fmt: skip
    code = (
        "import sys; import parley.cli.app;"
        f"sys.stdout.write(' '.join(m for m in {heavy!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_the_words_on_the_command_line_are_the_rules_own() -> None:
    assert set(get_args(RungName)) == {r.value for r in Rung} - {Rung.RECEIVED.value}
    assert set(get_args(PhaseName)) == {p.value for p in Phase}


def test_a_fault_of_our_own_is_one_line_and_status_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: Any) -> None:
        raise KeyError("bug")

    monkeypatch.setattr(app_module, "app", broken)
    monkeypatch.delenv("PARLEY_TRACEBACK", raising=False)
    with pytest.raises(SystemExit) as caught:
        app_module.main()
    assert caught.value.code == 70
    said = capsys.readouterr()
    assert said.out == ""
    assert "Parley failed: KeyError: 'bug'" in said.err
    assert "Traceback" not in said.err


def test_the_template_is_a_good_agreement(run: Run, tmp_path: Path) -> None:
    printed = run("agreement", "template")
    file = tmp_path / "agreement.json"
    file.write_text(printed.stdout)
    checked = json.loads(run("agreement", "check", file, "--json").stdout)
    assert (checked["id"], checked["parties"]) == ("levant-example", ["il", "ru", "un"])
    shown = run("agreement", "check", file).stdout
    assert checked["digest"] in shown
    assert "third parties react" in shown


def test_the_examples_agreement_is_the_template(examples: Path, run: Run) -> None:
    printed = run("agreement", "template").stdout
    assert (examples / "agreement.json").read_text() == printed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('"id": "levant-example"', '"id": "LEVANT EXAMPLE"'), "LEVANT EXAMPLE"),
        (('"lead_s": 600', '"lead_s": "10 min"'), "10 min"),
        (('"party": "ru"', '"party": "su"'), "'su'"),
        (('"35.53N 35.79E"', '"95.53N 35.79E"'), "95.53N"),
        (('"version": 1,', '"version": 1, "colour": "red",'), "colour"),
    ],
)
def test_a_bad_agreement_names_the_value_and_its_place(
    run: Run, tmp_path: Path, examples: Path, change: tuple[str, str], told: str
) -> None:
    text = (examples / "agreement.json").read_text()
    assert change[0] in text
    file = tmp_path / "mine.json"
    file.write_text(text.replace(*change, 1))
    result = run("agreement", "check", file, "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert told in error["what"] + error["where"]
    assert "mine.json" in error["at_fault"]


def context(directory: Path | None) -> typer.Context:
    made = typer.Context(get_command(app_module.app))
    made.params = {} if directory is None else {"directory": directory}
    return made


def test_completion_offers_parties_and_is_silent_where_it_cannot(
    make: Make, tmp_path: Path
) -> None:
    path = make("ru")
    assert complete_party(context(path), "") == ["il", "ru", "un"]
    assert complete_party(context(path), "u") == ["un"]
    assert complete_party(context(tmp_path), "") == []
    assert complete_party(context(None), "") == []
    assert complete_ref(context(path), "") == []
    assert complete_ref(context(None), "") == []


def test_the_running_node_is_found_where_it_listens(make: Make) -> None:
    path = make("ru", "--listen", "0.0.0.0:8709")
    opened = open_dir(path)
    assert base_url(opened) == "http://127.0.0.1:8709"
    opened.running.write_text('{"host": "::1", "port": 9000, "pid": 1}')
    assert base_url(opened) == "http://[::1]:9000"
    opened.running.write_text("half a fi")
    assert base_url(opened) == "http://127.0.0.1:8709"


def test_events_are_parsed_as_the_standard_says() -> None:
    lines = [": comment", "id: 7", "data: a", "data:b", "", "retry: 9", "", "event: x", "data", ""]
    first, second = parse_events(iter(lines))
    assert first == ("7", "message", "a\nb")
    assert second == ("7", "x", "")


def test_a_refusal_of_the_node_comes_back_as_itself() -> None:
    members = {"code": "protocol", "what": "w", "where": "p", "at_fault": "party ru", "right": "r"}
    error = refusal_of(httpx.Response(409, json=members))
    assert type(error) is errors.ProtocolError
    assert (error.what, error.where, error.at_fault, error.right) == ("w", "p", "party ru", "r")
    lost = refusal_of(httpx.Response(404, json={**members, "code": "not-found"}))
    assert type(lost) is errors.InputError
    assert type(refusal_of(httpx.Response(502, text="<html>"))) is errors.ConfigError


def test_what_the_system_refuses_is_told_not_traced(run: Run, tmp_path: Path) -> None:
    result = run("log", tmp_path / ("x" * 300), "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "config"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_json_on_any_standard_output(
    make: Make, introduce: Introduce, encoding: str, command: Command
) -> None:
    path = make("ru", "--zone", "Europe/Moscow")
    config = path / "peers.json"
    introduce(path, make("il"))
    config.write_text(config.read_text().replace('"url": ""', '"url": "https://порт/\\ud800"'))
    asked = command("peer", "list", path, "--json", env={"PYTHONIOENCODING": encoding})
    out, err = asked.communicate(timeout=60)
    assert (asked.returncode, err) == (0, "")
    assert json.loads(out)[1]["url"] == "https://порт/\ud800"
    shown = command("peer", "list", path, env={"PYTHONIOENCODING": encoding})
    out, err = shown.communicate(timeout=60)
    assert (shown.returncode, err) == (0, "")
    assert "\\ud800" in out


@pytest.mark.parametrize("words", [("agreement", "template"), ("--help",)])
def test_a_reader_that_goes_away_gets_no_traceback(
    words: tuple[str, ...], command: Command
) -> None:
    asked = command(*words)
    assert asked.stdout is not None
    assert asked.stderr is not None
    asked.stdout.close()
    with asked.stderr as said:
        told = said.read()
    assert (asked.wait(60) in (0, 1), told) == (True, "")
