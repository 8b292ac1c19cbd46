"""``parley carry``: statements, receipts and heads by file (USB stick, diode, e-mail).

The running node does the work through its API; where none runs, the command works on the store
itself, under the directory's lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from parley.cli.options import DirArgument, JsonOption, PartyArgument, examples
from parley.errors import ConfigError, InputError, PeerError

if TYPE_CHECKING:
    from parley.cli.client import Client
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.node.node import Node

PIECE_BYTES = 200 * 1024
"""So much of a file goes into one request: JSON in JSON still fits what the node reads at once."""
MAX_FILES = 10_000
MEBIBYTE = 1024 * 1024
_NAMES = ("note", "receipt", "refusal", "head", "cosignature")

UnconfirmedOption = Annotated[
    bool,
    typer.Option(
        "--unconfirmed",
        help="The peer cannot be asked what it knows of our log, and you know that it is no"
        " old copy.",
    ),
]

carry = typer.Typer(
    no_args_is_help=True, help="By hand: files for a peer out, files of peers in, no network."
)


def register(app: typer.Typer) -> None:
    app.add_typer(carry, name="carry")


@carry.command(
    "out",
    epilog=examples(
        "parley carry out node-ru il -o /media/stick/ru-to-il.parcel",
        "parley carry out node-ru il -o part --max-bytes 200000   (part, part.2, part.3 ...)",
        json="party, files [{file, bytes, number, notes, receipts}]",
    ),
)
def out_(
    directory: DirArgument,
    party: PartyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
    max_bytes: Annotated[
        int,
        typer.Option("--max-bytes", help="Split into files of this size, for a diode or mail."),
    ] = 64 * MEBIBYTE,
    unconfirmed: UnconfirmedOption = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Pack everything that PARTY has not receipted yet, and the receipts that we owe it.

    Nothing is settled by packing: what waits is packed again until its receipt comes back, by
    file or by network. The file may be lost or copied; it is not secret from whoever carries it.
    """
    from parley.cli import nodedir, show

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory)
    files = _Files(max_bytes, unconfirmed=unconfirmed, force=force)
    written = asyncio.run(_packed(opened, party, output, files))
    if out.json:
        out.value({"party": party, "files": written})
        return
    for one in written:
        out.line(f"{_packed_words(one)}: {one['bytes']} bytes in {one['file']}.", "green")
    out.line(f"There: parley carry in DIR {written[0]['file']} --reply ANSWER")


@carry.command(
    "in",
    epilog=examples(
        "parley carry in node-il /media/stick/ru-to-il.parcel --reply /media/stick/il-to-ru.parcel",
        "parley carry in node-il notice.txt   (one bare signed note, from an e-mail)",
        json="files [{file, sender, number, again, left, parts [{kind, what, known, refused}]}],"
        " reply [{to, file, bytes, number, notes, receipts}]",
    ),
)
def in_(
    directory: DirArgument,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Parcel files, or signed notes.")
    ],
    reply: Annotated[
        Path | None,
        typer.Option(
            "--reply", metavar="OUT", help="Pack what goes back; OUT.PARTY each for several."
        ),
    ] = None,
    unconfirmed: UnconfirmedOption = False,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Take in what came by hand, exactly as if it had come by the network.

    Every statement is verified, logged and receipted by itself; one that is refused stops no
    other. The same file twice, or files in the wrong order, change nothing.
    """
    from parley.cli import nodedir, show

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory)
    how = _Files(64 * MEBIBYTE, unconfirmed=unconfirmed, force=force)
    members = asyncio.run(_taken_in(opened, files, reply, how))
    if out.json:
        out.value(members)
        return
    for report in members["files"]:
        _show_report(out, report)
    for one in members["reply"]:
        line = f"Back to {one['to']}, {_packed_words(one).lower()}"
        out.line(f"{line}: {one['bytes']} bytes in {one['file']}.", "green")
    if not members["reply"]:
        out.line("Their receipts go back with: parley carry out, or --reply.")


@dataclass(frozen=True, slots=True)
class _Files:
    """How files are made and taken in."""

    max_bytes: int
    unconfirmed: bool
    force: bool


@carry.command(
    "tail",
    epilog=examples(
        "parley carry tail node-il ru -o /media/stick/ru.tail   (there: parley recover --from)",
        json="party, file, bytes",
    ),
)
def tail_(
    directory: DirArgument,
    party: PartyArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Give PARTY back what we hold of its log, so that it can recover what it lost.

    Its leaves are sealed, only PARTY opens them; beside them stand its own statements that we
    received. For PARTY alone.
    """
    from parley.cli import files, nodedir, show

    out = show.Out(json_out)
    pages = asyncio.run(_tail(nodedir.open_dir(directory), party))
    size = files.write_new(output, pages, overwrite=force, private=True)
    if out.json:
        out.value({"party": party, "file": str(output), "bytes": size})
        return
    out.line(f"What we hold of the log of {party}: {size} bytes in {output}.", "green")
    out.line(f"There: parley recover DIR --from {output}")


