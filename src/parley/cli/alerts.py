"""``parley alerts``: who is told of what, by mail, webhook or chat; alerts.json of a node."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import ConfigError, InputError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.node.node import Node
    from parley.outlets.alerts import Alerts
    from parley.outlets.config import AlertsConfig, OutletConfig
    from parley.outlets.message import Sender

alerts = typer.Typer(
    no_args_is_help=True, help="Alerts to people, in alerts.json: docs/liaison/alerts.md."
)
_SHOWN = (
    "[{name, kind, recipient, where, state, sent, told, held, refused, waiting, cursor, last,"
    " error}]"
)


def register(app: typer.Typer) -> None:
    app.add_typer(alerts, name="alerts")


def path_of(directory: Path) -> Path:
    return directory / "alerts.json"


def read_alerts(opened: NodeDir) -> AlertsConfig:
    """What alerts.json says; nothing where there is no file. ConfigError names the member."""
    from parley.cli import files
    from parley.outlets.config import AlertsConfig, parse_alerts

    path = path_of(opened.path)
    if not path.exists():
        return AlertsConfig()
    try:
        plain = json.loads(files.read_config(path))
    except (ValueError, RecursionError):
        raise ConfigError("alerts.json is not JSON", right="JSON", where=str(path)) from None
    parties = frozenset(party.id for party in opened.agreement().parties)
    return parse_alerts(plain, str(path), parties)


def sender_of(outlet: OutletConfig, directory: Path, clock_ms: Callable[[], int]) -> Sender:
    """The sender of one outlet, with its secret read. ConfigError."""
    from parley.outlets.chat import ChatSender
    from parley.outlets.config import secret_of
    from parley.outlets.mail import MailSender
    from parley.outlets.webhook import WebhookSender

    where = f"{path_of(directory)}: {outlet.name}"
    if outlet.kind == "mail":
        password = secret_of(outlet.password_file, outlet.password_env, directory, where)
        return MailSender(outlet, password)
    if outlet.kind == "webhook":
        secret = secret_of(outlet.secret_file, outlet.secret_env, directory, where)
        return WebhookSender(outlet, secret, clock_ms)
    return ChatSender(outlet, secret_of(outlet.url_file, outlet.url_env, directory, where), where)


@asynccontextmanager
async def alerted(
    node: Node, opened: NodeDir, clock_ms: Callable[[], int]
) -> AsyncIterator[Alerts]:
    """The alerts of a started node, running; stopped at the end. ConfigError: alerts.json."""
    import secrets

    from parley.outlets.alerts import Alerts

    chosen = read_alerts(opened)
    senders = {one.name: sender_of(one, opened.path, clock_ms) for one in chosen.outlets}
    made = Alerts(
        node,
        chosen.outlets,
        chosen.rules,
        senders,
        clock_ms=clock_ms,
        jitter=secrets.SystemRandom().random,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@alerts.command("show", epilog=examples("parley alerts show node-il", json=_SHOWN))
def shown(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The outlets and how they fare; without a running node, what alerts.json says."""
    from parley.cli import nodedir, show
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
