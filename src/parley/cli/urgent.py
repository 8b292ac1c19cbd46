"""``parley stop``, ``distress``, ``report``: one person, at once, to everybody."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from parley.cli.options import DirArgument, JsonOption, TextOption, UrgentRoleOption, examples

PhaseName = Literal["open", "ceased"]
_JSON = "as `parley notice`"


def register(app: typer.Typer) -> None:
    app.command(
        "stop",
        epilog=examples(
            "parley stop node-ru",
            'parley stop node-ru --area "circle 35.5N 35.6E 60km" --role watch-officer',
            "parley stop node-ru --notice il-1 --role watch-officer",
            json=_JSON,
        ),
    )(stop)
    app.command(
        "distress",
        epilog=examples(
            'parley distress node-ru --subject "Il-20, 15 aboard" --position "35.5N 35.2E"'
            " --uncertainty 8km --since 2018-09-17T19:03:00Z --role watch-officer",
            json=_JSON,
        ),
    )(distress)
    app.command(
        "report",
        epilog=examples(
            "parley report node-ru coast-ad open"
            ' --area "circle 35.5N 35.6E 60km" --role watch-officer',
            'parley report node-ru coast-ad ceased --area "circle 35.5N 35.6E 60km" --item ru-3',
            json=_JSON,
        ),
    )(report)


def stop(
    directory: DirArgument,
    area: Annotated[str, typer.Option("--area", help="Cease within it; else everywhere.")] = "",
    notice: Annotated[str, typer.Option("--notice", help="Cease that notice.")] = "",
    role: UrgentRoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """STOP, to all parties, by one person. Nobody is asked first. Lift it with all-clear."""
    from parley.cli import hand
    from parley.cli.posting import Desk, item_of, show_posted

    desk = Desk.open(directory, json_out)
    if area:
        hand.area(area, desk.agreement)
    body = {
        "role": desk.role(role, urgent=True),
        "area": area or None,
        "notice": item_of(notice, "notice"),
        "text": text,
    }
    show_posted(desk.out, desk.post("/v1/stop", body), "STOP sent")


def distress(
    directory: DirArgument,
    subject: Annotated[str, typer.Option("--subject", help="Who: call sign, type, souls.")],
    position: Annotated[str, typer.Option("--position", help="Last known, any notation.")] = "",
    uncertainty: Annotated[str, typer.Option("--uncertainty", help="Such as 8km.")] = "",
    since: Annotated[str, typer.Option("--since", help="Since when you know it; else now.")] = "",
    role: UrgentRoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """DISTRESS, to all parties, by one person: who, where, and since when it is known."""
    from math import ceil

    from parley.cli import brief, build, hand
    from parley.cli.posting import Desk, show_posted
    from parley.wire.instants import format_instant, parse_instant
    from parley.wire.lengths import distance_from_text

    desk = Desk.open(directory, json_out)
    since_ms = parse_instant(since, "--since") if since else build.clock_ms()
    within_m = distance_from_text(uncertainty, "--uncertainty") if uncertainty else 0.0
    body: dict[str, object] = {
        "role": desk.role(role, urgent=True),
        "subject": subject,
        "since": format_instant(since_ms),
        "position": None,
        "uncertainty_m": ceil(within_m),
        "text": text,
    }
    if position:
        at = hand.position(position, desk.agreement)
        body["position"] = {"lat_deg": at.lat_deg, "lon_deg": at.lon_deg}
        if not json_out:
            brief.show_positions(desk.out, [at], desk.agreement)
    show_posted(desk.out, desk.post("/v1/distress", body), "DISTRESS sent")


def report(
    directory: DirArgument,
    third_party: Annotated[
        str, typer.Argument(metavar="THIRD-PARTY", help="Its id in the agreement.")
    ],
    phase: Annotated[PhaseName, typer.Argument(help="It engages, or it has ceased.")],
    area: Annotated[str, typer.Option("--area", help="Where it engages.")],
    since: Annotated[str, typer.Option("--since", help="Since when; else now.")] = "",
    item: Annotated[str, typer.Option("--item", help="An earlier report of ours to amend.")] = "",
    role: UrgentRoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Report what a third party does that signed nothing: it fires, or it has ceased."""
    from parley.cli import build, hand
    from parley.cli.posting import Desk, item_of, show_posted
    from parley.wire.instants import format_instant, parse_instant

    desk = Desk.open(directory, json_out)
    hand.area(area, desk.agreement)
    since_ms = parse_instant(since, "--since") if since else build.clock_ms()
    body = {
        "role": desk.role(role, urgent=True),
        "third_party": third_party,
        "phase": phase,
        "area": area,
        "since": format_instant(since_ms),
        "item": item_of(item, "report"),
        "text": text,
    }
    show_posted(desk.out, desk.post("/v1/reports", body), "Reported")
