"""Log-in and what a person does with his own session: /v1/session."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.node.people.people import LoggedIn, People, Present, Refused
from parley.node.people.persons import Person
from parley.node.people.sessions import Session
from parley.web.console.keeper import cookie_of
from parley.web.face import Face, StrictRoute, answer
from parley.web.problems import MEDIA_TYPE, ProblemError, documented, plain_problem, response
from parley.wire.instants import format_instant

Text = Annotated[str, Field(max_length=1_000)]
Word = Annotated[str, Field(max_length=64)]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class LogInForm(_Form):
    """duty: left out, the first of the person's duty roles. hours: until the shift's end."""

    person: Word
    password: Text
    duty: Word = ""
    hours: float | None = None


class PasswordForm(_Form):
    old: Text
    new: Text


class DutyForm(_Form):
    duty: Word


class SessionView(BaseModel):
    """csrf: to be sent as x-parley-csrf with every change, and to be kept in memory only."""

    person: str
    name: str
    roles: list[str]
    can: list[str]
    duties: list[str]
    duty: str
    language: str
    begun: str
    begun_ms: int
    ends: str
    ends_ms: int
    csrf: str
    party: str
    two_persons: bool
    must_change: bool
    now_ms: int


def router(face: Face) -> APIRouter:
    """Nothing at all for a node without people."""
    made = APIRouter(
        prefix="/v1/session",
        route_class=StrictRoute,
        tags=["console"],
        responses=documented(400, 401, 403, 409, 413, 415, 422, 429, 500, 507),
    )
    if face.people is not None:
        _session(made, face, face.people)
        _own(made, face, face.people)
    return made


def _session(made: APIRouter, face: Face, people: People) -> None:
    cookie = cookie_of(face.node.context.party)

    @made.get("", summary="Who is logged in", response_model=SessionView)
    async def session(request: Request) -> Response:
        return answer(_view(face, people, *_present(request)))

    @made.post("", summary="Log in", status_code=201, response_model=SessionView)
    async def log_in(form: LogInForm, request: Request) -> Response:
        """An unknown name, a disabled person and a wrong password have one answer. The session is
        an HttpOnly cookie; it ends when the shift does, whatever happens."""
        _need_json(request)
        made = await people.log_in(form.person, form.password, duty=form.duty, hours=form.hours)
        return _begun(made, face, people, cookie, 201)

    @made.delete("", summary="Log out", status_code=204)
    async def log_out(request: Request) -> Response:
        """409 while something may not be left: the reasons are in `detail` and `reasons`."""
        present = _need(request)
        reasons = await people.log_out(present.session)
        if reasons:
            problem = plain_problem(409, "watch-held", "; ".join(reasons), right="hand over first")
            told = {**problem.model_dump(), "reasons": reasons}
            return Response(json.dumps(told), 409, media_type=MEDIA_TYPE)
        gone = Response(status_code=204)
        _set(gone, cookie, "", 0)
        return gone


def _own(made: APIRouter, face: Face, people: People) -> None:
    cookie = cookie_of(face.node.context.party)

    @made.post("/password", summary="Change one's own password", response_model=SessionView)
    async def password(form: PasswordForm, request: Request) -> Response:
        """All other sessions of the person end; this one goes on under a new cookie and csrf."""
        made = await people.change_password(_need(request), form.old, form.new)
        return _begun(made, face, people, cookie, 200)

    @made.post("/duty", summary="Speak under another duty role", response_model=SessionView)
    async def duty(form: DutyForm, request: Request) -> Response:
        present = _need(request)
        changed = await people.change_duty(present, form.duty)
        return answer(_view(face, people, changed, present.person))


def present_of(request: Request) -> Present | None:
    """Whose session the gate let in; None: a program's request."""
    found = request.scope.get("state", {}).get("present")
    return found if isinstance(found, Present) else None


def _need(request: Request) -> Present:
    found = present_of(request)
    if found is None:
        raise ProblemError(401, "no-session", "there is no session", right="log in")
    return found


def _present(request: Request) -> tuple[Session, Person]:
    found = _need(request)
    return found.session, found.person


def _need_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError(
            415, "format", f"content type {kind[:80]!r} is not read here", right="application/json"
        )


def _begun(
    made: LoggedIn | Refused, face: Face, people: People, cookie: str, status: int
) -> Response:
    if isinstance(made, Refused):
        return _refused(made)
    begun = answer(_view(face, people, made.session, made.person), status)
    left_s = max(0, made.session.ends_ms - people.now_ms) // 1_000
    _set(begun, cookie, made.token, left_s)
    return begun


def _refused(refused: Refused) -> Response:
    if refused.retry_ms:
        wait_s = -(-refused.retry_ms // 1_000)
        problem = plain_problem(
            429, "too-often", "too many tries to log in", right=f"again in {wait_s} s"
        )
        return response(problem, {"retry-after": str(wait_s)})
    what = "the name or the password is wrong"
    return response(plain_problem(401, "log-in", what, right="both right"))


def _set(to: Response, cookie: str, token: str, left_s: int) -> None:
    to.set_cookie(
        cookie, token, max_age=left_s, path="/", secure=True, httponly=True, samesite="strict"
    )


def _view(face: Face, people: People, session: Session, person: Person) -> SessionView:
    return SessionView(
        person=person.id,
        name=person.name,
        roles=list(person.roles),
        can=sorted(person.can),
        duties=list(person.duties),
        duty=session.duty,
        language=person.language,
        begun=format_instant(session.begun_ms),
        begun_ms=session.begun_ms,
        ends=format_instant(session.ends_ms),
        ends_ms=session.ends_ms,
        csrf=session.csrf,
        party=face.node.context.party,
        two_persons=people.settings.two_persons,
        must_change=person.must_change,
        now_ms=people.now_ms,
    )
