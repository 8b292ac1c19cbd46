"""docs/console/events.md against the source: every kind of the journal, and what its data holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from parley.node.drafting.draft import Did
from parley.rules.findings import Change
from parley.watch.alarms.alarm import Told

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "parley"
PAGE = (ROOT / "docs" / "console" / "events.md").read_text(encoding="utf-8")

COMPUTED = {
    "node/watching/kept.py": {f"watch-{change.value}" for change in Change}
    | {told.value for told in Told},
    "node/drafting/drafting.py": {f"draft-{did.value}" for did in Did},
    "node/proofs/heads.py": {"witnessed", "unwitnessed"},
}
"""Kinds that are no literal where they are said."""


def said() -> Iterator[tuple[str, ast.Call]]:
    """Every call of ``desk.event`` in the source, and its file."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "event"
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "desk"
            ):
                yield path.relative_to(SOURCE).as_posix(), node


def rows() -> dict[str, set[str]]:
    """Kind to the words of its data column."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            for kind in re.findall(r"`([a-z-]+)`", cells[0]):
                assert kind not in found, f"{kind} stands twice"
                found[kind] = set(re.findall(r"[a-z_]+", cells[1]))
    return found


def test_every_kind_of_the_journal_is_on_the_page_and_no_other() -> None:
    kinds: set[str] = set()
    for where, call in said():
        first = call.args[0]
        if isinstance(first, ast.Constant):
            kinds.add(str(first.value))
        else:
            assert where in COMPUTED, f"{where} says kinds that this test does not know"
            kinds |= COMPUTED[where]
    assert kinds == set(rows())


def test_the_members_of_its_data_are_on_the_page() -> None:
    told, checked = rows(), 0
    for where, call in said():
        first, data = call.args[0], call.args[-1]
        if not (isinstance(first, ast.Constant) and isinstance(data, ast.Dict)):
            continue
        names = {key.value for key in data.keys if isinstance(key, ast.Constant)}
        kind = str(first.value)
        assert names <= told[kind], f"{kind} in {where}"
        checked += 1
    assert checked > 10


def test_what_changes_a_map_names_what_has_changed() -> None:
    told = rows()
    assert all("ref" in told[kind] for kind in ("item", "presence", "moving-hazard", "paper"))
    assert "track" in told["track-claimed"] & told["track-bound"]
    assert all("refs" in told[f"finding-{what}"] for what in ("opened", "changed", "closed"))
