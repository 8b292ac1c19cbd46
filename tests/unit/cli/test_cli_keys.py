"""Our own keys: rotation, revocation, epochs, roots; signed here or where the root is kept."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from parley.cli import build
from parley.cli.nodedir import open_dir
from parley.ledger import Roster, VerifyKey, check_successor, open_roster, root_hash

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]


@pytest.fixture
def ru(make: Make) -> Path:
    return make("ru")


@pytest.fixture
def root(ru: Path) -> Path:
    return ru.with_name("ru.root")


@pytest.fixture
def change(run: Run, ru: Path, root: Path) -> Callable[..., Roster]:
    """A change of ru's keys with the root at hand: the roster that is then in force."""

    def changed(command: str, *options: object) -> Roster:
        known = open_dir(ru).own_roster()
        result = run("keys", command, ru, *options, "--root", root)
        assert result.exit_code == 0, result.stderr
        new = open_dir(ru).own_roster()
        check_successor(known, new)
        return new

    return changed


Change = Callable[..., Roster]


def grown(path: Path, entries: int) -> int:
    """The node starts and says something until its log has at least so many entries."""

    async def grow() -> int:
        async with build.stored_node(open_dir(path)) as node:
            await node.start()
            while (size := (await node.health()).log_size) < entries:
                await node.stop(role="watch-officer")
            return size

    return asyncio.run(grow())


def refused(result: Result, *told: str) -> dict[str, str]:
    assert result.exit_code == 2, result.output
    error: dict[str, str] = json.loads(result.stdout)["error"]
    for text in told:
        assert text in " ".join(error.values())
    return error


def files_in(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*.seed")} | {
        "roster": (path / "rosters" / "ru.roster").read_bytes()
    }


# The root on its own machine


def test_a_root_is_a_private_file_that_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ru.root"
    said = json.loads(run("root", "new", file, "--party", "ru", "--json").stdout)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().splitlines()[:3] == ["parley/root/v1", "ru", said["vkey"]]
    assert json.loads(run("root", "show", file, "--json").stdout) == said
    kept = file.read_bytes()
    assert run("root", "new", file, "--party", "ru").exit_code == 2
    assert file.read_bytes() == kept
    assert kept.decode().splitlines()[3] not in run("root", "show", file).output


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("v1", "v2"),
        lambda text: text.replace("\nru\n", "\nil\n"),
        lambda text: text[:-10],
        lambda text: text[: text.rindex("\n", 0, -1) + 1] + "0" * 64 + "\n",
        lambda text: "\x00\xff" + text,
        lambda _: "",
    ],
)
def test_a_damaged_root_is_refused(run: Run, tmp_path: Path, damage: Callable[[str], str]) -> None:
    file = tmp_path / "ru.root"
    run("root", "new", file, "--party", "ru")
    file.write_text(damage(file.read_text()))
    refused(run("root", "show", file, "--json"), "is no root file", "whoever keeps the root")


