"""``parley``: the commands put together, and the one place where errors become exit statuses.

0: done (for ``check``: nothing found above info; for ``verify``: verified). 1: findings, or a
file that does not verify. 2: refused input or a node that cannot do it; nothing was changed.
70: a fault of Parley's own.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from parley import __version__
from parley.cli import (
    agreement,
    answer,
    ask,
    carry,
    check,
    evidence,
    init,
    nonconforming,
    notice,
    own,
    peer,
    people,
    records,
    serve,
    trace,
    urgent,
    verify,
)
from parley.cli.ceremony import backup, keys, recover
from parley.cli.ceremony import root as root_keys
from parley.cli.demos import demo
from parley.cli.liaison import (
    alerts,
    directory,
    draft,
    duty,
    handover,
    hotline,
    incident,
    mechanism,
    meeting,
    pack,
    paper,
    release,
    unit,
)
from parley.cli.live import alarm, feed, watch
from parley.cli.options import JSON_CHOSEN
from parley.errors import ConfigError, ParleyError

REFUSED = 2
OUR_FAULT = 70


class Commands(TyperGroup):
    """The group of all commands: a ParleyError is told and ends with status 2."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        from parley.cli.show import refusal

        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _nobody_reads()
            raise typer.Exit(0) from None
        except (ParleyError, OSError) as error:
            told = _of_system(error) if isinstance(error, OSError) else error
            refusal(told, json_out=bool(ctx.meta.get(JSON_CHOSEN)))
            raise typer.Exit(REFUSED) from None


def _nobody_reads() -> None:
    """What is still buffered for a reader that went away goes nowhere, and raises nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _of_system(error: OSError) -> ParleyError:
    """What the system refused, where no command said it better."""
    where = str(error.filename or "")
    return ConfigError(
        f"{where or 'the system'}: {error.strerror or type(error).__name__}",
        right="a file or directory that exists and that this user may use",
        where=where,
    )


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: [bold]parley demo[/bold], or [bold]parley init --help[/bold].",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"parley {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Deconfliction between parties that share an airspace and do not trust each other.

    Every party runs its own node and keeps its own log. Start alone: checking a notice, watching
    tracks and keeping the log need no counterpart.
    """


for _group in (
    demo, init, peer, people, keys, root_keys, backup, agreement, serve, notice, check, answer,
    urgent,
    nonconforming, own, ask, watch, alarm, feed, paper, release, directory, meeting, carry,
    recover, records, evidence, verify, trace,
    duty, unit, incident, mechanism, pack, hotline, draft, alerts, handover,
):  # fmt: skip
    _group.register(app)


def main() -> None:
    """The entry point of the ``parley`` command. Never shows a traceback: what is no
    ParleyError is a fault of Parley's own, told in a line (PARLEY_TRACEBACK=1 shows it)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="parley")
    except Exception as error:
        if os.environ.get("PARLEY_TRACEBACK"):
            raise
        sys.stderr.write(
            f"Parley failed: {type(error).__name__}: {error}\n"
            "  This is a fault of Parley, not of your input. PARLEY_TRACEBACK=1 shows where.\n"
        )
        sys.exit(OUR_FAULT)
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _nobody_reads()
