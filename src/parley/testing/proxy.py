"""A TCP proxy on loopback that can be cut: connections die, new ones are thrown out."""

from __future__ import annotations

import asyncio
import contextlib


class CuttableProxy:
    """Passes bytes between clients and ``127.0.0.1:target_port``; its own port stays the same.

    It goes on listening while it is cut (closing an asyncio server can strand a client that was
    just accepted); whoever connects then is reset at once.
    """

    def __init__(self, target_port: int = 0) -> None:
        self.target_port = target_port
        self.port = 0
        self._whole = True
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def heal(self) -> None:
        self._whole = True

    async def cut(self) -> None:
        """Kill what is open (bytes under way are lost) and throw out what comes."""
        self._whole = False
        for writer in list(self._open):
            writer.transport.abort()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        await self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if not self._whole:
            writer.transport.abort()
            return
        self._tasks.add(task)
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            back, onward = await asyncio.open_connection("127.0.0.1", self.target_port)
            self._open.add(onward)
            await asyncio.gather(_pump(reader, onward), _pump(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, onward):
                if one is not None:
                    one.transport.abort()
                    self._open.discard(one)
            self._tasks.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
