"""Alerts to a webhook: JSON by POST, signed with HMAC-SHA-256, with an idempotency key.

Parley-Signature is ``t=<seconds>,v1=<hex>`` of HMAC(secret, "<seconds>." + body): whoever holds the
secret checks who sent it and that it is not an old one. docs/liaison/alerts.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable

import httpx

from parley.outlets.config import OutletConfig
from parley.outlets.message import Message, Undelivered
from parley.wire.instants import format_instant

SIGNATURE = "Parley-Signature"
_REFUSED = frozenset({400, 410, 413, 415, 422})


class WebhookSender:
    """One outlet's webhook. Follows no redirect, heeds no proxy of the environment."""

    def __init__(self, config: OutletConfig, secret: str, clock_ms: Callable[[], int]) -> None:
        self._config = config
        self._secret = secret.encode()
        self._clock_ms = clock_ms
        verify: ssl.SSLContext | bool = True
        if config.ca_file:
            verify = ssl.create_default_context(cafile=config.ca_file)
        self._client = httpx.AsyncClient(
            verify=verify, timeout=config.timeout_s, trust_env=False, follow_redirects=False
        )

    async def send(self, message: Message) -> None:
        """See ``Sender``. 2xx is taken; 400, 410, 413, 415 and 422 are refused for good."""
        body = body_of(message)
        headers = {
            "content-type": "application/json",
            "idempotency-key": message.key,
            SIGNATURE: signature(self._secret, self._clock_ms() // 1000, body),
        }
        try:
            async with asyncio.timeout(self._config.timeout_s):
                answer = await self._post(body, headers)
        except TimeoutError:
            raise Undelivered(f"no answer within {self._config.timeout_s} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Undelivered(f"no connection: {type(error).__name__}") from None
        if not 200 <= answer < 300:
            raise Undelivered(f"the server says {answer}", refused=answer in _REFUSED)

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        async with self._client.stream(
            "POST", self._config.url, content=body, headers=headers
        ) as answer:
            return answer.status_code

    async def close(self) -> None:
        await self._client.aclose()


def body_of(message: Message) -> bytes:
    """The JSON body: the same bytes each time that the same message is sent."""
    value = {
        "format": "parley/alert/v1",
        "key": message.key,
        "party": message.party,
        "exercise": message.exercise,
        "urgent": message.urgent,
        "subject": message.subject,
        "more": message.more,
        "alerts": [
            {
                "key": alert.key,
                "seq": alert.seq,
                "at": format_instant(alert.at_ms),
                "kind": alert.kind,
                "exercise": alert.exercise,
                "urgent": alert.urgent,
                "marking": alert.marking,
                "text": alert.line(),
            }
            for alert in message.alerts
        ],
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """``t=<seconds>,v1=<hex>`` of a body sent at ``at_s``."""
    digest = hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"