def test_a_root_that_others_may_read_is_refused_with_the_remedy(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ru.root"
    run("root", "new", file, "--party", "ru")
    file.chmod(0o644)
    refused(run("root", "show", file, "--json"), "may be read by others", f"chmod 600 {file}")


def test_an_air_gapped_root_signs_a_request_after_showing_it(
    run: Run, ru: Path, root: Path, tmp_path: Path
) -> None:
    request, signed = tmp_path / "request", tmp_path / "signed"
    asked = run("keys", "rotate", ru, "--note", "--request", request)
    assert asked.exit_code == 0, asked.stderr
    known = open_dir(ru).own_roster()
    assert known.serial == 1
    assert json.loads(run("keys", "show", ru, "--json").stdout)["waiting"] == [2]
    offline = tmp_path / "offline"
    offline.mkdir()
    for file in (request, root):
        shutil.move(file, offline / file.name)
    words = ("root", "sign", offline / "request", "--root", offline / "ru.root", "-o", signed)
    unasked = run(*words)
    assert unasked.exit_code == 2
    assert "nobody is there to agree" in unasked.stderr
    assert not signed.exists()
    shown = run(*words, "--yes")
    assert shown.exit_code == 0, shown.stderr
    assert f"- note key {known.note_key.key_id.hex()} ends at size 1000 of log 1" in shown.stdout
    assert "+ note key" in shown.stdout
    installed = run("keys", "install", ru, signed)
    assert installed.exit_code == 0, installed.stderr
    opened = open_dir(ru)
    assert opened.own_roster() == open_roster(signed.read_bytes(), root=known.root)
    assert opened.own_keys().note.verifier == opened.own_roster().note_key != known.note_key
    assert build.context_of(opened).key.verifier == opened.own_roster().note_key
    assert not list((ru / "keys").glob("pending-*"))
    assert run("keys", "install", ru, signed).exit_code == 0


def test_a_request_holds_no_secret_and_the_node_goes_on_until_it_is_signed(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    request = tmp_path / "request"
    before = files_in(ru)
    assert run("keys", "rotate", ru, "--request", request).exit_code == 0
    seeds = [f.read_text().strip() for f in (ru / "keys" / "pending-2").iterdir()]
    assert len(seeds) == 3
    assert not [seed for seed in seeds if seed in request.read_text()]
    assert {n: d for n, d in files_in(ru).items() if "pending" not in n} == before
    assert grown(ru, 3) >= 3


@pytest.mark.parametrize(
    "change_to",
    [
        {"party": "il"},
        {"format": "parley/roster-request/v9"},
        {"known": "hello"},
        {"roster": {}},
        {"roster": []},
        {"why": 1},
    ],
)
def test_a_request_that_is_none_is_refused(
    run: Run, ru: Path, root: Path, tmp_path: Path, change_to: dict[str, object]
) -> None:
    request = tmp_path / "request"
    run("keys", "rotate", ru, "--request", request)
    request.write_text(json.dumps(json.loads(request.read_text()) | change_to))
    words = ("--root", root, "-o", tmp_path / "signed", "--yes", "--json")
    refused(run("root", "sign", request, *words), str(request), "whoever made request")
    assert not (tmp_path / "signed").exists()


@pytest.mark.parametrize(
    ("member", "value"),
    [("serial", 1), ("terms", []), ("epoch", 3), ("party", "il"), ("at_ms", 1.5), ("root", "x")],
)
def test_a_root_signs_no_roster_that_could_not_follow(
    run: Run, ru: Path, root: Path, tmp_path: Path, member: str, value: object
) -> None:
    request = tmp_path / "request"
    run("keys", "rotate", ru, "--request", request)
    asked = json.loads(request.read_text())
    asked["roster"][member] = value
    asked["party"] = asked["roster"]["party"]
    request.write_text(json.dumps(asked))
    words = ("--root", root, "-o", tmp_path / "signed", "--yes", "--json")
    refused(run("root", "sign", request, *words), "whoever made request")
    assert not (tmp_path / "signed").exists()


def test_the_root_of_somebody_else_signs_nothing_of_ours(
    run: Run, make: Make, ru: Path, tmp_path: Path
) -> None:
    request, signed = tmp_path / "request", tmp_path / "signed"
    make("il")
    make("ru", name="other")
    run("keys", "rotate", ru, "--request", request)
    words = ("root", "sign", request, "-o", signed, "--yes", "--json", "--root")
    refused(run(*words, tmp_path / "il.root"), "is the root of 'il'")
    refused(run(*words, tmp_path / "other.root"), "is refused")
    assert not signed.exists()
    assert run("keys", "discard", ru).exit_code == 0
    by_hand = run("keys", "rotate", ru, "--root", tmp_path / "other.root", "--json")
    refused(by_hand, "does not speak for ru", "--root")
    assert open_dir(ru).own_roster().serial == 1
    assert not list((ru / "keys").glob("pending-*"))


# Rotation


def test_without_options_all_keys_that_sign_are_rotated(ru: Path, change: Change) -> None:
    size = grown(ru, 5)
    old = open_dir(ru)
    keys = old.own_keys()
    new = change("rotate", "--grace", 7)
    first, second = new.terms
    assert (first.key, first.last, first.why) == (keys.note.verifier, size + 7, "rotated")
    assert (second.first, second.last) == (size, None)
    ended = {w.key: w.until_s for w in new.witnesses}
    assert ended[keys.witness.verifier] is not None
    assert ended[keys.quantum.verifier] is not None
    assert [w.key.algorithm for w in new.witnesses if w.until_s is None] == [4, 6]
    assert new.certificates == old.own_roster().certificates
    assert grown(ru, size + 3) > size


@pytest.mark.parametrize("chosen", ["--note", "--witness"])
def test_only_the_chosen_key_is_rotated(ru: Path, change: Change, chosen: str) -> None:
    before = open_dir(ru).own_roster()
    new = change("rotate", chosen)
    assert (new.terms != before.terms) is (chosen == "--note")
    assert (new.witnesses != before.witnesses) is (chosen == "--witness")


def test_a_rotation_that_waited_too_long_is_not_installed(
    run: Run, ru: Path, root: Path, tmp_path: Path
) -> None:
    request, signed = tmp_path / "request", tmp_path / "signed"
    size = grown(ru, 2)
    run("keys", "rotate", ru, "--note", "--grace", 1, "--request", request)
    run("root", "sign", request, "--root", root, "-o", signed, "--yes")
    grown(ru, size + 2)
    told = run("keys", "install", ru, signed, "--json")
    refused(told, f"ends at {size + 1}", "larger --grace")
    assert open_dir(ru).own_roster().serial == 1
    assert run("keys", "discard", ru).exit_code == 0
    assert run("keys", "rotate", ru, "--note", "--root", root).exit_code == 0


def test_the_tls_key_is_announced_before_it_is_used(ru: Path, change: Change) -> None:
    used = open_dir(ru).tls_identity().certificate
    announced = change("rotate", "--tls")
    assert announced.certificates[0] == used
    assert len(announced.certificates) == 2
    assert open_dir(ru).tls_identity().certificate == used
    changed = change("rotate", "--tls")
    assert changed.certificates == announced.certificates[1:]
    assert open_dir(ru).tls_identity().certificate == changed.certificates[0]
    assert not (ru / "keys" / "tls-next.seed").exists()


def test_a_tls_key_that_no_peer_was_told_of_is_not_used(
    run: Run, make: Make, introduce: Introduce, ru: Path, root: Path, change: Change
) -> None:
    introduce(ru, make("il"), "https://127.0.0.1:9")
    change("rotate", "--tls")
    refused(run("keys", "rotate", ru, "--tls", "--root", root, "--json"), "announced to nobody")
    grown(ru, 1)
    assert len(change("rotate", "--tls").certificates) == 1


# Revocation


def test_a_revoked_note_key_ends_at_the_last_valid_size_without_grace(
    ru: Path, change: Change
) -> None:
    size = grown(ru, 6)
    stolen = open_dir(ru).own_roster().note_key
    new = change("revoke", stolen.key_id.hex(), "--last-size", 4, "--why", "laptop lost")
    first, second = new.terms
    assert (first.key, first.last, first.why) == (stolen, 4, "laptop lost")
    assert (second.first, second.last) == (4, None)
    assert grown(ru, size + 2) > size


def test_the_log_as_it_is_stays_valid_unless_said_otherwise(ru: Path, change: Change) -> None:
    size = grown(ru, 6)
    key_id = open_dir(ru).own_roster().note_key.key_id.hex()
    assert change("revoke", key_id.upper(), "--why", "lost").terms[0].last == size


def test_a_key_that_was_rotated_can_still_be_revoked_sooner(ru: Path, change: Change) -> None:
    size = grown(ru, 6)
    old = open_dir(ru).own_roster().note_key
    rotated = change("rotate", "--note")
    assert rotated.terms[0].last == size + 1000
    new = change("revoke", old.key_id.hex(), "--last-size", 5, "--why", "found in the wild")
    assert (new.terms[0].last, new.terms[0].why) == (5, "found in the wild")
    assert new.note_key == rotated.note_key


@pytest.mark.parametrize("place", [0, 1])
def test_a_revoked_cosigner_ends_now_and_is_replaced(ru: Path, change: Change, place: int) -> None:
    before = open_dir(ru).own_roster()
    lost = before.witness_keys[place]
    new = change("revoke", lost.key_id.hex(), "--why", "lost")
    assert {w.key: w.until_s for w in new.witnesses}[lost] == new.at_ms // 1000
    assert sorted(w.key.algorithm for w in new.witnesses if w.until_s is None) == [4, 6]
    assert new.terms == before.terms
    assert build.context_of(open_dir(ru)).party == "ru"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("00000000", "--why", "x"), "is no key of our roster"),
        (("junk", "--why", "x"), "'junk' is no key of our roster"),
        (("NOTE", "--why", " "), "a reason of 1 characters"),
        (("NOTE", "--why", "x" * 201), "a reason of 201 characters"),
        (("NOTE", "--why", "x", "--last-size", "BEYOND"), "is beyond our log of"),
        (("WITNESS", "--why", "x", "--last-size", "1"), "ends at a time"),
    ],
)
def test_a_revocation_that_cannot_be_is_refused_and_nothing_is_staged(
    run: Run, ru: Path, root: Path, options: tuple[str, ...], told: str
) -> None:
    size = grown(ru, 2)
    roster = open_dir(ru).own_roster()
    ids = {
        "NOTE": roster.note_key.key_id.hex(),
        "WITNESS": roster.witness_keys[0].key_id.hex(),
        "BEYOND": str(size + 1),
    }
    words = [ids.get(option, option) for option in options]
    before = files_in(ru)
    refused(run("keys", "revoke", ru, *words, "--root", root, "--json"), told)
    assert files_in(ru) == before


