"""`parley log`, `evidence`, `verify`: without a running node; who vouches for what."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from parley.cli import build
from parley.cli.hand import draft_of_file
from parley.cli.nodedir import open_dir
from parley.rules.statements import Rung

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]


def root_of(path: Path) -> str:
    return open_dir(path).own_roster().root.to_vkey()


@pytest.fixture
def pair(make: Make, introduce: Introduce, examples: Path) -> tuple[Path, Path]:
    """il gave a notice, ru received it, gave its receipt and read it: both logs tell of it."""
    il, ru = make("il"), make("ru")
    introduce(il, ru)
    introduce(ru, il)

    async def exchange() -> None:
        async with (
            build.stored_node(open_dir(il)) as ours,
            build.stored_node(open_dir(ru)) as theirs,
        ):
            await ours.start()
            await theirs.start()
            draft = draft_of_file(examples / "notice.geojson", ours.context.agreement)
            posted = await ours.post_notice(draft, role="watch-officer", to=["ru"])
            (parcel,) = await ours.parcels("ru")
            (outcome,) = await theirs.receive([parcel.note])
            assert outcome.receipt is not None
            await ours.delivered("ru", parcel, outcome.receipt)
            await theirs.answer(posted.ref, Rung.READ, role="watch-officer")

    asyncio.run(exchange())
    return il, ru


def test_the_log_is_listed_in_order(run: Run, pair: tuple[Path, Path]) -> None:
    il, _ = pair
    entries = json.loads(run("log", il, "--json").stdout)
    assert [(e["index"], e["kind"], e["by"]) for e in entries] == [
        (0, "keys", "il"),
        (1, "keys", "ru"),
        (2, "sent", "il"),
        (3, "received", "ru"),
    ]
    assert entries[2]["body"]["item"] == "il-1"
    shown = run("log", il).stdout
    assert "notice il-1@1 transit" in shown
    assert "4 entries in the log of il." in shown


def test_only_the_last_entries_when_asked(run: Run, pair: tuple[Path, Path]) -> None:
    entries = json.loads(run("log", pair[0], "--last", 1, "--json").stdout)
    assert [e["index"] for e in entries] == [3]


def test_listing_a_log_writes_nothing(run: Run, pair: tuple[Path, Path]) -> None:
    before = json.loads(run("log", pair[0], "--json").stdout)
    run("evidence", "export", pair[0], "notice:il-1", "-o", pair[0].parent / "e")
    assert json.loads(run("log", pair[0], "--json").stdout) == before


@pytest.fixture
def log(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> Path:
    file = tmp_path / "il.log"
    assert run("log", pair[0], "--file", file).exit_code == 0
    return file


def test_a_log_verifies_and_says_that_nobody_pinned_it(run: Run, log: Path) -> None:
    result = run("verify", log)
    assert result.exit_code == 0
    assert "VERIFIED: log of il, 4 entries" in result.stdout
    assert "only self-declared" in result.stdout
    assert "Not every root was pinned" in result.stdout
    assert json.loads(run("verify", log, "--json").stdout)["pinned"] is False


def test_a_log_verifies_under_pinned_roots(run: Run, log: Path, pair: tuple[Path, Path]) -> None:
    il, ru = pair
    roots = ("--root", root_of(il), "--root", root_of(ru))
    said = json.loads(run("verify", log, *roots, "--json").stdout)
    assert (said["verified"], said["pinned"], said["party"], said["entries"]) == (
        True,
        True,
        "il",
        4,
    )
    assert [(s["name"], s["pinned"], s["notes"]) for s in said["signers"]] == [
        ("il", True, 1),
        ("ru", True, 1),
        ("il", True, 1),
        ("ru", True, 1),
    ]
    by_node = run("verify", log, "--dir", ru)
    assert "Every root was pinned by you" in by_node.stdout
    one = json.loads(run("verify", log, "--root", root_of(il), "--json").stdout)
    assert one["pinned"] is False


def test_a_log_under_another_root_than_the_pinned_is_refused(
    run: Run, log: Path, make: Make
) -> None:
    impostor = root_of(make("il", name="impostor"))
    result = run("verify", log, "--root", impostor)
    assert result.exit_code == 1
    assert "NOT VERIFIED" in result.stdout


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75, 0.999])
def test_one_changed_byte_is_refused_and_the_place_named(run: Run, log: Path, part: float) -> None:
    data = bytearray(log.read_bytes())
    data[int(len(data) * part)] ^= 1
    log.write_bytes(data)
    result = run("verify", log, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["verified"] is False
    assert said["error"]["where"]
    assert said["error"]["at_fault"]
    assert "il.log" in said["error"]["at_fault"] or "il" in said["error"]["at_fault"]


def test_a_log_cut_short_is_refused(run: Run, log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-40])
    result = run("verify", log)
    assert result.exit_code == 1
    assert "ends too early" in result.stderr


def test_evidence_proves_its_items_to_somebody_else(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    il, ru = pair
    file = tmp_path / "il-1.evidence"
    made = json.loads(run("evidence", "export", il, "notice:il-1", "-o", file, "--json").stdout)
    assert (made["bytes"], made["refs"]) == (file.stat().st_size, ["notice:il-1"])
    said = json.loads(run("verify", file, "--dir", ru, "--json").stdout)
    assert (said["verified"], said["kind"], said["pinned"]) == (True, "evidence", True)
    notice = next(i for i in said["items"] if i["type"] == "parley/notice/v1")
    assert [r["by"] for r in notice["receipts"]] == ["ru"]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert run("verify", file, "--dir", ru).exit_code == 1


def test_the_report_is_for_people_and_the_proof_file_for_other_tools(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    il, ru = pair
    file, html, text = tmp_path / "e", tmp_path / "e.html", tmp_path / "e.txt"
    run("evidence", "export", il, "notice:il-1", "-o", file)
    assert run("verify", file, "--dir", ru, "--report", html, "--report", text).exit_code == 0
    for path in (html, text):
        assert "gives notice il-1, version 1" in path.read_text()
        assert "All keys hang on roots that you pinned" in " ".join(path.read_text().split())
    assert "<script" not in html.read_text()
    proof = tmp_path / "il-1.tlog-proof"
    made = json.loads(run("evidence", "proof", il, "notice:il-1", "-o", proof, "--json").stdout)
    assert proof.read_text().splitlines()[0] == "c2sp.org/tlog-proof@v1"
    assert (made["log"], made["bytes"]) == ("il/log/1", proof.stat().st_size)
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    assert run("verify", file, "--report", html, "--force").exit_code == 1
    assert "NOT VERIFIED" in html.read_text()
    assert "gives notice" not in html.read_text()


def test_two_files_on_one_incident_side_by_side(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    il, ru = pair
    a, b, page = tmp_path / "a", tmp_path / "b", tmp_path / "page.html"
    run("evidence", "export", il, "notice:il-1", "-o", a)
    run("evidence", "export", ru, "notice:il-1", "-o", b)
    said = json.loads(run("dispute", a, b, "--dir", ru, "--json").stdout)
    assert (said["a"], said["b"], said["contradictions"]) == (["il"], ["ru"], [])
    (notice,) = [row for row in said["agreed"] if row["type"] == "parley/notice/v1"]
    assert (notice["a"]["kind"], notice["b"]["kind"]) == ("sent", "received")
    assert run("dispute", a, b, "--report", page).exit_code == 0
    assert "Both sides on one timeline" in page.read_text()
    assert run("dispute", a, tmp_path / "missing").exit_code == 2


def test_a_period_needs_both_its_ends(run: Run, pair: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "night"
    half = run("evidence", "export", pair[0], "--from", "2018-09-17T18:00Z", "-o", file)
    assert half.exit_code == 2
    assert "half a period" in half.stderr
    assert run("evidence", "export", pair[0], "-o", file).exit_code == 2
    assert not file.exists()


def test_evidence_about_nothing_is_refused_and_no_file_is_left(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    file = tmp_path / "none"
    result = run("evidence", "export", pair[0], "notice:zz-9", "-o", file)
    assert result.exit_code == 2
    assert "'notice:zz-9'" in result.stderr
    assert not file.exists()


def test_an_existing_file_is_replaced_only_by_force(
    run: Run, pair: tuple[Path, Path], log: Path
) -> None:
    before = log.read_bytes()
    refused = run("log", pair[0], "--file", log)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert log.read_bytes() == before
    assert run("log", pair[0], "--file", log, "--force").exit_code == 0


@pytest.mark.parametrize("data", [b"", b"hello\n", b"parley/log/v3\n", b"\xff\xfe\x00"])
def test_what_is_no_file_of_ours_is_status_2(run: Run, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "what"
    file.write_bytes(data)
    result = run("verify", file)
    assert result.exit_code == 2
    assert "neither a log nor an evidence file" in result.stderr
    assert run("verify", tmp_path / "missing").exit_code == 2
    assert run("verify", tmp_path).exit_code == 2


def test_a_key_that_is_none_is_status_2(run: Run, log: Path) -> None:
    result = run("verify", log, "--root", "il+junk")
    assert result.exit_code == 2
    assert "is no vkey" in result.stderr
    assert "--root" in result.stderr


def test_the_log_of_a_node_that_never_ran_is_empty_and_no_file(
    run: Run, make: Make, tmp_path: Path
) -> None:
    path, file = make("ru"), tmp_path / "empty.log"
    assert json.loads(run("log", path, "--json").stdout) == []
    refused = run("log", path, "--file", file)
    assert refused.exit_code == 2
    assert "not even our own roster" in refused.stderr
    assert not file.exists()
