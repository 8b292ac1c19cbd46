"""`parley backup` and `restore`: everything comes back, nothing else does, and nothing signs."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from parley.cli import build
from parley.cli.app import app
from parley.cli.nodedir import open_dir

Run = Callable[..., Result]
Make = Callable[..., Path]
Serve = Callable[..., Any]
DUTY = ("--role", "watch-officer")


def grown(path: Path) -> int:
    """The node starts and says something: the size of its log."""

    async def grow() -> int:
        async with build.stored_node(open_dir(path)) as node:
            await node.start()
            await node.stop(role="watch-officer")
            return (await node.health()).log_size

    return asyncio.run(grow())


def said(*words: object) -> Any:
    """The JSON answer of a command."""
    result = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    """A folder with a node that has a peer and a log, its root, and its backup."""
    folder = tmp_path_factory.mktemp("original")
    for party in ("ru", "il"):
        agreement = ("--agreement", examples / "agreement.json")
        said("init", folder / party, "--party", party, *agreement)
    card = said("peer", "card", folder / "il", "-o", folder / "il.roster")
    url = ("--url", "https://127.0.0.1:9")
    said("peer", "add", folder / "ru", card["file"], *url, "--fingerprint", card["fingerprint"])
    grown(folder / "ru")
    said("backup", folder / "ru", folder / "ru.backup")
    return folder


@pytest.fixture
def kept(original: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the node and of its backup."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ru", tmp_path / "ru.backup"


def test_a_backup_is_private_and_says_that_it_holds_the_keys(
    run: Run, kept: tuple[Path, Path]
) -> None:
    ru, file = kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = run("backup", ru, file, "--force")
    assert "It holds the private keys of ru" in shown.stdout
    assert run("backup", ru, file).exit_code == 2
    assert sorted(f.name for f in file.parent.glob(".*")) == []


def test_all_comes_back_and_is_marked(run: Run, kept: tuple[Path, Path], tmp_path: Path) -> None:
    ru, file = kept
    back = tmp_path / "back"
    told = said("restore", file, back)
    assert (told["party"], told["restored"]) == ("ru", True)
    old, new = open_dir(ru), open_dir(back)
    assert new.config.restored is True
    assert old.config.restored is False
    assert (new.seeds(), new.rosters()) == (old.seeds(), old.rosters())
    assert new.config.urls == {"il": "https://127.0.0.1:9"}
    assert new.operator_token() == old.operator_token()
    for path in (ru, back):
        run("log", path, "--json")
    assert run("log", back, "--json").stdout == run("log", ru, "--json").stdout
    modes = {f: stat.S_IMODE(f.stat().st_mode) for f in back.rglob("*")}
    assert [
        f for f, mode in modes.items() if f.suffix in (".seed", ".token", ".db") and mode & 63
    ] == []
    assert not (back / "serve.lock").exists()
    assert not (back / "running.json").exists()


def test_a_node_that_runs_is_backed_up_whole(
    run: Run, make: Make, serve: Serve, tmp_path: Path
) -> None:
    ru, file, back = make("ru"), tmp_path / "ru.backup", tmp_path / "back"
    serve(ru, "--listen", "127.0.0.1:0")
    assert run("stop", ru, *DUTY, "--json").exit_code == 0
    assert run("backup", ru, file).exit_code == 0
    assert run("restore", file, back).exit_code == 0
    assert run("log", back, "--json").stdout == run("log", ru, "--json").stdout


def test_a_restored_node_signs_nothing_until_it_is_confirmed(
    run: Run, kept: tuple[Path, Path], tmp_path: Path
) -> None:
    _, file = kept
    back = tmp_path / "back"
    run("restore", file, back)
    refused = run("serve", back, "--listen", "127.0.0.1:0")
    assert refused.exit_code == 2
    assert "came out of a backup" in refused.stderr
    assert "parley keys epoch" in refused.stderr
    assert open_dir(back).with_confirmed().config.restored is False
    assert open_dir(back).config.restored is False


def test_a_new_epoch_ends_the_doubt_and_needs_to_know_what_the_peers_hold(
    run: Run, kept: tuple[Path, Path], tmp_path: Path
) -> None:
    _, file = kept
    back = tmp_path / "back"
    run("restore", file, back)
    words = ("keys", "epoch", back, "--root", tmp_path / "ru.root")
    refused = run(*words)
    assert refused.exit_code == 2
    assert "as much as any peer holds" in refused.stderr
    opened = run(*words, "--last-size", 12)
    assert opened.exit_code == 0, opened.stderr
    roster = open_dir(back).own_roster()
    assert (roster.epoch, roster.terms[0].last) == (2, 12)
    assert open_dir(back).config.restored is False


def test_a_rotation_does_not_end_the_doubt(
    run: Run, kept: tuple[Path, Path], tmp_path: Path
) -> None:
    _, file = kept
    back = tmp_path / "back"
    run("restore", file, back)
    assert run("keys", "rotate", back, "--root", tmp_path / "ru.root").exit_code == 0
    assert open_dir(back).config.restored is True


def test_nothing_is_overwritten(run: Run, kept: tuple[Path, Path]) -> None:
    ru, file = kept
    before = {f: f.read_bytes() for f in ru.rglob("*") if f.is_file()}
    refused = run("restore", file, ru)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert {f: f.read_bytes() for f in ru.rglob("*") if f.is_file()} == before


def rewritten(file: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    """The archive with other members, its manifest true to them unless the change is of it."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("backup.json"))
    names = dict(members)
    change(names, manifest)
    for name, data in names.items():
        if members.get(name) != data:
            told = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            manifest["files"].setdefault(name, told)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("backup.json", json.dumps(manifest))
        for name, data in names.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    "name",
    ["../outside", "/tmp/outside", "keys/../../outside", "keys", "keys/sub/x", "C:\\x", ".hidden",
     "serve.lock", "a\x00b", "rosters//x", "x/"],
)  # fmt: skip
def test_what_is_no_file_of_a_node_directory_is_not_unpacked(
    run: Run, kept: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    _, file = kept
    rewritten(file, lambda files, _: files.update({name: b"x"}))
    before = sorted(tmp_path.rglob("*"))
    refused = run("restore", file, tmp_path / "back")
    assert refused.exit_code == 2
    assert f"whoever made or changed {file.name}" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_not_unpacked(run: Run, kept: tuple[Path, Path], tmp_path: Path) -> None:
    _, file = kept
    target = str(tmp_path / "elsewhere").encode()

    def linked(files: dict[str, bytes], _: dict[str, Any]) -> None:
        files["link.json"] = target

    rewritten(file, linked)
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if name == "link.json" else stat.S_IFREG) << 16
            archive.writestr(info, data)
    refused = run("restore", file, tmp_path / "back")
    assert refused.exit_code == 2
    assert "link.json" in refused.stderr
    assert not (tmp_path / "back").exists()


