"""The bootstrap: from a node directory, or from an agreement alone, to a node that works.

The only place that calls ``time.time_ns`` and ``secrets`` for the rooms below.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parley.cli import keymaking
from parley.cli.nodedir import NodeDir
from parley.errors import OurError, ParleyError
from parley.ledger import Keyring, open_roster
from parley.node.context import Context
from parley.node.node import Node
from parley.node.ports import Clock, Store
from parley.rules.agreement import Agreement
from parley.wire.agreement import agreement_digest

if TYPE_CHECKING:
    from parley.node.people.people import People
    from parley.node.pins import RosterPins, TlsIdentity
    from parley.web.server import Certificate, Running

SALT_BYTES = 16
TICK_S = 1.0


def clock_ms() -> int:
    """Now, in milliseconds since the epoch, UTC, by this machine's clock."""
    return time.time_ns() // 1_000_000


def fresh_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def context_of(directory: NodeDir) -> Context:
    """Who the node in ``directory`` is. Raises ConfigError."""
    agreement = directory.agreement()
    return Context(
        party=directory.config.party,
        agreement=agreement,
        agreement_ref=agreement_digest(agreement),
        keys=directory.own_keys(),
        rosters=directory.rosters(),
    )


@asynccontextmanager
async def stored_node(directory: NodeDir) -> AsyncIterator[Node]:
    """The node on its database; not started, so nothing is written unless asked for."""
    from parley.store.sqlite import SqliteStore

    context = context_of(directory)
    store = await SqliteStore.open(directory.database)
    proofs = await _proofs(directory)
    node = Node(context, store, clock_ms, fresh_salt, proofs, quorum=directory.config.quorum)
    try:
        yield node
    finally:
        await node.close()


async def _proofs(directory: NodeDir) -> Store:
    """Heads and copies of logs, to be had again from the peers: damage to them stops no node."""
    from parley.cli.show import Out
    from parley.store.memory import MemoryStore
    from parley.store.sqlite import SqliteStore

    try:
        return await SqliteStore.open(directory.proofs, readers=1, synced=False)
    except OurError as error:
        Out().note(f"proofs.db is not used: {error}")
        return MemoryStore()


async def logged(directory: NodeDir) -> Keyring:
    """The rosters that the node's log believes; none where it never started."""
    if not directory.database.exists():
        return Keyring({})
    async with stored_node(directory) as node:
        return await node.ring()


async def believed(directory: NodeDir) -> Keyring:
    """The newest roster of each party: handed over, or come over the wire since."""
    ring = (await logged(directory)).rosters
    given = (open_roster(note) for note in directory.rosters())
    newer = {r.party: r for r in given if r.party not in ring or r.serial > ring[r.party].serial}
    return Keyring({**ring, **newer})


@dataclass(frozen=True, slots=True)
class Served:
    """The two listeners of a node: for its officers, and for its peers."""

    operator: Running
    peers: Running

    async def wait(self) -> None:
        """Returns when either has ended; raises what ended it."""
        ends = [asyncio.ensure_future(one.wait()) for one in (self.operator, self.peers)]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        for end in done:
            end.result()


def peer_address(address: tuple[str, int]) -> tuple[str, int]:
    """Where the peers' door listens when nothing else is said: the next port (0: any)."""
    host, port = address
    return host, port and port + 1


