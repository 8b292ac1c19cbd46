"""The node directory: everything one party's node keeps on disk, and nothing else.

    node.json       party, where to listen for officers and for peers, time zone, quorum
    agreement.json  the agreement, byte for byte as it was given
    peers.json      party -> URL of its peers' door, time zone, whether people compared its root
    rosters/        PARTY.roster: the exact signed roster of each party, our own included
    keys/           note, witness, quantum, tail, tls .seed (hex), mode 0600: whoever has them
                    speaks as this party until a roster says otherwise
    keys/pending-N/ fresh seeds that wait for roster N of our own
    operator.token  what a program needs to act as this party's officer, mode 0600
    node.db         the log and what is derived from it
    proofs.db       heads, copies of the peers' logs: may be lost, is fetched again
    serve.lock, running.json   while `parley serve` runs

The root that signs our rosters is never in here. Files are replaced whole or not at all. Errors
are ConfigErrors that name the file and the member.
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
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from parley.cli import files
from parley.cli.members import Members
from parley.errors import ConfigError, InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.keymaking import Seeds
    from parley.ledger import Roster, VerifyKey
    from parley.node.context import OwnKeys
    from parley.node.pins import TlsIdentity
    from parley.rules.agreement import Agreement

NODE_FORMAT = "parley/node/v2"
PEERS_FORMAT = "parley/peers/v1"
DEFAULT_LISTEN = "127.0.0.1:8701"
DEFAULT_PEER_LISTEN = "127.0.0.1:8702"
SEEDS = ("note", "witness", "quantum", "tail", "tls")
NEXT_TLS = "tls-next"
"""The TLS key that our roster announces and that we do not use yet."""

_LISTEN = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")
_PARTY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Peer:
    """One line of peers.json. url: base URL of its peers' door, "" if it cannot be reached.
    compared: people compared the fingerprint of the root that its rosters hang on."""

    party: str
    url: str = ""
    zone: str = ""
    compared: bool = False


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What stands in node.json and peers.json.

    listen: for our officers. peer_listen: for the peers. zone: an IANA time zone name, or "".
    quorum: so many other parties have to cosign a head of ours. restored: this directory came
    out of a backup, and no peer has told yet how far our log had grown.
    """

    party: str
    listen: str = DEFAULT_LISTEN
    peer_listen: str = DEFAULT_PEER_LISTEN
    zone: str = ""
    quorum: int = 1
    restored: bool = False
    peers: Mapping[str, Peer] = field(default_factory=dict)

    @property
    def host_port(self) -> tuple[str, int]:
        return parse_listen(self.listen)

    @property
    def peer_host_port(self) -> tuple[str, int]:
        return parse_listen(self.peer_listen)

    @property
    def urls(self) -> dict[str, str]:
        """The peers that can be reached: party id -> base URL."""
        return {p.party: p.url for p in self.peers.values() if p.url}

    @property
    def zones(self) -> dict[str, str]:
        """Party id -> IANA time zone, for those that gave one; ours first."""
        own = {self.party: self.zone} if self.zone else {}
        return own | {p.party: p.zone for p in self.peers.values() if p.zone}


