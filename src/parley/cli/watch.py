"""``parley watch``: the live table, its recording, and the replay of one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.client import Client
    from parley.cli.replaying import LocalView, Replayed
    from parley.cli.show import Out

DIFFERS = 1
SHOWN_DIFFERENCES = 5
FRAME_S = 0.25


def register(app: typer.Typer) -> None:
    app.command(
        "watch",
        epilog=examples(
            "parley watch node-ru",
            "parley watch node-ru --once",
            "parley watch node-ru --record night.jsonl   (until Ctrl-C)",
            "parley watch --replay night.jsonl --speed 60",
            json="one WatchView a line, as /v1/watch gives it; with --replay: sweeps, reports,"
            " findings, differences, identical",
        ),
    )(watch)


def watch(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The node directory; not with --replay.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Record from now on, until Ctrl-C."),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Run a recording again and compare."),
    ] = None,
    speed: Annotated[
        float,
        typer.Option("--speed", min=0.0, help="Of a replay, as a multiple; 0: as fast as it can."),
    ] = 0.0,
    count: Annotated[
        int, typer.Option("--count", min=0, help="End after so many looks or sweeps; 0: never.")
    ] = 0,
    once: Annotated[bool, typer.Option("--once", help="One look, and done.")] = False,
    json_out: JsonOption = False,
) -> None:
    """Watch live tracks: what needs you, what is found, how the feeds fare.

    A recording holds what the watch was given and a digest of what it found at each sweep; a
    replay runs the same rules over it again and says whether it found the same (exit 1 if not).
    """
    from parley.cli import show

    out = show.Out(json_out)
    if (replay is None) == (directory is None) or (replay and record):
        raise InputError(
            "either a node directory is watched, or a recording is replayed",
            right="parley watch DIR, or parley watch --replay FILE",
            at_fault="whoever typed the command",
        )
    if replay is not None:
        _replay(replay, out, speed, count)
        return
    assert directory is not None
    from parley.cli import nodedir
    from parley.cli.client import Client

    with Client(nodedir.open_dir(directory)) as client:
        if record is not None:
            _record(client, record, out, count)
        else:
            _live(client, out, 1 if once else count)


def _live(client: Client, out: Out, count: int) -> None:
    """A picture a second, drawn over the last one on a terminal."""
    title = f"Watch of {client.get('/v1/health')['party']}"
    if count == 1:
        _show_once(client.get("/v1/watch"), out, title)
        return
    with _drawing(out, title) as draw:
        for number, event in enumerate(client.events("/v1/watch/stream"), 1):
            draw(json.loads(event.data))
            if number == count:
                return


def _show_once(view: Mapping[str, Any], out: Out, title: str) -> None:
    from parley.cli.watch_screen import screen

    if out.json:
        out.value(view)
    else:
        out.console.print(screen(view, title))


@contextmanager
def _drawing(out: Out, title: str) -> Iterator[Any]:
    """What draws a view: over the last one, or one below the other where nobody looks."""
    from rich.live import Live

    from parley.cli.watch_screen import screen

    if out.json:
        yield out.value
        return
    if not out.console.is_terminal:
        yield lambda view: out.console.print(screen(view, title))
        return
    with Live(console=out.console, auto_refresh=False, screen=True) as live:
        yield lambda view: live.update(screen(view, title), refresh=True)


def _record(client: Client, path: Path, out: Out, count: int) -> None:
    """A watch of our own on what the node's watch is given: what it finds is what is recorded."""
    from concurrent.futures import ThreadPoolExecutor

    from parley.cli.replaying import THREADS, LocalView, Replayed
    from parley.wire.recording import beat_line, beat_of, head_line, read_beats, read_head

    lines = client.lines("/v1/watch/inputs")
    head = read_head(next(lines), "the node")
    with (
        path.open("xb") as file,
        ThreadPoolExecutor(THREADS) as pool,
        _drawing(out, f"Recording the watch of {head.party} to {path}") as draw,
    ):
        file.write(head_line(head))
        replayed, view, shown_s = Replayed(pool), LocalView(), 0.0
        try:
            for number, beat in enumerate(read_beats(lines, "the node"), 1):
                sweep = replayed.run(beat)
                found = beat_of(beat, sweep.findings)
                file.write(beat_line(found))
                file.flush()
                view.take(sweep, replayed)
                if time.monotonic() - shown_s >= FRAME_S:
                    shown_s = time.monotonic()
                    draw(view.of())
                if number == count:
                    break
        except KeyboardInterrupt:
            pass
    out.note(f"{replayed.sweeps} sweeps, {replayed.reports} reports in {path}")


def _replay(path: Path, out: Out, speed: float, count: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from parley.cli.replaying import THREADS, LocalView, Replayed, opened

    with opened(path) as (head, beats), ThreadPoolExecutor(THREADS) as pool:
        replayed, view = Replayed(pool), LocalView()
        began_s, first_ms, last_ms, shown_s = time.monotonic(), -1, -1, 0.0
        with _drawing(out, f"REPLAY of the watch of {head.party}, {path}") as draw:
            for beat in beats:
                first_ms = beat.now_ms if first_ms < 0 else first_ms
                last_ms = beat.now_ms
                if speed:
                    due_s = began_s + (beat.now_ms - first_ms) / 1000 / speed
                    time.sleep(max(0.0, due_s - time.monotonic()))
                view.take(replayed.run(beat), replayed)
                if not out.json and out.console.is_terminal and _is_time(shown_s):
                    shown_s = time.monotonic()
                    draw(view.of())
                if replayed.sweeps == count:
                    break
        took_s = time.monotonic() - began_s
    _tell_replay(replayed, view, out, (last_ms - first_ms) / 1000, took_s)


def _is_time(shown_s: float) -> bool:
    return time.monotonic() - shown_s >= FRAME_S


def _tell_replay(
    replayed: Replayed, view: LocalView, out: Out, lasted_s: float, took_s: float
) -> None:
    from parley.cli.watch_screen import screen
    from parley.wire.instants import format_instant

    differences = replayed.differences
    if out.json:
        out.value(
            {
                "sweeps": replayed.sweeps,
                "reports": replayed.reports,
                "findings": replayed.findings,
                "differences": len(differences),
                "identical": not differences,
            }
        )
    else:
        out.console.print(screen(view.of(), "At the end of the replay"))
        ratio = lasted_s / took_s if took_s > 0 else 0.0
        out.line(
            f"{replayed.sweeps} sweeps over {lasted_s:.0f} s, {replayed.reports} reports,"
            f" replayed in {took_s:.1f} s ({ratio:.0f} times real time)."
        )
        for one in differences[:SHOWN_DIFFERENCES]:
            out.line(
                f"Sweep {one.sweep} at {format_instant(one.now_ms)}: recorded {one.recorded}"
                f" findings, found {one.found}.",
                "bold red",
            )
        if differences:
            out.line(f"{len(differences)} sweeps differ from the recording.", "bold red")
        else:
            out.line("Every sweep found exactly what was recorded.", "green")
    if differences:
        sys.stdout.flush()
        raise typer.Exit(DIFFERS)
