"""docs/trust.md, "What happens when a party lies": every row is a test that says the same three
things, and every such test has a row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "tests" / "scenario"
PAGE = (ROOT / "docs" / "trust.md").read_text()
SECTION = PAGE.partition("## What happens when a party lies\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in SECTION.splitlines()
    if line.startswith("| ") and not line.startswith("| attack")
]


def attacks_in(file: Path) -> dict[str, str]:
    """The tests of a file and their docstrings."""
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


FOUND = {
    f"{file.name}::{name}": said
    for file in sorted(SCENARIOS.glob("test_attack_*.py"))
    for name, said in attacks_in(file).items()
}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_row_says_all_and_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 5
    assert all(row)
    (named,) = re.findall(r"`([^`]+)`", row[4])
    assert named in FOUND


@pytest.mark.parametrize("name", FOUND)
def test_every_attack_test_says_what_it_shows_and_has_a_row(name: str) -> None:
    lines = [line.partition(":")[0] for line in FOUND[name].splitlines()]
    assert [word for word in lines if word in ("Proved", "Suspected", "Unknowable")] == [
        "Proved",
        "Suspected",
        "Unknowable",
    ]
    assert sum(f"`{name}`" in row[4] for row in ROWS) == 1


def test_the_attacks_of_the_design_are_all_here() -> None:
    assert len(ROWS) == len(FOUND) >= 20