@dataclass(frozen=True, slots=True)
class NodeDir:
    """A node directory that exists. Open it with ``open_dir``, make one with ``create_dir``."""

    path: Path
    config: NodeConfig

    @property
    def database(self) -> Path:
        return self.path / "node.db"

    @property
    def proofs(self) -> Path:
        return self.path / "proofs.db"

    @property
    def lock(self) -> Path:
        return self.path / "serve.lock"

    @property
    def running(self) -> Path:
        return self.path / "running.json"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    def pending(self, serial: int) -> Path:
        """Where fresh seeds wait for our roster of that serial."""
        return self.keys / f"pending-{serial}"

    def roster_file(self, party: str) -> Path:
        return self.path / "rosters" / f"{party}.roster"

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

    def own_keys(self) -> OwnKeys:
        """The private keys; ConfigError when others may read a file or it holds no seed."""
        return self.seeds().own(self.config.party)

    def seeds(self, serial: int | None = None) -> Seeds:
        """The secrets that belong to our roster as it stands, or as of ``serial``; the TLS key's
        too. ConfigError."""
        from parley.cli.keymaking import Seeds

        pending = self.pending(self.own_roster().serial if serial is None else serial)
        found = (pending / f"{name}.seed" for name in SEEDS)
        return Seeds(*(read_seed(p if p.exists() else self.keys / p.name) for p in found))

    def tls_identity(self) -> TlsIdentity:
        """Our certificate and its key. ConfigError: our roster does not name the certificate."""
        from parley.ledger.certificate import make_certificate
        from parley.node.pins import TlsIdentity

        seed = self.seeds().tls
        certificate = make_certificate(self.config.party, seed)
        if certificate not in self.own_roster().certificates:
            raise ConfigError(
                "tls.seed is not of a certificate that our own roster names",
                right="the seed that `parley init` or `parley keys` wrote",
                where=str(self.keys / "tls.seed"),
            )
        return TlsIdentity(certificate, seed)

    def rosters(self) -> tuple[bytes, ...]:
        """The exact signed rosters, our own first. ConfigError: one is missing or damaged."""
        return tuple(self._roster(party)[0] for party in (self.config.party, *self.config.peers))

    def own_roster(self) -> Roster:
        return self.roster(self.config.party)

    def roster(self, party: str) -> Roster:
        """The roster in rosters/PARTY.roster. ConfigError."""
        return self._roster(party)[1]

    def roots(self) -> dict[str, VerifyKey]:
        """The root of each party as people handed it over: what a verifier pins."""
        return {p: self.roster(p).root for p in (self.config.party, *self.config.peers)}

    def _roster(self, party: str) -> tuple[bytes, Roster]:
        from parley.ledger import open_roster

        path = self.roster_file(party)
        note = files.read_config(path)
        try:
            roster = open_roster(note)
        except PeerError as error:
            raise ConfigError(
                f"{path.name} does not verify: {error.what}",
                right=f"the exact roster as the root of {party} signed it",
                where=str(path),
            ) from None
        if roster.party != party:
            raise ConfigError(
                f"{path.name} is the roster of {roster.party!r}", right=party, where=str(path)
            )
        return note, roster

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

    def with_peer(self, peer: Peer, note: bytes) -> NodeDir:
        """The directory with this peer and its roster, written. Whether to believe the roster
        was decided before. InputError: a party that the agreement does not know, a bad URL."""
        if peer.party == self.config.party:
            raise InputError(f"{peer.party!r} is this node itself", right="another party's roster")
        self.agreement().party(peer.party)
        check_url(peer.url)
        check_zone(peer.zone)
        config = replace(self.config, peers={**self.config.peers, peer.party: peer})
        files.write_config(self.roster_file(peer.party), note)
        files.write_config(self.path / "peers.json", _peers_bytes(config))
        return NodeDir(self.path, config)

    def with_config(self, config: NodeConfig) -> NodeDir:
        """The directory with another node.json, written."""
        files.write_config(self.path / "node.json", _node_bytes(config))
        return NodeDir(self.path, config)

    def with_confirmed(self) -> NodeDir:
        """A peer told how far our log had grown before the restore: the node may sign again."""
        return self.with_config(replace(self.config, restored=False))


def create_dir(
    path: Path, config: NodeConfig, agreement_data: bytes, seeds: Seeds, roster: bytes
) -> NodeDir:
    """A new node directory with these secrets, our first roster and a fresh token. All of it
    appears at once, or nothing. Raises as ``check_new`` does, and ConfigError."""
    check_new(path, config, agreement_data)
    contents = {
        "node.json": (_node_bytes(config), False),
        "peers.json": (_peers_bytes(config), False),
        "agreement.json": (agreement_data, False),
        f"rosters/{config.party}.roster": (roster, False),
        "operator.token": (secrets.token_urlsafe(32).encode() + b"\n", True),
    } | {f"keys/{name}.seed": (seed_text(getattr(seeds, name)), True) for name in SEEDS}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        for folder in (partial, partial / "keys", partial / "rosters"):
            folder.mkdir(mode=0o700)
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


