"""Alerts to chats by apprise, the optional extra ``alerts``: its URL names service and room."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from parley.errors import ConfigError
from parley.outlets.config import OutletConfig
from parley.outlets.message import Message, Undelivered


class ChatSender:
    """One outlet's chat, in a thread of its own. ConfigError: apprise is absent, or reads no
    service out of the URL."""

    def __init__(self, config: OutletConfig, url: str, where: str) -> None:
        self._config = config
        self._service = _service(config, url, where)
        self._pool = ThreadPoolExecutor(1, f"parley-chat-{config.name}")

    async def send(self, message: Message) -> None:
        """See ``Sender``; apprise says no more than that it did not go."""
        loop = asyncio.get_running_loop()
        sent = loop.run_in_executor(self._pool, self._notify, message)
        try:
            taken = await asyncio.wait_for(sent, self._config.timeout_s * 2)
        except TimeoutError:
            raise Undelivered(f"no answer within {self._config.timeout_s * 2} s") from None
        if not taken:
            raise Undelivered("the chat did not take it")

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _notify(self, message: Message) -> bool:
        try:
            return bool(self._service.notify(body=message.body, body_format="text"))
        except Exception as error:  # noqa: BLE001 - a plugin of a third party may raise anything
            raise Undelivered(f"apprise fell: {type(error).__name__}") from None


def _service(config: OutletConfig, url: str, where: str) -> Any:
    try:
        import apprise
    except ImportError:
        raise ConfigError(
            f"outlet {config.name} needs apprise, which is not installed",
            right='the extra "alerts": pip install "parley-node[alerts]"',
            where=where,
        ) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines may hold parts of the URL
    service = apprise.Apprise()
    if not service.add(url):
        raise ConfigError(
            f"apprise reads no service out of the URL of outlet {config.name}",
            right="a URL of apprise, such as mailto:// or tgram://",
            where=where,
        )
    return service