async def _tail(opened: NodeDir, party: str) -> list[bytes]:
    from parley.cli import build
    from parley.cli.client import Client
    from parley.cli.lock import alone
    from parley.ledger.canonical import unb64
    from parley.node.recovery.tailfile import tail_pages

    if not opened.is_served():
        with alone(opened, right="the running node, or none"):
            async with build.stored_node(opened) as node:
                return [part async for part in tail_pages(node, party)]
    parts: list[bytes] = []
    cursor = ""
    with Client(opened) as client:
        while not parts or cursor:
            answer = client.post("/v1/carry/tail", {"party": party, "cursor": cursor})
            parts.append(unb64(answer["part"]))
            cursor = answer["next"]
    return parts


class _Hands(Protocol):
    async def out(self, party: str, cursor: str) -> Mapping[str, Any]: ...

    async def take_in(self, data: bytes) -> Mapping[str, Any]: ...


class _OfNode:
    """On the store itself."""

    def __init__(self, node: Node, how: _Files) -> None:
        self._node = node
        self._how = how

    async def out(self, party: str, cursor: str) -> Mapping[str, Any]:
        packed = await self._node.carry_out(
            party,
            max_bytes=self._how.max_bytes,
            cursor=cursor,
            unconfirmed=self._how.unconfirmed,
        )
        return {
            "file": packed.data.decode(),
            "number": packed.number,
            "notes": packed.notes,
            "receipts": packed.receipts,
            "next": packed.next,
        }

    async def take_in(self, data: bytes) -> Mapping[str, Any]:
        from parley.web.carry import report_view

        report = await self._node.carry_in(data, unconfirmed=self._how.unconfirmed)
        return report_view(report).model_dump()


class _OfClient:
    """Through the API of the running node."""

    def __init__(self, client: Client, how: _Files) -> None:
        self._client = client
        self._how = how

    async def out(self, party: str, cursor: str) -> Mapping[str, Any]:
        body = {
            "peer": party,
            "max_bytes": self._how.max_bytes,
            "cursor": cursor,
            "unconfirmed": self._how.unconfirmed,
        }
        answer: Mapping[str, Any] = self._client.post("/v1/carry/out", body)
        return answer

    async def take_in(self, data: bytes) -> Mapping[str, Any]:
        """In pieces: each is taken in whole before the next."""
        from parley.wire.parcelfile import is_parcel, read_parcel, split_parcel, unix_lines

        if is_parcel(data):
            pieces = split_parcel(read_parcel(data), PIECE_BYTES)
        else:
            pieces = [unix_lines(data)]
        report: dict[str, Any] = {}
        parts: list[Mapping[str, Any]] = []
        for piece in pieces:
            body = {"file": _text(piece), "unconfirmed": self._how.unconfirmed}
            report = self._client.post("/v1/carry/in", body)
            parts += report["parts"]
        return report | {"parts": parts}


