"""``parley alerts``: who is told of what, by mail, webhook or chat; alerts.json of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.outlets.config import OutletConfig

alerts = typer.Typer(
    no_args_is_help=True, help="Alerts to people, in alerts.json: docs/liaison/alerts.md."
)
_SHOWN = (
    "[{name, kind, recipient, where, state, sent, told, held, refused, waiting, cursor, last,"
    " error}]"
)


def register(app: typer.Typer) -> None:
    app.add_typer(alerts, name="alerts")


@alerts.command("show", epilog=examples("parley alerts show node-il", json=_SHOWN))
def shown(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The outlets and how they fare; without a running node, what alerts.json says."""
    from parley.cli import nodedir, show
    from parley.cli.alertsfile import path_of, read_alerts
    from parley.cli.client import Client

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    if opened.is_served():
        with Client(opened) as client:
            found = client.get("/v1/alerts")["outlets"]
    else:
        found = [
            {"name": o.name, "kind": o.kind, "recipient": o.recipient, "where": o.shown,
             "state": "stopped"}
            for o in read_alerts(opened).outlets
        ]  # fmt: skip
    if out.json:
        out.value(found)
        return
    if not found:
        out.line(f"No outlets: write them down in {path_of(opened.path)}.")
        return
    members = ("name", "kind", "recipient", "where", "state", "sent", "waiting", "held", "error")
    out.table(
        ("Outlet", "Kind", "For", "To", "State", "Sent", "Waiting", "Held back", "Error"),
        ([str(one.get(name, "")) for name in members] for one in found),
    )


@alerts.command(
    "test",
    epilog=examples(
        "parley alerts test node-il",
        "parley alerts test node-il duty",
        json="[{name, sent, error}]",
    ),
)
def try_out(
    directory: DirArgument,
    name: Annotated[str, typer.Argument(metavar="[OUTLET]", help="Left out: each of them.")] = "",
    json_out: JsonOption = False,
) -> None:
    """Send a message that says it is a test, now. Status 1 if one did not go. Needs no node."""
    import asyncio

    from parley.cli import nodedir, show
    from parley.cli.alertsfile import path_of, read_alerts

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    outlets = [one for one in read_alerts(opened).outlets if name in ("", one.name)]
    if not outlets:
        raise InputError(
            f"there is no outlet {name!r}" if name else "there is no outlet",
            right=f"one of {path_of(opened.path)}",
            at_fault="whoever typed the command",
        )
    found = asyncio.run(_tested(opened, outlets))
    if out.json:
        out.value(found)
    else:
        for one in found:
            said = f"did not go: {one['error']}" if one["error"] else "went"
            out.line(f"{one['name']}: the test {said}", "red" if one["error"] else "green")
    if any(one["error"] for one in found):
        raise typer.Exit(1)


async def _tested(opened: NodeDir, outlets: list[OutletConfig]) -> list[dict[str, object]]:
    from parley.cli.alertsfile import sender_of
    from parley.cli.build import clock_ms
    from parley.outlets.message import Alert, Message, Undelivered

    party, now_ms = opened.config.party, clock_ms()
    found: list[dict[str, object]] = []
    for outlet in outlets:
        key = f"{party}:{outlet.name}:test:{now_ms}"
        text = f"TEST of the alerts of the node of {party}. Nothing has happened."
        alert = Alert(key, 0, now_ms, "test", text, "TLP:CLEAR")
        sender = sender_of(outlet, opened.path, clock_ms)
        try:
            await sender.send(Message(key, party, now_ms, (alert,)))
            found.append({"name": outlet.name, "sent": True, "error": ""})
        except Undelivered as error:
            found.append({"name": outlet.name, "sent": False, "error": str(error)})
        finally:
            await sender.close()
    return found
