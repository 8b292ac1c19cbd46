"""``parley protect`` and ``tracks``: what we know ourselves; checked, logged, sent to nobody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.rules.statements import Observation

TRACKS_PER_POST = 1000


def register(app: typer.Typer) -> None:
    app.command(
        "protect",
        epilog=examples(
            'parley protect node-ru "convoy 4" --area "circle 35.4N 35.9E 2km" --floor 0m'
            " --ceiling 500m --start 2030-09-17T18:00:00Z --end 2030-09-17T22:00:00Z",
            "parley protect node-ru --withdraw ru-2",
            json="as `parley notice`, item null",
        ),
    )(protect)
    app.command(
        "tracks",
        epilog=examples(
            "parley tracks node-ru tracks.csv --role watch-officer",
            json="observed, findings (as `parley findings`)",
        ),
    )(tracks)


def protect(
    directory: DirArgument,
    label: Annotated[str, typer.Argument(metavar="[LABEL]", help="Your own name for it.")] = "",
    area: Annotated[str, typer.Option("--area", help="Where it is.")] = "",
    floor: Annotated[str, typer.Option("--floor", help="Above the ellipsoid, such as 0m.")] = "",
    ceiling: Annotated[str, typer.Option("--ceiling", help="Such as 500m.")] = "",
    start: Annotated[str, typer.Option("--start", help="From when on.")] = "",
    end: Annotated[str, typer.Option("--end", help="Until when.")] = "",
    item: Annotated[str, typer.Option("--item", help="One of ours to move.")] = "",
    withdraw: Annotated[
        str, typer.Option("--withdraw", metavar="ITEM", help="End the protection of that one.")
    ] = "",
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Protect a presence of ours: every notice is checked against it, and nobody is shown it."""
    from parley.cli import hand
    from parley.cli.client import Client, segment
    from parley.cli.posting import Desk, item_of, show_posted

    desk = Desk.open(directory, json_out)
    duty = desk.role(role)
    if withdraw:
        if label or area or item:
            raise InputError("--withdraw goes alone", right="--withdraw ITEM and --role only")
        with Client(desk.directory) as client:
            posted = client.delete(
                f"/v1/presences/{segment(item_of(withdraw, 'presence'))}", role=duty
            )
        show_posted(desk.out, posted, "No longer protected")
        return
    volume = hand.volume(
        desk.agreement, area=area, floor=floor, ceiling=ceiling, start=start, end=end
    )
    body = {
        "role": duty,
        "label": label,
        "volume": hand.volume_feature(volume),
        "item": item_of(item, "presence"),
    }
    show_posted(desk.out, desk.post("/v1/presences", body), "Protected")


def tracks(
    directory: DirArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header row.")],
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Log positions of tracks that we see, and hold all notices against them."""
    from parley.cli import build, hand, show
    from parley.cli.client import Client
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    duty = desk.role(role)
    seen = hand.tracks_of_file(file, build.context_of(desk.directory), duty)
    found: dict[str, Any] = {}
    with (
        Client(desk.directory) as client,
        show.progress(f"Logging {file.name}", len(seen)) as step,
    ):
        for start in range(0, len(seen), TRACKS_PER_POST):
            batch = seen[start : start + TRACKS_PER_POST]
            answer = client.post("/v1/tracks", {"role": duty, "tracks": _forms(batch)})
            found |= {one["key"]: one for one in answer["findings"]}
            step(start + len(batch))
    findings = list(found.values())
    if json_out:
        desk.out.value({"observed": len(seen), "findings": findings})
        return
    desk.out.line(f"{len(seen)} positions are in the log.", "green")
    desk.out.findings(findings)


def _forms(seen: Sequence[Observation]) -> list[dict[str, Any]]:
    from parley.wire.instants import format_instant

    return [
        {
            "track": one.track,
            "seen": format_instant(one.seen_ms),
            "lat_deg": one.position.lat_deg,
            "lon_deg": one.position.lon_deg,
            "uncertainty_m": one.uncertainty_m,
            "floor_m": one.band.floor.m if one.band else None,
            "ceiling_m": one.band.ceiling.m if one.band else None,
            "owner": one.owner,
            "source": one.source,
            "emergency": one.emergency,
            "label": one.label,
        }
        for one in seen
    ]