@asynccontextmanager
async def _hands(opened: NodeDir, how: _Files) -> AsyncIterator[_Hands]:
    from parley.cli import build
    from parley.cli.client import Client
    from parley.cli.lock import alone

    if opened.is_served():
        with Client(opened) as client:
            yield _OfClient(client, how)
        return
    if opened.config.restored:
        raise ConfigError(
            f"{opened.path} came out of a backup, and no peer has told how far its log had grown",
            right="parley recover, or parley serve where the peers can be reached",
            where=str(opened.path),
        )
    with alone(opened, right="the running node, or none"):
        async with build.stored_node(opened) as node:
            await node.start()
            if not how.unconfirmed:
                node.trust.confirming.expect(opened.config.urls)
            yield _OfNode(node, how)


async def _packed(opened: NodeDir, party: str, output: Path, how: _Files) -> list[dict[str, Any]]:
    async with _hands(opened, how) as hands:
        return await _write_out(hands, party, output, force=how.force)


async def _write_out(
    hands: _Hands, party: str, output: Path, *, force: bool
) -> list[dict[str, Any]]:
    from parley.cli import files

    written: list[dict[str, Any]] = []
    cursor = ""
    while len(written) < MAX_FILES:
        path = output if not written else output.with_name(f"{output.name}.{len(written) + 1}")
        if path.exists() and not force:
            raise InputError(
                f"{path} exists already", right="another name, or --force", where=str(path)
            )
        packed = await hands.out(party, cursor)
        size = files.write_new(path, (str(packed["file"]).encode(),), overwrite=force)
        told = {name: packed[name] for name in ("number", "notes", "receipts")}
        written.append({"file": str(path), "bytes": size, **told})
        cursor = str(packed["next"])
        if not cursor:
            break
    return written


async def _taken_in(
    opened: NodeDir, paths: Sequence[Path], reply: Path | None, how: _Files
) -> dict[str, Any]:
    from parley.cli import files

    known = opened.config.peers
    reports: list[dict[str, Any]] = []
    async with _hands(opened, how) as hands:
        for path in paths:
            data = files.read_input(path, max_bytes=64 * MEBIBYTE)
            try:
                report = await hands.take_in(data)
            except PeerError as error:
                error.where = ", ".join(part for part in (str(path), error.where) if part)
                raise
            reports.append({"file": str(path), **report})
        senders = [s for s in dict.fromkeys(r["sender"] for r in reports) if s in known]
        back: list[dict[str, Any]] = []
        for sender in senders if reply is not None else ():
            assert reply is not None
            path = reply if len(senders) == 1 else reply.with_name(f"{reply.name}.{sender}")
            some = await _write_out(hands, sender, path, force=how.force)
            back += [{"to": sender, **one} for one in some]
    return {"files": reports, "reply": back}


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "the file is neither a parcel nor a signed note",
            right="UTF-8 text as `parley carry out` writes it",
            where=f"byte {error.start}",
        ) from None


def _packed_words(one: Mapping[str, Any]) -> str:
    counts = [
        f"{one[name]} {name if one[name] != 1 else name[:-1]}" for name in ("notes", "receipts")
    ]
    return " and ".join(counts).capitalize()


def _show_report(out: Out, report: Mapping[str, Any]) -> None:
    parts: Sequence[Mapping[str, Any]] = report["parts"]
    number = f", its file {report['number']}" if report["number"] else ""
    again = " (carried in before)" if report["again"] else ""
    out.line(f"{report['file']}: from {report['sender'] or 'nobody known'}{number}{again}", "bold")
    for kind in _NAMES:
        of_kind = [part for part in parts if part["kind"] == kind]
        good = sum(part["refused"] is None for part in of_kind)
        if good:
            out.line(f"  {good} {kind}{'s' if good != 1 else ''}: {_DONE[kind]}.", "green")
    for part in parts:
        if part["refused"] is not None:
            what = part["refused"]["detail"] if isinstance(part["refused"], dict) else ""
            out.line(f"  {part['kind']} {part['what'][:16]} REFUSED: {what}", "bold red")
    if not parts:
        out.line("  nothing in it.")
    if report["left"]:
        out.line(f"  {report['left']} more notes wait there, in its next files.", "yellow")


_DONE = {
    "note": "verified, in our log, receipted",
    "receipt": "kept; what they are for is delivered",
    "refusal": "kept; what they are for is not sent again",
    "head": "held against what we knew, cosigned",
    "cosignature": "kept with our heads",
}
