"""``parley unit``: units that are no nodes, what they are told, and who has an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from parley.cli.options import DirArgument, JsonOption, RefArgument, RoleOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.client import Client, Query
    from parley.cli.posting import Desk

units = typer.Typer(
    no_args_is_help=True, help="Batteries, fires cells: who is told, who is assumed blind."
)
SortName = Literal["air-defence", "fires-cell", "air-unit", "convoy", "other"]
ProofName = Literal["sent", "receipt", "read-back", "refused"]
UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="Such as unit:ru-4.")]
ChannelOption = Annotated[
    str, typer.Option("--channel", help="By which of its channels; left out: the first.")
]
MarginOption = Annotated[
    int, typer.Option("--margin", min=0, help="Sites nearer than so many metres count as within.")
]
OverrideOption = Annotated[
    str,
    typer.Option(
        "--override", help="Who lets it go although a protected site lies within: a person's name."
    ),
]
PersonOption = Annotated[str, typer.Option("--person", help="Who speaks.")]
_FILED = "ref, version, index, note, note_hash, paper, findings"
_LEDGER = (
    "ref, version, state, delivered, parties [{party, rung, received, answered}], units [{unit,"
    " name, party, relay_by, told, state, due, relay, proved, taken_by, channel}], assumed_blind"
    " [{id, name, near}]"
)


def register(app: typer.Typer) -> None:
    app.add_typer(units, name="unit")


@units.command(
    "add",
    epilog=examples(
        'parley unit add node-ru "Battery 4" air-defence --of sy-air-defence --relay ru'
        ' --area "circle 35.4N 35.9E 60km" --floor 0m --ceiling 25000m'
        ' --channel "field telephone" --confirm 600 --role watch-officer',
        json=_FILED,
    ),
)
def add(
    directory: DirArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As people call it.")],
    sort: Annotated[SortName, typer.Argument(help="What it is.")],
    of: Annotated[
        str, typer.Option("--of", help="Who commands it: a party or a third party.")
    ] = "",
    relay: Annotated[str, typer.Option("--relay", help="Who tells it; left out: we do.")] = "",
    area: Annotated[
        str, typer.Option("--area", help="Where it can do harm; left out: everywhere.")
    ] = "",
    floor: Annotated[str, typer.Option("--floor", help="Its heights, from; such as 0m.")] = "",
    ceiling: Annotated[str, typer.Option("--ceiling", help="Up to; such as 25000m.")] = "",
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="How it is reached; repeated.")
    ] = None,
    confirm_s: Annotated[
        int, typer.Option("--confirm", min=0, help="Without proof for so many seconds: blind.")
    ] = 600,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="PARTY", help="Left out: all others.")
    ] = None,
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Say that somebody without a node could hurt somebody, and who tells it."""
    from parley.cli import hand
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk
    from parley.wire.papers import to_plain

    desk = Desk.open(directory, json_out)
    reach = None if not area else hand.area(area, desk.agreement)
    content = {
        "name": name,
        "sort": sort,
        "party": of,
        "relay": relay or desk.party,
        "reach": to_plain(reach),
        "band": _band(floor, ceiling),
        "channels": list(channel or []),
        "confirm_s": confirm_s,
    }
    query: dict[str, Query] = {"role": desk.role(role)}
    if to:
        query["to"] = list(to)
    show_filed(desk.out, desk.post("/v1/papers/unit", {"content": content}, **query), "Known")


def _band(floor: str, ceiling: str) -> Any:
    from parley.cli import hand
    from parley.space import Band
    from parley.wire.lengths import height_from_text
    from parley.wire.papers import to_plain

    if not floor and not ceiling:
        return None
    if not floor or not ceiling:
        raise InputError(
            "half a band", right="--floor and --ceiling, or neither for any height",
            where="--floor", at_fault="whoever typed the command",
        )  # fmt: skip
    low = hand.named("--floor", lambda: height_from_text(floor, ""))
    high = hand.named("--ceiling", lambda: height_from_text(ceiling, ""))
    return to_plain(hand.named("--floor", lambda: Band(low, high)))