def test_an_ended_key_does_not_end_later(run: Run, ru: Path, root: Path, change: Change) -> None:
    grown(ru, 4)
    key_id = open_dir(ru).own_roster().note_key.key_id.hex()
    change("revoke", key_id, "--last-size", 2, "--why", "lost")
    words = ("--last-size", 3, "--why", "x", "--root", root, "--json")
    refused(run("keys", "revoke", ru, key_id, *words), "ended at 2 already")


# Epochs and roots


@pytest.mark.parametrize("fresh", [True, False])
def test_a_new_epoch_closes_the_log_and_opens_the_next(
    ru: Path, change: Change, fresh: bool
) -> None:
    size = grown(ru, 5)
    old = open_dir(ru).own_roster().note_key
    new = change("epoch", *(("--note",) if fresh else ()))
    closed, opened = new.terms
    assert (new.epoch, new.origin) == (2, "ru/log/2")
    assert (closed.epoch, closed.last, closed.why) == (1, size, "closed")
    assert (opened.epoch, opened.first, opened.last) == (2, 0, None)
    assert (opened.key == old) is not fresh
    size = grown(ru, 4)
    assert change("rotate", "--note", "--grace", 0).terms[-1].first == size


def test_the_announced_root_takes_over_without_the_old_one(run: Run, ru: Path, root: Path) -> None:
    after = ru.with_name("after.root")
    follower = ru.with_name("ru.next-root")
    root.unlink()
    changed = run("keys", "next-root", ru, "--next", follower, "--after", after)
    assert changed.exit_code == 0, changed.stderr
    roster = open_dir(ru).own_roster()
    last = VerifyKey.from_vkey(after.read_text().splitlines()[2])
    assert roster.root.to_vkey() in follower.read_text()
    assert roster.next_root == root_hash(last)
    assert run("keys", "rotate", ru, "--root", follower).exit_code == 0


