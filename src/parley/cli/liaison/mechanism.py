"""``parley mechanism``: how the mechanism fared in a period, measured; two sides compared."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples

if TYPE_CHECKING:
    from parley.liaison.health.figures import Health

group = typer.Typer(no_args_is_help=True, help="The health of the mechanism, measured.")

FromOption = Annotated[
    str, typer.Option("--from", metavar="TIME", help="The beginning; it belongs to the period.")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="TIME", help="The end; it does too.")]
ForOption = Annotated[
    str, typer.Option("--for", metavar="PARTY", help="Only what this party may have.")
]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="mechanism")


@group.command(
    "show",
    epilog=examples(
        "parley mechanism show node-ru --from 2018-09-01T00:00Z --until 2018-09-30T23:59:59Z",
        json="kind, party, period, figures: [{section, of, name, value, unit, why}], outages ...",
    ),
)
def show_health(
    directory: DirArgument,
    start: FromOption,
    until: UntilOption,
    audience: ForOption = "",
    every: Annotated[
        bool, typer.Option("--all", help="What is 0 or cannot be measured too, and why.")
    ] = False,
    json_out: JsonOption = False,
) -> None:
    """Notices each way, lead times, acknowledgements, outages, what is open, reciprocity. Where
    something cannot be measured the reason stands there, with --all and in --json."""
    from parley.cli import show
    from parley.wire.packs.contents import direction, label, shown
    from parley.wire.packs.healthfile import health_json

    out = show.Out(json_out)
    found = measured(directory, start, until, audience)
    if out.json:
        out.value(health_json(found, rows=False))
        return
    out.line(found.marking)
    out.line(f"{found.party}, from {start} to {until}, both ends included")
    figures = [f for f in found.figures if every or f.value or (f.unit, f.value) == ("permille", 0)]
    out.table(
        ("Section", "Whom", "Figure", "Value"),
        ((f.section, direction(f.of), label(f.name), shown(f, f.value, f.why)) for f in figures),
    )
    if left := len(found.figures) - len(figures):
        out.line(f"{left} more are 0 or cannot be measured: --all shows them, and why.")


@group.command(
    "export",
    epilog=examples(
        "parley mechanism export node-ru --from 2018-09-01T00:00Z --until 2018-09-30T23:59:59Z"
        " --for il -o ru-september.json",
        json="file, bytes, figures, notices",
    ),
)
def export(
    directory: DirArgument,
    start: FromOption,
    until: UntilOption,
    output: OutOption,
    audience: ForOption = "",
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """The figures as a file that the other side can hold against its own."""
    from parley.cli import files, show
    from parley.wire.packs.healthfile import health_bytes

    out = show.Out(json_out)
    found = measured(directory, start, until, audience)
    size = files.write_new(output, (health_bytes(found),), overwrite=force)
    if out.json:
        out.value(
            {
                "file": str(output),
                "bytes": size,
                "figures": len(found.figures),
                "notices": len(found.rows),
            }
        )
        return
    out.line(found.marking)
    out.line(f"{len(found.figures)} figures: {size} bytes in {output}.", "green")


@group.command(
    "reconcile",
    epilog=examples(
        "parley mechanism reconcile ru-september.json il-september.json",
        json="ours, theirs, lines: [{section, of, name, unit, ours, theirs, agreed}]",
    ),
)
def reconcile_files(
    ours: Annotated[Path, typer.Argument(metavar="OURS", help="A file of health export.")],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="The other side's.")],
    every: Annotated[bool, typer.Option("--all", help="Lines that are equal too.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Two sides' figures line by line: equal, differs, or only one side holds it. Both numbers
    stand; nobody is said to be right. Exit status 1 where a line differs."""
    from parley.cli import show
    from parley.liaison.health.reconcile import Agreed, reconcile
    from parley.wire.packs.contents import label, shown
    from parley.wire.plainform import to_plain

    out = show.Out(json_out)
    a, b = read_health(ours), read_health(theirs)
    lines = reconcile(a, b)
    differs = any(line.agreed is Agreed.DIFFERS for line in lines)
    if out.json:
        out.value({"ours": a.party, "theirs": b.party, "lines": [to_plain(x) for x in lines]})
    else:
        for banner in dict.fromkeys((a.marking, b.marking)):
            out.line(banner)
        count = {word: sum(x.agreed is word for x in lines) for word in Agreed}
        out.line(", ".join(f"{n} {word.value}" for word, n in count.items()))
        told = (Agreed.DIFFERS, Agreed.ONE_SIDE)
        out.table(
            ("Section", "Whom", "Figure", a.party, b.party, ""),
            (
                (
                    line.section,
                    line.of.replace(">", " to "),
                    label(line.name),
                    shown(line, line.ours, line.why_ours),
                    shown(line, line.theirs, line.why_theirs),
                    line.agreed.value,
                )
                for line in lines
                if every or line.agreed in told
            ),
        )
    if differs:
        raise typer.Exit(1)


def period_of(start: str, until: str) -> tuple[int, int]:
    """The instants of --from and --until. InputError: no such period, or more than ten years."""
    from parley.errors import InputError
    from parley.liaison.health.figures import LONGEST_MS
    from parley.wire.instants import parse_instant

    from_ms, until_ms = parse_instant(start, "--from"), parse_instant(until, "--until")
    if not from_ms <= until_ms <= from_ms + LONGEST_MS:
        raise InputError(
            f"a period from {start} to {until}",
            right="an end that is not before the beginning, ten years at most",
            where="--from, --until",
            at_fault="whoever typed the command",
        )
    return from_ms, until_ms


def measured(directory: Path, start: str, until: str, audience: str) -> Health:
    """The health of a period by the node's own store; the node may be running or not."""
    from parley.cli import build, nodedir
    from parley.node.liaison.health import health

    opened = nodedir.open_dir(directory)
    period = period_of(start, until)

    async def read() -> Health:
        async with build.stored_node(opened) as node:
            return await node.look(lambda desk: health(desk, *period, audience=audience))

    return asyncio.run(read())


def read_health(path: Path) -> Health:
    """The figures in a file that somebody handed over."""
    from parley.cli import files
    from parley.wire.packs.healthfile import MAX_BYTES, health_from

    return health_from(files.read_input(path, max_bytes=MAX_BYTES), path.name)
