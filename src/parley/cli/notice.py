"""``parley notice`` and what its author says later: activate, all-clear, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import (
    DirArgument,
    JsonOption,
    RefArgument,
    RoleOption,
    TextOption,
    YesOption,
    examples,
)
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.posting import Desk
    from parley.rules.agreement import Agreement
    from parley.rules.statements import Draft

_POSTED = (
    "ref, version, index, note, note_hash, copies, logged, witnessed, warning, findings [{key,"
    " kind, level, refs, parties, from, from_ms, until, until_ms, measures, codes, text}],"
    " item (as `parley items` gives it)"
)


def register(app: typer.Typer) -> None:
    app.command(
        "notice",
        epilog=examples(
            "parley notice node-il plan.geojson --role watch-officer",
            'parley notice node-il --class transit --area "circle 35.52N 35.80E 4km"'
            " --floor 0m --ceiling 5000m --start 2030-09-17T18:40:00Z --end 2030-09-17T19:10:00Z"
            " --place latakia --role watch-officer",
            "parley notice node-il plan.geojson --amend il-1 --role watch-officer",
            json=_POSTED,
        ),
    )(notice)
    for name, command in (("activate", activate), ("all-clear", all_clear), ("cancel", cancel)):
        app.command(
            name,
            epilog=examples(
                f"parley {name} node-il notice:il-1 --role watch-officer", json=_POSTED
            ),
        )(command)


def notice(
    directory: DirArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=".geojson, .json, .kml or .kmz.")
    ] = None,
    activity_class: Annotated[str, typer.Option("--class", help="Class of the agreement.")] = "",
    area: Annotated[
        list[str] | None,
        typer.Option("--area", help='Such as "circle 35.52N 35.80E 4km"; may be repeated.'),
    ] = None,
    aircraft: Annotated[
        list[str] | None,
        typer.Option("--aircraft", help="Where our own aircraft are meanwhile; as --area."),
    ] = None,
    floor: Annotated[str, typer.Option("--floor", help="Above the ellipsoid, such as 0m.")] = "",
    ceiling: Annotated[str, typer.Option("--ceiling", help="Such as 5000m.")] = "",
    start: Annotated[str, typer.Option("--start", help="RFC 3339 with its zone.")] = "",
    end: Annotated[str, typer.Option("--end", help="RFC 3339 with its zone.")] = "",
    place: Annotated[str, typer.Option("--place", help="Named area of the agreement.")] = "",
    text: TextOption = "",
    role: RoleOption = "",
    releaser: Annotated[
        str, typer.Option("--releaser", help="Duty role of the second person who released it.")
    ] = "",
    to: Annotated[
        list[str] | None, typer.Option("--to", help="Addressees, repeated; else every other party.")
    ] = None,
    amend: Annotated[
        str, typer.Option("--amend", metavar="ITEM", help="A new version of that notice of ours.")
    ] = "",
    exercise: Annotated[bool, typer.Option("--exercise", help="Mark it EXERCISE.")] = False,
    each_its_own: Annotated[
        bool,
        typer.Option("--each-its-own", help="A signed copy for each addressee, to trace a leak."),
    ] = False,
    yes: YesOption = False,
    json_out: JsonOption = False,
) -> None:
    """Give notice of an activity: from a file, or typed by hand. Shown in words before it goes."""
    from parley.cli.posting import Desk

    if amend and (to or exercise or each_its_own):
        raise InputError(
            "--to, --exercise and --each-its-own do not go with --amend",
            right="the addressees and the marking of the notice stay as they were",
            at_fault="whoever typed the command",
        )
    desk = Desk.open(directory, json_out)
    duty = desk.role(role)
    typed = {
        "activity_class": activity_class,
        "areas": area or [],
        "aircraft": aircraft or [],
        "floor": floor,
        "ceiling": ceiling,
        "start": start,
        "end": end,
        "place": place,
    }
    draft = _draft(desk.agreement, file, typed, text)
    query: dict[str, Any] = {"role": duty, "releaser": releaser}
    if not amend:
        query |= {"exercise": exercise, **({"to": to} if to else {})}
        query |= {"each_its_own": True} if each_its_own else {}
    _send(desk, draft, amend, query, yes=yes)


def _draft(agreement: Agreement, file: Path | None, typed: Mapping[str, Any], text: str) -> Draft:
    """The draft in the file, or typed by hand; ``--text`` wins over the file's own."""
    from parley.cli import hand

    if file is None:
        return hand.draft(agreement, text=text, **typed)
    both = [name for name, value in typed.items() if value]
    if both:
        option = {"activity_class": "class", "areas": "area"}.get(both[0], both[0])
        raise InputError(
            f"--{option} does not go with a file",
            right="either a file or a notice by hand",
            at_fault="whoever typed the command",
        )
    draft = hand.draft_of_file(file, agreement)
    return replace(draft, text=text) if text else draft


def _send(desk: Desk, draft: Draft, amend: str, query: Mapping[str, Any], *, yes: bool) -> None:
    """Shows the draft in words, asks where somebody can be asked, posts it."""
    from parley.cli import brief, build
    from parley.cli.client import segment
    from parley.cli.posting import item_of, show_posted

    if not desk.out.json:
        zones = desk.directory.config.zones
        brief.show_draft(desk.out, draft, desk.agreement, zones, build.clock_ms())
    body = _body(desk, draft, query["role"])
    if desk.asks and not yes:
        desk.out.findings(desk.post("/v1/check", body)["findings"])
    desk.confirm("Send this to the others?", yes=yes)
    path = "/v1/notices"
    if amend:
        path = f"{path}/{segment(item_of(amend, 'notice'))}/amend"
    show_posted(desk.out, desk.post(path, body, **query), "Amended" if amend else "Given")


def _body(desk: Desk, draft: Draft, role: str) -> dict[str, Any]:
    """The draft in the GeoJSON profile, whatever it was typed or drawn in."""
    from parley.rules.statements import Header, Notice
    from parley.wire.geojson import notice_to_geojson

    header = Header(desk.party, role, 0, (), "")
    words = Notice(
        header, draft.item, 1, draft.activity_class, draft.volumes, draft.place, draft.text
    )
    return notice_to_geojson(words)


def activate(
    directory: DirArgument,
    ref: RefArgument,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that the activity of a notice of ours begins."""
    _step(directory, ref, "activate", role, text, json_out)


def all_clear(
    directory: DirArgument,
    ref: RefArgument,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that it is over and the airspace safe again; also lifts a STOP, a DISTRESS or
    a nonconformance of ours."""
    _step(directory, ref, "all-clear", role, text, json_out)


def cancel(
    directory: DirArgument,
    ref: RefArgument,
    role: RoleOption = "",
    text: TextOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that the activity of a notice of ours will not take place."""
    _step(directory, ref, "cancel", role, text, json_out)


def _step(directory: Path, ref: str, step: str, role: str, text: str, json_out: bool) -> None:
    from parley.cli.posting import Desk, show_posted

    desk = Desk.open(directory, json_out)
    body = {"step": step, "role": desk.role(role), "text": text}
    show_posted(desk.out, desk.post_about(ref, "steps", body), f"Said {step}")