def grow_manifest(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["files"]["node.db"]["bytes"] = 10**18


def drop_file(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del files["node.db"]


def change_file(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    files["keys/note.seed"] = files["keys/note.seed"][::-1]


def other_party(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["party"] = "il"


def other_format(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["format"] = "parley/backup/v9"


def damage_database(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    files["node.db"] = b"SQLite format 3\x00" + bytes(5000)
    del manifest["files"]["node.db"]


@pytest.mark.parametrize(
    "change",
    [grow_manifest, drop_file, change_file, other_party, other_format, damage_database],
)
def test_a_changed_backup_is_refused_and_leaves_nothing(
    run: Run,
    kept: tuple[Path, Path],
    tmp_path: Path,
    change: Callable[[dict[str, bytes], dict[str, Any]], None],
) -> None:
    _, file = kept
    rewritten(file, change)
    before = sorted(tmp_path.rglob("*"))
    refused = run("restore", file, tmp_path / "back")
    assert refused.exit_code == 2
    assert f"whoever made or changed {file.name}" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["backup.json", "keys/note.seed", "rosters/il.roster", "node.db"])
def test_one_changed_byte_is_found(
    run: Run, kept: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    _, file = kept
    with zipfile.ZipFile(file) as archive:
        info = archive.getinfo(name)
    data = bytearray(file.read_bytes())
    head = info.header_offset
    names = int.from_bytes(data[head + 26 : head + 28], "little")
    extra = int.from_bytes(data[head + 28 : head + 30], "little")
    data[head + 30 + names + extra + info.compress_size // 2] ^= 1
    file.write_bytes(data)
    refused = run("restore", file, tmp_path / "back")
    assert refused.exit_code == 2
    assert f"whoever made or changed {file.name}" in refused.stderr
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04"])
def test_what_is_no_backup_is_said(run: Run, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "what"
    file.write_bytes(data)
    refused = run("restore", file, tmp_path / "back")
    assert refused.exit_code == 2
    assert "is no archive" in refused.stderr
    assert run("restore", tmp_path / "missing", tmp_path / "back").exit_code == 2