def test_a_root_is_announced_once_and_no_other_in_its_place(
    run: Run, ru: Path, root: Path, tmp_path: Path
) -> None:
    """Whoever steals the root in force can not appoint the one to follow."""
    other = tmp_path / "other.root"
    run("root", "new", other, "--party", "ru")
    words = ("keys", "next-root", ru, "--next")
    refused(run(*words, other, "--json"), "was not announced")
    refused(run(*words, root, "--json"), "is the one in force")
    refused(run(*words, other, "--root", root, "--json"), "has named the root to follow")
    follower = ru.with_name("ru.next-root")
    assert run(*words, follower).exit_code == 0
    assert run(*words, other, "--root", follower).exit_code == 0
    assert open_dir(ru).own_roster().next_root == root_hash(
        VerifyKey.from_vkey(other.read_text().splitlines()[2])
    )


def test_two_changes_of_root_need_a_start_between_them(run: Run, ru: Path) -> None:
    """A peer that never saw the root between would believe neither."""
    grown(ru, 1)
    follower, after = ru.with_name("ru.next-root"), ru.with_name("after.root")
    words = ("keys", "next-root", ru, "--next")
    assert run(*words, follower, "--after", after).exit_code == 0
    refused(run(*words, after, "--json"), "was not announced")
    grown(ru, 1)
    assert run(*words, after).exit_code == 0


# Install


def test_a_running_node_keeps_its_keys(run: Run, ru: Path, root: Path, serve: Serve) -> None:
    serve(ru, "--listen", "127.0.0.1:0")
    before = files_in(ru)
    for command in (("rotate",), ("epoch",)):
        told = refused(run("keys", *command, ru, "--root", root, "--json"), "another process")
        assert "stop it first" in told["right"]
    assert files_in(ru) == before


