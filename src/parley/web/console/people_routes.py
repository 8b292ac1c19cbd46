"""For administrators: persons and their sessions; for all: who did what to an item."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from parley.errors import InputError
from parley.node.people.acts import MOST_A_PAGE, Act
from parley.node.people.people import People
from parley.node.people.persons import Person
from parley.node.people.roles import Can, PersonRole, allowed
from parley.node.people.sessions import Session
from parley.web.acting import Acting, acting
from parley.web.face import Face, StrictRoute, answer, not_found
from parley.web.problems import ProblemError, documented
from parley.wire.instants import format_instant

PersonPath = Annotated[str, Path(max_length=64)]
Word = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=200)]
Words = Annotated[list[Word], Field(max_length=32)]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class PersonForm(_Form):
    """password: the first one, left out: one is made up. It must be changed at the first log-in."""

    id: Word
    name: Name
    roles: Words
    duties: Words = []
    language: Word = "en"
    password: Annotated[str, Field(max_length=1_000)] = ""


class ChangeForm(_Form):
    """What is left out stays."""

    name: Name | None = None
    roles: Words | None = None
    duties: Words | None = None
    language: Word | None = None
    enabled: bool | None = None


class FirstForm(_Form):
    password: Annotated[str, Field(max_length=1_000)] = ""


class PersonView(BaseModel):
    id: str
    name: str
    roles: list[str]
    can: list[str]
    duties: list[str]
    language: str
    enabled: bool
    must_change: bool
    changed: str
    changed_ms: int
    sessions: int


class PeopleView(BaseModel):
    people: list[PersonView]


class FirstView(BaseModel):
    """first_password: shown this once; "" where the administrator gave it himself."""

    person: PersonView
    first_password: str


class ShiftView(BaseModel):
    """A session. id: names it, lets nobody in."""

    id: str
    person: str
    duty: str
    begun: str
    begun_ms: int
    ends: str
    ends_ms: int


class ShiftsView(BaseModel):
    sessions: list[ShiftView]


class ActView(BaseModel):
    seq: int
    at: str
    at_ms: int
    person: str
    name: str
    duty: str
    method: str
    path: str
    subject: str
    status: int


class ActsView(BaseModel):
    """Newest first; next: the `after` of the next page, null at the end."""

    acts: list[ActView]
    next: int | None


def router(face: Face) -> APIRouter:
    """Nothing at all for a node without people."""
    made = APIRouter(
        prefix="/v1",
        route_class=StrictRoute,
        tags=["console"],
        responses=documented(400, 401, 403, 404, 413, 422, 500, 507),
    )
    if face.people is not None:
        _people(made, face.people)
        _sessions(made, face.people)
        _acts(made, face.people)
    return made


def _people(made: APIRouter, people: People) -> None:
    @made.get("/people", summary="Who may log in", response_model=PeopleView)
    async def listed() -> Response:
        shifts = await people.sessions()
        found = await people.persons()
        return answer(PeopleView(people=[_person_view(one, shifts) for one in found]))

    @made.post("/people", summary="A new person", status_code=201, response_model=FirstView)
    async def add(form: PersonForm) -> Response:
        person = Person(form.id, form.name, _roles(form.roles), tuple(form.duties), form.language)
        first = await people.add(person, form.password)
        view = _person_view(await people.person(form.id), [])
        return answer(FirstView(person=view, first_password="" if form.password else first), 201)

    @made.get("/people/{person}", summary="One person", response_model=PersonView)
    async def one(person: PersonPath) -> Response:
        found = await _need(people, person)
        return answer(_person_view(found, await people.sessions(person)))

    @made.post("/people/{person}/change", summary="Change a person", response_model=PersonView)
    async def change(person: PersonPath, form: ChangeForm) -> Response:
        """Whose roles or duties change, or who is disabled, has no session any more. The last
        administrator stays one."""
        await _need(people, person)
        changed = await people.change(
            person,
            name=form.name,
            roles=None if form.roles is None else _roles(form.roles),
            duties=form.duties,
            language=form.language,
            enabled=form.enabled,
        )
        return answer(_person_view(changed, await people.sessions(person)))

    @made.post("/people/{person}/password", summary="A first password", response_model=FirstView)
    async def first_password(person: PersonPath, form: FirstForm) -> Response:
        """It must be changed at the next log-in; all sessions of the person end."""
        await _need(people, person)
        first = await people.set_password(person, form.password)
        view = _person_view(await people.person(person), [])
        return answer(FirstView(person=view, first_password="" if form.password else first))


def _sessions(made: APIRouter, people: People) -> None:
    @made.get("/sessions", summary="Who is logged in", response_model=ShiftsView)
    async def listed(
        person: Annotated[str, Query(max_length=64, description="Of one person.")] = "",
    ) -> Response:
        found = await people.sessions(person)
        return answer(ShiftsView(sessions=[_shift_view(one) for one in found]))

    @made.delete("/sessions/{session}", summary="End somebody's session", status_code=204)
    async def end(session: Annotated[str, Path(max_length=64)]) -> Response:
        """At once, whatever the person holds."""
        if not await people.end_session(session):
            raise ProblemError(
                404, "not-found", f"no session {session[:40]}", right="GET /v1/sessions"
            )
        return Response(status_code=204)

    @made.delete("/people/{person}/sessions", summary="End all of a person's", status_code=204)
    async def end_all(person: PersonPath) -> Response:
        await _need(people, person)
        await people.end_sessions(person)
        return Response(status_code=204)


def _acts(made: APIRouter, people: People) -> None:
    @made.get("/acts", summary="Who did what at the console", response_model=ActsView)
    async def acts(
        after: Annotated[int, Query(ge=0, le=2**53 - 1, description="`next` of a page.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 50,
        subject: Annotated[str, Query(max_length=300, examples=["notice:blue-1"])] = "",
        person: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """Newest first. Of one subject: for all; the whole list, or that of another person: for
        administrators."""
        now = acting()
        if now is not None and not _administers(now.roles):
            _check_asked(now, subject, person)
        found = await people.acts(before=after, limit=limit, subject=subject, person=person)
        names = {one.id: one.name for one in await people.persons()}
        more = found[-1].seq if len(found) == limit else None
        return answer(ActsView(acts=[_act_view(one, names) for one in found], next=more))


def _check_asked(now: Acting, subject: str, person: str) -> None:
    """ProblemError: the whole list, or what another person did or what was done to him."""
    about_person = subject.startswith("person:") and subject != f"person:{now.person}"
    if about_person or not (subject or person == now.person):
        raise ProblemError(
            403,
            "not-permitted",
            "what other persons did is for administrators",
            right="?subject= with an item or a paper",
        )


def _administers(roles: tuple[PersonRole, ...]) -> bool:
    return Can.ADMINISTER in allowed(roles)


async def _need(people: People, person: str) -> Person:
    try:
        return await people.person(person)
    except InputError as error:
        raise not_found(error) from None


def _roles(names: list[str]) -> tuple[PersonRole, ...]:
    try:
        return tuple(PersonRole(name) for name in names)
    except ValueError:
        unknown = next(name for name in names if name not in set(PersonRole))
        raise InputError(
            f"role {unknown[:40]!r}", right=", ".join(PersonRole), where="roles"
        ) from None


def _person_view(person: Person, sessions: list[Session]) -> PersonView:
    return PersonView(
        id=person.id,
        name=person.name,
        roles=list(person.roles),
        can=sorted(person.can),
        duties=list(person.duties),
        language=person.language,
        enabled=person.enabled,
        must_change=person.must_change,
        changed=format_instant(person.changed_ms),
        changed_ms=person.changed_ms,
        sessions=sum(1 for one in sessions if one.person == person.id),
    )


def _shift_view(session: Session) -> ShiftView:
    return ShiftView(
        id=session.id,
        person=session.person,
        duty=session.duty,
        begun=format_instant(session.begun_ms),
        begun_ms=session.begun_ms,
        ends=format_instant(session.ends_ms),
        ends_ms=session.ends_ms,
    )


def _act_view(act: Act, names: dict[str, str]) -> ActView:
    return ActView(
        seq=act.seq,
        at=format_instant(act.at_ms),
        at_ms=act.at_ms,
        person=act.person,
        name=names.get(act.person, act.person),
        duty=act.duty,
        method=act.method,
        path=act.path,
        subject=act.subject,
        status=act.status,
    )
