"""docs/liaison/releases.md says what the rules of release say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.liaison.papers.marking import Marking, Tlp
from parley.liaison.releases import register
from parley.liaison.releases.marking import LETS_GO, Who, verdict
from parley.node.liaison import releases

PAGE = Path(__file__).resolve().parents[2] / "docs" / "liaison" / "releases.md"


@pytest.mark.parametrize("tlp", Tlp)
def test_the_table_of_colours_is_the_one_that_judges(tlp: Tlp) -> None:
    name = tlp.value.upper()
    (row,) = [r for r in PAGE.read_text().splitlines() if r.startswith(f"| {name} |")]
    cells = [cell.strip().startswith("yes") for cell in row.strip("|").split("|")[1:]]
    assert cells == [(tlp, who) in LETS_GO for who in Who]
    free = Marking(tlp, originator_control=False)
    named = Marking(tlp, ("c",))
    judged = [
        verdict(named, "a", "b", "c", parties="abc").allowed,
        verdict(free, "a", "b", "c", parties="abc").allowed,
        verdict(free, "a", "b", "press", parties="abc").allowed,
    ]
    assert judged == cells


def test_every_reason_for_a_breach_stands_on_it() -> None:
    text = PAGE.read_text()
    codes: set[str] = set()
    for module in (register, releases):
        source = Path(str(module.__file__)).read_text()
        codes |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    codes -= {"paper-about"}
    assert len(codes) > 12
    assert not [code for code in codes if f"`{code}`" not in text]
