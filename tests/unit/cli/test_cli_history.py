"""history.db beside a served node: bounds from watch.json, a damaged file begun anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parley.cli.watchfile import FORMAT, HistoryEntry, read_watch
from parley.cli.watching import _opened
from parley.errors import ConfigError
from parley.node.watching.history import Frame


def written(folder: Path, **history: object) -> Path:
    text = json.dumps({"format": FORMAT, "history": history})
    (folder / "watch.json").write_text(text)
    (folder / "watch.json").chmod(0o600)
    return folder


def test_the_past_is_kept_for_two_days_and_a_gigabyte_unless_it_is_said(tmp_path: Path) -> None:
    assert read_watch(tmp_path).history == HistoryEntry(10, 48, 1_000)
    assert read_watch(written(tmp_path, hours=6)).history == HistoryEntry(10, 6, 1_000)


@pytest.mark.parametrize(
    "history", [{"every_s": 0}, {"hours": -1}, {"megabytes": 10**9}, {"days": 2}, {"hours": "6"}]
)
def test_bounds_that_cannot_be_are_refused_by_name(
    tmp_path: Path, history: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match=r"history|days"):
        read_watch(written(tmp_path, **history))


def test_a_damaged_file_is_begun_anew_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"no database at all, but long enough to be read as one" * 40)
    kept = _opened(path, HistoryEntry())
    assert kept is not None
    kept.keep(Frame(1_000, b"n", b"p", b"o"))
    kept.close()
    assert "begun anew" in capsys.readouterr().err
    again = _opened(path, HistoryEntry())
    assert again is not None
    assert again.span() == (1_000, 1_000)
    again.close()


def test_who_wants_no_history_has_none(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    assert _opened(path, HistoryEntry(megabytes=0)) is None
    assert not path.exists()
