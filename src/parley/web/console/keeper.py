"""Lets sessions in: cookie, origin, CSRF header, permit; and writes down what they changed.

Sources: RFC 6265bis (``__Host-``, SameSite), W3C Fetch Metadata, OWASP's CSRF sheet.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import structlog
from starlette.types import Message, Scope, Send

from parley.errors import ParleyError
from parley.node.people.acts import Act
from parley.node.people.people import People, Present
from parley.web.acting import Acting
from parley.web.console.permits import ALWAYS, Permit, permit_of
from parley.web.problems import ProblemError
from parley.wire.jsontext import parse_json

CSRF_HEADER = b"x-parley-csrf"
SESSION_PATH = "/v1/session"
LOOKED_AFTER_S = 1.0
"""A stream whose session was ended by somebody else learns of it within so long, when it sends."""
MOST_REPEATED = 256 * 1024
_SAFE = ("GET", "HEAD")
_LARGE = 64 * 1024
_THE_REQUEST = "the request"

_log = structlog.get_logger("parley.web")


def cookie_of(party: str) -> str:
    """The name of a node's cookie. Browsers keep one jar for all ports of a host: with the party
    in it, two nodes on one machine do not put each other's officers out."""
    return f"__Host-parley-{party}"


class Keeper:
    """Decides requests that come with a session's cookie, and the log-in."""

    def __init__(self, people: People, party: str) -> None:
        self.people = people
        self.cookie = cookie_of(party)

    def opens(self, scope: Scope) -> bool:
        """Whether this is the log-in, which needs no session. ProblemError: not from a page of
        ours, or over a connection that others can read."""
        if scope["path"] != SESSION_PATH or scope["method"] != "POST":
            return False
        check_secure(scope)
        _check_origin(scope)
        return True

    def token(self, scope: Scope) -> str:
        """The token in the request's cookie, "" for none."""
        for name, value in scope["headers"]:
            if name == b"cookie":
                for part in value.decode("latin-1").split(";"):
                    key, _, token = part.strip().partition("=")
                    if key == self.cookie:
                        return str(token)
        return ""

    async def admit(self, scope: Scope, token: str) -> Admitted:
        """The request of a session. ProblemError: no session (401), or it may not (403).
        StorageError."""
        method, path = scope["method"], scope["path"]
        present = await self.people.present(token)
        if present is None:
            raise no_session()
        check_secure(scope)
        _check_origin(scope)
        if method not in _SAFE:
            given = _header(scope, CSRF_HEADER)
            if not hmac.compare_digest(given, present.session.csrf.encode()):
                raise ProblemError(
                    403,
                    "csrf",
                    "x-parley-csrf is missing or of another session",
                    right="the csrf of GET /v1/session",
                )
        permit = permit_of(method, path)
        self._check_permit(present, permit, path)
        return Admitted(self.people, present, permit, scope)

    def _check_permit(self, present: Present, permit: Permit | None, path: str) -> None:
        if permit is None:
            raise ProblemError(
                403, "not-permitted", f"{path[:200]} is not for sessions", right="another path"
            )
        row = permit.method, permit.template
        if present.person.must_change and row not in ALWAYS:
            raise ProblemError(
                403,
                "must-change",
                "an administrator knows your password",
                right="POST /v1/session/password",
            )
        if permit.can not in present.can:
            has = ", ".join(present.person.roles)
            raise ProblemError(
                403,
                "not-permitted",
                f"this needs {permit.can.value!r}, which {has} may not",
                right=f"somebody who may {permit.can.value}",
            )
        if permit.two_persons and self.people.settings.two_persons:
            raise ProblemError(
                403, "two-persons", "here two persons release", right="POST /v1/drafts"
            )


