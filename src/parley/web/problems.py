"""Refusals as application/problem+json (RFC 9457): one shape for every error and every door."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from parley.errors import (
    ChangedError,
    ConfigError,
    DoneBeforeError,
    ForgedError,
    FormatError,
    InputError,
    IntegrityError,
    MalformedError,
    NotYetError,
    OversizeError,
    ParleyError,
    PersonError,
    ProtocolError,
    ReplayError,
    StorageError,
    UnknownPartyError,
)
from parley.wire.instants import format_instant
from parley.wire.refusals import path, shown

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[ParleyError], int], ...] = (
    (OversizeError, 413),
    (MalformedError, 400),
    (FormatError, 400),
    (ForgedError, 403),
    (UnknownPartyError, 403),
    (ReplayError, 409),
    (ProtocolError, 409),
    (PersonError, 403),
    (ChangedError, 409),
    (DoneBeforeError, 409),
    (InputError, 422),
    (StorageError, 507),
    (NotYetError, 503),
    (ConfigError, 500),
    (IntegrityError, 500),
)

_RIGHT_BY_STATUS = {
    401: "Authorization: Bearer and the operator token of this node",
    404: "a path of /openapi.json",
    405: "a method of /openapi.json",
    408: "the whole body at once",
    413: "a smaller body",
    503: "try again later",
}


class Problem(BaseModel):
    """What is wrong, who must mend it and what would be right. RFC 9457, with members of ours."""

    type: str = Field("about:blank", description="Always about:blank: `code` tells them apart.")
    title: str = Field(description="The words of the status.")
    status: int
    detail: str = Field(description="All of it as one line for a person.")
    code: str = Field(description="input, geometry, format, forged, storage, http ...")
    what: str = Field(description="What is wrong.")
    where: str = Field("", description="The place inside the input, such as volumes[2].floor_m.")
    at_fault: str = Field("", description="Who must mend it.")
    right: str = Field("", description="What would be right.")


class DoneBeforeProblem(Problem):
    """Another officer of ours was first."""

    who: str = Field(description="Name of the person; empty where none is known.")
    role: str = Field(description="Duty role, or empty.")
    did: str = Field(description="released, returned, accepted, all-clear ...")
    done_at: str | None
    done_at_ms: int
    ref: str = Field(description="What came of it, or what it was done to.")


class ProblemError(HTTPException):
    """A refusal of HTTP's own kind (token, size, cursor): status, what, what would be right."""

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        *,
        right: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, what, headers=headers)
        self.code = code
        self.right = right or _RIGHT_BY_STATUS.get(status, "")


def status_of(error: ParleyError) -> int:
    """The HTTP status of an error, by the nearest class above it; 400 a peer's, 500 ours."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return 500 if error.code in ("ours", "error") else 400


def problem_of(error: ParleyError, *, status: int | None = None) -> Problem:
    """The problem that says what the error says."""
    problem = _problem(
        status or status_of(error), error.code, error.what, error.where, error.at_fault, error.right
    )
    if not isinstance(error, DoneBeforeError):
        return problem
    return DoneBeforeProblem(
        **problem.model_dump(),
        who=_clean(error.who),
        role=error.role,
        did=error.did,
        done_at=format_instant(error.at_ms) if error.at_ms > 0 else None,
        done_at_ms=error.at_ms,
        ref=error.ref,
    )


def plain_problem(status: int, code: str, what: str, *, right: str = "") -> Problem:
    """A problem of HTTP's own kind."""
    fault = "this node" if status >= 500 else "the client"
    return _problem(status, code, what, "", fault, right or _RIGHT_BY_STATUS.get(status, ""))


def _problem(status: int, code: str, what: str, where: str, at_fault: str, right: str) -> Problem:
    what, where, at_fault, right = (_clean(t) for t in (what, where, at_fault, right))
    place = f" at {where}" if where else ""
    mend = f"; right would be: {right}" if right else ""
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=f"{what}{place}{mend}",
        code=code,
        what=what,
        where=where,
        at_fault=at_fault,
        right=right,
    )


def response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    return Response(
        problem.model_dump_json(), problem.status, headers=headers, media_type=MEDIA_TYPE
    )


async def on_parley_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ParleyError)
    return response(problem_of(error))


async def on_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, ParleyError):  # raised while the body was read
        return response(problem_of(error.__cause__))
    code, right = "http", ""
    if isinstance(error, ProblemError):
        code, right = error.code, error.right
    problem = plain_problem(error.status_code, code, str(error.detail), right=right)
    return response(problem, dict(error.headers or {}))


async def on_invalid_request(_: Request, error: Exception) -> Response:
    """The first thing that pydantic refused, said as every other refusal."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    loc = tuple(first["loc"])
    inside = loc[1:] if loc and loc[0] in ("body", "query", "path", "header") else loc
    malformed = first["type"] == "json_invalid"
    what = f"{loc[0]} {_said(first)}" if loc else _said(first)
    right = str(first["msg"]).removeprefix("Input should be ").removeprefix("Input should ")
    return response(
        _problem(
            400 if malformed else 422,
            "format" if malformed else "input",
            what,
            path(inside),
            "the client",
            right,
        )
    )


def _said(first: dict[str, Any]) -> str:
    kind = first["type"]
    if kind == "missing":
        return "member is missing"
    if kind == "extra_forbidden":
        return "member does not exist"
    return f"value {shown(first.get('input'))} is refused"


def _clean(text: str) -> str:
    """Text that any JSON writer takes: no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route, for OpenAPI."""
    return {
        status: {
            "model": Problem,
            "description": _MEANING[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


_MEANING = {
    400: "The body does not parse, or is not a well-formed statement.",
    401: "No operator token, or a wrong one.",
    403: "A signature does not verify, or nobody in the roster has this name or key.",
    404: "There is no such item.",
    405: "The path has no such method.",
    408: "The body did not arrive in time.",
    409: "The life cycle has no such step, it was meant for another place or time, or another"
    " officer was first (code done-before: who, did, done_at).",
    413: "The body is too large.",
    415: "The content type is not read here.",
    429: "This peer has too much under way; Retry-After says when to try again.",
    422: "A value is refused: the problem names it and says what would be right.",
    500: "This node is at fault and has logged it.",
    503: "This node has no couriers or is stopping.",
    507: "The store could not keep it: nothing was kept, nothing was sent.",
}
