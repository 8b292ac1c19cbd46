"""``parley log``: our own record, without a running node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.node.views import LogEntry


def register(app: typer.Typer) -> None:
    app.command(
        "log",
        epilog=examples(
            "parley log node-ru",
            "parley log node-ru --file ru.log   (the whole log, verifiable by anybody)",
            json="[{index, kind, type, by, at_ms, note_hash, body}]; with --file: file, bytes,"
            " entries",
        ),
    )(log)


def log(
    directory: DirArgument,
    last: Annotated[int, typer.Option("--last", min=0, help="So many entries; 0: all.")] = 50,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="OUT", help="Export the verifiable log.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """List our own log, or export it whole. Needs no running node."""
    from parley.cli import files, nodedir, show
    from parley.wire.instants import format_instant

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory)
    entries, size, data = asyncio.run(_read_log(opened, last, whole=file is not None))
    if file is not None:
        written = files.write_new(file, (data,), overwrite=force)
        if out.json:
            out.value({"file": str(file), "bytes": written, "entries": size})
            return
        out.line(f"{size} entries, {written} bytes in {file}.", "green")
        root = opened.own_roster().root.to_vkey()
        out.line(f"Anybody can check it: parley verify {file} --root {root}")
        out.line("It holds all that we said, heard, saw and protected. To show a part of it to")
        out.line("somebody else, and nothing of the rest: parley evidence.")
        return
    if out.json:
        out.value([_entry_members(entry) for entry in entries])
        return
    out.table(
        ("#", "Kind", "By", "At", "What"),
        (
            (
                entry.index,
                entry.kind.label,
                entry.by,
                format_instant(entry.at_ms) if entry.at_ms >= 0 else "",
                summary(entry.type, entry.body),
            )
            for entry in entries
        ),
    )
    shown = f"{len(entries)} of {size} entries" if len(entries) < size else f"{size} entries"
    out.line(f"{shown} in the log of {opened.config.party}.", "dim")


async def _read_log(
    opened: NodeDir, last: int, *, whole: bool
) -> tuple[list[LogEntry], int, bytes]:
    from parley.cli import build

    async with build.stored_node(opened) as node:
        size = (await node.health()).log_size
        if whole:
            if not size:
                raise InputError(
                    "the log is empty, not even our own roster stands in it",
                    right=f"a node that ran once: parley serve {opened.path}",
                    where=str(opened.path),
                    at_fault="whoever named the directory",
                )
            return [], size, await node.log_file()
        return await node.log_entries(max(0, size - last) if last else 0, size), size, b""


def summary(type_line: str, body: Mapping[str, Any]) -> str:
    """A statement in a few words: its type, its item and version, and its step or rung."""
    word = type_line.removeprefix("parley/").partition("/")[0] or "note"
    item = body.get("item") or body.get("track") or ""
    version = f"@{body['version']}" if "version" in body else ""
    rest = [body.get(name) for name in ("activity_class", "step", "rung", "subject", "phase")]
    return " ".join(str(part) for part in (word, f"{item}{version}", *rest) if part)


def _entry_members(entry: LogEntry) -> dict[str, object]:
    from parley.ledger import note_hash

    return {
        "index": entry.index,
        "kind": entry.kind.label,
        "type": entry.type,
        "by": entry.by,
        "at_ms": entry.at_ms,
        "note_hash": note_hash(entry.note).hex(),
        "body": dict(entry.body),
    }
