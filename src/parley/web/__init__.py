"""The node's two HTTP faces: the operator API (/v1, bearer token), the peers' door (/peer/v1).

May import node and what stands below it, fastapi, uvicorn, structlog; peers only as a port.
Invariants: nothing happens on import; a body is bounded and a token checked before anything is
parsed; every refusal is application/problem+json (RFC 9457); no traceback reaches a client;
nothing blocks the event loop.
Whoever has the operator token speaks as this party's officer. Whoever reaches the peers' door
can at most cost its own lane's time: what is not signed by a key of the roster is refused.
"""

from __future__ import annotations

from parley.web.app import create_app, create_peer_app
from parley.web.server import Certificate, Running, serve

__all__ = ["Certificate", "Running", "create_app", "create_peer_app", "serve"]
