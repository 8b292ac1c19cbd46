"""``parley log``, ``evidence``, ``verify``: the record, without a running node."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.ledger import EvidenceReport, LogReport, VerifyKey
    from parley.node.views import LogEntry

NOT_VERIFIED = 1
CHUNK_BYTES = 1 << 20


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
    app.command(
        "evidence",
        epilog=examples(
            "parley evidence node-ru notice:il-1 -o il-1.evidence",
            json="file, bytes, refs",
        ),
    )(evidence)
    app.command(
        "verify",
        epilog=examples(
            "parley verify ru.log --root ru+0a1b2c3d+AQ...",
            "parley verify il-1.evidence --dir node-un   (the roots that node knows)",
            json="verified, kind (log or evidence), pinned, and for a log: party, epoch, entries,"
            " root, counts, signers [{name, pinned, notes}]; for evidence: items [{type,"
            " note_hash, signers, log, index, size, receipts, pinned}], split_logs; or, with"
            " verified false, error {code, what, where, at_fault, right}",
        ),
    )(verify)


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


def evidence(
    directory: DirArgument,
    refs: Annotated[
        list[str], typer.Argument(metavar="REF...", help="Items, such as notice:il-1.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Put what we hold about some items into one file that proves itself; the rest stays ours."""
    from parley.cli import files, nodedir, show

    out = show.Out(json_out)
    data = asyncio.run(_read_evidence(nodedir.open_dir(directory), refs))
    written = files.write_new(output, (data,), overwrite=force)
    if out.json:
        out.value({"file": str(output), "bytes": written, "refs": refs})
        return
    out.line(f"Evidence about {', '.join(refs)}: {written} bytes in {output}.", "green")
    out.line(f"Anybody can check it: parley verify {output}")


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A log or an evidence file.")],
    root: Annotated[
        list[str] | None,
        typer.Option("--root", metavar="VKEY", help="A root you hold from elsewhere; repeat it."),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Pin the roots that node knows.")
    ] = None,
    json_out: JsonOption = False,
) -> None:
    """Verify a log or evidence file from its bytes alone. 0: verified, 1: not, 2: not ours."""
    from parley.cli import files, show
    from parley.ledger import verify_evidence, verify_log

    out = show.Out(json_out)
    pinned = _pins(root or [], directory)
    kind, size = _kind_of(file)
    try:
        if kind == "log":
            with show.progress(f"Verifying {file.name}", size) as step:
                log_report = verify_log(
                    _chunks(file), pinned=pinned.values(), progress=lambda _, done: step(done)
                )
            members = _log_members(log_report)
        else:
            members = _evidence_members(verify_evidence(files.read_input(file), pinned=pinned))
    except PeerError as error:
        _refuse(out, kind, error, file)
        raise typer.Exit(NOT_VERIFIED) from None
    if out.json:
        out.value(members)
        return
    _show_log(out, members) if kind == "log" else _show_evidence(out, members)


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


async def _read_evidence(opened: NodeDir, refs: list[str]) -> bytes:
    from parley.cli import build

    async with build.stored_node(opened) as node:
        return await node.evidence(refs)


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


def _pins(vkeys: list[str], directory: Path | None) -> dict[str, VerifyKey]:
    from parley.cli.nodedir import open_dir
    from parley.ledger import VerifyKey

    pinned = open_dir(directory).roots() if directory is not None else {}
    for text in vkeys:
        try:
            key = VerifyKey.from_vkey(text.strip())
        except InputError as error:
            raise error.blamed_on("whoever gave --root", where="--root") from None
        if pinned.get(key.name, key) != key:
            raise InputError(
                f"two different roots of {key.name!r} are pinned",
                right="one of them",
                where="--root",
            )
        pinned[key.name] = key
    return pinned


