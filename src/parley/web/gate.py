"""In front of every route: the token, the session or the peer's lane, the size and the patience of
a body, the headers of the operator's side, the last resort.

Pure ASGI. The whole body is read here, bounded, before anything parses a byte of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Iterator, Mapping, Sequence

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.errors import ParleyError
from parley.web.acting import acting_as
from parley.web.console.keeper import SESSION_PATH, Admitted, Keeper
from parley.web.console.pages import with_headers
from parley.web.lanes import Lanes, peer_of
from parley.web.problems import Problem, ProblemError, plain_problem, problem_of, response

OPERATOR_BODY_BYTES = 1024 * 1024
PEER_BODY_BYTES = 4 * 1024 * 1024
LARGE_BODIES = {"/v1/evidence/verify": 64 * 1024 * 1024}
"""What an officer may send where a whole file is the body."""
BODY_TIMEOUT_S = 30.0
DRAINED_BYTES = 16 * 1024 * 1024
"""So much of a refused body is thrown away unread, so that the client reads the refusal."""

_log = structlog.get_logger("parley.web")


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.what)
        self.problem = problem
        self.headers = dict(headers or {})


class Gate:
    """Middleware: bodies are bounded; no traceback goes out. token: what programs need for /v1
    ("": there is no /v1). keeper: lets the sessions of people in; None: there are none. lanes: they
    bound what one peer has in hand."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str = "",
        keeper: Keeper | None = None,
        lanes: Lanes | None = None,
        body_bytes: int = OPERATOR_BODY_BYTES,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._keeper = keeper
        self._lanes = lanes
        self._body_bytes = body_bytes
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        admitted: Admitted | None = None
        ours = bool(self._token)

        async def headed(message: Message) -> None:
            nonlocal started
            started = True
            if ours and message["type"] == "http.response.start":
                headers = with_headers(list(message.get("headers", ())), scope["path"])
                message = {**message, "headers": headers}
            await send(message)

        try:
            admitted = await self._let_in(scope)
            with self._admitted(scope):
                body = await self._body(scope, receive)
                await self._answer(scope, _replayed(body, receive), headed, admitted, body)
        except _Refused as refused:
            await self._drain(receive)
            headers = {"connection": "close", **refused.headers}
            if refused.problem.status == 401:
                headers["www-authenticate"] = "Bearer"
            await response(refused.problem, headers)(scope, receive, headed)
        except Exception as error:
            if admitted is not None and admitted.over:
                return
            _log.error("request-failed", path=scope["path"], exc_info=error)
            if started:
                raise ConnectionAbortedError("the answer broke off") from error
            problem = plain_problem(500, "internal", "this node failed on the request")
            await response(problem)(scope, receive, headed)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, admitted: Admitted | None, body: bytes
    ) -> None:
        if admitted is None:
            await self._app(scope, receive, send)
            return
        kept = admitted.watched(send)
        try:
            await admitted.check_said(body)
        except ProblemError as error:
            await response(_said(error))(scope, receive, kept)
            return
        scope.setdefault("state", {})["present"] = admitted.present
        with acting_as(admitted.acting):
            await self._app(scope, receive, kept)

    @contextlib.contextmanager
    def _admitted(self, scope: Scope) -> Iterator[None]:
        try:
            with contextlib.ExitStack() as stack:
                if self._lanes is not None:
                    stack.enter_context(self._lanes.admitted(peer_of(scope)))
                yield
        except ProblemError as busy:
            raise _Refused(_said(busy), busy.headers) from None

    async def _let_in(self, scope: Scope) -> Admitted | None:
        """Whose session the request belongs to; None: a program's, or one that needs neither."""
        path: str = scope["path"]
        if not self._token or (path != "/v1" and not path.startswith("/v1/")):
            return None
        if self._keeper is None or _header(scope["headers"], b"authorization"):
            self._check_token(scope)
            return None
        try:
            if self._keeper.opens(scope):
                return None
            if (token := self._keeper.token(scope)) or path == SESSION_PATH:
                return await self._keeper.admit(scope, token)
        except ProblemError as error:
            raise _Refused(_said(error)) from None
        except ParleyError as error:
            raise _Refused(problem_of(error)) from None
        self._check_token(scope)
        return None

    def _check_token(self, scope: Scope) -> None:
        given = _header(scope["headers"], b"authorization")
        kind, _, token = given.partition(b" ")
        right = hmac.compare_digest(token.strip(), self._token)
        if kind.lower() != b"bearer" or not right:
            what = "the operator token is wrong" if given else "no operator token was given"
            raise _Refused(plain_problem(401, "unauthorized", what))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._body_bytes
        if self._token:
            limit = max(limit, LARGE_BODIES.get(scope["path"], 0))
        said = _header(scope["headers"], b"content-length")
        if said.isdigit() and int(said[:20]) > limit:
            raise _Refused(_too_large(limit))
        chunks, size = [], 0
        try:
            async with asyncio.timeout(self._body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        what = "the client went away before its body ended"
                        raise _Refused(plain_problem(400, "http", what))
                    chunk = message.get("body", b"")
                    size += len(chunk)
                    if size > limit:
                        raise _Refused(_too_large(limit))
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return b"".join(chunks)
        except TimeoutError:
            what = f"the body did not arrive within {self._body_timeout_s:g} s"
            raise _Refused(plain_problem(408, "http", what)) from None

    async def _drain(self, receive: Receive) -> None:
        """A connection that is closed on unread bytes is reset, and the refusal with it."""
        left = DRAINED_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._body_timeout_s):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if _end_of(message):
                        return


def _end_of(message: Message) -> bool:
    return message["type"] == "http.disconnect" or not message.get("more_body", False)


def _said(error: ProblemError) -> Problem:
    return plain_problem(error.status_code, error.code, str(error.detail), right=error.right)


def _too_large(limit: int) -> Problem:
    right = f"at most {limit} bytes"
    return plain_problem(413, "oversize", f"the body has more than {limit} bytes", right=right)


def _header(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever comes behind it (the client's going away)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
