"""The node directory: everything one party's node keeps on disk, and nothing else.

    node.json       party, epoch, where to listen, time zone
    agreement.json  the agreement, byte for byte as it was given
    roster.json     each party's public key, URL and time zone, our own key included
    note.seed       the private key (hex), mode 0600: whoever has it speaks as this party
    operator.token  what a program needs to act as this party's officer, mode 0600
    node.db         the log and what is derived from it
    serve.lock, running.json   while `parley serve` runs

Files are replaced whole or not at all. Errors are ConfigErrors that name the file and the member.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parley.cli import files
from parley.errors import ConfigError, InputError

if TYPE_CHECKING:
    from parley.ledger import SigningKey, VerifyKey
    from parley.rules.agreement import Agreement

NODE_FORMAT = "parley/node/v1"
ROSTER_FORMAT = "parley/roster/v1"
DEFAULT_LISTEN = "127.0.0.1:8701"

_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Peer:
    """One line of the roster. url: base URL of its node, "" if it has none (or for ourselves)."""

    party: str
    vkey: str
    url: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What stands in node.json and roster.json. zone: an IANA time zone name, or ""."""

    party: str
    listen: str = DEFAULT_LISTEN
    zone: str = ""
    epoch: int = 1
    roster: Mapping[str, Peer] = field(default_factory=dict)

    @property
    def host_port(self) -> tuple[str, int]:
        return parse_listen(self.listen)

    @property
    def urls(self) -> dict[str, str]:
        """The peers that can be reached: party id -> base URL."""
        return {p.party: p.url for p in self.roster.values() if p.url and p.party != self.party}

    @property
    def zones(self) -> dict[str, str]:
        """Party id -> IANA time zone, for those that gave one; ours first."""
        own = {self.party: self.zone} if self.zone else {}
        return own | {
            p.party: p.zone for p in self.roster.values() if p.zone and p.party not in own
        }


@dataclass(frozen=True, slots=True)
class NodeDir:
    """A node directory that exists. Open it with ``open_dir``, make one with ``create_dir``."""

    path: Path
    config: NodeConfig

    @property
    def database(self) -> Path:
        return self.path / "node.db"

    @property
    def lock(self) -> Path:
        return self.path / "serve.lock"

    @property
    def running(self) -> Path:
        return self.path / "running.json"

    def is_served(self) -> bool:
        """Whether a `parley serve` holds the lock of this directory now."""
        try:
            handle = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def signing_key(self) -> SigningKey:
        """The private key; ConfigError when others may read its file or it is no seed."""
        from parley.ledger import SigningKey

        text = files.read_config(self.path / "note.seed", private=True).strip()
        try:
            seed = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            seed = b""
        if len(seed) != 32:
            raise ConfigError(
                "note.seed is no seed",
                right="64 hexadecimal digits, as `parley init` wrote them",
                where=str(self.path / "note.seed"),
            )
        return SigningKey(self.config.party, seed)

    def operator_token(self) -> str:
        text = files.read_config(self.path / "operator.token", private=True).strip()
        if not re.fullmatch(rb"[A-Za-z0-9_-]{20,200}", text):
            raise ConfigError(
                "operator.token is no token",
                right="20 or more letters, digits, - and _",
                where=str(self.path / "operator.token"),
            )
        return text.decode()

    def agreement(self) -> Agreement:
        from parley.wire.agreement import parse_agreement

        path = self.path / "agreement.json"
        try:
            return parse_agreement(files.read_config(path), "agreement.json")
        except InputError as error:
            raise ConfigError(
                error.what, right=error.right, where=f"{path}: {error.where}".rstrip(": ")
            ) from None

    def keys(self) -> dict[str, VerifyKey]:
        """The roster's keys by party id, our own included."""
        return {
            peer.party: read_vkey(peer.vkey, peer.party, where=str(self.path / "roster.json"))
            for peer in self.config.roster.values()
        }

    def with_peer(self, peer: Peer, *, force: bool = False) -> NodeDir:
        """The directory with one more line in the roster, written. A change of key is refused
        unless ``force``: it is what an attacker in the middle would want."""
        known = self.config.roster.get(peer.party)
        if peer.party == self.config.party:
            raise InputError(f"{peer.party!r} is this node itself", right="another party's id")
        self.agreement().party(peer.party)
        read_vkey(peer.vkey, peer.party)
        check_url(peer.url)
        check_zone(peer.zone)
        if known is not None and known.vkey != peer.vkey and not force:
            raise InputError(
                f"the roster holds another key of {peer.party!r}",
                right="the key it has, or --force after comparing fingerprints by phone",
                at_fault="whoever handed over the key",
            )
        config = replace(self.config, roster={**self.config.roster, peer.party: peer})
        files.write_config(self.path / "roster.json", _roster_bytes(config))
        return NodeDir(self.path, config)


