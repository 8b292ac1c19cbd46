"""Datagrams over UDP, to one address or to a multicast group; each is decoded on its own."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct

from parley.feeds.pipe import Feed, Lost, Pipe
from parley.feeds.stream import reason_of

RECEIVE_BUFFER = 4 * 1024 * 1024


async def from_udp(feed: Feed) -> None:
    """Binds, joins the group if it is one, and takes what comes until it fails: raises Lost."""
    loop = asyncio.get_running_loop()
    try:
        bound = await _bound(feed)
    except ValueError:
        raise Lost("the interface is no IPv4 address") from None
    except OSError as error:
        raise Lost(reason_of(error)) from None
    gone: asyncio.Future[str] = loop.create_future()
    pipe = Pipe(feed)
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Taker(pipe, gone), sock=bound)
    except OSError as error:
        pipe.close()
        bound.close()
        raise Lost(reason_of(error)) from None
    feed.meter.connected()
    error_text = ""
    try:
        error_text = await gone
        raise Lost(error_text)
    finally:
        transport.abort()
        pipe.close()
        feed.meter.lost(error_text)


async def _bound(feed: Feed) -> socket.socket:
    config, loop = feed.config, asyncio.get_running_loop()
    found = await loop.getaddrinfo(config.host, config.port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    group = ipaddress.ip_address(str(address[0]).partition("%")[0])
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setblocking(False)
        with contextlib.suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if group.is_multicast:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        if group.is_multicast:
            _join(bound, group, config.interface)
    except BaseException:
        bound.close()
        raise
    return bound


def _join(
    bound: socket.socket, group: ipaddress.IPv4Address | ipaddress.IPv6Address, interface: str
) -> None:
    if group.version == 4:
        card = ipaddress.IPv4Address(interface or "0.0.0.0")
        membership = group.packed + card.packed
        bound.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        return
    index = socket.if_nametoindex(interface) if interface else 0
    membership = group.packed + struct.pack("@I", index)
    bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)


class _Taker(asyncio.DatagramProtocol):
    def __init__(self, pipe: Pipe, gone: asyncio.Future[str]) -> None:
        self._pipe = pipe
        self._gone = gone

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._pipe.take_datagram(data)

    def error_received(self, exc: Exception) -> None:
        pass  # what an earlier datagram of somebody met; the socket goes on

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._gone.done():
            self._gone.set_result(reason_of(exc) if exc else "the socket was closed")
