"""First contact: a card by any way, its fingerprint over the phone; then rosters that follow."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from parley.cli.nodedir import open_dir
from parley.ledger import fingerprint

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Command = Callable[..., "subprocess.Popen[str]"]

URL = ("--url", "https://127.0.0.1:9/")


@pytest.fixture
def card(run: Run, tmp_path: Path) -> Callable[[Path], tuple[Path, str]]:
    """The file that a party hands over, and the digits that its officer reads aloud."""

    def made(path: Path) -> tuple[Path, str]:
        file = tmp_path / f"{path.name}.card"
        told = run("peer", "card", path, "-o", file, "--force", "--json")
        return file, json.loads(told.stdout)["fingerprint"]

    return made


Card = Callable[[Path], tuple[Path, str]]


def test_a_card_is_the_signed_roster_and_tells_the_digits(
    run: Run, make: Make, card: Card, tmp_path: Path
) -> None:
    ru = make("ru")
    file, digits = card(ru)
    assert file.read_bytes() == (ru / "rosters" / "ru.roster").read_bytes()
    assert digits == fingerprint(open_dir(ru).own_roster().root)
    assert digits in run("peer", "card", ru, "-o", tmp_path / "again").stdout
    assert run("peer", "card", ru, "-o", file).exit_code == 2


@pytest.mark.parametrize("between", [" ", "", "-", "  "])
def test_a_peer_is_added_by_the_digits_that_were_read(
    run: Run, make: Make, card: Card, between: str
) -> None:
    ru, il = make("ru"), make("il")
    file, digits = card(il)
    typed = digits.replace(" ", between)
    added = run("peer", "add", ru, file, *URL, "--fingerprint", typed, "--json")
    assert added.exit_code == 0, added.stderr
    said = json.loads(added.stdout)
    assert (said["party"], said["serial"], said["compared"]) == ("il", 1, True)
    assert open_dir(ru).config.urls == {"il": "https://127.0.0.1:9"}
    listed = json.loads(run("peer", "list", ru, "--json").stdout)
    assert [(p["party"], p["fingerprint"]) for p in listed] == [
        ("ru", fingerprint(open_dir(ru).own_roster().root)),
        ("il", digits),
    ]


def test_other_digits_are_refused_and_whoever_handed_over_is_at_fault(
    run: Run, make: Make, card: Card
) -> None:
    ru = make("ru")
    file, _ = card(make("il", name="impostor"))
    _, digits = card(make("il"))
    refused = run("peer", "add", ru, file, *URL, "--fingerprint", digits, "--json")
    assert refused.exit_code == 2
    error = json.loads(refused.stdout)["error"]
    assert error["at_fault"] == f"whoever handed over {file.name}"
    assert open_dir(ru).config.peers == {}
    assert not (ru / "rosters" / "il.roster").exists()


@pytest.mark.parametrize("digits", ["12345", "1" * 31, "x" * 30, "٣" * 30])
def test_what_is_no_fingerprint_is_refused_as_typed(
    run: Run, make: Make, card: Card, digits: str
) -> None:
    ru, (file, _) = make("ru"), card(make("il"))
    refused = run("peer", "add", ru, file, "--fingerprint", digits)
    assert refused.exit_code == 2
    assert "is no fingerprint" in refused.stderr
    assert "whoever typed the fingerprint" in refused.stderr


def test_nobody_is_believed_uncompared_where_nobody_can_be_asked(
    run: Run, make: Make, card: Card
) -> None:
    ru, (file, digits) = make("ru"), card(make("il"))
    refused = run("peer", "add", ru, file, *URL)
    assert refused.exit_code == 2
    assert "nobody compared the root of il" in refused.stderr
    assert digits not in refused.output
    assert open_dir(ru).config.peers == {}


@pytest.mark.parametrize("heard_rightly", [True, False])
def test_on_a_terminal_the_digits_are_typed_as_heard_and_never_shown_before(
    make: Make, card: Card, command: Command, heard_rightly: bool
) -> None:
    ru, (file, digits) = make("ru"), card(make("il"))
    typed = digits if heard_rightly else digits[::-1]
    ours, theirs = pty.openpty()
    asked = command("peer", "add", ru, file, *URL, pty=theirs)
    os.close(theirs)
    shown = b""
    while b"type them" not in shown:
        shown += os.read(ours, 4096)
    assert digits.encode() not in shown
    os.write(ours, f"{typed}\n".encode())
    asked.communicate(timeout=60)
    os.close(ours)
    assert asked.returncode == (0 if heard_rightly else 2)
    assert ("il" in open_dir(ru).config.peers) is heard_rightly


def test_a_card_changed_on_its_way_is_refused(run: Run, make: Make, card: Card) -> None:
    ru, (file, digits) = make("ru"), card(make("il"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    refused = run("peer", "add", ru, file, "--fingerprint", digits)
    assert refused.exit_code == 2
    assert f"whoever handed over {file.name}" in refused.stderr
    file.write_text("hello\n")
    assert run("peer", "add", ru, file, "--fingerprint", digits).exit_code == 2


def test_we_are_no_peer_of_ours_nor_is_a_stranger(
    run: Run, make: Make, card: Card, tmp_path: Path, examples: Path
) -> None:
    ru = make("ru")
    file, digits = card(ru)
    ourselves = run("peer", "add", ru, file, "--fingerprint", digits)
    assert ourselves.exit_code == 2
    assert "'ru' is this node itself" in ourselves.stderr
    other = tmp_path / "other.json"
    other.write_text((examples / "agreement.json").read_text().replace('"un"', '"zz"'))
    made = run("init", tmp_path / "zz", "--party", "zz", "--agreement", other)
    assert made.exit_code == 0, made.stderr
    file, digits = card(tmp_path / "zz")
    stranger = run("peer", "add", ru, file, "--fingerprint", digits)
    assert stranger.exit_code == 2
    assert "'zz' is not in agreement" in stranger.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://x", "https://", "https://u@x"])
def test_a_peers_door_is_https(run: Run, make: Make, card: Card, url: str) -> None:
    ru, (file, digits) = make("ru"), card(make("il"))
    refused = run("peer", "add", ru, file, "--url", url, "--fingerprint", digits)
    assert refused.exit_code == 2
    assert "is no URL of a peers' door" in refused.stderr
    assert open_dir(ru).config.peers == {}


def test_a_known_peer_moves_without_a_word_on_the_phone(
    run: Run, make: Make, card: Card, introduce: Introduce
) -> None:
    ru, il = make("ru"), make("il")
    introduce(ru, il, "https://127.0.0.1:9")
    file, _ = card(il)
    moved = run("peer", "add", ru, file, "--url", "https://127.0.0.1:10", "--json")
    assert json.loads(moved.stdout)["url"] == "https://127.0.0.1:10"
    assert json.loads(moved.stdout)["compared"] is True
    zoned = run("peer", "add", ru, file, "--zone", "Asia/Jerusalem")
    assert zoned.exit_code == 0
    assert open_dir(ru).config.urls == {"il": "https://127.0.0.1:10"}
    assert open_dir(ru).config.zones == {"il": "Asia/Jerusalem"}


def test_a_newer_roster_of_a_known_root_needs_no_digits_and_an_older_is_refused(
    run: Run, make: Make, card: Card, introduce: Introduce, tmp_path: Path
) -> None:
    ru, il = make("ru"), make("il")
    old = introduce(ru, il)
    kept = tmp_path / "old.card"
    kept.write_bytes(old.read_bytes())
    assert run("keys", "rotate", il, "--root", tmp_path / "il.root").exit_code == 0
    newer, digits = card(il)
    added = run("peer", "add", ru, newer, "--json")
    assert added.exit_code == 0, added.stderr
    assert json.loads(added.stdout)["serial"] == 2
    assert json.loads(added.stdout)["fingerprint"] == digits
    refused = run("peer", "add", ru, kept)
    assert refused.exit_code == 2
    assert "roster 1 of il comes after roster 2" in refused.stderr
    assert open_dir(ru).roster("il").serial == 2


def test_a_root_that_was_announced_needs_no_digits(
    run: Run, make: Make, card: Card, introduce: Introduce, tmp_path: Path
) -> None:
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    changed = run("keys", "next-root", il, "--next", tmp_path / "il.next-root")
    assert changed.exit_code == 0, changed.stderr
    file, digits = card(il)
    added = run("peer", "add", ru, file, "--json")
    assert added.exit_code == 0, added.stderr
    assert json.loads(added.stdout)["fingerprint"] == digits


def test_another_root_of_a_known_peer_needs_force_and_digits(
    run: Run, make: Make, card: Card, introduce: Introduce
) -> None:
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    known = open_dir(ru).roster("il").root
    other = make("il", name="other")
    assert run("keys", "rotate", other, "--root", f"{other}.root").exit_code == 0
    file, digits = card(other)
    for options in ((), ("--fingerprint", digits), ("--force",)):
        refused = run("peer", "add", ru, file, *options)
        assert refused.exit_code == 2
        assert open_dir(ru).roster("il").root == known
    forced = run("peer", "add", ru, file, "--force", "--fingerprint", digits)
    assert forced.exit_code == 0, forced.stderr
    assert open_dir(ru).roster("il").root != known


def test_a_verifier_pins_the_root_that_was_first_handed_over(
    run: Run, make: Make, card: Card, introduce: Introduce, tmp_path: Path
) -> None:
    """A log begins under it, whatever root followed."""
    ru, il = make("ru"), make("il")
    introduce(ru, il)
    first = {party: open_dir(ru).roster(party).root for party in ("ru", "il")}
    for path in (ru, il):
        follower = path.with_name(f"{path.name}.next-root")
        assert run("keys", "next-root", path, "--next", follower).exit_code == 0
    assert run("peer", "add", ru, card(il)[0]).exit_code == 0
    opened = open_dir(ru)
    assert opened.roots() == first
    assert opened.roster("il").root != first["il"]
    assert opened.own_roster().root != first["ru"]
