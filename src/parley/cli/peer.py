"""``parley peer``: whom this node knows. First contact by a file and a fingerprint read aloud."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.ledger import Roster

MAX_ROSTER_BYTES = 256 * 1024

peers = typer.Typer(no_args_is_help=True, help="Whom this node knows, and by which root.")


def register(app: typer.Typer) -> None:
    app.add_typer(peers, name="peer")


@peers.command(
    "card",
    epilog=examples(
        "parley peer card node-ru -o ru.roster",
        json="party, serial, epoch, root, fingerprint, file",
    ),
)
def card(
    directory: DirArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default PARTY.roster.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Write our signed roster to the file that we hand over to the others. It holds no secret."""
    from parley.cli import files, nodedir, show

    opened = nodedir.open_dir(directory)
    roster = opened.own_roster()
    file = output or Path(f"{roster.party}.roster")
    files.write_new(file, (opened.rosters()[0],), overwrite=force)
    out = show.Out(json_out)
    members = _roster_members(roster)
    if out.json:
        names = ("party", "serial", "epoch", "root", "fingerprint")
        out.value({name: members[name] for name in names} | {"file": str(file)})
        return
    out.line(f"{file}: roster {roster.serial} of {roster.party}. Hand it over by any way.", "green")
    out.pairs((("Read by phone", members["fingerprint"]),))
    out.line("Read the digits only over a line on which you know each other's voices.")


@peers.command(
    "digits",
    epilog=examples(
        "parley peer digits node-ru",
        json="party, root, fingerprint",
    ),
)
def digits(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Print our root's fingerprint, to be read over the phone, and nothing else."""
    from parley.cli import nodedir, show

    members = _roster_members(nodedir.open_dir(directory).own_roster())
    out = show.Out(json_out)
    if out.json:
        out.value({name: members[name] for name in ("party", "root", "fingerprint")})
        return
    out.line(str(members["fingerprint"]))


@peers.command(
    "add",
    epilog=examples(
        "parley peer add node-ru il.roster --url https://10.0.0.2:8702"
        ' --fingerprint "51804 92215 33190 00218 77450 61392"',
        "parley peer add node-ru il.roster --url https://10.0.0.2:8702   (asks for the digits)",
        "parley peer add node-ru il-2.roster   (a newer roster of a known peer: no fingerprint)",
        json="party, serial, epoch, key, root, fingerprint, url, zone, compared",
    ),
)
def add(
    directory: DirArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Its roster, as it was handed over.")
    ],
    url: Annotated[
        str | None, typer.Option("--url", help="Of its peers' door; none: it cannot be reached.")
    ] = None,
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", help="Of its root, as its officer read it to you.")
    ] = "",
    zone: Annotated[
        str | None, typer.Option("--zone", help="Its local time, an IANA name.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the root of a known peer; needs the digits.")
    ] = False,
    json_out: JsonOption = False,
) -> None:
    """Believe another party's roster, after its root's fingerprint was compared by voice.

    A running node sees it after a restart.
    """
    from parley.cli import files, nodedir, show
    from parley.cli.config import Peer

    opened = nodedir.open_dir(directory)
    note = files.read_input(file, max_bytes=MAX_ROSTER_BYTES)
    fault = f"whoever handed over {file.name}"
    roster = _read(note, file, fault)
    out = show.Out(json_out)
    known = opened.config.peers.get(roster.party)
    peer = known or Peer(roster.party, roster.root.to_vkey())
    if peer.party != opened.config.party:
        opened.agreement().party(peer.party)
        compared = _compared(opened, roster, fault, fingerprint, force=force)
        peer = replace(peer, compared=compared or peer.compared)
        if force and compared:
            peer = replace(peer, root=roster.root.to_vkey())
    peer = replace(
        peer,
        url=peer.url if url is None else url.rstrip("/"),
        zone=peer.zone if zone is None else zone,
    )
    changed = opened.with_peer(peer, note)
    line = _peer_members(changed, roster)
    if out.json:
        out.value(line)
        return
    out.line(f"{roster.party} is known, by roster {roster.serial}.", "green")
    out.pairs((("Key in force", line["key"]), ("URL", line["url"])))
    if opened.is_served():
        out.line("The node that runs sees it after a restart.")


def _read(note: bytes, file: Path, fault: str) -> Roster:
    from parley.ledger import open_roster

    try:
        return open_roster(note)
    except PeerError as error:
        raise type(error)(
            f"{file.name} is no roster that verifies: {error.what}",
            right="the file that `parley peer card` wrote",
            where=str(file),
            at_fault=fault,
        ) from None


