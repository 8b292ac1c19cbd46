"""Real nodes on loopback for scenario tests: keys, stores, servers, mutual TLS, couriers, links
that can be cut.

Time in the statements is one ``HandClock`` that stands until it is turned; heartbeats and
retries run on the loop's own time, at a pace made for tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from types import TracebackType
from typing import Self

from parley.feeds.feeds import Feeds
from parley.feeds.formats import parse_feed
from parley.feeds.ports import Pauses
from parley.ledger.certificate import make_certificate
from parley.node.context import Context
from parley.node.drafting.drafting import Drafting
from parley.node.node import Node
from parley.node.people.people import People
from parley.node.pins import Certificates, Tls, TlsIdentity, pins_of
from parley.node.ports import Store
from parley.node.views import Link
from parley.node.watching.history import History
from parley.node.watching.settings import Settings
from parley.node.watching.watching import Watching
from parley.peers import Hub, Pace
from parley.peers.line import Answer, Line
from parley.peers.tls import PeerClient
from parley.rules.agreement import Agreement
from parley.store.history import SqliteHistory
from parley.store.memory import MemoryStore
from parley.store.sqlite import READERS, SqliteStore
from parley.testing.clock import HandClock, counting_salts
from parley.testing.drafting import drafting_of
from parley.testing.feedstand import WatchedIntake
from parley.testing.keys import own_keys, roster_note, seed_of
from parley.testing.people import people_of
from parley.testing.proxy import CuttableProxy
from parley.web import Running, create_app, create_peer_app, serve
from parley.wire.agreement import agreement_digest

TOKEN = "the-operator-token-of-tests"
QUICK = Pace(heartbeat_s=0.25, first_retry_s=0.02, last_retry_s=0.5, timeout_s=20.0, head_s=0.5)

BY_HAND = replace(QUICK, head_s=1000.0)
"""One round at the start; then those that a test goes: ``Mechanism.rounds``."""


def context_of(agreement: Agreement, party: str) -> Context:
    """The context of one party of an agreement whose parties all have test keys."""
    rosters = tuple(roster_note(p.id) for p in agreement.parties)
    return Context(party, agreement, agreement_digest(agreement), own_keys(party), rosters)


def tls_identity(party: str) -> TlsIdentity:
    """The TLS key and certificate of a party, the same in every run."""
    seed = seed_of(party, "tls")
    return TlsIdentity(make_certificate(party, seed), seed)


def tls_of(party: str, certificates: Certificates) -> Tls:
    """A party's TLS that pins what ``certificates`` gives."""
    return Tls(tls_identity(party), certificates, pins_of(certificates))


async def started_node(
    agreement: Agreement, party: str, *, store: Store | None = None, clock: HandClock | None = None
) -> Node:
    """One started node, in memory unless a store is given."""
    context = context_of(agreement, party)
    node = Node(context, store or MemoryStore(), clock or HandClock(), counting_salts(party))
    await node.start()
    return node


@dataclass(slots=True)
class _Seat:
    """One running party."""

    store: Store
    node: Node
    hub: Hub
    running: Running
    door: Running
    people: People
    drafting: Drafting
    watching: Watching | None = None
    feeds: Feeds | None = None
    history: History | None = None
    past: SqliteHistory | None = None


