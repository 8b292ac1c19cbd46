"""``parley watch``: the live table, its recording, and the replay of one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from parley.cli.options import AgreementOption, JsonOption, examples
from parley.errors import InputError

if TYPE_CHECKING:
    from parley.cli.client import Client
    from parley.cli.show import Out
    from parley.wire.recording import Beat

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
            "parley watch --day examples/day.csv --agreement examples/agreement.json --speed 30",
            json="one WatchView a line, as /v1/watch gives it; with --replay and --day: sweeps,"
            " reports, findings, alarms, compared, differences, identical",
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
    day: Annotated[
        Path | None,
        typer.Option(
            "--day", metavar="FILE", help="Watch a recorded day: .json, .csv (.gz) or .parquet."
        ),
    ] = None,
    agreement: AgreementOption = None,
    party: Annotated[
        str, typer.Option("--party", help="Whose watch it is; else the first of the agreement.")
    ] = "",
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

    With --day, a recorded day of traffic under an agreement: no node, no network.
    A recording holds what the watch was given and a digest of what it found at each sweep; a
    replay runs the same rules over it again and says whether it found the same (exit 1 if not).
    """
    from parley.cli import show

    out = show.Out(json_out)
    if sum(one is not None for one in (directory, replay, day)) != 1 or (replay and record):
        raise InputError(
            "one of three is watched: a node, a recording, a recorded day",
            right="parley watch DIR, or --replay FILE, or --day FILE",
            at_fault="whoever typed the command",
        )
    if replay is not None:
        _replay(replay, out, speed, count)
        return
    if day is not None:
        run = _Run(out, f"REPLAY of a recorded day, {day}", speed, count)
        _day(day, agreement, party, record, run, out)
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
    from parley.cli.live.watch_screen import screen

    if out.json:
        out.value(view)
    else:
        out.console.print(screen(view, title))


@contextmanager
def _drawing(out: Out, title: str) -> Iterator[Any]:
    """What draws a view: over the last one, or one below the other where nobody looks."""
    from rich.live import Live

    from parley.cli.live.watch_screen import screen

    if out.json:
        yield out.value
        return
    if not out.console.is_terminal:
        yield lambda view: out.console.print(screen(view, title))
        return
    with Live(console=out.console, auto_refresh=False, screen=True) as live:
        yield lambda view: live.update(screen(view, title, rows=out.console.height), refresh=True)


def _record(client: Client, path: Path, out: Out, count: int) -> None:
    """A watch of our own on what the node's watch is given: what it finds is what is recorded."""
    from parley.wire.recording import head_line, read_beats, read_head

    lines = client.lines("/v1/watch/inputs")
    head = read_head(next(lines), "the node")
    run = _Run(out, f"Recording the watch of {head.party} to {path}", 0.0, count)
    with path.open("xb") as file:
        run.file = file
        file.write(head_line(head))
        with suppress(KeyboardInterrupt):
            run.over(read_beats(lines, "the node"))
    out.note(f"{run.replayed.sweeps} sweeps, {run.replayed.reports} reports in {path}")


def _replay(path: Path, out: Out, speed: float, count: int) -> None:
    from parley.cli.live.replaying import opened

    with opened(path) as (head, beats):
        run = _Run(out, f"REPLAY of the watch of {head.party}, {path}", speed, count)
        run.over(beats)
    run.tell()
    if run.replayed.differences:
        sys.stdout.flush()
        raise typer.Exit(DIFFERS)


def _day(
    path: Path, agreement: Path | None, party: str, record: Path | None, run: _Run, out: Out
) -> None:
    from parley.cli.check import read_agreement
    from parley.cli.live.replaying import recorded_day
    from parley.wire.agreement import agreement_digest
    from parley.wire.decoding import Rejections
    from parley.wire.recording import Head, head_line

    agreed, rejected = read_agreement(agreement, out), Rejections()
    party = party or agreed.parties[0].id
    with ExitStack() as stack:
        beats = stack.enter_context(recorded_day(path, agreed, party, rejected))
        if record is not None:
            run.file = stack.enter_context(record.open("xb"))
            run.file.write(head_line(Head(party, agreement_digest(agreed), 0)))
        run.over(beats)
    run.tell()
    for name, number in rejected.counts().items():
        out.note(f"not read: {name} {number}")


class _Run:
    """A watch of our own over beats, as fast as asked for: drawn, counted, recorded."""

    def __init__(self, out: Out, title: str, speed: float, count: int) -> None:
        from parley.cli.live.replaying import LocalView

        self.out, self.title, self.speed, self.count = out, title, speed, count
        self.view = LocalView()
        self.file: IO[bytes] | None = None
        self.lasted_s = self.took_s = 0.0

    def over(self, beats: Iterator[Beat]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        from parley.cli.live.replaying import THREADS, Replayed

        began_s, first_ms, shown_s = time.monotonic(), -1, 0.0
        live = not self.out.json and self.out.console.is_terminal
        with ThreadPoolExecutor(THREADS) as pool, _drawing(self.out, self.title) as draw:
            self.replayed = Replayed(pool)
            for beat in beats:
                first_ms = beat.now_ms if first_ms < 0 else first_ms
                self.lasted_s = (beat.now_ms - first_ms) / 1000
                if self.speed:
                    due_s = began_s + self.lasted_s / self.speed
                    time.sleep(max(0.0, due_s - time.monotonic()))
                self._one(beat)
                if live and time.monotonic() - shown_s >= FRAME_S:
                    shown_s = time.monotonic()
                    draw(self.view.of())
                if self.replayed.sweeps == self.count:
                    break
        self.took_s = time.monotonic() - began_s

    def _one(self, beat: Beat) -> None:
        from parley.wire.recording import beat_line, beat_of

        sweep = self.replayed.run(beat)
        self.view.take(sweep, self.replayed)
        if self.file is not None:
            self.file.write(beat_line(beat_of(beat, sweep.findings)))

    def tell(self) -> None:
        """What came of it."""
        from parley.cli.live.watch_screen import screen
        from parley.wire.instants import format_instant

        replayed, out, differences = self.replayed, self.out, self.replayed.differences
        if out.json:
            out.value(
                {
                    "sweeps": replayed.sweeps,
                    "reports": replayed.reports,
                    "findings": replayed.findings,
                    "alarms": self.view.raised,
                    "compared": replayed.compared,
                    "differences": len(differences),
                    "identical": not differences,
                }
            )
            return
        out.console.print(screen(self.view.of(), "At the end"))
        ratio = self.lasted_s / self.took_s if self.took_s > 0 else 0.0
        out.line(
            f"{replayed.sweeps} sweeps over {self.lasted_s:.0f} s, {replayed.reports} reports,"
            f" {self.view.raised} alarms, in {self.took_s:.1f} s ({ratio:.0f} times real time)."
        )
        for one in differences[:SHOWN_DIFFERENCES]:
            out.line(
                f"Sweep {one.sweep} at {format_instant(one.now_ms)}: recorded {one.recorded}"
                f" findings, found {one.found}.",
                "bold red",
            )
        if differences:
            out.line(f"{len(differences)} sweeps differ from the recording.", "bold red")
        elif replayed.compared:
            out.line("Every sweep found exactly what was recorded.", "green")
