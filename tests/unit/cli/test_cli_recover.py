"""`parley recover`: restored from an old backup, whole again from what a running peer holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from parley.cli import build
from parley.cli.nodedir import open_dir
from parley.ledger import Keyring
from parley.node.pins import RosterPins
from parley.peers.fetchback import fetch_copy
from parley.peers.line import Line
from parley.peers.tls import PeerClient

Run = Callable[..., Result]
Make = Callable[..., Path]
Introduce = Callable[..., Path]
Serve = Callable[..., Any]


def answer(result: Result, status: int = 0) -> Any:
    assert result.exit_code == status, result.output + result.stderr
    return json.loads(result.stdout)


@pytest.fixture
def pair(
    make: Make, introduce: Introduce, free_port: Callable[[], int]
) -> tuple[Path, Path, dict[str, str]]:
    """ru and il with doors that the other knows; and where each listens."""
    ports = {party: free_port() for party in ("ru", "il")}
    ru, il = make("ru"), make("il")
    introduce(ru, il, f"https://127.0.0.1:{ports['il']}")
    introduce(il, ru, f"https://127.0.0.1:{ports['ru']}")
    return ru, il, {party: f"127.0.0.1:{port}" for party, port in ports.items()}


async def copied(path: Path, peer: str) -> int:
    """How many entries of the log of the node at ``path`` the peer gives back now."""
    opened = open_dir(path)
    party = opened.config.party
    ring = await build.believed(opened)

    async def believed() -> Keyring:
        return ring

    pins = RosterPins(party, believed)
    await pins.refresh()
    url = opened.config.urls[peer]
    client = PeerClient(peer, url, pins.tls(opened.tls_identity()))
    try:
        return len((await fetch_copy(Line(client, url), peer, party, f"{party}/log/1")).entries)
    finally:
        await client.aclose()


def stops(run: Run, path: Path) -> set[str]:
    """Refs of all STOPs that the running node knows."""
    items = answer(run("items", path, "--json"))
    return {item["ref"] for item in items if item["ref"].startswith("stop:")}


@pytest.mark.slow
def test_the_lost_part_comes_back_and_the_node_goes_on(
    run: Run, pair: tuple[Path, Path, dict[str, str]], serve: Serve, tmp_path: Path
) -> None:
    ru, il, doors = pair
    listen = ("--listen", "127.0.0.1:0", "--peer-listen")
    il_served = serve(il, *listen, doors["il"])
    ru_served = serve(ru, *listen, doors["ru"])
    answer(run("stop", ru, "--json"))
    copy = tmp_path / "ru.backup"
    assert run("backup", ru, copy).exit_code == 0
    answer(run("stop", il, "--json"))
    for _ in range(3):
        answer(run("stop", ru, "--json"))
    while stops(run, ru) != {"stop:ru-1", "stop:il-1", "stop:ru-2", "stop:ru-3", "stop:ru-4"}:
        pass
    size = answer(run("health", ru, "--json"))["log_size"]
    while asyncio.run(copied(ru, "il")) < size:
        pass
    assert ru_served.stop()[0] == 0

    again = tmp_path / "again"
    assert run("restore", copy, again).exit_code == 0
    told = answer(run("recover", again, "--json"))
    assert told["holders"] == ["il"]
    assert set(told["unreached"]) == set()
    assert (told["missing"], told["needs_epoch"], told["reissued"]) == ([], False, [])
    assert told["size"] >= size
    assert told["was"] < told["size"]
    assert Path(told["kept_as"]).exists()
    assert "Nothing of our log is missing" in run("recover", again).stdout
    with_all = serve(again, *listen, doors["ru"])
    assert len(stops(run, again)) == 5
    assert answer(run("stop", again, "--json"))["logged"]
    assert with_all.stop()[0] == 0

    by_hand, tail = tmp_path / "by-hand", tmp_path / "ru.tail"
    assert answer(run("carry", "tail", il, "ru", "-o", tail, "--json"))["bytes"] > 0
    assert tail.stat().st_mode & 0o777 == 0o600
    assert il_served.stop()[0] == 0
    stopped_tail = tmp_path / "again.tail"
    answer(run("carry", "tail", il, "ru", "-o", stopped_tail, "--json"))
    assert stopped_tail.read_bytes().startswith(tail.read_bytes()[:60])
    assert run("restore", copy, by_hand).exit_code == 0
    refused = run("recover", by_hand)
    assert refused.exit_code == 2
    assert "carry tail" in refused.stderr
    told = answer(run("recover", by_hand, "--from", tail, "--json"))
    assert (told["needs_epoch"], told["left_out"]) == (False, [])
    assert told["size"] >= size


def test_what_nobody_holds_needs_a_new_epoch(
    run: Run, pair: tuple[Path, Path, dict[str, str]], tmp_path: Path
) -> None:
    """By hand, so nobody holds sealed leaves: receipts show how far the log had grown."""
    ru, il, _ = pair
    stick, copy, again = tmp_path / "stick", tmp_path / "ru.backup", tmp_path / "again"
    answer(run("carry", "out", ru, "il", "-o", stick, "--unconfirmed", "--json"))
    assert run("backup", ru, copy).exit_code == 0
    asyncio.run(stopped(il))
    answer(run("carry", "out", il, "ru", "-o", stick, "--force", "--unconfirmed", "--json"))
    answer(run("carry", "in", ru, stick, "--reply", tmp_path / "back", "--unconfirmed", "--json"))
    answer(run("carry", "in", il, tmp_path / "back", "--unconfirmed", "--json"))

    assert run("restore", copy, again).exit_code == 0
    tail = tmp_path / "tail"
    answer(run("carry", "tail", il, "ru", "-o", tail, "--json"))
    told = answer(run("recover", again, "--from", tail, "--json"), status=1)
    assert told["needs_epoch"]
    words = run("recover", again, "--from", tail).stdout
    assert f"--last-size {told['last_size']}" in words
    root = ru.with_name("ru.root")
    made = run("keys", "epoch", again, "--last-size", told["last_size"], "--root", root)
    assert made.exit_code == 0, made.stderr
    told = answer(run("recover", again, "--from", tail, "--json"))
    assert (told["heard"], told["needs_epoch"], told["left_out"]) == (1, False, [])


async def stopped(path: Path) -> None:
    async with build.stored_node(open_dir(path)) as node:
        await node.start()
        await node.stop(role="watch-officer")
