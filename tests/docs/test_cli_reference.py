"""docs/cli.md says what the commands say."""

from __future__ import annotations

from pathlib import Path

from parley.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == reference(), "python -m parley.cli.reference > docs/cli.md"
