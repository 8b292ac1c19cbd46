"""`parley demo liaison`: played on real nodes, told in lines, its files verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from parley.cli.demos import demo
from parley.ledger import verify_evidence
from parley.wire.scenario import parse_scenario


@pytest.fixture
def app() -> typer.Typer:
    """The command on its own, with a second one so that it keeps its name."""
    made = typer.Typer()
    demo.register(made)
    made.command("other")(lambda: None)
    return made


def test_it_plays_verifies_and_ends_with_both_lists(app: typer.Typer, tmp_path: Path) -> None:
    out = tmp_path / "after"
    result = CliRunner().invoke(app, ["demo", "liaison", "--out", str(out)])
    assert result.exit_code == 0, result.output
    page = result.stdout.replace(str(tmp_path), "").splitlines()
    assert max(len(line) for line in page) <= 104
    heads = [page.index(head) for head in ("Agreed", "Disputed", "Said by one side")]
    assert heads == sorted(heads)
    assert "NOT VERIFIED" not in result.stdout
    assert "NOT SAME" not in result.stdout
    for line in ("hit-by (act)", "lead-time (act)", "who-answers (blame)"):
        assert line in page
    assert any("told 60 s before its start by the clocks of its author" in p for p in page)
    night = parse_scenario(demo.scenario_bytes(), demo.SCENARIO)
    for party in night.agreement.parties:
        if not party.observer:
            report = verify_evidence((out / f"{party.id}.evidence").read_bytes())
            assert sum(item.witnessed for item in report.items) == len(report.items)
            listed = (out / f"{party.id}-list.html").read_text()
            assert "TLP:AMBER+STRICT // REL TO IL, RU // ORCON" in listed
            assert "Sources" in listed
    found = json.loads((out / "list.json").read_text())
    assert {e["standing"] for e in found["entries"]} >= {"agreed", "disputed", "single-sided"}
    assert "Incident report" in (out / "incident.html").read_text()
    assert "Both sides on one timeline" in (out / "dispute.html").read_text()
    told = (out / "communiques.txt").read_text()
    assert told.count("Statement of ") == 3
    assert told.startswith("TLP:CLEAR\n")


@pytest.mark.parametrize(
    "wrong",
    [["landing"], ["liaison", "--account", "il"], ["liaison", "--speed", "max"]],
)
def test_a_part_that_is_none_is_refused(app: typer.Typer, wrong: list[str]) -> None:
    result = CliRunner().invoke(app, ["demo", *wrong])
    assert type(result.exception).__name__ == "InputError"
