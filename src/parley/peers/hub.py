"""All couriers of one node, and the door's side of heartbeats."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

import structlog

from parley.errors import ConfigError
from parley.node.node import Node
from parley.node.pins import Tls
from parley.peers.courier import Courier, Pace, disagreement
from parley.peers.heartbeat import Heartbeat, Pulse, open_heartbeat, seal_heartbeat
from parley.peers.line import Line
from parley.peers.relay import Relays
from parley.peers.rounds import Publisher, Round
from parley.peers.tls import PeerClient

COUNT_EVERY_S = 2.5

_log = structlog.get_logger("parley.peers")


class Hub:
    """One courier for each peer that has a URL; none is fine: a node is useful alone.

    peers: party id -> base URL (http or https). jitter: numbers in [0, 1), owned by the
    composition root. tls: mutual TLS with pinned certificates, then every URL is https; left
    out: what the URLs say. ConfigError: a peer that the roster has no key of, a URL that is none.
    """

    def __init__(
        self,
        node: Node,
        peers: Mapping[str, str],
        *,
        jitter: Callable[[], float],
        pace: Pace | None = None,
        tls: Tls | None = None,
        timer: Callable[[], float] | None = None,
    ) -> None:
        for peer, url in peers.items():
            _check_peer(node, peer, url, ("http", "https") if tls is None else ("https",))
        self._node = node
        self._peers = dict(peers)
        self._jitter = jitter
        self._pace = pace or Pace()
        self._tls = tls
        self._timer = timer or time.monotonic
        self._counts: Mapping[str, int] = {}
        self._counted_s = float("-inf")
        self._clients: dict[str, PeerClient] | None = None
        self._couriers: dict[str, Courier] = {}
        self._rounds: dict[str, Round] = {}
        self._relays: dict[str, Relays] = {}
        node.trust.confirming.expect(self._peers)
        self._pulses = {peer: Pulse(node.clock()) for peer in node.context.others}

    async def start(self) -> None:
        """Begin to carry, to send heartbeats and to go rounds. A second call changes nothing."""
        if self._clients is not None:
            return
        self._clients = {
            peer: PeerClient(peer, url, self._tls) for peer, url in self._peers.items()
        }
        self._couriers = {
            peer: Courier(
                self._node,
                peer,
                Line(self._clients[peer], url),
                self._pulses[peer],
                pace=self._pace,
                jitter=self._jitter,
                timer=self._timer,
                pending=self._pending,
            )
            for peer, url in self._peers.items()
        }
        publisher = Publisher(self._node, self._timer, self._pace.head_s)
        self._rounds = {
            peer: Round(
                self._node,
                courier,
                Line(self._clients[peer], self._peers[peer]),
                publisher,
                pace=self._pace,
                jitter=self._jitter,
            )
            for peer, courier in self._couriers.items()
        }
        self._relays = {
            peer: Relays(
                self._node,
                peer,
                Line(self._clients[peer], url),
                pace=self._pace,
                jitter=self._jitter,
            )
            for peer, url in self._peers.items()
        }
        for courier in self._couriers.values():
            courier.start()
        for one in self._rounds.values():
            one.start()
        for relay in self._relays.values():
            relay.start()

    async def stop(self) -> None:
        """Stop all couriers; what was not receipted stays in the outbox."""
        await asyncio.gather(*(one.stop() for one in self._rounds.values()))
        await asyncio.gather(*(relay.stop() for relay in self._relays.values()))
        await asyncio.gather(*(courier.stop() for courier in self._couriers.values()))
        self._couriers, self._rounds, self._relays = {}, {}, {}
        for client in (self._clients or {}).values():
            await client.aclose()
        self._clients = None

    def wake(self) -> None:
        """New work: every courier looks into its outbox at once."""
        for courier in self._couriers.values():
            courier.wake()

    async def round(self) -> dict[str, str]:
        """A round with every peer now, with a fresh head; by peer, what went wrong."""
        return {peer: await one.go(now=True) for peer, one in self._rounds.items()}

    async def heard(self, peer: str, at_ms: int, disagrees: str = "") -> None:
        """A fresh sign of life of ``peer`` at our door, at ``at_ms`` by our clock."""
        courier = self._couriers.get(peer)
        if courier is not None:
            await courier.heard(at_ms, disagrees)

    async def heartbeat(self, note: bytes) -> bytes:
        """A peer's heartbeat at our door: our own, signed, in answer.

        One that is older than the last is answered, but it is no sign of life. Raises
        PeerError (see open_heartbeat) and StorageError: a node that cannot read its own
        outbox does not claim to be alive.
        """
        context = self._node.context
        theirs = open_heartbeat(note, (await self._node.ring()).speakers, us=context.party)
        pending = await self._pending(theirs.by)
        pulse = self._pulses.setdefault(theirs.by, Pulse(self._node.clock()))
        now_ms = self._node.clock()
        if pulse.hear(theirs.number):
            differ = disagreement(theirs, context.agreement_ref)
            await self.heard(theirs.by, now_ms, differ)
        else:
            _log.warning("heartbeat-not-new", peer=theirs.by, number=theirs.number)
        ours = Heartbeat(
            context.party,
            theirs.by,
            context.agreement_ref,
            now_ms,
            pulse.next(),
            pulse.heard,
            pending,
        )
        return seal_heartbeat(ours, context.key)

    async def _pending(self, peer: str) -> int:
        """How much waits for a peer, counted for all peers at once and not too often."""
        if self._timer() - self._counted_s >= COUNT_EVERY_S:
            self._counts = await self._node.pending()
            self._counted_s = self._timer()
        return self._counts.get(peer, 0)


def _check_peer(node: Node, peer: str, url: str, schemes: Sequence[str]) -> None:
    if peer not in node.context.others:
        raise ConfigError(
            f"{peer!r} has a URL and no key in the roster",
            right=f"one of: {', '.join(node.context.others) or 'nobody'}",
        )
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        port_ok = False
    if not port_ok or parts.scheme not in schemes or not parts.hostname:
        raise ConfigError(
            f"{url!r} is no base URL of {peer}", right=f"like {schemes[-1]}://host:8702"
        )