class Mechanism:
    """All parties of an agreement, each a real node with its own server and couriers.

    tmp_path: SQLite databases are kept there, ``<party>.db``; None: stores in memory.
    wrap: puts something around a party's store (a fake that fails). tls: mutual TLS between the
    nodes; ``certificates`` is what all of them pin, and a test may change it while they run.
    proofs: a party's second store; quorum: of cosigners, for every party. clocks: a party's own
    clock in place of the common one. watching: parties whose nodes watch, and how; their beats
    are gone by hand: ``beat``.
    """

    def __init__(
        self,
        agreement: Agreement,
        tmp_path: Path | None = None,
        *,
        clock: HandClock | None = None,
        clocks: Mapping[str, HandClock] | None = None,
        pace: Pace = QUICK,
        wrap: Mapping[str, Callable[[Store], Store]] | None = None,
        contexts: Mapping[str, Context] | None = None,
        readers: int = READERS,
        tls: bool = True,
        proofs: Mapping[str, Store] | None = None,
        quorum: int = 1,
        watching: Mapping[str, Settings] | None = None,
    ) -> None:
        self.agreement = agreement
        self.clock = clock or HandClock()
        self._clocks = dict(clocks or {})
        self.pace = pace
        self.parties = tuple(p.id for p in agreement.parties)
        self._tmp_path = tmp_path
        self._readers = readers
        self._wrap = dict(wrap or {})
        self._contexts = {p: context_of(agreement, p) for p in self.parties}
        self._contexts.update(contexts or {})
        self._salts = {p: counting_salts(p) for p in self.parties}
        self._seats: dict[str, _Seat] = {}
        self._ports: dict[str, int] = dict.fromkeys(self.parties, 0)
        self._doors: dict[str, int] = dict.fromkeys(self.parties, 0)
        self._tls = tls
        self._proofs = dict(proofs or {})
        self._quorum = quorum
        self.zones: dict[str, str] = {}
        self._watching = dict(watching or {})
        self._feeds: dict[str, tuple[tuple[str, str], ...]] = {}
        self._feed_options: dict[str, Mapping[str, object]] = {}
        self.certificates: dict[str, list[bytes]] = {
            party: [tls_identity(party).certificate] for party in self.parties
        }
        self._proxies: dict[tuple[str, str], CuttableProxy] = {}

    async def __aenter__(self) -> Self:
        try:
            for a, b in permutations(self.parties, 2):
                self._proxies[a, b] = CuttableProxy()
                await self._proxies[a, b].start()
            for party in self.parties:
                await self.rise(party)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        for party in list(self._seats):
            await self.fall(party)
        for proxy in self._proxies.values():
            await proxy.close()

    def node(self, party: str) -> Node:
        return self._seats[party].node

    def watching(self, party: str) -> Watching:
        """The watch of a party that was given settings for one."""
        found = self._seats[party].watching
        assert found is not None, f"{party} does not watch"
        return found

    def drafting(self, party: str) -> Drafting:
        """The drafts that wait at the party's console."""
        return self._seats[party].drafting

    def people(self, party: str) -> People:
        """Who may log in at the party's console: those of ``testing.people.PERSONS``."""
        return self._seats[party].people

    def history(self, party: str) -> History:
        """What the watch of a party showed; it is kept by itself, every ten seconds."""
        found = self._seats[party].history
        assert found is not None, f"{party} does not watch"
        return found

    def hub(self, party: str) -> Hub:
        return self._seats[party].hub

    async def ask(self, party: str, peer: str, path: str) -> Answer:
        """What the door of ``peer`` answers ``party`` to a GET."""
        scheme = "https" if self._tls else "http"
        url = f"{scheme}://127.0.0.1:{self._proxies[party, peer].port}"
        tls = tls_of(party, lambda: self.certificates) if self._tls else None
        client = PeerClient(peer, url, tls)
        try:
            return await Line(client, url).get(path, timeout_s=self.pace.timeout_s)
        finally:
            await client.aclose()

    def context(self, party: str) -> Context:
        """What the party's node was or will be started with."""
        return self._contexts[party]

    def hears(self, party: str, *feeds: tuple[str, str], **options: object) -> None:
        """From its next rise on the party's watch has these feeds: name and URL of each. options:
        of all of them, as in a feed's configuration."""
        self._feeds[party] = feeds
        self._feed_options[party] = options

    def speaks_as(self, party: str, context: Context) -> None:
        """From its next rise on the party has these keys and rosters."""
        self._contexts[party] = context

    def store(self, party: str) -> Store:
        """The store as the node has it, with what was wrapped around it."""
        return self._seats[party].store

    def url(self, party: str) -> str:
        """Where the party's officers reach it; peers come to its other port through a proxy."""
        return f"http://127.0.0.1:{self._ports[party]}"

    def link(self, party: str, peer: str) -> Link:
        """The link to ``peer`` as ``party`` sees it."""
        return next(link for link in self.node(party).links() if link.peer == peer)

    async def rise(self, party: str, *, asks: bool = True) -> None:
        """Start a party, or start it again from its database, its clock a second later.

        asks: False for a node that does not care what its peers know of its log."""
        self.clock.advance(1_000)
        store = await self._store(party)
        others = self._contexts[party].others
        seat = await self._seat(party, store, others, self._ports[party], self._doors[party], asks)
        self._ports[party], self._doors[party] = seat.running.port, seat.door.port
        for other in self.parties:
            if other != party:
                self._proxies[other, party].target_port = seat.door.port
        await seat.hub.start()
        self._seats[party] = seat

    async def twin(self, party: str, *peers: str, store: Store | None = None) -> Node:
        """A second node under the keys of ``party``, on a store of its own: from now on these
        peers reach it in place of the first, which does not reach them. It asks nobody."""
        ways = {peer: self._doors[peer] for peer in peers}
        seat = await self._seat(party, store or MemoryStore(), peers, 0, 0, False, ways)
        for peer in peers:
            await self._proxies[party, peer].cut()
            await self._proxies[peer, party].cut()
            self._proxies[peer, party].target_port = seat.door.port
            self._proxies[peer, party].heal()
        self._seats[f"{party}'"] = seat
        await seat.hub.start()
        return seat.node

    async def _seat(
        self,
        party: str,
        store: Store,
        others: Sequence[str],
        port: int,
        door_port: int,
        asks: bool,
        ways: Mapping[str, int] | None = None,
    ) -> _Seat:
        """ways: ports of peers' doors that are reached without a proxy."""
        proofs = self._proofs.get(party)
        clock, salts = self._clocks.get(party, self.clock), self._salts[party]
        node = Node(self._contexts[party], store, clock, salts, proofs, quorum=self._quorum)
        await node.start()
        tls = tls_of(party, lambda: self.certificates) if self._tls else None
        scheme = "https" if self._tls else "http"
        ports = ways or {other: self._proxies[party, other].port for other in others}
        urls = {other: f"{scheme}://127.0.0.1:{ports[other]}" for other in others}
        hub = Hub(node, urls, jitter=lambda: 0.0, pace=self.pace, tls=tls)
        if not asks:
            node.trust.confirming.expect(())
        watching, heard, history, past = None, None, None, None
        if party in self._watching:
            watching = Watching(node, self._watching[party])
            watching.intake = WatchedIntake()
            await watching.start()
            heard = Feeds(
                watching.intake,
                [
                    parse_feed(name, url, self._feed_options[party])
                    for name, url in self._feeds.get(party, ())
                ],
                clock_ms=clock,
                jitter=lambda: 0.0,
                pauses=Pauses(0.01, 0.05),
            )
            await heard.start()
            file = None if self._tmp_path is None else self._tmp_path / f"{party}-history.db"
            past = await asyncio.to_thread(SqliteHistory, file)
            history = History(watching, past)
            await history.start()
        kept = None if self._tmp_path is None else self._tmp_path / f"{party}-people.db"
        people = await people_of(node, kept)
        waiting = None if self._tmp_path is None else self._tmp_path / f"{party}-drafts.db"
        drafting = await drafting_of(node, waiting)
        app = create_app(
            node,
            operator_token=TOKEN,
            hub=hub,
            watching=watching,
            history=history,
            people=people,
            drafting=drafting,
            zones=self.zones,
            stream_beat_s=0.2,
        )
        running = await serve(app, "127.0.0.1", port)
        door = await serve(create_peer_app(node, hub=hub), "127.0.0.1", door_port, tls=tls)
        return _Seat(
            store, node, hub, running, door, people, drafting, watching, heard, history, past
        )

    async def fall(self, party: str) -> None:
        """Stop a party: couriers first, then its servers, then its store."""
        seat = self._seats.pop(party)
        if seat.feeds is not None:
            await seat.feeds.stop()
        if seat.history is not None and seat.past is not None:
            await seat.history.stop()
            await asyncio.to_thread(seat.past.close)
        if seat.watching is not None:
            await seat.watching.stop()
        await seat.hub.stop()
        await seat.door.stop()
        await seat.running.stop()
        await seat.people.close()
        await seat.drafting.close()
        await seat.node.close()

    async def cut(self, a: str, b: str) -> None:
        """No byte passes between the two any more, in either direction."""
        await asyncio.gather(self._proxies[a, b].cut(), self._proxies[b, a].cut())

    def heal(self, a: str, b: str) -> None:
        """Bytes pass again."""
        self._proxies[a, b].heal()
        self._proxies[b, a].heal()

    async def until(self, party: str, true: Callable[[], bool]) -> None:
        """Returns when ``true()`` holds; looks again after each write of the party's node."""
        node = self.node(party)
        while True:
            bell = asyncio.create_task(node.wait_for_event())
            await asyncio.sleep(0)
            if true():
                bell.cancel()
                return
            await bell

    async def settle(self, *parties: str) -> None:
        """Returns when no party (or none of these) has anything pending for any peer."""
        for party in parties or tuple(self._seats):
            await self._emptied(party)

    async def rounds(self, *parties: str, times: int = 1) -> dict[str, dict[str, str]]:
        """Rounds of heads, cosignatures and copies by all parties (or these), one after another;
        by party and peer, what went wrong in the last."""
        wrong: dict[str, dict[str, str]] = {}
        for _ in range(times):
            for party in parties or tuple(self._seats):
                wrong[party] = await self._seats[party].hub.round()
        return wrong

    async def check(self) -> None:
        """check_node on every party that runs."""
        for seat in self._seats.values():
            await seat.node.check_node(MemoryStore())

    async def _emptied(self, party: str) -> None:
        seat = self._seats[party]
        while True:
            bell = asyncio.create_task(seat.node.wait_for_event())
            await asyncio.sleep(0)
            others = seat.node.context.others
            waiting = [bool(await seat.node.parcels(other, 1)) for other in others]
            if not any(waiting):
                bell.cancel()
                return
            seat.hub.wake()
            await bell

    async def _store(self, party: str) -> Store:
        if self._tmp_path is None:
            inner: Store = MemoryStore()
        else:
            inner = await SqliteStore.open(self._tmp_path / f"{party}.db", readers=self._readers)
        wrap = self._wrap.get(party)
        return inner if wrap is None else wrap(inner)


def other_agreement(context: Context, agreement: Agreement) -> Context:
    """The same party under another agreement."""
    return replace(context, agreement=agreement, agreement_ref=agreement_digest(agreement))
