"""docs/liaison/hotline.md says what the rules of the hotline say."""

from __future__ import annotations

import json
from pathlib import Path

from parley.cli.hotlinefile import read_hotline
from parley.liaison.hotline.blanks import BlankKind
from parley.liaison.hotline.contents import Precedence
from parley.liaison.hotline.phrasebook import BOOK
from parley.liaison.hotline.precedence import PACES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "liaison" / "hotline.md").read_text()


def words(seconds: int) -> str:
    for size, name in ((3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def test_the_table_of_precedences_is_the_one_in_force() -> None:
    for precedence in Precedence:
        pace = PACES[precedence]
        late = pace.late_level.name.lower()
        if pace.late_level is not pace.level:
            late += f", {words(pace.late_s)}"
        row = (
            f"| {precedence.value.upper()} | {words(pace.read_s)} | {words(pace.read_back_s)}"
            f" | {pace.level.name.lower()} | {late} |"
        )
        assert row in PAGE


def test_the_page_counts_the_phrases_and_names_every_kind_of_blank() -> None:
    assert f"{len(BOOK)} phrases" in PAGE
    for kind in BlankKind:
        assert f"| {kind.value} |" in PAGE


def test_the_example_of_hotline_json_is_one(tmp_path: Path) -> None:
    text = PAGE.partition("```json\n")[2].partition("```")[0]
    (tmp_path / "hotline.json").write_text(text)
    settings = read_hotline(tmp_path)
    assert settings.checks.role == json.loads(text)["role"]
    assert settings.translating is not None
    assert not settings.translating.trusted
