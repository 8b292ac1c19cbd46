"""alerts.json of a node directory: read, its senders made, its service run beside a served node."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from parley.errors import ConfigError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.node.node import Node
    from parley.outlets.alerts import Alerts
    from parley.outlets.config import AlertsConfig, OutletConfig
    from parley.outlets.message import Sender


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
