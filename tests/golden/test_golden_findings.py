"""The golden file: what the rules say about one story. Regenerate it with
``python -m parley.testing.golden`` and read the difference before you commit it."""

from __future__ import annotations

import asyncio
import json

from parley.node.standing import ANNOUNCED
from parley.rules.findings import LIAISON, WATCHED, Kind
from parley.testing import golden


def test_rules_say_what_they_said() -> None:
    assert asyncio.run(golden.written()) == golden.GOLDEN.read_text(), (
        "the rules say something else now: python -m parley.testing.golden"
    )


def test_story_has_every_kind_that_follows_from_words_and_ends_with_none() -> None:
    chapters = json.loads(golden.GOLDEN.read_text())
    kinds = {json.loads(line)["kind"] for c in chapters for line in c["green finds"]}
    assert kinds == set(Kind) - LIAISON - (WATCHED - ANNOUNCED)
    assert chapters[-1]["green finds"] == []
    assert set(chapters[-1]["the others find"]) == {"blue", "white", "amber"}
    assert not any(chapters[-1]["the others find"].values())
