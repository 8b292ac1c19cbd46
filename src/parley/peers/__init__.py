"""The way out to other nodes: a courier for each peer, heartbeats, the state of each link.

May import node and what stands below it, httpx, structlog. Invariants: parcels go out first in,
first out, and leave the outbox only with a verified receipt or a refusal for good; whatever a
peer answers, a courier lives on; answers are bounded in size and time; no redirects, no proxies.
Signed statements are the evidence, HTTP is a pipe: an attacker who controls the network can
delay and drop, never forge, and cannot keep a dead link looking alive (heartbeats are numbered).
"""

from __future__ import annotations

from parley.peers.courier import Pace
from parley.peers.hub import Hub

__all__ = ["Hub", "Pace"]
