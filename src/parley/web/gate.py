"""In front of every route: the token or the peer's lane, the size and the patience of a body,
the last resort.

Pure ASGI. The whole body is read here, bounded, before anything parses a byte of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import Iterator, Mapping, Sequence

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.web.lanes import Lanes, peer_of
from parley.web.problems import Problem, ProblemError, plain_problem, response

OPERATOR_BODY_BYTES = 1024 * 1024
PEER_BODY_BYTES = 4 * 1024 * 1024
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
    """Middleware: bodies are bounded; no traceback goes out. token: what /v1 needs ("": there is
    no /v1). lanes: they bound what one peer has in hand."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str = "",
        lanes: Lanes | None = None,
        body_bytes: int = OPERATOR_BODY_BYTES,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._lanes = lanes
        self._body_bytes = body_bytes
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            self._check_token(scope)
            with self._admitted(scope):
                body = await self._body(scope, receive)
                await self._app(scope, _replayed(body, receive), watched)
        except _Refused as refused:
            await self._drain(receive)
            headers = {"connection": "close", **refused.headers}
            if refused.problem.status == 401:
                headers["www-authenticate"] = "Bearer"
            await response(refused.problem, headers)(scope, receive, send)
        except Exception as error:
            _log.error("request-failed", path=scope["path"], exc_info=error)
            if started:
                raise ConnectionAbortedError("the answer broke off") from error
            problem = plain_problem(500, "internal", "this node failed on the request")
            await response(problem)(scope, receive, send)

    @contextlib.contextmanager
    def _admitted(self, scope: Scope) -> Iterator[None]:
        try:
            with contextlib.ExitStack() as stack:
                if self._lanes is not None:
                    stack.enter_context(self._lanes.admitted(peer_of(scope)))
                yield
        except ProblemError as busy:
            problem = plain_problem(busy.status_code, busy.code, str(busy.detail), right=busy.right)
            raise _Refused(problem, busy.headers) from None

    def _check_token(self, scope: Scope) -> None:
        path: str = scope["path"]
        if not self._token:
            return
        if path != "/v1" and not path.startswith("/v1/"):
            return
        given = _header(scope["headers"], b"authorization")
        kind, _, token = given.partition(b" ")
        right = hmac.compare_digest(token.strip(), self._token)
        if kind.lower() != b"bearer" or not right:
            what = "the operator token is wrong" if given else "no operator token was given"
            raise _Refused(plain_problem(401, "unauthorized", what))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._body_bytes
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
