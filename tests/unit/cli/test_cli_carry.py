"""`parley carry`: two directories that exchange by files alone, served or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output + result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def pair(make: Make, introduce: Introduce) -> tuple[Path, Path]:
    """ru and il, introduced to each other, without a URL."""
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    introduce(il, ru)
    return ru, il


def counts(report: Any) -> dict[str, int]:
    """Kinds of the parts that were taken in, and how many of each."""
    found: dict[str, int] = {}
    for part in report["files"][0]["parts"]:
        assert part["refused"] is None, part
        found[part["kind"]] = found.get(part["kind"], 0) + 1
    return found


def test_a_stop_goes_by_stick_and_its_receipt_comes_back(
    run: Run, pair: tuple[Path, Path], serve: Serve, tmp_path: Path
) -> None:
    ru, il = pair
    stick, back = tmp_path / "stick", tmp_path / "back"
    served = serve(ru, "--listen", "127.0.0.1:0")
    assert run("stop", ru).exit_code == 0
    (packed,) = answer(run("carry", "out", ru, "il", "-o", stick, "--json"))["files"]
    assert (packed["notes"], packed["receipts"], packed["number"]) == (1, 0, 1)
    assert packed["bytes"] == stick.stat().st_size

    report = answer(run("carry", "in", il, stick, "--reply", back, "--json"))
    assert report["files"][0]["sender"] == "ru"
    assert counts(report)["note"] == 1
    assert (report["reply"][0]["to"], report["reply"][0]["receipts"]) == ("ru", 1)
    report = answer(run("carry", "in", ru, back, "--json"))
    assert counts(report)["receipt"] == 1
    assert answer(run("health", ru, "--json"))["pending"] == {"un": 1}
    assert served.stop()[0] == 0
    packed = answer(run("carry", "out", ru, "il", "-o", stick, "--force", "--json"))
    assert packed["files"][0]["notes"] == 0


def test_it_says_in_plain_words_what_was_in_it(
    run: Run, pair: tuple[Path, Path], serve: Serve, tmp_path: Path
) -> None:
    ru, il = pair
    stick, back = tmp_path / "stick", tmp_path / "back"
    with_stop = serve(ru, "--listen", "127.0.0.1:0")
    assert run("stop", ru).exit_code == 0
    with_stop.stop()
    out = run("carry", "out", ru, "il", "-o", stick)
    assert "1 note and 0 receipts" in out.stdout
    told = run("carry", "in", il, stick, "--reply", back).stdout
    assert "from ru, its file 1" in told
    assert "1 note: verified, in our log, receipted." in told
    assert "Back to ru, 0 notes and 1 receipt" in told
    again = run("carry", "in", il, stick).stdout
    assert "carried in before" in again
    assert run("carry", "out", ru, "il", "-o", stick).exit_code == 2


def test_a_bare_note_from_a_mail_is_taken_in(
    run: Run, pair: tuple[Path, Path], serve: Serve, tmp_path: Path
) -> None:
    ru, il = pair
    served = serve(ru, "--listen", "127.0.0.1:0")
    assert run("stop", ru).exit_code == 0
    served.stop()
    answer(run("carry", "out", ru, "il", "-o", tmp_path / "stick", "--json"))
    from parley.wire.parcelfile import read_parcel

    (note,) = read_parcel((tmp_path / "stick").read_bytes()).notes
    mail = tmp_path / "mail.txt"
    mail.write_bytes(note.replace(b"\n", b"\r\n"))
    report = answer(run("carry", "in", il, mail, "--json"))
    assert (report["files"][0]["sender"], counts(report)) == ("ru", {"note": 1})


def test_a_large_file_reaches_a_running_node_in_pieces(
    run: Run, pair: tuple[Path, Path], serve: Serve, tmp_path: Path, monkeypatch: Any
) -> None:
    from parley.cli import carry

    monkeypatch.setattr(carry, "PIECE_BYTES", 1_000)
    ru, il = pair
    stick = tmp_path / "stick"
    served = serve(ru, "--listen", "127.0.0.1:0")
    for _ in range(5):
        assert run("stop", ru).exit_code == 0
    answer(run("carry", "out", ru, "il", "-o", stick, "--json"))
    served.stop()
    serve(il, "--listen", "127.0.0.1:0")
    assert counts(answer(run("carry", "in", il, stick, "--json")))["note"] == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-9], "cut off"),
        (lambda data: data.replace(b'"left":0', b'"left":1'), "damaged on its way"),
        (lambda data: b"\xff\xfe" + data, "note"),
        (lambda data: data.replace(b"parcel", b"parsel"), "blank line"),
    ],
)
def test_what_is_no_good_file_is_refused_whole(
    run: Run,
    pair: tuple[Path, Path],
    tmp_path: Path,
    change: Callable[[bytes], bytes],
    words: str,
) -> None:
    ru, il = pair
    stick = tmp_path / "stick"
    answer(run("carry", "out", ru, "il", "-o", stick, "--json"))
    stick.write_bytes(change(stick.read_bytes()))
    refused = run("carry", "in", il, stick)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert str(stick) in refused.stderr


def test_a_restored_directory_does_not_speak_by_hand(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    ru, _ = pair
    copy, again = tmp_path / "ru.backup", tmp_path / "again"
    assert run("backup", ru, copy).exit_code == 0
    assert run("restore", copy, again).exit_code == 0
    refused = run("carry", "out", again, "il", "-o", tmp_path / "stick")
    assert refused.exit_code == 2
    assert "parley recover" in refused.stderr
