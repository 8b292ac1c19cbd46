"""The operator API of this party's own running node, over HTTP on this machine.

Raises what the node refused as the same class of ParleyError, and ConfigError where no node
answers. ``running.json`` says where it listens; without it, node.json does.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias
from urllib.parse import quote

import httpx

from parley.cli.nodedir import NodeDir
from parley.errors import ConfigError, InputError, ParleyError

TIMEOUT_S = 15.0
PAGE = 200


Query: TypeAlias = str | int | bool | list[str]


class Event(NamedTuple):
    """One server-sent event. id: "" before the first that has one."""

    id: str
    name: str
    data: str


class Client:
    """One connection to the node of ``directory``. A context manager."""

    def __init__(self, directory: NodeDir, *, timeout_s: float = TIMEOUT_S) -> None:
        self._path = directory.path
        self.base = base_url(directory)
        if not directory.is_served():  # whoever listens there now must not see our token
            raise self._not_running("nothing serves this directory")
        self._http = httpx.Client(
            base_url=self.base,
            headers={"authorization": f"Bearer {directory.operator_token()}"},
            timeout=timeout_s,
            verify=pinned(directory),
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Query) -> Any:
        """The JSON answer of GET. Raises the node's refusal."""
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], **query: Query) -> Any:
        """The JSON answer of POST. Raises the node's refusal; then nothing was posted."""
        return self._ask("POST", path, query=query, body=body)

    def delete(self, path: str, **query: Query) -> Any:
        return self._ask("DELETE", path, query=query)

    def pages(self, path: str, members: str, **query: Query) -> Iterator[dict[str, Any]]:
        """All members of a list, page by page, in its order."""
        after: str | None = ""
        while after is not None:
            page = self.get(path, **query, after=after, limit=PAGE)
            yield from page[members]
            after = page["next"]

    def items(self) -> Iterator[dict[str, Any]]:
        """All items, in the order of their refs."""
        return self.pages("/v1/items", "items")

    def findings(self) -> Iterator[dict[str, Any]]:
        """All findings that stand, most urgent first."""
        return self.pages("/v1/findings", "findings")

    def alarms(self) -> Iterator[dict[str, Any]]:
        """All alarms that stand, then those that are put aside, each most urgent first."""
        for name in ("standing", "shelved", "suppressed"):
            yield from self.pages("/v1/watch/alarms", "alarms", list=name)

    def events(self, path: str, *, after: int | None = None) -> Iterator[Event]:
        """Server-sent events, until the node ends the stream.

        Source: WHATWG HTML, 9.2.6; comments and retry lines are skipped."""
        headers = {"accept": "text/event-stream"}
        if after is not None:
            headers["last-event-id"] = str(after)
        timeout = httpx.Timeout(TIMEOUT_S, read=None)
        try:
            with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise refusal_of(answer)
                yield from parse_events(answer.iter_lines())
        except httpx.HTTPError as error:
            raise self._not_running(type(error).__name__) from None

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of an answer that does not end by itself."""
        timeout = httpx.Timeout(TIMEOUT_S, read=None)
        try:
            with self._http.stream("GET", path, timeout=timeout) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise refusal_of(answer)
                rest = b""
                for chunk in answer.iter_bytes():
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from whole
        except httpx.HTTPError as error:
            raise self._not_running(type(error).__name__) from None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Query] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            answer = self._http.request(method, path, params=dict(query or {}), json=body)
        except httpx.HTTPError as error:
            raise self._not_running(type(error).__name__) from None
        if not answer.is_success:
            raise refusal_of(answer)
        try:
            return answer.json()
        except ValueError:
            raise ConfigError(
                f"{self.base} does not answer as a Parley node", right="this node's own address"
            ) from None

    def _not_running(self, why: str) -> ConfigError:
        return ConfigError(
            f"no node answers at {self.base} ({why})",
            right=f"a running node: parley serve {self._path}",
            where=str(self._path),
        )


def base_url(directory: NodeDir) -> str:
    """Where the node of this directory listens now, or is going to."""
    scheme = "http"
    try:
        said = json.loads(directory.running.read_bytes())
        host, port = str(said["host"]), int(said["port"])
        scheme = "https" if "certificate" in said else "http"
    except (OSError, ValueError, KeyError, TypeError):
        host, port = directory.config.host_port
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def pinned(directory: NodeDir) -> ssl.SSLContext | bool:
    """Trust in the very certificate that the node of this directory shows, by whatever name we
    reach it; True where it shows none. ConfigError: the file is gone."""
    try:
        said = json.loads(directory.running.read_bytes())
        path = Path(str(said["certificate"]))
    except (OSError, ValueError, KeyError, TypeError):
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the certificate of our own node cannot be read: {error}",
            right="the file that `parley serve --cert` named",
            where=str(path),
        ) from None
    return context


def segment(text: str) -> str:
    """Text as one segment of a path."""
    return quote(text, safe=":")


def refusal_of(answer: httpx.Response) -> ParleyError:
    """The ParleyError that a problem+json answer tells of (RFC 9457)."""
    try:
        problem = answer.json()
        members = {n: str(problem[n]) for n in ("code", "what", "where", "at_fault", "right")}
    except (ValueError, KeyError, TypeError):
        return ConfigError(
            f"the node answered {answer.status_code} without saying why",
            right="a Parley node at its address",
        )
    tree = (kind for kind in _all_kinds(ParleyError) if kind.__module__ == ParleyError.__module__)
    kinds = {kind.code: kind for kind in tree}
    other = ConfigError if answer.status_code in (401, 500, 503) else InputError
    kind = kinds.get(members["code"], other)
    return kind(
        members["what"],
        right=members["right"],
        where=members["where"],
        at_fault=members["at_fault"] or None,
    )


def parse_events(lines: Iterator[str]) -> Iterator[Event]:
    """The events of a stream of lines."""
    last_id, name = "", "message"
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield Event(last_id, name, "\n".join(data))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            last_id = value
        elif field == "event":
            name = value
        elif field == "data":
            data.append(value)


def _all_kinds(kind: type[ParleyError]) -> Iterator[type[ParleyError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _all_kinds(sub)
