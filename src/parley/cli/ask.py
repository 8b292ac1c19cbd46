"""``parley items``, ``findings``, ``health``, ``watch-events``: ask the running node."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import ConfigError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir

ASK_AGAIN_S = 0.1

_FINDING = (
    "[{key, kind, level, refs, parties, from, from_ms, until, until_ms, measures, codes, text}]"
)


def register(app: typer.Typer) -> None:
    app.command(
        "items",
        epilog=examples(
            "parley items node-ru",
            "parley items node-ru --all --json",
            json="[{ref, kind, item, author, role, to, exercise, version, content_version, state,"
            " closed, closed_at, closed_ms, told, told_ms, content, standings, text}]",
        ),
    )(items)
    app.command("findings", epilog=examples("parley findings node-ru", json=_FINDING))(findings)
    app.command(
        "health",
        epilog=examples(
            "parley health node-ru",
            "parley serve node-ru & parley health node-ru --wait 10",
            json="party, agreement, now, now_ms, log_size, log_root, open_items, declared_volumes,"
            " hazard_volumes, findings, pending, refused_by_peers, last_event, links [{peer, up,"
            " since, since_ms, reached, reached_ms, heard, heard_ms, pending, error}]",
        ),
    )(health)
    app.command(
        "watch-events",
        epilog=examples(
            "parley watch-events node-ru",
            "parley watch-events node-ru --after 0 --json   (all of the journal, then what comes)",
            json="one object a line: seq, at, at_ms, kind, data",
        ),
    )(watch_events)


def items(
    directory: DirArgument,
    closed: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    json_out: JsonOption = False,
) -> None:
    """List notices, STOPs, DISTRESSes and reports, ours and theirs, and who owes an answer."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        listed = [item for item in client.items() if closed or not item["closed"]]
    if out.json:
        out.value(listed)
        return
    if not listed:
        out.line("No open items." if not closed else "No items.", "green")
        return
    out.table(
        ("Ref", "State", "What", "Answers"),
        (
            (
                item["ref"],
                item["state"],
                item["text"],
                ", ".join(f"{s['party']}: {s['rung']}" for s in item["standings"]),
            )
            for item in listed
        ),
    )


def findings(directory: DirArgument, json_out: JsonOption = False) -> None:
    """All findings that stand now, most urgent first."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client

    out = show.Out(json_out)
    with Client(nodedir.open_dir(directory)) as client:
        found = list(client.findings())
    if out.json:
        out.value(found)
        return
    out.findings(found)


def health(
    directory: DirArgument,
    wait: Annotated[
        float, typer.Option("--wait", min=0.0, help="Wait so many seconds for it to start.")
    ] = 0.0,
    json_out: JsonOption = False,
) -> None:
    """How the node and its links are: what is open, what is pending, who was last heard when."""
    from parley.cli import nodedir, show

    out = show.Out(json_out)
    opened = nodedir.open_dir(directory)
    said = _health(opened, wait)
    if out.json:
        out.value(said)
        return
    out.pairs(
        (
            ("Party", said["party"]),
            ("Agreement", said["agreement"]),
            ("Its clock", show.times(said["now_ms"], opened.config.zones)),
            ("Log", f"{said['log_size']} entries, root {said['log_root']}"),
            ("Open items", said["open_items"]),
            ("Findings", said["findings"]),
            ("Volumes", f"{said['declared_volumes']} declared, {said['hazard_volumes']} hazard"),
            ("Refused by peers", said["refused_by_peers"]),
        )
    )
    if said["links"]:
        out.table(
            ("Peer", "Link", "Since", "Answered us", "Heard", "Pending", "Error"),
            (_link_row(link) for link in said["links"]),
        )
    else:
        out.line("No links: this node works alone.", "dim")


def watch_events(
    directory: DirArgument,
    after: Annotated[
        int | None, typer.Option("--after", min=0, help="From behind that number; else from now.")
    ] = None,
    count: Annotated[
        int, typer.Option("--count", min=0, help="End after so many events; 0: never.")
    ] = 0,
    json_out: JsonOption = False,
) -> None:
    """Follow what happens as it happens, until Ctrl-C."""
    from parley.cli import nodedir, show
    from parley.cli.brief import event_words as words
    from parley.cli.client import Client

    out = show.Out(json_out)
    seen = 0
    with Client(nodedir.open_dir(directory)) as client, suppress(KeyboardInterrupt):
        begin = client.get("/v1/health")["last_event"] if after is None else after
        for event in client.events("/v1/events", after=begin):
            line = json.loads(event.data)
            if out.json:
                out.value(line)
            else:
                out.line(f"{line['seq']:>6}  {line['at']}  {line['kind']:<16} {words(line)}")
            seen += 1
            if seen == count:
                return


def _health(opened: NodeDir, wait_s: float) -> Any:
    """The node's health, asked again while it does not answer and there is time."""
    from parley.cli.client import Client

    until_s = time.monotonic() + wait_s
    while True:
        try:
            with Client(opened) as client:
                return client.get("/v1/health")
        except ConfigError:
            if time.monotonic() >= until_s:
                raise
            time.sleep(ASK_AGAIN_S)


def _link_row(link: dict[str, Any]) -> tuple[Any, ...]:
    from rich.text import Text

    up = Text("● up", "green") if link["up"] else Text("✗ DOWN", "bold red")
    return (
        link["peer"],
        up,
        link["since"],
        link["reached"] or "never",
        link["heard"] or "never",
        link["pending"],
        link["error"],
    )
