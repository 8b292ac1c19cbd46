"""One HTTP exchange with one peer: bounded in time and size, no redirects, no proxies."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

MAX_ANSWER_BYTES = 4 * 1024 * 1024


class Unreached(Exception):  # noqa: N818 - a state of the link, not a fault in the tree of errors
    """The peer was not reached, or what it answered says nothing: try again later."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def new_client(*, verify: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """A client for one peer: connections are kept, the environment's proxies are not used."""
    return httpx.AsyncClient(
        verify=verify,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=8, keepalive_expiry=60.0),
        headers={"accept-encoding": "identity", "user-agent": "parley"},
    )


class Client(Protocol):
    """Whoever has the peer's client of the moment (parley.peers.tls.PeerClient is one)."""

    async def now(self) -> httpx.AsyncClient:
        """Raises Unreached."""
        ...

    def extensions(self) -> dict[str, Any]:
        """What each request to the peer carries for httpcore."""
        ...


class Line:
    """The way to one peer's door. url: its base URL, such as ``https://node.example:8702``."""

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/")

    async def post(self, path: str, body: bytes, content_type: str, *, timeout_s: float) -> Answer:
        """The whole answer, whatever its status. Raises Unreached."""
        return await self._exchange("POST", path, timeout_s, body, {"content-type": content_type})

    async def get(self, path: str, *, timeout_s: float) -> Answer:
        """The same for a question that has no body."""
        return await self._exchange("GET", path, timeout_s)

    async def _exchange(
        self,
        method: str,
        path: str,
        timeout_s: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        client = await self._client.now()
        try:
            async with (
                asyncio.timeout(timeout_s),
                client.stream(
                    method,
                    self._url + path,
                    content=body,
                    headers=headers,
                    timeout=timeout_s,
                    extensions=self._client.extensions(),
                ) as response,
            ):
                chunks, size = [], 0
                async for chunk in response.aiter_raw():
                    size += len(chunk)
                    if size > MAX_ANSWER_BYTES:
                        raise Unreached(f"an answer above {MAX_ANSWER_BYTES} bytes")
                    chunks.append(chunk)
                return Answer(response.status_code, b"".join(chunks))
        except TimeoutError:
            raise Unreached(f"no answer within {timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreached(f"{type(error).__name__}: {error}"[:200]) from None