class Admitted:
    """A request that a session may make."""

    def __init__(self, people: People, present: Present, permit: Permit | None, scope: Scope):
        self._people = people
        self._permit = permit
        self._scope = scope
        self.present = present
        person = present.person
        self.acting = Acting(
            person.id, person.name, person.roles, person.duties, present.session.duty
        )
        self.over = False
        self._about = ""

    async def check_said(self, body: bytes) -> None:
        """Refuse words in somebody else's name: a duty role, a person or a releaser that is not
        the session's; and a change whose session ended before all of its body was here.
        ProblemError; FormatError for JSON that is none."""
        if self._scope["method"] in _SAFE:
            return
        if await self._is_over(look=True):
            raise no_session()
        if self._scope["path"].startswith(("/v1/session", "/v1/people")):
            return
        query = parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)
        for name, value in query:
            self._check_member(name, value)
        members = await self._members(body)
        for name, value in members.items():
            self._check_member(name, value)
        about = (members.get(name) for name in ("key", "track"))
        self._about = next((value for value in about if isinstance(value, str)), "")

    async def _members(self, body: bytes) -> Mapping[str, Any]:
        looks = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        if not looks:
            return {}
        try:
            if len(body) > _LARGE:
                value = await asyncio.to_thread(parse_json, body, _THE_REQUEST)
            else:
                value = parse_json(body, _THE_REQUEST)
        except ParleyError as error:
            raise ProblemError(400, error.code, error.what, right=error.right) from None
        return value if isinstance(value, dict) else {}

    def _check_member(self, name: str, value: Any) -> None:
        said = repr(value)[:60]
        if name == "role" and value not in self.acting.duties:
            raise ProblemError(
                403,
                "not-yours",
                f"{said} is no duty role of {self.acting.person}",
                right=f"of {', '.join(self.acting.duties)}" if self.acting.duties else "nothing",
            )
        if name in ("person", "released_by") and value not in ("", None, self.acting.name):
            raise ProblemError(
                403, "not-yours", f"{said} is not who is logged in", right=self.acting.name
            )
        drafts = self._scope["path"].startswith("/v1/drafts/")
        if name == "releaser" and value not in ("", None) and not drafts:
            raise ProblemError(
                403,
                "not-yours",
                "nobody names the second person",
                right="POST /v1/drafts, which the second person releases",
            )

    def watched(self, send: Send) -> Send:
        """Passes the answer on: a change is written down before the answer's last byte leaves; a
        stream ends with the session."""
        status, looked_s = 0, asyncio.get_running_loop().time()
        told = bytearray()
        safe = self._scope["method"] in _SAFE

        async def kept(message: Message) -> None:
            nonlocal status, looked_s
            more = message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
            elif safe and more:
                now_s = asyncio.get_running_loop().time()
                look = now_s - looked_s >= LOOKED_AFTER_S
                looked_s = now_s if look else looked_s
                if await self._is_over(look):
                    self.over = True
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    raise ConnectionAbortedError("the session is over")
            elif not safe:
                if len(told) < MOST_REPEATED:
                    told.extend(message.get("body", b""))
                if not more:
                    await self._record(status, bytes(told))
            await send(message)

        return kept

    async def _is_over(self, look: bool) -> bool:
        session = self.present.session
        if session.is_over(self._people.now_ms):
            return True
        if not look:
            return False
        try:
            return not await self._people.still(session)
        except ParleyError:
            return False

    async def _record(self, status: int, answer: bytes) -> None:
        """An answer leaves though this fails: what it tells of is done."""
        session, permit = self.present.session, self._permit
        subject = permit.subject if permit is not None else ""
        if not subject or subject.startswith("draft:"):
            subject = self._about or _ref_in(answer, self._scope["path"]) or subject
        act = Act(
            self._people.now_ms,
            session.person,
            session.duty,
            self._scope["method"],
            self._scope["path"],
            subject,
            status,
        )
        try:
            await self._people.record(act)
        except ParleyError as error:
            _log.error("act-not-kept", person=act.person, path=act.path, error=str(error))


def no_session() -> ProblemError:
    return ProblemError(
        401, "no-session", "there is no such session, or it is over", right="log in"
    )


def check_secure(scope: Scope) -> None:
    """ProblemError: whoever listens on the way would have the session; or a page of another
    host, whose name was made to mean this machine (DNS rebinding), would be taken for ours."""
    if scope["scheme"] == "https":
        return
    near = _is_loopback((scope.get("client") or ("",))[0])
    if near and _is_this_machine(_header(scope, b"host")):
        return
    raise ProblemError(
        403,
        "insecure",
        "a session over a connection that others can read",
        right="loopback or TLS: parley serve --cert FILE --key FILE",
    )


def _is_this_machine(host: bytes) -> bool:
    """Whether a Host header names this machine whatever any name server says (RFC 6761, 6.3)."""
    name = host.decode("latin-1").lower()
    name = name.partition("]")[0].lstrip("[") if name.startswith("[") else name.partition(":")[0]
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _check_origin(scope: Scope) -> None:
    """ProblemError: the request comes from a page that is not ours. A program sends neither
    header."""
    site = _header(scope, b"sec-fetch-site")
    safe = scope["method"] in _SAFE
    if site and site not in ((b"same-origin", b"none") if safe else (b"same-origin",)):
        raise _cross_site(f"sec-fetch-site {site[:40]!r}")
    origin = _header(scope, b"origin")
    if not origin:
        return
    own = f"{scope['scheme']}://".encode() + _header(scope, b"host")
    if origin.lower() != own.lower():
        raise _cross_site(f"origin {origin[:80]!r}")


def _cross_site(what: str) -> ProblemError:
    return ProblemError(
        403, "cross-site", f"{what} is not this console's", right="a page of this console"
    )


def _ref_in(answer: bytes, path: str) -> str:
    """The item, paper or draft that an answer is about, where it says so; of a draft that became
    an item, the item."""
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(value, dict):
        return ""
    result = value.get("result")
    ref = result.get("ref") if isinstance(result, dict) else value.get("ref")
    if isinstance(ref, str):
        return ref
    own = value.get("id")
    return f"draft:{own}" if path == "/v1/drafts" and isinstance(own, str) else ""


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")
