"""Translators: a command on this machine, or an HTTP endpoint that speaks LibreTranslate's API.

Both are slow, wrong and gone at times: each has a time-out and limits, and what it answers is a
suggestion (``node.liaison.translation``). Neither is on unless hotline.json names it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from parley.errors import ConfigError, ParleyError
from parley.wire.jsontext import parse_json

TIMEOUT_S = 20.0
MAX_ANSWER_BYTES = 64 * 1024
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}


class CommandTranslator:
    """A program that reads the text on standard input and writes its translation.

    argv: of which {source} and {target} become the languages; no shell reads it. It sees none of
    our environment. outside: a program that sends the text on is not on this machine.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        provider: str = "",
        outside: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        if not argv or not argv[0] or any("\0" in part for part in argv):
            raise ConfigError("a translator without a command", right="a program and its arguments")
        self._argv = tuple(argv)
        self._timeout_s = timeout_s
        self.provider = provider or argv[0].rpartition("/")[2]
        self.outside = outside

    async def translate(self, text: str, source: str, target: str) -> str:
        """ConfigError: no such program, it fails, answers too much, no text, or not in time."""
        argv = [p.replace("{source}", source).replace("{target}", target) for p in self._argv]
        return await asyncio.to_thread(self._run, argv, text.encode())

    def _run(self, argv: list[str], text: bytes) -> str:
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", "") or type(error).__name__
            raise self._failed(f"{argv[0]!a} does not start: {why}") from error
        late = threading.Timer(self._timeout_s, _end, (child,))
        with child:
            late.start()
            answer = _talk(child, text)
            if len(answer) > MAX_ANSWER_BYTES:
                _end(child)
            status = child.wait()
        in_time = late.is_alive()
        late.cancel()
        if len(answer) > MAX_ANSWER_BYTES:
            raise self._failed(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        if not in_time:
            raise self._failed(f"no answer within {self._timeout_s:g} s")
        if status != 0:
            raise self._failed(f"it ended with status {status}")
        try:
            return answer.decode()
        except UnicodeDecodeError:
            raise self._failed("an answer that is no UTF-8") from None

    def _failed(self, why: str) -> ConfigError:
        return _failed(self.provider, why)


def _talk(child: subprocess.Popen[bytes], text: bytes) -> bytes:
    """Its whole answer, or one byte more than there may be. A text fits into the pipe."""
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(OSError):
        child.stdin.write(text)
        child.stdin.close()
    return child.stdout.read(MAX_ANSWER_BYTES + 1)


def _end(child: subprocess.Popen[bytes]) -> None:
    """It and whatever it started."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


class HttpTranslator:
    """POST {url}/translate with q, source, target, format and api_key; ``translatedText`` of its
    answer. HTTPS, or plain HTTP to this machine's own loopback. Always outside."""

    outside = True

    def __init__(
        self,
        url: str,
        *,
        provider: str = "",
        api_key: str = "",
        timeout_s: float = TIMEOUT_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        split = urlsplit(url)
        host = split.hostname or ""
        if not host or split.scheme not in ("http", "https") or split.username or split.query:
            raise ConfigError(f"{url[:200]!a} is no translator", right="https://host[:port][/path]")
        if split.scheme == "http" and not _loopback(host):
            raise ConfigError(
                f"{url[:200]!a} would be asked in the clear", right="https, or this machine itself"
            )
        self._url = f"{url.rstrip('/')}/translate"
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._transport = transport
        self.provider = provider or host

    async def translate(self, text: str, source: str, target: str) -> str:
        """ConfigError: not reached, refused, too large, no translation, or not in time."""
        asked = {
            "q": text,
            "source": source.partition("-")[0],
            "target": target.partition("-")[0],
            "format": "text",
            "api_key": self._api_key,
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                status, answer = await self._ask(asked)
        except (httpx.HTTPError, TimeoutError) as error:
            raise _failed(self.provider, type(error).__name__) from error
        if status != httpx.codes.OK:
            raise _failed(self.provider, f"it answers {status}")
        try:
            found = parse_json(answer, self.provider)
        except ParleyError as error:
            raise _failed(self.provider, "an answer that is no JSON") from error
        translated = found.get("translatedText") if isinstance(found, dict) else None
        if not isinstance(translated, str):
            raise _failed(self.provider, "an answer without translatedText")
        return translated

    async def _ask(self, asked: dict[str, str]) -> tuple[int, bytes]:
        async with (
            httpx.AsyncClient(
                timeout=self._timeout_s,
                trust_env=False,
                follow_redirects=False,
                transport=self._transport,
            ) as client,
            client.stream("POST", self._url, json=asked) as response,
        ):
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > MAX_ANSWER_BYTES:
                    raise _failed(self.provider, f"an answer of more than {MAX_ANSWER_BYTES} bytes")
            return response.status_code, answer


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(provider: str, why: str) -> ConfigError:
    return ConfigError(
        f"the translator {provider} cannot: {why}",
        right="the original, and a person who reads it; or another translator",
    )