def _compared(opened: NodeDir, roster: Roster, fault: str, digits: str, *, force: bool) -> bool:
    """Whether people compared the fingerprint just now. Raises unless the roster may be believed:
    compared now, or it follows one that was."""
    from parley.cli import build
    from parley.ledger import check_successor

    known: Roster | None = None
    if roster.party in opened.config.peers:
        ring = asyncio.run(build.believed(opened))
        known = ring.roster(roster.party)
        try:
            if roster != known:
                check_successor(known, roster)
            if digits:
                _check_digits(roster, digits, fault)
            return bool(digits)
        except PeerError as error:
            kept = roster.root == known.root
            if kept or not force:
                right = error.right if kept else f"{error.right}; or --force with a fingerprint"
                raise type(error)(error.what, right=right, at_fault=fault) from None
    if opened.database.exists() and known is not None:
        _check_unlogged(opened, roster)
    if not digits:
        digits = _asked(roster.party)
    _check_digits(roster, digits, fault)
    return True


def _check_unlogged(opened: NodeDir, roster: Roster) -> None:
    """InputError: our log already believes another root of that party."""
    from parley.cli import build

    held = asyncio.run(build.logged(opened)).rosters.get(roster.party)
    if held is not None:
        raise InputError(
            f"our log already holds roster {held.serial} of {roster.party} under root"
            f" {held.root.key_id.hex()}: a log does not change its mind",
            right="a root that this one announced, or a node of ours that begins anew",
            at_fault=f"party {roster.party}, or whoever speaks for it",
        )


def _asked(party: str) -> str:
    """The fingerprint as the officer types it from the phone; it is never shown beforehand."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(
            f"nobody compared the root of {party}",
            right='--fingerprint "12345 ...", as its officer read it over the phone',
            where="--fingerprint",
            at_fault="whoever adds the peer",
        )
    question = f"Call {party}. Its officer reads six groups of five digits; type them"
    return str(typer.prompt(question, err=True))


def _check_digits(roster: Roster, digits: str, fault: str) -> None:
    from parley.ledger import fingerprint

    typed = "".join(digits.split()).replace("-", "")
    if len(typed) != 30 or not (typed.isascii() and typed.isdigit()):
        raise InputError(
            f"{digits[:80]!r} is no fingerprint",
            right="six groups of five digits",
            where="--fingerprint",
            at_fault="whoever typed the fingerprint",
        )
    if typed != fingerprint(roster.root).replace(" ", ""):
        raise InputError(
            f"the file's root of {roster.party} does not have the fingerprint that was read to you",
            right="the same digits; if nobody misread them, the file was changed on its way",
            where="--fingerprint",
            at_fault=fault,
        )


@peers.command(
    "list",
    epilog=examples(
        "parley peer list node-ru",
        json="[{party, serial, epoch, key, root, fingerprint, url, zone, compared}], ourselves"
        " first",
    ),
)
def list_peers(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Everybody we know: roster, key in force, fingerprint of the root."""
    from parley.cli import build, nodedir, show

    opened = nodedir.open_dir(directory)
    ring = asyncio.run(build.believed(opened))
    parties = (opened.config.party, *opened.config.peers)
    rows = [_peer_members(opened, ring.roster(party)) for party in parties]
    out = show.Out(json_out)
    if out.json:
        out.value(rows)
        return
    out.table(
        ("Party", "Roster", "Epoch", "Key in force", "Root fingerprint", "URL", "Zone"),
        (
            (
                str(row["party"]) + (" (we)" if row["party"] == opened.config.party else ""),
                row["serial"],
                row["epoch"],
                str(row["key"]).split("+")[1],
                row["fingerprint"],
                row["url"],
                row["zone"],
            )
            for row in rows
        ),
    )


def _roster_members(roster: Roster) -> dict[str, object]:
    from parley.ledger import fingerprint

    return {
        "party": roster.party,
        "serial": roster.serial,
        "epoch": roster.epoch,
        "key": roster.note_key.to_vkey(),
        "root": roster.root.to_vkey(),
        "fingerprint": fingerprint(roster.root),
    }


def _peer_members(opened: NodeDir, roster: Roster) -> dict[str, object]:
    config = opened.config
    peer = config.peers.get(roster.party)
    ours = peer is None
    return _roster_members(roster) | {
        "url": "" if peer is None else peer.url,
        "zone": config.zone if peer is None else peer.zone,
        "compared": ours or (peer is not None and peer.compared),
    }
