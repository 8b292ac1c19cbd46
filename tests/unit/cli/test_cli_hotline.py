"""`parley hotline`: messages, phrases, calls, checks, lines, files by their hash; its file."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from parley.cli.hotlinefile import read_hotline
from parley.cli.liaison.hotline_files import hash_file, verify_file
from parley.errors import ConfigError, InputError
from parley.liaison.hotline.contents import LineName

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]
ROLE = ("--role", "watch-officer")


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# Without a node


def test_the_phrase_book_is_read_without_a_node(run: Run) -> None:
    book = answer(run("hotline", "phrases", "--json"))
    assert 30 <= len(book["phrases"]) <= 45
    table = run("hotline", "phrases", "-l", "he")
    assert "p-101" in table.stdout
    assert book["digest"] in table.stdout
    one = run("hotline", "phrases", "103")
    assert "Не открывать огонь" in one.stdout
    assert "p-152" in one.stdout
    assert run("hotline", "phrases", "999").exit_code == 2


def test_a_file_is_known_by_its_hash(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "разговор 1.ogg"
    file.write_bytes(b"voice" * 300_000)
    told = answer(run("hotline", "hash", file, "--json"))
    assert told == {
        "name": "разговор 1.ogg",
        "media_type": "audio/ogg",
        "size": 1_500_000,
        "sha256": hashlib.sha256(b"voice" * 300_000).hexdigest(),
    }


def test_hostile_files_are_refused_in_words(run: Run, tmp_path: Path) -> None:
    turned = tmp_path / "gpj.\u202eogg"
    turned.write_bytes(b"x")
    told = run("hotline", "hash", turned)
    assert told.exit_code == 2
    assert "U+202E" in told.stderr
    assert answer(run("hotline", "hash", turned, "--name", "call.ogg", "--json"))["size"] == 1
    empty = tmp_path / "empty.ogg"
    empty.touch()
    assert "0 bytes" in run("hotline", "hash", empty).stderr
    assert run("hotline", "hash", tmp_path).exit_code == 2
    assert run("hotline", "hash", tmp_path / "nothing").exit_code == 2
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run("hotline", "hash", pipe).exit_code == 2


def test_a_changed_file_is_not_the_one_that_was_attached(tmp_path: Path) -> None:
    file = tmp_path / "call.ogg"
    file.write_bytes(b"voice")
    held = hash_file(file)
    verify_file(file, held)
    file.write_bytes(b"vo1ce")
    with pytest.raises(InputError, match="hash"):
        verify_file(file, held)


# hotline.json


def config(directory: Path, **members: object) -> Path:
    plain = {"format": "parley/hotline/v1", **members}
    (directory / "hotline.json").write_text(json.dumps(plain))
    return directory


def test_without_a_file_the_safety_line_is_asked_and_nothing_is_translated(tmp_path: Path) -> None:
    settings = read_hotline(tmp_path)
    assert settings.checks.every_s(LineName.SAFETY) == 3_600
    assert settings.checks.every_s(LineName.STRATEGIC) == 0
    assert settings.translating is None


def test_a_command_and_an_endpoint_are_chosen_by_line(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "", "{source}"]
    chosen = {"argv": argv, "lines": ["safety"], "provider": "own"}
    settings = read_hotline(config(tmp_path, translator=chosen, fallback="VHF 121.500"))
    assert settings.fallback == "VHF 121.500"
    assert settings.translating is not None
    assert settings.translating.lines == {LineName.SAFETY}
    assert not settings.translating.translator.outside
    (tmp_path / "key").write_text("secret\n")
    (tmp_path / "key").chmod(0o600)
    url = {"url": "https://translate.example", "lines": ["strategic"], "api_key_file": "key"}
    translating = read_hotline(config(tmp_path, translator=url)).translating
    assert translating is not None
    assert translating.translator.outside
    assert not translating.trusted


@pytest.mark.parametrize(
    "members",
    [
        {"format": "parley/hotline/v2"},
        {"safety_every_s": 59},
        {"safety_every_s": 100, "due_s": 300},
        {"due_s": 1},
        {"every": 60},
        {"translator": {"lines": ["safety"]}},
        {"translator": {"lines": [], "argv": ["x"]}},
        {"translator": {"lines": ["safety"], "argv": ["x"], "url": "https://x.example"}},
        {"translator": {"lines": ["safety"], "url": "http://x.example"}},
        {"translator": {"lines": ["safety"], "url": "https://x", "api_key_file": "gone"}},
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(
    tmp_path: Path, members: dict[str, object]
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_hotline(config(tmp_path, **members))
    assert str(tmp_path) in refused.value.where


# With a node


@pytest.fixture
def ru(make: Make, introduce: Introduce, serve: Serve) -> Path:
    here, there = make("ru"), make("il")
    introduce(here, there)
    code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    config(
        here,
        fallback="VHF 121.500",
        translator={"argv": [sys.executable, "-c", code], "provider": "upper", "lines": ["safety"]},
    )
    serve(here, "--listen", "127.0.0.1:0")
    return here


def test_a_day_on_the_line(run: Run, ru: Path, tmp_path: Path) -> None:
    to = ("--to", "il", *ROLE)
    sent = answer(run("hotline", "send", ru, "where are you?", *to, "--json"))
    assert sent["paper"]["content"]["line"] == "safety"
    blanks = ("--blank", "place=N35.48 E035.95", "--blank", "time=2018-09-17T21:59:30Z")
    hold = run("hotline", "phrase", ru, "103", "-l", "ar", *blanks, *to)
    assert hold.exit_code == 0, hold.output
    assert hold.stdout.splitlines()[0] == "TLP:AMBER+STRICT // REL TO IL // ORCON"
    log = answer(run("hotline", "log", ru, "-l", "en", "--json"))
    newest, first = log["messages"]
    assert newest["precedence"] == "flash"
    assert newest["original"] == "لا تطلقوا النار قرب N35.48 E035.95 حتى 2159Z 17 SEP 2018."
    assert newest["wording"] == "Hold fire near N35.48 E035.95 until 2159Z 17 SEP 2018."
    assert first["ref"] == sent["ref"]
    shown = run("hotline", "log", ru)
    assert "TLP:AMBER+STRICT // REL TO IL // ORCON" in shown.stdout
    assert answer(run("hotline", "log", ru, "--line", "strategic", "--json"))["messages"] == []

    suggestion = run("hotline", "translate", ru, sent["ref"], "ru")
    assert "machine suggestion by upper, not checked" in suggestion.stdout
    assert "where are you?" in suggestion.stdout
    assert "WHERE ARE YOU?" in suggestion.stdout

    _a_call(run, ru, tmp_path)
    _an_outage(run, ru)

    asked = answer(run("hotline", "check", ru, *to, "--json"))
    assert asked["paper"]["content"]["due_s"] == 300
    own = run("hotline", "read", ru, sent["ref"], *ROLE)
    assert own.exit_code == 2


def _a_call(run: Run, ru: Path, tmp_path: Path) -> None:
    file = tmp_path / "call.ogg"
    file.write_bytes(b"voice")
    began = ("--began", "2018-09-17T18:59:00Z")
    call = answer(
        run("hotline", "call", ru, "--with", "il", *began, "--speaker", "chief", *ROLE, "--json")
    )
    assert call["paper"]["content"]["ended_ms"] == -1
    ended = ("--ended", "2018-09-17T19:01:00Z")
    told = answer(
        run(
            "hotline",
            "call",
            ru,
            "--end",
            call["ref"],
            *ended,
            "--recording",
            file,
            *ROLE,
            "--json",
        )
    )
    content = told["paper"]["content"]
    assert (content["speakers"], content["ended_ms"] - content["began_ms"]) == (["chief"], 120_000)
    assert run("hotline", "verify-file", ru, call["ref"], file).exit_code == 0
    file.write_bytes(b"vo1ce")
    other = run("hotline", "verify-file", ru, call["ref"], file)
    assert other.exit_code == 2
    assert "hash" in other.stderr


def _an_outage(run: Run, ru: Path) -> None:
    lone = run("hotline", "report", ru, "out", *ROLE)
    assert lone.exit_code == 2
    out = answer(run("hotline", "report", ru, "out", "--fallback", "form 3", *ROLE, "--json"))
    safety = answer(run("hotline", "lines", ru, "--json"))[0]
    assert (safety["line"], safety["state"], safety["fallback"]) == ("safety", "out", "form 3")
    up = answer(run("hotline", "report", ru, "up", *ROLE, "--json"))
    assert (up["ref"], up["version"]) == (out["ref"], 2)
    held = answer(run("hotline", "lines", ru, "--outages", "--json"))
    mine = [one for one in held if one["ref"] == out["ref"] and "il" in one["parties"]]
    assert mine[0]["until"] is not None
    assert "form 3" in run("hotline", "lines", ru, "--outages").stdout
    assert run("hotline", "lines", ru).exit_code == 0
