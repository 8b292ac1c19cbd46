"""``parley alarm``: see, acknowledge, shelve; ``parley track``: what officers tell the watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, RoleOption, YesOption, examples

alarms = typer.Typer(no_args_is_help=True, help="Alarms: what needs an officer now.")
tracks = typer.Typer(
    no_args_is_help=True, help="Tell the watch whose a track is, what it flies, who keeps away."
)

KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="The alarm's key, or the beginning of just one.")
]
TrackArgument = Annotated[
    str, typer.Argument(metavar="TRACK", help="The track's id, such as icao:4ca216.")
]
UntilOption = Annotated[
    str, typer.Option("--until", metavar="TIME", help="RFC 3339 with Z or an offset.")
]


def register(app: typer.Typer) -> None:
    app.add_typer(alarms, name="alarm")
    app.add_typer(tracks, name="track")


@alarms.command(
    "list",
    epilog=examples(
        "parley alarm list node-ru", json="[AlarmedView], as /v1/watch/alarms gives them"
    ),
)
def listed(directory: DirArgument, json_out: JsonOption = False) -> None:
    """Every alarm that stands or is shelved, most urgent first, with its key."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = list(client.alarms())
    if out.json:
        out.value(found)
        return
    if not found:
        out.line("Nothing needs you.", "green")
        return
    out.table(
        ("Priority", "State", "What", "Key"),
        ((a["priority"], a["state"], a["finding"]["text"], a["key"]) for a in found),
    )


@alarms.command(
    "ack",
    epilog=examples(
        "parley alarm ack node-ru 'bystander-in-hazard|notice:il-1|track:icao:4ca216'",
        json="alarm, done, by, at",
    ),
)
def acknowledge(
    directory: DirArgument,
    key: KeyArgument,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """An officer saw it. Whoever comes second is told what the first did."""
    _act(directory, key, role, "acknowledge", {}, json_out)


@alarms.command(
    "shelve",
    epilog=examples(
        "parley alarm shelve node-ru KEY --reason 'sensor under repair'"
        " --until 2031-05-01T10:00:00Z",
        json="alarm, done, by, at",
    ),
)
def shelve(
    directory: DirArgument,
    key: KeyArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    until: UntilOption,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Put an alarm aside, with a reason and an end. Never DISTRESS, STOP or a bystander."""
    _act(directory, key, role, "shelve", {"reason": reason, "until": until}, json_out)


@alarms.command("unshelve", epilog=examples("parley alarm unshelve node-ru KEY", json="the same"))
def unshelve(
    directory: DirArgument,
    key: KeyArgument,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Take a shelved alarm back."""
    _act(directory, key, role, "unshelve", {}, json_out)


def _act(
    directory: Any, key: str, role: str, what: str, more: Mapping[str, str], json_out: bool
) -> None:
    from parley.cli.client import Client
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    with Client(desk.directory) as client:
        form = {"key": _whole_key(client.alarms(), key), "role": desk.role(role), **more}
        acted = client.post(f"/v1/watch/alarms/{what}", form)
    if desk.out.json:
        desk.out.value(acted)
    elif acted["done"]:
        desk.out.line(f"{acted['alarm']['state']}: {acted['alarm']['finding']['text']}", "green")
    else:
        desk.out.line(f"{acted['by']} did that at {acted['at']}; nothing was changed.", "yellow")


def _whole_key(alarms: Iterable[Mapping[str, Any]], key: str) -> str:
    """The key that begins so, if there is just one; else as it was typed."""
    keys = [alarm["key"] for alarm in alarms]
    found = [one for one in keys if one.startswith(key)]
    return str(found[0]) if len(found) == 1 and key not in keys else key


@tracks.command(
    "claim", epilog=examples("parley track claim node-ru icao:4ca216 il", json="track, party")
)
def claim(
    directory: DirArgument,
    track: TrackArgument,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Its party; '' takes it back.")],
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say which party answers for a track."""
    _tell(directory, "owners", {"track": track, "party": party}, role, json_out)


@tracks.command(
    "bind", epilog=examples("parley track bind node-ru icao:4ca216 notice:ru-3", json="the same")
)
def bind(
    directory: DirArgument,
    track: TrackArgument,
    notice: Annotated[
        str, typer.Argument(metavar="NOTICE", help="The notice it flies; '' takes it back.")
    ],
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say which notice a track flies, so that it is held against it."""
    _tell(directory, "bindings", {"track": track, "notice": notice}, role, json_out)


@tracks.command(
    "keep-away",
    epilog=examples(
        "parley track keep-away node-ru icao:4ca216 --radius-m 9260 --up-m 600 --down-m 600"
        " --until 2031-05-01T10:00:00Z",
        json="ref, track, party, radius_m, up_m, down_m, until, except_parties",
    ),
)
def keep_away(
    directory: DirArgument,
    track: TrackArgument,
    radius_m: Annotated[int, typer.Option("--radius-m", min=0, help="Metres around it.")],
    until: UntilOption,
    up_m: Annotated[int, typer.Option("--up-m", min=0, help="Metres above it.")] = 300,
    down_m: Annotated[int, typer.Option("--down-m", min=0, help="Metres below it.")] = 300,
    except_parties: Annotated[
        list[str] | None, typer.Option("--except", metavar="PARTY", help="Who may be there.")
    ] = None,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Let a hazard move with a track: whoever comes near it, or is about to, is found."""
    form = {
        "track": track,
        "radius_m": radius_m,
        "up_m": up_m,
        "down_m": down_m,
        "until": until,
        "except_parties": except_parties or [],
    }
    _tell(directory, "moving", form, role, json_out)


@tracks.command("release", epilog=examples("parley track release node-ru moving:ru-1", json="ref"))
def release(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The moving hazard's ref.")],
    role: RoleOption = "",
    yes: YesOption = False,
    json_out: JsonOption = False,
) -> None:
    """End a hazard that moves with a track."""
    from parley.cli.client import Client, segment
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    desk.confirm(f"End {ref}?", yes=yes)
    with Client(desk.directory) as client:
        client.delete(f"/v1/watch/moving/{segment(ref)}", role=desk.role(role))
    if desk.out.json:
        desk.out.value({"ref": ref})
    desk.out.line(f"{ref} is over.", "green")


def _tell(directory: Any, what: str, form: dict[str, Any], role: str, json_out: bool) -> None:
    from parley.cli.client import Client
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    with Client(desk.directory) as client:
        told = client.post(f"/v1/watch/{what}", {**form, "role": desk.role(role)})
    if desk.out.json:
        desk.out.value(told or form)
        return
    desk.out.line(f"The watch goes by it: {(told or {}).get('ref') or form['track']}.", "green")