def test_a_second_request_waits_for_the_first(run: Run, ru: Path, tmp_path: Path) -> None:
    run("keys", "rotate", ru, "--request", tmp_path / "one")
    second = run("keys", "rotate", ru, "--request", tmp_path / "two", "--json")
    refused(second, "waits for its signature already", "parley keys discard")
    assert not (tmp_path / "two").exists()
    assert json.loads(run("keys", "discard", ru, "--json").stdout) == [2]
    assert json.loads(run("keys", "discard", ru, "--json").stdout) == []


def test_a_request_that_cannot_be_written_leaves_nothing_waiting(
    run: Run, ru: Path, tmp_path: Path
) -> None:
    assert run("keys", "rotate", ru, "--request", tmp_path / "no" / "where").exit_code == 2
    assert json.loads(run("keys", "show", ru, "--json").stdout)["waiting"] == []


@pytest.mark.parametrize("options", [(), ("--root", "a", "--request", "b")])
def test_the_root_is_here_or_elsewhere(run: Run, ru: Path, options: tuple[str, ...]) -> None:
    refused(run("keys", "rotate", ru, *options, "--json"), "--root FILE or --request OUT")


def test_a_roster_with_keys_that_this_node_does_not_have_is_refused(
    run: Run, ru: Path, root: Path, tmp_path: Path
) -> None:
    """Signed for a request whose fresh keys were forgotten here."""
    for options in (("rotate", "--note"), ("rotate", "--witness")):
        request, signed = tmp_path / f"{options[1]}.request", tmp_path / f"{options[1]}.signed"
        run("keys", options[0], ru, options[1], "--request", request)
        run("root", "sign", request, "--root", root, "-o", signed, "--yes")
        run("keys", "discard", ru)
        refused(run("keys", "install", ru, signed, "--json"), "of this node", "last request")
    assert open_dir(ru).own_roster().serial == 1


def test_a_roster_of_somebody_else_or_a_changed_one_is_not_installed(
    run: Run, make: Make, ru: Path, tmp_path: Path
) -> None:
    il = make("il")
    other = run("keys", "install", ru, il / "rosters" / "il.roster", "--json")
    refused(other, "a roster of il", "whoever signed or handed over il.roster")
    file = tmp_path / "changed"
    data = bytearray((ru / "rosters" / "ru.roster").read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    refused(run("keys", "install", ru, file, "--json"), "whoever signed or handed over changed")


def test_an_install_that_was_cut_off_after_its_roster_is_whole(
    run: Run, ru: Path, root: Path, tmp_path: Path
) -> None:
    """The roster stands, its seeds are still where they waited: the next command moves them."""
    request, signed = tmp_path / "request", tmp_path / "signed"
    run("keys", "rotate", ru, "--request", request)
    run("root", "sign", request, "--root", root, "-o", signed, "--yes")
    (ru / "rosters" / "ru.roster").write_bytes(signed.read_bytes())
    (ru / "keys" / "pending-2" / "note.seed").rename(ru / "keys" / "note.seed")
    assert build.context_of(open_dir(ru)).ring.roster("ru").serial == 2
    assert run("keys", "rotate", ru, "--root", root).exit_code == 0
    assert build.context_of(open_dir(ru)).ring.roster("ru").serial == 3
    assert sorted(f.name for f in (ru / "keys").iterdir()) == [
        "note.seed",
        "quantum.seed",
        "tail.seed",
        "tls.seed",
        "witness.seed",
    ]


def test_a_roster_from_before_the_first_start_is_to_be_handed_over(
    run: Run, ru: Path, root: Path
) -> None:
    rotated = run("keys", "rotate", ru, "--root", root)
    assert f"hand the new card over, parley peer card {ru}" in rotated.stdout
    grown(ru, 1)
    rotated = run("keys", "rotate", ru, "--root", root)
    assert f"The peers get it from the node: parley serve {ru}" in rotated.stdout


def test_what_people_see(run: Run, ru: Path, change: Change) -> None:
    grown(ru, 3)
    key_id = open_dir(ru).own_roster().note_key.key_id.hex()
    change("revoke", key_id, "--last-size", 2, "--why", "laptop lost")
    shown = run("keys", "show", ru).stdout
    assert "laptop lost" in shown
    assert "in force" in shown
    said = json.loads(run("keys", "show", ru, "--json").stdout)
    assert [(t["first"], t["last"]) for t in said["terms"]] == [(0, 2), (2, None)]
