"""Bytes over TCP, with or without TLS: we connect, or we listen."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

from parley.feeds.pipe import Feed, Lost, Pipe

CHUNK = 65_536
MAX_CALLERS = 8
TOO_MANY_CALLERS = "too-many-callers"


async def from_tcp(feed: Feed) -> None:
    """Connects and reads until the way is gone: raises Lost. The transport holds twice ``CHUNK``
    at most, then TCP holds the sender."""
    config = feed.config
    context = await tls_context(feed)
    try:
        async with asyncio.timeout(config.connect_s):
            reader, writer = await asyncio.open_connection(
                config.host,
                config.port,
                limit=CHUNK,
                ssl=context,
                server_hostname=(config.tls_name or config.host) if context else None,
            )
    except (OSError, TimeoutError, ssl.SSLError) as error:
        raise Lost(reason_of(error)) from None
    try:
        await _read(feed, reader, writer)
    finally:
        writer.transport.abort()


async def from_callers(feed: Feed) -> None:
    """Listens, and reads from up to ``MAX_CALLERS`` at once, each with its own decoder."""
    config = feed.config
    callers: set[asyncio.Task[None]] = set()

    async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(callers) >= MAX_CALLERS:
            feed.meter.refused(TOO_MANY_CALLERS)
            writer.transport.abort()
            return
        callers.add(task)
        try:
            await _read(feed, reader, writer)
        except (Lost, asyncio.CancelledError):
            pass
        finally:
            callers.discard(task)
            writer.transport.abort()

    try:
        server = await asyncio.start_server(call, config.host, config.port, limit=CHUNK)
    except OSError as error:
        raise Lost(reason_of(error)) from None
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        server.close()
        for task in tuple(callers):
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


async def _read(feed: Feed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    feed.meter.connected()
    pipe, error = Pipe(feed), ""
    try:
        while True:
            try:
                async with asyncio.timeout(feed.config.dead_s):
                    data = await reader.read(CHUNK)
            except TimeoutError:
                raise Lost(f"nothing came for {feed.config.dead_s:g} s") from None
            except (OSError, ssl.SSLError) as failure:
                raise Lost(reason_of(failure)) from None
            if not data:
                raise Lost("the other side closed the connection")
            await pipe.take(data)
    except Lost as lost:
        error = str(lost)
        raise
    finally:
        pipe.close()
        feed.meter.lost(error)


async def tls_context(feed: Feed) -> ssl.SSLContext | None:
    """None without TLS. Raises Lost when the certificates cannot be read."""
    if not feed.config.tls:
        return None
    ca_file = feed.config.ca_file
    try:
        return await asyncio.to_thread(ssl.create_default_context, cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise Lost(f"the certificates in ca_file cannot be read: {reason_of(error)}") from None


def reason_of(error: BaseException) -> str:
    """In a few words, without the addresses that texts of the system carry."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, socket.gaierror):
        return "the host has no address"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.partition("(")[0].strip()[:100]
    return type(error).__name__
