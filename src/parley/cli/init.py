"""``parley init`` and ``parley peer``: make a node directory, hand over keys, know the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, PartyArgument, examples

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir, Peer

peers = typer.Typer(no_args_is_help=True, help="Whom this node knows, and by which key.")


def register(app: typer.Typer) -> None:
    app.command(
        "init",
        epilog=examples(
            "parley init node-ru --party ru --agreement agreement.json",
            "parley init node-ru --party ru --agreement agreement.json"
            " --listen 0.0.0.0:8701 --zone Europe/Moscow --peer 'il=http://10.0.0.2:8701,il+5d1f...'",
            json="party, directory, vkey, fingerprint, agreement, listen, peers [{party, url,"
            " vkey, fingerprint, zone}]",
        ),
    )(init)
    app.add_typer(peers, name="peer")


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory to make.")],
    party: Annotated[str, typer.Option("--party", help="Our party id in the agreement.")],
    agreement: Annotated[
        Path, typer.Option("--agreement", metavar="FILE", help="The agreement, a JSON file.")
    ],
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where `parley serve` listens.")
    ] = "127.0.0.1:8701",
    zone: Annotated[
        str, typer.Option("--zone", help="Our local time beside Zulu, such as Europe/Moscow.")
    ] = "",
    peer: Annotated[
        list[str] | None,
        typer.Option("--peer", metavar="PARTY=URL,VKEY", help="Another party; may be repeated."),
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """Make a node directory: a fresh key, the agreement, the roster. Refuses to overwrite."""
    from parley.cli import files, nodedir, show
    from parley.errors import InputError

    known = [nodedir.parse_peer(text) for text in peer or ()]
    repeated = {p.party for p in known if sum(k.party == p.party for k in known) > 1}
    if repeated or party in {p.party for p in known}:
        raise InputError(
            f"--peer names {', '.join(sorted(repeated)) or party} twice",
            right="each other party once",
        )
    data = files.read_input(agreement)
    try:
        made = nodedir.create_dir(
            directory,
            nodedir.NodeConfig(party, listen=listen, zone=zone, roster={p.party: p for p in known}),
            data,
        )
    except InputError as error:
        if error.at_fault == "the author of the agreement":
            raise error.blamed_on(f"the author of {agreement.name}") from None
        raise
    out = show.Out(json_out)
    if out.json:
        out.value(_members(made))
        return
    members = _members(made)
    out.line(f"{party} has a node in {directory}.", "bold green")
    out.pairs(
        (
            ("Agreement digest", members["agreement"]),
            ("Hand over", members["vkey"]),
            ("Read by phone", members["fingerprint"]),
        )
    )
    out.line()
    out.line("The others type the first line into: parley peer add DIR " + party)
    out.line("and compare the digits with you by voice. Then: parley serve " + str(directory))


@peers.command(
    "add",
    epilog=examples(
        "parley peer add node-ru il --url http://10.0.0.2:8701 --vkey il+5d1f2a90+AR3...",
        "parley peer add node-ru un --vkey un+77ab01c2+AVq...   (a key, but no node to reach)",
        json="party, url, vkey, fingerprint, zone",
    ),
)
def add(
    directory: DirArgument,
    party: PartyArgument,
    vkey: Annotated[str, typer.Option("--vkey", help="The line its `parley init` printed.")],
    url: Annotated[
        str, typer.Option("--url", help="Base URL of its node; none: it cannot be reached.")
    ] = "",
    zone: Annotated[str, typer.Option("--zone", help="Its local time, an IANA name.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Replace a key; compare fingerprints first.")
    ] = False,
    json_out: JsonOption = False,
) -> None:
    """Put another party into the roster. A running node sees it after a restart."""
    from parley.cli import nodedir, show

    peer = nodedir.Peer(party, vkey.strip(), url.rstrip("/"), zone)
    changed = nodedir.open_dir(directory).with_peer(peer, force=force)
    out = show.Out(json_out)
    line = _peer_members(changed.config.roster[party])
    if out.json:
        out.value(line)
        return
    out.line(f"{party} is in the roster.", "green")
    out.pairs((("Its fingerprint", line["fingerprint"]),))
    out.line("Ask its watch officer to read the digits of its `parley peer list`: same or not?")


@peers.command(
    "key",
    epilog=examples(
        "parley peer key node-ru",
        'parley peer add node-il ru --vkey "$(parley peer key node-ru)"   (both on one machine)',
        json="party, url, vkey, fingerprint, zone",
    ),
)
def key(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Print our own vkey, the line to hand over, and nothing else."""
    from parley.cli import nodedir, show

    config = nodedir.open_dir(directory).config
    own = _peer_members(config.roster[config.party])
    out = show.Out(json_out)
    if out.json:
        out.value(own)
        return
    out.line(own["vkey"])


@peers.command(
    "list",
    epilog=examples(
        "parley peer list node-ru",
        json="[{party, url, vkey, fingerprint, zone}], ourselves included",
    ),
)
def list_peers(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Everybody in the roster, with the fingerprint to compare by voice."""
    from parley.cli import nodedir, show

    opened = nodedir.open_dir(directory)
    opened.keys()
    rows = [_peer_members(p) for p in opened.config.roster.values()]
    out = show.Out(json_out)
    if out.json:
        out.value(rows)
        return
    out.table(
        ("Party", "Fingerprint", "URL", "Zone"),
        (
            (
                row["party"] + (" (we)" if row["party"] == opened.config.party else ""),
                row["fingerprint"],
                row["url"],
                row["zone"],
            )
            for row in rows
        ),
    )
    for row in rows:
        out.line(row["vkey"])


def _peer_members(peer: Peer) -> dict[str, str]:
    from parley.cli.nodedir import read_vkey
    from parley.ledger import fingerprint

    key = read_vkey(peer.vkey, peer.party)
    return {
        "party": peer.party,
        "url": peer.url,
        "vkey": peer.vkey,
        "fingerprint": fingerprint(key),
        "zone": peer.zone,
    }


def _members(made: NodeDir) -> dict[str, object]:
    from parley.wire.agreement import agreement_digest

    own = _peer_members(made.config.roster[made.config.party])
    return {
        "party": made.config.party,
        "directory": str(made.path),
        "vkey": own["vkey"],
        "fingerprint": own["fingerprint"],
        "agreement": agreement_digest(made.agreement()),
        "listen": made.config.listen,
        "peers": [
            _peer_members(p) for p in made.config.roster.values() if p.party != made.config.party
        ],
    }
