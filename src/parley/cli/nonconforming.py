"""``parley nonconforming``: a flight of ours does not keep to what we declared."""

from __future__ import annotations

from typing import Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, TextOption, UrgentRoleOption, examples
from parley.errors import InputError

CODES = "place, height, early, overrun, overdue, contingent"


def register(app: typer.Typer) -> None:
    app.command(
        "nonconforming",
        epilog=examples(
            "parley nonconforming node-il il-1 --code place --code height"
            ' --area "circle 35.52N 35.80E 4km" --floor 2000m --ceiling 4000m --role watch-officer',
            "parley nonconforming node-il il-1 --code overdue --item il-3",
            "parley all-clear node-il nonconformance:il-3   (it conforms again)",
            json="as `parley notice`",
        ),
    )(nonconforming)


def nonconforming(
    directory: DirArgument,
    notice: Annotated[
        str,
        typer.Argument(metavar="[NOTICE]", help="Our notice that it departs from, if it has one."),
    ] = "",
    code: Annotated[
        list[str] | None, typer.Option("--code", help=f"One of {CODES}; may be repeated.")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="Since when; else now.")] = "",
    area: Annotated[str, typer.Option("--area", help="Where it may be now.")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Its heights there, such as 2000m.")] = "",
    ceiling: Annotated[str, typer.Option("--ceiling", help="Such as 4000m.")] = "",
    item: Annotated[
        str, typer.Option("--item", help="An earlier announcement of ours to amend.")
    ] = "",
    role: UrgentRoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Announce to all that a flight of ours does not conform: off in place, height or time, or
    unable to comply. Amend it as it moves; when it conforms again, give the all-clear."""
    from parley.cli import build, hand
    from parley.cli.posting import Desk, item_of, show_posted
    from parley.wire.instants import format_instant, parse_instant

    desk = Desk.open(directory, json_out)
    if not code:
        raise InputError(
            "no --code says in what it does not conform",
            right=f"--code with one of: {CODES}",
            where="--code",
        )
    if area:
        hand.area(area, desk.agreement)
    floor_m, ceiling_m = _heights_m(floor, ceiling)
    since_ms = parse_instant(since, "--since") if since else build.clock_ms()
    body = {
        "role": desk.role(role, urgent=True),
        "notice": item_of(notice, "notice"),
        "codes": list(code),
        "since": format_instant(since_ms),
        "area": area or None,
        "floor_m": floor_m,
        "ceiling_m": ceiling_m,
        "item": item_of(item, "nonconformance"),
        "text": text,
    }
    show_posted(desk.out, desk.post("/v1/nonconformances", body), "Announced")


def _heights_m(floor: str, ceiling: str) -> tuple[int | None, int | None]:
    """The heights typed in whole metres, rounded outward; none of both. InputError: one alone."""
    from parley.wire.lengths import height_from_text

    if bool(floor) != bool(ceiling):
        raise InputError(
            "one of --floor and --ceiling is missing", right="both, or neither", where="--floor"
        )
    if not floor:
        return None, None
    low, high = height_from_text(floor, "--floor"), height_from_text(ceiling, "--ceiling")
    return low.cm // 100, -(-high.cm // 100)