@asynccontextmanager
async def served_node(
    directory: NodeDir,
    address: tuple[str, int],
    peers_at: tuple[str, int] | None = None,
    identity: TlsIdentity | None = None,
    certificate: Certificate | None = None,
) -> AsyncIterator[Served]:
    """The node started, its couriers and its watch running, its API and its door for the peers
    listening; all stopped in order. identity: for mutual TLS at the door and on the way out; left
    out: plain HTTP. certificate: for TLS towards browsers; left out: plain HTTP."""
    from parley.cli.alertsfile import alerted
    from parley.cli.drafted import drafted
    from parley.cli.hotlinefile import lines_kept
    from parley.cli.manning import manned
    from parley.cli.watching import remembered, watched
    from parley.node.pins import RosterPins
    from parley.outlets.press import Press
    from parley.peers.hub import Hub
    from parley.web.app import create_app, create_peer_app
    from parley.web.server import serve

    async with stored_node(directory) as node:
        await node.start()
        pins = RosterPins(directory.config.party, node.ring)
        await pins.refresh()
        tls = None if identity is None else pins.tls(identity)
        jitter = secrets.SystemRandom().random
        hub = Hub(node, directory.config.urls, jitter=jitter, tls=tls)
        await hub.start()
        ticking = asyncio.create_task(_tick(node, pins), name="parley-tick")
        try:
            async with AsyncExitStack() as stack:
                watching = await stack.enter_async_context(watched(node, directory, clock_ms))
                history = await stack.enter_async_context(remembered(watching, directory))
                alerts = await stack.enter_async_context(alerted(node, directory, clock_ms))
                lines = await stack.enter_async_context(lines_kept(node, directory, hub.wake))
                people = await stack.enter_async_context(seated(node, directory))
                await stack.enter_async_context(manned(node, people))
                drafts = await stack.enter_async_context(drafted(node, directory, fresh_salt))
                app = create_app(
                    node,
                    operator_token=directory.operator_token(),
                    on_work=hub.wake,
                    hub=hub,
                    watching=watching,
                    history=history,
                    press=Press(),
                    alerts=alerts,
                    hotline=lines,
                    zones=directory.config.zones,
                    people=people,
                    drafting=drafts,
                )
                operator = await serve(app, *address, certificate=certificate)
                stack.push_async_callback(operator.stop)
                door = create_peer_app(node, hub=hub)
                peers = await serve(door, *(peers_at or peer_address(address)), tls=tls)
                stack.push_async_callback(peers.stop)
                yield Served(operator, peers)
        finally:
            ticking.cancel()
            await asyncio.wait((ticking,))
            await hub.stop()


@asynccontextmanager
async def seated(node: Node, directory: NodeDir) -> AsyncIterator[People | None]:
    """Who may sit at the console. Damage to people.db stops no node: then nobody logs in."""
    from parley.cli.consolefile import read_console
    from parley.cli.show import Out
    from parley.node.people.people import People
    from parley.store.people import SqlitePeople

    settings = read_console(directory.path).settings()
    party = node.context.party
    try:
        store = await SqlitePeople.open(directory.people)
    except OurError as error:
        Out().note(f"people.db is not used, nobody can log in: {error}")
        yield None
        return
    people = People(
        store,
        clock=clock_ms,
        fresh=secrets.token_bytes,
        duties=lambda: node.agreement.party(party).roles,
        settings=settings,
    )
    try:
        yield people
    finally:
        await people.close()


async def _tick(node: Node, pins: RosterPins) -> None:
    """Lets time pass in the node, and pins what its rosters say now; a store that fails is told,
    and tried again."""
    import structlog

    log = structlog.get_logger("parley.cli")
    while True:
        await asyncio.sleep(TICK_S)
        try:
            await node.tick()
            await pins.refresh()
        except ParleyError as error:
            log.error("tick-failed", error=str(error))


@asynccontextmanager
async def memory_nodes(
    agreement: Agreement, clock: Clock = clock_ms
) -> AsyncIterator[Mapping[str, Node]]:
    """One started node in memory for each party, with keys that live as long as this context."""
    from parley.store.memory import MemoryStore

    ref = agreement_digest(agreement)
    made = {p.id: keymaking.fresh_party(p.id, clock()) for p in agreement.parties}
    rosters = tuple(party.roster for party in made.values())
    nodes = {
        party: Node(
            Context(party, agreement, ref, keys.own, rosters), MemoryStore(), clock, fresh_salt
        )
        for party, keys in made.items()
    }
    try:
        for node in nodes.values():
            await node.start()
        yield nodes
    finally:
        for node in nodes.values():
            await node.close()