def check_new(path: Path, config: NodeConfig, agreement_data: bytes) -> None:
    """InputError when there is something at ``path`` already, when the agreement is refused or
    does not know the party, when a member of ``config`` is refused."""
    from parley.wire.agreement import parse_agreement

    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"{path} exists already: nothing was touched",
            right="a directory that does not exist yet",
            where=str(path),
            at_fault="whoever named the directory",
        )
    parse_agreement(agreement_data, "the agreement").party(config.party)
    _check(config)


def open_dir(path: Path) -> NodeDir:
    """The node directory at ``path``. Raises ConfigError when it is none or is damaged."""
    if not (path / "node.json").is_file():
        raise ConfigError(
            f"{path} is no node directory",
            right="a directory made by `parley init`",
            where=str(path),
            at_fault="whoever named the directory",
        )
    node = Members(path / "node.json", NODE_FORMAT)
    peers = {
        party: Peer(party, line.text("url", ""), line.text("zone", ""), line.flag("compared"))
        for party, line in Members(path / "peers.json", PEERS_FORMAT).members("parties").items()
    }
    config = NodeConfig(
        party=node.text("party"),
        listen=node.text("listen", DEFAULT_LISTEN),
        peer_listen=node.text("peer_listen", DEFAULT_PEER_LISTEN),
        zone=node.text("zone", ""),
        quorum=node.number("quorum", 1),
        restored=node.flag("restored"),
        peers=peers,
    )
    try:
        _check(config)
    except InputError as error:
        raise ConfigError(error.what, right=error.right, where=f"{path}/node.json") from None
    for party in (config.party, *peers):
        if not _PARTY.fullmatch(party) or (party == config.party and party in peers):
            raise ConfigError(
                f"{party[:80]!r} is no party id here",
                right="an id as in the agreement, ourselves in node.json and nowhere else",
                where=f"{path}/peers.json",
            )
    return NodeDir(path, config)


def _check(config: NodeConfig) -> None:
    parse_listen(config.listen)
    parse_listen(config.peer_listen, where="peer_listen")
    check_zone(config.zone)


def read_seed(path: Path) -> bytes:
    """32 secret bytes of ours. ConfigError when others may read the file or it is no seed."""
    text = files.read_config(path, private=True).strip()
    try:
        seed = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise ConfigError(
            f"{path.name} is no seed",
            right="64 hexadecimal digits, as `parley init` wrote them",
            where=str(path),
        )
    return seed


def seed_text(seed: bytes) -> bytes:
    """What a .seed file holds."""
    return seed.hex().encode() + b"\n"


def parse_listen(text: str, *, where: str = "listen") -> tuple[str, int]:
    """Host and port of ``127.0.0.1:8701`` or ``[::1]:8701``; port 0: any. InputError."""
    found = _LISTEN.fullmatch(text)
    if found is None or int(found[2]) > 65535:
        raise InputError(f"{text!r} is no place to listen", right=DEFAULT_LISTEN, where=where)
    return found[1].strip("[]"), int(found[2])


def next_port(listen: str) -> str:
    """Where the peers' door stands if nothing is said: the port behind the officers' (0: any)."""
    host, port = parse_listen(listen)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port + 1 if 0 < port < 65535 else 0}"


def check_url(url: str) -> None:
    """A base URL of a peers' door, or "" for none. InputError."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname)
        good = good and not (parts.query or parts.fragment or parts.username)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise InputError(
            f"{url[:120]!r} is no URL of a peers' door", right="https://host:8702", where="--url"
        )


def check_zone(zone: str) -> None:
    """An IANA time zone, or "" for none. InputError."""
    if zone:
        from parley.wire.instants import in_zone

        in_zone(0, zone)


def _node_bytes(config: NodeConfig) -> bytes:
    members: dict[str, object] = {
        "format": NODE_FORMAT,
        "party": config.party,
        "listen": config.listen,
        "peer_listen": config.peer_listen,
        "zone": config.zone,
        "quorum": config.quorum,
    }
    return _json_bytes(members | ({"restored": True} if config.restored else {}))


def _peers_bytes(config: NodeConfig) -> bytes:
    parties = {
        peer.party: {"url": peer.url, "zone": peer.zone, "compared": peer.compared}
        for peer in config.peers.values()
    }
    return _json_bytes({"format": PEERS_FORMAT, "parties": parties})


def _json_bytes(value: Mapping[str, object]) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()
