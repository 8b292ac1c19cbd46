"""The line to a TAK server or group: TCP, TLS, UDP multicast. Bytes in, whole events out.

Invariant: at most 64 KiB and one event wait to be sent; who takes nothing is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from typing import Protocol

from parley.errors import ConfigError
from parley.feeds.tak.config import TakConfig

HIGH_WATER = 64 * 1024
READ_BYTES = 16 * 1024
MAX_DATAGRAMS = 1_000


class Line(Protocol):
    """datagrams: each ``read`` is a message of its own, and nothing tells whether one arrived.
    dropped: messages that came and found no room."""

    datagrams: bool

    @property
    def dropped(self) -> int: ...

    async def read(self) -> bytes:
        """What came; b"" at the end. OSError when the line is broken."""
        ...

    async def send(self, data: bytes) -> None:
        """Returns when little waits before it. OSError when the line is broken."""
        ...

    async def close(self) -> None: ...


class StreamLine:
    """TCP or TLS."""

    datagrams = False
    dropped = 0

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=HIGH_WATER)

    async def read(self) -> bytes:
        return await self._reader.read(READ_BYTES)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.transport.abort()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._writer.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_DATAGRAMS)
        self.dropped = 0
        self.free = asyncio.Event()
        self.free.set()

    def pause_writing(self) -> None:
        self.free.clear()

    def resume_writing(self) -> None:
        self.free.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            self.waiting.put_nowait(data)
        except asyncio.QueueFull:
            self.dropped += 1

    def error_received(self, exc: Exception) -> None:
        """A message that found nobody: nobody listens, which UDP does not tell otherwise."""


class DatagramLine:
    """A UDP group, or one address."""

    datagrams = True

    def __init__(
        self, transport: asyncio.DatagramTransport, protocol: _Datagrams, to: tuple[str, int]
    ) -> None:
        self._transport = transport
        self._protocol = protocol
        self._to = to

    @property
    def dropped(self) -> int:
        return self._protocol.dropped

    async def read(self) -> bytes:
        while not (data := await self._protocol.waiting.get()):
            pass
        return data

    async def send(self, data: bytes) -> None:
        if self._transport.is_closing():
            raise ConnectionError("the socket is closed")
        await self._protocol.free.wait()
        self._transport.sendto(data, self._to)

    async def close(self) -> None:
        self._transport.abort()


async def open_line(config: TakConfig, *, connect_s: float) -> Line:
    """Connected within connect_s. Raises OSError (TimeoutError and SSLError among them), or
    ConfigError for files that cannot be read."""
    scheme, host, port = config.address
    async with asyncio.timeout(connect_s):
        if scheme == "udp":
            return await _open_group(config, host, port)
        context = await asyncio.to_thread(tls_context, config) if scheme == "tls" else None
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
        return StreamLine(reader, writer)


def tls_context(config: TakConfig) -> ssl.SSLContext:
    """TLS 1.2 or later; the server must prove that ``ca_file`` signed it."""
    try:
        context = ssl.create_default_context(cafile=config.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = config.check_name
        if config.certificate_file:
            context.load_cert_chain(config.certificate_file, config.key_file or None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the TLS files of {config.name} cannot be used: {error}",
            right="PEM files: ca_file, certificate_file, key_file (without a password)",
            where=f"tak.{config.name}",
        ) from None
    return context


async def _open_group(config: TakConfig, host: str, port: int) -> Line:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    address: tuple[str, int] = (str(found[0][4][0]), port)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_group(address[0]):
            sock.bind((address[0], port))
            here = socket.inet_aton(config.interface)
            sock.setsockopt(
                socket.IPPROTO_IP,
                socket.IP_ADD_MEMBERSHIP,
                struct.pack("4s4s", socket.inet_aton(address[0]), here),
            )
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 32)
        else:
            sock.bind((config.interface, 0))
        transport, protocol = await loop.create_datagram_endpoint(_Datagrams, sock=sock)
    except BaseException:
        sock.close()
        raise
    return DatagramLine(transport, protocol, address)


def is_group(address: str) -> bool:
    """Whether it is an IPv4 multicast address."""
    return 224 <= socket.inet_aton(address)[0] <= 239
