"""A TAK server for tests: a real socket, TCP or TLS, that repeats what one client says to the
others, answers pings, and can be silent, slow or dead.

It keeps every byte that came, whole events and in order. It judges nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable

from parley.wire.cot.event import CotEvent, CotRefusedError, event_xml, parse_event
from parley.wire.cot.proto import MAGIC, event_from_proto, read_varint, stream_frame

OFFER = (
    b'<event version="2.0" uid="protouid" type="t-x-takp-v" how="m-g"'
    b' time="2023-11-14T22:13:20Z" start="2023-11-14T22:13:20Z" stale="2033-11-14T22:13:20Z">'
    b'<point lat="0" lon="0" hae="0" ce="999999" le="999999"/><detail><TakControl>'
    b'<TakProtocolSupport version="1"/></TakControl></detail></event>'
)
_ANSWER = (
    b'<event version="2.0" uid="%s" type="%s" how="m-g"'
    b' time="2023-11-14T22:13:20Z" start="2023-11-14T22:13:20Z" stale="2033-11-14T22:13:20Z">'
    b'<point lat="0" lon="0" hae="0" ce="999999" le="999999"/><detail>%s</detail></event>'
)
PONG = _ANSWER % (b"takPong", b"t-x-c-t-r", b"")
ACCEPTED = _ANSWER % (
    b"protouid",
    b"t-x-takp-r",
    b'<TakControl><TakResponse status="true"/></TakControl>',
)


class TakServer:
    """pongs: it answers pings. offers: it offers TAK protocol 1; accepts: and agrees to it.
    reads: False for a server that takes no byte. Its port stays the same over ``fall``/``rise``.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        pongs: bool = True,
        offers: bool = False,
        accepts: bool = True,
        reads: bool = True,
    ) -> None:
        self.port = 0
        self.events: list[CotEvent] = []
        self.bytes = bytearray()
        self.binary = 0
        self.unread: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._pongs = pongs
        self._offers = offers
        self._accepts = accepts
        self._reads = reads
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = asyncio.Condition()

    async def rise(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def fall(self) -> None:
        """Killed: connections are reset, what was under way is lost."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    async def say(self, data: bytes) -> None:
        """These bytes to every client, as they are."""
        for writer in list(self._writers):
            writer.write(data)
            await writer.drain()

    async def until(self, true: Callable[[], bool]) -> None:
        """Returns when it holds; looks again whenever something came."""
        async with self._heard:
            await self._heard.wait_for(true)

    def of(self, *types: str) -> list[CotEvent]:
        """What came of these types (beginnings), in order."""
        return [event for event in self.events if event.type.startswith(types)]

    def forget(self) -> None:
        self.events.clear()
        self.bytes.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers[writer] = False
        self.connections += 1
        async with self._heard:
            self._heard.notify_all()
        try:
            if self._offers:
                writer.write(OFFER)
            if not self._reads:
                await asyncio.Event().wait()
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers.pop(writer, None)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        while data := await reader.read(65536):
            self.bytes += data
            rest += data
            while (cut := _cut(rest)) is not None:
                whole, rest, binary = cut
                await self._heed(whole, writer, binary=binary)
            async with self._heard:
                self._heard.notify_all()

    async def _heed(self, whole: bytes, writer: asyncio.StreamWriter, *, binary: bool) -> None:
        try:
            event = event_from_proto(whole) if binary else parse_event(whole)
        except CotRefusedError:
            self.unread.append(whole)
            return
        self.binary += binary
        self.events.append(event)
        if event.type == "t-x-c-t":
            if self._pongs:
                writer.write(PONG)
        elif event.type == "t-x-takp-q":
            if self._accepts:
                writer.write(ACCEPTED)
                self._writers[writer] = True
        else:
            for other, speaks_binary in list(self._writers.items()):
                if other is not writer:
                    other.write(stream_frame(event) if speaks_binary else event_xml(event))


def _cut(rest: bytes) -> tuple[bytes, bytes, bool] | None:
    """The first whole message, what is behind it, and whether it was protobuf."""
    rest = rest.lstrip()
    if rest[:1] == bytes([MAGIC]):
        read = read_varint(rest, 1)
        if read is None or len(rest) < sum(read):
            return None
        size, begin = read
        return rest[begin : begin + size], rest[begin + size :], True
    end = rest.find(b"</event>")
    if end < 0:
        return None
    return rest[: end + 8], rest[end + 8 :], False


class TakClient:
    """A plain TAK user: says what a test gives it, keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[CotEvent] = []
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Condition()

    async def connect(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        reader, self._writer = await asyncio.open_connection(host, port, ssl=tls)
        self._task = asyncio.create_task(self._read(reader))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._writer is not None:
            self._writer.transport.abort()

    async def say(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)
        await self._writer.drain()

    async def until(self, true: Callable[[], bool]) -> None:
        async with self._heard:
            await self._heard.wait_for(true)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while data := await reader.read(65536):
            rest += data
            while (cut := _cut(rest)) is not None:
                whole, rest, binary = cut
                with contextlib.suppress(CotRefusedError):
                    self.events.append(event_from_proto(whole) if binary else parse_event(whole))
            async with self._heard:
                self._heard.notify_all()
