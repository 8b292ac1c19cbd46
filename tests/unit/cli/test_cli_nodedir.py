"""The node directory: keys, modes, roster, and what a damaged one says."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from parley.cli.nodedir import open_dir, parse_listen, parse_peer
from parley.errors import ConfigError, InputError
from parley.ledger import VerifyKey, fingerprint

Run = Callable[..., Result]
Make = Callable[..., Path]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_keeps_secrets_from_others_and_tells_what_to_hand_over(
    run: Run, examples: Path, tmp_path: Path
) -> None:
    path = tmp_path / "node"
    result = run(
        "init", path, "--party", "ru", "--agreement", examples / "agreement.json", "--json"
    )
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    key = VerifyKey.from_vkey(said["vkey"])
    assert (said["party"], key.name) == ("ru", "ru")
    assert said["fingerprint"] == fingerprint(key)
    assert [mode(path), mode(path / "note.seed"), mode(path / "operator.token")] == [
        0o700,
        0o600,
        0o600,
    ]
    opened = open_dir(path)
    assert opened.signing_key().verifier == key
    assert len(opened.operator_token()) >= 32
    assert (path / "agreement.json").read_bytes() == (examples / "agreement.json").read_bytes()


def test_two_nodes_never_share_a_key_or_a_token(make: Make) -> None:
    one, two = open_dir(make("ru", name="one")), open_dir(make("ru", name="two"))
    assert one.signing_key().verifier != two.signing_key().verifier
    assert one.operator_token() != two.operator_token()


def test_init_refuses_to_overwrite_and_touches_nothing(
    run: Run, make: Make, examples: Path
) -> None:
    path = make("ru")
    before = {f.name: f.read_bytes() for f in path.iterdir()}
    result = run("init", path, "--party", "ru", "--agreement", examples / "agreement.json")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert {f.name: f.read_bytes() for f in path.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--party", "xx"), "'xx' is not in agreement levant-example"),
        (("--party", "ru", "--listen", "nowhere"), "no place to listen"),
        (("--party", "ru", "--zone", "Mars/Olympus"), "time zone 'Mars/Olympus' is not known"),
        (("--party", "ru", "--peer", "il"), "'il' is no peer"),
        (("--party", "ru", "--peer", "il=ftp://x,il+00000000+AA"), "no URL of a node"),
        (("--party", "ru", "--peer", "il=http://x,il+00000000+AA"), "the vkey of 'il'"),
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
    assert not (tmp_path / "node").exists()


def vkey_of(path: Path) -> str:
    config = open_dir(path).config
    return config.roster[config.party].vkey


def test_a_peer_is_added_listed_and_can_move(run: Run, make: Make) -> None:
    ru, il = make("ru"), make("il")
    vkey = vkey_of(il)
    added = run("peer", "add", ru, "il", "--url", "http://127.0.0.1:9/", "--vkey", vkey)
    assert added.exit_code == 0
    assert fingerprint(VerifyKey.from_vkey(vkey)) in added.stdout
    assert open_dir(ru).config.urls == {"il": "http://127.0.0.1:9"}
    assert run("peer", "key", il).stdout == f"{vkey}\n"
    moved = run("peer", "add", ru, "il", "--url", "http://127.0.0.1:10", "--vkey", vkey)
    assert moved.exit_code == 0
    listed = json.loads(run("peer", "list", ru, "--json").stdout)
    assert [(p["party"], p["url"], p["vkey"]) for p in listed] == [
        ("ru", "", vkey_of(ru)),
        ("il", "http://127.0.0.1:10", vkey),
    ]


def test_another_key_for_a_known_peer_needs_force(run: Run, make: Make) -> None:
    ru, il, impostor = make("ru"), make("il"), make("il", name="impostor")
    run("peer", "add", ru, "il", "--vkey", vkey_of(il))
    refused = run("peer", "add", ru, "il", "--vkey", vkey_of(impostor))
    assert refused.exit_code == 2
    assert "another key of 'il'" in refused.stderr
    assert "fingerprints" in refused.stderr
    assert open_dir(ru).config.roster["il"].vkey == vkey_of(il)
    forced = run("peer", "add", ru, "il", "--vkey", vkey_of(impostor), "--force")
    assert forced.exit_code == 0
    assert open_dir(ru).config.roster["il"].vkey == vkey_of(impostor)


def test_a_key_handed_over_for_somebody_else_is_refused(run: Run, make: Make) -> None:
    ru, il = make("ru"), make("il")
    refused = run("peer", "add", ru, "un", "--vkey", vkey_of(il))
    assert refused.exit_code == 2
    assert "the vkey is of 'il', not of 'un'" in refused.stderr
    assert run("peer", "add", ru, "ru", "--vkey", vkey_of(ru)).exit_code == 2
    assert run("peer", "add", ru, "zz", "--vkey", vkey_of(il)).exit_code == 2


@pytest.mark.parametrize("name", ["note.seed", "operator.token"])
def test_a_secret_that_others_may_read_is_refused_with_the_remedy(make: Make, name: str) -> None:
    path = make("ru")
    (path / name).chmod(0o640)
    opened = open_dir(path)
    with pytest.raises(ConfigError) as caught:
        opened.signing_key() if name == "note.seed" else opened.operator_token()
    assert f"{name} may be read by others (mode 0640)" in caught.value.what
    assert f"chmod 600 {path / name}" in caught.value.right


def test_the_seeds_mode_stops_every_command_that_needs_it(run: Run, make: Make) -> None:
    path = make("ru")
    (path / "note.seed").chmod(0o644)
    result = run("log", path)
    assert result.exit_code == 2
    assert "note.seed may be read by others" in result.stderr


def damaged(run: Run, path: Path) -> Result:
    return run("peer", "list", path)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("node.json", "{", "node.json is not JSON"),
        ("node.json", '{"format": "parley/node/v9"}', "node.json is of another format"),
        ("node.json", '{"format": "parley/node/v1"}', "'party' of node.json is missing"),
        (
            "node.json",
            '{"format": "parley/node/v1", "party": "ru", "epoch": 0}',
            "'epoch' of node.json",
        ),
        (
            "node.json",
            '{"format": "parley/node/v1", "party": "ru", "listen": "x"}',
            "no place to listen",
        ),
        (
            "roster.json",
            '{"format": "parley/roster/v1", "parties": []}',
            "'parties' of roster.json",
        ),
        (
            "roster.json",
            '{"format": "parley/roster/v1", "parties": {"ru": {"vkey": "junk"}}}',
            "'junk' is no vkey",
        ),
        (
            "roster.json",
            '{"format": "parley/roster/v1", "parties": {}}',
            "roster.json has no key of ru",
        ),
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


def test_a_seed_that_is_none_is_named(make: Make) -> None:
    path = make("ru")
    (path / "note.seed").write_text("0102\n")
    with pytest.raises(ConfigError, match=r"note\.seed is no seed"):
        open_dir(path).signing_key()


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


def test_a_peer_on_the_command_line_may_have_no_url(make: Make) -> None:
    vkey = vkey_of(make("il"))
    peer = parse_peer(f"il=,{vkey}")
    assert (peer.party, peer.url, peer.vkey) == ("il", "", vkey)
