"""The node directory: what `parley init` makes, its modes, and what a damaged one says."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from parley.cli.addresses import next_port, parse_listen
from parley.cli.nodedir import NodeDir, open_dir
from parley.errors import ConfigError, InputError
from parley.ledger import VerifyKey, fingerprint, open_roster, root_hash

Run = Callable[..., Result]
Make = Callable[..., Path]

SECRETS = [
    "keys/note.seed",
    "keys/quantum.seed",
    "keys/tail.seed",
    "keys/tls.seed",
    "keys/witness.seed",
    "operator.token",
]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files_in(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*") if f.is_file()}


def test_init_keeps_secrets_from_others_and_tells_the_roots_fingerprint(
    run: Run, examples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "node"
    result = run(
        "init", path, "--party", "ru", "--agreement", examples / "agreement.json", "--json"
    )
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    root = VerifyKey.from_vkey(said["root"]["vkey"])
    assert (said["party"], root.name, root.algorithm) == ("ru", "ru", 1)
    assert said["root"]["fingerprint"] == fingerprint(root)
    assert [mode(path), mode(path / "keys"), mode(path / "rosters")] == [0o700] * 3
    assert {name: mode(path / name) for name in SECRETS} == dict.fromkeys(SECRETS, 0o600)
    opened = open_dir(path)
    roster = open_roster((path / "rosters" / "ru.roster").read_bytes(), root=root)
    assert roster.note_key == opened.own_keys().note.verifier
    assert [w.key.algorithm for w in roster.witnesses] == [4, 6]
    assert roster.certificates == (opened.tls_identity().certificate,)
    assert roster.next_root == root_hash(VerifyKey.from_vkey(said["next_root"]["vkey"]))
    assert len(opened.operator_token()) >= 32
    assert (path / "agreement.json").read_bytes() == (examples / "agreement.json").read_bytes()


def test_the_roots_stay_outside_and_are_told_to_be_moved(
    run: Run, examples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "node"
    shown = run("init", path, "--party", "ru", "--agreement", examples / "agreement.json")
    roots = [tmp_path / "node.root", tmp_path / "node.next-root"]
    assert sorted(tmp_path.iterdir()) == sorted([path, *roots])
    assert [mode(root) for root in roots] == [0o600, 0o600]
    assert f"Move {roots[0]} and {roots[1]} to an offline medium now" in shown.stdout
    secrets = [root.read_text().splitlines()[3] for root in roots]
    kept = b"".join(files_in(path).values()).decode()
    assert not [secret for secret in secrets if secret in kept]


def test_two_nodes_never_share_a_key_or_a_token(make: Make) -> None:
    one, two = open_dir(make("ru", name="one")), open_dir(make("ru", name="two"))
    for name in SECRETS:
        assert (one.path / name).read_bytes() != (two.path / name).read_bytes()
    assert one.own_roster().root != two.own_roster().root


def test_init_refuses_to_overwrite_and_touches_nothing(
    run: Run, make: Make, examples: Path
) -> None:
    path = make("ru")
    before = files_in(path.parent)
    result = run("init", path, "--party", "ru", "--agreement", examples / "agreement.json")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert files_in(path.parent) == before


def test_a_root_that_lies_beside_is_not_taken_unasked(
    run: Run, make: Make, examples: Path, tmp_path: Path
) -> None:
    agreement = ("--agreement", examples / "agreement.json")
    stale = make("ru", name="stale").with_name("stale.root").rename(tmp_path / "node.root")
    kept = stale.read_bytes()
    result = run("init", tmp_path / "node", "--party", "ru", *agreement)
    assert result.exit_code == 2
    assert f"--root {stale}" in result.stderr
    assert stale.read_bytes() == kept
    taken = run("init", tmp_path / "node", "--party", "ru", *agreement, "--root", stale, "--json")
    assert json.loads(taken.stdout)["root"]["made"] is False
    assert open_dir(tmp_path / "node").own_roster().root.to_vkey() in kept.decode()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--party", "xx"), "'xx' is not in agreement levant-example"),
        (("--party", "ru", "--listen", "nowhere"), "no place to listen"),
        (("--party", "ru", "--peer-listen", "nowhere"), "no place to listen"),
        (("--party", "ru", "--zone", "Mars/Olympus"), "time zone 'Mars/Olympus' is not known"),
    ],
)
def test_init_with_bad_options_leaves_nothing_behind(
    run: Run, examples: Path, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    result = run("init", tmp_path / "node", "--agreement", examples / "agreement.json", *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_an_agreement_that_is_none_and_names_its_author(
    run: Run, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "parley/agreement/v1"}')
    result = run("init", tmp_path / "node", "--party", "ru", "--agreement", bad)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == [bad]


def asked_for(opened: NodeDir, name: str) -> object:
    return opened.operator_token() if name == "operator.token" else opened.seeds()


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_others_may_read_is_refused_with_the_remedy(make: Make, name: str) -> None:
    path = make("ru")
    (path / name).chmod(0o640)
    opened = open_dir(path)
    with pytest.raises(ConfigError) as caught:
        asked_for(opened, name)
    assert f"{(path / name).name} may be read by others (mode 0640)" in caught.value.what
    assert f"chmod 600 {path / name}" in caught.value.right


def test_the_seeds_mode_stops_every_command_that_needs_it(run: Run, make: Make) -> None:
    path = make("ru")
    (path / "keys" / "note.seed").chmod(0o644)
    for command in (("log",), ("keys", "show"), ("serve",)):
        result = run(*command, path)
        assert result.exit_code == 2
        assert "note.seed may be read by others" in result.stderr


def damaged(run: Run, path: Path) -> Result:
    return run("peer", "list", path)


NODE = '"format": "parley/node/v2", "party": "ru", "root": "ru+00000000+AA"'
PEER = '{"root": "il+00000000+AA"}'
PEERS = '"format": "parley/peers/v1"'


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("node.json", "{", "node.json is not JSON"),
        ("node.json", '{"format": "parley/node/v9"}', "node.json is of another format"),
        ("node.json", '{"format": "parley/node/v2"}', "'party' of node.json is missing"),
        ("node.json", f'{{{NODE}, "quorum": 0}}', "'quorum' of node.json"),
        ("node.json", f'{{{NODE}, "restored": 1}}', "'restored' of node.json"),
        ("node.json", f'{{{NODE}, "listen": "x"}}', "no place to listen"),
        ("node.json", f'{{{NODE}, "peer_listen": "x"}}', "no place to listen"),
        ("peers.json", f'{{{PEERS}, "parties": []}}', "'parties' of peers.json"),
        ("peers.json", f'{{{PEERS}, "parties": {{"il": {PEER}}}}}', "il.roster cannot be read"),
        ("peers.json", f'{{{PEERS}, "parties": {{"../il": {PEER}}}}}', "'../il' is no party id"),
        ("peers.json", f'{{{PEERS}, "parties": {{"ru": {PEER}}}}}', "'ru' is no party id"),
        ("rosters/ru.roster", "parley/roster/v1\n{}\n", "ru.roster does not verify"),
    ],
)
def test_a_damaged_file_of_ours_is_named(
    run: Run, make: Make, name: str, text: str, told: str
) -> None:
    path = make("ru")
    (path / name).write_text(text)
    result = damaged(run, path)
    assert result.exit_code == 2
    assert told in result.stderr
    assert str(path) in result.stderr


def test_a_roster_under_another_name_is_refused(run: Run, make: Make) -> None:
    path, il = make("ru"), make("il")
    (path / "rosters" / "ru.roster").write_bytes((il / "rosters" / "il.roster").read_bytes())
    result = damaged(run, path)
    assert result.exit_code == 2
    assert "ru.roster is the roster of 'il'" in result.stderr


@pytest.mark.parametrize("name", ["note", "witness", "quantum"])
def test_keys_that_the_roster_does_not_name_stop_the_node(run: Run, make: Make, name: str) -> None:
    path, other = make("ru"), make("ru", name="other")
    seed = path / "keys" / f"{name}.seed"
    seed.write_bytes((other / "keys" / f"{name}.seed").read_bytes())
    result = run("serve", path, "--listen", "127.0.0.1:0")
    assert result.exit_code == 2
    assert "the roster does not give 'ru' the keys of this node" in result.stderr


def test_a_tls_key_that_the_roster_does_not_name_stops_the_node(run: Run, make: Make) -> None:
    path = make("ru")
    (path / "keys" / "tls.seed").write_text("00" * 32)
    result = run("serve", path, "--listen", "127.0.0.1:0")
    assert result.exit_code == 2
    assert "tls.seed is not of a certificate that our own roster names" in result.stderr


@pytest.mark.parametrize("text", ["0102\n", "", "zz" * 32])
def test_a_seed_that_is_none_is_named(make: Make, text: str) -> None:
    path = make("ru")
    (path / "keys" / "note.seed").write_text(text)
    with pytest.raises(ConfigError, match=r"note\.seed is no seed"):
        open_dir(path).own_keys()


def test_what_is_no_node_directory_is_said(run: Run, tmp_path: Path) -> None:
    result = run("log", tmp_path)
    assert result.exit_code == 2
    assert "is no node directory" in result.stderr
    assert "parley init" in result.stderr


def test_places_to_listen() -> None:
    assert parse_listen("127.0.0.1:8701") == ("127.0.0.1", 8701)
    assert parse_listen("[::1]:0") == ("::1", 0)
    for bad in ("127.0.0.1", "127.0.0.1:70000", "::1:80", ":80", "a b:80", "host:80/x"):
        with pytest.raises(InputError):
            parse_listen(bad)


def test_the_peers_door_stands_beside_the_officers_unless_said_otherwise() -> None:
    assert next_port("127.0.0.1:8701") == "127.0.0.1:8702"
    assert next_port("[::1]:8701") == "[::1]:8702"
    assert next_port("127.0.0.1:0") == "127.0.0.1:0"


def test_damaged_proofs_stop_no_node(run: Run, make: Make) -> None:
    """They are fetched again from the peers; the log is what matters."""
    path = make("ru")
    assert run("log", path).exit_code == 0
    (path / "proofs.db").write_bytes(b"x" * 5000)
    shown = run("log", path, "--json")
    assert json.loads(shown.stdout) == []
    assert "proofs.db is not used" in shown.stderr