def create_dir(path: Path, config: NodeConfig, agreement_data: bytes) -> NodeDir:
    """A new node directory with a fresh key and token. All of it appears at once, or nothing.

    ``config.roster`` holds the peers; our own key is added. Raises InputError when there is
    something at ``path`` already, when the agreement is refused or does not know a party.
    """
    from parley.ledger import SigningKey
    from parley.wire.agreement import parse_agreement

    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"{path} exists already: nothing was touched",
            right="a directory that does not exist yet",
            where=str(path),
            at_fault="whoever named the directory",
        )
    agreement = parse_agreement(agreement_data, "the agreement")
    for party in (config.party, *config.roster):
        agreement.party(party)
    parse_listen(config.listen)
    check_zone(config.zone)
    seed = secrets.token_bytes(32)
    vkey = SigningKey(config.party, seed).verifier.to_vkey()
    own = {config.party: Peer(config.party, vkey, zone=config.zone)}
    config = replace(config, roster={**own, **config.roster})
    contents = {
        "node.json": (_node_bytes(config), False),
        "roster.json": (_roster_bytes(config), False),
        "agreement.json": (agreement_data, False),
        "note.seed": (seed.hex().encode() + b"\n", True),
        "operator.token": (secrets.token_urlsafe(32).encode() + b"\n", True),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        partial.mkdir(mode=0o700)
        for name, (data, private) in contents.items():
            files.write_config(partial / name, data, private=private)
        partial.rename(path)
        files.sync_directory(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made: {error.strerror}",
            right="a place with room where this user may write",
            where=str(path),
        ) from None
    return open_dir(path)


def open_dir(path: Path) -> NodeDir:
    """The node directory at ``path``. Raises ConfigError when it is none or is damaged."""
    if not (path / "node.json").is_file():
        raise ConfigError(
            f"{path} is no node directory",
            right="a directory made by `parley init`",
            where=str(path),
            at_fault="whoever named the directory",
        )
    node = _Members(path / "node.json", NODE_FORMAT)
    roster = _Members(path / "roster.json", ROSTER_FORMAT)
    peers = {
        party: Peer(party, line.text("vkey"), line.text("url", ""), line.text("zone", ""))
        for party, line in roster.members("parties").items()
    }
    config = NodeConfig(
        party=node.text("party"),
        listen=node.text("listen", DEFAULT_LISTEN),
        zone=node.text("zone", ""),
        epoch=node.number("epoch", 1),
        roster=peers,
    )
    for name, check in (("listen", parse_listen), ("zone", check_zone)):
        try:
            check(getattr(config, name))
        except InputError as error:
            raise ConfigError(error.what, right=error.right, where=f"{path}/node.json") from None
    if config.party not in config.roster:
        raise ConfigError(
            f"roster.json has no key of {config.party}, this node itself",
            right="the line that `parley init` wrote",
            where=str(path / "roster.json"),
        )
    return NodeDir(path, config)


def parse_listen(text: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:8701`` or ``[::1]:8701``; port 0: any. InputError."""
    found = _LISTEN.fullmatch(text)
    if found is None or int(found[2]) > 65535:
        raise InputError(f"{text!r} is no place to listen", right=DEFAULT_LISTEN, where="listen")
    return found[1].strip("[]"), int(found[2])


def parse_peer(text: str) -> Peer:
    """``il=http://host:8702,VKEY`` as the command line gives it. InputError."""
    party, equals, rest = text.partition("=")
    url, comma, vkey = rest.partition(",")
    if not (party and equals and comma and vkey):
        raise InputError(
            f"{text[:80]!r} is no peer", right="PARTY=URL,VKEY (URL may be empty)", where="--peer"
        )
    check_url(url)
    read_vkey(vkey, party)
    return Peer(party, vkey, url.rstrip("/"))


def read_vkey(text: str, party: str, *, where: str = "") -> VerifyKey:
    """The key, which must carry the party's id as its name: a key handed over for somebody
    else is refused. InputError, or ConfigError when ``where`` names a file of ours."""
    from parley.ledger import VerifyKey

    try:
        key = VerifyKey.from_vkey(text.strip())
        if key.name != party:
            raise InputError(
                f"the vkey is of {key.name!r}, not of {party!r}",
                right=f"the vkey line that {party} printed at its `parley init`",
                at_fault="whoever handed over the key",
            )
    except InputError as error:
        if where:
            raise ConfigError(error.what, right=error.right, where=where) from None
        raise
    return key


def check_url(url: str) -> None:
    """A base URL of a node, or "" for none. InputError."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        good = good and not (parts.query or parts.fragment or parts.username)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"{url[:120]!r} is no URL of a node", right="https://host:8701", where="url"
        )


def check_zone(zone: str) -> None:
    """An IANA time zone, or "" for none. InputError."""
    if zone:
        from parley.wire.instants import in_zone

        in_zone(0, zone)


def _node_bytes(config: NodeConfig) -> bytes:
    return _json_bytes(
        {
            "format": NODE_FORMAT,
            "party": config.party,
            "epoch": config.epoch,
            "listen": config.listen,
            "zone": config.zone,
        }
    )


def _roster_bytes(config: NodeConfig) -> bytes:
    parties = {
        peer.party: {"vkey": peer.vkey, "url": peer.url, "zone": peer.zone}
        for peer in config.roster.values()
    }
    return _json_bytes({"format": ROSTER_FORMAT, "parties": parties})


def _json_bytes(value: Mapping[str, object]) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


class _Members:
    """The members of one JSON file of ours, taken one by one with their types checked."""

    def __init__(self, path: Path, expected_format: str = "", value: Any = None) -> None:
        self._path = path
        self._value = value
        if value is not None:
            return
        try:
            self._value = json.loads(files.read_config(path))
        except (ValueError, RecursionError):
            raise ConfigError(f"{path.name} is not JSON", right="JSON", where=str(path)) from None
        if not isinstance(self._value, dict) or self._value.get("format") != expected_format:
            raise ConfigError(
                f"{path.name} is of another format",
                right=f'"format": "{expected_format}"',
                where=str(path),
            )

    def _refuse(self, name: str, right: str) -> ConfigError:
        return ConfigError(
            f"{name!r} of {self._path.name} is missing or refused",
            right=right,
            where=f"{self._path}: {name}",
        )

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str):
            raise self._refuse(name, "text")
        return value

    def number(self, name: str, default: int) -> int:
        value = self._value.get(name, default)
        if type(value) is not int or value < 1:
            raise self._refuse(name, "a whole number from 1")
        return value

    def members(self, name: str) -> dict[str, _Members]:
        value = self._value.get(name)
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise self._refuse(name, "an object of objects")
        return {key: _Members(self._path, value=member) for key, member in value.items()}
