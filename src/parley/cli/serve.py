"""``parley serve``: the node, its API and its couriers, until a signal asks it to stop."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parley.cli import files
from parley.cli.lock import alone
from parley.cli.options import DirArgument, JsonOption, examples
from parley.errors import ConfigError

if TYPE_CHECKING:
    from parley.cli.nodedir import NodeDir
    from parley.cli.show import Out
    from parley.web.server import Certificate, Running

COLLECT = (50_000, 20, 100)


def register(app: typer.Typer) -> None:
    app.command(
        "serve",
        epilog=examples(
            "parley serve node-ru",
            "parley serve node-ru --listen 127.0.0.1:0   (any free port; it says which)",
            "parley serve node-ru --listen 10.0.0.5:8701 --cert ru.pem --key ru.key",
            json="party, url, console, peer_url, directory, peers, pid; one line, as soon as it"
            " listens",
        ),
    )(serve)


def serve(
    directory: DirArgument,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Other than node.json says.")
    ] = "",
    peer_listen: Annotated[
        str, typer.Option("--peer-listen", metavar="HOST:PORT", help="The same, for the peers.")
    ] = "",
    cert: Annotated[
        str,
        typer.Option(
            "--cert", metavar="FILE", help="PEM certificate for our officers' browsers: TLS."
        ),
    ] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="Its private key, PEM, mode 0600.")
    ] = "",
    json_out: JsonOption = False,
) -> None:
    """Run the node: its console and API for our officers, its door for the peers (mutual TLS), its
    couriers. Useful alone. Ctrl-C or SIGTERM ends it.

    Logs go to standard error: for people on a terminal, else one JSON object a line.
    """
    from parley.cli import nodedir, show
    from parley.cli.addresses import parse_listen
    from parley.cli.consolefile import certificate_of
    from parley.web.server import run

    opened = nodedir.open_dir(directory)
    _check_confirmed(opened)
    address = parse_listen(listen or opened.config.listen)
    door = parse_listen(peer_listen or opened.config.peer_listen, where="peer_listen")
    shown = certificate_of(opened.path, cert, key)
    with alone(opened):
        configure_logs()
        _collect_rarely()
        run(_serve(opened, address, door, shown, show.Out(json_out)))


def _collect_rarely() -> None:
    """Collections of cyclic garbage pause everything, the watch too, for as long as there are
    objects to look at. What lasts is looked at no more, and the rest less often: nearly all of
    what comes and goes here is freed without a collection."""
    import gc

    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


def _check_confirmed(opened: NodeDir) -> None:
    """ConfigError: this directory came out of a backup, so its log may be an old one: what it
    signed now could contradict what it signed before."""
    if opened.config.restored:
        raise ConfigError(
            f"{opened.path} came out of a backup, and nobody told how far its log had grown",
            right=f"parley recover {opened.path}, or a new log: parley keys epoch {opened.path}",
            where=str(opened.path / "node.json"),
        )


def configure_logs() -> None:
    """structlog to standard error: console lines on a terminal, else JSON lines."""
    import structlog

    tty = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"))
        if tty
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not tty:
        processors.append(structlog.processors.dict_tracebacks)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


async def _serve(
    opened: NodeDir,
    address: tuple[str, int],
    door: tuple[str, int],
    shown: Certificate | None,
    out: Out,
) -> None:
    import asyncio

    import structlog

    from parley.cli import build

    log = structlog.get_logger("parley.cli")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    identity = opened.tls_identity()
    async with build.served_node(opened, address, door, identity, shown) as served:
        running = served.operator
        url = f"{running.scheme}://{_place(running)}"
        members: dict[str, Any] = {
            "party": opened.config.party,
            "url": url,
            "console": f"{url}/console/",
            "peer_url": f"https://{_place(served.peers)}",
            "directory": str(opened.path),
            "peers": sorted(opened.config.urls),
            "pid": os.getpid(),
        }
        with _announced(opened, running, shown):
            _say(out, members)
            told = {name: members[name] for name in ("url", "console", "peer_url", "party")}
            log.info("listening", **told)
            ended = asyncio.ensure_future(served.wait())
            asked = asyncio.ensure_future(stopping.wait())
            await asyncio.wait((ended, asked), return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
        log.info("stopping")
    await ended
    log.info("stopped")


def _place(running: Running) -> str:
    host = f"[{running.host}]" if ":" in running.host else running.host
    return f"{host}:{running.port}"


def _say(out: Out, members: dict[str, Any]) -> None:
    if out.json:
        out.value(members)
        return
    peers = ", ".join(members["peers"]) or "nobody yet (parley peer add)"
    out.line(f"{members['party']} listens at {members['url']}", "bold green")
    out.line(f"Its console: {members['console']}")
    out.line(f"Its door for the peers: {members['peer_url']}")
    out.line(f"It carries to: {peers}. Ctrl-C ends it.")


@contextmanager
def _announced(opened: NodeDir, running: Running, shown: Certificate | None) -> Iterator[None]:
    """running.json says to the other commands where the node listens, while it does, and by what
    certificate they know it."""
    said: dict[str, Any] = {"host": running.host, "port": running.port, "pid": os.getpid()}
    if shown is not None:
        said["certificate"] = str(shown.chain.resolve())
    files.write_config(opened.running, json.dumps(said).encode())
    try:
        yield
    finally:
        opened.running.unlink(missing_ok=True)
