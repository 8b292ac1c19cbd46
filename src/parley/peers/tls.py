"""The client of one peer: over TLS, no certificate but that peer's pinned ones is accepted there.

A client is made for the certificates and pins of a moment. When they are others, the next
exchange is over a new client and the connections of the old one are closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from parley.errors import PeerError, UnknownPartyError
from parley.node.pins import Pins, Tls, client_context, pin_behind, pin_or_empty
from parley.peers.line import Unreached, new_client


class PeerClient:
    """The way to one peer. tls: None for plain HTTP (and for https with the system's CAs)."""

    def __init__(self, peer: str, url: str, tls: Tls | None) -> None:
        self._peer = peer
        self._plain = url.startswith("http:")
        self._tls = tls
        self._made_for: object = None
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()

    async def now(self) -> httpx.AsyncClient:
        """The client for what is pinned now. Raises Unreached: nothing of the peer is pinned."""
        async with self._making:
            trusted = self._trusted()
            if self._client is None or trusted != self._made_for:
                await self.aclose()
                self._client = await asyncio.to_thread(self._new, trusted)
                self._made_for = trusted
            return self._client

    def extensions(self) -> dict[str, Any]:
        """What a request carries so that its connection is checked before a byte is sent."""
        return {} if self._tls is None else {"trace": _Watch(self._peer, self._tls.pins)}

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _trusted(self) -> frozenset[bytes]:
        """The peer's certificates whose pins count now."""
        if self._tls is None:
            return frozenset()
        pins = self._tls.pins().get(self._peer, frozenset())
        given = self._tls.certificates().get(self._peer, ())
        found = frozenset(der for der in given if pin_or_empty(der) in pins)
        if not found:
            raise Unreached(f"no TLS certificate of {self._peer} is pinned")
        return found

    def _new(self, trusted: frozenset[bytes]) -> httpx.AsyncClient:
        if self._tls is None:
            return new_client(verify=not self._plain)
        return new_client(verify=client_context(self._tls.identity, trusted))


class _Watch:
    """One request as httpcore tells of its steps: the key at the other end is looked at as soon as
    the handshake is done, and a handshake that is broken off leaves no socket open."""

    def __init__(self, peer: str, pins: Pins) -> None:
        self._peer = peer
        self._pins = pins
        self._stream: Any = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info["return_value"]
        if event == "connection.start_tls.complete":
            await self._check()
        elif event == "connection.start_tls.failed":
            await self._stream.aclose()

    async def _check(self) -> None:
        try:
            pin = pin_behind(self._stream.get_extra_info("ssl_object"))
            if pin not in self._pins().get(self._peer, frozenset()):
                raise UnknownPartyError(f"a TLS key that is not {self._peer}'s")
        except PeerError as error:
            await self._stream.aclose()
            raise Unreached(f"{self._peer}: {error.what}") from None