@units.command(
    "list", epilog=examples("parley unit list node-ru", json="papers as `parley paper list`")
)
def listed(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The active units, the newest first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = every_open(client, "unit")
    if out.json:
        out.value(found)
        return
    if not found:
        out.line("No units: parley unit add DIR NAME SORT.")
        return
    out.table(
        ("Unit", "Name", "Is", "Commanded by", "Told by", "By", "Proof within"),
        (
            (
                one["ref"],
                show.stacked(one["marking"]["banner"], one["content"]["name"]),
                one["content"]["sort"],
                one["content"]["party"] or "nobody",
                one["content"]["relay"],
                ", ".join(one["content"]["channels"]),
                f"{one['content']['confirm_s']} s",
            )
            for one in found
        ),
    )


def every_open(client: Client, kind: str) -> list[dict[str, Any]]:
    """The open papers of a kind, page by page, the newest first."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/v1/papers", kind=kind, open=True, after=after, limit=100)
        found += page["papers"]
        after = page["next"]
    return found


@units.command(
    "relay",
    epilog=examples(
        "parley unit relay node-ru notice:il-1 unit:ru-4 --look",
        "parley unit relay node-ru notice:il-1 unit:ru-4 --role watch-officer",
        'parley unit relay node-ru notice:il-1 unit:ru-4 --override "Col. A. Example"'
        " --role watch-officer",
        json=f"{_FILED}; --look: subject, version, unit, channel, text, read_back, compared,"
        " safety, why",
    ),
)
def relay(
    directory: DirArgument,
    ref: RefArgument,
    unit: UnitArgument,
    channel: ChannelOption = "",
    margin_m: MarginOption = 0,
    override: OverrideOption = "",
    look: Annotated[
        bool, typer.Option("--look", help="Show what would be read out; say nothing.")
    ] = False,
    nobody: Annotated[bool, typer.Option("--to-nobody", help="It stays in our own log.")] = False,
    person: PersonOption = "",
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Tell a unit of an item. Every coordinate is compared with the protected sites first."""
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    path = f"/v1/deliveries/{segment(ref)}/relay"
    if look:
        _show_prepared(desk, path, unit, channel, margin_m, override)
        return
    body = {"unit": unit, "channel": channel, "margin_m": margin_m, "override": override}
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    if nobody:
        query["to"] = [""]
    filed = desk.post(path, body, **query)
    show_filed(desk.out, filed, "Relayed")
    for line in filed["paper"]["content"]["text"].split("\n"):
        desk.out.line(line)


def _show_prepared(
    desk: Desk, path: str, unit: str, channel: str, margin_m: int, override: str
) -> None:
    from parley.cli.client import Client

    with Client(desk.directory) as client:
        ready = client.get(path, unit=unit, channel=channel, margin_m=margin_m, override=override)
    if desk.out.json:
        desk.out.value(ready)
        return
    desk.out.line(f"By {ready['channel']}; {ready['why']}:", "bold")
    for line in ready["text"].split("\n"):
        desk.out.line(line)
    desk.out.table(
        ("Protected", "Known to", "Away", "Within"),
        (
            (
                f"{one['name']} ({one['ref']})",
                "all" if one["agreed"] else "us alone",
                f"{one['distance_m']} m",
                "YES" if one["inside"] else "no",
            )
            for one in ready["compared"]
        ),
    )


@units.command(
    "proof",
    epilog=examples(
        'parley unit proof node-ru relay:ru-7 receipt --taken-by "Sgt B" --role watch-officer',
        'parley unit proof node-ru relay:ru-7 read-back --taken-by "Sgt B"'
        " --value start=2030-09-17T18:40:00.000Z --value floor-m=0 --role watch-officer",
        json=_FILED,
    ),
)
def proof(
    directory: DirArgument,
    ref: Annotated[str, typer.Argument(metavar="RELAY", help="Such as relay:ru-7.")],
    answered: Annotated[ProofName, typer.Argument(help="What the unit answered.")],
    taken_by: Annotated[str, typer.Option("--taken-by", help="Who took it.")] = "",
    at: Annotated[str, typer.Option("--at", help="When; left out: now.")] = "",
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=VALUE", help="Read back: one value; repeated."),
    ] = None,
    person: PersonOption = "",
    role: RoleOption = "",
    json_out: JsonOption = False,
) -> None:
    """Keep what a unit answered. Only a receipt or a right read-back proves that it has it."""
    from parley.cli.client import segment
    from parley.cli.liaison.paper_show import show_filed
    from parley.cli.posting import Desk

    desk = Desk.open(directory, json_out)
    body = {
        "proof": answered,
        "proved": at or None,
        "taken_by": taken_by,
        "read_back": [_value(one) for one in value or []],
    }
    query: dict[str, Query] = {"role": desk.role(role), "person": person}
    filed = desk.post(f"/v1/relays/{segment(ref)}/proof", body, **query)
    show_filed(desk.out, filed, f"Kept as {answered}")


def _value(said: str) -> dict[str, str]:
    name, equals, value = said.partition("=")
    if not equals:
        raise InputError(
            f"{said[:80]!r} names no value", right="--value NAME=VALUE", where="--value",
            at_fault="whoever typed the command",
        )  # fmt: skip
    return {"name": name, "value": value}


@units.command("ledger", epilog=examples("parley unit ledger node-ru notice:il-1", json=_LEDGER))
def ledger(directory: DirArgument, ref: RefArgument, json_out: JsonOption = False) -> None:
    """Who has an item: every addressee, every unit that could hurt somebody, whom nobody tells."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client, segment

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = client.get(f"/v1/deliveries/{segment(ref)}")
    if out.json:
        out.value(found)
        return
    blind = [third["name"] for third in found["assumed_blind"] if third["near"]]
    word, style = "NOT delivered to all", "bold red"
    if found["delivered"]:
        word, style = "delivered to all", "green"
        if blind:
            word, style = "delivered to all who are told", "bold yellow"
    out.line(f"{found['ref']} version {found['version']}, {found['state']}: {word}", style)
    if blind:
        out.line(f"Near it, told by nobody, assumed blind: {', '.join(blind)}.", "bold yellow")
    out.table(
        ("To", "Told by", "How far", "Since", "Due", "Taken by"),
        [
            *(
                (p["party"], "", p["rung"] or "not asked", p["received"] or "no receipt", "", "")
                for p in found["parties"]
            ),
            *(
                (
                    f"{u['name']} ({u['unit']})",
                    u["relay_by"],
                    f"{u['told']}: {u['state']}",
                    u["proved"] or "",
                    u["due"],
                    u["taken_by"],
                )
                for u in found["units"]
            ),
            *(
                (t["name"], "nobody", "assumed-blind", "", "", "near" if t["near"] else "")
                for t in found["assumed_blind"]
            ),
        ],
    )
