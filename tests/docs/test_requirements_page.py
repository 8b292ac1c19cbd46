"""docs/requirements.md names tests that exist, each requirement once."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    line.split("|")
    for line in (ROOT / "docs" / "requirements.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| id")
]


@cache
def names(file: str) -> frozenset[str]:
    """Top-level test functions, test classes, and classes given a name of a test."""
    found = set()
    for node in ast.parse((ROOT / file).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(name for name in found if name.lower().startswith("test"))


@pytest.mark.parametrize("row", ROWS, ids=[row[1].strip() for row in ROWS])
def test_every_test_named_exists(row: list[str]) -> None:
    cited = re.findall(r"`(tests/[^`]+)`", row[3])
    assert cited, "a requirement without a test"
    for test in cited:
        file, _, name = test.partition("::")
        assert (ROOT / file).is_file(), test
        assert name in names(file), test


def test_each_requirement_stands_once() -> None:
    ids = [row[1].strip() for row in ROWS]
    assert len(ids) == len(set(ids)) > 40
