"""A file over HTTP, asked for again and again: aircraft.json of readsb and its relatives."""

from __future__ import annotations

import asyncio
import ssl

import httpx

from parley.feeds.pipe import Feed, Lost, Pipe
from parley.feeds.stream import reason_of, tls_context
from parley.wire.adsb.readsb import MAX_DOCUMENT


async def from_http(feed: Feed) -> None:
    """Asks every ``poll_s`` until it fails: raises Lost. An unchanged file (304, or the same
    bytes) is not decoded again."""
    context = await tls_context(feed)
    client = httpx.AsyncClient(
        verify=context or False,  # without a context there is no TLS
        trust_env=False,
        follow_redirects=False,
        timeout=feed.config.connect_s,
        headers={"accept-encoding": "identity", "user-agent": "parley"},
    )
    pipe, error = Pipe(feed), ""
    connected = False
    loop = asyncio.get_running_loop()
    asked = _Asked()
    try:
        while True:
            began_s = loop.time()
            body = await _get(client, feed, asked)
            if not connected:
                connected = True
                feed.meter.connected()
            if body is not None and body != asked.body:
                asked.body = body
                await pipe.take(body)
            await asyncio.sleep(max(0.0, began_s + feed.config.poll_s - loop.time()))
    except Lost as lost:
        error = str(lost)
        raise
    finally:
        pipe.close()
        if connected:
            feed.meter.lost(error)
        await client.aclose()


class _Asked:
    """What the last answer was known by."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""


async def _get(client: httpx.AsyncClient, feed: Feed, asked: _Asked) -> bytes | None:
    """The file; None if it has not changed."""
    try:
        async with (
            asyncio.timeout(feed.config.connect_s),
            client.stream("GET", feed.config.target, headers=asked.headers) as response,
        ):
            if response.status_code == 304:
                return None
            if response.status_code != 200:
                raise Lost(f"the server answered {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Lost("the server compresses what was asked for as it is")
            chunks, size = [], 0
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MAX_DOCUMENT:
                    raise Lost(f"an answer above {MAX_DOCUMENT} bytes")
                chunks.append(chunk)
            asked.headers = _conditions(response.headers)
            return b"".join(chunks)
    except (TimeoutError, OSError, ssl.SSLError) as error:
        raise Lost(reason_of(error)) from None
    except httpx.TimeoutException:
        raise Lost("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Lost(_reason_below(error)) from None


def _reason_below(error: BaseException) -> str:
    """What the system said at the bottom of it."""
    reason, below = type(error).__name__, error.__cause__ or error.__context__
    for _ in range(10):
        if below is None:
            break
        if isinstance(below, OSError):
            reason = reason_of(below)
        below = below.__cause__ or below.__context__
    return reason


def _conditions(headers: httpx.Headers) -> dict[str, str]:
    conditions = {}
    if etag := headers.get("etag"):
        conditions["if-none-match"] = etag[:200]
    if modified := headers.get("last-modified"):
        conditions["if-modified-since"] = modified[:100]
    return conditions
