"""HTTP over a connection whose other end is known by the pin of its TLS key, request by request."""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from parley.errors import PeerError
from parley.node.pins import Doorkeeper, pin_behind

MAX_CONNECTIONS = 32
"""Of one TLS key at one server; one more is closed, so that no peer takes the others' places."""

_log = structlog.get_logger("parley.web")


class PinnedProtocol(HttpToolsProtocol):
    """uvicorn's protocol behind a handshake. Whose pin is dropped from the roster while it is
    connected is cut off before its next byte is read."""

    def __init__(
        self,
        keeper: Doorkeeper,
        counts: Counter[str],
        *,
        config: uvicorn.Config,
        server_state: ServerState,
    ) -> None:
        """counts: connections by pin, shared by all connections of a server."""
        super().__init__(config=config, server_state=server_state, app_state={})
        self._keeper = keeper
        self._counts = counts
        self._pin = ""
        self._welcome = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        try:
            self._pin = pin_behind(transport.get_extra_info("ssl_object"))
        except PeerError as error:
            self._turn_away(error.what)
            return
        self._counts[self._pin] += 1
        if self._counts[self._pin] > MAX_CONNECTIONS:
            self._turn_away(f"more than {MAX_CONNECTIONS} connections of one key")
            return
        self._welcome = True
        self._still_known()

    def data_received(self, data: bytes) -> None:
        if self._welcome and self._still_known():
            super().data_received(data)

    def shutdown(self) -> None:
        """The server stops: who has its answer, if it had a question, is not waited for."""
        cycle: RequestResponseCycle | None = self.cycle
        idle = cycle is None or cycle.response_complete
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._welcome = False
        if self._pin:
            self._counts[self._pin] -= 1
            if not self._counts[self._pin]:
                del self._counts[self._pin]
        super().connection_lost(exc)

    def _still_known(self) -> bool:
        """Whether the pin counts now; if so, the next request is of its party."""
        try:
            party = self._keeper.who(self._pin)
        except PeerError as error:
            self._turn_away(error.what)
            return False
        self.app_state = {"peer_party": party, "peer_pin": self._pin}
        return True

    def _turn_away(self, why: str) -> None:
        self._welcome = False
        _log.warning("peer-turned-away", client=self.client and self.client[0], why=why)
        self.transport.abort()