def _kind_of(file: Path) -> tuple[str, int]:
    """ "log" or "evidence" by the file's first line, and its size. InputError: not ours."""
    from parley.ledger import EVIDENCE_TYPE, LOG_TYPE

    try:
        with file.open("rb") as opened:
            head = opened.read(128).partition(b"\n")[0]
        size = file.stat().st_size
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror}",
            right="a log or evidence file",
            where=str(file),
            at_fault="whoever named the file",
        ) from None
    for kind, line in (("log", LOG_TYPE), ("evidence", EVIDENCE_TYPE)):
        if head == line.encode():
            return kind, size
    raise InputError(
        f"{file} is neither a log nor an evidence file",
        right=f"a first line of {LOG_TYPE} or {EVIDENCE_TYPE}",
        where=f"{file}: first line",
        at_fault=f"the author of {file.name}",
    )


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk


def _refuse(out: Out, kind: str, error: PeerError, file: Path) -> None:
    from parley.cli.show import refusal, refusal_members

    if error.at_fault == PeerError.default_fault:
        error.at_fault = f"whoever wrote or changed {file.name}"
    if out.json:
        out.value({"verified": False, "kind": kind, "error": refusal_members(error)})
        return
    out.line(f"NOT VERIFIED: {file}: {error.where or error.what}", "bold red")
    refusal(error)


def _log_members(report: LogReport) -> dict[str, Any]:
    return {
        "verified": True,
        "kind": "log",
        "pinned": report.key_pinned and all(signer.pinned for signer in report.signers),
        "party": report.party,
        "epoch": report.epoch,
        "entries": report.size,
        "root": report.root_hex,
        "counts": {kind.label: n for kind, n in report.counts.items() if n},
        "signers": [
            {"name": s.key.name, "vkey": s.key.to_vkey(), "pinned": s.pinned, "notes": s.notes}
            for s in report.signers
        ],
    }


def _evidence_members(report: EvidenceReport) -> dict[str, Any]:
    return {
        "verified": True,
        "kind": "evidence",
        "pinned": report.pinned,
        "items": [
            {
                "type": item.type,
                "note_hash": item.note_hash.hex(),
                "signers": [{"name": s.name, "pinned": s.pinned} for s in item.signers],
                "log": item.log,
                "index": item.index,
                "size": item.size,
                "receipts": [
                    {"by": r.by.name, "at_ms": r.receipt.at_ms, "in_log": r.in_log}
                    for r in item.receipts
                ],
                "pinned": item.pinned,
            }
            for item in report.items
        ],
        "split_logs": list(report.split_logs),
    }


def _show_log(out: Out, members: Mapping[str, Any]) -> None:
    out.line(f"VERIFIED: log of {members['party']}, {members['entries']} entries", "bold green")
    counts = ", ".join(f"{n} {kind}" for kind, n in members["counts"].items())
    out.pairs((("Epoch", members["epoch"]), ("Root", members["root"]), ("Entries", counts)))
    out.table(
        ("Signer", "Notes", "Key"),
        ((s["name"], s["notes"], _trust(s["pinned"])) for s in members["signers"]),
    )
    _say_trust(out, bool(members["pinned"]))


def _show_evidence(out: Out, members: Mapping[str, Any]) -> None:
    from parley.wire.instants import format_instant

    out.line(f"VERIFIED: evidence of {len(members['items'])} entries", "bold green")
    out.table(
        ("What", "Signed by", "In log", "Received by"),
        (
            (
                item["type"] or "note",
                ", ".join(s["name"] for s in item["signers"]),
                f"{item['log']} #{item['index']} of {item['size']}",
                ", ".join(f"{r['by']} {format_instant(r['at_ms'])}" for r in item["receipts"]),
            )
            for item in members["items"]
        ),
    )
    for origin in members["split_logs"]:
        out.line(f"▲ {origin} signed two different histories: proof of a lie", "bold red")
    for item in members["items"]:
        for receipt in item["receipts"]:
            if receipt["in_log"] is False:
                out.line(f"▲ {receipt['by']}'s receipt contradicts its own log", "bold red")
    _say_trust(out, bool(members["pinned"]))


def _trust(pinned: bool) -> str:
    return "pinned" if pinned else "only self-declared"


def _say_trust(out: Out, pinned: bool) -> None:
    if pinned:
        out.line("Every root was pinned by you: those parties said this.", "green")
    else:
        out.line(
            "Not every root was pinned: the file agrees with itself, but who signed rests on the"
            " file's own word. Give --root or --dir.",
            "yellow",
        )
