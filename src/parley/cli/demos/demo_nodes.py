"""Three real nodes for the demo: SQLite, fresh keys, couriers, mutual TLS on loopback."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parley.cli import keymaking
from parley.cli.build import fresh_salt
from parley.errors import OurError
from parley.ledger import VerifyKey
from parley.node.context import Context
from parley.node.node import Node
from parley.rules.agreement import Agreement
from parley.wire.agreement import agreement_digest

if TYPE_CHECKING:
    from parley.node.pins import Tls
    from parley.peers import Hub

LOOPBACK = "127.0.0.1"
SETTLE_S = 20.0
_POLL_S = 0.002
ROUNDS_BY_HAND_S = 86_400.0
"""Heads are cosigned after each word, by the clock of the replay, not by that of this machine."""


class SimClock:
    """The clock that all nodes of a replay read; it stands until it is set."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def set(self, now_ms: int) -> None:
        self.now_ms = now_ms


@dataclass(frozen=True, slots=True)
class Loopback:
    """nodes and their base URLs by party, the roots that a verifier pins, the couriers."""

    nodes: Mapping[str, Node]
    urls: Mapping[str, str]
    roots: Mapping[str, VerifyKey]
    hubs: tuple[Hub, ...]

    async def settle(self) -> None:
        """Returns when every outbox is empty: all that was said is receipted, and every log's head
        is cosigned by the others. OurError: never."""
        said = await self._waiting()
        for hub in self.hubs:
            hub.wake()
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + SETTLE_S
        while await self._waiting():
            if loop.time() > deadline_s:
                links = (link for node in self.nodes.values() for link in node.links())
                why = "; ".join(sorted({link.error for link in links if link.error}))
                raise OurError(
                    f"statements did not arrive in {SETTLE_S:.0f} s: {why or 'no answer'}",
                    right="loopback sockets that this process may use",
                )
            await asyncio.sleep(_POLL_S)
        if said:
            await self.witness()

    async def witness(self) -> None:
        """Each party has the others cosign its head. OurError: one would not."""
        for hub in self.hubs:
            for peer, trouble in (await hub.round()).items():
                if trouble:
                    raise OurError(f"a round with {peer} failed: {trouble}", right="cosigned heads")

    async def _waiting(self) -> bool:
        for node in self.nodes.values():
            for peer in node.context.others:
                if await node.parcels(peer, 1):
                    return True
        return False


class _Door:
    """What a server needs of the couriers, before they exist: they need the servers' ports."""

    def __init__(self) -> None:
        self.hub: Hub | None = None

    def wake(self) -> None:
        if self.hub is not None:
            self.hub.wake()

    async def heartbeat(self, note: bytes) -> bytes:
        if self.hub is None:
            raise OurError("the couriers have not started yet", right="try again")
        return await self.hub.heartbeat(note)


@asynccontextmanager
async def loopback(agreement: Agreement, folder: Path, clock: SimClock) -> AsyncIterator[Loopback]:
    """A node for each party of the agreement, each on its own port and database in ``folder``.

    All are started and connected; all are stopped in order at the end.
    """
    from parley.ledger.certificate import make_certificate
    from parley.node.pins import RosterPins, TlsIdentity
    from parley.peers import Hub, Pace
    from parley.store.sqlite import SqliteStore
    from parley.web import create_app, create_peer_app
    from parley.web.server import serve

    by_hand = Pace(head_s=ROUNDS_BY_HAND_S)
    ref = agreement_digest(agreement)
    made = {p.id: keymaking.fresh_party(p.id, clock()) for p in agreement.parties}
    rosters = tuple(keys.roster for keys in made.values())
    roots = {party: keys.root.verifier for party, keys in made.items()}
    nodes: dict[str, Node] = {}
    doors = {party: _Door() for party in made}
    urls: dict[str, str] = {}
    ways: dict[str, str] = {}
    pipes: dict[str, Tls] = {}
    async with AsyncExitStack() as stack:
        for party, keys in made.items():
            store = await SqliteStore.open(folder / f"{party}.db")
            node = Node(Context(party, agreement, ref, keys.own, rosters), store, clock, fresh_salt)
            stack.push_async_callback(node.close)
            await node.start()
            app = create_app(
                node,
                operator_token=secrets.token_urlsafe(32),
                on_work=None,
                hub=doors[party],
            )
            running = await serve(app, LOOPBACK, 0)
            stack.push_async_callback(running.stop)
            pins = RosterPins(party, node.ring)
            await pins.refresh()
            pipes[party] = pins.tls(TlsIdentity(make_certificate(party, keys.tls), keys.tls))
            inner = create_peer_app(node, hub=doors[party])
            door = await serve(inner, LOOPBACK, 0, tls=pipes[party])
            stack.push_async_callback(door.stop)
            nodes[party], urls[party] = node, f"http://{LOOPBACK}:{running.port}"
            ways[party] = f"https://{LOOPBACK}:{door.port}"
        hubs = []
        jitter = secrets.SystemRandom().random
        for party, node in nodes.items():
            peers = {peer: url for peer, url in ways.items() if peer != party}
            hub = Hub(node, peers, jitter=jitter, pace=by_hand, tls=pipes[party])
            doors[party].hub = hub
            await hub.start()
            stack.push_async_callback(hub.stop)
            hubs.append(hub)
        yield Loopback(nodes, urls, roots, tuple(hubs))
