"""``parley evidence``: what we hold about an item, an incident or a period, as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir

evidence = typer.Typer(
    no_args_is_help=True, help="Files that prove what we hold, and show nothing else."
)
OutputOption = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")]


def register(app: typer.Typer) -> None:
    app.add_typer(evidence, name="evidence")


@evidence.command(
    "export",
    epilog=examples(
        "parley evidence export node-ru notice:il-1 -o il-1.evidence",
        "parley evidence export node-ru notice:il-1 distress:ru-2 report:ru-3 -o incident.evidence",
        "parley evidence export node-ru --from 2018-09-17T18:00Z --until 2018-09-17T20:00Z"
        " -o night.evidence",
        "parley evidence export node-ru incident:ru-9 --for il -o for-il.evidence",
        json="file, bytes, refs, from_ms, until_ms, for, items, witnessed, exhibits, remarks",
    ),
)
def export(
    directory: DirArgument,
    output: OutputOption,
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REF...]", help="Items, such as notice:il-1; an incident: several."
        ),
    ] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Of a period: everything said in it.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Its end.")] = "",
    for_party: Annotated[
        str,
        typer.Option("--for", metavar="PARTY", help="Whom it is for: only what it may have."),
    ] = "",
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """Everything we hold about some items, or that was said in a period, in one file that proves
    itself: with receipts, answers, decisions, cosigned heads. Of all else it holds only hashes.

    Protected presences and tracks of ours are in it only if they are named. With --for, what the
    markings do not let that party have is left out and counted; without it the file is for
    ourselves or a court, and says how it is marked.
    """
    from parley.cli import files, nodedir, show
    from parley.ledger import verify_evidence

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory)
    period = _period(start, until)
    data = asyncio.run(_read(opened, refs or [], period, for_party))
    report = verify_evidence(data, pinned=opened.roots())
    written = files.write_new(output, (data,), overwrite=force)
    witnessed = sum(item.witnessed for item in report.items)
    if out.json:
        out.value(
            {
                "file": str(output),
                "bytes": written,
                "refs": refs or [],
                "from_ms": None if period is None else period[0],
                "until_ms": None if period is None else period[1],
                "for": for_party,
                "items": len(report.items),
                "witnessed": witnessed,
                "exhibits": len(report.exhibits),
                "remarks": list(report.scope.remarks),
            }
        )
        return
    out.line(
        f"{len(report.items)} entries, {witnessed} witnessed: {written} bytes in {output}.", "green"
    )
    for remark in report.scope.remarks:
        out.line(remark, "yellow")
    out.line(f"Anybody can check it: parley verify {output}")


@evidence.command(
    "proof",
    epilog=examples(
        "parley evidence proof node-ru notice:il-1 -o il-1.tlog-proof",
        json="file, bytes, log, index, size",
    ),
)
def proof(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The item; its newest words count.")],
    output: OutputOption,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """One entry's place in our log as a C2SP tlog-proof, for tools that know no Parley."""
    from parley.cli import files, nodedir, show
    from parley.ledger import tlog_proof_of, verify_evidence

    out = show.Out(json_out)
    data = asyncio.run(_read(nodedir.open_dir(directory), [ref], None))
    said = [
        item
        for item in verify_evidence(data).items
        if item.type.startswith(f"parley/{ref.partition(':')[0]}/")
    ]
    if not said:
        raise InputError(f"our log holds no words of {ref!r}", right="a ref such as notice:il-1")
    item = said[-1]
    written = files.write_new(output, (tlog_proof_of(item).to_bytes(),), overwrite=force)
    if out.json:
        out.value(
            {
                "file": str(output),
                "bytes": written,
                "log": item.log,
                "index": item.index,
                "size": item.size,
            }
        )
        return
    out.line(f"Place {item.index} of {item.log}, size {item.size}: {written} bytes.", "green")


def _period(start: str, until: str) -> tuple[int, int] | None:
    from parley.wire.instants import parse_instant

    if not start and not until:
        return None
    if not (start and until):
        raise InputError("half a period", right="--from TIME and --until TIME", where="--from")
    return parse_instant(start, "--from"), parse_instant(until, "--until")


async def _read(
    opened: NodeDir, refs: list[str], period: tuple[int, int] | None, for_party: str = ""
) -> bytes:
    from parley.cli import build

    async with build.stored_node(opened) as node:
        return await node.evidence(refs, period=period, for_party=for_party)
