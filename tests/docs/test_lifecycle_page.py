"""docs/lifecycle.md is what the tables say."""

from __future__ import annotations

from parley.testing import diagrams


def test_page_is_current() -> None:
    assert diagrams.PAGE.read_text() == diagrams.page(), "python -m parley.testing.diagrams"
