"""``parley init``: make a node directory, with fresh keys and a first roster signed by the root."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.ledger import SigningKey


def register(app: typer.Typer) -> None:
    app.command(
        "init",
        epilog=examples(
            "parley init node-ru --party ru --agreement agreement.json",
            "parley init node-ru --party ru --agreement agreement.json --listen 127.0.0.1:8701"
            " --peer-listen 0.0.0.0:8702 --zone Europe/Moscow",
            "parley init node-ru --party ru --agreement agreement.json --root /media/stick/ru.root"
            " --next-root /media/stick/ru.next-root",
            json="party, directory, agreement, listen, peer_listen, zone, root {file, made, vkey,"
            " fingerprint}, next_root {file, made, vkey, fingerprint}, roster {serial, epoch, key}",
        ),
    )(init)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory to make.")],
    party: Annotated[str, typer.Option("--party", help="Our party id in the agreement.")],
    agreement: Annotated[
        Path, typer.Option("--agreement", metavar="FILE", help="The agreement, a JSON file.")
    ],
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FILE", help="Our root; made if absent. Default DIR.root."),
    ] = None,
    next_root: Annotated[
        Path | None,
        typer.Option(
            "--next-root", metavar="FILE", help="The root to follow. Default DIR.next-root."
        ),
    ] = None,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where our officers reach it.")
    ] = "127.0.0.1:8701",
    peer_listen: Annotated[
        str,
        typer.Option(
            "--peer-listen", metavar="HOST:PORT", help="The peers' door. Default: the next port."
        ),
    ] = "",
    zone: Annotated[
        str, typer.Option("--zone", help="Our local time beside Zulu, such as Europe/Moscow.")
    ] = "",
    json_out: JsonOption = False,
) -> None:
    """Make a node directory: fresh keys, our first roster, the agreement. Refuses to overwrite.

    The root stays outside of it: two files to be moved to an offline medium.
    """
    from parley.cli import build, files, keymaking, nodedir, show
    from parley.cli.addresses import next_port
    from parley.cli.config import NodeConfig

    data = files.read_input(agreement)
    config = NodeConfig(party, "", listen, peer_listen or next_port(listen), zone=zone)
    try:
        nodedir.check_new(directory, config, data)
    except InputError as error:
        if error.at_fault == "the author of the agreement":
            raise error.blamed_on(f"the author of {agreement.name}") from None
        raise
    signer = _Root(root, directory, ".root", party)
    follower = _Root(next_root, directory, ".next-root", party)
    seeds = keymaking.fresh_seeds()
    roster = keymaking.first_roster(
        seeds.own(party), seeds.tls, signer.key, follower.key, build.clock_ms()
    )
    config = replace(config, root=signer.key.verifier.to_vkey())
    made = nodedir.create_dir(directory, config, data, seeds, roster)
    members = _members(made, signer, follower)
    out = show.Out(json_out)
    if out.json:
        out.value(members)
        return
    _tell(out, directory, party, str(members["agreement"]), (signer, follower))


def _tell(out: Out, directory: Path, party: str, digest: str, roots: tuple[_Root, _Root]) -> None:
    """What was made, and what the officer has to do with it now."""
    out.line(f"{party} has a node in {directory}.", "bold green")
    out.pairs(
        (
            ("Agreement digest", digest),
            ("Root fingerprint", roots[0].members()["fingerprint"]),
        )
    )
    fresh = [str(one.file) for one in roots if one.made]
    if fresh:
        out.line(
            f"Move {' and '.join(fresh)} to an offline medium now, and a copy of each to another."
            " Whoever has them can replace our keys; without them nobody can.",
            "bold yellow",
        )
    out.line(f"Hand over: parley peer card {directory} -o {party}.roster")
    out.line("Read the fingerprint to the other officers over the phone when they ask for it.")
    out.line(f"Then: parley serve {directory}")


class _Root:
    """A root that is read where its file exists, else made."""

    def __init__(self, given: Path | None, directory: Path, suffix: str, party: str) -> None:
        from parley.cli.rootfile import make_root, read_root

        self.file = given or directory.with_name(directory.name + suffix)
        self.made = not self.file.exists()
        if given is None and not self.made:
            raise InputError(
                f"{self.file} exists already: nothing was touched",
                right=f"--{suffix[1:]} {self.file} to use it",
                where=str(self.file),
                at_fault="whoever named the directory",
            )
        self.key: SigningKey = (make_root if self.made else read_root)(self.file, party)

    def members(self) -> dict[str, object]:
        from parley.ledger import fingerprint

        return {
            "file": str(self.file),
            "made": self.made,
            "vkey": self.key.verifier.to_vkey(),
            "fingerprint": fingerprint(self.key.verifier),
        }


def _members(made: NodeDir, root: _Root, next_root: _Root) -> dict[str, object]:
    from parley.wire.agreement import agreement_digest

    roster = made.own_roster()
    return {
        "party": made.config.party,
        "directory": str(made.path),
        "agreement": agreement_digest(made.agreement()),
        "listen": made.config.listen,
        "peer_listen": made.config.peer_listen,
        "zone": made.config.zone,
        "root": root.members(),
        "next_root": next_root.members(),
        "roster": {
            "serial": roster.serial,
            "epoch": roster.epoch,
            "key": roster.note_key.to_vkey(),
        },
    }
