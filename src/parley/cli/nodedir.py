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
    history.db      what the live picture showed: may be lost (watch.json: history)
    people.db       who may log in at the console, sessions, who did what there; mode 0600
    drafts.db       what waits for its release, and what became of it; mode 0600
    console.json    what people chose for the console (consolefile)
    serve.lock, running.json   while `parley serve` runs

The root that signs our rosters is never in here. Files are replaced whole or not at all. Errors
are ConfigErrors that name the file and the member.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from parley.cli import files
from parley.cli.addresses import check_url, check_zone
from parley.cli.config import (
    NodeConfig,
    Peer,
    check_config,
    node_bytes,
    peers_bytes,
    read_config,
)
from parley.errors import ConfigError, InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.keymaking import Seeds
    from parley.ledger import Roster, VerifyKey
    from parley.node.context import OwnKeys
    from parley.node.pins import TlsIdentity
    from parley.rules.agreement import Agreement

SEEDS = ("note", "witness", "quantum", "tail", "tls")
NEXT_TLS = "tls-next"
"""The TLS key that our roster announces and that we do not use yet."""


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
    def people(self) -> Path:
        return self.path / "people.db"

    @property
    def drafts(self) -> Path:
        return self.path / "drafts.db"

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
        """The root of each party as it was first handed over: what a verifier pins. ConfigError."""
        config = self.config
        told = {config.party: config.root} | {p.party: p.root for p in config.peers.values()}
        return {party: self._root(party, vkey) for party, vkey in told.items()}

    def _root(self, party: str, vkey: str) -> VerifyKey:
        from parley.ledger import VerifyKey

        try:
            root = VerifyKey.from_vkey(vkey)
        except InputError as error:
            name = "node" if party == self.config.party else "peers"
            raise ConfigError(
                f"the root of {party} does not parse: {error.what}",
                right="the vkey as it was written",
                where=f"{self.path}/{name}.json: root",
            ) from None
        return root

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
        files.write_config(self.path / "peers.json", peers_bytes(config))
        return NodeDir(self.path, config)

    def with_config(self, config: NodeConfig) -> NodeDir:
        """The directory with another node.json, written."""
        files.write_config(self.path / "node.json", node_bytes(config))
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
        "node.json": (node_bytes(config), False),
        "peers.json": (peers_bytes(config), False),
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
    check_config(config)


def open_dir(path: Path) -> NodeDir:
    """The node directory at ``path``. Raises ConfigError when it is none or is damaged."""
    if not (path / "node.json").is_file():
        raise ConfigError(
            f"{path} is no node directory",
            right="a directory made by `parley init`",
            where=str(path),
            at_fault="whoever named the directory",
        )
    return NodeDir(path, read_config(path))


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
