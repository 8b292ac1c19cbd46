"""uvicorn inside our own loop: a bound port to ask for, a graceful stop, no signal handlers.

With ``certificate`` it speaks TLS 1.3 to anybody. With ``tls`` it speaks mutual TLS 1.3 only, and
each request says in ``scope["state"]`` which party is at the other end: ``peer_party``, and the pin
of its key, ``peer_pin``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from parley.errors import ConfigError
from parley.node.pins import Doorkeeper, Tls
from parley.web.pinned import PinnedProtocol

T = TypeVar("T")

STOP_S = 5
HANDSHAKE_S = 10.0
FAREWELL_S = 1.0
"""How long a closed TLS connection waits for the other end to say so too."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the operator's side shows to browsers: PEM files, the chain and its private key."""

    chain: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """TLS 1.3 with it. ConfigError: the files do not belong together, or are none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_cert_chain(self.chain, self.key, password=lambda: "")
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no TLS with this certificate and key: {error}",
                right="a PEM file with the certificate, and one with its key, not encrypted",
                where=str(self.chain),
            ) from None
        return context


class _Embedded(uvicorn.Server):
    """Signals belong to the composition root; several servers may live in one process."""

    def __init__(self, config: uvicorn.Config, keeper: Doorkeeper | None) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._keeper = keeper

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._keeper is None:
            await super().startup(sockets=sockets)
        else:
            await self._start_pinned(sockets or [], self._keeper)
        self.ready.set()

    async def _start_pinned(self, sockets: list[socket.socket], keeper: Doorkeeper) -> None:
        """As uvicorn starts, with less patience for a handshake and a protocol that knows pins."""
        loop = asyncio.get_running_loop()
        counts: Counter[str] = Counter()
        made = partial(
            PinnedProtocol, keeper, counts, config=self.config, server_state=self.server_state
        )
        self.servers = [
            await loop.create_server(
                made,
                sock=sock,
                backlog=self.config.backlog,
                ssl=keeper.context,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=FAREWELL_S,
            )
            for sock in sockets
        ]
        self.started = True


class Running:
    """A server that listens. ``port`` is the bound one (also when 0 was asked for)."""

    def __init__(
        self, app: FastAPI, server: _Embedded, sock: socket.socket, task: asyncio.Task[None]
    ) -> None:
        self._app = app
        self._server = server
        self._task = task
        self.scheme = "https" if server.config.ssl else "http"
        address = sock.getsockname()
        self.host: str = address[0]
        self.port: int = address[1]

    async def stop(self) -> None:
        """Ends the event streams, lets open requests finish for STOP_S, closes. Idempotent."""
        self._app.state.closing.set()
        self._server.should_exit = True
        await asyncio.wait([self._task])
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error

    async def wait(self) -> None:
        """Returns when the server has ended; raises what ended it."""
        await asyncio.shield(self._task)


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    tls: Tls | None = None,
    certificate: Certificate | None = None,
    backlog: int = 256,
    limit_concurrency: int = 1000,
) -> Running:
    """Listen on ``host`` and ``port`` (0: any free one) in the running loop; tls: for pinned peers
    only; certificate: HTTPS for anybody; neither: plain HTTP for anybody.

    Returns when it accepts connections. ConfigError: the address cannot be bound, the certificate
    cannot be used.
    """
    shown = None if certificate is None else await asyncio.to_thread(certificate.context)
    keeper = None if tls is None else await asyncio.to_thread(Doorkeeper, tls)
    sock = _bound(host, port, backlog)
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=backlog,
        limit_concurrency=limit_concurrency,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_S,
    )
    config.load()
    config.ssl = shown
    server = _Embedded(config, keeper)
    task = asyncio.create_task(server.serve(sockets=[sock]), name=f"parley-http-{port}")
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    running = Running(app, server, sock, task) if not task.done() else None
    if running is None:
        await task
        raise ConfigError(f"the server on {host}:{port} ended at once", right="a free address")
    return running


def _bound(host: str, port: int, backlog: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=backlog)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error}", right="a free address of this machine"
        ) from None
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
    return sock


def run(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
