"""node.json and peers.json: what people chose for a node, and whom it knows. ConfigErrors name the
file and the member."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parley.cli.addresses import DEFAULT_LISTEN, DEFAULT_PEER_LISTEN, check_zone, parse_listen
from parley.cli.members import Members
from parley.errors import ConfigError, InputError

NODE_FORMAT = "parley/node/v2"
PEERS_FORMAT = "parley/peers/v1"

_PARTY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Peer:
    """One line of peers.json. root: the vkey of the root that its first roster here hung on.
    url: base URL of its peers' door, "" if it cannot be reached. compared: people compared the
    fingerprint of that root."""

    party: str
    root: str
    url: str = ""
    zone: str = ""
    compared: bool = False


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What stands in node.json and peers.json.

    root: the vkey of our first root. listen: for our officers. peer_listen: for the peers.
    zone: an IANA time zone name, or "". quorum: so many other parties have to cosign a head of
    ours. restored: this directory came out of a backup, and no peer has told yet how far our log
    had grown.
    """

    party: str
    root: str
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


def read_config(path: Path) -> NodeConfig:
    """What stands in the two files of the node directory ``path``. ConfigError."""
    node = Members(path / "node.json", NODE_FORMAT)
    peers = {
        party: Peer(
            party,
            line.text("root"),
            line.text("url", ""),
            line.text("zone", ""),
            line.flag("compared"),
        )
        for party, line in Members(path / "peers.json", PEERS_FORMAT).members("parties").items()
    }
    config = NodeConfig(
        party=node.text("party"),
        root=node.text("root"),
        listen=node.text("listen", DEFAULT_LISTEN),
        peer_listen=node.text("peer_listen", DEFAULT_PEER_LISTEN),
        zone=node.text("zone", ""),
        quorum=node.number("quorum", 1),
        restored=node.flag("restored"),
        peers=peers,
    )
    try:
        check_config(config)
    except InputError as error:
        raise ConfigError(error.what, right=error.right, where=f"{path}/node.json") from None
    for party in (config.party, *peers):
        if not _PARTY.fullmatch(party) or (party == config.party and party in peers):
            raise ConfigError(
                f"{party[:80]!r} is no party id here",
                right="an id as in the agreement, ourselves in node.json and nowhere else",
                where=f"{path}/peers.json",
            )
    return config


def check_config(config: NodeConfig) -> None:
    """InputError: a member that cannot be."""
    parse_listen(config.listen)
    parse_listen(config.peer_listen, where="peer_listen")
    check_zone(config.zone)


def node_bytes(config: NodeConfig) -> bytes:
    """node.json as it is written."""
    members: dict[str, object] = {
        "format": NODE_FORMAT,
        "party": config.party,
        "root": config.root,
        "listen": config.listen,
        "peer_listen": config.peer_listen,
        "zone": config.zone,
        "quorum": config.quorum,
    }
    return _json_bytes(members | ({"restored": True} if config.restored else {}))


def peers_bytes(config: NodeConfig) -> bytes:
    """peers.json as it is written."""
    parties = {
        peer.party: {
            "root": peer.root,
            "url": peer.url,
            "zone": peer.zone,
            "compared": peer.compared,
        }
        for peer in config.peers.values()
    }
    return _json_bytes({"format": PEERS_FORMAT, "parties": parties})


def _json_bytes(value: Mapping[str, object]) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()
