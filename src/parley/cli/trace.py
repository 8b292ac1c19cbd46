"""``parley trace``: whose signed copy a note is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples


def register(app: typer.Typer) -> None:
    app.command(
        "trace",
        epilog=examples(
            "parley trace node-il leaked.note",
            json="author, copy_for, left, type, item, at_ms, note_hash",
        ),
    )(trace)


def trace(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One signed note.")],
    json_out: JsonOption = False,
) -> None:
    """Say which parties a note that turned up elsewhere has left by. Needs no running node."""
    from parley.cli import nodedir, show
    from parley.ledger import MAX_NOTE_BYTES, Keyring, open_roster
    from parley.node.copies import trace as traced
    from parley.wire.instants import format_instant

    out = show.Out(json_out)
    rosters = nodedir.open_dir(directory).rosters()
    with file.open("rb") as stream:
        note = stream.read(MAX_NOTE_BYTES + 1)
    found = traced(note, Keyring.of(open_roster(roster) for roster in rosters))
    if out.json:
        out.value(
            {
                "author": found.author,
                "copy_for": found.copy_for,
                "left": list(found.left),
                "type": found.type,
                "item": found.item,
                "at_ms": found.at_ms,
                "note_hash": found.note_hash,
            }
        )
        return
    whose = f"the copy for {found.copy_for}" if found.copy_for else "the same for all addressees"
    out.line(f"{found.type} {found.item} by {found.author}: {whose}", "bold")
    out.pairs((("Signed", format_instant(found.at_ms)), ("Note", found.note_hash)))
    out.line(f"It was let go by {' or '.join(found.left)}; by whom of them it does not say.")
