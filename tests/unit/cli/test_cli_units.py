"""`parley unit` and `parley duty`: who is told, what is kept, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Serve = Callable[..., Any]
ROLE = ("--role", "watch-officer")


@pytest.fixture
def ru(make: Make, serve: Serve) -> Path:
    here = make("ru")
    serve(here, "--listen", "127.0.0.1:0")
    return here


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_unit_is_added_told_and_proved_and_the_ledger_says_so(run: Run, ru: Path) -> None:
    unit = answer(
        run(
            "unit", "add", ru, "Battery 4", "air-defence", "--floor", "0m", "--ceiling", "25000m",
            "--channel", "field telephone", "--confirm", 300, *ROLE, "--json",
        )
    )["ref"]  # fmt: skip
    assert unit == "unit:ru-1"
    listed = run("unit", "list", ru)
    assert "field telephone" in " ".join(listed.stdout.split()), listed.output
    half = run("unit", "add", ru, "Guns", "fires-cell", "--floor", "0m", *ROLE)
    assert (half.exit_code, "half a band" in half.stderr) == (2, True)
    assert run("stop", ru, *ROLE).exit_code == 0
    looked = run("unit", "relay", ru, "stop:ru-2", unit, "--look")
    assert "STOP everywhere." in looked.stdout
    filed = answer(run("unit", "relay", ru, "stop:ru-2", unit, *ROLE, "--to-nobody", "--json"))
    before = run("unit", "ledger", ru, "stop:ru-2").stdout
    assert "NOT delivered to all" in before
    proof = run("unit", "proof", ru, filed["ref"], "receipt", "--taken-by", "Sgt B", *ROLE)
    assert proof.exit_code == 0, proof.output
    ledger = answer(run("unit", "ledger", ru, "stop:ru-2", "--json"))
    assert [(u["told"], u["state"]) for u in ledger["units"]] == [("delivered", "receipt")]
    bare = run("unit", "proof", ru, filed["ref"], "read-back", "--value", "21:39Z", *ROLE)
    assert (bare.exit_code, "NAME=VALUE" in bare.stderr) == (2, True)


def test_an_obligation_is_written_down_and_a_period_reported(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    file = tmp_path / "duty.json"
    content = {
        "title": "Keep the line",
        "citation": "article 4",
        "text": "Keep the line.",
        "paraphrase": True,
        "language": "en",
        "binds": ["il", "ru"],
    }
    file.write_text(json.dumps(content))
    refused = run("duty", "add", ru, file, *ROLE)
    assert (refused.exit_code, "paraphrase without a source" in refused.stderr) == (2, True)
    file.write_text(json.dumps({**content, "source": "https://example.org/agreement"}))
    assert answer(run("duty", "add", ru, file, *ROLE, "--json"))["ref"].startswith("obligation:ru-")
    assert "paraphrase of article 4" in " ".join(run("duty", "list", ru).stdout.split())
    asked = run(
        "duty", "ask", ru, "il", "works may begin", "--when", "2030-12-04T00:00:00Z",
        "--source", "press statement", "--reply-by", "2030-12-05T00:00:00Z", *ROLE,
    )  # fmt: skip
    assert asked.exit_code == 0, asked.output
    period = ("--from", "2020-01-01T00:00:00Z", "--until", "2040-01-01T00:00:00Z")
    told = run("duty", "report", ru, *period).stdout
    assert "paraphrase of article 4, written down by ru" in told
    assert "NOTICES ASKED FOR" in told
    assert "no answer" in told
    found = answer(run("duty", "report", ru, *period, "--json"))
    assert [p["party"] for p in found["obligations"][0]["parties"]] == ["il", "ru"]
