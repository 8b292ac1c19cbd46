"""``parley pack``: what a working group reads, as HTML, PDF and CSV."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.liaison.mechanism import ForceOption, ForOption, FromOption, UntilOption
from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.node.liaison.packs import Gathered

group = typer.Typer(no_args_is_help=True, help="Packs for a working group.")

OutOption = Annotated[
    list[Path],
    typer.Option("--out", "-o", metavar="FILE", help="x.html or x.pdf; several times for both."),
]
ZoneOption = Annotated[
    list[str] | None,
    typer.Option("--zone", metavar="PARTY=ZONE", help="Its local time beside Zulu."),
]
TheirsOption = Annotated[
    Path | None,
    typer.Option("--theirs", metavar="FILE", help="The other side's figures (mechanism export)."),
]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="DIR", help="Its tables as CSV files, in here.")
]
_MEMBERS = "files: [{file, bytes}], banner, notices"


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="pack")


@group.command(
    "month",
    epilog=examples(
        "parley pack month node-ru 2018-09 --for il -o september.pdf -o september.html",
        json=_MEMBERS,
    ),
)
def month(
    directory: DirArgument,
    which: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2018-09, in UTC.")],
    output: OutOption,
    audience: ForOption = "",
    zone: ZoneOption = None,
    theirs: TheirsOption = None,
    csv: CsvOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """The pack of a calendar month, UTC, from its first to its last millisecond."""
    period, title = _month(which), f"Month {which}"
    _print(directory, period, title, output, audience, zone, theirs, csv, force, json_out)


@group.command(
    "review",
    epilog=examples(
        "parley pack review node-ru --from 2018-01-01T00:00Z --until 2018-12-31T23:59:59.999Z"
        " -o 2018.pdf --zone ru=Europe/Moscow --zone il=Asia/Jerusalem",
        "parley pack review node-ru --from 2018-01-01T00:00Z --until 2018-12-31T23:59:59.999Z"
        " --for il --theirs il-2018.json -o for-il.html --csv tables",
        json=_MEMBERS,
    ),
)
def review(
    directory: DirArgument,
    start: FromOption,
    until: UntilOption,
    output: OutOption,
    audience: ForOption = "",
    zone: ZoneOption = None,
    theirs: TheirsOption = None,
    csv: CsvOption = None,
    force: ForceOption = False,
    json_out: JsonOption = False,
) -> None:
    """The review pack of a period: figures, pictures, every notice, what is open, what is agreed
    and disputed. With --for only what that party may have."""
    from parley.cli.liaison.mechanism import period_of

    period = period_of(start, until)
    title = "Review of the mechanism"
    _print(directory, period, title, output, audience, zone, theirs, csv, force, json_out)


def _print(
    directory: Path,
    period: tuple[int, int],
    title: str,
    output: list[Path],
    audience: str,
    zone: list[str] | None,
    theirs: Path | None,
    csv: Path | None,
    force: bool,
    json_out: bool,
) -> None:
    from parley.cli import files, show
    from parley.cli.liaison.mechanism import read_health
    from parley.outlets.press import Press
    from parley.wire.packs.csv import csv_files

    out = show.Out(json_out)
    for path in output:
        if path.suffix not in (".html", ".pdf"):
            raise InputError(
                f"{path.name}", right="a name that ends in .html or .pdf", where="--out"
            )
    found = _gathered(directory, period, audience)
    other = None if theirs is None else read_health(theirs)
    pack = found.pack(title, zones=_zones(zone or []), theirs=other)
    press = Press()
    pictures = press.plots(found.health)
    made = {path: getattr(press, path.suffix[1:])(pack, pictures) for path in output}
    if csv is not None:
        csv.mkdir(parents=True, exist_ok=True)
        made |= {csv / name: data for name, data in csv_files(pack).items()}
    written = [
        {"file": str(path), "bytes": files.write_new(path, (data,), overwrite=force)}
        for path, data in made.items()
    ]
    if out.json:
        out.value({"files": written, "banner": found.banner, "notices": len(found.health.rows)})
        return
    out.line(found.banner)
    for one in written:
        out.line(f"{one['bytes']} bytes in {one['file']}.", "green")


def _gathered(directory: Path, period: tuple[int, int], audience: str) -> Gathered:
    from parley.cli import build, nodedir
    from parley.node.liaison.packs import gather

    opened = nodedir.open_dir(directory)

    async def read() -> Gathered:
        async with build.stored_node(opened) as node:
            return await node.look(lambda desk: gather(desk, *period, audience=audience))

    return asyncio.run(read())


def _month(which: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", which, re.ASCII)
    if found is None or not 1970 <= int(found[1]) < 9999:
        raise InputError(f"month {which[:40]!r}", right="a year and a month, such as 2018-09")
    first = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
    following = (first + timedelta(days=31)).replace(day=1)
    return int(first.timestamp()) * 1000, int(following.timestamp()) * 1000 - 1


def _zones(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        party, sign, zone = one.partition("=")
        if not (party and sign and zone):
            raise InputError(
                f"a time zone {one[:80]!r}", right="PARTY=ZONE, as in ru=Europe/Moscow",
                where="--zone",
            )  # fmt: skip
        found[party] = zone
    return found
