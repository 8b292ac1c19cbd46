"""``parley root``: the key that names our other keys. For a machine that is never online."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import JsonOption, examples
from parley.errors import InputError, ParleyError

if TYPE_CHECKING:
    from parley.ledger import VerifyKey

roots = typer.Typer(
    no_args_is_help=True, help="Our root: it signs rosters and nothing else, on an offline machine."
)

_FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The root file.")]


def register(app: typer.Typer) -> None:
    app.add_typer(roots, name="root")


@roots.command(
    "new",
    epilog=examples(
        "parley root new /media/stick/ru.root --party ru", json="party, vkey, fingerprint, file"
    ),
)
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, mode 0600.")],
    party: Annotated[str, typer.Option("--party", help="Our party id in the agreement.")],
    json_out: JsonOption = False,
) -> None:
    """Draw a root. Refuses to overwrite. Keep two copies, each on a medium of its own."""
    from parley.cli.rootfile import make_root

    _tell(file, make_root(file, party).verifier, json_out)


@roots.command(
    "show",
    epilog=examples("parley root show ru.root", json="party, vkey, fingerprint, file"),
)
def show_root(file: _FileArgument, json_out: JsonOption = False) -> None:
    """The root's vkey, for those who verify, and its fingerprint, to be read over the phone."""
    from parley.cli.rootfile import read_root

    _tell(file, read_root(file).verifier, json_out)


@roots.command(
    "sign",
    epilog=examples(
        "parley root sign ru.request --root ru.root -o ru-2.roster   (shows what changes, asks)",
        json="party, serial, changes, file",
    ),
)
def sign(
    request: Annotated[
        Path, typer.Argument(metavar="REQUEST", help="What `parley keys ... --request` wrote.")
    ],
    root: Annotated[Path, typer.Option("--root", metavar="FILE", help="The root file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="ROSTER", help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Replace ROSTER if it exists.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Sign without asking.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Sign the roster of a request, after showing what it changes."""
    from parley.cli import files, rootfile, show
    from parley.cli.ceremony.succession import changes

    asked = rootfile.read_request(request)
    key = rootfile.read_root(root, asked.known.party)
    try:
        note, roster = asked.sealed(key)
    except ParleyError as error:
        raise InputError(
            f"the roster that {request.name} asks for is refused: {error.what}",
            right=error.right,
            where=str(request),
            at_fault=f"whoever made {request.name}",
        ) from None
    out = show.Out(json_out)
    lines = changes(asked.known, roster)
    for line in (f"Asked for: {asked.why}", *lines):
        (out.note if out.json else out.line)(line)
    if not yes and not _agreed():
        raise InputError("nothing was signed", right="a yes", at_fault="whoever keeps the root")
    files.write_new(output, (note,), overwrite=force)
    if out.json:
        out.value(
            {"party": roster.party, "serial": roster.serial, "changes": lines, "file": str(output)}
        )
        return
    out.line(f"Signed: {output}. Carry it back: parley keys install DIR {output.name}", "green")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise InputError(
            "nobody is there to agree to what changes",
            right="a terminal, or --yes",
            where="--yes",
            at_fault="whoever keeps the root",
        )
    return typer.confirm("Sign this?", err=True)


def _tell(file: Path, root: VerifyKey, json_out: bool) -> None:
    from parley.cli import show
    from parley.ledger import fingerprint

    out = show.Out(json_out)
    vkey, digits = root.to_vkey(), fingerprint(root)
    if out.json:
        out.value({"party": root.name, "vkey": vkey, "fingerprint": digits, "file": str(file)})
        return
    out.pairs((("Root of", root.name), ("vkey", vkey), ("Fingerprint", digits)))
