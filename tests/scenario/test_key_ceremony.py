"""Keys as people handle them: first contact by files and digits, rotation by an offline root,
a stolen key and its revocation. Two real `parley serve` processes on loopback, mutual TLS."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from parley.cli import build
from parley.cli.app import app
from parley.cli.client import Client
from parley.cli.nodedir import open_dir, read_seed
from parley.errors import ForgedError, PeerError
from parley.ledger import (
    Checkpoint,
    Entry,
    Kind,
    SigningKey,
    Tree,
    leaf_hash,
    parse,
    parse_statement,
    seal,
    sign_checkpoint,
    verify_log,
    write_log,
)
from parley.store.sqlite import SqliteStore

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DUTY = ("--role", "watch-officer")


def parley(*words: object, status: int = 0) -> Any:
    """A command in this process, its JSON answer."""
    result = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert result.exit_code == status, f"{words}: {result.output}"
    return json.loads(result.stdout) if result.stdout else None


@contextmanager
def served(path: Path) -> Iterator[None]:
    """`parley serve` in a process of its own, ended as an officer ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "parley.cli", "serve", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said
    finally:
        process.kill()
        process.communicate()


def until(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first event of the node's journal that is wanted, waiting for it on the stream."""
    with Client(open_dir(path)) as client:
        stream = client.events("/v1/events", after=0)
        return next(line for event in stream if wanted(line := json.loads(event.data)))


def item(ref: str, state: str = "") -> Callable[[dict[str, Any]], bool]:
    return lambda line: (
        line["kind"] == "item"
        and line["data"].get("ref") == ref
        and state in ("", line["data"].get("state"))
    )


def roster(party: str, serial: int) -> Callable[[dict[str, Any]], bool]:
    """The event of a node that believes a newer roster."""
    return lambda line: (
        line["kind"] == "keys"
        and (line["data"]["party"], line["data"]["serial"]) == (party, serial)
    )


@dataclass
class Pair:
    il: Path
    ru: Path
    desk: Path
    """Where files are handed over."""

    def answered(self, ref: str, giver: Path, taker: Path) -> None:
        """``giver`` gives notice ``ref``; ``taker`` reads it, and the answer arrives."""
        parley("notice", giver, EXAMPLES / "notice.geojson", *DUTY)
        until(taker, item(ref))
        parley("ack", taker, ref, "read", *DUTY)
        until(giver, lambda line: item(ref)(line) and "read" in json.dumps(line["data"]))

    @contextmanager
    def running(self) -> Iterator[None]:
        with served(self.il), served(self.ru):
            yield


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """il and ru after first contact: cards by any way, digits over the phone."""
    made, cards, digits = {}, {}, {}
    for party in ("il", "ru"):
        made[party] = tmp_path / party
        parley("init", made[party], "--party", party, "--agreement", EXAMPLES / "agreement.json",
               "--listen", "127.0.0.1:0", "--peer-listen", f"127.0.0.1:{free_port()}")  # fmt: skip
        cards[party] = tmp_path / f"{party}.roster"
        told = parley("peer", "card", made[party], "-o", cards[party])
        digits[party] = told["fingerprint"]
    for here, there in (("il", "ru"), ("ru", "il")):
        url = f"https://{open_dir(made[there]).config.peer_listen}"
        parley("peer", "add", made[here], cards[there], "--url", url,
               "--fingerprint", digits[there])  # fmt: skip
    return Pair(made["il"], made["ru"], tmp_path)


def signed_offline(pair: Pair, *words: object) -> None:
    """A change of ru's keys: asked for by the node, signed where the root is, carried back."""
    request, signed = pair.desk / "ru.request", pair.desk / "ru-signed.roster"
    parley("keys", words[0], pair.ru, *words[1:], "--request", request, "--force")
    parley("root", "sign", request, "--root", pair.desk / "ru.root", "-o", signed,
           "--force", "--yes")  # fmt: skip
    parley("keys", "install", pair.ru, signed)


def roots(pair: Pair) -> list[object]:
    """The roots that somebody holds who saw the first cards, and nothing since."""
    found: list[object] = []
    for party in ("il", "ru"):
        found += ["--root", parley("root", "show", pair.desk / f"{party}.root")["vkey"]]
    return found


@pytest.mark.slow
def test_a_rotated_key_is_believed_by_the_peer_and_by_the_verifier(pair: Pair) -> None:
    old = open_dir(pair.ru).own_roster().note_key
    with pair.running():
        pair.answered("notice:il-1", pair.il, pair.ru)
        pair.answered("notice:ru-1", pair.ru, pair.il)
    signed_offline(pair, "rotate", "--note")
    new = open_dir(pair.ru).own_roster().note_key
    assert new != old
    with pair.running():
        told = until(pair.il, roster("ru", 2))
        assert told["data"]["key"] == new.to_vkey()
        pair.answered("notice:ru-2", pair.ru, pair.il)
        pair.answered("notice:il-2", pair.il, pair.ru)
    listed = {row["party"]: row for row in parley("peer", "list", pair.il)}
    assert (listed["ru"]["serial"], listed["ru"]["key"]) == (2, new.to_vkey())
    assert listed["ru"]["compared"] is True
    for path in (pair.il, pair.ru):
        file = pair.desk / f"{path.name}.log"
        parley("log", path, "--file", file)
        said = parley("verify", file, *roots(pair))
        assert (said["verified"], said["pinned"]) == (True, True)
        signers = {signer["vkey"] for signer in said["signers"]}
        assert {old.to_vkey(), new.to_vkey()} <= signers


@pytest.mark.slow
def test_what_a_stolen_key_signs_beyond_the_last_valid_size_is_refused(pair: Pair) -> None:
    with pair.running():
        pair.answered("notice:ru-1", pair.ru, pair.il)
    stolen = SigningKey("ru", read_seed(pair.ru / "keys" / "note.seed"))
    size = len(parley("log", pair.ru, "--last", 0))
    refused = parley("keys", "revoke", pair.ru, stolen.key_id.hex(), "--last-size", size + 1,
                     "--why", "stolen", "--root", pair.desk / "ru.root", status=2)  # fmt: skip
    assert "beyond our log" in refused["error"]["what"]
    signed_offline(pair, "revoke", stolen.key_id.hex(), "--last-size", size, "--why", "stolen")
    with pair.running():
        until(pair.il, roster("ru", 2))
        pair.answered("notice:ru-2", pair.ru, pair.il)
    leaves = asyncio.run(_leaves(pair.ru))
    forged = _forged(leaves, stolen)
    assert isinstance(asyncio.run(_offered(pair.il, forged)), PeerError)
    assert verify_log(_log_of(pair, leaves), pinned=None).size == len(leaves)
    longer = [*leaves, Entry(Kind.SENT, bytes(16), forged).leaf()]
    with pytest.raises(ForgedError, match=r"\(stolen at \d+\) does not speak at index") as caught:
        verify_log(_log_of(pair, longer), pinned=None)
    assert caught.value.where == f"entry {len(leaves)}"


@pytest.mark.slow
def test_the_pipe_holds_through_a_change_of_tls_keys_and_of_the_log(pair: Pair) -> None:
    first = open_dir(pair.ru).tls_identity().pin
    with pair.running():
        until(pair.ru, lambda line: line["kind"] == "link")
    signed_offline(pair, "rotate", "--tls")
    with pair.running():
        until(pair.il, roster("ru", 2))
        pair.answered("notice:ru-1", pair.ru, pair.il)
    signed_offline(pair, "rotate", "--tls")
    assert open_dir(pair.ru).tls_identity().pin != first
    with pair.running():
        until(pair.il, roster("ru", 3))
        pair.answered("notice:il-1", pair.il, pair.ru)
        pair.answered("notice:ru-2", pair.ru, pair.il)
    signed_offline(pair, "epoch", "--note")
    with pair.running():
        until(pair.il, roster("ru", 4))
        pair.answered("notice:il-2", pair.il, pair.ru)
        pair.answered("notice:ru-3", pair.ru, pair.il)
    file = pair.desk / "ru.log"
    parley("log", pair.ru, "--file", file)
    said = parley("verify", file, *roots(pair))
    assert (said["verified"], said["pinned"], said["epoch"]) == (True, True, 2)


async def _leaves(path: Path) -> list[bytes]:
    store = await SqliteStore.open(open_dir(path).database)
    try:
        return await store.read(lambda tx: list(tx.log.leaves(0, tx.log.size())))
    finally:
        await store.close()


def _forged(leaves: list[bytes], stolen: SigningKey) -> bytes:
    """A notice in ru's name that ru never gave, by whoever has the stolen key."""
    entries = [Entry.from_leaf(leaf) for leaf in leaves]
    sent = next(e for e in entries if e.kind is Kind.SENT and b'"item":"ru-1"' in e.note)
    type_line, body = parse_statement(parse(sent.note).text)
    return seal(type_line, {**body, "item": "ru-9"}, stolen)


async def _offered(path: Path, note: bytes) -> PeerError | None:
    """What the node at ``path`` says when a peer brings this note."""
    async with build.stored_node(open_dir(path)) as node:
        await node.start()
        (outcome,) = await node.receive([note])
        return outcome.refused


def _log_of(pair: Pair, leaves: list[bytes]) -> bytes:
    """These leaves as a log file under a head that ru's keys in force signed."""
    opened = open_dir(pair.ru)
    tree, keys, ours = Tree(), opened.own_keys(), opened.own_roster()
    tree.extend(leaf_hash(leaf) for leaf in leaves)
    head = Checkpoint(ours.origin, len(leaves), tree.root(len(leaves)))
    signed = sign_checkpoint(head, keys.note, keys.quantum, at_s=1)
    return b"".join(write_log("ru", ours.epoch, ours.root, leaves, signed))
