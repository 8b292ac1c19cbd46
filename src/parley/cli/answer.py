"""``parley ack``: climb the ladder on somebody else's item, one rung at a time."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from parley.cli.options import (
    DirArgument,
    JsonOption,
    RefArgument,
    RoleOption,
    TextOption,
    examples,
)
from parley.errors import InputError

RungName = Literal["read", "read-back", "accepted", "objected", "unable"]


def register(app: typer.Typer) -> None:
    app.command(
        "ack",
        epilog=examples(
            "parley ack node-ru notice:il-1 read --role watch-officer",
            "parley ack node-ru notice:il-1 read-back --role watch-officer --place latakia"
            " --start 2030-09-17T18:40:00Z --end 2030-09-17T19:10:00Z --floor 0m --ceiling 5000m",
            "parley ack node-ru notice:il-1 accepted --role watch-officer",
            json="as `parley notice`",
        ),
    )(ack)


def ack(
    directory: DirArgument,
    ref: RefArgument,
    rung: Annotated[RungName, typer.Argument(help="The rung; a receipt is the machine's own.")],
    role: RoleOption = "",
    start: Annotated[str, typer.Option("--start", help="Read back: the start.")] = "",
    end: Annotated[str, typer.Option("--end", help="Read back: the end.")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Read back: the floor, with m.")] = "",
    ceiling: Annotated[str, typer.Option("--ceiling", help="Read back: the ceiling.")] = "",
    place: Annotated[str | None, typer.Option("--place", help="Read back: the place.")] = None,
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Answer an item by duty role: read, read-back, then accepted, objected or unable.

    Receipt is not approval, and neither is read: only accepted is. A read-back repeats window,
    band and place in your own words, from what you heard and understood; they are asked for on a
    terminal. What does not match stays a finding until it is read back rightly.
    """
    from parley.cli.posting import Desk, show_posted

    desk = Desk.open(directory, json_out)
    body: dict[str, object] = {"rung": rung, "role": desk.role(role), "text": text}
    values = {"--start": start, "--end": end, "--floor": floor, "--ceiling": ceiling}
    wants = rung == "read-back" and ref.startswith("notice:")
    given = [name for name, value in values.items() if value]
    if not wants and (given or place):
        raise InputError(
            f"{(given or ['--place'])[0]} does not go with {rung} of {ref}",
            right="values with the read-back of a notice, and only then",
            at_fault="whoever typed the command",
        )
    if wants:
        body["read_back"] = _read_back(values, place)
    show_posted(desk.out, desk.post_about(ref, "answers", body), f"Answered {rung}")


def _read_back(values: dict[str, str], place: str | None) -> dict[str, object]:
    from parley.cli import hand
    from parley.wire.instants import format_instant

    asking = sys.stdin.isatty() and sys.stdout.isatty()
    for name, value in values.items():
        if not value and asking:
            values[name] = typer.prompt(f"Read back {name.removeprefix('--')}")
        elif not value:
            raise InputError(
                f"{name} is missing from the read-back",
                right="--start, --end, --floor, --ceiling and --place as you understood them",
                where=name,
                at_fault="whoever typed the command",
            )
    if place is None:
        place = typer.prompt("Read back place", default="") if asking else ""
    said = hand.read_back(
        values["--start"], values["--end"], values["--floor"], values["--ceiling"], place
    )
    return {
        "start": format_instant(said.start_ms),
        "end": format_instant(said.end_ms),
        "floor_m": said.floor_m,
        "ceiling_m": said.ceiling_m,
        "place": said.place,
    }
