"""``parley feed``: where the watch's tracks come from."""

from __future__ import annotations

from typing import Annotated

import typer

from parley.cli.options import DirArgument, JsonOption, examples

feeds = typer.Typer(no_args_is_help=True, help="The feeds of the watch, in watch.json.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A short name for the feed.")]


def register(app: typer.Typer) -> None:
    app.add_typer(feeds, name="feed")


@feeds.command(
    "add",
    epilog=examples(
        "parley feed add node-ru roof beast+tcp://127.0.0.1:30005",
        "parley feed add node-ru radar asterix+udp://239.1.1.1:8600",
        json="name, url",
    ),
)
def add(
    directory: DirArgument,
    name: NameArgument,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="format+transport://host:port; docs/formats/feeds.")
    ],
    json_out: JsonOption = False,
) -> None:
    """Add a feed; a running node takes it up when it is started again."""
    from parley.cli import nodedir, show
    from parley.cli.watchfile import FeedEntry, path_of, read_watch, write_watch

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    entry = FeedEntry(name, url)
    shown = entry.config(path_of(opened.path)).url
    write_watch(opened.path, read_watch(opened.path).with_feed(entry))
    if out.json:
        out.value({"name": name, "url": shown})
        return
    again = " when it is started again" if opened.is_served() else ""
    out.line(f"{name}: {shown}. The node reads it{again}.", "green")


@feeds.command(
    "list",
    epilog=examples(
        "parley feed list node-ru",
        json="[{name, url, state, connects, bytes, reports, last, last_ms, rejected, error}]",
    ),
)
def listed(directory: DirArgument, json_out: JsonOption = False) -> None:
    """The feeds and how they fare; without a running node, what watch.json says."""
    from parley.cli import nodedir, show
    from parley.cli.client import Client
    from parley.cli.watchfile import path_of, read_watch

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    if opened.is_served():
        with Client(opened) as client:
            found = client.get("/v1/watch")["feeds"]
    else:
        path = path_of(opened.path)
        entries = read_watch(opened.path).feeds
        found = [{"name": e.name, "url": e.config(path).url, "state": "stopped"} for e in entries]
    if out.json:
        out.value(found)
        return
    if not found:
        out.line("No feeds: parley feed add DIR NAME URL.")
        return
    out.table(
        ("Feed", "From", "State", "Reports", "Refused", "Error"),
        (
            (
                feed["name"],
                feed["url"],
                feed["state"],
                feed.get("reports", ""),
                ", ".join(f"{name} {n}" for name, n in feed.get("rejected", {}).items()),
                feed.get("error", ""),
            )
            for feed in found
        ),
    )


@feeds.command("remove", epilog=examples("parley feed remove node-ru roof", json="name"))
def remove(directory: DirArgument, name: NameArgument, json_out: JsonOption = False) -> None:
    """Take a feed out of watch.json; a running node leaves it when it is started again."""
    from parley.cli import nodedir, show
    from parley.cli.watchfile import read_watch, write_watch

    out, opened = show.Out(json_out), nodedir.open_dir(directory)
    write_watch(opened.path, read_watch(opened.path).without_feed(name))
    if out.json:
        out.value({"name": name})
        return
    out.line(f"{name} is removed.", "green")
